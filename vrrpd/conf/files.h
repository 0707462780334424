/*
 * What a configuration says about the machine: users, programs, interfaces; config role and `vrrpd
 * -n`.
 */
#ifndef VRRPD_CONF_FILES_H
#define VRRPD_CONF_FILES_H

#include "vrrpd/conf/config.h"

/* Resolves users and looks at every component of the path of every command. */
void files_check(struct config *);

#endif
