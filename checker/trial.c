/*
 * Trials: checks run once by hand, besides their schedule; in the checker.
 *
 * Each has a probe of its own: the check's own goes on, and learns nothing of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "checker/check.h"
#include "checker/probe.h"
#include "checker/trial.h"
#include "common/clock.h"
#include "common/conf.h"

/* The step of those whose check is not configured any more. */
#define TRIAL_GONE "gone"

struct trial {
	LIST_ENTRY(trial) entry;
	struct trials *all;
	struct conf_check conf;
	uint64_t token; /* 0 = nobody waits */
	struct probe *probe;
	struct event *on_gone;
};

static void
trial_report(struct trials *all, uint64_t token, uint32_t check, const struct run_result *result)
{
	struct msg_check_ran ran = {.token = token,
	    .result = {.check = check, .state = (uint8_t)check_judge(result), .runs = 1}};

	check_record(&ran.result, result);
	all->report(all->ctx, &ran);
}

/* It cannot be run. */
static void
trial_report_broken(struct trials *all, uint64_t token, uint32_t check, const char *step)
{
	struct run_result none = {.exit_status = -1, .error = errno, .start = clock_now()};

	strlcpy(none.step, step, sizeof(none.step));
	trial_report(all, token, check, &none);
}

static void
trial_free(struct trial *t)
{
	LIST_REMOVE(t, entry);
	t->all->count--;
	probe_close(t->probe);
	event_free(t->on_gone);
	free(t);
}

static void
trial_on_free(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	trial_free(arg);
}

static void
trial_on_over(void *ctx, const struct run_result *result)
{
	struct trial *t = ctx;

	if (t->token != 0 && !t->all->stopped)
		trial_report(t->all, t->token, t->conf.id, result);
	t->token = 0;
}

/* Its probe still stands on the stack. */
static void
trial_on_gone(void *ctx)
{
	struct trial *t = ctx;

	event_active(t->on_gone, EV_TIMEOUT, 0);
}

static void
trial_on_due(void *ctx)
{
	(void)ctx; /* one try is all there is */
}

void
trials_init(struct trials *trials, const struct checks *checks, struct probes *probes)
{
	LIST_INIT(&trials->list);
	trials->checks = checks;
	trials->probes = probes;
}

static struct trial *
trial_new(struct trials *all, const struct conf_check *conf, uint64_t token)
{
	struct trial *t = calloc(1, sizeof(*t));
	const struct probe_client client = {trial_on_over, trial_on_gone, trial_on_due, t};
	const struct probe_purpose purpose = {
	    .by_value = checks_is_weighed(all->checks, conf->id), .once = true};

	if (t == NULL)
		return NULL;
	t->all = all;
	t->conf = *conf;
	t->token = token;
	t->on_gone = event_new(all->probes->base, -1, 0, trial_on_free, t);
	if (t->on_gone == NULL)
		errno = ENOMEM;
	else if ((t->probe = probe_open(all->probes, &t->conf, purpose, &client)) != NULL)
		return t;
	if (t->on_gone != NULL)
		event_free(t->on_gone);
	free(t);
	return NULL;
}

/* Whether a check had that id in an earlier configuration. */
static bool
trials_knew(const struct trials *trials, uint32_t id)
{
	return id != 0 && id <= trials->probes->conf->global.last_check;
}

int
trials_run(struct trials *trials, const struct msg_run_check *request)
{
	const struct conf_check *conf = conf_find_check(trials->probes->conf, request->check);
	struct trial *t;

	if (request->token == 0 || (conf == NULL && !trials_knew(trials, request->check)) ||
	    (conf != NULL && conf->kind == CONF_CHECK_EXTERNAL))
		return -1;
	if (trials->stopped)
		return 0;
	if (conf == NULL) {
		errno = ENOENT;
		trial_report_broken(trials, request->token, request->check, TRIAL_GONE);
		return 0;
	}
	if (trials->count >= MSG_CHECK_RUNS_MAX) {
		errno = EAGAIN;
		trial_report_broken(trials, request->token, request->check, "place");
		return 0;
	}
	t = trial_new(trials, conf, request->token);
	if (t == NULL) {
		trial_report_broken(trials, request->token, request->check, "memory");
		return 0;
	}
	LIST_INSERT_HEAD(&trials->list, t, entry);
	trials->count++;
	probe_start(t->probe);
	return 0;
}

/* What it has to look up is of a configuration that may be forgotten when its place is free. */
static void
trial_drop(struct trial *t)
{
	if (t->token != 0) {
		errno = ENOENT;
		trial_report_broken(t->all, t->token, t->conf.id, TRIAL_GONE);
	}
	t->token = 0;
	probe_stop(t->probe, MINDER_END);
	event_active(t->on_gone, EV_TIMEOUT, 0);
}

void
trials_commit(struct trials *trials)
{
	const struct conf_check *conf;
	struct trial *t;

	LIST_FOREACH(t, &trials->list, entry) {
		conf = conf_find_check(trials->probes->conf, t->conf.id);
		if (conf != NULL) {
			t->conf = *conf;
			t->probe->by_value = checks_is_weighed(trials->checks, conf->id);
		} else if (probe_phase(t->probe) == RUN_WAITING) {
			trial_drop(t);
		}
	}
}

void
trials_forget(struct trials *trials)
{
	struct trial *t;

	LIST_FOREACH(t, &trials->list, entry)
		t->token = 0;
}

void
trials_stop(struct trials *trials, enum minder_order order)
{
	struct trial *t;

	trials->stopped = true;
	LIST_FOREACH(t, &trials->list, entry)
		probe_stop(t->probe, order);
}
