/*
 * The election over time: delays, handovers, gates, version 2, pauses.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/vr_row.h"

#define M DOWN_100 /* when a lone one of priority 100 is master */
#define AS_MASTER START(0), TIMER(M)

#define PATIENT P100_AND(.preempt_delay_ns = 10 * S)
#define DEAF P100_AND(.startup_delay_ns = 20 * S)
#define GATED P100_AND(.gate = VR_GATE_STAY)
#define LOOSELY P100_AND(.gate = VR_GATE_PROCEED)
#define HANDOVER P100_AND(.handover = true, .address_count = 100) /* 50 ms + 30 ms */
#define SLOWLY(ns) \
	{ \
		.priority = 100, .preempt = true, .down_adverts = 3, .interval_ns = ns, \
		.version = 3, .handover = true, .address_count = 100 \
	}
#define MANY \
	{ \
		.priority = 100, .preempt = true, .down_adverts = 3, .interval_ns = S, \
		.version = 3, .handover = true, .address_count = 20000 \
	} /* 6.05 s */
#define V2(prio, ns) \
	{ \
		.priority = prio, .preempt = true, .down_adverts = 3, .interval_ns = ns, \
		.version = 2 \
	}

static const struct row preempt_delay_rows[] = {
    {"P05 a lower master is put up with at first", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100)}, "release", VRRP_BACKUP, S + DOWN_100},
    {"P05 and learned from", PATIENT, {START(0), ADVERT(S, 50, PEER_MORE, 200)}, "release",
	VRRP_BACKUP, S + 2 * DOWN_100},
    {"P05 1 ns before the end too", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(11 * S - 1, 50, PEER_MORE, 100)}, "",
	VRRP_BACKUP, 11 * S - 1 + DOWN_100},
    {"P05 at its end no more: the running timer decides", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(10 * S, 50, PEER_MORE, 100),
	    ADVERT(11 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 10 * S + DOWN_100},
    {"P05 then it is preemption", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(10 * S, 50, PEER_MORE, 100),
	    ADVERT(11 * S, 50, PEER_MORE, 100), TIMER(10 * S + DOWN_100)},
	"advertise 100, acquire, backup>master preempted", VRRP_MASTER, 11 * S + DOWN_100},
    {"P05 another lower one is the same lower one", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(10 * S, 60, PEER_LESS, 100),
	    ADVERT(11 * S, 60, PEER_LESS, 100)},
	"", VRRP_BACKUP, 10 * S + DOWN_100},
    {"P06 a dead master is not waited for", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(2 * S, 50, PEER_MORE, 100),
	    TIMER(2 * S + DOWN_100)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, 3 * S + DOWN_100},
    {"P06 nor is one that resigns", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(2 * S, 0, PEER_MORE, 100),
	    TIMER(2 * S + SKEW_100)},
	"advertise 100, acquire, backup>master priority-zero", VRRP_MASTER, 3 * S + SKEW_100},
    {"P05 an equal one ends it: the next lower one begins anew", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(9 * S, 100, PEER_LESS, 100),
	    ADVERT(10 * S, 50, PEER_MORE, 100), ADVERT(20 * S - 1, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 20 * S - 1 + DOWN_100},
    {"P05 a better one ends it", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(9 * S, 200, PEER_LESS, 100),
	    ADVERT(11 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 11 * S + DOWN_100},
    {"P05 leaving backup ends it", PATIENT,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), FAULTY(2 * S, 100), HEALTHY(3 * S, 100),
	    ADVERT(11 * S, 50, PEER_MORE, 100)},
	"", VRRP_BACKUP, 11 * S + DOWN_100},
    {"P05 our own priority makes it lower", PATIENT,
	{START(0), ADVERT(S, 100, PEER_MORE, 100), HEALTHY(S, 120),
	    ADVERT(2 * S, 100, PEER_MORE, 100), ADVERT(12 * S, 100, PEER_MORE, 100)},
	"", VRRP_BACKUP, 2 * S + 3 * S + 136 * S / 256},
    {"P05 an owner is not patient",
	{.priority = 255,
	    .preempt = true,
	    .down_adverts = 3,
	    .interval_ns = S,
	    .version = 3,
	    .preempt_delay_ns = 10 * S},
	{START(0), ADVERT(0, 255, PEER_MORE, 100), ADVERT(S, 50, PEER_MORE, 100)}, "", VRRP_BACKUP,
	DOWN_255},
};

static const struct row startup_delay_rows[] = {
    {"adverts mean nothing; then a whole down interval", DEAF, {START(0)}, "init>backup startup",
	VRRP_BACKUP, 20 * S + DOWN_100},
    {"a better one", DEAF, {START(0), ADVERT(19 * S, 200, PEER_MORE, 300)}, "release", VRRP_BACKUP,
	20 * S + DOWN_100},
    {"priority 0", DEAF, {START(0), ADVERT(20 * S - 1, 0, PEER_MORE, 100)}, "release", VRRP_BACKUP,
	20 * S + DOWN_100},
    {"after it they count", DEAF, {START(0), ADVERT(20 * S, 200, PEER_MORE, 100)}, "release",
	VRRP_BACKUP, 20 * S + DOWN_100},
    {"a first result does not shorten it", DEAF, {WAITING(0, 100), START(0), HEALTHY(5 * S, 100)},
	"init>backup startup", VRRP_BACKUP, 20 * S + DOWN_100},
    {"nor does it count from there", DEAF, {WAITING(0, 100), START(0), HEALTHY(25 * S, 100)},
	"init>backup startup", VRRP_BACKUP, 25 * S + DOWN_100},
    {"a fault that ends within it", DEAF, {START(0), FAULTY(S, 100), HEALTHY(2 * S, 100)},
	"fault>backup fault-cleared", VRRP_BACKUP, 20 * S + DOWN_100},
    {"a fault that ends after it", DEAF, {START(0), FAULTY(S, 100), HEALTHY(30 * S, 100)},
	"fault>backup fault-cleared", VRRP_BACKUP, 30 * S + DOWN_100},
    {"O01 an owner does not listen first",
	{.priority = 255,
	    .preempt = true,
	    .down_adverts = 3,
	    .interval_ns = S,
	    .version = 3,
	    .startup_delay_ns = 20 * S},
	{START(0)}, "advertise 255, acquire, init>master startup", VRRP_MASTER, S},
    {"C01 a resumed one was there before", DEAF, {RESUME(0, 0), ADVERT(S, 200, PEER_MORE, 100)},
	"release, master>backup higher-priority", VRRP_BACKUP, S + DOWN_100},
};

static const struct row handover_rows[] = {
    {"Z01 priority 0 at once, the addresses stay", HANDOVER, {AS_MASTER, STOP(M + MS)},
	"advertise 0, master>init handover", VRRP_INIT, M + MS + 1020 * MS},
    {"Z01 nobody answers: an interval and 20 ms", HANDOVER,
	{AS_MASTER, STOP(M), TIMER(M + 1020 * MS)}, "release, init>init shutdown", VRRP_INIT,
	NEVER},
    {"Z01 1 ns before that they stay", HANDOVER, {AS_MASTER, STOP(M), TIMER(M + 1020 * MS - 1)}, "",
	VRRP_INIT, M + 1020 * MS},
    {"Z01 a long interval is not waited for", SLOWLY(10 * S),
	{START(0), TIMER(10 * DOWN_100), STOP(10 * DOWN_100)}, "advertise 0, master>init handover",
	VRRP_INIT, 10 * DOWN_100 + 3 * S},
    {"Z01 a successor: 50 ms and 0.3 ms an address from its first advert", HANDOVER,
	{AS_MASTER, STOP(M), ADVERT(M + 600 * MS, 50, PEER_LESS, 100)}, "", VRRP_INIT,
	M + 680 * MS},
    {"Z01 its second advert changes nothing", HANDOVER,
	{AS_MASTER, STOP(M), ADVERT(M + 600 * MS, 50, PEER_LESS, 100),
	    ADVERT(M + 650 * MS, 50, PEER_LESS, 100)},
	"", VRRP_INIT, M + 680 * MS},
    {"Z01 a late one gets its time all the same", HANDOVER,
	{AS_MASTER, STOP(M), ADVERT(M + 1019 * MS, 50, PEER_LESS, 100)}, "", VRRP_INIT,
	M + 1099 * MS},
    {"Z01 one that is heard just before 3 s are over, too", SLOWLY(10 * S),
	{START(0), TIMER(10 * DOWN_100), STOP(10 * DOWN_100),
	    ADVERT(10 * DOWN_100 + 2999 * MS, 50, PEER_LESS, 1000)},
	"", VRRP_INIT, 10 * DOWN_100 + 3079 * MS},
    {"Z01 however many addresses: 3126.5 ms at most", MANY,
	{AS_MASTER, STOP(M), ADVERT(M + 600 * MS, 50, PEER_LESS, 100)}, "", VRRP_INIT,
	M + 31265 * MS / 10},
    {"Z01 somebody else's resignation is no successor", HANDOVER,
	{AS_MASTER, STOP(M), ADVERT(M + 600 * MS, 0, PEER_LESS, 100)}, "", VRRP_INIT,
	M + 1020 * MS},
    {"B07 nor is our own advert", HANDOVER,
	{AS_MASTER, STOP(M), ADVERT(M + 600 * MS, 100, OWN_IP, 100)}, "", VRRP_INIT, M + 1020 * MS},
    {"Z01 a second stop waits for nobody", HANDOVER, {AS_MASTER, STOP(M), STOP_AT_ONCE(M + MS)},
	"release, init>init shutdown", VRRP_INIT, NEVER},
    {"a second one that is not urgent is nothing", HANDOVER, {AS_MASTER, STOP(M), STOP(M + MS)}, "",
	VRRP_INIT, M + 1020 * MS},
    {"R04 removed from the configuration", HANDOVER, {AS_MASTER, REMOVED(M), TIMER(M + 1020 * MS)},
	"release, init>init reload", VRRP_INIT, NEVER},
    {"a real fault ends it", HANDOVER, {AS_MASTER, STOP(M), FAULTY(M + MS, 100)},
	"release, init>init shutdown", VRRP_INIT, NEVER},
    {"after it a new start", HANDOVER, {AS_MASTER, STOP(M), TIMER(M + 1020 * MS), START(M + 2 * S)},
	"init>backup startup", VRRP_BACKUP, M + 2 * S + DOWN_100},
    {"no start within it", HANDOVER, {AS_MASTER, STOP(M), START(M + MS)}, "", VRRP_INIT,
	M + 1020 * MS},
    {"F01 a real fault never holds", HANDOVER, {AS_MASTER, FAULTY(M, 100)},
	"advertise 0, release, master>fault fault", VRRP_FAULT, NEVER},
    {"the operator's is planned", HANDOVER, {AS_MASTER, OPERATED(M, 100)},
	"advertise 0, master>init handover", VRRP_INIT, M + 1020 * MS},
    {"the operator's ends in fault", HANDOVER,
	{AS_MASTER, OPERATED(M, 100), ADVERT(M + 600 * MS, 50, PEER_LESS, 100),
	    TIMER(M + 680 * MS)},
	"release, init>fault operator", VRRP_FAULT, NEVER},
    {"the operator's beside a real one is real", HANDOVER,
	{AS_MASTER, CAUSED(M, CAUSE | BY_OPERATOR)}, "advertise 0, release, master>fault fault",
	VRRP_FAULT, NEVER},
    {"a real one during the operator's", HANDOVER,
	{AS_MASTER, OPERATED(M, 100), CAUSED(M + MS, CAUSE | BY_OPERATOR)},
	"release, init>fault fault", VRRP_FAULT, NEVER},
    {"a stop during the operator's", HANDOVER,
	{AS_MASTER, OPERATED(M, 100), STOP(M + MS), TIMER(M + 1020 * MS)},
	"release, init>init shutdown", VRRP_INIT, NEVER},
    {"cleared during it: backup at its end", HANDOVER,
	{AS_MASTER, OPERATED(M, 100), HEALTHY(M + MS, 100), TIMER(M + 1020 * MS)},
	"release, init>backup fault-cleared", VRRP_BACKUP, M + 1020 * MS + DOWN_100},
    {"cleared during it, but a result is missing", HANDOVER,
	{AS_MASTER, OPERATED(M, 100), WAITING(M + MS, 100), TIMER(M + 1020 * MS)}, "release",
	VRRP_INIT, NEVER},
    {"and then it comes", HANDOVER,
	{AS_MASTER, OPERATED(M, 100), WAITING(M + MS, 100), TIMER(M + 1020 * MS),
	    HEALTHY(M + 2 * S, 100)},
	"init>backup startup", VRRP_BACKUP, M + 2 * S + DOWN_100},
    {"immediate: the operator's too", P100, {AS_MASTER, OPERATED(M, 100)},
	"advertise 0, release, master>fault operator", VRRP_FAULT, NEVER},
    {"P01 yielding: backup at once, without priority 0", HANDOVER,
	{AS_MASTER, ADVERT(M, 200, PEER_LESS, 100)}, "master>backup higher-priority", VRRP_BACKUP,
	M + 80 * MS},
    {"P01 then the addresses go", HANDOVER,
	{AS_MASTER, ADVERT(M, 200, PEER_LESS, 100), TIMER(M + 80 * MS)}, "release", VRRP_BACKUP,
	M + DOWN_100},
    {"P01 its next adverts take nothing earlier", HANDOVER,
	{AS_MASTER, ADVERT(M, 200, PEER_LESS, 100), ADVERT(M + 10 * MS, 200, PEER_LESS, 100)}, "",
	VRRP_BACKUP, M + 80 * MS},
    {"P01 3126.5 ms at most", MANY, {AS_MASTER, ADVERT(M, 200, PEER_LESS, 100)},
	"master>backup higher-priority", VRRP_BACKUP, M + 31265 * MS / 10},
    {"P01 a fault within it", HANDOVER,
	{AS_MASTER, ADVERT(M, 200, PEER_LESS, 100), FAULTY(M + MS, 100)},
	"release, backup>fault fault", VRRP_FAULT, NEVER},
    {"P01 a stop within it", HANDOVER, {AS_MASTER, ADVERT(M, 200, PEER_LESS, 100), STOP(M + MS)},
	"release, backup>init shutdown", VRRP_INIT, NEVER},
    {"master again before that: nothing is released", SLOWLY(10 * MS),
	{START(0), TIMER(S), ADVERT(S, 200, PEER_LESS, 1), TIMER(S + 37 * MS), TIMER(S + 90 * MS)},
	"advertise 100", VRRP_MASTER, S + 100 * MS},
};

static const struct row gate_rows[] = {
    {"the timer runs the gate, nothing else", GATED, {START(0), TIMER(M)}, "gate", VRRP_BACKUP,
	NEVER},
    {"it passed", GATED, {START(0), TIMER(M), PASSED(M + S)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, M + 2 * S},
    {"it failed: another down interval", GATED, {START(0), TIMER(M), FAILED(M + S)}, "",
	VRRP_BACKUP, M + S + DOWN_100},
    {"and then it is tried again", GATED,
	{START(0), TIMER(M), FAILED(M + S), TIMER(M + S + DOWN_100)}, "gate", VRRP_BACKUP, NEVER},
    {"it failed, to proceed", LOOSELY, {START(0), TIMER(M), FAILED(M + S)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, M + 2 * S},
    {"after priority 0", GATED,
	{START(0), ADVERT(S, 0, PEER_MORE, 100), TIMER(S + SKEW_100), PASSED(2 * S)},
	"advertise 100, acquire, backup>master priority-zero", VRRP_MASTER, 3 * S},
    {"a result that nobody waits for", GATED, {START(0), PASSED(S)}, "", VRRP_BACKUP, DOWN_100},
    {"a better master while it runs", GATED,
	{START(0), TIMER(M), ADVERT(M + S, 200, PEER_MORE, 100)}, "release", VRRP_BACKUP,
	M + S + DOWN_100},
    {"then its result is nothing", GATED,
	{START(0), TIMER(M), ADVERT(M + S, 200, PEER_MORE, 100), PASSED(M + 2 * S)}, "",
	VRRP_BACKUP, M + S + DOWN_100},
    {"a lower one while it runs: preemption", GATED,
	{START(0), TIMER(M), ADVERT(M + S, 50, PEER_MORE, 100), PASSED(M + 2 * S)},
	"advertise 100, acquire, backup>master preempted", VRRP_MASTER, M + 3 * S},
    {"a fault while it runs", GATED, {START(0), TIMER(M), FAULTY(M + S, 100), PASSED(M + 2 * S)},
	"", VRRP_FAULT, NEVER},
    {"another priority while it runs", GATED,
	{START(0), TIMER(M), HEALTHY(M + S, 90), PASSED(M + 2 * S)},
	"advertise 90, acquire, backup>master master-down-timer", VRRP_MASTER, M + 3 * S},
    {"C01 one that resumes was let through before", GATED, {RESUME(0, 0)}, "init>master resume",
	VRRP_MASTER, S},
    {"O01 an owner passes through backup",
	{.priority = 255, .down_adverts = 3, .interval_ns = S, .version = 3, .gate = VR_GATE_STAY},
	{START(0)}, "init>backup startup, gate", VRRP_BACKUP, NEVER},
    {"O01 an owner whose gate passed",
	{.priority = 255, .down_adverts = 3, .interval_ns = S, .version = 3, .gate = VR_GATE_STAY},
	{START(0), PASSED(S)}, "advertise 255, acquire, backup>master startup", VRRP_MASTER, 2 * S},
    {"O01 an owner whose gate failed",
	{.priority = 255, .down_adverts = 3, .interval_ns = S, .version = 3, .gate = VR_GATE_STAY},
	{START(0), FAILED(S)}, "", VRRP_BACKUP, S + DOWN_255},
};

static const struct row version_2_rows[] = {
    {"T04 the skew time does not grow with the interval", V2(191, 10 * S), {START(0)},
	"init>backup startup", VRRP_BACKUP, 30 * S + 253906250},
    {"T04 nor after priority 0", V2(191, 10 * S), {START(0), ADVERT(S, 0, PEER_MORE, 1000)},
	"release", VRRP_BACKUP, S + 253906250},
    {"B4 B5 nothing is learned", V2(100, 2 * S), {START(0), ADVERT(S, 200, PEER_MORE, 100)},
	"release", VRRP_BACKUP, S + 6 * S + SKEW_100},
    {"A4 nor of the one that is yielded to", V2(100, 2 * S),
	{START(0), TIMER(7 * S), ADVERT(8 * S, 200, PEER_MORE, 100)},
	"release, master>backup higher-priority", VRRP_BACKUP, 8 * S + 6 * S + SKEW_100},
    {"S03 another priority moves the deadline", V2(100, 10 * S), {START(0), HEALTHY(S, 90)}, "",
	VRRP_BACKUP, 30 * S + SKEW_90},
    {"O04 an owner discards another's advert", V2(255, S),
	{START(0), ADVERT(MS, 255, PEER_MORE, 100)}, "", VRRP_MASTER, S},
    {"O04 and a lower one, without an answer", V2(255, S),
	{START(0), ADVERT(MS, 100, PEER_MORE, 100)}, "", VRRP_MASTER, S},
    {"O04 and priority 0", V2(255, S), {START(0), ADVERT(MS, 0, PEER_MORE, 100)}, "", VRRP_MASTER,
	S},
    {"Z04 anybody else answers priority 0", V2(100, S),
	{AS_MASTER, ADVERT(M + MS, 0, PEER_MORE, 100)}, "advertise 100", VRRP_MASTER, M + MS + S},
};

static const struct row pause_rows[] = {
    {"what waited is heard first: the answer is the advert due", P100,
	{AS_MASTER, ADVERT(M + 10 * S, 50, PEER_LESS, 100)}, "advertise 100, announce", VRRP_MASTER,
	M + 11 * S},
    {"and nothing more is due", P100,
	{AS_MASTER, ADVERT(M + 10 * S, 50, PEER_LESS, 100), TIMER(M + 10 * S)}, "", VRRP_MASTER,
	M + 11 * S},
    {"a better one that waited: nothing is sent", P100,
	{AS_MASTER, ADVERT(M + 10 * S, 200, PEER_LESS, 100)},
	"release, master>backup higher-priority", VRRP_BACKUP, M + 10 * S + DOWN_100},
    {"priority 0 that waited", P100,
	{AS_MASTER, ADVERT(M + 10 * S, 0, PEER_LESS, 100), TIMER(M + 10 * S)}, "", VRRP_MASTER,
	M + 11 * S},
};

TEST_ROWS(preempt_delay)
TEST_ROWS(startup_delay)
TEST_ROWS(handover)
TEST_ROWS(gate)
TEST_ROWS(version_2)
TEST_ROWS(pause)

/* P05: a lower master that advertises each second, whenever it was heard first: delay + the rest of
 * the down interval. */
static void
test_p05_total_of_the_delay(void **state)
{
	static const struct vr_conf conf = {.priority = 200,
	    .preempt = true,
	    .down_adverts = 3,
	    .interval_ns = S,
	    .version = 3,
	    .preempt_delay_ns = 10 * S};
	struct vr_actions out;
	struct vr vr;

	(void)state;
	for (int64_t first = 0; first < S; first += 50 * MS) {
		int64_t heard = first;

		begin(&vr, &conf, &out);
		take(&vr, (struct step)START(0), &out);
		for (; vr_deadline(&vr).ns > at(heard).ns; heard += S)
			take(&vr, (struct step)ADVERT(heard, 100, PEER_MORE, 100), &out);
		assert_int_equal(
		    vr_deadline(&vr).ns - at(first).ns, 9 * S + DOWN_200); /* 12.2 to 13.3 s */
		take(&vr, (struct step)TIMER(vr_deadline(&vr).ns - BEGIN_NS), &out);
		assert_string_equal(
		    describe(&out), "advertise 200, acquire, backup>master preempted");
	}
}

static void
test_why_a_gate_is_run(void **state)
{
	static const struct vr_conf conf = GATED;
	struct vr_actions out;
	struct vr vr;

	(void)state;
	begin(&vr, &conf, &out);
	take(&vr, (struct step)START(0), &out);
	take(&vr, (struct step)ADVERT(S, 0, PEER_MORE, 100), &out);
	take(&vr, (struct step)TIMER(S + SKEW_100), &out);
	assert_int_equal(out.action[0].reason, VRRP_REASON_PRIORITY_ZERO);
	take(&vr, (struct step)FAILED(2 * S), &out);
	assert_int_equal(vr.reason, VRRP_REASON_GATE);
	take(&vr, (struct step)TIMER(2 * S + DOWN_100), &out);
	assert_int_equal(out.action[0].reason, VRRP_REASON_MASTER_DOWN_TIMER);
	take(&vr, (struct step)FAILED(7 * S), &out);
	take(&vr, (struct step)ADVERT(8 * S, 200, PEER_MORE, 100), &out);
	assert_int_equal(vr.reason, VRRP_REASON_HIGHER_PRIORITY);
}

/* What hooks wait for. */
static void
test_releasing_is_shown(void **state)
{
	static const struct vr_conf conf = HANDOVER;
	struct vr_actions out;
	struct vr vr;

	(void)state;
	begin(&vr, &conf, &out);
	take(&vr, (struct step)START(0), &out);
	assert_false(vr_is_releasing(&vr));
	take(&vr, (struct step)TIMER(M), &out);
	assert_false(vr_is_releasing(&vr));
	take(&vr, (struct step)ADVERT(M, 200, PEER_MORE, 100), &out);
	assert_true(vr_is_releasing(&vr));
	take(&vr, (struct step)TIMER(M + 80 * MS), &out);
	assert_false(vr_is_releasing(&vr));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_preempt_delay),
	    cmocka_unit_test(test_startup_delay),
	    cmocka_unit_test(test_handover),
	    cmocka_unit_test(test_gate),
	    cmocka_unit_test(test_version_2),
	    cmocka_unit_test(test_pause),
	    cmocka_unit_test(test_p05_total_of_the_delay),
	    cmocka_unit_test(test_why_a_gate_is_run),
	    cmocka_unit_test(test_releasing_is_shown),
	};

	return cmocka_run_group_tests_name("vr in time", tests, NULL, NULL);
}
