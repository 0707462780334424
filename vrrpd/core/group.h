/*
 * The election object: a sync group, or an instance by itself, which is a group of one. Everything an
 * instance meets goes through group_handle(). Pure, as vr.h.
 *
 * Members move together: to master when the master down timer of each has run out and each gate has
 * been passed, to backup when any of them hears a better master (the others without priority 0), to
 * fault when any of them has a cause (priority 0 by each that was master). After each group_handle()
 * all are in the same state.
 *
 * When groups change while their members run, a new group adopts those that are in the same state; the
 * others are stopped and started.
 */
#ifndef CORE_GROUP_H
#define CORE_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/mono.h"
#include "vrrpd/core/vr.h"

struct group_member {
	struct vr *vr;           /* the caller's, after vr_init() or from another group */
	struct vr_inputs inputs; /* its own, as given by the last VR_INPUTS */
	struct vr_actions out;   /* what it must do after the last group_handle() */
};

struct group {
	struct group_member *member; /* the caller's, count of them */
	size_t count;
	bool changed;            /* in the last group_handle(): action is what changed */
	struct vr_action action; /* STATE of the group as a whole, for its hooks */
	mono_t since;            /* of that change, of group_init(), or of what was adopted */
};

/*
 * Only vr is set in the members, at least one. What can only be done together is taken from all: a
 * handover needs every member's conf to say so.
 */
void group_init(struct group *, struct group_member *, size_t count, mono_t now);

/*
 * May these, of which vr is set, be one group without a change of state? All started, all alike in
 * backup, master, fault or waiting in init; a single one unless it is stopping.
 */
bool group_can_adopt(const struct group_member *, size_t count);

/*
 * A group of members that run: group_can_adopt() said so; vr and inputs are set. States, timers and
 * inputs are kept. VR_CONF to each member (the same configuration will do) must follow, which has
 * those on their way to master go on, then VR_INPUTS, which has causes be those of the new group.
 */
void group_adopt(struct group *, struct group_member *, size_t count);

/*
 * VR_ADVERT, VR_INPUTS, VR_SOURCE, VR_CONF and VR_GATE_RESULT are of that member; VR_STARTUP, VR_SHUTDOWN,
 * VR_RESUME (with the longest silence) and VR_TIMER are of all, whichever is named. VR_GROUP is not
 * for callers. Replaces out of all members.
 */
void group_handle(struct group *, mono_t now, size_t member, const struct vr_event *);

/* When VR_TIMER is due; MONO_NEVER when no timer runs. */
mono_t group_deadline(const struct group *);

/* That of its members. */
enum vrrp_state group_state(const struct group *);

#endif
