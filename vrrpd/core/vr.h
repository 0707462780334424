/*
 * One virtual router: RFC 9568 section 6.4 as a function from (state, event) to (state, actions).
 * Pure: no I/O, clock, allocation, logging or globals; runs in the engine, the unit tests and the
 * simulator.
 *
 * Invariants. Timers are data: at most one of down_at and advert_at is set, none in init and fault.
 * master implies no fault, a source address and, except after VR_STARTUP as owner or VR_RESUME, the
 * silence of a master down interval or a resignation. Actions are in the order in which they must be
 * carried out: the advert before the addresses, priority 0 before their removal.
 */
#ifndef CORE_VR_H
#define CORE_VR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/mono.h"
#include "common/vrrp.h"

/* Answers to a lower-priority advert: at most one in min(interval / 10, 100 ms), never more often
 * than every 10 ms. */
#define VR_REPLY_SPACING_MAX_NS (100 * NS_PER_MS)
#define VR_REPLY_SPACING_MIN_NS (10 * NS_PER_MS)

struct vr_conf {
	uint8_t priority;     /* 1..254, 255 = owner (RFC 9568 6.1) */
	bool preempt;         /* Preempt_Mode */
	uint8_t down_adverts; /* adverts missed until down; 3 */
	int64_t interval_ns;  /* Advertisement_Interval */
};

struct vr {
	struct vr_conf conf;
	enum vrrp_state state;
	enum vrrp_reason reason; /* of the last transition */
	enum vrrp_new_master new_master_reason;
	bool started;     /* between VR_STARTUP and VR_SHUTDOWN */
	bool fault;       /* input: some cause */
	bool waiting;     /* input: a check has no result yet */
	bool holding;     /* addresses of ours may be in the kernel */
	bool saw_lower;   /* backup: a live master of lower priority was heard since entering */
	bool saw_resign;  /* backup: the running timer is the skew time after a priority 0 */
	uint8_t priority; /* effective: what adverts carry */
	uint8_t master_priority;    /* of the last accepted advert, 0 = none */
	struct addr source;         /* what our adverts are sent from; ADDR_NONE = none */
	struct addr master;         /* last accepted source; ours while master; ADDR_NONE = none */
	int64_t master_interval_ns; /* Active_Adver_Interval */
	mono_t since;               /* of the last transition */
	mono_t down_at;             /* Active_Down_Timer */
	mono_t advert_at;           /* Adver_Timer: an absolute schedule, free of drift */
	mono_t reply_after;         /* no answer to a lower advert before */
	uint64_t master_transitions;
};

/* clang-format off */
#define VR_EVENTS(X) \
	X(STARTUP)  /* administrative start; inputs and source were given before */ \
	X(SHUTDOWN) /* administrative stop */ \
	X(TIMER)    /* vr_deadline() has come */ \
	X(ADVERT)   /* an advert that passed all checks */ \
	X(INPUTS)   /* fault, waiting or effective priority were evaluated anew */ \
	X(SOURCE)   /* our source address is another one (or none) */ \
	X(RESUME)   /* instead of STARTUP: we were master before a crash */

#define VR_ENUM_EVENT(name) VR_##name,
enum vr_event_kind { VR_EVENTS(VR_ENUM_EVENT) VR_EVENT_COUNT };
/* clang-format on */

struct vr_advert {
	struct addr source;
	uint8_t priority;
	int64_t interval_ns; /* Max Advertise Interval of the packet */
};

struct vr_event {
	enum vr_event_kind kind;
	union {
		struct vr_advert advert;
		struct {
			bool fault;
			bool waiting;
			uint8_t priority; /* effective, 1..254, 255 for an owner */
		} inputs;
		struct addr source;
		int64_t silence_ns; /* RESUME: since our last advert */
	};
};

/* clang-format off */
#define VR_ACTIONS(X) \
	X(ADVERTISE) /* priority: 0 or the effective one */ \
	X(ACQUIRE)   /* install and announce the addresses */ \
	X(RELEASE)   /* remove them */ \
	X(ANNOUNCE)  /* announce them again: somebody may have learned another */ \
	X(STATE)     /* from -> to: log, count, hook when ACQUIRE or RELEASE is done */

#define VR_ENUM_ACTION(name) VR_ACT_##name,
enum vr_action_kind { VR_ACTIONS(VR_ENUM_ACTION) VR_ACTION_COUNT };
/* clang-format on */

struct vr_action {
	enum vr_action_kind kind;
	uint8_t priority;        /* ADVERTISE */
	enum vrrp_state from;    /* STATE */
	enum vrrp_state to;      /* STATE */
	enum vrrp_reason reason; /* STATE */
};

#define VR_ACTIONS_MAX 8
struct vr_actions {
	size_t count;
	struct vr_action action[VR_ACTIONS_MAX];
};

/* In init, not started, without source; priority is the configured one. */
void vr_init(struct vr *, const struct vr_conf *, mono_t now);

/* Replaces *out. Events of a type that means nothing in this state change nothing. */
void vr_handle(struct vr *, mono_t now, const struct vr_event *, struct vr_actions *out);

/* When VR_TIMER is due; MONO_NEVER when no timer runs. */
mono_t vr_deadline(const struct vr *);

/* Skew_Time and Active_Down_Interval from the learned interval, in nanoseconds (RFC 9568 6.1). */
int64_t vr_skew_ns(const struct vr *);
int64_t vr_down_ns(const struct vr *);

const char *vr_event_name(enum vr_event_kind);
const char *vr_action_name(enum vr_action_kind);

#endif
