/*
 * From words to values; vrrpctl, in the importer's child.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "vrrpctl/import_part.h"
#include "vrrpd/conf/value_net.h"

#define FRACTION_DIGITS 6

bool
import_is(const struct import_node *node, const char *word)
{
	return node->count > 0 && strcmp(node->word[0], word) == 0;
}

const char *
import_word(const struct import_node *node, size_t i)
{
	return i < node->count ? node->word[i] : "";
}

void
import_rest(struct import *im, struct import_node *node, size_t word)
{
	if (word < node->count)
		import_change(im, node, "ignored from \"%.40s\" on", node->word[word]);
}

/* What keepalived takes for no number because of what is behind it: it ignores the directive. */
static bool
has_tail(struct import *im, struct import_node *node, const char *tail)
{
	if (*tail == '\0')
		return false;
	import_drop(im, node, false,
	    "keepalived ignores it and takes the default, because of \"%.40s\" behind the number",
	    tail);
	return true;
}

/* The end of the number; NULL when there is none, or it is out of range, which is told. */
static const char *
read_number(struct import *im, struct import_node *node, size_t word, int64_t min, int64_t max,
    int64_t *out)
{
	const char *text = import_word(node, word);
	const bool negative = *text == '-';
	const char *digits = text + (negative || *text == '+');
	const size_t length = strspn(digits, "0123456789");
	int64_t value;

	if (length == 0) {
		import_drop(im, node, true, "%s%.40s%s",
		    *text == '\0' ? "the number is missing" : "\"", text,
		    *text == '\0' ? "" : "\" is no number");
		return NULL;
	}
	value = value_to_number(digits, length);
	if (negative)
		value = -value;
	if (value < min || value > max) {
		import_drop(im, node, true, "out of range: %" PRId64 " to %" PRId64, min, max);
		return NULL;
	}
	*out = value;
	return digits + length;
}

bool
import_number(struct import *im, struct import_node *node, size_t word, int64_t min, int64_t max,
    int64_t *out)
{
	int64_t value;
	const char *tail = read_number(im, node, word, min, max, &value);

	if (tail == NULL || has_tail(im, node, tail))
		return false;
	*out = value;
	return true;
}

bool
import_number_leniently(struct import *im, struct import_node *node, size_t word, int64_t min,
    int64_t max, int64_t *out)
{
	const char *tail = read_number(im, node, word, min, max, out);

	if (tail != NULL && *tail != '\0')
		import_change(im, node,
		    "\"%.40s\" behind the number is ignored; keepalived does not start with it",
		    tail);
	return tail != NULL;
}

bool
import_seconds(struct import *im, struct import_node *node, size_t word, int64_t unit_us,
    int64_t max, int64_t *out)
{
	const char *text = import_word(node, word);
	const size_t whole = strspn(text, "0123456789");
	const char *p = text + whole;
	size_t digits = 0;
	int64_t us, part = 0;

	if (*p == '.') {
		digits = strspn(++p, "0123456789");
		for (size_t i = 0; i < FRACTION_DIGITS; i++)
			part = part * 10 + (i < digits ? p[i] - '0' : 0);
		p += digits;
	}
	if (whole + digits == 0) {
		import_drop(im, node, true, "%s%.40s%s",
		    *text == '\0' ? "the time is missing" : "\"", text,
		    *text == '\0' ? "" : "\" is no time");
		return false;
	}
	us = value_to_number(text, whole);
	if (us > INT32_MAX || us * 1000000 / unit_us > max) {
		import_drop(im, node, true, "out of range: at most %" PRId64 " s",
		    max / (1000000 / unit_us));
		return false;
	}
	us = us * 1000000 + part;
	if (us % unit_us != 0 && unit_us == 1000)
		import_change(im, node, "rounded to milliseconds");
	if (has_tail(im, node, p))
		return false;
	*out = (us + unit_us / 2) / unit_us;
	return true;
}

bool
import_boolean(struct import *im, struct import_node *node, size_t word)
{
	static const char *const yes[] = {"on", "true", "yes", ""};
	static const char *const no[] = {"off", "false", "no"};
	const char *text = import_word(node, word);

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (strcasecmp(text, no[i]) == 0)
			return false;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (strcasecmp(text, yes[i]) == 0)
			return true;
	import_change(im, node, "\"%.40s\" is no boolean; taken for on", text);
	return true;
}

bool
import_address_is(const char *text, struct config_prefix *out)
{
	size_t length = strlen(text);
	char copy[VALUE_PREFIX_MAX];
	struct value_why why;

	while (length > 0 && strchr(",;", text[length - 1]) != NULL)
		length--;
	*out = (struct config_prefix){0};
	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return value_cidr(copy, out, &why) == 0;
}

bool
import_device(const char *text)
{
	return conf_interface_is_valid(text);
}
