/*
 * struct config -> YAML, normalised, by the tables of schema.h; `vrrpd -nv`.
 */
#include "vrrpd/conf/print.h"

#include <inttypes.h>

#include "vrrpd/conf/print_text.h"
#include "vrrpd/conf/schema.h"
#include "vrrpd/conf/value_net.h"

#define INDENT 2

struct printer {
	FILE *out;
	int indent;
};

static void print_table(const struct printer *, const struct schema_table *, const void *object);

static struct printer
deeper(const struct printer *p)
{
	return (struct printer){p->out, p->indent + INDENT};
}

static void
print_key(const struct printer *p, const char *key)
{
	fprintf(p->out, "%*s%s:", p->indent, "", key);
}

/* ---- single values ---- */

/* Words of ours that YAML 1.1 takes for booleans ("off") are quoted as well. */
static void
print_number(FILE *out, const struct schema_key *key, const struct config_number *n)
{
	char buffer[VALUE_DURATION_MAX];

	if (key->type == SCHEMA_BOOLEAN)
		fputs(n->value != 0 ? "true" : "false", out);
	else if (key->type == SCHEMA_DURATION)
		fputs(value_format_duration(n->value, buffer), out);
	else if (key->type == SCHEMA_WORD)
		print_text(out, key->words[n->value]);
	else if (key->type == SCHEMA_ROUTING && n->value == CONFIG_TABLE_MAIN)
		fputs("main", out);
	else
		fprintf(out, "%" PRId64, n->value);
}

/* Those of IPv6 are quoted. */
static void
print_prefix(FILE *out, const struct schema_key *key, const struct config_prefix *p)
{
	char buffer[VALUE_PREFIX_MAX];

	if (p->is_default)
		fputs("default", out);
	else if (p->addr.family == ADDR_IPV4)
		fputs(key->type == SCHEMA_ADDRESS ? addr_format(&p->addr, buffer)
						  : value_format_prefix(p, buffer),
		    out);
	else
		print_text(out, key->type == SCHEMA_ADDRESS ? addr_format(&p->addr, buffer)
							    : value_format_prefix(p, buffer));
}

static void
print_server(FILE *out, const struct config_server *s)
{
	char buffer[VALUE_SERVER_MAX > CONF_PATH_MAX + 8 ? VALUE_SERVER_MAX : CONF_PATH_MAX + 8];

	if (s->request != NULL)
		snprintf(buffer, sizeof(buffer), "http://%s", s->request);
	else
		value_format_server(&s->addr, s->port, buffer);
	print_text(out, buffer);
}

static void
print_list(FILE *out, const struct config_list *list)
{
	size_t i;

	putc('[', out);
	for (i = 0; i < list->count; i++) {
		fputs(i == 0 ? "" : ", ", out);
		print_text(out, list->item[i].text);
	}
	putc(']', out);
}

/* What stands behind its key on the same line. */
static void
print_value(FILE *out, const struct schema_key *key, const void *member)
{
	char buffer[VALUE_MARK_MAX > VALUE_FREE_MAX ? VALUE_MARK_MAX : VALUE_FREE_MAX];

	switch (key->type) {
	case SCHEMA_BOOLEAN:
	case SCHEMA_INTEGER:
	case SCHEMA_DURATION:
	case SCHEMA_WORD:
	case SCHEMA_ROUTING:
		print_number(out, key, member);
		break;
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_USER:
	case SCHEMA_LOGIN:
	case SCHEMA_INTERFACE:
	case SCHEMA_LABEL:
	case SCHEMA_PROCESS:
	case SCHEMA_PATH:
		print_text(out, ((const struct config_text *)member)->text);
		break;
	case SCHEMA_SECRET:
		print_text(out, PRINT_REDACTED);
		break;
	case SCHEMA_ARGV:
	case SCHEMA_PATHS:
	case SCHEMA_NAMES:
		print_list(out, member);
		break;
	case SCHEMA_ADDRESS:
	case SCHEMA_CIDR:
	case SCHEMA_NETWORK:
	case SCHEMA_DESTINATION:
		print_prefix(out, key, member);
		break;
	case SCHEMA_MARK:
		print_text(out, value_format_mark(member, buffer));
		break;
	case SCHEMA_SERVER:
	case SCHEMA_URL:
		print_server(out, member);
		break;
	case SCHEMA_FREE:
		print_text(out, value_format_free(member, buffer));
		break;
	case SCHEMA_ENVIRONMENT:
	case SCHEMA_COMMAND:
	case SCHEMA_AUTHENTICATION:
	case SCHEMA_NOTIFY:
	case SCHEMA_MAP:
	case SCHEMA_LIST:
	case SCHEMA_CHECKS:
	case SCHEMA_INSTANCES:
	case SCHEMA_GROUPS:
	case SCHEMA_LATER:
	case SCHEMA_MAIN:
	case SCHEMA_PATTERNS:
	case SCHEMA_DEFAULTS:
		break;
	}
}

static bool
is_list(const struct schema_key *key)
{
	return key->type == SCHEMA_ARGV || key->type == SCHEMA_PATHS || key->type == SCHEMA_NAMES;
}

/* Whether there is a value at all. */
static bool
is_there(const struct schema_key *key, const void *object)
{
	const void *member = (const char *)object + key->offset;

	if (schema_is_number(key))
		return ((const struct config_number *)member)->value != CONFIG_INHERITED;
	if (is_list(key))
		return ((const struct config_list *)member)->count > 0;
	return schema_at(key, object).line != 0;
}

static void
print_line(const struct printer *p, const struct schema_key *key, const void *object)
{
	if (!is_there(key, object))
		return;
	print_key(p, key->name);
	putc(' ', p->out);
	print_value(p->out, key, (const char *)object + key->offset);
	putc('\n', p->out);
}

/* ---- lists of mappings ---- */

/* Whether a key of an item says more than nothing. */
static bool
is_worth_telling(const struct schema_key *key, const void *item)
{
	const void *member = (const char *)item + key->offset;

	if (schema_is_number(key))
		return ((const struct config_number *)member)->value != key->fallback;
	return is_there(key, item);
}

/* Its first key says all, and may stand alone. */
static bool
is_simple(const struct schema_table *table, const void *item)
{
	size_t i;

	if (table->item == NULL || !is_there(&table->keys[0], item))
		return false;
	for (i = 1; i < table->count; i++)
		if (is_worth_telling(&table->keys[i], item))
			return false;
	return true;
}

static void
print_item(FILE *out, const struct schema_table *table, const void *item)
{
	const struct schema_key *key = table->keys;
	const char *between = "{";
	size_t i;

	if (is_simple(table, item)) {
		print_value(out, key, (const char *)item + key->offset);
		return;
	}
	for (i = 0; i < table->count; i++) {
		key = &table->keys[i];
		if (!is_worth_telling(key, item))
			continue;
		fprintf(out, "%s%s: ", between, key->name);
		print_value(out, key, (const char *)item + key->offset);
		between = ", ";
	}
	putc('}', out);
}

/* On one line if all of them are simple, else a line each. */
static void
print_items(const struct printer *p, const struct schema_key *key, const struct config_items *items)
{
	const struct schema_table *table = key->table;
	const char *base = items->item;
	bool simple = true;
	size_t i;

	if (items->count == 0)
		return;
	for (i = 0; i < items->count; i++)
		simple = simple && is_simple(table, base + i * table->size);
	print_key(p, key->name);
	fputs(simple ? " [" : "\n", p->out);
	for (i = 0; i < items->count; i++) {
		if (simple)
			fputs(i == 0 ? "" : ", ", p->out);
		else
			fprintf(p->out, "%*s- ", p->indent + INDENT, "");
		print_item(p->out, table, base + i * table->size);
		if (!simple)
			putc('\n', p->out);
	}
	if (simple)
		fputs("]\n", p->out);
}

/* ---- mappings ---- */

static void
print_environment(const struct printer *p, const char *key, const struct config_environment *e)
{
	size_t i;

	if (e->count == 0)
		return;
	print_key(p, key);
	putc('\n', p->out);
	for (i = 0; i < e->count; i++) {
		fprintf(p->out, "%*s", p->indent + INDENT, "");
		print_text(p->out, e->item[i].key);
		fputs(": ", p->out);
		print_text(p->out, e->item[i].value);
		putc('\n', p->out);
	}
}

/* NULL is nothing. */
static void
print_map(
    const struct printer *p, const char *key, const struct schema_table *table, const void *object)
{
	const struct printer inner = deeper(p);

	if (object == NULL)
		return;
	print_key(p, key);
	putc('\n', p->out);
	print_table(&inner, table, object);
}

static void
print_notify(
    const struct printer *p, const struct schema_key *key, const struct config_notify *notify)
{
	size_t slot;

	for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
		if (notify->slot[slot] != NULL) {
			print_map(p, key->name, key->table, notify);
			return;
		}
}

/* The effective user, which may be inherited, of a command; else what is written. */
static const char *
effective_user(const struct schema_table *table, const void *object, const char *written)
{
	if (table == &schema_command)
		return ((const struct config_command *)object)->user->text;
	if (table == &schema_check)
		return ((const struct config_check *)object)->command.user->text;
	return written != NULL ? written : CONFIG_USER_SCRIPT;
}

/* Names begin a line of their own; one that YAML could misread is quoted. */
static void
print_named(const struct printer *p, const struct schema_key *key, const struct config_items *items)
{
	const struct printer names = deeper(p), inner = deeper(&names);
	const char *base = items->item;
	const struct config_named *named;
	size_t i;

	if (items->count == 0)
		return;
	print_key(p, key->name);
	putc('\n', p->out);
	for (i = 0; i < items->count; i++) {
		named = (const void *)(base + i * key->table->size);
		fprintf(p->out, "%*s", names.indent, "");
		print_text(p->out, named->name);
		fputs(":\n", p->out);
		print_table(&inner, key->table, named);
	}
}

static void
print_member(const struct printer *p, const struct schema_table *table,
    const struct schema_key *key, const void *object)
{
	const void *member = (const char *)object + key->offset;

	switch (key->type) {
	case SCHEMA_BOOLEAN:
	case SCHEMA_INTEGER:
	case SCHEMA_DURATION:
	case SCHEMA_WORD:
	case SCHEMA_ROUTING:
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_SECRET:
	case SCHEMA_LOGIN:
	case SCHEMA_INTERFACE:
	case SCHEMA_LABEL:
	case SCHEMA_PROCESS:
	case SCHEMA_PATH:
	case SCHEMA_ARGV:
	case SCHEMA_PATHS:
	case SCHEMA_NAMES:
	case SCHEMA_ADDRESS:
	case SCHEMA_CIDR:
	case SCHEMA_NETWORK:
	case SCHEMA_DESTINATION:
	case SCHEMA_MARK:
	case SCHEMA_SERVER:
	case SCHEMA_URL:
	case SCHEMA_FREE:
		print_line(p, key, object);
		break;
	case SCHEMA_USER:
		print_key(p, key->name);
		putc(' ', p->out);
		print_text(p->out,
		    effective_user(table, object, ((const struct config_text *)member)->text));
		putc('\n', p->out);
		break;
	case SCHEMA_ENVIRONMENT:
		print_environment(p, key->name, member);
		break;
	case SCHEMA_COMMAND:
		print_map(
		    p, key->name, &schema_command, *(const struct config_command *const *)member);
		break;
	case SCHEMA_AUTHENTICATION:
		print_map(
		    p, key->name, key->table, *(const struct config_authentication *const *)member);
		break;
	case SCHEMA_NOTIFY:
		print_notify(p, key, member);
		break;
	case SCHEMA_MAP:
		print_map(p, key->name, key->table, member);
		break;
	case SCHEMA_LIST:
		print_items(p, key, member);
		break;
	case SCHEMA_CHECKS:
	case SCHEMA_INSTANCES:
	case SCHEMA_GROUPS:
		print_named(p, key, member);
		break;
	case SCHEMA_PATTERNS: /* what they mean is here by now */
	case SCHEMA_DEFAULTS: /* are in each instance by now */
	case SCHEMA_LATER:
	case SCHEMA_MAIN:
		break;
	}
}

/* A key of a check says something only if it is for its kind. */
static bool
is_for(const struct schema_table *table, const struct schema_key *key, const void *object)
{
	return table != &schema_check || key->kinds == 0 ||
	       (key->kinds & 1U << ((const struct config_check *)object)->kind) != 0;
}

static void
print_table(const struct printer *p, const struct schema_table *table, const void *object)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (is_for(table, &table->keys[i], object))
			print_member(p, table, &table->keys[i], object);
}

void
print_config(const struct config *config, FILE *out)
{
	const struct printer p = {.out = out};

	print_table(&p, &schema_root, config);
}
