/*
 * What happens to whole nodes of the simulator: they start, stop, crash, stand still, are damaged and
 * repaired. The parent of a real node is here too: what it remembers of a crashed engine.
 */
#include <string.h>

#include "tests/sim/world.h"

/* Results that come after the start. */
#define NODE_RESULTS_NS (300 * NS_PER_MS)

static enum vrrp_check_state
node_check_state(bool bad)
{
	return bad ? VRRP_CHECK_DOWN : VRRP_CHECK_UP;
}

/* The tracks say what is true. */
static void
node_look(struct world *w, uint8_t n, uint8_t i)
{
	struct node *node = &w->node[n];
	struct site *s = &node->site[i];
	const enum vrrp_check_state state[SIM_TRACKS] = {
	    [SIM_TRACK_LINK] = node_check_state(node->link_down[w->network_of[i]]),
	    [SIM_TRACK_SOURCE] = node_check_state(s->no_source),
	    [SIM_TRACK_OPERATOR] = node_check_state(s->operated),
	    [SIM_TRACK_CHECK] =
		s->unknown ? VRRP_CHECK_UNKNOWN
			   : node_check_state(s->bad_check != s->track[SIM_TRACK_CHECK].invert),
	    [SIM_TRACK_WEIGHT] = s->unknown ? VRRP_CHECK_UNKNOWN : node_check_state(s->bad_weight),
	};

	for (int k = 0; k < SIM_TRACKS; k++)
		track_set(&s->track[k], state[k], world_local(w, n));
}

/* The source address first, as the engine does. */
static void
node_tell(struct world *w, uint8_t n, uint8_t i)
{
	const struct site *s = &w->node[n].site[i];
	struct vr_event source = {.kind = VR_SOURCE};

	if (w->node[n].status != NODE_UP)
		return;
	if (!s->no_source)
		source.source = s->source;
	if (!addr_equal(&source.source, &s->vr.source))
		world_handle(w, n, i, &source);
	node_look(w, n, i);
	world_evaluate(w, n, i);
}

static void
node_tell_all(struct world *w, uint8_t n)
{
	for (uint8_t i = 0; i < w->instances; i++)
		node_tell(w, n, i);
}

/* ---- start ---- */

/* The past of all members or of none; its silence is the longest. */
static bool
node_has_past(const struct world *w, uint8_t n, const struct election *el, int64_t *silence_ns)
{
	*silence_ns = 0;
	for (uint8_t k = 0; k < el->count; k++) {
		const struct site *s = &w->node[n].site[el->first + k];
		int64_t silent = world_local(w, n).ns - s->sent_local_ns;

		if (!s->was_master)
			return false;
		if (silent > *silence_ns)
			*silence_ns = silent;
	}
	return true;
}

void
node_start_election(struct world *w, uint8_t n, uint8_t e)
{
	struct election *el = &w->node[n].election[e];
	const mono_t now = world_local(w, n);
	struct vr_event event = {.kind = VR_STARTUP};
	int64_t silence_ns;

	for (uint8_t k = 0; k < el->count; k++) {
		struct site *s = &w->node[n].site[el->first + k];

		s->conf = s->file;
		vr_init(&s->vr, &s->conf, now);
		el->member[k].vr = &s->vr;
		s->inputs = (struct track_result){.priority = s->conf.priority};
	}
	group_init(&el->group, el->member, el->count, now);
	el->removed = false;
	for (uint8_t k = 0; k < el->count; k++)
		node_tell(w, n, el->first + k);
	if (node_has_past(w, n, el, &silence_ns)) {
		event.kind = VR_RESUME;
		event.silence_ns = silence_ns;
	}
	world_handle(w, n, el->first, &event);
}

/* Elections as the file has them. */
static void
node_group(struct world *w, uint8_t n)
{
	struct node *node = &w->node[n];

	for (uint8_t i = 0; i < w->instances; i++) {
		node->election[i].count = 0;
		node->election[i].removed = false;
	}
	for (uint8_t i = 0; i < w->instances; i++) {
		struct election *el = &node->election[node->file_of[i]];

		node->election_of[i] = el->first = node->file_of[i];
		el->count++;
	}
}

void
node_start(struct world *w, uint8_t n)
{
	struct sim_event results = {.kind = SIM_RESULTS, .node = n};
	struct node *node = &w->node[n];

	node->status = NODE_UP;
	node->stopping = false;
	TRACE(w, "router %u starts", n);
	results.at = w->now + span(w, 0, NODE_RESULTS_NS);
	world_disturb_all(w, results.at, false);
	for (uint8_t i = 0; i < w->instances; i++)
		node->site[i].unknown = chance(w, 50);
	world_schedule(w, &results);
	node_group(w, n);
	for (uint8_t e = 0; e < w->instances; e++)
		if (node->election[e].count != 0)
			node_start_election(w, n, e);
}

/* ---- ends ---- */

static void
node_silence(struct world *w, uint8_t n, enum node_status status)
{
	w->node[n].status = status;
	for (uint8_t i = 0; i < w->instances; i++)
		invariant_note(w, n, i);
	for (uint8_t e = 0; e < w->instances; e++)
		world_set_due(w, n, e);
}

static void
node_later(struct world *w, uint8_t n, enum sim_kind kind, int64_t at)
{
	world_schedule(w, &(struct sim_event){.kind = (uint8_t)kind, .node = n, .at = at});
}

void
node_pause(struct world *w, uint8_t n, int64_t until)
{
	TRACE(w, "router %u stands still", n);
	world_disturb_all(w, until, false);
	node_silence(w, n, NODE_PAUSED);
	node_later(w, n, SIM_RESUME, until);
}

void
node_crash(struct world *w, uint8_t n, int64_t until)
{
	TRACE(w, "router %u: its engine crashes", n);
	world_disturb_all(w, until, false);
	node_silence(w, n, NODE_CRASHED);
	node_later(w, n, SIM_RESTART, until);
}

static void
node_stop_all(struct world *w, uint8_t n, const struct vr_event *stop)
{
	for (uint8_t e = 0; e < w->instances; e++)
		if (w->node[n].election[e].count != 0)
			world_handle(w, n, e, stop);
}

/* A second stop waits for nobody. */
static void
node_hurry(struct world *w, uint8_t n)
{
	const struct vr_event stop = {.kind = VR_SHUTDOWN, .shutdown.at_once = true};

	if (!w->node[n].stopping || w->node[n].status != NODE_UP)
		return;
	TRACE(w, "router %u stops at once", n);
	world_disturb_all(w, w->now, true);
	node_stop_all(w, n, &stop);
}

/* Whatever stays is gone when the longest handover is over. */
void
node_stop(struct world *w, uint8_t n, bool at_once, int64_t restart)
{
	const struct vr_event stop = {.kind = VR_SHUTDOWN, .shutdown.at_once = at_once};
	struct node *node = &w->node[n];

	TRACE(w, "router %u stops%s", n, at_once ? " at once" : "");
	world_disturb_all(w, w->now + VR_HOLD_MAX_NS + NS_PER_S, true);
	node->stopping = true;
	node_stop_all(w, n, &stop);
	if (!at_once && chance(w, 20))
		node_later(w, n, SIM_HURRY, w->now + span(w, 0, VR_HOLD_MAX_NS));
	if (restart == SIM_NEVER)
		return;
	node_later(w, n, SIM_RESTART, restart);
	if (w->restart_by < restart)
		w->restart_by = restart;
}

void
node_remove(struct world *w, uint8_t n, uint8_t e, int64_t until)
{
	const struct vr_event gone = {.kind = VR_SHUTDOWN, .shutdown.reload = true};
	struct election *el = &w->node[n].election[e];

	TRACE(w, "router %u: instance %u is removed", n, el->first);
	world_disturb(w, el->first, until, true);
	el->removed = true;
	world_handle(w, n, el->first, &gone);
	world_schedule(
	    w, &(struct sim_event){.kind = SIM_ADD, .node = n, .instance = el->first, .at = until});
}

/* ---- damage ---- */

static void
node_set_source(struct world *w, uint8_t n, uint8_t i, bool none)
{
	struct site *s = &w->node[n].site[i];

	s->no_source = none;
	if (!none)
		s->source.bytes[3]++;
	node_tell(w, n, i);
}

void
node_renumber(struct world *w, uint8_t n, uint8_t i)
{
	TRACE(w, "router %u, instance %u: another source address", n, i);
	world_disturb(w, i, w->now, false);
	w->node[n].site[i].source.bytes[3]++;
	node_tell(w, n, i);
}

static void
node_set_link(struct world *w, uint8_t n, uint8_t net, bool down)
{
	w->node[n].link_down[net] = down;
	for (uint8_t i = 0; i < w->instances; i++)
		if (w->network_of[i] == net)
			node_tell(w, n, i);
}

/* One weight for all that can be a group, as the configuration demands. */
static void
node_set_weight(struct world *w, uint8_t n, uint8_t i, bool bad)
{
	for (uint8_t k = 0; k < w->instances; k++)
		if (w->cluster_of[k] == w->cluster_of[i])
			w->node[n].site[k].bad_weight = bad;
	for (uint8_t k = 0; k < w->instances; k++)
		if (w->cluster_of[k] == w->cluster_of[i])
			node_tell(w, n, k);
}

static void
node_set_damage(struct world *w, uint8_t n, uint8_t what, enum sim_damage damage, bool on)
{
	switch (damage) {
	case SIM_BAD_CHECK:
		w->node[n].site[what].bad_check = on;
		node_tell(w, n, what);
		break;
	case SIM_BAD_WEIGHT:
		node_set_weight(w, n, what, on);
		break;
	case SIM_OPERATED:
		w->node[n].site[what].operated = on;
		node_tell(w, n, what);
		break;
	case SIM_NO_SOURCE:
		node_set_source(w, n, what, on);
		break;
	case SIM_LINK_DOWN:
		node_set_link(w, n, what, on);
		break;
	}
}

static void
node_disturb(struct world *w, uint8_t what, enum sim_damage damage, int64_t until)
{
	if (damage == SIM_LINK_DOWN) {
		for (uint8_t i = 0; i < w->instances; i++)
			if (w->network_of[i] == what)
				world_disturb(w, i, until, false);
	} else if (damage == SIM_OPERATED) {
		int64_t over = w->now + VR_HOLD_MAX_NS + NS_PER_S;

		world_disturb(w, what, until > over ? until : over, true);
	} else {
		world_disturb(w, what, until, false);
	}
}

void
node_damage(struct world *w, uint8_t n, uint8_t what, enum sim_damage damage, int64_t until)
{
	static const char *const names[] = {
	    "check fails", "weighted check fails", "operator", "no source address", "link down"};

	TRACE(w, "router %u, %s %u: %s", n, damage == SIM_LINK_DOWN ? "network" : "instance", what,
	    names[damage]);
	node_disturb(w, what, damage, until);
	node_set_damage(w, n, what, damage, true);
	world_schedule(w, &(struct sim_event){.kind = SIM_REPAIR,
			      .node = n,
			      .instance = what,
			      .priority = (uint8_t)damage,
			      .at = until});
}

/* ---- what was scheduled ---- */

static void
node_resume(struct world *w, uint8_t n)
{
	struct node *node = &w->node[n];

	node->status = NODE_UP;
	for (uint32_t k = 0; k < node->backlog_count && !w->failed; k++)
		world_arrive(w, &node->backlog[k]);
	node->backlog_count = 0;
	TRACE(w, "router %u has heard what waited and runs", n);
	node_tell_all(w, n);
	node_reload(w, n);
	for (uint8_t i = 0; i < w->instances; i++)
		invariant_note(w, n, i);
	for (uint8_t e = 0; e < w->instances; e++)
		world_set_due(w, n, e);
}

/* After a crash the backlog is heard behind the start; a stop must be over first. */
static void
node_restart(struct world *w, uint8_t n)
{
	struct node *node = &w->node[n];

	bool leaves = node->status == NODE_PAUSED;

	for (uint8_t i = 0; node->status == NODE_UP && i < w->instances; i++)
		leaves |= node->site[i].vr.started;
	if (leaves) {
		world_disturb_all(w, w->now + NS_PER_S, false);
		node_later(w, n, SIM_RESTART, w->now + NS_PER_S);
		return;
	}
	node_start(w, n);
	node_resume(w, n);
}

static void
node_add(struct world *w, uint8_t n, uint8_t i)
{
	struct node *node = &w->node[n];
	struct election *el = &node->election[node->election_of[i]];

	if (node->stopping || !el->removed)
		return;
	world_disturb(w, i, w->now, false);
	if (node->status != NODE_UP || node->site[i].vr.started) {
		world_disturb(w, i, w->now + NS_PER_S, false);
		world_schedule(
		    w, &(struct sim_event){
			   .kind = SIM_ADD, .node = n, .instance = i, .at = w->now + NS_PER_S});
		return;
	}
	TRACE(w, "router %u: instance %u comes back", n, i);
	if (w->script == NULL)
		draw_reload(w, n, i);
	node_start_election(w, n, node->election_of[i]);
}

void
node_event(struct world *w, const struct sim_event *event)
{
	struct node *node = &w->node[event->node];

	switch ((enum sim_kind)event->kind) {
	case SIM_RESUME:
		node_resume(w, event->node);
		break;
	case SIM_RESTART:
		node_restart(w, event->node);
		break;
	case SIM_RESULTS:
		world_disturb_all(w, w->now, false);
		for (uint8_t i = 0; i < w->instances; i++)
			node->site[i].unknown = false;
		node_tell_all(w, event->node);
		break;
	case SIM_REPAIR:
		node_disturb(w, event->instance, (enum sim_damage)event->priority, w->now);
		node_set_damage(
		    w, event->node, event->instance, (enum sim_damage)event->priority, false);
		break;
	case SIM_HURRY:
		node_hurry(w, event->node);
		break;
	case SIM_ADD:
		node_add(w, event->node, event->instance);
		break;
	case SIM_RELOAD:
		node_reload(w, event->node);
		break;
	case SIM_PACKET:
	case SIM_GATE:
	case SIM_FAULT:
	case SIM_HOSTILE:
	case SIM_SCRIPT:
		break;
	}
}
