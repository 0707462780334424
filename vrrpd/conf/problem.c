/*
 * What is wrong with a configuration: collecting, sorting, and guessing what was meant; config role
 * and `vrrpd -n`.
 */
#include "vrrpd/conf/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define WORD_MAX 64 /* longer words are not guessed */

/* What comes from the file may hold anything; a line of ours is printable, bytes of UTF-8 are kept.
 */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void __attribute__((format(printf, 5, 0))) add(struct config *config, struct config_at at,
    bool is_error, const char *path, const char *what, va_list ap)
{
	struct config_problem *p;
	char reason[PROBLEM_TEXT_MAX], place[32] = "", *line;
	size_t *count = is_error ? &config->errors : &config->warnings;

	if (++*count > PROBLEMS_MAX)
		return;
	if (config->problems == NULL) {
		config->problems = calloc(2 * PROBLEMS_MAX + 1, sizeof(*config->problems));
		if (config->problems == NULL)
			fatal("%s", config->file);
	}
	vsnprintf(reason, sizeof(reason), what, ap);
	if (at.line != 0)
		snprintf(place, sizeof(place), ":%u:%u", at.line, at.column);
	line = config_format(config, "%s%s: %.255s%s%s", config->files.item[at.file]->name, place,
	    path, *path == '\0' ? "" : ": ", reason);
	if (strlen(line) >= PROBLEM_TEXT_MAX)
		line[PROBLEM_TEXT_MAX - 1] = '\0';
	make_printable(line);
	p = &config->problems[config->problem_count];
	p->at = at;
	p->is_error = is_error;
	p->order = config->problem_count++;
	p->text = line;
}

void
problem_error(struct config *config, struct config_at at, const char *path, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	add(config, at, true, path, what, ap);
	va_end(ap);
}

void
problem_warning(struct config *config, struct config_at at, const char *path, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	add(config, at, false, path, what, ap);
	va_end(ap);
}

void
problem_here(struct config *config, struct config_at at, const char *path, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	add(config, at, !config->checking, path, what, ap);
	va_end(ap);
}

int
problem_compare_places(struct config_at a, struct config_at b)
{
	if (a.file != b.file)
		return a.file < b.file ? -1 : 1;
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return a.column < b.column ? -1 : a.column > b.column;
}

const char *
problem_place(struct config *config, struct config_at at, struct config_at from)
{
	if (at.file == from.file)
		return config_format(config, "line %u", at.line);
	return config_format(config, "%s:%u", config->files.item[at.file]->name, at.line);
}

static int
compare(const void *a, const void *b)
{
	const struct config_problem *pa = a, *pb = b;
	const int order = problem_compare_places(pa->at, pb->at);

	if (order != 0)
		return order;
	return pa->order < pb->order ? -1 : pa->order > pb->order;
}

static size_t
surplus(size_t count)
{
	return count > PROBLEMS_MAX ? count - PROBLEMS_MAX : 0;
}

void
problem_sort(struct config *config)
{
	const size_t more = surplus(config->errors) + surplus(config->warnings);
	struct config_problem *p = config->problems;
	size_t i, kept = 0;

	if (config->problem_count == 0)
		return;
	qsort(p, config->problem_count, sizeof(*p), compare);
	for (i = 0; i < config->problem_count; i++) {
		if (kept == 0 || strcmp(p[kept - 1].text, p[i].text) != 0)
			p[kept++] = p[i];
		else if (p[i].is_error)
			config->errors--;
		else
			config->warnings--;
	}
	if (more > 0) {
		p[kept].is_error = config->errors > 0;
		p[kept++].text = config_format(config, "%s: and %zu more", config->file, more);
	}
	config->problem_count = kept;
}

static unsigned
smallest(unsigned a, unsigned b, unsigned c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[3][WORD_MAX + 1];
	unsigned *before = row[0], *above = row[1], *here = row[2], *free_row;
	const size_t na = strlen(a), nb = strlen(b);
	size_t i, j;

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= nb; j++)
		above[j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		here[0] = (unsigned)i;
		for (j = 1; j <= nb; j++) {
			here[j] = smallest(
			    above[j] + 1, here[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < here[j])
				here[j] = before[j - 2] + 1;
		}
		free_row = before;
		before = above;
		above = here;
		here = free_row;
	}
	return above[nb];
}

void
suggestion_init(struct suggestion *s, const char *word)
{
	const size_t length = strlen(word);

	s->word = word;
	s->best = NULL;
	s->distance = length < 5 ? 2 : length < 7 ? 3 : 4; /* one more than is taken */
	s->text[0] = '\0';
}

void
suggestion_offer(struct suggestion *s, const char *candidate)
{
	const size_t a = strlen(s->word), b = strlen(candidate);
	unsigned found;

	if (a >= 3 && a < b && strncmp(s->word, candidate, a) == 0) { /* a beginning of it */
		s->distance = 1;
		s->best = candidate;
		return;
	}
	if ((a > b ? a - b : b - a) >=
	    s->distance) /* cannot be nearer: spares thousands of names */
		return;
	found = distance(s->word, candidate);
	if (found < s->distance && found < b) {
		s->distance = found;
		s->best = candidate;
	}
}

const char *
suggestion_text(struct suggestion *s)
{
	if (s->best != NULL)
		snprintf(s->text, sizeof(s->text), "; did you mean \"%s\"?", s->best);
	return s->text;
}
