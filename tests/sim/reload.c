/*
 * A router of the simulator reads its file again while it runs: the place of the engine's commit. What
 * changed is given to the elections that are there; groups that have other members now adopt those that
 * are in the same state, others are stopped and started.
 */
#include "tests/sim/world.h"

static bool
reload_differs(const struct node *node, uint8_t i)
{
	const struct vr_conf *a = &node->site[i].conf, *b = &node->site[i].file;

	return node->election_of[i] != node->file_of[i] || a->priority != b->priority ||
	       a->preempt != b->preempt || a->down_adverts != b->down_adverts ||
	       a->interval_ns != b->interval_ns || a->handover != b->handover ||
	       a->gate != b->gate || a->preempt_delay_ns != b->preempt_delay_ns;
}

/* ---- who is there in both ---- */

/* The priority is that of the inputs, which follow. */
static void
reload_conf(struct world *w, uint8_t n, uint8_t i)
{
	struct site *s = &w->node[n].site[i];
	const struct vr_event event = {.kind = VR_CONF, .conf = &s->file};
	const uint8_t priority = s->conf.priority;

	s->conf = s->file;
	s->conf.priority = priority;
	world_handle(w, n, i, &event);
}

static void
reload_election(struct world *w, uint8_t n, uint8_t e)
{
	struct election *el = &w->node[n].election[e];

	for (uint8_t k = 0; k < el->count; k++)
		reload_conf(w, n, e + k);
	for (uint8_t k = 0; k < el->count; k++) {
		struct site *s = &w->node[n].site[e + k];

		s->conf.priority = s->file.priority;
		world_tell_inputs(w, n, e + k);
	}
	el->adopting = false;
	oracle_check_election(w, n, e);
}

/* ---- other groups ---- */

static void
reload_adopt(
    struct world *w, uint8_t n, uint8_t head, uint8_t count, const struct group_member *member)
{
	struct node *node = &w->node[n];
	struct election *el = &node->election[head];

	el->first = head;
	el->count = count;
	el->adopting = true;
	for (uint8_t k = 0; k < count; k++) {
		el->member[k] = member[k];
		node->election_of[head + k] = head;
	}
	group_adopt(&el->group, el->member, count);
}

static void
reload_restart(
    struct world *w, uint8_t n, uint8_t head, uint8_t count, const struct group_member *member)
{
	const struct vr_event stop = {
	    .kind = VR_SHUTDOWN, .shutdown.at_once = true, .shutdown.reload = true};
	struct node *node = &w->node[n];

	for (uint8_t i = head; i < head + count; i++) {
		reload_adopt(w, n, i, 1, &member[i - head]);
		world_handle(w, n, i, &stop);
		node->election[i].adopting = false;
		node->election[i].count = 0;
	}
	for (uint8_t i = head; i < head + count; i++)
		node->election_of[i] = head;
	node->election[head].count = count;
	node_start_election(w, n, head);
}

/* Of the instances from first to end, which are a cluster. */
static void
reload_regroup(struct world *w, uint8_t n, uint8_t first, uint8_t end)
{
	struct group_member member[SIM_INSTANCES];
	struct node *node = &w->node[n];
	uint8_t count;

	for (uint8_t i = first; i < end; i++) {
		const struct election *el = &node->election[node->election_of[i]];

		member[i] = el->member[i - el->first];
	}
	for (uint8_t i = first; i < end; i++)
		node->election[i].count = 0;
	for (uint8_t head = first; head < end; head += count) {
		bool adopts;

		for (count = 1; head + count < end && node->file_of[head + count] == head;)
			count++;
		adopts = group_can_adopt(&member[head], count);
		TRACE(w, "router %u: %u instances from %u on are a group, %s", n, count, head,
		    adopts ? "adopted" : "restarted");
		w->met[adopts ? SIM_MET_ADOPTED : SIM_MET_RESTARTED]++;
		(adopts ? reload_adopt : reload_restart)(w, n, head, count, &member[head]);
	}
	for (uint8_t i = first; i < end; i++)
		world_set_due(w, n, i);
}

static void
reload_clusters(struct world *w, uint8_t n)
{
	const struct node *node = &w->node[n];
	uint8_t end;

	for (uint8_t first = 0; first < w->instances; first = end) {
		bool other = false;

		for (end = first; end < w->instances && w->cluster_of[end] == first; end++)
			other |= node->election_of[end] != node->file_of[end];
		if (other)
			reload_regroup(w, n, first, end);
	}
}

/* An election that was removed comes back first. What is the same disturbs nothing: not one advert may
 * be late. */
void
node_reload(struct world *w, uint8_t n)
{
	struct node *node = &w->node[n];

	if (node->status != NODE_UP || node->stopping)
		return;
	for (uint8_t e = 0; e < w->instances; e++)
		if (node->election[e].count != 0 && node->election[e].removed) {
			world_disturb_all(w, w->now + NS_PER_S, false);
			world_schedule(
			    w, &(struct sim_event){
				   .kind = SIM_RELOAD, .node = n, .at = w->now + NS_PER_S});
			return;
		}
	TRACE(w, "router %u reloads", n);
	w->met[SIM_MET_RELOADS]++;
	for (uint8_t i = 0; i < w->instances; i++)
		if (reload_differs(node, i))
			world_disturb(w, i, w->now, false);
	reload_clusters(w, n);
	for (uint8_t e = 0; e < w->instances && !w->failed; e++)
		if (node->election[e].count != 0)
			reload_election(w, n, e);
}
