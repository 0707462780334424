/*
 * From lines to the tree of directives: words, quotes, braces; vrrpctl, in the importer's child.
 */
#include <stdint.h>
#include <string.h>

#include "vrrpctl/import_part.h"
#include "vrrpctl/text.h"

#define WORDS_MAX 4096 /* of one directive */

/* They are never inside another block: a brace is missing before them. */
static const char *const top_words[] = {"vrrp_instance", "vrrp_script", "vrrp_sync_group",
    "global_defs", "virtual_server", "virtual_server_group", "vrrp_track_process",
    "vrrp_track_file", "static_ipaddress", "static_routes", "static_rules", "bfd_instance", NULL};

struct liner {
	struct import *im;
	const char *file;
	unsigned line;
	const char *word[WORDS_MAX];
	size_t count;
	bool unquoted; /* a quote has no end */
	bool unclean;  /* bytes were replaced */
};

/* ---- words ---- */

static char
unescape(char c)
{
	static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
	const char *found = c == '\0' ? NULL : strchr(from, c);

	return found == NULL ? c : to[found - from];
}

/* The bytes of a placeholder of keepalived or of a template: what is in it is no brace of ours. */
static size_t
placeholder(const char *p)
{
	const char *end = NULL;

	if (p[0] == '$' && p[1] == '{' && (end = strchr(p, '}')) != NULL)
		return (size_t)(end + 1 - p);
	if (p[0] == '{' && p[1] == '{' && (end = strstr(p, "}}")) != NULL)
		return (size_t)(end + 2 - p);
	return 0;
}

/* Copies a word without its quotes; returns what is behind it. */
static const char *
take_word(struct liner *l, const char *p, char *out)
{
	char quote = '\0';
	size_t length;

	for (; *p != '\0'; p++) {
		if (quote == '\0' && (length = placeholder(p)) > 0) {
			memcpy(out, p, length);
			out += length;
			p += length - 1;
		} else if (*p == '\\' && p[1] != '\0') {
			p++;
			*out++ = quote != '\0' ? unescape(*p) : *p;
		} else if (*p == quote) {
			quote = '\0';
		} else if (quote == '\0' && (*p == '"' || *p == '\'')) {
			quote = *p;
		} else if (quote == '\0' && strchr(" \t{}", *p) != NULL) {
			break;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	l->unquoted = l->unquoted || quote != '\0';
	return p;
}

static const char *
add_word(struct liner *l, const char *p)
{
	char *word = import_alloc(l->im, strlen(p) + 1), *before;
	const char *end = take_word(l, p, word);

	before = import_alloc(l->im, strlen(word) + 1);
	memcpy(before, word, strlen(word) + 1);
	text_clean(word);
	l->unclean = l->unclean || strcmp(word, before) != 0;
	if (l->count < WORDS_MAX)
		l->word[l->count++] = word;
	return end;
}

/* ---- the tree ---- */

static struct import_node *
add_node(struct liner *l)
{
	struct import *im = l->im;
	struct import_node *node;

	if (im->nodes == IMPORT_NODES_MAX)
		import_fail(
		    im, "%s:%u: more than %d directives", l->file, l->line, IMPORT_NODES_MAX);
	node = import_alloc(im, sizeof(*node));
	node->file = l->file;
	node->line = l->line;
	node->sequence = im->nodes++;
	node->count = l->count;
	node->word = import_alloc(im, (l->count + 1) * sizeof(*node->word));
	if (l->count > 0)
		memcpy(node->word, l->word, l->count * sizeof(*node->word));
	node->parent = im->open;
	if (im->open->last != NULL)
		im->open->last->next = node;
	else
		im->open->child = node;
	im->open->last = node;
	return node;
}

static bool
is_top_word(const char *word)
{
	for (size_t i = 0; top_words[i] != NULL; i++)
		if (strcmp(top_words[i], word) == 0)
			return true;
	return false;
}

static struct import_node *
end_directive(struct liner *l)
{
	struct import *im = l->im;
	struct import_node *node;

	if (l->count == 0)
		return NULL;
	if (is_top_word(l->word[0]))
		for (; im->open != &im->root; im->open = im->open->parent)
			import_change(im, im->open, "its } is missing before line %u", l->line);
	node = add_node(l);
	l->count = 0;
	if (l->unquoted)
		import_change(im, node, "a quote has no end; it ends with the line");
	if (l->unclean)
		import_change(im, node, "bytes that are no printable UTF-8 are written as \"?\"");
	l->unquoted = l->unclean = false;
	return node;
}

static void
open_block(struct liner *l)
{
	struct import *im = l->im;
	struct import_node *node = end_directive(l), *n;
	unsigned depth = 0;

	if (node == NULL && im->open->last != NULL && !im->open->last->block)
		node = im->open->last; /* of the line before */
	if (node == NULL) {
		node = add_node(l);
		import_drop(im, node, false, "a block without a name");
	}
	for (n = im->open; n != NULL; n = n->parent)
		depth++;
	if (depth > IMPORT_BLOCK_DEPTH_MAX)
		import_fail(im, "%s:%u: blocks more than %d deep", l->file, l->line,
		    IMPORT_BLOCK_DEPTH_MAX);
	node->block = true;
	im->open = node;
}

static void
close_block(struct liner *l)
{
	struct import *im = l->im;

	end_directive(l);
	if (im->open != &im->root) {
		im->open = im->open->parent;
		return;
	}
	l->word[l->count++] = "}";
	import_change(im, end_directive(l), "closes nothing; ignored");
}

void
import_line(struct import *im, const char *file, unsigned line, char *text)
{
	struct liner l;
	const char *p = text;

	l.im = im;
	l.file = file;
	l.line = line;
	l.count = 0;
	l.unquoted = l.unclean = false;
	while (*(p += strspn(p, " \t\r\v\f")) != '\0') {
		if (*p == '{' && placeholder(p) == 0) {
			open_block(&l);
			p++;
		} else if (*p == '}') {
			close_block(&l);
			p++;
		} else {
			p = add_word(&l, p);
		}
	}
	end_directive(&l);
}

void
import_end(struct import *im)
{
	for (; im->open != &im->root; im->open = im->open->parent)
		import_change(im, im->open, "its } is missing at the end");
}
