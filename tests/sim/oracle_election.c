/*
 * What one election of the simulator, a group or an instance by itself, must be as a whole: worked out
 * from what its tracks say.
 */
#include "tests/sim/world.h"

/* The sum of what counts, then 1..254; an owner keeps his. */
static uint8_t
oracle_priority(const struct site *s)
{
	const struct track *weight = &s->track[SIM_TRACK_WEIGHT];
	int sum = s->conf.priority;

	if (s->conf.priority == VRRP_PRIORITY_OWNER)
		return VRRP_PRIORITY_OWNER;
	if (weight->weight > 0 && weight->state == VRRP_CHECK_UP)
		sum += weight->weight;
	if (weight->weight < 0 && weight->state == VRRP_CHECK_DOWN)
		sum += weight->weight;
	return (uint8_t)(sum < 1 ? 1 : sum > 254 ? 254 : sum);
}

static bool
oracle_has_real_cause(const struct site *s)
{
	const struct track *check = &s->track[SIM_TRACK_CHECK];

	return s->track[SIM_TRACK_LINK].state == VRRP_CHECK_DOWN ||
	       s->track[SIM_TRACK_SOURCE].state == VRRP_CHECK_DOWN ||
	       (check->state != VRRP_CHECK_UNKNOWN &&
		   (check->state == VRRP_CHECK_DOWN) != check->invert);
}

/* Together, step by step: nobody prepares to be master while another listens. */
static void
oracle_check_together(struct world *w, uint8_t n, const struct election *el)
{
	const struct site *first = &w->node[n].site[el->first];
	bool listens = false, prepares = false;

	for (uint8_t k = 0; k < el->count; k++) {
		const struct site *s = &first[k];

		listens |= s->vr.wish == VR_LISTENING;
		prepares |= s->vr.wish == VR_GATING || s->vr.wish == VR_OPEN;
		if (s->vr.state != first->vr.state || s->vr.started != first->vr.started)
			sim_fail(w, "router %u: instances %u and %u of a group are not together", n,
			    el->first, el->first + k);
	}
	if (listens && prepares)
		sim_fail(w, "router %u, instance %u: its group is not ready", n, el->first);
}

void
oracle_check_election(struct world *w, uint8_t n, uint8_t e)
{
	const struct election *el = &w->node[n].election[e];
	const struct site *first = &w->node[n].site[el->first];
	bool real = false, cause = false;

	oracle_check_together(w, n, el);
	if (el->adopting)
		return;
	for (uint8_t k = 0; k < el->count; k++) {
		const struct site *s = &first[k];

		real |= oracle_has_real_cause(s);
		cause |= real || s->track[SIM_TRACK_OPERATOR].state == VRRP_CHECK_DOWN;
		if (s->vr.started && s->vr.priority != oracle_priority(s))
			sim_fail(w, "router %u, instance %u: priority %u instead of %u", n,
			    el->first + k, s->vr.priority, oracle_priority(s));
	}
	if (cause && (first->vr.state == VRRP_MASTER || first->vr.state == VRRP_BACKUP))
		sim_fail(w, "router %u, instance %u: %s with a fault cause", n, el->first,
		    vrrp_state_name(first->vr.state));
	if (real && first->vr.started && first->has)
		sim_fail(w, "router %u, instance %u: addresses with a fault cause", n, el->first);
	if (!cause && first->vr.state == VRRP_FAULT)
		sim_fail(w, "router %u, instance %u: fault without a cause", n, el->first);
}
