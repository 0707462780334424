/*
 * Sync groups: what each member does, as rows; and two routers on two links, as the acceptance rules
 * tell it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vr_step.h"
#include "vrrpd/core/group.h"

#define MEMBERS 2
#define STEPS_MAX 9
#define M DOWN_100

/* An event and whose it is: the first member's or the second's. */
struct member_step {
	size_t member;
	struct step step;
};

/* clang-format off */
#define A(...) {0, __VA_ARGS__}
#define B(...) {1, __VA_ARGS__}
/* clang-format on */

#define HANDOVER P100_AND(.handover = true, .address_count = 100)       /* 50 ms + 30 ms */
#define HANDOVER_LONG P100_AND(.handover = true, .address_count = 1000) /* 50 ms + 300 ms */
#define HASTY EVERY(100 * MS)
#define GATED P100_AND(.gate = VR_GATE_STAY)
#define LOOSELY P100_AND(.gate = VR_GATE_PROCEED)
#define GATED_OWNER \
	{ \
		.priority = 255, .preempt = true, .down_adverts = 3, .interval_ns = S, \
		.version = 3, .gate = VR_GATE_STAY \
	}

#define READY A(START(0)), A(TIMER(M))
#define AS_MASTER READY
#define HALF_READY A(START(0)), B(ADVERT(S, 200, PEER_LESS, 100)), A(TIMER(M))

struct row {
	const char *name;
	struct vr_conf conf[MEMBERS];
	struct member_step step[STEPS_MAX];
	const char *does; /* of the last step: "first | second | the group" */
	int64_t deadline_ns;
};

static const struct row rows[] = {
    {"both begin", {P100, P100}, {A(START(0))},
	"init>backup startup | init>backup startup | init>backup startup", M},
    {"G01 one timer ran out: nobody moves", {P100, P100}, {HALF_READY}, " |  | ", S + M},
    {"G01 both: they step together", {P100, P100}, {AS_MASTER},
	"advertise 100, acquire, backup>master master-down-timer | "
	"advertise 100, acquire, backup>master master-down-timer | backup>master master-down-timer",
	M + S},
    {"G01 the second one later: then both", {P100, P100}, {HALF_READY, B(TIMER(S + M))},
	"advertise 100, acquire, backup>master master-down-timer | "
	"advertise 100, acquire, backup>master master-down-timer | backup>master master-down-timer",
	2 * S + M},
    {"G01 why each is master", {P100, P100},
	{A(START(0)), A(ADVERT(S, 0, PEER_LESS, 100)), A(TIMER(S + SKEW_100)), B(TIMER(M))},
	"advertise 100, acquire, backup>master priority-zero | "
	"advertise 100, acquire, backup>master master-down-timer | backup>master priority-zero",
	M + S},
    {"G01 who waits hears priority 0: still ready", {P100, P100},
	{HALF_READY, A(ADVERT(M, 0, PEER_LESS, 100))}, "release |  | ", S + M},
    {"who waits hears a better one: not ready any more", {P100, P100},
	{HALF_READY, A(ADVERT(M, 200, PEER_LESS, 100)), B(TIMER(S + M))}, " |  | ", M + M},
    {"who waits and preempts hears a lower one: ready", {P100, P100},
	{HALF_READY, A(ADVERT(M, 50, PEER_LESS, 100)), B(TIMER(S + M))},
	"advertise 100, acquire, backup>master preempted | "
	"advertise 100, acquire, backup>master master-down-timer | backup>master preempted",
	2 * S + M},
    {"P03 who does not preempt is not ready any more", {NOPREEMPT, NOPREEMPT},
	{HALF_READY, A(ADVERT(M, 50, PEER_LESS, 100)), B(TIMER(S + M))}, " |  | ", M + M},
    {"each advertises by itself", {P100, P100}, {AS_MASTER, A(TIMER(M + S))},
	"advertise 100 | advertise 100 | ", M + 2 * S},
    {"G03 a better one of one: both yield, without priority 0", {P100, P100},
	{AS_MASTER, A(ADVERT(M + MS, 250, PEER_LESS, 100))},
	"release, master>backup higher-priority | release, master>backup group | "
	"master>backup higher-priority",
	M + MS + M},
    {"G03 the second member's", {P100, P100}, {AS_MASTER, B(ADVERT(M + MS, 100, PEER_MORE, 100))},
	"release, master>backup group | release, master>backup equal-priority-higher-address | "
	"master>backup equal-priority-higher-address",
	M + MS + M},
    {"G03 with a handover: each keeps its addresses as long as it needs", {HANDOVER, HANDOVER_LONG},
	{AS_MASTER, A(ADVERT(M, 250, PEER_LESS, 100))},
	"master>backup higher-priority | master>backup group | master>backup higher-priority",
	M + 80 * MS},
    {"G03 and then the other", {HANDOVER, HANDOVER_LONG},
	{AS_MASTER, A(ADVERT(M, 250, PEER_LESS, 100)), A(TIMER(M + 80 * MS))}, "release |  | ",
	M + 350 * MS},
    {"a lower one of one is answered there", {P100, P100},
	{AS_MASTER, A(ADVERT(M + MS, 50, PEER_LESS, 100))}, "advertise 100, announce |  | ", M + S},
    {"G02 a fault of one is a fault of both, with priority 0 everywhere", {P100, P100},
	{AS_MASTER, B(FAULTY(M + MS, 100))},
	"advertise 0, release, master>fault group | advertise 0, release, master>fault fault | "
	"master>fault fault",
	NEVER},
    {"G02 nor does it hold anything", {HANDOVER, HANDOVER}, {AS_MASTER, B(FAULTY(M + MS, 100))},
	"advertise 0, release, master>fault group | advertise 0, release, master>fault fault | "
	"master>fault fault",
	NEVER},
    {"G02 of backups: nothing on the wire", {P100, P100},
	{A(START(0)), A(ADVERT(0, 200, PEER_LESS, 100)), B(ADVERT(0, 200, PEER_LESS, 100)),
	    A(FAULTY(S, 100))},
	"backup>fault fault | backup>fault group | backup>fault fault", NEVER},
    {"F08 at the start", {P100, P100}, {B(FAULTY(0, 100)), A(START(0))},
	"release, init>fault group | release, init>fault fault | init>fault fault", NEVER},
    {"G05 the last cause of one, but not of the other", {P100, P100},
	{AS_MASTER, A(FAULTY(M, 100)), B(FAULTY(M, 100)), A(HEALTHY(M + S, 100))}, " |  | ", NEVER},
    {"G05 G04 the last cause of all: both backup", {P100, P100},
	{AS_MASTER, A(FAULTY(M, 100)), B(FAULTY(M, 100)), A(HEALTHY(M + S, 100)),
	    B(HEALTHY(M + 2 * S, 100))},
	"fault>backup fault-cleared | fault>backup fault-cleared | fault>backup fault-cleared",
	M + 2 * S + M},
    {"G05 in the other order", {P100, P100},
	{AS_MASTER, A(FAULTY(M, 100)), B(FAULTY(M, 100)), B(HEALTHY(M + S, 100)),
	    A(HEALTHY(M + 2 * S, 100))},
	"fault>backup fault-cleared | fault>backup fault-cleared | fault>backup fault-cleared",
	M + 2 * S + M},
    {"S06 a missing result of one is waited for by both", {P100, P100},
	{B(WAITING(0, 100)), A(START(0)), A(HEALTHY(S, 100))}, " |  | ", NEVER},
    {"S06 and then both begin", {P100, P100},
	{B(WAITING(0, 100)), A(START(0)), B(HEALTHY(2 * S, 100))},
	"init>backup startup | init>backup startup | init>backup startup", 2 * S + M},
    {"S03 another priority of a master is its own", {P100, P100}, {AS_MASTER, B(HEALTHY(M, 90))},
	" | advertise 90 | ", M + S},
    {"S03 of a backup: its deadline", {P100, P100}, {A(START(0)), A(HEALTHY(S, 200))}, " |  | ",
	DOWN_200},
    {"Z01 a stop: both resign and hold", {HANDOVER, HANDOVER}, {AS_MASTER, A(STOP(M))},
	"advertise 0, master>init handover | advertise 0, master>init handover | "
	"master>init handover",
	M + 1020 * MS},
    {"Z01 one successor is not enough", {HANDOVER, HANDOVER},
	{AS_MASTER, A(STOP(M)), A(ADVERT(M + 600 * MS, 50, PEER_LESS, 100)),
	    A(TIMER(M + 680 * MS))},
	" |  | ", M + 1020 * MS},
    {"Z01 both are: the slower one counts", {HANDOVER, HANDOVER_LONG},
	{AS_MASTER, A(STOP(M)), A(ADVERT(M + 600 * MS, 50, PEER_LESS, 100)),
	    B(ADVERT(M + 600 * MS, 50, PEER_LESS, 100)), A(TIMER(M + 680 * MS))},
	" |  | ", M + 950 * MS},
    {"Z01 then both release", {HANDOVER, HANDOVER_LONG},
	{AS_MASTER, A(STOP(M)), A(ADVERT(M + 600 * MS, 50, PEER_LESS, 100)),
	    B(ADVERT(M + 600 * MS, 50, PEER_LESS, 100)), A(TIMER(M + 950 * MS))},
	"release, init>init shutdown | release, init>init shutdown | init>init shutdown", NEVER},
    {"Z01 one answered, the other did not", {HANDOVER, HANDOVER},
	{AS_MASTER, A(STOP(M)), A(ADVERT(M + 600 * MS, 50, PEER_LESS, 100)),
	    A(TIMER(M + 1020 * MS))},
	"release, init>init shutdown | release, init>init shutdown | init>init shutdown", NEVER},
    {"Z01 at once", {HANDOVER, HANDOVER}, {AS_MASTER, A(STOP(M)), A(STOP_AT_ONCE(M + MS))},
	"release, init>init shutdown | release, init>init shutdown | init>init shutdown", NEVER},
    {"Z01 immediate for one is immediate for all", {HANDOVER, P100}, {AS_MASTER, A(STOP(M))},
	"advertise 0, release, master>init shutdown | advertise 0, release, master>init shutdown | "
	"master>init shutdown",
	NEVER},
    {"the operator's fault of one is planned for both", {HANDOVER, HANDOVER},
	{AS_MASTER, A(OPERATED(M, 100))},
	"advertise 0, master>init handover | advertise 0, master>init handover | "
	"master>init handover",
	M + 1020 * MS},
    {"and ends in fault", {HANDOVER, HANDOVER},
	{AS_MASTER, A(OPERATED(M, 100)), A(TIMER(M + 1020 * MS))},
	"release, init>fault operator | release, init>fault group | init>fault operator", NEVER},
    {"a real one of another member ends the holding", {HANDOVER, HANDOVER},
	{AS_MASTER, A(OPERATED(M, 100)), B(FAULTY(M + MS, 100))},
	"release, init>fault fault | release, init>fault fault | init>fault fault", NEVER},
    {"gates wait for every timer", {GATED, P100}, {HALF_READY}, " |  | ", S + M},
    {"the gates of those that have one", {GATED, P100}, {READY}, "gate |  | ", NEVER},
    {"one gate passed", {GATED, P100}, {READY, A(PASSED(M + S))},
	"advertise 100, acquire, backup>master master-down-timer | "
	"advertise 100, acquire, backup>master master-down-timer | backup>master master-down-timer",
	M + 2 * S},
    {"one of two gates passed", {GATED, GATED}, {READY, A(PASSED(M + S))}, " |  | ", NEVER},
    {"both gates passed", {GATED, GATED}, {READY, B(PASSED(M + S)), A(PASSED(M + 2 * S))},
	"advertise 100, acquire, backup>master master-down-timer | "
	"advertise 100, acquire, backup>master master-down-timer | backup>master master-down-timer",
	M + 3 * S},
    {"one failed: a down interval later", {GATED, GATED}, {READY, B(FAILED(M + S))}, " |  | ",
	M + S + M},
    {"the other's result is nothing then", {GATED, GATED},
	{READY, B(FAILED(M + S)), A(PASSED(M + S))}, " |  | ", M + S + M},
    {"both are tried again", {GATED, GATED}, {READY, B(FAILED(M + S)), A(TIMER(M + S + M))},
	"gate | gate | ", NEVER},
    {"one failed, to proceed", {LOOSELY, LOOSELY}, {READY, A(FAILED(M + S)), B(FAILED(M + S))},
	"advertise 100, acquire, backup>master master-down-timer | "
	"advertise 100, acquire, backup>master master-down-timer | backup>master master-down-timer",
	M + 2 * S},
    {"a better one of another member ends the gate", {GATED, P100},
	{READY, B(ADVERT(M + S, 200, PEER_LESS, 100)), A(PASSED(M + 2 * S))}, " |  | ", M + S + M},
    {"O01 owners are master at once", {OWNER, OWNER}, {A(START(0))},
	"advertise 255, acquire, init>master startup | "
	"advertise 255, acquire, init>master startup | init>master startup",
	S},
    {"O01 not if one has a gate", {OWNER, GATED_OWNER}, {A(START(0))},
	"init>backup startup | init>backup startup, gate | init>backup startup", NEVER},
    {"O01 and then both", {OWNER, GATED_OWNER}, {A(START(0)), B(PASSED(S))},
	"advertise 255, acquire, backup>master startup | "
	"advertise 255, acquire, backup>master startup | backup>master startup",
	2 * S},
    {"O02 an owner's fault ends: both at once", {OWNER, OWNER},
	{A(START(0)), A(FAULTY(S, 255)), A(HEALTHY(2 * S, 255))},
	"advertise 255, acquire, fault>master fault-cleared | "
	"advertise 255, acquire, fault>master fault-cleared | fault>master fault-cleared",
	3 * S},
    {"C01 both resume", {P100, P100}, {A(RESUME(0, 100 * MS))},
	"init>master resume | init>master resume | init>master resume", 900 * MS},
    {"C01 both were silent for too long", {P100, P100}, {A(RESUME(0, 2 * S))},
	"release, init>backup startup | release, init>backup startup | init>backup startup", M},
    {"C01 what is too long for the shorter interval is too long for both", {P100, HASTY},
	{A(RESUME(0, 200 * MS))},
	"release, init>backup startup | release, init>backup startup | init>backup startup",
	M / 10},
    {"another source is its own", {P100, P100}, {AS_MASTER, B(SOURCE(M, PEER_MORE))}, " |  | ",
	M + S},
    {"the group's own event is not the caller's", {P100, P100},
	{AS_MASTER, A(TOGETHER(M, VR_STEP_DOWN))}, " |  | ", M + S},
};

static const char *
describe_group(const struct group *group)
{
	static char text[1024];

	text[0] = '\0';
	for (size_t i = 0; i < group->count; i++) {
		strcat(text, describe(&group->member[i].out));
		strcat(text, " | ");
	}
	if (group->changed)
		sprintf(text + strlen(text), "%s>%s %s", vrrp_state_name(group->action.from),
		    vrrp_state_name(group->action.to), vrrp_reason_name(group->action.reason));
	return text;
}

static void
give(struct group *group, size_t member, struct step step)
{
	struct vr_event event = event_of(&step);

	group_handle(group, at(step.at_ns), member, &event);
}

static void
check_lockstep(const struct row *row, const struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->member[i].vr->state != group_state(group))
			fail_msg("%s: member %zu is %s, not %s", row->name, i,
			    vrrp_state_name(group->member[i].vr->state),
			    vrrp_state_name(group_state(group)));
}

static void
run_row(const struct row *row)
{
	struct vr vr[MEMBERS];
	struct group_member member[MEMBERS] = {{.vr = &vr[0]}, {.vr = &vr[1]}};
	struct group group;
	mono_t deadline = row->deadline_ns == NEVER ? MONO_NEVER : at(row->deadline_ns);

	for (size_t i = 0; i < MEMBERS; i++)
		vr_init(&vr[i], &row->conf[i], at(0));
	group_init(&group, member, MEMBERS, at(0));
	for (size_t i = 0; i < MEMBERS; i++)
		give(&group, i, (struct step)SOURCE(0, OWN_IP));
	for (size_t i = 0; i < STEPS_MAX && row->step[i].step.kind != END; i++) {
		give(&group, row->step[i].member, row->step[i].step);
		check_lockstep(row, &group);
	}
	if (strcmp(describe_group(&group), row->does) != 0)
		fail_msg("%s: does \"%s\" instead of \"%s\"", row->name, describe_group(&group),
		    row->does);
	if (group_deadline(&group).ns != deadline.ns)
		fail_msg("%s: the timer is off by %" PRId64 " ns", row->name,
		    group_deadline(&group).ns - deadline.ns);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(&rows[i]);
}

/* ---- two routers on two links ---- */

#define ROUTERS 2

struct router {
	struct vr vr[MEMBERS];
	struct group_member member[MEMBERS];
	struct group group;
	struct addr source;
	unsigned changes;           /* of the group's state */
	int64_t master_ns;          /* when it became master last */
	unsigned sent[MEMBERS];     /* adverts that are no resignation */
	unsigned resigned[MEMBERS]; /* and those that are */
	int64_t last_sent_ns[MEMBERS];
};

/* Adverts arrive at once, unless the link between both is cut. */
struct lan {
	struct router router[ROUTERS];
	bool cut[MEMBERS];
	int64_t now_ns;
};

static void lan_give(struct lan *, size_t r, size_t member, struct step);

static void
lan_send(struct lan *lan, size_t r, size_t member, uint8_t priority)
{
	struct router *router = &lan->router[r];
	struct step step = ADVERT(lan->now_ns, priority, 0, 100);

	router->sent[member] += priority != 0;
	router->resigned[member] += priority == 0;
	router->last_sent_ns[member] = lan->now_ns;
	step.b = r == 0 ? PEER_LESS : PEER_MORE;
	if (!lan->cut[member])
		lan_give(lan, 1 - r, member, step);
}

static void
lan_give(struct lan *lan, size_t r, size_t member, struct step step)
{
	struct router *router = &lan->router[r];
	struct vr_actions out[MEMBERS];

	give(&router->group, member, step);
	router->changes += router->group.changed;
	if (router->group.changed && router->group.action.to == VRRP_MASTER)
		router->master_ns = lan->now_ns;
	for (size_t i = 0; i < MEMBERS; i++) {
		out[i] = router->member[i].out;
		assert_int_equal(router->vr[i].state, group_state(&router->group));
	}
	for (size_t i = 0; i < MEMBERS; i++)
		for (size_t k = 0; k < out[i].count; k++)
			if (out[i].action[k].kind == VR_ACT_ADVERTISE)
				lan_send(lan, r, i, out[i].action[k].priority);
}

/* Everything that is due until then. */
static void
lan_run(struct lan *lan, int64_t until_ns)
{
	for (;;) {
		mono_t first = group_deadline(&lan->router[0].group);
		mono_t second = group_deadline(&lan->router[1].group);
		size_t r = second.ns < first.ns;
		mono_t due = mono_earlier(first, second);

		if (!mono_reached(due, at(until_ns)))
			break;
		lan->now_ns = due.ns - BEGIN_NS;
		lan_give(lan, r, 0, (struct step)TIMER(lan->now_ns));
	}
	lan->now_ns = until_ns;
}

/* The first is at 200 and master of both since DOWN_200, the second at 100. */
static void
lan_begin(struct lan *lan, bool handover)
{
	memset(lan, 0, sizeof(*lan));
	for (size_t r = 0; r < ROUTERS; r++) {
		struct router *router = &lan->router[r];
		const struct vr_conf conf = {.priority = r == 0 ? 200 : 100,
		    .preempt = true,
		    .down_adverts = 3,
		    .interval_ns = S,
		    .version = 3,
		    .handover = handover,
		    .address_count = 100};

		for (size_t i = 0; i < MEMBERS; i++) {
			vr_init(&router->vr[i], &conf, at(0));
			router->member[i].vr = &router->vr[i];
		}
		group_init(&router->group, router->member, MEMBERS, at(0));
		for (size_t i = 0; i < MEMBERS; i++)
			lan_give(lan, r, i, (struct step)SOURCE(0, r == 0 ? PEER_LESS : PEER_MORE));
	}
	for (size_t r = 0; r < ROUTERS; r++)
		lan_give(lan, r, 0, (struct step)START(0));
	lan_run(lan, 10 * S);
	assert_int_equal(group_state(&lan->router[0].group), VRRP_MASTER);
	assert_int_equal(lan->router[0].master_ns, DOWN_200);
	assert_int_equal(group_state(&lan->router[1].group), VRRP_BACKUP);
	assert_int_equal(lan->router[1].changes, 1);
}

static void
lan_fault(struct lan *lan, size_t r, size_t member, bool fault)
{
	struct step step = {INPUTS, lan->now_ns, fault ? CAUSE : 0, 0, r == 0 ? 200 : 100};

	lan_give(lan, r, member, step);
}

static void
test_g01_a_link_fails(void **state)
{
	struct lan lan;
	int64_t last_ns;

	(void)state;
	lan_begin(&lan, true);
	last_ns = lan.router[0].last_sent_ns[1];
	lan.cut[1] = true; /* its link is down: priority 0 does not get out */
	lan_fault(&lan, 0, 1, true);
	assert_int_equal(lan.router[0].resigned[0], 1);
	assert_true(lan.router[0].vr[0].by_group);
	assert_false(lan.router[0].vr[1].by_group);
	lan_run(&lan, last_ns + DOWN_100 - 1);
	assert_int_equal(group_state(&lan.router[1].group), VRRP_BACKUP);
	assert_int_equal(lan.router[1].sent[0], 0);
	lan_run(&lan, 20 * S);
	assert_int_equal(lan.router[1].master_ns, last_ns + DOWN_100);
	assert_int_equal(lan.router[1].changes, 2);
}

static void
test_g02_a_check_of_one_fails(void **state)
{
	struct lan lan;

	(void)state;
	lan_begin(&lan, true);
	lan_fault(&lan, 0, 1, true);
	lan_run(&lan, 20 * S);
	assert_int_equal(lan.router[0].resigned[0], 1);
	assert_int_equal(lan.router[0].resigned[1], 1);
	assert_int_equal(lan.router[1].master_ns, 10 * S + SKEW_100);
}

static void
test_g03_somebody_better_on_one_link(void **state)
{
	struct lan lan;
	int64_t heard_ns = 0;

	(void)state;
	lan_begin(&lan, true);
	for (int i = 0; i < 10; i++) {
		heard_ns = (10 + i) * S + 500 * MS;
		lan_run(&lan, heard_ns);
		for (size_t r = 0; r < ROUTERS; r++)
			lan_give(&lan, r, 0, (struct step)ADVERT(heard_ns, 250, OWN_IP, 100));
		assert_int_equal(group_state(&lan.router[0].group), VRRP_BACKUP);
		assert_int_equal(group_state(&lan.router[1].group), VRRP_BACKUP);
	}
	assert_int_equal(lan.router[0].resigned[1], 0);
	assert_int_equal(lan.router[1].changes, 1);
	lan_run(&lan, 30 * S);
	assert_int_equal(lan.router[0].master_ns, heard_ns + DOWN_200);
	assert_int_equal(lan.router[1].changes, 1);
}

static void
test_g04_it_comes_back(void **state)
{
	struct lan lan;

	(void)state;
	lan_begin(&lan, true);
	lan_fault(&lan, 0, 1, true);
	lan_run(&lan, 20 * S);
	lan_fault(&lan, 0, 1, false);
	assert_int_equal(group_state(&lan.router[0].group), VRRP_BACKUP);
	lan_run(&lan, 30 * S);
	assert_int_equal(lan.router[0].master_ns, 20 * S + DOWN_200);
	assert_int_equal(group_state(&lan.router[1].group), VRRP_BACKUP);
	assert_int_equal(lan.router[0].changes, 5); /* backup master fault backup master */
	assert_int_equal(lan.router[1].changes, 3); /* backup master backup */
	assert_int_equal(lan.router[1].resigned[0] + lan.router[1].resigned[1], 0);
}

/* Neither while one link is cut nor when it is whole again does anything move. */
static void
test_partitions_of_one_link(void **state)
{
	(void)state;
	for (size_t member = 0; member < MEMBERS; member++) {
		for (int64_t length = 100 * MS; length < 12 * S; length += 700 * MS) {
			struct lan lan;

			lan_begin(&lan, true);
			lan.cut[member] = true;
			lan_run(&lan, 10 * S + length);
			lan.cut[member] = false;
			lan_run(&lan, 40 * S);
			assert_int_equal(lan.router[0].changes, 2);
			assert_int_equal(lan.router[1].changes, 1);
			assert_int_equal(lan.router[1].sent[0] + lan.router[1].sent[1], 0);
		}
	}
}

/* Both are cut, and heal one after the other. */
static void
test_partitions_of_both_links(void **state)
{
	(void)state;
	for (size_t member = 0; member < MEMBERS; member++) {
		struct lan lan;

		lan_begin(&lan, true);
		lan.cut[0] = lan.cut[1] = true;
		lan_run(&lan, 20 * S);
		assert_int_equal(group_state(&lan.router[1].group), VRRP_MASTER);
		lan.cut[member] = false;
		lan_run(&lan, 30 * S);
		lan.cut[1 - member] = false;
		lan_run(&lan, 60 * S);
		assert_int_equal(lan.router[0].changes, 2);
		assert_int_equal(lan.router[1].changes, 3); /* backup master backup */
		assert_int_equal(group_state(&lan.router[0].group), VRRP_MASTER);
	}
}

static void
test_z01_a_planned_stop(void **state)
{
	struct lan lan;
	int64_t over_ns = 10 * S + SKEW_100 + 80 * MS;

	(void)state;
	lan_begin(&lan, true);
	lan_give(&lan, 0, 0, (struct step)STOP(10 * S));
	lan_run(&lan, over_ns - 1);
	assert_int_equal(lan.router[1].master_ns, 10 * S + SKEW_100);
	assert_true(lan.router[0].vr[0].holding && lan.router[0].vr[1].holding);
	lan_run(&lan, over_ns);
	assert_false(lan.router[0].vr[0].holding || lan.router[0].vr[1].holding);
	assert_int_equal(lan.router[0].vr[0].reason, VRRP_REASON_SHUTDOWN);
}

/* A group of one is the instance itself. */
static void
test_one_by_itself(void **state)
{
	static const struct vr_conf conf = P100;
	struct group_member member;
	struct group group;
	struct vr vr;

	(void)state;
	vr_init(&vr, &conf, at(0));
	member.vr = &vr;
	group_init(&group, &member, 1, at(0));
	give(&group, 0, (struct step)SOURCE(0, OWN_IP));
	give(&group, 0, (struct step)START(0));
	give(&group, 0, (struct step)TIMER(M));
	assert_string_equal(
	    describe(&member.out), "advertise 100, acquire, backup>master master-down-timer");
	give(&group, 0, (struct step)FAULTY(M + MS, 100));
	assert_string_equal(describe(&member.out), "advertise 0, release, master>fault fault");
	assert_false(vr.by_group);
	give(&group, 0, (struct step)HEALTHY(M + S, 100));
	assert_int_equal(group_deadline(&group).ns, vr_deadline(&vr).ns);
	assert_int_equal(group.since.ns, at(M + S).ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_g01_a_link_fails),
	    cmocka_unit_test(test_g02_a_check_of_one_fails),
	    cmocka_unit_test(test_g03_somebody_better_on_one_link),
	    cmocka_unit_test(test_g04_it_comes_back),
	    cmocka_unit_test(test_partitions_of_one_link),
	    cmocka_unit_test(test_partitions_of_both_links),
	    cmocka_unit_test(test_z01_a_planned_stop),
	    cmocka_unit_test(test_one_by_itself),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
