/*
 * vrrpd whose engine runs under valgrind: the real parent, which executes this program anew for each of
 * its children; the engine's is given to valgrind, the others' to vrrpd. Beside it in the same directory
 * is the real one, called vrrpd.real, built without filters of system calls (VRRPD_MEMCHECK).
 *
 *   VRRPD_MEMCHECK_LOGS   the directory of valgrind's reports, engine.PID
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "common/proc.h"
#include "tests/lib/role_options.h"
#include "vrrpd/parent/parent.h"

#define WORDS_MAX 32

/* The real one, in the directory of this one. */
static const char *
real_path(void)
{
	static char path[PATH_MAX];
	char self[PATH_MAX - sizeof("vrrpd.real")];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (length == -1)
		err(2, "/proc/self/exe");
	self[length] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		errx(2, "%s: no directory", self);
	snprintf(path, sizeof(path), "%.*s/vrrpd.real", (int)(slash - self), self);
	return path;
}

static _Noreturn void
become(const char *role, char *argv[])
{
	static char tool[] = "valgrind", silent[] = "--error-exitcode=99",
		    leaks[] = "--leak-check=full", kinds[] = "--errors-for-leak-kinds=definite",
		    vgdb[] = "--vgdb=no";
	static char log[PATH_MAX], path[PATH_MAX];
	const char *logs = getenv("VRRPD_MEMCHECK_LOGS");
	char *words[WORDS_MAX];
	size_t count = 0;

	snprintf(path, sizeof(path), "%s", real_path());
	if (strcmp(role, "engine") != 0) {
		execv(path, argv);
		err(2, "%s", path);
	}
	if (logs == NULL)
		errx(2, "VRRPD_MEMCHECK_LOGS is required");
	snprintf(log, sizeof(log), "--log-file=%s/engine.%%p", logs);
	words[count++] = tool;
	words[count++] = silent;
	words[count++] = leaks;
	words[count++] = kinds;
	words[count++] = vgdb;
	words[count++] = log;
	words[count++] = path;
	for (argv++; *argv != NULL && count < WORDS_MAX - 1; argv++)
		words[count++] = *argv;
	words[count] = NULL;
	execvp(tool, words);
	err(2, "%s", tool);
}

int
main(int argc, char *argv[])
{
	struct proc_options options;
	const char *role = role_options(argc, argv, &options);

	if (role != NULL)
		become(role, argv);
	setproctitle_init(argc, argv, environ);
	return parent_main(&options);
}
