/*
 * The checkers as the engine sees them: their channels, results of checks.
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

struct checker_link *
scripts_find_checker(struct engine *engine, uint32_t runner)
{
	for (size_t i = 0; i < engine->conf.runner_count; i++)
		if (engine->checker[i].runner == runner)
			return &engine->checker[i];
	return NULL;
}

/* What the checkers remember of hooks must be heard before one is run a second time. */
bool
scripts_may_run(const struct engine *engine)
{
	if (mono_reached(engine->replay_deadline, clock_now()))
		return true;
	for (size_t i = 0; i < engine->conf.runner_count; i++)
		if (!engine->checker[i].replayed)
			return false;
	return true;
}

static struct check_view *
scripts_find_check(struct engine *engine, uint32_t id)
{
	const struct conf_check *conf = conf_find_check(&engine->conf, id);

	return conf == NULL ? NULL : &engine->check[conf - engine->conf.check];
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
	changed = check->last.state != message->state || check->last.value != message->value;
	check->last = *message;
	check->last.output[sizeof(check->last.output) - 1] = '\0';
	check->last.step[sizeof(check->last.step) - 1] = '\0';
	check->orphaned &= message->state == VRRP_CHECK_UNKNOWN;
	if (changed) {
		inputs_spread_check(engine, check);
		engine_end_turn(engine);
	}
	return 0;
}

static int
scripts_on_hook(void *ctx, const struct msg_hook *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	return delivery_take(ctx, message);
}

static int
scripts_on_replayed(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct checker_link *link = ctx;

	(void)message;
	(void)size;
	(void)fd;
	link->replayed = true;
	delivery_run_all(link->engine);
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
	delivery_retry(engine, link->runner);
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
		inputs_spread_check(engine, check);
	}
	if (mono_reached(engine->replay_deadline, now) && !mono_is_never(engine->replay_deadline)) {
		engine->replay_deadline = (mono_t){0};
		delivery_run_all(engine);
	}
}
