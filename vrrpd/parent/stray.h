/*
 * Addresses with our mark that nobody configures any more: a daemon that crashed left them, and the
 * configuration changed since. They are collected during the first dump and removed at its end. Parent.
 */
#ifndef PARENT_STRAY_H
#define PARENT_STRAY_H

#include "vrrpd/parent/netlink.h"

struct strays;

/* NULL with errno. */
struct strays *strays_open(void);

/* Remembers an address when it has our mark; nothing once strays_remove() was called. */
void strays_take(struct strays *, const struct netlink_address *);

/* A dump begins anew. */
void strays_forget(struct strays *);

/* Removes them, once; each is logged. */
void strays_remove(struct strays *, struct netlink *);

void strays_close(struct strays *); /* NULL is fine */

#endif
