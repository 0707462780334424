/*
 * What instances and groups depend on: that it is there, and what weights can do; config role and
 * `vrrpd -n`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/problem.h"

#define PRIORITY_MAX (VRRP_PRIORITY_OWNER - 1) /* and 1: what weights are kept within */

/* Tracks of an instance or of a group. */
struct tracker {
	const char *path;
	const struct config_instance *instance; /* NULL = a group */
	struct config_track *item;
	size_t count;
};

static void
check_object(struct config *config, const struct tracker *t, struct config_track *track,
    const struct check_names *checks)
{
	const bool has_interface = track->interface.text != NULL;

	if (track->check.text == NULL) {
		if (!has_interface)
			problem_error(
			    config, track->at, t->path, "names neither a check nor an interface");
		return;
	}
	if (has_interface) {
		problem_error(config, track->at, t->path,
		    "names a check and an interface; write them one after the other");
		return;
	}
	track->found = check_names_find(checks, track->check.text);
	if (track->found == NULL && !config->incomplete)
		problem_error(config, track->check.at, t->path, "there is no check \"%.80s\"%s",
		    track->check.text, check_names_suggest(config, checks, track->check.text));
}

static void
note_number(struct config_track *track)
{
	if (track->found != NULL && track->found->kind == CONF_CHECK_FILE &&
	    track->weight.value != 0)
		track->found->is_number = true;
}

static void
check_weight(struct config *config, const struct tracker *t, const struct config_track *track)
{
	const struct config_group *group = t->instance == NULL ? NULL : t->instance->group;

	if (track->weight.value == 0)
		return;
	if (group != NULL)
		problem_error(config, track->weight.at, t->path,
		    "\"%s\" is in group \"%s\": weights belong to sync-groups.%s.track",
		    t->instance->name, group->name, group->name);
	if (track->found != NULL && track->found->kind == CONF_CHECK_FILE &&
	    track->invert.value != 0)
		problem_error(config, track->invert.at, t->path,
		    "the number in a file cannot be inverted; write weight: %d instead",
		    (int)-track->weight.value);
}

/* A weight anywhere makes a number of what is in the file, for all that track it. */
static void
check_numbers(struct config *config, const struct tracker *t, const struct check_names *checks)
{
	(void)checks;
	for (size_t i = 0; i < t->count; i++) {
		const struct config_track *track = &t->item[i];

		if (track->found != NULL && track->found->is_number && track->weight.value == 0)
			problem_warning(config, track->at, t->path,
			    "\"%s\" has a weight elsewhere: the file must contain a number, and "
			    "anything else is a fault here",
			    track->found->name);
	}
}

static void
check_interface(struct config *config, const struct tracker *t, const struct config_track *track)
{
	const struct config_instance *in = t->instance;

	if (in != NULL && track->interface.text != NULL && in->interface.text != NULL &&
	    strcmp(track->interface.text, in->interface.text) == 0)
		problem_warning(config, track->at, t->path,
		    "%s is the interface of the instance: while it is down there is a fault anyway",
		    in->interface.text);
}

static const char *
object_of(const struct config_track *t)
{
	return t->check.text != NULL ? t->check.text : t->interface.text;
}

static struct config_at
object_at(const struct config_track *t)
{
	return t->check.text != NULL ? t->check.at : t->interface.at;
}

static int
compare_objects(const struct config_track *a, const struct config_track *b)
{
	if ((a->check.text != NULL) != (b->check.text != NULL))
		return a->check.text != NULL ? -1 : 1;
	return strcmp(object_of(a), object_of(b));
}

static int
compare_tracks(const void *a, const void *b)
{
	const struct config_track *const *ta = a, *const *tb = b;
	const int order = compare_objects(*ta, *tb);

	return order != 0 ? order : *ta < *tb ? -1 : *ta > *tb;
}

static void
check_twice(struct config *config, const struct tracker *t)
{
	const struct config_track **sorted;
	size_t i, count = 0;

	if (t->count < 2)
		return;
	sorted = check_scratch(config, t->count, sizeof(struct config_track *));
	for (i = 0; i < t->count; i++)
		if (object_of(&t->item[i]) != NULL)
			sorted[count++] = &t->item[i];
	qsort(sorted, count, sizeof(struct config_track *), compare_tracks);
	for (i = 1; i < count; i++)
		if (compare_objects(sorted[i], sorted[i - 1]) == 0)
			problem_error(config, object_at(sorted[i]), t->path,
			    "\"%.80s\" is listed twice", object_of(sorted[i]));
	free(sorted);
}

static void
check_tracker(struct config *config, const struct tracker *t, const struct check_names *checks)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		check_object(config, t, &t->item[i], checks);
		note_number(&t->item[i]);
		check_weight(config, t, &t->item[i]);
		check_interface(config, t, &t->item[i]);
	}
	check_twice(config, t);
}

static const char *
instance_path(struct config *config, const struct config_instance *in)
{
	return config_format(config, "instances.%s.track", in->name);
}

static const char *
group_path(struct config *config, const struct config_group *g)
{
	return config_format(config, "sync-groups.%s.track", g->name);
}

static void
each_tracker(struct config *config, const struct check_names *checks,
    void (*check)(struct config *, const struct tracker *, const struct check_names *))
{
	struct tracker t;
	size_t i;

	for (i = 0; i < config->instances.count; i++) {
		const struct config_instance *in = &config->instances.item[i];

		if (in->track.count == 0)
			continue;
		t = (struct tracker){
		    instance_path(config, in), in, in->track.item, in->track.count};
		check(config, &t, checks);
	}
	for (i = 0; i < config->groups.count; i++) {
		const struct config_group *g = &config->groups.item[i];

		t = (struct tracker){group_path(config, g), NULL, g->track.item, g->track.count};
		check(config, &t, checks);
	}
}

void
check_tracks(struct config *config, const struct check_names *checks)
{
	each_tracker(config, checks, check_tracker);
	each_tracker(config, checks, check_numbers);
}

/* ---- what weights can do ---- */

/* By how much all weights together can change a priority. */
struct reach {
	int64_t down; /* 0 or less */
	int64_t up;   /* 0 or more */
	bool weighted;
	bool unknown; /* it depends on a number in a file */
};

static struct reach
reach_of(const struct config_track *item, size_t count)
{
	struct reach r = {0};
	size_t i;

	for (i = 0; i < count; i++) {
		const int64_t weight = item[i].weight.value;

		if (!check_is_usable(&item[i].weight) || weight == 0)
			continue;
		r.weighted = true;
		if (item[i].found != NULL && item[i].found->kind == CONF_CHECK_FILE)
			r.unknown = true;
		else if (weight > 0)
			r.up += weight;
		else
			r.down += weight;
	}
	return r;
}

static int64_t
clamp(int64_t priority)
{
	return priority < 1 ? 1 : priority > PRIORITY_MAX ? PRIORITY_MAX : priority;
}

/* Says so when weights change nothing, or not all they are written to change. */
static void
judge_weights(struct config *config, struct config_at at, const char *path,
    const struct config_instance *in, struct reach r)
{
	const int64_t base = check_is_usable(&in->priority) ? in->priority.value : 0;
	const int64_t low = base + r.down, high = base + r.up;

	if (!r.weighted || base == 0)
		return;
	if (base == VRRP_PRIORITY_OWNER)
		problem_warning(config, at, path,
		    "weights change nothing: \"%s\" is an owner (priority 255)", in->name);
	else if (r.unknown)
		return;
	else if (clamp(low) == clamp(high))
		problem_warning(config, at, path,
		    "weights change nothing: the effective priority of \"%s\" is always %" PRId64,
		    in->name, clamp(low));
	else if (low < 1 || high > PRIORITY_MAX)
		problem_warning(config, at, path,
		    "all weights together take the priority of \"%s\" from %" PRId64 " to %" PRId64
		    ", but it is kept within 1 and %d: some of them can change nothing",
		    in->name, low, high, PRIORITY_MAX);
}

void
check_weights(struct config *config)
{
	struct reach r;
	size_t i, j;

	for (i = 0; i < config->instances.count; i++) {
		const struct config_instance *in = &config->instances.item[i];

		r = reach_of(in->track.item, in->track.count);
		if (r.weighted && in->group == NULL)
			judge_weights(config, in->track.at, instance_path(config, in), in, r);
	}
	for (i = 0; i < config->groups.count; i++) {
		const struct config_group *g = &config->groups.item[i];

		r = reach_of(g->track.item, g->track.count);
		for (j = 0; j < g->member_count; j++)
			judge_weights(config, g->track.at, group_path(config, g), g->member[j], r);
	}
}
