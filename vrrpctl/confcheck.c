/*
 * Asking vrrpd whether a configuration is valid; vrrpctl.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/conf.h"
#include "vrrpctl/confcheck.h"
#include "vrrpctl/memfile.h"
#include "vrrpctl/text.h"

const char *
confcheck_program(void)
{
	const char *program = secure_getenv("VRRPD");

	return program != NULL && program[0] != '\0' ? program : VRRPD_PROGRAM;
}

/* The configuration goes to config, unless that is -1 and nobody wants it; all else to out. */
static _Noreturn void
confcheck_exec(const char *file, int out, int config)
{
	if (dup2(config != -1 ? config : out, STDOUT_FILENO) != -1 &&
	    dup2(out, STDERR_FILENO) != -1)
		execl(confcheck_program(), "vrrpd", config != -1 ? "-nv" : "-n", "-f", file,
		    (char *)NULL);
	_exit(CONFCHECK_EXIT_EXEC);
}

/* Reads to the end; what does not fit is read and dropped, so that the writer never waits. */
static int
confcheck_read(struct confcheck *check, int fd)
{
	char rest[4096];
	size_t room;
	ssize_t n;

	for (;;) {
		room = CONFCHECK_TEXT_MAX - check->length;
		n = read(fd, room > 0 ? check->text + check->length : rest,
		    room > 0 ? room : sizeof(rest));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if (room > 0)
			check->length += (size_t)n;
	}
}

int
confcheck_wait(pid_t pid)
{
	pid_t waited;
	int status;

	do
		waited = waitpid(pid, &status, 0);
	while (waited == -1 && errno == EINTR);
	if (waited == -1)
		return -1;
	if (!WIFEXITED(status)) {
		errno = EINTR;
		return -1;
	}
	if (WEXITSTATUS(status) == CONFCHECK_EXIT_EXEC) {
		errno = ENOENT;
		return -1;
	}
	return WEXITSTATUS(status);
}

static int
confcheck_execute(const char *file, int config, struct confcheck *check)
{
	int pipes[2], rc;
	pid_t pid;

	memset(check, 0, sizeof(*check));
	check->file = file;
	check->text = malloc(CONFCHECK_TEXT_MAX + 1);
	if (check->text == NULL || pipe2(pipes, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		confcheck_exec(file, pipes[1], config);
	memfile_close(pipes[1]);
	rc = pid == -1 ? -1 : confcheck_read(check, pipes[0]);
	memfile_close(pipes[0]);
	if (pid != -1)
		check->exit_status = confcheck_wait(pid);
	text_clean_lines(check->text, check->length);
	return rc == -1 || check->exit_status == -1 ? -1 : 0;
}

int
confcheck_run(const char *file, struct confcheck *check)
{
	return confcheck_execute(file, -1, check);
}

int
confcheck_normalise(const char *file, struct confcheck *check)
{
	int config = memfile_new("", 0), rc;

	memset(check, 0, sizeof(*check));
	rc = config == -1 ? -1 : confcheck_execute(file, config, check);
	if (rc == 0 && check->exit_status == 0) {
		check->config = memfile_read(config, CONF_TEXT_SIZE_MAX, &check->config_size);
		if (check->config == NULL)
			rc = -1;
		else
			text_clean_lines(check->config, check->config_size);
	}
	memfile_close(config);
	return rc;
}

void
confcheck_free(struct confcheck *check)
{
	free(check->text);
	free(check->config);
	check->text = NULL;
	check->config = NULL;
}
