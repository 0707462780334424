/*
 * Asking vrrpd whether a configuration is valid; vrrpctl.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vrrpctl/confcheck.h"
#include "vrrpctl/text.h"

#define CONFCHECK_EXIT_EXEC 127

const char *
confcheck_program(void)
{
	const char *program = secure_getenv("VRRPD");

	return program != NULL && program[0] != '\0' ? program : VRRPD_PROGRAM;
}

static _Noreturn void
confcheck_exec(const char *file, int out)
{
	if (dup2(out, STDOUT_FILENO) != -1 && dup2(out, STDERR_FILENO) != -1)
		execl(confcheck_program(), "vrrpd", "-n", "-f", file, (char *)NULL);
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

/* Each line for itself, so that line ends stay. */
static void
confcheck_clean(struct confcheck *check)
{
	char *end, *line = check->text;

	for (size_t i = 0; i < check->length; i++)
		if (check->text[i] == '\0')
			check->text[i] = '?';
	check->text[check->length] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		text_clean(line);
		*end = '\n';
		line = end + 1;
	}
	text_clean(line);
}

/* The exit status of the child, -1 with errno when it did not exit or could not execute. */
static int
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

int
confcheck_run(const char *file, struct confcheck *check)
{
	int pipes[2], rc, saved;
	pid_t pid;

	memset(check, 0, sizeof(*check));
	check->file = file;
	check->text = malloc(CONFCHECK_TEXT_MAX + 1);
	if (check->text == NULL || pipe2(pipes, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		confcheck_exec(file, pipes[1]);
	saved = errno;
	close(pipes[1]);
	errno = saved;
	rc = pid == -1 ? -1 : confcheck_read(check, pipes[0]);
	saved = errno;
	close(pipes[0]);
	errno = saved;
	if (pid != -1)
		check->exit_status = confcheck_wait(pid);
	confcheck_clean(check);
	return rc == -1 || check->exit_status == -1 ? -1 : 0;
}

void
confcheck_free(struct confcheck *check)
{
	free(check->text);
	check->text = NULL;
}
