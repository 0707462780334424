/*
 * libyaml's events -> a tree of nodes with their places, refusing what this configuration has no
 * use for: anchors, aliases, merge keys, tags, directives, second documents, duplicate keys; config
 * role and `vrrpd -n`.
 */
#include "vrrpd/conf/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/log.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/source.h"

#define PATH_MAX_TEXT 256

struct builder {
	struct config *config;
	uint32_t file;
	const char *text; /* the whole file */
	size_t length;
	struct node *root;
	struct node *stack[YAML_DEPTH_MAX]; /* open mappings and lists, outermost first */
	size_t depth;
	const char *key; /* read, its value is next; NULL = none */
	struct config_at key_at;
	bool merge; /* that key is "<<" */
};

static struct config_at
at(const struct builder *b, yaml_mark_t mark)
{
	return (struct config_at){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1, b->file};
}

/* "instances.web.vrid"; last may be NULL. */
static void
format_path(const struct builder *b, const char *last, char path[PATH_MAX_TEXT])
{
	size_t i, used = 0;
	const char *word;

	path[0] = '\0';
	for (i = 0; i <= b->depth && used < PATH_MAX_TEXT; i++) {
		word = i < b->depth ? b->stack[i]->key : last;
		if (word != NULL)
			used += (size_t)snprintf(
			    path + used, PATH_MAX_TEXT - used, "%s%s", used == 0 ? "" : ".", word);
	}
}

static void
complain(const struct builder *b, struct config_at place, const char *last, const char *what)
{
	char path[PATH_MAX_TEXT];

	format_path(b, last, path);
	problem_error(b->config, place, path, "%s", what);
}

/* Appends a value to what is open; NULL when there are too many. */
static struct node *
add_node(struct builder *b, enum node_kind kind, struct config_at place)
{
	struct node *parent = b->depth == 0 ? NULL : b->stack[b->depth - 1];
	struct node *n;

	if (++b->config->nodes > YAML_NODES_MAX) {
		problem_error(b->config, place, "", "more than %d values", YAML_NODES_MAX);
		return NULL;
	}
	n = config_alloc(b->config, sizeof(*n));
	n->kind = kind;
	n->at = place;
	n->key = b->key;
	n->key_at = b->key_at;
	b->key = NULL;
	if (parent == NULL) {
		b->root = n;
	} else if (b->merge) {
		b->merge = false; /* its contents go nowhere */
	} else {
		if (parent->first == NULL)
			parent->first = n;
		else
			parent->last->next = n;
		parent->last = n;
		parent->count++;
	}
	return n;
}

static bool
key_is_due(const struct builder *b)
{
	return b->depth > 0 && b->stack[b->depth - 1]->kind == NODE_MAP && b->key == NULL;
}

static int
open_node(struct builder *b, enum node_kind kind, const yaml_event_t *event)
{
	const struct config_at place = at(b, event->start_mark);
	struct node *n;

	if (key_is_due(b)) {
		complain(b, place, NULL, "a key must be a word, not a mapping or a list; quote it");
		return -1;
	}
	if (b->depth == YAML_DEPTH_MAX) {
		complain(b, place, b->key, "nested deeper than 16 levels");
		return -1;
	}
	n = add_node(b, kind, place);
	if (n == NULL)
		return -1;
	b->stack[b->depth++] = n;
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct node *const *na = a, *const *nb = b;
	const int order = strcmp((*na)->key, (*nb)->key);

	if (order != 0)
		return order;
	if ((*na)->key_at.line != (*nb)->key_at.line)
		return (*na)->key_at.line < (*nb)->key_at.line ? -1 : 1;
	return (*na)->key_at.column < (*nb)->key_at.column ? -1 : 1;
}

static void
find_duplicates(const struct builder *b, const struct node *map)
{
	struct node **sorted, *n;
	char what[64];
	size_t i;

	if (map->count < 2)
		return;
	sorted = calloc(map->count, sizeof(struct node *));
	if (sorted == NULL)
		fatal("%s", b->config->file);
	for (i = 0, n = map->first; n != NULL; n = n->next)
		sorted[i++] = n;
	qsort(sorted, map->count, sizeof(struct node *), compare_keys);
	for (i = 1; i < map->count; i++) {
		if (strcmp(sorted[i]->key, sorted[i - 1]->key) != 0)
			continue;
		sorted[i]->duplicate = true;
		snprintf(what, sizeof(what), "duplicate key; it is already at line %u",
		    sorted[i - 1]->key_at.line);
		complain(b, sorted[i]->key_at, sorted[i]->key, what);
	}
	free(sorted);
}

static void
close_node(struct builder *b)
{
	const struct node *n = b->stack[b->depth - 1];

	if (n->kind == NODE_MAP)
		find_duplicates(b, n);
	b->depth--;
}

static void
check_decoration(
    const struct builder *b, const yaml_event_t *event, const void *anchor, const void *tag)
{
	if (anchor != NULL)
		complain(b, at(b, event->start_mark), b->key,
		    "anchors (&) are not supported; use defaults, or quote the text");
	if (tag != NULL)
		complain(b, at(b, event->start_mark), b->key,
		    "tags (!) are not supported; quote the text");
}

static int
take_key(struct builder *b, const yaml_event_t *event, const char *text, bool plain)
{
	b->key = text;
	b->key_at = at(b, event->start_mark);
	b->merge = plain && strcmp(text, "<<") == 0;
	if (b->merge)
		complain(b, b->key_at, NULL,
		    "merge keys (<<) are not supported; write the keys out, or use defaults");
	return 0;
}

static int
on_scalar(struct builder *b, const yaml_event_t *event)
{
	const size_t length = event->data.scalar.length;
	const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	const char *text =
	    config_strndup(b->config, (const char *)event->data.scalar.value, length);
	struct node *n;
	bool has_nul;

	check_decoration(b, event, event->data.scalar.anchor, event->data.scalar.tag);
	has_nul = strlen(text) != length;
	if (has_nul)
		complain(b, at(b, event->start_mark), b->key, "contains a NUL character (\\0)");
	if (key_is_due(b))
		return take_key(b, event, text, plain);
	n = add_node(b, has_nul ? NODE_BAD : NODE_SCALAR, at(b, event->start_mark));
	if (n == NULL)
		return -1;
	n->text = text;
	n->plain = plain;
	return 0;
}

static int
on_alias(struct builder *b, const yaml_event_t *event)
{
	complain(b, at(b, event->start_mark), b->key,
	    "aliases (*) are not supported; use defaults, or quote the text");
	if (key_is_due(b))
		return take_key(b, event, "*", false);
	return add_node(b, NODE_BAD, at(b, event->start_mark)) == NULL ? -1 : 0;
}

static int
on_document(struct builder *b, const yaml_event_t *event)
{
	if (b->root != NULL) {
		complain(b, at(b, event->start_mark), NULL,
		    "a second document; a configuration is one document: remove the \"---\"");
		return -1;
	}
	if (event->data.document_start.version_directive != NULL ||
	    event->data.document_start.tag_directives.start !=
		event->data.document_start.tag_directives.end)
		complain(b, at(b, event->start_mark), NULL,
		    "directives (%) are not supported; remove the line");
	return 0;
}

static int
on_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document(b, event);
	case YAML_SCALAR_EVENT:
		return on_scalar(b, event);
	case YAML_ALIAS_EVENT:
		return on_alias(b, event);
	case YAML_SEQUENCE_START_EVENT:
		check_decoration(
		    b, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
		return open_node(b, NODE_LIST, event);
	case YAML_MAPPING_START_EVENT:
		check_decoration(
		    b, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
		return open_node(b, NODE_MAP, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_node(b);
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

/* The character at a place; NUL when there is none. */
static char
character_at(const struct builder *b, struct config_at place)
{
	const char *p = b->text, *end = b->text + b->length;
	uint32_t i;

	for (i = 1; i < place.line && p < end; i++) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p == NULL ? end : p + 1;
	}
	for (i = 1; i < place.column && p < end; i++)
		for (p++; p < end && ((unsigned char)*p & 0xc0) == 0x80; p++)
			continue;
	return p < end ? *p : '\0';
}

static void
complain_reader(const struct builder *b, const yaml_parser_t *parser)
{
	struct config_at place = {.line = 1, .column = 1, .file = b->file};
	size_t i;

	for (i = 0; i < parser->problem_offset && i < b->length; i++) {
		place.column++;
		if (b->text[i] == '\n')
			place = (struct config_at){place.line + 1, 1, b->file};
	}
	problem_error(b->config, place, "", "not text: %s; the file must be UTF-8",
	    parser->problem != NULL ? parser->problem : "damaged");
}

static void
complain_syntax(const struct builder *b, const yaml_parser_t *parser)
{
	const struct config_at place = at(b, parser->problem_mark);
	const char *problem = parser->problem != NULL ? parser->problem : "damaged";
	const char *context = parser->context;
	char path[PATH_MAX_TEXT];

	format_path(b, b->key, path);
	if (parser->error == YAML_MEMORY_ERROR)
		fatalx("%s: out of memory", b->config->file);
	if (parser->error == YAML_READER_ERROR)
		complain_reader(b, parser);
	else if (character_at(b, place) == '\t')
		problem_error(b->config, place, path, "a tab; indent with spaces");
	else if (context != NULL && parser->context_mark.line != parser->problem_mark.line)
		problem_error(b->config, place, path,
		    "not valid YAML: %s (%s that begins at line %zu)", problem, context,
		    parser->context_mark.line + 1);
	else if (context != NULL)
		problem_error(b->config, place, path, "not valid YAML: %s (%s)%s", problem, context,
		    strcmp(problem, "found unexpected ':'") == 0
			? "; quote a text with colons, such as an IPv6 address"
			: "");
	else
		problem_error(b->config, place, path, "not valid YAML: %s", problem);
}

static int
build(struct builder *b)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool done = false;
	int result = 0;

	if (!yaml_parser_initialize(&parser))
		fatalx("%s: out of memory", b->config->file);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)b->text, b->length);
	while (result == 0 && !done) {
		if (!yaml_parser_parse(&parser, &event)) {
			complain_syntax(b, &parser);
			result = -1;
			break;
		}
		done = event.type == YAML_STREAM_END_EVENT;
		result = on_event(b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return result;
}

struct node *
yaml_read(struct config *config, uint32_t file)
{
	const struct config_at start = {.line = 1, .column = 1, .file = file};
	struct builder b = {.config = config, .file = file};

	if (source_read(config, file, &b.text, &b.length) == -1 ||
	    source_check(config, file, b.text, b.length) == -1)
		return NULL;
	if (b.length >= 3 && memcmp(b.text, "\xef\xbb\xbf", 3) == 0) {
		b.text += 3;
		b.length -= 3;
	}
	if (build(&b) == -1)
		return NULL;
	if (b.root == NULL)
		problem_error(config, start, "",
		    file == 0 ? "the file is empty; a configuration has at least the line "
				"\"version: 1\""
			      : "the file is empty; remove it, or write \"version: 1\"");
	return b.root;
}
