/*
 * The number in a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "checker/number.h"

static const struct {
	const char *text;
	int result;
	int64_t value;
} rows[] = {
    {"0", 0, 0},
    {"12\n", 0, 12},
    {"-12", 0, -12},
    {"+7", 0, 7},
    {" \t\r\n 5 \n\n", 0, 5},
    {"007", 0, 7},
    {"254", 0, 254},
    {"255", 0, 254},
    {"-254", 0, -254},
    {"-100000", 0, -254},
    {"99999999999999999999999999999999999999999", 0, 254},
    {"-99999999999999999999999999999999999999999\n", 0, -254},
    {"", -1, 0},
    {"\n", -1, 0},
    {"-", -1, 0},
    {"+-5", -1, 0},
    {"- 5", -1, 0},
    {"5 5", -1, 0},
    {"5x", -1, 0},
    {"0x10", -1, 0},
    {"1e3", -1, 0},
    {"1.5", -1, 0},
    {"up", -1, 0},
    {"\xc2\xa0"
     "5",
	-1, 0},
};

static void
test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 0;
		int result = number_parse(rows[i].text, strlen(rows[i].text), &value);

		if (result != rows[i].result || value != rows[i].value)
			fail_msg("\"%s\": %d, %lld", rows[i].text, result, (long long)value);
	}
}

/* A file may hold anything, NUL too. */
static void
test_nul_is_no_number(void **state)
{
	int64_t value;

	(void)state;
	assert_int_equal(number_parse("5\0", 2, &value), -1);
	assert_int_equal(number_parse("\0"
				      "5",
			     2, &value),
	    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_nul_is_no_number),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
