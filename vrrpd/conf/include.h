/*
 * The file named on the command line and those that it includes; config role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_INCLUDE_H
#define VRRPD_CONF_INCLUDE_H

#include "vrrpd/conf/config.h"

/*
 * Reads and decodes all of them. Returns -1 when the first is so broken that checking says nothing
 * more.
 */
int include_load(struct config *);

#endif
