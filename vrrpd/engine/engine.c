/*
 * The engine: runs the elections. Unprivileged, in an empty root, without files, sockets of its own
 * or children; everything it wants done it asks of the parent in messages.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "vrrpd/engine/control.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/engine_main.h"
#include "vrrpd/engine/operate.h"
#include "vrrpd/engine/receiver.h"

#define ENGINE_HEARTBEAT_US (ENGINE_TICK_MS * 1000)
#define ENGINE_REPLAY_WAIT_NS NS_PER_S

static int
engine_compare_deadline(struct election *a, struct election *b)
{
	if (a->deadline.ns != b->deadline.ns)
		return a->deadline.ns < b->deadline.ns ? -1 : 1;
	return a < b ? -1 : a > b;
}

RB_PROTOTYPE(deadline_tree, election, by_deadline, engine_compare_deadline)
RB_GENERATE(deadline_tree, election, by_deadline, engine_compare_deadline)

MSG_RECEIVER(MSG_PARENT_ENGINE, engine, PARENT_ENGINE)

struct check_view *
engine_find_check(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->conf.check_count; i++)
		if (strcmp(engine->conf.check[i].name, name) == 0)
			return &engine->check[i];
	return NULL;
}

struct instance *
engine_find_instance(struct engine *engine, uint32_t id)
{
	const struct conf_instance *conf = conf_find_instance(&engine->conf, id);

	return conf == NULL || engine->instance == NULL
		   ? NULL
		   : &engine->instance[conf - engine->conf.instance];
}

/* Of an instance of an earlier configuration: the word is late. */
static bool
engine_is_gone(const struct engine *engine, uint32_t instance)
{
	return instance <= engine->conf.global.last_instance;
}

/* ---- timers ---- */

void
engine_set_deadline(struct engine *engine, struct election *e)
{
	if (!mono_is_never(e->deadline))
		RB_REMOVE(deadline_tree, &engine->deadlines, e);
	e->deadline = group_deadline(&e->group);
	if (!mono_is_never(e->deadline))
		RB_INSERT(deadline_tree, &engine->deadlines, e);
}

static void
engine_arm_timer(struct engine *engine)
{
	struct election *first = RB_MIN(deadline_tree, &engine->deadlines);
	struct timeval tv = {0};
	int64_t us;

	if (first == NULL) {
		event_del(engine->timer);
		return;
	}
	us = (mono_since(first->deadline, clock_now()) + NS_PER_US - 1) / NS_PER_US;
	if (us > 0)
		tv = (struct timeval){us / 1000000, us % 1000000};
	event_add(engine->timer, &tv);
}

void
engine_end_turn(struct engine *engine)
{
	action_flush(engine);
	engine_arm_timer(engine);
}

/* What others of its group suffer is shown as a cause of its own. */
static void
engine_carry_out(struct engine *engine, struct election *e, mono_t now)
{
	engine_set_deadline(engine, e);
	for (size_t i = 0; i < e->group.count; i++)
		track_set(&e->member[i]->track[INSTANCE_TRACK_GROUP],
		    e->member[i]->vr.by_group ? VRRP_CHECK_DOWN : VRRP_CHECK_UP, now);
	for (size_t i = 0; i < e->group.count; i++)
		action_execute(engine, e->member[i], &e->group.member[i].out, now);
	if (e->conf != NULL && e->group.changed)
		action_execute_group(engine, e);
}

/*
 * What waits in the sockets came before what makes it master: it is heard first. A master need not hear
 * it unless it was away for so long that somebody else may be master.
 */
static void
engine_hear_first(struct engine *engine, const struct election *e, mono_t now)
{
	int64_t late_ns = mono_since(now, e->deadline);

	for (size_t i = 0; i < e->group.count; i++) {
		const struct instance *in = e->member[i];

		if (in->vr.state == VRRP_BACKUP || late_ns >= in->vr.conf.interval_ns)
			receiver_drain(engine->receiver, in->conf->interface);
	}
}

void
engine_handle(struct engine *engine, struct instance *in, const struct vr_event *event)
{
	mono_t now = clock_now();

	if (event->kind == VR_GATE_RESULT)
		engine_hear_first(engine, in->election, now);
	group_handle(&in->election->group, now, in->place, event);
	engine_carry_out(engine, in->election, now);
}

/* An event that is of all members. */
static void
engine_handle_all(struct engine *engine, struct election *e, const struct vr_event *event)
{
	engine_handle(engine, e->member[0], event);
}

static void
engine_on_timer(int fd, short what, void *arg)
{
	static const struct vr_event timer = {.kind = VR_TIMER};
	struct engine *engine = arg;
	struct election *e;
	mono_t now = clock_now();

	(void)fd;
	(void)what;
	while ((e = RB_MIN(deadline_tree, &engine->deadlines)) != NULL &&
	       mono_reached(e->deadline, now)) {
		engine_hear_first(engine, e, now);
		if (mono_reached(e->deadline, now))
			engine_handle_all(engine, e, &timer);
	}
	engine_end_turn(engine);
}

/* ---- messages of the parent; it is trusted, so what it breaks is fatal ---- */

static int
engine_on_hello(void *ctx, const struct msg_hello *message, size_t size, int fd)
{
	(void)ctx;
	(void)message;
	(void)size;
	(void)fd;
	return -1; /* only once, and it was read before the loop */
}

static int
engine_on_log_socket(void *ctx, const struct msg_log_socket *message, size_t size, int fd)
{
	(void)ctx;
	(void)size;
	if (message->format >= LOG_FORMAT_COUNT)
		return -1;
	log_set_fd(fd, (enum log_format)message->format);
	return 0;
}

static int
engine_on_control_socket(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)message;
	(void)size;
	control_close(engine->control);
	engine->control = control_open(engine->base, fd, &status_control_ops, engine);
	if (engine->control == NULL)
		log_warn("control socket: vrrpctl will not be answered");
	return 0;
}

static int
engine_on_rx_socket(void *ctx, const struct msg_rx_socket *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)size;
	if (engine->instance == NULL)
		return -1; /* before CONF_END */
	if (receiver_add(engine->receiver, message, fd) == -1)
		fatal("%s: receive socket", message->interface);
	inputs_set_heard(engine, message->interface);
	engine_end_turn(engine);
	return 0;
}

static int
engine_on_checker_socket(void *ctx, const struct msg_checker_socket *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)size;
	if (engine->instance == NULL)
		return -1; /* before CONF_END */
	if (scripts_add_checker(engine, message->runner, fd) == -1)
		fatal("checker %u", message->runner);
	return 0;
}

static int
engine_add_record(struct engine *engine, enum conf_kind kind, const void *record, size_t size)
{
	if (engine->running) {
		if (kind == CONF_GLOBAL)
			change_forget(engine);
		return engine->staged ? -1 : conf_append(&engine->next, kind, record, size, true);
	}
	if (engine->instance != NULL)
		return -1; /* after CONF_END */
	return conf_append(&engine->conf, kind, record, size, true);
}

#define ENGINE_CONF_HANDLER(lower, UPPER) \
	static int engine_on_conf_##lower( \
	    void *ctx, const struct conf_##lower *record, size_t size, int fd) \
	{ \
		(void)fd; \
		return engine_add_record(ctx, CONF_##UPPER, record, size); \
	}
ENGINE_CONF_HANDLER(global, GLOBAL)
CONF_KINDS(ENGINE_CONF_HANDLER)

static int
engine_on_conf_end(void *ctx, const struct msg_conf_end *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)size;
	(void)fd;
	if (engine->running ? engine->staged || engine->next.global.max_parallel == 0
			    : engine->instance != NULL)
		return -1;
	if (engine->running) {
		engine->staged = true;
		engine->next_end = *message;
	} else {
		if (engine_build(engine, NULL) == -1)
			fatal("configuration");
		engine->loads = message->loads;
	}
	channel_send(engine->parent, ENGINE_PARENT_READY, message, sizeof(*message), -1);
	return 0;
}

/* The past of all: they move together, so one that is new has none either. */
static bool
engine_has_past(const struct election *e, int64_t *silence_ns)
{
	mono_t last = clock_now(), now = last;

	for (size_t i = 0; i < e->group.count; i++) {
		if (!e->member[i]->resumed)
			return false;
		last = mono_earlier(last, e->member[i]->resume_last_advert);
	}
	*silence_ns = mono_since(now, last);
	return true;
}

void
engine_start_election(struct engine *engine, struct election *e)
{
	struct vr_event event = {.kind = VR_STARTUP};
	int64_t silence_ns;

	if (!e->member[0]->conf->enabled)
		return;
	for (size_t i = 0; i < e->group.count; i++)
		if (e->member[i]->conf->retiring)
			change_part(engine, e->member[i]);
	if (e->member[0]->conf->retiring)
		return;
	if (engine_has_past(e, &silence_ns)) {
		event.kind = VR_RESUME;
		event.silence_ns = silence_ns;
	}
	engine_handle_all(engine, e, &event);
}

static void
engine_begin(struct engine *engine)
{
	engine->running = true;
	engine->replay_deadline = mono_add(clock_now(), ENGINE_REPLAY_WAIT_NS);
	if (receiver_bind(engine->receiver) == -1)
		fatal("receive rules");
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		inputs_evaluate(engine, &engine->instance[i]);
	for (size_t i = 0; i < engine->election_count; i++)
		engine_start_election(engine, &engine->election[i]);
	receiver_drain(engine->receiver, NULL);
	engine_end_turn(engine);
}

static int
engine_on_commit(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)message;
	(void)size;
	(void)fd;
	if (engine->running ? !engine->staged : engine->instance == NULL)
		return -1;
	if (engine->running)
		change_commit(engine);
	else if (!engine->stopping) /* else it was asked to stop before it began */
		engine_begin(engine);
	return 0;
}

static int
engine_on_link(void *ctx, const struct msg_link *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)size;
	(void)fd;
	if (message->ifindex == 0)
		receiver_remove(engine->receiver, message->interface);
	inputs_set_link(engine, message->interface, message->up != 0);
	engine_end_turn(engine);
	return 0;
}

static int
engine_on_source_address(void *ctx, const struct msg_source_address *message, size_t size, int fd)
{
	struct engine *engine = ctx;
	const struct vr_event event = {.kind = VR_SOURCE, .source = message->addr};

	(void)size;
	(void)fd;
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];

		if (in->conf->family != message->family ||
		    !addr_equal(&in->conf->source, &message->wanted) ||
		    strcmp(in->conf->interface, message->interface) != 0)
			continue;
		if (!addr_equal(&in->vr.source, &message->addr))
			inputs_warn_of_source(in, &message->addr);
		in->source_problem = message->problem;
		engine_handle(engine, in, &event);
		inputs_set(engine, in, INSTANCE_TRACK_SOURCE, addr_is_set(&message->addr));
	}
	engine_end_turn(engine);
	return 0;
}

static int
engine_on_addresses(void *ctx, const struct msg_addresses *message, size_t size, int fd)
{
	struct engine *engine = ctx;
	struct instance *in = engine_find_instance(engine, message->instance);

	(void)size;
	(void)fd;
	if (in == NULL)
		return engine_is_gone(engine, message->instance) ? 0 : -1;
	in->addresses = *message;
	if (message->sequence != 0 && message->sequence == in->sequence &&
	    in->request == INSTANCE_REQUEST_NONE)
		in->address_pending = false;
	if (in->conf->priority == VRRP_PRIORITY_OWNER && !in->conf->virtual_mac)
		inputs_set(engine, in, INSTANCE_TRACK_OWNER, message->failed == 0);
	delivery_run(engine, in);
	engine_end_turn(engine);
	return 0;
}

static int
engine_on_resume(void *ctx, const struct msg_resume *message, size_t size, int fd)
{
	struct engine *engine = ctx;
	struct instance *in = engine_find_instance(engine, message->instance);

	(void)size;
	(void)fd;
	if (in == NULL || engine->running)
		return -1;
	in->resumed = true;
	in->resume_last_advert = (mono_t){message->last_advert_ns};
	return 0;
}

static int
engine_on_kept(void *ctx, const struct msg_keep *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)size;
	(void)fd;
	if (engine->instance == NULL || engine->running)
		return -1;
	operate_take_kept(engine, message);
	return 0;
}

/* The kernel refused it: it was counted when it was asked for. */
static int
engine_on_unsent(void *ctx, const struct msg_unsent *message, size_t size, int fd)
{
	struct engine *engine = ctx;
	struct instance *in = engine_find_instance(engine, message->instance);

	(void)size;
	(void)fd;
	if (in == NULL)
		return engine_is_gone(engine, message->instance) ? 0 : -1;
	in->counters.advertisement_sent--;
	if (message->priority == VRRP_PRIORITY_RESIGN)
		in->counters.priority_zero_pkts_sent--;
	in->unsent_error = message->error;
	in->unsent_at = clock_now();
	return 0;
}

static int
engine_on_abort(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	(void)message;
	(void)size;
	(void)fd;
	change_forget(ctx);
	return 0;
}

static int
engine_on_reload_line(void *ctx, const struct msg_problem *message, size_t size, int fd)
{
	(void)fd;
	ask_take_line(ctx, message, size);
	return 0;
}

static int
engine_on_reloaded(void *ctx, const struct msg_reload *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	ask_take_result(ctx, message);
	return 0;
}

static int
engine_on_config_text(void *ctx, const struct msg_config_text *message, size_t size, int fd)
{
	(void)size;
	ask_take_text(ctx, message->size, fd);
	return 0;
}

/* ---- the end ---- */

/* A second request waits for no successor. */
static int
engine_on_shutdown(void *ctx, const struct msg_shutdown *message, size_t size, int fd)
{
	const struct vr_event shutdown = {
	    .kind = VR_SHUTDOWN, .shutdown.at_once = message->at_once != 0};
	struct engine *engine = ctx;

	(void)size;
	(void)fd;
	engine->stopping = true;
	for (size_t i = 0; engine->running && i < engine->election_count; i++)
		engine_handle_all(engine, &engine->election[i], &shutdown);
	engine_end_turn(engine);
	return 0;
}

static void
engine_on_heartbeat(int fd, short what, void *arg)
{
	struct engine *engine = arg;
	const struct msg_heartbeat message = {
	    .log_lost = log_is_lost(),
	    .adverts_dropped = engine->adverts_dropped,
	};

	(void)fd;
	(void)what;
	channel_send_now(engine->parent, ENGINE_PARENT_HEARTBEAT, &message, sizeof(message));
	if (engine->running) {
		inputs_tick(engine, clock_now());
		scripts_tick(engine, clock_now());
		change_tick(engine);
		engine_end_turn(engine);
	}
}

static void
engine_on_parent_ended(void *ctx, enum channel_end end)
{
	(void)ctx;
	if (end != CHANNEL_CLOSED)
		fatalx("the parent broke protocol");
	exit(VRRPD_EXIT_OK);
}

/* What ends a stop is looked for after every callback that may have. */
int
engine_turn(struct engine *engine, int flags)
{
	if (event_base_loop(engine->base, flags) != 0)
		return -1;
	if (engine->stopping && !engine->done_sent)
		stop_go_on(engine);
	return 0;
}

void
engine_open(struct engine *engine, int parent_fd)
{
	const struct timeval heartbeat = {0, ENGINE_HEARTBEAT_US};
	const struct channel_conf parent = {
	    .peer = "parent",
	    .in = &msg_table_parent_engine,
	    .out = &msg_table_engine_parent,
	    .dispatch = engine_dispatch,
	    .ended = engine_on_parent_ended,
	    .ctx = engine,
	};
	struct event_config *config = event_config_new();

	engine->started = clock_now();
	event_config_set_flag(
	    config, EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NO_CACHE_TIME);
	engine->base = event_base_new_with_config(config);
	event_config_free(config);
	if (engine->base == NULL)
		fatalx("event base");
	conf_init(&engine->conf);
	conf_init(&engine->next);
	RB_INIT(&engine->deadlines);
	TAILQ_INIT(&engine->turn);
	engine->end_hooks_at = MONO_NEVER;
	engine->receiver = receiver_open(engine);
	engine->parent = channel_open(engine->base, parent_fd, &parent);
	engine->timer = event_new(engine->base, -1, 0, engine_on_timer, engine);
	engine->heartbeat = event_new(engine->base, -1, EV_PERSIST, engine_on_heartbeat, engine);
	engine->stop_timer = event_new(engine->base, -1, 0, stop_on_timeout, engine);
	if (engine->receiver == NULL || engine->parent == NULL || engine->timer == NULL ||
	    engine->heartbeat == NULL || engine->stop_timer == NULL ||
	    event_add(engine->heartbeat, &heartbeat) == -1)
		fatal("start");
}

int
engine_main(const struct proc_options *options)
{
	static struct engine engine;
	struct msg_hello hello;

	proc_enter(MSG_ROLE_ENGINE, options, &hello);
	engine_open(&engine, PROC_PARENT_FD);
	engine.started.ns = hello.started_ns;
	while (engine_turn(&engine, EVLOOP_ONCE) == 0)
		;
	fatalx("event loop");
}
