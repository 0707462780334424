/*
 * Bounds of the configuration's records; any process that gets them from another one.
 */
#include "common/conf_bounds.h"

#include <limits.h>
#include <string.h>

#include "common/vrrp.h"

static bool
is_terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool
in_range(uint32_t value, uint32_t min, uint32_t max)
{
	return value >= min && value <= max;
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static bool
global_is_valid(const struct conf *conf, const struct conf_global *g, bool partial)
{
	(void)partial;
	return conf->global.max_parallel == 0 && /* there is one a configuration */
	       is_terminated(g->router_name, sizeof(g->router_name)) &&
	       conf_name_is_valid(g->router_name) && g->engine_uid != 0 && g->checker_uid != 0 &&
	       g->stop_timeout_ms <= CONF_DURATION_MAX_MS &&
	       g->startup_delay_ms <= CONF_DURATION_MAX_MS &&
	       in_range(g->max_parallel, 1, CONF_PARALLEL_MAX);
}

static bool
group_is_valid(const struct conf *conf, const struct conf_group *g, bool partial)
{
	const size_t count = conf->group_count;

	(void)partial;
	return g->id > (count > 0 ? conf->group[count - 1].id : 0) &&
	       is_terminated(g->name, sizeof(g->name)) && conf_name_is_valid(g->name) &&
	       g->retiring <= 1;
}

/* An address of that family with nothing behind its bytes. */
static bool
addr_is_clean(const struct addr *a, uint8_t family)
{
	size_t i;

	if (a->family != family || addr_size(family) == 0)
		return false;
	for (i = addr_size(family); i < sizeof(a->bytes); i++)
		if (a->bytes[i] != 0)
			return false;
	return true;
}

static bool
addr_is_clean_or_unset(const struct addr *a, uint8_t family)
{
	return !addr_is_set(a) || addr_is_clean(a, family);
}

static bool
family_is_valid(uint8_t family)
{
	return family == ADDR_IPV4 || family == ADDR_IPV6;
}

/* Empty, or the name of an interface. */
static bool
device_is_valid(const char *device)
{
	return is_terminated(device, CONF_IFNAME_MAX) &&
	       (device[0] == '\0' || conf_interface_is_valid(device));
}

static bool
announce_is_valid(const struct conf_instance *in)
{
	return in->announce_repeat <= CONF_ANNOUNCE_REPEAT_MAX &&
	       in_range(in->announce_interval_ms, 1, CONF_DURATION_MAX_MS) &&
	       in->announce_delay_ms <= CONF_DURATION_MAX_MS &&
	       (in->announce_refresh_ms == 0 ||
		   in_range(in->announce_refresh_ms, CONF_ANNOUNCE_REFRESH_MIN_MS,
		       CONF_DURATION_MAX_MS));
}

/* A key goes with authentication, and that with version 2. */
static bool
authentication_is_valid(const struct conf_instance *in)
{
	static const uint8_t none[CONF_KEY_SIZE];

	if (in->authentication >= CONF_AUTHENTICATION_COUNT)
		return false;
	if (in->authentication == CONF_AUTHENTICATION_NONE)
		return memcmp(in->key, none, sizeof(none)) == 0;
	return in->version == 2 && in->key[0] != 0;
}

/* Version 2 is IPv4 only and counts whole seconds (RFC 3768 5.3.7). */
static bool
version_is_valid(const struct conf_instance *in)
{
	if (in->version == 3)
		return in_range(in->interval_cs, 1, VRRP_INTERVAL_CS_MAX);
	return in->version == 2 && in->family == ADDR_IPV4 && in->interval_cs % 100 == 0 &&
	       in_range(in->interval_cs, 100, VRRP_INTERVAL_V2_CS_MAX);
}

static bool
switches_are_valid(const struct conf_instance *in)
{
	return in->preempt <= 1 && in->enabled <= 1 && in->accept_mode <= 1 &&
	       in->virtual_mac <= 1 && in->retiring <= 1 && in->checksum < CONF_CHECKSUM_COUNT &&
	       in->handover < CONF_HANDOVER_COUNT && in->on_failure < CONF_ON_FAILURE_COUNT;
}

/* With a virtual MAC there is a name for its interface, without one there is none. */
static bool
virtual_interface_is_valid(const struct conf_instance *in)
{
	return device_is_valid(in->virtual_interface) &&
	       (in->virtual_interface[0] != '\0') == (in->virtual_mac != 0);
}

static bool
instance_is_valid(const struct conf *conf, const struct conf_instance *in, bool partial)
{
	const size_t count = conf->instance_count;

	(void)partial;
	return in->id > (count > 0 ? conf->instance[count - 1].id : 0) &&
	       is_terminated(in->name, sizeof(in->name)) && conf_name_is_valid(in->name) &&
	       is_terminated(in->interface, sizeof(in->interface)) &&
	       conf_interface_is_valid(in->interface) && in->vrid != 0 &&
	       family_is_valid(in->family) && version_is_valid(in) && in->priority != 0 &&
	       switches_are_valid(in) && authentication_is_valid(in) && in->down_adverts != 0 &&
	       (in->group == 0 || conf_find_group(conf, in->group) != NULL) &&
	       in->preempt_delay_ms <= CONF_PREEMPT_DELAY_MAX_MS &&
	       addr_is_clean_or_unset(&in->source, in->family) && announce_is_valid(in) &&
	       virtual_interface_is_valid(in);
}

/* Records of instances come in the order of instances. */
static bool
comes_in_order(const struct conf *conf, uint32_t instance, uint32_t last)
{
	return instance >= last && conf_find_instance(conf, instance) != NULL;
}

/* RT_SCOPE_*: universe, site, link, host. */
static bool
scope_is_valid(uint8_t scope)
{
	return scope == 0 || scope == 200 || scope == 253 || scope == 254;
}

/* Alone; what the others say about it is address_fits()'s. */
static bool
address_is_sound(const struct conf_instance *in, const struct conf_address *a)
{
	return in != NULL && addr_is_clean(&a->addr, a->addr.family) && a->advertise <= 1 &&
	       a->prefix_route <= 1 && (!a->advertise || a->addr.family == in->family) &&
	       in_range(a->prefix_length, 1, (uint32_t)addr_size(a->addr.family) * 8) &&
	       scope_is_valid(a->scope) && device_is_valid(a->device) &&
	       is_terminated(a->label, sizeof(a->label)) && is_printable(a->label) &&
	       (a->label[0] == '\0' || a->addr.family == ADDR_IPV4);
}

/* In the order of instances, each one once a device and no more than an advert holds. */
static bool
address_is_valid(const struct conf *conf, const struct conf_address *a, bool partial)
{
	const struct conf_instance *in = conf_find_instance(conf, a->instance);
	const struct conf_address *other;
	size_t i, count = 0, advertised = 0;

	(void)partial;
	if (!address_is_sound(in, a))
		return false;
	for (i = conf->address_count; i > 0 && conf->address[i - 1].instance == in->id; i--) {
		other = &conf->address[i - 1];
		advertised += other->advertise;
		if (addr_equal(&other->addr, &a->addr) && strcmp(other->device, a->device) == 0)
			return false;
		if (++count >= CONF_ADDRESSES_MAX)
			return false;
	}
	if (a->advertise && advertised >= VRRP_ADDRESSES_MAX)
		return false;
	return i == 0 || conf->address[i - 1].instance < in->id;
}

static bool
peer_is_valid(const struct conf *conf, const struct conf_peer *p, bool partial)
{
	const size_t count = conf->peer_count;

	(void)partial;
	return comes_in_order(conf, p->instance, count > 0 ? conf->peer[count - 1].instance : 0) &&
	       addr_is_clean(&p->addr, conf_find_instance(conf, p->instance)->family);
}

/* A route that leads nowhere has no way. */
static bool
way_is_valid(const struct conf_route *r)
{
	if (r->type == CONF_ROUTE_UNICAST)
		return r->onlink == 0 || (r->onlink == 1 && addr_is_set(&r->via));
	return r->type < CONF_ROUTE_COUNT && !addr_is_set(&r->via) && !addr_is_set(&r->source) &&
	       r->device[0] == '\0' && r->onlink == 0 && r->mtu == 0;
}

static bool
route_is_valid(const struct conf *conf, const struct conf_route *r, bool partial)
{
	const size_t count = conf->route_count;

	(void)partial;
	return comes_in_order(conf, r->instance, count > 0 ? conf->route[count - 1].instance : 0) &&
	       addr_is_clean(&r->to, r->to.family) &&
	       addr_is_clean_or_unset(&r->via, r->to.family) &&
	       addr_is_clean_or_unset(&r->source, r->to.family) &&
	       r->prefix_length <= addr_size(r->to.family) * 8 && r->table != 0 &&
	       (scope_is_valid(r->scope) || r->scope == UINT8_MAX) && r->mtu <= CONF_MTU_MAX &&
	       device_is_valid(r->device) && way_is_valid(r);
}

/* The side of a rule: an address and its length, or neither. */
static bool
side_is_valid(const struct addr *a, uint8_t length, uint8_t family)
{
	return addr_is_set(a) ? addr_is_clean(a, family) && length <= addr_size(family) * 8
			      : length == 0;
}

static bool
rule_is_valid(const struct conf *conf, const struct conf_rule *r, bool partial)
{
	const size_t count = conf->rule_count;

	(void)partial;
	return comes_in_order(conf, r->instance, count > 0 ? conf->rule[count - 1].instance : 0) &&
	       family_is_valid(r->family) && side_is_valid(&r->from, r->from_length, r->family) &&
	       side_is_valid(&r->to, r->to_length, r->family) && r->table != 0 &&
	       r->preference <= CONF_PREFERENCE_MAX && (r->mark & ~r->mask) == 0 &&
	       device_is_valid(r->incoming) && device_is_valid(r->outgoing);
}

static bool
runner_is_valid(const struct conf *conf, const struct conf_runner *r, bool partial)
{
	const size_t count = conf->runner_count;

	(void)partial;
	return r->id > (count > 0 ? conf->runner[count - 1].id : 0) &&
	       is_terminated(r->name, sizeof(r->name)) && r->name[0] != '\0' &&
	       r->uid != conf->global.engine_uid && r->uid != conf->global.checker_uid &&
	       r->uid != UINT_MAX && r->gid != UINT_MAX;
}

/* Walks over count strings that begin with first ('\0' = anything). NULL when they do not fit. */
static const char *
skip_strings(const char *p, const char *end, uint32_t count, char first)
{
	while (count-- > 0) {
		if (p == end || (first != '\0' && *p != first))
			return NULL;
		p += strlen(p) + 1; /* the text ends with NUL: this stays inside */
	}
	return p;
}

static bool
environment_is_valid(const char *p, uint32_t count)
{
	const char *equals;

	for (; count-- > 0; p += strlen(p) + 1) {
		equals = strchr(p, '=');
		if (equals == NULL || equals == p)
			return false;
	}
	return true;
}

/* Absolute command, "KEY=value" strings, absolute writable paths, and nothing after them. */
static bool
command_text_is_valid(const struct conf_command *c)
{
	const char *end = c->text + c->text_length, *environment, *writable;

	if (!in_range(c->text_length, 1, CONF_TEXT_MAX) || end[-1] != '\0' || c->argc == 0 ||
	    c->text[0] != '/')
		return false;
	environment = skip_strings(c->text, end, c->argc, '\0');
	if (environment == NULL)
		return false;
	writable = skip_strings(environment, end, c->envc, '\0');
	if (writable == NULL || !environment_is_valid(environment, c->envc))
		return false;
	return skip_strings(writable, end, c->writablec, '/') == end;
}

static bool
command_is_valid(const struct conf *conf, const struct conf_command *c, bool partial)
{
	const size_t count = conf->command_count;

	(void)partial;
	return c->id > (count > 0 ? conf->command[count - 1].id : 0) &&
	       conf_find_runner(conf, c->runner) != NULL &&
	       in_range(c->timeout_ms, 1, CONF_DURATION_MAX_MS) &&
	       c->sandbox < CONF_SANDBOX_COUNT && command_text_is_valid(c);
}

static bool
runs_as(const struct conf *conf, uint32_t command, uint32_t runner, bool partial)
{
	const struct conf_command *c;

	if (partial)
		return command != 0 && conf_find_runner(conf, runner) != NULL;
	c = conf_find_command(conf, command);
	return c != NULL && c->runner == runner;
}

/* The text, when there is one, ends with its only NUL. */
static bool
check_text_is_valid(const struct conf_check *c)
{
	return c->text_length == 0 ||
	       (in_range(c->text_length, 2, CONF_PATH_MAX) &&
		   memchr(c->text, '\0', c->text_length) == &c->text[c->text_length - 1]);
}

/* "host/path" of a request: nothing in it begins a new line of it. */
static bool
request_is_valid(const char *text)
{
	return text[0] != '/' && strchr(text, '/') != NULL && is_printable(text);
}

/* Whether the members of each kind are those of this one; the others are zero. */
static bool
members_are_of_kind(const struct conf_check *c)
{
	const bool has_addr =
	    c->kind == CONF_CHECK_TCP || c->kind == CONF_CHECK_HTTP || c->kind == CONF_CHECK_PING;
	const bool has_text = c->kind == CONF_CHECK_PROCESS || c->kind == CONF_CHECK_HTTP ||
			      c->kind == CONF_CHECK_FILE || c->kind == CONF_CHECK_DISK;
	const bool has_port = c->kind == CONF_CHECK_TCP || c->kind == CONF_CHECK_HTTP;

	return addr_is_set(&c->addr) == has_addr && (c->text_length > 0) == has_text &&
	       (c->port != 0) == has_port && (c->kind == CONF_CHECK_PING || c->device[0] == '\0') &&
	       (c->kind == CONF_CHECK_PROCESS || (c->count_min == 0 && c->count_max == 0)) &&
	       (c->kind == CONF_CHECK_HTTP || c->expect == 0) &&
	       (c->kind == CONF_CHECK_DISK || (c->free_percent == 0 && c->free_bytes == 0)) &&
	       (c->kind == CONF_CHECK_EXTERNAL || (c->expires_ms == 0 && c->set_by_uid == 0));
}

static bool
probe_is_valid(const struct conf_check *c)
{
	if (!check_text_is_valid(c) || !members_are_of_kind(c))
		return false;
	switch ((enum conf_check_kind)c->kind) {
	case CONF_CHECK_COMMAND:
	case CONF_CHECK_TCP:
	case CONF_CHECK_PING:
		return true;
	case CONF_CHECK_PROCESS:
		return c->count_min <= c->count_max && c->count_max <= CONF_PROCESSES_MAX;
	case CONF_CHECK_HTTP:
		return request_is_valid(c->text) &&
		       (c->expect == 0 || in_range(c->expect, 100, 599));
	case CONF_CHECK_FILE:
		return c->text[0] == '/';
	case CONF_CHECK_DISK:
		return c->text[0] == '/' && c->free_percent <= 100 &&
		       (c->free_percent != 0) != (c->free_bytes != 0);
	case CONF_CHECK_EXTERNAL:
		return c->set_by_uid != 0 && c->expires_ms <= CONF_DURATION_MAX_MS;
	case CONF_CHECK_KINDS:
		break;
	}
	return false;
}

/* Who runs it: root runs hooks only, and what is set from outside nobody. */
static bool
check_runs_as(const struct conf *conf, const struct conf_check *c, bool partial)
{
	const struct conf_runner *runner = conf_find_runner(conf, c->runner);

	if (c->kind == CONF_CHECK_EXTERNAL)
		return c->runner == 0 && c->command == 0;
	if (runner == NULL || runner->uid == 0)
		return false;
	if (c->kind == CONF_CHECK_COMMAND)
		return runs_as(conf, c->command, c->runner, partial);
	return c->command == 0;
}

static bool
check_is_valid(const struct conf *conf, const struct conf_check *c, bool partial)
{
	const size_t count = conf->check_count;

	return c->id > (count > 0 ? conf->check[count - 1].id : 0) &&
	       is_terminated(c->name, sizeof(c->name)) && conf_name_is_valid(c->name) &&
	       in_range(c->interval_ms, 1, CONF_DURATION_MAX_MS) &&
	       in_range(c->timeout_ms, 1, CONF_DURATION_MAX_MS) &&
	       in_range(c->fall, 1, CONF_DAMPING_MAX) && in_range(c->rise, 1, CONF_DAMPING_MAX) &&
	       c->initial < CONF_INITIAL_COUNT && c->kind < CONF_CHECK_KINDS &&
	       device_is_valid(c->device) && addr_is_clean_or_unset(&c->addr, c->addr.family) &&
	       check_runs_as(conf, c, partial) && probe_is_valid(c);
}

/* Of exactly one target: an instance or a group. */
static bool
target_is_valid(const struct conf *conf, uint32_t instance, uint32_t group)
{
	if (instance != 0)
		return group == 0 && conf_find_instance(conf, instance) != NULL;
	return group != 0 && conf_find_group(conf, group) != NULL;
}

/* A member of a group has no weights of its own; a number is read from files only. */
static bool
weight_is_valid(const struct conf *conf, const struct conf_track *t)
{
	const struct conf_instance *in = conf_find_instance(conf, t->instance);
	const struct conf_check *check = conf_find_check(conf, t->check);

	if (t->weight < -CONF_WEIGHT_MAX || t->weight > CONF_WEIGHT_MAX ||
	    (t->weight != 0 && in != NULL && in->group != 0))
		return false;
	return t->by_value == 0 || (t->by_value == 1 && t->weight != 0 && t->invert == 0 &&
				       check != NULL && check->kind == CONF_CHECK_FILE);
}

static bool
track_is_valid(const struct conf *conf, const struct conf_track *t, bool partial)
{
	(void)partial;
	return target_is_valid(conf, t->instance, t->group) &&
	       is_terminated(t->interface, sizeof(t->interface)) && t->invert <= 1 &&
	       weight_is_valid(conf, t) &&
	       (t->check != 0 ? t->interface[0] == '\0' && conf_find_check(conf, t->check) != NULL
			      : conf_interface_is_valid(t->interface));
}

/* In the order of (instance, group, slot), which also makes each unique. */
static bool
hook_is_valid(const struct conf *conf, const struct conf_hook *h, bool partial)
{
	const struct conf_hook *last;

	if (h->slot >= CONF_HOOK_SLOTS || !target_is_valid(conf, h->instance, h->group) ||
	    (h->group != 0 && h->slot == CONF_HOOK_GATE) ||
	    !runs_as(conf, h->command, h->runner, partial))
		return false;
	if (conf->hook_count == 0)
		return true;
	last = &conf->hook[conf->hook_count - 1];
	if (last->instance != h->instance)
		return last->instance != 0 && (h->instance == 0 || last->instance < h->instance);
	return last->group < h->group || (last->group == h->group && last->slot < h->slot);
}

bool
conf_bounds_hold(const struct conf *conf, enum conf_kind kind, const void *record, bool partial)
{
	/* There is one global record, and it comes first. */
	if (kind != CONF_GLOBAL && conf->global.max_parallel == 0)
		return false;
	switch (kind) {
	case CONF_GLOBAL:
		return global_is_valid(conf, record, partial);
#define CONF_BOUNDS(lower, UPPER) \
	case CONF_##UPPER: \
		return lower##_is_valid(conf, record, partial);
		CONF_KINDS(CONF_BOUNDS)
#undef CONF_BOUNDS
	case CONF_KIND_COUNT:
		break;
	}
	return false;
}
