/*
 * Runs of scripts, and looks; in the checker.
 *
 * Output is read here as it comes, and all but its tail forgotten. When the run is over nobody
 * reads any more: what a hook leaves behind must not write there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/unistd.h>
#include <event2/event.h>

#include "checker/run.h"
#include "checker/tree.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"

#define RUN_READ_SIZE 65536
#define RUN_READ_BATCH 32 /* reads before others get their turn */
#define RUN_SWEEP_NS (INT64_C(20) * NS_PER_MS)

static void runs_start_waiting(struct runs *);

static struct timeval
run_timeval(int64_t ns)
{
	int64_t us = ns <= 0 ? 0 : (ns + NS_PER_US - 1) / NS_PER_US;

	return (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
}

static void
run_free_event(struct event **ev)
{
	if (*ev != NULL)
		event_free(*ev);
	*ev = NULL;
}

static void
run_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Reads what is there; stops listening at its end. */
static void
run_read_output(struct run *run)
{
	static char buffer[RUN_READ_SIZE];
	ssize_t n;

	for (int i = 0; run->output_fd != -1 && i < RUN_READ_BATCH; i++) {
		n = read(run->output_fd, buffer, sizeof(buffer));
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			run_free_event(&run->on_output);
			run_close(&run->output_fd);
			return;
		}
		output_append(&run->output, buffer, (size_t)n);
	}
}

static void
run_on_output(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run_read_output(arg);
}

/* The verdict. */
static void
run_finish(struct run *run, mono_t end)
{
	run_read_output(run);
	run_free_event(&run->on_output);
	run_close(&run->output_fd);
	run_free_event(&run->on_deadline);
	output_format(&run->output, run->result.output);
	run->result.duration_ns = mono_since(end, run->result.start);
	run->phase = RUN_OVER;
	run->runs->class[run->class].running--;
	run->ops->over(run->ctx, &run->result);
}

/* A look takes no orders: it may be stuck in the kernel. */
static void
run_order(struct run *run, enum minder_order order)
{
	const char byte = (char)order;
	ssize_t n;

	if (run->look != NULL && run->minder > 0 && order != MINDER_LEAVE)
		kill(run->minder, SIGKILL);
	if (run->control == -1 || run->look != NULL)
		return;
	n = write(run->control, &byte, sizeof(byte));
	(void)n; /* a minder that is gone shows as a child that ended */
}

static void
run_take_report(struct run *run, const struct minder_report *report)
{
	struct run_result *result = &run->result;

	if (run->reported)
		return; /* the end of one that could not be started */
	run->reported = true;
	result->exit_status = report->exit_status;
	result->signal = report->signal;
	if (report->event == MINDER_NOT_STARTED) {
		result->exit_status = -1;
		result->signal = 0;
		result->error = report->error;
		memcpy(result->step, report->step, sizeof(result->step));
		result->step[sizeof(result->step) - 1] = '\0';
	}
	run->answer = report->answer;
	if (report->event == MINDER_LOOKED) {
		result->up = report->answer.up != 0;
		result->value = report->answer.value;
	}
	run_finish(run, (mono_t){report->at_ns});
}

/* Takes all reports that are there. After a verdict they no longer matter. */
static void
run_read_control(struct run *run)
{
	struct minder_report report;
	ssize_t n;

	while (run->control != -1 && run->phase != RUN_IDLE) {
		n = recv(run->control, &report, sizeof(report), 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n != (ssize_t)sizeof(report)) {
			run_free_event(&run->on_control); /* its end follows as a signal */
			return;
		}
		if (run->phase != RUN_RUNNING)
			continue;
		run_take_report(run, &report);
		run_order(run, MINDER_LEAVE);
	}
}

static void
run_on_control(int fd, short what, void *arg)
{
	struct run *run = arg;

	(void)fd;
	(void)what;
	run_read_control(run);
	runs_start_waiting(run->runs);
}

static void
run_time_out(struct run *run, mono_t now)
{
	run->result.timed_out = true;
	run_order(run, MINDER_END);
	run_finish(run, now);
}

void
run_expire(struct run *run, mono_t now)
{
	if (run->phase != RUN_RUNNING)
		return;
	run_read_control(run); /* it may have ended in time */
	if (run->phase == RUN_RUNNING)
		run_time_out(run, now);
	runs_start_waiting(run->runs);
}

static void
run_on_deadline(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run_expire(arg, clock_now());
}

/* The minder is gone, and the run with it. */
static void
run_leave(struct run *run)
{
	TAILQ_REMOVE(run->aside ? &run->runs->aside : &run->runs->active, run, entry);
	run_free_event(&run->on_control);
	run_close(&run->control);
	run->phase = RUN_IDLE;
	run->minder = -1;
	run->ops->gone(run->ctx);
}

/* A run that could not even get a minder. */
static void
run_fail(struct run *run, const char *step)
{
	run->result.error = errno;
	strlcpy(run->result.step, step, sizeof(run->result.step));
	run_finish(run, clock_now());
	run_leave(run);
}

/* Both ends of what checker and minder share: [0] is ours. */
struct run_pipes {
	int control[2];
	int output[2];
};

static int
run_open_pipes(struct run_pipes *p)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->control) == -1)
		return -1;
	if (pipe2(p->output, O_CLOEXEC) == -1) {
		close(p->control[0]);
		close(p->control[1]);
		return -1;
	}
	fcntl(p->control[0], F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(p->output[0], F_SETFL, O_RDONLY | O_NONBLOCK);
	return 0;
}

static int
run_listen(struct run *run, uint32_t timeout_ms)
{
	struct event_base *base = run->runs->base;
	struct timeval tv = run_timeval(timeout_ms * NS_PER_MS);

	run->on_control = event_new(base, run->control, EV_READ | EV_PERSIST, run_on_control, run);
	run->on_output = event_new(base, run->output_fd, EV_READ | EV_PERSIST, run_on_output, run);
	run->on_deadline = event_new(base, -1, 0, run_on_deadline, run);
	if (run->on_control == NULL || run->on_output == NULL || run->on_deadline == NULL ||
	    event_add(run->on_control, NULL) == -1 || event_add(run->on_output, NULL) == -1 ||
	    event_add(run->on_deadline, &tv) == -1) {
		run_free_event(&run->on_control);
		run_free_event(&run->on_output);
		run_free_event(&run->on_deadline);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static void
run_start(struct run *run)
{
	struct runs *runs = run->runs;
	const pid_t checker = getpid();
	struct run_spec spec;
	struct run_pipes pipes;
	struct minder_job job;

	run->result = (struct run_result){.exit_status = -1, .start = clock_now()};
	run->reported = false;
	run->phase = RUN_RUNNING;
	runs->class[run->class].running++;
	TAILQ_INSERT_TAIL(&runs->active, run, entry);
	output_init(&run->output);
	run->ops->describe(run->ctx, &spec);
	if (run_open_pipes(&pipes) == -1) {
		run_fail(run, "pipe");
		return;
	}
	run->control = pipes.control[0];
	run->output_fd = pipes.output[0];
	job = (struct minder_job){spec.command, spec.name, spec.arguments, spec.environment,
	    runs->runtime_dir, run->tmpdir, pipes.control[1], pipes.output[1]};
	if (run_listen(run, run->look != NULL ? run->look->timeout_ms : spec.command->timeout_ms) ==
	    0)
		run->minder = fork();
	if (run->minder == 0 && run->look != NULL)
		look_main(run->look, spec.name, checker, job.control, job.output);
	if (run->minder == 0)
		minder_main(&job);
	close(pipes.control[1]);
	close(pipes.output[1]);
	if (run->minder == -1)
		run_fail(run, "fork");
}

static void
runs_start_waiting(struct runs *runs)
{
	struct run *run;

	for (size_t i = 0; i < RUN_CLASSES; i++) {
		struct run_class *class = &runs->class[i];

		while (class->running < runs->max_parallel &&
		       (run = TAILQ_FIRST(&class->waiting)) != NULL) {
			TAILQ_REMOVE(&class->waiting, run, entry);
			run_start(run);
		}
	}
}

void
run_init(struct run *run, enum run_class_name class, struct runs *runs, const struct run_ops *ops,
    void *ctx)
{
	memset(run, 0, sizeof(*run));
	run->class = class;
	run->runs = runs;
	run->ops = ops;
	run->ctx = ctx;
	run->minder = -1;
	run->control = -1;
	run->output_fd = -1;
	tmpdir_name(run->tmpdir);
}

void
run_submit(struct run *run)
{
	run->phase = RUN_WAITING;
	TAILQ_INSERT_TAIL(&run->runs->class[run->class].waiting, run, entry);
	runs_start_waiting(run->runs);
}

/* A look that was killed, and may be stuck for ever. */
static void
run_abandon(struct run *run)
{
	if (run->phase == RUN_RUNNING)
		run_finish(run, clock_now());
	run_leave(run);
}

void
run_cancel(struct run *run, enum minder_order order)
{
	switch (run->phase) {
	case RUN_IDLE:
		return;
	case RUN_WAITING:
		TAILQ_REMOVE(&run->runs->class[run->class].waiting, run, entry);
		run->phase = RUN_IDLE;
		return;
	case RUN_RUNNING:
	case RUN_OVER:
		run_order(run, order);
		if (run->look != NULL)
			run_abandon(run);
		return;
	}
}

void
run_set_aside(struct run *run)
{
	struct runs *runs = run->runs;

	TAILQ_REMOVE(&runs->active, run, entry);
	TAILQ_INSERT_TAIL(&runs->aside, run, entry);
	run->aside = true;
	if (runs_are_idle(runs) && !runs->sweeping)
		runs->idle(runs->ctx);
}

void
runs_set_parallel(struct runs *runs, unsigned max_parallel)
{
	runs->max_parallel = max_parallel;
	runs_start_waiting(runs);
}

bool
runs_are_idle(const struct runs *runs)
{
	for (size_t i = 0; i < RUN_CLASSES; i++)
		if (!TAILQ_EMPTY(&runs->class[i].waiting))
			return false;
	return TAILQ_EMPTY(&runs->active);
}

/* ---- children ---- */

static struct run *
runs_find(struct runs *runs, pid_t pid)
{
	struct run *run;

	TAILQ_FOREACH(run, &runs->active, entry)
		if (run->minder == pid)
			return run;
	TAILQ_FOREACH(run, &runs->aside, entry)
		if (run->minder == pid)
			return run;
	return NULL;
}

static bool
runs_is_left(const struct runs *runs, pid_t pid)
{
	for (size_t i = 0; i < runs->left_count; i++)
		if (runs->left[i] == pid)
			return true;
	return false;
}

/* Ends what a crashed minder let fall, and all below it. Returns whether there was anything. */
static bool
runs_kill_fallen(struct runs *runs, const pid_t *children, size_t count)
{
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		if (runs_find(runs, children[i]) != NULL || runs_is_left(runs, children[i]))
			continue;
		tree_signal_descendants(children[i], SIGKILL);
		kill(children[i], SIGKILL);
		found = true;
	}
	return found;
}

/*
 * What a crashed minder could not remove any more is removed by another process: it may be much. The
 * run is over, but not gone before that.
 */
static void
run_clean_up(struct run *run)
{
	char path[PATH_MAX];

	run->fallen = false;
	run->minder = fork();
	if (run->minder == 0) {
		snprintf(path, sizeof(path), "%s/tmp/%s", run->runs->runtime_dir, run->tmpdir);
		closefrom(STDERR_FILENO + 1);
		tmpdir_remove(path);
		_exit(0);
	}
	if (run->minder == -1)
		run_leave(run); /* the next run of it removes it */
}

static void
runs_clean_up(struct run_list *list)
{
	struct run *run, *next;

	for (run = TAILQ_FIRST(list); run != NULL; run = next) {
		next = TAILQ_NEXT(run, entry);
		if (run->fallen)
			run_clean_up(run);
	}
}

/*
 * Children that are no minders fell to us. After a crash they are ended until there are none; else
 * a script left them as it ended well, and they stay.
 */
static void
runs_sort_children(struct runs *runs)
{
	pid_t children[RUN_LEFT_MAX];
	size_t count = tree_list_children(getpid(), children, RUN_LEFT_MAX);
	struct timeval tv = run_timeval(RUN_SWEEP_NS);

	if (runs->sweeping) {
		runs->sweeping = runs_kill_fallen(runs, children, count);
		if (runs->sweeping) {
			event_add(runs->on_sweep, &tv);
		} else {
			runs_clean_up(&runs->active);
			runs_clean_up(&runs->aside);
		}
		return;
	}
	runs->left_count = 0;
	for (size_t i = 0; i < count; i++)
		if (runs_find(runs, children[i]) == NULL)
			runs->left[runs->left_count++] = children[i];
}

/*
 * A minder ended. Without a report its run is broken; after a crash its script may still fork. A look
 * has none: its end is its run's, whatever it was.
 */
static void
runs_take_minder(struct runs *runs, struct run *run, int status)
{
	bool crashed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;

	run_read_control(run);
	if (run->phase == RUN_RUNNING) {
		run->result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		run->result.error = WIFSIGNALED(status) ? 0 : ECHILD;
		strlcpy(run->result.step, run->look != NULL ? "look" : "minder",
		    sizeof(run->result.step));
		run_finish(run, clock_now());
	}
	if (crashed && run->look == NULL) {
		runs->sweeping = true;
		run->fallen = true;
		run->minder = -1;
	} else {
		run_leave(run);
	}
}

static void
runs_reap(struct runs *runs)
{
	struct run *run;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		run = runs_find(runs, pid);
		if (run != NULL)
			runs_take_minder(runs, run, status);
	}
	runs_sort_children(runs);
	runs_start_waiting(runs);
	if (runs_are_idle(runs) && !runs->sweeping)
		runs->idle(runs->ctx);
}

static void
runs_on_child(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	runs_reap(arg);
}

int
runs_open(struct runs *runs, struct event_base *base, const char *runtime_dir)
{
	memset(runs, 0, sizeof(*runs));
	for (size_t i = 0; i < RUN_CLASSES; i++)
		TAILQ_INIT(&runs->class[i].waiting);
	TAILQ_INIT(&runs->active);
	TAILQ_INIT(&runs->aside);
	runs->base = base;
	runs->runtime_dir = runtime_dir;
	runs->max_parallel = 1;
	runs->on_child = evsignal_new(base, SIGCHLD, runs_on_child, runs);
	runs->on_sweep = event_new(base, -1, 0, runs_on_child, runs);
	if (runs->on_child != NULL && runs->on_sweep != NULL &&
	    event_add(runs->on_child, NULL) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}
