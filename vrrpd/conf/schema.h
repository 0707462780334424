/*
 * Every key of the configuration, written once: its name, type, range, default and the member that
 * holds it; config role and `vrrpd -n`. Reading, completing and printing all go by these tables.
 */
#ifndef VRRPD_CONF_SCHEMA_H
#define VRRPD_CONF_SCHEMA_H

#include "vrrpd/conf/config.h"

enum schema_type {
	SCHEMA_LATER,       /* documented, not in this version */
	SCHEMA_LATER_KIND,  /* the same, and stands for the required key of its mapping */
	SCHEMA_BOOLEAN,     /* struct config_number */
	SCHEMA_INTEGER,     /* struct config_number */
	SCHEMA_DURATION,    /* struct config_number, milliseconds */
	SCHEMA_WORD,        /* struct config_number, index into words */
	SCHEMA_NAME,        /* struct config_text: conf_name_is_valid() */
	SCHEMA_TEXT,        /* struct config_text: up to max characters, none of control */
	SCHEMA_USER,        /* struct config_text: user or user:group */
	SCHEMA_ARGV,        /* struct config_list: a path, or a list of arguments */
	SCHEMA_PATHS,       /* struct config_list: absolute paths */
	SCHEMA_ENVIRONMENT, /* struct config_environment */
	SCHEMA_ADDRESSES,   /* struct config_addresses */
	SCHEMA_TRACKS,      /* struct config_tracks */
	SCHEMA_COMMAND,     /* struct config_command *: path, list or mapping */
	SCHEMA_NOTIFY,      /* struct config_notify: a command, or a mapping of them */
	SCHEMA_MAP,         /* by another table, a member inside */
	SCHEMA_DEFAULTS,    /* struct config_instance, nothing required */
	SCHEMA_CHECKS,      /* struct config_checks: names to mappings */
	SCHEMA_INSTANCES    /* struct config_instances: names to mappings */
};

struct schema_table;

struct schema_key {
	const char *name;
	enum schema_type type;
	bool required;
	size_t offset; /* of the member in the object */
	int64_t min;   /* of integers and durations; characters of texts */
	int64_t max;
	int64_t fallback;         /* of numbers; CONFIG_INHERITED = another value decides */
	const char *const *words; /* NULL-terminated */
	const struct schema_table *table;
};

struct schema_table {
	const char *name;
	const struct schema_key *keys;
	size_t count;
};

#define SCHEMA_KEYS_MAX 32 /* of one table */

extern const struct schema_table schema_root;
extern const struct schema_table schema_global;
extern const struct schema_table schema_scripts;
extern const struct schema_table schema_check;
extern const struct schema_table schema_instance;
extern const struct schema_table schema_announce;
extern const struct schema_table schema_address;
extern const struct schema_table schema_track;
extern const struct schema_table schema_notify;
extern const struct schema_table schema_command;

/* NULL when the table has no such key. */
const struct schema_key *schema_find(const struct schema_table *, const char *name);

/* The member of an object that a key is about. */
static inline void *
schema_member(const struct schema_key *key, void *object)
{
	return (char *)object + key->offset;
}

/* Where the value of a key is written; {0, 0} when it is not. */
struct config_at schema_at(const struct schema_key *, void *object);

#endif
