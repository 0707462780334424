/*
 * How the parent comes to be: the runtime directory, the configuration, sockets, the kernel's
 * state, then the children. Parent.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bsd/unistd.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "vrrpd/parent/extra.h"
#include "vrrpd/parent/load.h"
#include "vrrpd/parent/netlink.h"
#include "vrrpd/parent/parent.h"
#include "vrrpd/parent/reload.h"
#include "vrrpd/parent/runtime.h"
#include "vrrpd/parent/socket.h"
#include "vrrpd/parent/state.h"

/* ---- start ---- */

static void
parent_init_children(struct parent *parent)
{
	const struct conf *conf = parent->run->conf;

	if (child_init(parent, &parent->engine, MSG_ROLE_ENGINE) == -1)
		fatal("engine");
	for (size_t i = 0; i < conf->runner_count; i++) {
		struct child *checker = child_new_checker(parent, &conf->runner[i]);

		if (checker != NULL)
			parent_start_child(checker);
		else
			fatal("checkers");
	}
	parent->started = clock_now();
	parent_start_child(&parent->engine);
}

/* A SIGHUP that comes while the daemon starts is heard when it has started. */
static void
start_hold_reload(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
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
	start_hold_reload(false);
}

/* Sockets and the kernel's present state, before any child runs. */
static void
parent_init_kernel(struct parent *parent, struct conf *conf, int text_fd)
{
	struct netlink_callbacks callbacks = running_netlink_callbacks;

	callbacks.ctx = parent;
	parent->netlink = netlink_open(parent->base, &callbacks);
	if (parent->netlink == NULL)
		fatal("netlink");
	parent->run = running_open(parent, conf, text_fd);
	if (parent->run != NULL)
		running_start(parent->run);
	else
		fatal("interfaces, addresses, sockets to send from");
}

static void
parent_init_runtime(struct parent *parent, const struct conf_global *global)
{
	const char *dir = parent->options->runtime_dir;
	const gid_t group = global->engine_gid;
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

/* ---- the configuration ---- */

static void
start_on_problem(void *ctx, bool is_error, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s%s\n", is_error ? "" : "warning: ", text);
}

static void
start_on_loaded(void *ctx)
{
	event_base_loopbreak(ctx);
}

/* Runs the config role to its end. NULL with an exit code; problems went to stderr. */
static struct conf *
start_load(const struct proc_options *options, int *text_fd, int *code)
{
	struct event_base *base = event_base_new();
	const struct load_job job = {.say = start_on_problem, .over = start_on_loaded, .ctx = base};
	struct load *load = base == NULL ? NULL : load_open(base, options, &job);
	struct conf *conf;

	*code = VRRPD_EXIT_CHILD;
	if (load == NULL) {
		fprintf(stderr, "vrrpd: cannot start the config role: %s\n", strerror(errno));
		return NULL;
	}
	event_base_dispatch(base);
	conf = load_conclude(load, text_fd);
	if (load_has_errors(load))
		*code = VRRPD_EXIT_CONFIG;
	load_close(load);
	event_base_free(base);
	return conf;
}

static void
start_run(struct parent *parent, const struct proc_options *options, struct conf *conf, int text_fd)
{
	parent_open_log(options);
	runtime_write_pid();
	parent->options = options;
	parent->base = event_base_new();
	if (parent->base == NULL)
		fatalx("event base");
	parent->reload = reload_open(parent);
	if (parent->reload == NULL)
		fatalx("reload");
	parent_init_runtime(parent, &conf->global);
	parent_init_events(parent);
	parent_init_kernel(parent, conf, text_fd);
	parent_init_children(parent);
	event_base_dispatch(parent->base);
	extras_stop(parent->run->extras);
}

int
parent_main(const struct proc_options *options)
{
	static struct parent parent;
	struct conf *conf;
	int code, text_fd;

	closefrom(STDERR_FILENO + 1); /* of whoever started us */
	start_hold_reload(true);
	code = parent_prepare(options);
	if (code != 0)
		return code;
	log_init("parent", options->debug != 0);
	if (sandbox_parent() == -1) {
		log_warn(
		    "capabilities: NET_ADMIN, NET_RAW, SETUID, SETGID, SETPCAP, SYS_CHROOT and "
		    "KILL are needed");
		conf = NULL;
		code = VRRPD_EXIT_PERMISSION;
	} else {
		conf = start_load(options, &text_fd, &code);
	}
	if (conf != NULL) {
		start_run(&parent, options, conf, text_fd);
		code = parent.exit_code;
		log_info("stopped");
	}
	runtime_remove(options->runtime_dir);
	runtime_detached(code);
	return code;
}
