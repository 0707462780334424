/*
 * Rise, fall and initial: sequences of results and the state after each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "checker/damping.h"

/* results: S, F or B (broken); states after each: ? u d b */
struct damping_row {
	const char *name;
	enum conf_initial initial;
	uint32_t fall, rise;
	const char *results;
	const char *states;
};

static const struct damping_row rows[] = {
    {"S01 two failures end it, three successes bring it back", CONF_INITIAL_UP, 2, 3, "FFSSS",
	"udddu"},
    {"S02 a success between failures starts the count again", CONF_INITIAL_UP, 2, 1, "FSFSFSFF",
	"uuuuuuud"},
    {"S02 a failure between successes starts the count again", CONF_INITIAL_DOWN, 1, 3, "SSFSSFSSS",
	"ddddddddu"},
    {"S06 one success decides at first, whatever rise", CONF_INITIAL_UNKNOWN, 1, 3, "S", "u"},
    {"S07 one failure decides at first, whatever fall", CONF_INITIAL_UNKNOWN, 5, 1, "F", "d"},
    {"S07 then rise counts", CONF_INITIAL_UNKNOWN, 5, 2, "FSS", "ddu"},
    {"S07 initially down, it needs rise successes", CONF_INITIAL_DOWN, 1, 3, "SSS", "ddu"},
    {"initially up, it needs fall failures", CONF_INITIAL_UP, 3, 1, "FFF", "uud"},
    {"after the first result fall counts", CONF_INITIAL_UNKNOWN, 2, 1, "SFF", "uud"},
    {"without damping each result decides", CONF_INITIAL_UNKNOWN, 1, 1, "SFSFB", "ududb"},
    {"S11 broken is a failure", CONF_INITIAL_UP, 2, 1, "BB", "ub"},
    {"S11 broken and failed count together, the last has the word", CONF_INITIAL_UP, 2, 1, "BFFB",
	"uddb"},
    {"S11 broken decides at first", CONF_INITIAL_UNKNOWN, 9, 1, "B", "b"},
    {"a failure in another word does not end the rise of none", CONF_INITIAL_DOWN, 1, 2, "SBSS",
	"dbbu"},
};

static char
letter(enum vrrp_check_state state)
{
	return "?udb"[state];
}

static void
run_row(const struct damping_row *row)
{
	struct damping d;
	enum damping_outcome outcome;
	enum vrrp_check_state before;
	bool was_up, is_up, changed;

	damping_init(&d, row->initial);
	for (size_t i = 0; row->results[i] != '\0'; i++) {
		outcome = row->results[i] == 'S'   ? DAMPING_SUCCESS
			  : row->results[i] == 'F' ? DAMPING_FAILURE
						   : DAMPING_BROKEN;
		before = d.state;
		changed = damping_take(&d, outcome, row->fall, row->rise);
		if (letter(d.state) != row->states[i])
			fail_msg("%s: result %zu of %s: '%c' instead of '%c'", row->name, i + 1,
			    row->results, letter(d.state), row->states[i]);
		was_up = before == VRRP_CHECK_UP;
		is_up = d.state == VRRP_CHECK_UP;
		assert_int_equal(changed, before == VRRP_CHECK_UNKNOWN || was_up != is_up);
	}
	assert_int_equal(row->states[0] == '\0', row->results[0] == '\0');
}

static void
test_sequences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(&rows[i]);
}

static void
test_initial_states(void **state)
{
	struct damping d;

	(void)state;
	damping_init(&d, CONF_INITIAL_UNKNOWN);
	assert_int_equal(d.state, VRRP_CHECK_UNKNOWN);
	damping_init(&d, CONF_INITIAL_UP);
	assert_int_equal(d.state, VRRP_CHECK_UP);
	damping_init(&d, CONF_INITIAL_DOWN);
	assert_int_equal(d.state, VRRP_CHECK_DOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sequences),
	    cmocka_unit_test(test_initial_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
