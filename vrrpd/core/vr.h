/*
 * One virtual router: RFC 9568 section 6.4 (and RFC 3768 section 6.4) as a function from (state,
 * event) to (state, actions). Pure: no I/O, clock, allocation, logging or globals; runs in the engine,
 * the unit tests and the simulator. Who may belong to a sync group is driven through group.h.
 *
 * Invariants. Timers are data: backup has down_at (unless its wish is not LISTENING), master has
 * advert_at, none else; release_at runs in backup after yielding and in init during a handover.
 * VR_CONF never starts one of them anew, but a master's whose interval is another one now.
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

/* How long addresses stay after a resignation: until the successor has had the time to install and
 * announce them, or until nobody can be expected to answer any more. */
#define VR_HOLD_NS (50 * NS_PER_MS)
#define VR_HOLD_PER_ADDRESS_NS (300 * NS_PER_US)
#define VR_HOLD_SILENT_NS (20 * NS_PER_MS) /* beyond one advertisement interval */
#define VR_HOLD_SILENT_MAX_NS (3 * NS_PER_S)
/* in all: a successor that is first heard at the end of these 3 s has its time, with 255 addresses */
#define VR_HOLD_MAX_NS (VR_HOLD_SILENT_MAX_NS + VR_HOLD_NS + 255 * VR_HOLD_PER_ADDRESS_NS)

/* What must succeed before the first advert as master, and what is done when it does not. */
enum vr_gate { VR_GATE_NONE, VR_GATE_STAY, VR_GATE_PROCEED };

struct vr_conf {
	uint8_t priority;         /* 1..254, 255 = owner (RFC 9568 6.1) */
	bool preempt;             /* Preempt_Mode */
	uint8_t down_adverts;     /* adverts missed until down; 3 */
	int64_t interval_ns;      /* Advertisement_Interval */
	uint8_t version;          /* 2 or 3 */
	bool handover;            /* make before break: addresses outlive a planned resignation */
	enum vr_gate gate;        /* before-master */
	uint32_t address_count;   /* the more, the longer a successor takes */
	int64_t preempt_delay_ns; /* a lower master is put up with for so long; an owner does not */
	int64_t startup_delay_ns; /* after VR_STARTUP adverts mean nothing for so long */
};

/* Of a backup: how far it is on its way to master. */
enum vr_wish {
	VR_LISTENING, /* the master down timer runs */
	VR_READY,     /* it ran out; the rest of the group is waited for */
	VR_GATING,    /* its gate runs */
	VR_OPEN       /* nothing is in the way but the rest of the group */
};

struct vr {
	struct vr_conf conf;
	enum vrrp_state state;
	enum vrrp_reason reason; /* of the last transition; GATE when one failed since */
	enum vrrp_new_master new_master_reason;
	bool started;    /* between VR_STARTUP and the end of VR_SHUTDOWN */
	bool fault;      /* input: some cause */
	bool planned;    /* input: the operator's cause: resigned for as planned */
	bool by_group;   /* input: these causes are other members' */
	bool waiting;    /* input: a check has no result yet */
	bool grouped;    /* moves to master with its group only */
	bool gated;      /* it or another member has a gate */
	bool handover;   /* it and all other members have one */
	bool holding;    /* addresses of ours may be in the kernel */
	bool saw_lower;  /* backup: a live master of lower priority was heard since entering */
	bool saw_resign; /* backup: the running timer is the skew time after a priority 0 */
	bool saw_heir;   /* handover: the successor was heard */
	bool learned;    /* backup: master_interval_ns is a master's, not the own one */
	bool at_begin;   /* backup: an owner, ready from the beginning, that its gate holds up */
	enum vr_wish wish;
	uint8_t priority;           /* effective: what adverts carry */
	uint8_t master_priority;    /* of the last accepted advert, 0 = none */
	struct addr source;         /* what our adverts are sent from; ADDR_NONE = none */
	struct addr master;         /* last accepted source; ours while master; ADDR_NONE = none */
	int64_t master_interval_ns; /* Active_Adver_Interval */
	mono_t since;               /* of the last transition */
	mono_t down_at;             /* Active_Down_Timer */
	mono_t advert_at;           /* Adver_Timer: an absolute schedule, free of drift */
	mono_t release_at;          /* no longer master: its addresses go then */
	mono_t release_limit;       /* handover: release_at is never later */
	mono_t reply_after;         /* no answer to a lower advert before */
	mono_t preempt_at; /* a lower master is put up with until then; NEVER = none heard */
	mono_t deaf_until; /* startup delay: adverts mean nothing before */
	enum vrrp_reason
	    leaving; /* handover: why; SHUTDOWN, RELOAD, or OPERATOR that ends in fault */
	uint64_t master_transitions;
};

/* clang-format off */
#define VR_EVENTS(X) \
	X(STARTUP)     /* administrative start; inputs and source were given before */ \
	X(SHUTDOWN)    /* administrative stop; a second one at once ends a handover */ \
	X(TIMER)       /* vr_deadline() has come */ \
	X(ADVERT)      /* an advert that passed all checks */ \
	X(INPUTS)      /* causes, waiting or effective priority were evaluated anew */ \
	X(SOURCE)      /* our source address is another one (or none) */ \
	X(RESUME)      /* instead of STARTUP: we were master before a crash */ \
	X(CONF)        /* another configuration: the same identity, owner or not as before */ \
	X(GATE_RESULT) /* the gate that GATE asked for last ended */ \
	X(GROUP)       /* only group.c gives it: what the group decided */

#define VR_ENUM_EVENT(name) VR_##name,
enum vr_event_kind { VR_EVENTS(VR_ENUM_EVENT) VR_EVENT_COUNT };
/* clang-format on */

struct vr_advert {
	struct addr source;
	uint8_t priority;
	int64_t interval_ns; /* Max Advertise Interval of the packet */
};

struct vr_inputs {
	bool fault;       /* some cause but the operator's */
	bool planned;     /* the operator's */
	bool by_group;    /* none of both is its own; group.c sets it */
	bool waiting;     /* a first result is missing */
	uint8_t priority; /* effective, 1..254, 255 for an owner */
};

enum vr_step {
	VR_STEP_WAIT, /* not all are ready: back to READY */
	VR_STEP_GATE, /* all are: run the gate, or be OPEN without one */
	VR_STEP_UP,   /* all are OPEN: master */
	VR_STEP_DOWN  /* another member heard a better master: backup, without priority 0 */
};

struct vr_event {
	enum vr_event_kind kind;
	union {
		struct vr_advert advert;
		struct vr_inputs inputs;
		struct addr source;
		int64_t silence_ns; /* RESUME: since our last advert */
		struct {
			bool at_once; /* no handover, and the end of one that runs */
			bool reload;  /* the configuration does not have it any more */
		} shutdown;
		const struct vr_conf *conf; /* CONF: the caller's, read at once; INPUTS follow */
		bool gate_passed;           /* GATE_RESULT */
		enum vr_step step;          /* GROUP */
	};
};

/* clang-format off */
#define VR_ACTIONS(X) \
	X(ADVERTISE) /* priority: 0 or the effective one */ \
	X(ACQUIRE)   /* install and announce the addresses */ \
	X(RELEASE)   /* remove them */ \
	X(ANNOUNCE)  /* announce them again: somebody may have learned another */ \
	X(GATE)      /* run before-master and answer GATE_RESULT; the newest one counts */ \
	X(STATE)     /* from -> to: log, count, hook when the addresses are there or gone */

#define VR_ENUM_ACTION(name) VR_ACT_##name,
enum vr_action_kind { VR_ACTIONS(VR_ENUM_ACTION) VR_ACTION_COUNT };
/* clang-format on */

struct vr_action {
	enum vr_action_kind kind;
	uint8_t priority;        /* ADVERTISE */
	enum vrrp_state from;    /* STATE */
	enum vrrp_state to;      /* STATE */
	enum vrrp_reason reason; /* STATE, and GATE: what it would be master for */
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

/* After a silence of ours that short RESUME goes on as master: the peers cannot have missed us. */
bool vr_may_resume(const struct vr *, int64_t silence_ns);

/* It resigned or yielded, and its addresses are still there for clients of the old way. */
bool vr_is_releasing(const struct vr *);

/* Skew_Time and Active_Down_Interval from the learned interval, in nanoseconds (RFC 9568 6.1; version
 * 2: RFC 3768 6.1, where the skew time does not grow with the interval). */
int64_t vr_skew_ns(const struct vr *);
int64_t vr_down_ns(const struct vr *);

const char *vr_event_name(enum vr_event_kind);
const char *vr_action_name(enum vr_action_kind);

#endif
