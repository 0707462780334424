/*
 * Another configuration in place of the one that runs. Parent.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/parent/load.h"
#include "vrrpd/parent/reload.h"
#include "vrrpd/parent/reload_ids.h"
#include "vrrpd/parent/state.h"

#define RELOAD_READY_S 5                    /* for all children to be READY */
#define RELOAD_LATE_MAX 2                   /* who is silent for so many of them hangs */
#define RELOAD_COMMITTED_S 5                /* for the engine to be at work with it */
#define RELOAD_SPACING_NS (100 * NS_PER_MS) /* between two, with a burst of … */
#define RELOAD_BURST 10
#define RELOAD_SWEEP_AGAIN_NS (5 * NS_PER_S) /* after a reload that failed */

enum reload_phase { RELOAD_IDLE, RELOAD_LOADING, RELOAD_PREPARING, RELOAD_COMMITTING };

struct reload {
	struct parent *parent;
	enum reload_phase phase;
	bool wanted;       /* another one, when this one is over */
	bool sweep_wanted; /* what has retired is to be forgotten … */
	mono_t sweep_at;   /* … then */
	bool sweep;        /* this one does only that */
	uint64_t asked;    /* the engine's last ticket */
	uint64_t serving;  /* up to this one its requests are served by this one */
	uint32_t generation;
	mono_t due;
	struct load *load;
	struct running *next;
	struct event *limit;
};

/* ---- telling ---- */

static void reload_say(struct reload *, bool is_error, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* To the log, and to those who asked through the engine. */
static void
reload_say(struct reload *r, bool is_error, const char *format, ...)
{
	struct channel *engine = r->parent->engine.channel;
	struct msg_problem line = {.is_error = is_error};
	va_list ap;

	va_start(ap, format);
	vsnprintf(line.text, sizeof(line.text), format, ap);
	va_end(ap);
	if (is_error)
		log_warnx("%s", line.text);
	else
		log_info("%s", line.text);
	if (engine != NULL && !r->sweep)
		channel_send(engine, PARENT_ENGINE_RELOAD_LINE, &line,
		    offsetof(struct msg_problem, text) + strlen(line.text) + 1, -1);
}

/* Of the configuration: a warning is no failure. */
static void
reload_on_problem(void *ctx, bool is_error, const char *text)
{
	reload_say(ctx, is_error, "%s%s", is_error ? "" : "warning: ", text);
}

static void
reload_end(struct reload *r, bool failed)
{
	const struct msg_reload end = {.ticket = r->serving, .failed = failed};
	struct channel *engine = r->parent->engine.channel;

	r->phase = RELOAD_IDLE;
	event_del(r->limit);
	if (r->sweep)
		return;
	if (failed)
		reload_say(r, true, "not reloaded: the configuration before runs on");
	if (engine != NULL)
		channel_send(engine, PARENT_ENGINE_RELOADED, &end, sizeof(end), -1);
}

/* ---- the end of one: everything is as it was, or as it is to be ---- */

static bool
reload_concerns(const struct reload *r, const struct child *child)
{
	return child->channel != NULL && child->generation == r->next->generation;
}

bool
reload_is_for(const struct reload *r, const struct child *child)
{
	return r->next != NULL && reload_concerns(r, child);
}

/* Checkers of runners that only the new one has. */
static void
reload_discard_checkers(struct reload *r)
{
	struct parent *parent = r->parent;

	for (size_t i = 0; i < parent->checker_count; i++) {
		struct child *checker = parent->checker[i];

		if (checker->leaving ||
		    conf_find_runner(parent->run->conf, checker->runner) != NULL)
			continue;
		checker->leaving = true;
		child_kill(checker);
	}
}

static void
reload_tell_abort(struct reload *r, struct child *child)
{
	if (!reload_concerns(r, child))
		return;
	if (!child->prepared)
		child->aborted = child->generation;
	child->generation = r->parent->run->generation;
	child->prepared = true;
	child_send_empty(child, PARENT_ENGINE_ABORT, PARENT_CHECKER_ABORT);
}

/* Nothing has been changed yet. */
static void
reload_fail(struct reload *r)
{
	struct parent *parent = r->parent;

	if (r->phase == RELOAD_PREPARING) {
		reload_discard_checkers(r);
		reload_tell_abort(r, &parent->engine);
		for (size_t i = 0; i < parent->checker_count; i++)
			if (!parent->checker[i]->leaving)
				reload_tell_abort(r, parent->checker[i]);
	}
	load_close(r->load);
	r->load = NULL;
	running_close(r->next);
	r->next = NULL;
	r->sweep_at = mono_add(clock_now(), RELOAD_SWEEP_AGAIN_NS);
	reload_end(r, true);
}

/* Who runs scripts for nobody any more ends when the last one has ended. */
static void
reload_dismiss_checkers(struct parent *parent)
{
	static const struct msg_shutdown message = {.when_idle = 1};

	for (size_t i = 0; i < parent->checker_count; i++) {
		struct child *checker = parent->checker[i];

		if (checker->leaving ||
		    conf_find_runner(parent->run->conf, checker->runner) != NULL)
			continue;
		checker->leaving = true;
		event_del(checker->restart);
		if (checker->channel != NULL)
			channel_send(checker->channel, PARENT_CHECKER_SHUTDOWN, &message,
			    sizeof(message), -1);
	}
}

/* The engine works with it, or is gone and the next one will. */
static void
reload_finish(struct reload *r)
{
	struct parent *parent = r->parent;
	struct running *old = parent->run;

	running_replace(r->next, old);
	r->next = NULL;
	r->sweep_wanted = false; /* what still retires is told anew */
	for (size_t i = 0; i < parent->checker_count; i++)
		if (parent->checker[i]->connect_due) {
			parent->checker[i]->connect_due = false;
			child_connect_checker(parent, parent->checker[i]);
		}
	if (!r->sweep)
		child_lend_text(&parent->engine);
	reload_dismiss_checkers(parent);
	if (!r->sweep)
		reload_say(r, false, "reloaded: %zu instance%s, %zu check%s",
		    parent->run->conf->instance_count,
		    parent->run->conf->instance_count == 1 ? "" : "s",
		    parent->run->conf->check_count, parent->run->conf->check_count == 1 ? "" : "s");
	reload_end(r, false);
}

/* ---- committing: checkers, engine, then us ---- */

static bool
reload_is_ready(const struct reload *r, const struct child *child)
{
	return reload_concerns(r, child) && child->prepared;
}

/* The next configuration has work for this checker, which lives and is not READY for it. */
static bool
reload_waits_for(const struct reload *r, const struct child *checker)
{
	return checker->channel != NULL && !checker->leaving &&
	       conf_find_runner(r->next->conf, checker->runner) != NULL &&
	       !reload_is_ready(r, checker);
}

static bool
reload_is_prepared(const struct reload *r)
{
	const struct parent *parent = r->parent;

	for (size_t i = 0; i < parent->checker_count; i++)
		if (reload_waits_for(r, parent->checker[i]))
			return false;
	return reload_is_ready(r, &parent->engine);
}

bool
reload_may_start(const struct reload *r, const struct child *child)
{
	return child->role != MSG_ROLE_CHECKER ||
	       (r->phase != RELOAD_COMMITTING &&
		   conf_find_runner(r->parent->run->conf, child->runner) != NULL);
}

static void
reload_commit(struct reload *r)
{
	const struct timeval limit = {RELOAD_COMMITTED_S, 0};
	struct parent *parent = r->parent;

	r->phase = RELOAD_COMMITTING;
	event_add(r->limit, &limit);
	for (size_t i = 0; i < parent->checker_count; i++)
		if (reload_concerns(r, parent->checker[i]))
			child_commit(parent->checker[i]);
	child_commit(&parent->engine);
}

void
reload_on_ready(struct reload *r, struct child *child)
{
	if (r->phase != RELOAD_PREPARING)
		return;
	if (child->role == MSG_ROLE_CHECKER && !reload_concerns(r, child) &&
	    reload_waits_for(r, child))
		child_tell(child, r->next); /* it was still starting */
	else if (reload_is_prepared(r))
		reload_commit(r);
}

int
reload_take_committed(struct reload *r, const struct msg_conf_end *message)
{
	if (r->phase != RELOAD_COMMITTING || message->generation != r->next->generation)
		return -1;
	reload_finish(r);
	return 0;
}

/* ---- preparing ---- */

static int
reload_start_checkers(struct reload *r)
{
	const struct conf *conf = r->next->conf;
	struct parent *parent = r->parent;

	for (size_t i = 0; i < conf->runner_count; i++) {
		struct child *checker;

		if (child_find_checker(parent, conf->runner[i].id) != NULL)
			continue;
		checker = child_new_checker(parent, &conf->runner[i]);
		if (checker == NULL || child_start(checker, r->next) == -1) {
			reload_say(r, true, "checker (%s) cannot be started: %s",
			    conf->runner[i].name, strerror(errno));
			return -1;
		}
		checker->connect_due = true;
	}
	return 0;
}

static int
reload_prepare(struct reload *r)
{
	struct parent *parent = r->parent;
	const struct timeval limit = {RELOAD_READY_S, 0};
	size_t count = parent->checker_count;

	r->phase = RELOAD_PREPARING;
	if (parent->engine.channel == NULL || !parent->engine.ready) {
		reload_say(r, true, "the engine is being restarted: try again in a moment");
		return -1;
	}
	child_tell(&parent->engine, r->next);
	for (size_t i = 0; i < count; i++) {
		struct child *checker = parent->checker[i];

		/* one that is starting is told when it is done with that */
		if (checker->ready && reload_waits_for(r, checker))
			child_tell(checker, r->next);
	}
	event_add(r->limit, &limit);
	return reload_start_checkers(r);
}

/* It has promised to, and the checkers have begun: there is no way back. The next engine begins with it. */
static void
reload_on_commit_limit(struct reload *r)
{
	struct child *engine = &r->parent->engine;

	reload_say(r, true, "%s: did not take over the configuration within %d s: killed",
	    engine->name, RELOAD_COMMITTED_S);
	engine->violated = true;
	child_kill(engine);
}

/* Slow is no crime, but nobody keeps all from every other configuration for ever. */
static void
reload_take_late(struct reload *r, struct child *child)
{
	const bool hangs = ++child->late == RELOAD_LATE_MAX;

	reload_say(r, true, "%s: did not get ready within %d s%s", child->name, RELOAD_READY_S,
	    hangs ? " again: killed" : "");
	if (hangs)
		child_kill(child);
}

static void
reload_on_limit(int fd, short what, void *arg)
{
	struct reload *r = arg;
	struct parent *parent = r->parent;

	(void)fd;
	(void)what;
	if (r->phase == RELOAD_COMMITTING) {
		reload_on_commit_limit(r);
		return;
	}
	if (!reload_is_ready(r, &parent->engine))
		reload_take_late(r, &parent->engine);
	for (size_t i = 0; i < parent->checker_count; i++)
		if (reload_waits_for(r, parent->checker[i]))
			reload_take_late(r, parent->checker[i]);
	reload_fail(r);
}

void
reload_on_gone(struct reload *r, struct child *child)
{
	if (child->role == MSG_ROLE_ENGINE)
		r->asked = r->serving = 0; /* the next one's tickets begin anew */
	switch (r->phase) {
	case RELOAD_IDLE:
	case RELOAD_LOADING:
		return;
	case RELOAD_PREPARING:
		if (child->role == MSG_ROLE_CHECKER &&
		    conf_find_runner(r->next->conf, child->runner) == NULL)
			return;
		reload_say(r, true, "%s ended meanwhile: try again", child->name);
		reload_fail(r);
		return;
	case RELOAD_COMMITTING:
		if (child->role == MSG_ROLE_ENGINE)
			reload_finish(r);
		return;
	}
}

/* ---- loading ---- */

static struct running *
reload_open_next(struct reload *r)
{
	struct parent *parent = r->parent;
	struct running *next;
	int text_fd;
	struct conf *conf = load_conclude(r->load, &text_fd);
	const char *problem = conf == NULL ? NULL : reload_ids_problem(parent->run->conf, conf);

	if (conf == NULL)
		return NULL;
	if (r->sweep && parent->run->text_fd != -1)
		text_fd = dup(parent->run->text_fd);
	next = running_open(parent, conf, text_fd);
	if (problem != NULL || next == NULL) {
		reload_say(r, true, "%s", problem != NULL ? problem : strerror(errno));
		running_close(next);
		return NULL;
	}
	next->generation = ++r->generation;
	next->loads = parent->run->loads + !r->sweep;
	return next;
}

static void
reload_on_loaded(void *ctx)
{
	struct reload *r = ctx;

	r->next = reload_open_next(r);
	load_close(r->load);
	r->load = NULL;
	if (r->next == NULL || reload_prepare(r) == -1)
		reload_fail(r);
}

/* All that has retired, at most count of them. */
static size_t
reload_list_retired(const struct running *run, struct msg_retired *list)
{
	const struct conf *conf = run->conf;
	size_t count = 0;

	for (size_t i = 0; i < conf->instance_count; i++)
		if (run->retired[i])
			list[count++] = (struct msg_retired){.instance = conf->instance[i].id};
	for (size_t i = 0; i < conf->group_count; i++)
		if (run->retired[conf->instance_count + i])
			list[count++] = (struct msg_retired){.group = conf->group[i].id};
	return count;
}

static void
reload_begin(struct reload *r)
{
	struct running *run = r->parent->run;
	struct load_job job = {
	    .running = run->conf,
	    .retired = calloc(
		run->conf->instance_count + run->conf->group_count + 1, sizeof(struct msg_retired)),
	    .sweep = !r->wanted,
	    .say = reload_on_problem,
	    .over = reload_on_loaded,
	    .ctx = r,
	};
	struct msg_retired *retired;

	memcpy(&retired, &job.retired, sizeof(retired));
	r->sweep = job.sweep;
	r->serving = r->asked;
	r->wanted = false;
	r->phase = RELOAD_LOADING;
	if (retired != NULL) {
		job.retired_count = reload_list_retired(run, retired);
		r->load = load_open(r->parent->base, r->parent->options, &job);
	}
	free(retired);
	if (r->load == NULL) {
		reload_say(r, true, "the config role cannot be started: %s", strerror(errno));
		reload_fail(r);
	}
}

static bool
reload_may_sweep(const struct reload *r)
{
	return r->sweep_wanted && mono_reached(r->sweep_at, clock_now());
}

/* Not while the engine is not at work, nor too often. */
static void
reload_try(struct reload *r)
{
	struct parent *parent = r->parent;

	if (r->phase != RELOAD_IDLE || !(r->wanted || reload_may_sweep(r)) || parent->stopping ||
	    parent->engine.channel == NULL || !parent->engine.ready ||
	    !mono_admit(&r->due, clock_now(), RELOAD_SPACING_NS, RELOAD_BURST))
		return;
	reload_begin(r);
}

void
reload_tick(struct reload *r)
{
	reload_try(r);
}

void
reload_ask(struct reload *r, uint64_t ticket)
{
	if (ticket != 0)
		r->asked = ticket;
	r->wanted = true;
	reload_try(r);
}

void
reload_take_end(struct reload *r, pid_t pid, int status)
{
	if (r->load != NULL)
		load_take_end(r->load, pid, status);
}

void
reload_cancel(struct reload *r)
{
	r->wanted = r->sweep_wanted = false;
	if (r->phase != RELOAD_LOADING && r->phase != RELOAD_PREPARING)
		return;
	reload_say(r, true, "vrrpd is stopping");
	reload_fail(r);
}

/* ---- what has retired ---- */

/* Once nothing more is to be waited for. */
static bool
reload_has_all_retired(const struct running *run)
{
	const struct conf *conf = run->conf;

	for (size_t i = 0; i < conf->instance_count; i++)
		if (conf->instance[i].retiring && !run->retired[i])
			return false;
	for (size_t i = 0; i < conf->group_count; i++)
		if (conf->group[i].retiring && !run->retired[conf->instance_count + i])
			return false;
	return true;
}

int
reload_take_retired(struct reload *r, const struct msg_retired *message)
{
	struct running *run = r->parent->run;
	const struct conf_instance *in = conf_find_instance(run->conf, message->instance);
	const struct conf_group *group = conf_find_group(run->conf, message->group);

	if ((in == NULL) == (group == NULL) || (message->instance != 0 && message->group != 0) ||
	    !(in != NULL ? in->retiring : group->retiring))
		return -1;
	if (in != NULL)
		run->retired[in - run->conf->instance] = true;
	else
		run->retired[run->conf->instance_count + (size_t)(group - run->conf->group)] = true;
	r->sweep_wanted = reload_has_all_retired(run);
	reload_try(r);
	return 0;
}

struct reload *
reload_open(struct parent *parent)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->parent = parent;
	r->generation = 1;
	r->limit = event_new(parent->base, -1, 0, reload_on_limit, r);
	if (r->limit != NULL)
		return r;
	free(r);
	return NULL;
}
