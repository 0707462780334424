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
#include <unistd.h>

#include "tests/unit/conf_role_lab.h"

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
