/*
 * Skew time and master down interval of RFC 9568 6.1 and RFC 3768 6.1: worked values, in microseconds,
 * cut off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "vrrpd/core/vr.h"

static const struct {
	uint8_t version, priority;
	uint16_t interval_cs;
	int64_t skew_us, down_us;
} rows[] = {
    {2, 1, 100, 996093, 3996093}, {2, 50, 100, 804687, 3804687}, {2, 100, 100, 609375, 3609375},
    {2, 101, 100, 605468, 3605468}, {2, 150, 100, 414062, 3414062}, {2, 200, 100, 218750, 3218750},
    {2, 254, 100, 7812, 3007812}, {2, 255, 100, 3906, 3003906}, {2, 100, 300, 609375, 9609375},
    {2, 191, 1000, 253906, 30253906}, /* T04 */
    {2, 100, 25500, 609375, 765609375}, {3, 1, 100, 996093, 3996093}, {3, 50, 100, 804687, 3804687},
    {3, 100, 100, 609375, 3609375}, {3, 101, 100, 605468, 3605468}, {3, 102, 100, 601562, 3601562},
    {3, 150, 100, 414062, 3414062}, {3, 200, 100, 218750, 3218750}, {3, 254, 100, 7812, 3007812},
    {3, 255, 100, 3906, 3003906}, {3, 100, 1, 6093, 36093}, {3, 100, 10, 60937, 360937},
    {3, 254, 10, 781, 300781}, {3, 128, 50, 250000, 1750000}, {3, 100, 300, 1828125, 10828125},
    {3, 191, 1000, 2539062, 32539062}, /* T04 */
    {3, 1, 4095, 40790039, 163640039}, /* T06 */
    {3, 254, 4095, 319921, 123169921}, /* T06 */
};

static struct vr
instance(uint8_t version, uint8_t priority, int64_t interval_ns, uint8_t down_adverts)
{
	const struct vr_conf conf = {.priority = priority,
	    .preempt = true,
	    .down_adverts = down_adverts,
	    .interval_ns = interval_ns,
	    .version = version};
	struct vr vr;

	vr_init(&vr, &conf, (mono_t){0});
	return vr;
}

static void
test_t04_t06_worked_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vr vr =
		    instance(rows[i].version, rows[i].priority, rows[i].interval_cs * NS_PER_CS, 3);

		if (vr_skew_ns(&vr) / NS_PER_US != rows[i].skew_us ||
		    vr_down_ns(&vr) / NS_PER_US != rows[i].down_us)
			fail_msg("version %u, priority %u, %u cs: skew %lld us, down %lld us",
			    rows[i].version, rows[i].priority, rows[i].interval_cs,
			    (long long)(vr_skew_ns(&vr) / NS_PER_US),
			    (long long)(vr_down_ns(&vr) / NS_PER_US));
	}
}

/* The timer that runs is the interval that is shown. */
static void
test_the_timer_runs_that_long(void **state)
{
	static const struct vr_event start = {.kind = VR_STARTUP};
	struct vr_actions out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vr vr =
		    instance(rows[i].version, rows[i].priority, rows[i].interval_cs * NS_PER_CS, 3);
		int64_t expected_us = rows[i].priority == VRRP_PRIORITY_OWNER
					  ? rows[i].interval_cs * INT64_C(10000)
					  : rows[i].down_us;

		vr_handle(&vr, (mono_t){NS_PER_S}, &start, &out);
		assert_int_equal((vr_deadline(&vr).ns - NS_PER_S) / NS_PER_US, expected_us);
	}
}

/* What skew is for: any two priorities are told apart, at the shortest interval too. */
static void
test_skew_keeps_the_order(void **state)
{
	static const int64_t intervals_cs[] = {1, 100, 4095};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (uint8_t priority = 1; priority < 255; priority++) {
			struct vr lower = instance(3, priority, intervals_cs[i] * NS_PER_CS, 3);
			struct vr higher =
			    instance(3, (uint8_t)(priority + 1), intervals_cs[i] * NS_PER_CS, 3);

			assert_true(vr_skew_ns(&lower) > vr_skew_ns(&higher));
			assert_true(vr_skew_ns(&lower) < intervals_cs[i] * NS_PER_CS);
			assert_true(vr_skew_ns(&higher) > 0);
		}
	}
}

static void
test_nanoseconds_are_kept(void **state)
{
	struct vr vr = instance(3, 101, NS_PER_S, 3);

	(void)state;
	assert_int_equal(vr_skew_ns(&vr), 605468750);
	vr = instance(3, 100, NS_PER_CS, 3);
	assert_int_equal(vr_skew_ns(&vr), 6093750);
	assert_int_equal(vr_down_ns(&vr), 36093750);
}

static void
test_adverts_until_down_may_differ(void **state)
{
	struct vr vr = instance(3, 100, NS_PER_S, 5);

	(void)state;
	assert_int_equal(vr_down_ns(&vr), 5609375000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_t04_t06_worked_values),
	    cmocka_unit_test(test_the_timer_runs_that_long),
	    cmocka_unit_test(test_skew_keeps_the_order),
	    cmocka_unit_test(test_nanoseconds_are_kept),
	    cmocka_unit_test(test_adverts_until_down_may_differ),
	};

	return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
