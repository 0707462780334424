/*
 * The configuration as every process keeps it: flat records, written once, immutable after commit.
 * The config role makes them, messages carry them as they are (msg.h, CONF_* rows), conf_append()
 * checks their bounds on arrival. Runtime state never lives here.
 *
 * Records refer to each other by id. An id is given once per name by the process that loads the
 * configuration, starts at 1, and 0 means "none".
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define CONF_NAME_MAX 64       /* 63 characters and NUL */
#define CONF_IFNAME_MAX 16     /* IFNAMSIZ */
#define CONF_TEXT_MAX 12288    /* argv, environment and writable paths of one command */
#define CONF_RECORDS_MAX 65536 /* of one kind */

/* Ranges that the configuration role's table and conf_append() share. */
#define CONF_DURATION_MAX_MS 86400000 /* of any duration: 24 hours */
#define CONF_ANNOUNCE_REPEAT_MAX 100
#define CONF_ANNOUNCE_REFRESH_MIN_MS 1000 /* unless 0 */
#define CONF_DAMPING_MAX 1000             /* fall, rise */
#define CONF_PARALLEL_MAX 10000

/* How much a script may do: CONFIG.md "Sandbox". */
enum conf_sandbox {
	CONF_SANDBOX_STRICT,
	CONF_SANDBOX_STANDARD,
	CONF_SANDBOX_OFF,
	CONF_SANDBOX_COUNT
};

enum conf_initial { CONF_INITIAL_UNKNOWN, CONF_INITIAL_UP, CONF_INITIAL_DOWN, CONF_INITIAL_COUNT };

/* v3/IPv4 transmit checksum; AUTO is PSEUDO_HEADER. */
enum conf_checksum {
	CONF_CHECKSUM_AUTO,
	CONF_CHECKSUM_PSEUDO_HEADER,
	CONF_CHECKSUM_MESSAGE_ONLY,
	CONF_CHECKSUM_COUNT
};

/* Which hook: those of one state run as written, ALL gets four arguments. */
enum conf_hook_slot {
	CONF_HOOK_MASTER,
	CONF_HOOK_BACKUP,
	CONF_HOOK_FAULT,
	CONF_HOOK_STOP,
	CONF_HOOK_ALL,
	CONF_HOOK_SLOTS
};

/* First record of a configuration: ids of the daemon's own users, and defaults. */
struct conf_global {
	char router_name[CONF_NAME_MAX];
	uint32_t engine_uid;
	uint32_t engine_gid; /* may read the control socket; the scripts' supplementary group */
	uint32_t checker_uid;
	uint32_t checker_gid;
	uint32_t stop_timeout_ms; /* for all stop hooks together */
	uint32_t max_parallel;    /* scripts at once, per checker, 1..10000 */
};

struct conf_instance {
	uint32_t id;
	char name[CONF_NAME_MAX];
	char interface[CONF_IFNAME_MAX];
	uint8_t vrid;     /* 1..255 */
	uint8_t family;   /* enum addr_family of the advertised addresses */
	uint8_t version;  /* 3 */
	uint8_t priority; /* 1..254, 255 for the owner */
	uint8_t preempt;  /* 0 or 1 */
	uint8_t enabled;  /* 0 or 1 */
	uint8_t checksum; /* enum conf_checksum */
	uint8_t pad;
	uint32_t interval_cs;          /* advertisement interval, centiseconds, 1..4095 */
	uint32_t announce_repeat;      /* gratuitous ARPs per address and round, 0..100 */
	uint32_t announce_interval_ms; /* between them, 1.. */
	uint32_t announce_delay_ms;    /* until the second round; 0 = no second round */
	uint32_t announce_refresh_ms;  /* every so often while master, 1000..; 0 = never */
};

/* One virtual address, in the order written. */
struct conf_address {
	uint32_t instance;
	struct addr addr;
	uint8_t prefix_length;
	uint8_t pad[3];
};

/* One distinct (user, group) that runs commands: one checker process each. */
struct conf_runner {
	uint32_t id;
	uint32_t uid;
	uint32_t gid;
	char name[32]; /* user name, for the process title and messages */
};

/*
 * A command line. text holds argc arguments, then envc "KEY=value" strings, then writablec paths,
 * each ended by NUL, text_length bytes in all; only that part of text travels.
 */
struct conf_command {
	uint32_t id;
	uint32_t runner;
	uint32_t timeout_ms; /* 1.. */
	uint8_t sandbox;     /* enum conf_sandbox */
	uint8_t pad;
	uint16_t argc; /* 1.. */
	uint16_t envc;
	uint16_t writablec;
	uint32_t text_length;
	char text[CONF_TEXT_MAX];
};

struct conf_check {
	uint32_t id;
	char name[CONF_NAME_MAX];
	uint32_t command;
	uint32_t runner; /* of the command: the engine has no commands but knows the checkers */
	uint32_t interval_ms; /* start to start, 1.. */
	uint32_t timeout_ms;  /* of its command, 1.. */
	uint32_t fall;        /* consecutive failures until down, 1.. */
	uint32_t rise;        /* consecutive successes until up, 1.. */
	uint8_t initial;      /* enum conf_initial */
	uint8_t pad[3];
};

/* An instance depends on a check: a failure is a fault cause. */
struct conf_track {
	uint32_t instance;
	uint32_t check;
};

/* What to run when an instance changes. At most one record per (instance, slot). */
struct conf_hook {
	uint32_t instance;
	uint32_t command;
	uint32_t runner;
	uint8_t slot; /* enum conf_hook_slot */
	uint8_t pad[3];
};

/*
 * Every kind of record: X(lower, UPPER, struct, has an id of its own). A container keeps one array a
 * kind, in the order of arrival; those with an id arrive with ids ascending.
 */
/* clang-format off */
#define CONF_KINDS(X) \
	X(instance, INSTANCE) \
	X(address, ADDRESS) \
	X(runner, RUNNER) \
	X(command, COMMAND) \
	X(check, CHECK) \
	X(track, TRACK) \
	X(hook, HOOK)

#define CONF_ENUM(lower, UPPER) CONF_##UPPER,
enum conf_kind { CONF_GLOBAL, CONF_KINDS(CONF_ENUM) CONF_KIND_COUNT };

struct conf {
	struct conf_global global;
#define CONF_ARRAY(lower, UPPER) \
	struct conf_##lower *lower; \
	size_t lower##_count;
	CONF_KINDS(CONF_ARRAY)
#undef CONF_ARRAY
};
/* clang-format on */

void conf_init(struct conf *);
void conf_free(struct conf *); /* also re-initialises */

/*
 * Appends one record that came from another process, after checking size, text termination, ranges,
 * ascending ids and that what it refers to is there; the global record comes first, hooks in the
 * order of (instance, slot). Names and VRIDs may occur twice. Returns -1 with errno EBADMSG when a
 * bound is broken, ENOMEM, or E2BIG above CONF_RECORDS_MAX; the configuration is then as before.
 * With partial set, references to commands are not followed (the engine's view has none).
 */
int conf_append(struct conf *, enum conf_kind, const void *record, size_t size, bool partial);

/* [A-Za-z0-9][A-Za-z0-9._-]{0,62}: names of instances, checks, routers. */
bool conf_name_is_valid(const char *);

/* What Linux takes for a name: 1 to 15 printable characters without '/' and ':', not "." or "..". */
bool conf_interface_is_valid(const char *);

/* Bytes of a record that travel: less than sizeof for a command. */
size_t conf_record_size(enum conf_kind, const void *record);

/* NULL when there is none with that id. */
const struct conf_instance *conf_find_instance(const struct conf *, uint32_t id);
const struct conf_runner *conf_find_runner(const struct conf *, uint32_t id);
const struct conf_command *conf_find_command(const struct conf *, uint32_t id);
const struct conf_check *conf_find_check(const struct conf *, uint32_t id);

/* By name; NULL when there is none. */
const struct conf_instance *conf_find_instance_named(const struct conf *, const char *name);

/* Points all three, each NULL-terminated (argc + 1, envc + 1, writablec + 1 places), into text. */
void conf_command_strings(
    const struct conf_command *, const char **argv, const char **envp, const char **writable);

#endif
