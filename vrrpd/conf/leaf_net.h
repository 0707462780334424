/*
 * Values that are about the network or a machine's resources; config role and `vrrpd -n`. Each
 * complains about a value that is none, and leaves the member without it.
 */
#ifndef VRRPD_CONF_LEAF_NET_H
#define VRRPD_CONF_LEAF_NET_H

#include "vrrpd/conf/schema.h"
#include "vrrpd/conf/where.h"

/* Addresses, with or without length, networks, destinations: by the type of the key. */
void leaf_prefix(
    const struct where *, const struct node *, const struct schema_key *, struct config_prefix *);

/* "address:port", or a URL: by the type of the key. */
void leaf_server(
    const struct where *, const struct node *, const struct schema_key *, struct config_server *);

void leaf_mark(const struct where *, const struct node *, struct config_mark *);
void leaf_free(const struct where *, const struct node *, struct config_free *);

#endif
