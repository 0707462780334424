/*
 * Receiving in the engine over a socket that the test fills: recvmmsg() is replaced by the linker, and so
 * are the parts of the engine around. For receive.c and receive_memory.c.
 */
#ifndef UNIT_RECEIVE_LAB_H
#define UNIT_RECEIVE_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/vectors.h"
#include "vrrpd/engine/engine.h"

#define LAB_QUEUE_MAX 128

/* What is missing or wrong of a datagram. */
enum defect {
	COMPLETE,
	NO_SOURCE,
	NO_DESTINATION,
	NO_HOP_LIMIT,
	OTHER_CONTROL, /* of another level */
	SHORT_DESTINATION,
	SHORT_HOP_LIMIT,
	TRUNCATED
};

/* What waits in the socket; of IPv6 the message alone, and the rest apart. */
struct lab_datagram {
	uint8_t data[VECTOR_SIZE_MAX];
	size_t size;
	struct addr source, destination; /* IPv6 */
	int hop_limit;
	enum defect defect;
};

extern struct lab_datagram lab_queue[LAB_QUEUE_MAX];

extern struct engine lab_engine;
extern struct instance lab_instance; /* "web" on eth0 */
extern struct conf_instance lab_conf;
extern const mono_t lab_heard_at; /* when the core is told of adverts */
extern size_t lab_handled;        /* adverts that reached the core */

/* Group set-up and tear-down of cmocka. */
int lab_open(void **state);
int lab_close(void **state);

/* The router of a vector: a backup that has just begun to wait (an owner: master), with an empty log. */
void lab_set_up(const struct vector *);
void lab_tear_down(void);

/* Puts a packet into the queue. Returns its bytes, to be changed. */
uint8_t *lab_put(const struct vector *, enum defect);

/* Has the engine read the queue to its end. */
void lab_deliver(void);

/* A vector by its name; fails when there is none. */
const struct vector *lab_find(enum vector_conf, const char *name);

/* Whether its packet names no instance. */
bool lab_is_stray(const struct vector *);

/* What was logged since lab_set_up(). */
const char *lab_log(void);
size_t lab_log_lines(void);

/* All counters there are. */
uint64_t lab_counters_sum(void);

#endif
