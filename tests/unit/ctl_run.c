/*
 * vrrpctl as its users call it, against the real control socket with a made-up engine behind it.
 */
#include "tests/unit/ctl_run.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "common/log.h"

const char *program;
char directory[32];
char output[OUTPUT_MAX];
static pid_t server = -1;

int
listen_at(const char *dir)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(path.sun_path, sizeof(path.sun_path), "%s/vrrpd.sock", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&path, sizeof(path)), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

int
serve(const struct control_ops *ops)
{
	struct event_base *base;
	int fd;

	strlcpy(directory, "/tmp/vrrpctl-XXXXXX", sizeof(directory));
	assert_non_null(mkdtemp(directory));
	fd = listen_at(directory);
	server = fork();
	assert_int_not_equal(server, -1);
	if (server == 0) {
		base = event_base_new();
		if (base == NULL || control_open(base, fd, ops, NULL) == NULL)
			_exit(1);
		event_base_dispatch(base);
		_exit(1);
	}
	close(fd);
	return 0;
}

int
ctl_run_end(void **state)
{
	char path[64];

	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	snprintf(path, sizeof(path), "%s/vrrpd.sock", directory);
	unlink(path);
	rmdir(directory);
	return 0;
}

int
run(const char *arguments)
{
	char command[1024];
	FILE *pipe;
	size_t n;
	int status;

	snprintf(command, sizeof(command), "DIR=%s; exec 2>&1; exec %s %s", directory, program,
	    arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void
assert_says(const char *text)
{
	if (strstr(output, text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, output);
}

static const char *
program_path(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/vrrpd", directory);
	return path;
}

void
program_install(const char *body)
{
	FILE *file = fopen(program_path(), "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s", body);
	fclose(file);
	chmod(program_path(), 0755);
	setenv("VRRPD", program_path(), 1);
}

void
program_remove(void)
{
	unlink(program_path());
}

void
ctl_run_begin(const char *path)
{
	program = path;
	signal(SIGPIPE, SIG_IGN);
	log_init("test", false);
}
