/*
 * The interfaces that instances name, and what adverts are sent from. Parent.
 */
#ifndef PARENT_LINK_H
#define PARENT_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/parent/netlink.h"

struct links;

struct links_callbacks {
	void (*link)(void *ctx, const struct msg_link *);
	void (*source)(void *ctx, const struct msg_source_address *);
	void *ctx;
};

/* As it is now; ifindex 0 when there is none. */
struct link_view {
	uint32_t ifindex;
	bool up;
	uint8_t mac[NETLINK_MAC_SIZE];
	struct addr source; /* ADDR_NONE = none */
};

/* conf must outlive it. NULL with errno. */
struct links *links_open(const struct conf *, const struct links_callbacks *);

/* By name; one that no instance names has ifindex 0. */
struct link_view links_find(const struct links *, const char *name, enum addr_family);

/* Says everything again, to a new engine. */
void links_report(struct links *);

/* What netlink hears; changes are said at once, during a dump at its end. */
void links_take_link(struct links *, const struct netlink_link *, bool present);
void links_take_address(struct links *, const struct netlink_address *, bool present);
void links_take_dump(struct links *, bool begins);

#endif
