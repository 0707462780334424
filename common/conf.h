/*
 * The configuration as every process keeps it: flat records, written once, immutable after commit.
 * The config role makes them, messages carry them as they are (msg.h, CONF_* rows), conf_append()
 * checks their bounds on arrival. Runtime state never lives here.
 *
 * Records refer to each other by id, from 1; 0 means "none". The config role gives ids, and keeps them over
 * reloads: an instance and a group have theirs as long as their name is configured, a check as long as
 * it has the same name and looks at the same thing as the same user, a runner by its user and group, a
 * command by what it says. An id that was given is never given again in a daemon's life.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define CONF_NAME_MAX 64              /* 63 characters and NUL */
#define CONF_IFNAME_MAX 16            /* IFNAMSIZ */
#define CONF_TEXT_MAX 12288           /* argv, environment and writable paths of one command */
#define CONF_RECORDS_MAX 65536        /* of one kind */
#define CONF_KEY_SIZE 8               /* of a password, padded with NUL (RFC 2338 10.5.2) */
#define CONF_TEXT_SIZE_MAX (64 << 20) /* of a whole configuration, normalised */
#define CONF_PATH_MAX 1024            /* of a file or URL that a check looks at, with NUL */

/* Ranges that the configuration role's table and conf_append() share. */
#define CONF_DURATION_MAX_MS 86400000 /* of any duration: 24 hours */
#define CONF_ANNOUNCE_REPEAT_MAX 100
#define CONF_ANNOUNCE_REFRESH_MIN_MS 1000 /* unless 0 */
#define CONF_DAMPING_MAX 1000             /* fall, rise */
#define CONF_PARALLEL_MAX 10000
#define CONF_WEIGHT_MAX 253        /* and its negative */
#define CONF_DOWN_ADVERTS_MAX 255  /* master-down-adverts */
#define CONF_PROCESSES_MAX 1000000 /* count of a process check */
#define CONF_PREEMPT_DELAY_MAX_MS 86400000
#define CONF_ADDRESSES_MAX 4096    /* of one instance, advertised or not */
#define CONF_PREFERENCE_MAX 0x7fff /* of a rule */
#define CONF_MTU_MAX 65535         /* of a route */

/* How much a script may do: vrrpd.yaml(5), "sandbox". */
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

/* VRRPv2 only. */
enum conf_authentication {
	CONF_AUTHENTICATION_NONE,
	CONF_AUTHENTICATION_PASS,
	CONF_AUTHENTICATION_COUNT
};

enum conf_handover {
	CONF_HANDOVER_MAKE_BEFORE_BREAK,
	CONF_HANDOVER_IMMEDIATE,
	CONF_HANDOVER_COUNT
};

/* When before-master fails. */
enum conf_on_failure { CONF_ON_FAILURE_STAY, CONF_ON_FAILURE_PROCEED, CONF_ON_FAILURE_COUNT };

/* Which hook: those of one state run as written, ALL gets four arguments; GATE is before-master. */
enum conf_hook_slot {
	CONF_HOOK_MASTER,
	CONF_HOOK_BACKUP,
	CONF_HOOK_FAULT,
	CONF_HOOK_STOP,
	CONF_HOOK_ALL,
	CONF_HOOK_GATE,
	CONF_HOOK_SLOTS
};

/* What a check looks at. */
enum conf_check_kind {
	CONF_CHECK_COMMAND,
	CONF_CHECK_PROCESS,
	CONF_CHECK_TCP,
	CONF_CHECK_HTTP,
	CONF_CHECK_PING,
	CONF_CHECK_FILE,
	CONF_CHECK_DISK,
	CONF_CHECK_EXTERNAL,
	CONF_CHECK_KINDS
};

/* First record of a configuration: ids of the daemon's own users, and defaults. */
struct conf_global {
	char router_name[CONF_NAME_MAX];
	uint32_t engine_uid;
	uint32_t engine_gid; /* may read the control socket; the scripts' supplementary group */
	uint32_t checker_uid;
	uint32_t checker_gid;
	uint32_t stop_timeout_ms;  /* for all stop hooks together */
	uint32_t max_parallel;     /* scripts at once, per checker, 1..10000 */
	uint32_t startup_delay_ms; /* adverts are ignored that long after the start */
	/* the highest id that was ever given, here or in an earlier configuration */
	uint32_t last_group;
	uint32_t last_instance;
	uint32_t last_runner;
	uint32_t last_command;
	uint32_t last_check;
};

/*
 * One virtual router. The key is seen by engine and parent, never by a checker; nothing shows it.
 */
struct conf_instance {
	uint32_t id;
	char name[CONF_NAME_MAX];
	char interface[CONF_IFNAME_MAX];
	uint8_t vrid;               /* 1..255 */
	uint8_t family;             /* enum addr_family of the advertised addresses */
	uint8_t version;            /* 3, or 2 with IPv4 */
	uint8_t priority;           /* 1..254, 255 for the owner */
	uint8_t preempt;            /* 0 or 1 */
	uint8_t enabled;            /* 0 or 1 */
	uint8_t checksum;           /* enum conf_checksum */
	uint8_t authentication;     /* enum conf_authentication, NONE unless version 2 */
	uint8_t handover;           /* enum conf_handover */
	uint8_t on_failure;         /* enum conf_on_failure */
	uint8_t accept_mode;        /* 0 or 1 */
	uint8_t virtual_mac;        /* 0 or 1 */
	uint8_t down_adverts;       /* adverts missed until the master is down, 1..255 */
	uint8_t key[CONF_KEY_SIZE]; /* padded with NUL; all NUL without authentication */
	uint8_t retiring; /* 0 or 1: not configured any more, resigns and is then forgotten */
	uint8_t pad[2];
	uint32_t group;       /* id of its sync group, 0 = none */
	uint32_t interval_cs; /* advertisement interval, centiseconds, 1..4095; v2 100..25500 */
	uint32_t preempt_delay_ms;     /* 0.. */
	uint32_t announce_repeat;      /* announcements per address and round, 0..100 */
	uint32_t announce_interval_ms; /* between them, 1.. */
	uint32_t announce_delay_ms;    /* until the second round; 0 = no second round */
	uint32_t announce_refresh_ms;  /* every so often while master, 1000..; 0 = never */
	struct addr source;            /* source-address; ADDR_NONE = the interface's primary one */
	char virtual_interface[CONF_IFNAME_MAX]; /* of its virtual MAC; empty without one */
};

/*
 * One virtual address, in the order written. Those that are advertised are of the instance's family;
 * others may be of any.
 */
struct conf_address {
	uint32_t instance;
	struct addr addr;
	uint8_t prefix_length;
	uint8_t advertise;            /* 0 or 1 */
	uint8_t prefix_route;         /* 0 or 1 */
	uint8_t scope;                /* RT_SCOPE_*: 0 universe, 200 site, 253 link, 254 host */
	char device[CONF_IFNAME_MAX]; /* empty = the instance's interface (or its virtual MAC's) */
	char label[CONF_IFNAME_MAX];  /* IPv4; empty = none */
};

/* A unicast peer; an instance with one at least speaks unicast only. In the order of instances. */
struct conf_peer {
	uint32_t instance;
	struct addr addr; /* of the instance's family */
	uint8_t min_ttl;  /* 1..255; what arrives with less is dropped; 0 = anything goes */
	uint8_t pad[3];
};

/* What rtm_type says: a route that leads somewhere, or nowhere. */
enum conf_route_type {
	CONF_ROUTE_UNICAST,
	CONF_ROUTE_BLACKHOLE,
	CONF_ROUTE_UNREACHABLE,
	CONF_ROUTE_PROHIBIT,
	CONF_ROUTE_COUNT
};

/* A route that is installed while the instance is master. In the order of instances. */
struct conf_route {
	uint32_t instance;
	struct addr to;     /* network address; its family is the route's */
	struct addr via;    /* ADDR_NONE = none */
	struct addr source; /* preferred source; ADDR_NONE = none */
	uint8_t prefix_length;
	uint8_t type;    /* enum conf_route_type */
	uint8_t scope;   /* RT_SCOPE_*; 255 = as the kernel chooses */
	uint8_t onlink;  /* 0 or 1 */
	uint32_t table;  /* 1.., 254 = main */
	uint32_t metric; /* 0 = none */
	uint32_t mtu;    /* 0 = none */
	char device
	    [CONF_IFNAME_MAX]; /* empty = by the kernel (with via), else the instance's interface */
};

/* A policy rule that is there while the instance is master. In the order of instances. */
struct conf_rule {
	uint32_t instance;
	struct addr from; /* ADDR_NONE = any */
	struct addr to;   /* ADDR_NONE = any */
	uint8_t family;   /* enum addr_family */
	uint8_t from_length;
	uint8_t to_length;
	uint8_t pad;
	uint32_t table;      /* 1.. */
	uint32_t preference; /* 0..0x7fff; 0 = as the kernel chooses */
	uint32_t mark;
	uint32_t mask;                  /* 0 = no mark */
	char incoming[CONF_IFNAME_MAX]; /* iif; empty = any */
	char outgoing[CONF_IFNAME_MAX]; /* oif; empty = any */
};

/* One distinct (user, group) that runs commands and probes: one checker process each. */
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

/*
 * A check. command is for kind COMMAND alone, 0 otherwise; the members behind it are of the kinds
 * named, zero otherwise. A runner is there for all but EXTERNAL, which the engine keeps by itself.
 */
struct conf_check {
	uint32_t id;
	char name[CONF_NAME_MAX];
	uint32_t command;
	uint32_t runner;              /* the engine has no commands but knows the checkers */
	uint32_t interval_ms;         /* start to start, 1.. */
	uint32_t timeout_ms;          /* 1..; also that of its command */
	uint32_t fall;                /* consecutive failures until down, 1.. */
	uint32_t rise;                /* consecutive successes until up, 1.. */
	uint8_t initial;              /* enum conf_initial */
	uint8_t kind;                 /* enum conf_check_kind */
	uint16_t port;                /* TCP, HTTP: 1.. */
	struct addr addr;             /* TCP, HTTP, PING */
	char device[CONF_IFNAME_MAX]; /* PING: sent from there; empty = by the routes */
	uint32_t count_min;           /* PROCESS: at least so many … */
	uint32_t count_max;           /* … and at most so many are up */
	uint32_t expect;              /* HTTP: status 100..599; 0 = any of 200..399 */
	uint32_t free_percent;        /* DISK: 1..100; 0 = free_bytes decides */
	uint64_t free_bytes;          /* DISK */
	uint32_t expires_ms;          /* EXTERNAL: down when not set again for so long; 0 = never */
	uint32_t set_by_uid;          /* EXTERNAL: besides root; UINT32_MAX = nobody */
	uint32_t text_length;         /* of text with its NUL, 0 = none; only that much travels */
	char text[CONF_PATH_MAX];     /* PROCESS: name; HTTP: "host/path"; FILE, DISK: path */
};

/*
 * An instance, or a whole group (exactly one is not 0), depends on a check or on an interface (exactly
 * one is set). Weight 0: what fails is a fault cause.
 */
struct conf_track {
	uint32_t instance;
	uint32_t group;
	uint32_t check;   /* 0 = an interface */
	int32_t weight;   /* -253..253 */
	uint8_t invert;   /* 0 or 1: up is the fault; with a weight, its sign turns */
	uint8_t by_value; /* 0 or 1: FILE: the number in the file times the weight */
	uint8_t pad[2];
	char interface[CONF_IFNAME_MAX]; /* empty = a check */
};

/* A sync group; which instances are in it is said by them. */
struct conf_group {
	uint32_t id;
	char name[CONF_NAME_MAX];
	uint8_t retiring; /* 0 or 1: not configured any more; what is left is its hook */
	uint8_t pad[3];
};

/* What to run when an instance or a group changes. At most one record per (target, slot). */
struct conf_hook {
	uint32_t instance; /* exactly one of both is not 0 */
	uint32_t group;
	uint32_t command;
	uint32_t runner;
	uint8_t slot; /* enum conf_hook_slot; a group has no GATE */
	uint8_t pad[3];
};

/*
 * Every kind of record: X(lower, UPPER). A container keeps one array a kind, in the order of arrival;
 * those with an id arrive with ids ascending.
 */
/* clang-format off */
#define CONF_KINDS(X) \
	X(group, GROUP) \
	X(instance, INSTANCE) \
	X(address, ADDRESS) \
	X(peer, PEER) \
	X(route, ROUTE) \
	X(rule, RULE) \
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
 * order of (instance, group, slot). Names and VRIDs may occur twice. Returns -1 with errno EBADMSG
 * when a bound is broken, ENOMEM, or E2BIG above CONF_RECORDS_MAX; the configuration is then as
 * before.
 * With partial set, references to commands are not followed (the engine's view has none).
 */
int conf_append(struct conf *, enum conf_kind, const void *record, size_t size, bool partial);

/* [A-Za-z0-9][A-Za-z0-9._-]{0,62}: names of instances, checks, groups, routers. */
bool conf_name_is_valid(const char *);

/* What Linux takes for a name: 1 to 15 printable characters without '/' and ':', not "." or "..". */
bool conf_interface_is_valid(const char *);

/* Bytes of a record that travel: less than sizeof for a command and a check. */
size_t conf_record_size(enum conf_kind, const void *record);

/* NULL when there is none with that id. */
const struct conf_instance *conf_find_instance(const struct conf *, uint32_t id);
const struct conf_runner *conf_find_runner(const struct conf *, uint32_t id);
const struct conf_command *conf_find_command(const struct conf *, uint32_t id);
const struct conf_check *conf_find_check(const struct conf *, uint32_t id);
const struct conf_group *conf_find_group(const struct conf *, uint32_t id);

/* An instance with peers speaks unicast: *count of them from the one returned; NULL when it has none. */
const struct conf_peer *conf_find_peers(const struct conf *, uint32_t instance, size_t *count);

/* The addresses of an instance: *count of them from the one returned; NULL when it has none. */
const struct conf_address *conf_find_addresses(
    const struct conf *, uint32_t instance, size_t *count);

/* The hooks of an instance, or of a group (the other is 0), gate included; likewise. */
const struct conf_hook *conf_find_hooks(
    const struct conf *, uint32_t instance, uint32_t group, size_t *count);

/* By name, one that is retiring only for want of another; NULL when there is none. */
const struct conf_instance *conf_find_instance_named(const struct conf *, const char *name);

/* Points all three, each NULL-terminated (argc + 1, envc + 1, writablec + 1 places), into text. */
void conf_command_strings(
    const struct conf_command *, const char **argv, const char **envp, const char **writable);

#endif
