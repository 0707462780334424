/*
 * vrrp_sync_group; vrrpctl, in the importer's child.
 */
#include <string.h>

#include "vrrpctl/import_part.h"

#define INTERFACE (-1)

static void
add_member(struct import *im, struct import_group *g, struct import_node *node, const char *key)
{
	struct import_instance *in = import_map_find(&im->instance_keys, key);

	if (in == NULL)
		import_drop(
		    im, node, false, "there is no instance %.60s; keepalived ignores it too", key);
	else if (in->group == g)
		import_drop(im, node, false, "%.60s is listed already", key);
	else if (in->group != NULL)
		import_drop(im, node, true, "%.60s is in group %.60s", key, in->group->key);
	else {
		in->group = g;
		g->member[g->member_count++] = in;
	}
}

static void
read_members(struct import *im, struct import_group *g, struct import_node *block)
{
	struct import_node *node;
	size_t count = 0;

	if (g->member != NULL) {
		import_drop(im, block, true, "is a second one");
		return;
	}
	for (node = block->child; node != NULL; node = node->next)
		count += node->count;
	g->member = import_alloc(im, (count + 1) * sizeof(struct import_instance *));
	for (node = block->child; node != NULL; node = node->next)
		if (!import_is(node, "include"))
			for (size_t i = 0; i < node->count; i++)
				add_member(im, g, node, node->word[i]);
}

static void
read_key(struct import *im, struct import_group *g, struct import_node *node)
{
	static const char *const words[] = {"group", "track_interface", "track_script",
	    "track_process", "track_file", "notify", "notify_master", "notify_backup",
	    "notify_fault", "notify_stop", "smtp_alert", "global_tracking",
	    "sync_group_tracking_weight", NULL};

	if (import_is(node, "group"))
		read_members(im, g, node);
	else if (import_is(node, "track_interface"))
		import_tracks(im, node, &g->tracks, INTERFACE);
	else if (import_is(node, "track_script"))
		import_tracks(im, node, &g->tracks, IMPORT_SCRIPT);
	else if (import_is(node, "track_process"))
		import_tracks(im, node, &g->tracks, IMPORT_PROCESS);
	else if (import_is(node, "track_file"))
		import_tracks(im, node, &g->tracks, IMPORT_FILE);
	else if (import_is(node, "sync_group_tracking_weight"))
		g->weights = true;
	else if (!import_hook(im, node, g->hook, g->hook_at) && !import_known(im, node, false))
		import_unknown(im, node, words);
}

void
import_group(struct import *im, struct import_node *block)
{
	struct import_group *g;
	struct import_node *node;
	const char *key = import_word(block, 1);

	if (*key == '\0' || !block->block) {
		import_drop(im, block, true, *key == '\0' ? "has no name" : "has no block");
		return;
	}
	g = import_alloc(im, sizeof(*g));
	g->key = key;
	g->node = block;
	import_rest(im, block, 2);
	for (node = block->child; node != NULL; node = node->next)
		if (!import_is(node, "include") && node->count > 0 &&
		    !(node->told && node->verdict == IMPORT_DROPPED))
			read_key(im, g, node);
	*im->groups_end = g;
	im->groups_end = &g->next;
}

/* ---- when all is read ---- */

/* Takes out what was not imported. */
static void
settle_members(struct import *im, struct import_group *g)
{
	const size_t before = g->member_count;
	size_t count = 0;

	for (size_t i = 0; i < g->member_count; i++)
		if (g->member[i]->usable)
			g->member[count++] = g->member[i];
	g->member_count = count;
	g->usable = count >= 2;
	if (g->usable) {
		g->name = import_make_name(im, &im->group_names, g->key);
		if (strcmp(g->name, g->key) != 0)
			import_change(im, g->node, "is called %s", g->name);
		if (count < before)
			import_change(im, g->node, "without members that are not imported");
	} else if (before == 0) {
		import_drop(im, g->node, false, "has no members; keepalived ignores it too");
	} else if (count < before) {
		import_drop(im, g->node, true, "fewer than two of its members are imported");
	} else {
		import_change(im, g->node,
		    "a group of one: what it tracks and runs is written at its member");
	}
}

static void
move_tracks(struct import_group *g, struct import_instance *in)
{
	struct import_track **end = &in->tracks, *t, *next;

	for (; *end != NULL; end = &(*end)->next)
		;
	for (t = g->tracks; t != NULL; t = next) {
		const struct import_track *own = in->tracks;

		next = t->next;
		t->next = NULL;
		while (own != NULL && (own->check != t->check || own->interface != t->interface) &&
		       (own->interface == NULL || t->interface == NULL ||
			   strcmp(own->interface, t->interface) != 0))
			own = own->next;
		if (own != NULL)
			continue;
		*end = t;
		end = &t->next;
	}
	g->tracks = NULL;
}

static void
move_hooks(struct import *im, struct import_group *g, struct import_instance *in)
{
	for (int hook = 0; hook < IMPORT_HOOKS; hook++) {
		if (g->hook[hook] == NULL)
			continue;
		if (in->hook[hook] != NULL) {
			import_drop(im, g->hook_at[hook], true, "its member has one of its own");
			continue;
		}
		in->hook[hook] = g->hook[hook];
		in->hook_at[hook] = g->hook_at[hook];
		if (hook == IMPORT_ALL)
			import_change(
			    im, g->hook_at[hook], "called with INSTANCE %s, not GROUP", in->name);
	}
}

void
import_settle_groups(struct import *im)
{
	struct import_group *g;

	for (g = im->groups; g != NULL; g = g->next)
		settle_members(im, g);
	import_settle_tracks(im);
	for (g = im->groups; g != NULL; g = g->next)
		if (!g->usable && g->member_count == 1) {
			move_tracks(g, g->member[0]);
			move_hooks(im, g, g->member[0]);
		}
}
