/*
 * The bytes of the configuration's files; config role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_SOURCE_H
#define VRRPD_CONF_SOURCE_H

#include "vrrpd/conf/config.h"

#define SOURCE_SIZE_MAX (16 * 1024 * 1024) /* of all files together */

/*
 * Reads one of the files whole after looking at its owner and mode, of included ones at those of each
 * component of the path too, unless only checking; the text belongs to the configuration. Returns -1
 * when there is nothing to parse; the problems say why.
 */
int source_read(struct config *, uint32_t file, const char **text, size_t *length);

/* Looks at what an editor would not show: byte order marks, NUL, carriage returns. -1 as above. */
int source_check(struct config *, uint32_t file, const char *text, size_t length);

#endif
