/*
 * Who of a fresh configuration is who of the running one: ids; config role. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf/merge_parts.h"

typedef int (*merge_compare)(const void *, const void *); /* of pointers to records */

/* How one of a kind is found again, and (NULL: always) whether what is found is still the same. */
struct merge_identity {
	enum conf_kind kind;
	merge_compare compare;
	bool (*is_same)(const struct merge *, const void *running, const void *fresh);
};

static int
compare_ids(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_runners(const void *a, const void *b)
{
	const struct conf_runner *x = *(const void *const *)a, *y = *(const void *const *)b;

	return x->uid != y->uid ? compare_ids(x->uid, y->uid) : compare_ids(x->gid, y->gid);
}

/* All that a command does but how long it may take and who runs it. */
static int
compare_deeds(const struct conf_command *x, const struct conf_command *y)
{
	const uint32_t a[] = {x->sandbox, x->argc, x->envc, x->writablec, x->text_length},
		       b[] = {y->sandbox, y->argc, y->envc, y->writablec, y->text_length};
	int order = memcmp(a, b, sizeof(a));

	return order != 0 ? order : memcmp(x->text, y->text, x->text_length);
}

static int
compare_commands(const void *a, const void *b)
{
	const struct conf_command *x = *(const void *const *)a, *y = *(const void *const *)b;

	if (x->runner != y->runner)
		return compare_ids(x->runner, y->runner);
	if (x->timeout_ms != y->timeout_ms)
		return compare_ids(x->timeout_ms, y->timeout_ms);
	return compare_deeds(x, y);
}

#define COMPARE_NAMES(lower) \
	static int compare_##lower##_names(const void *a, const void *b) \
	{ \
		const struct conf_##lower *x = *(const void *const *)a; \
		const struct conf_##lower *y = *(const void *const *)b; \
\
		return strcmp(x->name, y->name); \
	}
COMPARE_NAMES(group)
COMPARE_NAMES(instance)
COMPARE_NAMES(check)

/* ---- the same name is not always the same ---- */

/* One that is switched off ends as one that is removed does. */
static bool
is_same_instance(const struct merge *m, const void *running, const void *fresh)
{
	const struct conf_instance *r = running, *f = fresh;

	(void)m;
	return !r->enabled || f->enabled;
}

static bool
looks_at_same(const struct conf_check *r, const struct conf_check *f)
{
	return r->port == f->port && addr_equal(&r->addr, &f->addr) &&
	       strcmp(r->device, f->device) == 0 && r->count_min == f->count_min &&
	       r->count_max == f->count_max && r->expect == f->expect &&
	       r->free_percent == f->free_percent && r->free_bytes == f->free_bytes &&
	       r->set_by_uid == f->set_by_uid && r->text_length == f->text_length &&
	       memcmp(r->text, f->text, r->text_length) == 0;
}

/* How often, how long and how it is damped may change; what it looks at, and as whom, may not. */
static bool
is_same_check(const struct merge *m, const void *running, const void *fresh)
{
	const struct conf_check *r = running, *f = fresh;

	if (r->kind != f->kind || r->runner != merge_refer_runner(m, f->runner))
		return false;
	if (r->kind != CONF_CHECK_COMMAND)
		return looks_at_same(r, f);
	return compare_deeds(conf_find_command(m->running, r->command),
		   conf_find_command(m->fresh, f->command)) == 0;
}

/* What refers to others comes behind them. */
static const struct merge_identity identities[] = {
    {CONF_RUNNER, compare_runners, NULL},
    {CONF_COMMAND, compare_commands, NULL},
    {CONF_CHECK, compare_check_names, is_same_check},
    {CONF_GROUP, compare_group_names, NULL},
    {CONF_INSTANCE, compare_instance_names, is_same_instance},
};

/* ---- what of fresh is wanted: given is 1 until there is an id ---- */

static void
want(struct merge *m, uint32_t command, uint32_t runner)
{
	const struct conf *fresh = m->fresh;

	if (command != 0)
		m->given[CONF_COMMAND][conf_find_command(fresh, command) - fresh->command] = 1;
	if (runner != 0)
		m->given[CONF_RUNNER][conf_find_runner(fresh, runner) - fresh->runner] = 1;
}

static void
want_all(struct merge *m)
{
	const struct conf *fresh = m->fresh;
	const struct conf_hook *h;
	size_t i;

	for (i = 0; i < fresh->group_count; i++)
		m->given[CONF_GROUP][i] = !fresh->group[i].retiring;
	for (i = 0; i < fresh->instance_count; i++)
		m->given[CONF_INSTANCE][i] = !fresh->instance[i].retiring;
	for (i = 0; i < fresh->check_count; i++) {
		m->given[CONF_CHECK][i] = 1;
		want(m, fresh->check[i].command, fresh->check[i].runner);
	}
	for (i = 0; i < fresh->hook_count; i++) {
		h = &fresh->hook[i];
		if (merge_refer_instance(m, h->instance) != 0 ||
		    merge_refer_group(m, h->group) != 0)
			want(m, h->command, h->runner);
	}
}

/* ---- ids ---- */

static bool
is_retiring(enum conf_kind kind, const void *record)
{
	return (kind == CONF_GROUP && ((const struct conf_group *)record)->retiring) ||
	       (kind == CONF_INSTANCE && ((const struct conf_instance *)record)->retiring);
}

/* Pointers to what may go on, sorted; NULL with errno. To be freed. */
static const void **
sort_running(const struct merge *m, const struct merge_identity *how, size_t *count)
{
	const struct merge_array running = merge_array_of(m->running, how->kind);
	const void **sorted = calloc(running.count + 1, sizeof(*sorted)), *record;
	size_t i;

	*count = 0;
	if (sorted == NULL)
		return NULL;
	for (i = 0; i < running.count; i++) {
		record = running.base + i * running.size;
		if (!is_retiring(how->kind, record))
			sorted[(*count)++] = record;
	}
	qsort(sorted, *count, sizeof(*sorted), how->compare);
	return sorted;
}

/* The id of the running record that a fresh one continues, which goes on then; else a new one. */
static uint32_t
identify_record(struct merge *m, const struct merge_identity *how, const void **sorted,
    size_t count, const void *record)
{
	const struct merge_array running = merge_array_of(m->running, how->kind);
	union merge_record translated;
	const void *key = &translated, *const * found;
	uint32_t id;

	merge_translate(m, how->kind, record, &translated);
	found = bsearch(&key, sorted, count, sizeof(*sorted), how->compare);
	if (found == NULL || (how->is_same != NULL && !how->is_same(m, *found, record)))
		return ++m->last[how->kind];
	m->fate[how->kind][(size_t)((const char *)*found - running.base) / running.size] =
	    MERGE_GOES_ON;
	memcpy(&id, *found, sizeof(id));
	return id;
}

static int
identify_kind(struct merge *m, const struct merge_identity *how)
{
	const struct merge_array fresh = merge_array_of(m->fresh, how->kind);
	const void **sorted;
	size_t count, i;

	sorted = sort_running(m, how, &count);
	if (sorted == NULL)
		return -1;
	for (i = 0; i < fresh.count; i++)
		if (m->given[how->kind][i] != 0)
			m->given[how->kind][i] =
			    identify_record(m, how, sorted, count, fresh.base + i * fresh.size);
	free(sorted);
	return 0;
}

int
merge_identify(struct merge *m)
{
	const struct conf_global *g = &m->running->global;
	size_t i;

	m->last[CONF_GROUP] = g->last_group;
	m->last[CONF_INSTANCE] = g->last_instance;
	m->last[CONF_RUNNER] = g->last_runner;
	m->last[CONF_COMMAND] = g->last_command;
	m->last[CONF_CHECK] = g->last_check;
	want_all(m);
	for (i = 0; i < sizeof(identities) / sizeof(identities[0]); i++)
		if (identify_kind(m, &identities[i]) == -1)
			return -1;
	return 0;
}
