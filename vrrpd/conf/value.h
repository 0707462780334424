/*
 * Scalars and what they mean; pure. The messages know what YAML does to unquoted words.
 */
#ifndef VRRPD_CONF_VALUE_H
#define VRRPD_CONF_VALUE_H

#include "vrrpd/conf/yaml.h"

#define VALUE_WHY_MAX 256
#define VALUE_DURATION_MAX 24 /* characters of a formatted duration, with NUL */

/* Why a value is none. */
struct value_why {
	char text[VALUE_WHY_MAX];
};

/* "~", "null" or nothing at all, unquoted. */
bool value_is_null(const struct node *);

/* Tells why. Returns -1. */
int value_because(struct value_why *, const char *, ...) __attribute__((format(printf, 2, 3)));

/* One decimal digit at least, and nothing else. */
bool value_is_digits(const char *);

/* So many digits as a number, INT64_MAX when it is larger. */
int64_t value_to_number(const char *digits, size_t length);

/* Each returns -1 and tells why when the scalar is not such a value. */
int value_boolean(const struct node *, int64_t *, struct value_why *);
int value_integer(const struct node *, int64_t *, struct value_why *);    /* saturates */
int value_duration(const struct node *, int64_t *ms, struct value_why *); /* saturates */

/* "1.5s": the largest unit that needs no fraction, seconds otherwise. Returns buffer. */
const char *value_format_duration(int64_t ms, char buffer[VALUE_DURATION_MAX]);

/* What a node is, for "must be …, not a list". */
const char *value_kind(const struct node *);

/* A mapping whose first key is a piece of an address: "- 2001:db8::" unquoted. */
bool value_is_split_address(const struct node *);

#endif
