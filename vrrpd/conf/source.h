/*
 * The bytes of the configuration file; config role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_SOURCE_H
#define VRRPD_CONF_SOURCE_H

#include "vrrpd/conf/config.h"

#define SOURCE_SIZE_MAX (16 * 1024 * 1024)

/*
 * Reads the file whole after looking at its owner and mode; the text belongs to the configuration.
 * Returns -1 when there is nothing to parse; the problems say why.
 */
int source_read(struct config *, const char **text, size_t *length);

/* Looks at what an editor would not show: byte order marks, NUL, carriage returns. -1 as above. */
int source_check(struct config *, const char *text, size_t length);

#endif
