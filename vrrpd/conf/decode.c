/*
 * Nodes -> struct config, by the tables of schema.h; config role and `vrrpd -n`. Everything that
 * one value can say about itself is decided here and in leaf.c; what needs two values is check.c's.
 */
#include "vrrpd/conf/decode.h"

#include <string.h>

#include "vrrpd/conf/leaf.h"
#include "vrrpd/conf/leaf_net.h"
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

/* Finds the children of a mapping in the order of the table, NULL where a key is not written. */
static void
sort_keys(const struct where *w, const struct node *map, const struct schema_table *table,
    const struct node *found[SCHEMA_KEYS_MAX])
{
	const struct schema_key *key;
	const struct node *n;

	memset(found, 0, SCHEMA_KEYS_MAX * sizeof(*found));
	for (n = map->first; n != NULL; n = n->next) {
		const struct where here = {w->config, w, n->key};

		key = schema_find(table, n->key);
		if (n->duplicate)
			continue;
		if (key == NULL)
			unknown_key(&here, n, table);
		else if (key->type == SCHEMA_LATER)
			where_error(&here, n->key_at,
			    "\"%s\" is not supported by this version of vrrpd", key->name);
		else if (key->type == SCHEMA_MAIN)
			where_error(&here, n->key_at,
			    "belongs to %s; an included file has checks, instances and sync-groups",
			    w->config->file);
		else
			found[key - table->keys] = n;
	}
}

/* Decodes the keys that are there; complains about required ones if asked to. */
static void
decode_map(const struct where *w, const struct node *n, const struct schema_table *table,
    bool complete, void *object)
{
	const struct node *found[SCHEMA_KEYS_MAX];
	size_t i;

	if (!where_expect(w, n, NODE_MAP, "a mapping"))
		return;
	sort_keys(w, n, table, found);
	for (i = 0; i < table->count; i++) {
		const struct schema_key *key = &table->keys[i];
		const struct where here = {w->config, w, key->name};

		if (found[i] != NULL)
			decode_value(&here, found[i], key, object);
		else if (complete && key->required && schema_at(key, object).line == 0)
			where_error(
			    w, n->key != NULL ? n->key_at : n->at, "\"%s\" is missing", key->name);
	}
}

static void
decode_authentication(const struct where *w, const struct node *n, const struct schema_table *table,
    struct config_authentication **out)
{
	struct config_authentication *a = config_alloc(w->config, sizeof(*a));

	a->at = n->at;
	a->path = where_path(w);
	decode_map(w, n, table, true, a);
	*out = a;
	if (n->kind != NODE_MAP)
		return;
	if (a->key.at.line == 0 && a->key_file.at.line == 0)
		where_error(w, n->at, "has neither \"key-file\" nor \"key\"");
	else if (a->key.at.line != 0 && a->key_file.at.line != 0)
		where_error(w, a->key.at, "has a \"key-file\" as well as a \"key\"; write one");
}

/* ---- lists of mappings ---- */

/* One that may be written alone or as a mapping. Returns false when there is something wrong. */
static bool
decode_item(
    const struct where *w, const struct node *n, const struct schema_table *table, void *object)
{
	const size_t errors = w->config->errors;

	*(struct config_at *)object = n->at;
	if (table->item != NULL && value_is_split_address(n))
		where_error(w, n->at, "YAML reads this as a mapping; quote the address");
	else if (table->item == NULL || n->kind == NODE_MAP)
		decode_map(w, n, table, true, object);
	else if (where_expect(w, n, NODE_SCALAR, table->item))
		decode_value(w, n, &table->keys[0], object);
	schema_complete(table, object);
	return n->kind != NODE_BAD && w->config->errors == errors;
}

static void
decode_list(const struct where *w, const struct node *list, const struct schema_key *key,
    struct config_items *out)
{
	const struct schema_table *table = key->table;
	const struct node *item;
	void *object;

	*out = (struct config_items){.at = list->at};
	if (!where_expect(w, list, NODE_LIST, table->list))
		return;
	if (list->count == 0 && key->empty != NULL)
		where_error(w, list->at, "is an empty list; %s", key->empty);
	config_reserve(w->config, out, table->size, list->count);
	for (item = list->first; item != NULL; item = item->next) {
		object = config_append(w->config, out, table->size);
		if (!decode_item(w, item, table, object)) {
			memset(object, 0, table->size);
			out->count--;
		}
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
decode_check(const struct where *w, const struct node *n, struct config_check *check)
{
	check->name = n->key;
	check->at = n->key_at;
	check->bad = n->kind != NODE_MAP;
	check->command.is_check = true;
	check->command.path = where_path(w);
}

static void
decode_instance(const struct where *w, const struct node *n, struct config_instance *instance)
{
	*instance = w->config->defaults;
	instance->name = n->key;
	instance->at = n->key_at;
}

static void
decode_group(const struct node *n, struct config_group *group)
{
	group->name = n->key;
	group->at = n->key_at;
}

/* Adds to what an earlier file has. */
static void
decode_named(const struct where *w, const struct node *map, const struct schema_key *key,
    struct config_items *out)
{
	const struct schema_table *table = key->table;
	const struct node *n;
	void *object;

	if (out->at.line == 0)
		out->at = map->at;
	if (!where_expect(w, map, NODE_MAP, table->list))
		return;
	config_reserve(w->config, out, table->size, map->count);
	for (n = map->first; n != NULL; n = n->next) {
		const struct where here = {w->config, w, n->key};

		if (!name_is_usable(w, n))
			continue;
		object = config_append(w->config, out, table->size);
		if (key->type == SCHEMA_CHECKS)
			decode_check(&here, n, object);
		else if (key->type == SCHEMA_INSTANCES)
			decode_instance(&here, n, object);
		else
			decode_group(n, object);
		decode_map(&here, n, table, true, object);
	}
}

static void
decode_texts(const struct where *w, const struct node *n, const struct schema_key *key,
    struct config_list *out)
{
	if (key->type == SCHEMA_ARGV)
		leaf_argv(w, n, out);
	else if (key->type == SCHEMA_PATHS)
		leaf_paths(w, n, out);
	else if (key->type == SCHEMA_PATTERNS)
		leaf_list(w, n, "a list of patterns", out);
	else
		leaf_list(w, n, "a list of instances", out);
	if (key->type == SCHEMA_NAMES && n->kind == NODE_LIST && n->count < 2)
		where_error(w, n->at, "a group has at least two members");
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
	case SCHEMA_ROUTING:
		leaf_number(w, n, key, member);
		break;
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_SECRET:
	case SCHEMA_USER:
	case SCHEMA_LOGIN:
	case SCHEMA_INTERFACE:
	case SCHEMA_LABEL:
	case SCHEMA_PROCESS:
	case SCHEMA_PATH:
		leaf_text(w, n, key, member);
		break;
	case SCHEMA_ARGV:
	case SCHEMA_PATHS:
	case SCHEMA_PATTERNS:
	case SCHEMA_NAMES:
		decode_texts(w, n, key, member);
		break;
	case SCHEMA_ENVIRONMENT:
		leaf_environment(w, n, member);
		break;
	case SCHEMA_ADDRESS:
	case SCHEMA_CIDR:
	case SCHEMA_NETWORK:
	case SCHEMA_DESTINATION:
		leaf_prefix(w, n, key, member);
		break;
	case SCHEMA_MARK:
		leaf_mark(w, n, member);
		break;
	case SCHEMA_SERVER:
	case SCHEMA_URL:
		leaf_server(w, n, key, member);
		break;
	case SCHEMA_FREE:
		leaf_free(w, n, member);
		break;
	case SCHEMA_COMMAND:
		decode_command(w, n, member);
		break;
	case SCHEMA_AUTHENTICATION:
		decode_authentication(w, n, key->table, member);
		break;
	case SCHEMA_NOTIFY:
		decode_notify(w, n, member);
		break;
	case SCHEMA_MAP:
		*(struct config_at *)member = n->at;
		decode_map(w, n, key->table, true, member);
		break;
	case SCHEMA_DEFAULTS:
		decode_map(w, n, key->table, false, member);
		break;
	case SCHEMA_LIST:
		decode_list(w, n, key, member);
		break;
	case SCHEMA_CHECKS:
	case SCHEMA_INSTANCES:
	case SCHEMA_GROUPS:
		decode_named(w, n, key, member);
		break;
	case SCHEMA_LATER:
	case SCHEMA_MAIN:
		break;
	}
}

void
decode_document(struct config *config, const struct node *root)
{
	const struct where top = {.config = config};

	decode_map(&top, root, &schema_root, true, config);
}

void
decode_included(struct config *config, const struct node *root)
{
	const struct where top = {.config = config};

	decode_map(&top, root, &schema_included, true, config);
}
