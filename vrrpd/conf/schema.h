/*
 * Every key of the configuration, written once: its name, type, range, default and the member that
 * holds it; config role and `vrrpd -n`. Reading, completing and printing all go by these tables.
 */
#ifndef VRRPD_CONF_SCHEMA_H
#define VRRPD_CONF_SCHEMA_H

#include "vrrpd/conf/config.h"

enum schema_type {
	SCHEMA_LATER,       /* documented, not in this version */
	SCHEMA_MAIN,        /* not in an included file */
	SCHEMA_BOOLEAN,     /* struct config_number */
	SCHEMA_INTEGER,     /* struct config_number */
	SCHEMA_DURATION,    /* struct config_number, milliseconds */
	SCHEMA_WORD,        /* struct config_number, index into words */
	SCHEMA_ROUTING,     /* struct config_number: a routing table's number, or "main" */
	SCHEMA_NAME,        /* struct config_text: conf_name_is_valid() */
	SCHEMA_TEXT,        /* struct config_text: up to max characters, none of control */
	SCHEMA_SECRET,      /* the same, and never shown */
	SCHEMA_USER,        /* struct config_text: user or user:group */
	SCHEMA_LOGIN,       /* struct config_text: user */
	SCHEMA_INTERFACE,   /* struct config_text: conf_interface_is_valid() */
	SCHEMA_LABEL,       /* struct config_text: of an address */
	SCHEMA_PROCESS,     /* struct config_text: name of a program, no path */
	SCHEMA_PATH,        /* struct config_text: absolute path */
	SCHEMA_ARGV,        /* struct config_list: a path, or a list of arguments */
	SCHEMA_PATHS,       /* struct config_list: absolute paths */
	SCHEMA_PATTERNS,    /* struct config_list: files to include, not printed */
	SCHEMA_NAMES,       /* struct config_list: of instances */
	SCHEMA_ENVIRONMENT, /* struct config_environment */
	SCHEMA_ADDRESS,     /* struct config_prefix: a literal address */
	SCHEMA_CIDR,        /* struct config_prefix: a host's address, with or without a length */
	SCHEMA_NETWORK,     /* struct config_prefix: nothing behind its length */
	SCHEMA_DESTINATION, /* struct config_prefix: a network, or "default" */
	SCHEMA_MARK,        /* struct config_mark */
	SCHEMA_SERVER,      /* struct config_server: address and port */
	SCHEMA_URL,         /* struct config_server */
	SCHEMA_FREE,        /* struct config_free */
	SCHEMA_COMMAND,     /* struct config_command *: path, list or mapping */
	SCHEMA_AUTHENTICATION, /* struct config_authentication *, by another table */
	SCHEMA_NOTIFY,         /* struct config_notify: a command, or a mapping of them */
	SCHEMA_MAP,            /* by another table, a member inside that begins with its place */
	SCHEMA_DEFAULTS,       /* struct config_instance, nothing required */
	SCHEMA_LIST,           /* struct config_items, each by another table */
	SCHEMA_CHECKS,         /* struct config_items: names to mappings */
	SCHEMA_INSTANCES,      /* struct config_items: names to mappings */
	SCHEMA_GROUPS          /* struct config_items: names to mappings */
};

struct schema_table;

struct schema_key {
	const char *name;
	enum schema_type type;
	bool required;
	bool decides;   /* of a check: it says the kind */
	uint16_t kinds; /* of a check: bits of the kinds it is for, 0 = all */
	size_t offset;  /* of the member in the object */
	int64_t min;    /* of integers and durations; characters of texts */
	int64_t max;
	int64_t fallback;         /* of numbers; CONFIG_INHERITED = another value decides */
	const char *const *words; /* NULL-terminated */
	const char *empty;        /* of lists: what to say about an empty one, NULL = it may be */
	const struct schema_table *table;
};

struct schema_table {
	const char *name;
	const struct schema_key *keys;
	size_t count;
	size_t size;      /* of an element, where it is one of a list or of named ones */
	const char *list; /* what all of them are, for messages */
	const char *item; /* what one may be that is written alone, as its first key; NULL = none */
};

#define SCHEMA_KEYS_MAX 32 /* of one table */

extern const struct schema_table schema_root;
extern const struct schema_table schema_included;
extern const struct schema_table schema_global;
extern const struct schema_table schema_scripts;
extern const struct schema_table schema_check;
extern const struct schema_table schema_count;
extern const struct schema_table schema_disk;
extern const struct schema_table schema_instance;
extern const struct schema_table schema_authentication;
extern const struct schema_table schema_announce;
extern const struct schema_table schema_address;
extern const struct schema_table schema_peer;
extern const struct schema_table schema_route;
extern const struct schema_table schema_rule;
extern const struct schema_table schema_track;
extern const struct schema_table schema_notify;
extern const struct schema_table schema_command;
extern const struct schema_table schema_group;

/* NULL when the table has no such key. */
const struct schema_key *schema_find(const struct schema_table *, const char *name);

/* The member of an object that a key is about. */
static inline void *
schema_member(const struct schema_key *key, void *object)
{
	return (char *)object + key->offset;
}

/* Where the value of a key is written; {0, 0, 0} when it is not. */
struct config_at schema_at(const struct schema_key *, const void *object);

/* A struct config_number. */
bool schema_is_number(const struct schema_key *);

/* Gives each number that is not written, also in mappings inside, its default. */
void schema_complete(const struct schema_table *, void *object);

/* The word of a kind of check: its key. */
const char *schema_kind_name(enum conf_check_kind);

#endif
