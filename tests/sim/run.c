/*
 * One seed of the simulator: disturbed and calm by turns.
 */
#include <stdio.h>

#include "tests/sim/world.h"

#define RUN_ROUNDS 3
#define RUN_EVENTS 6000 /* a seed with short intervals and long silences ends here */

/* Who may become master once everything is repaired: some router without a cause, of each instance. */
static bool
run_has_candidates(const struct world *w)
{
	for (uint8_t i = 0; i < w->instances; i++) {
		bool found = false;

		for (uint8_t n = 0; n < w->nodes; n++)
			found |= w->node[n].site[i].vr.started;
		if (!found)
			return false;
	}
	return true;
}

static int64_t
run_latest(const struct world *w)
{
	int64_t latest = w->now > w->restart_by ? w->now : w->restart_by;

	for (uint8_t i = 0; i < w->instances; i++)
		if (w->quiet[i] > latest)
			latest = w->quiet[i];
	return latest;
}

bool
run_until(struct world *w, int64_t until, uint64_t events)
{
	while (w->events < events && world_step(w, until))
		;
	if (!w->failed && w->events < events && w->now < until)
		w->now = until;
	return !w->failed && w->events < events;
}

/* What some wait for besides silence: the end of a startup delay, of a preempt delay. */
static int64_t
run_longest_delay(const struct world *w, bool preempt)
{
	int64_t longest = 0;

	for (uint8_t n = 0; n < w->nodes; n++)
		for (uint8_t i = 0; i < w->instances; i++) {
			const struct vr_conf *conf = &w->node[n].site[i].conf;
			int64_t one = preempt ? conf->preempt_delay_ns : conf->startup_delay_ns;

			longest = one > longest ? one : longest;
		}
	return longest + longest / 50;
}

/* Nothing more is broken. When all is repaired there is a master after the longest silence that
 * anybody waits for. Who may preempt has done so after a preempt delay and another silence. */
bool
run_calm(struct world *w, uint64_t events, bool to_end)
{
	int64_t patience;
	bool good;

	w->calm = true;
	w->master_by = SIM_NEVER;
	while (run_latest(w) > w->now)
		if (!run_until(w, run_latest(w), events))
			return false;
	patience = invariant_patience(w) + run_longest_delay(w, false) + 2 * w->gate_ns +
		   4 * w->delay_ns + 5 * NS_PER_MS;
	if (run_has_candidates(w))
		w->master_by = w->now + patience;
	if (!run_until(w, w->now + patience, events))
		return false;
	w->met[SIM_MET_CALMS]++;
	for (uint8_t i = 0; i < w->instances; i++)
		invariant_check(w, i);
	if (!to_end)
		return run_until(w, w->now + span(w, 1, patience), events);
	if (!run_until(w, w->now + run_longest_delay(w, true) + 2 * patience, events))
		return false;
	w->settled = true;
	good = run_until(w, w->now + patience, events);
	w->settled = false;
	w->met[SIM_MET_SETTLED] += good;
	return good;
}

/* What was drawn, before the story. */
static void
run_describe(const struct world *w)
{
	printf("%u routers, %u networks, packets take %lld us\n", w->nodes, w->networks,
	    (long long)(w->delay_ns / NS_PER_US));
	for (uint8_t i = 0; i < w->instances; i++) {
		printf("instance %u: version %u, network %u, %u addresses, cluster %u\n", i,
		    w->node[0].site[i].file.version, w->network_of[i], w->address_count[i],
		    w->cluster_of[i]);
		for (uint8_t n = 0; n < w->nodes; n++) {
			const struct vr_conf *conf = &w->node[n].site[i].file;

			printf("  router %u: priority %u%s, interval %lld ms, down after %u, "
			       "preempt delay %lld ms, startup delay %lld ms%s%s\n",
			    n, conf->priority, conf->preempt ? "" : " without preempt",
			    (long long)(conf->interval_ns / NS_PER_MS), conf->down_adverts,
			    (long long)(conf->preempt_delay_ns / NS_PER_MS),
			    (long long)(conf->startup_delay_ns / NS_PER_MS),
			    conf->handover ? "" : ", immediate",
			    conf->gate == VR_GATE_NONE ? "" : ", gate");
		}
	}
}

bool
run_seed(struct world *w, uint64_t seed, struct trace *trace)
{
	w->trace = trace;
	draw_world(w, seed);
	if (trace != NULL)
		run_describe(w);
	for (int round = 0; round < RUN_ROUNDS; round++) {
		if (!run_until(w, w->now + span(w, w->scale_ns, 60 * w->scale_ns), RUN_EVENTS) ||
		    !run_calm(w, RUN_EVENTS, round == RUN_ROUNDS - 1))
			break;
		w->calm = false;
		world_schedule(
		    w, &(struct sim_event){.kind = SIM_FAULT, .at = w->now + w->scale_ns});
	}
	return !w->failed;
}
