/*
 * Checks and hooks on their way between engine and checkers: payloads of the table in msg.h, flat as all of them.
 */
#ifndef COMMON_MSG_RUN_H
#define COMMON_MSG_RUN_H

#include <stdint.h>

#include "common/addr.h"
#include "common/conf.h"
#include "common/vrrp.h"

/*
 * Who a hook speaks of, an instance or a group (exactly one is not 0): parent to checker, for arguments
 * and environment. A group has no interface and no vrid, and the addresses of all its members.
 */
struct msg_target {
	uint32_t instance;
	uint32_t group;
	char name[CONF_NAME_MAX];
	char interface[CONF_IFNAME_MAX];
	uint8_t vrid;
	uint8_t pad[3];
	char addresses[8192]; /* "192.0.2.10/24 192.0.2.11/24", whole words, NUL-terminated */
};

/* Of an instance or of a group (exactly one is not 0). A gate is no part of the order of hooks. */
struct msg_run_hook {
	uint32_t instance;
	uint32_t group;
	uint32_t sequence; /* per daemon life of the engine; echoed */
	uint32_t command;
	uint8_t slot;     /* enum conf_hook_slot */
	uint8_t event;    /* enum vrrp_hook_event */
	uint8_t previous; /* enum vrrp_state before */
	uint8_t reason;   /* enum vrrp_reason */
	uint8_t priority; /* effective */
	uint8_t skipped_count;
	uint8_t skipped[14]; /* enum vrrp_hook_event: not delivered, oldest first */
};

/* The hook of that sequence has had time enough; exactly one of instance and group is not 0. */
struct msg_end_hook {
	uint32_t instance;
	uint32_t group;
	uint32_t sequence;
};

#define MSG_HOOK_RUNNING 0
#define MSG_HOOK_DONE 1
struct msg_hook {
	uint32_t instance;
	uint32_t group;
	uint32_t sequence;
	uint32_t command;
	uint8_t slot;
	uint8_t event;
	uint8_t phase; /* MSG_HOOK_* */
	uint8_t timed_out;
	int32_t exit_status; /* -1 when it did not exit */
	int32_t signal;      /* 0 when none */
	int32_t error;       /* errno when it could not be started, 0 */
	int64_t duration_us;
	char output[256]; /* tail, control characters replaced, NUL-terminated */
};

/* Result of a run, after damping; replayed to a new engine, as the last hooks are; then REPLAYED follows. */
struct msg_check {
	uint32_t check;
	uint8_t state;     /* enum vrrp_check_state */
	uint8_t timed_out; /* last run */
	uint8_t settled;   /* 1 = state rests on as many results as rise or fall say */
	uint8_t pad;
	int32_t exit_status; /* -1 when it did not exit; all but commands have none */
	int32_t signal;
	int32_t
	    error; /* errno of the step that failed when it could not be started, or looked at */
	char step[12]; /* that step: "fork" "exec" "sandbox" "socket"…, empty when there was none */
	int64_t last_run_ns; /* CLOCK_MONOTONIC start of the last run */
	int64_t since_ns;    /* CLOCK_MONOTONIC of the last change of state */
	int64_t duration_us;
	uint64_t runs;
	uint64_t failures;
	int64_t value;    /* of a FILE that is up: the number in it, 0 when there is none */
	char output[256]; /* tail, control characters replaced, NUL-terminated */
};

/* Once now, besides its schedule, counted nowhere. Each is answered with CHECK_RAN. */
struct msg_run_check {
	uint32_t check;
	uint32_t pad;
	uint64_t token; /* the engine's own; not 0 */
};

#define MSG_CHECK_RUNS_MAX 32 /* at once, in a checker and in the engine */
struct msg_check_ran {
	uint64_t token;
	struct msg_check result; /* of this run alone: state is what it means by itself */
};

/* A socket for echo requests of one family (raw or SOCK_DGRAM), lent to a checker that pings. */
struct msg_probe_socket {
	uint8_t family; /* enum addr_family */
	uint8_t pad[3];
};

/* The number in this file counts, not only that it is there: a track weighs it. */
struct msg_by_value {
	uint32_t check; /* of kind FILE */
};

#endif
