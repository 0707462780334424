/*
 * Interfaces with virtual MACs: a macvlan for each instance that has one, up while it is master. Parent.
 *
 * The macvlans are of mode bridge. In mode private the kernel gives a frame that comes with our own MAC
 * as its source, as the adverts of another master do, to the macvlan alone: its interface, where we
 * listen, would not hear it, and two masters would stay.
 */
#ifndef PARENT_VMAC_H
#define PARENT_VMAC_H

#include <stdbool.h>

#include "common/conf.h"

struct links;
struct netlink;
struct vmacs;

/* All must outlive it. NULL with errno. */
struct vmacs *vmacs_open(struct netlink *, const struct links *, const struct conf *);

/* Removes all of this daemon's at once: at the end, and at start what an earlier run left. */
void vmacs_remove_all(struct vmacs *);

/* Makes those that can be made, that is whose interface is there and that are not; they are down. */
void vmacs_make(struct vmacs *);

/*
 * The instance's is there and up: before its first advert, and while it is master. True if it has none
 * or all is well, else false with errno; logged once.
 */
bool vmac_raise(struct vmacs *, const struct conf_instance *);

/* Down: no frame to its MAC is taken. */
void vmac_lower(struct vmacs *, const struct conf_instance *);

/* It was raised and not lowered: an advert needs no more. */
bool vmac_is_up(const struct vmacs *, const struct conf_instance *);

/* Those of instances that go on as they are stay; the others of the old ones are removed. */
void vmacs_inherit(struct vmacs *, struct vmacs *old);
void vmacs_close(struct vmacs *);

#endif
