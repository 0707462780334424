/*
 * The sockets for echo requests that the parent lends.
 */
#ifndef CHECKER_PING_H
#define CHECKER_PING_H

#include "common/addr.h"

struct probes;

/* Takes fd in any case; an earlier one of that family stays, for its replies. -1 with errno. */
int ping_lend(struct probes *, enum addr_family, int fd);

#endif
