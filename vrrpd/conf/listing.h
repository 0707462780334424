/*
 * A configuration as text that others may read and nobody may change; config role.
 */
#ifndef VRRPD_CONF_LISTING_H
#define VRRPD_CONF_LISTING_H

#include "vrrpd/conf/config.h"

/*
 * The configuration as print_config() has it, without secrets, in a sealed memfd; *size its bytes.
 * Returns the descriptor, or -1 with errno: EFBIG above CONF_TEXT_SIZE_MAX.
 */
int listing_open(const struct config *, uint32_t *size);

#endif
