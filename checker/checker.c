/*
 * The checker: messages from parent and engine, start and stop; in the checker, one per script
 * user.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>

#include "checker/check.h"
#include "checker/checker.h"
#include "checker/hook.h"
#include "checker/ping.h"
#include "checker/probe.h"
#include "checker/run.h"
#include "checker/stage.h"
#include "checker/trial.h"
#include "common/channel.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/sandbox.h"

#define CHECKER_ENGINE_QUEUE 4096   /* messages; an engine that does not read is given up */
#define CHECKER_LAST_WORD_US 10000  /* between looks whether DONE has left */
#define CHECKER_ABANDONED_US 800000 /* to end all runs when the parent is gone */

enum checker_phase {
	CHECKER_LOADING,
	CHECKER_RUNNING,
	CHECKER_DRAINING, /* no configuration has us any more; DONE when all hooks are done */
	CHECKER_STOPPING, /* SHUTDOWN came; DONE when all runs are gone */
	CHECKER_ABANDONED /* the parent is gone */
};

static struct {
	enum checker_phase phase;
	struct event_base *base;
	struct channel *parent;
	struct channel *engine; /* NULL while there is none */
	struct stage stage;     /* what comes next */
	struct conf conf;       /* the running one */
	struct conf previous;   /* the one before, until the next one runs */
	struct runs runs;
	struct probes probes;
	struct checks checks;
	struct trials trials;
	struct hooks hooks;
	struct event *on_timer; /* of the end */
	bool done;              /* DONE was sent */
	bool log_lost;          /* and was told */
} checker;

MSG_RECEIVER(MSG_PARENT_CHECKER, parent, PARENT_CHECKER)
MSG_RECEIVER(MSG_ENGINE_CHECKER, engine, ENGINE_CHECKER)

/* ---- to the parent ---- */

static void
checker_tell_parent(uint16_t type, const void *payload, size_t size)
{
	if (channel_send(checker.parent, type, payload, size, -1) == -1)
		fatal("parent: message %u", type);
}

static void
checker_look_after_log(void)
{
	const struct msg_empty empty = {0};

	if (checker.log_lost || !log_is_lost())
		return;
	checker.log_lost = true;
	checker_tell_parent(CHECKER_PARENT_LOG_LOST, &empty, sizeof(empty));
}

/* ---- to the engine ---- */

static void
checker_close_engine(void)
{
	channel_close(checker.engine);
	checker.engine = NULL;
}

static void
checker_tell_engine(uint16_t type, const void *payload, size_t size)
{
	if (checker.engine != NULL && channel_send(checker.engine, type, payload, size, -1) == -1)
		log_warn("engine: message %u is lost", type);
	checker_look_after_log();
}

static void
checker_on_check(void *ctx, const struct msg_check *check)
{
	(void)ctx;
	checker_tell_engine(CHECKER_ENGINE_CHECK, check, sizeof(*check));
}

static void
checker_on_hook(void *ctx, const struct msg_hook *hook)
{
	(void)ctx;
	checker_tell_engine(CHECKER_ENGINE_HOOK, hook, sizeof(*hook));
}

static void
checker_on_trial(void *ctx, const struct msg_check_ran *ran)
{
	(void)ctx;
	checker_tell_engine(CHECKER_ENGINE_CHECK_RAN, ran, sizeof(*ran));
}

/* It crashed, or broke protocol: the parent lends a socket to the next one. What runs goes on. */
static void
engine_on_ended(void *ctx, enum channel_end end)
{
	(void)ctx;
	if (end == CHANNEL_OVERFLOW)
		log_warnx("engine: does not read its messages, waiting for another one");
	checker_close_engine();
}

/* ---- the end ---- */

static void
checker_set_timer(int64_t us)
{
	const struct timeval tv = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};

	event_add(checker.on_timer, &tv);
}

static void
checker_finish(void)
{
	const struct msg_empty empty = {0};

	if (!checker.done)
		checker_tell_parent(CHECKER_PARENT_DONE, &empty, sizeof(empty));
	checker.done = true;
	if (channel_queued(checker.parent) == 0)
		event_base_loopbreak(checker.base);
	else
		checker_set_timer(CHECKER_LAST_WORD_US);
}

/* Nothing runs any more. */
static void
checker_on_idle(void *ctx)
{
	(void)ctx;
	switch (checker.phase) {
	case CHECKER_LOADING:
	case CHECKER_RUNNING:
		return;
	case CHECKER_DRAINING:
		checker_set_timer(CHECKER_LAST_WORD_US);
		return;
	case CHECKER_STOPPING:
		checker_finish();
		return;
	case CHECKER_ABANDONED:
		event_base_loopbreak(checker.base);
		return;
	}
}

/*
 * What the engine had sent before the parent told us to go has been read by now. It hears of the last
 * hook before we do go.
 */
static void
checker_finish_draining(void)
{
	if (!runs_are_idle(&checker.runs))
		return; /* another hook came: its end brings us back */
	if (checker.engine != NULL && channel_queued(checker.engine) > 0)
		checker_set_timer(CHECKER_LAST_WORD_US);
	else
		checker_finish();
}

static void
checker_on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (checker.phase == CHECKER_ABANDONED)
		event_base_loopbreak(checker.base); /* the minders go on until all is ended */
	else if (checker.phase == CHECKER_DRAINING)
		checker_finish_draining();
	else
		checker_finish();
}

/* Hooks go on: the engine waits for them. */
static void
checker_drain(void)
{
	checker.phase = CHECKER_DRAINING;
	checks_stop(&checker.checks, MINDER_END);
	trials_stop(&checker.trials, MINDER_END);
	if (runs_are_idle(&checker.runs))
		checker_on_idle(NULL);
}

static void
checker_stop_all(enum checker_phase phase, enum minder_order order)
{
	checker.phase = phase;
	checks_stop(&checker.checks, order);
	trials_stop(&checker.trials, order);
	hooks_stop(&checker.hooks, order);
	if (runs_are_idle(&checker.runs))
		checker_on_idle(NULL);
}

/* Children do not outlive the parent: everything ends at once. */
static void
parent_on_ended(void *ctx, enum channel_end end)
{
	(void)ctx;
	if (end != CHANNEL_CLOSED)
		fatalx("the parent breaks protocol");
	checker_set_timer(CHECKER_ABANDONED_US);
	checker_stop_all(CHECKER_ABANDONED, MINDER_KILL);
}

/*
 * The engine is done, its stop hooks too or out of time: what runs is ended. Unless it is only we who
 * are not needed any more.
 */
static int
parent_on_shutdown(void *ctx, const struct msg_shutdown *shutdown, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	(void)fd;
	if (shutdown->when_idle && checker.phase != CHECKER_STOPPING)
		checker_drain();
	else
		checker_stop_all(CHECKER_STOPPING, shutdown->at_once ? MINDER_KILL : MINDER_END);
	return 0;
}

/* ---- from the parent: what is lent ---- */

/* HELLO was read by proc_enter(). */
static int
parent_on_hello(void *ctx, const struct msg_hello *hello, size_t size, int fd)
{
	(void)ctx;
	(void)hello;
	(void)size;
	(void)fd;
	return -1;
}

static int
parent_on_log_socket(void *ctx, const struct msg_log_socket *log, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	if (log->format >= LOG_FORMAT_COUNT) {
		close(fd);
		return -1;
	}
	log_set_fd(fd, (enum log_format)log->format);
	checker.log_lost = false;
	return 0;
}

static size_t
checker_engine_queue(void)
{
	return CHECKER_ENGINE_QUEUE + checker.conf.check_count;
}

static int
parent_on_engine_socket(void *ctx, const struct msg_empty *empty, size_t size, int fd)
{
	const struct channel_conf conf = {.peer = "engine",
	    .in = &msg_table_engine_checker,
	    .out = &msg_table_checker_engine,
	    .dispatch = engine_dispatch,
	    .ended = engine_on_ended,
	    .queue_max = checker_engine_queue()};

	(void)ctx;
	(void)size;
	checker_close_engine();
	checker.engine = channel_open(checker.base, fd, &conf);
	if (checker.engine == NULL)
		fatal("engine: socket");
	if (checker.phase == CHECKER_LOADING)
		channel_pause(checker.engine); /* what it asks for is not known yet */
	trials_forget(&checker.trials);        /* another engine asked for them */
	checks_replay(&checker.checks);
	hooks_replay(&checker.hooks);
	checker_tell_engine(CHECKER_ENGINE_REPLAYED, empty, sizeof(*empty));
	return 0;
}

static int
parent_on_probe_socket(void *ctx, const struct msg_probe_socket *lent, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	if (lent->family != ADDR_IPV4 && lent->family != ADDR_IPV6) {
		close(fd);
		return -1;
	}
	if (ping_lend(&checker.probes, (enum addr_family)lent->family, fd) == -1)
		fatal("socket for echo requests");
	return 0;
}

/* ---- from the parent: the configuration ---- */

/* Whether another set may come. */
static bool
checker_is_alive(void)
{
	return checker.phase == CHECKER_LOADING || checker.phase == CHECKER_RUNNING;
}

/* What a function of stage.h has returned is our handlers' answer. */
static int
checker_staged(int result)
{
	if (result == -1 && errno != EBADMSG)
		fatal("configuration");
	return result;
}

/* What a check looks at goes with its id. */
static bool
checker_is_same_check(const struct conf_check *check)
{
	const struct conf_check *known = conf_find_check(&checker.conf, check->id);

	return known == NULL || known->kind == check->kind;
}

static int
checker_load(enum conf_kind kind, const void *record, size_t size)
{
	if (!checker_is_alive() || (kind == CONF_CHECK && !checker_is_same_check(record)))
		return -1;
	return checker_staged(stage_add_record(&checker.stage, kind, record, size));
}

#define CHECKER_ON_RECORD(lower, UPPER) \
	static int parent_on_conf_##lower( \
	    void *ctx, const struct conf_##lower *record, size_t size, int fd) \
	{ \
		(void)ctx; \
		(void)fd; \
		return checker_load(CONF_##UPPER, record, size); \
	}
CHECKER_ON_RECORD(global, GLOBAL)
CONF_KINDS(CHECKER_ON_RECORD)

static int
parent_on_by_value(void *ctx, const struct msg_by_value *message, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	(void)fd;
	return checker_staged(stage_weigh_value(&checker.stage, message->check));
}

static int
parent_on_target(void *ctx, const struct msg_target *target, size_t size, int fd)
{
	(void)ctx;
	(void)fd;
	return checker_staged(stage_add_target(&checker.stage, target, size));
}

static int
parent_on_conf_end(void *ctx, const struct msg_conf_end *end, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	(void)fd;
	if (stage_end(&checker.stage) == -1)
		return -1;
	checker_tell_parent(CHECKER_PARENT_READY, end, sizeof(*end));
	return 0;
}

/* What is staged runs, and what ran is the one before. */
static void
checker_commit(void)
{
	struct stage *stage = &checker.stage;

	conf_free(&checker.previous);
	checker.previous = checker.conf;
	checker.conf = stage->conf;
	conf_init(&stage->conf);
	if (hooks_commit(&checker.hooks, stage->target, stage->target_count) == -1)
		fatal("hooks");
	if (checks_commit(&checker.checks, &checker.probes, stage->weighed, stage->weighed_count) ==
	    -1)
		fatal("checks");
	stage->weighed = NULL;
	trials_commit(&checker.trials);
	stage_drop(stage);
	runs_set_parallel(&checker.runs, checker.conf.global.max_parallel);
	checks_start(&checker.checks);
}

static int
parent_on_commit(void *ctx, const struct msg_empty *empty, size_t size, int fd)
{
	(void)ctx;
	(void)empty;
	(void)size;
	(void)fd;
	if (!checker.stage.complete)
		return -1;
	if (!checker_is_alive()) {
		stage_drop(&checker.stage); /* the end came first */
		return 0;
	}
	checker_commit();
	if (checker.engine != NULL) {
		channel_raise_queue(checker.engine, checker_engine_queue());
		if (checker.phase == CHECKER_LOADING)
			channel_unpause(checker.engine);
	}
	checker.phase = CHECKER_RUNNING;
	return 0;
}

/* All are told, whatever they have heard so far. */
static int
parent_on_abort(void *ctx, const struct msg_empty *empty, size_t size, int fd)
{
	(void)ctx;
	(void)empty;
	(void)size;
	(void)fd;
	stage_drop(&checker.stage);
	return 0;
}

/* ---- from the engine ---- */

static int
engine_on_run_hook(void *ctx, const struct msg_run_hook *request, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	(void)fd;
	return hooks_run(&checker.hooks, request);
}

static int
engine_on_end_hook(void *ctx, const struct msg_end_hook *request, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	(void)fd;
	hooks_end(&checker.hooks, request);
	return 0;
}

static int
engine_on_run_check(void *ctx, const struct msg_run_check *request, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	(void)fd;
	return trials_run(&checker.trials, request);
}

/* ---- start ---- */

/* The library says what the results of probes say better. */
static void
checker_on_library_log(int severity, const char *text)
{
	(void)severity;
	log_debug("libevent: %s", text);
}

static struct event_base *
checker_new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL ||
	    event_config_set_flag(
		config, EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NO_CACHE_TIME) == -1)
		fatalx("event loop");
	base = event_base_new_with_config(config);
	if (base == NULL)
		fatalx("event loop");
	event_config_free(config);
	return base;
}

/* Probes hold descriptors; scripts get a limit of their own. */
static void
checker_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
checker_init(const struct proc_options *options)
{
	const struct channel_conf conf = {.peer = "parent",
	    .in = &msg_table_parent_checker,
	    .out = &msg_table_checker_parent,
	    .dispatch = parent_dispatch,
	    .ended = parent_on_ended};

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		fatal("subreaper");
	if (sandbox_prepare_script() == -1)
		fatal("filter of system calls for scripts");
	stage_init(&checker.stage);
	conf_init(&checker.conf);
	conf_init(&checker.previous);
	checker_raise_limit();
	event_set_log_callback(checker_on_library_log);
	checker.base = checker_new_base();
	checker.on_timer = evtimer_new(checker.base, checker_on_timer, NULL);
	if (checker.on_timer == NULL ||
	    runs_open(&checker.runs, checker.base, options->runtime_dir) == -1)
		fatal("event loop");
	checker.probes =
	    (struct probes){.base = checker.base, .runs = &checker.runs, .conf = &checker.conf};
	checker.runs.idle = checker_on_idle;
	checks_init(&checker.checks);
	checker.checks.report = checker_on_check;
	checker.hooks.report = checker_on_hook;
	trials_init(&checker.trials, &checker.checks, &checker.probes);
	checker.trials.report = checker_on_trial;
	hooks_init(&checker.hooks, &checker.conf, &checker.previous, &checker.runs);
	checker.parent = channel_open(checker.base, PROC_PARENT_FD, &conf);
	if (checker.parent == NULL)
		fatal("parent: socket");
}

int
checker_main(const struct proc_options *options)
{
	struct msg_hello hello;

	proc_enter(MSG_ROLE_CHECKER, options, &hello);
	checker_init(options);
	if (event_base_dispatch(checker.base) == -1)
		fatalx("event loop");
	return VRRPD_EXIT_OK;
}
