/*
 * What the values of a configuration say about each other; config role and `vrrpd -n`. The parts are
 * in check_*.c.
 */
#include "vrrpd/conf/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/complete.h"
#include "vrrpd/conf/problem.h"

void *
check_scratch(const struct config *config, size_t count, size_t size)
{
	void *array = calloc(count > 0 ? count : 1, size);

	if (array == NULL)
		fatal("%s", config->file);
	return array;
}

static const char *
path_of(struct config *config, const struct config_instance *in, const char *key)
{
	return config_format(config, "instances.%s.%s", in->name, key);
}

void
check_error(struct config *config, const struct config_instance *in, const char *key,
    struct config_at at, const char *what, ...)
{
	char text[PROBLEM_TEXT_MAX];
	va_list ap;

	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	problem_error(config, at, path_of(config, in, key), "%s", text);
}

void
check_warning(struct config *config, const struct config_instance *in, const char *key,
    struct config_at at, const char *what, ...)
{
	char text[PROBLEM_TEXT_MAX];
	va_list ap;

	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	problem_warning(config, at, path_of(config, in, key), "%s", text);
}

/* ---- how many there are ---- */

/* Of what is written inside instances and groups. */
struct totals {
	size_t addresses;
	size_t peers;
	size_t routes;
	size_t rules;
	size_t tracks;
	size_t hooks;
};

static size_t
count_hooks(const struct config_notify *notify)
{
	size_t slot, count = 0;

	for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
		count += notify->slot[slot] != NULL;
	return count;
}

static struct totals
add_up(const struct config *config)
{
	struct totals t = {0};
	size_t i;

	for (i = 0; i < config->instances.count; i++) {
		const struct config_instance *in = &config->instances.item[i];

		t.addresses += in->addresses.count;
		t.peers += in->peers.count;
		t.routes += in->routes.count;
		t.rules += in->rules.count;
		t.tracks += in->track.count;
		t.hooks += count_hooks(&in->notify) + (in->before_master != NULL);
	}
	for (i = 0; i < config->groups.count; i++) {
		t.tracks += config->groups.item[i].track.count;
		t.hooks += count_hooks(&config->groups.item[i].notify);
	}
	return t;
}

static void
check_count(
    struct config *config, struct config_at at, const char *path, size_t count, const char *what)
{
	if (count > CONF_RECORDS_MAX)
		problem_error(config, at, path, "%zu %s; vrrpd handles at most %d", count, what,
		    CONF_RECORDS_MAX);
}

static void
check_counts(struct config *config)
{
	const struct config_at instances = config->instances.at;
	const struct totals t = add_up(config);

	check_count(config, config->checks.at, "checks", config->checks.count, "checks");
	check_count(config, config->groups.at, "sync-groups", config->groups.count, "groups");
	check_count(config, instances, "instances", config->instances.count, "instances");
	check_count(config, instances, "instances", t.addresses, "addresses");
	check_count(config, instances, "instances", t.peers, "unicast peers");
	check_count(config, instances, "instances", t.routes, "routes");
	check_count(config, instances, "instances", t.rules, "rules");
	check_count(config, instances, "instances", t.tracks, "tracks");
	check_count(config, instances, "instances", t.hooks, "hooks");
}

void
check_config(struct config *config)
{
	struct check_names checks, instances, groups;

	check_probes(config);
	complete_config(config);
	check_names_sort(
	    config, &config->checks.items, sizeof(*config->checks.item), "checks", &checks);
	check_names_sort(config, &config->instances.items, sizeof(*config->instances.item),
	    "instances", &instances);
	check_names_sort(
	    config, &config->groups.items, sizeof(*config->groups.item), "sync-groups", &groups);
	check_addresses(config);
	check_instances(config);
	check_routes(config);
	check_groups(config, &instances);
	check_tracks(config, &checks);
	check_weights(config);
	check_counts(config);
	free(checks.item);
	free(instances.item);
	free(groups.item);
}
