/*
 * What must be true of all routers of the simulator together: how many masters and holders of the
 * addresses there may be, and for how long.
 */
#include "tests/sim/world.h"

static bool
invariant_is_many(uint8_t bits)
{
	return (bits & (bits - 1)) != 0;
}

void
invariant_note(struct world *w, uint8_t n, uint8_t i)
{
	const struct site *s = &w->node[n].site[i];
	const uint8_t bit = (uint8_t)(1U << n);
	const bool runs = w->node[n].status == NODE_UP;
	uint8_t masters = w->masters[i] & (uint8_t)~bit, holders = w->holders[i] & (uint8_t)~bit;

	if (runs && s->vr.state == VRRP_MASTER)
		masters |= bit;
	if (runs && s->has)
		holders |= bit;
	if (invariant_is_many(masters) != invariant_is_many(w->masters[i])) {
		w->two_masters_since[i] = w->now;
		w->met[SIM_MET_DUALS] += invariant_is_many(masters);
	}
	if (masters != w->masters[i]) {
		int64_t lasted = w->now - w->masters_since[i];

		if (w->masters[i] == 0 && lasted > w->longest_none)
			w->longest_none = lasted;
		if (invariant_is_many(w->masters[i]) && lasted > w->longest_two)
			w->longest_two = lasted;
		w->masters_since[i] = w->now;
	}
	if (holders != w->holders[i] || masters != w->masters[i])
		w->two_holders_since[i] = w->now;
	w->masters[i] = masters;
	w->holders[i] = holders;
}

/* Until each other's adverts are heard: the longest interval of the masters. */
static int64_t
invariant_advert_bound(const struct world *w, uint8_t i)
{
	int64_t longest = 0;

	for (uint8_t n = 0; n < w->nodes; n++) {
		const struct site *s = &w->node[n].site[i];

		if (((w->masters[i] >> n) & 1) != 0 && s->vr.conf.interval_ns > longest)
			longest = s->vr.conf.interval_ns;
	}
	return longest + longest / 50 + 4 * w->delay_ns + 2 * NS_PER_MS;
}

static int64_t
invariant_hold(const struct world *w, uint8_t i)
{
	return 50 * NS_PER_MS + w->address_count[i] * 300 * NS_PER_US;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void
invariant_check(struct world *w, uint8_t i)
{
	if (w->now < w->quiet[i])
		return;
	if (invariant_is_many(w->masters[i]) &&
	    w->now - later(w->two_masters_since[i], w->quiet[i]) > invariant_advert_bound(w, i))
		sim_fail(w, "instance %u: two masters for too long", i);
	if (invariant_is_many(w->holders[i]) && w->masters[i] != 0 &&
	    !invariant_is_many(w->masters[i]) &&
	    w->now - later(w->two_holders_since[i], w->quiet[i]) >
		invariant_advert_bound(w, i) + invariant_hold(w, i) + NS_PER_MS)
		sim_fail(w, "instance %u: two have the addresses for too long", i);
	if (w->calm && w->now >= w->master_by && w->masters[i] == 0)
		sim_fail(w, "instance %u: no master after a master down interval of calm", i);
}

/* ---- make before break ---- */

/* An election that takes over when its timers run out, each after the skew time. */
static bool
invariant_is_heir(const struct world *w, uint8_t n, uint8_t i, int64_t within_ns)
{
	const struct node *node = &w->node[n];
	const struct election *el = &node->election[node->election_of[i]];

	if (node->status != NODE_UP)
		return false;
	for (uint8_t k = 0; k < el->count; k++) {
		const struct site *s = &node->site[el->first + k];
		int64_t needs = vr_skew_ns(&s->vr);

		if (s->vr.state != VRRP_BACKUP || s->vr.wish != VR_LISTENING ||
		    s->conf.gate != VR_GATE_NONE || s->vr.deaf_until.ns > world_local(w, n).ns)
			return false;
		needs += needs / 33 + 4 * w->delay_ns + 2 * node->lag_ns + NS_PER_MS;
		if (needs > within_ns)
			return false;
	}
	return true;
}

/* How long a handover waits for the first advert of a successor: of a group, of the slowest. */
static int64_t
invariant_waits(const struct world *w, uint8_t n, uint8_t i)
{
	const struct election *el = &w->node[n].election[w->node[n].election_of[i]];
	int64_t longest = 0;

	for (uint8_t k = 0; k < el->count; k++) {
		int64_t one = el->member[k].vr->conf.interval_ns + 20 * NS_PER_MS;

		longest = later(longest, one < 3 * NS_PER_S ? one : 3 * NS_PER_S);
	}
	return longest;
}

void
invariant_leave(struct world *w, uint8_t n, uint8_t i)
{
	struct site *s = &w->node[n].site[i];

	/* routers may be configured apart: one without a handover that is master in between takes the
	 * addresses from under who yielded to it */
	for (uint8_t k = 0; k < w->nodes && !s->has; k++)
		w->node[k].site[i].covered = false;
	s->covered = false;
	s->leaves = w->changes[i];
	if (!s->has || w->now < w->smooth[i])
		return;
	if (s->vr.state == VRRP_BACKUP)
		s->covered = (w->holders[i] & ~(1U << n)) != 0;
	else
		for (uint8_t k = 0; k < w->nodes; k++)
			s->covered |=
			    k != n && invariant_is_heir(w, k, i, invariant_waits(w, n, i));
}

/* Before the addresses go: another one has them, if one could be expected. */
void
invariant_release(struct world *w, uint8_t n, uint8_t i)
{
	struct site *s = &w->node[n].site[i];
	bool covered = s->covered && s->leaves == w->changes[i];

	s->covered = false;
	if (!covered)
		return;
	for (uint8_t k = 0; k < w->nodes; k++) {
		const struct site *other = &w->node[k].site[i];

		if (k != n && other->has &&
		    w->now - other->has_since >= w->address_count[i] * 300 * NS_PER_US) {
			w->met[SIM_MET_HANDOVERS]++;
			return;
		}
	}
	sim_fail(w, "router %u, instance %u: releases before another has the addresses", n, i);
}

/* ---- calm ---- */

int64_t
invariant_patience(const struct world *w)
{
	int64_t longest = 0;

	for (uint8_t n = 0; n < w->nodes; n++)
		for (uint8_t i = 0; i < w->instances; i++) {
			const struct site *s = &w->node[n].site[i];
			int64_t interval = later(s->vr.master_interval_ns, s->conf.interval_ns);
			int64_t skew = s->conf.version == 2 ? NS_PER_S : interval;

			longest = later(longest, s->conf.down_adverts * interval + skew);
		}
	return longest + longest / 50;
}
