/*
 * Receiving in the engine: what is counted, and what reaches a core.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/receive_lab.h"

/* ---- counters ---- */

#define COUNTER_NAME(name) #name,
static const char *const counter_names[] = {MSG_INSTANCE_COUNTERS(COUNTER_NAME)};
#define COUNTERS (sizeof(counter_names) / sizeof(counter_names[0]))

static uint64_t
counter(const char *name)
{
	uint64_t values[COUNTERS];

	memcpy(values, &lab_instance.counters, sizeof(values));
	for (size_t i = 0; i < COUNTERS; i++)
		if (strcmp(counter_names[i], name) == 0)
			return values[i];
	return 0;
}

/* Besides its counter, an accepted advert counts what differs and what resigns. */
static uint64_t
counted_besides(const struct vector *v)
{
	uint8_t wire[VECTOR_SIZE_MAX];
	size_t header;

	if (v->verdict != PACKET_OK)
		return 0;
	vector_build(v, wire, &header);
	return ((v->differs & VECTOR_INTERVAL) != 0) + ((v->differs & VECTOR_LIST) != 0) +
	       (wire[header + 2] == 0);
}

static void
test_q02_every_packet_counts_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		const uint64_t due = v->verdict == PACKET_VRID ? 0 : 1 + counted_besides(v);

		lab_set_up(v);
		lab_put(v, COMPLETE);
		lab_deliver();
		if (lab_counters_sum() != due || (counter(v->counter) != 1) != lab_is_stray(v))
			fail_msg("%s: %s is %llu, all are %llu", v->name, v->counter,
			    (unsigned long long)counter(v->counter),
			    (unsigned long long)lab_counters_sum());
		assert_int_equal(lab_handled, v->verdict == PACKET_OK);
		lab_tear_down();
	}
}

static void
test_q02_priority_zero_is_counted_too(void **state)
{
	(void)state;
	lab_set_up(lab_find(VECTOR_V3, "B03 priority 0"));
	lab_put(lab_find(VECTOR_V3, "B03 priority 0"), COMPLETE);
	lab_put(lab_find(VECTOR_V3, "B03 priority 100"), COMPLETE);
	lab_put(lab_find(VECTOR_V3, "TTL 254, priority 0"), COMPLETE);
	lab_deliver();
	assert_int_equal(lab_instance.counters.advertisement_rcvd, 2);
	assert_int_equal(lab_instance.counters.priority_zero_pkts_rcvd, 1);
	lab_tear_down();
}

/* More than one recvmmsg() takes; the rest is not left for later. */
static void
test_a_full_queue_is_read_to_its_end(void **state)
{
	const struct vector *v = lab_find(VECTOR_V6, "V01 link-local first");

	(void)state;
	lab_set_up(v);
	for (size_t i = 0; i < LAB_QUEUE_MAX; i++)
		lab_put(v, COMPLETE);
	lab_deliver();
	assert_int_equal(lab_instance.counters.advertisement_rcvd, LAB_QUEUE_MAX);
	lab_tear_down();
}

/* ---- timers ---- */

static void
test_b01_what_is_dropped_touches_no_timer(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		struct vr before;

		if (v->verdict == PACKET_OK)
			continue;
		lab_set_up(v);
		before = lab_instance.vr;
		lab_put(v, COMPLETE);
		lab_deliver();
		assert_memory_equal(&before, &lab_instance.vr, sizeof(before));
		lab_tear_down();
	}
}

/* Of every backup: a full interval from the advert, or the skew time after a resignation. */
static void
test_b03_what_is_accepted_restarts_the_timer(void **state)
{
	uint8_t wire[VECTOR_SIZE_MAX];
	size_t header, rows = 0;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		int64_t due;

		lab_set_up(v);
		vector_build(v, wire, &header);
		if (v->verdict == PACKET_OK && lab_instance.vr.state == VRRP_BACKUP &&
		    (wire[header + 2] == 0 || wire[header + 2] >= 100)) {
			lab_put(v, COMPLETE);
			lab_deliver();
			due = wire[header + 2] == 0 ? vr_skew_ns(&lab_instance.vr)
						    : vr_down_ns(&lab_instance.vr);
			if (mono_since(lab_instance.vr.down_at, lab_heard_at) != due)
				fail_msg("%s: not restarted", v->name);
			assert_int_equal(lab_instance.vr.state, VRRP_BACKUP);
			rows++;
		}
		lab_tear_down();
	}
	assert_true(rows > 80);
}

/* ---- what the kernel does not say ---- */

static void
test_b01_control_data_may_be_missing(void **state)
{
	static const enum defect defects[] = {NO_SOURCE, NO_DESTINATION, NO_HOP_LIMIT,
	    OTHER_CONTROL, SHORT_DESTINATION, SHORT_HOP_LIMIT};
	const struct vector *v = lab_find(VECTOR_V6, "V01 link-local first");

	(void)state;
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		lab_set_up(v);
		lab_put(
		    v, COMPLETE); /* what it leaves in the buffers is not believed the next time */
		lab_deliver();
		lab_put(v, defects[i]);
		lab_deliver();
		assert_int_equal(lab_handled, 1);
		assert_int_equal(lab_engine.counters.packet_length_errors, 1);
		lab_tear_down();
	}
}

static void
test_b01_truncated(void **state)
{
	static const enum vector_conf confs[] = {VECTOR_V3, VECTOR_V6};
	static const char *const names[] = {
	    "B15 checksum with pseudo-header", "V01 link-local first"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct vector *v = lab_find(confs[i], names[i]);

		lab_set_up(v);
		lab_put(v, TRUNCATED);
		lab_deliver();
		assert_int_equal(lab_handled, 0);
		assert_int_equal(lab_instance.counters.packet_length_errors, 1);
		lab_tear_down();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_q02_every_packet_counts_once),
	    cmocka_unit_test(test_q02_priority_zero_is_counted_too),
	    cmocka_unit_test(test_a_full_queue_is_read_to_its_end),
	    cmocka_unit_test(test_b01_what_is_dropped_touches_no_timer),
	    cmocka_unit_test(test_b03_what_is_accepted_restarts_the_timer),
	    cmocka_unit_test(test_b01_control_data_may_be_missing),
	    cmocka_unit_test(test_b01_truncated),
	};

	return cmocka_run_group_tests_name("receive", tests, lab_open, lab_close);
}
