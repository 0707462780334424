/*
 * struct config -> the flat records of common/conf.h; config role.
 */
#ifndef VRRPD_CONF_PACK_H
#define VRRPD_CONF_PACK_H

#include "vrrpd/conf/config.h"

/* Takes one record; -1 with errno ends the packing. */
typedef int (*pack_emit)(void *ctx, enum conf_kind, const void *record);

/*
 * Hands out every record of a configuration without errors, the global one first, then in the order
 * of enum conf_kind. Interfaces of virtual MACs are called as if each vrid were there once: merge.c
 * knows more. Returns -1 with errno when emit() did.
 */
int pack_config(struct config *, pack_emit, void *ctx);

#endif
