/*
 * What instances and groups track, and what weights mean; vrrpctl, in the importer's child.
 */
#include <inttypes.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpctl/import_part.h"

#define INTERFACE (-1) /* kinds besides those of checks */

static bool
is_tracked(const struct import_track *t, const struct import_check *check, const char *interface)
{
	for (; t != NULL; t = t->next)
		if (check != NULL ? t->check == check
				  : t->interface != NULL && strcmp(t->interface, interface) == 0)
			return true;
	return false;
}

/*
 * keepalived's weight and reverse: what is up gives +W, what is down -W, each kind of W only one of
 * them; reverse turns up and down round and the sign with it.
 */
static void
set_weight(struct import *im, struct import_track *t, int64_t weight, bool reverse)
{
	const bool by_value = t->check != NULL && t->check->kind == IMPORT_FILE && weight != 0;

	t->weight = reverse ? -weight : weight;
	t->invert = reverse && !by_value;
	if (by_value)
		import_change(im, t->node,
		    "a product of -254 or less was a fault there; here it is priority 1");
}

static void
read_options(struct import *im, struct import_track *t)
{
	struct import_node *node = t->node;
	const struct import_check *check = t->check;
	int64_t weight = check != NULL ? check->weight : 0, read;
	bool reverse = check != NULL && check->reverse;
	size_t i = 1;

	for (; i < node->count; i++) {
		if (strcmp(node->word[i], "reverse") == 0)
			reverse = true;
		else if (strcmp(node->word[i], "noreverse") == 0)
			reverse = false;
		else if (strcmp(node->word[i], "weight") != 0)
			break;
		else if (import_number(
			     im, node, ++i, -CONF_WEIGHT_MAX - 1, CONF_WEIGHT_MAX + 1, &read)) {
			weight = read;
			if (weight > CONF_WEIGHT_MAX || weight < -CONF_WEIGHT_MAX) {
				import_change(
				    im, node, "the weight is kept within %d", CONF_WEIGHT_MAX);
				weight += weight > 0 ? -1 : 1;
			}
		}
	}
	import_rest(im, node, i);
	set_weight(im, t, weight, reverse);
}

static void
add_track(struct import *im, struct import_node *node, struct import_check *check,
    const char *interface, struct import_track **list)
{
	struct import_track *t;

	if (is_tracked(*list, check, interface)) {
		import_drop(im, node, false, "is tracked already");
		return;
	}
	t = import_alloc(im, sizeof(*t));
	t->node = node;
	t->check = check;
	t->interface = interface;
	read_options(im, t);
	while (*list != NULL)
		list = &(*list)->next;
	*list = t;
}

static void
track_check(struct import *im, struct import_node *node, struct import_track **list, int kind)
{
	struct import_check *check = import_map_find(&im->check_keys[kind], import_word(node, 0));

	if (check == NULL) {
		import_drop(
		    im, node, false, "there is none of that name; keepalived ignores it too");
		return;
	}
	check->tracked = true;
	if (check->source == NULL) {
		import_drop(im, node, false, "it checks nothing; keepalived ignores it too");
		return;
	}
	if (!check->usable) {
		import_drop(
		    im, node, true, "its check is not imported: see line %u", check->source->line);
		return;
	}
	if (check->node->sequence > node->sequence)
		import_change(im, node, "keepalived ignores it, since it is defined further down");
	add_track(im, node, check, NULL, list);
}

static void
track_interface(struct import *im, struct import_node *node, struct import_track **list)
{
	const char *name = import_word(node, 0);

	if (!import_device(name))
		import_drop(im, node, true, "\"%.40s\" is not the name of an interface", name);
	else
		add_track(im, node, NULL, name, list);
}

/* kind: that of a check, or -1 for interfaces. */
void
import_tracks(struct import *im, struct import_node *block, struct import_track **list, int kind)
{
	struct import_node *node;

	for (node = block->child; node != NULL; node = node->next) {
		if (node->told && node->verdict == IMPORT_DROPPED)
			continue;
		if (import_is(node, "include") || node->count == 0)
			continue;
		if (kind == INTERFACE)
			track_interface(im, node, list);
		else
			track_check(im, node, list, kind);
	}
}

/* ---- weights that cannot be ---- */

static void
remove_track(struct import_track **t)
{
	*t = (*t)->next;
}

/* An owner's priority stays what it is: keepalived removes what has a weight. */
static void
settle_owner(struct import *im, struct import_instance *in)
{
	struct import_track **t = &in->tracks;

	while (*t != NULL) {
		if ((*t)->weight == 0) {
			t = &(*t)->next;
			continue;
		}
		import_drop(im, (*t)->node, false,
		    "weights are nothing to priority 255; nor in keepalived");
		remove_track(t);
	}
}

/* Weights of members belong to the group here; keepalived ignores most of them. Returns the next. */
static struct import_track **
settle_member(struct import *im, struct import_instance *in, struct import_track **at)
{
	struct import_track *t = *at;
	struct import_group *group = in->group;

	if (t->weight == 0)
		return &t->next;
	if (group->weights && group->usable && !is_tracked(group->tracks, t->check, t->interface)) {
		import_change(
		    im, t->node, "moved to the group: weights are for all of its members");
		remove_track(at);
		t->next = group->tracks;
		group->tracks = t;
		return at;
	}
	if (!group->weights &&
	    (t->check == NULL || (t->check->kind == IMPORT_FILE && t->weight == 1))) {
		import_change(im, t->node, "without weight: keepalived ignores weights in a group");
		t->weight = 0;
		return &t->next;
	}
	if (group->weights)
		import_change(im, t->node, "the group tracks it already, for all of its members");
	else
		import_drop(im, t->node, t->check->kind == IMPORT_PROCESS,
		    t->check->kind == IMPORT_PROCESS
			? "weights are for whole groups here: write it there"
			: "weights in a group are for all of it; keepalived ignores it too");
	remove_track(at);
	return at;
}

static void
use_tracks(struct import *im, const struct import_track *t)
{
	struct import_check *check;

	for (; t != NULL; t = t->next) {
		check = t->check;
		if (check == NULL)
			continue;
		check->used = true;
		if (check->kind != IMPORT_FILE)
			continue;
		if (t->weight != 0)
			check->as_value = true;
		else
			check->as_fault = true;
		if (check->fault_name == NULL)
			check->fault_name = check->name;
		if (check->as_value && check->as_fault && check->fault_name == check->name)
			check->fault_name = import_make_name(
			    im, &im->check_names, import_format(im, "%.50s-fault", check->name));
	}
}

void
import_use_tracks(struct import *im)
{
	struct import_check *check;

	for (const struct import_instance *in = im->instances; in != NULL; in = in->next)
		if (in->usable)
			use_tracks(im, in->tracks);
	for (const struct import_group *g = im->groups; g != NULL; g = g->next)
		if (g->usable)
			use_tracks(im, g->tracks);
	for (check = im->checks; check != NULL; check = check->next) {
		if (!check->tracked)
			import_drop(im, check->node, false,
			    "nothing tracks it, and so keepalived does not run it either");
		else if (check->usable && !check->used)
			import_drop(im, check->node, false, "what tracks it is not imported");
		else if (check->as_fault)
			import_change(im, check->source,
			    "read by a command, once a second: a number other than 0 is a fault");
	}
}

void
import_settle_tracks(struct import *im)
{
	struct import_instance *in;

	for (in = im->instances; in != NULL; in = in->next) {
		if (in->priority == VRRP_PRIORITY_OWNER)
			settle_owner(im, in);
		if (in->group == NULL)
			continue;
		for (struct import_track **t = &in->tracks; *t != NULL;)
			t = settle_member(im, in, t);
	}
}
