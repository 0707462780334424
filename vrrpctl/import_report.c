/*
 * What became of each directive, for people and for programs; vrrpctl, in the importer's child.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "vrrpctl/import_part.h"
#include "vrrpctl/text.h"

#define TEXT_MAX 120 /* of a directive */

struct reporter {
	struct import *im;
	FILE *out; /* NULL = they are counted */
	bool json;
	size_t told, count[IMPORT_DROPPED + 1], failover;
};

static const char *const verdicts[] = {"kept", "changed", "dropped"};

/* The directive as it was read, without passwords. */
static void
format_directive(const struct import_node *node, char text[TEXT_MAX])
{
	const bool secret = node->count > 1 && strcmp(node->word[0], "auth_pass") == 0;
	size_t used = 0, length;

	text[0] = '\0';
	for (size_t i = 0; i < node->count && used < TEXT_MAX - 2; i++) {
		const char *word = secret && i > 0 ? "***" : node->word[i];

		if (used > 0)
			text[used++] = ' ';
		length = strlen(word);
		if (length > TEXT_MAX - 1 - used)
			length = TEXT_MAX - 1 - used;
		memcpy(text + used, word, length);
		used += length;
		text[used] = '\0';
		if (secret && i > 0)
			break;
	}
	text_clean(text); /* the end may be within a character */
}

static void
report_line(struct reporter *r, const struct import_node *node, const char *text)
{
	fprintf(r->out, "%s:%u: %s%s: %s%s%s%s\n", node->file, node->line, verdicts[node->verdict],
	    node->failover ? ", affects failover" : "", text, node->why == NULL ? "" : " (",
	    node->why == NULL ? "" : node->why, node->why == NULL ? "" : ")");
}

/* Releases the value; the text is the caller's. */
static char *
report_dump(struct reporter *r, json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags);

	json_decref(value);
	if (text == NULL)
		import_fail(r->im, "out of memory");
	return text;
}

static void
report_object(struct reporter *r, const struct import_node *node, const char *text)
{
	json_t *object = json_pack("{s:s?, s:i, s:s?, s:s, s:b, s:s?}", "file", node->file, "line",
	    (int)node->line, "directive", text, "result", verdicts[node->verdict],
	    "affects_failover", node->failover, "reason", node->why);
	char *line = report_dump(r, object, 0);

	fprintf(r->out, "%s\n  %s", r->told == 0 ? "" : ",", line);
	free(line);
}

static void
report_node(struct reporter *r, const struct import_node *node)
{
	char text[TEXT_MAX];

	if (r->out == NULL) {
		r->count[node->verdict]++;
		r->failover += node->failover;
		return;
	}
	format_directive(node, text);
	if (r->json)
		report_object(r, node, text);
	else
		report_line(r, node, text);
	r->told++;
}

/* What is in a dropped block is dropped with it: only what may be the cause is told then. */
static void
report_block(struct reporter *r, const struct import_node *block, bool dropped)
{
	for (const struct import_node *node = block->child; node != NULL; node = node->next) {
		if (!dropped || node->failover)
			report_node(r, node);
		report_block(r, node, dropped || node->verdict == IMPORT_DROPPED);
	}
}

/* A line a directive: as many as there may be are not held in memory as one document. */
static void
report_json(struct reporter *r)
{
	char time[CLOCK_TEXT_MAX];
	json_t *document = json_pack("{s:s, s:s, s:s?, s:i, s:i, s:i, s:i}", "schema", "vrrpctl/1",
	    "time", clock_format_utc(clock_wall_ns(clock_now()), time), "file", r->im->file, "kept",
	    (int)r->count[IMPORT_KEPT], "changed", (int)r->count[IMPORT_CHANGED], "dropped",
	    (int)r->count[IMPORT_DROPPED], "dropped_affecting_failover", (int)r->failover);
	char *head = report_dump(r, document, JSON_INDENT(1));

	fprintf(r->out, "%.*s,\n \"directives\": [", (int)(strlen(head) - strlen("\n}")), head);
	free(head);
	report_block(r, &r->im->root, false);
	fputs("\n ]\n}\n", r->out);
}

int
import_report(struct import *im, FILE *out)
{
	struct reporter r = {.im = im, .json = im->options->json};

	report_block(&r, &im->root, false);
	r.out = out;
	if (r.json) {
		report_json(&r);
	} else {
		report_block(&r, &im->root, false);
		fprintf(out,
		    "%s: %zu kept, %zu changed, %zu dropped, %zu of them affecting failover\n",
		    im->file, r.count[IMPORT_KEPT], r.count[IMPORT_CHANGED],
		    r.count[IMPORT_DROPPED], r.failover);
	}
	return r.failover > 0;
}
