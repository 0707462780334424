/*
 * Answers as tables; vrrpctl.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <bsd/string.h>
#include <libsmartcols.h>

#include "common/mono.h"
#include "vrrpctl/table.h"
#include "vrrpctl/text.h"

struct libscols_table *
table_new(const struct output *out, const struct table_column *columns)
{
	struct libscols_table *table = scols_new_table();

	if (table == NULL)
		return NULL;
	scols_table_set_stream(table, out->stream);
	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER); /* nothing is cut off */
	scols_table_enable_colors(table, out->color);
	for (; columns->name != NULL; columns++) {
		if (scols_table_new_column(
			table, columns->name, 0, columns->right ? SCOLS_FL_RIGHT : 0) == NULL) {
			scols_unref_table(table);
			errno = ENOMEM;
			return NULL;
		}
	}
	return table;
}

int
table_finish(struct libscols_table *table)
{
	int rc = scols_table_is_empty(table) ? 0 : scols_print_table(table);

	scols_unref_table(table);
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}

/* Colours repeat what the word says. */
static const char *
table_color(const char *state)
{
	static const struct {
		const char *state;
		const char *color;
	} colors[] = {
	    {"master", "green"},
	    {"up", "green"},
	    {"fault", "red"},
	    {"down", "red"},
	    {"broken", "red"},
	    {"init", "yellow"},
	    {"unknown", "yellow"},
	};

	for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]); i++)
		if (strcmp(colors[i].state, state) == 0)
			return colors[i].color;
	return NULL;
}

const char *
table_color_begin(const struct output *out, const char *state)
{
	const char *color = out->color ? table_color(state) : NULL;

	if (color == NULL)
		return "";
	return color[0] == 'g' ? "\033[32m" : color[0] == 'r' ? "\033[31m" : "\033[33m";
}

const char *
table_color_end(const struct output *out)
{
	return out->color ? "\033[0m" : "";
}

int
table_add(const struct output *out, struct libscols_table *table, const char *const *cells,
    size_t count, int colored)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	const char *color;

	if (line == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (scols_line_set_data(line, i, cells[i]) != 0) {
			errno = ENOMEM;
			return -1;
		}
	}
	color = out->color ? table_color(cells[colored]) : NULL;
	if (color != NULL)
		scols_cell_set_color(scols_line_get_cell(line, (size_t)colored), color);
	return 0;
}

const char *
table_format_priority(const struct msg_status_instance *s, char *buf)
{
	if (s->priority == s->effective_priority)
		snprintf(buf, TABLE_CELL_MAX, "%d", s->priority);
	else
		snprintf(buf, TABLE_CELL_MAX, "%d (base %d)", s->effective_priority, s->priority);
	return buf;
}

const char *
table_format_master(const struct msg_status_instance *s, char *buf)
{
	if (s->state == VRRP_MASTER)
		return "self";
	return addr_is_set(&s->master) ? addr_format(&s->master, buf) : "-";
}

const char *
table_format_address(const struct msg_status_address *address, char *buf)
{
	char text[ADDR_TEXT_MAX];

	snprintf(buf, TABLE_CELL_MAX, "%s/%d", addr_format(&address->addr, text),
	    address->prefix_length);
	return buf;
}

const char *
table_format_counter(const char *field, char *buf)
{
	strlcpy(buf, field, TABLE_CELL_MAX);
	for (char *c = buf; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
	return buf;
}

/* The first address, and how many more there are. */
static const char *
table_format_addresses(const struct model_instance *instance, char *buf)
{
	char more[32];

	if (instance->address_count == 0)
		return "-";
	table_format_address(&instance->addresses[0], buf);
	if (instance->address_count > 1) {
		snprintf(more, sizeof(more), " +%zu", instance->address_count - 1);
		strlcat(buf, more, TABLE_CELL_MAX);
	}
	return buf;
}

static int
table_add_instance(const struct output *out, struct libscols_table *table,
    const struct model *model, const struct model_instance *instance)
{
	enum {
		NAME,
		FAMILY,
		INTERFACE,
		VRID,
		STATE,
		PRIORITY,
		MASTER,
		SINCE,
		CHECKS,
		ADDRESSES,
		N
	};
	const struct msg_status_instance *s = &instance->status;
	char vrid[8], priority[TABLE_CELL_MAX], master[TABLE_CELL_MAX], since[TEXT_TIME_MAX];
	char checks[48] = "-", addresses[TABLE_CELL_MAX];
	const char *cells[N] = {
	    [NAME] = s->name,
	    [FAMILY] = s->family == ADDR_IPV6 ? "ipv6" : "ipv4",
	    [INTERFACE] = s->interface,
	    [VRID] = vrid,
	    [STATE] = vrrp_state_name(s->state),
	    [PRIORITY] = table_format_priority(s, priority),
	    [MASTER] = table_format_master(s, master),
	    [SINCE] = text_format_age(model_age_ns(model, s->since_ns), since),
	    [CHECKS] = checks,
	    [ADDRESSES] = table_format_addresses(instance, addresses),
	};

	snprintf(vrid, sizeof(vrid), "%d", s->vrid);
	if (instance->track_count > 0)
		snprintf(checks, sizeof(checks), "%zu/%zu", model_checks_up(instance),
		    instance->track_count);
	return table_add(out, table, cells, N, STATE);
}

void
table_write_problems(const struct output *out, const struct model *model)
{
	size_t length, width = 0;

	if (model->problem_count == 0)
		return;
	for (size_t i = 0; i < model->problem_count; i++) {
		length = strlen(model->problems[i].object);
		width = length > width ? length : width;
	}
	fprintf(out->stream, "Problems:\n");
	for (size_t i = 0; i < model->problem_count; i++)
		fprintf(out->stream, "  %-*s  %s\n", (int)width, model->problems[i].object,
		    model->problems[i].text);
}

static int
table_write_status(const struct output *out, const struct model *model)
{
	static const struct table_column columns[] = {
	    {"NAME", false},
	    {"FAMILY", false},
	    {"INTERFACE", false},
	    {"VRID", true},
	    {"STATE", false},
	    {"PRIORITY", false},
	    {"MASTER", false},
	    {"SINCE", false},
	    {"CHECKS", false},
	    {"ADDRESSES", false},
	    {NULL, false},
	};
	struct libscols_table *table;
	int rc = 0;

	if (model->instance_count == 0) {
		fprintf(out->stream, "No instances are configured.\n");
	} else {
		if ((table = table_new(out, columns)) == NULL)
			return -1;
		for (size_t i = 0; i < model->instance_count && rc == 0; i++)
			rc = table_add_instance(out, table, model, &model->instances[i]);
		if (table_finish(table) == -1 || rc == -1)
			return -1;
	}
	table_write_problems(out, model);
	return 0;
}

/* How the last run ended. */
static const char *
table_format_end(const struct msg_check *last, char *buf)
{
	if (last->runs == 0)
		return "-";
	strlcpy(buf, "-", TABLE_CELL_MAX);
	if (last->timed_out)
		strlcpy(buf, "timeout", TABLE_CELL_MAX);
	else if (last->error != 0)
		snprintf(buf, TABLE_CELL_MAX, "%s: %s", last->step, strerror(last->error));
	else if (last->step[0] != '\0')
		snprintf(buf, TABLE_CELL_MAX, "no %s", last->step);
	else if (last->signal > 0)
		snprintf(buf, TABLE_CELL_MAX, "signal %d", last->signal);
	else if (last->exit_status >= 0)
		snprintf(buf, TABLE_CELL_MAX, "%d", last->exit_status);
	return buf;
}

static int
table_add_check(const struct output *out, struct libscols_table *table, const struct model *model,
    const struct msg_status_check *check)
{
	enum { NAME, STATE, SINCE, LAST_RUN, DURATION, EXIT, RUNS, FAILURES, OUTPUT, N };
	const struct msg_check *last = &check->last;
	char since[TEXT_TIME_MAX], last_run[TEXT_TIME_MAX], duration[TEXT_TIME_MAX];
	char end[TABLE_CELL_MAX], runs[24], failures[24];
	const char *cells[N] = {
	    [NAME] = check->name,
	    [STATE] = vrrp_check_state_name(last->state),
	    [SINCE] = "-",
	    [LAST_RUN] = "-",
	    [DURATION] = "-",
	    [EXIT] = table_format_end(last, end),
	    [RUNS] = runs,
	    [FAILURES] = failures,
	    [OUTPUT] = last->output[0] != '\0' ? last->output : "-",
	};

	if (last->since_ns != 0)
		cells[SINCE] = text_format_age(model_age_ns(model, last->since_ns), since);
	if (last->runs > 0) {
		cells[LAST_RUN] = text_format_age(model_age_ns(model, last->last_run_ns), last_run);
		cells[DURATION] = text_format_duration(last->duration_us * NS_PER_US, duration);
	}
	snprintf(runs, sizeof(runs), "%" PRIu64, last->runs);
	snprintf(failures, sizeof(failures), "%" PRIu64, last->failures);
	return table_add(out, table, cells, N, STATE);
}

int
table_write_checks(const struct output *out, const struct model *model)
{
	static const struct table_column columns[] = {
	    {"NAME", false},
	    {"STATE", false},
	    {"SINCE", false},
	    {"LAST RUN", false},
	    {"DURATION", true},
	    {"EXIT", false},
	    {"RUNS", true},
	    {"FAILURES", true},
	    {"OUTPUT", false},
	    {NULL, false},
	};
	struct libscols_table *table = table_new(out, columns);
	int rc = 0;

	if (table == NULL)
		return -1;
	for (size_t i = 0; i < model->check_count && rc == 0; i++)
		rc = table_add_check(out, table, model, &model->checks[i]);
	return table_finish(table) == -1 || rc == -1 ? -1 : 0;
}

static int
table_write_check_view(const struct output *out, const struct model *model)
{
	if (model->check_count == 0)
		fprintf(out->stream, "No checks are configured.\n");
	return table_write_checks(out, model);
}

static int
table_add_counter(const struct output *out, struct libscols_table *table, const char *object,
    const char *field, uint64_t value)
{
	char name[TABLE_CELL_MAX], number[24];
	const char *const cells[] = {object, table_format_counter(field, name), number};

	snprintf(number, sizeof(number), "%" PRIu64, value);
	return table_add(out, table, cells, sizeof(cells) / sizeof(cells[0]), 0);
}

#define TABLE_COUNTER(field) rc |= table_add_counter(out, table, object, #field, c->field);

static int
table_add_instance_counters(const struct output *out, struct libscols_table *table,
    const char *object, const struct msg_instance_counters *c)
{
	int rc = 0;

	MSG_INSTANCE_COUNTERS(TABLE_COUNTER)
	return rc;
}

static int
table_add_global_counters(const struct output *out, struct libscols_table *table,
    const char *object, const struct msg_global_counters *c)
{
	int rc = 0;

	MSG_GLOBAL_COUNTERS(TABLE_COUNTER)
	return rc;
}

static int
table_write_counters(const struct output *out, const struct model *model)
{
	static const struct table_column columns[] = {
	    {"INSTANCE", false}, {"COUNTER", false}, {"VALUE", true}, {NULL, false}};
	struct libscols_table *table = table_new(out, columns);
	int rc;

	if (table == NULL)
		return -1;
	rc = table_add_global_counters(out, table, "-", &model->status.counters);
	for (size_t i = 0; i < model->instance_count && rc == 0; i++)
		rc = table_add_instance_counters(out, table, model->instances[i].status.name,
		    &model->instances[i].status.counters);
	return table_finish(table) == -1 || rc != 0 ? -1 : 0;
}

static int
table_write_is_master(const struct output *out, const struct model *model)
{
	fprintf(out->stream, "%s\n", vrrp_state_name(model->instances[0].status.state));
	return 0;
}

static int
table_write_config_check(const struct output *out, const struct confcheck *check)
{
	fputs(check->text, out->stream);
	if (check->exit_status == 0)
		fprintf(out->stream, "%s: valid\n", check->file);
	return 0;
}

static int
table_write_config(const struct output *out, const struct model *model)
{
	if (model->text != NULL)
		fputs(model->text, out->stream);
	return 0;
}

/* What vrrpd said of the file is not part of the difference. */
static int
table_write_config_diff(const struct output *out, const struct confcheck *check, const char *diff)
{
	fputs(check->text, stderr);
	if (diff != NULL)
		fputs(diff, out->stream);
	return 0;
}

const struct output_writer output_table = {
    .status = table_write_status,
    .instance = detail_write,
    .checks = table_write_check_view,
    .counters = table_write_counters,
    .groups = table_write_groups,
    .hooks = table_write_hooks,
    .explain = answer_write_explanation,
    .ran = answer_write_ran,
    .done = answer_write_done,
    .is_master = table_write_is_master,
    .reloaded = answer_write_reloaded,
    .config = table_write_config,
    .config_check = table_write_config_check,
    .config_diff = table_write_config_diff,
};
