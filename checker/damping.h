/*
 * From results of runs to the state of a check: rise, fall and initial. Pure.
 */
#ifndef CHECKER_DAMPING_H
#define CHECKER_DAMPING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/vrrp.h"

/* What one run says. Broken is a failure of the check itself rather than of what it looks at. */
enum damping_outcome { DAMPING_SUCCESS, DAMPING_FAILURE, DAMPING_BROKEN };

struct damping {
	enum vrrp_check_state state;
	uint32_t streak; /* consecutive results against state */
	uint32_t same;   /* consecutive results alike, and which */
	bool last_good;
	bool
	    settled; /* as many as rise or fall say were alike: the state owes nothing to initial */
};

void damping_init(struct damping *, enum conf_initial);

/*
 * Takes one result; fall and rise are 1 or more. Unknown: it decides alone. Up: fall consecutive
 * failures end it. Down and broken: rise consecutive successes end it, and the word is that of the
 * latest failure. Returns whether the check went up or ceased to be up or unknown.
 */
bool damping_take(struct damping *, enum damping_outcome, uint32_t fall, uint32_t rise);

#endif
