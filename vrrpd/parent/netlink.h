/*
 * rtnetlink: hearing of links and addresses, adding and removing addresses. Parent.
 *
 * The kernel works on a request while it is being sent, so its answer is there when send(2) returns:
 * nothing here waits.
 */
#ifndef PARENT_NETLINK_H
#define PARENT_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/conf.h"

#define NETLINK_PROTO_VRRPD 112 /* IFA_PROTO: our mark on an address */
#define NETLINK_MAC_SIZE 6
#define NETLINK_DEVCONF_MAX 40 /* IPV4_DEVCONF_*, counted from 1 */

struct event_base;
struct netlink;
struct nlmsghdr;

struct netlink_link {
	uint32_t ifindex;
	char name[CONF_IFNAME_MAX];
	bool up; /* IFF_UP and IFF_RUNNING */
	uint8_t mac[NETLINK_MAC_SIZE];
	bool has_devconf;
	uint32_t devconf[NETLINK_DEVCONF_MAX]; /* net.ipv4.conf of it, by IPV4_DEVCONF_* */
};

struct netlink_address {
	uint32_t ifindex;
	struct addr addr;
	uint8_t prefix_length;
	uint8_t proto; /* IFA_PROTO, 0 = none */
	bool secondary;
	bool host;      /* of host scope: not to be sent from */
	bool tentative; /* IPv6: not known to be unique yet */
	bool duplicate; /* IPv6: somebody else has it, the kernel does not use it */
};

struct netlink_callbacks {
	void (*link)(void *ctx, const struct netlink_link *, bool present);
	void (*address)(void *ctx, const struct netlink_address *, bool present);
	/* A full dump begins (everything is then said again) and ends. */
	void (*dump)(void *ctx, bool begins);
	void *ctx;
};

/* NULL with errno. Callbacks come from the loop and from within netlink_dump(). */
struct netlink *netlink_open(struct event_base *, const struct netlink_callbacks *);

/* Hears everything from the start: at start, and when something may have been missed. -1 with errno. */
int netlink_dump(struct netlink *);

/* A full dump from the loop, soon; several wishes are one. */
void netlink_dump_soon(struct netlink *);

/* Reads the events that wait: what our own requests brought about is then known. */
void netlink_read_events(struct netlink *);

/*
 * Adds an address as it is configured, with our mark. An IPv6 one is used at once, without looking for
 * duplicates (the master before may still answer for it); one of a single host is nobody's source address
 * unless asked for. -1 with errno: EEXIST, ENODEV…
 */
int netlink_add_address(struct netlink *, uint32_t ifindex, const struct conf_address *);

/* -1 with errno: EADDRNOTAVAIL when it is not there. */
int netlink_remove_address(
    struct netlink *, uint32_t ifindex, const struct addr *, uint8_t prefix_length);

/*
 * Any other request, to the end of its answer; take() (may be NULL) is given each message of a dump and
 * must make no request. -1 with the kernel's errno.
 */
int netlink_talk(
    struct netlink *, struct nlmsghdr *, int (*take)(const struct nlmsghdr *, void *), void *ctx);

/* The same, and what it tells of links and addresses goes to the callbacks. */
int netlink_ask(struct netlink *, struct nlmsghdr *);

/*
 * Dumps of routes and rules are to tell only what was asked for, where the kernel can; those of links
 * and addresses are not made for that.
 */
void netlink_be_strict(struct netlink *, bool);

#endif
