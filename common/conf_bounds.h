/*
 * Bounds of the configuration's records; any process that gets them from another one, which somebody
 * else may have taken over.
 */
#ifndef COMMON_CONF_BOUNDS_H
#define COMMON_CONF_BOUNDS_H

#include "common/conf.h"

/*
 * Whether a record of the right size, whose length members are within it, may be appended to what is
 * there already: terminated texts, ranges, ascending ids, references. partial as in conf_append().
 */
bool conf_bounds_hold(const struct conf *, enum conf_kind, const void *record, bool partial);

#endif
