/*
 * One virtual router: RFC 9568 section 6.4. Pure; see vr.h for the invariants.
 */
#include <string.h>

#include "vrrpd/core/vr.h"

#define VR_RESUME_INTERVALS 2 /* silence up to this many keeps a crashed master master */

static const struct addr vr_no_address;

static void
vr_act(struct vr_actions *out, struct vr_action action)
{
	if (out->count < VR_ACTIONS_MAX)
		out->action[out->count++] = action;
}

static void
vr_advertise(const struct vr *vr, struct vr_actions *out)
{
	vr_act(out, (struct vr_action){.kind = VR_ACT_ADVERTISE, .priority = vr->priority});
}

static void
vr_release(struct vr *vr, struct vr_actions *out)
{
	if (vr->holding)
		vr_act(out, (struct vr_action){.kind = VR_ACT_RELEASE});
	vr->holding = false;
}

/* RFC 9568 6.1: Skew_Time = ((256 - Priority) * Active_Adver_Interval) / 256. */
static int64_t
vr_skew_of(int64_t interval_ns, uint8_t priority)
{
	return (256 - priority) * interval_ns / 256;
}

int64_t
vr_skew_ns(const struct vr *vr)
{
	return vr_skew_of(vr->master_interval_ns, vr->priority);
}

/* RFC 9568 6.1: Active_Down_Interval = 3 * Active_Adver_Interval + Skew_Time. */
int64_t
vr_down_ns(const struct vr *vr)
{
	return vr->conf.down_adverts * vr->master_interval_ns + vr_skew_ns(vr);
}

mono_t
vr_deadline(const struct vr *vr)
{
	return mono_earlier(vr->down_at, vr->advert_at);
}

void
vr_init(struct vr *vr, const struct vr_conf *conf, mono_t now)
{
	memset(vr, 0, sizeof(*vr));
	vr->conf = *conf;
	vr->priority = conf->priority;
	vr->master_interval_ns = conf->interval_ns;
	vr->since = now;
	vr->down_at = vr->advert_at = MONO_NEVER;
	vr->reply_after = now;
	vr->state = VRRP_INIT;
	vr->reason = VRRP_REASON_STARTUP;
}

/* The only place that changes the state: timers, reason, what is known of a master, the action. */
static void
vr_enter(
    struct vr *vr, mono_t now, enum vrrp_state to, enum vrrp_reason reason, struct vr_actions *out)
{
	const struct vr_action action = {
	    .kind = VR_ACT_STATE, .from = vr->state, .to = to, .reason = reason};

	vr->state = to;
	vr->reason = reason;
	vr->since = now;
	vr->down_at = vr->advert_at = MONO_NEVER;
	vr->saw_lower = vr->saw_resign = false;
	if (to != VRRP_MASTER)
		vr->new_master_reason = VRRP_NEW_MASTER_NOT_MASTER;
	switch (to) {
	case VRRP_MASTER:
		vr->master = vr->source;
		vr->master_priority = vr->priority;
		vr->master_interval_ns = vr->conf.interval_ns;
		vr->advert_at = mono_add(now, vr->conf.interval_ns);
		vr->reply_after = now;
		vr->master_transitions++;
		break;
	case VRRP_BACKUP:
		vr->down_at = mono_add(now, vr_down_ns(vr));
		break;
	case VRRP_INIT:
	case VRRP_FAULT:
	case VRRP_STATE_COUNT:
		vr->master = vr_no_address;
		vr->master_priority = 0;
		break;
	}
	vr_act(out, action);
}

/* RFC 9568 6.4.1 (255), 6.4.2 (timer): the advert first, then the addresses. */
static void
vr_become_master(struct vr *vr, mono_t now, enum vrrp_reason reason, enum vrrp_new_master why,
    struct vr_actions *out)
{
	vr_advertise(vr, out);
	vr_act(out, (struct vr_action){.kind = VR_ACT_ACQUIRE});
	vr->holding = true;
	vr_enter(vr, now, VRRP_MASTER, reason, out);
	vr->new_master_reason = why;
}

/* RFC 9568 6.4.1: where an instance goes that has no fault; the local interval, a full down
 * interval. */
static void
vr_begin(struct vr *vr, mono_t now, enum vrrp_reason reason, struct vr_actions *out)
{
	vr->master_interval_ns = vr->conf.interval_ns;
	vr->master = vr_no_address;
	vr->master_priority = 0;
	if (vr->conf.priority == VRRP_PRIORITY_OWNER)
		vr_become_master(vr, now, reason, VRRP_NEW_MASTER_PRIORITY, out);
	else
		vr_enter(vr, now, VRRP_BACKUP, reason, out);
}

/* The wire first, then the addresses: without them the advert could not leave. */
static void
vr_resign(struct vr_actions *out)
{
	vr_act(out, (struct vr_action){.kind = VR_ACT_ADVERTISE, .priority = VRRP_PRIORITY_RESIGN});
}

/* ---- init ---- */

/* RFC 9568 6.4.1, Startup; a fault is met before the election, a missing result is waited for. */
static void
vr_init_startup(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (vr->started)
		return;
	vr->started = true;
	vr->holding = true; /* a crash may have left addresses */
	if (vr->fault) {
		vr_release(vr, out);
		vr_enter(vr, now, VRRP_FAULT, VRRP_REASON_FAULT, out);
	} else if (!vr->waiting) {
		vr_begin(vr, now, VRRP_REASON_STARTUP, out);
	}
}

/* No RFC: a master whose process crashed goes on, if its peers cannot have missed it. */
static void
vr_init_resume(struct vr *vr, mono_t now, int64_t silence_ns, struct vr_actions *out)
{
	mono_t next;

	if (vr->started)
		return;
	vr->started = true;
	vr->holding = true;
	if (vr->fault) {
		vr_resign(out);
		vr_release(vr, out);
		vr_enter(vr, now, VRRP_FAULT, VRRP_REASON_FAULT, out);
	} else if (silence_ns < VR_RESUME_INTERVALS * vr->conf.interval_ns) {
		vr_enter(vr, now, VRRP_MASTER, VRRP_REASON_RESUME, out);
		vr->new_master_reason = VRRP_NEW_MASTER_NO_RESPONSE;
		next = mono_add(now, vr->conf.interval_ns - silence_ns);
		vr->advert_at = mono_reached(next, now) ? now : next;
	} else {
		vr_release(vr, out);
		if (!vr->waiting)
			vr_begin(vr, now, VRRP_REASON_STARTUP, out);
	}
}

static void
vr_init_inputs(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (!vr->started)
		return;
	if (vr->fault) {
		vr_release(vr, out);
		vr_enter(vr, now, VRRP_FAULT, VRRP_REASON_FAULT, out);
	} else if (!vr->waiting) {
		vr_begin(vr, now, VRRP_REASON_STARTUP, out);
	}
}

/* ---- backup ---- */

/* RFC 9568 6.4.2: the master has been silent for Active_Down_Interval, or resigned. */
static void
vr_backup_timer(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (!mono_reached(vr->down_at, now))
		return;
	if (vr->saw_resign)
		vr_become_master(vr, now, VRRP_REASON_PRIORITY_ZERO, VRRP_NEW_MASTER_PRIORITY, out);
	else if (vr->saw_lower)
		vr_become_master(vr, now, VRRP_REASON_PREEMPTED, VRRP_NEW_MASTER_PREEMPTED, out);
	else
		vr_become_master(
		    vr, now, VRRP_REASON_MASTER_DOWN_TIMER, VRRP_NEW_MASTER_NO_RESPONSE, out);
}

/* RFC 9568 6.1: an owner preempts whatever its Preempt_Mode is. */
static bool
vr_preempts(const struct vr *vr)
{
	return vr->conf.preempt || vr->conf.priority == VRRP_PRIORITY_OWNER;
}

/* RFC 9568 6.4.2: priority 0, a better or equal one, or (preempting) a lower one that is discarded.
 */
static void
vr_backup_advert(struct vr *vr, mono_t now, const struct vr_advert *advert, struct vr_actions *out)
{
	vr_release(vr, out); /* somebody else is there: what a crash left is his now */
	if (advert->priority == VRRP_PRIORITY_RESIGN) {
		vr->down_at = mono_add(now, vr_skew_ns(vr));
		vr->saw_resign = true;
		return;
	}
	vr->master = advert->source;
	vr->master_priority = advert->priority;
	if (vr_preempts(vr) && advert->priority < vr->priority) {
		vr->saw_lower = true;
		return;
	}
	vr->saw_lower = vr->saw_resign = false;
	vr->master_interval_ns = advert->interval_ns;
	vr->down_at = mono_add(now, vr_down_ns(vr));
}

/* The running deadline moves by the difference; it does not start anew. */
static void
vr_backup_priority(struct vr *vr, uint8_t before)
{
	int64_t shift_ns = vr_skew_of(vr->master_interval_ns, vr->priority) -
			   vr_skew_of(vr->master_interval_ns, before);

	vr->down_at = mono_add(vr->down_at, shift_ns);
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

/* RFC 9568 6.4.3: discarded, and answered at once; the schedule stays. */
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
	vr_advertise(vr, out);
	vr_act(out, (struct vr_action){.kind = VR_ACT_ANNOUNCE});
}

/* No RFC: the peers hear of it at once; the schedule stays. */
static void
vr_master_priority(struct vr *vr, struct vr_actions *out)
{
	vr->master_priority = vr->priority;
	vr_advertise(vr, out);
}

/* RFC 9568 6.4.3: Preempt_Mode is not asked; no priority 0. */
static void
vr_master_yield(struct vr *vr, mono_t now, const struct vr_advert *advert, enum vrrp_reason reason,
    struct vr_actions *out)
{
	vr_release(vr, out);
	vr->master = advert->source;
	vr->master_priority = advert->priority;
	vr->master_interval_ns = advert->interval_ns;
	vr_enter(vr, now, VRRP_BACKUP, reason, out);
}

/* RFC 9568 6.4.3; owners elect by address too (erratum 8298). */
static void
vr_master_advert(struct vr *vr, mono_t now, const struct vr_advert *advert, struct vr_actions *out)
{
	if (advert->priority == VRRP_PRIORITY_RESIGN)
		vr_master_advert_resign(vr, now, out);
	else if (advert->priority > vr->priority)
		vr_master_yield(vr, now, advert, VRRP_REASON_HIGHER_PRIORITY, out);
	else if (advert->priority == vr->priority && addr_compare(&advert->source, &vr->source) > 0)
		vr_master_yield(vr, now, advert, VRRP_REASON_EQUAL_PRIORITY_HIGHER_ADDRESS, out);
	else
		vr_master_advert_lower(vr, now, out);
}

/* ---- any state but init ---- */

static void
vr_fail(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (vr->state == VRRP_MASTER)
		vr_resign(out);
	vr_release(vr, out);
	vr_enter(vr, now, VRRP_FAULT, VRRP_REASON_FAULT, out);
}

/* RFC 9568 6.4.2, 6.4.3, Shutdown: only a master says so. */
static void
vr_shutdown(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (!vr->started)
		return;
	if (vr->state == VRRP_MASTER)
		vr_resign(out);
	vr_release(vr, out);
	vr->started = false;
	vr_enter(vr, now, VRRP_INIT, VRRP_REASON_SHUTDOWN, out);
}

/* The last cause went; a check that never had a result is waited for as at the start. */
static void
vr_fault_inputs(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (vr->fault)
		return;
	if (vr->waiting)
		vr_enter(vr, now, VRRP_INIT, VRRP_REASON_FAULT_CLEARED, out);
	else
		vr_begin(vr, now, VRRP_REASON_FAULT_CLEARED, out);
}

/* ---- one function a state ---- */

static void
vr_handle_init(struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	switch (event->kind) {
	case VR_STARTUP:
		vr_init_startup(vr, now, out);
		break;
	case VR_RESUME:
		vr_init_resume(vr, now, event->silence_ns, out);
		break;
	case VR_INPUTS:
		vr_init_inputs(vr, now, out);
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, out);
		break;
	case VR_ADVERT:
		vr_release(vr, out); /* waiting: what a crash left is the sender's now */
		break;
	case VR_TIMER:
	case VR_SOURCE:
	case VR_EVENT_COUNT:
		break;
	}
}

static void
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
		if (vr->fault)
			vr_fail(vr, now, out);
		else if (vr->priority != before)
			vr_backup_priority(vr, before);
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, out);
		break;
	case VR_STARTUP:
	case VR_SOURCE:
	case VR_RESUME:
	case VR_EVENT_COUNT:
		break;
	}
}

static void
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
		if (vr->fault)
			vr_fail(vr, now, out);
		else if (vr->priority != before)
			vr_master_priority(vr, out);
		break;
	case VR_SOURCE:
		vr->master = vr->source;
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, out);
		break;
	case VR_STARTUP:
	case VR_RESUME:
	case VR_EVENT_COUNT:
		break;
	}
}

static void
vr_handle_fault(struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	switch (event->kind) {
	case VR_INPUTS:
		vr_fault_inputs(vr, now, out);
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, out);
		break;
	case VR_STARTUP:
	case VR_TIMER:
	case VR_ADVERT:
	case VR_SOURCE:
	case VR_RESUME:
	case VR_EVENT_COUNT:
		break;
	}
}

/* What is true in every state: inputs and source are remembered. */
static void
vr_remember(struct vr *vr, const struct vr_event *event)
{
	if (event->kind == VR_SOURCE)
		vr->source = event->source;
	if (event->kind != VR_INPUTS)
		return;
	vr->fault = event->inputs.fault;
	vr->waiting = event->inputs.waiting;
	vr->priority = event->inputs.priority;
}

/* An advert with our own source is a loop or a duplicate address, never a peer. */
static bool
vr_is_own_advert(const struct vr *vr, const struct vr_event *event)
{
	return event->kind == VR_ADVERT && addr_equal(&event->advert.source, &vr->source);
}

void
vr_handle(struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	uint8_t before = vr->priority;

	out->count = 0;
	if (vr_is_own_advert(vr, event))
		return;
	vr_remember(vr, event);
	switch (vr->state) {
	case VRRP_INIT:
		vr_handle_init(vr, now, event, out);
		break;
	case VRRP_BACKUP:
		vr_handle_backup(vr, now, event, before, out);
		break;
	case VRRP_MASTER:
		vr_handle_master(vr, now, event, before, out);
		break;
	case VRRP_FAULT:
		vr_handle_fault(vr, now, event, out);
		break;
	case VRRP_STATE_COUNT:
		break;
	}
}

#define VR_WORD(name) #name,

const char *
vr_event_name(enum vr_event_kind kind)
{
	static const char *const names[] = {VR_EVENTS(VR_WORD)};

	return kind < VR_EVENT_COUNT ? names[kind] : "?";
}

const char *
vr_action_name(enum vr_action_kind kind)
{
	static const char *const names[] = {VR_ACTIONS(VR_WORD)};

	return kind < VR_ACTION_COUNT ? names[kind] : "?";
}
