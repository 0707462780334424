/*
 * The interfaces that instances and tracks name, and what adverts are sent from. Parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/log.h"
#include "common/vrrp.h"
#include "vrrpd/parent/link.h"

#define LINK_ADDRESSES_MAX 1024 /* remembered per interface: the source is among the first */

struct link_address {
	struct addr addr;
	uint8_t prefix_length; /* the same address with another one is another address */
	bool secondary;
	bool host; /* of host scope: not to be sent from */
	bool seen; /* in the running dump */
};

struct link {
	char name[CONF_IFNAME_MAX];
	struct msg_link said;
	struct msg_source_address said_source;
	uint32_t ifindex; /* 0 = none */
	bool up;
	bool seen;
	uint8_t mac[NETLINK_MAC_SIZE];
	struct addr source; /* IPv4; as of the last word or dump that was complete */
	struct link_address *address;
	size_t address_count;
	size_t address_room;
};

struct links {
	const struct conf *conf;
	struct links_callbacks callbacks;
	struct link *link;
	size_t count;
	bool dumping;
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

struct links *
links_open(const struct conf *conf, const struct links_callbacks *callbacks)
{
	struct links *links = calloc(1, sizeof(*links));

	if (links == NULL)
		return NULL;
	links->conf = conf;
	links->callbacks = *callbacks;
	links->link = calloc(conf->instance_count + conf->track_count + 1, sizeof(links->link[0]));
	if (links->link == NULL) {
		free(links);
		return NULL;
	}
	for (size_t i = 0; i < conf->instance_count; i++)
		if (links_named(links, conf->instance[i].interface) == NULL)
			strlcpy(links->link[links->count++].name, conf->instance[i].interface,
			    CONF_IFNAME_MAX);
	for (size_t i = 0; i < conf->track_count; i++)
		if (conf->track[i].interface[0] != '\0' &&
		    links_named(links, conf->track[i].interface) == NULL)
			strlcpy(links->link[links->count++].name, conf->track[i].interface,
			    CONF_IFNAME_MAX);
	return links;
}

/* ---- the source address ---- */

/* A virtual address is nobody's source; an owner's is its own. */
static bool
link_is_virtual(
    const struct links *links, const struct link *link, const struct addr *addr, bool *owned)
{
	const struct conf *conf = links->conf;

	*owned = false;
	for (size_t i = 0; i < conf->address_count; i++) {
		const struct conf_instance *instance;

		if (!addr_equal(&conf->address[i].addr, addr))
			continue;
		instance = conf_find_instance(conf, conf->address[i].instance);
		if (strcmp(instance->interface, link->name) != 0)
			continue;
		*owned = instance->priority == VRRP_PRIORITY_OWNER;
		return true;
	}
	return false;
}

/* How good an address is to send from, 0 = not at all. */
static int
link_rank_source(const struct links *links, const struct link *link, const struct link_address *a)
{
	bool owned;

	if (link_is_virtual(links, link, &a->addr, &owned))
		return owned ? 1 : 0;
	return a->secondary ? 2 : 3;
}

/*
 * The first of the best: primary, then secondary (a virtual address may have been promoted over it),
 * then owned (RFC 9568 6.1).
 */
static struct addr
link_source(const struct links *links, const struct link *link, enum addr_family family)
{
	struct addr source = {0};
	int best = 0, rank;

	if (link->ifindex == 0)
		return source;
	for (size_t i = 0; i < link->address_count; i++) {
		const struct link_address *a = &link->address[i];

		if (a->addr.family != family || a->host)
			continue;
		rank = link_rank_source(links, link, a);
		if (rank > best)
			source = a->addr;
		best = rank > best ? rank : best;
	}
	return source;
}

struct link_view
links_find(const struct links *links, const char *name, enum addr_family family)
{
	const struct link *link = links_named(links, name);
	struct link_view view = {0};

	if (link == NULL || link->ifindex == 0)
		return view;
	view.ifindex = link->ifindex;
	view.up = link->up;
	memcpy(view.mac, link->mac, sizeof(view.mac));
	if (family == ADDR_IPV4)
		view.source = link->source;
	return view;
}

/* ---- telling ---- */

static void
link_say(struct links *links, struct link *link, bool always)
{
	struct msg_link message = {.ifindex = link->ifindex, .up = link->ifindex != 0 && link->up};
	struct msg_source_address source = {.family = ADDR_IPV4};

	if (links->dumping)
		return;
	strlcpy(message.interface, link->name, sizeof(message.interface));
	strlcpy(source.interface, link->name, sizeof(source.interface));
	source.addr = link->source = link_source(links, link, ADDR_IPV4);
	if (always || memcmp(&message, &link->said, sizeof(message)) != 0) {
		link->said = message;
		links->callbacks.link(links->callbacks.ctx, &message);
	}
	if (always || memcmp(&source, &link->said_source, sizeof(source)) != 0) {
		link->said_source = source;
		links->callbacks.source(links->callbacks.ctx, &source);
	}
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
	link->source = (struct addr){0};
	link->address_count = 0;
}

void
links_take_link(struct links *links, const struct netlink_link *heard, bool present)
{
	struct link *named = links_named(links, heard->name);
	struct link *indexed = links_indexed(links, heard->ifindex);

	/* gone, or renamed to something nobody names */
	if (indexed != NULL && (!present || indexed != named)) {
		link_forget(indexed);
		link_say(links, indexed, false);
	}
	if (named == NULL || !present)
		return;
	if (named->ifindex != heard->ifindex)
		link_forget(named); /* another interface of that name */
	named->ifindex = heard->ifindex;
	named->up = heard->up;
	named->seen = true;
	memcpy(named->mac, heard->mac, sizeof(named->mac));
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

void
links_take_address(struct links *links, const struct netlink_address *heard, bool present)
{
	struct link *link = links_indexed(links, heard->ifindex);
	struct link_address *address;

	if (link == NULL || heard->proto == NETLINK_PROTO_VRRPD)
		return;
	address = link_find_address(link, heard);
	if (!present) {
		if (address != NULL)
			link_remove_address(link, address);
	} else {
		if (address == NULL)
			address = link_add_address(link, heard);
		if (address == NULL)
			return;
		address->secondary = heard->secondary;
		address->host = heard->host;
		address->seen = true;
	}
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
			link_say(links, link, false);
			continue;
		}
		link->seen = false;
		for (size_t k = 0; k < link->address_count; k++)
			link->address[k].seen = false;
	}
}
