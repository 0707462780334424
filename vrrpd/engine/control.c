/*
 * The control socket: clients, their requests and their limits; engine.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/control.h"

/* Messages: one whole answer for 10,000 instances fits; also when unread ones of others start to
 * hurt. */
#define CONTROL_QUEUE_MAX 200000

#define CONTROL_REST_MS 10    /* between two requests of a client: the adverts go first */
#define CONTROL_RETRY_MS 1000 /* until the next accept() after one that failed */

/* Anybody who may connect may send rubbish, but not fill the log with it. */
#define CONTROL_COMPLAINT_SPACING_NS (60 * NS_PER_S)
#define CONTROL_COMPLAINT_BURST 5

enum client_state {
	CLIENT_NEW,       /* HELLO is due, or was of another version */
	CLIENT_READY,     /* may ask */
	CLIENT_WAITING,   /* its answer is not known yet; nothing is read */
	CLIENT_ANSWERING, /* its answer waits in the queue; nothing is read */
	CLIENT_RESTING    /* answered a moment ago, or a part of it; nothing is read */
};

struct control_client {
	TAILQ_ENTRY(control_client) entry;
	struct control *control;
	struct channel *channel;
	struct event *timer; /* idle, or the end of the rest */
	enum client_state state;
	bool greeted;    /* it said HELLO, of whatever version */
	bool incomplete; /* an object of this answer could not be queued */
	bool more;       /* a part of this answer is still to be told */
	struct control_cursor cursor;
	uid_t uid;      /* as the kernel says */
	uint64_t token; /* of the answer that was deferred, 0 = none */
	uint32_t wait_ms;
	char peer[64];
};

struct control {
	struct event_base *base;
	const struct control_ops *ops;
	void *ctx;
	int listen_fd;
	struct event *acceptable;
	struct event *retry;
	struct event *next_turn;
	bool answered; /* in this turn of the loop: who else asks waits for the next one */
	mono_t complaint_due;
	uint64_t complaints; /* not logged */
	size_t client_count;
	TAILQ_HEAD(client_list, control_client) clients; /* least recently active first */
};

MSG_RECEIVER(MSG_CTL_ENGINE, control, CTL_ENGINE)

static struct timeval
control_timeval(uint32_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (int)(ms % 1000) * 1000};
}

static void
control_client_free(struct control_client *client)
{
	TAILQ_REMOVE(&client->control->clients, client, entry);
	client->control->client_count--;
	event_free(client->timer);
	channel_close(client->channel);
	free(client);
}

static void
control_client_cut(struct control_client *client, const char *why)
{
	log_debug("%s: cut (%s)", client->peer, why);
	control_client_free(client);
}

/* It did something: the youngest again, with all its time. */
static void
control_client_enter(struct control_client *client, enum client_state state)
{
	struct control *control = client->control;
	const uint32_t idle_ms =
	    control->ops->idle_ms != 0 ? control->ops->idle_ms : CONTROL_IDLE_MS;
	const struct timeval wait = control_timeval(state == CLIENT_RESTING   ? CONTROL_REST_MS
						    : state == CLIENT_WAITING ? client->wait_ms
									      : idle_ms);

	client->state = state;
	TAILQ_REMOVE(&control->clients, client, entry);
	TAILQ_INSERT_TAIL(&control->clients, client, entry);
	event_add(client->timer, &wait);
}

/* Unread answers of all clients must not eat the memory: the one that slept longest pays. */
static void
control_limit_queues(struct control_client *asking)
{
	struct client_list *clients = &asking->control->clients;
	struct control_client *client, *next;
	size_t queued = 0;

	TAILQ_FOREACH(client, clients, entry)
		queued += channel_queued(client->channel);
	for (client = TAILQ_FIRST(clients); client != NULL && queued >= CONTROL_QUEUE_MAX;
	     client = next) {
		next = TAILQ_NEXT(client, entry);
		if (client == asking || channel_queued(client->channel) == 0)
			continue;
		queued -= channel_queued(client->channel);
		control_client_cut(client, "unread answers take too much memory");
	}
}

/*
 * One answer, or part of one, a turn of the loop, whoever asks: what is due for the network waits for no
 * crowd. Pausing also takes back what this turn has found readable.
 */
static void
control_end_turn(struct control *control)
{
	static const struct timeval at_once = {0};
	struct control_client *client;

	control->answered = true;
	event_add(control->next_turn, &at_once);
	TAILQ_FOREACH(client, &control->clients, entry)
		if (client->state == CLIENT_READY)
			channel_pause(client->channel);
}

/* Least recently active first. */
static void
control_on_next_turn(int fd, short what, void *arg)
{
	struct control *control = arg;
	struct control_client *client;

	(void)fd;
	(void)what;
	control->answered = false;
	TAILQ_FOREACH(client, &control->clients, entry)
		if (client->state == CLIENT_READY)
			channel_unpause(client->channel);
}

/* It may ask: in this turn, or in the next one. */
static void
control_client_listen(struct control_client *client)
{
	control_client_enter(client, CLIENT_READY);
	if (client->control->answered)
		channel_pause(client->channel);
	else
		channel_unpause(client->channel);
}

/* Begins a new answer; nothing is read until it has left. */
static void
control_begin(struct control_client *client)
{
	control_end_turn(client->control);
	control_limit_queues(client);
	client->incomplete = false;
	client->cursor = (struct control_cursor){0};
	channel_pause(client->channel);
}

/* A part of an answer is told, or all of it. What follows waits until it has left, and a little longer. */
static void
control_told(struct control_client *client, int result)
{
	struct msg_ctl_end end = {.result = (uint32_t)result};

	client->more = result == CONTROL_MORE && !client->incomplete;
	if (!client->more) {
		if (client->incomplete)
			end.result = MSG_CTL_FAILED;
		control_reply(client, ENGINE_CTL_END, &end, sizeof(end));
	}
	control_client_enter(
	    client, channel_queued(client->channel) > 0 ? CLIENT_ANSWERING : CLIENT_RESTING);
}

/* After the rest: the next part of its answer, or its next request. */
static void
control_client_go_on(struct control_client *client)
{
	static const struct timeval at_once = {0};
	struct control *control = client->control;

	if (!client->more) {
		control_client_listen(client);
	} else if (control->answered) {
		event_add(client->timer, &at_once);
	} else {
		control_end_turn(control);
		control_told(client, control->ops->more(control->ctx, client));
	}
}

static void
control_client_on_timer(int fd, short what, void *arg)
{
	struct control_client *client = arg;

	(void)fd;
	(void)what;
	switch (client->state) {
	case CLIENT_RESTING:
		control_client_go_on(client);
		break;
	case CLIENT_WAITING:
		control_finish(client, MSG_CTL_FAILED);
		break;
	case CLIENT_ANSWERING:
		control_client_cut(client, "does not read its answer");
		break;
	case CLIENT_NEW:
	case CLIENT_READY:
		control_client_cut(client, "idle");
		break;
	}
}

static void
control_client_on_drained(void *ctx)
{
	struct control_client *client = ctx;

	if (client->state == CLIENT_ANSWERING)
		control_client_enter(client, CLIENT_RESTING);
}

static void
control_client_on_end(void *ctx, enum channel_end end)
{
	struct control_client *client = ctx;

	switch (end) {
	case CHANNEL_CLOSED:
		control_client_free(client);
		break;
	case CHANNEL_VIOLATION:
		control_client_cut(client, "broke protocol");
		break;
	case CHANNEL_OVERFLOW:
		control_client_cut(client, "its answer is too large");
		break;
	}
}

static void
control_client_on_complaint(void *ctx, const char *text)
{
	struct control_client *client = ctx;
	struct control *control = client->control;

	if (!mono_admit(&control->complaint_due, clock_now(), CONTROL_COMPLAINT_SPACING_NS,
		CONTROL_COMPLAINT_BURST)) {
		control->complaints++;
		return;
	}
	log_warnx("%s: %s: cut", client->peer, text);
	if (control->complaints > 0)
		log_warnx("control socket: %llu more clients were cut for such since the last word",
		    (unsigned long long)control->complaints);
	control->complaints = 0;
}

/* Once. A client of another version learns ours, and may ask nothing. */
static int
control_on_hello(void *ctx, const struct msg_ctl_hello *hello, size_t size, int fd)
{
	struct control_client *client = ctx;
	struct msg_ctl_hello ours = {.version = MSG_VERSION};

	(void)size;
	(void)fd;
	if (client->greeted)
		return -1;
	client->greeted = true;
	strlcpy(ours.program, "vrrpd " VRRPD_VERSION, sizeof(ours.program));
	channel_send(client->channel, ENGINE_CTL_HELLO, &ours, sizeof(ours), -1);
	if (hello->version == MSG_VERSION)
		control_client_listen(client);
	return 0;
}

static bool
control_is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static int
control_on_show(void *ctx, const struct msg_ctl_show *show, size_t size, int fd)
{
	struct control_client *client = ctx;
	struct control *control = client->control;

	(void)size;
	(void)fd;
	if (client->state != CLIENT_READY || show->what >= MSG_SHOW_COUNT ||
	    !control_is_text(show->name, sizeof(show->name)) ||
	    (show->what == MSG_SHOW_INSTANCE) != (show->name[0] != '\0'))
		return -1;
	control_begin(client);
	control_told(client,
	    control->ops->show(control->ctx, client, (enum msg_show)show->what, show->name));
	return 0;
}

static bool
control_operation_is_valid(const struct msg_ctl_operate *request)
{
	const bool reload = request->operation == MSG_OPERATION_RELOAD;

	if (request->operation >= MSG_OPERATION_COUNT ||
	    !control_is_text(request->name, sizeof(request->name)) ||
	    (request->name[0] == '\0') != reload)
		return false;
	if (request->up > (reload || request->operation == MSG_OPERATION_CHECK_SET ? 1 : 0))
		return false;
	return request->duration_ns == 0 ||
	       (request->operation == MSG_OPERATION_FAULT && request->duration_ns > 0 &&
		   request->duration_ns < INT64_MAX / 4);
}

static int
control_on_operate(void *ctx, const struct msg_ctl_operate *request, size_t size, int fd)
{
	struct control_client *client = ctx;
	struct control *control = client->control;
	int result;

	(void)size;
	(void)fd;
	if (client->state != CLIENT_READY || !control_operation_is_valid(request))
		return -1;
	control_begin(client);
	result = control->ops->operate(control->ctx, client, client->uid, request);
	if (result != CONTROL_DEFERRED)
		control_told(client, result);
	return 0;
}

uint64_t
control_defer(struct control_client *client, uint32_t wait_ms)
{
	static uint64_t last;

	client->token = ++last;
	client->wait_ms = wait_ms;
	control_client_enter(client, CLIENT_WAITING);
	return client->token;
}

struct control_client *
control_find(struct control *control, uint64_t token)
{
	struct control_client *client;

	if (control == NULL || token == 0)
		return NULL;
	TAILQ_FOREACH(client, &control->clients, entry)
		if (client->token == token)
			return client;
	return NULL;
}

void
control_finish(struct control_client *client, enum msg_ctl_result result)
{
	client->token = 0;
	control_told(client, result);
}

struct control_cursor *
control_cursor(struct control_client *client)
{
	return &client->cursor;
}

void
control_reply(struct control_client *client, uint16_t type, const void *payload, size_t size)
{
	if (channel_send(client->channel, type, payload, size, -1) == -1)
		client->incomplete = true;
}

/* Takes fd. -1 with errno. */
static int
control_client_open(struct control *control, int fd)
{
	struct channel_conf conf = {
	    .in = &msg_table_ctl_engine,
	    .out = &msg_table_engine_ctl,
	    .dispatch = control_dispatch,
	    .ended = control_client_on_end,
	    .complain = control_client_on_complaint,
	    .drained = control_client_on_drained,
	    .queue_max = CONTROL_QUEUE_MAX,
	};
	struct control_client *client = calloc(1, sizeof(*client));
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (client == NULL || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == -1 ||
	    (client->timer = evtimer_new(control->base, control_client_on_timer, client)) == NULL) {
		free(client);
		close(fd);
		return -1;
	}
	client->control = control;
	client->uid = peer.uid;
	snprintf(client->peer, sizeof(client->peer), "control client (pid %d, uid %u)",
	    (int)peer.pid, (unsigned)peer.uid);
	conf.peer = client->peer;
	conf.ctx = client;
	client->channel = channel_open(control->base, fd, &conf);
	if (client->channel == NULL) {
		event_free(client->timer);
		free(client);
		return -1;
	}
	TAILQ_INSERT_TAIL(&control->clients, client, entry);
	control->client_count++;
	control_client_enter(client, CLIENT_NEW);
	return 0;
}

/* Out of descriptors or memory: trying again at once would spin. */
static void
control_back_off(struct control *control)
{
	const struct timeval wait = control_timeval(CONTROL_RETRY_MS);

	log_warn("control socket: a client could not be served, accepting again in %d ms",
	    CONTROL_RETRY_MS);
	event_del(control->acceptable);
	event_add(control->retry, &wait);
}

static void
control_on_retry(int fd, short what, void *arg)
{
	struct control *control = arg;

	(void)fd;
	(void)what;
	event_add(control->acceptable, NULL);
}

/* One client a turn of the loop: a crowd at the door delays no advert. */
static void
control_on_acceptable(int listen_fd, short what, void *arg)
{
	struct control *control = arg;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd == -1) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			control_back_off(control);
		return;
	}
	if (control->client_count >= CONTROL_CLIENTS_MAX)
		control_client_cut(TAILQ_FIRST(&control->clients), "too many clients");
	if (control_client_open(control, fd) == -1)
		control_back_off(control);
}

struct control *
control_open(struct event_base *base, int listen_fd, const struct control_ops *ops, void *ctx)
{
	struct control *control = calloc(1, sizeof(*control));

	if (control == NULL) {
		close(listen_fd);
		errno = ENOMEM;
		return NULL;
	}
	control->base = base;
	control->ops = ops;
	control->ctx = ctx;
	control->listen_fd = listen_fd;
	TAILQ_INIT(&control->clients);
	control->acceptable =
	    event_new(base, listen_fd, EV_READ | EV_PERSIST, control_on_acceptable, control);
	control->retry = evtimer_new(base, control_on_retry, control);
	control->next_turn = evtimer_new(base, control_on_next_turn, control);
	if (control->acceptable == NULL || control->retry == NULL || control->next_turn == NULL ||
	    event_add(control->acceptable, NULL) == -1) {
		control_close(control);
		errno = ENOMEM;
		return NULL;
	}
	return control;
}

void
control_close(struct control *control)
{
	struct control_client *client, *next;

	if (control == NULL)
		return;
	TAILQ_FOREACH_SAFE(client, &control->clients, entry, next)
		control_client_free(client);
	if (control->acceptable != NULL)
		event_free(control->acceptable);
	if (control->retry != NULL)
		event_free(control->retry);
	if (control->next_turn != NULL)
		event_free(control->next_turn);
	close(control->listen_fd);
	free(control);
}
