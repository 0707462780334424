/*
 * make-schema vrrpd.yaml.5: prints the JSON Schema (draft-07) of the configuration, from the tables
 * that the parser goes by and the descriptions of the manual. etc/vrrpd.schema.json is its output; a
 * test says when it is not.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/config/manual_text.h"
#include "tests/config/schema_value.h"
#include "vrrpd/conf/schema.h"
#include "vrrpd/conf/value.h"

/* Where the manual describes the keys of a table. */
static const struct place {
	const struct schema_table *table;
	const char *section;
	const char
	    *parent; /* the key that the table is the value of, where it is described inside it */
} places[] = {
    {&schema_root, "Top level", NULL},
    {&schema_global, "Global", NULL},
    {&schema_scripts, "Global", "scripts"},
    {&schema_command, "Commands", NULL},
    {&schema_check, "Checks", NULL},
    {&schema_count, "Checks", "count"},
    {&schema_disk, "Checks", "disk"},
    {&schema_instance, "Instances", NULL},
    {&schema_authentication, "Instances", "authentication"},
    {&schema_announce, "Instances", "announce"},
    {&schema_address, "Addresses", NULL},
    {&schema_peer, "Peers", NULL},
    {&schema_route, "Routes", NULL},
    {&schema_rule, "Rules", NULL},
    {&schema_track, "Tracks", NULL},
    {&schema_notify, "Hooks", NULL},
    {&schema_group, "Sync groups", NULL},
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static json_t *definitions;

static const char *define(const struct schema_table *);

/* ---- descriptions ---- */

static const char *
text_of(const struct schema_table *table, const char *key)
{
	const char *text;
	size_t i;

	for (i = 0; i < PLACES; i++) {
		if (places[i].table != table)
			continue;
		text = manual_text(places[i].section, places[i].parent, key);
		/* what a check has of a command is described there */
		if (text == NULL && table == &schema_check)
			text = manual_text("Commands", NULL, key);
		if (text != NULL)
			return text;
	}
	errx(1, "vrrpd.yaml(5) has no description of %s in %s", key, table->name);
}

/* "Defaults for commands; mapping of:" ends before what the schema says itself. */
static json_t *
describe(const struct schema_table *table, const struct schema_key *key)
{
	static const char list_follows[] = "; mapping of:";
	char min[VALUE_DURATION_MAX], max[VALUE_DURATION_MAX];
	const char *text = text_of(table, key->name), *end = strstr(text, list_follows);

	if (end != NULL)
		return json_sprintf("%.*s.", (int)(end - text), text);
	if (key->type != SCHEMA_DURATION || key->max == INT64_MAX)
		return json_string(text);
	return json_sprintf("%s (%s to %s)", text, value_format_duration(key->min, min),
	    value_format_duration(key->max, max));
}

/* ---- values with a table ---- */

/* A path, a list of arguments, or a mapping. */
static json_t *
command(void)
{
	return json_pack("{s:[o, o]}", "anyOf", schema_value(&schema_command.keys[0]),
	    schema_reference(define(&schema_command)));
}

static json_t *
list(const struct schema_key *key)
{
	json_t *item = schema_reference(define(key->table));

	if (key->table->item != NULL)
		item = json_pack("{s:[o, o]}", "anyOf", schema_value(&key->table->keys[0]), item);
	return schema_list_of(item, key->empty != NULL);
}

static json_t *
named(const struct schema_table *table)
{
	return json_pack("{s:s, s:{s:s}, s:o}", "type", "object", "propertyNames", "pattern",
	    schema_name_pattern, "additionalProperties", schema_reference(define(table)));
}

/* Keys beside a reference would be ignored. */
static json_t *
whole(json_t *reference)
{
	return json_pack("{s:[o]}", "allOf", reference);
}

static json_t *
value(const struct schema_key *key)
{
	const bool is_named = key->type == SCHEMA_CHECKS || key->type == SCHEMA_INSTANCES ||
			      key->type == SCHEMA_GROUPS;

	if (key->type == SCHEMA_COMMAND)
		return command();
	if (key->type == SCHEMA_NOTIFY)
		return json_pack(
		    "{s:[o, o]}", "anyOf", command(), schema_reference(define(key->table)));
	if (key->type == SCHEMA_LIST)
		return list(key);
	if (is_named)
		return named(key->table);
	return key->table != NULL ? whole(schema_reference(define(key->table))) : schema_value(key);
}

/* ---- tables ---- */

static json_t *
property(const struct schema_table *table, const struct schema_key *key)
{
	json_t *object = json_pack("{s:o}", "description", describe(table, key));
	json_t *fallback = schema_default(key);

	json_object_update_new(object, value(key));
	if (fallback != NULL)
		json_object_set_new(object, "default", fallback);
	return object;
}

/* An alternative: the key is there. */
static void
allow(json_t *alternatives, const char *key)
{
	json_array_append_new(alternatives, json_pack("{s:[s]}", "required", key));
}

/* What must be there for a key that is not for all kinds of checks. */
static json_t *
kinds_of(const struct schema_key *key)
{
	json_t *alternatives = json_array();
	int kind;

	for (kind = 0; kind < CONF_CHECK_KINDS; kind++)
		if ((key->kinds & 1U << kind) != 0)
			allow(alternatives, schema_kind_name(kind));
	return json_pack("{s:o}", "anyOf", alternatives);
}

/* A check is of one kind, and its keys are for it. */
static void
add_kinds(json_t *object)
{
	json_t *kinds = json_array(), *dependencies = json_object();
	size_t i;

	for (i = 0; i < schema_check.count; i++) {
		const struct schema_key *key = &schema_check.keys[i];

		if (key->decides)
			allow(kinds, key->name);
		else if (key->kinds != 0)
			json_object_set_new(dependencies, key->name, kinds_of(key));
	}
	json_object_set_new(object, "oneOf", kinds);
	json_object_set_new(object, "dependencies", dependencies);
}

/* Of mappings where one key of several is required, which the tables do not say. */
static void
add_alternatives(json_t *object, const struct schema_table *table)
{
	static const struct {
		const struct schema_table *table;
		const char *rule;
		const char *key[6];
	} rules[] = {
	    {&schema_authentication, "oneOf", {"key-file", "key"}},
	    {&schema_track, "oneOf", {"check", "interface"}},
	    {&schema_rule, "anyOf", {"from", "to", "mark", "incoming", "outgoing"}},
	};
	json_t *alternatives;
	size_t i, k;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].table != table)
			continue;
		alternatives = json_array();
		for (k = 0; rules[i].key[k] != NULL; k++)
			allow(alternatives, rules[i].key[k]);
		json_object_set_new(object, rules[i].rule, alternatives);
	}
	if (table == &schema_check)
		add_kinds(object);
}

/* An instance may have what it requires from the defaults: the document says that of it. */
static json_t *
mapping(const struct schema_table *table)
{
	json_t *properties = json_object(), *required = json_array(), *object;
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct schema_key *key = &table->keys[i];

		if (key->type == SCHEMA_LATER)
			continue;
		json_object_set_new(properties, key->name, property(table, key));
		if (key->required && table != &schema_instance)
			json_array_append_new(required, json_string(key->name));
	}
	object = json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", false,
	    "properties", properties);
	if (json_array_size(required) > 0)
		json_object_set(object, "required", required);
	json_decref(required);
	add_alternatives(object, table);
	return object;
}

/* The name of the definition of a table, made when it is first needed. */
static const char *
define(const struct schema_table *table)
{
	const char *name = table->name + strlen("schema_");

	if (json_object_get(definitions, name) == NULL) {
		json_object_set_new(definitions, name, json_null());
		json_object_set_new(definitions, name, mapping(table));
	}
	return name;
}

/* Without the key in the defaults, each instance has it. */
static json_t *
required_of_instances(const char *key)
{
	return json_pack("{s:{s:{s:{s:[s]}}, s:[s]}, s:b, s:{s:{s:{s:{s:[s]}}}}}", "if",
	    "properties", "defaults", "required", key, "required", "defaults", "then", true, "else",
	    "properties", "instances", "additionalProperties", "required", key);
}

static json_t *
document(void)
{
	json_t *object = json_pack("{s:s, s:s, s:s}", "$schema",
	    "http://json-schema.org/draft-07/schema#", "title", "vrrpd.yaml", "$comment",
	    "Made by tests/config/make_schema.c from vrrpd/conf/schema.c and vrrpd/vrrpd.yaml.5.");
	json_t *required = json_array();
	size_t i;

	json_object_update_new(object, mapping(&schema_root));
	for (i = 0; i < schema_instance.count; i++)
		if (schema_instance.keys[i].required)
			json_array_append_new(
			    required, required_of_instances(schema_instance.keys[i].name));
	json_object_set_new(object, "allOf", required);
	json_object_set_new(object, "definitions", definitions);
	return object;
}

int
main(int argc, char **argv)
{
	json_t *schema;

	if (argc != 2) {
		fprintf(stderr, "usage: make-schema vrrpd.yaml.5\n");
		return 2;
	}
	if (manual_read(argv[1]) == -1)
		err(1, "%s", argv[1]);
	definitions = json_object();
	schema = document();
	if (json_dumpf(schema, stdout, JSON_INDENT(2)) == -1 || putchar('\n') == EOF ||
	    fflush(stdout) == EOF)
		err(1, "standard output");
	json_decref(schema);
	return 0;
}
