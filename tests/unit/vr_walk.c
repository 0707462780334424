/*
 * The election over time: schedules, storms, what people are shown, and invariants in random walks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vr_step.h"

#define M DOWN_100 /* when a lone one of priority 100 is master */

/* ---- sequences ---- */

static void
become_master(struct vr *vr, const struct vr_conf *conf)
{
	struct vr_actions out;

	begin(vr, conf, &out);
	take(vr, (struct step)START(0), &out);
	take(vr, (struct step)TIMER(vr_deadline(vr).ns - BEGIN_NS), &out);
	assert_int_equal(vr->state, VRRP_MASTER);
}

static void
test_e09_no_drift_with_late_timers(void **state)
{
	static const struct vr_conf conf = P100;
	struct vr vr;
	struct vr_actions out;
	int64_t first, late_ns;

	(void)state;
	become_master(&vr, &conf);
	first = vr_deadline(&vr).ns;
	for (int64_t n = 0; n < 120; n++) {
		late_ns = n * 7919 % 60 * MS; /* up to 59 ms, any order */
		assert_int_equal(vr_deadline(&vr).ns, first + n * S);
		take(&vr, (struct step)TIMER(vr_deadline(&vr).ns - BEGIN_NS + late_ns), &out);
		assert_string_equal(describe(&out), "advertise 100");
	}
	assert_int_equal(vr_deadline(&vr).ns, first + 120 * S);
}

static void
test_a_long_pause_makes_no_burst(void **state)
{
	static const struct vr_conf conf = P100;
	struct vr vr;
	struct vr_actions out;
	int64_t now;

	(void)state;
	become_master(&vr, &conf);
	now = vr_deadline(&vr).ns - BEGIN_NS + 10 * S + 123 * MS;
	take(&vr, (struct step)TIMER(now), &out);
	assert_string_equal(describe(&out), "advertise 100");
	assert_int_equal(vr_deadline(&vr).ns, BEGIN_NS + now + S);
	take(&vr, (struct step)TIMER(now), &out);
	assert_int_equal(out.count, 0);
}

/* Adverts of that priority every 50 us for 1 s, the timer served; returns the adverts we send. */
static int
storm(const struct vr_conf *conf, uint8_t priority, bool mixed, int *announcements)
{
	struct vr vr;
	struct vr_actions out;
	int64_t begin_ns;
	int sent = 0;

	become_master(&vr, conf);
	begin_ns = vr_deadline(&vr).ns - BEGIN_NS - conf->interval_ns + MS;
	*announcements = 0;
	for (int64_t i = 0; i < 20000; i++) {
		int64_t now = begin_ns + i * 50 * NS_PER_US;

		take(&vr, (struct step)ADVERT(now, mixed && i % 2 ? 0 : priority, PEER_LESS, 100),
		    &out);
		for (size_t k = 0; k < out.count; k++) {
			sent += out.action[k].kind == VR_ACT_ADVERTISE;
			*announcements += out.action[k].kind == VR_ACT_ANNOUNCE;
		}
		assert_int_equal(vr.state, VRRP_MASTER);
	}
	return sent;
}

static void
test_b09_replies_are_bounded(void **state)
{
	static const struct {
		struct vr_conf conf;
		uint8_t priority;
		bool mixed;
		int least, most;
	} storms[] = {
	    {P100, 50, false, 10, 10}, /* 1 s: one in 100 ms */
	    {EVERY(40950 * MS), 50, false, 10, 10},
	    {EVERY(500 * MS), 50, false, 20, 20}, /* one in 50 ms */
	    {EVERY(100 * MS), 50, false, 100, 100},
	    {EVERY(10 * MS), 50, false, 100, 100}, /* one in 10 ms, not in 1 ms */
	    {P100, 0, false, 100, 100},
	    {EVERY(10 * MS), 0, false, 100, 100},
	    {P100, 50, true, 10, 100},
	    {EVERY(10 * MS), 50, true, 100, 100},
	};
	int sent, announcements;

	(void)state;
	for (size_t i = 0; i < sizeof(storms) / sizeof(storms[0]); i++) {
		sent = storm(&storms[i].conf, storms[i].priority, storms[i].mixed, &announcements);
		if (sent < storms[i].least || sent > storms[i].most)
			fail_msg("storm %zu: %d replies in 1 s", i, sent);
		assert_true(announcements <= sent);
	}
}

/* ---- what people are shown ---- */

static void
test_q04_why_it_is_master(void **state)
{
	static const struct vr_conf p100 = P100, owner = OWNER;
	struct vr vr;
	struct vr_actions out;

	(void)state;
	become_master(&vr, &p100);
	assert_int_equal(vr.new_master_reason, VRRP_NEW_MASTER_NO_RESPONSE);
	assert_int_equal(vr.master_transitions, 1);
	take(&vr, (struct step)ADVERT(M, 200, PEER_MORE, 100), &out);
	assert_int_equal(vr.new_master_reason, VRRP_NEW_MASTER_NOT_MASTER);
	take(&vr, (struct step)ADVERT(M, 0, PEER_MORE, 100), &out);
	take(&vr, (struct step)TIMER(M + SKEW_100), &out);
	assert_int_equal(vr.new_master_reason, VRRP_NEW_MASTER_PRIORITY);
	assert_int_equal(vr.master_transitions, 2);

	begin(&vr, &p100, &out);
	take(&vr, (struct step)START(0), &out);
	take(&vr, (struct step)ADVERT(S, 50, PEER_MORE, 100), &out);
	take(&vr, (struct step)TIMER(M), &out);
	assert_int_equal(vr.new_master_reason, VRRP_NEW_MASTER_PREEMPTED);

	begin(&vr, &owner, &out);
	take(&vr, (struct step)START(0), &out);
	assert_int_equal(vr.new_master_reason, VRRP_NEW_MASTER_PRIORITY);
}

static void
test_q01_who_is_master(void **state)
{
	static const struct vr_conf conf = P100;
	const struct addr own = address(OWN_IP), more = address(PEER_MORE),
			  less = address(PEER_LESS);
	struct vr vr;
	struct vr_actions out;

	(void)state;
	begin(&vr, &conf, &out);
	take(&vr, (struct step)START(0), &out);
	assert_false(addr_is_set(&vr.master));
	take(&vr, (struct step)ADVERT(0, 200, PEER_MORE, 300), &out);
	assert_true(addr_equal(&vr.master, &more));
	assert_int_equal(vr.master_priority, 200);
	assert_int_equal(vr.master_interval_ns, 3 * S);
	take(&vr, (struct step)TIMER(vr_deadline(&vr).ns - BEGIN_NS), &out);
	assert_true(addr_equal(&vr.master, &own));
	assert_int_equal(vr.master_interval_ns, S);
	take(&vr, (struct step)HEALTHY(20 * S, 90), &out);
	assert_int_equal(vr.master_priority, 90);
	take(&vr, (struct step)SOURCE(20 * S, PEER_LESS), &out);
	assert_true(addr_equal(&vr.master, &less));
	take(&vr, (struct step)ADVERT(20 * S, 200, PEER_MORE, 300), &out);
	assert_true(addr_equal(&vr.master, &more)); /* yielded to */
	assert_int_equal(vr.master_priority, 200);
	take(&vr, (struct step)TIMER(vr_deadline(&vr).ns - BEGIN_NS), &out);
	assert_int_equal(vr.master_priority, 90);
	take(&vr, (struct step)TOGETHER(40 * S, VR_STEP_DOWN), &out);
	assert_false(addr_is_set(&vr.master)); /* the better one is another member's */
	assert_int_equal(vr.master_priority, 0);
	take(&vr, (struct step)FAULTY(41 * S, 90), &out);
	assert_false(addr_is_set(&vr.master));
	assert_int_equal(vr.since.ns, at(41 * S).ns);
	assert_int_equal(vr.reason, VRRP_REASON_FAULT);
	assert_string_equal(vr_event_name(VR_RESUME), "RESUME");
	assert_string_equal(vr_action_name(VR_ACT_STATE), "STATE");
	assert_string_equal(vr_action_name(VR_ACTION_COUNT), "?");
}

/* ---- any events in any order ---- */

struct walk {
	struct vr vr;
	bool holding; /* what ACQUIRE and RELEASE made of the addresses; a start finds leftovers */
	int64_t now_ns;
	uint64_t random;
};

static uint32_t
dice(struct walk *w, uint32_t sides)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)((w->random >> 11) % sides);
}

static struct step
random_advert(struct walk *w)
{
	static const uint8_t priorities[] = {0, 1, 50, 99, 100, 101, 200, 254, 255};
	static const int64_t sources[] = {PEER_LESS, OWN_IP, PEER_MORE};
	static const int64_t intervals[] = {1, 10, 100, 300, 4095};

	return (struct step)ADVERT(w->now_ns, priorities[dice(w, sizeof(priorities))],
	    sources[dice(w, 3)], intervals[dice(w, 5)]);
}

static struct step
random_conf(struct walk *w)
{
	static const int64_t intervals[] = {10 * MS, S, 2 * S, 10 * S};
	const int64_t values[] = {[INTERVAL] = intervals[dice(w, 4)],
	    [ADVERTS] = 2 + dice(w, 3),
	    [PREEMPT] = dice(w, 2),
	    [DELAY] = dice(w, 3) * S,
	    [HOLDING] = dice(w, 2),
	    [GATING] = dice(w, 3)};
	uint32_t which = dice(w, GATING + 1);

	return (struct step)CONF(w->now_ns, which, values[which]);
}

static struct step
random_step(struct walk *w)
{
	bool owner = w->vr.conf.priority == VRRP_PRIORITY_OWNER;
	uint8_t priority = owner ? 255 : (uint8_t)(1 + dice(w, 254));
	uint32_t which = dice(w, 100);

	if (which < 42)
		return (struct step)TIMER(w->now_ns);
	if (which < 45)
		return random_conf(w);
	if (which < 75)
		return random_advert(w);
	if (which < 82)
		return (struct step)HEALTHY(w->now_ns, priority);
	if (which < 85)
		return (struct step)WAITING(w->now_ns, priority);
	if (which < 87)
		return (struct step)FAULTY(w->now_ns, priority);
	if (which < 88)
		return (struct step)OPERATED(w->now_ns, priority);
	if (which < 90)
		return (struct step)SOURCE(w->now_ns, dice(w, 2) ? OWN_IP : PEER_MORE);
	if (which < 91)
		return (struct step)STOP_AT_ONCE(w->now_ns);
	if (which < 93)
		return (struct step)STOP(w->now_ns);
	if (which < 95)
		return dice(w, 2) ? (struct step)PASSED(w->now_ns) : (struct step)FAILED(w->now_ns);
	if (which < 98)
		return (struct step)START(w->now_ns);
	return (struct step)RESUME(w->now_ns, dice(w, 4000) * MS);
}

/* Section 20 of the acceptance rules, and what vr.h promises, of one event. */
static void
check_actions(
    struct walk *w, const struct vr *before, const struct step *step, const struct vr_actions *out)
{
	bool resigned = false, states = false;

	if ((step->kind == START || step->kind == RESUME) && !before->started)
		w->holding = true;
	for (size_t i = 0; i < out->count; i++) {
		const struct vr_action *a = &out->action[i];

		if (a->kind == VR_ACT_ADVERTISE && a->priority == 0) {
			resigned = true;
			assert_true(before->state == VRRP_MASTER || step->kind == RESUME);
			assert_true(w->vr.state == VRRP_INIT || w->vr.state == VRRP_FAULT);
			assert_int_equal(i, 0); /* ahead of the removal */
		} else if (a->kind == VR_ACT_ADVERTISE) {
			assert_int_equal(w->vr.state, VRRP_MASTER);
			assert_int_equal(a->priority, w->vr.priority);
		} else if (a->kind == VR_ACT_ACQUIRE) {
			assert_true(i > 0 && out->action[i - 1].kind == VR_ACT_ADVERTISE);
			assert_false(before->state == VRRP_MASTER);
			w->holding = true;
		} else if (a->kind == VR_ACT_RELEASE) {
			assert_true(w->holding);
			w->holding = false;
		} else if (a->kind == VR_ACT_ANNOUNCE) {
			assert_true(w->vr.state == VRRP_MASTER && step->kind == ADVERT);
		} else if (a->kind == VR_ACT_GATE) {
			assert_int_equal(i, out->count - 1);
			assert_int_equal(w->vr.wish, VR_GATING);
		} else {
			states = true;
			assert_int_equal(a->from, before->state);
			assert_int_equal(a->to, w->vr.state);
			assert_true(i == out->count - 1 || out->action[i + 1].kind == VR_ACT_GATE);
		}
	}
	assert_true(states || w->vr.state == before->state);
	if (before->state == VRRP_MASTER && (w->vr.state == VRRP_INIT || w->vr.state == VRRP_FAULT))
		assert_true(resigned);
}

/* Addresses: a master's; and until somebody else is heard, what a start may have found. */
static void
check_addresses(const struct walk *w, const struct step *step)
{
	const struct vr *vr = &w->vr;
	struct addr source = address(step->b);

	assert_int_equal(w->holding, vr->holding);
	assert_true(w->holding || vr->state != VRRP_MASTER);
	assert_false(w->holding && (vr->state == VRRP_FAULT || !vr->started));
	assert_true(w->holding || !vr_is_releasing(vr));
	if (step->kind == ADVERT && vr->state != VRRP_MASTER && !addr_equal(&source, &vr->source))
		assert_int_equal(w->holding, vr_is_releasing(vr));
}

static void
check_state(const struct walk *w, const struct vr *before)
{
	const struct vr *vr = &w->vr;
	bool down = !mono_is_never(vr->down_at), advert = !mono_is_never(vr->advert_at);

	bool cause = vr->fault || vr->planned;

	assert_int_equal(down, vr->state == VRRP_BACKUP && vr->wish == VR_LISTENING);
	assert_int_equal(advert, vr->state == VRRP_MASTER);
	assert_false(vr_is_releasing(vr) && vr->state != VRRP_BACKUP && vr->state != VRRP_INIT);
	assert_false((vr->state == VRRP_MASTER || vr->state == VRRP_BACKUP) && cause);
	assert_false(vr->state == VRRP_FAULT && !cause);
	assert_true(vr->wish == VR_LISTENING ||
		    (vr->state == VRRP_BACKUP && vr->conf.gate != VR_GATE_NONE));
	assert_true(vr->started || vr->state == VRRP_INIT);
	assert_true(vr->priority >= 1);
	assert_true(addr_is_set(&vr->source));
	assert_true(vr->state != VRRP_MASTER || addr_equal(&vr->master, &vr->source));
	/* a deadline that is set anew lies ahead */
	if (vr->state != before->state && !vr_is_releasing(before))
		assert_true(vr_deadline(vr).ns >= at(w->now_ns).ns);
	if (vr->advert_at.ns != before->advert_at.ns)
		assert_true(vr->advert_at.ns >= at(w->now_ns).ns);
	/* and what is held is let go */
	assert_true(!vr_is_releasing(vr) || vr->release_at.ns <= at(w->now_ns).ns + VR_HOLD_MAX_NS);
	/* of a timer: never later than the longest there can be */
	assert_true(mono_is_never(vr_deadline(vr)) ||
		    vr_deadline(vr).ns <=
			at(w->now_ns).ns + (vr->conf.down_adverts + 1) * INT64_C(40950) * MS);
}

/* Nobody but an owner or a resumed one is master without silence or a resignation. */
static void
check_silence(const struct walk *w, const struct vr *before, const struct step *step)
{
	if (w->vr.state != VRRP_MASTER || before->state == VRRP_MASTER)
		return;
	if (step->kind == RESUME || w->vr.conf.priority == VRRP_PRIORITY_OWNER)
		return;
	assert_int_equal(before->state, VRRP_BACKUP);
	if (step->kind == CONF) /* its gate went */
		assert_int_equal(before->wish, VR_GATING);
	else
		assert_int_equal(step->kind, before->wish == VR_GATING ? GATE : TIMER);
	assert_true(before->wish == VR_GATING || before->down_at.ns <= at(w->now_ns).ns);
}

static void
walk(uint64_t seed, const struct vr_conf *conf, int length, uint32_t *visits)
{
	struct walk w = {.random = seed * 2654435761U + 88172645463325252U};
	struct vr_actions out;
	struct vr before;
	struct step step;

	begin(&w.vr, conf, &out);
	for (int i = 0; i < length; i++) {
		if (dice(&w, 2) && !mono_is_never(vr_deadline(&w.vr)) &&
		    vr_deadline(&w.vr).ns > at(w.now_ns).ns)
			w.now_ns =
			    vr_deadline(&w.vr).ns - BEGIN_NS + dice(&w, 2) * dice(&w, 20) * MS;
		else
			w.now_ns += dice(&w, 300) * MS;
		before = w.vr;
		step = random_step(&w);
		take(&w.vr, step, &out);
		check_actions(&w, &before, &step, &out);
		check_addresses(&w, &step);
		check_state(&w, &before);
		check_silence(&w, &before, &step);
		visits[w.vr.state]++;
	}
}

static void
test_invariants_hold_in_random_walks(void **state)
{
	static const struct vr_conf confs[] = {P100, P200, NOPREEMPT, OWNER, EVERY(10 * MS),
	    P100_AND(.handover = true, .address_count = 250),
	    P100_AND(.handover = true, .gate = VR_GATE_STAY, .preempt_delay_ns = 2 * S),
	    P100_AND(.gate = VR_GATE_PROCEED, .startup_delay_ns = S),
	    {.priority = 255,
		.down_adverts = 3,
		.interval_ns = S,
		.version = 3,
		.handover = true,
		.gate = VR_GATE_STAY},
	    {.priority = 100,
		.preempt = true,
		.down_adverts = 3,
		.interval_ns = S,
		.version = 2,
		.handover = true}};
	const size_t count = sizeof(confs) / sizeof(confs[0]);
	uint32_t visits[VRRP_STATE_COUNT] = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= 2 * count; seed++)
		walk(seed, &confs[seed % count], 20000, visits);
	for (size_t i = 0; i < VRRP_STATE_COUNT; i++)
		assert_true(visits[i] > 2000); /* or it went nowhere */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_e09_no_drift_with_late_timers),
	    cmocka_unit_test(test_a_long_pause_makes_no_burst),
	    cmocka_unit_test(test_b09_replies_are_bounded),
	    cmocka_unit_test(test_q04_why_it_is_master),
	    cmocka_unit_test(test_q01_who_is_master),
	    cmocka_unit_test(test_invariants_hold_in_random_walks),
	};

	return cmocka_run_group_tests_name("vr over time", tests, NULL, NULL);
}
