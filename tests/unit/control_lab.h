/*
 * The engine's control socket with an engine that the test plays, and clients.
 */
#ifndef TESTS_UNIT_CONTROL_LAB_H
#define TESTS_UNIT_CONTROL_LAB_H

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/control.h"

#define PATIENCE_NS (5 * NS_PER_S)

struct server {
	struct event_base *base;
	struct control *control;
	struct control_ops ops;
	struct sockaddr_un path;
	char dir[32];
	size_t tracks; /* objects in an answer to MSG_SHOW_ALL */
	int requests;
	uint32_t wait_ms; /* of the next answer that is deferred */
	uint64_t token;   /* of the last one */
	uid_t uid;        /* who asked */
};

/* What a client can receive. */
struct received {
	struct msg_header header;
	uint8_t payload[MSG_SIZE_MAX];
};

#define CONTROL_TEST(test) cmocka_unit_test_setup_teardown(test, server_start, server_stop)

int server_start(void **state);
int server_stop(void **state);
int client_connect(struct server *server);
void client_greet(int fd, uint32_t version);
void client_ask(int fd, enum msg_show what, const char *name);
void client_operate(int fd, enum msg_operation operation, const char *name);
/* Lets the server work until the client has a packet; its type, or -1 when the client was cut. */
int client_receive(struct server *server, int fd, struct received *packet);
void assert_next(struct server *server, int fd, int type);
void assert_end(struct server *server, int fd, enum msg_ctl_result result);
/* A new client gets a whole answer now, whatever others do. */
void assert_serves(struct server *server);

#endif
