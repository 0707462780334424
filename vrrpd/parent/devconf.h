/*
 * Settings of net.ipv4.conf that the interfaces in use need, put back at the end. Parent.
 */
#ifndef PARENT_DEVCONF_H
#define PARENT_DEVCONF_H

#include <stdbool.h>

#include "common/conf.h"
#include "vrrpd/parent/netlink.h"

struct devconfs;
struct links;

/* All must outlive it. NULL with errno. */
struct devconfs *devconfs_open(struct netlink *, const struct links *, const struct conf *);

/* Takes over what is in use and is new. Not from a callback of netlink: it makes requests. */
void devconfs_apply(struct devconfs *);

/* Puts back what is still as we set it. */
void devconfs_restore(struct devconfs *);

/* What netlink hears: the values before ours are in it. */
void devconfs_take_link(struct devconfs *, const struct netlink_link *);

/* What is applied stays. The old one, without a past, is the new one's, for what is to be put back. */
void devconfs_inherit(struct devconfs *, struct devconfs *old);

/*
 * An interface that is used no more, or for less, gets its settings back: once no address of the configuration
 * before is left on it, for the operator's would go with that.
 */
void devconfs_restore_past(struct devconfs *);
void devconfs_close(struct devconfs *);

#endif
