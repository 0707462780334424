/*
 * The checks of one checker: when they run, what their results mean, who is told.
 */
#ifndef CHECKER_CHECK_H
#define CHECKER_CHECK_H

#include <stddef.h>

#include "checker/minder.h"
#include "common/msg.h"

struct check;
struct conf;
struct event_base;
struct runs;

struct checks {
	struct check *item;
	size_t count;
	void (*report)(void *ctx, const struct msg_check *);
	void *ctx;
};

/* Starts every check of a configuration, which must outlive it. -1 with errno. */
int checks_start(struct checks *, const struct conf *, struct event_base *, struct runs *);

/* Reports the last result of each check that has one. */
void checks_replay(const struct checks *);

/* For good: no more runs, those that run are ended. */
void checks_stop(struct checks *, enum minder_order);

#endif
