/*
 * Children that enter a sandbox and try it.
 */
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/boundary/sandbox_lab.h"

int
lab_status_of(void (*body)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

void
lab_assert_runs(void (*body)(void))
{
	int status = lab_status_of(body);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

bool
lab_status_has(const char *line)
{
	char buf[256];
	bool found = false;
	FILE *f = fopen("/proc/self/status", "r");

	MUST(f != NULL);
	while (!found && fgets(buf, sizeof(buf), f) != NULL) {
		buf[strcspn(buf, "\n")] = '\0';
		found = strcmp(buf, line) == 0;
	}
	fclose(f);
	return found;
}

void
lab_become_nobody(void)
{
	MUST(setgroups(0, NULL) == 0 && setresgid(LAB_NOBODY, LAB_NOBODY, LAB_NOBODY) == 0 &&
	     setresuid(LAB_NOBODY, LAB_NOBODY, LAB_NOBODY) == 0);
}
