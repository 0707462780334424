/*
 * Running hooks of instances and groups, in order, and gates beside them. Engine.
 *
 * An instance's hooks wait until its addresses are in place or gone; those of a group until those of
 * its members are done. A gate waits for nothing.
 */
#include <string.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"

static bool
delivery_send(struct engine *engine, uint32_t runner, const struct msg_run_hook *message)
{
	struct checker_link *link = scripts_find_checker(engine, runner);

	if (link == NULL || link->channel == NULL)
		return false; /* when it is back */
	channel_send(link->channel, ENGINE_CHECKER_RUN_HOOK, message, sizeof(*message), -1);
	return true;
}

/* ---- hooks ---- */

static struct msg_run_hook
delivery_describe(const struct delivery *target, const struct notifier_run *run)
{
	struct msg_run_hook message = {
	    .instance = target->instance,
	    .group = target->group,
	    .sequence = run->sequence,
	    .command = run->command,
	    .slot = (uint8_t)run->slot,
	    .event = (uint8_t)run->change.event,
	    .previous = (uint8_t)run->change.previous,
	    .reason = (uint8_t)run->change.reason,
	    .priority = run->change.priority,
	    .skipped_count = run->change.skipped_count,
	};

	memcpy(message.skipped, run->change.skipped, sizeof(message.skipped));
	return message;
}

static void
delivery_run_target(struct engine *engine, struct delivery *target)
{
	struct notifier_run run;

	while (notifier_next(&target->notifier, &run)) {
		struct msg_run_hook message = delivery_describe(target, &run);

		if (!delivery_send(engine, run.runner, &message)) {
			notifier_retry(&target->notifier, run.runner);
			return;
		}
		target->started_ns = clock_now().ns;
	}
}

static bool
delivery_members_are_idle(const struct election *election)
{
	for (size_t i = 0; i < election->group.count; i++)
		if (!notifier_is_idle(&election->member[i]->hooks.notifier))
			return false;
	return true;
}

void
delivery_run(struct engine *engine, struct instance *in)
{
	if (!scripts_may_run(engine))
		return;
	if (!in->address_pending && !vr_is_releasing(&in->vr))
		delivery_run_target(engine, &in->hooks);
	if (in->election->conf != NULL && delivery_members_are_idle(in->election))
		delivery_run_target(engine, &in->election->hooks);
}

void
delivery_run_parting(struct engine *engine, struct parting *parting)
{
	if (scripts_may_run(engine))
		delivery_run_target(engine, &parting->hooks);
}

bool
delivery_is_over(const struct engine *engine)
{
	for (size_t i = 0; i < engine->election_count; i++)
		if (!delivery_members_are_idle(&engine->election[i]) ||
		    !notifier_is_idle(&engine->election[i].hooks.notifier))
			return false;
	for (size_t i = 0; i < engine->parting_count; i++)
		if (!notifier_is_idle(&engine->parting[i].hooks.notifier))
			return false;
	return true;
}

/* What is not for STOP must not take its time. */
static void
delivery_end_target(struct engine *engine, const struct delivery *target)
{
	const struct notifier *n = &target->notifier;
	const struct msg_end_hook message = {target->instance, target->group, n->sequence};
	struct checker_link *link;

	if (!n->running || n->current.event == VRRP_HOOK_STOP)
		return;
	link = scripts_find_checker(engine, n->runner);
	if (link != NULL && link->channel != NULL)
		channel_send(link->channel, ENGINE_CHECKER_END_HOOK, &message, sizeof(message), -1);
}

void
delivery_end_earlier(struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		delivery_end_target(engine, &engine->instance[i].hooks);
	for (size_t i = 0; i < engine->election_count; i++)
		delivery_end_target(engine, &engine->election[i].hooks);
}

/* ---- gates ---- */

static void
delivery_run_gate(struct engine *engine, struct instance *in)
{
	const struct msg_run_hook message = {
	    .instance = in->conf->id,
	    .sequence = in->gate.sequence + 1,
	    .command = in->hooks.notifier.hook[CONF_HOOK_GATE].command,
	    .slot = CONF_HOOK_GATE,
	    .event = VRRP_HOOK_MASTER,
	    .previous = (uint8_t)in->vr.state,
	    .reason = (uint8_t)in->gate.reason,
	    .priority = in->vr.priority,
	};

	if (!in->gate.due || !scripts_may_run(engine))
		return;
	if (in->vr.wish != VR_GATING) { /* somebody better was heard meanwhile */
		in->gate.due = false;
		return;
	}
	if (!delivery_send(engine, in->hooks.notifier.hook[CONF_HOOK_GATE].runner, &message))
		return;
	in->gate.runner = in->hooks.notifier.hook[CONF_HOOK_GATE].runner;
	in->gate.sequence++;
	in->gate.due = false;
	in->gate.running = true;
	in->gate.started_ns = clock_now().ns;
}

void
delivery_ask_gate(struct engine *engine, struct instance *in, enum vrrp_reason reason)
{
	in->gate.reason = reason;
	in->gate.due = true;
	in->gate.running = false; /* what an older one says does not count any more */
	delivery_run_gate(engine, in);
}

void
delivery_run_all(struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		delivery_run(engine, &engine->instance[i]);
		delivery_run_gate(engine, &engine->instance[i]);
	}
	for (size_t i = 0; i < engine->parting_count; i++)
		delivery_run_parting(engine, &engine->parting[i]);
}

bool
delivery_succeeded(const struct msg_hook *message)
{
	return message->exit_status == 0 && !message->timed_out && message->signal == 0 &&
	       message->error == 0;
}

static void
delivery_end_gate(struct engine *engine, struct instance *in, const struct msg_hook *message)
{
	struct vr_event event = {
	    .kind = VR_GATE_RESULT, .gate_passed = delivery_succeeded(message)};

	if (!in->gate.running || message->sequence != in->gate.sequence)
		return;
	in->gate.running = false;
	in->gate.last = *message;
	in->gate.last_started_ns = in->gate.started_ns;
	if (!event.gate_passed)
		log_warnx("%s: before-master failed: %s", in->conf->name,
		    in->vr.conf.gate == VR_GATE_STAY ? "stays backup" : "goes on all the same");
	engine_handle(engine, in, &event);
}

/* ---- what checkers say ---- */

static void
delivery_log_end(const struct delivery *target, const struct msg_hook *message)
{
	const char *event = message->slot == CONF_HOOK_GATE ? "before-master"
							    : vrrp_hook_event_name(message->event);

	if (message->timed_out)
		log_warnx("%s: hook for %s: ended at its timeout after %lld ms", target->name,
		    event, (long long)(message->duration_us / 1000));
	else if (message->error != 0)
		log_warnx("%s: hook for %s: could not be started: %s", target->name, event,
		    strerror(message->error));
	else if (message->signal != 0)
		log_warnx(
		    "%s: hook for %s: killed by signal %d", target->name, event, message->signal);
	else if (message->exit_status != 0)
		log_warnx("%s: hook for %s: exit %d: %s", target->name, event, message->exit_status,
		    message->output);
	else
		log_debug("%s: hook for %s: done in %lld ms", target->name, event,
		    (long long)(message->duration_us / 1000));
}

static void
delivery_recall(
    struct delivery *target, const struct checker_link *link, const struct msg_hook *message)
{
	struct notifier_run run = {
	    .sequence = message->sequence,
	    .command = message->command,
	    .runner = link->runner,
	    .slot = (enum conf_hook_slot)message->slot,
	    .change = {.event = (enum vrrp_hook_event)message->event},
	};

	notifier_recall(&target->notifier, &run, message->phase == MSG_HOOK_RUNNING);
}

/* Speaks for another checker: a command has one runner. */
static bool
delivery_is_of_another(
    const struct checker_link *link, const struct delivery *target, const struct msg_hook *message)
{
	const struct notifier *n = &target->notifier;

	return n->hook[message->slot].command != 0 &&
	       n->hook[message->slot].command == message->command &&
	       n->hook[message->slot].runner != link->runner;
}

static bool
delivery_has_slot(
    const struct checker_link *link, const struct delivery *target, enum conf_hook_slot slot)
{
	const struct notifier *n = &target->notifier;

	return n->hook[slot].command != 0 && n->hook[slot].runner == link->runner;
}

/*
 * Whether what it remembers counts: of its own slots, and of a state's that is not configured any more while
 * it still has one for the target, whose hooks may have to wait for it.
 */
static bool
delivery_may_recall(
    const struct checker_link *link, const struct delivery *target, enum conf_hook_slot slot)
{
	if (slot >= CONF_HOOK_ALL || target->notifier.hook[slot].command != 0)
		return delivery_has_slot(link, target, slot);
	for (int i = 0; i <= CONF_HOOK_ALL; i++)
		if (delivery_has_slot(link, target, (enum conf_hook_slot)i))
			return true;
	return false;
}

/* An earlier engine's gates decide nothing, but their numbers are taken. */
static void
delivery_take_gate(struct checker_link *link, struct instance *in, const struct msg_hook *message)
{
	if (!link->replayed) {
		if (!in->gate.running && message->sequence > in->gate.sequence &&
		    delivery_has_slot(link, &in->hooks, CONF_HOOK_GATE))
			in->gate.sequence = message->sequence;
	} else if (message->phase == MSG_HOOK_DONE && in->gate.runner == link->runner) {
		delivery_log_end(&in->hooks, message);
		delivery_end_gate(link->engine, in, message);
		engine_end_turn(link->engine);
	}
}

/* Of a group that is there, or parts. */
static struct delivery *
delivery_find_group(struct engine *engine, uint32_t group)
{
	for (size_t i = 0; i < engine->election_count; i++)
		if (engine->election[i].hooks.group == group)
			return &engine->election[i].hooks;
	for (size_t i = 0; i < engine->parting_count; i++)
		if (engine->parting[i].hooks.group == group)
			return &engine->parting[i].hooks;
	return NULL;
}

/* What waited for it: more hooks of the target, or those of the group of an instance. */
static void
delivery_run_after(struct engine *engine, const struct delivery *target)
{
	struct instance *in = engine_find_instance(engine, target->instance);

	if (in != NULL)
		delivery_run(engine, in);
	for (size_t i = 0; in == NULL && i < engine->election_count; i++)
		if (&engine->election[i].hooks == target)
			delivery_run(engine, engine->election[i].member[0]);
	for (size_t i = 0; in == NULL && i < engine->parting_count; i++)
		if (&engine->parting[i].hooks == target)
			delivery_run_parting(engine, &engine->parting[i]);
}

static void
delivery_take_target(
    struct checker_link *link, struct delivery *target, const struct msg_hook *message)
{
	const bool has_it = target->notifier.running && target->notifier.runner == link->runner &&
			    target->notifier.sequence == message->sequence;

	/* a run of the configuration before, whose user may have been another, goes on to its end */
	if (!(link->replayed && has_it) && !delivery_may_recall(link, target, message->slot))
		return;
	if (message->phase == MSG_HOOK_DONE) {
		target->last = *message;
		target->last_started_ns = link->replayed ? target->started_ns : 0;
	}
	if (!link->replayed) {
		delivery_recall(target, link, message);
	} else if (message->phase == MSG_HOOK_DONE && has_it &&
		   notifier_done(&target->notifier, message->sequence)) {
		delivery_log_end(target, message);
		delivery_run_after(link->engine, target);
	}
}

/* Of an earlier configuration, or of the next one; anything else was never there. */
static bool
delivery_is_known(const struct engine *engine, const struct msg_hook *message)
{
	return message->instance <= engine->conf.global.last_instance &&
	       message->group <= engine->conf.global.last_group;
}

static bool
delivery_is_possible(const struct msg_hook *message)
{
	return (message->instance == 0) != (message->group == 0) &&
	       message->slot < CONF_HOOK_SLOTS && message->event < VRRP_HOOK_COUNT &&
	       message->phase <= MSG_HOOK_DONE &&
	       (message->slot >= CONF_HOOK_ALL || message->slot == message->event) &&
	       (message->slot != CONF_HOOK_GATE || message->group == 0) &&
	       scripts_duration_is_possible(message->duration_us);
}

int
delivery_take(struct checker_link *link, const struct msg_hook *message)
{
	struct engine *engine = link->engine;
	struct instance *in = engine_find_instance(engine, message->instance);
	struct delivery *target =
	    in != NULL ? &in->hooks : delivery_find_group(engine, message->group);
	struct msg_hook copy = *message;

	if (!delivery_is_possible(message))
		return -1;
	if (in == NULL && (message->group == 0 || target == NULL))
		return delivery_is_known(engine, message) ? 0 : -1;
	if (delivery_is_of_another(link, target, message))
		return -1;
	copy.output[sizeof(copy.output) - 1] = '\0';
	if (message->slot == CONF_HOOK_GATE)
		delivery_take_gate(link, in, &copy);
	else
		delivery_take_target(link, target, &copy);
	return 0;
}

void
delivery_retry(struct engine *engine, uint32_t runner)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];

		notifier_retry(&in->hooks.notifier, runner);
		if (in->gate.running && in->gate.runner == runner) {
			in->gate.running = false;
			in->gate.due = true;
		}
	}
	for (size_t i = 0; i < engine->election_count; i++)
		notifier_retry(&engine->election[i].hooks.notifier, runner);
	for (size_t i = 0; i < engine->parting_count; i++)
		notifier_retry(&engine->parting[i].hooks.notifier, runner);
}
