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
	LIST_ENTRY(check) entry; /* of those that are gone */
	struct conf_check conf;
	struct checks *all;
	struct damping damping;
	struct probe *probe;
	struct event *on_tick;
	struct event *on_free;
	mono_t due;          /* next point of its grid */
	bool waited;         /* its time came while it waited for a place */
	bool owed;           /* its time came while the last try was not gone */
	bool logged_failing; /* how the last one failed is in the log */
	mono_t log_due;      /* of failures that change nothing */
	bool fresh;          /* a try is due as soon as all of a commit is in its place */
	bool stopped;
	bool gone; /* no configuration has it any more */
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
	return c->conf.interval_ms * NS_PER_MS;
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
		(c->damping.state == VRRP_CHECK_BROKEN ? log_warnx : log_info)(
		    "check %s: %s -> %s%s%s%s", c->conf.name, vrrp_check_state_name(before),
		    vrrp_check_state_name(c->damping.state), text[0] != '\0' ? " (" : "", text,
		    text[0] != '\0' ? ")" : "");
	else
		log_info("check %s: failed (%s), still %s", c->conf.name, text,
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
	bool changed = damping_take(&c->damping, outcome, c->conf.fall, c->conf.rise);

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

	if (c->gone)
		event_active(c->on_free, EV_TIMEOUT, 0); /* its probe still stands on the stack */
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
		if (c->conf.timeout_ms <= c->conf.interval_ms)
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

static void
check_free(struct check *c)
{
	if (c->on_tick != NULL)
		event_free(c->on_tick);
	if (c->on_free != NULL)
		event_free(c->on_free);
	if (c->probe != NULL)
		probe_close(c->probe);
	free(c);
}

static void
check_on_free(int fd, short what, void *arg)
{
	struct check *c = arg;

	(void)fd;
	(void)what;
	LIST_REMOVE(c, entry);
	check_free(c);
}

/* NULL with errno. It is not due yet. */
static struct check *
check_new(struct checks *all, struct probes *probes, const struct conf_check *conf)
{
	const struct probe_purpose purpose = {.by_value = checks_is_weighed(all, conf->id)};
	struct check *c = calloc(1, sizeof(*c));
	const struct probe_client client = {check_on_over, check_on_gone, check_on_due, c};

	if (c == NULL)
		return NULL;
	c->all = all;
	c->conf = *conf;
	c->fresh = true;
	damping_init(&c->damping, (enum conf_initial)conf->initial);
	c->last.check = conf->id;
	c->last.state = (uint8_t)c->damping.state;
	c->on_tick = event_new(probes->base, -1, 0, check_on_tick, c);
	c->on_free = event_new(probes->base, -1, 0, check_on_free, c);
	if (c->on_tick == NULL || c->on_free == NULL)
		errno = ENOMEM;
	else if ((c->probe = probe_open(probes, &c->conf, purpose, &client)) != NULL)
		return c;
	check_free(c);
	return NULL;
}

/* It goes on, with what may be other than before. A changed interval begins a grid. */
static void
check_update(struct check *c, const struct conf_check *conf, mono_t first)
{
	bool regrid = c->conf.interval_ms != conf->interval_ms;
	bool by_value = checks_is_weighed(c->all, conf->id);

	c->conf = *conf;
	if (regrid) {
		c->due = first;
		check_arm(c);
	}
	if (c->last.runs == 0) {
		damping_init(&c->damping, (enum conf_initial)conf->initial);
		c->last.state = (uint8_t)c->damping.state;
	}
	c->fresh = c->probe->by_value != by_value; /* what the file says now means something else */
	c->probe->by_value = by_value;
}

static void
check_stop(struct check *c, enum minder_order order)
{
	c->stopped = true;
	event_del(c->on_tick);
	probe_stop(c->probe, order);
}

/* No configuration has it any more: it is freed once nothing of it runs. */
static void
check_retire(struct check *c)
{
	c->gone = true;
	LIST_INSERT_HEAD(&c->all->gone, c, entry);
	check_stop(c, MINDER_END);
	if (probe_phase(c->probe) == RUN_IDLE)
		event_active(c->on_free, EV_TIMEOUT, 0);
}

void
checks_init(struct checks *checks)
{
	*checks = (struct checks){0};
	LIST_INIT(&checks->gone);
}

bool
checks_is_weighed(const struct checks *checks, uint32_t id)
{
	for (size_t i = 0; i < checks->weighed_count; i++)
		if (checks->weighed[i] == id)
			return true;
	return false;
}

/* The next one known, if it has that id; those before it are gone. NULL when it is new. */
static struct check *
checks_take_known(struct checks *checks, size_t *known, uint32_t id)
{
	while (*known < checks->count && checks->item[*known]->conf.id < id)
		check_retire(checks->item[(*known)++]);
	if (*known < checks->count && checks->item[*known]->conf.id == id)
		return checks->item[(*known)++];
	return NULL;
}

/* One of before, or another one. NULL with errno. */
static struct check *
checks_take(struct checks *checks, struct probes *probes, const struct conf_check *conf,
    mono_t first, size_t *known)
{
	struct check *c = checks_take_known(checks, known, conf->id);

	if (c != NULL) {
		check_update(c, conf, first);
		return c;
	}
	c = check_new(checks, probes, conf);
	if (c == NULL)
		return NULL;
	c->due = first;
	check_arm(c);
	return c;
}

/* All the checks that are configured now, ids ascending as before. NULL with errno. */
static struct check **
checks_list(struct checks *checks, struct probes *probes)
{
	const struct conf_check *conf = probes->conf->check;
	const size_t count = probes->conf->check_count;
	struct check **item = calloc(count + 1, sizeof(struct check *));
	mono_t now = clock_now(), first;
	size_t known = 0;

	if (item == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		first = schedule_first(now, conf[i].interval_ms * NS_PER_MS, i, count);
		item[i] = checks_take(checks, probes, &conf[i], first, &known);
		if (item[i] == NULL) {
			free(item); /* the checker ends */
			return NULL;
		}
	}
	while (known < checks->count)
		check_retire(checks->item[known++]);
	return item;
}

int
checks_commit(struct checks *checks, struct probes *probes, uint32_t *weighed, size_t weighed_count)
{
	struct check **item;

	free(checks->weighed);
	checks->weighed = weighed;
	checks->weighed_count = weighed_count;
	item = checks_list(checks, probes);
	if (item == NULL)
		return -1;
	free(checks->item);
	checks->item = item;
	checks->count = probes->conf->check_count;
	return 0;
}

void
checks_start(struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		struct check *c = checks->item[i];

		if (!c->fresh)
			continue;
		c->fresh = false;
		check_on_due(c);
	}
}

void
checks_replay(const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		if (checks->item[i]->last.runs > 0)
			checks->report(checks->ctx, &checks->item[i]->last);
}

void
checks_stop(struct checks *checks, enum minder_order order)
{
	struct check *c;

	for (size_t i = 0; i < checks->count; i++)
		check_stop(checks->item[i], order);
	LIST_FOREACH(c, &checks->gone, entry)
		check_stop(c, order);
}
