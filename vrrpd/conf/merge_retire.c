/*
 * What is not configured any more: what of it stays until it has ended, and without what, so that it
 * is in nobody's way; config role. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "vrrpd/conf/merge_parts.h"

/* ---- who stays ---- */

static void
mark_retired(struct merge *m)
{
	uint8_t *fate;
	size_t i;

	for (i = 0; i < m->retired_count; i++) {
		fate = merge_fate_of_instance(m, m->retired[i].instance);
		if (fate != NULL && *fate == MERGE_ENDS)
			*fate = MERGE_RETIRED;
		fate = merge_fate_of_group(m, m->retired[i].group);
		if (fate != NULL && *fate == MERGE_ENDS)
			*fate = MERGE_RETIRED;
	}
}

/* One that never spoke has nothing to end. */
static void
retire_instances(struct merge *m)
{
	uint8_t *fate = m->fate[CONF_INSTANCE];
	size_t i;

	for (i = 0; i < m->running->instance_count; i++)
		if (fate[i] == MERGE_ENDS && m->running->instance[i].enabled)
			fate[i] = MERGE_STAYS;
}

/* What only ends has no use for the others. */
static bool
is_last_hook(const struct conf_hook *h)
{
	return h->slot == CONF_HOOK_STOP || h->slot == CONF_HOOK_ALL;
}

/* With its members while all of them end … */
static void
retire_groups_with_members(struct merge *m)
{
	const struct conf *running = m->running;
	uint8_t *fate;
	size_t i;

	for (i = 0; i < running->instance_count; i++) {
		fate = merge_fate_of_group(m, running->instance[i].group);
		if (fate == NULL || (*fate != MERGE_ENDS && *fate != MERGE_STAYS))
			continue;
		if (m->fate[CONF_INSTANCE][i] == MERGE_GOES_ON)
			*fate = MERGE_LEFT;
		else if (m->fate[CONF_INSTANCE][i] == MERGE_STAYS)
			*fate = MERGE_STAYS;
	}
}

/* … and for its hook. */
static void
retire_groups_with_hooks(struct merge *m)
{
	uint8_t *fate;
	size_t i;

	for (i = 0; i < m->running->hook_count; i++) {
		fate = merge_fate_of_group(m, m->running->hook[i].group);
		if (fate == NULL || !is_last_hook(&m->running->hook[i]))
			continue;
		if (*fate == MERGE_ENDS)
			*fate = MERGE_STAYS;
		else if (*fate == MERGE_LEFT)
			*fate = MERGE_EMPTY;
	}
}

static bool
is_hook_of_staying(const struct merge *m, const struct conf_hook *h)
{
	const uint8_t *fate = h->instance != 0 ? merge_fate_of_instance(m, h->instance)
					       : merge_fate_of_group(m, h->group);

	return is_last_hook(h) && (*fate == MERGE_STAYS || *fate == MERGE_EMPTY);
}

static void
keep_what_hooks_need(struct merge *m)
{
	const struct conf_hook *h;
	uint8_t *fate;
	size_t i;

	for (i = 0; i < m->running->hook_count; i++) {
		h = &m->running->hook[i];
		if (!is_hook_of_staying(m, h))
			continue;
		fate = merge_fate_of_command(m, h->command);
		if (*fate == MERGE_ENDS)
			*fate = MERGE_STAYS;
		fate = merge_fate_of_runner(m, h->runner);
		if (*fate == MERGE_ENDS)
			*fate = MERGE_STAYS;
	}
}

void
merge_retire(struct merge *m)
{
	mark_retired(m);
	retire_instances(m);
	retire_groups_with_members(m);
	retire_groups_with_hooks(m);
	keep_what_hooks_need(m);
}

/* ---- what it keeps ---- */

/* Its addresses are on the same interface as another one's. */
static const char *
device_of(const struct conf_address *a, const struct conf_instance *in)
{
	if (a->device[0] != '\0')
		return a->device;
	return in->virtual_mac ? in->virtual_interface : in->interface;
}

static void
place_of(const struct conf_address *a, const struct conf_instance *in, struct merge_place *place)
{
	*place = (struct merge_place){.addr = a->addr};
	strlcpy(place->device, device_of(a, in), sizeof(place->device));
}

static int
compare_places(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct merge_place));
}

/* Who speaks as the same virtual router; pointers to instances. */
static int
compare_routers(const void *a, const void *b)
{
	const struct conf_instance *x = *(const void *const *)a, *y = *(const void *const *)b;
	int order = strcmp(x->interface, y->interface);

	if (order != 0)
		return order;
	return x->family != y->family ? x->family - y->family : x->vrid - y->vrid;
}

static void
find_places(struct merge *m)
{
	const struct conf_instance *in;
	const struct conf_address *a;
	size_t i;

	for (i = 0; i < m->fresh->address_count; i++) {
		a = &m->fresh->address[i];
		in = conf_find_instance(m->out, merge_refer_instance(m, a->instance));
		if (in != NULL && in->enabled)
			place_of(a, in, &m->place[m->place_count++]);
	}
	qsort(m->place, m->place_count, sizeof(*m->place), compare_places);
}

/* Those of out that speak, sorted by what they speak as; NULL with errno. To be freed. */
static const void **
sort_speakers(const struct conf *out, size_t *count)
{
	const void **sorted = calloc(out->instance_count + 1, sizeof(*sorted));
	size_t i;

	*count = 0;
	if (sorted == NULL)
		return NULL;
	for (i = 0; i < out->instance_count; i++)
		if (!out->instance[i].retiring && out->instance[i].enabled)
			sorted[(*count)++] = &out->instance[i];
	qsort(sorted, *count, sizeof(*sorted), compare_routers);
	return sorted;
}

/* The successor is here: there is nothing to hand over. */
static int
cut_instances(struct merge *m)
{
	const void **sorted, *key;
	struct conf_instance *in;
	size_t count, i;

	sorted = sort_speakers(m->out, &count);
	if (sorted == NULL)
		return -1;
	for (i = 0; i < m->out->instance_count; i++) {
		in = &m->out->instance[i];
		key = in;
		if (!in->retiring ||
		    bsearch(&key, sorted, count, sizeof(*sorted), compare_routers) == NULL)
			continue;
		in->handover = CONF_HANDOVER_IMMEDIATE;
		m->cut[conf_find_instance(m->running, in->id) - m->running->instance] = true;
	}
	free(sorted);
	return 0;
}

int
merge_find_collisions(struct merge *m)
{
	find_places(m);
	return cut_instances(m);
}

static bool
keeps_address(const struct merge *m, const struct conf_instance *in, const struct conf_address *a)
{
	struct merge_place place;

	place_of(a, in, &place);
	return bsearch(&place, m->place, m->place_count, sizeof(place), compare_places) == NULL;
}

static bool
translate_instance(const struct merge *m, struct conf_instance *in)
{
	const uint8_t *group = merge_fate_of_group(m, in->group);

	in->retiring = 1;
	if (group == NULL || *group != MERGE_STAYS)
		in->group = 0;
	return *merge_fate_of_instance(m, in->id) == MERGE_STAYS;
}

static bool
translate_group(const struct merge *m, struct conf_group *g)
{
	const uint8_t fate = *merge_fate_of_group(m, g->id);

	g->retiring = 1;
	return fate == MERGE_STAYS || fate == MERGE_EMPTY;
}

/* What an instance has besides hooks. */
static bool
keeps_part(const struct merge *m, enum conf_kind kind, const union merge_record *r)
{
	const struct conf_instance *in =
	    conf_find_instance(m->running, r->address.instance); /* first in each of them */
	const size_t i = (size_t)(in - m->running->instance);

	if (m->fate[CONF_INSTANCE][i] != MERGE_STAYS)
		return false;
	if (kind == CONF_PEER)
		return true;
	return !m->cut[i] && (kind != CONF_ADDRESS || keeps_address(m, in, &r->address));
}

bool
merge_translate_running(
    const struct merge *m, enum conf_kind kind, const void *record, union merge_record *r)
{
	memcpy(r, record, conf_record_size(kind, record));
	switch (kind) {
	case CONF_GROUP:
		return translate_group(m, &r->group);
	case CONF_INSTANCE:
		return translate_instance(m, &r->instance);
	case CONF_ADDRESS:
	case CONF_PEER:
	case CONF_ROUTE:
	case CONF_RULE:
		return keeps_part(m, kind, r);
	case CONF_RUNNER:
		return *merge_fate_of_runner(m, r->runner.id) == MERGE_STAYS;
	case CONF_COMMAND:
		return *merge_fate_of_command(m, r->command.id) == MERGE_STAYS;
	case CONF_HOOK:
		return is_hook_of_staying(m, &r->hook);
	case CONF_CHECK:
	case CONF_TRACK:
	case CONF_GLOBAL:
	case CONF_KIND_COUNT:
		break;
	}
	return false;
}
