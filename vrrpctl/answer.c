/*
 * What was explained, run or done, for people; vrrpctl.
 */
#include <string.h>

#include "common/mono.h"
#include "vrrpctl/table.h"
#include "vrrpctl/text.h"

int
answer_write_explanation(const struct output *out, const struct model *model, const char *instance)
{
	(void)instance; /* the first line names it */
	for (size_t i = 0; i < model->explanation_count; i++)
		fprintf(out->stream, "%s%s\n",
		    i == 0                          ? ""
		    : model->explanations[i].blocks ? "! "
						    : "  ",
		    model->explanations[i].text);
	return 0;
}

/* "exit 1", "timed out"; empty for what does not exit, whose output says it. */
static const char *
answer_format_end(const struct msg_check *ran, char *buf)
{
	buf[0] = '\0';
	if (ran->timed_out)
		return "timed out";
	if (ran->error != 0)
		snprintf(buf, TABLE_CELL_MAX, "%s: %s", ran->step, strerror(ran->error));
	else if (ran->signal > 0)
		snprintf(buf, TABLE_CELL_MAX, "signal %d", ran->signal);
	else if (ran->exit_status >= 0)
		snprintf(buf, TABLE_CELL_MAX, "exit %d", ran->exit_status);
	return buf;
}

static void
answer_write_effect(const struct output *out, const struct msg_status_effect *effect)
{
	fprintf(out->stream, "  %s: ", effect->name);
	if (effect->fault_then && !effect->fault)
		fprintf(out->stream, "would be in fault");
	else if (!effect->fault_then && effect->fault)
		fprintf(out->stream, "would not be in fault any more");
	else if (!effect->waiting_then && effect->waiting)
		fprintf(out->stream, "would wait for no result any more");
	else if (effect->priority == effect->priority_then)
		fprintf(out->stream, "as it is%s", effect->fault ? ", in fault" : "");
	if (effect->priority != effect->priority_then)
		fprintf(out->stream, "%spriority %u -> %u",
		    effect->fault_then == effect->fault && effect->waiting_then == effect->waiting
			? ""
			: ", ",
		    effect->priority, effect->priority_then);
	fputc('\n', out->stream);
}

int
answer_write_ran(const struct output *out, const struct model *model)
{
	const struct msg_check *ran = &model->ran;
	const char *state = vrrp_check_state_name(ran->state), *how;
	char duration[TEXT_TIME_MAX], end[TABLE_CELL_MAX];

	how = answer_format_end(ran, end);
	fprintf(out->stream, "%s: %s%s%s after %s", model->checks[0].name,
	    table_color_begin(out, state), state, table_color_end(out),
	    text_format_duration(ran->duration_us * NS_PER_US, duration));
	if (how[0] != '\0' || ran->output[0] != '\0')
		fprintf(out->stream, " (%s%s%s%s%s)", how,
		    how[0] != '\0' && ran->output[0] != '\0' ? ": " : "",
		    ran->output[0] != '\0' ? "\"" : "", ran->output,
		    ran->output[0] != '\0' ? "\"" : "");
	fprintf(out->stream, "\nThis run counts for nothing. If the check were %s:\n", state);
	for (size_t i = 0; i < model->effect_count; i++)
		answer_write_effect(out, &model->effects[i]);
	if (model->effect_count == 0)
		fprintf(out->stream, "  no instance tracks it\n");
	return 0;
}

int
answer_write_done(
    const struct output *out, const struct model *model, const char *operation, const char *name)
{
	(void)out; /* what was asked for is done: nothing to say */
	(void)model;
	(void)operation;
	(void)name;
	return 0;
}

/* What is wrong goes to stderr, in its place among the rest. */
int
answer_write_reloaded(const struct output *out, const struct model *model)
{
	for (size_t i = 0; i < model->explanation_count; i++) {
		fprintf(model->explanations[i].blocks ? stderr : out->stream, "%s\n",
		    model->explanations[i].text);
		fflush(out->stream);
	}
	return 0;
}
