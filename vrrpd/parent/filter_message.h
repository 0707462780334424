/*
 * nf_tables: the objects of our table, made and sent. Parent.
 */
#ifndef PARENT_FILTER_MESSAGE_H
#define PARENT_FILTER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

#define FILTER_SET_NAME_MAX (CONF_IFNAME_MAX + 16)
#define FILTER_ADDRESSES_MAX 128

struct filter_messages;

/* A set and its rule: packets to what is in it are dropped. */
struct filter_set {
	char name[FILTER_SET_NAME_MAX];
	uint8_t family;
	const char *interface; /* only what comes in there; NULL = wherever it comes from */
};

/* NULL with errno. */
struct filter_messages *filter_messages_open(void);

void filter_messages_close(struct filter_messages *);

/* Each is one transaction. -1 with the kernel's errno: ENOENT when table, set or address is not there. */
int filter_messages_add_table(struct filter_messages *);
int filter_messages_remove_table(struct filter_messages *);
int filter_messages_find_table(struct filter_messages *);
int filter_messages_add_set(struct filter_messages *, const struct filter_set *);

/* All of them or none; at most FILTER_ADDRESSES_MAX. What is there may be added, what is not cannot be removed. */
int filter_messages_change(struct filter_messages *, bool add, const struct filter_set *,
    const struct addr *, size_t count);

#endif
