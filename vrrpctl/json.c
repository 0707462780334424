/*
 * Answers as JSON, schema "vrrpctl/1": snake_case keys, units in the names, null where unknown;
 * vrrpctl. Keys are only ever added.
 */
#include <errno.h>

#include "common/clock.h"
#include "vrrpctl/json.h"

#define JSON_SCHEMA "vrrpctl/1"

static json_int_t
json_count(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (json_int_t)value;
}

json_t *
json_time(const struct model *model, int64_t monotonic_ns)
{
	char text[CLOCK_TEXT_MAX];

	if (monotonic_ns == 0)
		return json_null();
	return json_string(clock_format_utc(model_wall_ns(model, monotonic_ns), text));
}

static json_t *
json_address(const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	return addr_is_set(a) ? json_string(addr_format(a, text)) : json_null();
}

static json_t *
json_addresses(const struct model_instance *instance)
{
	const struct msg_status_address *address;
	json_t *list = json_array();
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < instance->address_count; i++) {
		address = &instance->addresses[i];
		json_array_append_new(list, json_sprintf("%s/%d", addr_format(&address->addr, text),
						address->prefix_length));
	}
	return list;
}

static json_t *
json_faults(const struct model_instance *instance)
{
	json_t *list = json_array();

	for (size_t i = 0; i < instance->fault_count; i++)
		json_array_append_new(list, json_string(instance->faults[i].text));
	return list;
}

static json_t *
json_fault_causes(const struct model *model, const struct model_instance *instance)
{
	json_t *list = json_array();

	for (size_t i = 0; i < instance->fault_count; i++)
		json_array_append_new(
		    list, json_pack("{s:s, s:o}", "cause", instance->faults[i].text, "since",
			      json_time(model, instance->faults[i].since_ns)));
	return list;
}

/* The weight is null where what fails is a fault cause. */
static json_t *
json_tracks(const struct model_instance *instance)
{
	const struct msg_status_check *check;
	const struct msg_status_track *track;
	json_t *list = json_array();

	for (size_t i = 0; i < instance->track_count; i++) {
		check = instance->checks[i];
		track = &instance->tracks[i];
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:o, s:b, s:b}", "name", check->name, "state",
			      vrrp_check_state_name(check->last.state), "weight",
			      track->weight != 0 || track->by_value ? json_integer(track->weight)
								    : json_null(),
			      "by_value", track->by_value, "invert", track->invert));
	}
	return list;
}

#define JSON_COUNTER(name) json_object_set_new(object, #name, json_integer(json_count(c->name)));

static json_t *
json_instance_counters(const struct msg_instance_counters *c)
{
	json_t *object = json_object();

	MSG_INSTANCE_COUNTERS(JSON_COUNTER)
	return object;
}

static json_t *
json_global_counters(const struct msg_global_counters *c)
{
	json_t *object = json_object();

	json_object_set_new(
	    object, "vrid_errors", json_null()); /* dropped in the kernel, uncounted */
	MSG_GLOBAL_COUNTERS(JSON_COUNTER)
	return object;
}

static json_t *
json_timers(const struct msg_status_instance *s)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "advertise_interval_ms",
	    (json_int_t)(s->advertise_interval_ns / NS_PER_MS), "master_advertise_interval_ms",
	    (json_int_t)(s->master_advertise_interval_ns / NS_PER_MS), "master_down_interval_us",
	    (json_int_t)(s->master_down_interval_ns / NS_PER_US), "skew_time_us",
	    (json_int_t)(s->skew_time_ns / NS_PER_US));
}

static json_t *
json_instance(const struct model *model, const struct model_instance *instance)
{
	const struct msg_status_instance *s = &instance->status;
	json_t *timers = json_timers(s);
	json_t *object =
	    json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:i, s:i, s:o, s:o, s:s, s:o, s:o, s:o}",
		"name", s->name, "family", s->family == ADDR_IPV6 ? "ipv6" : "ipv4", "interface",
		s->interface, "vrid", s->vrid, "version", s->version, "state",
		vrrp_state_name(s->state), "priority", s->priority, "effective_priority",
		s->effective_priority, "master_address", json_address(&s->master), "since",
		json_time(model, s->since_ns), "reason", vrrp_reason_name(s->reason), "faults",
		json_faults(instance), "addresses", json_addresses(instance), "group",
		instance->group != NULL ? json_string(instance->group) : json_null());

	json_object_update(object, timers);
	json_decref(timers);
	json_object_set_new(
	    object, "new_master_reason", json_string(vrrp_new_master_name(s->new_master_reason)));
	json_object_set_new(object, "enabled", json_boolean(s->enabled));
	json_object_set_new(object, "fault_causes", json_fault_causes(model, instance));
	json_object_set_new(object, "checks", json_tracks(instance));
	json_object_set_new(object, "counters", json_instance_counters(&s->counters));
	return object;
}

static json_t *
json_transitions(const struct model *model, const struct model_instance *instance)
{
	const struct msg_status_transition *t;
	json_t *list = json_array();

	for (size_t i = 0; i < instance->transition_count; i++) {
		t = &instance->transitions[i];
		json_array_append_new(
		    list, json_pack("{s:o, s:s, s:s, s:s}", "time", json_time(model, t->at_ns),
			      "from", vrrp_state_name(t->from), "to", vrrp_state_name(t->to),
			      "reason", vrrp_reason_name(t->reason)));
	}
	return list;
}

/* What only the view of one instance has, behind the keys of the list. */
static json_t *
json_instance_detail(const struct model *model, const struct model_instance *instance)
{
	const struct msg_status_instance *s = &instance->status;
	json_t *object = json_instance(model, instance);

	json_object_set_new(object, "preempt", json_boolean(s->preempt != 0));
	json_object_set_new(object, "source_address", json_address(&s->source));
	json_object_set_new(object, "transitions", json_transitions(model, instance));
	return object;
}

static json_t *
json_check(const struct model *model, const struct msg_status_check *check)
{
	const struct msg_check *last = &check->last;
	const bool ran = last->runs > 0;
	json_t *exit_status =
	    ran && last->exit_status >= 0 ? json_integer(last->exit_status) : json_null();
	json_t *signal = ran && last->signal > 0 ? json_integer(last->signal) : json_null();

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I}", "name", check->name,
	    "state", vrrp_check_state_name(last->state), "since", json_time(model, last->since_ns),
	    "last_run", ran ? json_time(model, last->last_run_ns) : json_null(), "duration_us",
	    ran ? json_integer(last->duration_us) : json_null(), "exit_status", exit_status,
	    "signal", signal, "output", last->output, "runs", json_count(last->runs), "failures",
	    json_count(last->failures));
}

static json_t *
json_checks(const struct model *model)
{
	json_t *list = json_array();

	for (size_t i = 0; i < model->check_count; i++)
		json_array_append_new(list, json_check(model, &model->checks[i]));
	return list;
}

static json_t *
json_problems(const struct model *model)
{
	const struct msg_status_problem *p;
	json_t *list = json_array();

	for (size_t i = 0; i < model->problem_count; i++) {
		p = &model->problems[i];
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s}", "kind", model_problem_kind_name(p->kind),
			      "object", p->object, "text", p->text));
	}
	return list;
}

json_t *
json_document(int64_t wall_ns)
{
	char text[CLOCK_TEXT_MAX];

	return json_pack(
	    "{s:s, s:s}", "schema", JSON_SCHEMA, "time", clock_format_utc(wall_ns, text));
}

json_t *
json_answer(const struct model *model)
{
	return json_document(model_wall_ns(model, model->status.time_ns));
}

int
json_finish(const struct output *out, json_t *document)
{
	int rc = document == NULL ? -1 : json_dumpf(document, out->stream, 0);

	json_decref(document);
	if (rc == -1) {
		errno = ENOMEM;
		return -1;
	}
	fputc('\n', out->stream);
	return 0;
}

static int
json_write_instances(const struct output *out, const struct model *model,
    json_t *(*format)(const struct model *, const struct model_instance *))
{
	json_t *document = json_answer(model);
	json_t *instances = json_array();

	for (size_t i = 0; i < model->instance_count; i++)
		json_array_append_new(instances, format(model, &model->instances[i]));
	json_object_set_new(document, "router_name", json_string(model->status.router_name));
	json_object_set_new(document, "generation", json_integer(model->status.generation));
	json_object_set_new(document, "instances", instances);
	json_object_set_new(document, "counters", json_global_counters(&model->status.counters));
	json_object_set_new(document, "groups", json_groups(model));
	json_object_set_new(document, "checks", json_checks(model));
	json_object_set_new(document, "problems", json_problems(model));
	return json_finish(out, document);
}

static int
json_write_status(const struct output *out, const struct model *model)
{
	return json_write_instances(out, model, json_instance);
}

static int
json_write_instance(const struct output *out, const struct model *model)
{
	return json_write_instances(out, model, json_instance_detail);
}

static int
json_write_checks(const struct output *out, const struct model *model)
{
	json_t *document = json_answer(model);

	json_object_set_new(document, "checks", json_checks(model));
	return json_finish(out, document);
}

static int
json_write_counters(const struct output *out, const struct model *model)
{
	json_t *document = json_answer(model);
	json_t *list = json_array();

	for (size_t i = 0; i < model->instance_count; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:o}", "name", model->instances[i].status.name, "counters",
			json_instance_counters(&model->instances[i].status.counters)));
	json_object_set_new(document, "instances", list);
	json_object_set_new(document, "counters", json_global_counters(&model->status.counters));
	return json_finish(out, document);
}

static int
json_write_is_master(const struct output *out, const struct model *model)
{
	const struct msg_status_instance *s = &model->instances[0].status;
	json_t *document = json_answer(model);

	json_object_set_new(document, "name", json_string(s->name));
	json_object_set_new(document, "state", json_string(vrrp_state_name(s->state)));
	json_object_set_new(document, "is_master", json_boolean(s->state == VRRP_MASTER));
	return json_finish(out, document);
}

const struct output_writer output_json = {
    .status = json_write_status,
    .instance = json_write_instance,
    .checks = json_write_checks,
    .counters = json_write_counters,
    .groups = json_write_groups,
    .hooks = json_write_hooks,
    .explain = json_write_explanation,
    .ran = json_write_ran,
    .done = json_write_done,
    .is_master = json_write_is_master,
    .reloaded = json_write_reloaded,
    .config = json_write_config,
    .config_check = json_write_config_check,
    .config_diff = json_write_config_diff,
};
