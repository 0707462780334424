/*
 * The items of vrrpd.yaml(5) without their markup: as much of mdoc(7) as that page has; make-schema
 * only.
 */
#include "tests/config/manual_text.h"

#include <bsd/string.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 256
#define DEPTH_MAX 4
#define KEY_MAX 32
#define TEXT_MAX 2048

struct item {
	char section[KEY_MAX];
	char key[KEY_MAX];
	const struct item *parent;
	char text[TEXT_MAX];
};

static struct item items[ITEMS_MAX];
static size_t item_count;

/* Where reading is. */
struct place {
	char section[KEY_MAX];
	struct item
	    *open[DEPTH_MAX]; /* of each list, NULL before its first item and after a shared one */
	size_t depth;
	bool display; /* in an example */
	bool glue;    /* no blank before the next word */
};

static struct item *
current(const struct place *p)
{
	return p->depth == 0 ? NULL : p->open[p->depth - 1];
}

/* ---- words ---- */

static bool
is_closing(const char *word)
{
	return strlen(word) == 1 && strchr(".,;:)", word[0]) != NULL;
}

static void
add_text(struct place *p, const char *text)
{
	struct item *item = current(p);
	const bool glue = p->glue || item->text[0] == '\0' || is_closing(text);

	if (!glue)
		strlcat(item->text, " ", TEXT_MAX);
	if (strlcat(item->text, text, TEXT_MAX) >= TEXT_MAX)
		errx(1, "%s: its text is too long", item->key);
	p->glue = false;
}

/* Without roff's escapes. */
static void
add_words(struct place *p, const char *line)
{
	char plain[TEXT_MAX];
	size_t used = 0;

	for (; *line != '\0'; line++) {
		if (strncmp(line, "\\(dq", 4) == 0) {
			plain[used++] = '"';
			line += 3;
		} else if (strncmp(line, "\\&", 2) == 0) {
			line++;
		} else {
			plain[used++] = *line;
		}
	}
	plain[used] = '\0';
	add_text(p, plain);
}

/* ---- macros inside an item ---- */

static bool
is_plain_macro(const char *word)
{
	static const char *const macros[] = {
	    "Ic", "Cm", "Ev", "Ar", "Li", "Pa", "Sx", "Sy", "Em", "No", "Nm", "Va", NULL};
	size_t i;

	for (i = 0; macros[i] != NULL; i++)
		if (strcmp(macros[i], word) == 0)
			return true;
	return false;
}

static void
add_reference(struct place *p, char **rest)
{
	const char *page = strtok_r(NULL, " ", rest), *section = strtok_r(NULL, " ", rest);
	char text[KEY_MAX];

	snprintf(text, sizeof(text), "%s(%s)", page, section);
	add_text(p, text);
}

/* ".Pq above 1 s": what closes it comes at the end of the line. */
static const char *
enclose(struct place *p, const char *word)
{
	static const char *const pairs[][3] = {{"Pq", "(", ")"}, {"Ql", "\"", "\""},
	    {"Sq", "\"", "\""}, {"Dq", "\"", "\""}, {"Brq", "{", "}"}, {"Bq", "[", "]"}};
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strcmp(word, pairs[i][0]) != 0)
			continue;
		add_text(p, pairs[i][1]);
		p->glue = true;
		return pairs[i][2];
	}
	return NULL;
}

/* A macro that is no text of its own: an opened or closed parenthesis, a join. */
static bool
add_mark(struct place *p, const char *word)
{
	const bool closes = strcmp(word, "Pc") == 0;

	if (closes)
		add_text(p, ")");
	else if (strcmp(word, "Po") == 0)
		add_text(p, "(");
	else if (strcmp(word, "Ns") != 0)
		return false;
	p->glue = !closes;
	return true;
}

static void
add_macro(struct place *p, char *line)
{
	const char *closing[DEPTH_MAX], *close;
	size_t open = 0;
	char *word, *rest;

	for (word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		if (is_plain_macro(word) || add_mark(p, word))
			continue;
		close = enclose(p, word);
		if (close != NULL && open < DEPTH_MAX)
			closing[open++] = close;
		else if (strcmp(word, "Xr") == 0)
			add_reference(p, &rest);
		else if (is_closing(word) && open > 0 && rest[0] == '\0') {
			while (open > 0) {
				p->glue = true;
				add_text(p, closing[--open]);
			}
			add_text(p, word);
		} else
			add_words(p, word);
	}
	while (open > 0) {
		p->glue = true;
		add_text(p, closing[--open]);
	}
}

/* ---- the page ---- */

/* ".It Ic key : Ar what", or ".It Ic key , key": the latter is about none of them. */
static void
open_item(struct place *p, char *line)
{
	char *rest;
	const char *key = strtok_r(line, " ", &rest), *next = strtok_r(NULL, " ", &rest);
	struct item *item;

	if (p->depth == 0)
		return;
	p->open[p->depth - 1] = NULL;
	if (next != NULL && strcmp(next, ",") == 0)
		return;
	if (item_count == ITEMS_MAX)
		errx(1, "the manual has too many items");
	item = &items[item_count++];
	strlcpy(item->section, p->section, KEY_MAX);
	strlcpy(item->key, key, KEY_MAX);
	item->parent = p->depth > 1 ? p->open[p->depth - 2] : NULL;
	p->open[p->depth - 1] = item;
}

static bool
is_macro(const char *line, const char *name)
{
	return strncmp(line + 1, name, 2) == 0 && (line[3] == ' ' || line[3] == '\0');
}

/* A list, an item, a section or an example begins or ends. Returns false when the line is text. */
static bool
take_structure(struct place *p, char *line)
{
	if (is_macro(line, "Ss") || is_macro(line, "Sh")) {
		strlcpy(p->section, line + 4, KEY_MAX);
		p->depth = 0;
	} else if (is_macro(line, "Bl")) {
		if (p->depth == DEPTH_MAX)
			errx(1, "the manual has too many lists in lists");
		p->open[p->depth++] = NULL;
	} else if (is_macro(line, "El")) {
		p->depth -= p->depth > 0;
	} else if (is_macro(line, "Bd") || is_macro(line, "Ed")) {
		p->display = is_macro(line, "Bd");
	} else if (strncmp(line, ".It Ic ", 7) == 0) {
		open_item(p, line + 7);
	} else {
		return is_macro(line, "Dl") || is_macro(line, "Pp") || is_macro(line, "It");
	}
	return true;
}

int
manual_read(const char *file)
{
	struct place p = {.depth = 0};
	char line[TEXT_MAX];
	FILE *page = fopen(file, "r");

	if (page == NULL)
		return -1;
	while (fgets(line, sizeof(line), page) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '.' ? take_structure(&p, line) : p.display)
			continue;
		if (current(&p) == NULL)
			continue;
		if (line[0] == '.')
			add_macro(&p, line + 1);
		else
			add_words(&p, line);
	}
	fclose(page);
	return 0;
}

const char *
manual_text(const char *section, const char *parent, const char *key)
{
	size_t i;

	for (i = 0; i < item_count; i++) {
		const struct item *item = &items[i];
		const char *inside = item->parent == NULL ? NULL : item->parent->key;

		if (strcmp(item->section, section) != 0 || strcmp(item->key, key) != 0)
			continue;
		if (parent == NULL ? inside == NULL : inside != NULL && strcmp(parent, inside) == 0)
			return item->text;
	}
	return NULL;
}
