/*
 * What the parts of the importer share: the tree of directives, what becomes of each, and the
 * configuration that is made of it; vrrpctl, in its sandboxed child. Everything lives in one arena
 * until the end.
 */
#ifndef VRRPCTL_IMPORT_PART_H
#define VRRPCTL_IMPORT_PART_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrpctl/import.h"
#include "vrrpd/conf/config.h"

/* Bounds; above one there is no result. */
#define IMPORT_SIZE_MAX (16 * 1024 * 1024)    /* of all files together, and of the YAML */
#define IMPORT_MEMORY_MAX (512 * 1024 * 1024) /* of all that is made of it */
#define IMPORT_FILES_MAX 1000
#define IMPORT_INCLUDE_DEPTH_MAX 16
#define IMPORT_EXPANSION_DEPTH_MAX 64 /* definitions and loops within each other */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define IMPORT_LINES_MAX 1000 /* a fuzzer shall look for other things than long loops */
#define IMPORT_NODES_MAX 1000
#else
#define IMPORT_LINES_MAX 1000000 /* after expansion */
#define IMPORT_NODES_MAX 300000  /* directives, after expansion: each is reported */
#endif
#define IMPORT_LINE_SIZE_MAX 65536 /* of one, after expansion */
#define IMPORT_BLOCK_DEPTH_MAX 32
#define IMPORT_ERROR_MAX 512

/* ---- memory ---- */

struct import_chunk;

/* Strings to pointers. */
struct import_map {
	struct import_entry **bucket; /* NULL until the first one */
};

/* ---- directives ---- */

enum import_verdict { IMPORT_KEPT, IMPORT_CHANGED, IMPORT_DROPPED };

/* One directive, with its words without quotes, and its block if it has one. */
struct import_node {
	const char *file;
	unsigned line;
	size_t sequence; /* in the order of reading */
	size_t count;
	const char **word;
	bool block;
	bool told;     /* something was decided: verdict, why */
	bool failover; /* dropped, and it affects failover */
	enum import_verdict verdict;
	const char *why; /* NULL = nothing to say */
	struct import_node *parent, *child, *last, *next;
};

/* ---- the configuration ---- */

struct import_cmd {
	const char **argv;
	size_t argc;
	const char *run_as;  /* NULL = the default */
	const char *sandbox; /* NULL = the default */
};

/* A vrrp_script, track_process or track_file. */
struct import_check {
	const char *key;  /* as keepalived has it */
	const char *name; /* as vrrpd has it */
	struct import_node *node;
	struct import_node *source; /* the directive that says what is run or looked at */
	enum { IMPORT_SCRIPT, IMPORT_PROCESS, IMPORT_FILE } kind;
	bool usable;            /* something can be written for it */
	bool tracked;           /* by anything */
	bool used;              /* by what is written */
	bool is_process;        /* written as process: */
	bool as_value;          /* a file whose number counts, by its weight */
	bool as_fault;          /* a file whose number is a fault unless it is 0 */
	const char *fault_name; /* then */
	struct import_cmd command;
	const char *target; /* name of the process or path of the file */
	int64_t count_min, count_max;
	int64_t interval_ms, timeout_ms; /* timeout 0 = the interval */
	int64_t rise, fall;
	int64_t weight;
	bool reverse, initial_down;
	struct import_check *next;
};

struct import_track {
	struct import_node *node;
	struct import_check *check; /* NULL = an interface */
	const char *interface;
	int64_t weight; /* as vrrpd has it */
	bool invert;
	struct import_track *next;
};

struct import_address {
	struct import_node *node;
	struct config_prefix address;
	const char *device, *label, *scope; /* NULL = none */
	bool advertise, no_prefix_route;
	struct import_address *next;
};

/* A line of a list in the YAML, already formatted. */
struct import_item {
	const char *text;
	struct import_item *next;
};

struct import_list {
	struct import_item *first, **end;
	size_t count;
};

enum import_hook {
	IMPORT_MASTER,
	IMPORT_BACKUP,
	IMPORT_FAULT,
	IMPORT_STOP,
	IMPORT_ALL,
	IMPORT_HOOKS
};

/* What an instance and global_defs have in common; -1 = not written. */
struct import_settings {
	int64_t version;
	int64_t repeat, delay_ms, refresh_ms; /* announcements */
	int64_t arp_interval_ms, na_interval_ms;
	int64_t down_adverts;
	int64_t strict, message_only, fault_no_peer; /* booleans */
};

struct import_instance {
	const char *key, *name;
	struct import_node *node;
	bool usable;
	struct import_settings set;
	const char *interface;
	int64_t vrid, priority, interval_us, preempt_delay_ms;
	struct import_node *at_priority, *at_interval, *at_state, *at_nopreempt, *at_delay,
	    *at_accept, *at_version, *at_auth, *at_peers, *at_source;
	bool state_master, state_backup, nopreempt, no_accept, accept, vmac, weights_in_group;
	const char *auth_type, *auth_pass;
	uint8_t family;
	struct import_address *addresses, **addresses_end;
	size_t address_count;
	struct config_prefix source;
	struct import_list peers, routes, rules;
	struct import_track *tracks;
	struct import_cmd *hook[IMPORT_HOOKS];
	struct import_node *hook_at[IMPORT_HOOKS];
	struct import_group *group; /* as keepalived has it */
	struct import_instance *next;
};

struct import_group {
	const char *key, *name;
	struct import_node *node;
	bool usable, weights;
	struct import_instance **member;
	size_t member_count;
	struct import_track *tracks;
	struct import_cmd *hook[IMPORT_HOOKS];
	struct import_node *hook_at[IMPORT_HOOKS];
	struct import_group *next;
};

struct import {
	const struct import_options *options;
	const char *id;
	struct import_chunk *chunks;
	size_t memory;
	jmp_buf failed;
	char *text; /* the YAML; of malloc() */
	char *error;
	size_t error_size;

	/* reading */
	struct import_map variables;
	const char *file; /* options->file, for people */
	size_t read, files, lines, nodes;
	struct import_node root, *open;

	/* global_defs */
	struct import_settings defaults;
	const char *router_name, *run_as;
	struct import_node *at_user;
	bool user_is_root, script_security;
	int64_t startup_delay_ms;

	struct import_map check_keys[3], check_names, instance_keys, instance_names, group_names,
	    vrids, claims;
	struct import_check *checks, **checks_end;
	struct import_instance *instances, **instances_end;
	struct import_group *groups, **groups_end;
};

/* ---- import_base.c: memory, strings, what becomes of a directive ---- */

/* There is no result, because of that. */
_Noreturn void import_fail(struct import *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *import_alloc(struct import *, size_t); /* zeroed */
void import_free(struct import *);           /* all of it */
const char *import_copy(struct import *, const char *text, size_t length);
const char *import_format(struct import *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *import_map_find(const struct import_map *, const char *key);
void import_map_put(struct import *, struct import_map *, const char *key, void *value);

/* One that vrrpd takes and that is not in names yet; puts it there. names NULL = any that it takes. */
const char *import_make_name(struct import *, struct import_map *names, const char *key);

/* Decides about a directive; what was decided before stays, the graver verdict wins. */
void import_keep(struct import *, struct import_node *, const char *why, ...)
    __attribute__((format(printf, 3, 4)));
void import_change(struct import *, struct import_node *, const char *why, ...)
    __attribute__((format(printf, 3, 4)));
void import_drop(struct import *, struct import_node *, bool failover, const char *why, ...)
    __attribute__((format(printf, 4, 5)));

void import_list_add(struct import *, struct import_list *, const char *text);

/* ---- import_read.c, import_line.c: from files to the tree ---- */

void import_read(struct import *, const char *file);
void import_line(struct import *, const char *file, unsigned line, char *text);
void import_end(struct import *); /* closes what is open */

/* ---- import_value.c: words to values; each says what is wrong and returns false ---- */

bool import_is(const struct import_node *, const char *word);
const char *import_word(const struct import_node *, size_t); /* "" when there is none */
bool import_number(
    struct import *, struct import_node *, size_t word, int64_t min, int64_t max, int64_t *out);
/* The same, whatever is behind the number: for what has no default. */
bool import_number_leniently(
    struct import *, struct import_node *, size_t word, int64_t min, int64_t max, int64_t *out);
bool import_seconds(struct import *, struct import_node *, size_t word, int64_t unit_us,
    int64_t max, int64_t *out);                                          /* in units, rounded */
bool import_boolean(struct import *, struct import_node *, size_t word); /* true when missing */
bool import_address_is(const char *text, struct config_prefix *out);
bool import_device(const char *text);
/* Words from there on are not understood. */
void import_rest(struct import *, struct import_node *, size_t word);

/* ---- import_command.c ---- */

/* The command at word 1 with its user behind it; NULL when it cannot be one. */
struct import_cmd *import_hook_command(struct import *, struct import_node *);
/* Of a check: command, or process; node is where it is said, user may be NULL. */
void import_check_command(struct import *, struct import_check *, struct import_node *user);
/* "user[:group]" from a word on; NULL when none, *root when it is root. */
const char *import_user(struct import *, struct import_node *, size_t word, bool *root);

/* ---- import_check.c, import_track.c ---- */

void import_check(struct import *, struct import_node *, int kind);
void import_tracks(struct import *, struct import_node *, struct import_track **list, int kind);
void import_settle_tracks(struct import *); /* weights in groups, owners */
void import_use_tracks(struct import *);    /* which checks are needed */

/* ---- import_global.c ---- */

void import_global(struct import *, struct import_node *);
/* A setting that global_defs (with a prefix) and instances have; false when it is none. */
bool import_setting(
    struct import *, struct import_node *, const char *word, struct import_settings *);
/* One that is known to be of no use here; false when it is none. */
bool import_known(struct import *, struct import_node *, bool global);
void import_unknown(struct import *, struct import_node *, const char *const *words);

/* ---- import_instance.c, import_address.c, import_route.c, import_group.c, import_settle.c ---- */

void import_instance(struct import *, struct import_node *);
void import_addresses(struct import *, struct import_instance *, struct import_node *, bool);
void import_routes(struct import *, struct import_instance *, struct import_node *);
void import_rules(struct import *, struct import_instance *, struct import_node *);
bool import_hook(
    struct import *, struct import_node *, struct import_cmd **, struct import_node **);
void import_group(struct import *, struct import_node *);
void import_settle_groups(struct import *);
void import_settle(struct import *, struct import_instance *);

/* ---- import_write.c, import_report.c ---- */

void import_write(const struct import *, FILE *);
int import_report(struct import *, FILE *); /* 1 when failover is affected */

#endif
