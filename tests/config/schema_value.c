/*
 * Types of vrrpd/conf/schema.h -> JSON Schema; make-schema only. What a pattern cannot say (the range
 * of a duration, an address that is no host's) is left to `vrrpd -n`.
 */
#include "tests/config/schema_value.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "vrrpd/conf/value.h"

#define NAME "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define IPV4 "(" OCTET "\\.){3}" OCTET
#define IPV6 "[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(:?" IPV4 ")?"
#define LENGTH4 "([1-9]|[12][0-9]|3[0-2])"
#define LENGTH6 "([1-9]|[1-9][0-9]|1[01][0-9]|12[0-8])"
#define CIDR "(" IPV4 "(/" LENGTH4 ")?|" IPV6 "(/" LENGTH6 ")?)"
#define NETWORK "(" IPV4 "(/(0|" LENGTH4 "))?|" IPV6 "(/(0|" LENGTH6 "))?)"
#define SERVER "(" IPV4 "|\\[" IPV6 "\\])"
#define WORD32 "(0[xX][0-9A-Fa-f]{1,8}|0|[1-9][0-9]{0,9})"
#define NO_CONTROL "[^\\x00-\\x1f\\x7f]+"
#define DURATION "[0-9]+(\\.[0-9]+)?(ms|s|m|h)"
#define NOT_ZERO "(?!0+(\\.0+)?(ms|s|m|h)$)"

const char schema_name_pattern[] = "^" NAME "$";

/* By type, of those that are told by a pattern alone. */
static const char *const patterns[] = {
    [SCHEMA_NAME] = schema_name_pattern,
    [SCHEMA_TEXT] = "^" NO_CONTROL "$",
    [SCHEMA_SECRET] = "^" NO_CONTROL "$",
    [SCHEMA_USER] = "^[^ \\t/:]{1,31}(:[^ \\t/:]+)?$",
    [SCHEMA_LOGIN] = "^[^ \\t/:]{1,31}$",
    [SCHEMA_INTERFACE] = "^(?!\\.{1,2}$)(?![^/:]*[/:])[!-~]{1,15}$",
    [SCHEMA_LABEL] = "^[!-~]{1,15}$",
    [SCHEMA_PROCESS] = "^(?!.*/)" NO_CONTROL "$",
    [SCHEMA_PATH] = "^/",
    [SCHEMA_ADDRESS] = "^(" IPV4 "|" IPV6 ")$",
    [SCHEMA_CIDR] = "^" CIDR "$",
    [SCHEMA_NETWORK] = "^" NETWORK "$",
    [SCHEMA_DESTINATION] = "^(default|" NETWORK ")$",
    [SCHEMA_SERVER] = "^" SERVER ":[1-9][0-9]{0,4}$",
    [SCHEMA_URL] = "^http://" SERVER "(:[1-9][0-9]{0,4})?(/[!-\"$-~]*)?$",
    [SCHEMA_FREE] = "^(0*([1-9][0-9]?|100)%|0*[1-9][0-9]*[KMGT])$",
};

json_t *
schema_reference(const char *definition)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s", definition));
}

json_t *
schema_list_of(json_t *item, json_int_t min)
{
	json_t *list = json_pack("{s:s, s:o}", "type", "array", "items", item);

	if (min > 0)
		json_object_set_new(list, "minItems", json_integer(min));
	return list;
}

static json_t *
string(const char *pattern, json_int_t longest)
{
	json_t *value = json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);

	if (longest > 0)
		json_object_set_new(value, "maxLength", json_integer(longest));
	return value;
}

/* Text, which YAML may take for a number or a boolean where it is not quoted. */
static json_t *
scalar(const char *pattern, json_int_t longest)
{
	json_t *value = json_pack("{s:[sss]}", "type", "string", "number", "boolean");

	if (pattern != NULL)
		json_object_set_new(value, "pattern", json_string(pattern));
	if (longest > 0)
		json_object_set_new(value, "maxLength", json_integer(longest));
	return value;
}

static json_t *
words(const struct schema_key *key)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; key->words[i] != NULL; i++)
		json_array_append_new(list, json_string(key->words[i]));
	return json_pack("{s:o}", "enum", list);
}

/* A program and its arguments: one path, which has no blanks, or a list. */
static json_t *
argv(void)
{
	return json_pack("{s:[o, {s:s, s:i, s:[o], s:o}]}", "anyOf", string("^/[^ \\t\\n]+$", 0),
	    "type", "array", "minItems", 1, "items", string("^/.", 0), "additionalItems",
	    scalar(NULL, 0));
}

static json_t *
environment(void)
{
	return json_pack("{s:s, s:{s:s}, s:o}", "type", "object", "propertyNames", "pattern",
	    "^(?!VRRP_)[A-Za-z_][A-Za-z0-9_]{0,254}$", "additionalProperties", scalar(NULL, 0));
}

static json_t *
routing_table(void)
{
	return json_pack("{s:[{s:s, s:i, s:I}, {s:[s]}]}", "anyOf", "type", "integer", "minimum", 1,
	    "maximum", (json_int_t)UINT32_MAX, "enum", "main");
}

static json_t *
mark(void)
{
	return json_pack("{s:[{s:s, s:i, s:I}, o]}", "anyOf", "type", "integer", "minimum", 0,
	    "maximum", (json_int_t)UINT32_MAX, string("^" WORD32 "(/" WORD32 ")?$", 0));
}

json_t *
schema_value(const struct schema_key *key)
{
	switch (key->type) {
	case SCHEMA_BOOLEAN:
		/* what decides the kind of a check is there or not */
		return key->decides ? json_pack("{s:[b]}", "enum", true)
				    : json_pack("{s:s}", "type", "boolean");
	case SCHEMA_INTEGER:
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
		    (json_int_t)key->min, "maximum", (json_int_t)key->max);
	case SCHEMA_DURATION:
		return string(key->min > 0 ? "^" NOT_ZERO DURATION "$" : "^" DURATION "$", 0);
	case SCHEMA_WORD:
		return words(key);
	case SCHEMA_ROUTING:
		return routing_table();
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_SECRET:
	case SCHEMA_USER:
	case SCHEMA_LOGIN:
	case SCHEMA_INTERFACE:
	case SCHEMA_LABEL:
	case SCHEMA_PROCESS:
		return scalar(patterns[key->type], key->max);
	case SCHEMA_PATH:
		return string(patterns[key->type], CONF_PATH_MAX - 1);
	case SCHEMA_ADDRESS:
	case SCHEMA_CIDR:
	case SCHEMA_NETWORK:
	case SCHEMA_DESTINATION:
	case SCHEMA_SERVER:
	case SCHEMA_URL:
	case SCHEMA_FREE:
		return string(patterns[key->type], 0);
	case SCHEMA_MARK:
		return mark();
	case SCHEMA_ARGV:
		return argv();
	case SCHEMA_PATHS:
		return schema_list_of(string(patterns[SCHEMA_PATH], 0), 0);
	case SCHEMA_PATTERNS:
		return schema_list_of(scalar(patterns[SCHEMA_TEXT], 0), 0);
	case SCHEMA_NAMES:
		return schema_list_of(scalar(patterns[SCHEMA_NAME], 0), 2);
	case SCHEMA_ENVIRONMENT:
		return environment();
	case SCHEMA_LATER:
	case SCHEMA_MAIN:
	case SCHEMA_COMMAND:
	case SCHEMA_AUTHENTICATION:
	case SCHEMA_NOTIFY:
	case SCHEMA_MAP:
	case SCHEMA_DEFAULTS:
	case SCHEMA_LIST:
	case SCHEMA_CHECKS:
	case SCHEMA_INSTANCES:
	case SCHEMA_GROUPS:
		break;
	}
	return NULL;
}

json_t *
schema_default(const struct schema_key *key)
{
	const bool ranged = key->type == SCHEMA_INTEGER || key->type == SCHEMA_DURATION;
	char duration[VALUE_DURATION_MAX];

	if (!schema_is_number(key) || key->required || key->decides ||
	    key->fallback == CONFIG_INHERITED)
		return NULL;
	if (ranged && (key->fallback < key->min || key->fallback > key->max))
		return NULL;
	if (key->type == SCHEMA_BOOLEAN)
		return json_boolean(key->fallback);
	if (key->type == SCHEMA_WORD)
		return json_string(key->words[key->fallback]);
	if (key->type == SCHEMA_DURATION)
		return json_string(value_format_duration(key->fallback, duration));
	if (key->type == SCHEMA_ROUTING)
		return json_string("main");
	return json_integer(key->fallback);
}
