/*
 * Text for people; vrrpctl. Pure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/mono.h"
#include "vrrpctl/text.h"

#define TEXT_NUMBER_MAX INT64_C(100000000000)
#define TEXT_DURATION_MAX_NS (INT64_C(365) * 86400 * NS_PER_S)

/* Explicit directional marks: what stands behind them may be shown as if it stood before. */
static bool
text_is_directional(uint32_t c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool
text_is_printable(uint32_t c)
{
	return c >= 0x20 && c != 0x7f && !(c >= 0x80 && c <= 0x9f) &&
	       !(c >= 0xd800 && c <= 0xdfff) && c <= 0x10ffff && !text_is_directional(c);
}

/* Bytes of the character at s when it is a well-formed, printable one; 0 otherwise. */
static size_t
text_character(const unsigned char *s)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = length == 1 ? s[0] : s[0] & (0x7fU >> length);

	if ((s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c >= smallest[length] && text_is_printable(c) ? length : 0;
}

void
text_clean(char *text)
{
	unsigned char *s = (unsigned char *)text;
	size_t length;

	while (*s != '\0') {
		length = text_character(s);
		if (length == 0) {
			*s = '?';
			length = 1;
		}
		s += length;
	}
}

void
text_clean_lines(char *text, size_t length)
{
	char *end, *line = text;

	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = '?';
	text[length] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		text_clean(line);
		*end = '\n';
		line = end + 1;
	}
	text_clean(line);
}

const char *
text_format_age(int64_t ns, char *buf)
{
	const int64_t seconds = ns > 0 ? ns / NS_PER_S : 0;

	if (seconds >= 86400)
		snprintf(buf, TEXT_TIME_MAX, "%" PRId64 "d %02dh", seconds / 86400,
		    (int)(seconds % 86400 / 3600));
	else
		snprintf(buf, TEXT_TIME_MAX, "%02d:%02d:%02d", (int)(seconds / 3600),
		    (int)(seconds % 3600 / 60), (int)(seconds % 60));
	return buf;
}

int
text_parse_duration(const char *text, int64_t *ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
	    {"ms", NS_PER_MS},
	    {"s", NS_PER_S},
	    {"m", 60 * NS_PER_S},
	    {"h", 3600 * NS_PER_S},
	    {"d", 86400 * NS_PER_S},
	};
	int64_t value = 0, scale = 1;
	const char *s = text;

	/* all digits in one number, and what it is to be divided by */
	for (bool point = false; (*s >= '0' && *s <= '9') || (*s == '.' && !point && s != text);
	     s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		value = value * 10 + (*s - '0');
		scale *= point ? 10 : 1;
		if (value > TEXT_NUMBER_MAX)
			return -1;
	}
	if (s != text && s[-1] == '.')
		return -1;
	for (size_t i = 0; s != text && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].unit, s) != 0)
			continue;
		if (value == 0 || units[i].ns % scale != 0 ||
		    value > TEXT_DURATION_MAX_NS / (units[i].ns / scale))
			return -1;
		*ns = value * (units[i].ns / scale);
		return 0;
	}
	return -1;
}

/* value / 10^digits without trailing zeros. */
static const char *
text_format_decimal(int64_t value, int digits, const char *unit, char *buf)
{
	int64_t scale = 1;

	for (int i = 0; i < digits; i++)
		scale *= 10;
	while (digits > 0 && value % 10 == 0) {
		value /= 10;
		scale /= 10;
		digits--;
	}
	if (digits == 0)
		snprintf(buf, TEXT_TIME_MAX, "%" PRId64 "%s", value, unit);
	else
		snprintf(buf, TEXT_TIME_MAX, "%" PRId64 ".%0*" PRId64 "%s", value / scale, digits,
		    value % scale, unit);
	return buf;
}

const char *
text_format_duration(int64_t ns, char *buf)
{
	const int64_t us = ns > 0 ? ns / NS_PER_US : 0;

	if (us >= 1000000)
		return text_format_decimal(us, 6, "s", buf);
	if (us >= 1000)
		return text_format_decimal(us, 3, "ms", buf);
	return text_format_decimal(us, 0, us == 0 ? "s" : "us", buf);
}
