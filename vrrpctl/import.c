/*
 * `vrrpctl import`: a child in a sandbox converts; what it wrote becomes the output file at the end,
 * whole or not at all. Runs as its caller.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox.h"
#include "vrrpctl/exit.h"
#include "vrrpctl/import.h"

#define EXIT_NOTHING 3 /* of the child: there is no result, and it said why */
#define ERROR_MAX 512
#define ID_MAX 256

/* ---- the child ---- */

static _Noreturn void
run_child(const struct import_options *options, int out)
{
	FILE *yaml = fdopen(out, "w");
	FILE *report = options->json && options->output != NULL ? stdout : stderr;
	static char buffer[65536];
	char error[ERROR_MAX];
	int result;

	if (yaml == NULL || sandbox_importer() == -1)
		err(EXIT_NOTHING, "the importer's sandbox");
	setvbuf(report, buffer, _IOFBF, sizeof(buffer));
	result = import_convert(options, yaml, report, error, sizeof(error));
	if (result == -1)
		errx(EXIT_NOTHING, "%s", error);
	if (fflush(report) == EOF || fflush(yaml) == EOF)
		err(EXIT_NOTHING, "writing");
	_exit(result);
}

/* VRRPCTL_OK or _FAILED with a result; -1 without. */
static int
wait_child(pid_t pid)
{
	pid_t waited;
	int status;

	do
		waited = waitpid(pid, &status, 0);
	while (waited == -1 && errno == EINTR);
	if (waited == -1)
		return -1;
	if (WIFSIGNALED(status))
		warnx("the importer was ended by signal %d; nothing is written", WTERMSIG(status));
	if (!WIFEXITED(status) || WEXITSTATUS(status) > VRRPCTL_FAILED)
		return -1;
	return WEXITSTATUS(status);
}

static int
convert(const struct import_options *options, int out)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(options, out);
	if (pid == -1)
		warn("fork");
	return pid == -1 ? -1 : wait_child(pid);
}

/* ---- the output file ---- */

/* Beside the output, so that it can be renamed; mode 0600, since it may hold keys. */
static int
open_temporary(const char *output, char path[PATH_MAX])
{
	const char *slash = strrchr(output, '/');
	const int length = slash == NULL ? 0 : (int)(slash + 1 - output);
	const int n = snprintf(path, PATH_MAX, "%.*s.vrrpctl-XXXXXX", length, output);
	int fd;

	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	return fd;
}

static int
publish(const struct import_options *options, const char *path, int fd)
{
	if (fsync(fd) == -1)
		return -1;
	return options->force
		   ? rename(path, options->output)
		   : renameat2(AT_FDCWD, path, AT_FDCWD, options->output, RENAME_NOREPLACE);
}

static int
convert_to_file(const struct import_options *options)
{
	char path[PATH_MAX];
	int code, fd;

	if (!options->force && access(options->output, F_OK) == 0) {
		warnx("%s: exists; --force replaces it", options->output);
		return VRRPCTL_FAILED;
	}
	fd = open_temporary(options->output, path);
	if (fd == -1) {
		warn("%s", options->output);
		return VRRPCTL_FAILED;
	}
	code = convert(options, fd);
	if (code == -1) {
		unlink(path);
	} else if (publish(options, path, fd) == -1) {
		warn("%s", options->output);
		unlink(path);
		code = -1;
	}
	close(fd);
	return code == -1 ? VRRPCTL_FAILED : code;
}

int
import_command(const struct import_options *options)
{
	struct import_options given = *options;
	char host[ID_MAX] = "";
	int code;

	if (given.id == NULL) {
		if (gethostname(host, sizeof(host) - 1) == -1)
			host[0] = '\0';
		host[strcspn(host, ".")] = '\0';
		given.id = host;
	}
	if (given.output != NULL)
		return convert_to_file(&given);
	code = convert(&given, STDOUT_FILENO);
	return code == -1 ? VRRPCTL_FAILED : code;
}
