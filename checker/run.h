/*
 * Runs of scripts as the checker sees them: waiting for a place, running, over, gone. A look (look.h)
 * is a run too: it takes a place and may hang as a script may.
 *
 * A run is over when its verdict falls: at the script's end or at its deadline. It is gone when its
 * minder has ended too, and with it (after a timeout) all that the script started.
 */
#ifndef CHECKER_RUN_H
#define CHECKER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <bsd/sys/queue.h>

#include "checker/look.h"
#include "checker/minder.h"
#include "checker/output.h"
#include "checker/tmpdir.h"
#include "common/mono.h"

struct event;
struct event_base;
struct conf_command;

/* Adopted processes remembered as left alone; more are ended when a minder crashes. */
#define RUN_LEFT_MAX 256

/* What came of a run, or of a probe's try, which is none. */
struct run_result {
	int32_t exit_status; /* -1 when it did not exit: neither probes nor looks do */
	int32_t signal;      /* 0 when none */
	int32_t error;       /* errno of step, 0 */
	bool timed_out;
	bool up;                    /* of what does not exit: it saw what it should */
	char step[MINDER_STEP_MAX]; /* what failed when nothing was seen, empty otherwise */
	int64_t value;              /* the number in a file, 0 */
	mono_t start;
	int64_t duration_ns;
	char output[OUTPUT_MAX + 1];
};

/* What a run needs at its start; it must live until then only. A look has a name alone. */
struct run_spec {
	const struct conf_command *command;
	const char *name;
	const char *const *arguments;   /* after the command's own; NULL-terminated */
	const char *const *environment; /* "KEY=value"; NULL-terminated */
};

struct run_ops {
	void (*describe)(void *ctx, struct run_spec *); /* called when a place is free */
	void (*over)(void *ctx, const struct run_result *);
	void (*gone)(void *ctx); /* always after over(); the run may be submitted again */
};

/* Each has places of its own: no hook, and nothing run by hand, takes one of a check. */
enum run_class_name { RUN_CHECK, RUN_HOOK, RUN_TRIAL, RUN_CLASSES };

enum run_phase { RUN_IDLE, RUN_WAITING, RUN_RUNNING, RUN_OVER };

/* Part of what it runs for: a check, a target. */
struct run {
	TAILQ_ENTRY(run) entry;
	struct runs *runs;
	enum run_class_name class;
	const struct run_ops *ops;
	void *ctx;
	const struct look *look; /* NULL = a command is run */
	enum run_phase phase;
	bool reported; /* the minder has told how it ended */
	bool aside;    /* nobody waits for its end */
	bool fallen;   /* its minder crashed: it is gone when what was left is cleaned up */
	pid_t minder;
	int control;
	int output_fd;
	struct event *on_control;
	struct event *on_output;
	struct event *on_deadline;
	struct output output;
	struct run_result result;
	struct look_answer answer; /* of a look that has reported */
	char tmpdir[TMPDIR_NAME_MAX];
};
TAILQ_HEAD(run_list, run);

struct run_class {
	unsigned running; /* in phase RUN_RUNNING: what hangs takes nobody's place */
	struct run_list waiting;
};

struct runs {
	struct event_base *base;
	struct event *on_child;
	const char *runtime_dir;
	unsigned max_parallel; /* of each class */
	struct run_class class[RUN_CLASSES];
	struct run_list active;  /* RUN_RUNNING and RUN_OVER */
	struct run_list aside;   /* RUN_OVER, and not waited for */
	void (*idle)(void *ctx); /* nothing waits and all are gone */
	void *ctx;
	pid_t left[RUN_LEFT_MAX]; /* children that a script left behind as it ended well */
	size_t left_count;
	bool sweeping; /* a minder crashed: other children are ended */
	struct event *on_sweep;
};

/* One per process: it waits for every child. -1 with errno. */
int runs_open(struct runs *, struct event_base *, const char *runtime_dir);

void run_init(struct run *, enum run_class_name, struct runs *, const struct run_ops *, void *ctx);

/* An idle run gets a place of its class, or waits for one. */
void run_submit(struct run *);

/*
 * A waiting run becomes idle without a word; a running one is ended, and over as it is gone. A look is
 * not waited for: it is gone at once.
 */
void run_cancel(struct run *, enum minder_order);

/*
 * Nobody waits any more until a run that is over is gone: it may hang in the kernel for ever. The runs
 * are idle without it.
 */
void run_set_aside(struct run *);

/* Says at once that a run whose deadline has come is over. */
void run_expire(struct run *, mono_t now);

/* Runs that wait may start at once. */
void runs_set_parallel(struct runs *, unsigned max_parallel);

bool runs_are_idle(const struct runs *);

/* Whether it did what it should. */
bool run_succeeded(const struct run_result *);

/* Whether that says nothing of what was looked at: not started, ended by a signal, 126 or 127. */
bool run_was_broken(const struct run_result *);

/*
 * "exit 1", "timed out after 1000 ms", "killed by SIGKILL", "exec: No such file or directory"; empty
 * for what does not exit and was seen. Returns buf.
 */
const char *run_describe(const struct run_result *, char *buf, size_t size);

#endif
