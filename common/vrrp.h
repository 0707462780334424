/*
 * The words of the field, each written once: states, reasons, events of hooks, states of checks.
 * Pure; the numbers travel in messages, the words are what people and scripts see.
 */
#ifndef COMMON_VRRP_H
#define COMMON_VRRP_H

#include <stdint.h>

#define VRRP_PROTOCOL 112             /* IP protocol number, RFC 9568 5.1.1.4 */
#define VRRP_TTL 255                  /* RFC 9568 5.1.1.3 */
#define VRRP_PRIORITY_RESIGN 0        /* RFC 9568 5.2.4 */
#define VRRP_PRIORITY_OWNER 255       /* RFC 9568 5.2.4 */
#define VRRP_INTERVAL_CS_MAX 4095     /* centiseconds, RFC 9568 5.2.7 */
#define VRRP_INTERVAL_V2_CS_MAX 25500 /* whole seconds to 255, RFC 3768 5.3.7 */
#define VRRP_ADDRESSES_MAX 255        /* in one advert, RFC 9568 5.2.5 */

/* clang-format off */
/* init is RFC 9568's Initialize, master its Active; fault is Initialize for a local cause. */
#define VRRP_STATES(X) X(INIT, "init") X(BACKUP, "backup") X(MASTER, "master") X(FAULT, "fault")

#define VRRP_REASONS(X) \
	X(STARTUP, "startup") \
	X(SHUTDOWN, "shutdown") \
	X(MASTER_DOWN_TIMER, "master-down-timer") \
	X(PRIORITY_ZERO, "priority-zero") \
	X(PREEMPTED, "preempted") \
	X(HIGHER_PRIORITY, "higher-priority") \
	X(EQUAL_PRIORITY_HIGHER_ADDRESS, "equal-priority-higher-address") \
	X(FAULT, "fault") \
	X(FAULT_CLEARED, "fault-cleared") \
	X(OPERATOR, "operator") \
	X(GROUP, "group") \
	X(HANDOVER, "handover") \
	X(RELOAD, "reload") \
	X(RESUME, "resume") \
	X(GATE, "gate")

/* RFC 6527 vrrpv3OperationsNewMasterReason. */
#define VRRP_NEW_MASTER_REASONS(X) \
	X(NOT_MASTER, "not-master") \
	X(PRIORITY, "priority") \
	X(PREEMPTED, "preempted") \
	X(NO_RESPONSE, "no-response")

#define VRRP_HOOK_EVENTS(X) \
	X(MASTER, "MASTER") X(BACKUP, "BACKUP") X(FAULT, "FAULT") X(STOP, "STOP")

#define VRRP_CHECK_STATES(X) \
	X(UNKNOWN, "unknown") X(UP, "up") X(DOWN, "down") X(BROKEN, "broken")

#define VRRP_ENUM_STATE(name, word) VRRP_##name,
#define VRRP_ENUM_REASON(name, word) VRRP_REASON_##name,
#define VRRP_ENUM_NEW_MASTER(name, word) VRRP_NEW_MASTER_##name,
#define VRRP_ENUM_HOOK(name, word) VRRP_HOOK_##name,
#define VRRP_ENUM_CHECK(name, word) VRRP_CHECK_##name,

enum vrrp_state { VRRP_STATES(VRRP_ENUM_STATE) VRRP_STATE_COUNT };
enum vrrp_reason { VRRP_REASONS(VRRP_ENUM_REASON) VRRP_REASON_COUNT };
enum vrrp_new_master { VRRP_NEW_MASTER_REASONS(VRRP_ENUM_NEW_MASTER) VRRP_NEW_MASTER_COUNT };
enum vrrp_hook_event { VRRP_HOOK_EVENTS(VRRP_ENUM_HOOK) VRRP_HOOK_COUNT };
enum vrrp_check_state { VRRP_CHECK_STATES(VRRP_ENUM_CHECK) VRRP_CHECK_COUNT };
/* clang-format on */

/* The word for a value; "?" for a value out of range (it may come from another process). */
const char *vrrp_state_name(uint32_t);
const char *vrrp_reason_name(uint32_t);
const char *vrrp_new_master_name(uint32_t);
const char *vrrp_hook_event_name(uint32_t);
const char *vrrp_check_state_name(uint32_t);

#endif
