/*
 * The story of a run of the simulator: its last lines, or all of it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/world.h"

#define TRACE_LINES 80
#define TRACE_WIDTH 160

struct trace {
	bool all; /* printed at once */
	uint64_t count;
	char line[TRACE_LINES][TRACE_WIDTH];
};

struct trace *
trace_open(bool all)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (trace == NULL)
		abort();
	trace->all = all;
	return trace;
}

void
trace_write(struct world *w, const char *format, ...)
{
	struct trace *trace = w->trace;
	char *line = trace->line[trace->count++ % TRACE_LINES];
	va_list ap;
	int used = snprintf(line, TRACE_WIDTH, "%5lld.%06lld ", (long long)(w->now / NS_PER_S),
	    (long long)(w->now % NS_PER_S / NS_PER_US));

	va_start(ap, format);
	vsnprintf(line + used, TRACE_WIDTH - (size_t)used, format, ap);
	va_end(ap);
	if (trace->all)
		puts(line);
}

void
trace_print(const struct trace *trace)
{
	uint64_t first = trace->count > TRACE_LINES ? trace->count - TRACE_LINES : 0;

	for (uint64_t k = first; !trace->all && k < trace->count; k++)
		puts(trace->line[k % TRACE_LINES]);
}

/* The first one counts. */
void
sim_fail(struct world *w, const char *format, ...)
{
	va_list ap;

	if (w->failed)
		return;
	w->failed = true;
	va_start(ap, format);
	vsnprintf(w->failure, sizeof(w->failure), format, ap);
	va_end(ap);
	TRACE(w, "FAILED: %s", w->failure);
}
