/*
 * What vrrpctl and the engine say to each other: payloads of the table in msg.h, flat as all of them.
 */
#ifndef COMMON_MSG_CTL_H
#define COMMON_MSG_CTL_H

#include <stdint.h>

#include "common/addr.h"
#include "common/conf.h"
#include "common/msg_run.h"
#include "common/vrrp.h"

struct msg_ctl_hello {
	uint32_t version; /* MSG_VERSION */
	char program[28];
};

/* What to list. Answer: one STATUS, then the objects asked for (of CONFIG: TEXTs), then END. */
enum msg_show { MSG_SHOW_ALL, MSG_SHOW_INSTANCE, MSG_SHOW_CONFIG, MSG_SHOW_COUNT };

struct msg_ctl_show {
	uint32_t what;            /* enum msg_show */
	char name[CONF_NAME_MAX]; /* for MSG_SHOW_INSTANCE */
};

/*
 * What is to be done, or to be said of one object. EXPLAIN is answered with STATUS, EXPLANATIONs and END;
 * CHECK_RUN with STATUS and CHECK at once, with RAN and EFFECTs when it has run, and END; RELOAD with STATUS
 * at once and, when it is to be waited for, with an EXPLANATION for each line of its result and END when
 * it has one; the others with STATUS and END. When END says MSG_CTL_FAILED, an EXPLANATION before it says
 * why.
 */
enum msg_operation {
	MSG_OPERATION_CHECK_SET,
	MSG_OPERATION_CHECK_RUN,
	MSG_OPERATION_FAULT,
	MSG_OPERATION_CLEAR,
	MSG_OPERATION_EXPLAIN,
	MSG_OPERATION_RELOAD,
	MSG_OPERATION_COUNT
};

struct msg_ctl_operate {
	uint32_t operation;  /* enum msg_operation */
	uint32_t up;         /* CHECK_SET: 0 or 1; RELOAD: 1 = to wait for its result; else 0 */
	int64_t duration_ns; /* FAULT: 1.., 0 = until it is cleared; else 0 */
	char name[CONF_NAME_MAX]; /* of a check or an instance; empty for RELOAD alone */
};

enum msg_ctl_result { MSG_CTL_OK, MSG_CTL_NO_SUCH_OBJECT, MSG_CTL_PERMISSION, MSG_CTL_FAILED };

struct msg_ctl_end {
	uint32_t result; /* enum msg_ctl_result */
};

/* clang-format off */
/* Counters of one instance, in the order and by the names of vrrpctl(8) (RFC 8347). */
#define MSG_INSTANCE_COUNTERS(X) \
	X(advertisement_rcvd) \
	X(advertisement_sent) \
	X(master_transitions) \
	X(priority_zero_pkts_rcvd) \
	X(priority_zero_pkts_sent) \
	X(interval_errors) \
	X(address_list_errors) \
	X(packet_length_errors) \
	X(ip_ttl_errors) \
	X(checksum_errors) \
	X(version_errors) \
	X(invalid_type_pkts_rcvd) \
	X(auth_errors) \
	X(own_source_pkts_rcvd) \
	X(unicast_source_errors) \
	X(delivery_mode_errors)

/* Counters of packets that belong to no instance of ours. */
#define MSG_GLOBAL_COUNTERS(X) X(version_errors) X(checksum_errors) X(packet_length_errors)
/* clang-format on */

#define MSG_COUNTER_FIELD(name) uint64_t name;
struct msg_instance_counters {
	MSG_INSTANCE_COUNTERS(MSG_COUNTER_FIELD)
};
struct msg_global_counters {
	MSG_GLOBAL_COUNTERS(MSG_COUNTER_FIELD)
};

struct msg_status {
	char router_name[CONF_NAME_MAX];
	uint32_t generation;
	uint32_t pad;
	int64_t time_ns; /* CLOCK_MONOTONIC, as all times of the answer */
	struct msg_global_counters counters;
};

struct msg_status_instance {
	uint32_t id;
	char name[CONF_NAME_MAX];
	char interface[CONF_IFNAME_MAX];
	uint8_t family;
	uint8_t vrid;
	uint8_t version;
	uint8_t state;  /* enum vrrp_state */
	uint8_t reason; /* enum vrrp_reason */
	uint8_t priority;
	uint8_t effective_priority;
	uint8_t new_master_reason; /* enum vrrp_new_master */
	uint8_t preempt;
	uint8_t enabled;
	uint8_t pad[2];
	uint32_t group;     /* 0 = none */
	struct addr master; /* ADDR_NONE = none known; our own source while master */
	struct addr source; /* ours */
	int64_t since_ns;
	int64_t next_timer_ns; /* INT64_MAX when none runs */
	int64_t advertise_interval_ns;
	int64_t master_advertise_interval_ns;
	int64_t master_down_interval_ns;
	int64_t skew_time_ns;
	struct msg_instance_counters counters;
};

struct msg_status_address {
	uint32_t instance;
	struct addr addr;
	uint8_t prefix_length;
	uint8_t pad[3];
};

/* One fault cause, words with their object: "interface-down eth0". */
struct msg_status_fault {
	uint32_t instance;
	uint32_t pad;
	int64_t since_ns;
	char text[96];
};

struct msg_status_track {
	uint32_t instance;
	uint32_t check;
	int32_t weight;   /* 0 = what fails is a fault cause */
	uint8_t by_value; /* 1 = times the number in the file */
	uint8_t invert;   /* 1 = failing is what succeeds */
	uint8_t pad[2];
};

struct msg_status_check {
	char name[CONF_NAME_MAX];
	struct msg_check last; /* last.check is the id */
	uint32_t interval_ms;
	uint32_t fall;
	uint32_t rise;
	uint32_t timeout_ms; /* of one run */
};

/* A sync group, and one of its members for each MEMBER behind it. */
struct msg_status_group {
	uint32_t id;
	uint8_t state; /* enum vrrp_state */
	uint8_t pad[3];
	int64_t since_ns;
	char name[CONF_NAME_MAX];
};

struct msg_status_member {
	uint32_t group;
	char name[CONF_NAME_MAX]; /* of the instance */
};

/* The hooks of an instance or a group, or (slot of last is GATE) an instance's before-master. */
struct msg_status_hook {
	struct msg_hook last;     /* whose, and how the last one ended; sequence 0 = none has */
	int64_t started_ns;       /* of the last one; 0 = not known: an earlier engine ran it */
	int64_t running_since_ns; /* of the one that runs; 0 = none, or not known */
	uint8_t runs;             /* 1 = one runs */
	uint8_t running;          /* enum vrrp_hook_event of it */
	uint8_t waits;            /* 1 = a change waits to be told */
	uint8_t waiting;          /* enum vrrp_hook_event of it */
	uint8_t pad[4];
};

/* One line of an explanation. */
struct msg_status_explanation {
	uint32_t blocks; /* 1 = it stands between the instance and being master */
	char text[1020]; /* NUL-terminated */
};

/* A check was run once, counted nowhere. */
struct msg_status_ran {
	struct msg_check
	    result; /* of this run: its state is what follows when it goes on like that */
};

/* What would follow for an instance that tracks the check; now and then. */
struct msg_status_effect {
	char name[CONF_NAME_MAX]; /* of the instance */
	uint8_t fault;            /* 0 or 1: in fault, for whatever cause */
	uint8_t fault_then;
	uint8_t waiting; /* 0 or 1: some check has no result yet */
	uint8_t waiting_then;
	uint8_t priority; /* effective */
	uint8_t priority_then;
	uint8_t pad[2];
};

/* The last transitions of an instance, oldest first. */
struct msg_status_transition {
	uint32_t instance;
	uint8_t from;
	uint8_t to;
	uint8_t reason;
	uint8_t pad;
	int64_t at_ns;
};

/* clang-format off */
#define MSG_PROBLEM_KINDS(X) \
	X(CHECK, "check") X(INTERFACE, "interface") X(CONFLICT, "conflict") X(PEER, "peer") \
	X(ADDRESS, "address") X(HOOK, "hook") X(OPERATOR, "operator") X(GROUP, "group")
#define MSG_ENUM_PROBLEM(name, word) MSG_PROBLEM_##name,
enum msg_problem_kind { MSG_PROBLEM_KINDS(MSG_ENUM_PROBLEM) MSG_PROBLEM_KIND_COUNT };
/* clang-format on */

struct msg_status_problem {
	uint32_t kind; /* enum msg_problem_kind */
	char object[CONF_NAME_MAX];
	char text[388]; /* NUL-terminated */
};

/* A piece of the configuration's text, of whole and cut lines alike. */
struct msg_status_text {
	char text[8192]; /* not terminated; only what there is travels */
};

#endif
