/*
 * Whether ids go on meaning what they meant: the engine may still ask with those of the configuration
 * before, and must not be understood to mean something else. Parent; pure.
 */
#include <string.h>

#include "vrrpd/parent/reload_ids.h"

static bool
reload_is_same_name(const char *now, const char *next)
{
	return strncmp(now, next, CONF_NAME_MAX) == 0;
}

static bool
reload_is_same_group(const struct conf_group *now, const struct conf_group *next)
{
	return reload_is_same_name(now->name, next->name);
}

static bool
reload_is_same_instance(const struct conf_instance *now, const struct conf_instance *next)
{
	return reload_is_same_name(now->name, next->name);
}

static bool
reload_is_same_check(const struct conf_check *now, const struct conf_check *next)
{
	return reload_is_same_name(now->name, next->name) && now->kind == next->kind &&
	       now->runner == next->runner;
}

static bool
reload_is_same_runner(const struct conf_runner *now, const struct conf_runner *next)
{
	return now->uid == next->uid && now->gid == next->gid;
}

static bool
reload_is_same_command(const struct conf_command *now, const struct conf_command *next)
{
	size_t size = conf_record_size(CONF_COMMAND, now);

	return size == conf_record_size(CONF_COMMAND, next) && memcmp(now, next, size) == 0;
}

/* Ids up to the last one are known, and those that are still there are the same. */
#define RELOAD_IDS_HOLD(kind) \
	static bool reload_##kind##_ids_hold(const struct conf *now, const struct conf *next) \
	{ \
		for (size_t i = 0; i < next->kind##_count; i++) { \
			const struct conf_##kind *record = &next->kind[i]; \
			const struct conf_##kind *was = conf_find_##kind(now, record->id); \
\
			if (record->id > next->global.last_##kind || \
			    (record->id <= now->global.last_##kind && \
				(was == NULL || !reload_is_same_##kind(was, record)))) \
				return false; \
		} \
		return next->global.last_##kind >= now->global.last_##kind; \
	}
RELOAD_IDS_HOLD(group)
RELOAD_IDS_HOLD(instance)
RELOAD_IDS_HOLD(runner)
RELOAD_IDS_HOLD(command)
RELOAD_IDS_HOLD(check)

const char *
reload_ids_problem(const struct conf *now, const struct conf *next)
{
	const struct conf_global *a = &now->global, *b = &next->global;

	if (a->engine_uid != b->engine_uid || a->engine_gid != b->engine_gid ||
	    a->checker_uid != b->checker_uid || a->checker_gid != b->checker_gid)
		return "the ids of the users _vrrpd and _vrrpd_checker are others now: restart "
		       "vrrpd to use them";
	if (!reload_group_ids_hold(now, next) || !reload_instance_ids_hold(now, next) ||
	    !reload_runner_ids_hold(now, next) || !reload_command_ids_hold(now, next) ||
	    !reload_check_ids_hold(now, next))
		return "the config role mixed up ids of the running configuration: this is a bug";
	return NULL;
}
