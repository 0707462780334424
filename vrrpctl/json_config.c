/*
 * Configurations, and how one was reloaded, as JSON; vrrpctl.
 */
#include "common/clock.h"
#include "vrrpctl/json.h"

static json_t *
json_messages(const struct confcheck *check)
{
	json_t *lines = json_array();
	const char *line = check->text, *end;

	for (; *line != '\0'; line = *end == '\n' ? end + 1 : end) {
		end = line;
		while (*end != '\0' && *end != '\n')
			end++;
		json_array_append_new(lines, json_stringn(line, (size_t)(end - line)));
	}
	return lines;
}

/* What was found out about a file. */
static json_t *
json_confcheck(const struct confcheck *check)
{
	json_t *document = json_document(clock_wall_ns(clock_now()));
	json_t *file = json_string(check->file); /* NULL when it is no UTF-8 */

	json_object_set_new(document, "file", file != NULL ? file : json_null());
	json_object_set_new(document, "valid", json_boolean(check->exit_status == 0));
	json_object_set_new(document, "messages", json_messages(check));
	return document;
}

int
json_write_config_check(const struct output *out, const struct confcheck *check)
{
	return json_finish(out, json_confcheck(check));
}

int
json_write_config_diff(const struct output *out, const struct confcheck *check, const char *diff)
{
	json_t *document = json_confcheck(check);

	json_object_set_new(
	    document, "same", diff != NULL ? json_boolean(diff[0] == '\0') : json_null());
	json_object_set_new(document, "diff", diff != NULL ? json_string(diff) : json_null());
	return json_finish(out, document);
}

int
json_write_config(const struct output *out, const struct model *model)
{
	json_t *document = json_answer(model);

	json_object_set_new(
	    document, "config", json_string(model->text != NULL ? model->text : ""));
	return json_finish(out, document);
}

int
json_write_reloaded(const struct output *out, const struct model *model)
{
	json_t *document = json_answer(model);
	json_t *lines = json_array();

	for (size_t i = 0; i < model->explanation_count; i++)
		json_array_append_new(
		    lines, json_pack("{s:b, s:s}", "problem", (int)model->explanations[i].blocks,
			       "text", model->explanations[i].text));
	json_object_set_new(
	    document, "result", json_string(model->result == MSG_CTL_OK ? "ok" : "failed"));
	json_object_set_new(document, "lines", lines);
	return json_finish(out, document);
}
