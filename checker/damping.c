/*
 * From results of runs to the state of a check; in the checker. Pure.
 */
#include "checker/damping.h"

void
damping_init(struct damping *d, enum conf_initial initial)
{
	*d = (struct damping){0};
	d->state = initial == CONF_INITIAL_UP     ? VRRP_CHECK_UP
		   : initial == CONF_INITIAL_DOWN ? VRRP_CHECK_DOWN
						  : VRRP_CHECK_UNKNOWN;
}

static bool
damping_take_success(struct damping *d, uint32_t rise)
{
	if (d->state == VRRP_CHECK_UP) {
		d->streak = 0;
		return false;
	}
	if (d->state != VRRP_CHECK_UNKNOWN && ++d->streak < rise)
		return false;
	d->state = VRRP_CHECK_UP;
	d->streak = 0;
	return true;
}

static bool
damping_take_failure(struct damping *d, enum vrrp_check_state word, uint32_t fall)
{
	bool was_failing = d->state == VRRP_CHECK_DOWN || d->state == VRRP_CHECK_BROKEN;

	if (d->state == VRRP_CHECK_UP && ++d->streak < fall)
		return false;
	d->state = word;
	d->streak = 0;
	return !was_failing;
}

bool
damping_take(struct damping *d, enum damping_outcome outcome, uint32_t fall, uint32_t rise)
{
	const bool good = outcome == DAMPING_SUCCESS;

	d->same = d->same != 0 && d->last_good == good ? d->same + 1 : 1;
	d->last_good = good;
	if (d->same >= (good ? rise : fall))
		d->settled = true;
	switch (outcome) {
	case DAMPING_SUCCESS:
		return damping_take_success(d, rise);
	case DAMPING_FAILURE:
		return damping_take_failure(d, VRRP_CHECK_DOWN, fall);
	case DAMPING_BROKEN:
		return damping_take_failure(d, VRRP_CHECK_BROKEN, fall);
	}
	return false;
}
