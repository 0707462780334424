/*
 * struct config -> YAML, normalised; `vrrpd -nv`.
 */
#ifndef VRRPD_CONF_PRINT_H
#define VRRPD_CONF_PRINT_H

#include <stdio.h>

#include "vrrpd/conf/config.h"

/*
 * Writes a configuration without errors: every value written out, defaults merged into each
 * instance. Reading the output and printing it again gives the same text.
 */
void print_config(const struct config *, FILE *);

#endif
