/*
 * vrrpd/conf/role.c: what the config role says to the parent, read as the parent reads it. Without
 * sandbox; a valid configuration needs root and the daemon's users.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/conf/role.h"

struct heard {
	struct conf conf;
	size_t records;
	size_t problems;
	struct msg_problem last_problem;
	struct msg_config_end end;
	bool ended;
	int status;
};

/* The role in a process of its own, its socket on descriptor 3. */
static pid_t
start(const char *file, int *fd)
{
	struct proc_options options = {.config_file = file};
	int sv[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (dup2(sv[1], PROC_PARENT_FD) == -1)
			_exit(99);
		_exit(conf_role_main(&options));
	}
	close(sv[1]);
	*fd = sv[0];
	return pid;
}

static void
take(struct heard *h, uint16_t type, const void *payload, size_t size)
{
	assert_non_null(msg_row_check(&msg_table_config_parent, type, size));
	assert_false(h->ended);
	if (type == CONFIG_PARENT_PROBLEM) {
		assert_int_equal(h->records, 0); /* problems come first */
		memset(&h->last_problem, 0, sizeof(h->last_problem));
		memcpy(&h->last_problem, payload, size);
		assert_int_equal(((const char *)payload)[size - 1], '\0');
		h->problems++;
	} else if (type == CONFIG_PARENT_END) {
		memcpy(&h->end, payload, size);
		h->ended = true;
	} else {
		assert_int_equal(
		    conf_append(&h->conf, (enum conf_kind)(type - CONFIG_PARENT_CONF_GLOBAL),
			payload, size, false),
		    0);
		h->records++;
	}
}

static void
hear(const char *file, struct heard *h)
{
	struct {
		struct msg_header header;
		char payload[MSG_SIZE_MAX];
	} message;
	pid_t pid;
	ssize_t n;
	int fd;

	memset(h, 0, sizeof(*h));
	conf_init(&h->conf);
	pid = start(file, &fd);
	while ((n = recv(fd, &message, sizeof(message), 0)) > 0) {
		assert_true((size_t)n >= sizeof(message.header) && n <= MSG_SIZE_MAX);
		take(h, message.header.type, message.payload, (size_t)n - sizeof(message.header));
	}
	close(fd);
	assert_int_equal(waitpid(pid, &h->status, 0), pid);
	assert_true(h->ended);
	assert_int_equal(h->status, 0);
}

/* A file that only its owner may write; the name is in path. */
static FILE *
create(char *path)
{
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	return fdopen(fd, "w");
}

static void
test_missing_file(void **state)
{
	struct heard h;

	(void)state;
	hear("/nonexistent/vrrpd.yaml", &h);
	assert_int_equal(h.problems, 1);
	assert_int_equal(h.records, 0);
	assert_int_equal(h.end.errors, 1);
	assert_int_equal(h.last_problem.is_error, 1);
	assert_string_equal(h.last_problem.text,
	    "/nonexistent/vrrpd.yaml: cannot be read: No such file or directory");
}

/* More than the socket holds: the role waits for its reader. */
static void
test_many_problems(void **state)
{
	char path[] = "/tmp/vrrpd-unit-role-XXXXXX";
	FILE *out = create(path);
	struct heard h;
	int i;

	(void)state;
	fputs("version: 1\n", out);
	for (i = 0; i < 900; i++)
		fprintf(out, "key%d: 1\n", i);
	fclose(out);
	hear(path, &h);
	unlink(path);
	assert_int_equal(h.records, 0);
	assert_true(h.problems >= 900);
	assert_int_equal(h.problems, h.end.errors + h.end.warnings);
}

static void
test_records(void **state)
{
	char path[] = "/run/vrrpd-unit-role-XXXXXX" /* root's alone */;
	struct heard h;
	FILE *out;
	int i;

	(void)state;
	if (geteuid() != 0 || getpwnam("_vrrpd") == NULL || getpwnam("_vrrpd_checker") == NULL ||
	    getpwnam("_vrrpd_script") == NULL)
		skip();
	out = create(path);
	fputs("version: 1\nchecks: {c: {command: /bin/true}}\ninstances:\n", out);
	for (i = 1; i <= 200; i++)
		fprintf(out,
		    "  i%d: {interface: lo, vrid: %d, addresses: [10.0.0.%d], track: [c], "
		    "notify: [/bin/true, \"%d\"]}\n",
		    i, i, i, i);
	fclose(out);
	hear(path, &h);
	unlink(path);
	assert_int_equal(h.end.errors, 0);
	assert_int_equal(h.conf.instance_count, 200);
	assert_int_equal(h.conf.address_count, 200);
	assert_int_equal(h.conf.track_count, 200);
	assert_int_equal(h.conf.hook_count, 200);
	assert_int_equal(h.conf.command_count, 201);
	assert_int_equal(h.conf.runner_count, 1);
	assert_int_equal(h.conf.check_count, 1);
	assert_string_equal(h.conf.runner[0].name, "_vrrpd_script");
	assert_int_equal(h.conf.global.engine_uid, getpwnam("_vrrpd")->pw_uid);
	conf_free(&h.conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_missing_file),
	    cmocka_unit_test(test_many_problems),
	    cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
