/*
 * Sync groups in random walks: whatever happens in whatever order, members stay in step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vr_step.h"
#include "vrrpd/core/group.h"

#define MEMBERS 3

struct walk {
	struct vr vr[MEMBERS], before[MEMBERS];
	struct group_member member[MEMBERS];
	struct group group;
	bool holding[MEMBERS];
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
random_step(struct walk *w)
{
	static const uint8_t priorities[] = {0, 50, 99, 100, 101, 200, 255};
	uint32_t which = dice(w, 100);
	uint8_t priority = w->vr[0].conf.priority == 255 ? 255 : (uint8_t)(1 + dice(w, 254));

	if (which < 47)
		return (struct step)TIMER(w->now_ns);
	if (which < 48)
		return (struct step)CONF(w->now_ns, INTERVAL, dice(w, 2) ? S : 200 * MS);
	if (which < 49)
		return (struct step)CONF(w->now_ns, HOLDING, dice(w, 2));
	if (which < 50)
		return (struct step)CONF(w->now_ns, GATING, dice(w, 3));
	if (which < 66)
		return (struct step)ADVERT(w->now_ns, priorities[dice(w, sizeof(priorities))],
		    dice(w, 2) ? PEER_LESS : PEER_MORE, dice(w, 2) ? 100 : 20);
	if (which < 78)
		return (struct step)HEALTHY(w->now_ns, priority);
	if (which < 80)
		return (struct step)FAULTY(w->now_ns, priority);
	if (which < 82)
		return (struct step)OPERATED(w->now_ns, priority);
	if (which < 83)
		return (struct step)WAITING(w->now_ns, priority);
	if (which < 92)
		return dice(w, 3) ? (struct step)PASSED(w->now_ns) : (struct step)FAILED(w->now_ns);
	if (which < 94)
		return (struct step)STOP(w->now_ns);
	if (which < 95)
		return (struct step)STOP_AT_ONCE(w->now_ns);
	if (which < 96)
		return (struct step)RESUME(w->now_ns, dice(w, 4000) * MS);
	return (struct step)START(w->now_ns);
}

/* One event: what each member did with its addresses and said to the wire. */
static void
check_member(struct walk *w, size_t i, const struct step *step)
{
	const struct vr_actions *out = &w->member[i].out;
	bool changed = false;

	if ((step->kind == START || step->kind == RESUME) && !w->before[i].started)
		w->holding[i] = true;
	assert_true(out->count < VR_ACTIONS_MAX);
	for (size_t k = 0; k < out->count; k++) {
		const struct vr_action *a = &out->action[k];

		if (a->kind == VR_ACT_ADVERTISE && a->priority == 0)
			assert_true(w->before[i].state == VRRP_MASTER || step->kind == RESUME);
		else if (a->kind == VR_ACT_ADVERTISE)
			assert_int_equal(w->vr[i].state, VRRP_MASTER);
		else if (a->kind == VR_ACT_ACQUIRE)
			w->holding[i] = true;
		else if (a->kind == VR_ACT_RELEASE) {
			assert_true(w->holding[i]);
			w->holding[i] = false;
		}
		changed |= a->kind == VR_ACT_STATE;
	}
	assert_int_equal(w->holding[i], w->vr[i].holding);
	assert_true(changed || w->vr[i].state == w->before[i].state);
}

static void
check_group(const struct walk *w)
{
	const enum vrrp_state state = group_state(&w->group);
	bool fault = false, ready = true, up = false, handover = true, gated = false;

	for (size_t i = 0; i < MEMBERS; i++) {
		assert_int_equal(w->vr[i].state, state);
		assert_int_equal(w->vr[i].started, w->vr[0].started);
		assert_int_equal(w->vr[i].fault, w->vr[0].fault);
		fault |= w->member[i].inputs.fault || w->member[i].inputs.planned;
		ready &= w->vr[i].wish != VR_LISTENING;
		up |= w->vr[i].state != w->before[i].state;
		handover &= w->vr[i].conf.handover;
		gated |= w->vr[i].conf.gate != VR_GATE_NONE;
		assert_true(w->holding[i] || state != VRRP_MASTER);
		assert_false(w->holding[i] && state == VRRP_FAULT);
	}
	assert_int_equal(fault, w->vr[0].fault || w->vr[0].planned);
	assert_false(fault && (state == VRRP_MASTER || state == VRRP_BACKUP));
	assert_true(fault || state != VRRP_FAULT);
	assert_int_equal(handover, w->vr[0].handover);
	assert_int_equal(gated, w->vr[0].gated);
	for (size_t i = 0; i < MEMBERS; i++)
		assert_true(ready || w->vr[i].wish == VR_LISTENING || w->vr[i].wish == VR_READY);
	assert_true(w->group.changed || !up);
	assert_true(mono_is_never(group_deadline(&w->group)) ||
		    group_deadline(&w->group).ns <= at(w->now_ns).ns + 10 * S);
}

static void
walk(uint64_t seed, const struct vr_conf *conf, uint32_t *visits)
{
	struct walk w = {.random = seed * 2654435761U + 88172645463325252U};
	struct vr_event event;
	struct vr_conf other;
	struct step step;
	size_t whose;

	for (size_t i = 0; i < MEMBERS; i++) {
		vr_init(&w.vr[i], &conf[i], at(0));
		w.vr[i].source = address(OWN_IP);
		w.member[i].vr = &w.vr[i];
	}
	group_init(&w.group, w.member, MEMBERS, at(0));
	for (int n = 0; n < 20000; n++) {
		mono_t deadline = group_deadline(&w.group);

		if (dice(&w, 2) && !mono_is_never(deadline) && deadline.ns > at(w.now_ns).ns)
			w.now_ns = deadline.ns - BEGIN_NS;
		else
			w.now_ns += dice(&w, 200) * MS;
		memcpy(w.before, w.vr, sizeof(w.vr));
		step = random_step(&w);
		event = event_of(&step);
		whose = dice(&w, MEMBERS);
		other = w.vr[whose].conf;
		if (step.kind == CONF)
			change_conf(&step, &event, &other);
		group_handle(&w.group, at(w.now_ns), whose, &event);
		for (size_t i = 0; i < MEMBERS; i++)
			check_member(&w, i, &step);
		check_group(&w);
		visits[group_state(&w.group)]++;
	}
}

static void
test_members_stay_in_step(void **state)
{
	static const struct vr_conf confs[][MEMBERS] = {
	    {P100, P100, P100},
	    {P100, P200, NOPREEMPT},
	    {P100_AND(.handover = true, .address_count = 3),
		P100_AND(.handover = true, .address_count = 250), P100_AND(.handover = true)},
	    {P100_AND(.gate = VR_GATE_STAY), P100_AND(.gate = VR_GATE_PROCEED), P100},
	    {P100_AND(.gate = VR_GATE_STAY, .handover = true),
		P100_AND(.gate = VR_GATE_STAY, .handover = true),
		P100_AND(.preempt_delay_ns = S, .handover = true)},
	    {OWNER, OWNER, OWNER},
	};
	uint32_t visits[VRRP_STATE_COUNT] = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		walk(seed, confs[seed % 6], visits);
	for (size_t i = 0; i < VRRP_STATE_COUNT; i++)
		assert_true(visits[i] > 2000); /* or it went nowhere */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members_stay_in_step),
	};

	return cmocka_run_group_tests_name("group walk", tests, NULL, NULL);
}
