/*
 * struct config -> the flat records of common/conf.h; config role. Ids are given here, from 1 and
 * in the order in which records go out.
 */
#include "vrrpd/conf/pack.h"

#include <bsd/string.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

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
	    .max_parallel = (uint32_t)scripts->max_parallel.value};

	if (config->global.router_name.text != NULL)
		strlcpy(g.router_name, config->global.router_name.text, sizeof(g.router_name));
	else
		default_router_name(g.router_name);
	return p->emit(p->ctx, CONF_GLOBAL, &g);
}

static int
pack_instance(const struct packer *p, const struct config_instance *in)
{
	struct conf_instance r = {.id = in->id,
	    .vrid = (uint8_t)in->vrid.value,
	    .family = in->addresses.item[0].addr.family,
	    .version = (uint8_t)in->version.value,
	    .priority = (uint8_t)in->priority.value,
	    .preempt = (uint8_t)in->preempt.value,
	    .enabled = (uint8_t)in->enabled.value,
	    .accept_mode = 1,
	    .down_adverts = 3,
	    .checksum = (uint8_t)in->checksum.value,
	    .interval_cs = (uint32_t)in->interval.value / 10,
	    .announce_repeat = (uint32_t)in->announce.repeat.value,
	    .announce_interval_ms = (uint32_t)in->announce.interval.value,
	    .announce_delay_ms = (uint32_t)in->announce.delay.value,
	    .announce_refresh_ms = (uint32_t)in->announce.refresh.value};

	strlcpy(r.name, in->name, sizeof(r.name));
	strlcpy(r.interface, in->interface.text, sizeof(r.interface));
	return p->emit(p->ctx, CONF_INSTANCE, &r);
}

static int
pack_instances(const struct packer *p)
{
	struct config_instances *all = &p->config->instances;
	size_t i;

	for (i = 0; i < all->count; i++) {
		all->item[i].id = (uint32_t)i + 1;
		if (pack_instance(p, &all->item[i]) == -1)
			return -1;
	}
	return 0;
}

static int
pack_addresses(const struct packer *p)
{
	const struct config_instances *all = &p->config->instances;
	struct conf_address r;
	size_t i, j;

	for (i = 0; i < all->count; i++)
		for (j = 0; j < all->item[i].addresses.count; j++) {
			r = (struct conf_address){.instance = all->item[i].id,
			    .addr = all->item[i].addresses.item[j].addr,
			    .prefix_length = all->item[i].addresses.item[j].prefix_length,
			    .advertise = 1,
			    .prefix_route = 1};
			if (p->emit(p->ctx, CONF_ADDRESS, &r) == -1)
				return -1;
		}
	return 0;
}

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

static int
pack_checks(const struct packer *p)
{
	struct config_checks *all = &p->config->checks;
	struct config_check *c;
	struct conf_check r;
	size_t i;

	for (i = 0; i < all->count; i++) {
		c = &all->item[i];
		c->id = (uint32_t)i + 1;
		r = (struct conf_check){.id = c->id,
		    .command = c->command.same->id,
		    .runner = c->command.user->runner,
		    .interval_ms = (uint32_t)c->interval.value,
		    .timeout_ms = (uint32_t)c->command.timeout.value,
		    .fall = (uint32_t)c->fall.value,
		    .rise = (uint32_t)c->rise.value,
		    .initial = (uint8_t)c->initial.value};
		strlcpy(r.name, c->name, sizeof(r.name));
		if (p->emit(p->ctx, CONF_CHECK, &r) == -1)
			return -1;
	}
	return 0;
}

static int
pack_tracks(const struct packer *p)
{
	const struct config_instances *all = &p->config->instances;
	struct conf_track r;
	size_t i, j;

	for (i = 0; i < all->count; i++)
		for (j = 0; j < all->item[i].track.count; j++) {
			r = (struct conf_track){.instance = all->item[i].id,
			    .check = all->item[i].track.item[j].found->id};
			if (p->emit(p->ctx, CONF_TRACK, &r) == -1)
				return -1;
		}
	return 0;
}

static int
pack_hooks(const struct packer *p)
{
	const struct config_instances *all = &p->config->instances;
	const struct config_command *c;
	struct conf_hook r;
	size_t i, slot;

	for (i = 0; i < all->count; i++)
		for (slot = 0; slot < CONF_HOOK_SLOTS; slot++) {
			c = all->item[i].notify.slot[slot];
			if (c == NULL)
				continue;
			r = (struct conf_hook){.instance = all->item[i].id,
			    .command = c->same->id,
			    .runner = c->user->runner,
			    .slot = (uint8_t)slot};
			if (p->emit(p->ctx, CONF_HOOK, &r) == -1)
				return -1;
		}
	return 0;
}

int
pack_config(struct config *config, pack_emit emit, void *ctx)
{
	const struct packer p = {config, emit, ctx};

	if (pack_global(&p) == -1 || pack_instances(&p) == -1 || pack_addresses(&p) == -1 ||
	    pack_runners(&p) == -1 || pack_commands(&p) == -1 || pack_checks(&p) == -1 ||
	    pack_tracks(&p) == -1 || pack_hooks(&p) == -1)
		return -1;
	return 0;
}
