/*
 * One virtual router: what all its states share, and the states without an election. Pure; see vr.h
 * for the invariants, vr_election.c for backup and master.
 */
#include <string.h>

#include "vrrpd/core/vr.h"
#include "vrrpd/core/vr_state.h"

#define VR_RESUME_INTERVALS 2  /* silence up to this many keeps a crashed master master */
#define VR_SKEW_V2_NS NS_PER_S /* RFC 3768 6.1: ((256 - Priority) / 256) seconds */

static const struct addr vr_no_address;

void
vr_act(struct vr_actions *out, struct vr_action action)
{
	if (out->count < VR_ACTIONS_MAX)
		out->action[out->count++] = action;
}

void
vr_advertise(const struct vr *vr, struct vr_actions *out)
{
	vr_act(out, (struct vr_action){.kind = VR_ACT_ADVERTISE, .priority = vr->priority});
}

void
vr_release(struct vr *vr, struct vr_actions *out)
{
	if (vr->holding)
		vr_act(out, (struct vr_action){.kind = VR_ACT_RELEASE});
	vr->holding = false;
	vr->release_at = MONO_NEVER;
}

/* RFC 9568 6.1: Skew_Time = ((256 - Priority) * Active_Adver_Interval) / 256; RFC 3768 6.1. */
int64_t
vr_skew_at(const struct vr *vr, uint8_t priority)
{
	int64_t unit_ns = vr->conf.version == 2 ? VR_SKEW_V2_NS : vr->master_interval_ns;

	return (256 - priority) * unit_ns / 256;
}

int64_t
vr_skew_ns(const struct vr *vr)
{
	return vr_skew_at(vr, vr->priority);
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
	return mono_earlier(mono_earlier(vr->down_at, vr->advert_at), vr->release_at);
}

bool
vr_may_resume(const struct vr *vr, int64_t silence_ns)
{
	return silence_ns < VR_RESUME_INTERVALS * vr->conf.interval_ns;
}

bool
vr_is_releasing(const struct vr *vr)
{
	return !mono_is_never(vr->release_at);
}

void
vr_init(struct vr *vr, const struct vr_conf *conf, mono_t now)
{
	memset(vr, 0, sizeof(*vr));
	vr->conf = *conf;
	vr->priority = conf->priority;
	vr->master_interval_ns = conf->interval_ns;
	vr->gated = conf->gate != VR_GATE_NONE;
	vr->handover = conf->handover;
	vr->since = now;
	vr->down_at = vr->advert_at = vr->release_at = vr->preempt_at = MONO_NEVER;
	vr->reply_after = vr->deaf_until = now;
	vr->state = VRRP_INIT;
	vr->reason = VRRP_REASON_STARTUP;
}

/* No RFC: of a group, group.c says it again of all members. */
void
vr_configure(struct vr *vr, const struct vr_conf *conf)
{
	vr->conf = *conf;
	vr->gated = conf->gate != VR_GATE_NONE;
	vr->handover = conf->handover;
}

/* RFC 9568 6.4: each state with its timer; the learned things are of one state only. */
void
vr_enter(
    struct vr *vr, mono_t now, enum vrrp_state to, enum vrrp_reason reason, struct vr_actions *out)
{
	const struct vr_action action = {
	    .kind = VR_ACT_STATE, .from = vr->state, .to = to, .reason = reason};

	vr->state = to;
	vr->reason = reason;
	vr->since = now;
	vr->down_at = vr->advert_at = vr->release_at = vr->preempt_at = MONO_NEVER;
	vr->saw_lower = vr->saw_resign = vr->saw_heir = vr->at_begin = false;
	vr->wish = VR_LISTENING;
	if (to != VRRP_MASTER)
		vr->new_master_reason = VRRP_NEW_MASTER_NOT_MASTER;
	switch (to) {
	case VRRP_MASTER:
		vr->master = vr->source;
		vr->master_priority = vr->priority;
		vr->master_interval_ns = vr->conf.interval_ns;
		vr->learned = false;
		vr->advert_at = mono_add(now, vr->conf.interval_ns);
		vr->reply_after = now;
		vr->master_transitions++;
		break;
	case VRRP_BACKUP:
		vr->down_at = mono_add(
		    mono_reached(vr->deaf_until, now) ? now : vr->deaf_until, vr_down_ns(vr));
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

void
vr_become_master(struct vr *vr, mono_t now, enum vrrp_reason reason, enum vrrp_new_master why,
    struct vr_actions *out)
{
	vr_advertise(vr, out);
	vr_act(out, (struct vr_action){.kind = VR_ACT_ACQUIRE});
	vr->holding = true;
	vr_enter(vr, now, VRRP_MASTER, reason, out);
	vr->new_master_reason = why;
}

/* RFC 9568 6.4.1: where an instance goes that has no cause; the local interval, a full down
 * interval. An owner with a gate passes through backup. */
static void
vr_begin(struct vr *vr, mono_t now, enum vrrp_reason reason, struct vr_actions *out)
{
	bool owner = vr->conf.priority == VRRP_PRIORITY_OWNER;

	vr->master_interval_ns = vr->conf.interval_ns;
	vr->learned = false;
	vr->master = vr_no_address;
	vr->master_priority = 0;
	if (owner && !vr->gated) {
		vr_become_master(vr, now, reason, VRRP_NEW_MASTER_PRIORITY, out);
		return;
	}
	vr_enter(vr, now, VRRP_BACKUP, reason, out);
	vr->at_begin = owner;
	if (owner)
		vr_be_ready(vr, now, out);
}

/* No RFC: whose cause it is. */
static enum vrrp_reason
vr_fault_reason(const struct vr *vr)
{
	if (vr->by_group)
		return VRRP_REASON_GROUP;
	return vr->fault ? VRRP_REASON_FAULT : VRRP_REASON_OPERATOR;
}

static bool
vr_has_cause(const struct vr *vr)
{
	return vr->fault || vr->planned;
}

/* ---- leaving for good, or for the operator ---- */

mono_t
vr_heir_settles(const struct vr *vr, mono_t now, mono_t limit)
{
	int64_t hold_ns = VR_HOLD_NS + vr->conf.address_count * VR_HOLD_PER_ADDRESS_NS;

	return mono_earlier(mono_add(now, hold_ns), limit);
}

static void
vr_resign(struct vr_actions *out)
{
	vr_act(out, (struct vr_action){.kind = VR_ACT_ADVERTISE, .priority = VRRP_PRIORITY_RESIGN});
}

/* No RFC: the end of a handover, or of a stop without one. */
static void
vr_leave(struct vr *vr, mono_t now, struct vr_actions *out)
{
	vr->started = false;
	vr_release(vr, out);
	vr_enter(vr, now, VRRP_INIT, vr->leaving, out);
}

/* RFC 9568 6.4.3, Shutdown, but the addresses stay until the successor has them. */
static void
vr_hand_over(struct vr *vr, mono_t now, enum vrrp_reason leaving, struct vr_actions *out)
{
	mono_t silent = mono_add(now, vr->conf.interval_ns + VR_HOLD_SILENT_NS);

	vr_resign(out);
	vr->leaving = leaving;
	vr_enter(vr, now, VRRP_INIT, VRRP_REASON_HANDOVER, out);
	vr->release_limit = mono_add(now, VR_HOLD_MAX_NS);
	vr->release_at = mono_earlier(silent, mono_add(now, VR_HOLD_SILENT_MAX_NS));
}

static enum vrrp_reason
vr_shutdown_reason(const struct vr_event *event)
{
	return event->shutdown.reload ? VRRP_REASON_RELOAD : VRRP_REASON_SHUTDOWN;
}

/* RFC 9568 6.4.2, 6.4.3, Shutdown: only a master says so. */
void
vr_shutdown(struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	bool hold = vr->handover && !event->shutdown.at_once;

	if (!vr->started)
		return;
	vr->leaving = vr_shutdown_reason(event);
	if (vr->state == VRRP_MASTER && hold) {
		vr_hand_over(vr, now, vr->leaving, out);
	} else {
		if (vr->state == VRRP_MASTER)
			vr_resign(out);
		vr_leave(vr, now, out);
	}
}

/* RFC 9568 6.4.3, Shutdown, for a local cause; a real one waits for nobody. */
void
vr_fail(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (vr->state == VRRP_MASTER && !vr->fault && vr->handover) {
		vr_hand_over(vr, now, VRRP_REASON_OPERATOR, out);
		return;
	}
	if (vr->state == VRRP_MASTER)
		vr_resign(out);
	vr_release(vr, out);
	vr_enter(vr, now, VRRP_FAULT, vr_fault_reason(vr), out);
}

/* No RFC: the addresses are the successor's now; what was resigned for comes true. */
static void
vr_end_handover(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (vr->leaving != VRRP_REASON_OPERATOR) {
		vr_leave(vr, now, out);
		return;
	}
	vr_release(vr, out);
	if (vr_has_cause(vr))
		vr_enter(vr, now, VRRP_FAULT, vr_fault_reason(vr), out);
	else if (!vr->waiting)
		vr_begin(vr, now, VRRP_REASON_FAULT_CLEARED, out);
}

/* ---- init ---- */

/* RFC 9568 6.4.1: a cause is met before the election, a missing result is waited for. */
static void
vr_init_inputs(struct vr *vr, mono_t now, enum vrrp_reason reason, struct vr_actions *out)
{
	if (vr_has_cause(vr)) {
		vr_release(vr, out);
		vr_enter(vr, now, VRRP_FAULT, vr_fault_reason(vr), out);
	} else if (!vr->waiting) {
		vr_begin(vr, now, reason, out);
	}
}

/* RFC 9568 6.4.1, Startup. */
static void
vr_init_startup(struct vr *vr, mono_t now, struct vr_actions *out)
{
	vr->started = true;
	vr->holding = true; /* a crash may have left addresses */
	vr->deaf_until = mono_add(now, vr->conf.startup_delay_ns);
	vr_init_inputs(vr, now, VRRP_REASON_STARTUP, out);
}

/* No RFC: a master whose process crashed goes on, if its peers cannot have missed it. */
static void
vr_init_resume(struct vr *vr, mono_t now, int64_t silence_ns, struct vr_actions *out)
{
	mono_t next;

	vr->started = true;
	vr->holding = true;
	if (vr_has_cause(vr)) {
		vr_resign(out);
		vr_init_inputs(vr, now, VRRP_REASON_STARTUP, out);
	} else if (vr_may_resume(vr, silence_ns)) {
		vr_enter(vr, now, VRRP_MASTER, VRRP_REASON_RESUME, out);
		vr->new_master_reason = VRRP_NEW_MASTER_NO_RESPONSE;
		next = mono_add(now, vr->conf.interval_ns - silence_ns);
		vr->advert_at = mono_reached(next, now) ? now : next;
	} else {
		vr_release(vr, out);
		vr_init_inputs(vr, now, VRRP_REASON_STARTUP, out);
	}
}

static void
vr_handle_init(struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	switch (event->kind) {
	case VR_STARTUP:
		if (!vr->started)
			vr_init_startup(vr, now, out);
		break;
	case VR_RESUME:
		if (!vr->started)
			vr_init_resume(vr, now, event->silence_ns, out);
		break;
	case VR_INPUTS:
		if (vr->started)
			vr_init_inputs(vr, now, VRRP_REASON_STARTUP, out);
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, event, out);
		break;
	case VR_CONF:
		vr_configure(vr, event->conf);
		break;
	case VR_ADVERT:
		vr_release(vr, out); /* waiting: what a crash left is the sender's now */
		break;
	case VR_TIMER:
	case VR_SOURCE:
	case VR_GATE_RESULT:
	case VR_GROUP:
	case VR_EVENT_COUNT:
		break;
	}
}

/* ---- init, during a handover ---- */

/* No RFC: the first advert of a successor; its addresses come after it. */
static void
vr_handover_advert(struct vr *vr, mono_t now, const struct vr_advert *advert)
{
	if (vr->saw_heir || advert->priority == VRRP_PRIORITY_RESIGN)
		return;
	vr->saw_heir = true;
	vr->release_at = vr_heir_settles(vr, now, vr->release_limit);
}

/* No RFC: a stop outdoes the operator's cause; a second one, at once, waits no longer. */
static void
vr_handover_shutdown(
    struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	if (vr->leaving == VRRP_REASON_OPERATOR)
		vr->leaving = vr_shutdown_reason(event);
	if (event->shutdown.at_once)
		vr_end_handover(vr, now, out);
}

static void
vr_handle_handover(struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	switch (event->kind) {
	case VR_TIMER:
		if (mono_reached(vr->release_at, now))
			vr_end_handover(vr, now, out);
		break;
	case VR_ADVERT:
		vr_handover_advert(vr, now, &event->advert);
		break;
	case VR_INPUTS:
		if (vr->fault) /* a real one never holds */
			vr_end_handover(vr, now, out);
		break;
	case VR_SHUTDOWN:
		vr_handover_shutdown(vr, now, event, out);
		break;
	case VR_CONF:
		vr_configure(vr, event->conf);
		break;
	case VR_STARTUP:
	case VR_SOURCE:
	case VR_RESUME:
	case VR_GATE_RESULT:
	case VR_GROUP:
	case VR_EVENT_COUNT:
		break;
	}
}

/* ---- fault ---- */

/* No RFC: the last cause went; a check that never had a result is waited for as at the start. */
static void
vr_fault_inputs(struct vr *vr, mono_t now, struct vr_actions *out)
{
	if (vr_has_cause(vr))
		return;
	if (vr->waiting)
		vr_enter(vr, now, VRRP_INIT, VRRP_REASON_FAULT_CLEARED, out);
	else
		vr_begin(vr, now, VRRP_REASON_FAULT_CLEARED, out);
}

static void
vr_handle_fault(struct vr *vr, mono_t now, const struct vr_event *event, struct vr_actions *out)
{
	switch (event->kind) {
	case VR_INPUTS:
		vr_fault_inputs(vr, now, out);
		break;
	case VR_CONF:
		vr_configure(vr, event->conf);
		break;
	case VR_SHUTDOWN:
		vr_shutdown(vr, now, event, out);
		break;
	case VR_STARTUP:
	case VR_TIMER:
	case VR_ADVERT:
	case VR_SOURCE:
	case VR_RESUME:
	case VR_GATE_RESULT:
	case VR_GROUP:
	case VR_EVENT_COUNT:
		break;
	}
}

/* ---- any state ---- */

/* What is true in every state: inputs and source are remembered. */
static void
vr_remember(struct vr *vr, const struct vr_event *event)
{
	if (event->kind == VR_SOURCE)
		vr->source = event->source;
	if (event->kind != VR_INPUTS)
		return;
	vr->fault = event->inputs.fault;
	vr->planned = event->inputs.planned;
	vr->by_group = event->inputs.by_group;
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
		if (vr_is_releasing(vr))
			vr_handle_handover(vr, now, event, out);
		else
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
