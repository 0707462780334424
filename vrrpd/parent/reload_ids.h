/*
 * Whether ids go on meaning what they meant. Parent; pure.
 */
#ifndef PARENT_RELOAD_IDS_H
#define PARENT_RELOAD_IDS_H

#include "common/conf.h"

/*
 * NULL, or why that configuration cannot follow this one: an id that was given means something else, one was
 * taken back, or the daemon's own users are others.
 */
const char *reload_ids_problem(const struct conf *now, const struct conf *next);

#endif
