/*
 * The checks: when they run, what their results mean, who is told; in the checker.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "checker/check.h"
#include "checker/damping.h"
#include "checker/schedule.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"

#define CHECK_HOW_MAX 128
#define CHECK_TEXT_MAX (CHECK_HOW_MAX + OUTPUT_MAX + 3)
#define CHECK_LOG_SPACING_NS (60 * NS_PER_S)
#define CHECK_LOG_BURST 3

struct check {
	const struct conf_check *conf;
	struct checks *all;
	struct damping damping;
	struct probe *probe;
	struct event *on_tick;
	mono_t due;          /* next point of its grid */
	bool waited;         /* its time came while it waited for a place */
	bool owed;           /* its time came while the last try was not gone */
	bool logged_failing; /* how the last one failed is in the log */
	mono_t log_due;      /* of failures that change nothing */
	bool stopped;
	struct msg_check last;
};

static void
check_arm(struct check *c)
{
	int64_t us = (mono_since(c->due, clock_now()) + NS_PER_US - 1) / NS_PER_US;
	struct timeval tv = {0};

	if (us > 0)
		tv = (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
	event_add(c->on_tick, &tv);
}

static int64_t
check_interval(const struct check *c)
{
	return c->conf->interval_ms * NS_PER_MS;
}

/* ---- results ---- */

static bool
check_same_failure(const struct msg_check *a, const struct msg_check *b)
{
	return a->exit_status == b->exit_status && a->signal == b->signal && a->error == b->error &&
	       a->timed_out == b->timed_out;
}

/* What a script writes may differ each time; what a probe says is the failure itself. */
static bool
check_was_logged(const struct check *c, const struct msg_check *previous)
{
	if (!c->logged_failing || !check_same_failure(previous, &c->last))
		return false;
	return c->last.exit_status != -1 || strcmp(previous->output, c->last.output) == 0;
}

/* "exit 1: text", and either without the other. */
static void
check_describe(const struct run_result *result, char text[CHECK_TEXT_MAX])
{
	char how[CHECK_HOW_MAX];

	run_describe(result, how, sizeof(how));
	snprintf(text, CHECK_TEXT_MAX, "%s%s%s", how,
	    how[0] != '\0' && result->output[0] != '\0' ? ": " : "", result->output);
}

/* Says how a run failed: when the state changes, and when it fails otherwise than before. */
static void
check_log(struct check *c, enum vrrp_check_state before, const struct msg_check *previous,
    const struct run_result *result)
{
	bool failed = !run_succeeded(result), changed = before != c->damping.state;
	char text[CHECK_TEXT_MAX];

	if (!changed && (!failed || check_was_logged(c, previous)))
		return;
	if (!changed &&
	    !mono_admit(&c->log_due, clock_now(), CHECK_LOG_SPACING_NS, CHECK_LOG_BURST))
		return; /* it comes and goes */
	check_describe(result, text);
	if (changed)
		log_info("check %s: %s -> %s%s%s%s", c->conf->name, vrrp_check_state_name(before),
		    vrrp_check_state_name(c->damping.state), text[0] != '\0' ? " (" : "", text,
		    text[0] != '\0' ? ")" : "");
	else
		log_info("check %s: failed (%s), still %s", c->conf->name, text,
		    vrrp_check_state_name(c->damping.state));
	c->logged_failing = failed;
}

static enum damping_outcome
check_outcome(const struct run_result *result)
{
	if (run_succeeded(result))
		return DAMPING_SUCCESS;
	return run_was_broken(result) ? DAMPING_BROKEN : DAMPING_FAILURE;
}

enum vrrp_check_state
check_judge(const struct run_result *result)
{
	if (run_succeeded(result))
		return VRRP_CHECK_UP;
	return run_was_broken(result) ? VRRP_CHECK_BROKEN : VRRP_CHECK_DOWN;
}

void
check_record(struct msg_check *message, const struct run_result *result)
{
	message->timed_out = result->timed_out;
	message->exit_status = result->exit_status;
	message->signal = result->signal;
	message->error = result->error;
	message->value = result->value;
	strlcpy(message->step, result->step, sizeof(message->step));
	strlcpy(message->output, result->output, sizeof(message->output));
	message->last_run_ns = result->start.ns;
	message->duration_us = result->duration_ns / NS_PER_US;
}

/* Counts one result and tells. */
static void
check_take(struct check *c, enum damping_outcome outcome)
{
	bool changed = damping_take(&c->damping, outcome, c->conf->fall, c->conf->rise);

	c->last.state = (uint8_t)c->damping.state;
	c->last.settled = c->damping.settled;
	c->last.runs++;
	if (outcome != DAMPING_SUCCESS)
		c->last.failures++;
	if (changed || c->last.runs == 1)
		c->last.since_ns = clock_now().ns;
	c->all->report(c->all->ctx, &c->last);
}

static void
check_on_over(void *ctx, const struct run_result *result)
{
	struct check *c = ctx;
	enum vrrp_check_state before = c->damping.state;
	struct msg_check previous = c->last;

	if (c->stopped)
		return; /* it was us who ended it */
	check_record(&c->last, result);
	check_take(c, check_outcome(result));
	check_log(c, before, &previous, result);
}

/* ---- runs ---- */

static void
check_on_gone(void *ctx)
{
	struct check *c = ctx;

	if (c->stopped || !c->owed)
		return;
	c->owed = false;
	probe_start(c->probe);
}

/*
 * Its time has come, and the last try is there still. One that may last longer than the interval
 * just goes on. One that is over but not gone (a process that even KILL does not end) is followed by
 * another as soon as it is gone; each further time that passes meanwhile is a failure.
 */
static void
check_find_busy(struct check *c)
{
	if (probe_phase(c->probe) == RUN_RUNNING) {
		if (c->conf->timeout_ms <= c->conf->interval_ms)
			c->owed = true; /* its deadline is now */
		return;
	}
	if (c->owed && c->last.timed_out)
		check_take(c, DAMPING_FAILURE);
	c->owed = true;
}

/* Others take all places: what is not looked at has failed, once it has missed a whole interval. */
static void
check_find_no_place(struct check *c)
{
	const struct run_result none = {
	    .exit_status = -1, .error = EAGAIN, .step = "place", .start = clock_now()};

	if (c->waited)
		check_on_over(c, &none);
	c->waited = true;
}

static void
check_on_tick(int fd, short what, void *arg)
{
	struct check *c = arg;

	(void)fd;
	(void)what;
	c->due = schedule_next(c->due, check_interval(c), clock_now());
	check_arm(c);
	switch (probe_phase(c->probe)) {
	case RUN_IDLE:
		c->waited = false;
		probe_start(c->probe);
		return;
	case RUN_WAITING:
		check_find_no_place(c);
		return;
	case RUN_RUNNING:
	case RUN_OVER:
		check_find_busy(c);
		return;
	}
}

/* Something happened at the target: its grid stays as it is, this try is between. */
static void
check_on_due(void *ctx)
{
	struct check *c = ctx;

	if (c->stopped)
		return;
	switch (probe_phase(c->probe)) {
	case RUN_IDLE:
		probe_start(c->probe);
		return;
	case RUN_WAITING:
		return;
	case RUN_RUNNING:
	case RUN_OVER:
		c->owed = true; /* what it looks at now may be what was before */
		return;
	}
}

/* ---- all of them ---- */

static int
check_init(struct check *c, struct probes *probes, bool by_value)
{
	const struct probe_client client = {check_on_over, check_on_gone, check_on_due, c};

	damping_init(&c->damping, (enum conf_initial)c->conf->initial);
	c->last.check = c->conf->id;
	c->last.state = (uint8_t)c->damping.state;
	c->probe =
	    probe_open(probes, c->conf, (struct probe_purpose){.by_value = by_value}, &client);
	if (c->probe == NULL)
		return -1;
	c->on_tick = event_new(probes->base, -1, 0, check_on_tick, c);
	if (c->on_tick != NULL)
		return 0;
	errno = ENOMEM;
	return -1;
}

int
checks_weigh_value(struct checks *checks, uint32_t id)
{
	uint32_t *grown =
	    reallocarray(checks->weighed, checks->weighed_count + 1, sizeof(*checks->weighed));

	if (grown == NULL)
		return -1;
	checks->weighed = grown;
	checks->weighed[checks->weighed_count++] = id;
	return 0;
}

bool
checks_is_weighed(const struct checks *checks, uint32_t id)
{
	for (size_t i = 0; i < checks->weighed_count; i++)
		if (checks->weighed[i] == id)
			return true;
	return false;
}

int
checks_start(struct checks *checks, struct probes *probes)
{
	const struct conf *conf = probes->conf;
	mono_t now = clock_now();

	checks->count = 0;
	checks->item = calloc(conf->check_count + 1, sizeof(*checks->item));
	if (checks->item == NULL)
		return -1;
	for (size_t i = 0; i < conf->check_count; i++) {
		struct check *c = &checks->item[checks->count++];

		c->all = checks;
		c->conf = &conf->check[i];
		if (check_init(c, probes, checks_is_weighed(checks, c->conf->id)) == -1)
			return -1;
		c->due = schedule_first(now, check_interval(c), i, conf->check_count);
		check_arm(c);
	}
	for (size_t i = 0; i < checks->count; i++)
		probe_start(checks->item[i].probe);
	return 0;
}

void
checks_replay(const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		if (checks->item[i].last.runs > 0)
			checks->report(checks->ctx, &checks->item[i].last);
}

void
checks_stop(struct checks *checks, enum minder_order order)
{
	for (size_t i = 0; i < checks->count; i++) {
		checks->item[i].stopped = true;
		event_del(checks->item[i].on_tick);
		probe_stop(checks->item[i].probe, order);
	}
}
