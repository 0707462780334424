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

/* What is applied stays; an interface that is used no more, or for less, gets its settings back. */
void devconfs_inherit(struct devconfs *, struct devconfs *old);
void devconfs_close(struct devconfs *);

#endif
