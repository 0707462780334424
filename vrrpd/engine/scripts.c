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

#define SCRIPTS_SILENCE_MS 1000 /* over interval and timeout: then its checker hangs */

MSG_RECEIVER(MSG_CHECKER_ENGINE, scripts, CHECKER_ENGINE)

static void scripts_orphan(struct check_view *);
static void scripts_assume_initial(struct engine *, uint32_t runner);

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
	if (mono_is_never(engine->replay_deadline) ||
	    mono_reached(engine->replay_deadline, clock_now()))
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

/*
 * A new checker has to prove what it says: until as many results as rise or fall say were alike, the
 * last one's verdict holds, if there was one.
 */
static bool
scripts_take_check(struct check_view *check, const struct msg_check *message)
{
	const struct msg_check before = check->last;

	if (message->state == VRRP_CHECK_UNKNOWN && before.state != VRRP_CHECK_UNKNOWN)
		return false; /* it has no result yet */
	check->last = *message;
	check->last.output[sizeof(check->last.output) - 1] = '\0';
	check->last.step[sizeof(check->last.step) - 1] = '\0';
	if (!message->settled && before.state != VRRP_CHECK_UNKNOWN)
		check->last.state = before.state;
	if (check->last.state == before.state && before.since_ns != 0)
		check->last.since_ns = before.since_ns;
	return check->last.state != before.state;
}

static int
scripts_on_check(void *ctx, const struct msg_check *message, size_t size, int fd)
{
	struct checker_link *link = ctx;
	struct engine *engine = link->engine;
	struct check_view *check = scripts_find_check(engine, message->check);

	(void)size;
	(void)fd;
	if (check == NULL || check->conf->runner != link->runner ||
	    message->state >= VRRP_CHECK_COUNT)
		return -1;
	check->silent_ticks = 0;
	check->orphaned &= message->runs == 0;
	if (scripts_take_check(check, message)) {
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
	scripts_assume_initial(link->engine, link->runner);
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

		if (check->conf->runner == link->runner)
			scripts_orphan(check);
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

/* ---- time passes ---- */

static void
scripts_orphan(struct check_view *check)
{
	if (!check->orphaned)
		check->orphaned_at = clock_now();
	check->orphaned = true;
}

/* Counted in our own running time: when we stood still too, nobody was silent. */
static void
scripts_count_silence(struct check_view *check)
{
	uint64_t limit_ms =
	    (uint64_t)check->conf->interval_ms + check->conf->timeout_ms + SCRIPTS_SILENCE_MS;

	if (check->last.state == VRRP_CHECK_UNKNOWN || check->orphaned)
		return;
	if (++check->silent_ticks * (uint64_t)ENGINE_TICK_MS > limit_ms)
		scripts_orphan(check);
}

/* A check without checker has failed once it would have had the time to fail. */
static void
scripts_fail_orphan(struct engine *engine, struct check_view *check, mono_t now)
{
	int64_t hold_ns = (int64_t)check->conf->fall * check->conf->interval_ms * NS_PER_MS;

	if (!check->orphaned || check->last.state == VRRP_CHECK_UNKNOWN ||
	    check->last.state == VRRP_CHECK_BROKEN ||
	    !mono_reached(mono_add(check->orphaned_at, hold_ns), now))
		return;
	log_warnx("check %s: its checker is gone: counts as failed", check->conf->name);
	check->last.state = VRRP_CHECK_BROKEN;
	check->last.since_ns = now.ns;
	memcpy(check->last.step, "checker", sizeof("checker"));
	scripts_spread_check(engine, check);
}

/* At the end, what a hook before STOP still does must not take the time of STOP. */
static void
scripts_end_hooks(struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		const struct instance *in = &engine->instance[i];
		const struct notifier *n = &in->notifier;
		const struct msg_instance_request message = {in->conf->id, n->sequence};
		struct checker_link *link;

		if (!n->running || n->current.event == VRRP_HOOK_STOP)
			continue;
		link = scripts_find_checker(engine, n->hook[n->step].runner);
		if (link != NULL && link->channel != NULL)
			channel_send(
			    link->channel, ENGINE_CHECKER_END_HOOK, &message, sizeof(message), -1);
	}
}

/* What is configured to be up or down before a first result. */
static void
scripts_assume_initial(struct engine *engine, uint32_t runner)
{
	for (size_t i = 0; i < engine->conf.check_count; i++) {
		struct check_view *check = &engine->check[i];

		if ((runner != 0 && check->conf->runner != runner) ||
		    check->last.state != VRRP_CHECK_UNKNOWN ||
		    check->conf->initial == CONF_INITIAL_UNKNOWN)
			continue;
		check->last.state =
		    check->conf->initial == CONF_INITIAL_UP ? VRRP_CHECK_UP : VRRP_CHECK_DOWN;
		check->last.since_ns = clock_now().ns;
		scripts_spread_check(engine, check);
	}
}

void
scripts_tick(struct engine *engine, mono_t now)
{
	for (size_t i = 0; i < engine->conf.check_count; i++) {
		scripts_count_silence(&engine->check[i]);
		scripts_fail_orphan(engine, &engine->check[i], now);
	}
	if (mono_reached(engine->replay_deadline, now) && !mono_is_never(engine->replay_deadline)) {
		engine->replay_deadline = MONO_NEVER;
		scripts_assume_initial(engine, 0);
		scripts_run_all(engine);
	}
	if (mono_reached(engine->end_hooks_at, now)) {
		engine->end_hooks_at = MONO_NEVER;
		scripts_end_hooks(engine);
	}
}
