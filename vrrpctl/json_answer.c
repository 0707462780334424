/*
 * Groups and hooks, and what was explained, run or done, as JSON; vrrpctl.
 */
#include <string.h>

#include "vrrpctl/json.h"

/* ---- groups ---- */

static json_t *
json_members(const struct model_group *group)
{
	json_t *list = json_array();

	for (size_t i = 0; i < group->member_count; i++)
		json_array_append_new(list, json_string(group->members[i].name));
	return list;
}

json_t *
json_groups(const struct model *model)
{
	json_t *list = json_array();

	for (size_t i = 0; i < model->group_count; i++) {
		const struct msg_status_group *group = &model->groups[i].status;

		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:o, s:o}", "name", group->name, "state",
			vrrp_state_name(group->state), "since", json_time(model, group->since_ns),
			"members", json_members(&model->groups[i])));
	}
	return list;
}

int
json_write_groups(const struct output *out, const struct model *model)
{
	json_t *document = json_answer(model);

	json_object_set_new(document, "groups", json_groups(model));
	return json_finish(out, document);
}

/* ---- hooks ---- */

static json_t *
json_event(bool there, uint8_t event)
{
	return there ? json_string(vrrp_hook_event_name(event)) : json_null();
}

static json_t *
json_error(int32_t error)
{
	return error != 0 ? json_string(strerror(error)) : json_null();
}

static json_t *
json_hook(const struct model *model, const struct model_hook *hook)
{
	const struct msg_status_hook *s = &hook->status;
	const struct msg_hook *last = &s->last;
	const bool ran = last->sequence != 0;
	json_t *object =
	    json_pack("{s:s, s:s, s:s}", "target", last->group != 0 ? "group" : "instance", "name",
		hook->name, "hook", last->slot == CONF_HOOK_GATE ? "before-master" : "notify");

	json_object_set_new(object, "last_event", json_event(ran, last->event));
	json_object_set_new(object, "last_run", json_time(model, s->started_ns));
	json_object_set_new(
	    object, "duration_us", ran ? json_integer(last->duration_us) : json_null());
	json_object_set_new(object, "exit_status",
	    ran && last->exit_status >= 0 ? json_integer(last->exit_status) : json_null());
	json_object_set_new(
	    object, "signal", ran && last->signal > 0 ? json_integer(last->signal) : json_null());
	json_object_set_new(object, "timed_out", ran ? json_boolean(last->timed_out) : json_null());
	json_object_set_new(object, "error", json_error(ran ? last->error : 0));
	json_object_set_new(object, "output", json_string(last->output));
	json_object_set_new(object, "running_event", json_event(s->runs, s->running));
	json_object_set_new(object, "running_since", json_time(model, s->running_since_ns));
	json_object_set_new(object, "waiting_event", json_event(s->waits, s->waiting));
	return object;
}

int
json_write_hooks(const struct output *out, const struct model *model)
{
	json_t *document = json_answer(model);
	json_t *list = json_array();

	for (size_t i = 0; i < model->hook_count; i++)
		json_array_append_new(list, json_hook(model, &model->hooks[i]));
	json_object_set_new(document, "hooks", list);
	return json_finish(out, document);
}

/* ---- explained, run, done ---- */

int
json_write_explanation(const struct output *out, const struct model *model, const char *instance)
{
	json_t *document = json_answer(model);
	json_t *list = json_array();

	for (size_t i = 0; i < model->explanation_count; i++)
		json_array_append_new(
		    list, json_pack("{s:b, s:s}", "blocks", (int)model->explanations[i].blocks,
			      "text", model->explanations[i].text));
	json_object_set_new(document, "name", json_string(instance));
	json_object_set_new(document, "explanation", list);
	return json_finish(out, document);
}

static json_t *
json_effect(const struct msg_status_effect *effect)
{
	return json_pack("{s:s, s:b, s:b, s:b, s:b, s:i, s:i}", "name", effect->name, "fault",
	    effect->fault, "fault_then", effect->fault_then, "waiting", effect->waiting,
	    "waiting_then", effect->waiting_then, "effective_priority", effect->priority,
	    "effective_priority_then", effect->priority_then);
}

int
json_write_ran(const struct output *out, const struct model *model)
{
	const struct msg_check *ran = &model->ran;
	json_t *document = json_answer(model);
	json_t *list = json_array();

	for (size_t i = 0; i < model->effect_count; i++)
		json_array_append_new(list, json_effect(&model->effects[i]));
	json_object_set_new(document, "name", json_string(model->checks[0].name));
	json_object_set_new(document, "state", json_string(vrrp_check_state_name(ran->state)));
	json_object_set_new(document, "timed_out", json_boolean(ran->timed_out));
	json_object_set_new(document, "duration_us", json_integer(ran->duration_us));
	json_object_set_new(document, "exit_status",
	    ran->exit_status >= 0 ? json_integer(ran->exit_status) : json_null());
	json_object_set_new(
	    document, "signal", ran->signal > 0 ? json_integer(ran->signal) : json_null());
	json_object_set_new(
	    document, "step", ran->step[0] != '\0' ? json_string(ran->step) : json_null());
	json_object_set_new(document, "error", json_error(ran->error));
	json_object_set_new(document, "output", json_string(ran->output));
	json_object_set_new(document, "effects", list);
	return json_finish(out, document);
}

int
json_write_done(
    const struct output *out, const struct model *model, const char *operation, const char *name)
{
	json_t *document = json_answer(model);

	json_object_set_new(document, "operation", json_string(operation));
	json_object_set_new(document, "name", json_string(name));
	return json_finish(out, document);
}
