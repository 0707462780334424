/*
 * One try of a check, whatever its kind; in the checker.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "checker/probe.h"
#include "common/clock.h"
#include "common/conf.h"

static const struct probe_ops *
probe_find_ops(uint8_t kind)
{
	switch ((enum conf_check_kind)kind) {
	case CONF_CHECK_COMMAND:
		return &command_ops;
	case CONF_CHECK_PROCESS:
		return &process_ops;
	case CONF_CHECK_TCP:
		return &tcp_ops;
	case CONF_CHECK_HTTP:
		return &http_ops;
	case CONF_CHECK_PING:
		return &ping_ops;
	case CONF_CHECK_FILE:
		return &file_ops;
	case CONF_CHECK_DISK:
		return &disk_ops;
	case CONF_CHECK_EXTERNAL:
	case CONF_CHECK_KINDS:
		break;
	}
	return NULL;
}

static bool
probe_runs_process(const struct probe *p)
{
	return p->ops->describe != NULL;
}

/* ---- kinds that run a process ---- */

static void
probe_on_describe(void *ctx, struct run_spec *spec)
{
	struct probe *p = ctx;

	p->ops->describe(p, spec);
}

static void
probe_on_over(void *ctx, const struct run_result *result)
{
	struct probe *p = ctx;

	if (p->ops->learn != NULL && p->run.reported)
		p->ops->learn(p);
	p->client.over(p->client.ctx, result);
}

static void
probe_on_gone(void *ctx)
{
	struct probe *p = ctx;

	p->client.gone(p->client.ctx);
}

static const struct run_ops probe_run_ops = {probe_on_describe, probe_on_over, probe_on_gone};

/* ---- kinds that look by themselves ---- */

/* The try may end inside start(), and the next one begin inside gone(). */
static void
probe_finish(struct probe *p)
{
	struct run_result result;

	event_del(p->on_deadline);
	p->ops->end(p);
	p->trying = false;
	p->result.duration_ns = mono_since(clock_now(), p->result.start);
	result = p->result;
	p->client.over(p->client.ctx, &result);
	p->client.gone(p->client.ctx);
}

static void
probe_on_deadline(int fd, short what, void *arg)
{
	struct probe *p = arg;

	(void)fd;
	(void)what;
	if (!p->trying)
		return;
	p->result.timed_out = true;
	probe_finish(p);
}

static void probe_set_text(struct probe *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

/* What is to be shown passes through the same sieve as the output of scripts. */
static void
probe_set_text(struct probe *p, const char *format, va_list ap)
{
	struct output output;
	char text[OUTPUT_MAX + 1];

	vsnprintf(text, sizeof(text), format, ap);
	output_init(&output);
	output_append(&output, text, strlen(text));
	output_format(&output, p->result.output);
}

void
probe_up(struct probe *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	probe_set_text(p, format, ap);
	va_end(ap);
	p->result.up = true;
	probe_finish(p);
}

void
probe_down(struct probe *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	probe_set_text(p, format, ap);
	va_end(ap);
	probe_finish(p);
}

void
probe_broken(struct probe *p, const char *step, int error)
{
	strlcpy(p->result.step, step, sizeof(p->result.step));
	p->result.error = error;
	probe_finish(p);
}

bool
probe_error_is_theirs(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ETIMEDOUT:
		return true;
	}
	return false;
}

void
probe_failed(struct probe *p, const char *step, int error)
{
	if (probe_error_is_theirs(error))
		probe_down(p, "%s: %s", step, strerror(error));
	else
		probe_broken(p, step, error);
}

/* ---- for the check ---- */

struct probe *
probe_open(struct probes *all, const struct conf_check *conf, struct probe_purpose purpose,
    const struct probe_client *client)
{
	const struct probe_ops *ops = probe_find_ops(conf->kind);
	struct probe *p;

	if (ops == NULL) {
		errno = EBADMSG;
		return NULL;
	}
	p = calloc(1, ops->size);
	if (p == NULL)
		return NULL;
	p->ops = ops;
	p->conf = conf;
	p->all = all;
	p->client = *client;
	p->by_value = purpose.by_value;
	p->once = purpose.once;
	run_init(&p->run, purpose.once ? RUN_TRIAL : RUN_CHECK, all->runs, &probe_run_ops, p);
	p->on_deadline = event_new(all->base, -1, 0, probe_on_deadline, p);
	if (p->on_deadline == NULL)
		errno = ENOMEM;
	else if (ops->open == NULL || ops->open(p) == 0)
		return p;
	if (p->on_deadline != NULL)
		event_free(p->on_deadline);
	free(p);
	return NULL;
}

void
probe_close(struct probe *p)
{
	if (p->ops->close != NULL)
		p->ops->close(p);
	event_free(p->on_deadline);
	free(p);
}

enum run_phase
probe_phase(const struct probe *p)
{
	if (probe_runs_process(p))
		return p->run.phase;
	return p->trying ? RUN_RUNNING : RUN_IDLE;
}

void
probe_start(struct probe *p)
{
	uint32_t ms = p->conf->timeout_ms;
	const struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (probe_runs_process(p)) {
		run_submit(&p->run);
		return;
	}
	p->trying = true;
	p->result = (struct run_result){.exit_status = -1, .start = clock_now()};
	event_add(p->on_deadline, &tv);
	p->ops->start(p);
}

void
probe_stop(struct probe *p, enum minder_order order)
{
	if (probe_runs_process(p)) {
		run_cancel(&p->run, order);
	} else if (p->trying) {
		event_del(p->on_deadline);
		p->ops->end(p);
		p->trying = false;
	}
}
