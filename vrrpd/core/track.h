/*
 * From everything an instance depends on to one answer: in fault or not, waiting or not, at which
 * priority. Pure. Recomputed from the inputs each time, never accumulated: causes are a set.
 */
#ifndef CORE_TRACK_H
#define CORE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/vrrp.h"

/* What can be wrong; the word is what people see, its object follows it. */
/* clang-format off */
#define TRACK_CAUSES(X) \
	X(INTERFACE_DOWN, "interface-down") \
	X(CANNOT_RECEIVE, "cannot-receive") \
	X(NO_SOURCE_ADDRESS, "no-source-address") \
	X(NO_OWNER_ADDRESS, "no-owner-address") \
	X(CHECK, "check")

#define TRACK_ENUM(name, word) TRACK_##name,
enum track_cause { TRACK_CAUSES(TRACK_ENUM) TRACK_CAUSE_COUNT };
/* clang-format on */

const char *track_cause_name(enum track_cause);

/* One input. The caller keeps an array of them, an object (a check's id) each. */
struct track {
	enum track_cause cause;
	uint32_t object;             /* id of the check, 0 for the instance's own interface */
	enum vrrp_check_state state; /* UNKNOWN waits; DOWN and BROKEN are the cause; UP is none */
	mono_t since;                /* of the last change of state */
};

struct track_result {
	bool fault;
	bool waiting; /* no fault, but an input is unknown */
	uint8_t priority;
};

/* Returns whether the state differs from before; since is then now. */
bool track_set(struct track *, enum vrrp_check_state, mono_t now);

/* An input that is a fault cause at present. */
bool track_is_cause(const struct track *);

struct track_result track_evaluate(const struct track *, size_t count, uint8_t priority);

#endif
