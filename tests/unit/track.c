/*
 * From inputs to fault and waiting.
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
	assert_string_equal(track_cause_name(TRACK_CAUSE_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_inputs_to_one_answer),
	    cmocka_unit_test(test_f05_causes_are_a_set),
	    cmocka_unit_test(test_since_is_of_the_change),
	    cmocka_unit_test(test_which_input_is_a_cause),
	    cmocka_unit_test(test_causes_have_words),
	};

	return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
