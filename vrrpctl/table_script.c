/*
 * Groups and hooks as tables; vrrpctl.
 */
#include <string.h>

#include <bsd/string.h>
#include <libsmartcols.h>

#include "common/mono.h"
#include "vrrpctl/table.h"
#include "vrrpctl/text.h"

/* ---- groups ---- */

/* As many names as fit, and how many more there are. */
static const char *
table_format_members(const struct model_group *group, char *buf)
{
	size_t used = 0, length, i;
	char more[32];

	buf[0] = '\0';
	for (i = 0; i < group->member_count; i++) {
		length = strlen(group->members[i].name) + 1;
		if (used + length + sizeof(more) > TABLE_CELL_MAX)
			break;
		used += (size_t)snprintf(buf + used, TABLE_CELL_MAX - used, "%s%s",
		    i > 0 ? " " : "", group->members[i].name);
	}
	if (i < group->member_count) {
		snprintf(more, sizeof(more), " +%zu", group->member_count - i);
		strlcat(buf, more, TABLE_CELL_MAX);
	}
	return buf;
}

int
table_write_groups(const struct output *out, const struct model *model)
{
	static const struct table_column columns[] = {
	    {"NAME", false}, {"STATE", false}, {"SINCE", false}, {"MEMBERS", false}, {NULL, false}};
	struct libscols_table *table;
	char since[TEXT_TIME_MAX], members[TABLE_CELL_MAX];
	int rc = 0;

	if (model->group_count == 0)
		fprintf(out->stream, "No groups are configured.\n");
	if ((table = table_new(out, columns)) == NULL)
		return -1;
	for (size_t i = 0; i < model->group_count && rc == 0; i++) {
		const struct model_group *group = &model->groups[i];
		const char *const cells[] = {group->status.name,
		    vrrp_state_name(group->status.state),
		    text_format_age(model_age_ns(model, group->status.since_ns), since),
		    table_format_members(group, members)};

		rc = table_add(out, table, cells, sizeof(cells) / sizeof(cells[0]), 1);
	}
	return table_finish(table) == -1 || rc == -1 ? -1 : 0;
}

/* ---- hooks ---- */

/* How the last one ended. */
static const char *
table_format_hook_end(const struct msg_hook *last, char *buf)
{
	if (last->sequence == 0)
		return "-";
	if (last->timed_out)
		return "timeout";
	if (last->error != 0)
		strlcpy(buf, strerror(last->error), TABLE_CELL_MAX);
	else if (last->signal > 0)
		snprintf(buf, TABLE_CELL_MAX, "signal %d", last->signal);
	else
		snprintf(buf, TABLE_CELL_MAX, "%d", last->exit_status);
	return buf;
}

/* "MASTER", or with "for 00:00:05" behind it while that is known. */
static const char *
table_format_running(const struct model *model, const struct msg_status_hook *hook, char *buf)
{
	char age[TEXT_TIME_MAX];

	if (!hook->runs)
		return "-";
	if (hook->running_since_ns == 0)
		return vrrp_hook_event_name(hook->running);
	snprintf(buf, TABLE_CELL_MAX, "%s for %s", vrrp_hook_event_name(hook->running),
	    text_format_age(model_age_ns(model, hook->running_since_ns), age));
	return buf;
}

static int
table_add_hook(const struct output *out, struct libscols_table *table, const struct model *model,
    const struct model_hook *hook)
{
	enum { TARGET, HOOK, LAST, AGO, DURATION, EXIT, RUNNING, WAITING, OUTPUT, N };
	const struct msg_status_hook *s = &hook->status;
	const bool ran = s->last.sequence != 0;
	char target[TABLE_CELL_MAX], ago[TEXT_TIME_MAX], duration[TEXT_TIME_MAX];
	char end[TABLE_CELL_MAX], running[TABLE_CELL_MAX];
	const char *cells[N] = {
	    [TARGET] = target,
	    [HOOK] = s->last.slot == CONF_HOOK_GATE ? "before-master" : "notify",
	    [LAST] = ran ? vrrp_hook_event_name(s->last.event) : "-",
	    [AGO] = "-",
	    [DURATION] = "-",
	    [EXIT] = table_format_hook_end(&s->last, end),
	    [RUNNING] = table_format_running(model, s, running),
	    [WAITING] = s->waits ? vrrp_hook_event_name(s->waiting) : "-",
	    [OUTPUT] = s->last.output[0] != '\0' ? s->last.output : "-",
	};

	snprintf(target, sizeof(target), "%s%s", s->last.group != 0 ? "group " : "", hook->name);
	if (s->started_ns != 0)
		cells[AGO] = text_format_age(model_age_ns(model, s->started_ns), ago);
	if (ran)
		cells[DURATION] = text_format_duration(s->last.duration_us * NS_PER_US, duration);
	return table_add(out, table, cells, N, LAST);
}

int
table_write_hooks(const struct output *out, const struct model *model)
{
	static const struct table_column columns[] = {
	    {"TARGET", false},
	    {"HOOK", false},
	    {"LAST", false},
	    {"LAST RUN", false},
	    {"DURATION", true},
	    {"EXIT", false},
	    {"RUNNING", false},
	    {"WAITING", false},
	    {"OUTPUT", false},
	    {NULL, false},
	};
	struct libscols_table *table;
	int rc = 0;

	if (model->hook_count == 0)
		fprintf(out->stream, "No hooks are configured.\n");
	if ((table = table_new(out, columns)) == NULL)
		return -1;
	for (size_t i = 0; i < model->hook_count && rc == 0; i++)
		rc = table_add_hook(out, table, model, &model->hooks[i]);
	return table_finish(table) == -1 || rc == -1 ? -1 : 0;
}
