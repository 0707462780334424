/*
 * What became of each directive, for people and for programs; vrrpctl, in the importer's child.
 */
#include <jansson.h>
#include <string.h>

#include "common/clock.h"
#include "vrrpctl/import_part.h"
#include "vrrpctl/text.h"

#define TEXT_MAX 120 /* of a directive */

struct reporter {
	FILE *out;
	json_t *list; /* NULL = for people */
	size_t count[IMPORT_DROPPED + 1], failover;
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

static void
report_object(struct reporter *r, const struct import_node *node, const char *text)
{
	json_array_append_new(
	    r->list, json_pack("{s:s?, s:i, s:s?, s:s, s:b, s:s?}", "file", node->file, "line",
			 (int)node->line, "directive", text, "result", verdicts[node->verdict],
			 "affects_failover", node->failover, "reason", node->why));
}

static void
report_node(struct reporter *r, const struct import_node *node)
{
	char text[TEXT_MAX];

	format_directive(node, text);
	r->count[node->verdict]++;
	r->failover += node->failover;
	if (r->list != NULL)
		report_object(r, node, text);
	else
		report_line(r, node, text);
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

static void
report_json(const struct reporter *r, const char *file)
{
	char time[CLOCK_TEXT_MAX];
	json_t *document = json_pack("{s:s, s:s, s:s?, s:i, s:i, s:i, s:i, s:O}", "schema",
	    "vrrpctl/1", "time", clock_format_utc(clock_wall_ns(clock_now()), time), "file", file,
	    "kept", (int)r->count[IMPORT_KEPT], "changed", (int)r->count[IMPORT_CHANGED], "dropped",
	    (int)r->count[IMPORT_DROPPED], "dropped_affecting_failover", (int)r->failover,
	    "directives", r->list);

	json_dumpf(document, r->out, JSON_INDENT(1));
	fputc('\n', r->out);
	json_decref(document);
}

int
import_report(const struct import *im, FILE *out)
{
	struct reporter r = {.out = out};

	if (im->options->json)
		r.list = json_array();
	report_block(&r, &im->root, false);
	if (r.list != NULL) {
		report_json(&r, im->options->file);
		json_decref(r.list);
	} else {
		fprintf(out,
		    "%s: %zu kept, %zu changed, %zu dropped, %zu of them affecting failover\n",
		    im->options->file, r.count[IMPORT_KEPT], r.count[IMPORT_CHANGED],
		    r.count[IMPORT_DROPPED], r.failover);
	}
	return r.failover > 0;
}
