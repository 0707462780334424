/*
 * From inputs to fault, waiting and priority.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrpd/core/track.h"

#define INPUTS_MAX 4

/* inputs: ? u d b */
static const struct {
	const char *name;
	const char *inputs;
	bool fault, waiting;
} rows[] = {
    {"nothing tracked", "", false, false},
    {"all is well", "uuu", false, false},
    {"S06 a first result is missing", "u?u", false, true},
    {"S01 one is down", "udu", true, false},
    {"S11 one is broken", "uub", true, false},
    {"F05 two causes", "dub", true, false},
    {"F05 one of two is left", "uub", true, false},
    {"F08 down weighs more than missing", "?d", true, false},
    {"F08 in any order", "d?", true, false},
    {"S11 broken weighs more than missing", "?b?", true, false},
    {"only missing", "??", false, true},
};

static enum vrrp_check_state
state_of(char letter)
{
	return (enum vrrp_check_state)(strchr("?udb", letter) - "?udb");
}

static void
test_inputs_to_one_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct track track[INPUTS_MAX] = {0};
		size_t count = strlen(rows[i].inputs);
		struct track_result result;

		assert_true(count <= INPUTS_MAX);
		for (size_t k = 0; k < count; k++)
			track[k].state = state_of(rows[i].inputs[k]);
		result = track_evaluate(track, count, 137);
		if (result.fault != rows[i].fault || result.waiting != rows[i].waiting)
			fail_msg(
			    "%s: fault %d, waiting %d", rows[i].name, result.fault, result.waiting);
		assert_int_equal(result.priority, 137);
	}
}

/* F05: whatever the order of failures and repairs, and however often one is reported. */
static void
test_f05_causes_are_a_set(void **state)
{
	struct track track[2] = {{.state = VRRP_CHECK_UP}, {.state = VRRP_CHECK_UP}};
	const mono_t now = {7};

	(void)state;
	for (size_t order = 0; order < 4; order++) {
		size_t breaks_first = order & 1, repaired_first = order >> 1;

		track_set(&track[breaks_first], VRRP_CHECK_DOWN, now);
		track_set(&track[breaks_first], VRRP_CHECK_DOWN, now);
		track_set(&track[!breaks_first], VRRP_CHECK_BROKEN, now);
		assert_true(track_evaluate(track, 2, 100).fault);
		track_set(&track[repaired_first], VRRP_CHECK_UP, now);
		assert_true(track_evaluate(track, 2, 100).fault);
		track_set(&track[!repaired_first], VRRP_CHECK_UP, now);
		assert_false(track_evaluate(track, 2, 100).fault);
	}
}

static void
test_since_is_of_the_change(void **state)
{
	struct track track = {.state = VRRP_CHECK_UNKNOWN, .since = {1}};

	(void)state;
	assert_false(track_set(&track, VRRP_CHECK_UNKNOWN, (mono_t){2}));
	assert_int_equal(track.since.ns, 1);
	assert_true(track_set(&track, VRRP_CHECK_UP, (mono_t){3}));
	assert_int_equal(track.since.ns, 3);
	assert_false(track_set(&track, VRRP_CHECK_UP, (mono_t){4}));
	assert_int_equal(track.since.ns, 3);
	assert_true(track_set(&track, VRRP_CHECK_DOWN, (mono_t){5}));
	assert_int_equal(track.since.ns, 5);
}

/* ---- weights ---- */

/* clang-format off */
#define UP VRRP_CHECK_UP
#define DOWN VRRP_CHECK_DOWN
#define BROKEN VRRP_CHECK_BROKEN
#define UNKNOWN VRRP_CHECK_UNKNOWN
#define WEIGHT(w, s) {.cause = TRACK_CHECK, .weight = w, .state = s}
#define INVERT(w, s) {.cause = TRACK_CHECK, .weight = w, .state = s, .invert = true}
#define VALUE(w, s, v) {.cause = TRACK_CHECK, .weight = w, .state = s, .by_value = true, .value = v}
#define FACE(w, s) {.cause = TRACK_INTERFACE, .weight = w, .state = s}
/* clang-format on */

static const struct {
	const char *name;
	uint8_t priority;
	struct track track[INPUTS_MAX];
	size_t count;
	uint8_t effective;
	bool fault, waiting;
} weights[] = {
    {"S03 a negative weight counts while down", 150, {WEIGHT(-60, DOWN)}, 1, 90, false, false},
    {"S03 and not while up", 150, {WEIGHT(-60, UP)}, 1, 150, false, false},
    {"S04 a positive weight counts while up", 100, {WEIGHT(60, UP)}, 1, 160, false, false},
    {"S04 and not while down", 100, {WEIGHT(60, DOWN)}, 1, 100, false, false},
    {"S04 nor before its first result", 100, {WEIGHT(60, UNKNOWN)}, 1, 100, false, false},
    {"S04 a negative one neither, and nobody waits", 100, {WEIGHT(-60, UNKNOWN)}, 1, 100, false,
	false},
    {"S04 clamped above", 100, {WEIGHT(200, UP), WEIGHT(200, UP)}, 2, 254, false, false},
    {"S04 clamped below", 100, {WEIGHT(-200, DOWN), WEIGHT(-200, DOWN)}, 2, 1, false, false},
    {"S04 one of two recovers: the sum is still below", 100, {WEIGHT(-200, UP), WEIGHT(-200, DOWN)},
	2, 1, false, false},
    {"S04 the sum is clamped, not its steps", 100,
	{WEIGHT(-200, DOWN), WEIGHT(-200, DOWN), WEIGHT(253, UP), WEIGHT(200, UP)}, 4, 153, false,
	false},
    {"S04 in any order", 100, {WEIGHT(200, UP), WEIGHT(253, UP), WEIGHT(-253, DOWN)}, 3, 254, false,
	false},
    {"S11 broken counts as down", 150, {WEIGHT(-60, BROKEN)}, 1, 90, false, false},
    {"S11 broken is no bonus", 150, {WEIGHT(60, BROKEN)}, 1, 150, false, false},
    {"S05 a weight is inverted: a bonus while down", 150, {INVERT(-60, DOWN)}, 1, 210, false,
	false},
    {"S05 and nothing while up", 150, {INVERT(-60, UP)}, 1, 150, false, false},
    {"S05 a positive one takes away while up", 150, {INVERT(60, UP)}, 1, 90, false, false},
    {"S05 and nothing while down", 150, {INVERT(60, DOWN)}, 1, 150, false, false},
    {"S05 S11 broken is never the better: no bonus", 150, {INVERT(-60, BROKEN)}, 1, 150, false,
	false},
    {"S05 S11 broken is never the better: taken away", 150, {INVERT(60, BROKEN)}, 1, 90, false,
	false},
    {"S05 without weight it is a fault while up", 150, {INVERT(0, UP)}, 1, 150, true, false},
    {"S05 and none while down", 150, {INVERT(0, DOWN)}, 1, 150, false, false},
    {"S05 S11 but broken is a fault all the same", 150, {INVERT(0, BROKEN)}, 1, 150, true, false},
    {"S05 unknown is waited for", 150, {INVERT(0, UNKNOWN)}, 1, 150, false, true},
    {"a number in a file, times the weight", 100, {VALUE(-2, UP, 15)}, 1, 70, false, false},
    {"a negative number", 100, {VALUE(2, UP, -15)}, 1, 70, false, false},
    {"a number that is too big", 100, {VALUE(253, UP, INT64_MAX)}, 1, 254, false, false},
    {"a number that is too small", 100, {VALUE(253, UP, INT64_MIN)}, 1, 1, false, false},
    {"no number", 100, {VALUE(5, DOWN, 15)}, 1, 100, false, false},
    {"a weight of 0 for a number is no fault", 100, {VALUE(0, DOWN, 15)}, 1, 100, false, false},
    {"a number that is not known yet", 100, {VALUE(5, UNKNOWN, 15)}, 1, 100, false, false},
    {"F09 an interface with a weight", 150, {FACE(-60, DOWN)}, 1, 90, false, false},
    {"F01 an interface without", 150, {FACE(0, DOWN)}, 1, 150, true, false},
    {"F05 a weight beside a cause", 150, {WEIGHT(-60, DOWN), FACE(0, DOWN)}, 2, 90, true, false},
    {"O05 an owner is immune to weights", 255, {WEIGHT(-60, DOWN), WEIGHT(200, UP)}, 2, 255, false,
	false},
    {"O05 but not to faults", 255, {WEIGHT(-60, DOWN), WEIGHT(0, DOWN)}, 2, 255, true, false},
};

static void
test_weights(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
		struct track_result r =
		    track_evaluate(weights[i].track, weights[i].count, weights[i].priority);

		if (r.priority != weights[i].effective || r.fault != weights[i].fault ||
		    r.waiting != weights[i].waiting || r.planned)
			fail_msg("%s: priority %u, fault %d, waiting %d", weights[i].name,
			    r.priority, r.fault, r.waiting);
	}
}

/* S04: nothing is accumulated. */
static void
test_s04_no_drift_after_100_flaps(void **state)
{
	struct track track[] = {WEIGHT(-200, UP), WEIGHT(-200, DOWN), WEIGHT(253, DOWN)};

	(void)state;
	for (int64_t i = 0; i < 100; i++) {
		track_set(&track[0], i % 2 ? UP : DOWN, (mono_t){i});
		track_set(&track[2], i % 3 ? UP : DOWN, (mono_t){i});
		(void)track_evaluate(track, 3, 100);
	}
	track_set(&track[0], UP, (mono_t){100});
	track_set(&track[1], UP, (mono_t){100});
	track_set(&track[2], DOWN, (mono_t){100});
	assert_int_equal(track_evaluate(track, 3, 100).priority, 100);
}

/* The operator's cause is another kind; what others of a group suffer is decided elsewhere. */
static void
test_causes_of_other_kinds(void **state)
{
	const struct track planned = {.cause = TRACK_OPERATOR, .state = DOWN};
	const struct track both[] = {{.cause = TRACK_OPERATOR, .state = DOWN},
	    {.cause = TRACK_INTERFACE_DOWN, .state = DOWN}};
	const struct track group = {.cause = TRACK_GROUP, .state = DOWN};
	struct track_result r = track_evaluate(&planned, 1, 100);

	(void)state;
	assert_true(r.planned && !r.fault && !r.waiting);
	r = track_evaluate(both, 2, 100);
	assert_true(r.planned && r.fault);
	r = track_evaluate(&group, 1, 100);
	assert_false(r.planned || r.fault || r.waiting);
	assert_true(track_is_cause(&group));
}

static void
test_what_fails(void **state)
{
	(void)state;
	assert_false(track_is_failing(&(struct track)WEIGHT(-60, UNKNOWN)));
	assert_false(track_is_failing(&(struct track)WEIGHT(-60, UP)));
	assert_true(track_is_failing(&(struct track)WEIGHT(-60, DOWN)));
	assert_true(track_is_failing(&(struct track)WEIGHT(60, BROKEN)));
	assert_true(track_is_failing(&(struct track)INVERT(-60, UP)));
	assert_false(track_is_failing(&(struct track)INVERT(-60, DOWN)));
	assert_true(track_is_failing(&(struct track)INVERT(-60, BROKEN)));
	assert_false(track_is_cause(&(struct track)WEIGHT(-60, DOWN)));
}

static void
test_which_input_is_a_cause(void **state)
{
	(void)state;
	assert_false(track_is_cause(&(struct track){.state = VRRP_CHECK_UNKNOWN}));
	assert_false(track_is_cause(&(struct track){.state = VRRP_CHECK_UP}));
	assert_true(track_is_cause(&(struct track){.state = VRRP_CHECK_DOWN}));
	assert_true(track_is_cause(&(struct track){.state = VRRP_CHECK_BROKEN}));
}

static void
test_causes_have_words(void **state)
{
	(void)state;
	assert_string_equal(track_cause_name(TRACK_INTERFACE_DOWN), "interface-down");
	assert_string_equal(track_cause_name(TRACK_NO_SOURCE_ADDRESS), "no-source-address");
	assert_string_equal(track_cause_name(TRACK_NO_OWNER_ADDRESS), "no-owner-address");
	assert_string_equal(track_cause_name(TRACK_CHECK), "check");
	assert_string_equal(track_cause_name(TRACK_INTERFACE), "interface");
	assert_string_equal(track_cause_name(TRACK_OPERATOR), "operator");
	assert_string_equal(track_cause_name(TRACK_GROUP), "group");
	assert_string_equal(track_cause_name(TRACK_CAUSE_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_inputs_to_one_answer),
	    cmocka_unit_test(test_f05_causes_are_a_set),
	    cmocka_unit_test(test_since_is_of_the_change),
	    cmocka_unit_test(test_weights),
	    cmocka_unit_test(test_s04_no_drift_after_100_flaps),
	    cmocka_unit_test(test_causes_of_other_kinds),
	    cmocka_unit_test(test_what_fails),
	    cmocka_unit_test(test_which_input_is_a_cause),
	    cmocka_unit_test(test_causes_have_words),
	};

	return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
