/*
 * struct config -> YAML, normalised; `vrrpd -nv`.
 */
#ifndef VRRPD_CONF_PRINT_H
#define VRRPD_CONF_PRINT_H

#include <stdio.h>

#include "vrrpd/conf/config.h"

#define PRINT_REDACTED "********" /* in place of a password */

/*
 * Writes a configuration without errors: defaults and included files merged into it, every value
 * written out but those of list items that are as they would be anyway. No password is shown.
 * Reading the output and printing it again gives the same text.
 */
void print_config(const struct config *, FILE *);

#endif
