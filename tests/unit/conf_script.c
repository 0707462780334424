/*
 * common/conf_bounds.c: commands, checks, tracks and hooks from a hostile sender.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/conf_lab.h"

static void
test_runner(void **state)
{
	(void)state;
	REFUSED(CONF_RUNNER, runner, r.id = 0);
	REFUSED(CONF_RUNNER, runner, r.uid = good_global.engine_uid);
	REFUSED(CONF_RUNNER, runner, r.uid = good_global.checker_uid);
	REFUSED(CONF_RUNNER, runner, r.uid = UINT32_MAX);
	REFUSED(CONF_RUNNER, runner, r.gid = UINT32_MAX);
	REFUSED(CONF_RUNNER, runner, r.name[0] = '\0');
	REFUSED(CONF_RUNNER, runner, memset(r.name, 'a', sizeof(r.name)));
	ACCEPTED(CONF_RUNNER, runner, r.uid = 0);
}

static void
set_text(struct conf_command *r, const char *text, size_t length)
{
	memcpy(r->text, text, length);
	r->text_length = (uint32_t)length;
}

#define SET_TEXT(text) set_text(&r, text, sizeof(text))

static void
test_command(void **state)
{
	(void)state;
	REFUSED(CONF_COMMAND, command, r.id = 0);
	REFUSED(CONF_COMMAND, command, r.runner = 0);
	REFUSED(CONF_COMMAND, command, r.runner = 7);
	REFUSED(CONF_COMMAND, command, r.timeout_ms = 0);
	REFUSED(CONF_COMMAND, command, r.timeout_ms = CONF_DURATION_MAX_MS + 1);
	REFUSED(CONF_COMMAND, command, r.sandbox = CONF_SANDBOX_COUNT);
	REFUSED(CONF_COMMAND, command, r.argc = 0);
	REFUSED(CONF_COMMAND, command, r.argc = 1);
	REFUSED(CONF_COMMAND, command, r.argc = 3);
	REFUSED(CONF_COMMAND, command, r.argc = UINT16_MAX);
	REFUSED(CONF_COMMAND, command, r.envc = 1);
	REFUSED(CONF_COMMAND, command, r.envc = 3);
	REFUSED(CONF_COMMAND, command, r.envc = UINT16_MAX);
	REFUSED(CONF_COMMAND, command, r.writablec = 0);
	REFUSED(CONF_COMMAND, command, r.writablec = 2);
	REFUSED(CONF_COMMAND, command, r.writablec = UINT16_MAX);
	REFUSED(CONF_COMMAND, command, r.text_length = 0);
	REFUSED(CONF_COMMAND, command, r.text_length--);
	REFUSED(CONF_COMMAND, command, r.text_length++);
	REFUSED(CONF_COMMAND, command, SET_TEXT("bin/x\0-a\0K=v\0EMPTY=\0/var"));
	REFUSED(CONF_COMMAND, command, SET_TEXT("/bin/x\0-a\0K\0EMPTY=\0/var"));
	REFUSED(CONF_COMMAND, command, SET_TEXT("/bin/x\0-a\0=v\0EMPTY=\0/var"));
	REFUSED(CONF_COMMAND, command, SET_TEXT("/bin/x\0-a\0K=v\0EMPTY=\0var"));
	REFUSED(CONF_COMMAND, command, SET_TEXT("/bin/x\0-a\0K=v\0EMPTY=\0/var\0more"));
	ACCEPTED(CONF_COMMAND, command, SET_TEXT("/bin/x\0\0K=\0EMPTY=a=b\0/"));
}

/* On the heap, so that a sanitizer sees a read behind the end. */
static void
test_command_size(void **state)
{
	const size_t head = offsetof(struct conf_command, text);
	struct conf_command *r;
	struct conf conf;
	size_t size;

	(void)state;
	fill_until(&conf, CONF_COMMAND);
	for (size = 0; size <= head + sizeof(TEXT); size++) {
		r = malloc(size > 0 ? size : 1);
		assert_non_null(r);
		memcpy(r, &good_command, size);
		if (size < head + sizeof(TEXT)) {
			assert_int_equal(conf_append(&conf, CONF_COMMAND, r, size, false), -1);
			assert_int_equal(errno, EBADMSG);
		} else {
			assert_int_equal(conf_append(&conf, CONF_COMMAND, r, size, false), 0);
		}
		free(r);
	}
	r = calloc(1, sizeof(*r) + 1);
	assert_non_null(r);
	*r = good_command;
	r->id = 2;
	memset(r->text, 'a', sizeof(r->text));
	r->text[0] = '/';
	r->argc = 1;
	r->envc = r->writablec = 0;
	r->text_length = CONF_TEXT_MAX;
	assert_refused(&conf, CONF_COMMAND, r, "no NUL at the end");
	r->text_length = CONF_TEXT_MAX + 1;
	assert_refused(&conf, CONF_COMMAND, r, "longer than the record");
	r->text_length = CONF_TEXT_MAX;
	r->text[CONF_TEXT_MAX - 1] = '\0';
	assert_int_equal(append(&conf, CONF_COMMAND, r), 0);
	free(r);
	conf_free(&conf);
}

static void
test_command_strings(void **state)
{
	const char *argv[3], *envp[3], *writable[2];

	(void)state;
	conf_command_strings(&good_command, argv, envp, writable);
	assert_string_equal(argv[0], "/bin/x");
	assert_string_equal(argv[1], "-a");
	assert_null(argv[2]);
	assert_string_equal(envp[0], "K=v");
	assert_string_equal(envp[1], "EMPTY=");
	assert_null(envp[2]);
	assert_string_equal(writable[0], "/var");
	assert_null(writable[1]);
}

static void
test_check(void **state)
{
	(void)state;
	REFUSED(CONF_CHECK, check, r.id = 0);
	REFUSED(CONF_CHECK, check, r.name[0] = '\0');
	REFUSED(CONF_CHECK, check, memset(r.name, 'a', sizeof(r.name)));
	REFUSED(CONF_CHECK, check, r.command = 0);
	REFUSED(CONF_CHECK, check, r.command = 2);
	REFUSED(CONF_CHECK, check, r.runner = 0);
	REFUSED(CONF_CHECK, check, r.runner = 2);
	REFUSED(CONF_CHECK, check, r.interval_ms = 0);
	REFUSED(CONF_CHECK, check, r.timeout_ms = 0);
	REFUSED(CONF_CHECK, check, r.timeout_ms = CONF_DURATION_MAX_MS + 1);
	REFUSED(CONF_CHECK, check, r.interval_ms = CONF_DURATION_MAX_MS + 1);
	REFUSED(CONF_CHECK, check, r.fall = 0);
	REFUSED(CONF_CHECK, check, r.fall = CONF_DAMPING_MAX + 1);
	REFUSED(CONF_CHECK, check, r.rise = 0);
	REFUSED(CONF_CHECK, check, r.rise = CONF_DAMPING_MAX + 1);
	REFUSED(CONF_CHECK, check, r.initial = CONF_INITIAL_COUNT);
}

#define LOCALHOST(r) (r.addr.family = ADDR_IPV4, r.addr.bytes[0] = 127)

static void
set_check_text(struct conf_check *r, const char *text, size_t length)
{
	memcpy(r->text, text, length);
	r->text_length = (uint32_t)length;
}

#define PROBE(of_kind) (r.kind = (of_kind), r.command = 0)
#define CHECK_TEXT(text) set_check_text(&r, text, sizeof(text))

/* Each kind with what belongs to it, and with what does not. */
static void
test_check_kinds(void **state)
{
	(void)state;
#define TCP PROBE(CONF_CHECK_TCP), LOCALHOST(r), r.port = 80
	ACCEPTED(CONF_CHECK, check, (TCP));
	REFUSED(CONF_CHECK, check, (TCP, r.port = 0));
	REFUSED(CONF_CHECK, check, (TCP, r.addr = (struct addr){0}));
	REFUSED(CONF_CHECK, check, (TCP, r.addr.bytes[4] = 1));
	REFUSED(CONF_CHECK, check, (TCP, r.addr.family = 5));
	REFUSED(CONF_CHECK, check, (TCP, r.command = 1));
	REFUSED(CONF_CHECK, check, (TCP, r.runner = 0));
	REFUSED(CONF_CHECK, check, (TCP, r.runner = 2)); /* root */
	REFUSED(CONF_CHECK, check, (TCP, CHECK_TEXT("x")));
	REFUSED(CONF_CHECK, check, (TCP, strcpy(r.device, "eth0")));
	REFUSED(CONF_CHECK, check, (TCP, r.kind = CONF_CHECK_KINDS));
#define HTTP PROBE(CONF_CHECK_HTTP), LOCALHOST(r), r.port = 80, CHECK_TEXT("127.0.0.1/x")
	ACCEPTED(CONF_CHECK, check, (HTTP));
	ACCEPTED(CONF_CHECK, check, (HTTP, r.expect = 599));
	REFUSED(CONF_CHECK, check, (HTTP, r.expect = 99));
	REFUSED(CONF_CHECK, check, (HTTP, r.expect = 600));
	REFUSED(CONF_CHECK, check, (HTTP, r.port = 0));
	REFUSED(CONF_CHECK, check, (HTTP, r.text_length = 0));
	REFUSED(CONF_CHECK, check, (HTTP, r.text_length--));
	REFUSED(CONF_CHECK, check, (HTTP, CHECK_TEXT("/x")));
	REFUSED(CONF_CHECK, check, (HTTP, CHECK_TEXT("127.0.0.1")));
	REFUSED(CONF_CHECK, check, (HTTP, CHECK_TEXT("127.0.0.1/ HTTP/1.1\r\nX: y")));
	REFUSED(CONF_CHECK, check, (HTTP, CHECK_TEXT("127.0.0.1/\0x")));
	REFUSED(CONF_CHECK, check, (HTTP, r.count_max = 1));
#define PING PROBE(CONF_CHECK_PING), LOCALHOST(r)
	ACCEPTED(CONF_CHECK, check, (PING));
	ACCEPTED(CONF_CHECK, check, (PING, strcpy(r.device, "eth0")));
	REFUSED(CONF_CHECK, check, (PING, strcpy(r.device, "a b")));
	REFUSED(CONF_CHECK, check, (PING, memset(r.device, 'a', sizeof(r.device))));
	REFUSED(CONF_CHECK, check, (PING, r.port = 1));
	REFUSED(CONF_CHECK, check, (PING, r.addr = (struct addr){0}));
#define PROCESS PROBE(CONF_CHECK_PROCESS), CHECK_TEXT("nginx"), r.count_max = CONF_PROCESSES_MAX
	ACCEPTED(CONF_CHECK, check, (PROCESS));
	ACCEPTED(CONF_CHECK, check, (PROCESS, r.count_max = 0));
	REFUSED(CONF_CHECK, check, (PROCESS, r.count_max++));
	REFUSED(CONF_CHECK, check, (PROCESS, r.count_min = 2, r.count_max = 1));
	REFUSED(CONF_CHECK, check, (PROCESS, CHECK_TEXT("")));
	REFUSED(CONF_CHECK, check, (PROCESS, LOCALHOST(r)));
	REFUSED(CONF_CHECK, check, (PROCESS, r.expect = 200));
#define FILE_CHECK PROBE(CONF_CHECK_FILE), CHECK_TEXT("/run/x")
	ACCEPTED(CONF_CHECK, check, (FILE_CHECK));
	REFUSED(CONF_CHECK, check, (FILE_CHECK, CHECK_TEXT("run/x")));
	REFUSED(CONF_CHECK, check, (FILE_CHECK, r.free_bytes = 1));
#define DISK PROBE(CONF_CHECK_DISK), CHECK_TEXT("/var"), r.free_percent = 100
	ACCEPTED(CONF_CHECK, check, (DISK));
	ACCEPTED(CONF_CHECK, check, (DISK, r.free_percent = 0, r.free_bytes = UINT64_MAX));
	REFUSED(CONF_CHECK, check, (DISK, r.free_percent = 101));
	REFUSED(CONF_CHECK, check, (DISK, r.free_percent = 0));
	REFUSED(CONF_CHECK, check, (DISK, r.free_bytes = 1));
	REFUSED(CONF_CHECK, check, (DISK, CHECK_TEXT("var")));
	REFUSED(CONF_CHECK, check, (DISK, r.expires_ms = 1));
#define EXTERNAL PROBE(CONF_CHECK_EXTERNAL), r.runner = 0, r.set_by_uid = UINT32_MAX
	ACCEPTED(CONF_CHECK, check, (EXTERNAL));
	ACCEPTED(CONF_CHECK, check, (EXTERNAL, r.expires_ms = CONF_DURATION_MAX_MS));
	REFUSED(CONF_CHECK, check, (EXTERNAL, r.expires_ms = CONF_DURATION_MAX_MS + 1));
	REFUSED(CONF_CHECK, check, (EXTERNAL, r.set_by_uid = 0));
	REFUSED(CONF_CHECK, check, (EXTERNAL, r.runner = 1));
	REFUSED(CONF_CHECK, check, (EXTERNAL, r.command = 1));
	REFUSED(CONF_CHECK, check, (EXTERNAL, CHECK_TEXT("x")));
	REFUSED(CONF_CHECK, check, r.set_by_uid = 1);
	REFUSED(CONF_CHECK, check, CHECK_TEXT("x"));
	REFUSED(CONF_CHECK, check, LOCALHOST(r));
	REFUSED(CONF_CHECK, check, r.port = 1);
}

/* On the heap, so that a sanitizer sees a read behind the end. */
static void
test_check_size(void **state)
{
	const size_t head = offsetof(struct conf_check, text);
	struct conf_check probe = good_check, *r;
	struct conf conf;
	size_t size;

	(void)state;
	probe.kind = CONF_CHECK_FILE;
	probe.command = 0;
	set_check_text(&probe, "/run/x", sizeof("/run/x"));
	fill_until(&conf, CONF_CHECK);
	for (size = 0; size <= head + sizeof("/run/x"); size++) {
		r = malloc(size > 0 ? size : 1);
		assert_non_null(r);
		memcpy(r, &probe, size);
		assert_int_equal(conf_append(&conf, CONF_CHECK, r, size, false),
		    size == head + sizeof("/run/x") ? 0 : -1);
		free(r);
	}
	probe.id = 2;
	memset(probe.text, '/', sizeof(probe.text));
	probe.text_length = CONF_PATH_MAX;
	assert_refused(&conf, CONF_CHECK, &probe, "no NUL at the end");
	probe.text[CONF_PATH_MAX - 1] = '\0';
	assert_int_equal(append(&conf, CONF_CHECK, &probe), 0);
	probe.id = 3;
	probe.text_length = UINT32_MAX;
	assert_refused(&conf, CONF_CHECK, &probe, "longer than the record");
	conf_free(&conf);
}

static void
test_no_check_as_root(void **state)
{
	struct conf_command command = good_command;
	struct conf_check check = good_check;
	struct conf_hook hook = good_hook;
	struct conf conf;

	(void)state;
	fill_until(&conf, CONF_CHECK);
	command.id = check.command = hook.command = 2;
	command.runner = check.runner = hook.runner = 2;
	assert_int_equal(append(&conf, CONF_COMMAND, &command), 0);
	assert_refused(&conf, CONF_CHECK, &check, "a check as root");
	assert_int_equal(append(&conf, CONF_HOOK, &hook), 0);
	conf_free(&conf);
}

static void
test_track(void **state)
{
	(void)state;
	REFUSED(CONF_TRACK, track, r.instance = 0);
	REFUSED(CONF_TRACK, track, r.instance = 2);
	REFUSED(CONF_TRACK, track, r.check = 0);
	REFUSED(CONF_TRACK, track, r.check = 2);
	REFUSED(CONF_TRACK, track, r.group = 1);
	REFUSED(CONF_TRACK, track, (r.instance = 0, r.group = 2));
	REFUSED(CONF_TRACK, track, strcpy(r.interface, "eth0"));
	REFUSED(CONF_TRACK, track, (r.check = 0, strcpy(r.interface, "a/b")));
	REFUSED(CONF_TRACK, track, (r.check = 0, memset(r.interface, 'a', sizeof(r.interface))));
	REFUSED(CONF_TRACK, track, r.weight = CONF_WEIGHT_MAX + 1);
	REFUSED(CONF_TRACK, track, r.weight = -CONF_WEIGHT_MAX - 1);
	REFUSED(CONF_TRACK, track, r.weight = INT32_MIN);
	REFUSED(CONF_TRACK, track, r.invert = 2);
	REFUSED(CONF_TRACK, track, (r.by_value = 1, r.weight = 1)); /* not a file */
	ACCEPTED(CONF_TRACK, track, (r.instance = 0, r.group = 1, r.weight = 5));
	ACCEPTED(CONF_TRACK, track, (r.check = 0, strcpy(r.interface, "eth0"), r.invert = 1));
	ACCEPTED(CONF_TRACK, track, r.weight = CONF_WEIGHT_MAX);
	ACCEPTED(CONF_TRACK, track, r.weight = -CONF_WEIGHT_MAX);
}

/* The number in a file needs a weight and knows no inversion; a group's members have no weights. */
static void
test_track_by_value(void **state)
{
	struct conf conf;
	struct conf_check file = good_check;
	struct conf_instance member = good_instance;
	struct conf_track r = good_track;

	(void)state;
	fill_until(&conf, CONF_CHECK);
	file.kind = CONF_CHECK_FILE;
	file.command = 0;
	set_check_text(&file, "/run/x", sizeof("/run/x"));
	assert_int_equal(append(&conf, CONF_CHECK, &file), 0);
	member.id = 2;
	member.group = 1;
	assert_int_equal(append(&conf, CONF_INSTANCE, &member), 0);
	r.by_value = 1;
	assert_refused(&conf, CONF_TRACK, &r, "a number without weight");
	r.weight = -1;
	assert_int_equal(append(&conf, CONF_TRACK, &r), 0);
	r.invert = 1;
	assert_refused(&conf, CONF_TRACK, &r, "an inverted number");
	r.invert = 0;
	r.by_value = 2;
	assert_refused(&conf, CONF_TRACK, &r, "by_value 2");
	r.by_value = 0;
	r.instance = 2;
	assert_refused(&conf, CONF_TRACK, &r, "a weight of a group's member");
	r.weight = 0;
	assert_int_equal(append(&conf, CONF_TRACK, &r), 0);
	conf_free(&conf);
}

static void
test_hook(void **state)
{
	struct conf conf;
	struct conf_hook next = good_hook;

	(void)state;
	REFUSED(CONF_HOOK, hook, r.instance = 0);
	REFUSED(CONF_HOOK, hook, r.instance = 2);
	REFUSED(CONF_HOOK, hook, r.command = 0);
	REFUSED(CONF_HOOK, hook, r.command = 2);
	REFUSED(CONF_HOOK, hook, r.runner = 0);
	REFUSED(CONF_HOOK, hook, r.runner = 2);
	REFUSED(CONF_HOOK, hook, r.slot = CONF_HOOK_SLOTS);
	REFUSED(CONF_HOOK, hook, r.group = 1);
	REFUSED(CONF_HOOK, hook, (r.instance = 0, r.group = 2));
	REFUSED(CONF_HOOK, hook, (r.instance = 0, r.group = 1, r.slot = CONF_HOOK_GATE));
	ACCEPTED(CONF_HOOK, hook, r.slot = CONF_HOOK_GATE);
	ACCEPTED(CONF_HOOK, hook, (r.instance = 0, r.group = 1));

	/* One a target and slot, groups behind instances. */
	fill_until(&conf, CONF_HOOK);
	assert_int_equal(append(&conf, CONF_HOOK, &next), 0);
	assert_refused(&conf, CONF_HOOK, &next, "a slot twice");
	next.slot = CONF_HOOK_MASTER;
	assert_refused(&conf, CONF_HOOK, &next, "a slot out of order");
	next.slot = CONF_HOOK_ALL;
	assert_int_equal(append(&conf, CONF_HOOK, &next), 0);
	next.instance = 0;
	next.group = 1;
	next.slot = CONF_HOOK_BACKUP;
	assert_int_equal(append(&conf, CONF_HOOK, &next), 0);
	assert_refused(&conf, CONF_HOOK, &next, "a slot of a group twice");
	next.slot = CONF_HOOK_ALL;
	assert_int_equal(append(&conf, CONF_HOOK, &next), 0);
	assert_refused(&conf, CONF_HOOK, &good_hook, "an instance behind a group");
	conf_free(&conf);
}

/* The engine has runners, checks and hooks, but no commands. */
#define CHECK_SIZE offsetof(struct conf_check, text)
static void
test_partial(void **state)
{
	struct conf_check check = good_check;
	struct conf conf;

	(void)state;
	fill_until(&conf, CONF_COMMAND);
	assert_int_equal(conf_append(&conf, CONF_CHECK, &check, CHECK_SIZE, false), -1);
	assert_int_equal(conf_append(&conf, CONF_CHECK, &check, CHECK_SIZE, true), 0);
	assert_int_equal(conf_append(&conf, CONF_HOOK, &good_hook, sizeof(good_hook), true), 0);
	check.id = 2;
	check.runner = 9;
	assert_int_equal(conf_append(&conf, CONF_CHECK, &check, CHECK_SIZE, true), -1);
	conf_free(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_runner),
	    cmocka_unit_test(test_command),
	    cmocka_unit_test(test_command_size),
	    cmocka_unit_test(test_command_strings),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_check_kinds),
	    cmocka_unit_test(test_check_size),
	    cmocka_unit_test(test_no_check_as_root),
	    cmocka_unit_test(test_track),
	    cmocka_unit_test(test_track_by_value),
	    cmocka_unit_test(test_hook),
	    cmocka_unit_test(test_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
