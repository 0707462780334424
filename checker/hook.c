/*
 * The hooks: each target's in order, one at a time; in the checker.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <event2/event.h>

#include "checker/hook.h"
#include "checker/run.h"
#include "checker/stage.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/vrrp.h"

/* Of one target. The engine waits for each hook, so it breaks protocol above. */
#define HOOK_QUEUE_MAX 64

/* For its end after the verdict: TERM, KILL a second later, and as long again for slow machines. */
#define HOOK_PATIENCE_S 3

/* Hanging runs of a checker; above, hooks wait for those of their target. */
#define HOOK_ASIDE_MAX 64

/* Of its command there is only as much as conf_record_size() says. */
struct hook {
	TAILQ_ENTRY(hook) entry;
	struct msg_run_hook request;
	struct conf_command command;
};

/* A run of a target's hooks, one after the other; one that hangs loses its target. */
struct hook_run {
	struct run run;
	struct hooks *all;
	struct hook_target *target; /* NULL = set aside */
};

/* What is run in order: the hooks of an instance or a group, or the gate of an instance alone. */
struct hook_target {
	RB_ENTRY(hook_target) entry;
	struct hooks *all;
	TAILQ_HEAD(hook_queue, hook) queue; /* the first runs */
	unsigned queued;
	struct hook_run *current;
	struct event *on_patience;
	bool was_run;
	struct msg_hook last; /* the last one done, once was_run */
	uint32_t instance;    /* exactly one of both is not 0 */
	uint32_t group;
	bool gate;
	unsigned
	    age; /* commits since it was configured: 0 = it is, 1 = the engine may not know yet */
	char name[CONF_NAME_MAX];
	char interface[CONF_IFNAME_MAX];
	uint8_t vrid;    /* 0 = of a group */
	char *addresses; /* "192.0.2.10/24 192.0.2.11/24" */
};

static int
hook_compare_targets(const struct hook_target *a, const struct hook_target *b)
{
	if (a->instance != b->instance)
		return a->instance < b->instance ? -1 : 1;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return (int)a->gate - (int)b->gate;
}

RB_PROTOTYPE(hook_targets, hook_target, entry, hook_compare_targets)
RB_GENERATE(hook_targets, hook_target, entry, hook_compare_targets)

static const char *
hook_type(const struct hook_target *t)
{
	return t->group != 0 ? "GROUP" : "INSTANCE";
}

/* ---- what a hook is told ---- */

#define HOOK_VARIABLES 10
#define HOOK_ARGUMENTS 4

/* Strings of one hook, until it is started. */
struct hook_strings {
	char *variable[HOOK_VARIABLES + 1];
	size_t count;
	char priority[4];
	const char *argument[HOOK_ARGUMENTS + 1];
};

static void hook_add(struct hook_strings *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Without memory a variable is missing. */
static void
hook_add(struct hook_strings *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&s->variable[s->count], format, ap) != -1)
		s->count++;
	va_end(ap);
	s->variable[s->count] = NULL;
}

/* States are written as events are, in capitals. */
static void
hook_capitals(const char *word, char *out, size_t size)
{
	strlcpy(out, word, size);
	for (; *out != '\0'; out++)
		*out = (char)toupper((unsigned char)*out);
}

static void
hook_format_skipped(const struct msg_run_hook *request, char *out, size_t size)
{
	out[0] = '\0';
	for (unsigned i = 0; i < request->skipped_count; i++) {
		if (i > 0)
			strlcat(out, " ", size);
		strlcat(out, vrrp_hook_event_name(request->skipped[i]), size);
	}
}

static void
hook_fill_environment(
    struct hook_strings *s, const struct hook_target *t, const struct msg_run_hook *request)
{
	char previous[16], skipped[16 * sizeof(request->skipped)], vrid[4] = "";

	for (; s->count > 0; s->count--)
		free(s->variable[s->count - 1]);
	hook_capitals(vrrp_state_name(request->previous), previous, sizeof(previous));
	hook_format_skipped(request, skipped, sizeof(skipped));
	if (t->vrid != 0)
		snprintf(vrid, sizeof(vrid), "%u", t->vrid);
	hook_add(s, "VRRP_TYPE=%s", hook_type(t));
	hook_add(s, "VRRP_NAME=%s", t->name);
	hook_add(s, "VRRP_STATE=%s", vrrp_hook_event_name(request->event));
	hook_add(s, "VRRP_PREVIOUS_STATE=%s", previous);
	hook_add(s, "VRRP_PRIORITY=%u", request->priority);
	hook_add(s, "VRRP_INTERFACE=%s", t->interface);
	hook_add(s, "VRRP_VRID=%s", vrid);
	hook_add(s, "VRRP_ADDRESSES=%s", t->addresses);
	hook_add(s, "VRRP_REASON=%s", vrrp_reason_name(request->reason));
	hook_add(s, "VRRP_SKIPPED=%s", skipped);
}

/* The generic hook is told as arguments too; those of one state run as they are written. */
static void
hook_fill_arguments(
    struct hook_strings *s, const struct hook_target *t, const struct msg_run_hook *request)
{
	size_t n = 0;

	if (request->slot == CONF_HOOK_ALL) {
		snprintf(s->priority, sizeof(s->priority), "%u", request->priority);
		s->argument[n++] = hook_type(t);
		s->argument[n++] = t->name;
		s->argument[n++] = vrrp_hook_event_name(request->event);
		s->argument[n++] = s->priority;
	}
	s->argument[n] = NULL;
}

static void
hook_on_describe(void *ctx, struct run_spec *spec)
{
	static struct hook_strings strings;
	struct hook_target *t = ((struct hook_run *)ctx)->target;
	const struct hook *hook = TAILQ_FIRST(&t->queue);

	hook_fill_environment(&strings, t, &hook->request);
	hook_fill_arguments(&strings, t, &hook->request);
	*spec = (struct run_spec){
	    &hook->command, t->name, strings.argument, (const char *const *)strings.variable};
}

/* ---- what becomes of it ---- */

static struct msg_hook
hook_message(const struct msg_run_hook *request, uint8_t phase)
{
	return (struct msg_hook){.instance = request->instance,
	    .group = request->group,
	    .sequence = request->sequence,
	    .command = request->command,
	    .slot = request->slot,
	    .event = request->event,
	    .phase = phase,
	    .exit_status = -1};
}

static void
hook_on_over(void *ctx, const struct run_result *result)
{
	static const struct timeval patience = {.tv_sec = HOOK_PATIENCE_S};
	struct hook_target *t = ((struct hook_run *)ctx)->target;
	struct msg_hook *done = &t->last;

	*done = hook_message(&TAILQ_FIRST(&t->queue)->request, MSG_HOOK_DONE);
	done->timed_out = result->timed_out;
	done->exit_status = result->exit_status;
	done->signal = result->signal;
	done->error = result->error;
	done->duration_us = result->duration_ns / NS_PER_US;
	strlcpy(done->output, result->output, sizeof(done->output));
	t->was_run = true;
	event_add(t->on_patience, &patience);
	t->all->report(t->all->ctx, done);
}

static void
hook_drop(struct hook_target *t, struct hook *hook)
{
	TAILQ_REMOVE(&t->queue, hook, entry);
	t->queued--;
	free(hook);
}

static void
hook_free_target(struct hook_target *t)
{
	if (t->on_patience != NULL)
		event_free(t->on_patience);
	free(t->current);
	free(t->addresses);
	free(t);
}

/* What is long gone is forgotten as soon as it has nothing left to do. */
static void
hook_leave_target(struct hook_target *t)
{
	if (t->age <= 1 || !TAILQ_EMPTY(&t->queue))
		return;
	RB_REMOVE(hook_targets, &t->all->targets, t);
	hook_free_target(t);
}

/* The first hook is done. Its target may be forgotten with it. */
static void
hook_go_on(struct hook_target *t)
{
	event_del(t->on_patience);
	hook_drop(t, TAILQ_FIRST(&t->queue));
	if (!TAILQ_EMPTY(&t->queue))
		run_submit(&t->current->run);
	else
		hook_leave_target(t);
}

static void
hook_on_gone(void *ctx)
{
	struct hook_run *run = ctx;

	if (run->target != NULL) {
		hook_go_on(run->target);
		return;
	}
	run->all->aside--;
	free(run);
}

static const struct run_ops hook_run_ops = {hook_on_describe, hook_on_over, hook_on_gone};

/* NULL with errno. */
static struct hook_run *
hook_new_run(struct hook_target *t)
{
	struct hook_run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->all = t->all;
	run->target = t;
	run_init(&run->run, RUN_HOOK, t->all->runs, &hook_run_ops, run);
	return run;
}

/* The last one is over and not gone: the next one gets another run, and another directory. */
static void
hook_on_patience(int fd, short what, void *arg)
{
	static const struct timeval again = {.tv_sec = HOOK_PATIENCE_S};
	struct hook_target *t = arg;
	struct hook_run *hanging = t->current;
	struct hook_run *fresh = t->all->aside < HOOK_ASIDE_MAX ? hook_new_run(t) : NULL;

	(void)fd;
	(void)what;
	if (fresh == NULL) {
		event_add(t->on_patience, &again);
		return;
	}
	log_warnx("%s: hook for %s: does not end: later hooks do not wait for it any more", t->name,
	    vrrp_hook_event_name(t->last.event));
	hanging->target = NULL;
	t->all->aside++;
	t->current = fresh;
	hook_go_on(t);
	run_set_aside(&hanging->run);
}

/* ---- all of them ---- */

void
hooks_init(
    struct hooks *hooks, const struct conf *conf, const struct conf *previous, struct runs *runs)
{
	RB_INIT(&hooks->targets);
	hooks->conf = conf;
	hooks->previous = previous;
	hooks->runs = runs;
}

static struct hook_target *
hooks_find(struct hooks *hooks, uint32_t instance, uint32_t group, bool gate)
{
	struct hook_target key = {.instance = instance, .group = group, .gate = gate};

	return RB_FIND(hook_targets, &hooks->targets, &key);
}

/* NULL with errno. */
static struct hook_target *
hooks_new_target(struct hooks *hooks)
{
	struct hook_target *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->all = hooks;
	TAILQ_INIT(&t->queue);
	t->current = hook_new_run(t);
	t->on_patience = event_new(hooks->runs->base, -1, 0, hook_on_patience, t);
	if (t->current != NULL && t->on_patience != NULL)
		return t;
	hook_free_target(t);
	errno = ENOMEM;
	return NULL;
}

/* One that is known is another from now on; what it runs goes on. -1 with errno. */
static int
hooks_take_target(struct hooks *hooks, const struct msg_target *target, bool gate)
{
	struct hook_target *t = hooks_find(hooks, target->instance, target->group, gate);
	char *addresses = strdup(target->addresses);

	if (addresses == NULL)
		return -1;
	if (t == NULL) {
		t = hooks_new_target(hooks);
		if (t == NULL) {
			free(addresses);
			return -1;
		}
		t->instance = target->instance;
		t->group = target->group;
		t->gate = gate;
		RB_INSERT(hook_targets, &hooks->targets, t);
	}
	free(t->addresses);
	t->addresses = addresses;
	t->age = 0;
	t->vrid = target->vrid;
	strlcpy(t->name, target->name, sizeof(t->name));
	strlcpy(t->interface, target->interface, sizeof(t->interface));
	return 0;
}

int
hooks_commit(struct hooks *hooks, const struct stage_target *target, size_t count)
{
	struct hook_target *t, *next;

	RB_FOREACH(t, hook_targets, &hooks->targets)
		t->age++;
	for (size_t i = 0; i < count; i++) {
		const struct msg_target *message = target[i].message;

		if (hooks_take_target(hooks, message, false) == -1 ||
		    (message->group == 0 && hooks_take_target(hooks, message, true) == -1))
			return -1;
	}
	for (t = RB_MIN(hook_targets, &hooks->targets); t != NULL; t = next) {
		next = RB_NEXT(hook_targets, &hooks->targets, t);
		hook_leave_target(t);
	}
	return 0;
}

static bool
hook_is_valid(const struct msg_run_hook *request)
{
	if ((request->instance == 0) == (request->group == 0) || request->slot >= CONF_HOOK_SLOTS ||
	    request->event >= VRRP_HOOK_COUNT || request->previous >= VRRP_STATE_COUNT ||
	    request->reason >= VRRP_REASON_COUNT ||
	    request->skipped_count > sizeof(request->skipped))
		return false;
	for (unsigned i = 0; i < request->skipped_count; i++)
		if (request->skipped[i] >= VRRP_HOOK_COUNT)
			return false;
	return true;
}

/* The engine takes a configuration later than we do. */
static const struct conf_command *
hooks_find_command(const struct hooks *hooks, uint32_t id)
{
	const struct conf_command *command = conf_find_command(hooks->conf, id);

	return command != NULL ? command : conf_find_command(hooks->previous, id);
}

static struct hook *
hook_new(const struct msg_run_hook *request, const struct conf_command *command)
{
	const size_t size = conf_record_size(CONF_COMMAND, command);
	struct hook *hook = malloc(offsetof(struct hook, command) + size);

	if (hook == NULL)
		return NULL;
	hook->request = *request;
	memcpy(&hook->command, command, size);
	return hook;
}

int
hooks_run(struct hooks *hooks, const struct msg_run_hook *request)
{
	struct hook_target *t =
	    hooks_find(hooks, request->instance, request->group, request->slot == CONF_HOOK_GATE);
	const struct conf_command *command;
	struct hook *hook;

	if (!hook_is_valid(request))
		return -1;
	command = hooks_find_command(hooks, request->command);
	if (hooks->stopped || t == NULL || t->age > 1 || command == NULL)
		return 0;
	if (t->queued >= HOOK_QUEUE_MAX)
		return -1;
	hook = hook_new(request, command);
	if (hook == NULL) {
		log_warn("%s: a hook is lost", t->name);
		return 0;
	}
	TAILQ_INSERT_TAIL(&t->queue, hook, entry);
	t->queued++;
	if (t->current->run.phase == RUN_IDLE)
		run_submit(&t->current->run);
	return 0;
}

void
hooks_end(struct hooks *hooks, const struct msg_end_hook *end)
{
	struct hook_target *t = hooks_find(hooks, end->instance, end->group, false);

	if (t != NULL && !TAILQ_EMPTY(&t->queue) &&
	    TAILQ_FIRST(&t->queue)->request.sequence == end->sequence &&
	    t->current->run.phase == RUN_RUNNING)
		run_cancel(&t->current->run, MINDER_END);
}

void
hooks_replay(struct hooks *hooks)
{
	struct hook_target *t;
	const struct hook *hook;
	struct msg_hook message;

	RB_FOREACH(t, hook_targets, &hooks->targets) {
		if (t->was_run)
			hooks->report(hooks->ctx, &t->last);
		TAILQ_FOREACH(hook, &t->queue, entry) {
			if (t->current->run.phase == RUN_OVER && hook == TAILQ_FIRST(&t->queue))
				continue; /* that is the last one done */
			message = hook_message(&hook->request, MSG_HOOK_RUNNING);
			hooks->report(hooks->ctx, &message);
		}
	}
}

void
hooks_stop(struct hooks *hooks, enum minder_order order)
{
	struct hook_target *t;
	struct hook *hook, *before;

	hooks->stopped = true;
	RB_FOREACH(t, hook_targets, &hooks->targets) {
		run_cancel(&t->current->run, order);
		TAILQ_FOREACH_REVERSE_SAFE(hook, &t->queue, hook_queue, entry, before)
			if (t->queued > (t->current->run.phase == RUN_IDLE ? 0 : 1))
				hook_drop(t, hook);
	}
}
