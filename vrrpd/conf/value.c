/*
 * Scalars and what they mean; pure.
 */
#include "vrrpd/conf/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MS_PER_S 1000
#define MS_PER_M 60000
#define MS_PER_H 3600000

int
value_because(struct value_why *why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return -1;
}

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasecmp(text, *words) == 0)
			return true;
	return false;
}

static size_t
count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

bool
value_is_digits(const char *text)
{
	return *text != '\0' && text[count_digits(text)] == '\0';
}

bool
value_is_null(const struct node *n)
{
	static const char *const words[] = {"", "~", "null", NULL};

	return n->kind == NODE_SCALAR && n->plain && is_one_of(n->text, words);
}

const char *
value_kind(const struct node *n)
{
	switch (n->kind) {
	case NODE_LIST:
		return "a list";
	case NODE_MAP:
		return "a mapping";
	case NODE_SCALAR:
	case NODE_BAD:
		break;
	}
	return "a single value";
}

int
value_boolean(const struct node *n, int64_t *value, struct value_why *why)
{
	static const char *const yes[] = {"true", "yes", "on", "y", NULL};
	static const char *const no[] = {"false", "no", "off", "n", NULL};

	if (n->plain && (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0)) {
		*value = n->text[0] == 't';
		return 0;
	}
	if (is_one_of(n->text, yes) || is_one_of(n->text, no))
		return value_because(why, "\"%.40s\" is not a boolean: write %s%s", n->text,
		    is_one_of(n->text, yes) ? "true" : "false", n->plain ? "" : " without quotes");
	return value_because(why, "\"%.40s\" is not a boolean: write true or false", n->text);
}

int64_t
value_to_number(const char *digits, size_t length)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; i < length; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digits[i] - '0', &value))
			return INT64_MAX;
	return value;
}

/* "1:30", which YAML 1.1 reads as 90 in base 60. Returns -1 when it is none. */
static int64_t
to_base_60(const char *text)
{
	const size_t head = count_digits(text);
	const char *tail = text + head + 1;

	if (head == 0 || head > 6 || text[head] != ':' || count_digits(tail) != 2 ||
	    tail[2] != '\0')
		return -1;
	return value_to_number(text, head) * 60 + value_to_number(tail, 2);
}

static const char *
skip_zeros(const char *digits)
{
	while (digits[0] == '0' && digits[1] != '\0')
		digits++;
	return digits;
}

int
value_integer(const struct node *n, int64_t *value, struct value_why *why)
{
	const bool negative = n->text[0] == '-';
	const char *digits = n->text + negative;

	if (!value_is_digits(digits)) {
		if (to_base_60(n->text) != -1)
			return value_because(why,
			    "\"%.40s\" is not an integer: other YAML programs read it as "
			    "%" PRId64 " (base 60); write it in decimal",
			    n->text, to_base_60(n->text));
		if (digits[0] == '0' && strchr("xXoObB", digits[1]) != NULL && digits[1] != '\0')
			return value_because(
			    why, "\"%.40s\" is not an integer: write it in decimal", n->text);
		return value_because(
		    why, "\"%.40s\" is not an integer: write decimal digits", n->text);
	}
	if (!n->plain)
		return value_because(why, "\"%.40s\" is text: write it without quotes", n->text);
	if (digits[0] == '0' && digits[1] != '\0')
		return value_because(why,
		    "\"%.40s\" begins with a zero, which YAML reads as octal: write %s%.40s",
		    n->text, negative ? "-" : "", skip_zeros(digits));
	*value = value_to_number(digits, strlen(digits));
	if (negative)
		*value = -*value;
	return 0;
}

/* Milliseconds of a unit, 0 when it is none. */
static int64_t
unit_ms(const char *unit)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", MS_PER_S}, {"m", MS_PER_M}, {"h", MS_PER_H}};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].ms;
	return 0;
}

static int
bad_duration(const char *text, struct value_why *why)
{
	if (value_is_digits(text))
		return value_because(why, "\"%.40s\" has no unit: write %.40ss or %.40sms", text,
		    skip_zeros(text), skip_zeros(text));
	if (to_base_60(text) != -1)
		return value_because(why,
		    "\"%.40s\" is not a duration: write a number and a unit: "
		    "%" PRId64 "s or %" PRId64 "m",
		    text, to_base_60(text), to_base_60(text));
	return value_because(why,
	    "\"%.40s\" is not a duration: write one number and one unit (ms, s, m, h): "
	    "250ms, 1.5s",
	    text);
}

int
value_duration(const struct node *n, int64_t *ms, struct value_why *why)
{
	const size_t whole = count_digits(n->text);
	const char *unit = n->text + whole;
	const char *fraction = unit + 1;
	size_t digits = 0;
	int64_t scale, part;

	if (*unit == '.') {
		digits = count_digits(fraction);
		unit = fraction + digits;
	}
	scale = unit_ms(unit);
	if (whole == 0 || scale == 0 || (unit != n->text + whole && digits == 0))
		return bad_duration(n->text, why);
	while (digits > 0 && fraction[digits - 1] == '0')
		digits--;
	part = digits > 9 ? INT64_MAX : value_to_number(fraction, digits) * scale;
	for (; digits > 0 && part % 10 == 0; digits--)
		part /= 10;
	if (digits > 0)
		return value_because(why, "\"%.40s\" is finer than a millisecond", n->text);
	if (__builtin_mul_overflow(value_to_number(n->text, whole), scale, ms) ||
	    __builtin_add_overflow(*ms, part, ms))
		*ms = INT64_MAX;
	return 0;
}

const char *
value_format_duration(int64_t ms, char buffer[VALUE_DURATION_MAX])
{
	char *end;

	if (ms >= MS_PER_H && ms % MS_PER_H == 0)
		snprintf(buffer, VALUE_DURATION_MAX, "%" PRId64 "h", ms / MS_PER_H);
	else if (ms >= MS_PER_M && ms % MS_PER_M == 0)
		snprintf(buffer, VALUE_DURATION_MAX, "%" PRId64 "m", ms / MS_PER_M);
	else if (ms % MS_PER_S == 0)
		snprintf(buffer, VALUE_DURATION_MAX, "%" PRId64 "s", ms / MS_PER_S);
	else if (ms < MS_PER_S)
		snprintf(buffer, VALUE_DURATION_MAX, "%" PRId64 "ms", ms);
	else {
		snprintf(buffer, VALUE_DURATION_MAX, "%" PRId64 ".%03" PRId64, ms / MS_PER_S,
		    ms % MS_PER_S);
		end = buffer + strlen(buffer);
		while (end[-1] == '0')
			end--;
		memcpy(end, "s", 2);
	}
	return buffer;
}

bool
value_is_split_address(const struct node *n)
{
	const char *key;

	if (n->kind != NODE_MAP || n->count != 1)
		return false;
	key = n->first->key;
	return strchr(key, ':') != NULL && key[strspn(key, "0123456789abcdefABCDEF:.")] == '\0';
}
