/*
 * What the values of a configuration say about each other; config role and `vrrpd -n`. Looks at
 * nothing outside the configuration.
 */
#ifndef VRRPD_CONF_CHECK_H
#define VRRPD_CONF_CHECK_H

#include "vrrpd/conf/config.h"

/* Fills in defaults, resolves references, and complains about what does not fit together. */
void check_config(struct config *);

#endif
