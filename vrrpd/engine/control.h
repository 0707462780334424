/*
 * The control socket: who may ask, how fast, and what becomes of a client that misbehaves; engine.
 * What the answers say is the engine's (struct control_ops).
 *
 * A client says HELLO, is told our version, and then asks one thing at a time. Whoever never reads,
 * never asks or breaks protocol is cut; nobody else waits for it.
 */
#ifndef VRRPD_ENGINE_CONTROL_H
#define VRRPD_ENGINE_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"

#define CONTROL_CLIENTS_MAX 32
#define CONTROL_IDLE_MS 10000

struct event_base;
struct control;
struct control_client;

struct control_ops {
	/*
	 * Answers a request: calls control_reply() for each object and returns how it went; END
	 * follows by itself. name is "" unless what is MSG_SHOW_INSTANCE. Must not close the
	 * control socket.
	 */
	enum msg_ctl_result (*show)(
	    void *ctx, struct control_client *, enum msg_show what, const char *name);
	uint32_t idle_ms; /* until a silent or unread client is cut; 0 = CONTROL_IDLE_MS */
};

/*
 * Serves a listening, non-blocking SOCK_SEQPACKET socket, which it takes; ops must outlive it. NULL
 * with errno on failure (listen_fd is closed).
 */
struct control *control_open(
    struct event_base *, int listen_fd, const struct control_ops *, void *ctx);

/* Cuts all clients and closes the socket. NULL is fine. */
void control_close(struct control *);

/* Within show(): one object of the answer, an ENGINE_CTL_* message. */
void control_reply(struct control_client *, uint16_t type, const void *payload, size_t size);

#endif
