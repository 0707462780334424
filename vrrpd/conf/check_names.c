/*
 * Names of checks, instances and groups: unique over all files, searched in sorted order, guessed;
 * config role and `vrrpd -n`.
 */
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/problem.h"

_Static_assert(offsetof(struct config_check, at) == offsetof(struct config_named, at), "named");
_Static_assert(offsetof(struct config_instance, at) == offsetof(struct config_named, at), "named");
_Static_assert(offsetof(struct config_group, at) == offsetof(struct config_named, at), "named");

static int
compare(const void *a, const void *b)
{
	const struct config_named *const *na = a, *const *nb = b;
	const int order = strcmp((*na)->name, (*nb)->name);

	return order != 0 ? order : problem_compare_places((*na)->at, (*nb)->at);
}

static int
compare_key(const void *name, const void *item)
{
	return strcmp(name, (*(const struct config_named *const *)item)->name);
}

/* Two in one file are duplicate keys, which yaml.c has seen. */
static void
check_twice(struct config *config, const struct check_names *names, const char *section)
{
	const struct config_named *first, *second;
	size_t i;

	for (i = 1; i < names->count; i++) {
		first = names->item[i - 1];
		second = names->item[i];
		if (strcmp(first->name, second->name) == 0)
			problem_error(config, second->at,
			    config_format(config, "%s.%s", section, second->name),
			    "is already defined at %s:%u", config->files.item[first->at.file]->name,
			    first->at.line);
	}
}

void
check_names_sort(struct config *config, const struct config_items *items, size_t size,
    const char *section, struct check_names *names)
{
	char *base = items->item;
	size_t i;

	names->count = items->count;
	names->item = check_scratch(config, items->count, sizeof(struct config_named *));
	for (i = 0; i < items->count; i++)
		names->item[i] = (struct config_named *)(void *)(base + i * size);
	qsort(names->item, names->count, sizeof(struct config_named *), compare);
	check_twice(config, names, section);
}

void *
check_names_find(const struct check_names *names, const char *name)
{
	struct config_named *const *found =
	    bsearch(name, names->item, names->count, sizeof(struct config_named *), compare_key);

	return found == NULL ? NULL : *found;
}

const char *
check_names_suggest(struct config *config, const struct check_names *names, const char *name)
{
	struct suggestion s;
	size_t i;

	suggestion_init(&s, name);
	/* No guesses for what will not be told: thousands of names times thousands of names. */
	for (i = 0; i < names->count && config->errors < PROBLEMS_MAX; i++)
		suggestion_offer(&s, names->item[i]->name);
	return config_format(config, "%s", suggestion_text(&s));
}
