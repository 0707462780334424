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
#define NOT_EMPTY(what) .empty = (what)
#define LENGTH RANGE(1, 255)
#define REQUIRED .required = true
#define LATER(key) .name = (key), .type = SCHEMA_LATER

/* Of a check. */
#define OF(kind) (1U << CONF_CHECK_##kind)
#define KIND(kind) .kinds = OF(kind), .decides = true
#define FOR(kind) .kinds = OF(kind)
#define RUN .kinds = ((1U << CONF_CHECK_KINDS) - 1) & ~OF(EXTERNAL)

#define TABLE(table, rows, ...) \
	const struct schema_table table = { \
	    .name = #table, .keys = rows, .count = COUNT(rows), __VA_ARGS__}; \
	_Static_assert(COUNT(rows) <= SCHEMA_KEYS_MAX, "too many keys")

/* In the order of the enums of common/conf.h. */
static const char *const sandboxes[] = {"strict", "standard", "off", NULL};
static const char *const initials[] = {"unknown", "up", "down", NULL};
static const char *const checksums[] = {"auto", "pseudo-header", "message-only", NULL};
static const char *const handovers[] = {"make-before-break", "immediate", NULL};
static const char *const on_failures[] = {"stay", "proceed", NULL};
static const char *const route_types[] = {"unicast", "blackhole", "unreachable", "prohibit", NULL};
/* As iproute2 has them; pack.c knows their numbers. */
static const char *const scopes[] = {"global", "site", "link", "host", NULL};
static const char *const authentications[] = {"pass", NULL};

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

static const struct schema_key count_keys[] = {
    {KEY("min", SCHEMA_INTEGER, config_count, min), RANGE(0, CONF_PROCESSES_MAX), DEFAULT(1)},
    {KEY("max", SCHEMA_INTEGER, config_count, max), RANGE(0, CONF_PROCESSES_MAX),
	DEFAULT(CONF_PROCESSES_MAX)},
};
TABLE(schema_count, count_keys);

static const struct schema_key disk_keys[] = {
    {KEY("path", SCHEMA_PATH, config_disk, path), REQUIRED},
    {KEY("free", SCHEMA_FREE, config_disk, free), REQUIRED},
};
TABLE(schema_disk, disk_keys);

static const struct schema_key check_keys[] = {
    {KEY("command", SCHEMA_ARGV, config_check, command.argv), KIND(COMMAND)},
    {KEY("process", SCHEMA_PROCESS, config_check, process), KIND(PROCESS), LENGTH},
    {KEY("count", SCHEMA_MAP, config_check, count), FOR(PROCESS), BY(schema_count)},
    {KEY("tcp", SCHEMA_SERVER, config_check, tcp), KIND(TCP)},
    {KEY("http", SCHEMA_URL, config_check, http), KIND(HTTP)},
    {KEY("expect", SCHEMA_INTEGER, config_check, expect), FOR(HTTP), RANGE(100, 599),
	DEFAULT(CONFIG_INHERITED)},
    {KEY("ping", SCHEMA_ADDRESS, config_check, ping), KIND(PING)},
    {KEY("device", SCHEMA_INTERFACE, config_check, device), FOR(PING)},
    {KEY("file", SCHEMA_PATH, config_check, file), KIND(FILE)},
    {KEY("disk", SCHEMA_MAP, config_check, disk), KIND(DISK), BY(schema_disk)},
    {KEY("external", SCHEMA_BOOLEAN, config_check, external), KIND(EXTERNAL)},
    {KEY("expires", SCHEMA_DURATION, config_check, expires), FOR(EXTERNAL), RANGE(0, DAY),
	DEFAULT(0)},
    {KEY("set-by", SCHEMA_LOGIN, config_check, set_by), FOR(EXTERNAL)},
    {KEY("interval", SCHEMA_DURATION, config_check, interval), RUN, RANGE(10, DAY), DEFAULT(1000)},
    {KEY("timeout", SCHEMA_DURATION, config_check, command.timeout), RUN, RANGE(10, DAY),
	DEFAULT(CONFIG_INHERITED)},
    {KEY("fall", SCHEMA_INTEGER, config_check, fall), RUN, RANGE(1, CONF_DAMPING_MAX), DEFAULT(1)},
    {KEY("rise", SCHEMA_INTEGER, config_check, rise), RUN, RANGE(1, CONF_DAMPING_MAX), DEFAULT(1)},
    {KEY("initial", SCHEMA_WORD, config_check, initial), WORDS(initials),
	DEFAULT(CONF_INITIAL_UNKNOWN)},
    {KEY("run-as", SCHEMA_USER, config_check, command.run_as), FOR(COMMAND), LENGTH},
    {KEY("sandbox", SCHEMA_WORD, config_check, command.sandbox), FOR(COMMAND), WORDS(sandboxes),
	DEFAULT(CONF_SANDBOX_STRICT)},
    {KEY("writable", SCHEMA_PATHS, config_check, command.writable), FOR(COMMAND)},
    {KEY("environment", SCHEMA_ENVIRONMENT, config_check, command.environment), FOR(COMMAND)},
};
TABLE(schema_check, check_keys, .size = sizeof(struct config_check),
    .list = "a mapping of names to checks");

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
    {KEY("startup-delay", SCHEMA_DURATION, config_global, startup_delay), RANGE(0, DAY),
	DEFAULT(0)},
    {KEY("include", SCHEMA_PATTERNS, config_global, include)},
    {KEY("scripts", SCHEMA_MAP, config_global, scripts), BY(schema_scripts)},
    {LATER("realtime")},
};
TABLE(schema_global, global_keys);

static const struct schema_key authentication_keys[] = {
    {KEY("type", SCHEMA_WORD, config_authentication, type), WORDS(authentications), REQUIRED},
    {KEY("key", SCHEMA_SECRET, config_authentication, key), RANGE(1, CONF_KEY_SIZE)},
    {KEY("key-file", SCHEMA_PATH, config_authentication, key_file)},
};
TABLE(schema_authentication, authentication_keys);

static const struct schema_key announce_keys[] = {
    {KEY("repeat", SCHEMA_INTEGER, config_announce, repeat), RANGE(0, CONF_ANNOUNCE_REPEAT_MAX),
	DEFAULT(5)},
    {KEY("interval", SCHEMA_DURATION, config_announce, interval), RANGE(10, DAY), DEFAULT(250)},
    {KEY("delay", SCHEMA_DURATION, config_announce, delay), RANGE(0, DAY), DEFAULT(5000)},
    {KEY("refresh", SCHEMA_DURATION, config_announce, refresh), RANGE(0, DAY), DEFAULT(0)},
};
TABLE(schema_announce, announce_keys);

static const struct schema_key address_keys[] = {
    {KEY("address", SCHEMA_CIDR, config_address, address), REQUIRED},
    {KEY("device", SCHEMA_INTERFACE, config_address, device)},
    {KEY("label", SCHEMA_LABEL, config_address, label)},
    {KEY("scope", SCHEMA_WORD, config_address, scope), WORDS(scopes), DEFAULT(0)},
    {KEY("advertise", SCHEMA_BOOLEAN, config_address, advertise), DEFAULT(1)},
    {KEY("prefix-route", SCHEMA_BOOLEAN, config_address, prefix_route), DEFAULT(1)},
};
TABLE(schema_address, address_keys, .size = sizeof(struct config_address),
    .list = "a list of addresses", .item = "an address such as 192.0.2.10/24");

static const struct schema_key peer_keys[] = {
    {KEY("address", SCHEMA_ADDRESS, config_peer, address), REQUIRED},
    {KEY("min-ttl", SCHEMA_INTEGER, config_peer, min_ttl), RANGE(1, 255), DEFAULT(0)},
};
TABLE(schema_peer, peer_keys, .size = sizeof(struct config_peer), .list = "a list of peers",
    .item = "an address such as 192.0.2.2");

static const struct schema_key route_keys[] = {
    {KEY("to", SCHEMA_DESTINATION, config_route, to), REQUIRED},
    {KEY("via", SCHEMA_ADDRESS, config_route, via)},
    {KEY("device", SCHEMA_INTERFACE, config_route, device)},
    {KEY("table", SCHEMA_ROUTING, config_route, table), DEFAULT(CONFIG_TABLE_MAIN)},
    {KEY("metric", SCHEMA_INTEGER, config_route, metric), RANGE(0, UINT32_MAX), DEFAULT(0)},
    {KEY("source", SCHEMA_ADDRESS, config_route, source)},
    {KEY("scope", SCHEMA_WORD, config_route, scope), WORDS(scopes), DEFAULT(CONFIG_INHERITED)},
    {KEY("onlink", SCHEMA_BOOLEAN, config_route, onlink), DEFAULT(0)},
    {KEY("type", SCHEMA_WORD, config_route, type), WORDS(route_types), DEFAULT(CONF_ROUTE_UNICAST)},
    {KEY("mtu", SCHEMA_INTEGER, config_route, mtu), RANGE(68, CONF_MTU_MAX), DEFAULT(0)},
};
TABLE(schema_route, route_keys, .size = sizeof(struct config_route), .list = "a list of routes");

static const struct schema_key rule_keys[] = {
    {KEY("from", SCHEMA_NETWORK, config_rule, from)},
    {KEY("to", SCHEMA_NETWORK, config_rule, to)},
    {KEY("incoming", SCHEMA_INTERFACE, config_rule, incoming)},
    {KEY("outgoing", SCHEMA_INTERFACE, config_rule, outgoing)},
    {KEY("mark", SCHEMA_MARK, config_rule, mark)},
    {KEY("table", SCHEMA_ROUTING, config_rule, table), DEFAULT(CONFIG_BAD), REQUIRED},
    {KEY("preference", SCHEMA_INTEGER, config_rule, preference), RANGE(1, CONF_PREFERENCE_MAX),
	DEFAULT(0)},
};
TABLE(schema_rule, rule_keys, .size = sizeof(struct config_rule), .list = "a list of rules");

static const struct schema_key track_keys[] = {
    {KEY("check", SCHEMA_TEXT, config_track, check), LENGTH},
    {KEY("interface", SCHEMA_INTERFACE, config_track, interface)},
    {KEY("weight", SCHEMA_INTEGER, config_track, weight), RANGE(-CONF_WEIGHT_MAX, CONF_WEIGHT_MAX),
	DEFAULT(0)},
    {KEY("invert", SCHEMA_BOOLEAN, config_track, invert), DEFAULT(0)},
};
TABLE(schema_track, track_keys, .size = sizeof(struct config_track), .list = "a list of checks",
    .item = "the name of a check");

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
    {KEY("interface", SCHEMA_INTERFACE, config_instance, interface), REQUIRED},
    {KEY("vrid", SCHEMA_INTEGER, config_instance, vrid), RANGE(1, 255), DEFAULT(CONFIG_BAD),
	REQUIRED},
    {KEY("version", SCHEMA_INTEGER, config_instance, version), RANGE(2, 3), DEFAULT(3)},
    {KEY("authentication", SCHEMA_AUTHENTICATION, config_instance, authentication),
	BY(schema_authentication)},
    {KEY("priority", SCHEMA_INTEGER, config_instance, priority), RANGE(1, VRRP_PRIORITY_OWNER),
	DEFAULT(100)},
    /* the range is the version's: check_instance.c */
    {KEY("advertise-interval", SCHEMA_DURATION, config_instance, interval), RANGE(0, INT64_MAX),
	DEFAULT(1000)},
    {KEY("checksum", SCHEMA_WORD, config_instance, checksum), WORDS(checksums),
	DEFAULT(CONF_CHECKSUM_AUTO)},
    {KEY("preempt", SCHEMA_BOOLEAN, config_instance, preempt), DEFAULT(1)},
    {KEY("preempt-delay", SCHEMA_DURATION, config_instance, preempt_delay),
	RANGE(0, CONF_PREEMPT_DELAY_MAX_MS), DEFAULT(0)},
    {KEY("master-down-adverts", SCHEMA_INTEGER, config_instance, down_adverts),
	RANGE(1, CONF_DOWN_ADVERTS_MAX), DEFAULT(3)},
    {KEY("handover", SCHEMA_WORD, config_instance, handover), WORDS(handovers),
	DEFAULT(CONF_HANDOVER_MAKE_BEFORE_BREAK)},
    {KEY("addresses", SCHEMA_LIST, config_instance, addresses), BY(schema_address), REQUIRED,
	NOT_EMPTY("an instance has at least one address")},
    {KEY("accept-mode", SCHEMA_BOOLEAN, config_instance, accept_mode), DEFAULT(1)},
    {KEY("virtual-mac", SCHEMA_BOOLEAN, config_instance, virtual_mac), DEFAULT(0)},
    {KEY("source-address", SCHEMA_ADDRESS, config_instance, source)},
    {KEY("unicast-peers", SCHEMA_LIST, config_instance, peers), BY(schema_peer),
	NOT_EMPTY("name a peer, or remove the line for multicast")},
    {KEY("announce", SCHEMA_MAP, config_instance, announce), BY(schema_announce)},
    {KEY("routes", SCHEMA_LIST, config_instance, routes), BY(schema_route)},
    {KEY("rules", SCHEMA_LIST, config_instance, rules), BY(schema_rule)},
    {KEY("track", SCHEMA_LIST, config_instance, track), BY(schema_track)},
    {KEY("notify", SCHEMA_NOTIFY, config_instance, notify), BY(schema_notify)},
    {KEY("before-master", SCHEMA_COMMAND, config_instance, before_master)},
    {KEY("on-failure", SCHEMA_WORD, config_instance, on_failure), WORDS(on_failures),
	DEFAULT(CONF_ON_FAILURE_STAY)},
    {LATER("address-lease")},
    {LATER("on-conflict")},
};
TABLE(schema_instance, instance_keys, .size = sizeof(struct config_instance),
    .list = "a mapping of names to instances");

static const struct schema_key group_keys[] = {
    {KEY("members", SCHEMA_NAMES, config_group, members), REQUIRED},
    {KEY("track", SCHEMA_LIST, config_group, track), BY(schema_track)},
    {KEY("notify", SCHEMA_NOTIFY, config_group, notify), BY(schema_notify)},
};
TABLE(schema_group, group_keys, .size = sizeof(struct config_group),
    .list = "a mapping of names to groups");

#define SECTIONS \
	{KEY("checks", SCHEMA_CHECKS, config, checks), BY(schema_check)}, \
	    {KEY("instances", SCHEMA_INSTANCES, config, instances), BY(schema_instance)}, \
	    {KEY("sync-groups", SCHEMA_GROUPS, config, groups), BY(schema_group)},

static const struct schema_key root_keys[] = {
    {KEY("version", SCHEMA_INTEGER, config, version), RANGE(1, 1), DEFAULT(CONFIG_BAD), REQUIRED},
    {KEY("global", SCHEMA_MAP, config, global), BY(schema_global)},
    {KEY("defaults", SCHEMA_DEFAULTS, config, defaults), BY(schema_instance)}, SECTIONS};
TABLE(schema_root, root_keys);

/* An included file says again which version it is, or not, and adds to the sections. */
static const struct schema_key included_keys[] = {
    {KEY("version", SCHEMA_INTEGER, config, included_version), RANGE(1, 1)},
    {.name = "global", .type = SCHEMA_MAIN}, {.name = "defaults", .type = SCHEMA_MAIN}, SECTIONS};
TABLE(schema_included, included_keys);

const struct schema_key *
schema_find(const struct schema_table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (strcmp(table->keys[i].name, name) == 0)
			return &table->keys[i];
	return NULL;
}

bool
schema_is_number(const struct schema_key *key)
{
	return key->type == SCHEMA_BOOLEAN || key->type == SCHEMA_INTEGER ||
	       key->type == SCHEMA_DURATION || key->type == SCHEMA_WORD ||
	       key->type == SCHEMA_ROUTING;
}

struct config_at
schema_at(const struct schema_key *key, const void *object)
{
	const void *member = (const char *)object + key->offset;

	switch (key->type) {
	case SCHEMA_BOOLEAN:
	case SCHEMA_INTEGER:
	case SCHEMA_DURATION:
	case SCHEMA_WORD:
	case SCHEMA_ROUTING:
		return ((const struct config_number *)member)->at;
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_SECRET:
	case SCHEMA_USER:
	case SCHEMA_LOGIN:
	case SCHEMA_INTERFACE:
	case SCHEMA_LABEL:
	case SCHEMA_PROCESS:
	case SCHEMA_PATH:
		return ((const struct config_text *)member)->at;
	case SCHEMA_ARGV:
	case SCHEMA_PATHS:
	case SCHEMA_PATTERNS:
	case SCHEMA_NAMES:
		return ((const struct config_list *)member)->at;
	case SCHEMA_ENVIRONMENT:
		return ((const struct config_environment *)member)->at;
	case SCHEMA_ADDRESS:
	case SCHEMA_CIDR:
	case SCHEMA_NETWORK:
	case SCHEMA_DESTINATION:
		return ((const struct config_prefix *)member)->at;
	case SCHEMA_MARK:
		return ((const struct config_mark *)member)->at;
	case SCHEMA_SERVER:
	case SCHEMA_URL:
		return ((const struct config_server *)member)->at;
	case SCHEMA_FREE:
		return ((const struct config_free *)member)->at;
	case SCHEMA_NOTIFY:
		return ((const struct config_notify *)member)->at;
	case SCHEMA_MAP:
		return *(const struct config_at *)member;
	case SCHEMA_LIST:
	case SCHEMA_CHECKS:
	case SCHEMA_INSTANCES:
	case SCHEMA_GROUPS:
		return ((const struct config_items *)member)->at;
	case SCHEMA_LATER:
	case SCHEMA_MAIN:
	case SCHEMA_COMMAND:
	case SCHEMA_AUTHENTICATION:
	case SCHEMA_DEFAULTS:
		break;
	}
	return (struct config_at){0};
}

void
schema_complete(const struct schema_table *table, void *object)
{
	struct config_number *number;
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct schema_key *key = &table->keys[i];

		if (key->type == SCHEMA_MAP)
			schema_complete(key->table, schema_member(key, object));
		if (!schema_is_number(key))
			continue;
		number = schema_member(key, object);
		if (number->at.line == 0)
			number->value = key->fallback;
	}
}

const char *
schema_kind_name(enum conf_check_kind kind)
{
	size_t i;

	for (i = 0; i < COUNT(check_keys); i++)
		if (check_keys[i].decides && check_keys[i].kinds == 1U << kind)
			return check_keys[i].name;
	return "?";
}
