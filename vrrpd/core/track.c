/*
 * From everything an instance depends on to one answer. Pure.
 */
#include "vrrpd/core/track.h"

#define TRACK_WORD(name, word) word,

const char *
track_cause_name(enum track_cause cause)
{
	static const char *const words[] = {TRACK_CAUSES(TRACK_WORD)};

	return cause < TRACK_CAUSE_COUNT ? words[cause] : "?";
}

bool
track_set(struct track *track, enum vrrp_check_state state, mono_t now)
{
	if (track->state == state)
		return false;
	track->state = state;
	track->since = now;
	return true;
}

bool
track_is_cause(const struct track *track)
{
	return track->state == VRRP_CHECK_DOWN || track->state == VRRP_CHECK_BROKEN;
}

struct track_result
track_evaluate(const struct track *track, size_t count, uint8_t priority)
{
	struct track_result result = {.priority = priority};

	for (size_t i = 0; i < count; i++) {
		result.fault |= track_is_cause(&track[i]);
		result.waiting |= track[i].state == VRRP_CHECK_UNKNOWN;
	}
	result.waiting &= !result.fault;
	return result;
}
