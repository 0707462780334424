/*
 * What a configuration says about the machine: users, programs, keys, interfaces; config
 * role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_FILES_H
#define VRRPD_CONF_FILES_H

#include "vrrpd/conf/config.h"

/*
 * Resolves users, looks at every component of the path of every command and key, reads keys, and
 * looks for interfaces.
 */
void files_check(struct config *);

/* Its parts in files_key.c and files_link.c. */
void files_check_keys(struct config *);
void files_check_links(struct config *);

#endif
