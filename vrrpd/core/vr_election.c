/*
 * One virtual router in the states that elect: backup (RFC 9568 6.4.2) and master (6.4.3). Pure; see
 * vr.h for the invariants.
 */
#include "vrrpd/core/vr.h"
#include "vrrpd/core/vr_state.h"

static const struct addr vr_nobody;

static bool
vr_is_owner(const struct vr *vr)
{
	return vr->conf.priority == VRRP_PRIORITY_OWNER;
}

/* RFC 9568 6.1: Active_Adver_Interval; RFC 3768 has one interval for all. */
static void
vr_learn(struct vr *vr, const struct vr_advert *advert)
{
	if (vr->conf.version == 2)
		return;
	vr->master_interval_ns = advert->interval_ns;
	vr->learned = true;
}

/* ---- backup: the way to master ---- */

/* RFC 9568 6.4.2: the master has been silent for Active_Down_Interval, or resigned. */
static enum vrrp_reason
vr_why_up(const struct vr *vr, enum vrrp_new_master *why)
{
	*why = VRRP_NEW_MASTER_PRIORITY;
	if (vr->at_begin)
		return vr->reason;
	if (vr->saw_resign)
		return VRRP_REASON_PRIORITY_ZERO;
	*why = vr->saw_lower ? VRRP_NEW_MASTER_PREEMPTED : VRRP_NEW_MASTER_NO_RESPONSE;
	return vr->saw_lower ? VRRP_REASON_PREEMPTED : VRRP_REASON_MASTER_DOWN_TIMER;
}

static void
vr_step_up(struct vr *vr, mono_t now, struct vr_actions *out)
{
	enum vrrp_new_master why;
	enum vrrp_reason reason = vr_why_up(vr, &why);

	vr_become_master(vr, now, reason, why, out);
}

/* No RFC: what must be done before the first advert. */
static void
vr_step_gate(struct vr *vr, struct vr_actions *out)
{
	enum vrrp_new_master why;

	if (vr->conf.gate == VR_GATE_NONE) {
		vr->wish = VR_OPEN;
		return;
	}
	vr->wish = VR_GATING;
	vr_act(out, (struct vr_action){.kind = VR_ACT_GATE, .reason = vr_why_up(vr, &why)});
}

void
vr_be_ready(struct vr *vr, mono_t now, struct vr_actions *out)
{
	vr->down_at = MONO_NEVER;
	vr->wish = VR_READY;
	if (vr->grouped)
		return;
	vr_step_gate(vr, out);
	if (vr->wish == VR_OPEN)
		vr_step_up(vr, now, out);
}

/* RFC 9568 6.4.2, Active_Down_Timer; and what was yielded goes. */
static void
vr_backup_timer(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (mono_reached(vr->release_at, now))
		vr_release(vr, out);
	if (mono_reached(vr->down_at, now))
		vr_be_ready(vr, now, out);
}

/* No RFC: stay means another master down interval of listening, then the next try. */
static void
vr_backup_gate_result(struct vr *vr, mono_t now, bool passed, struct vr_actions *out)
{
	if (vr->wish != VR_GATING)
		return;
	if (!passed && vr->conf.gate == VR_GATE_STAY) {
		vr->wish = VR_LISTENING;
		vr->reason = VRRP_REASON_GATE;
		vr->saw_resign = vr->at_begin = false;
		vr->down_at = mono_add(now, vr_down_ns(vr));
		return;
	}
	vr->wish = VR_OPEN;
	if (!vr->grouped)
		vr_step_up(vr, now, out);
}

/* No RFC: the group waits, acts, or goes. */
static void
vr_backup_group(struct vr *vr, mono_t now, enum vr_step step, struct vr_actions *out)
{
	switch (step) {
	case VR_STEP_WAIT:
		if (vr->wish != VR_LISTENING)
			vr->wish = VR_READY;
		break;
	case VR_STEP_GATE:
		if (vr->wish == VR_READY)
			vr_step_gate(vr, out);
		break;
	case VR_STEP_UP:
		if (vr->wish == VR_OPEN)
			vr_step_up(vr, now, out);
		break;
	case VR_STEP_DOWN:
		break;
	}
}

/* ---- backup: what is heard ---- */

/* No RFC: a lower master that was just found is put up with for a while. */
static bool
vr_is_delaying(struct vr *vr, mono_t now)
{
	if (vr->conf.preempt_delay_ns == 0 || vr_is_owner(vr))
		return false;
	if (mono_is_never(vr->preempt_at))
		vr->preempt_at = mono_add(now, vr->conf.preempt_delay_ns);
	return !mono_reached(vr->preempt_at, now);
}

/* RFC 9568 6.1: an owner preempts whatever its Preempt_Mode is. */
static bool
vr_preempts(struct vr *vr, mono_t now, const struct vr_advert *advert)
{
	if (advert->priority >= vr->priority) {
		vr->preempt_at = MONO_NEVER;
		return false;
	}
	return (vr->conf.preempt || vr_is_owner(vr)) && !vr_is_delaying(vr, now);
}

/* RFC 9568 6.4.2: the skew time, not at once, and nothing learned. */
static void
vr_backup_advert_resign(struct vr *vr, mono_t now)
{
	if (vr->wish != VR_LISTENING)
		return; /* the timer ran out before */
	vr->down_at = mono_add(now, vr_skew_ns(vr));
	vr->saw_resign = true;
}

/* RFC 9568 6.4.2: a better, an equal one or one that is put up with: learned from, waited for. */
static void
vr_backup_advert_accept(struct vr *vr, mono_t now, const struct vr_advert *advert)
{
	vr->saw_lower = vr->saw_resign = vr->at_begin = false;
	vr->wish = VR_LISTENING; /* a gate that runs decides nothing any more */
	if (vr->reason == VRRP_REASON_GATE)
		vr->reason = VRRP_REASON_HIGHER_PRIORITY;
	vr_learn(vr, advert);
	vr->down_at = mono_add(now, vr_down_ns(vr));
}

/* RFC 9568 6.4.2: priority 0, one that counts, or (preempting) a lower one that is discarded. */
static void
vr_backup_advert(struct vr *vr, mono_t now, const struct vr_advert *advert, struct vr_actions *out)
{
	if (!vr_is_releasing(vr))
		vr_release(vr, out); /* somebody else is there: what a crash left is his now */
	if (!mono_reached(vr->deaf_until, now))
		return;
	if (advert->priority == VRRP_PRIORITY_RESIGN) {
		vr_backup_advert_resign(vr, now);
		return;
	}
	vr->master = advert->source;
	vr->master_priority = advert->priority;
	if (vr_preempts(vr, now, advert))
		vr->saw_lower = true;
	else
		vr_backup_advert_accept(vr, now, advert);
}

/* No RFC: the running deadline moves by the difference; it does not start anew. */
static void
vr_backup_inputs(struct vr *vr, mono_t now, uint8_t before, struct vr_actions *out)
{
	if (vr->fault || vr->planned)
		vr_fail(vr, now, out);
	else
		vr->down_at = mono_add(vr->down_at, vr_skew_ns(vr) - vr_skew_at(vr, before));
}

/* No RFC: what another configuration changes for who is on his way to master already. */
static void
vr_backup_conf_wish(struct vr *vr, mono_t now, bool gate_came, struct vr_actions *out)
{
	if (vr->wish == VR_OPEN && gate_came)
		vr->wish = VR_READY;
	if (vr->wish == VR_GATING && vr->conf.gate == VR_GATE_NONE) {
		vr->wish = VR_OPEN;
		if (!vr->grouped)
			vr_step_up(vr, now, out);
	} else if (!vr->grouped && (vr->wish == VR_READY || vr->wish == VR_OPEN)) {
		vr_be_ready(vr, now, out); /* its group waits no longer */
	}
}

/* What the running timer counts: after a priority 0 the skew time alone. */
static int64_t
vr_running_ns(const struct vr *vr)
{
	return vr->saw_resign ? vr_skew_ns(vr) : vr_down_ns(vr);
}

/* No RFC: the running deadline moves by the difference, as with another priority; what a master said
 * of its interval stays true. */
static void
vr_backup_conf(struct vr *vr, mono_t now, const struct vr_conf *conf, struct vr_actions *out)
{
	int64_t before_ns = vr_running_ns(vr);
	bool gate_came = vr->conf.gate == VR_GATE_NONE && conf->gate != VR_GATE_NONE;

	if (vr->conf.preempt_delay_ns != conf->preempt_delay_ns)
		vr->preempt_at = MONO_NEVER; /* begins at the next lower advert */
	vr_configure(vr, conf);
	if (!vr->learned)
		vr->master_interval_ns = conf->interval_ns;
	vr->down_at = mono_add(vr->down_at, vr_running_ns(vr) - before_ns);
	vr_backup_conf_wish(vr, now, gate_came, out);
}

void
vr_handle_backup(
    struct vr *vr, mono_t now, const struct vr_event *event, uint8_t before, struct vr_actions *out)
{
	switch (event->kind) {
	case VR_TIMER:
		vr_backup_timer(vr, now, out);
		break;
	case VR_ADVERT:
		vr_backup_advert(vr, now, &event->advert, out);
		break;
	case VR_INPUTS:
		vr_backup_inputs(vr, now, before, out);
		break;
	case VR_CONF:
		vr_backup_conf(vr, now, event->conf, out);
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, event, out);
		break;
	case VR_GATE_RESULT:
		vr_backup_gate_result(vr, now, event->gate_passed, out);
		break;
	case VR_GROUP:
		vr_backup_group(vr, now, event->step, out);
		break;
	case VR_STARTUP:
	case VR_SOURCE:
	case VR_RESUME:
	case VR_EVENT_COUNT:
		break;
	}
}

/* ---- master ---- */

/* RFC 9568 6.4.3: on an absolute schedule; after a pause one advert, not a burst. */
static void
vr_master_timer(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (!mono_reached(vr->advert_at, now))
		return;
	vr_advertise(vr, out);
	if (mono_since(now, vr->advert_at) >= vr->conf.interval_ns)
		vr->advert_at = now;
	vr->advert_at = mono_add(vr->advert_at, vr->conf.interval_ns);
}

/* RFC 9568 6.4.3: at a loss for a master, we say at once that we are here. */
static void
vr_master_advert_resign(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (!mono_reached(vr->reply_after, now))
		return;
	vr_advertise(vr, out);
	vr->advert_at = mono_add(now, vr->conf.interval_ns);
	vr->reply_after = mono_add(now, VR_REPLY_SPACING_MIN_NS);
}

/* RFC 9568 6.4.3: discarded, and answered at once; the schedule stays. After a pause the advert that is
 * due is the answer. */
static void
vr_master_advert_lower(struct vr *vr, mono_t now, struct vr_actions *out)
{
	int64_t spacing_ns = vr->conf.interval_ns / 10;

	if (!mono_reached(vr->reply_after, now))
		return;
	if (spacing_ns > VR_REPLY_SPACING_MAX_NS)
		spacing_ns = VR_REPLY_SPACING_MAX_NS;
	if (spacing_ns < VR_REPLY_SPACING_MIN_NS)
		spacing_ns = VR_REPLY_SPACING_MIN_NS;
	vr->reply_after = mono_add(now, spacing_ns);
	if (mono_reached(vr->advert_at, now))
		vr_master_timer(vr, now, out);
	else
		vr_advertise(vr, out);
	vr_act(out, (struct vr_action){.kind = VR_ACT_ANNOUNCE});
}

/* RFC 9568 6.4.3: backup at once and without priority 0; the addresses when the better one has them. */
static void
vr_master_yield(struct vr *vr, mono_t now, enum vrrp_reason reason, struct vr_actions *out)
{
	if (!vr->handover)
		vr_release(vr, out);
	vr_enter(vr, now, VRRP_BACKUP, reason, out);
	if (vr->handover)
		vr->release_at = vr_heir_settles(vr, now, mono_add(now, VR_HOLD_MAX_NS));
}

/* RFC 9568 6.4.3: Preempt_Mode is not asked. */
static void
vr_master_advert_better(struct vr *vr, mono_t now, const struct vr_advert *advert,
    enum vrrp_reason reason, struct vr_actions *out)
{
	vr->master = advert->source;
	vr->master_priority = advert->priority;
	vr_learn(vr, advert);
	vr_master_yield(vr, now, reason, out);
}

/* RFC 9568 6.4.3; owners elect by address too (erratum 8298), but not those of RFC 3768 (7.1). */
static void
vr_master_advert(struct vr *vr, mono_t now, const struct vr_advert *advert, struct vr_actions *out)
{
	if (vr->conf.version == 2 && vr_is_owner(vr))
		return;
	if (advert->priority == VRRP_PRIORITY_RESIGN)
		vr_master_advert_resign(vr, now, out);
	else if (advert->priority > vr->priority)
		vr_master_advert_better(vr, now, advert, VRRP_REASON_HIGHER_PRIORITY, out);
	else if (advert->priority == vr->priority && addr_compare(&advert->source, &vr->source) > 0)
		vr_master_advert_better(
		    vr, now, advert, VRRP_REASON_EQUAL_PRIORITY_HIGHER_ADDRESS, out);
	else
		vr_master_advert_lower(vr, now, out);
}

/* No RFC: the peers hear of another priority at once; the schedule stays. */
static void
vr_master_inputs(struct vr *vr, mono_t now, uint8_t before, struct vr_actions *out)
{
	if (vr->fault || vr->planned) {
		vr_fail(vr, now, out);
	} else if (vr->priority != before) {
		vr->master_priority = vr->priority;
		vr_advertise(vr, out);
	}
}

/* No RFC: a peer that waits for the interval before would miss the next advert of a longer one. */
static void
vr_master_conf(struct vr *vr, mono_t now, const struct vr_conf *conf, struct vr_actions *out)
{
	bool other = vr->conf.interval_ns != conf->interval_ns;

	vr_configure(vr, conf);
	if (!other)
		return;
	vr->master_interval_ns = conf->interval_ns;
	vr_advertise(vr, out);
	vr->advert_at = mono_add(now, conf->interval_ns);
}

/* No RFC: the better master is another member's; nobody is known here. */
static void
vr_master_group(struct vr *vr, mono_t now, enum vr_step step, struct vr_actions *out)
{
	if (step != VR_STEP_DOWN)
		return;
	vr->master = vr_nobody;
	vr->master_priority = 0;
	vr_master_yield(vr, now, VRRP_REASON_GROUP, out);
}

void
vr_handle_master(
    struct vr *vr, mono_t now, const struct vr_event *event, uint8_t before, struct vr_actions *out)
{
	switch (event->kind) {
	case VR_TIMER:
		vr_master_timer(vr, now, out);
		break;
	case VR_ADVERT:
		vr_master_advert(vr, now, &event->advert, out);
		break;
	case VR_INPUTS:
		vr_master_inputs(vr, now, before, out);
		break;
	case VR_CONF:
		vr_master_conf(vr, now, event->conf, out);
		break;
	case VR_SOURCE:
		vr->master = vr->source;
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, event, out);
		break;
	case VR_GROUP:
		vr_master_group(vr, now, event->step, out);
		break;
	case VR_STARTUP:
	case VR_RESUME:
	case VR_GATE_RESULT:
	case VR_EVENT_COUNT:
		break;
	}
}
