/*
 * Running the config role: it reads and checks the files without authority, the parent takes its
 * records one by one, each checked for its bounds. Parent.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/channel.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "vrrpd/parent/state.h"

#define LOAD_TIMEOUT_S 30

struct load {
	struct event_base *base;
	struct conf *conf;
	bool ended;  /* END came */
	bool closed; /* its socket ended before */
	bool failed; /* a record was refused */
	uint32_t errors;
};

MSG_RECEIVER(MSG_CONFIG_PARENT, load, CONFIG_PARENT)

#define LOAD_CONF_HANDLER(lower, UPPER) \
	static int load_on_conf_##lower( \
	    void *ctx, const struct conf_##lower *record, size_t size, int fd) \
	{ \
		struct load *load = ctx; \
		(void)fd; \
		return conf_append(load->conf, CONF_##UPPER, record, size, false); \
	}
LOAD_CONF_HANDLER(global, GLOBAL)
CONF_KINDS(LOAD_CONF_HANDLER)

/* The text comes from a process that reads foreign bytes: it may not drive the terminal. */
static int
load_on_problem(void *ctx, const struct msg_problem *message, size_t size, int fd)
{
	size_t length = size - offsetof(struct msg_problem, text);
	char text[sizeof(message->text)];

	(void)ctx;
	(void)fd;
	if (length == 0)
		return -1;
	memcpy(text, message->text, length);
	text[length - 1] = '\0';
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	fprintf(stderr, "%s%s\n", message->is_error ? "" : "warning: ", text);
	return 0;
}

static int
load_on_end(void *ctx, const struct msg_config_end *message, size_t size, int fd)
{
	struct load *load = ctx;

	(void)size;
	(void)fd;
	load->ended = true;
	load->errors = message->errors;
	event_base_loopbreak(load->base);
	return 0;
}

static void
load_on_ended(void *ctx, enum channel_end end)
{
	struct load *load = ctx;

	load->closed = end == CHANNEL_CLOSED;
	load->failed = end != CHANNEL_CLOSED;
	event_base_loopbreak(load->base);
}

static void
load_run(struct load *load, int fd)
{
	const struct msg_hello hello = {.version = MSG_VERSION, .role = MSG_ROLE_CONFIG};
	const struct timeval limit = {LOAD_TIMEOUT_S, 0};
	const struct channel_conf conf = {
	    .peer = "config role",
	    .in = &msg_table_config_parent,
	    .out = &msg_table_parent_config,
	    .dispatch = load_dispatch,
	    .ended = load_on_ended,
	    .ctx = load,
	};
	struct channel *channel = channel_open(load->base, fd, &conf);

	if (channel == NULL)
		return;
	channel_send(channel, PARENT_CONFIG_HELLO, &hello, sizeof(hello), -1);
	event_base_loopexit(load->base, &limit);
	event_base_dispatch(load->base);
	channel_close(channel);
}

static int
load_result(const struct load *load, const char *file, int status)
{
	if (load->ended && load->errors == 0 && load->conf->global.max_parallel != 0)
		return 0;
	if (load->ended)
		fprintf(stderr, "vrrpd: %s: %u error%s: not started\n", file, load->errors,
		    load->errors == 1 ? "" : "s");
	else if (load->failed)
		fprintf(stderr, "vrrpd: %s: the config role broke protocol: not started\n", file);
	else if (load->closed && WIFSIGNALED(status))
		fprintf(stderr, "vrrpd: %s: the config role was killed by signal %d (%s)\n", file,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (load->closed)
		fprintf(stderr, "vrrpd: %s: the config role ended without a result: not started\n",
		    file);
	else
		fprintf(stderr, "vrrpd: %s: the config role gave no result within %d s\n", file,
		    LOAD_TIMEOUT_S);
	return VRRPD_EXIT_CONFIG;
}

int
load_configuration(const struct proc_options *options, struct conf *conf)
{
	struct load load = {.conf = conf, .base = event_base_new()};
	int fd, status = 0;
	pid_t pid;

	if (load.base == NULL)
		return VRRPD_EXIT_CHILD;
	pid = proc_spawn(MSG_ROLE_CONFIG, options, &fd);
	if (pid == -1) {
		fprintf(stderr, "vrrpd: cannot start the config role: %s\n", strerror(errno));
		event_base_free(load.base);
		return VRRPD_EXIT_CHILD;
	}
	load_run(&load, fd);
	event_base_free(load.base);
	if (!load.closed)
		kill(pid, SIGKILL); /* else it is dying by itself, and its status names the cause */
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return load_result(&load, options->config_file, status);
}
