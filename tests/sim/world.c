/*
 * Time, packets and what nodes do with them, in the simulator: the place of the engine's loop and of
 * its action.c.
 */
#include "tests/sim/world.h"

/* ---- clocks ---- */

static int64_t
world_to_local(const struct node *node, int64_t t)
{
	return node->offset_ns + t + ((t * node->drift) >> 20);
}

mono_t
world_local(const struct world *w, uint8_t node)
{
	return (mono_t){world_to_local(&w->node[node], w->now)};
}

/* The first time of the world that is not before that local one. */
static int64_t
world_from_local(const struct node *node, int64_t local)
{
	int64_t t = local - node->offset_ns;

	if (node->drift == 0)
		return t;
	t = (int64_t)((double)t / (1.0 + (double)node->drift / (1 << 20)));
	while (world_to_local(node, t) < local)
		t++;
	while (world_to_local(node, t - 1) >= local)
		t--;
	return t;
}

void
world_set_due(struct world *w, uint8_t n, uint8_t e)
{
	const struct node *node = &w->node[n];
	int64_t *due = &w->due[n * w->instances + e], at;
	mono_t deadline;

	*due = SIM_NEVER;
	if (node->status != NODE_UP || node->election[e].count == 0)
		return;
	deadline = group_deadline(&node->election[e].group);
	if (mono_is_never(deadline))
		return;
	at = world_from_local(node, deadline.ns) + node->lag_ns;
	*due = at > w->now ? at : w->now;
}

/* ---- the queue of what will happen: a binary heap ---- */

static bool
world_is_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->sequence < b->sequence;
}

void
world_schedule(struct world *w, const struct sim_event *event)
{
	struct sim_event new = *event;
	uint32_t place = w->queue_count;

	if (place == SIM_QUEUE) {
		if (event->kind != SIM_PACKET)
			sim_fail(w, "the simulator's queue is full");
		return;
	}
	w->queue_count++;
	new.sequence = w->sequence++;
	while (place > 0 && world_is_before(&new, &w->queue[(place - 1) / 2])) {
		w->queue[place] = w->queue[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	w->queue[place] = new;
}

static struct sim_event
world_take(struct world *w)
{
	const struct sim_event first = w->queue[0], last = w->queue[--w->queue_count];
	uint32_t place = 0, child;

	while ((child = 2 * place + 1) < w->queue_count) {
		if (child + 1 < w->queue_count &&
		    world_is_before(&w->queue[child + 1], &w->queue[child]))
			child++;
		if (!world_is_before(&w->queue[child], &last))
			break;
		w->queue[place] = w->queue[child];
		place = child;
	}
	w->queue[place] = last;
	return first;
}

/* ---- disturbances ---- */

void
world_disturb(struct world *w, uint8_t instance, int64_t until, bool planned)
{
	int64_t settled = (until > w->now ? until : w->now) + 4 * w->delay_ns + NS_PER_MS;

	for (uint8_t i = 0; i < w->instances; i++) {
		if (w->cluster_of[i] != w->cluster_of[instance])
			continue;
		w->changes[i]++;
		if (w->quiet[i] < settled)
			w->quiet[i] = settled;
		if (!planned && w->smooth[i] < settled)
			w->smooth[i] = settled;
	}
}

void
world_disturb_all(struct world *w, int64_t until, bool planned)
{
	for (uint8_t i = 0; i < w->instances; i++)
		if (i == 0 || w->cluster_of[i] != w->cluster_of[i - 1])
			world_disturb(w, i, until, planned);
}

/* ---- packets ---- */

static bool
world_is_lost(struct world *w, const struct network *net, uint8_t from, uint8_t to)
{
	if (w->now < net->parted_until && ((net->side >> from) & 1) != ((net->side >> to) & 1))
		return true;
	if (w->now < net->one_way_until && net->from == from && net->to == to)
		return true;
	return w->now < net->loss_until && chance(w, net->loss_percent);
}

static void
world_send_to(struct world *w, const struct network *net, struct sim_event *packet, bool extra)
{
	packet->at = w->now + w->delay_ns;
	if (w->now < net->delay_until || extra) {
		packet->at += span(w, 0, net->delay_ns);
		world_disturb(w, packet->instance, packet->at, false);
	}
	world_schedule(w, packet);
}

static void
world_send(struct world *w, uint8_t n, uint8_t i, uint8_t priority)
{
	const struct site *s = &w->node[n].site[i];
	const struct network *net = &w->network[w->network_of[i]];
	struct sim_event packet = {
	    .kind = SIM_PACKET,
	    .instance = i,
	    .priority = priority,
	    .number = (uint32_t)(s->vr.conf.interval_ns / NS_PER_CS),
	};

	for (int b = 0; b < 4; b++)
		packet.source = packet.source << 8 | s->source.bytes[b];
	TRACE(w, "router %u, instance %u: advert %u", n, i, priority);
	if (w->node[n].link_down[w->network_of[i]])
		return;
	for (uint8_t to = 0; to < w->nodes; to++) {
		if (to == n || w->node[to].status == NODE_STOPPED || world_is_lost(w, net, n, to))
			continue;
		packet.node = to;
		world_send_to(w, net, &packet, false);
		if (w->now < net->twice_until && chance(w, 50))
			world_send_to(w, net, &packet, true);
	}
}

static void
world_receive(struct world *w, const struct sim_event *packet)
{
	struct vr_event event = {.kind = VR_ADVERT};
	const uint8_t source[4] = {(uint8_t)(packet->source >> 24), (uint8_t)(packet->source >> 16),
	    (uint8_t)(packet->source >> 8), (uint8_t)packet->source};

	if (w->node[packet->node].link_down[w->network_of[packet->instance]])
		return;
	event.advert.source = addr_from_bytes(ADDR_IPV4, source);
	event.advert.priority = packet->priority;
	event.advert.interval_ns = packet->number * NS_PER_CS;
	TRACE(w, "router %u, instance %u: hears %u from 10.%u.%u.%u, interval %u0 ms", packet->node,
	    packet->instance, packet->priority, source[1], source[2], source[3], packet->number);
	world_handle(w, packet->node, packet->instance, &event);
}

/* ---- actions ---- */

static void
world_gate(struct world *w, uint8_t n, uint8_t i)
{
	struct sim_event end = {.kind = SIM_GATE, .node = n, .instance = i};

	end.at = w->now + span(w, 0, w->gate_ns);
	end.number = ++w->node[n].site[i].gate;
	end.priority = w->calm || !chance(w, 20);
	if (!w->calm && chance(w, 20)) { /* another configuration while it runs */
		struct sim_event reload = {.kind = SIM_RELOAD, .node = n};

		reload.at = span(w, w->now, end.at);
		draw_reload(w, n, i);
		world_disturb(w, i, reload.at, false);
		world_schedule(w, &reload);
	}
	if (end.priority == 0) /* a refusal is a disturbance: nobody may be master for a while */
		world_disturb(w, i, end.at, false);
	world_schedule(w, &end);
}

static void
world_act(struct world *w, uint8_t n, uint8_t i, const struct vr_action *action)
{
	struct site *s = &w->node[n].site[i];

	switch (action->kind) {
	case VR_ACT_ADVERTISE:
		s->was_master = action->priority != VRRP_PRIORITY_RESIGN;
		s->sent_local_ns = world_local(w, n).ns;
		world_send(w, n, i, action->priority);
		break;
	case VR_ACT_ACQUIRE:
		if (!s->has)
			s->has_since = w->now;
		s->has = true;
		break;
	case VR_ACT_RELEASE:
		TRACE(w, "router %u, instance %u: releases", n, i);
		invariant_release(w, n, i);
		s->has = s->was_master = false;
		break;
	case VR_ACT_GATE:
		world_gate(w, n, i);
		break;
	case VR_ACT_STATE:
		if (w->settled)
			sim_fail(w, "router %u, instance %u: changes though all is calm", n, i);
		TRACE(w, "router %u, instance %u: %s -> %s (%s)", n, i,
		    vrrp_state_name(action->from), vrrp_state_name(action->to),
		    vrrp_reason_name(action->reason));
		break;
	case VR_ACT_ANNOUNCE:
	case VR_ACTION_COUNT:
		break;
	}
}

/* Who was given the event itself; others only what their group made of it. */
static bool
world_is_given(const struct site *s, bool named, const struct vr_event *event)
{
	switch (event->kind) {
	case VR_ADVERT:
		return named && !addr_equal(&event->advert.source, &s->source);
	case VR_SOURCE:
	case VR_CONF:
	case VR_GATE_RESULT:
		return named;
	case VR_STARTUP:
	case VR_SHUTDOWN:
	case VR_TIMER:
	case VR_INPUTS:
	case VR_RESUME:
	case VR_GROUP:
	case VR_EVENT_COUNT:
		break;
	}
	return true;
}

void
world_handle(struct world *w, uint8_t n, uint8_t i, const struct vr_event *event)
{
	uint8_t e = w->node[n].election_of[i];
	struct election *el = &w->node[n].election[e];
	struct glimpse before[SIM_INSTANCES];

	for (uint8_t k = 0; k < el->count; k++)
		before[k] = oracle_glimpse(&w->node[n].site[el->first + k]);
	group_handle(&el->group, world_local(w, n), (size_t)(i - el->first), event);
	w->events++;
	for (uint8_t k = 0; k < el->count; k++) {
		const struct vr_actions *out = &el->member[k].out;
		uint8_t member = el->first + k;

		for (size_t a = 0; a < out->count; a++)
			world_act(w, n, member, &out->action[a]);
		invariant_note(w, n, member);
	}
	for (uint8_t k = 0; k < el->count; k++) {
		uint8_t member = el->first + k;
		bool given = world_is_given(&w->node[n].site[member], member == i, event);

		oracle_check(w, n, member, &before[k], given ? event : NULL);
		if (before[k].state == VRRP_MASTER &&
		    w->node[n].site[member].vr.state != VRRP_MASTER)
			invariant_leave(w, n, member);
		invariant_check(w, member);
	}
	oracle_check_election(w, n, e);
	world_set_due(w, n, e);
	if (event->kind == VR_TIMER && w->due[n * w->instances + e] <= w->now &&
	    group_deadline(&el->group).ns <= world_local(w, n).ns)
		sim_fail(w, "router %u, instance %u: its timer is due again at once", n, i);
}

void
world_evaluate(struct world *w, uint8_t n, uint8_t i)
{
	const struct site *s = &w->node[n].site[i];
	struct track_result now = track_evaluate(s->track, SIM_TRACKS, s->conf.priority);

	if (now.fault != s->inputs.fault || now.planned != s->inputs.planned ||
	    now.waiting != s->inputs.waiting || now.priority != s->inputs.priority)
		world_tell_inputs(w, n, i);
}

void
world_tell_inputs(struct world *w, uint8_t n, uint8_t i)
{
	struct site *s = &w->node[n].site[i];
	struct vr_event event = {.kind = VR_INPUTS};
	struct track_result now = track_evaluate(s->track, SIM_TRACKS, s->conf.priority);

	s->inputs = now;
	event.inputs.fault = now.fault;
	event.inputs.planned = now.planned;
	event.inputs.waiting = now.waiting;
	event.inputs.priority = now.priority;
	TRACE(w, "router %u, instance %u: priority %u%s%s%s", n, i, now.priority,
	    now.fault ? ", fault" : "", now.planned ? ", operator" : "",
	    now.waiting ? ", waiting" : "");
	world_handle(w, n, i, &event);
}

/* ---- the loop ---- */

static void
world_gate_ends(struct world *w, const struct sim_event *event)
{
	const struct vr_event result = {
	    .kind = VR_GATE_RESULT, .gate_passed = event->priority != 0};

	if (event->number == w->node[event->node].site[event->instance].gate)
		world_handle(w, event->node, event->instance, &result);
}

void
world_arrive(struct world *w, const struct sim_event *event)
{
	struct node *node = &w->node[event->node];

	if (node->status == NODE_STOPPED)
		return;
	if (node->status == NODE_CRASHED && event->kind == SIM_GATE)
		return;
	if (node->status != NODE_UP) {
		if (node->backlog_count < SIM_BACKLOG)
			node->backlog[node->backlog_count++] = *event;
	} else if (event->kind == SIM_PACKET) {
		world_receive(w, event);
	} else {
		world_gate_ends(w, event);
	}
}

static void
world_dispatch(struct world *w, const struct sim_event *event)
{
	switch ((enum sim_kind)event->kind) {
	case SIM_PACKET:
	case SIM_GATE:
		world_arrive(w, event);
		break;
	case SIM_FAULT:
		draw_fault(w);
		break;
	case SIM_HOSTILE:
		draw_hostile(w, event);
		break;
	case SIM_SCRIPT:
		scenario_step(w, event);
		break;
	case SIM_RESUME:
	case SIM_RESTART:
	case SIM_RESULTS:
	case SIM_REPAIR:
	case SIM_HURRY:
	case SIM_ADD:
	case SIM_RELOAD:
		node_event(w, event);
		break;
	}
}

/* Packets before timers at the same time, as the engine hears before it believes a timer. */
bool
world_step(struct world *w, int64_t until)
{
	static const struct vr_event timer = {.kind = VR_TIMER};
	const uint32_t count = (uint32_t)w->nodes * w->instances;
	uint32_t first = 0;
	struct sim_event event;

	for (uint32_t k = 1; k < count; k++)
		if (w->due[k] < w->due[first])
			first = k;
	if (w->queue_count > 0 && w->queue[0].at <= w->due[first]) {
		if (w->queue[0].at > until)
			return false;
		event = world_take(w);
		w->now = event.at;
		world_dispatch(w, &event);
	} else {
		uint8_t n = (uint8_t)(first / w->instances);

		if (w->due[first] > until)
			return false;
		w->now = w->due[first];
		world_handle(w, n, (uint8_t)(first % w->instances), &timer);
	}
	return !w->failed;
}
