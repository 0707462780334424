/*
 * SECURITY.md names the system calls that the engine may make: the same ones as its filter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sandbox.h"

#define SECURITY_BEGIN "seccomp allowlist that kills:"

static char *
security_read(void)
{
	static char text[65536];
	FILE *file = fopen(SECURITY_FILE, "r");
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

/* The words between backquotes behind the marker, up to the end of the sentence. */
static void
test_engine_calls_are_documented(void **state)
{
	const char *const *calls = sandbox_engine_calls();
	char *list = strstr(security_read(), SECURITY_BEGIN), *end, *word, *rest;
	size_t n = 0;

	(void)state;
	assert_non_null(list);
	list = strchr(list, '`') + 1;
	end = strchr(list, '`');
	*end = '\0';
	for (word = strtok_r(list, " \n", &rest); word != NULL;
	     word = strtok_r(NULL, " \n", &rest)) {
		assert_non_null(calls[n]);
		assert_string_equal(word, calls[n]);
		n++;
	}
	assert_null(calls[n]);
	assert_true(n > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_engine_calls_are_documented)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
