/*
 * Members of a sync group in step. Pure; see group.h.
 */
#include <string.h>

#include "vrrpd/core/group.h"

/* No RFC: what can only be done together, anew from each member's configuration. */
static void
group_share(struct group *group)
{
	bool gated = false, handover = true;

	for (size_t i = 0; i < group->count; i++) {
		gated |= group->member[i].vr->conf.gate != VR_GATE_NONE;
		handover &= group->member[i].vr->conf.handover;
	}
	for (size_t i = 0; i < group->count; i++) {
		struct vr *vr = group->member[i].vr;

		vr->grouped = group->count > 1;
		vr->gated = gated;
		vr->handover = handover;
	}
}

void
group_init(struct group *group, struct group_member *member, size_t count, mono_t now)
{
	memset(group, 0, sizeof(*group));
	group->member = member;
	group->count = count;
	group->since = now;
	group_share(group);
	for (size_t i = 0; i < count; i++) {
		member[i].inputs = (struct vr_inputs){.priority = member[i].vr->priority};
		member[i].out.count = 0;
	}
}

enum vrrp_state
group_state(const struct group *group)
{
	return group->member[0].vr->state;
}

static bool
group_is_handing_over(const struct vr *vr)
{
	return vr->state == VRRP_INIT && vr_is_releasing(vr);
}

/* No RFC: a handover ends when the slowest successor has settled. */
static mono_t
group_handover_ends(const struct group *group)
{
	mono_t last = MONO_NEVER;

	for (size_t i = 0; i < group->count; i++) {
		const struct vr *vr = group->member[i].vr;

		if (group_is_handing_over(vr) &&
		    (mono_is_never(last) || last.ns < vr->release_at.ns))
			last = vr->release_at;
	}
	return last;
}

mono_t
group_deadline(const struct group *group)
{
	mono_t first = group_handover_ends(group);

	for (size_t i = 0; i < group->count; i++)
		if (!group_is_handing_over(group->member[i].vr))
			first = mono_earlier(first, vr_deadline(group->member[i].vr));
	return first;
}

/* ---- giving events to members ---- */

/* Adds to what the member must do. */
static void
group_give(struct group *group, size_t i, mono_t now, const struct vr_event *event)
{
	struct vr_actions *all = &group->member[i].out, more;

	vr_handle(group->member[i].vr, now, event, &more);
	for (size_t k = 0; k < more.count && all->count < VR_ACTIONS_MAX; k++)
		all->action[all->count++] = more.action[k];
}

static void
group_give_all(struct group *group, mono_t now, const struct vr_event *event)
{
	for (size_t i = 0; i < group->count; i++)
		group_give(group, i, now, event);
}

static void
group_step_all(struct group *group, mono_t now, enum vr_step step)
{
	const struct vr_event event = {.kind = VR_GROUP, .step = step};

	group_give_all(group, now, &event);
}

/* RFC 9568 6.4: each timer by itself, but the end of a handover together. */
static void
group_timer(struct group *group, mono_t now, const struct vr_event *event)
{
	mono_t handover = group_handover_ends(group);

	for (size_t i = 0; i < group->count; i++) {
		const struct vr *vr = group->member[i].vr;
		mono_t due = group_is_handing_over(vr) ? handover : vr_deadline(vr);

		if (mono_reached(due, now))
			group_give(group, i, now, event);
	}
}

/* RFC 9568 6.4.3: a better master of one is a better master of all. */
static void
group_advert(struct group *group, size_t member, mono_t now, const struct vr_event *event)
{
	bool was_master = group->member[member].vr->state == VRRP_MASTER;

	group_give(group, member, now, event);
	if (was_master && group->member[member].vr->state == VRRP_BACKUP)
		group_step_all(group, now, VR_STEP_DOWN);
}

/* No RFC: causes and missing results of one are everybody's; the priority is its own. */
static struct vr_inputs
group_inputs_of(const struct group *group, size_t member)
{
	const struct vr_inputs *own = &group->member[member].inputs;
	struct vr_inputs all = {.priority = own->priority};

	for (size_t i = 0; i < group->count; i++) {
		const struct vr_inputs *one = &group->member[i].inputs;

		all.fault |= one->fault;
		all.planned |= one->planned;
		all.waiting |= one->waiting;
	}
	all.waiting &= !all.fault && !all.planned;
	all.by_group = (all.fault || all.planned) && !own->fault && !own->planned;
	return all;
}

static void
group_inputs(struct group *group, size_t member, mono_t now, const struct vr_event *event)
{
	struct vr_event each = {.kind = VR_INPUTS};

	group->member[member].inputs = event->inputs;
	for (size_t i = 0; i < group->count; i++) {
		each.inputs = group_inputs_of(group, i);
		group_give(group, i, now, &each);
	}
}

/* No RFC: a silence too long for one, whose interval is the shortest, is too long for all. */
static void
group_resume(struct group *group, mono_t now, const struct vr_event *event)
{
	struct vr_event each = *event;

	for (size_t i = 0; i < group->count; i++)
		if (!vr_may_resume(group->member[i].vr, event->silence_ns))
			each.silence_ns = INT64_MAX;
	group_give_all(group, now, &each);
}

/* ---- members that run already ---- */

bool
group_can_adopt(const struct group_member *member, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct vr *vr = member[i].vr;
		bool leaves = group_is_handing_over(vr) && vr->leaving != VRRP_REASON_OPERATOR;

		if (!vr->started || leaves || vr->state != member[0].vr->state)
			return false;
		if (count > 1 && group_is_handing_over(vr))
			return false;
	}
	return true;
}

void
group_adopt(struct group *group, struct group_member *member, size_t count)
{
	memset(group, 0, sizeof(*group));
	group->member = member;
	group->count = count;
	group->since = member[0].vr->since;
	group_share(group);
	for (size_t i = 0; i < count; i++) {
		struct vr *vr = member[i].vr;

		member[i].out.count = 0;
		vr->by_group = group_inputs_of(group, i).by_group;
		if (group->since.ns < vr->since.ns)
			group->since = vr->since;
	}
}

/* ---- what the group makes of it ---- */

/* RFC 9568 6.4.2: the wish is master only when it is every member's. */
static void
group_settle(struct group *group, mono_t now)
{
	size_t ready = 0, open = 0;

	if (group->count == 1 || group_state(group) != VRRP_BACKUP)
		return;
	for (size_t i = 0; i < group->count; i++)
		ready += group->member[i].vr->wish != VR_LISTENING;
	group_step_all(group, now, ready == group->count ? VR_STEP_GATE : VR_STEP_WAIT);
	for (size_t i = 0; i < group->count; i++)
		open += group->member[i].vr->wish == VR_OPEN;
	if (open == group->count)
		group_step_all(group, now, VR_STEP_UP);
}

static const struct vr_action *
group_find_change(const struct group_member *member)
{
	const struct vr_action *found = NULL;

	for (size_t k = 0; k < member->out.count; k++)
		if (member->out.action[k].kind == VR_ACT_STATE)
			found = &member->out.action[k];
	return found;
}

/* No RFC: the reason of the group is that of the member who began it. */
static void
group_conclude(struct group *group, enum vrrp_state before, mono_t now)
{
	group->changed = false;
	for (size_t i = 0; i < group->count; i++) {
		const struct vr_action *change = group_find_change(&group->member[i]);

		if (change == NULL || (group->changed && change->reason == VRRP_REASON_GROUP))
			continue;
		if (group->changed && group->action.reason != VRRP_REASON_GROUP)
			continue;
		group->changed = true;
		group->action = *change;
		group->action.from = before;
		group->since = now;
	}
}

void
group_handle(struct group *group, mono_t now, size_t member, const struct vr_event *event)
{
	enum vrrp_state before = group_state(group);

	for (size_t i = 0; i < group->count; i++)
		group->member[i].out.count = 0;
	switch (event->kind) {
	case VR_TIMER:
		group_timer(group, now, event);
		break;
	case VR_ADVERT:
		group_advert(group, member, now, event);
		break;
	case VR_INPUTS:
		group_inputs(group, member, now, event);
		break;
	case VR_CONF:
		group_give(group, member, now, event);
		group_share(group);
		break;
	case VR_SOURCE:
	case VR_GATE_RESULT:
		group_give(group, member, now, event);
		break;
	case VR_RESUME:
		group_resume(group, now, event);
		break;
	case VR_STARTUP:
	case VR_SHUTDOWN:
		group_give_all(group, now, event);
		break;
	case VR_GROUP:
	case VR_EVENT_COUNT:
		break;
	}
	group_settle(group, now);
	group_conclude(group, before, now);
}
