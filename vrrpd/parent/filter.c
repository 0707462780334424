/*
 * accept-mode: false. Packets to the addresses of a master that is not their owner are dropped. Parent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/vrrp.h"
#include "vrrpd/parent/filter.h"
#include "vrrpd/parent/filter_message.h"
#include "vrrpd/parent/link.h"

struct filter_instance {
	bool filled;
	int error; /* of the last attempt */
};

struct filter {
	const struct conf *conf;
	struct filter_messages *messages;
	struct filter_set *set; /* one per interface and family, and for link-local addresses */
	size_t set_count;
	const struct filter_set **set_of; /* conf->address_count; NULL = is not filtered */
	struct filter_instance *instance; /* conf->instance_count, same order */
	bool made;
};

/* An owner accepts always (RFC 9568 6.1). */
bool
filter_is_needed(const struct conf_instance *conf)
{
	return conf->enabled && !conf->accept_mode && conf->priority != VRRP_PRIORITY_OWNER;
}

/* ---- the table ---- */

void
filter_remove(struct filter *f)
{
	if (f->messages == NULL)
		return;
	if (filter_messages_remove_table(f->messages) == -1 && errno != ENOENT && f->set_count > 0)
		log_warn("nftables: table vrrpd not removed");
	f->made = false;
}

static int
filter_make(struct filter *f)
{
	for (size_t i = 0; i < f->conf->instance_count; i++)
		f->instance[i].filled = false;
	if (filter_messages_add_table(f->messages) == -1)
		return -1;
	for (size_t i = 0; i < f->set_count; i++)
		if (filter_messages_add_set(f->messages, &f->set[i]) == -1) {
			int error = errno;

			filter_messages_remove_table(f->messages);
			errno = error;
			return -1;
		}
	f->made = true;
	return 0;
}

/* Whoever flushes the ruleset flushes ours with it. */
static int
filter_ensure(struct filter *f)
{
	if (f->messages == NULL) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	if (filter_messages_find_table(f->messages) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	if (f->made)
		log_warnx("nftables: table vrrpd was removed by somebody else: put back");
	f->made = false;
	return filter_make(f);
}

/* ---- addresses ---- */

/* Several at once; what was removed by somebody else must not keep the others. */
static int
filter_change(
    struct filter *f, bool add, const struct filter_set *set, const struct addr *addr, size_t count)
{
	int result = filter_messages_change(f->messages, add, set, addr, count);

	if (result == 0 || add || count == 1)
		return result;
	for (size_t i = 0; i < count; i++)
		filter_messages_change(f->messages, add, set, &addr[i], 1);
	return 0;
}

/* The addresses of an instance follow each other; -1 with the last error. */
static int
filter_change_all(struct filter *f, const struct conf_instance *conf, bool add)
{
	struct addr addr[FILTER_ADDRESSES_MAX];
	const struct filter_set *set = NULL;
	size_t count = 0;
	int result = 0;

	for (size_t i = 0; i < f->conf->address_count; i++) {
		const struct conf_address *a = &f->conf->address[i];

		if (a->instance != conf->id)
			continue;
		if (count == FILTER_ADDRESSES_MAX || (count > 0 && f->set_of[i] != set)) {
			if (filter_change(f, add, set, addr, count) == -1)
				result = -1;
			count = 0;
		}
		set = f->set_of[i];
		addr[count++] = a->addr;
	}
	if (count > 0 && filter_change(f, add, set, addr, count) == -1)
		result = -1;
	return result;
}

int
filter_fill(struct filter *f, const struct conf_instance *conf)
{
	struct filter_instance *in = &f->instance[conf - f->conf->instance];
	int before = in->error, result;

	if (!filter_is_needed(conf))
		return 0;
	result = filter_ensure(f);
	if (result != -1 && !in->filled)
		result = filter_change_all(f, conf, true);
	in->error = result == -1 ? errno : 0;
	in->filled = result != -1;
	if (result == -1 && in->error != before)
		log_warn("%s: accept-mode: packets to the addresses are not dropped, tried again",
		    conf->name);
	errno = in->error;
	return result;
}

void
filter_empty(struct filter *f, const struct conf_instance *conf)
{
	struct filter_instance *in = &f->instance[conf - f->conf->instance];

	if (in->filled && filter_change_all(f, conf, false) == -1 && errno != ENOENT)
		log_warn("%s: accept-mode: addresses not taken off the filter", conf->name);
	in->filled = false;
	in->error = 0;
}

/* ---- another configuration ---- */

static bool
filter_has_set(const struct filter *f, const char *name)
{
	for (size_t i = 0; i < f->set_count; i++)
		if (strcmp(f->set[i].name, name) == 0)
			return true;
	return false;
}

/* The next address of an instance from there on, conf->address_count when there is none. */
static size_t
filter_next_address(const struct conf *conf, uint32_t instance, size_t from)
{
	while (from < conf->address_count && conf->address[from].instance != instance)
		from++;
	return from;
}

/* The same addresses in the same sets. */
static bool
filter_is_alike(const struct filter *a, const struct filter *b, uint32_t instance)
{
	size_t i = filter_next_address(a->conf, instance, 0);
	size_t k = filter_next_address(b->conf, instance, 0);

	for (; i < a->conf->address_count && k < b->conf->address_count;
	     i = filter_next_address(a->conf, instance, i + 1),
	     k = filter_next_address(b->conf, instance, k + 1))
		if (!addr_equal(&a->conf->address[i].addr, &b->conf->address[k].addr) ||
		    a->set_of[i] == NULL || b->set_of[k] == NULL ||
		    strcmp(a->set_of[i]->name, b->set_of[k]->name) != 0)
			return false;
	return i == a->conf->address_count && k == b->conf->address_count;
}

static void
filter_inherit_sets(struct filter *f, const struct filter *old)
{
	f->made = old->made;
	for (size_t i = 0; f->made && i < f->set_count; i++) {
		if (filter_has_set(old, f->set[i].name) ||
		    filter_messages_add_set(f->messages, &f->set[i]) == 0 || errno == EEXIST)
			continue; /* there since it was needed last, and empty */
		log_warn("nftables: table vrrpd not extended: made anew");
		filter_messages_remove_table(f->messages);
		f->made = false;
	}
}

void
filter_inherit(struct filter *f, struct filter *old)
{
	if (f->messages == NULL || old->messages == NULL)
		return;
	filter_inherit_sets(f, old);
	for (size_t i = 0; f->made && i < old->conf->instance_count; i++) {
		const struct conf_instance *was = &old->conf->instance[i];
		const struct conf_instance *conf = conf_find_instance(f->conf, was->id);

		if (!old->instance[i].filled)
			continue;
		if (conf != NULL && filter_is_needed(conf) && filter_is_alike(f, old, was->id))
			f->instance[conf - f->conf->instance].filled = true;
		else
			filter_empty(old, was);
	}
}

void
filter_close(struct filter *f)
{
	if (f == NULL)
		return;
	if (f->messages != NULL)
		filter_messages_close(f->messages);
	free(f->set);
	free(f->set_of);
	free(f->instance);
	free(f);
}

/* ---- open ---- */

static bool
filter_addr_is_local(const struct addr *addr)
{
	return addr->family == ADDR_IPV6 && addr->bytes[0] == 0xfe &&
	       (addr->bytes[1] & 0xc0) == 0x80; /* fe80::/10 */
}

/* A link-local address is another one on each interface. */
static const struct filter_set *
filter_add_set(struct filter *f, const struct conf_address *conf, const char *interface)
{
	const bool local = filter_addr_is_local(&conf->addr);
	struct filter_set set = {.family = conf->addr.family};

	snprintf(set.name, sizeof(set.name), "%s-%s", interface,
	    local                            ? "link-local"
	    : conf->addr.family == ADDR_IPV6 ? "ipv6"
					     : "ipv4");
	set.interface = local ? interface : NULL;
	for (size_t i = 0; i < f->set_count; i++)
		if (strcmp(f->set[i].name, set.name) == 0)
			return &f->set[i];
	f->set[f->set_count] = set;
	return &f->set[f->set_count++];
}

struct filter *
filter_open(const struct links *links, const struct conf *conf)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->conf = conf;
	f->set = calloc(conf->address_count + 1, sizeof(f->set[0]));
	f->set_of = calloc(conf->address_count + 1, sizeof(f->set_of[0]));
	f->instance = calloc(conf->instance_count + 1, sizeof(f->instance[0]));
	if (f->set == NULL || f->set_of == NULL || f->instance == NULL) {
		filter_close(f);
		return NULL;
	}
	for (size_t i = 0; i < conf->address_count; i++) {
		const struct conf_address *a = &conf->address[i];

		if (filter_is_needed(conf_find_instance(conf, a->instance)))
			f->set_of[i] =
			    filter_add_set(f, a, link_look(links_of_address(links, a)).name);
	}
	f->messages = filter_messages_open(); /* NULL: a kernel without nf_tables */
	return f;
}
