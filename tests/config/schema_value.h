/*
 * The JSON Schema of single values; make-schema only.
 */
#ifndef TESTS_CONFIG_SCHEMA_VALUE_H
#define TESTS_CONFIG_SCHEMA_VALUE_H

#include <jansson.h>

#include "vrrpd/conf/schema.h"

/* A new object about the value of a key; NULL when it is or may be a mapping with a table. */
json_t *schema_value(const struct schema_key *);

/* A new object that means another definition. */
json_t *schema_reference(const char *definition);

/* A list of these, as a new object. */
json_t *schema_list_of(json_t *item, json_int_t min);

/* The default of a key as YAML would read it, NULL when it has none of its own. */
json_t *schema_default(const struct schema_key *);

/* The pattern of the names of checks, instances and groups. */
extern const char schema_name_pattern[];

#endif
