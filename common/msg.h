/*
 * Every message between the processes, one row each: the row makes the enum, the name, the bounds of
 * the payload, whether a descriptor travels with it, and the prototype of its handler.
 *
 * Payloads are flat: fixed-width integers, no pointers, explicit padding. The receiver checks row,
 * size and descriptor before a handler sees a typed pointer (channel.h). A row reads
 *
 *	X(P, D, lower, UPPER, struct, smallest size, FD|NO_FD)
 *
 * where P and D are handed through to X. The largest size is the struct's. The payloads of checks and hooks
 * are in msg_run.h, those between vrrpctl and the engine in msg_ctl.h.
 */
#ifndef COMMON_MSG_H
#define COMMON_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/conf.h"
#include "common/msg_ctl.h"
#include "common/msg_run.h"
#include "common/vrrp.h"

#define MSG_VERSION 1      /* of the whole table; HELLO carries it */
#define MSG_SIZE_MAX 16384 /* header and payload */

struct msg_header {
	uint16_t type;
	uint16_t pad[3];
};

enum msg_fd { NO_FD, FD };

struct msg_row {
	const char *name;
	uint16_t size_min;
	uint16_t size_max;
	enum msg_fd fd;
};

/* One direction between two processes. */
struct msg_table {
	const char *name;
	const struct msg_row *rows;
	uint16_t count;
};

/* ---- payloads: start and life ---- */

struct msg_empty {
	uint32_t pad;
};

#define MSG_ROLES(X) X(ENGINE, "engine") X(CHECKER, "checker") X(CONFIG, "config")
#define MSG_ENUM_ROLE(name, word) MSG_ROLE_##name,
enum msg_role { MSG_ROLES(MSG_ENUM_ROLE) MSG_ROLE_COUNT };

/* First message to every child: who it is and what to become before it reads the next one. */
struct msg_hello {
	uint32_t version; /* MSG_VERSION */
	uint32_t role;    /* enum msg_role */
	uint32_t uid;     /* real and saved user id to take */
	uint32_t gid;
	uint32_t effective_uid; /* differs from uid in a checker: the script user */
	uint32_t effective_gid;
	uint32_t supplementary_gid;
	uint32_t debug;     /* 1 = log debug lines */
	int64_t started_ns; /* CLOCK_MONOTONIC: when the daemon's first engine was; to the engine */
	char user_name[32]; /* of effective_uid, for the title */
};

/* The descriptor to log to from now on. */
struct msg_log_socket {
	uint32_t format; /* enum log_format */
};

struct msg_heartbeat {
	uint32_t log_lost; /* 1 = the log descriptor is dead, lend a new one */
	uint32_t pad;
	uint64_t adverts_dropped; /* ADVERTISE messages lost to back-pressure, since start */
};

struct msg_shutdown {
	uint32_t at_once; /* 1 = a second request: skip what only waits */
	uint32_t
	    when_idle; /* 1 = to a checker that no configuration has any more: no check, but hooks to their end */
};

/* ---- payloads: kernel facts, parent to engine ---- */

struct msg_rx_socket {
	uint32_t ifindex;
	uint8_t family; /* enum addr_family */
	uint8_t pad[3];
	char interface[CONF_IFNAME_MAX];
};

struct msg_checker_socket {
	uint32_t runner;
};

/* Sent for every interface an instance, a track or an address names, at start and at each change. */
struct msg_link {
	char interface[CONF_IFNAME_MAX];
	uint32_t ifindex; /* 0 = there is no such interface */
	uint8_t up;       /* IFF_UP and IFF_RUNNING */
	uint8_t pad[3];
};

/* Why there is no source address: none at all, or one that the kernel does not let us use (yet). */
enum msg_source_problem {
	MSG_SOURCE_OK,
	MSG_SOURCE_NONE,
	MSG_SOURCE_TENTATIVE, /* IPv6: not known to be unique yet */
	MSG_SOURCE_DUPLICATE, /* IPv6: somebody else has it */
	MSG_SOURCE_PROBLEM_COUNT
};

/*
 * The address adverts are sent from: of instances that configure this source-address, or (wanted is
 * ADDR_NONE) of those that configure none, for which it is the primary one, in IPv6 a link-local one.
 */
struct msg_source_address {
	char interface[CONF_IFNAME_MAX];
	uint8_t family;  /* enum addr_family */
	uint8_t problem; /* enum msg_source_problem */
	uint8_t pad[2];
	struct addr wanted;
	struct addr addr; /* family ADDR_NONE = none: problem says why */
};

/* What goes with an instance's addresses. */
enum msg_extra { MSG_EXTRA_VIRTUAL_MAC, MSG_EXTRA_FILTER, MSG_EXTRA_ROUTE, MSG_EXTRA_RULE };

/* What of it is wanted and is not there. */
struct msg_lacking {
	uint32_t count;
	uint16_t first; /* the first one's place among the instance's routes or rules, from 1 */
	uint8_t kind;   /* enum msg_extra, of the first one */
	uint8_t pad;
	int32_t error; /* errno of the first one */
};

/* What became of an instance's addresses; also unasked, when something changed. */
struct msg_addresses {
	uint32_t instance;
	uint32_t sequence;  /* of the ACQUIRE or RELEASE answered; 0 = unasked */
	uint32_t installed; /* ours, in the kernel now */
	uint32_t failed;
	uint32_t foreign;  /* configured ones that were there before us and are left alone */
	uint32_t restored; /* put back after somebody removed them, since start */
	int32_t error;     /* errno of the first failure, 0 */
	struct msg_lacking lacking;
	struct addr first_failed;
	struct addr first_foreign;
};

/* This instance was master when the previous engine died. */
struct msg_resume {
	uint32_t instance;
	uint32_t pad;
	int64_t last_advert_ns; /* CLOCK_MONOTONIC: when its last advert left; 0 = never */
};

/*
 * What people did to an engine and its successor should know, kept by the parent unread: of an
 * instance or a check, one of both is 0.
 */
#define MSG_KEEP_FAULT 1 /* of an instance: the operator's cause */
#define MSG_KEEP_UP 2    /* of an external check: set up … */
#define MSG_KEEP_DOWN 4  /* … or down */
struct msg_keep {
	uint32_t instance;
	uint32_t check;
	uint32_t flags; /* 0 = nothing any more */
	uint32_t pad;
	int64_t
	    at_ns; /* CLOCK_MONOTONIC: when a fault ends, INT64_MAX = never; when a check was set */
};

/* An advert that was asked for and did not leave. */
struct msg_unsent {
	uint32_t instance;
	uint8_t priority; /* that it was to carry */
	uint8_t pad[3];
	int32_t error; /* errno */
};

/* ---- payloads: requests of the engine ---- */

struct msg_advert_item {
	uint32_t instance;
	uint8_t priority; /* 0 or 1..254; 255 for owners only */
	uint8_t pad[3];
};

#define MSG_ADVERTISE_MAX 1024
struct msg_advertise {
	int64_t
	    at_ns; /* CLOCK_MONOTONIC: what waited for too long is not sent, unless it resigns */
	uint32_t pad;
	uint32_t count;
	struct msg_advert_item item[MSG_ADVERTISE_MAX]; /* only count of them travel */
};

/* ACQUIRE, RELEASE, ANNOUNCE: sequence grows per instance, the newest request wins. */
struct msg_instance_request {
	uint32_t instance;
	uint32_t sequence;
};

struct msg_conf_end {
	uint32_t generation; /* of the records, 1 at start, each set is one more */
	uint32_t loads;      /* how often files were read with success, this time included */
};

/* ---- payloads: reload ---- */

/* An instance or a group (exactly one is not 0) that was retiring has nothing left to do. */
struct msg_retired {
	uint32_t instance;
	uint32_t group;
};

/* To the config role, behind the records of the running configuration (none at the start). */
struct msg_load {
	uint32_t sweep; /* 1 = read no files: the same again without what has retired */
};

/* Asks for a reload, or is the end of one: of every request up to this ticket. */
struct msg_reload {
	uint64_t ticket; /* the engine's own, grows; 0 = nobody asked through it */
	uint32_t failed; /* of the end: 1 = everything is as it was */
	uint32_t pad;
};

/* ---- payloads: config role ---- */

struct msg_problem {
	uint32_t is_error; /* 0 = warning */
	char text[1024];   /* "file:line:col: path: what" and NUL; only that much travels */
};

/* The configuration as text, normalised, without secrets, in a sealed memfd: a line of vrrpctl shows it. */
struct msg_config_text {
	uint32_t size; /* bytes, 0..CONF_TEXT_SIZE_MAX */
};

struct msg_config_end {
	uint32_t errors;
	uint32_t warnings;
};

/* clang-format off */
/* ---- the table ---- */

#define MSG_ROW(X, P, D, lower, UPPER, type) X(P, D, lower, UPPER, struct type, sizeof(struct type), NO_FD)
#define MSG_ROW_FD(X, P, D, lower, UPPER, type) X(P, D, lower, UPPER, struct type, sizeof(struct type), FD)
#define MSG_ROW_VAR(X, P, D, lower, UPPER, type, member) \
	X(P, D, lower, UPPER, struct type, offsetof(struct type, member), NO_FD)

/* The records of a configuration; the types of one direction are in enum conf_kind's order. */
#define MSG_CONF_ROWS(X, P, D) \
	MSG_ROW(X, P, D, conf_global, CONF_GLOBAL, conf_global) \
	MSG_ROW(X, P, D, conf_group, CONF_GROUP, conf_group) \
	MSG_ROW(X, P, D, conf_instance, CONF_INSTANCE, conf_instance) \
	MSG_ROW(X, P, D, conf_address, CONF_ADDRESS, conf_address) \
	MSG_ROW(X, P, D, conf_peer, CONF_PEER, conf_peer) \
	MSG_ROW(X, P, D, conf_route, CONF_ROUTE, conf_route) \
	MSG_ROW(X, P, D, conf_rule, CONF_RULE, conf_rule) \
	MSG_ROW(X, P, D, conf_runner, CONF_RUNNER, conf_runner) \
	MSG_ROW_VAR(X, P, D, conf_command, CONF_COMMAND, conf_command, text) \
	MSG_ROW_VAR(X, P, D, conf_check, CONF_CHECK, conf_check, text) \
	MSG_ROW(X, P, D, conf_track, CONF_TRACK, conf_track) \
	MSG_ROW(X, P, D, conf_hook, CONF_HOOK, conf_hook)

/* All that the engine can ask of root, and (last four) what asks nothing of it. */
#define MSG_ENGINE_PARENT(X, P, D) \
	MSG_ROW_VAR(X, P, D, advertise, ADVERTISE, msg_advertise, item) \
	MSG_ROW(X, P, D, acquire, ACQUIRE, msg_instance_request) \
	MSG_ROW(X, P, D, release, RELEASE, msg_instance_request) \
	MSG_ROW(X, P, D, announce, ANNOUNCE, msg_instance_request) \
	MSG_ROW(X, P, D, ready, READY, msg_conf_end) \
	MSG_ROW(X, P, D, heartbeat, HEARTBEAT, msg_heartbeat) \
	MSG_ROW(X, P, D, committed, COMMITTED, msg_conf_end) \
	MSG_ROW(X, P, D, retired, RETIRED, msg_retired) \
	MSG_ROW(X, P, D, reload, RELOAD, msg_reload) \
	MSG_ROW(X, P, D, keep, KEEP, msg_keep) \
	MSG_ROW(X, P, D, done, DONE, msg_empty)

#define MSG_PARENT_ENGINE(X, P, D) \
	MSG_ROW(X, P, D, hello, HELLO, msg_hello) \
	MSG_ROW_FD(X, P, D, log_socket, LOG_SOCKET, msg_log_socket) \
	MSG_ROW_FD(X, P, D, control_socket, CONTROL_SOCKET, msg_empty) \
	MSG_ROW_FD(X, P, D, rx_socket, RX_SOCKET, msg_rx_socket) \
	MSG_ROW_FD(X, P, D, checker_socket, CHECKER_SOCKET, msg_checker_socket) \
	MSG_ROW_FD(X, P, D, config_text, CONFIG_TEXT, msg_config_text) \
	MSG_CONF_ROWS(X, P, D) \
	MSG_ROW(X, P, D, conf_end, CONF_END, msg_conf_end) \
	MSG_ROW(X, P, D, commit, COMMIT, msg_empty) \
	MSG_ROW(X, P, D, abort, ABORT, msg_empty) \
	MSG_ROW_VAR(X, P, D, reload_line, RELOAD_LINE, msg_problem, text) \
	MSG_ROW(X, P, D, reloaded, RELOADED, msg_reload) \
	MSG_ROW(X, P, D, link, LINK, msg_link) \
	MSG_ROW(X, P, D, source_address, SOURCE_ADDRESS, msg_source_address) \
	MSG_ROW(X, P, D, addresses, ADDRESSES, msg_addresses) \
	MSG_ROW(X, P, D, resume, RESUME, msg_resume) \
	MSG_ROW(X, P, D, kept, KEPT, msg_keep) \
	MSG_ROW(X, P, D, unsent, UNSENT, msg_unsent) \
	MSG_ROW(X, P, D, shutdown, SHUTDOWN, msg_shutdown)

#define MSG_PARENT_CHECKER(X, P, D) \
	MSG_ROW(X, P, D, hello, HELLO, msg_hello) \
	MSG_ROW_FD(X, P, D, log_socket, LOG_SOCKET, msg_log_socket) \
	MSG_ROW_FD(X, P, D, engine_socket, ENGINE_SOCKET, msg_empty) \
	MSG_ROW_FD(X, P, D, probe_socket, PROBE_SOCKET, msg_probe_socket) \
	MSG_CONF_ROWS(X, P, D) \
	MSG_ROW(X, P, D, by_value, BY_VALUE, msg_by_value) \
	MSG_ROW_VAR(X, P, D, target, TARGET, msg_target, addresses) \
	MSG_ROW(X, P, D, conf_end, CONF_END, msg_conf_end) \
	MSG_ROW(X, P, D, commit, COMMIT, msg_empty) \
	MSG_ROW(X, P, D, abort, ABORT, msg_empty) \
	MSG_ROW(X, P, D, shutdown, SHUTDOWN, msg_shutdown)

#define MSG_CHECKER_PARENT(X, P, D) \
	MSG_ROW(X, P, D, ready, READY, msg_conf_end) \
	MSG_ROW(X, P, D, log_lost, LOG_LOST, msg_empty) \
	MSG_ROW(X, P, D, done, DONE, msg_empty)

#define MSG_ENGINE_CHECKER(X, P, D) \
	MSG_ROW(X, P, D, run_hook, RUN_HOOK, msg_run_hook) \
	MSG_ROW(X, P, D, end_hook, END_HOOK, msg_end_hook) \
	MSG_ROW(X, P, D, run_check, RUN_CHECK, msg_run_check)

#define MSG_CHECKER_ENGINE(X, P, D) \
	MSG_ROW(X, P, D, check, CHECK, msg_check) \
	MSG_ROW(X, P, D, hook, HOOK, msg_hook) \
	MSG_ROW(X, P, D, replayed, REPLAYED, msg_empty) \
	MSG_ROW(X, P, D, check_ran, CHECK_RAN, msg_check_ran)

#define MSG_PARENT_CONFIG(X, P, D) \
	MSG_ROW(X, P, D, hello, HELLO, msg_hello) \
	MSG_CONF_ROWS(X, P, D) \
	MSG_ROW(X, P, D, retired, RETIRED, msg_retired) \
	MSG_ROW(X, P, D, load, LOAD, msg_load)

#define MSG_CONFIG_PARENT(X, P, D) \
	MSG_CONF_ROWS(X, P, D) \
	MSG_ROW_FD(X, P, D, config_text, CONFIG_TEXT, msg_config_text) \
	MSG_ROW_VAR(X, P, D, problem, PROBLEM, msg_problem, text) \
	MSG_ROW(X, P, D, end, END, msg_config_end)

#define MSG_CTL_ENGINE(X, P, D) \
	MSG_ROW(X, P, D, hello, HELLO, msg_ctl_hello) \
	MSG_ROW(X, P, D, show, SHOW, msg_ctl_show) \
	MSG_ROW(X, P, D, operate, OPERATE, msg_ctl_operate)

#define MSG_ENGINE_CTL(X, P, D) \
	MSG_ROW(X, P, D, hello, HELLO, msg_ctl_hello) \
	MSG_ROW(X, P, D, status, STATUS, msg_status) \
	MSG_ROW(X, P, D, instance, INSTANCE, msg_status_instance) \
	MSG_ROW(X, P, D, address, ADDRESS, msg_status_address) \
	MSG_ROW(X, P, D, fault, FAULT, msg_status_fault) \
	MSG_ROW(X, P, D, track, TRACK, msg_status_track) \
	MSG_ROW(X, P, D, check, CHECK, msg_status_check) \
	MSG_ROW(X, P, D, transition, TRANSITION, msg_status_transition) \
	MSG_ROW(X, P, D, problem, PROBLEM, msg_status_problem) \
	MSG_ROW(X, P, D, end, END, msg_ctl_end) \
	MSG_ROW(X, P, D, group, GROUP, msg_status_group) \
	MSG_ROW(X, P, D, member, MEMBER, msg_status_member) \
	MSG_ROW(X, P, D, hook, HOOK, msg_status_hook) \
	MSG_ROW(X, P, D, explanation, EXPLANATION, msg_status_explanation) \
	MSG_ROW(X, P, D, ran, RAN, msg_status_ran) \
	MSG_ROW(X, P, D, effect, EFFECT, msg_status_effect) \
	MSG_ROW_VAR(X, P, D, text, TEXT, msg_status_text, text)

/* Every direction: X(rows, PREFIX of the enum, lower name). */
#define MSG_DIRECTIONS(X) \
	X(MSG_ENGINE_PARENT, ENGINE_PARENT, engine_parent) \
	X(MSG_PARENT_ENGINE, PARENT_ENGINE, parent_engine) \
	X(MSG_PARENT_CHECKER, PARENT_CHECKER, parent_checker) \
	X(MSG_CHECKER_PARENT, CHECKER_PARENT, checker_parent) \
	X(MSG_ENGINE_CHECKER, ENGINE_CHECKER, engine_checker) \
	X(MSG_CHECKER_ENGINE, CHECKER_ENGINE, checker_engine) \
	X(MSG_PARENT_CONFIG, PARENT_CONFIG, parent_config) \
	X(MSG_CONFIG_PARENT, CONFIG_PARENT, config_parent) \
	X(MSG_CTL_ENGINE, CTL_ENGINE, ctl_engine) \
	X(MSG_ENGINE_CTL, ENGINE_CTL, engine_ctl)

#define MSG_ENUM_TYPE(P, D, lower, UPPER, type, min, fd) P##_##UPPER,
#define MSG_ENUM_DIRECTION(ROWS, P, lower) \
	enum msg_##lower { ROWS(MSG_ENUM_TYPE, P, ) P##_COUNT }; \
	extern const struct msg_table msg_table_##lower;
MSG_DIRECTIONS(MSG_ENUM_DIRECTION)
/* clang-format on */

/*
 * In a receiver: MSG_RECEIVER(MSG_ENGINE_PARENT, priv, ENGINE_PARENT) declares a static
 * handler priv_on_NAME(ctx, message, size, fd) for each row, which must then be written, and defines
 * priv_dispatch() for channel_open(). Handlers return 0, or -1 when the peer broke protocol; they own
 * fd (-1 in rows without).
 */
/* clang-format off */
#define MSG_HANDLER_PROTOTYPE(P, D, lower, UPPER, type, min, fd) \
	static int P##_on_##lower(void *, const type *, size_t, int);
#define MSG_HANDLER_CASE(P, D, lower, UPPER, type, min, fd_policy) \
	case D##_##UPPER: \
		return P##_on_##lower(ctx, (const type *)payload, size, fd);
#define MSG_RECEIVER(ROWS, P, D) \
	ROWS(MSG_HANDLER_PROTOTYPE, P, D) \
	static int P##_dispatch(void *ctx, uint16_t msg_type, const void *payload, size_t size, int fd) \
	{ \
		switch (msg_type) { \
			ROWS(MSG_HANDLER_CASE, P, D) \
		} \
		return -1; \
	}
/* clang-format on */

/* The row of a type, NULL when the direction has none or the size is not its. */
const struct msg_row *msg_row_check(const struct msg_table *, uint16_t type, size_t payload_size);

#endif
