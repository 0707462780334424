/*
 * Where in the configuration a value is, and complaining about it; config role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_WHERE_H
#define VRRPD_CONF_WHERE_H

#include "vrrpd/conf/yaml.h"

/* The keys that lead to a value, innermost first. */
struct where {
	struct config *config;
	const struct where *up;
	const char *word;
};

/* "instances.web.vrid"; belongs to the configuration. */
const char *where_path(const struct where *);

void where_error(const struct where *, struct config_at, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Complains unless the node is of that kind and not null; wanted is "a list of paths". */
bool where_expect(const struct where *, const struct node *, enum node_kind, const char *wanted);

#endif
