/*
 * vrrpd.yaml(5) describes the keys that the parser has, each in its section, and no others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf/schema.h"

#define KEYS_MAX 64
#define KEY_MAX 32

/* What is described in a section, and the tables that it is about. */
struct section {
	const char *title;
	const struct schema_table *table[4];
	size_t count;
	char keys[KEYS_MAX][KEY_MAX];
};

static struct section sections[] = {
    {.title = "Top level", .table = {&schema_root}},
    {.title = "Global", .table = {&schema_global, &schema_scripts}},
    {.title = "Commands", .table = {&schema_command}},
    {.title = "Checks", .table = {&schema_check, &schema_count, &schema_disk}},
    {.title = "Instances", .table = {&schema_instance, &schema_authentication, &schema_announce}},
    {.title = "Addresses", .table = {&schema_address}},
    {.title = "Peers", .table = {&schema_peer}},
    {.title = "Routes", .table = {&schema_route}},
    {.title = "Rules", .table = {&schema_rule}},
    {.title = "Tracks", .table = {&schema_track}},
    {.title = "Hooks", .table = {&schema_notify}},
    {.title = "Sync groups", .table = {&schema_group}},
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static struct section *
find_section(const char *title)
{
	size_t i;

	for (i = 0; i < SECTIONS; i++)
		if (strcmp(sections[i].title, title) == 0)
			return &sections[i];
	return NULL;
}

/* The words behind ".It Ic" up to the colon: "run-as , sandbox". */
static void
take_item(struct section *s, char *words)
{
	char *word, *rest;

	for (word = strtok_r(words, " ", &rest); word != NULL && strcmp(word, ":") != 0;
	     word = strtok_r(NULL, " ", &rest)) {
		if (strcmp(word, ",") == 0)
			continue;
		assert_true(s->count < KEYS_MAX && strlen(word) < KEY_MAX);
		strcpy(s->keys[s->count++], word);
	}
}

static int
read_manual(void **state)
{
	FILE *file = fopen(MANUAL_FILE, "r");
	struct section *section = NULL;
	char line[1024];

	(void)state;
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Ss ", 4) == 0)
			section = find_section(line + 4);
		else if (strncmp(line, ".Sh ", 4) == 0)
			section = NULL;
		else if (section != NULL && strncmp(line, ".It Ic ", 7) == 0)
			take_item(section, line + 7);
	}
	fclose(file);
	return 0;
}

static bool
is_described(const struct section *s, const char *key)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strcmp(s->keys[i], key) == 0)
			return true;
	return false;
}

static void
test_every_key_is_described(void **state)
{
	const struct schema_table *table;
	size_t i, t, k;

	(void)state;
	for (i = 0; i < SECTIONS; i++)
		for (t = 0; (table = sections[i].table[t]) != NULL; t++)
			for (k = 0; k < table->count; k++)
				if (table->keys[k].type != SCHEMA_LATER &&
				    !is_described(&sections[i], table->keys[k].name))
					fail_msg("%s: %s is not described", sections[i].title,
					    table->keys[k].name);
}

static bool
is_known(const struct section *s, const char *key)
{
	const struct schema_key *found;
	size_t t;

	for (t = 0; s->table[t] != NULL; t++) {
		found = schema_find(s->table[t], key);
		if (found != NULL && found->type != SCHEMA_LATER)
			return true;
	}
	return false;
}

static void
test_every_described_key_is_known(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < SECTIONS; i++) {
		assert_true(sections[i].count > 0);
		for (k = 0; k < sections[i].count; k++)
			if (!is_known(&sections[i], sections[i].keys[k]))
				fail_msg("%s: there is no key %s", sections[i].title,
				    sections[i].keys[k]);
	}
}

/* Whether one of the sections is about a table. */
static bool
is_covered(const struct schema_table *table)
{
	size_t i, t;

	for (i = 0; i < SECTIONS; i++)
		for (t = 0; sections[i].table[t] != NULL; t++)
			if (sections[i].table[t] == table)
				return true;
	return false;
}

static void
assert_covered(const struct schema_table *table)
{
	size_t k;

	if (!is_covered(table))
		fail_msg("no section is about %s", table->name);
	for (k = 0; k < table->count; k++)
		if (table->keys[k].table != NULL)
			assert_covered(table->keys[k].table);
}

static void
test_every_table_has_a_section(void **state)
{
	(void)state;
	assert_covered(&schema_root);
	assert_covered(&schema_command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_key_is_described),
	    cmocka_unit_test(test_every_described_key_is_known),
	    cmocka_unit_test(test_every_table_has_a_section),
	};

	return cmocka_run_group_tests(tests, read_manual, NULL);
}
