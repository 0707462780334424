/*
 * The hooks of one checker: each target's in order, one at a time. An instance's gate waits for none of
 * its hooks. The next one waits until all of the last one is gone, but not for ever: what cannot be
 * ended (a process in the state D) holds it up for 3 s after the verdict.
 */
#ifndef CHECKER_HOOK_H
#define CHECKER_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include <bsd/sys/tree.h>

#include "checker/minder.h"
#include "common/msg.h"

struct conf;
struct hook_target;
struct runs;
struct stage_target;

struct hooks {
	RB_HEAD(hook_targets, hook_target) targets;
	const struct conf *conf;     /* the running one */
	const struct conf *previous; /* the engine may still speak of it */
	struct runs *runs;
	bool stopped;
	unsigned aside; /* runs that hang, while later hooks go on without them */
	void (*report)(void *ctx, const struct msg_hook *);
	void *ctx;
};

/* Both configurations must outlive it, and may change before hooks_commit(). */
void hooks_init(struct hooks *, const struct conf *, const struct conf *previous, struct runs *);

/*
 * Both configurations are others now, and so are the targets. One that is not among them takes hooks
 * until the next commit, and stays until the last of them is done. -1 with errno.
 */
int hooks_commit(struct hooks *, const struct stage_target *, size_t count);

/*
 * Runs a hook behind those of its target, as its command is now. Ids not known are ignored. -1 when it
 * breaks protocol.
 */
int hooks_run(struct hooks *, const struct msg_run_hook *);

/* The running hook of that sequence has had time enough: it is ended, and reported as it ends. */
void hooks_end(struct hooks *, const struct msg_end_hook *);

/* Reports of each target the last hook done, then those that are still to be done, as running. */
void hooks_replay(struct hooks *);

/* For good: those that wait are dropped, those that run are ended and reported. */
void hooks_stop(struct hooks *, enum minder_order);

#endif
