/*
 * What the parent believes to be its children, and the files.
 */
#include "tests/unit/parent_lab.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "tests/unit/parent_lab_kernel.h"

#define LAB_TICK_MS (PARENT_TICK_US / 1000)

/* ---- the configuration ---- */

static void
lab_append(struct conf *conf, enum conf_kind kind, const void *record)
{
	assert_int_equal(conf_append(conf, kind, record, conf_record_size(kind, record), false), 0);
}

/* What the config role makes of the files, or of a sweep. */
static struct conf *
lab_make_conf(struct lab *lab)
{
	const struct conf_global global = {.router_name = "test",
	    .engine_uid = 1,
	    .engine_gid = 1,
	    .checker_uid = 2,
	    .checker_gid = 2,
	    .max_parallel = 64,
	    .last_instance = lab->last_instance,
	    .last_runner = lab->last_runner,
	    .last_check = 1};
	const struct conf_instance web = {.id = 1,
	    .name = "web",
	    .interface = "eth0",
	    .vrid = 51,
	    .family = ADDR_IPV4,
	    .version = 3,
	    .priority = 100,
	    .enabled = 1,
	    .retiring = 1,
	    .down_adverts = 3,
	    .interval_cs = 100,
	    .announce_interval_ms = 1};
	const struct conf_check bfd = {.id = 1,
	    .name = "bfd",
	    .kind = CONF_CHECK_EXTERNAL,
	    .set_by_uid = UINT32_MAX,
	    .interval_ms = 1,
	    .timeout_ms = 1,
	    .fall = 1,
	    .rise = 1};
	struct conf *conf = calloc(1, sizeof(*conf));

	conf_init(conf);
	lab_append(conf, CONF_GLOBAL, &global);
	if (lab->retiring)
		lab_append(conf, CONF_INSTANCE, &web);
	for (uint32_t id = 1; id <= lab->last_runner; id++)
		for (size_t i = 0; i < strlen(lab->users); i++) {
			struct conf_runner runner = {
			    .id = id, .uid = 1000u + (uint32_t)lab->users[i], .gid = 1000};

			runner.name[0] = lab->users[i];
			if (lab->runner[i] == id)
				lab_append(conf, CONF_RUNNER, &runner);
		}
	lab_append(conf, CONF_CHECK, &bfd);
	return conf;
}

/* As merge.c gives ids: of the running configuration, and those behind its last one. */
void
lab_write(struct lab *lab, const char *users)
{
	const struct conf *running = lab->parent.run == NULL ? NULL : lab->parent.run->conf;

	lab->last_runner = running == NULL ? 0 : running->global.last_runner;
	assert_true(strlcpy(lab->users, users, sizeof(lab->users)) < sizeof(lab->users));
	for (size_t i = 0; i < strlen(users); i++) {
		lab->runner[i] = 0;
		for (size_t k = 0; running != NULL && k < running->runner_count; k++)
			if (running->runner[k].name[0] == users[i])
				lab->runner[i] = running->runner[k].id;
		if (lab->runner[i] == 0)
			lab->runner[i] = ++lab->last_runner;
	}
}

/* ---- what children do ---- */

static void lab_line(struct lab *, const char *, ...) __attribute__((format(printf, 2, 3)));

static void
lab_line(struct lab *lab, const char *format, ...)
{
	va_list ap;

	assert_true(lab->lines < LAB_LINES);
	va_start(ap, format);
	vsnprintf(lab->line[lab->lines++], sizeof(lab->line[0]), format, ap);
	va_end(ap);
}

void
lab_say(struct lab *lab, struct lab_child *child, uint16_t type, const void *payload, size_t size)
{
	char packet[MSG_SIZE_MAX] = {0};

	(void)lab;
	memcpy(packet, &type, sizeof(type));
	memcpy(packet + sizeof(struct msg_header), payload, size);
	assert_int_equal(
	    send(child->socket, packet, sizeof(struct msg_header) + size, MSG_NOSIGNAL),
	    sizeof(struct msg_header) + size);
}

static void
lab_say_ready(struct lab *lab, struct lab_child *child)
{
	const struct msg_conf_end ready = {.generation = child->told};

	child->ready = child->told;
	lab_say(lab, child,
	    child->role == MSG_ROLE_ENGINE ? ENGINE_PARENT_READY : CHECKER_PARENT_READY, &ready,
	    sizeof(ready));
}

static void
lab_load(struct lab *lab, struct lab_child *role)
{
	const struct msg_config_end end = {.errors = lab->fails};
	struct conf *conf = lab_make_conf(lab);

	lab_say(lab, role, CONFIG_PARENT_CONF_GLOBAL, &conf->global, sizeof(conf->global));
#define LAB_SEND(lower, UPPER) \
	for (size_t i = 0; i < conf->lower##_count; i++) \
		lab_say(lab, role, CONFIG_PARENT_CONF_##UPPER, &conf->lower[i], \
		    conf_record_size(CONF_##UPPER, &conf->lower[i]));
	CONF_KINDS(LAB_SEND)
	lab_say(lab, role, CONFIG_PARENT_END, &end, sizeof(end));
	conf_free(conf);
	free(conf);
}

union lab_message {
	struct msg_hello hello;
	struct msg_conf_end end;
	struct msg_shutdown shutdown;
	struct msg_problem problem;
	struct msg_reload reload;
	struct msg_keep keep;
	struct msg_load load;
	char space[MSG_SIZE_MAX];
};

static void
lab_hear_config(struct lab *lab, struct lab_child *role, uint16_t type, const union lab_message *m)
{
	if (type != PARENT_CONFIG_LOAD)
		return;
	lab_line(lab, "config %s", m->load.sweep ? "sweep" : "load");
	if (!role->mute)
		lab_load(lab, role);
}

static void
lab_hear_conf_end(struct lab *lab, struct lab_child *child, const union lab_message *m)
{
	lab_line(lab, "%s conf %u", child->name, m->end.generation);
	child->told = m->end.generation;
	if (!child->mute)
		lab_say_ready(lab, child);
}

static void
lab_hear_engine(struct lab *lab, struct lab_child *engine, uint16_t type, union lab_message *m)
{
	const struct msg_conf_end end = {.generation = engine->ready};

	if (type == PARENT_ENGINE_CONF_END)
		lab_hear_conf_end(lab, engine, m);
	else if (type == PARENT_ENGINE_ABORT)
		lab_line(lab, "engine abort");
	else if (type == PARENT_ENGINE_RELOAD_LINE)
		lab_line(lab, "engine line %s", m->problem.text);
	else if (type == PARENT_ENGINE_RELOADED)
		lab_line(lab, "engine %sreloaded", m->reload.failed ? "not " : "");
	else if (type == PARENT_ENGINE_KEPT)
		lab_line(lab, "engine kept %u of check %u", m->keep.flags, m->keep.check);
	else if (type == PARENT_ENGINE_COMMIT && engine->ready > 1 && !engine->mute)
		lab_say(lab, engine, ENGINE_PARENT_COMMITTED, &end, sizeof(end));
}

static void
lab_hear_checker(struct lab *lab, struct lab_child *checker, uint16_t type, union lab_message *m)
{
	if (type == PARENT_CHECKER_HELLO)
		snprintf(checker->name, sizeof(checker->name), "checker %s", m->hello.user_name);
	else if (type == PARENT_CHECKER_CONF_END)
		lab_hear_conf_end(lab, checker, m);
	else if (type == PARENT_CHECKER_ABORT)
		lab_line(lab, "%s abort", checker->name);
	else if (type == PARENT_CHECKER_COMMIT)
		lab_line(lab, "%s commit", checker->name);
	else if (type == PARENT_CHECKER_SHUTDOWN)
		lab_line(lab, "%s shutdown%s", checker->name, m->shutdown.when_idle ? " idle" : "");
}

/* One message, if there is one. */
static bool
lab_hear(struct lab *lab, struct lab_child *child)
{
	static void (*const hear[MSG_ROLE_COUNT])(
	    struct lab *, struct lab_child *, uint16_t, union lab_message *) = {
	    [MSG_ROLE_ENGINE] = lab_hear_engine, [MSG_ROLE_CHECKER] = lab_hear_checker};
	struct {
		struct msg_header header;
		union lab_message m;
	} packet = {{0}, {{0}}};
	ssize_t n =
	    child->socket == -1 ? -1 : recv(child->socket, &packet, sizeof(packet), MSG_DONTWAIT);

	if (n < (ssize_t)sizeof(packet.header))
		return false;
	if (child->role == MSG_ROLE_CONFIG)
		lab_hear_config(lab, child, packet.header.type, &packet.m);
	else
		hear[child->role](lab, child, packet.header.type, &packet.m);
	return true;
}

/* Until nobody has anything more to say. */
static void
lab_settle(struct lab *lab)
{
	bool heard;

	do {
		heard = false;
		lab_fire_timers();
		event_base_loop(lab->parent.base, EVLOOP_NONBLOCK);
		for (size_t i = 0; i < lab->children; i++)
			while (lab_hear(lab, &lab->child[i]))
				heard = true;
		event_base_loop(lab->parent.base, EVLOOP_NONBLOCK);
	} while (heard);
}

void
lab_pass(struct lab *lab, int64_t ms)
{
	static const struct msg_heartbeat heartbeat;
	struct lab_child *engine;

	for (int64_t passed = 0; passed < ms; passed += LAB_TICK_MS) {
		lab_clock = mono_add(lab_clock, LAB_TICK_MS * NS_PER_MS);
		engine = lab_find(lab, "engine");
		if (engine != NULL)
			lab_say(
			    lab, engine, ENGINE_PARENT_HEARTBEAT, &heartbeat, sizeof(heartbeat));
		lab_settle(lab);
		parent_on_tick(-1, EV_TIMEOUT, &lab->parent);
		lab_settle(lab);
	}
}

/* ---- what tests do ---- */

struct lab_child *
lab_find(struct lab *lab, const char *name)
{
	for (size_t i = lab->children; i-- > 0;)
		if (!lab->child[i].ended && strcmp(lab->child[i].name, name) == 0)
			return &lab->child[i];
	return NULL;
}

struct lab_child *
lab_need(struct lab *lab, const char *name)
{
	struct lab_child *child = lab_find(lab, name);

	if (child == NULL)
		fail_msg("there is no %s", name);
	return child;
}

size_t
lab_count(const struct lab *lab, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < lab->children; i++)
		count += !lab->child[i].ended && strcmp(lab->child[i].name, name) == 0;
	return count;
}

void
lab_exit(struct lab *lab, struct lab_child *child)
{
	lab_end_child(child, 0);
	parent_on_signal(SIGCHLD, EV_SIGNAL, &lab->parent);
	lab_settle(lab);
}

void
lab_become_ready(struct lab *lab, struct lab_child *child)
{
	lab_say_ready(lab, child);
	lab_settle(lab);
}

void
lab_reload(struct lab *lab)
{
	static uint64_t ticket;
	const struct msg_reload message = {.ticket = ++ticket};

	lab_say(lab, lab_need(lab, "engine"), ENGINE_PARENT_RELOAD, &message, sizeof(message));
	lab_settle(lab);
}

static void
lab_show(const struct lab *lab)
{
	for (size_t i = 0; i < lab->lines; i++)
		print_error("%s %s\n", i < lab->seen ? " " : ">", lab->line[i]);
}

void
lab_told(struct lab *lab, const char *line)
{
	for (size_t i = lab->seen; i < lab->lines; i++)
		if (strcmp(lab->line[i], line) == 0) {
			lab->seen = i + 1;
			return;
		}
	lab_show(lab);
	fail_msg("never: %s", line);
}

void
lab_untold(struct lab *lab, const char *line)
{
	for (size_t i = lab->seen; i < lab->lines; i++)
		if (strcmp(lab->line[i], line) == 0) {
			lab_show(lab);
			fail_msg("should not have been: %s", line);
		}
}

/* ---- begin and end ---- */

struct lab *
lab_begin(const char *users)
{
	static const struct proc_options options = {.foreground = 1, .config_file = "test.yaml"};
	struct lab *lab = calloc(1, sizeof(*lab));
	struct parent *parent = &lab->parent;

	lab_now = lab;
	lab_reset_time();
	lab_write(lab, users);
	parent->options = &options;
	parent->base = event_base_new();
	parent->control_fd = -1;
	parent->reload = reload_open(parent);
	parent->stop_timer = event_new(parent->base, -1, 0, parent_on_stop_timeout, parent);
	parent->run = running_open(parent, lab_make_conf(lab), -1);
	parent->run->generation = parent->run->loads = 1;
	for (size_t i = 0; i < parent->run->conf->runner_count; i++)
		parent_start_child(child_new_checker(parent, &parent->run->conf->runner[i]));
	child_init(parent, &parent->engine, MSG_ROLE_ENGINE);
	parent_start_child(&parent->engine);
	lab_pass(lab, LAB_TICK_MS);
	assert_true(parent->engine.ready);
	lab->seen = lab->lines;
	return lab;
}

/* As the daemon ends: the engine is done, then the checkers go; nobody is left that was not waited for. */
void
lab_end(struct lab *lab)
{
	static struct reload *over[64]; /* a daemon ends with it: it is not freed */
	static size_t count;
	static const struct msg_empty empty;
	struct parent *parent = &lab->parent;

	parent_on_signal(SIGTERM, EV_SIGNAL, parent);
	if (lab_find(lab, "engine") != NULL)
		lab_say(lab, lab_need(lab, "engine"), ENGINE_PARENT_DONE, &empty, sizeof(empty));
	lab_settle(lab);
	for (size_t i = 0; i < lab->children; i++)
		if (!lab->child[i].ended)
			lab_exit(lab, &lab->child[i]);
	lab_pass(lab, 3 * LAB_TICK_MS);
	for (size_t i = 0; i < lab->children; i++)
		assert_true(lab->child[i].buried);
	assert_true(child_is_gone(&parent->engine));
	while (parent->checker_count > 0)
		child_free(parent->checker[0]);
	free(parent->checker);
	event_free(parent->engine.restart);
	event_free(parent->stop_timer);
	running_close(parent->run);
	assert_true(count < sizeof(over) / sizeof(over[0]));
	over[count++] = parent->reload;
	event_base_free(parent->base);
	free(lab);
}
