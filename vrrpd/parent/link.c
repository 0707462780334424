/*
 * The interfaces that the configuration names, and what adverts are sent from. Parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/vrrp.h"
#include "vrrpd/parent/link.h"

#define LINK_ADDRESSES_MAX 1024 /* remembered per interface: the source is among the first */

struct link_address {
	struct addr addr;
	uint8_t prefix_length; /* the same address with another one is another address */
	bool secondary;
	bool host; /* of host scope: not to be sent from */
	bool tentative;
	bool duplicate;
	bool owned; /* a virtual address whose owner we are */
	bool seen;  /* in the running dump */
};

struct link {
	char name[CONF_IFNAME_MAX];
	struct msg_link said;
	uint32_t ifindex; /* 0 = none */
	bool up;
	bool seen;
	uint8_t mac[NETLINK_MAC_SIZE];
	struct link_address *address; /* those that may be a source */
	size_t address_count;
	size_t address_room;
};

/* What instances that ask for the same are sent from. */
struct link_source {
	struct link *link;
	uint8_t family;
	struct addr wanted;             /* source-address; ADDR_NONE = the interface's own */
	struct msg_source_address said; /* as of the last word or dump that was complete */
};

/* A configured address where it is configured; sorted. */
struct link_virtual {
	struct addr addr;
	const struct link *link;
	bool owned;
};

struct links {
	const struct conf *conf;
	struct links_callbacks callbacks;
	struct link *link;
	size_t count;
	struct link_source *source;
	size_t source_count;
	struct link_source **source_of; /* conf->instance_count, same order */
	struct link **device_of;        /* conf->instance_count, same order */
	struct link_virtual *virtual;   /* conf->address_count */
	bool dumping;
	bool say_all; /* when the dump is complete: asked for meanwhile */
};

static struct link *
links_named(const struct links *links, const char *name)
{
	for (size_t i = 0; i < links->count; i++)
		if (strcmp(links->link[i].name, name) == 0)
			return &links->link[i];
	return NULL;
}

static struct link *
links_indexed(const struct links *links, uint32_t ifindex)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->link[i].ifindex == ifindex)
			return &links->link[i];
	return NULL;
}

/* ---- open ---- */

static struct link *
links_add(struct links *links, const char *name)
{
	struct link *link = links_named(links, name);

	if (link != NULL)
		return link;
	link = &links->link[links->count++];
	strlcpy(link->name, name, sizeof(link->name));
	return link;
}

static struct link_source *
links_add_source(struct links *links, const struct conf_instance *conf)
{
	struct link *link = links_add(links, conf->interface);
	struct link_source *source;

	for (size_t i = 0; i < links->source_count; i++) {
		source = &links->source[i];
		if (source->link == link && source->family == conf->family &&
		    addr_equal(&source->wanted, &conf->source))
			return source;
	}
	source = &links->source[links->source_count++];
	*source =
	    (struct link_source){.link = link, .family = conf->family, .wanted = conf->source};
	return source;
}

static int
link_compare_virtual(const void *a, const void *b)
{
	const struct link_virtual *va = a, *vb = b;
	int order = memcmp(&va->addr, &vb->addr, sizeof(va->addr));

	if (order != 0)
		return order;
	return va->link < vb->link ? -1 : va->link > vb->link;
}

static void
links_collect(struct links *links)
{
	const struct conf *conf = links->conf;

	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *instance = &conf->instance[i];

		links->source_of[i] = links_add_source(links, instance);
		links->device_of[i] = links->source_of[i]->link;
		if (instance->virtual_mac)
			links->device_of[i] = links_add(links, instance->virtual_interface);
	}
	for (size_t i = 0; i < conf->track_count; i++)
		if (conf->track[i].interface[0] != '\0')
			links_add(links, conf->track[i].interface);
	for (size_t i = 0; i < conf->route_count; i++)
		if (conf->route[i].device[0] != '\0')
			links_add(links, conf->route[i].device);
	for (size_t i = 0; i < conf->address_count; i++) {
		const struct conf_address *address = &conf->address[i];
		const struct conf_instance *instance = conf_find_instance(conf, address->instance);

		if (address->device[0] != '\0')
			links_add(links, address->device);
		links->virtual[i] = (struct link_virtual){
		    .addr = address->addr,
		    .link = links_of_address(links, address),
		    .owned = instance->priority == VRRP_PRIORITY_OWNER,
		};
	}
	qsort(links->virtual, conf->address_count, sizeof(links->virtual[0]), link_compare_virtual);
}

struct links *
links_open(const struct conf *conf, const struct links_callbacks *callbacks)
{
	struct links *links = calloc(1, sizeof(*links));
	size_t most =
	    2 * conf->instance_count + conf->track_count + conf->address_count + conf->route_count;

	if (links == NULL)
		return NULL;
	links->conf = conf;
	links->callbacks = *callbacks;
	links->link = calloc(most + 1, sizeof(links->link[0]));
	links->source = calloc(conf->instance_count + 1, sizeof(links->source[0]));
	links->source_of = calloc(conf->instance_count + 1, sizeof(links->source_of[0]));
	links->device_of = calloc(conf->instance_count + 1, sizeof(links->device_of[0]));
	links->virtual = calloc(conf->address_count + 1, sizeof(links->virtual[0]));
	if (links->link == NULL || links->source == NULL || links->source_of == NULL ||
	    links->device_of == NULL || links->virtual == NULL) {
		links_close(links);
		return NULL;
	}
	links_collect(links);
	return links;
}

/* ---- another configuration ---- */

static void
link_inherit(struct link *link, struct link *old)
{
	*link = *old;
	old->address = NULL;
	old->address_count = old->address_room = 0;
}

static bool
link_source_is_alike(const struct link_source *a, const struct link_source *b)
{
	return a->family == b->family && addr_equal(&a->wanted, &b->wanted) &&
	       strcmp(a->link->name, b->link->name) == 0;
}

void
links_inherit(struct links *links, struct links *old)
{
	for (size_t i = 0; i < links->count; i++) {
		struct link *from = links_named(old, links->link[i].name);

		if (from != NULL)
			link_inherit(&links->link[i], from);
	}
	for (size_t i = 0; i < links->source_count; i++)
		for (size_t k = 0; k < old->source_count; k++)
			if (link_source_is_alike(&links->source[i], &old->source[k]))
				links->source[i].said = old->source[k].said;
}

void
links_close(struct links *links)
{
	if (links == NULL)
		return;
	for (size_t i = 0; i < links->count; i++)
		free(links->link[i].address);
	free(links->link);
	free(links->source);
	free(links->source_of);
	free(links->device_of);
	free(links->virtual);
	free(links);
}

/* ---- looking ---- */

const struct link *
links_find(const struct links *links, const char *name)
{
	return links_named(links, name);
}

static const struct link_source *
links_source_of(const struct links *links, const struct conf_instance *conf)
{
	return links->source_of[conf - links->conf->instance];
}

const struct link *
links_of_instance(const struct links *links, const struct conf_instance *conf)
{
	return links_source_of(links, conf)->link;
}

const struct link *
links_device_of_instance(const struct links *links, const struct conf_instance *conf)
{
	return links->device_of[conf - links->conf->instance];
}

const struct link *
links_of_address(const struct links *links, const struct conf_address *conf)
{
	return conf->device[0] != '\0' ? links_named(links, conf->device)
				       : links_device_of_instance(links,
					     conf_find_instance(links->conf, conf->instance));
}

struct link_view
link_look(const struct link *link)
{
	struct link_view view = {.name = link->name, .ifindex = link->ifindex};

	if (link->ifindex == 0)
		return view;
	view.up = link->up;
	memcpy(view.mac, link->mac, sizeof(view.mac));
	return view;
}

struct addr
links_find_source(const struct links *links, const struct conf_instance *conf)
{
	return links_source_of(links, conf)->said.addr;
}

/* ---- the source address ---- */

static bool
link_addr_is_local(const struct addr *addr)
{
	return addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80; /* fe80::/10 */
}

/*
 * How good an address is to send from, 0 = not at all: primary, then secondary (a virtual address may
 * have been promoted over it), then owned (RFC 9568 6.1); in IPv6 a link-local one (5.1.2.1).
 */
static int
link_rank_source(const struct link_source *source, const struct link_address *a)
{
	if (addr_is_set(&source->wanted))
		return addr_equal(&source->wanted, &a->addr) ? 1 : 0;
	if (a->addr.family != source->family || a->host)
		return 0;
	if (a->addr.family == ADDR_IPV6 && !link_addr_is_local(&a->addr))
		return 0;
	if (a->owned)
		return 1;
	return a->secondary ? 2 : 3;
}

/* The first of the best that the kernel lets us use; else what is in the way. */
static enum msg_source_problem
link_choose_source(const struct link_source *source, struct addr *chosen)
{
	const struct link *link = source->link;
	enum msg_source_problem problem = MSG_SOURCE_NONE;
	int best = 0, rank;

	*chosen = (struct addr){0};
	for (size_t i = 0; link->ifindex != 0 && i < link->address_count; i++) {
		const struct link_address *a = &link->address[i];

		rank = link_rank_source(source, a);
		if (rank <= best)
			continue;
		if (a->duplicate && problem == MSG_SOURCE_NONE)
			problem = MSG_SOURCE_DUPLICATE;
		else if (!a->duplicate && a->tentative)
			problem = MSG_SOURCE_TENTATIVE;
		if (a->duplicate || a->tentative)
			continue;
		*chosen = a->addr;
		best = rank;
	}
	return best > 0 ? MSG_SOURCE_OK : problem;
}

/* ---- telling ---- */

static void
link_say_source(struct links *links, struct link_source *source, bool always)
{
	struct msg_source_address message = {.family = source->family, .wanted = source->wanted};

	strlcpy(message.interface, source->link->name, sizeof(message.interface));
	message.problem = (uint8_t)link_choose_source(source, &message.addr);
	if (!always && memcmp(&message, &source->said, sizeof(message)) == 0)
		return;
	source->said = message;
	links->callbacks.source(links->callbacks.ctx, &message);
}

static void
link_say(struct links *links, struct link *link, bool always)
{
	struct msg_link message = {.ifindex = link->ifindex, .up = link->ifindex != 0 && link->up};

	if (links->dumping) {
		links->say_all |= always;
		return;
	}
	strlcpy(message.interface, link->name, sizeof(message.interface));
	if (always || memcmp(&message, &link->said, sizeof(message)) != 0) {
		link->said = message;
		links->callbacks.link(links->callbacks.ctx, &message);
	}
	for (size_t i = 0; i < links->source_count; i++)
		if (links->source[i].link == link)
			link_say_source(links, &links->source[i], always);
}

void
links_report(struct links *links)
{
	for (size_t i = 0; i < links->count; i++)
		link_say(links, &links->link[i], true);
}

/* ---- hearing ---- */

static void
link_forget(struct link *link)
{
	link->ifindex = 0;
	link->up = false;
	link->address_count = 0;
}

void
links_take_link(struct links *links, const struct netlink_link *heard, bool present)
{
	struct link *named = links_named(links, heard->name);
	struct link *indexed = links_indexed(links, heard->ifindex);
	bool is_new;

	/* gone, or renamed to something nobody names */
	if (indexed != NULL && (!present || indexed != named)) {
		link_forget(indexed);
		link_say(links, indexed, false);
	}
	if (named == NULL || !present)
		return;
	is_new = named->ifindex != heard->ifindex;
	if (is_new)
		link_forget(named); /* another interface of that name */
	named->ifindex = heard->ifindex;
	named->up = heard->up;
	named->seen = true;
	memcpy(named->mac, heard->mac, sizeof(named->mac));
	if (is_new && !links->dumping)
		links->callbacks.named(links->callbacks.ctx);
	link_say(links, named, false);
}

static struct link_address *
link_find_address(struct link *link, const struct netlink_address *heard)
{
	for (size_t i = 0; i < link->address_count; i++)
		if (addr_equal(&link->address[i].addr, &heard->addr) &&
		    link->address[i].prefix_length == heard->prefix_length)
			return &link->address[i];
	return NULL;
}

static struct link_address *
link_add_address(struct link *link, const struct netlink_address *heard)
{
	size_t room = link->address_room == 0 ? 8 : link->address_room * 2;
	struct link_address *grown;

	if (link->address_count == LINK_ADDRESSES_MAX)
		return NULL;
	if (link->address_count == link->address_room) {
		grown = reallocarray(link->address, room, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		link->address = grown;
		link->address_room = room;
	}
	link->address[link->address_count] =
	    (struct link_address){.addr = heard->addr, .prefix_length = heard->prefix_length};
	return &link->address[link->address_count++];
}

static void
link_remove_address(struct link *link, const struct link_address *address)
{
	size_t i = (size_t)(address - link->address);

	memmove(&link->address[i], &link->address[i + 1],
	    (link->address_count - i - 1) * sizeof(*address));
	link->address_count--;
}

static void
link_update_address(struct link *link, const struct netlink_address *heard, bool owned)
{
	struct link_address *address = link_find_address(link, heard);

	if (address == NULL)
		address = link_add_address(link, heard);
	if (address == NULL)
		return;
	address->secondary = heard->secondary;
	address->host = heard->host;
	address->tentative = heard->tentative;
	address->duplicate = heard->duplicate;
	address->owned = owned;
	address->seen = true;
}

/* A virtual address is nobody's source, whoever put it there; an owner's is its own. */
void
links_take_address(struct links *links, const struct netlink_address *heard, bool present)
{
	struct link *link = links_indexed(links, heard->ifindex);
	const struct link_virtual key = {.addr = heard->addr, .link = link};
	const struct link_virtual *virtual;
	struct link_address *address;

	if (link == NULL || heard->proto == NETLINK_PROTO_VRRPD)
		return;
	virtual = bsearch(&key, links->virtual, links->conf->address_count,
	    sizeof(links->virtual[0]), link_compare_virtual);
	if (virtual != NULL && !virtual->owned)
		return;
	address = link_find_address(link, heard);
	if (present)
		link_update_address(link, heard, virtual != NULL);
	else if (address != NULL)
		link_remove_address(link, address);
	link_say(links, link, false);
}

/* What a dump did not mention is gone. */
static void
link_sweep(struct link *link)
{
	size_t kept = 0;

	if (!link->seen)
		link_forget(link);
	for (size_t i = 0; i < link->address_count; i++)
		if (link->address[i].seen)
			link->address[kept++] = link->address[i];
	link->address_count = kept;
}

void
links_take_dump(struct links *links, bool begins)
{
	links->dumping = begins;
	for (size_t i = 0; i < links->count; i++) {
		struct link *link = &links->link[i];

		if (!begins) {
			link_sweep(link);
			link_say(links, link, links->say_all);
			continue;
		}
		link->seen = false;
		for (size_t k = 0; k < link->address_count; k++)
			link->address[k].seen = false;
	}
	links->say_all &= begins;
}
