/*
 * When a check runs: at once, then on a fixed grid, its phase spread by its place among the others,
 * so that a hundred checks of one interval do not start together. Pure.
 */
#ifndef CHECKER_SCHEDULE_H
#define CHECKER_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"

/*
 * First point of the grid of check number index (from 0) of count: later than start by a part of
 * the interval, never by more; by the whole of it for number 0.
 */
mono_t schedule_first(mono_t start, int64_t interval_ns, size_t index, size_t count);

/*
 * The first point of the grid that due lies on which is later than now: what was missed is skipped.
 */
mono_t schedule_next(mono_t due, int64_t interval_ns, mono_t now);

#endif
