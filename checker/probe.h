/*
 * The kinds of checks behind one table: each looks at its target in its own way, all say what they
 * saw in the same words.
 *
 * A try begins when its time has come and ends with a result: up, down, or broken when nothing was
 * learned of the target. Without one it has failed at its deadline. Kinds that ask the network or
 * /proc do so in the checker; those that could hang in a file system, and commands, run a process.
 */
#ifndef CHECKER_PROBE_H
#define CHECKER_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/minder.h"
#include "checker/run.h"

struct conf;
struct conf_check;
struct event;
struct event_base;
struct files;
struct ping;
struct probe;
struct processes;

/* What the probes of a checker share; each pointer is NULL until a probe needs it. */
struct probes {
	struct event_base *base;
	struct runs *runs;
	const struct conf *conf; /* the running one */
	struct ping *ping;
	struct files *files;
	struct processes *processes;
};

/* Who is told. */
struct probe_client {
	void (*over)(void *ctx, const struct run_result *); /* the try has its result */
	void (*gone)(void *ctx); /* always after over(); another try may start */
	void (*due)(void *ctx); /* something happened at the target: a try is due before its time */
	void *ctx;
};

/* One kind. */
struct probe_ops {
	size_t size;                 /* of its struct, which begins with struct probe */
	int (*open)(struct probe *); /* NULL = nothing to do. -1 with errno */

	/* Kinds that look by themselves. */
	void (*start)(
	    struct probe *);         /* ends, at once or later, by probe_up(), _down(), _broken() */
	void (*end)(struct probe *); /* the try is over: gives back what start() took */
	void (*close)(struct probe *); /* NULL, or: gives back what it keeps between tries */

	/* Kinds that run a process instead. */
	void (*describe)(struct probe *, struct run_spec *);
	void (*learn)(struct probe *); /* NULL, or: run.answer came, before client.over() */
};

/* Part of what each kind knows of one check. */
struct probe {
	const struct probe_ops *ops;
	const struct conf_check *conf; /* its owner's copy, which may change between tries */
	struct probes *all;
	struct probe_client client;
	bool by_value;             /* FILE: the number in it counts; may change too */
	bool once;                 /* for one try only, which keeps an eye on nothing */
	bool trying;               /* of kinds that look by themselves: a try is on */
	struct event *on_deadline; /* of that try */
	struct run_result result;
	struct run run; /* of kinds that run a process */
};

/* What a probe is for. */
struct probe_purpose {
	bool by_value;
	bool once;
};

/* Never EXTERNAL, which nobody probes. What it looks at stays as it is. NULL with errno. */
struct probe *probe_open(
    struct probes *, const struct conf_check *, struct probe_purpose, const struct probe_client *);

/* One that is idle. Never within its client's functions. */
void probe_close(struct probe *);

/* What it is doing. Kinds that look by themselves are idle or running. */
enum run_phase probe_phase(const struct probe *);

/* An idle probe begins a try; client.over() may come before this returns. */
void probe_start(struct probe *);

/* For good: what runs is ended, without a result unless it is a process's. */
void probe_stop(struct probe *, enum minder_order);

/* ---- for the kinds ---- */

extern const struct probe_ops command_ops, process_ops, tcp_ops, http_ops, ping_ops, file_ops,
    disk_ops;

/* The end of a try; the text is for status and log, and may be empty. */
void probe_up(struct probe *, const char *, ...) __attribute__((format(printf, 2, 3)));
void probe_down(struct probe *, const char *, ...) __attribute__((format(printf, 2, 3)));

/* Nothing was learned of the target: the step that failed, and its errno. */
void probe_broken(struct probe *, const char *step, int error);

/* Down ("step: Connection refused") if that error is the target's or the way's to it, else broken. */
void probe_failed(struct probe *, const char *step, int error);

/* Whether an error of the network says something of the target or of the way to it. */
bool probe_error_is_theirs(int error);

#endif
