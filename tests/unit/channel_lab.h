/*
 * One end of a channel, and a peer that the test plays.
 */
#ifndef TESTS_UNIT_CHANNEL_LAB_H
#define TESTS_UNIT_CHANNEL_LAB_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/proc.h"

#define PATIENCE_NS (5 * NS_PER_S)
#define MESSAGES 3000 /* more than a socket holds */

struct end {
	struct event_base *base;
	struct channel *channel;
	struct channel_conf conf;
	int peer; /* the other end */
	unsigned received;
	uint16_t type; /* of the last one */
	size_t size;
	uint8_t payload[MSG_SIZE_MAX];
	int fd;
	unsigned ended;
	enum channel_end how;
	unsigned drained;
	unsigned close_at; /* the handler closes the channel at this message */
	int verdict;       /* of the handler */
};

size_t count_descriptors(void);
/* With what the engine or the parent would hear and say. */
void end_open(
    struct end *end, const struct msg_table *in, const struct msg_table *out, size_t queue_max);
void end_close(struct end *end);
/* Runs what can run without waiting. */
void end_turn(struct end *end);
void peer_send(int fd, uint16_t type, size_t payload_size);
/* count copies of one descriptor with a message. */
void peer_send_fds(int peer, uint16_t type, size_t payload_size, int fd, size_t count);
/* Reads one ACQUIRE and checks that it is the one that comes next. */
bool peer_read_next(int fd, uint32_t *next);
int send_numbered(struct end *end, uint32_t number);
void parent_end_open(struct end *end);
void slow_end_open(struct end *, int read_max); /* the same, so many messages a turn */
void engine_end_open(struct end *end, size_t queue_max);

#endif
