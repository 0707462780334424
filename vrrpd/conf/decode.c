/*
 * Nodes -> struct config, by the tables of schema.h; config role and `vrrpd -n`. Everything that
 * one value can say about itself is decided here and in leaf.c; what needs two values is check.c's.
 */
#include "vrrpd/conf/decode.h"

#include <string.h>

#include "vrrpd/conf/leaf.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/schema.h"
#include "vrrpd/conf/value.h"
#include "vrrpd/conf/where.h"

static void decode_value(
    const struct where *, const struct node *, const struct schema_key *, void *object);

/* ---- mappings ---- */

static void
unknown_key(const struct where *w, const struct node *n, const struct schema_table *table)
{
	struct suggestion s;
	size_t i;

	suggestion_init(&s, n->key);
	for (i = 0; i < table->count; i++)
		suggestion_offer(&s, table->keys[i].name);
	where_error(w, n->key_at, "unknown key%s", suggestion_text(&s));
}

/*
 * Finds the children of a mapping in the order of the table, NULL where a key is not written.
 * Returns whether one that is not of this version stands for the required one.
 */
static bool
sort_keys(const struct where *w, const struct node *map, const struct schema_table *table,
    const struct node *found[SCHEMA_KEYS_MAX])
{
	const struct schema_key *key;
	const struct node *n;
	bool replaced = false;

	memset(found, 0, SCHEMA_KEYS_MAX * sizeof(*found));
	for (n = map->first; n != NULL; n = n->next) {
		const struct where here = {w->config, w, n->key};

		key = schema_find(table, n->key);
		if (n->duplicate)
			continue;
		if (key == NULL) {
			unknown_key(&here, n, table);
		} else if (key->type == SCHEMA_LATER || key->type == SCHEMA_LATER_KIND) {
			where_error(&here, n->key_at,
			    "\"%s\" is not supported by this version of vrrpd", key->name);
			replaced = replaced || key->type == SCHEMA_LATER_KIND;
		} else {
			found[key - table->keys] = n;
		}
	}
	return replaced;
}

/* Decodes the keys that are there; complains about required ones if asked to. */
static void
decode_map(const struct where *w, const struct node *n, const struct schema_table *table,
    bool complete, void *object)
{
	const struct node *found[SCHEMA_KEYS_MAX];
	bool replaced;
	size_t i;

	if (!where_expect(w, n, NODE_MAP, "a mapping"))
		return;
	replaced = sort_keys(w, n, table, found);
	for (i = 0; i < table->count; i++) {
		const struct schema_key *key = &table->keys[i];
		const struct where here = {w->config, w, key->name};

		if (found[i] != NULL)
			decode_value(&here, found[i], key, object);
		else if (complete && key->required && !replaced && schema_at(key, object).line == 0)
			where_error(
			    w, n->key != NULL ? n->key_at : n->at, "\"%s\" is missing", key->name);
	}
}

/* A value that may be written alone or as {key: value}: the node of the value, NULL if none. */
static const struct node *
unwrap(const struct where *w, const struct node *n, const struct schema_table *table,
    const char *wanted)
{
	const struct node *found[SCHEMA_KEYS_MAX];
	const char *name = table->keys[0].name;
	bool replaced;

	if (n->kind == NODE_MAP) {
		replaced = sort_keys(w, n, table, found);
		if (found[0] == NULL) {
			if (!replaced)
				where_error(w, n->at, "\"%s\" is missing", name);
			return NULL;
		}
		n = found[0];
	}
	return where_expect(w, n, NODE_SCALAR, wanted) ? n : NULL;
}

static void
decode_addresses(const struct where *w, const struct node *list, struct config_addresses *out)
{
	const struct node *item, *n;
	struct value_why why;

	*out = (struct config_addresses){.at = list->at};
	if (!where_expect(w, list, NODE_LIST, "a list of addresses"))
		return;
	if (list->count == 0)
		where_error(w, list->at, "is an empty list; an instance has at least one address");
	out->item = config_alloc_array(w->config, list->count, sizeof(*out->item));
	for (item = list->first; item != NULL; item = item->next) {
		if (value_is_split_address(item)) {
			where_error(w, item->at, "YAML reads this as a mapping; quote the address");
			continue;
		}
		n = unwrap(w, item, &schema_address, "an address such as 192.0.2.10/24");
		if (n == NULL)
			continue;
		if (value_address(n->text, &out->item[out->count], &why) == -1) {
			where_error(w, n->at, "%s", why.text);
			continue;
		}
		out->item[out->count++].at = n->at;
	}
}

static void
decode_tracks(const struct where *w, const struct node *list, struct config_tracks *out)
{
	const struct node *item, *n;

	*out = (struct config_tracks){.at = list->at};
	if (!where_expect(w, list, NODE_LIST, "a list of checks"))
		return;
	out->item = config_alloc_array(w->config, list->count, sizeof(*out->item));
	for (item = list->first; item != NULL; item = item->next) {
		n = unwrap(w, item, &schema_track, "the name of a check");
		if (n != NULL)
			out->item[out->count++] =
			    (struct config_track){.check = n->text, .at = n->at};
	}
}

/* ---- commands ---- */

static void
decode_command(const struct where *w, const struct node *n, struct config_command **out)
{
	struct config_command *c = config_alloc(w->config, sizeof(*c));

	c->path = where_path(w);
	*out = c;
	if (n->kind == NODE_MAP)
		decode_map(w, n, &schema_command, true, c);
	else
		decode_value(w, n, &schema_command.keys[0], c);
}

static bool
has_key_of(const struct node *map, const struct schema_table *table)
{
	const struct node *n;

	for (n = map->first; n != NULL; n = n->next)
		if (schema_find(table, n->key) != NULL)
			return true;
	return false;
}

static void
decode_notify(const struct where *w, const struct node *n, struct config_notify *out)
{
	bool is_command = n->kind != NODE_MAP;

	*out = (struct config_notify){.at = n->at};
	if (n->kind == NODE_BAD)
		return;
	if (n->kind == NODE_MAP && has_key_of(n, &schema_command)) {
		is_command = true;
		if (has_key_of(n, &schema_notify)) {
			where_error(w, n->at,
			    "mixes a command with commands by state; write \"all: \" before the "
			    "command");
			return;
		}
	}
	if (is_command)
		decode_command(w, n, &out->slot[CONF_HOOK_ALL]);
	else
		decode_map(w, n, &schema_notify, false, out);
}

/* ---- named objects ---- */

static bool
name_is_usable(const struct where *w, const struct node *n)
{
	if (n->duplicate || n->kind == NODE_BAD)
		return false;
	if (conf_name_is_valid(n->key))
		return true;
	where_error(w, n->key_at,
	    "\"%.80s\" is not a name: at most 63 letters, digits, \".\", \"_\" and "
	    "\"-\", the first a letter or digit",
	    n->key);
	return false;
}

static void
decode_checks(const struct where *w, const struct node *map, const struct schema_table *table,
    struct config_checks *out)
{
	const struct node *n;
	struct config_check *check;

	*out = (struct config_checks){.at = map->at};
	if (!where_expect(w, map, NODE_MAP, "a mapping of names to checks"))
		return;
	out->item = config_alloc_array(w->config, map->count, sizeof(*out->item));
	for (n = map->first; n != NULL; n = n->next) {
		const struct where here = {w->config, w, n->key};

		if (!name_is_usable(w, n))
			continue;
		check = &out->item[out->count++];
		check->name = n->key;
		check->at = n->key_at;
		check->command.is_check = true;
		check->command.path = where_path(&here);
		decode_map(&here, n, table, true, check);
	}
}

static void
decode_instances(const struct where *w, const struct node *map, const struct schema_table *table,
    struct config_instances *out)
{
	const struct node *n;
	struct config_instance *instance;

	*out = (struct config_instances){.at = map->at};
	if (!where_expect(w, map, NODE_MAP, "a mapping of names to instances"))
		return;
	out->item = config_alloc_array(w->config, map->count, sizeof(*out->item));
	for (n = map->first; n != NULL; n = n->next) {
		const struct where here = {w->config, w, n->key};

		if (!name_is_usable(w, n))
			continue;
		instance = &out->item[out->count++];
		*instance = w->config->defaults;
		instance->name = n->key;
		instance->at = n->key_at;
		decode_map(&here, n, table, true, instance);
	}
}

static void
decode_value(
    const struct where *w, const struct node *n, const struct schema_key *key, void *object)
{
	void *member = schema_member(key, object);

	switch (key->type) {
	case SCHEMA_BOOLEAN:
	case SCHEMA_INTEGER:
	case SCHEMA_DURATION:
	case SCHEMA_WORD:
		leaf_number(w, n, key, member);
		break;
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_USER:
		leaf_text(w, n, key, member);
		break;
	case SCHEMA_ARGV:
		leaf_argv(w, n, member);
		break;
	case SCHEMA_PATHS:
		leaf_paths(w, n, member);
		break;
	case SCHEMA_ENVIRONMENT:
		leaf_environment(w, n, member);
		break;
	case SCHEMA_ADDRESSES:
		decode_addresses(w, n, member);
		break;
	case SCHEMA_TRACKS:
		decode_tracks(w, n, member);
		break;
	case SCHEMA_COMMAND:
		decode_command(w, n, member);
		break;
	case SCHEMA_NOTIFY:
		decode_notify(w, n, member);
		break;
	case SCHEMA_MAP:
	case SCHEMA_DEFAULTS:
		decode_map(w, n, key->table, false, member);
		break;
	case SCHEMA_CHECKS:
		decode_checks(w, n, key->table, member);
		break;
	case SCHEMA_INSTANCES:
		decode_instances(w, n, key->table, member);
		break;
	case SCHEMA_LATER:
	case SCHEMA_LATER_KIND:
		break;
	}
}

void
decode_document(struct config *config, const struct node *root)
{
	const struct where top = {.config = config};

	decode_map(&top, root, &schema_root, true, config);
}
