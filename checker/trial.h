/*
 * Trials: checks run once by hand, besides their schedule; they count for nothing.
 */
#ifndef CHECKER_TRIAL_H
#define CHECKER_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include <bsd/sys/queue.h>

#include "checker/minder.h"
#include "common/msg.h"

struct checks;
struct probes;
struct trial;

struct trials {
	LIST_HEAD(, trial) list; /* until each is gone: what hangs keeps its place */
	unsigned count;
	bool stopped;
	const struct checks *checks;
	struct probes *probes;
	void (*report)(void *ctx, const struct msg_check_ran *);
	void *ctx;
};

/* Both must outlive it. */
void trials_init(struct trials *, const struct checks *, struct probes *);

/*
 * Runs a check now, in places of trials' own; reported when it is over, or at once as broken when it
 * cannot be, or is not configured any more. -1 when it breaks protocol.
 */
int trials_run(struct trials *, const struct msg_run_check *);

/*
 * The probes have another configuration. Trials of checks that it has not run to their end, and are
 * answered as broken if they have not begun.
 */
void trials_commit(struct trials *);

/* Nobody waits for those that run. */
void trials_forget(struct trials *);

/* For good: those that run are ended. */
void trials_stop(struct trials *, enum minder_order);

#endif
