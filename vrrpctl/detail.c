/*
 * One instance in detail, for people; vrrpctl.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "common/clock.h"
#include "vrrpctl/table.h"
#include "vrrpctl/text.h"

#define DETAIL_WIDTH 26 /* of the words on the left, those of RFC 8347 included */

__attribute__((format(printf, 3, 4))) static void
detail_line(const struct output *out, const char *word, const char *fmt, ...)
{
	va_list ap;

	fprintf(out->stream, "  %-*s  ", DETAIL_WIDTH, word);
	va_start(ap, fmt);
	vfprintf(out->stream, fmt, ap);
	va_end(ap);
	fputc('\n', out->stream);
}

static void
detail_write_head(
    const struct output *out, const struct model *model, const struct model_instance *instance)
{
	const struct msg_status_instance *s = &instance->status;
	const char *group = instance->group;
	const char *state = vrrp_state_name(s->state);
	char age[TEXT_TIME_MAX], since[CLOCK_TEXT_MAX], text[TABLE_CELL_MAX], source[ADDR_TEXT_MAX];

	fprintf(out->stream, "%s: %s%s%s for %s (%s)\n", s->name, table_color_begin(out, state),
	    state, table_color_end(out), text_format_age(model_age_ns(model, s->since_ns), age),
	    s->enabled ? vrrp_reason_name(s->reason) : "disabled");
	detail_line(out, "since", "%s", clock_format_utc(model_wall_ns(model, s->since_ns), since));
	detail_line(out, "interface", "%s", s->interface);
	detail_line(out, "virtual router", "vrid %d, %s, VRRP version %d", s->vrid,
	    s->family == ADDR_IPV6 ? "ipv6" : "ipv4", s->version);
	detail_line(out, "priority", "%s, preempt %s", table_format_priority(s, text),
	    s->preempt ? "yes" : "no");
	if (group != NULL)
		detail_line(out, "group", "%s", group);
	detail_line(out, "master", "%s", table_format_master(s, text));
	detail_line(out, "source address", "%s", addr_format(&s->source, source));
	detail_line(out, "new master reason", "%s", vrrp_new_master_name(s->new_master_reason));
}

static void
detail_write_lists(
    const struct output *out, const struct model *model, const struct model_instance *instance)
{
	char text[TABLE_CELL_MAX], age[TEXT_TIME_MAX];

	for (size_t i = 0; i < instance->address_count; i++)
		detail_line(out, i == 0 ? "addresses" : "", "%s",
		    table_format_address(&instance->addresses[i], text));
	for (size_t i = 0; i < instance->fault_count; i++)
		detail_line(out, i == 0 ? "faults" : "", "%s (for %s)", instance->faults[i].text,
		    text_format_age(model_age_ns(model, instance->faults[i].since_ns), age));
}

static void
detail_write_timers(
    const struct output *out, const struct model *model, const struct msg_status_instance *s)
{
	char text[TEXT_TIME_MAX];

	fprintf(out->stream, "Timers:\n");
	detail_line(
	    out, "advertise-interval", "%s", text_format_duration(s->advertise_interval_ns, text));
	detail_line(out, "master-advertise-interval", "%s",
	    text_format_duration(s->master_advertise_interval_ns, text));
	detail_line(out, "skew-time", "%s", text_format_duration(s->skew_time_ns, text));
	detail_line(out, "master-down-interval", "%s",
	    text_format_duration(s->master_down_interval_ns, text));
	if (s->next_timer_ns == INT64_MAX)
		detail_line(out, "next timer", "none runs");
	else
		detail_line(out, "next timer", "in %s",
		    text_format_duration(s->next_timer_ns - model->status.time_ns, text));
}

#define DETAIL_COUNTER(field) \
	detail_line(out, table_format_counter(#field, name), "%" PRIu64, c->field);

static void
detail_write_counters(const struct output *out, const struct msg_instance_counters *c)
{
	char name[TABLE_CELL_MAX];

	fprintf(out->stream, "Counters:\n");
	MSG_INSTANCE_COUNTERS(DETAIL_COUNTER)
}

static void
detail_write_transitions(
    const struct output *out, const struct model *model, const struct model_instance *instance)
{
	const struct msg_status_transition *t;
	char at[CLOCK_TEXT_MAX];

	if (instance->transition_count > 0)
		fprintf(out->stream, "Transitions:\n");
	for (size_t i = 0; i < instance->transition_count; i++) {
		t = &instance->transitions[i];
		detail_line(out, clock_format_utc(model_wall_ns(model, t->at_ns), at),
		    "%s -> %s (%s)", vrrp_state_name(t->from), vrrp_state_name(t->to),
		    vrrp_reason_name(t->reason));
	}
}

int
detail_write(const struct output *out, const struct model *model)
{
	const struct model_instance *instance;

	for (size_t i = 0; i < model->instance_count; i++) {
		instance = &model->instances[i];
		detail_write_head(out, model, instance);
		detail_write_lists(out, model, instance);
		detail_write_timers(out, model, &instance->status);
		detail_write_counters(out, &instance->status.counters);
		detail_write_transitions(out, model, instance);
	}
	if (model->check_count > 0)
		fprintf(out->stream, "Checks:\n");
	if (table_write_checks(out, model) == -1)
		return -1;
	table_write_problems(out, model);
	return 0;
}
