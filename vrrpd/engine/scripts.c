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
#include "vrrpd/engine/trial.h"

#define SCRIPTS_READ_MAX 4 /* results in a turn of the loop: a flood of them holds up no advert */
#define SCRIPTS_SILENCE_MS 1000 /* over interval and timeout: then its checker hangs */

MSG_RECEIVER(MSG_CHECKER_ENGINE, scripts, CHECKER_ENGINE)

static void scripts_orphan(struct check_view *);
static void scripts_assume_initial(struct engine *, uint32_t runner);

struct checker_link *
scripts_find_checker(struct engine *engine, uint32_t runner)
{
	for (size_t i = 0; i < engine->checker_count; i++)
		if (engine->checker[i]->runner == runner)
			return engine->checker[i];
	return NULL;
}

/* Those of the configuration before stay where they are: their channels know them. */
int
scripts_link_checkers(struct engine *engine)
{
	const struct conf *conf = &engine->conf;
	struct checker_link **grown = reallocarray(engine->checker,
	    engine->checker_count + conf->runner_count + 1, sizeof(engine->checker[0]));

	if (grown == NULL)
		return -1;
	engine->checker = grown;
	for (size_t i = 0; i < conf->runner_count; i++) {
		struct checker_link *link = scripts_find_checker(engine, conf->runner[i].id);

		if (link != NULL)
			continue;
		link = calloc(1, sizeof(*link));
		if (link == NULL)
			return -1;
		link->engine = engine;
		link->runner = conf->runner[i].id;
		engine->checker[engine->checker_count++] = link;
	}
	return 0;
}

/* One that no configuration has any more, when it has ended. */
static void
scripts_unlink_gone(struct engine *engine)
{
	for (size_t i = engine->checker_count; i-- > 0;) {
		struct checker_link *link = engine->checker[i];

		if (link->channel != NULL || conf_find_runner(&engine->conf, link->runner) != NULL)
			continue;
		engine->checker[i] = engine->checker[--engine->checker_count];
		free(link);
	}
}

/* What the checkers remember of hooks must be heard before one is run a second time. */
bool
scripts_may_run(const struct engine *engine)
{
	if (mono_is_never(engine->replay_deadline) ||
	    mono_reached(engine->replay_deadline, clock_now()))
		return true;
	for (size_t i = 0; i < engine->checker_count; i++)
		if (!engine->checker[i]->replayed)
			return false;
	return true;
}

static struct check_view *
scripts_find_check(struct engine *engine, uint32_t id)
{
	const struct conf_check *conf = conf_find_check(&engine->conf, id);

	return conf == NULL ? NULL : &engine->check[conf - engine->conf.check];
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
	return check->last.state != before.state || check->last.value != before.value;
}

static bool
scripts_time_is_possible(int64_t ns)
{
	return ns >= 0 && ns <= clock_now().ns;
}

bool
scripts_duration_is_possible(int64_t us)
{
	return us >= 0 && us <= INT64_MAX / NS_PER_US;
}

bool
scripts_result_is_possible(const struct msg_check *message)
{
	return message->state < VRRP_CHECK_COUNT &&
	       scripts_time_is_possible(message->last_run_ns) &&
	       scripts_time_is_possible(message->since_ns) &&
	       scripts_duration_is_possible(message->duration_us);
}

static void
scripts_take_result(
    struct engine *engine, struct check_view *check, const struct msg_check *message)
{
	check->silent_ticks = 0;
	check->orphaned &= message->runs == 0;
	if (scripts_take_check(check, message)) {
		inputs_spread_check(engine, check);
		engine_end_turn(engine);
	}
}

/* Checkers commit before we do: one speaks of the next configuration, or still of the one before. */
static int
scripts_take_unknown(struct checker_link *link, const struct msg_check *message)
{
	const struct engine *engine = link->engine;
	const struct conf_check *next =
	    engine->staged ? conf_find_check(&engine->next, message->check) : NULL;
	const bool was = message->check != 0 && message->check <= engine->conf.global.last_check;

	if (next == NULL)
		return was ? 0 : -1;
	if (next->runner != link->runner)
		return -1;
	link->early = *message;
	link->has_early = true;
	channel_pause(link->channel);
	return 0;
}

static int
scripts_on_check(void *ctx, const struct msg_check *message, size_t size, int fd)
{
	struct checker_link *link = ctx;
	struct engine *engine = link->engine;
	struct check_view *check = scripts_find_check(engine, message->check);

	(void)size;
	(void)fd;
	if (!scripts_result_is_possible(message))
		return -1;
	if (check == NULL)
		return scripts_take_unknown(link, message);
	if (check->conf->runner != link->runner)
		return -1;
	scripts_take_result(engine, check, message);
	return 0;
}

void
scripts_go_on(struct engine *engine)
{
	scripts_assume_initial(engine, 0);
	for (size_t i = 0; i < engine->checker_count; i++) {
		struct checker_link *link = engine->checker[i];
		struct check_view *check = scripts_find_check(engine, link->early.check);

		if (!link->has_early)
			continue;
		link->has_early = false;
		if (check != NULL)
			scripts_take_result(engine, check, &link->early);
		if (link->channel != NULL)
			channel_unpause(link->channel);
	}
}

static int
scripts_on_hook(void *ctx, const struct msg_hook *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	return delivery_take(ctx, message);
}

static int
scripts_on_check_ran(void *ctx, const struct msg_check_ran *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	return trial_take(ctx, message);
}

static int
scripts_on_replayed(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct checker_link *link = ctx;

	(void)message;
	(void)size;
	(void)fd;
	if (link->replayed)
		return -1; /* said once to each engine */
	link->replayed = true;
	scripts_assume_initial(link->engine, link->runner);
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

	if (!engine->stopping && conf_find_runner(&engine->conf, link->runner) != NULL)
		log_warnx("%s: %s; its checks keep their results for a while", link->name,
		    end == CHANNEL_CLOSED ? "is gone" : "is not listened to any more");
	channel_close(link->channel);
	link->channel = NULL;
	link->replayed = false;
	link->has_early = false;
	for (size_t i = 0; i < engine->conf.check_count; i++) {
		struct check_view *check = &engine->check[i];

		if (check->conf->runner == link->runner)
			scripts_orphan(check);
	}
	delivery_retry(engine, link->runner);
	trial_forget(engine, link->runner);
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
	    .read_max = SCRIPTS_READ_MAX,
	    .ctx = link,
	};

	if (link == NULL || conf_find_runner(&engine->conf, runner) == NULL) {
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

	if (check->last.state == VRRP_CHECK_UNKNOWN || check->orphaned ||
	    check->conf->kind == CONF_CHECK_EXTERNAL)
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
	inputs_spread_check(engine, check);
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
		inputs_spread_check(engine, check);
	}
}

void
scripts_tick(struct engine *engine, mono_t now)
{
	scripts_unlink_gone(engine);
	for (size_t i = 0; i < engine->conf.check_count; i++) {
		scripts_count_silence(&engine->check[i]);
		scripts_fail_orphan(engine, &engine->check[i], now);
	}
	if (mono_reached(engine->replay_deadline, now) && !mono_is_never(engine->replay_deadline)) {
		engine->replay_deadline = MONO_NEVER;
		scripts_assume_initial(engine, 0);
		delivery_run_all(engine);
	}
	if (mono_reached(engine->end_hooks_at, now)) {
		engine->end_hooks_at = MONO_NEVER;
		delivery_end_earlier(engine);
	}
}
