/*
 * What the end of a run means, and in words; in the checker. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "checker/run.h"

/* As the shell has it: found but not executable, not found. */
enum { RESULT_NOT_EXECUTABLE = 126, RESULT_NOT_FOUND = 127 };

bool
run_succeeded(const struct run_result *result)
{
	return !result->timed_out && result->error == 0 && result->signal == 0 &&
	       (result->exit_status == 0 || (result->exit_status == -1 && result->up));
}

bool
run_was_broken(const struct run_result *result)
{
	if (result->timed_out)
		return false;
	return result->error != 0 || result->signal != 0 ||
	       result->exit_status == RESULT_NOT_EXECUTABLE ||
	       result->exit_status == RESULT_NOT_FOUND;
}

const char *
run_describe(const struct run_result *result, char *buf, size_t size)
{
	const char *name;

	if (result->timed_out) {
		snprintf(buf, size, "timed out after %lld ms",
		    (long long)(result->duration_ns / NS_PER_MS));
	} else if (result->signal != 0) {
		name = sigabbrev_np(result->signal);
		snprintf(buf, size, "%s%skilled by SIG%s", result->step,
		    result->step[0] != '\0' ? " " : "", name != NULL ? name : "?");
	} else if (result->error != 0) {
		snprintf(buf, size, "%s: %s", result->step, strerror(result->error));
	} else if (result->exit_status != -1) {
		snprintf(buf, size, "exit %d", result->exit_status);
	} else {
		snprintf(buf, size, "%s", "");
	}
	return buf;
}
