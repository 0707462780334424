/*
 * What the engine logs and remembers of what peers send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "tests/unit/receive_lab.h"

/* ---- the log ---- */

/* Every cause has its line, with the peer, once. */
static void
test_the_first_of_each_cause_is_logged(void **state)
{
	char source[ADDR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		const uint8_t *wire;

		if (v->verdict == PACKET_OK || lab_is_stray(v))
			continue;
		lab_set_up(v);
		for (size_t k = 0; k < 3; k++)
			wire = lab_put(v, COMPLETE);
		addr_format(
		    vector_family_index(v) == 1
			? &lab_queue[0].source
			: &(struct addr){ADDR_IPV4, {0}, {wire[12], wire[13], wire[14], wire[15]}},
		    source);
		lab_deliver();
		if (lab_log_lines() != 1 || strstr(lab_log(), "web: ") == NULL ||
		    strstr(lab_log(), source) == NULL)
			fail_msg("%s: logged \"%s\"", v->name, lab_log());
		lab_tear_down();
	}
}

static void
test_v06_b15_t01_b14_differences_are_logged_once(void **state)
{
	static const struct {
		enum vector_conf conf;
		const char *name, *words;
	} rows[] = {
	    {VECTOR_V6, "V06 global first",
		"web: the first address that fe80::a:1 advertises is not link-local: accepted"},
	    {VECTOR_V3, "B15 checksum of the message only",
		"web: checksums of 192.0.2.1 cover the message only, ours the pseudo-header too: "},
	    {VECTOR_V3_MESSAGE, "B15 with pseudo-header where message only is sent",
		"web: checksums of 192.0.2.1 cover the pseudo-header too, ours the message only: "},
	    {VECTOR_UNICAST, "B15 U01 pseudo-header with 224.0.0.18",
		"web: checksums of 192.0.2.1 cover a pseudo-header with 224.0.0.18, ours "},
	    {VECTOR_V3, "T01 interval 300 cs",
		"web: 192.0.2.1 advertises every 3000 ms, we every 1000 ms: its interval is used "},
	    {VECTOR_V3, "B14 another address",
		"web: 192.0.2.1 advertises other addresses than ours for vrid 51"},
	    {VECTOR_V2, "B14 other addresses, from a router that is no owner",
		"web: 192.0.2.1 advertises other addresses than ours for vrid 51"},
	    {VECTOR_V3_OWNER, "O03 to an owner, from another one",
		"web: 192.0.2.1 claims to be owner of the addresses too (priority 255)"},
	    {VECTOR_V2_OWNER, "O04 to an owner, from another one",
		"web: 192.0.2.200 claims to be owner of the addresses too (priority 255)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vector *v = lab_find(rows[i].conf, rows[i].name);

		lab_set_up(v);
		for (size_t k = 0; k < 3; k++)
			lab_put(v, COMPLETE);
		lab_deliver();
		if (lab_log_lines() != 1 || strstr(lab_log(), rows[i].words) == NULL)
			fail_msg("%s: logged \"%s\"", v->name, lab_log());
		lab_tear_down();
	}
}

static void
test_what_is_as_ours_logs_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		if (vectors[i].verdict != PACKET_OK || vectors[i].differs != 0)
			continue;
		lab_set_up(&vectors[i]);
		lab_put(&vectors[i], COMPLETE);
		lab_deliver();
		if (lab_log_lines() != 0)
			fail_msg("%s: logged \"%s\"", vectors[i].name, lab_log());
		lab_tear_down();
	}
}

/* It is worth a line again once the peer was right for a while, but not line after line. */
static void
test_an_accepted_advert_of_that_peer_resets_the_log(void **state)
{
	const struct vector *bad = lab_find(VECTOR_V3, "checksum: one more");
	const struct vector *good = lab_find(VECTOR_V3, "B15 checksum with pseudo-header");
	const struct vector *other = lab_find(VECTOR_V3, "E07 a source below ours");

	(void)state;
	lab_set_up(bad);
	lab_put(bad, COMPLETE);
	lab_put(other, COMPLETE);
	lab_put(bad, COMPLETE);
	lab_deliver();
	assert_int_equal(lab_log_lines(), 1);
	lab_put(good, COMPLETE);
	lab_put(bad, COMPLETE);
	lab_deliver();
	assert_int_equal(lab_log_lines(), 2);
	for (size_t i = 0; i < 50; i++) {
		lab_put(good, COMPLETE);
		lab_put(bad, COMPLETE);
	}
	lab_deliver();
	assert_int_equal(lab_log_lines(), 2);
	lab_tear_down();
}

/* B10: rubbish from everywhere between the adverts of a master. */
static void
test_b10_a_flood_is_a_few_lines(void **state)
{
	const struct vector *good = lab_find(VECTOR_V3, "B15 checksum with pseudo-header");

	(void)state;
	srandom(1);
	lab_set_up(good);
	for (size_t i = 0; i < 20000; i++) {
		uint8_t *wire = lab_put(good, COMPLETE);

		if (i % 100 == 0) {
			lab_deliver();
			continue;
		}
		wire[12] = (uint8_t)(1 + random() % 220);
		wire[15] = (uint8_t)random();
		for (size_t k = 20; k < 32; k++)
			if (k != 21)
				wire[k] = (uint8_t)random();
		if (i % 3 == 0)
			wire[20] = 0x31;
		if (i % 9 == 0)
			wire[23] = 1;
	}
	lab_deliver();
	assert_int_equal(lab_handled, 200);
	assert_int_equal(lab_counters_sum(), 20000);
	assert_true(lab_log_lines() < 10);
	lab_tear_down();
}

static void
test_packets_without_vrid_are_logged_at_the_interface(void **state)
{
	static const struct {
		const char *name, *words;
	} rows[] = {
	    {"B04 1 bytes of a message", "eth0: packet from 192.0.2.1 dropped: too short"},
	    {"IHL 4", "eth0: packet from none dropped: not a whole IP packet"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct vector *v = lab_find(VECTOR_V3, rows[i].name);

		lab_set_up(v);
		for (size_t k = 0; k < 3; k++)
			lab_put(v, COMPLETE);
		lab_deliver();
		assert_int_equal(lab_engine.counters.packet_length_errors, 3);
		assert_int_equal(lab_log_lines(), 1);
		assert_non_null(strstr(lab_log(), rows[i].words));
		lab_tear_down();
	}
}

/* ---- what is remembered ---- */

static void
test_t09_problems_name_the_peer(void **state)
{
	static const struct {
		enum vector_conf conf;
		const char *name, *words;
	} rows[] = {
	    {VECTOR_V3, "T09 version 2",
		"192.0.2.1 sends VRRP version 2, we 3: both become master"},
	    {VECTOR_V2, "T09 version 3",
		"192.0.2.1 sends VRRP version 3, we 2: both become master"},
	    {VECTOR_V3, "version 4", "192.0.2.1 sends VRRP version 4, we 3: both become master"},
	    {VECTOR_V3, "TTL 64", "192.0.2.1 sends with TTL 64 instead of 255: both become master"},
	    {VECTOR_UNICAST, "U02 TTL 254 where min-ttl is 255",
		"adverts of 192.0.2.3 arrive with TTL 254, below its min-ttl: both become master"},
	    {VECTOR_V3, "U04 unicast to a multicast instance",
		"192.0.2.1 sends unicast adverts, we multicast: both become master"},
	    {VECTOR_UNICAST, "U04 multicast to a unicast instance",
		"192.0.2.1 sends multicast adverts, we unicast: both become master"},
	    {VECTOR_UNICAST, "U03 from a router that is not listed",
		"192.0.2.66 sends adverts for vrid 51, but is not one of unicast-peers"},
	    {VECTOR_V2_KEY, "I05 no password where one is due",
		"192.0.2.1 sends no password, we a password: both become master"},
	    {VECTOR_V2, "a password where none is due",
		"192.0.2.1 sends a password, we no password: both become master"},
	    {VECTOR_V2, "an authentication header where none is due",
		"192.0.2.1 sends an authentication header, we no password: both become master"},
	    {VECTOR_V2_KEY, "a password of zeros",
		"192.0.2.1 sends another password than ours: both become master"},
	    {VECTOR_V2, "T03 interval 2 s where 1 s is ours",
		"192.0.2.1 advertises every 2 s, we every 1 s: both become master"},
	    {VECTOR_V2_OWNER, "O04 to an owner, from a router of less",
		"192.0.2.1 is master of the addresses that we own: it does not hear our adverts"},
	    {VECTOR_V3, "B11 CARP with our number",
		"192.0.2.1 sends CARP with vhid 51, which looks like VRRP version 2: give one of "
		"them another number"},
	    {VECTOR_V2, "B11 CARP, vhid 51, advskew 0: not a resignation",
		"192.0.2.1 sends CARP with vhid 51, which looks like VRRP version 2: give one of "
		"them another number"},
	    {VECTOR_V2, "length: count 4, five addresses: as long as CARP",
		"adverts of 192.0.2.1 for vrid 51 are dropped: length does not fit the address "
		"count"},
	    {VECTOR_V3, "checksum: one more",
		"adverts of 192.0.2.1 for vrid 51 are dropped: checksum"},
	    {VECTOR_V6, "B08 our own source",
		"adverts of fe80::a:2 for vrid 51 are dropped: our own source address (a duplicate "
		"address, or a loop in the network)"},
	};
	char text[RECEIVE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vector *v = lab_find(rows[i].conf, rows[i].name);

		lab_set_up(v);
		lab_put(v, COMPLETE);
		lab_deliver();
		assert_string_equal(
		    receive_memory_describe_drop(&lab_instance, v->verdict, text), rows[i].words);
		assert_non_null(strstr(lab_log(), rows[i].words));
		lab_tear_down();
	}
}

static void
test_a_problem_lasts_for_a_minute_after_the_last_one(void **state)
{
	const struct packet packet = {.source = {ADDR_IPV4, {0}, {192, 0, 2, 9}}};
	const mono_t t0 = {NS_PER_S};
	struct receive_offence o = {0};

	(void)state;
	assert_false(receive_offence_is_fresh(&o, t0));
	assert_true(receive_offence_note(&o, &packet, 2, t0));
	assert_false(receive_offence_note(&o, &packet, 2, mono_add(t0, 50 * NS_PER_S)));
	assert_true(receive_offence_is_fresh(&o, mono_add(t0, 109 * NS_PER_S)));
	assert_false(receive_offence_is_fresh(&o, mono_add(t0, 110 * NS_PER_S)));
	/* after so long a silence it is another occurrence */
	assert_true(receive_offence_note(&o, &packet, 2, mono_add(t0, 111 * NS_PER_S)));
}

static void
test_the_last_offender_is_the_one_named(void **state)
{
	const struct vector *v = lab_find(VECTOR_V3, "T09 version 2");
	char text[RECEIVE_TEXT_MAX];

	(void)state;
	lab_set_up(v);
	lab_put(v, COMPLETE);
	lab_put(v, COMPLETE)[15] = 77;
	lab_deliver();
	assert_string_equal(receive_memory_describe_drop(&lab_instance, PACKET_OTHER_VERSION, text),
	    "192.0.2.77 sends VRRP version 2, we 3: both become master");
	assert_int_equal(lab_log_lines(), 1);
	lab_tear_down();
}

/* An election that is over, and somebody who lost it still speaks. */
static void
test_l02_a_lower_master_is_remembered(void **state)
{
	const struct vector *v = lab_find(VECTOR_V3, "B15 checksum with pseudo-header");
	static const struct {
		const char *name;
		enum vrrp_state state;
		uint8_t priority;  /* ours; theirs is 200 */
		int64_t intervals; /* ago that we entered the state */
		bool remembered;
	} rows[] = {
	    {"a lower one", VRRP_MASTER, 201, 2, true},
	    {"it may not have heard us yet", VRRP_MASTER, 201, 1, false},
	    {"a better one", VRRP_MASTER, 199, 2, false},
	    {"an equal one of a lower address", VRRP_MASTER, 200, 2, true},
	    {"we are backup", VRRP_BACKUP, 201, 2, false},
	};
	char text[RECEIVE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lab_set_up(v);
		lab_instance.vr.state = rows[i].state;
		lab_instance.vr.priority = rows[i].priority;
		lab_instance.vr.since =
		    mono_add(clock_now(), -rows[i].intervals * lab_instance.vr.conf.interval_ns);
		lab_put(v, COMPLETE);
		lab_deliver();
		if (lab_instance.receive.accepted[RECEIVE_LOWER].heard != rows[i].remembered)
			fail_msg("%s: %d", rows[i].name, !rows[i].remembered);
		if (rows[i].remembered)
			assert_string_equal(
			    receive_memory_describe_difference(&lab_instance, RECEIVE_LOWER, text),
			    "192.0.2.1 was master beside us, with priority 200: it did not hear "
			    "our "
			    "adverts");
		assert_int_equal(lab_log_lines(), rows[i].remembered ? 1 : 0);
		lab_tear_down();
	}
}

/* A new configuration: what was wrong may be right now, and the other way round. */
static void
test_rules_are_made_anew(void **state)
{
	const struct vector *v = lab_find(VECTOR_V3, "T09 version 2");

	(void)state;
	lab_set_up(v);
	lab_put(v, COMPLETE);
	lab_deliver();
	assert_int_equal(lab_handled, 0);
	lab_conf.version = 2;
	assert_int_equal(receiver_bind(lab_engine.receiver), 0);
	lab_put(v, COMPLETE);
	lab_deliver();
	assert_int_equal(lab_handled, 1);
	assert_false(lab_instance.receive.dropped[PACKET_OTHER_VERSION].heard);
	lab_tear_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_first_of_each_cause_is_logged),
	    cmocka_unit_test(test_v06_b15_t01_b14_differences_are_logged_once),
	    cmocka_unit_test(test_what_is_as_ours_logs_nothing),
	    cmocka_unit_test(test_an_accepted_advert_of_that_peer_resets_the_log),
	    cmocka_unit_test(test_b10_a_flood_is_a_few_lines),
	    cmocka_unit_test(test_packets_without_vrid_are_logged_at_the_interface),
	    cmocka_unit_test(test_t09_problems_name_the_peer),
	    cmocka_unit_test(test_a_problem_lasts_for_a_minute_after_the_last_one),
	    cmocka_unit_test(test_the_last_offender_is_the_one_named),
	    cmocka_unit_test(test_l02_a_lower_master_is_remembered),
	    cmocka_unit_test(test_rules_are_made_anew),
	};

	return cmocka_run_group_tests_name("receive_memory", tests, lab_open, lab_close);
}
