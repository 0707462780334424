/*
 * The checks of one checker: when they run, what their results mean, who is told.
 */
#ifndef CHECKER_CHECK_H
#define CHECKER_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/minder.h"
#include "checker/probe.h"
#include "common/msg.h"
#include "common/vrrp.h"

struct check;

struct checks {
	struct check *item;
	size_t count;
	uint32_t *weighed; /* ids of those whose value counts */
	size_t weighed_count;
	void (*report)(void *ctx, const struct msg_check *);
	void *ctx;
};

/* Before they start: the number in the file that this check looks at counts. -1 with errno. */
int checks_weigh_value(struct checks *, uint32_t check);

bool checks_is_weighed(const struct checks *, uint32_t check);

/* Writes a result into a message, but for state and counters. */
void check_record(struct msg_check *, const struct run_result *);

/* What a result means by itself: up, down or broken. */
enum vrrp_check_state check_judge(const struct run_result *);

/* Starts every check of the probes' configuration, which must outlive it. -1 with errno. */
int checks_start(struct checks *, struct probes *);

/* Reports the last result of each check that has one. */
void checks_replay(const struct checks *);

/* For good: no more runs, those that run are ended. */
void checks_stop(struct checks *, enum minder_order);

#endif
