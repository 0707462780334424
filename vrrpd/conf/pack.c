/*
 * struct config -> the flat records of common/conf.h; config role. Ids are given here, from 1 and
 * in the order in which records go out.
 */
#include "vrrpd/conf/pack.h"

#include <bsd/string.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "vrrpd/conf/vmac_name.h"

#define PACK_SCOPE_BY_KERNEL 255

struct packer {
	struct config *config;
	pack_emit emit;
	void *ctx;
};

/* The host's name up to the first dot, if it is a name to us. */
static void
default_router_name(char name[CONF_NAME_MAX])
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) == -1)
		host[0] = '\0';
	host[strcspn(host, ".")] = '\0';
	strlcpy(name, conf_name_is_valid(host) ? host : "vrrpd", CONF_NAME_MAX);
}

static int
pack_global(const struct packer *p)
{
	const struct config *config = p->config;
	const struct config_scripts *scripts = &config->global.scripts;
	struct conf_global g = {.engine_uid = config->engine_uid,
	    .engine_gid = config->engine_gid,
	    .checker_uid = config->checker_uid,
	    .checker_gid = config->checker_gid,
	    .stop_timeout_ms = (uint32_t)scripts->stop_timeout.value,
	    .startup_delay_ms = (uint32_t)config->global.startup_delay.value,
	    .max_parallel = (uint32_t)scripts->max_parallel.value};

	if (config->global.router_name.text != NULL)
		strlcpy(g.router_name, config->global.router_name.text, sizeof(g.router_name));
	else
		default_router_name(g.router_name);
	return p->emit(p->ctx, CONF_GLOBAL, &g);
}

static int
pack_groups(const struct packer *p)
{
	struct config_group *g;
	struct conf_group r;
	size_t i;

	for (i = 0; i < p->config->groups.count; i++) {
		g = &p->config->groups.item[i];
		g->id = (uint32_t)i + 1;
		r = (struct conf_group){.id = g->id};
		strlcpy(r.name, g->name, sizeof(r.name));
		if (p->emit(p->ctx, CONF_GROUP, &r) == -1)
			return -1;
	}
	return 0;
}

static int
pack_instance(const struct packer *p, const struct config_instance *in)
{
	struct conf_instance r = {.id = in->id,
	    .vrid = (uint8_t)in->vrid.value,
	    .family = in->family,
	    .version = (uint8_t)in->version.value,
	    .priority = (uint8_t)in->priority.value,
	    .preempt = (uint8_t)in->preempt.value,
	    .enabled = (uint8_t)in->enabled.value,
	    .checksum = (uint8_t)in->checksum.value,
	    .handover = (uint8_t)in->handover.value,
	    .on_failure = (uint8_t)in->on_failure.value,
	    .accept_mode = (uint8_t)in->accept_mode.value,
	    .virtual_mac = (uint8_t)in->virtual_mac.value,
	    .down_adverts = (uint8_t)in->down_adverts.value,
	    .group = in->group == NULL ? 0 : in->group->id,
	    .interval_cs = (uint32_t)in->interval.value / 10,
	    .preempt_delay_ms = (uint32_t)in->preempt_delay.value,
	    .announce_repeat = (uint32_t)in->announce.repeat.value,
	    .announce_interval_ms = (uint32_t)in->announce.interval.value,
	    .announce_delay_ms = (uint32_t)in->announce.delay.value,
	    .announce_refresh_ms = (uint32_t)in->announce.refresh.value,
	    .source = in->source.addr};

	strlcpy(r.name, in->name, sizeof(r.name));
	strlcpy(r.interface, in->interface.text, sizeof(r.interface));
	if (in->virtual_mac.value)
		vmac_format_name(&r, r.virtual_interface);
	if (in->authentication != NULL) {
		r.authentication = CONF_AUTHENTICATION_PASS;
		memcpy(r.key, in->authentication->bytes, sizeof(r.key));
	}
	return p->emit(p->ctx, CONF_INSTANCE, &r);
}

static int
pack_instances(const struct packer *p)
{
	struct config_instance *in;
	size_t i;

	for (i = 0; i < p->config->instances.count; i++) {
		in = &p->config->instances.item[i];
		in->id = (uint32_t)i + 1;
		if (pack_instance(p, in) == -1)
			return -1;
	}
	return 0;
}

/* ---- what belongs to an instance: all of one kind, in the order of instances ---- */

/* A name that may be left out. */
static void
put_device(char device[CONF_IFNAME_MAX], const struct config_text *text)
{
	if (text->text != NULL)
		strlcpy(device, text->text, CONF_IFNAME_MAX);
}

/* RT_SCOPE_* of a word of schema.c. */
static uint8_t
scope_of(const struct config_number *word)
{
	static const uint8_t scopes[] = {
	    RT_SCOPE_UNIVERSE, RT_SCOPE_SITE, RT_SCOPE_LINK, RT_SCOPE_HOST};

	return word->value == CONFIG_INHERITED ? PACK_SCOPE_BY_KERNEL : scopes[word->value];
}

static int
pack_address(
    const struct packer *p, const struct config_instance *in, const struct config_address *a)
{
	struct conf_address r = {.instance = in->id,
	    .addr = a->address.addr,
	    .prefix_length = a->address.length,
	    .advertise = (uint8_t)a->advertise.value,
	    .prefix_route = (uint8_t)a->prefix_route.value,
	    .scope = scope_of(&a->scope)};

	put_device(r.device, &a->device);
	put_device(r.label, &a->label);
	return p->emit(p->ctx, CONF_ADDRESS, &r);
}

static int
pack_peer(const struct packer *p, const struct config_instance *in, const struct config_peer *peer)
{
	const struct conf_peer r = {.instance = in->id,
	    .addr = peer->address.addr,
	    .min_ttl = (uint8_t)peer->min_ttl.value};

	return p->emit(p->ctx, CONF_PEER, &r);
}

static int
pack_route(
    const struct packer *p, const struct config_instance *in, const struct config_route *route)
{
	struct conf_route r = {.instance = in->id,
	    .to = {.family = config_route_family(in, route)},
	    .via = route->via.addr,
	    .source = route->source.addr,
	    .type = (uint8_t)route->type.value,
	    .scope = scope_of(&route->scope),
	    .onlink = (uint8_t)route->onlink.value,
	    .table = (uint32_t)route->table.value,
	    .metric = (uint32_t)route->metric.value,
	    .mtu = (uint32_t)route->mtu.value};

	if (!route->to.is_default) {
		r.to = route->to.addr;
		r.prefix_length = route->to.length;
	}
	put_device(r.device, &route->device);
	return p->emit(p->ctx, CONF_ROUTE, &r);
}

/* Everything is the same as nothing. */
static void
put_side(struct addr *addr, uint8_t *length, const struct config_prefix *side)
{
	if (side->length == 0)
		return;
	*addr = side->addr;
	*length = side->length;
}

static int
pack_rule(const struct packer *p, const struct config_instance *in, const struct config_rule *rule)
{
	struct conf_rule r = {.instance = in->id,
	    .family = config_rule_family(in, rule),
	    .table = (uint32_t)rule->table.value,
	    .preference = (uint32_t)rule->preference.value,
	    .mark = rule->mark.mark,
	    .mask = rule->mark.mask};

	put_side(&r.from, &r.from_length, &rule->from);
	put_side(&r.to, &r.to_length, &rule->to);
	put_device(r.incoming, &rule->incoming);
	put_device(r.outgoing, &rule->outgoing);
	return p->emit(p->ctx, CONF_RULE, &r);
}

#define PACK_EACH(function, list, pack_one) \
	static int function(const struct packer *p) \
	{ \
		const struct config_instance *in; \
		size_t i, j; \
\
		for (i = 0; i < p->config->instances.count; i++) { \
			in = &p->config->instances.item[i]; \
			for (j = 0; j < in->list.count; j++) \
				if (pack_one(p, in, &in->list.item[j]) == -1) \
					return -1; \
		} \
		return 0; \
	}
PACK_EACH(pack_addresses, addresses, pack_address)
PACK_EACH(pack_peers, peers, pack_peer)
PACK_EACH(pack_routes, routes, pack_route)
PACK_EACH(pack_rules, rules, pack_rule)

/* ---- who runs what ---- */

/* One runner for users that are the same to the kernel, however they are written. */
static uint32_t
same_runner(struct config *config, const struct config_user *user)
{
	struct config_user *other;

	RB_FOREACH(other, config_users, &config->users) {
		if (other == user)
			break;
		if (other->uid == user->uid && other->gid == user->gid)
			return other->runner;
	}
	return 0;
}

static int
pack_runners(const struct packer *p)
{
	struct config_user *user;
	struct conf_runner r;
	uint32_t last = 0;

	RB_FOREACH(user, config_users, &p->config->users) {
		user->runner = same_runner(p->config, user);
		if (user->runner != 0)
			continue;
		user->runner = ++last;
		r = (struct conf_runner){.id = last, .uid = user->uid, .gid = user->gid};
		strlcpy(r.name, user->name, sizeof(r.name));
		if (p->emit(p->ctx, CONF_RUNNER, &r) == -1)
			return -1;
	}
	return 0;
}

static int
pack_commands(const struct packer *p)
{
	struct conf_command r = {0};
	struct config_command *c;
	uint32_t last = 0;

	RB_FOREACH(c, config_commands, &p->config->commands) {
		r.id = c->id = ++last;
		r.runner = c->user->runner;
		r.timeout_ms = (uint32_t)c->timeout.value;
		r.sandbox = (uint8_t)c->sandbox.value;
		r.argc = (uint16_t)c->argv.count;
		r.envc = (uint16_t)c->environment.count;
		r.writablec = (uint16_t)c->writable.count;
		r.text_length = (uint32_t)c->text_length;
		memcpy(r.text, c->text, c->text_length);
		if (p->emit(p->ctx, CONF_COMMAND, &r) == -1)
			return -1;
	}
	return 0;
}

static void
put_check_text(struct conf_check *r, const char *text)
{
	r->text_length = (uint32_t)strlcpy(r->text, text, sizeof(r->text)) + 1;
}

/* What is of its kind. */
static void
put_kind(struct conf_check *r, const struct config_check *c)
{
	switch (c->kind) {
	case CONF_CHECK_COMMAND:
		r->command = c->command.same->id;
		break;
	case CONF_CHECK_PROCESS:
		put_check_text(r, c->process.text);
		r->count_min = (uint32_t)c->count.min.value;
		r->count_max = (uint32_t)c->count.max.value;
		break;
	case CONF_CHECK_TCP:
		r->addr = c->tcp.addr;
		r->port = c->tcp.port;
		break;
	case CONF_CHECK_HTTP:
		r->addr = c->http.addr;
		r->port = c->http.port;
		put_check_text(r, c->http.request);
		r->expect = c->expect.value == CONFIG_INHERITED ? 0 : (uint32_t)c->expect.value;
		break;
	case CONF_CHECK_PING:
		r->addr = c->ping.addr;
		put_device(r->device, &c->device);
		break;
	case CONF_CHECK_FILE:
		put_check_text(r, c->file.text);
		break;
	case CONF_CHECK_DISK:
		put_check_text(r, c->disk.path.text);
		r->free_percent = c->disk.free.percent;
		r->free_bytes = c->disk.free.bytes;
		break;
	case CONF_CHECK_EXTERNAL:
		r->expires_ms = (uint32_t)c->expires.value;
		r->set_by_uid = c->set_by_uid == 0 ? UINT32_MAX : c->set_by_uid; /* 0 may anyway */
		break;
	case CONF_CHECK_KINDS:
		break;
	}
}

static int
pack_check(const struct packer *p, struct config_check *c)
{
	struct conf_check r = {.id = c->id,
	    .kind = (uint8_t)c->kind,
	    .runner = c->command.user == NULL ? 0 : c->command.user->runner,
	    .interval_ms = (uint32_t)c->interval.value,
	    .timeout_ms = (uint32_t)c->command.timeout.value,
	    .fall = (uint32_t)c->fall.value,
	    .rise = (uint32_t)c->rise.value,
	    .initial = (uint8_t)c->initial.value};

	strlcpy(r.name, c->name, sizeof(r.name));
	put_kind(&r, c);
	return p->emit(p->ctx, CONF_CHECK, &r);
}

static int
pack_checks(const struct packer *p)
{
	size_t i;

	for (i = 0; i < p->config->checks.count; i++) {
		p->config->checks.item[i].id = (uint32_t)i + 1;
		if (pack_check(p, &p->config->checks.item[i]) == -1)
			return -1;
	}
	return 0;
}

/* ---- what instances and groups depend on and run: one of both ids is 0 ---- */

static int
pack_track_list(const struct packer *p, uint32_t instance, uint32_t group,
    const struct config_track *item, size_t count)
{
	const struct config_check *check;
	struct conf_track r;
	size_t i;

	for (i = 0; i < count; i++) {
		check = item[i].found;
		r = (struct conf_track){.instance = instance,
		    .group = group,
		    .check = check == NULL ? 0 : check->id,
		    .weight = (int32_t)item[i].weight.value,
		    .invert = (uint8_t)item[i].invert.value,
		    .by_value = check != NULL && check->kind == CONF_CHECK_FILE &&
				item[i].weight.value != 0};
		put_device(r.interface, &item[i].interface);
		if (p->emit(p->ctx, CONF_TRACK, &r) == -1)
			return -1;
	}
	return 0;
}

static int
pack_tracks(const struct packer *p)
{
	const struct config_instance *in;
	const struct config_group *g;
	size_t i;

	for (i = 0; i < p->config->instances.count; i++) {
		in = &p->config->instances.item[i];
		if (pack_track_list(p, in->id, 0, in->track.item, in->track.count) == -1)
			return -1;
	}
	for (i = 0; i < p->config->groups.count; i++) {
		g = &p->config->groups.item[i];
		if (pack_track_list(p, 0, g->id, g->track.item, g->track.count) == -1)
			return -1;
	}
	return 0;
}

static int
pack_hook(const struct packer *p, uint32_t instance, uint32_t group, size_t slot,
    const struct config_command *c)
{
	const struct conf_hook r = {.instance = instance,
	    .group = group,
	    .command = c == NULL ? 0 : c->same->id,
	    .runner = c == NULL ? 0 : c->user->runner,
	    .slot = (uint8_t)slot};

	return c == NULL ? 0 : p->emit(p->ctx, CONF_HOOK, &r);
}

static int
pack_hooks(const struct packer *p)
{
	const struct config_instance *in;
	const struct config_group *g;
	size_t i, slot;

	for (i = 0; i < p->config->instances.count; i++) {
		in = &p->config->instances.item[i];
		for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
			if (pack_hook(p, in->id, 0, slot, config_hook(in, slot)) == -1)
				return -1;
	}
	for (i = 0; i < p->config->groups.count; i++) {
		g = &p->config->groups.item[i];
		for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
			if (pack_hook(p, 0, g->id, slot, g->notify.slot[slot]) == -1)
				return -1;
	}
	return 0;
}

int
pack_config(struct config *config, pack_emit emit, void *ctx)
{
	const struct packer p = {config, emit, ctx};
	static int (*const kinds[])(const struct packer *) = {pack_global, pack_groups,
	    pack_instances, pack_addresses, pack_peers, pack_routes, pack_rules, pack_runners,
	    pack_commands, pack_checks, pack_tracks, pack_hooks};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i](&p) == -1)
			return -1;
	return 0;
}
