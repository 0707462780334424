/*
 * The interfaces that the configuration names, and what adverts are sent from. Parent.
 */
#ifndef PARENT_LINK_H
#define PARENT_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/parent/netlink.h"

struct link;
struct links;

struct links_callbacks {
	void (*link)(void *ctx, const struct msg_link *);
	void (*source)(void *ctx, const struct msg_source_address *);
	/* An interface has a configured name now; if it had another one, its addresses are not told. */
	void (*named)(void *ctx);
	void *ctx;
};

/* As it is now; ifindex 0 when there is none. */
struct link_view {
	const char *name;
	uint32_t ifindex;
	bool up;
	uint8_t mac[NETLINK_MAC_SIZE]; /* all zero = none */
};

/* conf must outlive it. NULL with errno. */
struct links *links_open(const struct conf *, const struct links_callbacks *);

/* What holds as long as links: an interface by its name, whether it is there or not. NULL = not named. */
const struct link *links_find(const struct links *, const char *name);

/*
 * The one that an instance's adverts are heard on; the one of its own, if it has a virtual MAC, else the
 * same; the one that an address is on. Never NULL.
 */
const struct link *links_of_instance(const struct links *, const struct conf_instance *);
const struct link *links_device_of_instance(const struct links *, const struct conf_instance *);
const struct link *links_of_address(const struct links *, const struct conf_address *);

struct link_view link_look(const struct link *);

/* What is known of interfaces of the same names, and what was said of them, moves over. */
void links_inherit(struct links *, struct links *old);
void links_close(struct links *);

/* What an instance's adverts are sent from; ADDR_NONE = there is nothing. */
struct addr links_find_source(const struct links *, const struct conf_instance *);

/* Says everything again, to a new engine. */
void links_report(struct links *);

/* What netlink hears; changes are said at once, during a dump at its end. */
void links_take_link(struct links *, const struct netlink_link *, bool present);
void links_take_address(struct links *, const struct netlink_address *, bool present);
void links_take_dump(struct links *, bool begins);

#endif
