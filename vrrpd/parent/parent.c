/*
 * The privileged parent: starts the others, watches over them, ends them. Everything it does for
 * the engine is in priv.c; nothing here reads the network, parses text or waits.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/netlink.h"
#include "vrrpd/parent/parent.h"
#include "vrrpd/parent/reload.h"
#include "vrrpd/parent/runtime.h"
#include "vrrpd/parent/socket.h"
#include "vrrpd/parent/state.h"
#include "vrrpd/parent/transmit.h"

#define PARENT_SILENT_TICKS_MAX 10 /* 1 s without heartbeat, in our own running time */
#define PARENT_RETRY_TICKS 10      /* 1 s */
#define PARENT_STOP_GRACE_MS 5000  /* over stop-timeout: 3 s of handover, 2 s of slack */
#define PARENT_CHECKER_STOP_MS 2000
#define PARENT_BACKOFF_MAX_S 60
#define PARENT_RETIRING_TICKS 50 /* 5 s: 3 s for a successor, 2 s of slack */

/* ---- withdrawing: what the parent does itself when the engine cannot ---- */

/* False when it has nothing. */
static bool
parent_resign(struct parent *parent, const struct conf_instance *instance, const char *why)
{
	if (!address_is_wanted(parent->run->ledger, instance->id) &&
	    !transmit_is_advertised(parent->run->transmit, instance->id))
		return false;
	log_warnx("%s: withdrawn: %s", instance->name, why);
	transmit_resign(parent->run->transmit, instance->id);
	return true;
}

static void
parent_withdraw(struct parent *parent, const char *why)
{
	for (size_t i = 0; i < parent->run->conf->instance_count; i++)
		parent_resign(parent, &parent->run->conf->instance[i], why);
	address_release_all(parent->run->ledger);
}

/* The engine hands over what is not configured any more, but not for ever. */
static void
parent_withdraw_retiring(struct parent *parent)
{
	for (size_t i = 0; i < parent->run->conf->instance_count; i++) {
		const struct conf_instance *instance = &parent->run->conf->instance[i];
		unsigned *ticks = &parent->run->rates[i].retiring_ticks;

		*ticks = instance->retiring ? *ticks + 1 : 0;
		if (*ticks == PARENT_RETIRING_TICKS &&
		    parent_resign(parent, instance, "the engine did not let go of it"))
			address_release(parent->run->ledger, instance->id, 0);
	}
}

/* ---- the end ---- */

static bool
parent_checkers_are_gone(const struct parent *parent)
{
	for (size_t i = 0; i < parent->checker_count; i++)
		if (!child_is_gone(parent->checker[i]))
			return false;
	return true;
}

static void
parent_arm_stop(struct parent *parent, uint32_t ms)
{
	const struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	event_add(parent->stop_timer, &limit);
}

/* Engine first, then checkers (they may run its stop hooks), then us. */
static void
parent_continue_stop(struct parent *parent)
{
	static const struct msg_shutdown message;

	if (!parent->engine.done && !child_is_gone(&parent->engine))
		return;
	for (size_t i = 0; i < parent->checker_count; i++)
		event_del(parent->checker[i]->restart);
	if (parent_checkers_are_gone(parent)) {
		channel_close(parent->engine.channel); /* it ends with its socket */
		parent->engine.channel = NULL;
		if (child_is_gone(&parent->engine)) {
			parent_withdraw(parent, "left at the end");
			event_base_loopbreak(parent->base);
		}
		return;
	}
	for (size_t i = 0; i < parent->checker_count; i++) {
		struct child *checker = parent->checker[i];

		if (checker->channel != NULL && !checker->told_to_stop)
			channel_send(checker->channel, PARENT_CHECKER_SHUTDOWN, &message,
			    sizeof(message), -1);
		checker->told_to_stop = true;
	}
}

/* What it left is not believed to be nothing: it may have been told before it was at work. */
void
parent_on_engine_done(struct parent *parent)
{
	parent_withdraw(parent, "left by the engine at its end");
	parent_arm_stop(parent, PARENT_CHECKER_STOP_MS);
	parent_continue_stop(parent);
}

/* Somebody did not end in time: the rest is done without him. */
void
parent_on_stop_timeout(int fd, short what, void *arg)
{
	struct parent *parent = arg;

	(void)fd;
	(void)what;
	if (!parent->engine.done) {
		log_warnx("engine: did not finish in time: killed");
		parent_withdraw(parent, "the engine did not finish");
		parent->engine.done = true;
	}
	child_kill(&parent->engine);
	for (size_t i = 0; i < parent->checker_count; i++)
		child_kill(parent->checker[i]);
}

/* Its stop hooks are still to be run. */
static void
parent_restart_soon(struct child *checker)
{
	const struct timeval soon = {0, PARENT_TICK_US};

	if (child_is_gone(checker) && !checker->leaving && !checker->told_to_stop &&
	    !checker->parent->engine.done)
		event_add(checker->restart, &soon);
}

static void
parent_stop(struct parent *parent, int exit_code)
{
	struct msg_shutdown message = {.at_once = parent->stopping};

	if (!parent->stopping) {
		log_info("stopping");
		runtime_notify("STOPPING=1");
		reload_cancel(parent->reload);
		parent->exit_code = exit_code;
		parent_arm_stop(
		    parent, parent->run->conf->global.stop_timeout_ms + PARENT_STOP_GRACE_MS);
	}
	parent->stopping = true;
	for (size_t i = 0; i < parent->checker_count; i++)
		parent_restart_soon(parent->checker[i]);
	event_del(parent->engine.restart);
	if (parent->engine.channel != NULL && !parent->engine.done)
		channel_send(
		    parent->engine.channel, PARENT_ENGINE_SHUTDOWN, &message, sizeof(message), -1);
	parent_continue_stop(parent);
}

/* ---- supervision ---- */

void
parent_start_child(struct child *child)
{
	const struct timeval again = {1, 0}, soon = {0, 100000};

	if (!child_is_gone(child) || child->leaving)
		return;
	if (!reload_may_start(child->parent->reload, child)) {
		event_add(child->restart, &soon);
		return;
	}
	if (child_start(child, child->parent->run) != -1)
		return;
	log_warn("%s: cannot be started, again in 1 s", child->name);
	if (child->role == MSG_ROLE_ENGINE)
		parent_withdraw(child->parent, "there is no engine");
	event_add(child->restart, &again);
}

void
parent_on_restart(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	parent_start_child(arg);
}

/* True when it was one too many. */
static bool
parent_count_crash(struct child *child)
{
	mono_t now = clock_now();

	if (child->crash_count == CHILD_CRASHES) {
		memmove(child->crash, child->crash + 1, sizeof(child->crash) - sizeof(now));
		child->crash_count--;
	}
	child->crash[child->crash_count++] = now;
	return child->crash_count == CHILD_CRASHES &&
	       mono_since(now, child->crash[0]) < CHILD_CRASH_WINDOW_NS;
}

/* Nothing of it is left to the next one, not even what people set. */
static void
parent_disown_engine(struct parent *parent, const char *why)
{
	parent_withdraw(parent, why);
	memset(parent->run->kept, 0,
	    (parent->run->conf->instance_count + parent->run->conf->check_count) *
		sizeof(parent->run->kept[0]));
}

/* Its addresses stay for the next one, unless it was hostile. */
static void
parent_on_engine_gone(struct parent *parent)
{
	struct child *engine = &parent->engine;

	if (engine->violated)
		parent_disown_engine(parent, "the engine broke protocol");
	else if (WIFSIGNALED(engine->status) && WTERMSIG(engine->status) == SIGSYS)
		parent_disown_engine(parent, "the engine did what its sandbox forbids");
	if (parent_count_crash(engine)) {
		log_warnx("engine: ended %d times within %lld s: giving up", CHILD_CRASHES,
		    (long long)(CHILD_CRASH_WINDOW_NS / NS_PER_S));
		parent_withdraw(parent, "the engine cannot be kept running");
		parent_stop(parent, VRRPD_EXIT_CHILD);
		return;
	}
	parent_start_child(engine);
}

/* With back-off: a checker that cannot live never ends the daemon. */
static void
parent_on_checker_gone(struct child *checker)
{
	struct timeval wait = {0, 0};

	if (mono_since(clock_now(), checker->started) > PARENT_BACKOFF_MAX_S * NS_PER_S)
		checker->backoff_s = 0;
	wait.tv_sec = checker->backoff_s;
	checker->backoff_s = checker->backoff_s == 0 ? 1 : checker->backoff_s * 2;
	if (checker->backoff_s > PARENT_BACKOFF_MAX_S)
		checker->backoff_s = PARENT_BACKOFF_MAX_S;
	event_add(checker->restart, &wait);
}

/* "exit 1", "killed by signal 9 (Killed)". */
static void
parent_format_status(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(buf, size, "killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(buf, size, "exit %d", WEXITSTATUS(status));
}

void
parent_on_child_gone(struct child *child)
{
	struct parent *parent = child->parent;
	char status[64];

	parent_format_status(child->status, status, sizeof(status));
	reload_on_gone(parent->reload, child);
	if (child->leaving) {
		log_debug("%s: ended (%s)", child->name, status);
		if (parent->stopping)
			parent_continue_stop(parent);
		return; /* and is forgotten at the next tick */
	}
	if (!parent->stopping) {
		log_warnx("%s: ended (%s)", child->name, status);
		if (child->role == MSG_ROLE_ENGINE)
			parent_on_engine_gone(parent);
		else
			parent_on_checker_gone(child);
		return;
	}
	if (child->role == MSG_ROLE_CHECKER)
		parent_restart_soon(child);
	else if (!child->done)
		parent_withdraw(parent, "the engine ended early");
	parent_continue_stop(parent);
}

static void
parent_tell_started(struct parent *parent)
{
	if (parent->told)
		return;
	parent->told = true;
	log_info("running: %zu instance%s, %zu check%s, Landlock ABI %d",
	    parent->run->conf->instance_count, parent->run->conf->instance_count == 1 ? "" : "s",
	    parent->run->conf->check_count, parent->run->conf->check_count == 1 ? "" : "s",
	    sandbox_landlock_abi());
	runtime_notify("READY=1");
	runtime_detached(VRRPD_EXIT_OK);
}

void
parent_on_child_ready(struct child *child)
{
	log_debug("%s: ready, pid %d", child->name, (int)child->pid);
	if (child->role == MSG_ROLE_ENGINE)
		parent_tell_started(child->parent);
}

/* Not from within what tells of their end: that still looks at them. */
static void
parent_bury_checkers(struct parent *parent)
{
	for (size_t i = parent->checker_count; i-- > 0;)
		if (parent->checker[i]->leaving && child_is_gone(parent->checker[i]))
			child_free(parent->checker[i]);
}

/* A socket that does not end with its process is held by somebody that it left, who may be anybody. */
static void
parent_tick_child(struct child *child)
{
	bool outlived = child->pid == 0 && child->channel != NULL;

	if (child->log_wanted)
		child_lend_log(child);
	if (!outlived || !child->outlived) { /* what it said last is read until the next tick */
		child->outlived = outlived;
		return;
	}
	child->outlived = false;
	log_warnx("%s: somebody it left has its socket: closed", child->name);
	channel_close(child->channel);
	child->channel = NULL;
	parent_on_child_gone(child);
}

/* Also of a config role that nobody waits for any more. */
static void
parent_reap(struct parent *parent)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		reload_take_end(parent->reload, pid, status);
		if (child_take_end(&parent->engine, pid, status))
			parent_on_child_gone(&parent->engine);
		for (size_t i = 0; i < parent->checker_count; i++)
			if (child_take_end(parent->checker[i], pid, status))
				parent_on_child_gone(parent->checker[i]);
	}
}

/* Counted in our own running time: when we were stopped too, nobody is late. */
void
parent_on_tick(int fd, short what, void *arg)
{
	struct parent *parent = arg;
	struct child *engine = &parent->engine;

	(void)fd;
	(void)what;
	if (++parent->ticks % PARENT_RETRY_TICKS == 0)
		running_retry_lent(parent->run);
	parent_reap(parent); /* what ended before there was a handler */
	parent_bury_checkers(parent);
	reload_tick(parent->reload);
	parent_withdraw_retiring(parent);
	for (size_t i = 0; i < parent->checker_count; i++)
		parent_tick_child(parent->checker[i]);
	parent_tick_child(engine);
	if (engine->pid == 0 || ++engine->silent_ticks != PARENT_SILENT_TICKS_MAX)
		return;
	log_warnx("engine: no heartbeat for %d ms: killed",
	    PARENT_SILENT_TICKS_MAX * PARENT_TICK_US / 1000);
	child_kill(engine);
}

void
parent_on_signal(int number, short what, void *arg)
{
	struct parent *parent = arg;

	(void)what;
	switch (number) {
	case SIGCHLD:
		parent_reap(parent);
		break;
	case SIGHUP:
		log_info("SIGHUP: the configuration is read again");
		reload_ask(parent->reload, 0);
		break;
	default:
		parent_stop(parent, VRRPD_EXIT_OK);
		break;
	}
}
