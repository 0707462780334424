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
#include "vrrpd/engine/receiver.h"

#define ENGINE_HEARTBEAT_US (ENGINE_TICK_MS * 1000)
#define ENGINE_REPLAY_WAIT_NS NS_PER_S

static int
engine_compare_deadline(struct instance *a, struct instance *b)
{
	if (a->deadline.ns != b->deadline.ns)
		return a->deadline.ns < b->deadline.ns ? -1 : 1;
	return a < b ? -1 : a > b;
}

RB_PROTOTYPE(deadline_tree, instance, by_deadline, engine_compare_deadline)
RB_GENERATE(deadline_tree, instance, by_deadline, engine_compare_deadline)

MSG_RECEIVER(MSG_PARENT_ENGINE, engine, PARENT_ENGINE)

struct instance *
engine_find_instance(struct engine *engine, uint32_t id)
{
	const struct conf_instance *conf = conf_find_instance(&engine->conf, id);

	return conf == NULL || engine->instance == NULL
		   ? NULL
		   : &engine->instance[conf - engine->conf.instance];
}

/* ---- timers ---- */

static void
engine_set_deadline(struct engine *engine, struct instance *in)
{
	if (!mono_is_never(in->deadline))
		RB_REMOVE(deadline_tree, &engine->deadlines, in);
	in->deadline = vr_deadline(&in->vr);
	if (!mono_is_never(in->deadline))
		RB_INSERT(deadline_tree, &engine->deadlines, in);
}

static void
engine_arm_timer(struct engine *engine)
{
	struct instance *first = RB_MIN(deadline_tree, &engine->deadlines);
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

void
engine_handle(struct engine *engine, struct instance *in, const struct vr_event *event)
{
	mono_t now = clock_now();
	struct vr_actions actions;

	vr_handle(&in->vr, now, event, &actions);
	engine_set_deadline(engine, in);
	action_execute(engine, in, &actions, now);
}

/* What waits in the sockets came before the timer ran out: it is heard first. */
static void
engine_on_timer(int fd, short what, void *arg)
{
	static const struct vr_event timer = {.kind = VR_TIMER};
	struct engine *engine = arg;
	struct instance *in;
	mono_t now = clock_now();

	(void)fd;
	(void)what;
	while ((in = RB_MIN(deadline_tree, &engine->deadlines)) != NULL &&
	       mono_reached(in->deadline, now)) {
		if (in->vr.state == VRRP_BACKUP) {
			receiver_drain(engine->receiver, in->conf->interface);
			if (!mono_reached(in->deadline, now))
				continue;
		}
		engine_handle(engine, in, &timer);
	}
	engine_end_turn(engine);
}

/* ---- inputs ---- */

void
engine_evaluate(struct engine *engine, struct instance *in)
{
	struct track_result now = track_evaluate(in->track, in->track_count, in->conf->priority);
	struct vr_event event = {.kind = VR_INPUTS};

	if (now.fault == in->inputs.fault && now.waiting == in->inputs.waiting &&
	    now.priority == in->inputs.priority)
		return;
	in->inputs = now;
	event.inputs.fault = now.fault;
	event.inputs.waiting = now.waiting;
	event.inputs.priority = now.priority;
	engine_handle(engine, in, &event);
}

static void
engine_set_track(struct engine *engine, struct instance *in, size_t which, bool good)
{
	if (track_set(&in->track[which], good ? VRRP_CHECK_UP : VRRP_CHECK_DOWN, clock_now()))
		engine_evaluate(engine, in);
}

/* ---- configuration ---- */

static struct vr_conf
engine_vr_conf(const struct conf_instance *conf)
{
	return (struct vr_conf){
	    .priority = conf->priority,
	    .preempt = conf->preempt,
	    .down_adverts = 3,
	    .interval_ns = conf->interval_cs * NS_PER_CS,
	};
}

static int
engine_build_tracks(struct engine *engine, struct instance *in)
{
	size_t count = INSTANCE_TRACK_CHECKS;
	mono_t now = clock_now();

	for (size_t i = 0; i < engine->conf.track_count; i++)
		count += engine->conf.track[i].instance == in->conf->id;
	in->track = calloc(count, sizeof(in->track[0]));
	if (in->track == NULL)
		return -1;
	/* Down until the parent says otherwise, which it does before COMMIT. */
	in->track[INSTANCE_TRACK_LINK] =
	    (struct track){TRACK_INTERFACE_DOWN, 0, VRRP_CHECK_DOWN, now};
	in->track[INSTANCE_TRACK_RECEIVE] =
	    (struct track){TRACK_CANNOT_RECEIVE, 0, VRRP_CHECK_UP, now};
	in->track[INSTANCE_TRACK_SOURCE] =
	    (struct track){TRACK_NO_SOURCE_ADDRESS, 0, VRRP_CHECK_DOWN, now};
	in->track[INSTANCE_TRACK_OWNER] =
	    (struct track){TRACK_NO_OWNER_ADDRESS, 0, VRRP_CHECK_UP, now};
	in->track_count = INSTANCE_TRACK_CHECKS;
	for (size_t i = 0; i < engine->conf.track_count; i++) {
		const struct conf_track *conf = &engine->conf.track[i];

		if (conf->instance == in->conf->id)
			in->track[in->track_count++] =
			    (struct track){TRACK_CHECK, conf->check, VRRP_CHECK_UNKNOWN, now};
	}
	return 0;
}

static void
engine_build_hooks(struct engine *engine, struct instance *in)
{
	notifier_init(&in->notifier);
	for (size_t i = 0; i < engine->conf.hook_count; i++) {
		const struct conf_hook *hook = &engine->conf.hook[i];

		if (hook->instance == in->conf->id)
			notifier_set_hook(&in->notifier, (enum conf_hook_slot)hook->slot,
			    hook->command, hook->runner);
	}
}

static int
engine_build_instance(struct engine *engine, struct instance *in, const struct conf_instance *conf)
{
	struct vr_conf vr_conf = engine_vr_conf(conf);

	in->conf = conf;
	in->deadline = MONO_NEVER;
	for (size_t i = 0; i < engine->conf.address_count; i++) {
		if (engine->conf.address[i].instance != conf->id)
			continue;
		if (in->address_count++ == 0)
			in->address = &engine->conf.address[i];
	}
	vr_init(&in->vr, &vr_conf, clock_now());
	engine_build_hooks(engine, in);
	return engine_build_tracks(engine, in);
}

static int
engine_build(struct engine *engine)
{
	const struct conf *conf = &engine->conf;

	engine->instance = calloc(conf->instance_count + 1, sizeof(engine->instance[0]));
	engine->check = calloc(conf->check_count + 1, sizeof(engine->check[0]));
	engine->checker = calloc(conf->runner_count + 1, sizeof(engine->checker[0]));
	if (engine->instance == NULL || engine->check == NULL || engine->checker == NULL)
		return -1;
	for (size_t i = 0; i < conf->check_count; i++) {
		engine->check[i].conf = &conf->check[i];
		engine->check[i].last.check = conf->check[i].id;
	}
	for (size_t i = 0; i < conf->runner_count; i++)
		engine->checker[i] =
		    (struct checker_link){.engine = engine, .runner = conf->runner[i].id};
	for (size_t i = 0; i < conf->instance_count; i++)
		if (engine_build_instance(engine, &engine->instance[i], &conf->instance[i]) == -1)
			return -1;
	return 0;
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

/* An interface that is up but cannot be heard would make a deaf master. */
static void
engine_set_link(struct engine *engine, struct instance *in, bool up)
{
	bool heard =
	    receiver_has(engine->receiver, in->conf->interface, (enum addr_family)in->conf->family);

	engine_set_track(engine, in, INSTANCE_TRACK_RECEIVE, !up || heard);
	engine_set_track(engine, in, INSTANCE_TRACK_LINK, up);
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
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];

		if (strcmp(in->conf->interface, message->interface) == 0)
			engine_set_link(
			    engine, in, !track_is_cause(&in->track[INSTANCE_TRACK_LINK]));
	}
	engine_end_turn(engine);
	return 0;
}

static int
engine_on_checker_socket(void *ctx, const struct msg_checker_socket *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)size;
	if (engine->checker == NULL)
		return -1; /* before CONF_END */
	if (scripts_add_checker(engine, message->runner, fd) == -1)
		fatal("checker %u", message->runner);
	return 0;
}

static int
engine_add_record(struct engine *engine, enum conf_kind kind, const void *record, size_t size)
{
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
	if (engine->instance != NULL)
		return -1;
	if (engine_build(engine) == -1)
		fatal("configuration");
	engine->generation = message->generation;
	channel_send(engine->parent, ENGINE_PARENT_READY, message, sizeof(*message), -1);
	return 0;
}

/* An instance begins: with what is known of its surroundings, and with its past if it has one. */
static void
engine_start_instance(struct engine *engine, struct instance *in)
{
	struct vr_event event = {.kind = VR_STARTUP};

	if (!in->conf->enabled)
		return;
	engine_evaluate(engine, in);
	if (in->resumed) {
		event.kind = VR_RESUME;
		event.silence_ns = mono_since(clock_now(), in->resume_last_advert);
	}
	engine_handle(engine, in, &event);
}

static int
engine_on_commit(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct engine *engine = ctx;

	(void)message;
	(void)size;
	(void)fd;
	if (engine->instance == NULL || engine->running)
		return -1;
	if (engine->stopping)
		return 0; /* asked to stop before it began */
	engine->running = true;
	engine->replay_deadline = mono_add(clock_now(), ENGINE_REPLAY_WAIT_NS);
	if (receiver_bind(engine->receiver) == -1)
		fatal("receive rules");
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		engine_start_instance(engine, &engine->instance[i]);
	receiver_drain(engine->receiver, NULL);
	engine_end_turn(engine);
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
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];

		if (strcmp(in->conf->interface, message->interface) == 0)
			engine_set_link(engine, in, message->up != 0);
	}
	engine_end_turn(engine);
	return 0;
}

/* A Linux router that holds a copy of the address drops what comes from it, as if it were its own. */
static void
engine_warn_of_owned_source(const struct instance *in, const struct addr *source)
{
	char text[ADDR_TEXT_MAX];

	if (in->conf->priority != VRRP_PRIORITY_OWNER || in->conf->virtual_mac)
		return;
	for (size_t i = 0; i < in->address_count; i++)
		if (addr_equal(&in->address[i].addr, source))
			log_warnx(
			    "%s: adverts are sent from the owned address %s, for want of "
			    "another one: a router that holds a copy does not hear them; give %s "
			    "another primary address, or use virtual-mac",
			    in->conf->name, addr_format(source, text), in->conf->interface);
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
		engine_warn_of_owned_source(in, &message->addr);
		in->source_problem = message->problem;
		engine_handle(engine, in, &event);
		engine_set_track(engine, in, INSTANCE_TRACK_SOURCE, addr_is_set(&message->addr));
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
		return -1;
	in->addresses = *message;
	if (message->sequence != 0 && message->sequence == in->sequence &&
	    in->request == INSTANCE_REQUEST_NONE)
		in->address_pending = false;
	if (in->conf->priority == VRRP_PRIORITY_OWNER)
		engine_set_track(engine, in, INSTANCE_TRACK_OWNER, message->failed == 0);
	scripts_run(engine, in);
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

/* The kernel refused it: it was counted when it was asked for. */
static int
engine_on_unsent(void *ctx, const struct msg_unsent *message, size_t size, int fd)
{
	struct engine *engine = ctx;
	struct instance *in = engine_find_instance(engine, message->instance);

	(void)size;
	(void)fd;
	if (in == NULL)
		return -1;
	in->counters.advertisement_sent--;
	if (message->priority == VRRP_PRIORITY_RESIGN)
		in->counters.priority_zero_pkts_sent--;
	in->unsent_error = message->error;
	in->unsent_at = clock_now();
	return 0;
}

/* ---- the end ---- */

static void
engine_send_done(struct engine *engine)
{
	static const struct msg_empty empty;

	if (!engine->done_sent)
		channel_send(engine->parent, ENGINE_PARENT_DONE, &empty, sizeof(empty), -1);
	engine->done_sent = true;
}

static bool
engine_is_settled(const struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		if (engine->instance[i].address_pending)
			return false;
	return scripts_are_idle(engine);
}

static void
engine_on_stop_timeout(int fd, short what, void *arg)
{
	struct engine *engine = arg;

	(void)fd;
	(void)what;
	log_warnx("stop hooks still run after %u ms: they are ended",
	    engine->conf.global.stop_timeout_ms);
	engine_send_done(engine);
}

static int
engine_on_shutdown(void *ctx, const struct msg_shutdown *message, size_t size, int fd)
{
	static const struct vr_event shutdown = {.kind = VR_SHUTDOWN};
	struct engine *engine = ctx;
	uint32_t ms = engine->conf.global.stop_timeout_ms;
	const struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	(void)message;
	(void)size;
	(void)fd;
	if (engine->stopping)
		return 0; /* nothing here only waits */
	engine->stopping = true;
	engine->end_hooks_at = mono_add(clock_now(), (int64_t)ms * NS_PER_MS / 2);
	event_add(engine->stop_timer, &limit);
	for (size_t i = 0; engine->running && i < engine->conf.instance_count; i++)
		engine_handle(engine, &engine->instance[i], &shutdown);
	engine_end_turn(engine);
	if (engine_is_settled(engine))
		engine_send_done(engine);
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
		scripts_tick(engine, clock_now());
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

/* Runs after every callback that may have finished the last hook. */
static void
engine_loop(struct engine *engine)
{
	while (event_base_loop(engine->base, EVLOOP_ONCE) == 0)
		if (engine->stopping && engine_is_settled(engine))
			engine_send_done(engine);
	fatalx("event loop");
}

static void
engine_open(struct engine *engine)
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

	event_config_set_flag(
	    config, EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NO_CACHE_TIME);
	engine->base = event_base_new_with_config(config);
	event_config_free(config);
	if (engine->base == NULL)
		fatalx("event base");
	conf_init(&engine->conf);
	RB_INIT(&engine->deadlines);
	TAILQ_INIT(&engine->turn);
	engine->end_hooks_at = MONO_NEVER;
	engine->receiver = receiver_open(engine);
	engine->parent = channel_open(engine->base, PROC_PARENT_FD, &parent);
	engine->timer = event_new(engine->base, -1, 0, engine_on_timer, engine);
	engine->heartbeat = event_new(engine->base, -1, EV_PERSIST, engine_on_heartbeat, engine);
	engine->stop_timer = event_new(engine->base, -1, 0, engine_on_stop_timeout, engine);
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
	engine_open(&engine);
	engine_loop(&engine);
	return VRRPD_EXIT_OK;
}
