/*
 * From everything an instance depends on to one answer. Pure.
 */
#include "vrrpd/core/track.h"

/* What comes from a file stays within what sums can hold. */
#define TRACK_VALUE_MAX 1000000

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

static bool
track_is_known(const struct track *track)
{
	return track->state != VRRP_CHECK_UNKNOWN;
}

/* Those that weigh nothing decide. */
static bool
track_is_weightless(const struct track *track)
{
	return track->weight == 0 && !track->by_value;
}

bool
track_is_failing(const struct track *track)
{
	if (!track_is_known(track))
		return false;
	return track->state == VRRP_CHECK_BROKEN ||
	       (track->state == VRRP_CHECK_UP) == track->invert;
}

bool
track_is_cause(const struct track *track)
{
	return track_is_weightless(track) && track_is_failing(track);
}

static int64_t
track_clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* A positive weight counts while up, a negative one while down. */
static int64_t
track_adjustment_if(const struct track *track, bool up)
{
	int64_t sum = (track->weight > 0) == up ? track->weight : 0;

	return track->invert ? -sum : sum;
}

static int64_t
track_adjustment_by_value(const struct track *track)
{
	int64_t value = track_clamp(track->value, -TRACK_VALUE_MAX, TRACK_VALUE_MAX);

	return track->invert ? -value * track->weight : value * track->weight;
}

int64_t
track_adjustment(const struct track *track)
{
	int64_t up = track_adjustment_if(track, true), down = track_adjustment_if(track, false);

	if (track->by_value)
		return track->state == VRRP_CHECK_UP ? track_adjustment_by_value(track) : 0;
	switch (track->state) {
	case VRRP_CHECK_UP:
		return up;
	case VRRP_CHECK_DOWN:
		return down;
	case VRRP_CHECK_BROKEN:
		return up < down ? up : down;
	case VRRP_CHECK_UNKNOWN:
	case VRRP_CHECK_COUNT:
		break;
	}
	return 0;
}

struct track_result
track_evaluate(const struct track *track, size_t count, uint8_t priority)
{
	struct track_result result = {.priority = priority};
	int64_t sum = priority;

	for (size_t i = 0; i < count; i++) {
		if (track[i].cause == TRACK_GROUP)
			continue;
		if (track_is_cause(&track[i]))
			*(track[i].cause == TRACK_OPERATOR ? &result.planned : &result.fault) =
			    true;
		result.waiting |=
		    track[i].weight == 0 && !track[i].by_value && !track_is_known(&track[i]);
		sum += track_adjustment(&track[i]);
	}
	result.waiting &= !result.fault && !result.planned;
	if (priority != VRRP_PRIORITY_OWNER)
		result.priority = (uint8_t)track_clamp(sum, 1, VRRP_PRIORITY_OWNER - 1);
	return result;
}
