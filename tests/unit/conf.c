/*
 * common/conf.c: what a hostile sender of records can and cannot do with those that carry names and
 * numbers of instances and groups; sizes, lookup, the bound of the container.
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
	REFUSED(CONF_GLOBAL, global, r.startup_delay_ms = CONF_DURATION_MAX_MS + 1);
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
	REFUSED(CONF_INSTANCE, instance, r.version = 1);
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
	REFUSED(CONF_INSTANCE, instance, r.down_adverts = 0);
	REFUSED(CONF_INSTANCE, instance, r.preempt_delay_ms = CONF_PREEMPT_DELAY_MAX_MS + 1);
	REFUSED(CONF_INSTANCE, instance, r.accept_mode = 2);
	REFUSED(CONF_INSTANCE, instance, r.virtual_mac = 2);
	REFUSED(CONF_INSTANCE, instance, r.handover = CONF_HANDOVER_COUNT);
	REFUSED(CONF_INSTANCE, instance, r.on_failure = CONF_ON_FAILURE_COUNT);
	REFUSED(CONF_INSTANCE, instance, r.group = 2);
	ACCEPTED(CONF_INSTANCE, instance, r.group = 1);
	ACCEPTED(CONF_INSTANCE, instance, r.down_adverts = 255);
	ACCEPTED(CONF_INSTANCE, instance, r.preempt_delay_ms = CONF_PREEMPT_DELAY_MAX_MS);
	ACCEPTED(CONF_INSTANCE, instance, r.priority = 255);
	ACCEPTED(CONF_INSTANCE, instance, r.interval_cs = 4095);
	ACCEPTED(CONF_INSTANCE, instance, r.announce_refresh_ms = 1000);
}

/* RFC 3768: IPv4, whole seconds to 255; a key goes with authentication, that with version 2. */
static void
test_instance_versions(void **state)
{
	(void)state;
#define V2 r.version = 2
	ACCEPTED(CONF_INSTANCE, instance, V2);
	ACCEPTED(CONF_INSTANCE, instance, (V2, r.interval_cs = 25500));
	REFUSED(CONF_INSTANCE, instance, (V2, r.interval_cs = 25600));
	REFUSED(CONF_INSTANCE, instance, (V2, r.interval_cs = 150));
	REFUSED(CONF_INSTANCE, instance, (V2, r.interval_cs = 0));
	REFUSED(CONF_INSTANCE, instance, (V2, r.family = ADDR_IPV6));
	ACCEPTED(CONF_INSTANCE, instance, r.family = ADDR_IPV6);
	ACCEPTED(CONF_INSTANCE, instance, (V2, r.authentication = 1, r.key[0] = 'x'));
	REFUSED(CONF_INSTANCE, instance, (V2, r.authentication = 1));
	REFUSED(CONF_INSTANCE, instance, (V2, r.key[0] = 'x'));
	REFUSED(CONF_INSTANCE, instance, (V2, r.key[7] = 'x'));
	REFUSED(CONF_INSTANCE, instance,
	    (V2, r.authentication = CONF_AUTHENTICATION_COUNT, r.key[0] = 'x'));
	REFUSED(CONF_INSTANCE, instance, (r.authentication = 1, r.key[0] = 'x'));
#undef V2
}

/* source-address: none, or of the instance's family, and nothing behind it. */
static void
test_instance_source(void **state)
{
	static const struct addr ipv6 = {.family = ADDR_IPV6, .bytes = {0xfe, 0x80, [15] = 1}};

	(void)state;
	ACCEPTED(CONF_INSTANCE, instance, r.source.family = ADDR_IPV4);
	REFUSED(CONF_INSTANCE, instance, r.source = ipv6);
	REFUSED(CONF_INSTANCE, instance, r.source.family = 5);
	REFUSED(CONF_INSTANCE, instance, (r.source.family = ADDR_IPV4, r.source.bytes[4] = 1));
	ACCEPTED(CONF_INSTANCE, instance, (r.family = ADDR_IPV6, r.source = ipv6));
}

static void
test_group(void **state)
{
	struct conf conf;
	struct conf_group next = good_group;

	(void)state;
	REFUSED(CONF_GROUP, group, r.id = 0);
	REFUSED(CONF_GROUP, group, r.name[0] = '\0');
	REFUSED(CONF_GROUP, group, r.name[0] = '/');
	REFUSED(CONF_GROUP, group, memset(r.name, 'a', sizeof(r.name)));
	fill_until(&conf, CONF_GROUP);
	assert_int_equal(append(&conf, CONF_GROUP, &next), 0);
	assert_refused(&conf, CONF_GROUP, &next, "an id twice");
	next.id = 7;
	assert_int_equal(append(&conf, CONF_GROUP, &next), 0);
	assert_non_null(conf_find_group(&conf, 7));
	assert_null(conf_find_group(&conf, 2));
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

/* Those of instances come first, then those of groups; some have none. */
static void
test_find_hooks(void **state)
{
	struct conf_hook hook[] = {{.instance = 2, .slot = CONF_HOOK_ALL},
	    {.instance = 2, .slot = CONF_HOOK_GATE}, {.instance = 5, .slot = CONF_HOOK_STOP},
	    {.group = 1, .slot = CONF_HOOK_ALL}, {.group = 5, .slot = CONF_HOOK_STOP},
	    {.group = 5, .slot = CONF_HOOK_ALL}};
	static const struct {
		uint32_t instance, group;
		size_t first, count;
	} find[] = {{1, 0, 0, 0}, {2, 0, 0, 2}, {3, 0, 0, 0}, {5, 0, 2, 1}, {6, 0, 0, 0},
	    {0, 1, 3, 1}, {0, 2, 0, 0}, {0, 5, 4, 2}, {0, 6, 0, 0}};
	struct conf conf = {.hook = hook, .hook_count = sizeof(hook) / sizeof(hook[0])};
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(find) / sizeof(find[0]); i++) {
		const struct conf_hook *found =
		    conf_find_hooks(&conf, find[i].instance, find[i].group, &count);

		assert_int_equal(count, find[i].count);
		assert_ptr_equal(found, count == 0 ? NULL : &hook[find[i].first]);
	}
	conf.hook_count = 0;
	assert_null(conf_find_hooks(&conf, 2, 0, &count));
	assert_int_equal(count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_global),
	    cmocka_unit_test(test_instance_names),
	    cmocka_unit_test(test_instance_numbers),
	    cmocka_unit_test(test_instance_versions),
	    cmocka_unit_test(test_instance_source),
	    cmocka_unit_test(test_group),
	    cmocka_unit_test(test_sizes_and_kinds),
	    cmocka_unit_test(test_find_and_bound),
	    cmocka_unit_test(test_find_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
