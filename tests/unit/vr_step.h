/*
 * Events and actions of the election in short, for the tests of vr.c.
 */
#ifndef UNIT_VR_STEP_H
#define UNIT_VR_STEP_H

#include <stdio.h>
#include <string.h>

#include "vrrpd/core/vr.h"

#define MS NS_PER_MS
#define S NS_PER_S
#define NEVER (-1)
#define BEGIN_NS (1000 * S) /* the row's time 0 */

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define OWN_IP IP(192, 0, 2, 2)
#define PEER_LESS IP(192, 0, 2, 1)
#define PEER_MORE IP(192, 0, 2, 3)

/* RFC 9568 6.1 for an interval of 1 s. */
#define SKEW_90 INT64_C(648437500)
#define SKEW_100 INT64_C(609375000)
#define SKEW_200 INT64_C(218750000)
#define DOWN_100 (3 * S + SKEW_100)
#define DOWN_200 (3 * S + SKEW_200)
#define DOWN_255 (3 * S + INT64_C(3906250))

enum step_kind { END, START, STOP, TIMER, ADVERT, INPUTS, SOURCE, RESUME, GATE, GROUP, CONF };

/* Of CONF: what is another one than before. */
enum change { NOTHING, INTERVAL, ADVERTS, PREEMPT, DELAY, HOLDING, GATING };

/* Of INPUTS. */
enum { CAUSE = 1, BY_OPERATOR = 2, OF_GROUP = 4 };

struct step {
	enum step_kind kind;
	int64_t at_ns;
	int64_t a, b, c;
};

/* clang-format off */
#define START(at) {START, at, 0, 0, 0}
#define STOP(at) {STOP, at, 0, 0, 0}
#define STOP_AT_ONCE(at) {STOP, at, 1, 0, 0}
#define REMOVED(at) {STOP, at, 0, 1, 0}
#define TIMER(at) {TIMER, at, 0, 0, 0}
#define ADVERT(at, priority, source, cs) {ADVERT, at, priority, source, cs}
#define HEALTHY(at, priority) {INPUTS, at, 0, 0, priority}
#define WAITING(at, priority) {INPUTS, at, 0, 1, priority}
#define FAULTY(at, priority) {INPUTS, at, CAUSE, 0, priority}
#define OPERATED(at, priority) {INPUTS, at, BY_OPERATOR, 0, priority}
#define CAUSED(at, causes) {INPUTS, at, causes, 0, 100}
#define PASSED(at) {GATE, at, 1, 0, 0}
#define FAILED(at) {GATE, at, 0, 0, 0}
#define TOGETHER(at, step) {GROUP, at, step, 0, 0}
#define CONF(at, change, value) {CONF, at, change, value, 0}
#define SOURCE(at, source) {SOURCE, at, source, 0, 0}
#define RESUME(at, silence) {RESUME, at, silence, 0, 0}

#define P100 {.priority = 100, .preempt = true, .down_adverts = 3, .interval_ns = S, .version = 3}
#define P100_AND(...) \
	{.priority = 100, .preempt = true, .down_adverts = 3, .interval_ns = S, .version = 3, __VA_ARGS__}
#define P200 {.priority = 200, .preempt = true, .down_adverts = 3, .interval_ns = S, .version = 3}
#define NOPREEMPT {.priority = 100, .down_adverts = 3, .interval_ns = S, .version = 3}
#define OWNER {.priority = 255, .preempt = true, .down_adverts = 3, .interval_ns = S, .version = 3}
#define EVERY(ns) \
	{.priority = 100, .preempt = true, .down_adverts = 3, .interval_ns = ns, .version = 3}
/* clang-format on */

static inline mono_t
at(int64_t ns)
{
	return (mono_t){BEGIN_NS + ns};
}

static inline struct addr
address(int64_t ip)
{
	const uint8_t bytes[] = {
	    (uint8_t)(ip >> 24), (uint8_t)(ip >> 16), (uint8_t)(ip >> 8), (uint8_t)ip};

	return addr_from_bytes(ADDR_IPV4, bytes);
}

static inline struct vr_event
event_of(const struct step *step)
{
	static const enum vr_event_kind kinds[] = {[START] = VR_STARTUP,
	    [STOP] = VR_SHUTDOWN,
	    [TIMER] = VR_TIMER,
	    [ADVERT] = VR_ADVERT,
	    [INPUTS] = VR_INPUTS,
	    [SOURCE] = VR_SOURCE,
	    [RESUME] = VR_RESUME,
	    [GATE] = VR_GATE_RESULT,
	    [GROUP] = VR_GROUP,
	    [CONF] = VR_CONF};
	struct vr_event event = {.kind = kinds[step->kind]};

	if (step->kind == ADVERT) {
		event.advert.priority = (uint8_t)step->a;
		event.advert.source = address(step->b);
		event.advert.interval_ns = step->c * NS_PER_CS;
	} else if (step->kind == INPUTS) {
		event.inputs.fault = (step->a & CAUSE) != 0;
		event.inputs.planned = (step->a & BY_OPERATOR) != 0;
		event.inputs.by_group = (step->a & OF_GROUP) != 0;
		event.inputs.waiting = step->b != 0;
		event.inputs.priority = (uint8_t)step->c;
	} else if (step->kind == SOURCE) {
		event.source = address(step->a);
	} else if (step->kind == RESUME) {
		event.silence_ns = step->a;
	} else if (step->kind == STOP) {
		event.shutdown.at_once = step->a != 0;
		event.shutdown.reload = step->b != 0;
	} else if (step->kind == GATE) {
		event.gate_passed = step->a != 0;
	} else if (step->kind == GROUP) {
		event.step = (enum vr_step)step->a;
	}
	return event;
}

/* Into conf, which starts as the one in use. */
static inline void
change_conf(const struct step *step, struct vr_event *event, struct vr_conf *conf)
{
	event->conf = conf;
	switch ((enum change)step->a) {
	case NOTHING:
		break;
	case INTERVAL:
		conf->interval_ns = step->b;
		break;
	case ADVERTS:
		conf->down_adverts = (uint8_t)step->b;
		break;
	case PREEMPT:
		conf->preempt = step->b != 0;
		break;
	case DELAY:
		conf->preempt_delay_ns = step->b;
		break;
	case HOLDING:
		conf->handover = step->b != 0;
		break;
	case GATING:
		conf->gate = (enum vr_gate)step->b;
		break;
	}
}

static inline void
take(struct vr *vr, struct step step, struct vr_actions *out)
{
	struct vr_event event = event_of(&step);
	struct vr_conf conf = vr->conf;

	if (step.kind == CONF)
		change_conf(&step, &event, &conf);
	vr_handle(vr, at(step.at_ns), &event, out);
}

/* "advertise 0, release, master>fault fault" */
static inline const char *
describe(const struct vr_actions *actions)
{
	static const char *const words[VR_ACTION_COUNT] = {[VR_ACT_ACQUIRE] = "acquire",
	    [VR_ACT_RELEASE] = "release",
	    [VR_ACT_ANNOUNCE] = "announce",
	    [VR_ACT_GATE] = "gate"};
	static char text[512];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < actions->count; i++) {
		const struct vr_action *a = &actions->action[i];
		char *p = text + used;
		size_t room = sizeof(text) - used;
		const char *comma = i == 0 ? "" : ", ";

		if (a->kind == VR_ACT_ADVERTISE)
			used += (size_t)snprintf(p, room, "%sadvertise %u", comma, a->priority);
		else if (a->kind == VR_ACT_STATE)
			used +=
			    (size_t)snprintf(p, room, "%s%s>%s %s", comma, vrrp_state_name(a->from),
				vrrp_state_name(a->to), vrrp_reason_name(a->reason));
		else
			used += (size_t)snprintf(p, room, "%s%s", comma, words[a->kind]);
	}
	return text;
}

static inline void
begin(struct vr *vr, const struct vr_conf *conf, struct vr_actions *out)
{
	vr_init(vr, conf, at(0));
	take(vr, (struct step)SOURCE(0, OWN_IP), out);
}

#endif
