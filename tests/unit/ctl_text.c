/*
 * Text, durations and words of vrrpctl.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "common/mono.h"
#include "vrrpctl/text.h"
#include "vrrpctl/words.h"

static void
test_clean(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} rows[] = {
	    {"plain", "plain"},
	    {"a\nb\tc\033[2J\177", "a?b?c?[2J?"},
	    {"gr\303\274n \342\202\254 \360\237\230\200",
		"gr\303\274n \342\202\254 \360\237\230\200"},
	    {"\302\233"
	     "31m",
		"??31m"},                        /* CSI as C1 */
	    {"\300\257 \340\200\257", "?? ???"}, /* overlong */
	    {"\355\240\200", "???"},             /* a surrogate */
	    {"\364\220\200\200", "????"},        /* beyond Unicode */
	    {"\342\200\256evil", "???evil"},     /* right-to-left override */
	    {"cut \342\202", "cut ??"},          /* ends in the middle */
	    {"\377\376", "??"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strlcpy(text, rows[i].from, sizeof(text));
		text_clean(text);
		assert_string_equal(text, rows[i].to);
	}
}

static void
test_durations(void **state)
{
	char buf[TEXT_TIME_MAX];

	(void)state;
	assert_string_equal(text_format_age(729 * NS_PER_S, buf), "00:12:09");
	assert_string_equal(text_format_age(86399 * NS_PER_S, buf), "23:59:59");
	assert_string_equal(text_format_age(86400 * NS_PER_S, buf), "1d 00h");
	assert_string_equal(text_format_age(400 * 86400 * NS_PER_S, buf), "400d 00h");
	assert_string_equal(text_format_age(-1, buf), "00:00:00");
	assert_string_equal(text_format_duration(0, buf), "0s");
	assert_string_equal(text_format_duration(812 * NS_PER_US, buf), "812us");
	assert_string_equal(text_format_duration(100 * NS_PER_MS, buf), "100ms");
	assert_string_equal(text_format_duration(INT64_C(218750000), buf), "218.75ms");
	assert_string_equal(text_format_duration(INT64_C(3218750000), buf), "3.21875s");
	assert_string_equal(text_format_duration(60 * NS_PER_S, buf), "60s");
	assert_string_equal(text_format_duration(INT64_C(1000001000), buf), "1.000001s");
}

static void
test_parse_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ns; /* -1 = refused */
	} rows[] = {
	    {"10m", 600 * NS_PER_S},
	    {"250ms", 250 * NS_PER_MS},
	    {"90s", 90 * NS_PER_S},
	    {"2h", 7200 * NS_PER_S},
	    {"365d", 365 * 86400 * NS_PER_S},
	    {"366d", -1},
	    {"0s", -1},
	    {"10", -1},
	    {"m", -1},
	    {"", -1},
	    {"-1s", -1},
	    {"1.5h", 5400 * NS_PER_S},
	    {"0.25s", 250 * NS_PER_MS},
	    {"0.5d", 43200 * NS_PER_S},
	    {"0.0s", -1},
	    {".5s", -1},
	    {"1.s", -1},
	    {"1.2.3s", -1},
	    {"365.5d", -1},
	    {"0.0000001ms", -1},
	    {"10 m", -1},
	    {"10min", -1},
	    {"99999999999999999999s", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ns = -1;

		assert_int_equal(text_parse_duration(rows[i].text, &ns), rows[i].ns < 0 ? -1 : 0);
		assert_int_equal(ns, rows[i].ns);
	}
}

static void
test_words(void **state)
{
	static const char *const words[] = {"show", "is-master", "config", "check", NULL};

	(void)state;
	assert_int_equal(words_find(words, "show"), 0);
	assert_int_equal(words_find(words, "i"), 1);
	assert_int_equal(words_find(words, "co"), 2);
	assert_int_equal(words_find(words, "c"), WORDS_AMBIGUOUS);
	assert_int_equal(words_find(words, "shows"), WORDS_UNKNOWN);
	assert_int_equal(words_find(words, ""), WORDS_UNKNOWN);
	assert_string_equal(words_suggest(words, "shwo"), "show");
	assert_string_equal(words_suggest(words, "ismaster"), "is-master");
	assert_null(words_suggest(words, "reload"));
	assert_null(words_suggest(words, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_durations),
	    cmocka_unit_test(test_parse_durations),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
