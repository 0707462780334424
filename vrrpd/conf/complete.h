/*
 * Defaults and references: what a configuration means beyond what is written; config role and
 * `vrrpd -n`.
 */
#ifndef VRRPD_CONF_COMPLETE_H
#define VRRPD_CONF_COMPLETE_H

#include "vrrpd/conf/config.h"

/*
 * Gives every number its default, every command its user, time-out and packed text, and finds the
 * commands that do the same.
 */
void complete_config(struct config *);

#endif
