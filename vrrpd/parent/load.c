/*
 * Running the config role: the parent takes its records one by one, each checked for its bounds.
 * Parent.
 */
#include "vrrpd/parent/load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/channel.h"

#define LOAD_TIMEOUT_S 30
#define LOAD_END_US 20000 /* between the end of its socket and its own */
#define LOAD_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct load {
	struct load_job job;
	const char *file;
	pid_t pid; /* 0 = it was waited for */
	int status;
	struct channel *channel;
	struct event *limit;
	struct conf *conf;
	int text_fd;
	bool over;   /* nothing more is to come */
	bool ended;  /* END came */
	bool closed; /* its socket ended before; its status tells why */
	bool failed; /* what it said was refused */
	uint32_t errors;
};

MSG_RECEIVER(MSG_CONFIG_PARENT, load, CONFIG_PARENT)

#define LOAD_CONF_HANDLER(lower, UPPER) \
	static int load_on_conf_##lower( \
	    void *ctx, const struct conf_##lower *record, size_t size, int fd) \
	{ \
		struct load *load = ctx; \
		(void)fd; \
		return load->over ? -1 \
				  : conf_append(load->conf, CONF_##UPPER, record, size, false); \
	}
LOAD_CONF_HANDLER(global, GLOBAL)
CONF_KINDS(LOAD_CONF_HANDLER)

static void load_say(struct load *, bool is_error, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static void
load_say(struct load *load, bool is_error, const char *format, ...)
{
	char text[sizeof(((struct msg_problem *)0)->text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	load->job.say(load->job.ctx, is_error, text);
}

/* The text comes from a process that reads foreign bytes: it may not drive the terminal. */
static int
load_on_problem(void *ctx, const struct msg_problem *message, size_t size, int fd)
{
	size_t length = size - offsetof(struct msg_problem, text);
	char text[sizeof(message->text)];
	struct load *load = ctx;

	(void)fd;
	if (length == 0 || load->over)
		return -1;
	memcpy(text, message->text, length);
	text[length - 1] = '\0';
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	load_say(load, message->is_error != 0, "%s", text);
	return 0;
}

/* Its length cannot change any more: who maps it is safe. Not read here. */
static int
load_on_config_text(void *ctx, const struct msg_config_text *message, size_t size, int fd)
{
	struct load *load = ctx;
	struct stat st;

	(void)size;
	if (load->over || load->text_fd != -1 || fstat(fd, &st) == -1 ||
	    message->size > CONF_TEXT_SIZE_MAX || st.st_size != (off_t)message->size ||
	    fcntl(fd, F_GET_SEALS) != LOAD_SEALS) {
		close(fd);
		return -1;
	}
	load->text_fd = fd;
	return 0;
}

static void
load_end(struct load *load)
{
	load->over = true;
	event_del(load->limit);
	load->job.over(load->job.ctx);
}

static int
load_on_end(void *ctx, const struct msg_config_end *message, size_t size, int fd)
{
	struct load *load = ctx;

	(void)size;
	(void)fd;
	if (load->over)
		return -1;
	load->ended = true;
	load->errors = message->errors;
	load_end(load);
	return 0;
}

static void
load_on_ended(void *ctx, enum channel_end end)
{
	const struct timeval moment = {0, LOAD_END_US};
	struct load *load = ctx;

	channel_close(load->channel);
	load->channel = NULL;
	if (load->over)
		return;
	load->closed = end == CHANNEL_CLOSED;
	load->failed = end != CHANNEL_CLOSED;
	if (!load->closed || load->pid == 0 || event_add(load->limit, &moment) == -1)
		load_end(load);
}

/* It may hang in the kernel, on a dead disk: nobody waits for that. */
static void
load_on_limit(int fd, short what, void *arg)
{
	struct load *load = arg;

	(void)fd;
	(void)what;
	if (load->closed && waitpid(load->pid, &load->status, WNOHANG) == load->pid)
		load->pid = 0;
	load_end(load);
}

/* ---- start ---- */

static void
load_send_job(struct load *load)
{
	const struct msg_hello hello = {.version = MSG_VERSION, .role = MSG_ROLE_CONFIG};
	const struct msg_load message = {.sweep = load->job.sweep};
	const struct conf *conf = load->job.running;

	channel_send(load->channel, PARENT_CONFIG_HELLO, &hello, sizeof(hello), -1);
	if (conf != NULL) {
		channel_send_conf(
		    load->channel, PARENT_CONFIG_CONF_GLOBAL, CONF_GLOBAL, &conf->global);
#define LOAD_SEND_KIND(lower, UPPER) \
	for (size_t i = 0; i < conf->lower##_count; i++) \
		channel_send_conf( \
		    load->channel, PARENT_CONFIG_CONF_GLOBAL, CONF_##UPPER, &conf->lower[i]);
		CONF_KINDS(LOAD_SEND_KIND)
	}
	for (size_t i = 0; i < load->job.retired_count; i++)
		channel_send(load->channel, PARENT_CONFIG_RETIRED, &load->job.retired[i],
		    sizeof(load->job.retired[i]), -1);
	channel_send(load->channel, PARENT_CONFIG_LOAD, &message, sizeof(message), -1);
}

static int
load_start(struct load *load, struct event_base *base, const struct proc_options *options)
{
	const struct timeval limit = {LOAD_TIMEOUT_S, 0};
	const struct channel_conf conf = {
	    .peer = "config role",
	    .in = &msg_table_config_parent,
	    .out = &msg_table_parent_config,
	    .dispatch = load_dispatch,
	    .ended = load_on_ended,
	    .ctx = load,
	};
	int fd;

	load->limit = event_new(base, -1, 0, load_on_limit, load);
	load->conf = calloc(1, sizeof(*load->conf));
	if (load->limit == NULL || load->conf == NULL)
		return -1;
	conf_init(load->conf);
	load->pid = proc_spawn(MSG_ROLE_CONFIG, options, &fd);
	if (load->pid == -1) {
		load->pid = 0;
		return -1;
	}
	load->channel = channel_open(base, fd, &conf);
	if (load->channel == NULL || event_add(load->limit, &limit) == -1)
		return -1;
	load_send_job(load);
	return 0;
}

struct load *
load_open(struct event_base *base, const struct proc_options *options, const struct load_job *job)
{
	struct load *load = calloc(1, sizeof(*load));
	int saved;

	if (load == NULL)
		return NULL;
	load->job = *job;
	load->file = options->config_file;
	load->text_fd = -1;
	if (load_start(load, base, options) == 0)
		return load;
	saved = errno;
	load_close(load);
	errno = saved;
	return NULL;
}

/* ---- end ---- */

void
load_take_end(struct load *load, pid_t pid, int status)
{
	if (load->pid != pid)
		return;
	load->pid = 0;
	load->status = status;
	if (load->closed && !load->over)
		load_end(load);
}

static void
load_let_go(struct load *load)
{
	if (load->pid != 0)
		kill(load->pid, SIGKILL);
	load->pid = 0;
}

void
load_close(struct load *load)
{
	if (load == NULL)
		return;
	load_let_go(load);
	channel_close(load->channel);
	if (load->limit != NULL)
		event_free(load->limit);
	if (load->conf != NULL)
		conf_free(load->conf);
	free(load->conf);
	if (load->text_fd != -1)
		close(load->text_fd);
	free(load);
}

bool
load_has_errors(const struct load *load)
{
	return load->ended && load->errors != 0;
}

static void
load_say_why(struct load *load)
{
	if (load_has_errors(load))
		load_say(load, true, "%s: %u error%s", load->file, load->errors,
		    load->errors == 1 ? "" : "s");
	else if (load->ended || (load->closed && !WIFSIGNALED(load->status)))
		load_say(load, true, "%s: the config role ended without a result", load->file);
	else if (load->failed)
		load_say(load, true, "%s: the config role broke protocol", load->file);
	else if (load->closed)
		load_say(load, true, "%s: the config role was killed by signal %d (%s)", load->file,
		    WTERMSIG(load->status), strsignal(WTERMSIG(load->status)));
	else
		load_say(load, true, "%s: the config role gave no result within %d s", load->file,
		    LOAD_TIMEOUT_S);
}

struct conf *
load_conclude(struct load *load, int *text_fd)
{
	struct conf *conf = load->conf;

	load_let_go(load);
	if (!load->ended || load->errors != 0 || conf->global.max_parallel == 0) {
		load_say_why(load);
		*text_fd = -1;
		return NULL;
	}
	*text_fd = load->text_fd;
	load->conf = NULL;
	load->text_fd = -1;
	return conf;
}
