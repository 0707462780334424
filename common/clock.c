/*
 * Reading the clocks; any process.
 */
#include <stdio.h>
#include <time.h>

#include "common/clock.h"

static int64_t
clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

mono_t
clock_now(void)
{
	return (mono_t){clock_read(CLOCK_MONOTONIC)};
}

int64_t
clock_wall_ns(mono_t t)
{
	return clock_read(CLOCK_REALTIME) - mono_since(clock_now(), t);
}

const char *
clock_format_utc(int64_t wall_ns, char *buf)
{
	time_t seconds = wall_ns / NS_PER_S;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(buf, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, CLOCK_TEXT_MAX - n, ".%03dZ", (int)(wall_ns % NS_PER_S / NS_PER_MS));
	return buf;
}
