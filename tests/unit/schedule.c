/*
 * When checks run: phases spread over the interval, points of the grid that do not drift.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checker/schedule.h"

static const mono_t start = {INT64_C(1000) * NS_PER_S};

/* Milliseconds after start. */
static int64_t
ms_after(mono_t t)
{
	return mono_since(t, start) / NS_PER_MS;
}

static void
test_a_lone_check_runs_after_one_interval(void **state)
{
	(void)state;
	assert_int_equal(ms_after(schedule_first(start, 2 * NS_PER_S, 0, 1)), 2000);
}

static void
test_phases_are_spread(void **state)
{
	(void)state;
	assert_int_equal(ms_after(schedule_first(start, NS_PER_S, 0, 4)), 1000);
	assert_int_equal(ms_after(schedule_first(start, NS_PER_S, 1, 4)), 750);
	assert_int_equal(ms_after(schedule_first(start, NS_PER_S, 2, 4)), 500);
	assert_int_equal(ms_after(schedule_first(start, NS_PER_S, 3, 4)), 250);
}

/* Never at once again, never later than an interval, however many there are. */
static void
test_phases_stay_within_the_interval(void **state)
{
	mono_t t;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		t = schedule_first(start, NS_PER_S, i, 3000);
		assert_true(mono_since(t, start) > 0);
		assert_true(mono_since(t, start) <= NS_PER_S);
	}
}

static void
test_next_is_on_the_grid(void **state)
{
	const mono_t due = {start.ns + 250 * NS_PER_MS};

	(void)state;
	assert_int_equal(ms_after(schedule_next(due, NS_PER_S, due)), 1250);
	assert_int_equal(
	    ms_after(schedule_next(due, NS_PER_S, mono_add(due, 3 * NS_PER_MS))), 1250);
	assert_int_equal(ms_after(schedule_next(due, NS_PER_S, mono_add(due, NS_PER_S - 1))), 1250);
	assert_int_equal(ms_after(schedule_next(due, NS_PER_S, mono_add(due, NS_PER_S))), 2250);
}

/* A machine that slept does not run what it missed. */
static void
test_missed_points_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(
	    ms_after(schedule_next(start, NS_PER_S, mono_add(start, 3600 * NS_PER_S + 5))),
	    3601000);
}

/* A timer that fires early does not move the grid. */
static void
test_early_timer_runs_again(void **state)
{
	(void)state;
	assert_int_equal(ms_after(schedule_next(start, NS_PER_S, mono_add(start, -1))), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_lone_check_runs_after_one_interval),
	    cmocka_unit_test(test_phases_are_spread),
	    cmocka_unit_test(test_phases_stay_within_the_interval),
	    cmocka_unit_test(test_next_is_on_the_grid),
	    cmocka_unit_test(test_missed_points_are_skipped),
	    cmocka_unit_test(test_early_timer_runs_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
