/*
 * A fresh configuration takes the place of the running one: allocation, and writing what the parts
 * decided; config role. Pure.
 */
#include "vrrpd/conf/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf/merge_parts.h"
#include "vrrpd/conf/vmac_name.h"

/* clang-format off */
struct merge_array
merge_array_of(const struct conf *conf, enum conf_kind kind)
{
	switch (kind) {
#define MERGE_ARRAY(lower, UPPER) \
	case CONF_##UPPER: \
		return (struct merge_array){ \
		    (const char *)conf->lower, conf->lower##_count, sizeof(*conf->lower)};
	CONF_KINDS(MERGE_ARRAY)
#undef MERGE_ARRAY
	case CONF_GLOBAL:
	case CONF_KIND_COUNT:
		break;
	}
	return (struct merge_array){NULL, 0, 0};
}

#define MERGE_REFER(lower, UPPER) \
	uint32_t merge_refer_##lower(const struct merge *m, uint32_t id) \
	{ \
		const struct conf_##lower *found = conf_find_##lower(m->fresh, id); \
		return found == NULL ? 0 : m->given[CONF_##UPPER][found - m->fresh->lower]; \
	} \
	uint8_t *merge_fate_of_##lower(const struct merge *m, uint32_t id) \
	{ \
		const struct conf_##lower *found = conf_find_##lower(m->running, id); \
		return found == NULL ? NULL : &m->fate[CONF_##UPPER][found - m->running->lower]; \
	}
MERGE_REFERENCES(MERGE_REFER)
/* clang-format on */

/* ---- fresh records under their new ids ---- */

static bool
translate_object(const struct merge *m, enum conf_kind kind, uint32_t given, union merge_record *r)
{
	memcpy(r, &given, sizeof(given)); /* the id is first in each of them */
	if (kind == CONF_INSTANCE)
		r->instance.group = merge_refer_group(m, r->instance.group);
	if (kind == CONF_COMMAND)
		r->command.runner = merge_refer_runner(m, r->command.runner);
	if (kind == CONF_CHECK) {
		r->check.runner = merge_refer_runner(m, r->check.runner);
		r->check.command = merge_refer_command(m, r->check.command);
	}
	return given != 0;
}

static bool
translate_track(const struct merge *m, struct conf_track *t)
{
	t->instance = merge_refer_instance(m, t->instance);
	t->group = merge_refer_group(m, t->group);
	t->check = merge_refer_check(m, t->check);
	return t->instance != 0 || t->group != 0;
}

static bool
translate_hook(const struct merge *m, struct conf_hook *h)
{
	h->instance = merge_refer_instance(m, h->instance);
	h->group = merge_refer_group(m, h->group);
	h->command = merge_refer_command(m, h->command);
	h->runner = merge_refer_runner(m, h->runner);
	return h->instance != 0 || h->group != 0;
}

bool
merge_translate(
    const struct merge *m, enum conf_kind kind, const void *record, union merge_record *r)
{
	const struct merge_array fresh = merge_array_of(m->fresh, kind);
	uint32_t owner;

	memcpy(r, record, conf_record_size(kind, record));
	switch (kind) {
	case CONF_GROUP:
	case CONF_INSTANCE:
	case CONF_RUNNER:
	case CONF_COMMAND:
	case CONF_CHECK:
		return translate_object(m, kind,
		    m->given[kind][(size_t)((const char *)record - fresh.base) / fresh.size], r);
	case CONF_ADDRESS:
	case CONF_PEER:
	case CONF_ROUTE:
	case CONF_RULE:
		owner = merge_refer_instance(m, r->address.instance); /* first in each of them */
		memcpy(r, &owner, sizeof(owner));
		return owner != 0;
	case CONF_TRACK:
		return translate_track(m, &r->track);
	case CONF_HOOK:
		return translate_hook(m, &r->hook);
	case CONF_GLOBAL:
	case CONF_KIND_COUNT:
		break;
	}
	return false;
}

_Static_assert(offsetof(struct conf_address, instance) == 0, "instance first");
_Static_assert(offsetof(struct conf_peer, instance) == 0, "instance first");
_Static_assert(offsetof(struct conf_route, instance) == 0, "instance first");
_Static_assert(offsetof(struct conf_rule, instance) == 0, "instance first");

/* ---- writing ---- */

/* Where a record belongs among those of its kind, and which one it is. */
struct merge_item {
	uint32_t key[3];
	size_t sequence; /* keeps the order of the file */
	const void *record;
	bool is_running;
};

static int
compare_items(const void *a, const void *b)
{
	const struct merge_item *x = a, *y = b;
	size_t i;

	for (i = 0; i < sizeof(x->key) / sizeof(x->key[0]); i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* Ids ascending; what belongs to groups behind what belongs to instances. */
static void
set_key(enum conf_kind kind, const union merge_record *r, uint32_t key[3])
{
	memcpy(&key[0], r, sizeof(key[0]));
	key[1] = kind == CONF_TRACK ? r->track.group : kind == CONF_HOOK ? r->hook.group : 0;
	key[2] = kind == CONF_HOOK ? r->hook.slot : 0;
	if (key[0] == 0)
		key[0] = UINT32_MAX;
}

static bool
translate_item(const struct merge *m, enum conf_kind kind, const struct merge_item *item,
    union merge_record *r)
{
	return item->is_running ? merge_translate_running(m, kind, item->record, r)
				: merge_translate(m, kind, item->record, r);
}

/* Appends those of one side to items, which has room; returns how many there are then. */
static size_t
collect_side(const struct merge *m, enum conf_kind kind, bool is_running, struct merge_item *items,
    size_t count)
{
	const struct merge_array side = merge_array_of(is_running ? m->running : m->fresh, kind);
	union merge_record r;
	size_t i;

	for (i = 0; i < side.count; i++) {
		items[count] = (struct merge_item){.sequence = count,
		    .record = side.base + i * side.size,
		    .is_running = is_running};
		if (translate_item(m, kind, &items[count], &r))
			set_key(kind, &r, items[count++].key);
	}
	return count;
}

static int
write_kind(struct merge *m, enum conf_kind kind)
{
	const size_t most =
	    merge_array_of(m->running, kind).count + merge_array_of(m->fresh, kind).count;
	struct merge_item *items = calloc(most + 1, sizeof(*items));
	union merge_record r;
	size_t count, i;
	int result = 0;

	if (items == NULL)
		return -1;
	count = collect_side(m, kind, true, items, 0);
	count = collect_side(m, kind, false, items, count);
	qsort(items, count, sizeof(*items), compare_items);
	for (i = 0; i < count && result == 0; i++) {
		translate_item(m, kind, &items[i], &r);
		result = conf_append(m->out, kind, &r, conf_record_size(kind, &r), false);
	}
	free(items);
	return result;
}

static int
write_global(const struct merge *m)
{
	struct conf_global g = m->fresh->global;

	g.last_group = m->last[CONF_GROUP];
	g.last_instance = m->last[CONF_INSTANCE];
	g.last_runner = m->last[CONF_RUNNER];
	g.last_command = m->last[CONF_COMMAND];
	g.last_check = m->last[CONF_CHECK];
	return conf_append(m->out, CONF_GLOBAL, &g, sizeof(g), false);
}

static int
write_all(struct merge *m)
{
	int kind;

	if (write_global(m) == -1 || write_kind(m, CONF_GROUP) == -1 ||
	    write_kind(m, CONF_INSTANCE) == -1)
		return -1;
	vmac_name_instances(m->running, m->out);
	if (merge_find_collisions(m) == -1)
		return -1;
	for (kind = CONF_INSTANCE + 1; kind < CONF_KIND_COUNT; kind++)
		if (write_kind(m, (enum conf_kind)kind) == -1)
			return -1;
	return 0;
}

/* ---- memory ---- */

static int
allocate(struct merge *m)
{
	size_t kind;

	for (kind = 0; kind < CONF_KIND_COUNT; kind++) {
		m->given[kind] = calloc(merge_array_of(m->fresh, (enum conf_kind)kind).count + 1,
		    sizeof(*m->given[kind]));
		m->fate[kind] = calloc(merge_array_of(m->running, (enum conf_kind)kind).count + 1,
		    sizeof(*m->fate[kind]));
		if (m->given[kind] == NULL || m->fate[kind] == NULL)
			return -1;
	}
	m->cut = calloc(m->running->instance_count + 1, sizeof(*m->cut));
	m->place = calloc(m->fresh->address_count + 1, sizeof(*m->place));
	return m->cut == NULL || m->place == NULL ? -1 : 0;
}

static void
release(struct merge *m)
{
	size_t kind;

	for (kind = 0; kind < CONF_KIND_COUNT; kind++) {
		free(m->given[kind]);
		free(m->fate[kind]);
	}
	free(m->cut);
	free(m->place);
}

int
merge_conf(const struct conf *running, const struct msg_retired *retired, size_t retired_count,
    const struct conf *fresh, struct conf *out)
{
	struct merge m = {.running = running,
	    .fresh = fresh,
	    .retired = retired,
	    .retired_count = retired_count,
	    .out = out};
	int result = -1, saved;

	conf_init(out);
	if (allocate(&m) == 0 && merge_identify(&m) == 0) {
		merge_retire(&m);
		result = write_all(&m);
	}
	saved = errno;
	release(&m);
	if (result == -1)
		conf_free(out);
	errno = saved;
	return result;
}
