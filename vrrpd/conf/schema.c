/*
 * The tables of keys; config role and `vrrpd -n`. The order is the one in which `-nv` prints.
 */
#include "vrrpd/conf/schema.h"

#include <string.h>

#include "common/vrrp.h"

#define DAY CONF_DURATION_MAX_MS
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Rows: { KEY(…), RANGE(…) }. */
#define KEY(key, kind, object, member) \
	.name = (key), .type = (kind), .offset = offsetof(struct object, member)
#define RANGE(low, high) .min = (low), .max = (high)
#define DEFAULT(value) .fallback = (value)
#define WORDS(list) .words = (list)
#define BY(other) .table = &(other)
#define LENGTH RANGE(1, 255)
#define REQUIRED .required = true
#define LATER(key) .name = (key), .type = SCHEMA_LATER
#define LATER_KIND(key) .name = (key), .type = SCHEMA_LATER_KIND

#define TABLE(table, rows) \
	const struct schema_table table = {#table, rows, COUNT(rows)}; \
	_Static_assert(COUNT(rows) <= SCHEMA_KEYS_MAX, "too many keys")

/* In the order of the enums of common/conf.h. */
static const char *const sandboxes[] = {"strict", "standard", "off", NULL};
static const char *const initials[] = {"unknown", "up", "down", NULL};
static const char *const checksums[] = {"auto", "pseudo-header", "message-only", NULL};

static const struct schema_key command_keys[] = {
    {KEY("command", SCHEMA_ARGV, config_command, argv), REQUIRED},
    {KEY("run-as", SCHEMA_USER, config_command, run_as), LENGTH},
    {KEY("timeout", SCHEMA_DURATION, config_command, timeout), RANGE(10, DAY),
	DEFAULT(CONFIG_INHERITED)},
    {KEY("sandbox", SCHEMA_WORD, config_command, sandbox), WORDS(sandboxes),
	DEFAULT(CONF_SANDBOX_STANDARD)},
    {KEY("writable", SCHEMA_PATHS, config_command, writable)},
    {KEY("environment", SCHEMA_ENVIRONMENT, config_command, environment)},
};
TABLE(schema_command, command_keys);

static const struct schema_key check_keys[] = {
    {KEY("command", SCHEMA_ARGV, config_check, command.argv), REQUIRED},
    {LATER_KIND("process")},
    {LATER("count")},
    {LATER_KIND("tcp")},
    {LATER_KIND("http")},
    {LATER("expect")},
    {LATER_KIND("ping")},
    {LATER("device")},
    {LATER_KIND("file")},
    {LATER_KIND("disk")},
    {LATER_KIND("external")},
    {LATER("expires")},
    {LATER("set-by")},
    {KEY("interval", SCHEMA_DURATION, config_check, interval), RANGE(10, DAY), DEFAULT(1000)},
    {KEY("timeout", SCHEMA_DURATION, config_check, command.timeout), RANGE(10, DAY),
	DEFAULT(CONFIG_INHERITED)},
    {KEY("fall", SCHEMA_INTEGER, config_check, fall), RANGE(1, CONF_DAMPING_MAX), DEFAULT(1)},
    {KEY("rise", SCHEMA_INTEGER, config_check, rise), RANGE(1, CONF_DAMPING_MAX), DEFAULT(1)},
    {KEY("initial", SCHEMA_WORD, config_check, initial), WORDS(initials),
	DEFAULT(CONF_INITIAL_UNKNOWN)},
    {KEY("run-as", SCHEMA_USER, config_check, command.run_as), LENGTH},
    {KEY("sandbox", SCHEMA_WORD, config_check, command.sandbox), WORDS(sandboxes),
	DEFAULT(CONF_SANDBOX_STRICT)},
    {KEY("writable", SCHEMA_PATHS, config_check, command.writable)},
    {KEY("environment", SCHEMA_ENVIRONMENT, config_check, command.environment)},
};
TABLE(schema_check, check_keys);

static const struct schema_key scripts_keys[] = {
    {KEY("run-as", SCHEMA_USER, config_scripts, run_as), LENGTH},
    {KEY("timeout", SCHEMA_DURATION, config_scripts, timeout), RANGE(10, DAY), DEFAULT(60000)},
    {KEY("stop-timeout", SCHEMA_DURATION, config_scripts, stop_timeout), RANGE(0, DAY),
	DEFAULT(5000)},
    {KEY("max-parallel", SCHEMA_INTEGER, config_scripts, max_parallel), RANGE(1, CONF_PARALLEL_MAX),
	DEFAULT(64)},
};
TABLE(schema_scripts, scripts_keys);

static const struct schema_key global_keys[] = {
    {KEY("router-name", SCHEMA_NAME, config_global, router_name), LENGTH},
    {LATER("startup-delay")},
    {LATER("include")},
    {KEY("scripts", SCHEMA_MAP, config_global, scripts), BY(schema_scripts)},
    {LATER("realtime")},
};
TABLE(schema_global, global_keys);

static const struct schema_key announce_keys[] = {
    {KEY("repeat", SCHEMA_INTEGER, config_announce, repeat), RANGE(0, CONF_ANNOUNCE_REPEAT_MAX),
	DEFAULT(5)},
    {KEY("interval", SCHEMA_DURATION, config_announce, interval), RANGE(10, DAY), DEFAULT(250)},
    {KEY("delay", SCHEMA_DURATION, config_announce, delay), RANGE(0, DAY), DEFAULT(5000)},
    {KEY("refresh", SCHEMA_DURATION, config_announce, refresh), RANGE(0, DAY), DEFAULT(0)},
};
TABLE(schema_announce, announce_keys);

/* Members of an address: read by hand, since the value may also be the address alone. */
static const struct schema_key address_keys[] = {
    {.name = "address", .type = SCHEMA_ADDRESSES, REQUIRED},
    {LATER("device")},
    {LATER("label")},
    {LATER("scope")},
    {LATER("advertise")},
    {LATER("prefix-route")},
};
TABLE(schema_address, address_keys);

static const struct schema_key track_keys[] = {
    {.name = "check", .type = SCHEMA_TRACKS, REQUIRED},
    {LATER_KIND("interface")},
    {LATER("weight")},
    {LATER("invert")},
};
TABLE(schema_track, track_keys);

static const struct schema_key notify_keys[] = {
    {KEY("master", SCHEMA_COMMAND, config_notify, slot[CONF_HOOK_MASTER])},
    {KEY("backup", SCHEMA_COMMAND, config_notify, slot[CONF_HOOK_BACKUP])},
    {KEY("fault", SCHEMA_COMMAND, config_notify, slot[CONF_HOOK_FAULT])},
    {KEY("stop", SCHEMA_COMMAND, config_notify, slot[CONF_HOOK_STOP])},
    {KEY("all", SCHEMA_COMMAND, config_notify, slot[CONF_HOOK_ALL])},
};
TABLE(schema_notify, notify_keys);

static const struct schema_key instance_keys[] = {
    {KEY("description", SCHEMA_TEXT, config_instance, description), LENGTH},
    {KEY("enabled", SCHEMA_BOOLEAN, config_instance, enabled), DEFAULT(1)},
    {KEY("interface", SCHEMA_TEXT, config_instance, interface), LENGTH, REQUIRED},
    {KEY("vrid", SCHEMA_INTEGER, config_instance, vrid), RANGE(1, 255), DEFAULT(CONFIG_BAD),
	REQUIRED},
    {KEY("version", SCHEMA_INTEGER, config_instance, version), RANGE(2, 3), DEFAULT(3)},
    {LATER("authentication")},
    {KEY("priority", SCHEMA_INTEGER, config_instance, priority), RANGE(1, VRRP_PRIORITY_OWNER),
	DEFAULT(100)},
    {KEY("advertise-interval", SCHEMA_DURATION, config_instance, interval),
	RANGE(10, VRRP_INTERVAL_CS_MAX * 10), DEFAULT(1000)},
    {KEY("checksum", SCHEMA_WORD, config_instance, checksum), WORDS(checksums),
	DEFAULT(CONF_CHECKSUM_AUTO)},
    {KEY("preempt", SCHEMA_BOOLEAN, config_instance, preempt), DEFAULT(1)},
    {LATER("preempt-delay")},
    {LATER("master-down-adverts")},
    {LATER("handover")},
    {KEY("addresses", SCHEMA_ADDRESSES, config_instance, addresses), REQUIRED},
    {LATER("accept-mode")},
    {LATER("virtual-mac")},
    {LATER("source-address")},
    {LATER("unicast-peers")},
    {KEY("announce", SCHEMA_MAP, config_instance, announce), BY(schema_announce)},
    {LATER("routes")},
    {LATER("rules")},
    {KEY("track", SCHEMA_TRACKS, config_instance, track)},
    {KEY("notify", SCHEMA_NOTIFY, config_instance, notify), BY(schema_notify)},
    {LATER("before-master")},
    {LATER("on-failure")},
    {LATER("address-lease")},
    {LATER("on-conflict")},
};
TABLE(schema_instance, instance_keys);

static const struct schema_key root_keys[] = {
    {KEY("version", SCHEMA_INTEGER, config, version), RANGE(1, 1), DEFAULT(CONFIG_BAD), REQUIRED},
    {KEY("global", SCHEMA_MAP, config, global), BY(schema_global)},
    {KEY("defaults", SCHEMA_DEFAULTS, config, defaults), BY(schema_instance)},
    {KEY("checks", SCHEMA_CHECKS, config, checks), BY(schema_check)},
    {KEY("instances", SCHEMA_INSTANCES, config, instances), BY(schema_instance)},
    {LATER("sync-groups")},
};
TABLE(schema_root, root_keys);

const struct schema_key *
schema_find(const struct schema_table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (strcmp(table->keys[i].name, name) == 0)
			return &table->keys[i];
	return NULL;
}

struct config_at
schema_at(const struct schema_key *key, void *object)
{
	const void *member = schema_member(key, object);

	switch (key->type) {
	case SCHEMA_BOOLEAN:
	case SCHEMA_INTEGER:
	case SCHEMA_DURATION:
	case SCHEMA_WORD:
		return ((const struct config_number *)member)->at;
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_USER:
		return ((const struct config_text *)member)->at;
	case SCHEMA_ARGV:
	case SCHEMA_PATHS:
		return ((const struct config_list *)member)->at;
	case SCHEMA_ENVIRONMENT:
		return ((const struct config_environment *)member)->at;
	case SCHEMA_ADDRESSES:
		return ((const struct config_addresses *)member)->at;
	case SCHEMA_TRACKS:
		return ((const struct config_tracks *)member)->at;
	case SCHEMA_NOTIFY:
		return ((const struct config_notify *)member)->at;
	case SCHEMA_CHECKS:
		return ((const struct config_checks *)member)->at;
	case SCHEMA_INSTANCES:
		return ((const struct config_instances *)member)->at;
	case SCHEMA_LATER:
	case SCHEMA_LATER_KIND:
	case SCHEMA_COMMAND:
	case SCHEMA_MAP:
	case SCHEMA_DEFAULTS:
		break;
	}
	return (struct config_at){0};
}
