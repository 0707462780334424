/*
 * The number in a file; in the checker. Pure.
 */
#include <string.h>

#include "checker/number.h"

static size_t
number_skip_white(const char *text, size_t size, size_t i)
{
	while (i < size && memchr(" \t\r\n", text[i], 4) != NULL)
		i++;
	return i;
}

int
number_parse(const char *text, size_t size, int64_t *out)
{
	size_t i = number_skip_white(text, size, 0), digits = 0;
	int64_t value = 0;
	int sign = 1;

	if (i < size && (text[i] == '-' || text[i] == '+'))
		sign = text[i++] == '-' ? -1 : 1;
	for (; i < size && text[i] >= '0' && text[i] <= '9'; i++, digits++) {
		value = value * 10 + (text[i] - '0');
		if (value > NUMBER_MAX)
			value = NUMBER_MAX;
	}
	if (digits == 0 || number_skip_white(text, size, i) != size)
		return -1;
	*out = sign * value;
	return 0;
}
