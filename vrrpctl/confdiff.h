/*
 * How a configuration differs from the running one, as diff(1) says it; vrrpctl.
 */
#ifndef VRRPCTL_CONFDIFF_H
#define VRRPCTL_CONFDIFF_H

#include "vrrpctl/confcheck.h"

/*
 * From the running text to that of a normalised file: a unified diff for free(), empty when they are
 * the same. NULL with errno; ENOENT when there is no diff(1), EPROTO when it failed and said why.
 */
char *confdiff_run(const char *running, size_t size, const struct confcheck *);

#endif
