/*
 * Why an instance is in its state, in sentences: each input, then what it would take to become master.
 * Engine.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/operate.h"

struct explanation {
	const struct engine *engine;
	const struct instance *in;
	mono_t now;
	operate_say say;
	void *ctx;
};

static void explain(const struct explanation *, bool blocks, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static void
explain(const struct explanation *x, bool blocks, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	x->say(x->ctx, blocks, text);
}

/* Milliseconds until then, 0 when it has come. */
static long long
explain_ms(const struct explanation *x, mono_t then)
{
	return mono_reached(then, x->now) ? 0 : (long long)(mono_since(then, x->now) / NS_PER_MS);
}

/* ---- inputs ---- */

static const char *
explain_state(const struct track *track)
{
	bool up = track->state == VRRP_CHECK_UP;

	switch (track->cause) {
	case TRACK_CHECK:
		return vrrp_check_state_name(track->state);
	case TRACK_INTERFACE_DOWN:
	case TRACK_INTERFACE:
		return up ? "up" : "missing or down";
	case TRACK_CANNOT_RECEIVE:
	case TRACK_NO_SOURCE_ADDRESS:
	case TRACK_NO_OWNER_ADDRESS:
	case TRACK_OPERATOR:
	case TRACK_GROUP:
	case TRACK_CAUSE_COUNT:
		break;
	}
	return up ? "no" : "yes";
}

static void
explain_track(const struct explanation *x, const struct track *track)
{
	char cause[96];
	long long adjustment = (long long)track_adjustment(track);

	status_format_cause(x->engine, x->in, track, cause, sizeof(cause));
	if (track->weight != 0 || track->by_value)
		explain(
		    x, false, "%s: %s: priority %+lld", cause, explain_state(track), adjustment);
	else if (track->state == VRRP_CHECK_UNKNOWN)
		explain(x, true, "%s: unknown: its first result is waited for", cause);
	else
		explain(x, track_is_cause(track), "%s: %s%s", cause, explain_state(track),
		    track_is_cause(track) ? ": a cause of fault" : "");
}

static void
explain_inputs(const struct explanation *x)
{
	const struct instance *in = x->in;

	if (!in->conf->enabled)
		explain(x, true, "enabled: false in the configuration");
	for (size_t i = 0; i < in->track_count; i++)
		if (i >= INSTANCE_TRACK_CONFIGURED || track_is_cause(&in->track[i]) ||
		    i == INSTANCE_TRACK_LINK)
			explain_track(x, &in->track[i]);
	if (!mono_is_never(in->operator_until))
		explain(x, false, "the operator's fault ends in %lld ms",
		    explain_ms(x, in->operator_until));
	explain(x, false, "priority %u, configured %u", in->vr.priority, in->conf->priority);
}

/* ---- the way to master ---- */

static void
explain_listening(const struct explanation *x)
{
	const struct vr *vr = &x->in->vr;
	char master[ADDR_TEXT_MAX];
	long long down_ms = vr_down_ns(vr) / NS_PER_MS;

	if (!mono_reached(vr->deaf_until, x->now))
		explain(x, true, "startup-delay: adverts mean nothing for %lld ms",
		    explain_ms(x, vr->deaf_until));
	if (!mono_is_never(vr->preempt_at) && !mono_reached(vr->preempt_at, x->now))
		explain(x, true, "preempt-delay: %lld ms are left", explain_ms(x, vr->preempt_at));
	if (vr->reason == VRRP_REASON_GATE)
		explain(x, true, "before-master failed; it is tried again");
	if (addr_is_set(&vr->master) && vr->master_priority >= vr->priority)
		explain(x, true,
		    "%s is master with priority %u: it must resign, advertise less than %u, or be "
		    "silent for %lld ms",
		    addr_format(&vr->master, master), vr->master_priority, vr->priority, down_ms);
	else if (addr_is_set(&vr->master) && !vr->conf.preempt)
		explain(x, true,
		    "preempt: false: %s (priority %u) must resign or be silent for %lld ms",
		    addr_format(&vr->master, master), vr->master_priority, down_ms);
	explain(x, true, "the master down timer runs out in %lld ms", explain_ms(x, vr->down_at));
}

static void
explain_backup(const struct explanation *x)
{
	switch (x->in->vr.wish) {
	case VR_LISTENING:
		explain_listening(x);
		break;
	case VR_READY:
		explain(x, false, "the master down timer ran out");
		break;
	case VR_GATING:
		explain(x, true, "before-master runs, and must succeed");
		break;
	case VR_OPEN:
		explain(x, false, "ready to be master");
		break;
	}
}

/* A member that is not ready holds up the others. */
static void
explain_group(const struct explanation *x)
{
	const struct election *e = x->in->election;

	for (size_t i = 0; i < e->group.count; i++) {
		const struct instance *other = e->member[i];

		if (other == x->in || other->vr.wish == VR_OPEN || other->vr.wish == VR_READY)
			continue;
		explain(x, true, "group %s: %s is not ready%s", e->conf->name, other->conf->name,
		    other->vr.wish == VR_GATING ? ": its before-master runs" : "");
	}
}

static void
explain_state_of(const struct explanation *x)
{
	const struct vr *vr = &x->in->vr;

	switch (vr->state) {
	case VRRP_INIT:
		if (vr_is_releasing(vr))
			explain(x, true, "hands over: its addresses go in %lld ms at the latest",
			    explain_ms(x, vr->release_at));
		break;
	case VRRP_FAULT:
		explain(
		    x, true, "when the last cause has gone, it listens for a master down interval");
		break;
	case VRRP_BACKUP:
		explain_backup(x);
		if (x->in->election->conf != NULL)
			explain_group(x);
		break;
	case VRRP_MASTER:
	case VRRP_STATE_COUNT:
		break;
	}
}

enum msg_ctl_result
operate_explain(struct engine *engine, const char *name, operate_say say, void *ctx)
{
	const struct conf_instance *conf = conf_find_instance_named(&engine->conf, name);
	struct explanation x = {engine, NULL, clock_now(), say, ctx};

	if (conf == NULL)
		return MSG_CTL_NO_SUCH_OBJECT;
	x.in = engine_find_instance(engine, conf->id);
	explain(&x, false, "%s: %s (%s)", name, vrrp_state_name(x.in->vr.state),
	    vrrp_reason_name(x.in->vr.reason));
	explain_inputs(&x);
	explain_state_of(&x);
	return MSG_CTL_OK;
}
