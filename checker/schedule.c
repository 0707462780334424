/*
 * When a check runs; in the checker. Pure.
 */
#include "checker/schedule.h"

mono_t
schedule_first(mono_t start, int64_t interval_ns, size_t index, size_t count)
{
	int64_t step = interval_ns / (int64_t)count;

	return mono_add(start, interval_ns - step * (int64_t)index);
}

mono_t
schedule_next(mono_t due, int64_t interval_ns, mono_t now)
{
	int64_t late = mono_since(now, due);

	if (late < 0)
		return due;
	return mono_add(due, (late / interval_ns + 1) * interval_ns);
}
