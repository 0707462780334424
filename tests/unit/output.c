/*
 * The tail of a script's output, and the words for how a run ended.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "checker/output.h"
#include "checker/run.h"

static const struct {
	const char *written;
	const char *shown;
} rows[] = {
    {"", ""},
    {"fine\n", "fine"},
    {"one\ntwo\tthree\r\n", "one two three"},
    {"\033[31mred\007", "?[31mred?"},
    {"gr\xc3\xbc\xc3\x9f\x65", "gr\xc3\xbc\xc3\x9f\x65"},
    {"\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80"},
    {"\xff\xfe", "??"},
    {"cut \xe2\x82", "cut ??"},
    {"\x82\xac tail", "?? tail"},
    {"\xc0\xaf overlong \xe0\x80\xaf", "?? overlong ???"},
    {"\xed\xa0\x80 surrogate", "??? surrogate"},
    {"\xc2\x9b\x33\x31m", "??31m"}, /* a terminal's control in two bytes */
    {"\x7f", "?"},
};

static void
test_text_is_made_fit(void **state)
{
	char text[OUTPUT_MAX + 1];
	struct output out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		output_init(&out);
		output_append(&out, rows[i].written, strlen(rows[i].written));
		output_format(&out, text);
		assert_string_equal(text, rows[i].shown);
	}
}

/* In whatever pieces it comes, the last OUTPUT_MAX bytes stay. */
static void
test_tail_is_kept(void **state)
{
	static const size_t sizes[] = {1, 2, 7, 100, 254, 255, 256, 1000};
	char all[2000], text[OUTPUT_MAX + 1];
	struct output out;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)('a' + i % 26);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		output_init(&out);
		for (size_t at = 0; at < sizeof(all); at += sizes[s])
			output_append(&out, all + at,
			    sizes[s] < sizeof(all) - at ? sizes[s] : sizeof(all) - at);
		output_format(&out, text);
		assert_int_equal(strlen(text), OUTPUT_MAX);
		assert_memory_equal(text, all + sizeof(all) - OUTPUT_MAX, OUTPUT_MAX);
	}
}

static void
test_nul_is_shown(void **state)
{
	char text[OUTPUT_MAX + 1];
	struct output out;

	(void)state;
	output_init(&out);
	output_append(&out, "a\0b", 3);
	output_format(&out, text);
	assert_string_equal(text, "a?b");
}

static const struct {
	struct run_result result;
	bool succeeded, broken;
	const char *words;
} ends[] = {
    {{.exit_status = 0}, true, false, "exit 0"},
    {{.exit_status = 1}, false, false, "exit 1"},
    {{.exit_status = 126}, false, true, "exit 126"},
    {{.exit_status = 127}, false, true, "exit 127"},
    {{.exit_status = -1, .signal = SIGSEGV}, false, true, "killed by SIGSEGV"},
    {{.exit_status = -1, .signal = SIGKILL, .step = "minder"}, false, true,
	"minder killed by SIGKILL"},
    {{.exit_status = -1, .error = ENOENT, .step = "exec"}, false, true,
	"exec: No such file or directory"},
    {{.exit_status = -1, .signal = SIGSEGV, .step = "look"}, false, true, "look killed by SIGSEGV"},
    {{.exit_status = -1, .error = EMFILE, .step = "socket"}, false, true,
	"socket: Too many open files"},
    {{.exit_status = -1, .up = true}, true, false, ""},
    {{.exit_status = -1}, false, false, ""},
    {{.exit_status = 1, .up = true}, false, false, "exit 1"},
    {{.exit_status = -1, .up = true, .error = EIO, .step = "read"}, false, true,
	"read: Input/output error"},
    {{.exit_status = -1, .up = true, .timed_out = true, .duration_ns = NS_PER_S}, false, false,
	"timed out after 1000 ms"},
    {{.exit_status = -1, .timed_out = true, .duration_ns = 2 * NS_PER_S}, false, false,
	"timed out after 2000 ms"},
};

static void
test_ends_in_words(void **state)
{
	char buf[128];

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		assert_int_equal(run_succeeded(&ends[i].result), ends[i].succeeded);
		assert_int_equal(run_was_broken(&ends[i].result), ends[i].broken);
		assert_string_equal(run_describe(&ends[i].result, buf, sizeof(buf)), ends[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_is_made_fit),
	    cmocka_unit_test(test_tail_is_kept),
	    cmocka_unit_test(test_nul_is_shown),
	    cmocka_unit_test(test_ends_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
