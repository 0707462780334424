/*
 * Named stories for the simulator, step by step; what a seed once found is told here. All invariants of
 * the random runs hold in them too; EXPECT says besides who is master.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world.h"

#define SCRIPT_STEPS 16
#define MS NS_PER_MS

enum script_what {
	SCRIPT_END,
	SCRIPT_EXPECT, /* value: bit per router that is master of the instance */
	SCRIPT_START,
	SCRIPT_STOP,
	SCRIPT_STOP_AT_ONCE,
	SCRIPT_CRASH, /* these: value milliseconds long */
	SCRIPT_PAUSE,
	SCRIPT_CHECK,     /* fails */
	SCRIPT_WEIGHT,    /* takes 50 off the priority */
	SCRIPT_OPERATOR,  /* fault NAME --for */
	SCRIPT_LINK,      /* down: that of the instance */
	SCRIPT_REMOVE,    /* by a reload */
	SCRIPT_PARTITION, /* router 0 from all others, on the instance's network */
	SCRIPT_ONE_WAY,   /* nobody hears router 0 there */
	SCRIPT_LOSS,      /* 30 %, on the instance's network */
	SCRIPT_LOST,      /* what the loss has done is within bounds */
	SCRIPT_STILL,     /* from here on no change of state is right; value 0: any again */
	SCRIPT_RELOADS,   /* of an unchanged file, each 200 ms */
	SCRIPT_PRIORITY,  /* value is the one in the file, which is read */
	SCRIPT_INTERVAL,  /* of value milliseconds, as well */
	SCRIPT_SPLIT,     /* the group's members are by themselves, in the file of both; read */
	SCRIPT_JOIN,      /* and a group again */
	SCRIPT_HOSTILE /* an advert of that priority, interval 40.95 s, from a stranger, to all */
};

struct script_step {
	int32_t at_ms;
	enum script_what what;
	uint8_t node, instance;
	int32_t value;
};

struct script_node {
	uint8_t priority;
	int32_t interval_ms[2];
	bool stubborn; /* does not preempt */
	int32_t preempt_delay_ms;
	enum vr_gate gate;
};

struct sim_script {
	const char *name;
	uint8_t nodes, instances, version;
	bool grouped, immediate;
	struct script_node node[SIM_NODES];
	struct script_step step[SCRIPT_STEPS];
};

#define SECOND \
	{ \
		1000, 1000 \
	}
#define TWO .nodes = 2, .instances = 1, .version = 3
#define TWO_IN_GROUP .nodes = 2, .instances = 2, .version = 3, .grouped = true
#define BOTH_START \
	{0, SCRIPT_START, 0, 0, 0}, \
	{ \
		0, SCRIPT_START, 1, 0, 0 \
	}
#define EXPECT(at, instance, bits) \
	{ \
		at, SCRIPT_EXPECT, 0, instance, bits \
	}
#define NOBODY 0
#define FIRST 1
#define OTHER 2
#define BOTH 3

static const struct sim_script scripts[] = {
    {.name = "the higher one is master, and its stop leaves no gap",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10500, SCRIPT_STOP, 0, 0, 0},
	    EXPECT(10600, 0, NOBODY), EXPECT(11600, 0, OTHER)}},
    {.name = "a stop at once",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10500, SCRIPT_STOP_AT_ONCE, 0, 0, 0},
	    EXPECT(11600, 0, OTHER)}},
    {.name = "addresses decide between equals",
	TWO,
	.node = {{100, SECOND}, {100, SECOND}},
	.step = {{0, SCRIPT_PARTITION, 0, 0, 6000}, BOTH_START, EXPECT(5900, 0, BOTH),
	    EXPECT(7100, 0, OTHER)}},
    {.name = "a partition has two masters, its end one",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_PARTITION, 0, 0, 20000},
	    EXPECT(29000, 0, BOTH), EXPECT(31100, 0, FIRST)}},
    {.name = "heard one way only",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_ONE_WAY, 0, 0, 20000},
	    EXPECT(29000, 0, BOTH), EXPECT(31100, 0, FIRST)}},
    {.name = "a lower master is left in peace without preempt",
	TWO,
	.node = {{200, SECOND, .stubborn = true}, {100, SECOND}},
	.step = {{0, SCRIPT_START, 1, 0, 0}, {8000, SCRIPT_START, 0, 0, 0}, EXPECT(60000, 0, OTHER),
	    {60000, SCRIPT_STOP, 1, 0, 0}, EXPECT(61000, 0, FIRST)}},
    {.name = "a lower master is put up with for the delay",
	TWO,
	.node = {{200, SECOND, .preempt_delay_ms = 20000}, {100, SECOND}},
	.step = {{0, SCRIPT_START, 1, 0, 0}, {8000, SCRIPT_START, 0, 0, 0}, EXPECT(28000, 0, OTHER),
	    EXPECT(34000, 0, FIRST)}},
    {.name = "a short crash is not noticed",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_CRASH, 0, 0, 900},
	    EXPECT(10950, 0, FIRST), EXPECT(13800, 0, FIRST)}},
    {.name = "a long crash is",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_CRASH, 0, 0, 5000},
	    EXPECT(14900, 0, OTHER), EXPECT(16500, 0, OTHER), EXPECT(19000, 0, FIRST)}},
    {.name = "a lower master that stood still for 10 s hears first",
	TWO,
	.node = {{200, SECOND, .stubborn = true}, {100, SECOND}},
	.step = {{0, SCRIPT_START, 1, 0, 0}, {8000, SCRIPT_START, 0, 0, 0}, EXPECT(20000, 0, OTHER),
	    {20000, SCRIPT_PAUSE, 1, 0, 10000}, EXPECT(29900, 0, FIRST), EXPECT(30001, 0, FIRST)}},
    {.name = "a failing check moves it, and back",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_CHECK, 0, 0, 10000},
	    EXPECT(11000, 0, OTHER), EXPECT(19900, 0, OTHER), EXPECT(24000, 0, FIRST)}},
    {.name = "a weight moves it",
	TWO,
	.node = {{120, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_WEIGHT, 0, 0, 10000},
	    EXPECT(15000, 0, OTHER), EXPECT(25000, 0, FIRST)}},
    {.name = "the operator's fault leaves no gap, nor does its end",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_OPERATOR, 0, 0, 10000},
	    EXPECT(11000, 0, OTHER), EXPECT(25000, 0, FIRST)}},
    {.name = "an instance is removed and comes back",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_REMOVE, 0, 0, 10000},
	    EXPECT(11000, 0, OTHER), EXPECT(25000, 0, FIRST)}},
    {.name = "a hostile owner silences all for three of its intervals, no longer",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_HOSTILE, 0, 0, 255},
	    EXPECT(130000, 0, NOBODY), EXPECT(143000, 0, FIRST)}},
    {.name = "version 2: nor for that long",
	.nodes = 2,
	.instances = 1,
	.version = 2,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_HOSTILE, 0, 0, 255},
	    EXPECT(12000, 0, NOBODY), EXPECT(13400, 0, FIRST)}},
    {.name = "a link of a group moves all of it",
	TWO_IN_GROUP,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), EXPECT(10000, 1, FIRST),
	    {10000, SCRIPT_LINK, 0, 1, 10000}, EXPECT(15000, 0, OTHER), EXPECT(15000, 1, OTHER),
	    EXPECT(25000, 0, FIRST), EXPECT(25000, 1, FIRST)}},
    {.name = "a partition of one link of a group moves nobody",
	TWO_IN_GROUP,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 1, FIRST), {10000, SCRIPT_PARTITION, 0, 1, 20000},
	    EXPECT(29000, 0, FIRST), EXPECT(29000, 1, FIRST), EXPECT(31000, 1, FIRST)}},
    {.name = "a group of two intervals hands over together",
	TWO_IN_GROUP,
	.node = {{200, {50, 2000}}, {100, {50, 2000}}},
	.step = {BOTH_START, EXPECT(12000, 0, FIRST), EXPECT(12000, 1, FIRST),
	    {12000, SCRIPT_STOP, 0, 0, 0}, EXPECT(14000, 0, OTHER), EXPECT(14000, 1, OTHER)}},
    /* found: each member judged the silence by its own interval */
    {.name = "a group of two intervals resumes as a whole",
	TWO_IN_GROUP,
	.node = {{200, {50, 2000}}, {100, {50, 2000}}},
	.step = {BOTH_START, EXPECT(12000, 0, FIRST), {12000, SCRIPT_CRASH, 0, 0, 500},
	    EXPECT(12600, 0, NOBODY), EXPECT(12600, 1, NOBODY)}},
    {.name = "without handover the addresses go at once",
	TWO,
	.immediate = true,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10500, SCRIPT_STOP, 0, 0, 0},
	    EXPECT(10600, 0, NOBODY), EXPECT(11600, 0, OTHER)}},
    {.name = "a gate of the higher one that passes",
	TWO,
	.node = {{200, SECOND, .gate = VR_GATE_STAY}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(20000, 0, FIRST)}},
    {.name = "R01 an unchanged file is read again and again",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_STILL, 0, 0, 1},
	    {10100, SCRIPT_RELOADS, 0, 0, 30000}, {10200, SCRIPT_RELOADS, 1, 0, 30000},
	    EXPECT(41000, 0, FIRST), {41000, SCRIPT_STILL, 0, 0, 0}}},
    {.name = "R01 that of a group as well",
	TWO_IN_GROUP,
	.node = {{200, {50, 2000}}, {100, {50, 2000}}},
	.step = {BOTH_START, EXPECT(20000, 0, FIRST), {20000, SCRIPT_STILL, 0, 0, 1},
	    {20100, SCRIPT_RELOADS, 0, 0, 30000}, {20200, SCRIPT_RELOADS, 1, 0, 30000},
	    EXPECT(51000, 1, FIRST), {51000, SCRIPT_STILL, 0, 0, 0}}},
    /* the last advert that the other accepts comes at 9.2189 s, or at 20.8284 s */
    {.name = "R03 a lower priority waits for who preempts, and back",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(9500, 0, FIRST), {9500, SCRIPT_PRIORITY, 0, 0, 90},
	    EXPECT(12827, 0, FIRST), EXPECT(12830, 0, OTHER), {21000, SCRIPT_PRIORITY, 0, 0, 200},
	    EXPECT(24046, 0, OTHER), EXPECT(24049, 0, FIRST)}},
    {.name = "R03 a longer interval of the master is heard at once",
	TWO,
	.node = {{200, {100, 0}}, {100, {100, 0}}},
	.step = {BOTH_START, EXPECT(5000, 0, FIRST), {5000, SCRIPT_STILL, 0, 0, 1},
	    {5050, SCRIPT_INTERVAL, 0, 0, 10000}, EXPECT(60000, 0, FIRST),
	    {60050, SCRIPT_INTERVAL, 0, 0, 100}, EXPECT(65000, 0, FIRST),
	    {65000, SCRIPT_STILL, 0, 0, 0}}},
    {.name = "R03 nor does that of a backup move it",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_STILL, 0, 0, 1},
	    {10500, SCRIPT_INTERVAL, 1, 0, 10}, {20500, SCRIPT_INTERVAL, 1, 0, 40000},
	    EXPECT(60000, 0, FIRST), {60000, SCRIPT_STILL, 0, 0, 0},
	    {60000, SCRIPT_CRASH, 0, 0, 30000}, EXPECT(62500, 0, NOBODY), EXPECT(64000, 0, OTHER)}},
    {.name = "a group that splits and joins moves nobody",
	TWO_IN_GROUP,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 1, FIRST), {10000, SCRIPT_STILL, 0, 0, 1},
	    {10500, SCRIPT_SPLIT, 0, 0, 0}, EXPECT(20000, 0, FIRST), EXPECT(20000, 1, FIRST),
	    {20500, SCRIPT_JOIN, 0, 0, 0}, EXPECT(30000, 0, FIRST), EXPECT(30000, 1, FIRST),
	    {30000, SCRIPT_STILL, 0, 0, 0}}},
    {.name = "who waited for its group goes on without it",
	TWO_IN_GROUP,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 1, FIRST), {10000, SCRIPT_PARTITION, 0, 1, 20000},
	    EXPECT(20000, 1, FIRST), {20000, SCRIPT_SPLIT, 0, 0, 0}, EXPECT(20001, 0, FIRST),
	    EXPECT(20001, 1, BOTH), EXPECT(31100, 1, FIRST)}},
    {.name = "L03 30 % of the packets are lost for 10 minutes",
	TWO,
	.node = {{200, SECOND}, {100, SECOND}},
	.step = {BOTH_START, EXPECT(10000, 0, FIRST), {10000, SCRIPT_LOSS, 0, 0, 600000},
	    {610000, SCRIPT_LOST, 0, 0, 0}, EXPECT(612000, 0, FIRST)}},
};

/* ---- building ---- */

static void
scenario_build_site(struct world *w, const struct sim_script *script, uint8_t n, uint8_t i)
{
	const struct script_node *node = &script->node[n];
	struct site *s = &w->node[n].site[i];
	const uint8_t source[4] = {10, (uint8_t)(i + 1), world_octet(n), 1};

	s->file = (struct vr_conf){
	    .priority = node->priority,
	    .preempt = !node->stubborn,
	    .down_adverts = 3,
	    .interval_ns = node->interval_ms[i] * MS,
	    .version = script->version,
	    .handover = !script->immediate,
	    .gate = node->gate,
	    .address_count = w->address_count[i],
	    .preempt_delay_ns = node->preempt_delay_ms * MS,
	};
	s->source = addr_from_bytes(ADDR_IPV4, source);
	s->track[SIM_TRACK_LINK].cause = TRACK_INTERFACE_DOWN;
	s->track[SIM_TRACK_SOURCE].cause = TRACK_NO_SOURCE_ADDRESS;
	s->track[SIM_TRACK_OPERATOR].cause = TRACK_OPERATOR;
	s->track[SIM_TRACK_CHECK].cause = s->track[SIM_TRACK_WEIGHT].cause = TRACK_CHECK;
	s->track[SIM_TRACK_WEIGHT].weight = -50;
}

static void
scenario_build_node(struct world *w, const struct sim_script *script, uint8_t n)
{
	struct node *node = &w->node[n];

	node->status = NODE_STOPPED;
	node->stopping = true;
	node->offset_ns = (n + 1) * 1000 * NS_PER_S;
	for (uint8_t i = 0; i < w->instances; i++)
		scenario_build_site(w, script, n, i);
	memcpy(node->file_of, w->cluster_of, sizeof(node->file_of));
}

static void
scenario_build(struct world *w, const struct sim_script *script, struct trace *trace)
{
	memset(w, 0, offsetof(struct world, queue));
	w->trace = trace;
	w->script = script;
	w->random = 1;
	w->nodes = script->nodes;
	w->instances = w->networks = script->instances;
	w->scale_ns = script->node[0].interval_ms[0] * MS;
	w->delay_ns = 100 * NS_PER_US;
	w->gate_ns = 100 * MS;
	w->calm = true; /* no faults but those of the script */
	w->master_by = SIM_NEVER;
	for (size_t k = 0; k < SIM_NODES * SIM_INSTANCES; k++)
		w->due[k] = SIM_NEVER;
	for (uint8_t i = 0; i < w->instances; i++) {
		w->cluster_of[i] = script->grouped ? 0 : i;
		w->network_of[i] = i;
		w->address_count[i] = 10;
	}
	for (uint8_t n = 0; n < w->nodes; n++)
		scenario_build_node(w, script, n);
	for (uint32_t k = 0; script->step[k].what != SCRIPT_END; k++)
		world_schedule(
		    w, &(struct sim_event){
			   .kind = SIM_SCRIPT, .at = script->step[k].at_ms * MS, .number = k});
}

/* ---- steps ---- */

static void
scenario_expect(struct world *w, const struct script_step *step)
{
	if (w->masters[step->instance] != step->value)
		sim_fail(w, "at %d ms: masters of instance %u are 0x%x instead of 0x%x",
		    step->at_ms, step->instance, w->masters[step->instance], (unsigned)step->value);
}

static void
scenario_part(struct world *w, const struct script_step *step, int64_t until)
{
	struct network *net = &w->network[w->network_of[step->instance]];

	world_disturb(w, step->instance, until, false);
	if (step->what == SCRIPT_PARTITION) {
		net->side = 1;
		net->parted_until = until;
	} else {
		net->from = 0;
		net->to = 1;
		net->one_way_until = until;
	}
}

static void
scenario_hostile(struct world *w, const struct script_step *step)
{
	struct sim_event packet = {
	    .kind = SIM_PACKET,
	    .instance = step->instance,
	    .priority = (uint8_t)step->value,
	    .number = 4095,
	    .source = 10U << 24 | 99,
	    .at = w->now + w->delay_ns,
	};

	world_disturb(w, step->instance, packet.at, false);
	for (packet.node = 0; packet.node < w->nodes; packet.node++)
		world_schedule(w, &packet);
}

/* What is lost disturbs for good: the bounds are those of SCRIPT_LOST. */
static void
scenario_loss(struct world *w, const struct script_step *step, int64_t until)
{
	struct network *net = &w->network[w->network_of[step->instance]];

	world_disturb(w, step->instance, until, false);
	net->loss_until = until;
	net->loss_percent = 30;
	w->longest_none = w->longest_two = 0;
	w->met[SIM_MET_DUALS] = 0;
}

/* L03: three adverts in a row are lost 600 * 0.3^3 = 16 times; two masters end with the first advert of
 * the better one that arrives; the better one never leaves. */
static void
scenario_lost(struct world *w)
{
	unsigned long long duals = w->met[SIM_MET_DUALS];

	if (duals < 4 || duals > 32)
		sim_fail(w, "%llu false takeovers", duals);
	if (w->longest_two > 4 * NS_PER_S || w->longest_none > 4 * NS_PER_S)
		sim_fail(w, "two masters for %lld ms, none for %lld ms",
		    (long long)(w->longest_two / MS), (long long)(w->longest_none / MS));
}

static void
scenario_reloads(struct world *w, const struct script_step *step)
{
	for (int32_t after_ms = 0; after_ms < step->value; after_ms += 200)
		world_schedule(
		    w, &(struct sim_event){
			   .kind = SIM_RELOAD, .node = step->node, .at = w->now + after_ms * MS});
}

/* Another file, which is read. */
static void
scenario_file(struct world *w, const struct script_step *step)
{
	struct node *node = &w->node[step->node];
	struct vr_conf *file = &node->site[step->instance].file;

	if (step->what == SCRIPT_PRIORITY)
		file->priority = (uint8_t)step->value;
	else
		file->interval_ns = step->value * MS;
	node_reload(w, step->node);
}

static void
scenario_regroup(struct world *w, bool join)
{
	for (uint8_t n = 0; n < w->nodes; n++) {
		for (uint8_t i = 0; i < w->instances; i++)
			w->node[n].file_of[i] = join ? 0 : i;
		node_reload(w, n);
	}
}

void
scenario_step(struct world *w, const struct sim_event *event)
{
	const struct script_step *step = &w->script->step[event->number];
	int64_t until = w->now + step->value * MS;
	uint8_t n = step->node, i = step->instance;

	switch (step->what) {
	case SCRIPT_EXPECT:
		scenario_expect(w, step);
		break;
	case SCRIPT_START:
		node_start(w, n);
		break;
	case SCRIPT_STOP:
	case SCRIPT_STOP_AT_ONCE:
		node_stop(w, n, step->what == SCRIPT_STOP_AT_ONCE, SIM_NEVER);
		break;
	case SCRIPT_CRASH:
		node_crash(w, n, until);
		break;
	case SCRIPT_PAUSE:
		node_pause(w, n, until);
		break;
	case SCRIPT_CHECK:
		node_damage(w, n, i, SIM_BAD_CHECK, until);
		break;
	case SCRIPT_WEIGHT:
		node_damage(w, n, i, SIM_BAD_WEIGHT, until);
		break;
	case SCRIPT_OPERATOR:
		node_damage(w, n, i, SIM_OPERATED, until);
		break;
	case SCRIPT_LINK:
		node_damage(w, n, w->network_of[i], SIM_LINK_DOWN, until);
		break;
	case SCRIPT_REMOVE:
		node_remove(w, n, w->node[n].election_of[i], until);
		break;
	case SCRIPT_PARTITION:
	case SCRIPT_ONE_WAY:
		scenario_part(w, step, until);
		break;
	case SCRIPT_HOSTILE:
		scenario_hostile(w, step);
		break;
	case SCRIPT_LOSS:
		scenario_loss(w, step, until);
		break;
	case SCRIPT_LOST:
		scenario_lost(w);
		break;
	case SCRIPT_STILL:
		w->settled = step->value != 0;
		break;
	case SCRIPT_RELOADS:
		scenario_reloads(w, step);
		break;
	case SCRIPT_PRIORITY:
	case SCRIPT_INTERVAL:
		scenario_file(w, step);
		break;
	case SCRIPT_SPLIT:
	case SCRIPT_JOIN:
		scenario_regroup(w, step->what == SCRIPT_JOIN);
		break;
	case SCRIPT_END:
		break;
	}
}

/* ---- running ---- */

static bool
scenario_run_one(struct world *w, const struct sim_script *script, struct trace *trace)
{
	int64_t last = 0;

	scenario_build(w, script, trace);
	for (uint32_t k = 0; script->step[k].what != SCRIPT_END; k++)
		if (last < script->step[k].at_ms * MS)
			last = script->step[k].at_ms * MS;
	return run_until(w, last, UINT64_MAX) && run_calm(w, UINT64_MAX, true);
}

int
scenario_run(const char *name, bool all)
{
	static struct world world;
	int failed = 0, number = 0;

	for (size_t k = 0; k < sizeof(scripts) / sizeof(scripts[0]); k++) {
		struct trace *trace;

		if (name != NULL && strcmp(name, scripts[k].name) != 0)
			continue;
		trace = trace_open(all);
		if (scenario_run_one(&world, &scripts[k], trace)) {
			printf("ok %d %s\n", ++number, scripts[k].name);
		} else {
			trace_print(trace);
			printf("not ok %d %s: %s\n", ++number, scripts[k].name, world.failure);
			failed++;
		}
		free(trace);
	}
	return number == 0 ? 1 : failed;
}
