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
#include <sys/types.h>

#include "common/msg.h"

#define CONTROL_CLIENTS_MAX 32
#define CONTROL_IDLE_MS 10000

/* A result for operate() to return: control_defer() was called, and the rest follows later. */
#define CONTROL_DEFERRED (-1)

/* A result for show() or more() to return: more() is to be called when what was said has left. */
#define CONTROL_MORE (-2)

struct event_base;
struct control;
struct control_client;

/* How far an answer is that is told piece by piece, for whoever tells it; zero at its begin. */
struct control_cursor {
	const void *text;
	size_t size;
	size_t told;
	uint32_t generation;
};

struct control_ops {
	/*
	 * Answers a request: calls control_reply() for each object and returns how it went, enum
	 * msg_ctl_result, END following by itself; or CONTROL_MORE. name is "" unless what is
	 * MSG_SHOW_INSTANCE. Must not close the control socket.
	 */
	int (*show)(void *ctx, struct control_client *, enum msg_show what, const char *name);

	/* The next part of an answer that show() began; as show(). */
	int (*more)(void *ctx, struct control_client *);

	/*
	 * Does what a client asks, uid being the user that the kernel says connected; as show(), or
	 * returns CONTROL_DEFERRED. The request's fields are within their ranges.
	 */
	int (*operate)(
	    void *ctx, struct control_client *, uid_t uid, const struct msg_ctl_operate *);
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

/*
 * Within operate(): the answer comes later, within wait_ms or the client is told that it failed. Nothing
 * is read from it meanwhile. Returns a token for control_find(), never 0 and never given twice.
 */
uint64_t control_defer(struct control_client *, uint32_t wait_ms);

/* The client that waits under this token; NULL when it is gone, or has been answered. */
struct control_client *control_find(struct control *, uint64_t token);

/* The end of an answer that was deferred; the token is void. */
void control_finish(struct control_client *, enum msg_ctl_result);

/* Within show() and more(). */
struct control_cursor *control_cursor(struct control_client *);

/* Within show(), more() or operate(), and up to control_finish(): an object of the answer, ENGINE_CTL_*. */
void control_reply(struct control_client *, uint16_t type, const void *payload, size_t size);

#endif
