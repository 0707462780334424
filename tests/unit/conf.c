/*
 * common/conf.c: what a hostile sender of records can and cannot do, and that what the config role
 * packs is what the other processes accept.
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
#include <unistd.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/conf/config.h"
#include "vrrpd/conf/pack.h"

static const struct conf_global good_global = {.router_name = "fw1",
    .engine_uid = 901,
    .engine_gid = 901,
    .checker_uid = 902,
    .checker_gid = 902,
    .stop_timeout_ms = 5000,
    .max_parallel = 64};
static const struct conf_instance good_instance = {.id = 1,
    .name = "web",
    .interface = "eth0",
    .vrid = 5,
    .family = ADDR_IPV4,
    .version = 3,
    .priority = 200,
    .preempt = 1,
    .enabled = 1,
    .interval_cs = 100,
    .announce_repeat = 5,
    .announce_interval_ms = 250,
    .announce_delay_ms = 5000};
static const struct conf_address good_address = {
    .instance = 1, .addr = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 10}}, .prefix_length = 24};
static const struct conf_runner good_runner = {.id = 1, .uid = 903, .gid = 903, .name = "script"};
static const struct conf_runner root_runner = {.id = 2, .uid = 0, .gid = 0, .name = "root"};
#define TEXT "/bin/x\0-a\0K=v\0EMPTY=\0/var"
static const struct conf_command good_command = {.id = 1,
    .runner = 1,
    .timeout_ms = 1000,
    .argc = 2,
    .envc = 2,
    .writablec = 1,
    .text_length = sizeof(TEXT),
    .text = TEXT};
static const struct conf_check good_check = {.id = 1,
    .name = "apache",
    .command = 1,
    .runner = 1,
    .interval_ms = 1000,
    .timeout_ms = 1000,
    .fall = 1,
    .rise = 1};
static const struct conf_group good_group = {.id = 1, .name = "G"};
static const struct conf_peer good_peer = {
    .instance = 1, .addr = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 2}}};
static const struct conf_route good_route = {.instance = 1,
    .to = {.family = ADDR_IPV4, .bytes = {198, 51, 100, 0}},
    .prefix_length = 24,
    .table = 254};
static const struct conf_rule good_rule = {
    .instance = 1, .family = ADDR_IPV4, .table = 100, .preference = 1000};
static const struct conf_track good_track = {.instance = 1, .check = 1};
static const struct conf_hook good_hook = {
    .instance = 1, .command = 1, .runner = 1, .slot = CONF_HOOK_BACKUP};

static int
append(struct conf *conf, enum conf_kind kind, const void *record)
{
	return conf_append(conf, kind, record, conf_record_size(kind, record), false);
}

/* Every kind of record that comes before kind. */
static void
fill_until(struct conf *conf, enum conf_kind kind)
{
	static const void *const records[CONF_KIND_COUNT] = {[CONF_GLOBAL] = &good_global,
	    [CONF_GROUP] = &good_group,
	    [CONF_INSTANCE] = &good_instance,
	    [CONF_ADDRESS] = &good_address,
	    [CONF_PEER] = &good_peer,
	    [CONF_ROUTE] = &good_route,
	    [CONF_RULE] = &good_rule,
	    [CONF_RUNNER] = &good_runner,
	    [CONF_COMMAND] = &good_command,
	    [CONF_CHECK] = &good_check,
	    [CONF_TRACK] = &good_track,
	    [CONF_HOOK] = &good_hook};
	size_t i;

	conf_init(conf);
	for (i = 0; i < (size_t)kind; i++)
		assert_int_equal(append(conf, (enum conf_kind)i, records[i]), 0);
	if (kind > CONF_RUNNER) {
		assert_int_equal(append(conf, CONF_RUNNER, &root_runner), 0);
	}
}

static void
assert_refused(struct conf *conf, enum conf_kind kind, const void *record, const char *why)
{
	struct conf before = *conf;

	errno = 0;
	if (append(conf, kind, record) != -1 || errno != EBADMSG)
		fail_msg("accepted: %s", why);
	assert_memory_equal(conf, &before, sizeof(before));
}

/* The good record with one change must be refused, the good one accepted. */
#define REFUSED(kind, lower, change) \
	do { \
		struct conf filled; \
		struct conf_##lower r = good_##lower; \
		fill_until(&filled, kind); \
		change; \
		assert_refused(&filled, kind, &r, #change); \
		assert_int_equal(append(&filled, kind, &good_##lower), 0); \
		conf_free(&filled); \
	} while (0)

#define ACCEPTED(kind, lower, change) \
	do { \
		struct conf filled; \
		struct conf_##lower r = good_##lower; \
		fill_until(&filled, kind); \
		change; \
		if (append(&filled, kind, &r) != 0) \
			fail_msg("refused: %s", #change); \
		conf_free(&filled); \
	} while (0)

static void
test_global(void **state)
{
	struct conf conf;

	(void)state;
	REFUSED(CONF_GLOBAL, global, memset(r.router_name, 'a', sizeof(r.router_name)));
	REFUSED(CONF_GLOBAL, global, r.router_name[0] = '\0');
	REFUSED(CONF_GLOBAL, global, r.router_name[1] = '\n');
	REFUSED(CONF_GLOBAL, global, r.engine_uid = 0);
	REFUSED(CONF_GLOBAL, global, r.checker_uid = 0);
	REFUSED(CONF_GLOBAL, global, r.stop_timeout_ms = CONF_DURATION_MAX_MS + 1);
	REFUSED(CONF_GLOBAL, global, r.max_parallel = 0);
	REFUSED(CONF_GLOBAL, global, r.max_parallel = CONF_PARALLEL_MAX + 1);
	ACCEPTED(CONF_GLOBAL, global, r.stop_timeout_ms = 0);

	/* Once, and before all others. */
	conf_init(&conf);
	assert_refused(
	    &conf, CONF_INSTANCE, &good_instance, "an instance before the global record");
	assert_int_equal(append(&conf, CONF_GLOBAL, &good_global), 0);
	assert_refused(&conf, CONF_GLOBAL, &good_global, "a second global record");
	conf_free(&conf);
}

static void
test_instance_names(void **state)
{
	(void)state;
	REFUSED(CONF_INSTANCE, instance, memset(r.name, 'a', sizeof(r.name)));
	REFUSED(CONF_INSTANCE, instance, r.name[0] = '\0');
	REFUSED(CONF_INSTANCE, instance, r.name[0] = '-');
	REFUSED(CONF_INSTANCE, instance, r.name[1] = '/');
	REFUSED(CONF_INSTANCE, instance, r.name[1] = '\x80');
	REFUSED(CONF_INSTANCE, instance, memset(r.interface, 'a', sizeof(r.interface)));
	REFUSED(CONF_INSTANCE, instance, r.interface[0] = '\0');
	REFUSED(CONF_INSTANCE, instance, strcpy(r.interface, ".."));
	REFUSED(CONF_INSTANCE, instance, strcpy(r.interface, "a/b"));
	REFUSED(CONF_INSTANCE, instance, strcpy(r.interface, "a b"));
	REFUSED(CONF_INSTANCE, instance, strcpy(r.interface, "a:b"));
	REFUSED(CONF_INSTANCE, instance, strcpy(r.interface, "a\x1b"));
	ACCEPTED(CONF_INSTANCE, instance, memset(r.name, 'a', sizeof(r.name) - 1));
	ACCEPTED(CONF_INSTANCE, instance, memset(r.interface, 'a', sizeof(r.interface) - 1));
	ACCEPTED(CONF_INSTANCE, instance, strcpy(r.interface, "eth0.100"));
}

static void
test_instance_numbers(void **state)
{
	(void)state;
	REFUSED(CONF_INSTANCE, instance, r.id = 0);
	REFUSED(CONF_INSTANCE, instance, r.vrid = 0);
	REFUSED(CONF_INSTANCE, instance, r.family = ADDR_NONE);
	REFUSED(CONF_INSTANCE, instance, r.family = 5);
	REFUSED(CONF_INSTANCE, instance, r.version = 2);
	REFUSED(CONF_INSTANCE, instance, r.version = 4);
	REFUSED(CONF_INSTANCE, instance, r.priority = 0);
	REFUSED(CONF_INSTANCE, instance, r.preempt = 2);
	REFUSED(CONF_INSTANCE, instance, r.enabled = 2);
	REFUSED(CONF_INSTANCE, instance, r.checksum = CONF_CHECKSUM_COUNT);
	REFUSED(CONF_INSTANCE, instance, r.interval_cs = 0);
	REFUSED(CONF_INSTANCE, instance, r.interval_cs = 4096);
	REFUSED(CONF_INSTANCE, instance, r.announce_repeat = CONF_ANNOUNCE_REPEAT_MAX + 1);
	REFUSED(CONF_INSTANCE, instance, r.announce_interval_ms = 0);
	REFUSED(CONF_INSTANCE, instance, r.announce_interval_ms = CONF_DURATION_MAX_MS + 1);
	REFUSED(CONF_INSTANCE, instance, r.announce_delay_ms = CONF_DURATION_MAX_MS + 1);
	REFUSED(CONF_INSTANCE, instance, r.announce_refresh_ms = 1);
	REFUSED(CONF_INSTANCE, instance, r.announce_refresh_ms = CONF_DURATION_MAX_MS + 1);
	ACCEPTED(CONF_INSTANCE, instance, r.priority = 255);
	ACCEPTED(CONF_INSTANCE, instance, r.interval_cs = 4095);
	ACCEPTED(CONF_INSTANCE, instance, r.announce_refresh_ms = 1000);
}

static void
test_address(void **state)
{
	struct conf conf;
	struct conf_address next = good_address;
	struct conf_instance other = good_instance;
	int i;

	(void)state;
	REFUSED(CONF_ADDRESS, address, r.instance = 0);
	REFUSED(CONF_ADDRESS, address, r.instance = 2);
	REFUSED(CONF_ADDRESS, address, r.addr.family = ADDR_NONE);
	REFUSED(CONF_ADDRESS, address, r.addr.family = ADDR_IPV6);
	REFUSED(CONF_ADDRESS, address, r.addr.family = 255);
	REFUSED(CONF_ADDRESS, address, r.addr.bytes[4] = 1);
	REFUSED(CONF_ADDRESS, address, r.addr.bytes[15] = 1);
	REFUSED(CONF_ADDRESS, address, r.prefix_length = 0);
	REFUSED(CONF_ADDRESS, address, r.prefix_length = 33);
	ACCEPTED(CONF_ADDRESS, address, r.prefix_length = 32);

	/* 255 of them, none twice, and none for an earlier instance afterwards. */
	fill_until(&conf, CONF_ADDRESS);
	other.id = 2;
	assert_int_equal(append(&conf, CONF_INSTANCE, &other), 0);
	for (i = 0; i < 255; i++) {
		next.addr.bytes[3] = (uint8_t)i;
		assert_int_equal(append(&conf, CONF_ADDRESS, &next), 0);
		assert_refused(&conf, CONF_ADDRESS, &next, "an address twice");
	}
	next.addr.bytes[3] = 255;
	assert_refused(&conf, CONF_ADDRESS, &next, "256 addresses");
	next.instance = 2;
	assert_int_equal(append(&conf, CONF_ADDRESS, &next), 0);
	next.instance = 1;
	assert_refused(&conf, CONF_ADDRESS, &next, "back to an earlier instance");
	conf_free(&conf);
}

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
test_track_and_hook(void **state)
{
	struct conf conf;
	struct conf_hook next = good_hook;

	(void)state;
	REFUSED(CONF_TRACK, track, r.instance = 0);
	REFUSED(CONF_TRACK, track, r.instance = 2);
	REFUSED(CONF_TRACK, track, r.check = 0);
	REFUSED(CONF_TRACK, track, r.check = 2);
	REFUSED(CONF_HOOK, hook, r.instance = 0);
	REFUSED(CONF_HOOK, hook, r.instance = 2);
	REFUSED(CONF_HOOK, hook, r.command = 0);
	REFUSED(CONF_HOOK, hook, r.command = 2);
	REFUSED(CONF_HOOK, hook, r.runner = 0);
	REFUSED(CONF_HOOK, hook, r.runner = 2);
	REFUSED(CONF_HOOK, hook, r.slot = CONF_HOOK_SLOTS);

	/* One an instance and slot. */
	fill_until(&conf, CONF_HOOK);
	assert_int_equal(append(&conf, CONF_HOOK, &next), 0);
	assert_refused(&conf, CONF_HOOK, &next, "a slot twice");
	next.slot = CONF_HOOK_MASTER;
	assert_refused(&conf, CONF_HOOK, &next, "a slot out of order");
	next.slot = CONF_HOOK_ALL;
	assert_int_equal(append(&conf, CONF_HOOK, &next), 0);
	conf_free(&conf);
}

/* The engine has runners, checks and hooks, but no commands. */
static void
test_partial(void **state)
{
	struct conf_check check = good_check;
	struct conf conf;

	(void)state;
	fill_until(&conf, CONF_COMMAND);
	assert_int_equal(conf_append(&conf, CONF_CHECK, &check, sizeof(check), false), -1);
	assert_int_equal(conf_append(&conf, CONF_CHECK, &check, sizeof(check), true), 0);
	assert_int_equal(conf_append(&conf, CONF_HOOK, &good_hook, sizeof(good_hook), true), 0);
	check.id = 2;
	check.runner = 9;
	assert_int_equal(conf_append(&conf, CONF_CHECK, &check, sizeof(check), true), -1);
	conf_free(&conf);
}

static void
test_sizes_and_kinds(void **state)
{
	struct conf conf;
	int kind;

	(void)state;
	fill_until(&conf, CONF_INSTANCE);
	assert_int_equal(
	    conf_append(&conf, CONF_INSTANCE, &good_instance, sizeof(good_instance) - 1, false),
	    -1);
	assert_int_equal(conf_append(&conf, CONF_INSTANCE, &good_instance, 0, false), -1);
	for (kind = CONF_KIND_COUNT; kind < CONF_KIND_COUNT + 3; kind++) {
		errno = 0;
		assert_int_equal(conf_append(&conf, (enum conf_kind)kind, &good_instance,
				     sizeof(good_instance), false),
		    -1);
		assert_int_equal(errno, EBADMSG);
	}
	assert_int_equal(
	    conf_append(&conf, (enum conf_kind) - 1, &good_instance, sizeof(good_instance), false),
	    -1);
	conf_free(&conf);
}

static void
test_find_and_bound(void **state)
{
	struct conf_instance r = good_instance;
	struct conf conf;
	uint32_t i;

	(void)state;
	fill_until(&conf, CONF_INSTANCE);
	for (i = 1; i <= CONF_RECORDS_MAX; i++) {
		r.id = i * 3;
		snprintf(r.name, sizeof(r.name), "i%u", i);
		assert_int_equal(append(&conf, CONF_INSTANCE, &r), 0);
	}
	r.id++;
	assert_int_equal(append(&conf, CONF_INSTANCE, &r), -1);
	assert_int_equal(errno, E2BIG);
	for (i = 1; i <= CONF_RECORDS_MAX; i++) {
		assert_int_equal(conf_find_instance(&conf, i * 3)->id, i * 3);
		assert_null(conf_find_instance(&conf, i * 3 - 1));
	}
	assert_null(conf_find_instance(&conf, 0));
	assert_int_equal(conf_find_instance_named(&conf, "i777")->id, 777 * 3);
	assert_null(conf_find_instance_named(&conf, "web"));
	r.id = 3;
	assert_int_equal(append(&conf, CONF_INSTANCE, &r), -1);
	conf_free(&conf);
	assert_null(conf.instance);
}

static int
append_packed(void *ctx, enum conf_kind kind, const void *record)
{
	return append(ctx, kind, record);
}

static const char packed_text[] =
    "version: 1\n"
    "global: {router-name: fw1}\n"
    "defaults: {interface: eth0, notify: [/bin/true, x]}\n"
    "checks:\n"
    "  a: {command: [/bin/true, x], timeout: 60s, sandbox: standard}\n"
    "  b: {command: /bin/false, run-as: other, environment: {A: 1}, writable: [/srv]}\n"
    "instances:\n"
    "  web: {vrid: 1, addresses: [192.0.2.1/24, 192.0.2.2], track: [b, a]}\n"
    "  mail: {vrid: 2, addresses: [192.0.2.3], notify: {stop: /bin/true, master: /bin/true}}\n"
    "  dns: {vrid: 3, addresses: [192.0.2.4], advertise-interval: 10ms, priority: 255}\n";

/* Identical commands are one record, each user one runner; all of it passes conf_append(). */
static void
test_packed(void **state)
{
	char file[] = "/tmp/vrrpd-unit-conf-XXXXXX";
	const char *argv[2], *envp[2], *writable[2];
	struct config_user *user;
	struct config config;
	struct conf conf;
	int fd = mkstemp(file);

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, packed_text, strlen(packed_text)), strlen(packed_text));
	close(fd);
	config_init(&config, file, true);
	assert_int_equal(config_load(&config), 0);
	unlink(file);
	config.engine_uid = config.engine_gid = 901; /* this machine may not have the users */
	config.checker_uid = config.checker_gid = 902;
	RB_FOREACH(user, config_users, &config.users)
		user->uid = user->gid = strcmp(user->text, "other") == 0 ? 904 : 903;
	conf_init(&conf);
	assert_int_equal(pack_config(&config, append_packed, &conf), 0);
	config_free(&config);

	assert_string_equal(conf.global.router_name, "fw1");
	assert_int_equal(conf.instance_count, 3);
	assert_int_equal(conf.address_count, 4);
	assert_int_equal(conf.runner_count, 2);
	assert_int_equal(conf.command_count, 3); /* /bin/true x, /bin/true, /bin/false */
	assert_int_equal(conf.check_count, 2);
	assert_int_equal(conf.track_count, 2);
	assert_int_equal(conf.hook_count, 4);
	assert_int_equal(conf.check[0].command, conf.hook[0].command);
	assert_int_equal(conf.track[0].check, 2);
	assert_int_equal(conf.hook[1].slot, CONF_HOOK_MASTER);
	assert_int_equal(conf.hook[1].command, conf.hook[2].command);
	assert_int_equal(conf.hook[2].slot, CONF_HOOK_STOP);
	assert_int_equal(conf.instance[2].interval_cs, 1);
	assert_int_equal(conf_find_runner(&conf, conf.check[1].runner)->uid, 904);
	conf_command_strings(conf_find_command(&conf, conf.check[1].command), argv, envp, writable);
	assert_string_equal(argv[0], "/bin/false");
	assert_string_equal(envp[0], "A=1");
	assert_string_equal(writable[0], "/srv");
	conf_free(&conf);
}

/* What travels fits a message. */
_Static_assert(sizeof(struct conf_command) + sizeof(struct msg_header) <= MSG_SIZE_MAX, "size");

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_global),
	    cmocka_unit_test(test_instance_names),
	    cmocka_unit_test(test_instance_numbers),
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_runner),
	    cmocka_unit_test(test_command),
	    cmocka_unit_test(test_command_size),
	    cmocka_unit_test(test_command_strings),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_no_check_as_root),
	    cmocka_unit_test(test_track_and_hook),
	    cmocka_unit_test(test_partial),
	    cmocka_unit_test(test_sizes_and_kinds),
	    cmocka_unit_test(test_find_and_bound),
	    cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
