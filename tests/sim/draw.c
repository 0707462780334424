/*
 * What is random in the simulator: routers, networks, configuration, and what is done to them. All of
 * it follows from the seed.
 */
#include <stddef.h>
#include <string.h>

#include "tests/sim/world.h"

#define DRAW_INTERVAL_MAX_CS 4000

/* ---- the world ---- */

/* Evenly over the orders of magnitude: 10 ms to 40 s. */
static int64_t
draw_scale_cs(struct world *w)
{
	static const int64_t decade[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000};
	uint32_t k = dice(w, sizeof(decade) / sizeof(decade[0]) - 1);

	return span(w, decade[k], decade[k + 1]);
}

static int64_t
draw_interval_ns(struct world *w, uint8_t version, int64_t near_cs)
{
	int64_t cs = near_cs;

	if (chance(w, 30))
		cs = span(w, near_cs / 4 + 1, near_cs * 4);
	if (version == 2)
		cs = (cs + 99) / 100 * 100;
	if (cs > DRAW_INTERVAL_MAX_CS)
		cs = DRAW_INTERVAL_MAX_CS;
	return cs * NS_PER_CS;
}

/* Often a tie, often next to each other, sometimes anything. */
static uint8_t
draw_priority(struct world *w)
{
	static const uint8_t usual[] = {1, 50, 100, 101, 150, 200, 253, 254};

	return chance(w, 60) ? usual[dice(w, sizeof(usual))] : (uint8_t)(1 + dice(w, 254));
}

/* Each instance by itself, but the first few may be a group. */
static void
draw_clusters(struct world *w)
{
	uint8_t grouped = 1;

	if (w->instances > 1 && chance(w, 45))
		grouped = (uint8_t)(2 + dice(w, w->instances - 1U));
	for (uint8_t i = 0; i < w->instances; i++)
		w->cluster_of[i] = i < grouped ? 0 : i;
	for (uint8_t n = 0; n < w->nodes; n++)
		memcpy(w->node[n].file_of, w->cluster_of, sizeof(w->cluster_of));
}

/* What all routers of an instance agree on. */
struct draw_common {
	uint8_t version, down_adverts;
	int64_t interval_ns;
	bool mixed, handover;
};

static struct draw_common
draw_instance(struct world *w, uint8_t i)
{
	struct draw_common common = {.version = chance(w, 25) ? 2 : 3};

	w->network_of[i] = (uint8_t)dice(w, w->networks);
	w->address_count[i] = chance(w, 80) ? 1 + dice(w, 20) : 1 + dice(w, 255);
	common.down_adverts = chance(w, 85) ? 3 : (uint8_t)(2 + dice(w, 4));
	common.interval_ns = draw_interval_ns(w, common.version, w->scale_ns / NS_PER_CS);
	common.mixed = common.version == 3 && chance(w, 25);
	common.handover = chance(w, 80);
	return common;
}

static void
draw_site(struct world *w, uint8_t n, uint8_t i, const struct draw_common *common)
{
	struct site *s = &w->node[n].site[i];
	const struct site *first = &w->node[n].site[w->cluster_of[i]];
	const uint8_t source[4] = {10, (uint8_t)(i + 1), world_octet(n), 1};

	s->file = (struct vr_conf){
	    .priority = draw_priority(w),
	    .preempt = chance(w, 75),
	    .down_adverts = common->down_adverts,
	    .interval_ns = common->interval_ns,
	    .version = common->version,
	    .handover = common->handover,
	    .gate = chance(w, 90)   ? VR_GATE_NONE
		    : chance(w, 50) ? VR_GATE_STAY
				    : VR_GATE_PROCEED,
	    .address_count = w->address_count[i],
	    .startup_delay_ns = w->node[n].startup_delay_ns,
	};
	if (common->mixed)
		s->file.interval_ns = draw_interval_ns(w, common->version, w->scale_ns / NS_PER_CS);
	if (chance(w, 20))
		s->file.preempt_delay_ns = span(w, 1, 10 * w->scale_ns);
	s->source = addr_from_bytes(ADDR_IPV4, source);
	s->track[SIM_TRACK_LINK].cause = TRACK_INTERFACE_DOWN;
	s->track[SIM_TRACK_SOURCE].cause = TRACK_NO_SOURCE_ADDRESS;
	s->track[SIM_TRACK_OPERATOR].cause = TRACK_OPERATOR;
	s->track[SIM_TRACK_CHECK].cause = s->track[SIM_TRACK_WEIGHT].cause = TRACK_CHECK;
	s->track[SIM_TRACK_CHECK].invert = chance(w, 20);
	s->track[SIM_TRACK_WEIGHT].weight = (int16_t)(1 + dice(w, 253));
	if (chance(w, 50))
		s->track[SIM_TRACK_WEIGHT].weight = (int16_t)-s->track[SIM_TRACK_WEIGHT].weight;
	if (s == first)
		return;
	/* members order alike on all routers */
	s->file.priority = first->file.priority;
	s->track[SIM_TRACK_WEIGHT].weight = first->track[SIM_TRACK_WEIGHT].weight;
}

/* One router may own the addresses, of a group all of them. */
static void
draw_owners(struct world *w)
{
	for (uint8_t i = 0; i < w->instances; i++) {
		uint8_t owner = (uint8_t)dice(w, w->nodes);

		if (i > 0 && w->cluster_of[i] == w->cluster_of[i - 1])
			continue;
		if (!chance(w, 20))
			continue;
		for (uint8_t k = i; k < w->instances && w->cluster_of[k] == w->cluster_of[i]; k++)
			w->node[owner].site[k].file.priority = VRRP_PRIORITY_OWNER;
	}
}

static void
draw_nodes(struct world *w)
{
	for (uint8_t n = 0; n < w->nodes; n++) {
		struct node *node = &w->node[n];

		node->status = NODE_STOPPED;
		node->stopping = true;
		node->offset_ns = span(w, NS_PER_S, 1000000 * NS_PER_S);
		node->drift = chance(w, 50) ? 0 : span(w, -10485, 10485); /* 1 % */
		node->lag_ns = chance(w, 50) ? 0 : span(w, 0, 500 * NS_PER_US);
		node->startup_delay_ns = chance(w, 10) ? span(w, 1, 5 * w->scale_ns) : 0;
	}
}

static void
draw_begin(struct world *w)
{
	for (uint8_t n = 0; n < w->nodes; n++)
		world_schedule(
		    w, &(struct sim_event){
			   .kind = SIM_RESTART, .node = n, .at = span(w, 0, 4 * w->scale_ns)});
	world_disturb_all(w, 4 * w->scale_ns + NS_PER_S, false);
	world_schedule(
	    w, &(struct sim_event){.kind = SIM_FAULT, .at = span(w, 0, 10 * w->scale_ns)});
}

void
draw_world(struct world *w, uint64_t seed)
{
	struct trace *trace = w->trace;

	memset(w, 0, offsetof(struct world, queue));
	w->trace = trace;
	w->seed = seed;
	w->random = seed * 0xd1342543de82ef95U + 1;
	w->nodes = (uint8_t)(2 + dice(w, SIM_NODES - 1));
	w->instances = (uint8_t)(1 + dice(w, SIM_INSTANCES));
	w->networks = (uint8_t)(1 + dice(w, SIM_NETWORKS));
	w->scale_ns = draw_scale_cs(w) * NS_PER_CS;
	w->delay_ns = span(w, 20 * NS_PER_US, NS_PER_MS / 2);
	w->gate_ns = span(w, 0, w->scale_ns);
	w->fault_mask = (uint32_t)random_next(w) | (uint32_t)random_next(w);
	w->fault_spacing_ns = span(w, w->scale_ns / 4, 12 * w->scale_ns);
	for (size_t k = 0; k < SIM_NODES * SIM_INSTANCES; k++)
		w->due[k] = SIM_NEVER;
	draw_nodes(w);
	draw_clusters(w);
	for (uint8_t i = 0; i < w->instances; i++) {
		const struct draw_common common = draw_instance(w, i);

		for (uint8_t n = 0; n < w->nodes; n++)
			draw_site(w, n, i, &common);
	}
	draw_owners(w);
	draw_begin(w);
}

/* ---- reloads ---- */

/* Near the others', or by two orders of magnitude another one. */
static int64_t
draw_other_interval_ns(struct world *w, uint8_t version)
{
	int64_t near_cs = w->scale_ns / NS_PER_CS;

	if (chance(w, 40))
		near_cs = chance(w, 50) ? near_cs * 100 : near_cs / 100 + 1;
	return draw_interval_ns(w, version, near_cs);
}

static void
draw_other_conf(struct world *w, struct vr_conf *conf)
{
	conf->preempt = chance(w, 75);
	conf->preempt_delay_ns = chance(w, 20) ? span(w, 1, 10 * w->scale_ns) : 0;
	if (chance(w, 30))
		conf->handover = !conf->handover;
	if (chance(w, 40))
		conf->gate = (enum vr_gate)dice(w, 3);
	if (chance(w, 20))
		conf->down_adverts = (uint8_t)(2 + dice(w, 4));
	if (conf->version == 3 && chance(w, 30)) /* version 2 has one for all routers */
		conf->interval_ns = draw_other_interval_ns(w, 3);
}

/* What a reload may change of the instance and of its group; members stay in order. */
void
draw_reload(struct world *w, uint8_t n, uint8_t i)
{
	struct node *node = &w->node[n];
	const uint8_t priority = draw_priority(w);
	const bool other = chance(w, 50);

	if (chance(w, 20))
		return; /* nothing is another than before */
	for (uint8_t k = 0; k < w->instances; k++) {
		struct vr_conf *conf = &node->site[k].file;

		if (node->file_of[k] != node->file_of[i])
			continue;
		if (other && conf->priority != VRRP_PRIORITY_OWNER)
			conf->priority = priority;
		draw_other_conf(w, conf);
	}
}

/* All routers read their files, soon, one after the other. */
static void
draw_read_all(struct world *w, uint8_t i)
{
	for (uint8_t n = 0; n < w->nodes; n++) {
		int64_t at = w->now + span(w, 0, w->scale_ns);

		world_disturb(w, i, at, false);
		world_schedule(w, &(struct sim_event){.kind = SIM_RELOAD, .node = n, .at = at});
	}
}

/* Another interval for all routers of an instance. */
static void
draw_pace(struct world *w)
{
	uint8_t i = (uint8_t)dice(w, w->instances);
	int64_t interval_ns = draw_other_interval_ns(w, w->node[0].site[i].file.version);

	for (uint8_t n = 0; n < w->nodes; n++)
		w->node[n].site[i].file.interval_ns = interval_ns;
	draw_read_all(w, i);
}

/* Other groups of a cluster, the same on all routers; members order alike. */
static void
draw_regroup(struct world *w)
{
	uint8_t cluster = w->cluster_of[dice(w, w->instances)], head = cluster;

	for (uint8_t i = cluster; i < w->instances && w->cluster_of[i] == cluster; i++) {
		if (chance(w, 50))
			head = i;
		for (uint8_t n = 0; n < w->nodes; n++) {
			struct node *node = &w->node[n];

			node->file_of[i] = head;
			node->site[i].file.priority = node->site[head].file.priority;
		}
	}
	draw_read_all(w, cluster);
}

/* ---- faults ---- */

enum draw_kind {
	DRAW_LOSS,
	DRAW_ONE_WAY,
	DRAW_PARTITION,
	DRAW_DELAY,
	DRAW_TWICE,
	DRAW_STALL, /* shorter than an interval or so */
	DRAW_PAUSE, /* up to 10 s */
	DRAW_CRASH,
	DRAW_STOP,
	DRAW_REMOVE,
	DRAW_WEIGHT,
	DRAW_CHECK,
	DRAW_LINK,
	DRAW_SOURCE,
	DRAW_RENUMBER,
	DRAW_OPERATOR,
	DRAW_RELOAD,
	DRAW_HOSTILE, /* from here on not of one router */
	DRAW_PACE,
	DRAW_REGROUP,
	DRAW_KINDS
};

/* A fault of a whole network. */
static void
draw_network_fault(struct world *w, enum draw_kind kind, int64_t until)
{
	static const char *const names[] = {
	    "loses", "is deaf one way", "is parted", "delays", "doubles"};
	uint8_t which = (uint8_t)dice(w, w->networks);
	struct network *net = &w->network[which];

	TRACE(w, "network %u %s for %lld ms", which, names[kind],
	    (long long)((until - w->now) / NS_PER_MS));
	for (uint8_t i = 0; i < w->instances; i++)
		if (w->network_of[i] == which)
			world_disturb(w, i, until, false);
	if (kind == DRAW_LOSS) {
		net->loss_until = until;
		net->loss_percent = (uint8_t)(5 + dice(w, 86));
	} else if (kind == DRAW_ONE_WAY) {
		net->one_way_until = until;
		net->from = (uint8_t)dice(w, w->nodes);
		net->to = (uint8_t)dice(w, w->nodes);
	} else if (kind == DRAW_PARTITION) {
		net->parted_until = until;
		net->side = (uint8_t)dice(w, 1U << w->nodes);
	} else {
		*(kind == DRAW_DELAY ? &net->delay_until : &net->twice_until) = until;
		net->delay_ns = span(w, 0, 2 * w->scale_ns);
	}
}

/* Of a router as a whole. */
static void
draw_node_fault(struct world *w, enum draw_kind kind, uint8_t n, int64_t until)
{
	if (kind == DRAW_STALL) {
		node_pause(w, n, w->now + span(w, 1, w->scale_ns));
	} else if (kind == DRAW_PAUSE) {
		node_pause(w, n, w->now + span(w, 1, 10 * NS_PER_S));
	} else if (kind == DRAW_CRASH) {
		node_crash(w, n, chance(w, 70) ? w->now + span(w, 1, 2 * w->scale_ns) : until);
	} else {
		if (w->nodes > 2 && n == 0 && chance(w, 10))
			until = SIM_NEVER;
		node_stop(w, n, chance(w, 20), until);
	}
}

/* Of one instance of a router, or what it stands on. */
static void
draw_site_fault(struct world *w, enum draw_kind kind, uint8_t n, int64_t until)
{
	uint8_t i = (uint8_t)dice(w, w->instances), e = w->node[n].election_of[i];

	if (kind == DRAW_REMOVE) {
		if (!w->node[n].election[e].removed)
			node_remove(w, n, e, until);
	} else if (kind == DRAW_WEIGHT) {
		node_damage(w, n, i, SIM_BAD_WEIGHT, until);
	} else if (kind == DRAW_CHECK) {
		node_damage(w, n, i, SIM_BAD_CHECK, until);
	} else if (kind == DRAW_LINK) {
		node_damage(w, n, w->network_of[i], SIM_LINK_DOWN, until);
	} else if (kind == DRAW_SOURCE) {
		node_damage(w, n, i, SIM_NO_SOURCE, until);
	} else if (kind == DRAW_RENUMBER) {
		node_renumber(w, n, i);
	} else if (kind == DRAW_RELOAD) {
		draw_reload(w, n, i);
		node_reload(w, n);
	} else {
		node_damage(w, n, i, SIM_OPERATED, until);
	}
}

static void
draw_hostile_burst(struct world *w)
{
	uint8_t i = (uint8_t)dice(w, w->instances);
	struct sim_event event = {.kind = SIM_HOSTILE, .instance = i};

	for (uint32_t left = 1 + dice(w, 4); left > 0; left--) {
		event.at = w->now + span(w, 0, w->scale_ns / 2);
		world_disturb(w, i, event.at, false);
		world_schedule(w, &event);
	}
}

/* From nobody, or in a router's name; to one or to all. */
void
draw_hostile(struct world *w, const struct sim_event *event)
{
	struct sim_event packet = *event;
	uint8_t only = (uint8_t)dice(w, 2U * w->nodes);

	packet.kind = SIM_PACKET;
	packet.priority = chance(w, 30) ? 0 : (uint8_t)dice(w, 256);
	packet.number = chance(w, 50) ? 1 + dice(w, 4095) : (uint32_t)(w->scale_ns / NS_PER_CS);
	packet.source = 10U << 24 | (uint32_t)(event->instance + 1) << 16 |
			(uint32_t)world_octet((uint8_t)dice(w, w->nodes + 1U)) << 8 |
			(chance(w, 50) ? 1 : 0);
	packet.at = w->now + w->delay_ns;
	world_disturb(w, event->instance, packet.at, false);
	TRACE(w, "somebody sends %u for instance %u", packet.priority, packet.instance);
	for (packet.node = 0; packet.node < w->nodes; packet.node++)
		if (only >= w->nodes || only == packet.node)
			world_schedule(w, &packet);
}

void
draw_fault(struct world *w)
{
	enum draw_kind kind = (enum draw_kind)dice(w, DRAW_KINDS);
	int64_t until = w->now + span(w, 1, 8 * w->scale_ns);
	uint8_t n = (uint8_t)dice(w, w->nodes);

	if (w->calm)
		return;
	world_schedule(w, &(struct sim_event){.kind = SIM_FAULT,
			      .at = w->now + span(w, 1, 2 * w->fault_spacing_ns)});
	if (((w->fault_mask >> kind) & 1) == 0)
		return;
	if (kind <= DRAW_TWICE)
		draw_network_fault(w, kind, until);
	else if (kind == DRAW_HOSTILE)
		draw_hostile_burst(w);
	else if (kind == DRAW_PACE)
		draw_pace(w);
	else if (kind == DRAW_REGROUP)
		draw_regroup(w);
	else if (w->node[n].status != NODE_UP ||
		 (w->node[n].stopping && kind != DRAW_STALL && kind != DRAW_PAUSE))
		return;
	else if (kind <= DRAW_STOP)
		draw_node_fault(w, kind, n, until);
	else
		draw_site_fault(w, kind, n, until);
}
