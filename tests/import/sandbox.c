/*
 * What the importer's sandbox takes away: each attempt is made in a child that has entered it, and must
 * end it or fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox.h"

enum { SURVIVED = 0, NO_SANDBOX = 9 };

static int
try_read(void)
{
	char c;
	const int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	return fd != -1 && read(fd, &c, 1) == 1 && close(fd) == 0 ? SURVIVED : 1;
}

static int
try_write(void)
{
	return write(STDOUT_FILENO, "", 0) == 0 ? SURVIVED : 1;
}

static int
try_create(void)
{
	return open("/tmp/vrrpd-import-sandbox", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) == -1;
}

static int
try_truncate(void)
{
	return open("/etc/passwd", O_RDWR | O_CLOEXEC) == -1;
}

static int
try_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) == -1;
}

static int
try_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) == -1;
}

static int
try_fork(void)
{
	return fork() == -1;
}

static int
try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return 1;
}

static int
try_unlink(void)
{
	return unlink("/tmp/vrrpd-import-sandbox-none") == -1;
}

static int
try_kill(void)
{
	return kill(getppid(), 0) == -1;
}

static const struct {
	const char *name;
	int (*attempt)(void);
	int allowed;
} attempts[] = {{"read a file", try_read, 1}, {"write to what is open", try_write, 1},
    {"create a file", try_create, 0}, {"open a file to write", try_truncate, 0},
    {"make a socket", try_socket, 0}, {"make a unix socket", try_unix, 0},
    {"make a process", try_fork, 0}, {"run a program", try_exec, 0},
    {"remove a file", try_unlink, 0}, {"signal another process", try_kill, 0}};

static int
run(int (*attempt)(void))
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(sandbox_importer() == -1 ? NO_SANDBOX : attempt());
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		abort();
	return status;
}

int
main(void)
{
	int failed = 0, status, ok;

#if defined(__SANITIZE_ADDRESS__)
	puts("skipped: the sanitizer's run time needs what the sandbox takes away");
	return 77;
#endif
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		status = run(attempts[i].attempt);
		if (attempts[i].allowed)
			ok = WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED;
		else
			ok = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
		printf("%s: %s\n", ok ? "ok" : "FAILED", attempts[i].name);
		failed = failed || !ok;
	}
	return failed;
}
