/*
 * How the parent comes to be: the runtime directory, the configuration, sockets, the kernel's
 * state, then the children; and how what the kernel tells goes on to them. Parent.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bsd/unistd.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/announce.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/netlink.h"
#include "vrrpd/parent/parent.h"
#include "vrrpd/parent/runtime.h"
#include "vrrpd/parent/socket.h"
#include "vrrpd/parent/state.h"
#include "vrrpd/parent/transmit.h"

#define PARENT_KERNEL_WITH_MARKS "5.18" /* IFA_PROTO */

/* ---- the kernel tells ---- */

/* An instance that hears through this socket. */
static bool
parent_is_heard_on(const struct conf_instance *conf, const struct lent_socket *lent)
{
	return conf->enabled && conf->family == lent->what.family &&
	       strcmp(conf->interface, lent->what.interface) == 0;
}

static void
parent_open_lent(struct parent *parent, struct lent_socket *lent)
{
	struct socket_rx rx = {
	    .ifindex = lent->what.ifindex,
	    .interface = lent->what.interface,
	    .family = (enum addr_family)lent->what.family,
	};
	size_t peers;

	for (size_t i = 0; i < parent->conf.instance_count; i++) {
		const struct conf_instance *conf = &parent->conf.instance[i];

		if (!parent_is_heard_on(conf, lent))
			continue;
		socket_vrids_add(&rx.vrids, conf->vrid);
		if (conf_find_peers(&parent->conf, conf->id, &peers) == NULL)
			rx.multicast = true;
	}
	lent->fd = socket_open_rx(&rx);
	if (lent->fd == -1 && !lent->logged)
		log_warn("%s: cannot receive adverts, tried again", lent->what.interface);
	lent->logged = lent->fd == -1;
}

/* What could not be opened may be possible now. */
void
parent_retry_lent(struct parent *parent)
{
	for (size_t i = 0; i < parent->lent_count; i++) {
		struct lent_socket *lent = &parent->lent[i];

		if (lent->fd != -1 || lent->what.ifindex == 0)
			continue;
		parent_open_lent(parent, lent);
		if (lent->fd != -1 && parent->engine.channel != NULL)
			child_lend_rx(&parent->engine, lent);
	}
}

/* A new ifindex is another interface: its sockets are new, whatever its name. */
static void
parent_on_link(void *ctx, const struct msg_link *message)
{
	struct parent *parent = ctx;

	for (size_t i = 0; i < parent->lent_count; i++) {
		struct lent_socket *lent = &parent->lent[i];

		if (strcmp(lent->what.interface, message->interface) != 0 ||
		    (lent->what.ifindex == message->ifindex && lent->fd != -1))
			continue;
		if (lent->fd != -1)
			close(lent->fd);
		lent->fd = -1;
		lent->what.ifindex = message->ifindex;
		if (message->ifindex == 0)
			continue;
		parent_open_lent(parent, lent);
		if (parent->engine.channel != NULL)
			child_lend_rx(&parent->engine, lent);
	}
	if (parent->engine.channel != NULL)
		channel_send(
		    parent->engine.channel, PARENT_ENGINE_LINK, message, sizeof(*message), -1);
	address_take_link(parent->ledger, message->interface);
}

static void
parent_on_source(void *ctx, const struct msg_source_address *message)
{
	struct parent *parent = ctx;

	if (parent->engine.channel != NULL)
		channel_send(parent->engine.channel, PARENT_ENGINE_SOURCE_ADDRESS, message,
		    sizeof(*message), -1);
}

static void
parent_on_named(void *ctx)
{
	netlink_dump_soon(((struct parent *)ctx)->netlink);
}

static void
parent_on_addresses(void *ctx, const struct msg_addresses *message)
{
	struct parent *parent = ctx;

	if (parent->engine.channel != NULL)
		channel_send(
		    parent->engine.channel, PARENT_ENGINE_ADDRESSES, message, sizeof(*message), -1);
}

/* ---- start ---- */

static void
parent_init_child(struct parent *parent, struct child *child, enum msg_role role)
{
	child->parent = parent;
	child->role = role;
	child->restart = event_new(parent->base, -1, 0, parent_on_restart, child);
	if (child->restart == NULL)
		fatalx("event");
}

static void
parent_init_children(struct parent *parent)
{
	const struct conf *conf = &parent->conf;

	parent->checker = calloc(conf->runner_count + 1, sizeof(parent->checker[0]));
	if (parent->checker == NULL)
		fatal("checkers");
	for (size_t i = 0; i < conf->runner_count; i++) {
		struct child *checker = &parent->checker[i];

		parent_init_child(parent, checker, MSG_ROLE_CHECKER);
		checker->runner = conf->runner[i].id;
		snprintf(
		    checker->name, sizeof(checker->name), "checker (%s)", conf->runner[i].name);
	}
	parent_init_child(parent, &parent->engine, MSG_ROLE_ENGINE);
	snprintf(parent->engine.name, sizeof(parent->engine.name), "engine");
	for (size_t i = 0; i < conf->runner_count; i++)
		parent_start_child(&parent->checker[i]);
	parent_start_child(&parent->engine);
}

/* One receive socket per distinct (interface, family). */
static void
parent_init_lent(struct parent *parent)
{
	parent->lent = calloc(parent->conf.instance_count + 1, sizeof(parent->lent[0]));
	if (parent->lent == NULL)
		fatal("receive sockets");
	for (size_t i = 0; i < parent->conf.instance_count; i++) {
		const struct conf_instance *conf = &parent->conf.instance[i];
		size_t k = 0;

		while (k < parent->lent_count &&
		       (parent->lent[k].what.family != conf->family ||
			   strcmp(parent->lent[k].what.interface, conf->interface) != 0))
			k++;
		if (k < parent->lent_count)
			continue;
		parent->lent[k] = (struct lent_socket){.fd = -1, .what.family = conf->family};
		memcpy(parent->lent[k].what.interface, conf->interface, CONF_IFNAME_MAX);
		parent->lent_count++;
	}
}

static void
parent_init_events(struct parent *parent)
{
	static const int numbers[PARENT_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	const struct timeval tick = {0, PARENT_TICK_US};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < PARENT_SIGNALS; i++) {
		parent->signals[i] = event_new(
		    parent->base, numbers[i], EV_SIGNAL | EV_PERSIST, parent_on_signal, parent);
		if (parent->signals[i] == NULL || event_add(parent->signals[i], NULL) == -1)
			fatalx("signals");
	}
	parent->tick = event_new(parent->base, -1, EV_PERSIST, parent_on_tick, parent);
	parent->stop_timer = event_new(parent->base, -1, 0, parent_on_stop_timeout, parent);
	if (parent->tick == NULL || parent->stop_timer == NULL ||
	    event_add(parent->tick, &tick) == -1)
		fatalx("timers");
}

static void
start_on_netlink_link(void *ctx, const struct netlink_link *link, bool present)
{
	links_take_link(((struct parent *)ctx)->links, link, present);
}

static void
start_on_netlink_address(void *ctx, const struct netlink_address *address, bool present)
{
	struct parent *parent = ctx;

	links_take_address(parent->links, address, present);
	address_take(parent->ledger, address, present);
}

static void
start_on_netlink_dump(void *ctx, bool begins)
{
	struct parent *parent = ctx;

	links_take_dump(parent->links, begins);
	address_take_dump(parent->ledger, begins);
}

static void
start_on_installed(void *ctx, const struct conf_address *address, const struct link *device)
{
	transmit_announce(((struct parent *)ctx)->transmit, address, device);
}

static void
start_on_unsent(void *ctx, const struct msg_unsent *message)
{
	struct parent *parent = ctx;

	if (parent->engine.ready && parent->engine.channel != NULL)
		channel_send(
		    parent->engine.channel, PARENT_ENGINE_UNSENT, message, sizeof(*message), -1);
}

static void
start_on_announce(void *ctx, uint32_t instance, bool begins)
{
	struct parent *parent = ctx;

	if (begins)
		announcer_start(parent->announcer, instance);
	else
		announcer_stop(parent->announcer, instance);
}

static void
start_on_repeat(void *ctx, uint32_t instance)
{
	address_repeat(((struct parent *)ctx)->ledger, instance);
}

/* Sockets and the kernel's present state, before any child runs. */
static void
parent_init_kernel(struct parent *parent)
{
	struct utsname kernel;
	const struct netlink_callbacks netlink = {
	    start_on_netlink_link, start_on_netlink_address, start_on_netlink_dump, parent};
	const struct links_callbacks links = {
	    parent_on_link, parent_on_source, parent_on_named, parent};
	const struct address_callbacks addresses = {
	    parent_on_addresses, start_on_installed, start_on_announce, parent};

	parent->netlink = netlink_open(parent->base, &netlink);
	if (parent->netlink == NULL)
		fatal("netlink");
	parent->links = links_open(&parent->conf, &links);
	if (parent->links == NULL)
		fatal("interfaces");
	parent->ledger =
	    address_open(parent->base, parent->netlink, parent->links, &parent->conf, &addresses);
	if (parent->ledger == NULL)
		fatal("addresses");
	parent->announcer = announcer_open(parent->base, &parent->conf, start_on_repeat, parent);
	parent->transmit = transmit_open(&parent->conf, parent->links, start_on_unsent, parent);
	if (parent->announcer == NULL || parent->transmit == NULL)
		fatal("sockets to send from");
	if (netlink_dump(parent->netlink) == -1)
		fatal("netlink: cannot read links and addresses");
	if (uname(&kernel) == 0 && strverscmp(kernel.release, PARENT_KERNEL_WITH_MARKS) < 0)
		log_warnx(
		    "kernel %s keeps no mark on addresses: what a crash leaves cannot be told from "
		    "the operator's own and stays",
		    kernel.release);
}

static void
parent_init_runtime(struct parent *parent)
{
	const char *dir = parent->options->runtime_dir;
	const gid_t group = parent->conf.global.engine_gid;
	char path[PATH_MAX];

	/* a member may give files to the group without CAP_CHOWN */
	if (setgroups(1, &group) == -1 || runtime_set_group(dir, group) == -1)
		fatal("%s: group %u", dir, group);
	snprintf(path, sizeof(path), "%s/vrrpd.sock", dir);
	parent->control_fd = socket_open_control(path, group);
	if (parent->control_fd == -1)
		fatal("%s", path);
}

static int
parent_prepare(const struct proc_options *options)
{
	int code;

	if (geteuid() != 0) {
		fprintf(stderr, "vrrpd: must be started by root (-n checks a configuration as "
				"anybody)\n");
		return VRRPD_EXIT_PERMISSION;
	}
	code = runtime_prepare(options->runtime_dir);
	if (code == 0)
		code = runtime_lock(options->runtime_dir);
	if (code == 0 && !options->foreground && runtime_detach() == -1) {
		fprintf(stderr, "vrrpd: cannot leave the terminal: %s\n", strerror(errno));
		code = VRRPD_EXIT_CHILD;
	}
	return code;
}

static void
parent_open_log(const struct proc_options *options)
{
	enum log_format format;
	int fd = log_open(options->foreground, &format);

	if (fd != -1)
		log_set_fd(fd, format);
	else
		log_warn("no log but stderr");
}

static void
start_run(struct parent *parent, const struct proc_options *options)
{
	parent_open_log(options);
	runtime_write_pid();
	parent->generation = 1;
	parent->options = options;
	parent->base = event_base_new();
	parent->rates = calloc(parent->conf.instance_count + 1, sizeof(parent->rates[0]));
	parent->kept = calloc(
	    parent->conf.instance_count + parent->conf.check_count + 1, sizeof(parent->kept[0]));
	if (parent->base == NULL || parent->rates == NULL || parent->kept == NULL)
		fatalx("event base");
	parent_init_runtime(parent);
	parent_init_events(parent);
	parent_init_lent(parent);
	parent_init_kernel(parent);
	parent_init_children(parent);
	event_base_dispatch(parent->base);
}

int
parent_main(const struct proc_options *options)
{
	static struct parent parent;
	int code;

	closefrom(STDERR_FILENO + 1); /* of whoever started us */
	code = parent_prepare(options);
	if (code != 0)
		return code;
	log_init("parent", options->debug != 0);
	if (sandbox_parent() == -1)
		fatal("capabilities");
	conf_init(&parent.conf);
	code = load_configuration(options, &parent.conf);
	if (code == 0) {
		start_run(&parent, options);
		code = parent.exit_code;
		log_info("stopped");
	}
	runtime_remove(options->runtime_dir);
	runtime_detached(code);
	return code;
}
