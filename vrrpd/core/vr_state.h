/*
 * What the files of one virtual router share: moving between states. Private to vr.c and
 * vr_election.c.
 */
#ifndef CORE_VR_STATE_H
#define CORE_VR_STATE_H

#include "vrrpd/core/vr.h"

/* The only place that changes the state: timers, reason, what is known of a master, the action. */
void vr_enter(
    struct vr *, mono_t now, enum vrrp_state to, enum vrrp_reason, struct vr_actions *out);

void vr_act(struct vr_actions *out, struct vr_action);

/* The effective priority, to the wire. */
void vr_advertise(const struct vr *, struct vr_actions *out);

/* Removes the addresses if there may be any. */
void vr_release(struct vr *, struct vr_actions *out);

/* Another configuration; what follows from it is the state's. */
void vr_configure(struct vr *, const struct vr_conf *);

/* Skew_Time at another priority than the present one. */
int64_t vr_skew_at(const struct vr *, uint8_t priority);

/* When a successor that was heard now has taken over, but not later than the limit. */
mono_t vr_heir_settles(const struct vr *, mono_t now, mono_t limit);

/* RFC 9568 6.4.1 (255), 6.4.2 (timer): the advert first, then the addresses. */
void vr_become_master(
    struct vr *, mono_t now, enum vrrp_reason, enum vrrp_new_master why, struct vr_actions *out);

/* The timer ran out, or an owner begins: through the gate to master, or with the group later. */
void vr_be_ready(struct vr *, mono_t now, struct vr_actions *out);

/* A cause came up in backup or master: planned for the operator's alone. */
void vr_fail(struct vr *, mono_t now, struct vr_actions *out);

/* RFC 9568 6.4.2, 6.4.3, Shutdown. */
void vr_shutdown(struct vr *, mono_t now, const struct vr_event *, struct vr_actions *out);

/* RFC 9568 6.4.2 and 6.4.3, as a whole; before is the effective priority before the event. */
void vr_handle_backup(
    struct vr *, mono_t now, const struct vr_event *, uint8_t before, struct vr_actions *out);
void vr_handle_master(
    struct vr *, mono_t now, const struct vr_event *, uint8_t before, struct vr_actions *out);

#endif
