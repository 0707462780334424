/*
 * The life of one child: start, HELLO, what it is lent and told, READY, COMMIT, end. Parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/echo.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/state.h"
#include "vrrpd/parent/transmit.h"

#define CHILD_LOG_SPACING_NS NS_PER_S
#define CHILD_QUEUE_SPARE 1024 /* besides one message for each configured object */

MSG_RECEIVER(MSG_CHECKER_PARENT, child, CHECKER_PARENT)

/* ---- what a child is lent ---- */

static uint16_t
child_log_row(const struct child *child)
{
	return child->role == MSG_ROLE_ENGINE ? PARENT_ENGINE_LOG_SOCKET
					      : PARENT_CHECKER_LOG_SOCKET;
}

void
child_lend_log(struct child *child)
{
	enum log_format format;
	struct msg_log_socket message;
	mono_t now = clock_now();
	int fd;

	child->log_wanted = true; /* the next tick tries again */
	if (child->channel == NULL ||
	    (child->log_lent.ns != 0 && mono_since(now, child->log_lent) < CHILD_LOG_SPACING_NS))
		return;
	fd = log_open(child->parent->options->foreground, &format);
	if (fd == -1)
		return;
	child->log_wanted = false;
	child->log_lent = now;
	message.format = format;
	channel_send(child->channel, child_log_row(child), &message, sizeof(message), fd);
}

/* A new socket between the engine and a checker, when both are there. */
static void
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
child_pings(const struct child *checker, enum addr_family family)
{
	const struct conf *conf = &checker->parent->conf;

	for (size_t i = 0; i < conf->check_count; i++)
		if (conf->check[i].kind == CONF_CHECK_PING &&
		    conf->check[i].runner == checker->runner &&
		    conf->check[i].addr.family == family)
			return true;
	return false;
}

/* For each family that the checker pings. Without it, those checks are broken. */
static void
child_lend_echo(struct child *checker)
{
	static const enum addr_family families[] = {ADDR_IPV4, ADDR_IPV6};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct msg_probe_socket message = {.family = (uint8_t)families[i]};
		int fd;

		if (!child_pings(checker, families[i]))
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

	for (size_t i = 0; i < parent->conf.instance_count; i++) {
		uint32_t id = parent->conf.instance[i].id;
		struct msg_resume message = {.instance = id};

		/* one that resigned keeps its addresses for a while, but is master no more */
		if (!address_is_wanted(parent->ledger, id) ||
		    !transmit_is_advertised(parent->transmit, id))
			continue;
		message.last_advert_ns = transmit_last_advert(parent->transmit, id).ns;
		channel_send(engine->channel, PARENT_ENGINE_RESUME, &message, sizeof(message), -1);
	}
}

static void
child_send_kept(struct child *engine)
{
	const struct parent *parent = engine->parent;

	for (size_t i = 0; i < parent->conf.instance_count + parent->conf.check_count; i++)
		if (parent->kept[i].flags != 0)
			channel_send(engine->channel, PARENT_ENGINE_KEPT, &parent->kept[i],
			    sizeof(parent->kept[i]), -1);
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
	for (size_t i = 0; i < parent->lent_count; i++)
		child_lend_rx(engine, &parent->lent[i]);
	links_report(parent->links);
	address_report(parent->ledger);
	for (size_t i = 0; i < parent->conf.runner_count; i++)
		child_connect_checker(parent, &parent->checker[i]);
	child_send_resume(engine);
	child_send_kept(engine);
}

/* ---- what a child is told of the configuration ---- */

static void
child_send_engine_conf(struct child *engine)
{
	const struct conf *conf = &engine->parent->conf;

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

	for (size_t i = 0; i < conf->address_count; i++) {
		const struct conf_address *address = &conf->address[i];

		if (target->instance != 0
			? address->instance != target->instance
			: conf_find_instance(conf, address->instance)->group != target->group)
			continue;
		snprintf(word, sizeof(word), "%s%s/%u", target->addresses[0] != '\0' ? " " : "",
		    addr_format(&address->addr, text), address->prefix_length);
		if (strlen(target->addresses) + strlen(word) < sizeof(target->addresses))
			strlcat(target->addresses, word, sizeof(target->addresses));
	}
}

/* Whoever has a hook of that user: an instance, or a group. */
static void
child_send_target(struct child *checker, const struct msg_target *head)
{
	const struct conf *conf = &checker->parent->conf;
	struct msg_target message = *head;

	for (size_t i = 0; i < conf->hook_count; i++) {
		const struct conf_hook *hook = &conf->hook[i];

		if (hook->instance != head->instance || hook->group != head->group ||
		    hook->runner != checker->runner)
			continue;
		child_add_addresses(conf, &message);
		channel_send(checker->channel, PARENT_CHECKER_TARGET, &message,
		    offsetof(struct msg_target, addresses) + strlen(message.addresses) + 1, -1);
		return;
	}
}

static void
child_send_targets(struct child *checker)
{
	const struct conf *conf = &checker->parent->conf;

	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *instance = &conf->instance[i];
		struct msg_target head = {.instance = instance->id, .vrid = instance->vrid};

		strlcpy(head.name, instance->name, sizeof(head.name));
		strlcpy(head.interface, instance->interface, sizeof(head.interface));
		child_send_target(checker, &head);
	}
	for (size_t i = 0; i < conf->group_count; i++) {
		struct msg_target head = {.group = conf->group[i].id};

		strlcpy(head.name, conf->group[i].name, sizeof(head.name));
		child_send_target(checker, &head);
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
child_send_check(struct child *checker, const struct conf_check *check)
{
	const struct msg_by_value message = {check->id};

	channel_send_conf(checker->channel, PARENT_CHECKER_CONF_GLOBAL, CONF_CHECK, check);
	if (check->kind == CONF_CHECK_FILE && child_weighs_value(&checker->parent->conf, check->id))
		channel_send(
		    checker->channel, PARENT_CHECKER_BY_VALUE, &message, sizeof(message), -1);
}

/* Only its own: a checker knows no other user's command lines. */
static void
child_send_checker_conf(struct child *checker)
{
	const struct conf *conf = &checker->parent->conf;
	const uint16_t base = PARENT_CHECKER_CONF_GLOBAL;

	channel_send_conf(checker->channel, base, CONF_GLOBAL, &conf->global);
	channel_send_conf(
	    checker->channel, base, CONF_RUNNER, conf_find_runner(conf, checker->runner));
	for (size_t i = 0; i < conf->command_count; i++)
		if (conf->command[i].runner == checker->runner)
			channel_send_conf(checker->channel, base, CONF_COMMAND, &conf->command[i]);
	for (size_t i = 0; i < conf->check_count; i++)
		if (conf->check[i].runner == checker->runner)
			child_send_check(checker, &conf->check[i]);
	child_send_targets(checker);
}

static void
child_send_all(struct child *child)
{
	const struct msg_conf_end end = {child->parent->generation};

	child_lend_log(child);
	if (child->role == MSG_ROLE_ENGINE) {
		child_send_engine_conf(child);
		channel_send(child->channel, PARENT_ENGINE_CONF_END, &end, sizeof(end), -1);
		child_send_engine_facts(child);
	} else {
		child_send_checker_conf(child);
		child_lend_echo(child);
		channel_send(child->channel, PARENT_CHECKER_CONF_END, &end, sizeof(end), -1);
		child_connect_checker(child->parent, child);
	}
}

void
child_commit(struct child *child)
{
	static const struct msg_empty empty;

	child->ready = true;
	channel_send(child->channel,
	    child->role == MSG_ROLE_ENGINE ? PARENT_ENGINE_COMMIT : PARENT_CHECKER_COMMIT, &empty,
	    sizeof(empty), -1);
	parent_on_child_ready(child);
}

/* ---- what a checker says ---- */

static int
child_on_ready(void *ctx, const struct msg_conf_end *message, size_t size, int fd)
{
	struct child *child = ctx;

	(void)size;
	(void)fd;
	if (child->ready || message->generation != child->parent->generation)
		return -1;
	child_commit(child);
	return 0;
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
	if (!child->parent->stopping)
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
child_send_hello(struct child *child)
{
	const struct conf *conf = &child->parent->conf;
	const struct conf_runner *runner = conf_find_runner(conf, child->runner);
	struct msg_hello hello = {
	    .version = MSG_VERSION,
	    .role = child->role,
	    .debug = child->parent->options->debug != 0,
	};

	if (child->role == MSG_ROLE_ENGINE) {
		hello.uid = hello.effective_uid = conf->global.engine_uid;
		hello.gid = hello.effective_gid = conf->global.engine_gid;
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
	max += conf->check_count;                       /* BY_VALUE */
	max += conf->check_count;                       /* KEPT */
	return max +
	       6 * conf->instance_count; /* RX_SOCKET, LINK, SOURCE, ADDRESSES, RESUME, KEPT */
}

int
child_start(struct child *child)
{
	bool engine = child->role == MSG_ROLE_ENGINE;
	const struct channel_conf conf = {
	    .peer = child->name,
	    .in = engine ? &msg_table_engine_parent : &msg_table_checker_parent,
	    .out = engine ? &msg_table_parent_engine : &msg_table_parent_checker,
	    .dispatch = engine ? priv_receive : child_dispatch,
	    .ended = child_on_ended,
	    .ctx = child,
	    .queue_max = child_queue_max(&child->parent->conf),
	};
	int fd;

	child->pid = proc_spawn(child->role, child->parent->options, &fd);
	if (child->pid == -1) {
		child->pid = 0;
		return -1;
	}
	child->channel = channel_open(child->parent->base, fd, &conf);
	child->ready = child->violated = child->done = child->told_to_stop = false;
	child->silent_ticks = 0;
	child->log_lent = (mono_t){0};
	child->log_wanted = false;
	child->status = 0;
	child->started = clock_now();
	if (child->channel == NULL) {
		child_kill(child);
		return -1;
	}
	child_send_hello(child);
	child_send_all(child);
	return 0;
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
child_reap(struct child *child)
{
	if (child->pid == 0 || waitpid(child->pid, &child->status, WNOHANG) != child->pid)
		return false;
	child->pid = 0;
	return true;
}

void
child_format_status(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(buf, size, "killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(buf, size, "exit %d", WEXITSTATUS(status));
}
