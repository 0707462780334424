/*
 * The checkers as the engine sees them: results of checks come in, hooks that are due go out.
 * Engine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"

MSG_RECEIVER(MSG_CHECKER_ENGINE, scripts, CHECKER_ENGINE)

static struct checker_link *
scripts_find_checker(struct engine *engine, uint32_t runner)
{
	for (size_t i = 0; i < engine->conf.runner_count; i++)
		if (engine->checker[i].runner == runner)
			return &engine->checker[i];
	return NULL;
}

/* What the checkers remember of hooks must be heard before one is run a second time. */
static bool
scripts_may_run(const struct engine *engine)
{
	if (mono_reached(engine->replay_deadline, clock_now()))
		return true;
	for (size_t i = 0; i < engine->conf.runner_count; i++)
		if (!engine->checker[i].replayed)
			return false;
	return true;
}

static void
scripts_send(struct engine *engine, const struct instance *in, const struct notifier_run *run)
{
	struct checker_link *link = scripts_find_checker(engine, run->runner);
	struct msg_run_hook message = {
	    .instance = in->conf->id,
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
	if (link != NULL && link->channel != NULL)
		channel_send(link->channel, ENGINE_CHECKER_RUN_HOOK, &message, sizeof(message), -1);
}

void
scripts_run(struct engine *engine, struct instance *in)
{
	struct notifier_run run;

	if (in->address_pending || !scripts_may_run(engine))
		return;
	while (notifier_next(&in->notifier, &run)) {
		struct checker_link *link = scripts_find_checker(engine, run.runner);

		if (link == NULL || link->channel == NULL) {
			notifier_retry(&in->notifier, run.runner); /* when it is back */
			return;
		}
		scripts_send(engine, in, &run);
	}
}

static void
scripts_run_all(struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		scripts_run(engine, &engine->instance[i]);
}

bool
scripts_are_idle(const struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		if (!notifier_is_idle(&engine->instance[i].notifier))
			return false;
	return true;
}

static struct check_view *
scripts_find_check(struct engine *engine, uint32_t id)
{
	const struct conf_check *conf = conf_find_check(&engine->conf, id);

	return conf == NULL ? NULL : &engine->check[conf - engine->conf.check];
}

/* Every instance that depends on the check hears of it. */
static void
scripts_spread_check(struct engine *engine, const struct check_view *check)
{
	mono_t now = clock_now();

	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];
		bool changed = false;

		for (size_t k = INSTANCE_TRACK_CHECKS; k < in->track_count; k++)
			if (in->track[k].object == check->conf->id)
				changed |= track_set(
				    &in->track[k], (enum vrrp_check_state)check->last.state, now);
		if (changed)
			engine_evaluate(engine, in);
	}
}

static int
scripts_on_check(void *ctx, const struct msg_check *message, size_t size, int fd)
{
	struct checker_link *link = ctx;
	struct engine *engine = link->engine;
	struct check_view *check = scripts_find_check(engine, message->check);
	bool changed;

	(void)size;
	(void)fd;
	if (check == NULL || check->conf->runner != link->runner ||
	    message->state >= VRRP_CHECK_COUNT)
		return -1;
	if (message->state == VRRP_CHECK_UNKNOWN && check->last.state != VRRP_CHECK_UNKNOWN)
		return 0; /* a new checker has no result yet: the last one holds */
	changed = check->last.state != message->state;
	check->last = *message;
	check->last.output[sizeof(check->last.output) - 1] = '\0';
	check->last.step[sizeof(check->last.step) - 1] = '\0';
	check->orphaned &= message->state == VRRP_CHECK_UNKNOWN;
	if (changed) {
		scripts_spread_check(engine, check);
		engine_end_turn(engine);
	}
	return 0;
}

static void
scripts_log_end(const struct instance *in, const struct msg_hook *message)
{
	const char *event = vrrp_hook_event_name(message->event);

	if (message->timed_out)
		log_warnx("%s: hook for %s: ended at its timeout after %lld ms", in->conf->name,
		    event, (long long)(message->duration_us / 1000));
	else if (message->error != 0)
		log_warnx("%s: hook for %s: could not be started: %s", in->conf->name, event,
		    strerror(message->error));
	else if (message->signal != 0)
		log_warnx(
		    "%s: hook for %s: killed by signal %d", in->conf->name, event, message->signal);
	else if (message->exit_status != 0)
		log_warnx("%s: hook for %s: exit %d: %s", in->conf->name, event,
		    message->exit_status, message->output);
	else
		log_debug("%s: hook for %s: done in %lld ms", in->conf->name, event,
		    (long long)(message->duration_us / 1000));
}

static void
scripts_recall(struct instance *in, const struct checker_link *link, const struct msg_hook *message)
{
	struct notifier_run run = {
	    .sequence = message->sequence,
	    .command = message->command,
	    .runner = link->runner,
	    .slot = (enum conf_hook_slot)message->slot,
	    .change = {.event = (enum vrrp_hook_event)message->event},
	};

	notifier_recall(&in->notifier, &run, message->phase == MSG_HOOK_RUNNING);
}

static int
scripts_on_hook(void *ctx, const struct msg_hook *message, size_t size, int fd)
{
	struct checker_link *link = ctx;
	struct instance *in = engine_find_instance(link->engine, message->instance);

	(void)size;
	(void)fd;
	if (in == NULL || message->slot >= CONF_HOOK_SLOTS || message->event >= VRRP_HOOK_COUNT ||
	    message->phase > MSG_HOOK_DONE)
		return -1;
	in->last_hook = *message;
	in->last_hook.output[sizeof(in->last_hook.output) - 1] = '\0';
	if (!link->replayed) {
		scripts_recall(in, link, &in->last_hook);
	} else if (message->phase == MSG_HOOK_DONE &&
		   notifier_done(&in->notifier, message->sequence)) {
		scripts_log_end(in, &in->last_hook);
		scripts_run(link->engine, in);
	}
	return 0;
}

static int
scripts_on_replayed(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct checker_link *link = ctx;

	(void)message;
	(void)size;
	(void)fd;
	link->replayed = true;
	scripts_run_all(link->engine);
	engine_end_turn(link->engine);
	return 0;
}

/* The parent restarts it; its checks keep their last result for a while (scripts_tick()). */
static void
scripts_on_ended(void *ctx, enum channel_end end)
{
	struct checker_link *link = ctx;
	struct engine *engine = link->engine;

	if (!engine->stopping)
		log_warnx("%s: %s; its checks keep their results for a while", link->name,
		    end == CHANNEL_CLOSED ? "is gone" : "is not listened to any more");
	channel_close(link->channel);
	link->channel = NULL;
	link->replayed = false;
	for (size_t i = 0; i < engine->conf.check_count; i++) {
		struct check_view *check = &engine->check[i];

		if (check->conf->runner != link->runner || check->orphaned)
			continue;
		check->orphaned = true;
		check->orphaned_at = clock_now();
	}
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		notifier_retry(&engine->instance[i].notifier, link->runner);
}

int
scripts_add_checker(struct engine *engine, uint32_t runner, int fd)
{
	struct checker_link *link = scripts_find_checker(engine, runner);
	struct channel_conf conf = {
	    .in = &msg_table_checker_engine,
	    .out = &msg_table_engine_checker,
	    .dispatch = scripts_dispatch,
	    .ended = scripts_on_ended,
	    .ctx = link,
	};

	if (link == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (link->channel != NULL)
		scripts_on_ended(link, CHANNEL_CLOSED);
	snprintf(link->name, sizeof(link->name), "checker (%s)",
	    conf_find_runner(&engine->conf, runner)->name);
	conf.peer = link->name;
	link->channel = channel_open(engine->base, fd, &conf);
	return link->channel == NULL ? -1 : 0;
}

/* A check without checker has failed once it would have had the time to fail. */
void
scripts_tick(struct engine *engine, mono_t now)
{
	for (size_t i = 0; i < engine->conf.check_count; i++) {
		struct check_view *check = &engine->check[i];
		int64_t hold_ns = (int64_t)check->conf->fall * check->conf->interval_ms * NS_PER_MS;

		if (!check->orphaned || check->last.state == VRRP_CHECK_UNKNOWN ||
		    check->last.state == VRRP_CHECK_BROKEN ||
		    !mono_reached(mono_add(check->orphaned_at, hold_ns), now))
			continue;
		log_warnx("check %s: its checker is gone: counts as failed", check->conf->name);
		check->last.state = VRRP_CHECK_BROKEN;
		check->last.since_ns = now.ns;
		memcpy(check->last.step, "checker", sizeof("checker"));
		scripts_spread_check(engine, check);
	}
	if (mono_reached(engine->replay_deadline, now) && !mono_is_never(engine->replay_deadline)) {
		engine->replay_deadline = (mono_t){0};
		scripts_run_all(engine);
	}
}
