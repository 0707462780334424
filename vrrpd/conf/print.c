/*
 * struct config -> YAML, normalised, by the tables of schema.h; `vrrpd -nv`.
 */
#include "vrrpd/conf/print.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "vrrpd/conf/schema.h"
#include "vrrpd/conf/value.h"

#define INDENT 2

struct printer {
	FILE *out;
	int indent;
};

static void print_table(const struct printer *, const struct schema_table *, const void *object);

static void
print_key(const struct printer *p, const char *key)
{
	fprintf(p->out, "%*s%s:", p->indent, "", key);
}

/* A word that every YAML reader takes for a text. */
static bool
is_plain(const char *text)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/";
	static const char further[] = "0123456789.-";
	static const char *const words[] = {
	    "true", "false", "yes", "no", "on", "off", "y", "n", "null"};
	const char *c;
	size_t i;

	if (*text == '\0' || strchr(first, *text) == NULL)
		return false;
	for (c = text; *c != '\0'; c++)
		if (strchr(first, *c) == NULL && strchr(further, *c) == NULL)
			return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	return true;
}

/* The character at c, which is valid UTF-8 since it came through libyaml; *length its bytes. */
static uint32_t
decode_character(const unsigned char *c, size_t *length)
{
	uint32_t code;
	size_t i;

	*length = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
	code = *length == 1 ? *c : *c & (0x7fU >> *length);
	for (i = 1; i < *length; i++)
		code = code << 6 | (c[i] & 0x3f);
	return code;
}

/* YAML allows it in a file and takes it for what it is: no control, line break, or byte order mark.
 */
static bool
is_printable(uint32_t code)
{
	return (code >= ' ' && code < 0x7f) ||
	       (code >= 0xa0 && code != 0x2028 && code != 0x2029 && code != 0xfeff &&
		   code < 0xfffe) ||
	       code >= 0x10000;
}

static void
print_quoted(const struct printer *p, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	uint32_t code;
	size_t length;

	putc('"', p->out);
	for (; *c != '\0'; c += length) {
		code = decode_character(c, &length);
		if (code == '"' || code == '\\')
			fprintf(p->out, "\\%c", (int)code);
		else if (code == '\n')
			fputs("\\n", p->out);
		else if (code == '\t')
			fputs("\\t", p->out);
		else if (is_printable(code))
			fwrite(c, 1, length, p->out);
		else
			fprintf(p->out, "\\u%04x", code);
	}
	putc('"', p->out);
}

static void
print_text(const struct printer *p, const char *text)
{
	if (is_plain(text))
		fputs(text, p->out);
	else
		print_quoted(p, text);
}

/* Words of ours that YAML 1.1 takes for booleans ("off") are quoted as well. */
static void
print_number(const struct printer *p, const struct schema_key *key, const struct config_number *n)
{
	char buffer[VALUE_DURATION_MAX];

	print_key(p, key->name);
	putc(' ', p->out);
	if (key->type == SCHEMA_BOOLEAN)
		fputs(n->value != 0 ? "true" : "false", p->out);
	else if (key->type == SCHEMA_INTEGER)
		fprintf(p->out, "%" PRId64, n->value);
	else if (key->type == SCHEMA_DURATION)
		fputs(value_format_duration(n->value, buffer), p->out);
	else
		print_text(p, key->words[n->value]);
	putc('\n', p->out);
}

static void
print_list(const struct printer *p, const char *key, const struct config_list *list)
{
	size_t i;

	if (list->count == 0)
		return;
	print_key(p, key);
	fputs(" [", p->out);
	for (i = 0; i < list->count; i++) {
		fputs(i == 0 ? "" : ", ", p->out);
		print_text(p, list->item[i].text);
	}
	fputs("]\n", p->out);
}

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
		print_text(p, e->item[i].key);
		fputs(": ", p->out);
		print_text(p, e->item[i].value);
		putc('\n', p->out);
	}
}

static void
print_addresses(const struct printer *p, const char *key, const struct config_addresses *list)
{
	char text[ADDR_TEXT_MAX];
	size_t i;

	print_key(p, key);
	fputs(" [", p->out);
	for (i = 0; i < list->count; i++)
		fprintf(p->out, "%s%s/%u", i == 0 ? "" : ", ",
		    addr_format(&list->item[i].addr, text), list->item[i].prefix_length);
	fputs("]\n", p->out);
}

static void
print_tracks(const struct printer *p, const char *key, const struct config_tracks *list)
{
	size_t i;

	if (list->count == 0)
		return;
	print_key(p, key);
	fputs(" [", p->out);
	for (i = 0; i < list->count; i++) {
		fputs(i == 0 ? "" : ", ", p->out);
		print_text(p, list->item[i].check);
	}
	fputs("]\n", p->out);
}

static void
print_command(const struct printer *p, const char *key, const struct config_command *c)
{
	const struct printer inner = {p->out, p->indent + INDENT};

	if (c == NULL)
		return;
	print_key(p, key);
	putc('\n', p->out);
	print_table(&inner, &schema_command, c);
}

static void
print_map(
    const struct printer *p, const char *key, const struct schema_table *table, const void *object)
{
	const struct printer inner = {p->out, p->indent + INDENT};

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
static void
print_user(const struct printer *p, const struct schema_table *table, const struct schema_key *key,
    const void *object, const struct config_text *written)
{
	const char *text = written->text;

	if (table == &schema_command)
		text = ((const struct config_command *)object)->user->text;
	else if (table == &schema_check)
		text = ((const struct config_check *)object)->command.user->text;
	else if (text == NULL)
		text = CONFIG_USER_SCRIPT;
	print_key(p, key->name);
	putc(' ', p->out);
	print_text(p, text);
	putc('\n', p->out);
}

static void
print_optional(const struct printer *p, const char *key, const struct config_text *text)
{
	if (text->text == NULL)
		return;
	print_key(p, key);
	putc(' ', p->out);
	print_text(p, text->text);
	putc('\n', p->out);
}

/* Names begin a line of their own; one that YAML could misread is quoted. */
static void
print_name(const struct printer *p, const char *name)
{
	fprintf(p->out, "%*s", p->indent, "");
	print_text(p, name);
	fputs(":\n", p->out);
}

static void
print_checks(const struct printer *p, const struct schema_key *key, const struct config_checks *all)
{
	const struct printer names = {p->out, p->indent + INDENT};
	const struct printer inner = {p->out, p->indent + 2 * INDENT};
	size_t i;

	if (all->count == 0)
		return;
	print_key(p, key->name);
	putc('\n', p->out);
	for (i = 0; i < all->count; i++) {
		print_name(&names, all->item[i].name);
		print_table(&inner, key->table, &all->item[i]);
	}
}

static void
print_instances(
    const struct printer *p, const struct schema_key *key, const struct config_instances *all)
{
	const struct printer names = {p->out, p->indent + INDENT};
	const struct printer inner = {p->out, p->indent + 2 * INDENT};
	size_t i;

	if (all->count == 0)
		return;
	print_key(p, key->name);
	putc('\n', p->out);
	for (i = 0; i < all->count; i++) {
		print_name(&names, all->item[i].name);
		print_table(&inner, key->table, &all->item[i]);
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
		print_number(p, key, member);
		break;
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
		print_optional(p, key->name, member);
		break;
	case SCHEMA_USER:
		print_user(p, table, key, object, member);
		break;
	case SCHEMA_ARGV:
	case SCHEMA_PATHS:
		print_list(p, key->name, member);
		break;
	case SCHEMA_ENVIRONMENT:
		print_environment(p, key->name, member);
		break;
	case SCHEMA_ADDRESSES:
		print_addresses(p, key->name, member);
		break;
	case SCHEMA_TRACKS:
		print_tracks(p, key->name, member);
		break;
	case SCHEMA_COMMAND:
		print_command(p, key->name, *(const struct config_command *const *)member);
		break;
	case SCHEMA_NOTIFY:
		print_notify(p, key, member);
		break;
	case SCHEMA_MAP:
		print_map(p, key->name, key->table, member);
		break;
	case SCHEMA_CHECKS:
		print_checks(p, key, member);
		break;
	case SCHEMA_INSTANCES:
		print_instances(p, key, member);
		break;
	case SCHEMA_DEFAULTS: /* are in each instance by now */
	case SCHEMA_LATER:
	case SCHEMA_LATER_KIND:
		break;
	}
}

static void
print_table(const struct printer *p, const struct schema_table *table, const void *object)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		print_member(p, table, &table->keys[i], object);
}

void
print_config(const struct config *config, FILE *out)
{
	const struct printer p = {.out = out};

	print_table(&p, &schema_root, config);
}
