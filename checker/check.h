/*
 * The checks of one checker: when they run, what their results mean, who is told.
 */
#ifndef CHECKER_CHECK_H
#define CHECKER_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/queue.h>

#include "checker/minder.h"
#include "checker/probe.h"
#include "common/msg.h"
#include "common/vrrp.h"

struct check;

struct checks {
	struct check **item; /* those of the configuration, ids ascending */
	size_t count;
	LIST_HEAD(, check) gone; /* of an earlier one, until what they run is gone */
	uint32_t *weighed;       /* ids of those whose value counts */
	size_t weighed_count;
	void (*report)(void *ctx, const struct msg_check *);
	void *ctx;
};

void checks_init(struct checks *);

/* Whether the number in the file that this check looks at counts. */
bool checks_is_weighed(const struct checks *, uint32_t check);

/* Writes a result into a message, but for state and counters. */
void check_record(struct msg_check *, const struct run_result *);

/* What a result means by itself: up, down or broken. */
enum vrrp_check_state check_judge(const struct run_result *);

/*
 * Takes the checks of the probes' configuration, and the ids of those whose value counts. Those with an
 * id known go on as they are, others' runs are ended and nothing is said of them any more. Nothing starts
 * before checks_start(). -1 with errno.
 */
int checks_commit(struct checks *, struct probes *, uint32_t *weighed, size_t weighed_count);

/* Starts what the last commit brought. */
void checks_start(struct checks *);

/* Reports the last result of each check that has one. */
void checks_replay(const struct checks *);

/* For good: no more runs, those that run are ended. */
void checks_stop(struct checks *, enum minder_order);

#endif
