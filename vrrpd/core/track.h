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

/*
 * What can be wrong; the word is what people see, its object follows it. OPERATOR is resigned for as
 * planned; GROUP is what other members of the group suffer: it is shown, but decided by group.h.
 */
/* clang-format off */
#define TRACK_CAUSES(X) \
	X(INTERFACE_DOWN, "interface-down") \
	X(CANNOT_RECEIVE, "cannot-receive") \
	X(NO_SOURCE_ADDRESS, "no-source-address") \
	X(NO_OWNER_ADDRESS, "no-owner-address") \
	X(CHECK, "check") \
	X(INTERFACE, "interface") \
	X(OPERATOR, "operator") \
	X(GROUP, "group")

#define TRACK_ENUM(name, word) TRACK_##name,
enum track_cause { TRACK_CAUSES(TRACK_ENUM) TRACK_CAUSE_COUNT };
/* clang-format on */

const char *track_cause_name(enum track_cause);

/* One input. The caller keeps an array of them. */
struct track {
	enum track_cause cause;
	uint32_t object;             /* whose: the caller's number of a check, interface or group */
	enum vrrp_check_state state; /* UNKNOWN waits; BROKEN is the worse of UP and DOWN */
	bool invert;                 /* without weight: what is well fails; with: the sign turns */
	bool by_value;               /* the weight counts value times while UP */
	int16_t weight;              /* -253..253; 0 = what fails is a cause of a fault */
	int64_t value;               /* by_value: the number found */
	mono_t since;                /* of the last change of state */
};

struct track_result {
	bool fault;       /* some cause but the operator's */
	bool planned;     /* the operator's */
	bool waiting;     /* no cause, but an input without weight is unknown */
	uint8_t priority; /* effective */
};

/* Returns whether the state differs from before; since is then now. */
bool track_set(struct track *, enum vrrp_check_state, mono_t now);

/* An input that is a fault cause at present; those of a group too. */
bool track_is_cause(const struct track *);

/* An input whose state is the worse one, with or without weight. */
bool track_is_failing(const struct track *);

/* What the input adds to the priority at present: 0 without weight and while unknown. */
int64_t track_adjustment(const struct track *);

/* The sum of all adjustments, then within 1..254; an owner (255) keeps his. */
struct track_result track_evaluate(const struct track *, size_t count, uint8_t priority);

#endif
