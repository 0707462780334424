/*
 * The life of one child: start, HELLO, what it is lent and told, READY, COMMIT, end. Parent.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/echo.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/reload.h"
#include "vrrpd/parent/state.h"
#include "vrrpd/parent/transmit.h"

#define CHILD_LOG_SPACING_NS NS_PER_S
#define CHILD_CHECKERS_STEP 8
#define CHILD_QUEUE_SPARE 1024 /* besides one message for each configured object */

MSG_RECEIVER(MSG_CHECKER_PARENT, child, CHECKER_PARENT)

/* ---- what a child is lent ---- */

static uint16_t
child_log_row(const struct child *child)
{
	return child->role == MSG_ROLE_ENGINE ? PARENT_ENGINE_LOG_SOCKET
					      : PARENT_CHECKER_LOG_SOCKET;
}

/* Not while one may be unread: the kernel limits how many root has under way, to all children together. */
void
child_lend_log(struct child *child)
{
	enum log_format format;
	struct msg_log_socket message;
	int fd;

	child->log_wanted = true; /* the next tick tries again */
	if (child->channel == NULL ||
	    (child->log_lent.ns != 0 &&
		(mono_since(clock_now(), child->log_lent) < CHILD_LOG_SPACING_NS ||
		    !channel_is_read(child->channel))))
		return;
	fd = log_open(child->parent->options->foreground, &format);
	if (fd == -1)
		return;
	child->log_wanted = false;
	child->log_lent = clock_now();
	message.format = format;
	channel_send(child->channel, child_log_row(child), &message, sizeof(message), fd);
}

void
child_connect_checker(struct parent *parent, struct child *checker)
{
	static const struct msg_empty empty;
	const struct msg_checker_socket message = {checker->runner};
	int sv[2];

	if (parent->engine.channel == NULL || checker->channel == NULL)
		return;
	if (proc_socketpair(sv, SOCK_NONBLOCK) == -1) {
		log_warn("%s: socket to the engine", checker->name);
		return;
	}
	channel_send(
	    parent->engine.channel, PARENT_ENGINE_CHECKER_SOCKET, &message, sizeof(message), sv[0]);
	channel_send(checker->channel, PARENT_CHECKER_ENGINE_SOCKET, &empty, sizeof(empty), sv[1]);
}

void
child_lend_rx(struct child *engine, const struct lent_socket *lent)
{
	int fd = lent->fd == -1 ? -1 : fcntl(lent->fd, F_DUPFD_CLOEXEC, 0);

	if (fd != -1)
		channel_send(
		    engine->channel, PARENT_ENGINE_RX_SOCKET, &lent->what, sizeof(lent->what), fd);
	else if (lent->fd != -1)
		log_warn("%s: receive socket cannot be lent", lent->what.interface);
}

static bool
child_pings(const struct conf *conf, const struct child *checker, enum addr_family family)
{
	for (size_t i = 0; i < conf->check_count; i++)
		if (conf->check[i].kind == CONF_CHECK_PING &&
		    conf->check[i].runner == checker->runner &&
		    conf->check[i].addr.family == family)
			return true;
	return false;
}

/* For each family that the checker pings. Without it, those checks are broken. */
static void
child_lend_echo(struct child *checker, const struct conf *conf)
{
	static const enum addr_family families[] = {ADDR_IPV4, ADDR_IPV6};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct msg_probe_socket message = {.family = (uint8_t)families[i]};
		int fd;

		if (!child_pings(conf, checker, families[i]))
			continue;
		fd = echo_open(families[i]);
		if (fd == -1)
			log_warn("%s: IPv%d cannot be pinged", checker->name, (int)families[i]);
		else
			channel_send(checker->channel, PARENT_CHECKER_PROBE_SOCKET, &message,
			    sizeof(message), fd);
	}
}

/* Who was master when the last engine died, and for how long nobody has heard of it. */
static void
child_send_resume(struct child *engine)
{
	struct parent *parent = engine->parent;

	for (size_t i = 0; i < parent->run->conf->instance_count; i++) {
		uint32_t id = parent->run->conf->instance[i].id;
		struct msg_resume message = {.instance = id};

		/* one that resigned keeps its addresses for a while, but is master no more */
		if (!address_is_wanted(parent->run->ledger, id) ||
		    !transmit_is_advertised(parent->run->transmit, id))
			continue;
		message.last_advert_ns = transmit_last_advert(parent->run->transmit, id).ns;
		channel_send(engine->channel, PARENT_ENGINE_RESUME, &message, sizeof(message), -1);
	}
}

static void
child_send_kept(struct child *engine)
{
	const struct parent *parent = engine->parent;

	for (size_t i = 0; i < parent->run->conf->instance_count + parent->run->conf->check_count;
	     i++)
		if (parent->run->kept[i].flags != 0)
			channel_send(engine->channel, PARENT_ENGINE_KEPT, &parent->run->kept[i],
			    sizeof(parent->run->kept[i]), -1);
}

static void
child_send_engine_facts(struct child *engine)
{
	static const struct msg_empty empty;
	struct parent *parent = engine->parent;
	int fd = fcntl(parent->control_fd, F_DUPFD_CLOEXEC, 0);

	if (fd != -1)
		channel_send(
		    engine->channel, PARENT_ENGINE_CONTROL_SOCKET, &empty, sizeof(empty), fd);
	for (size_t i = 0; i < parent->run->lent_count; i++)
		child_lend_rx(engine, &parent->run->lent[i]);
	links_report(parent->run->links);
	address_report(parent->run->ledger);
	for (size_t i = 0; i < parent->checker_count; i++)
		if (!parent->checker[i]->leaving)
			child_connect_checker(parent, parent->checker[i]);
	child_lend_text(engine);
	child_send_resume(engine);
	child_send_kept(engine);
}

void
child_lend_text(struct child *engine)
{
	const struct running *run = engine->parent->run;
	struct msg_config_text message = {0};
	struct stat st;
	int fd;

	if (engine->channel == NULL || run->text_fd == -1 || fstat(run->text_fd, &st) == -1)
		return;
	message.size = (uint32_t)st.st_size;
	fd = fcntl(run->text_fd, F_DUPFD_CLOEXEC, 0);
	if (fd != -1)
		channel_send(
		    engine->channel, PARENT_ENGINE_CONFIG_TEXT, &message, sizeof(message), fd);
}

/* ---- what a child is told of the configuration ---- */

static void
child_send_engine_conf(struct child *engine, const struct conf *conf)
{
	channel_send_conf(engine->channel, PARENT_ENGINE_CONF_GLOBAL, CONF_GLOBAL, &conf->global);
	/* all but the commands: what is run, and as whom, is not the engine's to know */
#define CHILD_SEND_KIND(lower, UPPER) \
	for (size_t i = 0; CONF_##UPPER != CONF_COMMAND && i < conf->lower##_count; i++) \
		channel_send_conf( \
		    engine->channel, PARENT_ENGINE_CONF_GLOBAL, CONF_##UPPER, &conf->lower[i]);
	CONF_KINDS(CHILD_SEND_KIND)
}

/* The addresses of an instance, or of all members of a group. */
static void
child_add_addresses(const struct conf *conf, struct msg_target *target)
{
	char text[ADDR_TEXT_MAX], word[ADDR_TEXT_MAX + 8];
	const bool one = target->instance != 0;
	size_t count = conf->address_count;
	const struct conf_address *address =
	    one ? conf_find_addresses(conf, target->instance, &count) : conf->address;

	for (; count > 0; count--, address++) {
		if (!one && conf_find_instance(conf, address->instance)->group != target->group)
			continue;
		snprintf(word, sizeof(word), "%s%s/%u", target->addresses[0] != '\0' ? " " : "",
		    addr_format(&address->addr, text), address->prefix_length);
		if (strlen(target->addresses) + strlen(word) < sizeof(target->addresses))
			strlcat(target->addresses, word, sizeof(target->addresses));
	}
}

/* Whoever has a hook of that user: an instance, or a group. */
static void
child_send_target(struct child *checker, const struct conf *conf, const struct msg_target *head)
{
	struct msg_target message = *head;
	size_t count;
	const struct conf_hook *hook = conf_find_hooks(conf, head->instance, head->group, &count);

	for (; count > 0; count--, hook++) {
		if (hook->runner != checker->runner)
			continue;
		child_add_addresses(conf, &message);
		channel_send(checker->channel, PARENT_CHECKER_TARGET, &message,
		    offsetof(struct msg_target, addresses) + strlen(message.addresses) + 1, -1);
		return;
	}
}

static void
child_send_targets(struct child *checker, const struct conf *conf)
{
	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *instance = &conf->instance[i];
		struct msg_target head = {.instance = instance->id, .vrid = instance->vrid};

		strlcpy(head.name, instance->name, sizeof(head.name));
		strlcpy(head.interface, instance->interface, sizeof(head.interface));
		child_send_target(checker, conf, &head);
	}
	for (size_t i = 0; i < conf->group_count; i++) {
		struct msg_target head = {.group = conf->group[i].id};

		strlcpy(head.name, conf->group[i].name, sizeof(head.name));
		child_send_target(checker, conf, &head);
	}
}

static bool
child_weighs_value(const struct conf *conf, uint32_t check)
{
	for (size_t i = 0; i < conf->track_count; i++)
		if (conf->track[i].check == check && conf->track[i].by_value)
			return true;
	return false;
}

static void
child_send_check(struct child *checker, const struct conf *conf, const struct conf_check *check)
{
	const struct msg_by_value message = {check->id};

	channel_send_conf(checker->channel, PARENT_CHECKER_CONF_GLOBAL, CONF_CHECK, check);
	if (check->kind == CONF_CHECK_FILE && child_weighs_value(conf, check->id))
		channel_send(
		    checker->channel, PARENT_CHECKER_BY_VALUE, &message, sizeof(message), -1);
}

/* Only its own: a checker knows no other user's command lines. */
static void
child_send_checker_conf(struct child *checker, const struct conf *conf)
{
	const uint16_t base = PARENT_CHECKER_CONF_GLOBAL;

	channel_send_conf(checker->channel, base, CONF_GLOBAL, &conf->global);
	channel_send_conf(
	    checker->channel, base, CONF_RUNNER, conf_find_runner(conf, checker->runner));
	for (size_t i = 0; i < conf->command_count; i++)
		if (conf->command[i].runner == checker->runner)
			channel_send_conf(checker->channel, base, CONF_COMMAND, &conf->command[i]);
	for (size_t i = 0; i < conf->check_count; i++)
		if (conf->check[i].runner == checker->runner)
			child_send_check(checker, conf, &conf->check[i]);
	child_send_targets(checker, conf);
}

static void
child_send_conf(struct child *child, const struct running *run)
{
	const struct msg_conf_end end = {run->generation, run->loads};

	child->generation = run->generation;
	child->prepared = false;
	if (child->role == MSG_ROLE_ENGINE) {
		child_send_engine_conf(child, run->conf);
		channel_send(child->channel, PARENT_ENGINE_CONF_END, &end, sizeof(end), -1);
	} else {
		child_send_checker_conf(child, run->conf);
		child_lend_echo(child, run->conf);
		channel_send(child->channel, PARENT_CHECKER_CONF_END, &end, sizeof(end), -1);
	}
}

void
child_send_empty(struct child *child, uint16_t type_for_engine, uint16_t type_for_checker)
{
	static const struct msg_empty empty;

	channel_send(child->channel,
	    child->role == MSG_ROLE_ENGINE ? type_for_engine : type_for_checker, &empty,
	    sizeof(empty), -1);
}

void
child_commit(struct child *child)
{
	bool first = !child->ready;

	child->ready = true;
	child_send_empty(child, PARENT_ENGINE_COMMIT, PARENT_CHECKER_COMMIT);
	if (first)
		parent_on_child_ready(child);
}

int
child_take_ready(struct child *child, const struct msg_conf_end *message)
{
	struct parent *parent = child->parent;

	child->late = 0;
	if (child->leaving)
		return 0; /* it was still starting when it was told to go */
	if (child->aborted != 0 && message->generation <= child->aborted) {
		if (message->generation == child->aborted)
			child->aborted = 0; /* it has answered them all */
		return 0;
	}
	if (child->prepared || message->generation != child->generation)
		return -1;
	child->prepared = true;
	if (child->generation == parent->run->generation)
		child_commit(child);
	else if (!reload_is_for(parent->reload, child)) {
		/* it was started just before another configuration took over */
		child_send_empty(child, PARENT_ENGINE_ABORT, PARENT_CHECKER_ABORT);
		child_tell(child, parent->run);
		return 0;
	}
	reload_on_ready(parent->reload, child);
	return 0;
}

/* ---- what a checker says ---- */

static int
child_on_ready(void *ctx, const struct msg_conf_end *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	return child_take_ready(ctx, message);
}

static int
child_on_log_lost(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	(void)message;
	(void)size;
	(void)fd;
	child_lend_log(ctx);
	return 0;
}

static int
child_on_done(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct child *child = ctx;

	(void)message;
	(void)size;
	(void)fd;
	if (!child->parent->stopping && !child->leaving)
		return -1;
	child->done = true;
	return 0;
}

/* ---- start and end ---- */

static void
child_on_ended(void *ctx, enum channel_end end)
{
	struct child *child = ctx;

	channel_close(child->channel);
	child->channel = NULL;
	if (end != CHANNEL_CLOSED) {
		child->violated = true;
		log_warnx("%s: %s: killed", child->name,
		    end == CHANNEL_VIOLATION ? "broke protocol" : "does not read");
	}
	child_kill(child); /* without its socket it ends anyhow */
	if (child_is_gone(child))
		parent_on_child_gone(child);
}

static void
child_send_hello(struct child *child, const struct conf *conf)
{
	const struct conf_runner *runner = conf_find_runner(conf, child->runner);
	struct msg_hello hello = {
	    .version = MSG_VERSION,
	    .role = child->role,
	    .debug = child->parent->options->debug != 0,
	};

	if (child->role == MSG_ROLE_ENGINE) {
		hello.uid = hello.effective_uid = conf->global.engine_uid;
		hello.gid = hello.effective_gid = conf->global.engine_gid;
		hello.started_ns = child->parent->started.ns;
	} else {
		hello.uid = conf->global.checker_uid;
		hello.gid = conf->global.checker_gid;
		hello.effective_uid = runner->uid;
		hello.effective_gid = runner->gid;
		strlcpy(hello.user_name, runner->name, sizeof(hello.user_name));
	}
	hello.supplementary_gid = conf->global.engine_gid;
	channel_send(child->channel, PARENT_ENGINE_HELLO, &hello, sizeof(hello), -1);
}

/* All it is told at its start may wait at once, and what happens meanwhile. */
static size_t
child_queue_max(const struct conf *conf)
{
	size_t max = CHILD_QUEUE_SPARE;

#define CHILD_COUNT_KIND(lower, UPPER) max += conf->lower##_count;
	CONF_KINDS(CHILD_COUNT_KIND)
	max += conf->track_count + conf->address_count; /* LINK */
	max += 2 * conf->check_count;                   /* BY_VALUE, KEPT */
	return max +
	       6 * conf->instance_count; /* RX_SOCKET, LINK, SOURCE, ADDRESSES, RESUME, KEPT */
}

int
child_start(struct child *child, const struct running *run)
{
	bool engine = child->role == MSG_ROLE_ENGINE;
	const struct channel_conf conf = {
	    .peer = child->name,
	    .in = engine ? &msg_table_engine_parent : &msg_table_checker_parent,
	    .out = engine ? &msg_table_parent_engine : &msg_table_parent_checker,
	    .dispatch = engine ? priv_receive : child_dispatch,
	    .ended = child_on_ended,
	    .ctx = child,
	    .queue_max = child_queue_max(run->conf),
	};
	int fd;

	child->pid = proc_spawn(child->role, child->parent->options, &fd);
	if (child->pid == -1) {
		child->pid = 0;
		return -1;
	}
	child->channel = channel_open(child->parent->base, fd, &conf);
	child->ready = child->violated = child->done = child->told_to_stop = false;
	child->aborted = 0;
	child->late = 0;
	child->silent_ticks = 0;
	child->log_lent = (mono_t){0};
	child->log_wanted = false;
	child->status = 0;
	child->started = clock_now();
	if (child->channel == NULL) {
		child_kill(child);
		return -1;
	}
	child_send_hello(child, run->conf);
	child_lend_log(child);
	child_send_conf(child, run);
	if (engine)
		child_send_engine_facts(child);
	else if (run == child->parent->run)
		child_connect_checker(child->parent, child);
	return 0;
}

void
child_tell(struct child *child, const struct running *run)
{
	channel_raise_queue(child->channel, child_queue_max(run->conf));
	child_send_conf(child, run);
}

/* ---- which there are ---- */

int
child_init(struct parent *parent, struct child *child, enum msg_role role)
{
	child->parent = parent;
	child->role = role;
	snprintf(child->name, sizeof(child->name), "%s", proc_role_name(role));
	child->restart = event_new(parent->base, -1, 0, parent_on_restart, child);
	return child->restart == NULL ? -1 : 0;
}

struct child *
child_new_checker(struct parent *parent, const struct conf_runner *runner)
{
	size_t count = parent->checker_count;
	struct child *checker = calloc(1, sizeof(*checker));

	if (checker != NULL && count % CHILD_CHECKERS_STEP == 0) {
		struct child **grown = reallocarray(
		    parent->checker, count + CHILD_CHECKERS_STEP, sizeof(parent->checker[0]));

		if (grown == NULL) {
			free(checker);
			return NULL;
		}
		parent->checker = grown;
	}
	if (checker == NULL || child_init(parent, checker, MSG_ROLE_CHECKER) == -1) {
		free(checker);
		return NULL;
	}
	checker->runner = runner->id;
	snprintf(checker->name, sizeof(checker->name), "checker (%s)", runner->name);
	parent->checker[parent->checker_count++] = checker;
	return checker;
}

void
child_free(struct child *checker)
{
	struct parent *parent = checker->parent;
	size_t i = 0;

	while (parent->checker[i] != checker)
		i++;
	parent->checker[i] = parent->checker[--parent->checker_count];
	event_free(checker->restart);
	free(checker);
}

struct child *
child_find_checker(const struct parent *parent, uint32_t runner)
{
	for (size_t i = 0; i < parent->checker_count; i++)
		if (parent->checker[i]->runner == runner && !parent->checker[i]->leaving)
			return parent->checker[i];
	return NULL;
}

void
child_kill(struct child *child)
{
	if (child->pid != 0)
		kill(child->pid, SIGKILL);
}

bool
child_is_gone(const struct child *child)
{
	return child->pid == 0 && child->channel == NULL;
}

bool
child_take_end(struct child *child, pid_t pid, int status)
{
	if (child->pid != pid)
		return false;
	child->pid = 0;
	child->status = status;
	return child_is_gone(child);
}
