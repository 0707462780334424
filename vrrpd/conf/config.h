/*
 * A configuration as it was written: every value with its place in the file; config role and `vrrpd
 * -n`.
 *
 * yaml.c makes it (decode.c by the tables of schema.c), check.c and files.c judge it, print.c
 * writes it down, pack.c turns it into the flat records of common/conf.h. All memory belongs to the
 * struct config and goes with it; running out of memory ends the process.
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

/* Users of the daemon's own, CONFIG.md section 0. */
#define CONFIG_USER_ENGINE "_vrrpd"
#define CONFIG_USER_CHECKER "_vrrpd_checker"
#define CONFIG_USER_SCRIPT "_vrrpd_script"
#define CONFIG_USER_NAME_MAX 32 /* with NUL: what fits conf_runner */

/* Where something is written; from 1, line 0 = nowhere: it was not written. */
struct config_at {
	uint32_t line;
	uint32_t column;
};

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

struct config_scripts {
	struct config_text run_as;
	struct config_number timeout;
	struct config_number stop_timeout;
	struct config_number max_parallel;
};

struct config_global {
	struct config_text router_name;
	struct config_scripts scripts;
};

struct config_check {
	const char *name;
	struct config_at at;
	struct config_command command;
	struct config_number interval;
	struct config_number fall;
	struct config_number rise;
	struct config_number initial; /* enum conf_initial */
	uint32_t id;
};

struct config_address {
	struct addr addr;
	uint8_t prefix_length;
	struct config_at at;
};

struct config_addresses {
	struct config_address *item;
	size_t count;
	struct config_at at;
};

struct config_track {
	const char *check;
	struct config_at at;
	const struct config_check *found;
};

struct config_tracks {
	struct config_track *item;
	size_t count;
	struct config_at at;
};

struct config_announce {
	struct config_number repeat;
	struct config_number interval;
	struct config_number delay;
	struct config_number refresh;
};

/* NULL where nothing is to be run; may be shared by instances (from defaults). */
struct config_notify {
	struct config_command *slot[CONF_HOOK_SLOTS];
	struct config_at at;
};

struct config_instance {
	const char *name;
	struct config_at at;
	struct config_text interface;
	struct config_text description;
	struct config_number vrid;
	struct config_number version;
	struct config_number priority;
	struct config_number interval;
	struct config_number checksum; /* enum conf_checksum */
	struct config_number preempt;
	struct config_number enabled;
	struct config_announce announce;
	struct config_addresses addresses;
	struct config_tracks track;
	struct config_notify notify;
	uint32_t id;
};

struct config_checks {
	struct config_check *item;
	size_t count;
	struct config_at at;
};

struct config_instances {
	struct config_instance *item;
	size_t count;
	struct config_at at;
};

struct config_problem;
struct config_chunk;

struct config {
	const char *file; /* as named on the command line */
	bool checking;    /* -n: what cannot be found here is a warning */

	struct config_number version;
	struct config_global global;
	struct config_instance defaults;
	struct config_checks checks;
	struct config_instances instances;

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

int config_users_compare(const struct config_user *, const struct config_user *);
int config_commands_compare(const struct config_command *, const struct config_command *);
RB_PROTOTYPE(config_users, config_user, entry, config_users_compare)
RB_PROTOTYPE(config_commands, config_command, entry, config_commands_compare)

/*
 * Loads a file whole: parse, check, look at files and users. All problems are in the configuration
 * afterwards, in the order of the file. Returns -1 when there are errors.
 */
int config_load(struct config *);

#endif
