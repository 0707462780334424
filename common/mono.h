/*
 * Points in time and durations. Pure: included by the protocol core; reading the clock is clock.h.
 */
#ifndef COMMON_MONO_H
#define COMMON_MONO_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_CS INT64_C(10000000)
#define NS_PER_S INT64_C(1000000000)

/* A point on CLOCK_MONOTONIC. A struct, so that a duration (int64_t …_ns) is never taken for one. */
typedef struct {
	int64_t ns;
} mono_t;

/* Later than any time that can come. */
#define MONO_NEVER ((mono_t){INT64_MAX})

static inline bool
mono_is_never(mono_t t)
{
	return t.ns == INT64_MAX;
}

/* MONO_NEVER stays MONO_NEVER. */
static inline mono_t
mono_add(mono_t t, int64_t duration_ns)
{
	return mono_is_never(t) ? t : (mono_t){t.ns + duration_ns};
}

static inline int64_t
mono_since(mono_t later, mono_t earlier)
{
	return later.ns - earlier.ns;
}

static inline bool
mono_reached(mono_t deadline, mono_t now)
{
	return deadline.ns <= now.ns;
}

/*
 * A rate (generic cell rate): may this happen now? *due, 0 at first, moves on by spacing_ns; burst of
 * them may come at once.
 */
static inline bool
mono_admit(mono_t *due, mono_t now, int64_t spacing_ns, int burst)
{
	if (mono_since(*due, now) > spacing_ns * (burst - 1))
		return false;
	*due = mono_add(mono_reached(*due, now) ? now : *due, spacing_ns);
	return true;
}

static inline mono_t
mono_earlier(mono_t a, mono_t b)
{
	return a.ns < b.ns ? a : b;
}

#endif
