/*
 * Sync groups: who is in which one; config role and `vrrpd -n`.
 */
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/problem.h"

static const char *
members_path(struct config *config, const struct config_group *g)
{
	return config_format(config, "sync-groups.%s.members", g->name);
}

static void
add_member(struct config *config, struct config_group *g, const struct config_text *name,
    const struct check_names *instances)
{
	struct config_instance *in = check_names_find(instances, name->text);
	const char *path = members_path(config, g);

	if (in == NULL) {
		if (!config->incomplete)
			problem_error(config, name->at, path, "there is no instance \"%.80s\"%s",
			    name->text, check_names_suggest(config, instances, name->text));
	} else if (in->group == g) {
		problem_error(config, name->at, path, "\"%s\" is listed twice", in->name);
	} else if (in->group != NULL) {
		problem_error(config, name->at, path, "\"%s\" is already in group \"%s\" (%s)",
		    in->name, in->group->name, problem_place(config, in->group->at, name->at));
	} else {
		in->group = g;
		g->member[g->member_count++] = in;
	}
}

/* An owner never gives way, the others must be able to. */
static void
check_owners(struct config *config, const struct config_group *g)
{
	const struct config_instance *owner = NULL, *other = NULL, *in;
	size_t i;

	for (i = 0; i < g->member_count; i++) {
		in = g->member[i];
		if (!check_is_usable(&in->priority))
			continue;
		if (in->priority.value == VRRP_PRIORITY_OWNER)
			owner = in;
		else
			other = in;
	}
	if (owner != NULL && other != NULL)
		problem_error(config, g->members.at, members_path(config, g),
		    "\"%s\" is the owner of its addresses (priority 255) and \"%s\" is not; owners "
		    "and others cannot be in one group",
		    owner->name, other->name);
}

static void
check_enabled(struct config *config, const struct config_group *g)
{
	size_t i;

	for (i = 0; i < g->member_count; i++)
		if (g->member[i]->enabled.value == 0)
			problem_warning(config, g->members.at, members_path(config, g),
			    "\"%s\" is disabled and takes no part", g->member[i]->name);
}

void
check_groups(struct config *config, const struct check_names *instances)
{
	struct config_group *g;
	size_t i, j;

	for (i = 0; i < config->groups.count; i++) {
		g = &config->groups.item[i];
		g->member =
		    config_alloc_array(config, g->members.count, sizeof(struct config_instance *));
		for (j = 0; j < g->members.count; j++)
			add_member(config, g, &g->members.item[j], instances);
		check_owners(config, g);
		check_enabled(config, g);
	}
}
