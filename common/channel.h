/*
 * One end of a SEQPACKET pair: framing, bounds, descriptors, an ordered queue; any process.
 * Nothing here blocks: what the peer does not take now waits in the queue.
 */
#ifndef COMMON_CHANNEL_H
#define COMMON_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"

struct event_base;
struct channel;

enum channel_end {
	CHANNEL_CLOSED,    /* the peer is gone, or the socket failed */
	CHANNEL_VIOLATION, /* the peer broke protocol; what it sent was said */
	CHANNEL_OVERFLOW   /* the queue's bound was reached: the peer does not read */
};

/* 0, or -1 when the peer broke protocol. Owns fd, which is -1 in rows without a descriptor. */
typedef int (*channel_dispatch)(void *ctx, uint16_t type, const void *payload, size_t size, int fd);

/* Called once, from the loop, never from within channel_send(); may free the channel. */
typedef void (*channel_ended)(void *ctx, enum channel_end);

struct channel_conf {
	const char *peer; /* for logs; must outlive the channel */
	const struct msg_table *in;
	const struct msg_table *out;
	channel_dispatch dispatch;
	channel_ended ended;
	void (*complain)(void *ctx, const char *text); /* what broke protocol; NULL: it is logged */
	void (*drained)(void *ctx); /* the queue has become empty; may free the channel; or NULL */
	void *ctx;
	size_t queue_max; /* messages; 0 = no bound of its own */
	int read_max;     /* messages read in one turn of the loop; 0 = 64 */
	bool sends_fds;   /* with sendmsg(); the engine's sandbox has none */
};

/* Takes fd, which becomes non-blocking unless it is. NULL with errno on failure (fd is closed). */
struct channel *channel_open(struct event_base *, int fd, const struct channel_conf *);
void channel_close(struct channel *); /* NULL is fine; queued messages are lost */

/*
 * Queues one message behind those that wait and writes what can be written. Takes fd (-1 = none; also
 * on failure). Returns -1 with errno on lack of memory; a dead peer is reported through ended().
 */
int channel_send(struct channel *, uint16_t type, const void *payload, size_t size, int fd);

/* As channel_send(), but -1 with EAGAIN when it would have to wait: for what is stale later. */
int channel_send_now(struct channel *, uint16_t type, const void *payload, size_t size);

/* Stop and go on reading: for a receiver that is busy. */
void channel_pause(struct channel *);
void channel_unpause(struct channel *);

size_t channel_queued(const struct channel *);

/* The peer has read all that was sent, descriptors too. */
bool channel_is_read(const struct channel *);

/* The bound of its own becomes larger; a smaller one, or none, changes nothing. */
void channel_raise_queue(struct channel *, size_t queue_max);

/* Sends a configuration as the CONF_* rows of a direction, whose CONF_GLOBAL has the number base. */
int channel_send_conf(struct channel *, uint16_t base, enum conf_kind, const void *record);

/*
 * Reads the first message of a new child, blocking: HELLO. Returns -1 with errno, EBADMSG when it is
 * something else.
 */
int channel_read_hello(int fd, struct msg_hello *);

#endif
