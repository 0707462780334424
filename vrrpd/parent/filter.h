/*
 * accept-mode: false. Packets to the addresses of a master that is not their owner are dropped; ARP and
 * neighbor discovery are answered (RFC 9568 6.4.3). Parent.
 *
 * A table of our own, "vrrpd" of family inet: a chain at the input hook and a set for each interface
 * and family, filled while master. It is there from when it is needed first until the daemon ends.
 */
#ifndef PARENT_FILTER_H
#define PARENT_FILTER_H

#include <stdbool.h>

#include "common/conf.h"

struct filter;
struct links;

/* Both must outlive it. NULL with errno. */
struct filter *filter_open(const struct links *, const struct conf *);

/* Removes the table: at the end, and at start what an earlier run left. */
void filter_remove(struct filter *);

bool filter_is_needed(const struct conf_instance *);

/* Before the addresses are there, and again while they are: somebody may have flushed all tables. -1 with errno. */
int filter_fill(struct filter *, const struct conf_instance *);

/* After they are gone. */
void filter_empty(struct filter *, const struct conf_instance *);

/* The table and what is in it stay; addresses that are filtered no more, or elsewhere, are taken off. */
void filter_inherit(struct filter *, struct filter *old);
void filter_close(struct filter *);

#endif
