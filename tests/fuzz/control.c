/*
 * Fuzzes the engine's control socket: the input is a sequence of packets of a client, each a length
 * in two bytes and as many bytes; the byte 255 alone stands for a good HELLO. Whatever a client
 * sends, the server must stay in order and serve the next one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "vrrpd/engine/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct event_base *base;
static struct control *control;
static struct sockaddr_un path = {.sun_family = AF_UNIX};

static int
fuzz_show(void *ctx, struct control_client *client, enum msg_show what, const char *name)
{
	const struct msg_status status = {.generation = 1};

	(void)ctx;
	if (strnlen(name, CONF_NAME_MAX) == CONF_NAME_MAX || what >= MSG_SHOW_COUNT)
		abort();
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	return what == MSG_SHOW_CONFIG ? CONTROL_MORE : MSG_CTL_OK;
}

/* A text in three parts. */
static int
fuzz_more(void *ctx, struct control_client *client)
{
	struct control_cursor *cursor = control_cursor(client);

	(void)ctx;
	if (cursor->told > 2)
		abort();
	control_reply(client, ENGINE_CTL_TEXT, "a: b\n", 5);
	return ++cursor->told < 3 ? CONTROL_MORE : MSG_CTL_OK;
}

static uint64_t deferred;

static int
fuzz_operate(
    void *ctx, struct control_client *client, uid_t uid, const struct msg_ctl_operate *request)
{
	const bool reload = request->operation == MSG_OPERATION_RELOAD;

	(void)ctx;
	if (uid != getuid() || request->operation >= MSG_OPERATION_COUNT || request->up > 1 ||
	    (request->name[0] == '\0') != reload || request->duration_ns < 0 ||
	    strnlen(request->name, CONF_NAME_MAX) == CONF_NAME_MAX)
		abort();
	if (request->up && !reload && request->operation != MSG_OPERATION_CHECK_SET)
		abort();
	if (request->operation != MSG_OPERATION_CHECK_RUN && (!reload || !request->up))
		return MSG_CTL_OK;
	deferred = control_defer(client, 1000);
	return CONTROL_DEFERRED;
}

/* What was deferred is answered, if its client is there still. */
static void
fuzz_answer(void)
{
	struct control_client *client = control_find(control, deferred);

	if (client != NULL)
		control_finish(client, MSG_CTL_OK);
	if (control_find(control, deferred) != NULL)
		abort();
}

static void
fuzz_start(void)
{
	static const struct control_ops ops = {
	    .show = fuzz_show, .more = fuzz_more, .operate = fuzz_operate};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	int null = open("/dev/null", O_WRONLY);

	signal(SIGPIPE, SIG_IGN);
	log_init("fuzz", false);
	log_set_fd(null, LOG_FORMAT_STDERR);
	/* An abstract name: nothing is left behind when a crash ends the program. */
	snprintf(path.sun_path + 1, sizeof(path.sun_path) - 1, "vrrpd-fuzz-%d", (int)getpid());
	base = event_base_new();
	if (bind(fd, (struct sockaddr *)&path, sizeof(path)) == -1 || listen(fd, 8) == -1 ||
	    (control = control_open(base, fd, &ops, NULL)) == NULL)
		abort();
}

/* Sends one packet of the input: its length in two bytes, then its bytes. Returns what it used. */
static size_t
fuzz_send(int fd, const uint8_t *data, size_t size)
{
	static const struct {
		struct msg_header header;
		struct msg_ctl_hello hello;
	} greeting = {{.type = CTL_ENGINE_HELLO}, {.version = MSG_VERSION}};
	size_t length = (size_t)(data[0] | data[1] << 8);

	if (data[0] == 0xff)
		return send(fd, &greeting, sizeof(greeting), MSG_NOSIGNAL) == -1 ? size : 1;
	length = length < size - 2 ? length : size - 2;
	if (length > 0 && send(fd, data + 2, length, MSG_NOSIGNAL) == -1)
		return size;
	return length + 2;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t answer[MSG_SIZE_MAX];
	size_t used;
	int fd;

	if (base == NULL)
		fuzz_start();
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	if (connect(fd, (struct sockaddr *)&path, sizeof(path)) == -1)
		abort();
	while (size > 2) {
		used = fuzz_send(fd, data, size);
		data += used;
		size -= used;
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (size % 2 == 0)
			fuzz_answer();
		while (recv(fd, answer, sizeof(answer), 0) > 0)
			continue;
	}
	close(fd);
	fuzz_answer();
	event_base_loop(base, EVLOOP_NONBLOCK);
	return 0;
}
