/*
 * Another configuration while it runs: what goes on as if nothing were, what moves, and groups whose
 * members come and go.
 */
#include "tests/unit/vr_row.h"
#include "vrrpd/core/group.h"

#define M DOWN_100
#define HANDOVER P100_AND(.handover = true, .address_count = 100)
#define GATED P100_AND(.gate = VR_GATE_STAY)
#define PATIENT P100_AND(.preempt_delay_ns = 5 * S)
#define V2 \
	{ \
		.priority = 100, .preempt = true, .down_adverts = 3, .interval_ns = S, \
		.version = 2 \
	}

#define AS_MASTER START(0), TIMER(M)
#define HEARD START(0), ADVERT(S, 200, PEER_MORE, 100)

static const struct row one_rows[] = {
    {"R01 of a master the same: nothing", P100, {AS_MASTER, CONF(M + 300 * MS, NOTHING, 0)}, "",
	VRRP_MASTER, M + S},
    {"R01 the schedule of adverts stays", P100,
	{AS_MASTER, CONF(M + 300 * MS, NOTHING, 0), TIMER(M + S)}, "advertise 100", VRRP_MASTER,
	M + 2 * S},
    {"R01 nor does anything but the interval move it", P100,
	{AS_MASTER, CONF(M + 300 * MS, PREEMPT, 0), CONF(M + 300 * MS, DELAY, S),
	    CONF(M + 300 * MS, ADVERTS, 5), CONF(M + 300 * MS, HOLDING, 1),
	    CONF(M + 300 * MS, GATING, VR_GATE_STAY)},
	"", VRRP_MASTER, M + S},
    {"a longer interval is told at once", P100, {AS_MASTER, CONF(M + 300 * MS, INTERVAL, 10 * S)},
	"advertise 100", VRRP_MASTER, M + 10300 * MS},
    {"and is that of the schedule", P100,
	{AS_MASTER, CONF(M + 300 * MS, INTERVAL, 10 * S), TIMER(M + 10300 * MS)}, "advertise 100",
	VRRP_MASTER, M + 20300 * MS},
    {"so is a shorter one", P100, {AS_MASTER, CONF(M + 300 * MS, INTERVAL, 10 * MS)},
	"advertise 100", VRRP_MASTER, M + 310 * MS},
    {"R03 the priority is that of the inputs", P100,
	{AS_MASTER, HEALTHY(M + 100 * MS, 90), CONF(M + 300 * MS, INTERVAL, 10 * MS)},
	"advertise 90", VRRP_MASTER, M + 310 * MS},
    {"answers are as the new interval has it", P100,
	{AS_MASTER, CONF(M, INTERVAL, 100 * MS), ADVERT(M + MS, 50, PEER_LESS, 100),
	    ADVERT(M + 12 * MS, 50, PEER_LESS, 100)},
	"advertise 100, announce", VRRP_MASTER, M + 100 * MS},
    {"a backup that is not told otherwise waits as its own interval has it", P100,
	{START(0), CONF(S, INTERVAL, 2 * S)}, "", VRRP_BACKUP, 2 * M},
    {"moved, not begun anew", P100, {START(0), CONF(S, INTERVAL, 500 * MS)}, "", VRRP_BACKUP,
	M / 2},
    {"by the interval it was told it goes on waiting", P100, {HEARD, CONF(2 * S, INTERVAL, 10 * S)},
	"", VRRP_BACKUP, S + M},
    {"who yielded was told as well", P100,
	{AS_MASTER, ADVERT(M, 200, PEER_MORE, 100), CONF(M, INTERVAL, 10 * S)}, "", VRRP_BACKUP,
	M + M},
    {"nobody tells who preempts", P100,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), CONF(2 * S, INTERVAL, 2 * S)}, "", VRRP_BACKUP,
	2 * M},
    {"what was told ends with being master", P100,
	{HEARD, TIMER(S + M), TOGETHER(2 * M, VR_STEP_DOWN), CONF(2 * M, INTERVAL, 2 * S)}, "",
	VRRP_BACKUP, 4 * M},
    {"and in a fault", P100,
	{HEARD, FAULTY(2 * S, 100), HEALTHY(3 * S, 100), CONF(3 * S, INTERVAL, 2 * S)}, "",
	VRRP_BACKUP, 3 * S + 2 * M},
    {"version 2 has one interval, and another skew", V2, {HEARD, CONF(2 * S, INTERVAL, 2 * S)}, "",
	VRRP_BACKUP, S + 6 * S + SKEW_100},
    {"more adverts may be missed", P100, {HEARD, CONF(2 * S, ADVERTS, 5)}, "", VRRP_BACKUP,
	S + 5 * S + SKEW_100},
    {"after a priority 0 the skew time alone counts", P100,
	{START(0), ADVERT(S, 0, PEER_MORE, 100), CONF(S, INTERVAL, 2 * S)}, "", VRRP_BACKUP,
	S + 2 * SKEW_100},
    {"nor do more adverts matter then", V2,
	{HEARD, ADVERT(2 * S, 0, PEER_MORE, 100), CONF(2 * S, ADVERTS, 5)}, "", VRRP_BACKUP,
	2 * S + SKEW_100},
    {"it preempts from the next advert on", NOPREEMPT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), CONF(S, PREEMPT, 1),
	    ADVERT(2 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, S + M},
    {"or no more", P100,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), CONF(S, PREEMPT, 0),
	    ADVERT(2 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 2 * S + M},
    {"another patience begins anew", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), CONF(3 * S, DELAY, 4 * S),
	    ADVERT(4 * S, 50, PEER_MORE, 100), ADVERT(7 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 7 * S + M},
    {"and ends after the new delay", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), CONF(3 * S, DELAY, 4 * S),
	    ADVERT(4 * S, 50, PEER_MORE, 100), ADVERT(7 * S, 50, PEER_MORE, 100),
	    ADVERT(8 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 7 * S + M},
    {"the same patience goes on", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), CONF(3 * S, ADVERTS, 4),
	    ADVERT(4 * S, 50, PEER_MORE, 100), ADVERT(6 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 4 * S + M + S},
    {"a gate that went is passed", GATED, {START(0), TIMER(M), CONF(M + S, GATING, VR_GATE_NONE)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, M + 2 * S},
    {"its result means nothing then", GATED,
	{START(0), TIMER(M), CONF(M + S, GATING, VR_GATE_NONE), FAILED(M + S + MS)}, "",
	VRRP_MASTER, M + 2 * S},
    {"a gate that stays goes on", GATED, {START(0), TIMER(M), CONF(M + S, NOTHING, 0)}, "",
	VRRP_BACKUP, NEVER},
    {"its result is judged by the new configuration", GATED,
	{START(0), TIMER(M), CONF(M + S, GATING, VR_GATE_PROCEED), FAILED(M + S)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, M + 2 * S},
    {"a gate that came is run", P100, {START(0), CONF(S, GATING, VR_GATE_STAY), TIMER(M)}, "gate",
	VRRP_BACKUP, NEVER},
    {"a stop hands over as the new configuration has it", P100,
	{AS_MASTER, CONF(M, HOLDING, 1), STOP(M)}, "advertise 0, master>init handover", VRRP_INIT,
	M + 1020 * MS},
    {"or does not", HANDOVER, {AS_MASTER, CONF(M, HOLDING, 0), STOP(M)},
	"advertise 0, release, master>init shutdown", VRRP_INIT, NEVER},
    {"a handover that runs keeps its times", HANDOVER,
	{AS_MASTER, STOP(M), CONF(M, INTERVAL, 2 * S), CONF(M, HOLDING, 0)}, "", VRRP_INIT,
	M + 1020 * MS},
    {"so does who yielded", HANDOVER,
	{AS_MASTER, ADVERT(M, 200, PEER_MORE, 100), CONF(M, HOLDING, 0)}, "", VRRP_BACKUP,
	M + 80 * MS},
    {"after a fault the new interval counts", P100,
	{START(0), FAULTY(S, 100), CONF(2 * S, INTERVAL, 2 * S), HEALTHY(3 * S, 100)},
	"fault>backup fault-cleared", VRRP_BACKUP, 3 * S + 2 * M},
    {"after a first result as well", P100,
	{WAITING(0, 100), START(0), CONF(2 * S, INTERVAL, 2 * S), HEALTHY(3 * S, 100)},
	"init>backup startup", VRRP_BACKUP, 3 * S + 2 * M},
    {"after a handover for the operator", HANDOVER,
	{AS_MASTER, OPERATED(M, 100), HEALTHY(M, 100), CONF(M, INTERVAL, 2 * S),
	    TIMER(M + 1020 * MS)},
	"release, init>backup fault-cleared", VRRP_BACKUP, M + 1020 * MS + 2 * M},
};

TEST_ROWS(one)

/* ---- groups ---- */

#define MEMBERS 3

struct lab {
	struct vr vr[MEMBERS];
	struct group_member member[MEMBERS];
	struct group group;
};

static void
give(struct group *group, size_t member, struct step step)
{
	struct vr_event event = event_of(&step);
	struct vr_conf conf = group->member[member].vr->conf;

	if (step.kind == CONF)
		change_conf(&step, &event, &conf);
	group_handle(group, at(step.at_ns), member, &event);
}

/* Members of that configuration; so many of them are a group that began. */
static void
open_lab(struct lab *lab, const struct vr_conf *conf, size_t grouped)
{
	memset(lab, 0, sizeof(*lab));
	for (size_t i = 0; i < MEMBERS; i++) {
		vr_init(&lab->vr[i], conf, at(0));
		lab->vr[i].source = address(OWN_IP);
		lab->member[i].vr = &lab->vr[i];
		lab->member[i].inputs.priority = conf->priority;
	}
	group_init(&lab->group, lab->member, grouped, at(0));
	give(&lab->group, 0, (struct step)START(0));
}

static const char *
said(const struct lab *lab, size_t member)
{
	return describe(&lab->member[member].out);
}

#define UP "advertise 100, acquire, backup>master master-down-timer"

static void
test_a_handover_of_all_comes_and_goes(void **state)
{
	static const struct vr_conf conf = HANDOVER;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, 2);
	give(&lab.group, 1, (struct step)CONF(S, HOLDING, 0));
	assert_true(lab.vr[0].conf.handover && !lab.vr[0].handover && !lab.vr[1].handover);
	give(&lab.group, 0, (struct step)CONF(S, NOTHING, 0));
	assert_true(!lab.vr[0].handover && !lab.vr[1].handover);
	give(&lab.group, 1, (struct step)CONF(S, HOLDING, 1));
	assert_true(lab.vr[0].handover && lab.vr[1].handover);
	give(&lab.group, 1, (struct step)CONF(S, GATING, VR_GATE_STAY));
	assert_true(lab.vr[0].gated && lab.vr[1].gated);
	give(&lab.group, 0, (struct step)CONF(S, NOTHING, 0));
	assert_true(lab.vr[0].gated);
	give(&lab.group, 1, (struct step)CONF(S, GATING, VR_GATE_NONE));
	assert_true(!lab.vr[0].gated && !lab.vr[1].gated);
}

static void
test_an_interval_is_each_members_own(void **state)
{
	static const struct vr_conf conf = P100;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, 2);
	give(&lab.group, 0, (struct step)TIMER(M));
	assert_int_equal(group_state(&lab.group), VRRP_MASTER);
	give(&lab.group, 0, (struct step)CONF(M + MS, INTERVAL, 10 * S));
	assert_string_equal(said(&lab, 0), "advertise 100");
	assert_string_equal(said(&lab, 1), "");
	assert_int_equal(lab.vr[1].advert_at.ns, at(M + S).ns);
	assert_false(lab.group.changed);
}

static void
test_gates_of_a_group_come_and_go(void **state)
{
	static const struct vr_conf conf = GATED;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, 2);
	give(&lab.group, 0, (struct step)TIMER(M));
	assert_int_equal(lab.vr[0].wish, VR_GATING);
	give(&lab.group, 0, (struct step)CONF(M, GATING, VR_GATE_NONE));
	assert_int_equal(lab.vr[0].wish, VR_OPEN);
	assert_int_equal(lab.vr[1].wish, VR_GATING);
	give(&lab.group, 0, (struct step)CONF(M, GATING, VR_GATE_STAY)); /* run, not skipped */
	assert_string_equal(said(&lab, 0), "gate");
	give(&lab.group, 0, (struct step)PASSED(M));
	give(&lab.group, 0, (struct step)CONF(M, GATING, VR_GATE_PROCEED)); /* passed already */
	assert_int_equal(lab.vr[0].wish, VR_OPEN);
	give(&lab.group, 1, (struct step)CONF(M, GATING, VR_GATE_NONE));
	assert_string_equal(said(&lab, 0), UP);
	assert_string_equal(said(&lab, 1), UP);
}

/* The second one hears a better master, the first one is ready and waits for it. */
static void
split_half_ready(struct lab *lab, const struct vr_conf *conf, struct group *alone)
{
	open_lab(lab, conf, 2);
	give(&lab->group, 1, (struct step)ADVERT(S, 200, PEER_MORE, 100));
	give(&lab->group, 0, (struct step)TIMER(M));
	assert_int_equal(lab->vr[0].wish, VR_READY);
	assert_true(group_can_adopt(lab->member, 1));
	group_adopt(alone, lab->member, 1);
	assert_false(lab->vr[0].grouped);
	give(alone, 0, (struct step)CONF(M + MS, NOTHING, 0));
}

static void
test_who_waits_for_nobody_any_more_goes_on(void **state)
{
	static const struct vr_conf conf = P100, gated = GATED;
	struct group alone;
	struct lab lab;

	(void)state;
	split_half_ready(&lab, &conf, &alone);
	assert_string_equal(said(&lab, 0), UP);
	assert_true(alone.changed);
	assert_int_equal(group_deadline(&alone).ns, at(M + MS + S).ns);
	split_half_ready(&lab, &gated, &alone);
	assert_string_equal(said(&lab, 0), "gate");
	give(&alone, 0, (struct step)PASSED(2 * M));
	assert_string_equal(said(&lab, 0), UP);

	/* passed, and another one's gate ran */
	open_lab(&lab, &gated, 2);
	give(&lab.group, 0, (struct step)TIMER(M));
	give(&lab.group, 0, (struct step)PASSED(M));
	assert_int_equal(lab.vr[0].wish, VR_OPEN);
	group_adopt(&alone, lab.member, 1);
	give(&alone, 0, (struct step)CONF(M, GATING, VR_GATE_NONE));
	assert_string_equal(said(&lab, 0), UP);
}

static void
test_a_group_whose_slowest_left_steps_up(void **state)
{
	static const struct vr_conf conf = P100;
	struct group two;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, MEMBERS);
	give(&lab.group, 2, (struct step)ADVERT(S, 200, PEER_MORE, 100));
	give(&lab.group, 0, (struct step)TIMER(M));
	assert_int_equal(group_state(&lab.group), VRRP_BACKUP);
	assert_true(group_can_adopt(lab.member, 2));
	group_adopt(&two, lab.member, 2);
	give(&two, 0, (struct step)CONF(M + MS, NOTHING, 0));
	assert_string_equal(said(&lab, 0), UP);
	assert_string_equal(said(&lab, 1), UP);
}

/* The third one waits longer: both of the group are not ready any more. */
static void
test_who_joins_is_waited_for(void **state)
{
	static const struct vr_conf conf = GATED;
	struct group alone, three;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, 2);
	group_init(&alone, &lab.member[2], 1, at(0));
	give(&alone, 0, (struct step)START(S));
	give(&lab.group, 0, (struct step)TIMER(M));
	give(&lab.group, 0, (struct step)PASSED(M));
	assert_true(lab.vr[0].wish == VR_OPEN && lab.vr[1].wish == VR_GATING);
	assert_true(group_can_adopt(lab.member, MEMBERS));
	group_adopt(&three, lab.member, MEMBERS);
	assert_int_equal(three.since.ns, at(S).ns);
	assert_true(lab.vr[2].grouped);
	give(&three, 2, (struct step)CONF(M, NOTHING, 0));
	assert_true(lab.vr[0].wish == VR_READY && lab.vr[1].wish == VR_READY);
	assert_int_equal(group_deadline(&three).ns, at(S + M).ns);
	give(&three, 2, (struct step)TIMER(S + M));
	assert_string_equal(said(&lab, 0), "gate");
	assert_string_equal(said(&lab, 2), "gate");
}

static void
test_what_is_shared_is_shared_anew(void **state)
{
	static const struct vr_conf conf = HANDOVER;
	struct group alone, two;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, 2);
	give(&lab.group, 1, (struct step)CONF(S, HOLDING, 0));
	give(&lab.group, 1, (struct step)CONF(S, GATING, VR_GATE_STAY));
	group_adopt(&alone, lab.member, 1);
	assert_true(lab.vr[0].handover && !lab.vr[0].gated && !lab.vr[0].grouped);
	group_adopt(&two, lab.member, 2);
	assert_true(!lab.vr[0].handover && lab.vr[0].gated && lab.vr[0].grouped);
}

static void
test_whose_cause_it_is_after_leaving(void **state)
{
	static const struct vr_conf conf = P100;
	struct group alone, two;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, 2);
	give(&lab.group, 1, (struct step)FAULTY(S, 100));
	assert_true(lab.vr[0].by_group);
	assert_true(group_can_adopt(lab.member, 2));
	group_adopt(&two, lab.member, 2);
	assert_true(lab.vr[0].by_group && !lab.vr[1].by_group);
	give(&two, 0, (struct step)HEALTHY(S, 100)); /* the other's cause was kept */
	assert_int_equal(group_state(&two), VRRP_FAULT);
	group_adopt(&alone, lab.member, 1);
	assert_false(lab.vr[0].by_group);
	give(&alone, 0, (struct step)CONF(2 * S, NOTHING, 0));
	assert_int_equal(lab.vr[0].state, VRRP_FAULT);
	give(&alone, 0, (struct step)HEALTHY(2 * S, 100));
	assert_string_equal(said(&lab, 0), "fault>backup fault-cleared");
}

static void
test_who_can_be_one_group(void **state)
{
	static const struct vr_conf conf = HANDOVER;
	struct group alone;
	struct lab lab;

	(void)state;
	open_lab(&lab, &conf, 2);
	group_init(&alone, &lab.member[2], 1, at(0));
	assert_false(group_can_adopt(&lab.member[2], 1)); /* not started */
	assert_false(group_can_adopt(lab.member, MEMBERS));
	give(&alone, 0, (struct step)WAITING(0, 100));
	give(&alone, 0, (struct step)START(0));
	assert_true(group_can_adopt(&lab.member[2], 1));
	assert_false(group_can_adopt(lab.member, MEMBERS)); /* backup, backup, init */
	give(&lab.group, 0, (struct step)TIMER(M));
	assert_true(group_can_adopt(lab.member, 2)); /* masters */
	give(&lab.group, 0, (struct step)OPERATED(M, 100));
	assert_int_equal(lab.vr[0].state, VRRP_INIT);
	assert_true(group_can_adopt(lab.member, 1));
	assert_false(group_can_adopt(lab.member, 2)); /* handing over: each in its own time */
	give(&lab.group, 0, (struct step)REMOVED(M));
	assert_false(group_can_adopt(lab.member, 1)); /* on its way out */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one),
	    cmocka_unit_test(test_a_handover_of_all_comes_and_goes),
	    cmocka_unit_test(test_an_interval_is_each_members_own),
	    cmocka_unit_test(test_gates_of_a_group_come_and_go),
	    cmocka_unit_test(test_who_waits_for_nobody_any_more_goes_on),
	    cmocka_unit_test(test_a_group_whose_slowest_left_steps_up),
	    cmocka_unit_test(test_who_joins_is_waited_for),
	    cmocka_unit_test(test_what_is_shared_is_shared_anew),
	    cmocka_unit_test(test_whose_cause_it_is_after_leaving),
	    cmocka_unit_test(test_who_can_be_one_group),
	};

	return cmocka_run_group_tests_name("vr reload", tests, NULL, NULL);
}
