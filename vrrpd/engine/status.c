/*
 * What vrrpctl is told: the engine's state as objects of the control protocol. Engine.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "common/clock.h"
#include "vrrpd/engine/control.h"
#include "vrrpd/engine/engine.h"

void
status_send_head(struct engine *engine, struct control_client *client)
{
	struct msg_status status = {
	    .generation = engine->loads,
	    .time_ns = clock_now().ns,
	    .counters = engine->counters,
	};

	strlcpy(status.router_name, engine->conf.global.router_name, sizeof(status.router_name));
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
}

static void
status_send_instance(struct instance *in, struct control_client *client)
{
	const struct conf_instance *conf = in->conf;
	const struct vr *vr = &in->vr;
	struct msg_status_instance status = {
	    .id = conf->id,
	    .family = conf->family,
	    .vrid = conf->vrid,
	    .version = conf->version,
	    .state = (uint8_t)vr->state,
	    .reason = (uint8_t)vr->reason,
	    .priority = conf->priority,
	    .effective_priority = vr->priority,
	    .new_master_reason = (uint8_t)vr->new_master_reason,
	    .preempt = conf->preempt,
	    .enabled = conf->enabled,
	    .group = in->election->conf == NULL ? 0 : in->election->conf->id,
	    .master = vr->master,
	    .source = vr->source,
	    .since_ns = vr->since.ns,
	    .next_timer_ns = vr_deadline(vr).ns,
	    .advertise_interval_ns = vr->conf.interval_ns,
	    .master_advertise_interval_ns = vr->master_interval_ns,
	    .master_down_interval_ns = vr_down_ns(vr),
	    .skew_time_ns = vr_skew_ns(vr),
	    .counters = in->counters,
	};

	strlcpy(status.name, conf->name, sizeof(status.name));
	strlcpy(status.interface, conf->interface, sizeof(status.interface));
	status.counters.master_transitions = vr->master_transitions;
	control_reply(client, ENGINE_CTL_INSTANCE, &status, sizeof(status));
}

static void
status_send_addresses(const struct instance *in, struct control_client *client)
{
	for (size_t i = 0; i < in->address_count; i++) {
		struct msg_status_address status = {
		    .instance = in->conf->id,
		    .addr = in->address[i].addr,
		    .prefix_length = in->address[i].prefix_length,
		};

		control_reply(client, ENGINE_CTL_ADDRESS, &status, sizeof(status));
	}
}

/* NULL for a cause that stands by itself. */
static const char *
status_object(const struct engine *engine, const struct instance *in, const struct track *track)
{
	switch (track->cause) {
	case TRACK_INTERFACE_DOWN:
	case TRACK_CANNOT_RECEIVE:
		return in->conf->interface;
	case TRACK_CHECK:
		return conf_find_check(&engine->conf, track->object)->name;
	case TRACK_INTERFACE:
		return engine->conf.track[track->object].interface;
	case TRACK_GROUP:
		return conf_find_group(&engine->conf, track->object)->name;
	case TRACK_NO_SOURCE_ADDRESS:
		return in->source_problem == MSG_SOURCE_TENTATIVE   ? "tentative"
		       : in->source_problem == MSG_SOURCE_DUPLICATE ? "duplicate"
								    : NULL;
	case TRACK_NO_OWNER_ADDRESS:
	case TRACK_OPERATOR:
	case TRACK_CAUSE_COUNT:
		break;
	}
	return NULL;
}

void
status_format_cause(const struct engine *engine, const struct instance *in,
    const struct track *track, char *out, size_t size)
{
	const char *object = status_object(engine, in, track);

	snprintf(out, size, "%s%s%s", track_cause_name(track->cause), object == NULL ? "" : " ",
	    object == NULL ? "" : object);
}

static void
status_send_tracks(struct engine *engine, const struct instance *in, struct control_client *client)
{
	for (size_t i = 0; i < in->track_count; i++) {
		const struct track *track = &in->track[i];
		struct msg_status_fault fault = {
		    .instance = in->conf->id, .since_ns = track->since.ns};
		const struct msg_status_track tracked = {.instance = in->conf->id,
		    .check = track->object,
		    .weight = track->weight,
		    .by_value = track->by_value,
		    .invert = track->invert};

		if (track->cause == TRACK_CHECK)
			control_reply(client, ENGINE_CTL_TRACK, &tracked, sizeof(tracked));
		if (!track_is_cause(track))
			continue;
		status_format_cause(engine, in, track, fault.text, sizeof(fault.text));
		control_reply(client, ENGINE_CTL_FAULT, &fault, sizeof(fault));
	}
}

void
status_send_check(const struct check_view *check, struct control_client *client)
{
	struct msg_status_check status = {
	    .last = check->last,
	    .interval_ms = check->conf->interval_ms,
	    .fall = check->conf->fall,
	    .rise = check->conf->rise,
	    .timeout_ms = check->conf->timeout_ms,
	};

	strlcpy(status.name, check->conf->name, sizeof(status.name));
	control_reply(client, ENGINE_CTL_CHECK, &status, sizeof(status));
}

static void status_problem(struct control_client *, enum msg_problem_kind, const char *,
    const char *, ...) __attribute__((format(printf, 4, 5)));

static void
status_problem(struct control_client *client, enum msg_problem_kind kind, const char *object,
    const char *format, ...)
{
	struct msg_status_problem problem = {.kind = kind};
	va_list ap;

	strlcpy(problem.object, object, sizeof(problem.object));
	va_start(ap, format);
	vsnprintf(problem.text, sizeof(problem.text), format, ap);
	va_end(ap);
	control_reply(client, ENGINE_CTL_PROBLEM, &problem, sizeof(problem));
}

/* "12m", "3d 4h": how long something is so. */
static const char *
status_age(int64_t since_ns, char *out, size_t size)
{
	int64_t s = mono_since(clock_now(), (mono_t){since_ns}) / NS_PER_S;

	if (s < 60)
		snprintf(out, size, "%llds", (long long)s);
	else if (s < 3600)
		snprintf(out, size, "%lldm", (long long)(s / 60));
	else if (s < 86400)
		snprintf(out, size, "%lldh %lldm", (long long)(s / 3600), (long long)(s / 60 % 60));
	else
		snprintf(
		    out, size, "%lldd %lldh", (long long)(s / 86400), (long long)(s / 3600 % 24));
	return out;
}

/* How the last run of a check ended, in a few words. */
static void
status_check_outcome(const struct check_view *check, char *out, size_t size)
{
	const struct msg_check *last = &check->last;

	if (check->conf->kind == CONF_CHECK_EXTERNAL)
		strlcpy(out, last->timed_out ? "not set again in time" : "set so", size);
	else if (last->timed_out)
		strlcpy(out, "timed out", size);
	else if (last->error != 0)
		snprintf(out, size, "%s: %s", last->step, strerror(last->error));
	else if (last->step[0] != '\0')
		snprintf(out, size, "no %s", last->step);
	else if (last->signal != 0)
		snprintf(out, size, "signal %d", last->signal);
	else if (last->exit_status >= 0)
		snprintf(out, size, "exit %d", last->exit_status);
	else
		out[0] = '\0'; /* what does not exit says it in its output */
}

static void
status_send_check_problem(const struct instance *in, const struct track *track,
    const struct check_view *check, struct control_client *client)
{
	char outcome[128], age[32];
	const struct msg_check *last = &check->last;

	if (last->state == VRRP_CHECK_UNKNOWN) {
		status_problem(client, MSG_PROBLEM_CHECK, in->conf->name,
		    "check %s has no result yet", check->conf->name);
		return;
	}
	if (!track_is_failing(track))
		return;
	status_check_outcome(check, outcome, sizeof(outcome));
	status_problem(client, MSG_PROBLEM_CHECK, in->conf->name, "check %s %s for %s (%s%s%s%s%s)",
	    check->conf->name, vrrp_check_state_name(last->state),
	    status_age(last->since_ns, age, sizeof(age)), outcome,
	    outcome[0] != '\0' && last->output[0] != '\0' ? ": " : "",
	    last->output[0] != '\0' ? "\"" : "", last->output, last->output[0] != '\0' ? "\"" : "");
}

static void
status_send_operator_problem(
    const struct instance *in, const char *age, struct control_client *client)
{
	char left[48] = "";

	if (!mono_is_never(in->operator_until))
		snprintf(left, sizeof(left), ", %lld s are left",
		    (long long)(mono_since(in->operator_until, clock_now()) / NS_PER_S));
	status_problem(client, MSG_PROBLEM_OPERATOR, in->conf->name,
	    "fault by the operator for %s%s: \"vrrpctl clear %s\" ends it", age, left,
	    in->conf->name);
}

/* The first member with a cause of its own. */
static const char *
status_find_culprit(const struct election *election)
{
	for (size_t i = 0; i < election->group.count; i++)
		if (election->member[i]->inputs.fault || election->member[i]->inputs.planned)
			return election->member[i]->conf->name;
	return "a member";
}

static void
status_send_input_problems(
    struct engine *engine, const struct instance *in, struct control_client *client)
{
	const char *name = in->conf->name;
	char age[32];

	for (size_t i = 0; i < in->track_count; i++) {
		const struct track *track = &in->track[i];

		status_age(track->since.ns, age, sizeof(age));
		switch (track->cause) {
		case TRACK_CHECK:
			status_send_check_problem(in, track,
			    &engine->check[conf_find_check(&engine->conf, track->object) -
					   engine->conf.check],
			    client);
			break;
		case TRACK_INTERFACE_DOWN:
			if (track_is_cause(track))
				status_problem(client, MSG_PROBLEM_INTERFACE, name,
				    "interface %s is missing or down for %s", in->conf->interface,
				    age);
			break;
		case TRACK_CANNOT_RECEIVE:
			if (track_is_cause(track))
				status_problem(client, MSG_PROBLEM_INTERFACE, name,
				    "adverts cannot be received on %s for %s: the log says why",
				    in->conf->interface, age);
			break;
		case TRACK_NO_SOURCE_ADDRESS:
			if (track_is_cause(track))
				status_problem(client, MSG_PROBLEM_ADDRESS, name,
				    "%s has no address to send adverts from for %s: give it one",
				    in->conf->interface, age);
			break;
		case TRACK_NO_OWNER_ADDRESS:
			if (track_is_cause(track))
				status_problem(client, MSG_PROBLEM_ADDRESS, name,
				    "priority 255, but %s does not have the addresses for %s: add "
				    "them, or lower the priority",
				    in->conf->interface, age);
			break;
		case TRACK_INTERFACE:
			if (track_is_failing(track))
				status_problem(client, MSG_PROBLEM_INTERFACE, name,
				    "tracked interface %s is %s for %s",
				    status_object(engine, in, track),
				    track->state == VRRP_CHECK_UP ? "up" : "missing or down", age);
			break;
		case TRACK_OPERATOR:
			if (track_is_cause(track))
				status_send_operator_problem(in, age, client);
			break;
		case TRACK_GROUP:
			if (track_is_cause(track))
				status_problem(client, MSG_PROBLEM_GROUP, name,
				    "group %s is in fault for %s, by %s",
				    status_object(engine, in, track), age,
				    status_find_culprit(in->election));
			break;
		case TRACK_CAUSE_COUNT:
			break;
		}
	}
}

/* Linux takes an advert from an address that it holds itself for a martian. */
static void
status_send_owner_problem(const struct instance *in, struct control_client *client)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; in->conf->priority == VRRP_PRIORITY_OWNER && i < in->address_count; i++)
		if (addr_equal(&in->address[i].addr, &in->vr.source))
			status_problem(client, MSG_PROBLEM_ADDRESS, in->conf->name,
			    "adverts are sent from %s, which others hold while this router is "
			    "away: they drop them then; give %s another primary address",
			    addr_format(&in->vr.source, text), in->conf->interface);
}

static void
status_send_address_problems(const struct instance *in, struct control_client *client)
{
	const struct msg_addresses *a = &in->addresses;
	char text[ADDR_TEXT_MAX];

	if (a->foreign > 0 && in->conf->priority != VRRP_PRIORITY_OWNER)
		status_problem(client, MSG_PROBLEM_ADDRESS, in->conf->name,
		    "%s was on %s before vrrpd and is left alone: remove it there (%u such)",
		    addr_format(&a->first_foreign, text), in->conf->interface, a->foreign);
	if (a->failed > 0 && in->vr.state == VRRP_MASTER)
		status_problem(client, MSG_PROBLEM_ADDRESS, in->conf->name,
		    "%u of %zu addresses could not be installed, first %s: %s", a->failed,
		    in->address_count, addr_format(&a->first_failed, text), strerror(a->error));
}

static const char *const extra_text[] = {
    [MSG_EXTRA_VIRTUAL_MAC] = "the interface of the virtual MAC",
    [MSG_EXTRA_FILTER] = "the filter of accept-mode: false",
    [MSG_EXTRA_ROUTE] = "route",
    [MSG_EXTRA_RULE] = "rule",
};

static void
status_send_lacking_problem(const struct instance *in, struct control_client *client)
{
	const struct msg_lacking *lacking = &in->addresses.lacking;
	char place[16] = "", more[32] = "";

	if (lacking->count == 0 || in->vr.state != VRRP_MASTER ||
	    lacking->kind >= sizeof(extra_text) / sizeof(extra_text[0]))
		return;
	if (lacking->first != 0)
		snprintf(place, sizeof(place), " %u", lacking->first);
	if (lacking->count > 1)
		snprintf(more, sizeof(more), " (%u such)", lacking->count);
	status_problem(client, MSG_PROBLEM_ADDRESS, in->conf->name,
	    "%s%s could not be installed: %s%s", extra_text[lacking->kind], place,
	    strerror(lacking->error), more);
}

/* While it goes on: an advert is tried each interval. */
static void
status_send_transmit_problem(const struct instance *in, struct control_client *client)
{
	if (in->unsent_error != 0 && in->vr.state == VRRP_MASTER &&
	    mono_since(clock_now(), in->unsent_at) < 2 * in->vr.conf.interval_ns)
		status_problem(client, MSG_PROBLEM_INTERFACE, in->conf->name,
		    "adverts cannot be sent from %s: %s", in->conf->interface,
		    strerror(in->unsent_error));
}

/* What peers send that is not as ours, for as long as it was heard a short while ago. */
static void
status_send_peer_problems(const struct instance *in, struct control_client *client)
{
	const mono_t now = clock_now();
	char text[RECEIVE_TEXT_MAX];

	for (size_t i = 0; i < PACKET_VERDICT_COUNT; i++)
		if (receive_offence_is_fresh(&in->receive.dropped[i], now))
			status_problem(client, MSG_PROBLEM_PEER, in->conf->name, "%s",
			    receive_memory_describe_drop(in, (enum packet_verdict)i, text));
	for (size_t i = 0; i < RECEIVE_DIFFERENCE_COUNT; i++)
		if (i != RECEIVE_FIRST && receive_offence_is_fresh(&in->receive.accepted[i], now))
			status_problem(client,
			    i == RECEIVE_OTHER_OWNER || i == RECEIVE_LOWER ? MSG_PROBLEM_CONFLICT
									   : MSG_PROBLEM_PEER,
			    in->conf->name, "%s",
			    receive_memory_describe_difference(
				in, (enum receive_difference)i, text));
}

/* how: a run that failed, in words that follow what was run. */
static void
status_hook_failure(const struct msg_hook *hook, char *how, size_t size)
{
	if (hook->timed_out)
		snprintf(how, size, "was ended at its timeout");
	else if (hook->error != 0)
		snprintf(how, size, "could not be started: %s", strerror(hook->error));
	else if (hook->signal != 0)
		snprintf(how, size, "was killed by signal %d", hook->signal);
	else
		snprintf(how, size, "failed: exit %d: \"%s\"", hook->exit_status, hook->output);
}

static void
status_send_hook_problem(const struct delivery *target, struct control_client *client)
{
	char how[sizeof(target->last.output) + 64];

	if (target->last.sequence == 0 || delivery_succeeded(&target->last))
		return;
	status_hook_failure(&target->last, how, sizeof(how));
	status_problem(client, MSG_PROBLEM_HOOK, target->name, "the hook for %s %s",
	    vrrp_hook_event_name(target->last.event), how);
}

static void
status_send_gate_problem(const struct instance *in, struct control_client *client)
{
	const struct gate *gate = &in->gate;
	char how[sizeof(gate->last.output) + 64], age[32];

	if (gate->last.sequence == 0 || delivery_succeeded(&gate->last))
		return;
	status_hook_failure(&gate->last, how, sizeof(how));
	status_problem(client, MSG_PROBLEM_HOOK, in->conf->name, "before-master %s, %s ago: %s",
	    how, status_age(gate->last_started_ns, age, sizeof(age)),
	    in->vr.conf.gate == VR_GATE_STAY ? "stays backup, tried again each master down interval"
					     : "went on all the same");
}

static void
status_send_one(struct engine *engine, struct instance *in, struct control_client *client)
{
	status_send_instance(in, client);
	status_send_addresses(in, client);
	status_send_tracks(engine, in, client);
	for (size_t i = 0; i < in->history_count; i++)
		control_reply(
		    client, ENGINE_CTL_TRANSITION, &in->history[i], sizeof(in->history[i]));
	if (!in->conf->enabled)
		return;
	status_send_input_problems(engine, in, client);
	status_send_address_problems(in, client);
	status_send_lacking_problem(in, client);
	status_send_owner_problem(in, client);
	status_send_transmit_problem(in, client);
	status_send_peer_problems(in, client);
	status_send_hook_problem(&in->hooks, client);
	status_send_gate_problem(in, client);
}

/* Those of an instance, or (in is NULL) all of them. */
static void
status_send_groups_and_hooks(
    struct engine *engine, const struct instance *in, struct control_client *client)
{
	for (size_t i = 0; i < engine->election_count; i++) {
		const struct election *election = &engine->election[i];

		if (election->conf == NULL || (in != NULL && in->election != election))
			continue;
		status_send_group(election, client);
		status_send_hook_problem(&election->hooks, client);
	}
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		if (in != NULL && in != &engine->instance[i])
			continue;
		status_send_hook(&engine->instance[i].hooks, client);
		status_send_gate(&engine->instance[i], client);
	}
	for (size_t i = 0; i < engine->election_count; i++)
		if (engine->election[i].conf != NULL &&
		    (in == NULL || in->election == &engine->election[i]))
			status_send_hook(&engine->election[i].hooks, client);
}

/* By itself or by its group. */
static bool
status_is_tracked(const struct instance *in, const struct check_view *check)
{
	for (size_t i = INSTANCE_TRACK_CONFIGURED; i < in->track_count; i++)
		if (in->track[i].cause == TRACK_CHECK && in->track[i].object == check->conf->id)
			return true;
	return false;
}

static int
status_show(void *ctx, struct control_client *client, enum msg_show what, const char *name)
{
	struct engine *engine = ctx;
	const struct conf_instance *conf = conf_find_instance_named(&engine->conf, name);
	const struct instance *in = conf == NULL ? NULL : engine_find_instance(engine, conf->id);

	if (what == MSG_SHOW_INSTANCE && in == NULL)
		return MSG_CTL_NO_SUCH_OBJECT;
	status_send_head(engine, client);
	if (what == MSG_SHOW_CONFIG)
		return status_send_config(engine, client);
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		if (what == MSG_SHOW_ALL || in == &engine->instance[i])
			status_send_one(engine, &engine->instance[i], client);
	for (size_t i = 0; i < engine->conf.check_count; i++)
		if (what == MSG_SHOW_ALL || status_is_tracked(in, &engine->check[i]))
			status_send_check(&engine->check[i], client);
	status_send_groups_and_hooks(engine, in, client);
	return MSG_CTL_OK;
}

/* The configuration alone is told in parts. */
static int
status_more(void *ctx, struct control_client *client)
{
	return status_send_config(ctx, client);
}

const struct control_ops status_control_ops = {
    .show = status_show,
    .more = status_more,
    .operate = request_operate,
};
