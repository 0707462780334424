/*
 * vrrpd/conf/role.c: what the config role says to the parent, read as the parent reads it. Without
 * sandbox; a valid configuration needs root and the daemon's users.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/conf_role_lab.h"
#include "tests/unit/conf_text_lab.h"

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
	assert_int_equal(h.text_fd, -1);
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

static bool
is_possible(void)
{
	return geteuid() == 0 && getpwnam("_vrrpd") != NULL && getpwnam("_vrrpd_checker") != NULL &&
	       getpwnam("_vrrpd_script") != NULL;
}

static void
test_records(void **state)
{
	char path[] = "/run/vrrpd-unit-role-XXXXXX" /* root's alone */;
	struct heard h;
	FILE *out;
	int i;

	(void)state;
	if (!is_possible())
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
	assert_int_equal(h.conf.global.last_instance, 200);
	close(h.text_fd);
	conf_free(&h.conf);
}

/* ---- a reload ---- */

#define HEAD "version: 1\ndefaults: {interface: lo}\n"
#define TWO \
	HEAD "checks: {c: {command: /bin/true}}\n" \
	     "instances:\n" \
	     "  a: {vrid: 1, addresses: [10.0.0.1], track: [c], notify: {all: /bin/true, stop: " \
	     "/bin/false}}\n" \
	     "  b: {vrid: 2, addresses: [10.0.0.2], virtual-mac: true}\n"

/* The running configuration goes in, the file's comes out under its ids. */
static void
test_reload(void **state)
{
	char path[] = "/run/vrrpd-unit-role-XXXXXX";
	struct heard first, second;
	FILE *out;

	(void)state;
	if (!is_possible())
		skip();
	out = create(path);
	fputs(TWO, out);
	fclose(out);
	hear(path, &first);
	out = fopen(path, "w");
	fputs(HEAD "instances: {c: {vrid: 3, addresses: [10.0.0.3]}, b: {vrid: 2, addresses: "
		   "[10.0.0.4]}}\n",
	    out);
	fclose(out);
	hear_asked(path, &(struct asked){.running = &first.conf}, &second);
	unlink(path);
	assert_int_equal(second.end.errors, 0);
	assert_int_equal(second.conf.instance_count, 3);
	assert_string_equal(second.conf.instance[0].name, "a");
	assert_int_equal(second.conf.instance[0].retiring, 1);
	assert_string_equal(second.conf.instance[1].name, "b");
	assert_int_equal(second.conf.instance[1].id, 2);
	assert_string_equal(second.conf.instance[2].name, "c");
	assert_int_equal(second.conf.instance[2].id, 3);
	assert_int_equal(second.conf.command_count, 2);
	assert_int_not_equal(second.text_fd, -1);
	close(first.text_fd);
	close(second.text_fd);
	conf_free(&first.conf);
	conf_free(&second.conf);
}

/* A sweep reads no file, and says nothing about one. */
static void
test_sweep(void **state)
{
	const struct msg_retired retired = {.instance = 1};
	struct conf running;
	struct heard h;

	(void)state;
	load(TWO, &running);
	running.instance[0].retiring = 1;
	hear_asked("/nonexistent/vrrpd.yaml", &(struct asked){.running = &running, .sweep = 1}, &h);
	assert_int_equal(h.problems + h.end.errors + h.end.warnings, 0);
	assert_int_equal(h.text_fd, -1);
	assert_int_equal(h.conf.instance_count, 2);
	assert_int_equal(h.conf.hook_count, 2);
	conf_free(&h.conf);
	hear_asked("/nonexistent/vrrpd.yaml",
	    &(struct asked){
		.running = &running, .retired = &retired, .retired_count = 1, .sweep = 1},
	    &h);
	assert_int_equal(h.conf.instance_count, 1);
	assert_int_equal(h.conf.instance[0].id, 2);
	assert_string_equal(h.conf.instance[0].virtual_interface, "vrrp4-2");
	assert_int_equal(h.conf.hook_count, 0);
	conf_free(&h.conf);
	conf_free(&running);
}

/* A running configuration larger than any buffer. */
static void
test_sweep_of_many(void **state)
{
	static char text[1 << 18];
	size_t length = 0;
	struct conf running;
	struct heard h;
	int i;

	(void)state;
	length = (size_t)sprintf(text, HEAD "instances:\n");
	for (i = 0; i < 2000; i++)
		length += (size_t)sprintf(text + length,
		    "  i%d: {interface: e%d, vrid: %d, addresses: [10.0.%d.%d]}\n", i, i / 250,
		    i % 250 + 1, i / 250, i % 250 + 1);
	load(text, &running);
	hear_asked("/nonexistent/vrrpd.yaml", &(struct asked){.running = &running, .sweep = 1}, &h);
	assert_int_equal(h.conf.instance_count, 2000);
	assert_int_equal(h.conf.address_count, 2000);
	conf_free(&h.conf);
	conf_free(&running);
}

/* What comes with the records is what `vrrpd -nv` prints, and nobody can change it. */
static void
test_text(void **state)
{
	static const char text[] =
	    "version: 1\ninstances:\n"
	    "  v: {interface: lo, vrid: 1, version: 2, addresses: [10.0.0.1],\n"
	    "      authentication: {type: pass, key: geheim}}\n";
	char path[] = "/run/vrrpd-unit-role-XXXXXX", shown[4096] = "";
	struct heard h;
	FILE *out;

	(void)state;
	if (!is_possible())
		skip();
	out = create(path);
	fputs(text, out);
	fclose(out);
	hear(path, &h);
	unlink(path);
	assert_int_equal(h.end.errors, 0);
	assert_int_equal(pread(h.text_fd, shown, sizeof(shown) - 1, 0), h.text_size);
	assert_non_null(strstr(shown, "\n  v:\n"));
	assert_non_null(strstr(shown, " key: \"********\"\n"));
	assert_null(strstr(shown, "geheim"));
	assert_memory_equal(h.conf.instance[0].key, "geheim\0\0", CONF_KEY_SIZE);
	assert_int_equal(fcntl(h.text_fd, F_GET_SEALS),
	    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(pwrite(h.text_fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(h.text_fd, 0), -1);
	close(h.text_fd);
	conf_free(&h.conf);
}

/* ---- a parent that is none ---- */

/* The role ends without a word. */
static void
assert_refused(uint16_t type, const void *payload, size_t size, const struct conf *running)
{
	struct heard h;
	int fd;
	pid_t pid = start("/nonexistent/vrrpd.yaml", &fd);

	if (running != NULL)
		ask_records(fd, running);
	ask_message(fd, type, payload, size);
	hear_all(pid, fd, &h);
	assert_false(h.ended);
	assert_int_equal(h.records + h.problems, 0);
	assert_int_not_equal(h.status, 0);
}

static void
test_malformed_requests(void **state)
{
	const struct msg_hello hello = {.version = MSG_VERSION, .role = MSG_ROLE_CONFIG};
	const struct msg_load sweep = {.sweep = 1}, neither = {.sweep = 2};
	const struct msg_retired not_retiring = {.instance = 2}, none = {0}, both = {1, 1},
				 unknown = {.instance = 9};
	struct conf running;

	(void)state;
	load(TWO, &running);
	running.instance[0].retiring = 1;
	assert_refused(PARENT_CONFIG_HELLO, &hello, sizeof(hello), NULL);
	assert_refused(PARENT_CONFIG_COUNT, &hello, sizeof(hello), NULL);
	assert_refused(PARENT_CONFIG_LOAD, &sweep, sizeof(sweep) - 1, &running);
	assert_refused(PARENT_CONFIG_LOAD, &sweep, sizeof(sweep), NULL);
	assert_refused(PARENT_CONFIG_LOAD, &neither, sizeof(neither), &running);
	assert_refused(PARENT_CONFIG_RETIRED, &not_retiring, sizeof(not_retiring), &running);
	assert_refused(PARENT_CONFIG_RETIRED, &none, sizeof(none), &running);
	assert_refused(PARENT_CONFIG_RETIRED, &both, sizeof(both), &running);
	assert_refused(PARENT_CONFIG_RETIRED, &unknown, sizeof(unknown), &running);
	assert_refused(PARENT_CONFIG_CONF_INSTANCE, &running.instance[0],
	    sizeof(running.instance[0]), &running); /* its id was there */
	assert_refused(
	    PARENT_CONFIG_CONF_GLOBAL, &running.global, sizeof(running.global), &running);
	conf_free(&running);
}

/* A parent that dies leaves nobody behind. */
static void
test_no_request(void **state)
{
	int fd, status;
	pid_t pid = start("/nonexistent/vrrpd.yaml", &fd);

	(void)state;
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_not_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_missing_file),
	    cmocka_unit_test(test_many_problems),
	    cmocka_unit_test(test_records),
	    cmocka_unit_test(test_reload),
	    cmocka_unit_test(test_sweep),
	    cmocka_unit_test(test_sweep_of_many),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_malformed_requests),
	    cmocka_unit_test(test_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
