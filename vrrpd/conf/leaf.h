/*
 * The values at the ends of the tree: numbers, texts, and lists of them; config role and `vrrpd
 * -n`. Each complains about a value that is none, and leaves the member marked as bad or without
 * it.
 */
#ifndef VRRPD_CONF_LEAF_H
#define VRRPD_CONF_LEAF_H

#include "vrrpd/conf/schema.h"
#include "vrrpd/conf/where.h"

/* Booleans, integers, durations, words and routing tables. */
void leaf_number(
    const struct where *, const struct node *, const struct schema_key *, struct config_number *);

/* Names, free texts, users, interfaces, paths. */
void leaf_text(
    const struct where *, const struct node *, const struct schema_key *, struct config_text *);

/* A command line: a path, or a list whose first item is one. */
void leaf_argv(const struct where *, const struct node *, struct config_list *);
void leaf_paths(const struct where *, const struct node *, struct config_list *);

/* Texts of any content but empty ones; wanted is "a list of patterns". */
void leaf_list(const struct where *, const struct node *, const char *wanted, struct config_list *);

void leaf_environment(const struct where *, const struct node *, struct config_environment *);

#endif
