/*
 * A configuration as it was written: every value with its place in its file; config role and `vrrpd
 * -n`.
 *
 * include.c reads the files (yaml.c) and fills it (decode.c by the tables of schema.c), check.c and
 * files.c judge it, print.c writes it down, pack.c turns it into the flat records of common/conf.h.
 * All memory belongs to the struct config and goes with it; running out of memory ends the process.
 */
#ifndef VRRPD_CONF_CONFIG_H
#define VRRPD_CONF_CONFIG_H

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/addr.h"
#include "common/conf.h"

/* Users of the daemon's own, etc/sysusers.d. */
#define CONFIG_USER_ENGINE "_vrrpd"
#define CONFIG_USER_CHECKER "_vrrpd_checker"
#define CONFIG_USER_SCRIPT "_vrrpd_script"
#define CONFIG_USER_NAME_MAX 32 /* with NUL: what fits conf_runner */

#define CONFIG_FILES_MAX 16384 /* the one on the command line and those it includes */

/* Where something is written; from 1, line 0 = nowhere: it was not written. */
struct config_at {
	uint32_t line;
	uint32_t column;
	uint32_t file; /* index into the files of the configuration, 0 = that of the command line */
};

/* A file that was read. */
struct config_file {
	RB_ENTRY(config_file) entry;
	const char *name;          /* as messages have it */
	struct config_at included; /* line 0 = by the command line */
	dev_t device;              /* once it was opened, as inode */
	ino_t inode;
	mode_t mode; /* 0 = from a pipe, which is nobody else's */
};
RB_HEAD(config_files, config_file);

#define CONFIG_TABLE_MAIN 254 /* number of the main routing table */

#define CONFIG_BAD INT64_MIN  /* written, but no value: has been complained about */
#define CONFIG_INHERITED (-1) /* not written: another value decides */

/* A boolean, integer, duration (milliseconds) or index into the words of its key. */
struct config_number {
	int64_t value;
	struct config_at at;
};

struct config_text {
	const char *text; /* NULL when not written, or bad */
	struct config_at at;
};

struct config_list {
	struct config_text *item;
	size_t count;
	struct config_at at;
};

/*
 * Things written one after the other or by name. Generic code uses items; everybody else a list of
 * the type, which has the same members.
 */
struct config_items {
	void *item;
	size_t count;
	size_t capacity;
	struct config_at at;
};
#define CONFIG_ITEMS(type) \
	union { \
		struct config_items items; \
		struct { \
			struct type *item; \
			size_t count; \
			size_t capacity; \
			struct config_at at; \
		}; \
	}

/* An address and the length of its network, as far as its key wants one. */
struct config_prefix {
	struct addr addr; /* ADDR_NONE when not written, bad, or "default" */
	uint8_t length;   /* without one: that of a host */
	bool is_default;  /* all there is, of the family that the rest says */
	struct config_at at;
};

/* What packets are marked with; mask 0 = nothing was written. */
struct config_mark {
	uint32_t mark;
	uint32_t mask;
	struct config_at at;
};

/* A server that a check asks. */
struct config_server {
	struct addr addr;
	uint16_t port;
	const char *request; /* http: what goes behind "http://", with a path; tcp: NULL */
	struct config_at at;
};

/* How much of a disk must be free: one of both. */
struct config_free {
	uint32_t percent;
	uint64_t bytes;
	struct config_at at;
};

struct config_pair {
	const char *key;
	const char *value;
	struct config_at at;
};

struct config_environment {
	struct config_pair *item;
	size_t count;
	struct config_at at;
};

/* A "user" or "user:group" that runs commands; one for each way of writing it. */
struct config_user {
	RB_ENTRY(config_user) entry;
	const char *text;
	struct config_at at; /* first use */
	const char *path;    /* of the first use */
	char name[CONFIG_USER_NAME_MAX];
	bool known; /* uid and gid were found */
	uid_t uid;
	gid_t gid;
	uint32_t runner; /* id of the record, given by pack.c */
};
RB_HEAD(config_users, config_user);

/* What is written of a command; user and text are filled by check.c. */
struct config_command {
	struct config_list argv;
	struct config_text run_as;
	struct config_number timeout;
	struct config_number sandbox; /* enum conf_sandbox */
	struct config_list writable;
	struct config_environment environment;

	bool is_check;
	const char *path; /* in the configuration, for messages */
	struct config_user *user;
	char *text; /* as in struct conf_command */
	size_t text_length;
	struct config_command *same; /* the first one that does the same; itself in that one */
	RB_ENTRY(config_command) entry;
	uint32_t id; /* of the record, given by pack.c; 0 = none yet */
};
RB_HEAD(config_commands, config_command);

/* Mappings that stand for themselves begin with their place. */
struct config_scripts {
	struct config_at at;
	struct config_text run_as;
	struct config_number timeout;
	struct config_number stop_timeout;
	struct config_number max_parallel;
};

struct config_global {
	struct config_at at;
	struct config_text router_name;
	struct config_number startup_delay;
	struct config_list include; /* patterns */
	struct config_scripts scripts;
};

struct config_count {
	struct config_at at;
	struct config_number min;
	struct config_number max;
};

struct config_disk {
	struct config_at at;
	struct config_text path;
	struct config_free free;
};

/* What checks, instances and groups begin with. */
struct config_named {
	const char *name;
	struct config_at at;
};

struct config_check {
	const char *name;
	struct config_at at;
	bool bad;                  /* not a mapping: has been complained about */
	enum conf_check_kind kind; /* found by check_probe.c; CONF_CHECK_KINDS = none or several */
	struct config_command command; /* of kind COMMAND; its user and timeout of the others too */
	struct config_text process;
	struct config_count count;
	struct config_server tcp;
	struct config_server http;
	struct config_number expect;
	struct config_prefix ping;
	struct config_text device;
	struct config_text file;
	struct config_disk disk;
	struct config_number external;
	struct config_number expires;
	struct config_text set_by;
	uid_t set_by_uid; /* found by files.c */
	struct config_number interval;
	struct config_number fall;
	struct config_number rise;
	struct config_number initial; /* enum conf_initial */
	bool is_number; /* a file that is tracked with a weight somewhere; found by check_track.c */
	uint32_t id;
};

/* What is written in lists: each with its place. */
struct config_address {
	struct config_at at;
	struct config_prefix address;
	struct config_text device;
	struct config_text label;
	struct config_number scope; /* index into the words of schema.c */
	struct config_number advertise;
	struct config_number prefix_route;
};

struct config_peer {
	struct config_at at;
	struct config_prefix address;
	struct config_number min_ttl; /* 0 = anything goes */
};

struct config_route {
	struct config_at at;
	struct config_prefix to;
	struct config_prefix via;
	struct config_text device;
	struct config_number table;
	struct config_number metric;
	struct config_prefix source;
	struct config_number scope; /* as of an address; CONFIG_INHERITED = as the kernel chooses */
	struct config_number onlink;
	struct config_number type; /* enum conf_route_type */
	struct config_number mtu;
};

struct config_rule {
	struct config_at at;
	struct config_prefix from;
	struct config_prefix to;
	struct config_number table;
	struct config_number preference;
	struct config_mark mark;
	struct config_text incoming;
	struct config_text outgoing;
};

/* One of check and interface. */
struct config_track {
	struct config_at at;
	struct config_text check;
	struct config_text interface;
	struct config_number weight; /* 0 = none */
	struct config_number invert;
	struct config_check *found; /* by check_track.c */
};

struct config_announce {
	struct config_at at;
	struct config_number repeat;
	struct config_number interval;
	struct config_number delay;
	struct config_number refresh;
};

/* Of VRRPv2; shared by the instances that have it from the defaults. */
struct config_authentication {
	struct config_at at;
	struct config_number type; /* its only word is pass */
	struct config_text key;
	struct config_text key_file;
	const char *path;             /* in the configuration, for messages */
	bool seen;                    /* by files_key.c */
	uint8_t bytes[CONF_KEY_SIZE]; /* of the key, padded with NUL */
};

/* NULL where nothing is to be run; may be shared by instances (from defaults). */
struct config_notify {
	struct config_command *slot[CONF_HOOK_SLOTS]; /* none is GATE */
	struct config_at at;
};

struct config_instance {
	const char *name;
	struct config_at at;
	struct config_text interface;
	struct config_text description;
	struct config_number vrid;
	struct config_number version;
	struct config_authentication *authentication; /* NULL = none */
	struct config_number priority;
	struct config_number interval;
	struct config_number checksum; /* enum conf_checksum */
	struct config_number preempt;
	struct config_number preempt_delay;
	struct config_number down_adverts;
	struct config_number handover; /* enum conf_handover */
	struct config_number accept_mode;
	struct config_number virtual_mac;
	struct config_prefix source;
	struct config_number enabled;
	struct config_announce announce;
	CONFIG_ITEMS(config_address) addresses;
	CONFIG_ITEMS(config_peer) peers;
	CONFIG_ITEMS(config_route) routes;
	CONFIG_ITEMS(config_rule) rules;
	CONFIG_ITEMS(config_track) track;
	struct config_notify notify;
	struct config_command *before_master; /* NULL = none */
	struct config_number on_failure;      /* enum conf_on_failure */

	uint8_t family;                   /* of the advertised addresses, by check_address.c */
	const struct config_group *group; /* by check_group.c; NULL = none */
	uint32_t id;
};

struct config_group {
	const char *name;
	struct config_at at;
	struct config_list members;
	CONFIG_ITEMS(config_track) track;
	struct config_notify notify;
	struct config_instance **member; /* those of members that exist, by check_group.c */
	size_t member_count;
	uint32_t id;
};

struct config_problem;
struct config_chunk;

struct config {
	const char *file; /* as named on the command line */
	bool checking;    /* -n: what cannot be found here is a warning */

	CONFIG_ITEMS(config_file *) files; /* in the order read */
	struct config_files identities;    /* those opened, by device and inode */
	bool incomplete; /* one of them could not be read: something may be missing */
	size_t bytes;    /* of all of them */
	size_t nodes;    /* in all of them */

	struct config_number version;
	struct config_number included_version; /* of the included file that is read */
	struct config_global global;
	struct config_instance defaults;
	CONFIG_ITEMS(config_check) checks;
	CONFIG_ITEMS(config_instance) instances;
	CONFIG_ITEMS(config_group) groups;

	/* Found by files.c. */
	uid_t engine_uid;
	gid_t engine_gid;
	uid_t checker_uid;
	gid_t checker_gid;

	struct config_users users;       /* by text */
	struct config_commands commands; /* distinct ones, by what they do */

	struct config_problem *problems;
	size_t problem_count;
	size_t errors;
	size_t warnings;
	struct config_chunk *chunks;
};

/* file is kept by pointer. */
void config_init(struct config *, const char *file, bool checking);
void config_free(struct config *);

/* Zeroed memory that lives as long as the configuration. */
void *config_alloc(struct config *, size_t size);
void *config_alloc_array(struct config *, size_t count, size_t size);
char *config_strndup(struct config *, const char *, size_t length);
char *config_format(struct config *, const char *, ...) __attribute__((format(printf, 2, 3)));

/* Room for so many more elements of that size at the end of items. */
void config_reserve(struct config *, struct config_items *, size_t size, size_t more);

/* One more element of that size at the end of items, zeroed. */
void *config_append(struct config *, struct config_items *, size_t size);

/* One more file, named by keeping the pointer; returns its index, -1 when there are too many. */
int config_add_file(struct config *, const char *name, struct config_at included);

/* The command in a slot of an instance, before-master in CONF_HOOK_GATE; NULL = none. */
struct config_command *config_hook(const struct config_instance *, size_t slot);

/* Of what is written, or, where nothing says it, of the instance. */
uint8_t config_route_family(const struct config_instance *, const struct config_route *);
uint8_t config_rule_family(const struct config_instance *, const struct config_rule *);

int config_files_compare(const struct config_file *, const struct config_file *);
int config_users_compare(const struct config_user *, const struct config_user *);
int config_commands_compare(const struct config_command *, const struct config_command *);
RB_PROTOTYPE(config_files, config_file, entry, config_files_compare)
RB_PROTOTYPE(config_users, config_user, entry, config_users_compare)
RB_PROTOTYPE(config_commands, config_command, entry, config_commands_compare)

/*
 * Loads a file and what it includes whole: parse, check, look at files and users. All problems are in
 * the configuration afterwards, in the order of the files. Returns -1 when there are errors.
 */
int config_load(struct config *);

#endif
