/*
 * Reading the clocks; any process, never the core.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include "common/mono.h"

#define CLOCK_TEXT_MAX 32

/* CLOCK_MONOTONIC now. */
mono_t clock_now(void);

/* Wall-clock nanoseconds since 1970 of a monotonic time, by the offset of this moment. */
int64_t clock_wall_ns(mono_t);

/* RFC 3339 UTC with milliseconds; buf has CLOCK_TEXT_MAX bytes. Returns buf. */
const char *clock_format_utc(int64_t wall_ns, char *buf);

#endif
