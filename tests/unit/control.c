/*
 * The engine's control socket as its clients see it: good ones are answered, bad ones cut, and
 * nobody waits for another.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/control.h"

#define PATIENCE_NS (5 * NS_PER_S)

struct server {
	struct event_base *base;
	struct control *control;
	struct control_ops ops;
	struct sockaddr_un path;
	char dir[32];
	size_t tracks; /* objects in an answer to MSG_SHOW_ALL */
	int requests;
	uint32_t wait_ms; /* of the next answer that is deferred */
	uint64_t token;   /* of the last one */
	uid_t uid;        /* who asked */
};

/* What a client can receive. */
struct packet {
	struct msg_header header;
	uint8_t payload[MSG_SIZE_MAX];
};

static enum msg_ctl_result
fake_show(void *ctx, struct control_client *client, enum msg_show what, const char *name)
{
	struct server *server = ctx;
	struct msg_status status = {.router_name = "fw1", .generation = 1};
	struct msg_status_track track = {.instance = 1};

	server->requests++;
	if (what == MSG_SHOW_INSTANCE && strcmp(name, "web") != 0)
		return MSG_CTL_NO_SUCH_OBJECT;
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	for (size_t i = 0; what == MSG_SHOW_ALL && i < server->tracks; i++) {
		track.check = (uint32_t)i;
		control_reply(client, ENGINE_CTL_TRACK, &track, sizeof(track));
	}
	return MSG_CTL_OK;
}

/* A run is deferred, whatever else is done at once; nobody may clear. */
static int
fake_operate(
    void *ctx, struct control_client *client, uid_t uid, const struct msg_ctl_operate *request)
{
	struct server *server = ctx;
	struct msg_status status = {.router_name = "fw1", .generation = 1};

	server->requests++;
	server->uid = uid;
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	if (request->operation == MSG_OPERATION_CLEAR)
		return MSG_CTL_PERMISSION;
	if (request->operation != MSG_OPERATION_CHECK_RUN)
		return MSG_CTL_OK;
	server->token = control_defer(client, server->wait_ms);
	return CONTROL_DEFERRED;
}

static int
server_start(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_non_null(server);
	strlcpy(server->dir, "/tmp/control-XXXXXX", sizeof(server->dir));
	assert_non_null(mkdtemp(server->dir));
	server->path.sun_family = AF_UNIX;
	snprintf(server->path.sun_path, sizeof(server->path.sun_path), "%s/s", server->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&server->path, sizeof(server->path)), 0);
	assert_int_equal(listen(fd, 64), 0);
	server->ops.show = fake_show;
	server->ops.operate = fake_operate;
	server->wait_ms = 5000;
	server->base = event_base_new();
	server->control = control_open(server->base, fd, &server->ops, server);
	assert_non_null(server->control);
	*state = server;
	return 0;
}

static int
server_stop(void **state)
{
	struct server *server = *state;

	control_close(server->control);
	event_base_free(server->base);
	unlink(server->path.sun_path);
	rmdir(server->dir);
	free(server);
	return 0;
}

static int
client_connect(struct server *server)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&server->path, sizeof(server->path)), 0);
	return fd;
}

static void
client_send(int fd, uint16_t type, const void *payload, size_t size)
{
	struct packet packet = {.header.type = type};

	memcpy(packet.payload, payload, size);
	assert_int_equal(
	    send(fd, &packet, sizeof(packet.header) + size, 0), sizeof(packet.header) + size);
}

static void
client_greet(int fd, uint32_t version)
{
	struct msg_ctl_hello hello = {.version = version, .program = "test"};

	client_send(fd, CTL_ENGINE_HELLO, &hello, sizeof(hello));
}

static void
client_ask(int fd, enum msg_show what, const char *name)
{
	struct msg_ctl_show show = {.what = what};

	strlcpy(show.name, name, sizeof(show.name));
	client_send(fd, CTL_ENGINE_SHOW, &show, sizeof(show));
}

static void
client_operate(int fd, enum msg_operation operation, const char *name)
{
	struct msg_ctl_operate request = {.operation = operation};

	strlcpy(request.name, name, sizeof(request.name));
	client_send(fd, CTL_ENGINE_OPERATE, &request, sizeof(request));
}

/* Lets the server work until the client has a packet; its type, or -1 when the client was cut. */
static int
client_receive(struct server *server, int fd, struct packet *packet)
{
	const mono_t deadline = mono_add(clock_now(), PATIENCE_NS);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	for (;;) {
		event_base_loop(server->base, EVLOOP_NONBLOCK);
		n = recv(fd, packet, sizeof(*packet), 0);
		if (n == 0 || (n == -1 && errno != EAGAIN))
			return -1;
		if (n > 0)
			return packet->header.type;
		assert_false(mono_reached(deadline, clock_now()));
		poll(&pfd, 1, 1);
	}
}

static void
assert_next(struct server *server, int fd, int type)
{
	struct packet packet;

	assert_int_equal(client_receive(server, fd, &packet), type);
}

static void
assert_end(struct server *server, int fd, enum msg_ctl_result result)
{
	struct packet packet;
	struct msg_ctl_end end;

	assert_int_equal(client_receive(server, fd, &packet), ENGINE_CTL_END);
	memcpy(&end, packet.payload, sizeof(end));
	assert_int_equal(end.result, result);
}

/* A new client gets a whole answer now, whatever others do. */
static void
assert_serves(struct server *server)
{
	const mono_t start = clock_now();
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	assert_next(server, fd, ENGINE_CTL_HELLO);
	client_ask(fd, MSG_SHOW_INSTANCE, "web");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_end(server, fd, MSG_CTL_OK);
	assert_true(mono_since(clock_now(), start) < NS_PER_S);
	close(fd);
}

static void
test_answers(void **state)
{
	struct server *server = *state;
	struct packet packet;
	struct msg_ctl_hello hello;
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	assert_int_equal(client_receive(server, fd, &packet), ENGINE_CTL_HELLO);
	memcpy(&hello, packet.payload, sizeof(hello));
	assert_int_equal(hello.version, MSG_VERSION);
	for (int i = 0; i < 3; i++) {
		client_ask(fd, MSG_SHOW_INSTANCE, "web");
		assert_next(server, fd, ENGINE_CTL_STATUS);
		assert_end(server, fd, MSG_CTL_OK);
	}
	client_ask(fd, MSG_SHOW_INSTANCE, "wev");
	assert_end(server, fd, MSG_CTL_NO_SUCH_OBJECT);
	assert_int_equal(server->requests, 4);
	close(fd);
}

/* Requests sent at once are answered one after the other, none lost. */
static void
test_pipelined(void **state)
{
	struct server *server = *state;
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	for (int i = 0; i < 5; i++)
		client_ask(fd, MSG_SHOW_INSTANCE, "web");
	assert_next(server, fd, ENGINE_CTL_HELLO);
	for (int i = 0; i < 5; i++) {
		assert_next(server, fd, ENGINE_CTL_STATUS);
		assert_int_equal(server->requests, i + 1);
		assert_end(server, fd, MSG_CTL_OK);
	}
	close(fd);
}

static void
test_other_version(void **state)
{
	struct server *server = *state;
	struct packet packet;
	struct msg_ctl_hello hello;
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION + 1);
	assert_int_equal(client_receive(server, fd, &packet), ENGINE_CTL_HELLO);
	memcpy(&hello, packet.payload, sizeof(hello));
	assert_int_equal(hello.version, MSG_VERSION);
	client_ask(fd, MSG_SHOW_ALL, "");
	assert_next(server, fd, -1);
	assert_int_equal(server->requests, 0);
	close(fd);
	assert_serves(server);
}

static void
test_ask_before_hello(void **state)
{
	struct server *server = *state;
	int fd = client_connect(server);

	client_ask(fd, MSG_SHOW_ALL, "");
	assert_next(server, fd, -1);
	assert_int_equal(server->requests, 0);
	close(fd);
	assert_serves(server);
}

/* After a good greeting, bytes that are no request. */
static void
check_rubbish(struct server *server, const void *bytes, size_t size)
{
	const int before = server->requests;
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	assert_next(server, fd, ENGINE_CTL_HELLO);
	assert_int_equal(send(fd, bytes, size, 0), size);
	assert_next(server, fd, -1);
	assert_int_equal(server->requests, before);
	close(fd);
	assert_serves(server);
}

static void
test_rubbish(void **state)
{
	static uint8_t large[4 * MSG_SIZE_MAX];
	struct {
		struct msg_header header;
		struct msg_ctl_show show;
	} rq = {.header.type = CTL_ENGINE_SHOW};

	memset(large, 0xff, sizeof(large));
	check_rubbish(*state, large, 1);
	check_rubbish(*state, large, sizeof(struct msg_header));
	check_rubbish(*state, large, sizeof(large));
	memcpy(large, &rq, sizeof(rq));
	check_rubbish(*state, large, sizeof(rq) + 1);
	check_rubbish(*state, large, sizeof(rq) - 1);
	check_rubbish(*state, large, MSG_SIZE_MAX + 1);
	rq.show.what = MSG_SHOW_COUNT;
	check_rubbish(*state, &rq, sizeof(rq));
	rq.show.what = MSG_SHOW_INSTANCE; /* of no name */
	check_rubbish(*state, &rq, sizeof(rq));
	memset(rq.show.name, 'a', sizeof(rq.show.name)); /* without end */
	check_rubbish(*state, &rq, sizeof(rq));
	rq.header.type = CTL_ENGINE_HELLO; /* of the wrong size */
	check_rubbish(*state, &rq, sizeof(rq));
}

static int
client_begin(struct server *server)
{
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	assert_next(server, fd, ENGINE_CTL_HELLO);
	return fd;
}

static void
test_operations(void **state)
{
	struct server *server = *state;
	int fd = client_begin(server);

	client_operate(fd, MSG_OPERATION_FAULT, "web");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_end(server, fd, MSG_CTL_OK);
	assert_int_equal(server->uid, geteuid());
	client_operate(fd, MSG_OPERATION_CLEAR, "web");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_end(server, fd, MSG_CTL_PERMISSION);
	close(fd);
}

static void
test_rubbish_operations(void **state)
{
	struct {
		struct msg_header header;
		struct msg_ctl_operate operate;
	} good = {{.type = CTL_ENGINE_OPERATE}, {.name = "web"}}, rq;

	rq = good;
	check_rubbish(*state, &rq, sizeof(rq) - 1);
	rq.operate.operation = MSG_OPERATION_COUNT;
	check_rubbish(*state, &rq, sizeof(rq));
	rq = good;
	rq.operate.up = 2;
	check_rubbish(*state, &rq, sizeof(rq));
	rq.operate.operation = MSG_OPERATION_FAULT;
	rq.operate.up = 1; /* of a check only */
	check_rubbish(*state, &rq, sizeof(rq));
	rq = good;
	rq.operate.duration_ns = 1; /* of a fault only */
	check_rubbish(*state, &rq, sizeof(rq));
	rq.operate.operation = MSG_OPERATION_FAULT;
	rq.operate.duration_ns = -1;
	check_rubbish(*state, &rq, sizeof(rq));
	rq.operate.duration_ns = INT64_MAX;
	check_rubbish(*state, &rq, sizeof(rq));
	rq = good;
	rq.operate.name[0] = '\0';
	check_rubbish(*state, &rq, sizeof(rq));
	memset(rq.operate.name, 'a', sizeof(rq.operate.name));
	check_rubbish(*state, &rq, sizeof(rq));
}

/* Others are served meanwhile; its next request is read after the answer. */
static void
test_deferred(void **state)
{
	struct server *server = *state;
	int fd = client_begin(server);

	client_operate(fd, MSG_OPERATION_CHECK_RUN, "apache");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	client_ask(fd, MSG_SHOW_INSTANCE, "web");
	assert_serves(server);
	assert_int_equal(server->requests, 2);
	assert_non_null(control_find(server->control, server->token));
	control_finish(control_find(server->control, server->token), MSG_CTL_OK);
	assert_null(control_find(server->control, server->token));
	assert_end(server, fd, MSG_CTL_OK);
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_end(server, fd, MSG_CTL_OK);
	assert_null(control_find(server->control, 0));
	close(fd);
}

static void
test_deferred_for_too_long(void **state)
{
	struct server *server = *state;
	int fd = client_begin(server);

	server->wait_ms = 50;
	client_operate(fd, MSG_OPERATION_CHECK_RUN, "apache");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_end(server, fd, MSG_CTL_FAILED);
	assert_null(control_find(server->control, server->token));
	close(fd);
}

/* The answer to one that hung up goes nowhere, and not to the next one. */
static void
test_deferred_and_gone(void **state)
{
	struct server *server = *state;
	struct control_client *client;
	int fd = client_begin(server), other;
	uint64_t token;

	client_operate(fd, MSG_OPERATION_CHECK_RUN, "apache");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	token = server->token;
	close(fd);
	assert_serves(server);
	other = client_begin(server);
	client_operate(other, MSG_OPERATION_CHECK_RUN, "apache");
	assert_next(server, other, ENGINE_CTL_STATUS);
	assert_true(server->token != token);
	client = control_find(server->control, token);
	if (client != NULL)
		control_finish(client, MSG_CTL_OK);
	assert_serves(server);
	assert_null(control_find(server->control, token));
	control_finish(control_find(server->control, server->token), MSG_CTL_FAILED);
	assert_end(server, other, MSG_CTL_FAILED);
	close(other);
}

static void
test_second_hello(void **state)
{
	struct server *server = *state;
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	assert_next(server, fd, ENGINE_CTL_HELLO);
	client_greet(fd, MSG_VERSION);
	assert_next(server, fd, -1);
	close(fd);
}

/* An answer far beyond the socket's buffer arrives whole, in order. */
static void
test_large_answer(void **state)
{
	struct server *server = *state;
	struct packet packet;
	struct msg_status_track track;
	int fd = client_connect(server);

	server->tracks = 150000;
	client_greet(fd, MSG_VERSION);
	client_ask(fd, MSG_SHOW_ALL, "");
	assert_next(server, fd, ENGINE_CTL_HELLO);
	assert_next(server, fd, ENGINE_CTL_STATUS);
	for (size_t i = 0; i < server->tracks; i++) {
		assert_int_equal(client_receive(server, fd, &packet), ENGINE_CTL_TRACK);
		memcpy(&track, packet.payload, sizeof(track));
		assert_int_equal(track.check, i);
	}
	assert_end(server, fd, MSG_CTL_OK);
	client_ask(fd, MSG_SHOW_INSTANCE, "web");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_end(server, fd, MSG_CTL_OK);
	close(fd);
}

/* Everything up to the bound is sent, then the client is cut: memory has an end. */
static void
test_too_large_answer(void **state)
{
	struct server *server = *state;
	struct packet packet;
	int fd = client_connect(server), type;

	server->tracks = 300000;
	client_greet(fd, MSG_VERSION);
	client_ask(fd, MSG_SHOW_ALL, "");
	while ((type = client_receive(server, fd, &packet)) != -1)
		assert_int_not_equal(type, ENGINE_CTL_END);
	close(fd);
	assert_serves(server);
}

/* Cut, though it has not read a byte of what it asked for. */
static void
assert_cut_unread(struct server *server, int fd)
{
	const mono_t deadline = mono_add(clock_now(), PATIENCE_NS);
	struct pollfd pfd = {.fd = fd, .events = 0};

	while (poll(&pfd, 1, 1) == 0) {
		event_base_loop(server->base, EVLOOP_NONBLOCK);
		assert_false(mono_reached(deadline, clock_now()));
	}
	assert_true(pfd.revents & POLLHUP);
	close(fd);
}

/* Asks for a large answer and reads nothing. */
static int
client_sulk(struct server *server)
{
	const int before = server->requests;
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	client_ask(fd, MSG_SHOW_ALL, "");
	while (server->requests == before)
		event_base_loop(server->base, EVLOOP_NONBLOCK);
	return fd;
}

static void
test_never_reads(void **state)
{
	struct server *server = *state;
	int fd;

	server->tracks = 100000;
	server->ops.idle_ms = 300;
	fd = client_sulk(server);
	assert_serves(server);
	assert_cut_unread(server, fd);
	assert_serves(server);
}

/* Long before any is idle, unread answers of several give way to those who ask. */
static void
test_unread_memory(void **state)
{
	struct server *server = *state;
	struct pollfd last = {0};
	int fds[4];

	server->tracks = 120000;
	for (int i = 0; i < 4; i++)
		fds[i] = client_sulk(server);
	assert_cut_unread(server, fds[0]);
	assert_cut_unread(server, fds[1]);
	last.fd = fds[3];
	assert_int_equal(poll(&last, 1, 0), 0);
	assert_serves(server);
	close(fds[2]);
	close(fds[3]);
}

static void
test_idle(void **state)
{
	struct server *server = *state;
	const mono_t start = clock_now();
	int silent, greeted;

	server->ops.idle_ms = 200;
	silent = client_connect(server);
	greeted = client_connect(server);
	client_greet(greeted, MSG_VERSION);
	assert_next(server, greeted, ENGINE_CTL_HELLO);
	assert_next(server, silent, -1);
	assert_next(server, greeted, -1);
	assert_true(mono_since(clock_now(), start) >= 150 * NS_PER_MS);
	close(silent);
	close(greeted);
}

/* The oldest make room, those that were active last stay. */
static void
test_crowd(void **state)
{
	enum { CROWD = CONTROL_CLIENTS_MAX + 8 };
	struct server *server = *state;
	int fds[CROWD];

	for (int i = 0; i < CROWD; i++) {
		fds[i] = client_connect(server);
		client_greet(fds[i], MSG_VERSION);
		assert_next(server, fds[i], ENGINE_CTL_HELLO);
	}
	for (int i = 0; i < CROWD; i++) {
		if (i < CROWD - CONTROL_CLIENTS_MAX) {
			assert_next(server, fds[i], -1);
		} else {
			client_ask(fds[i], MSG_SHOW_INSTANCE, "web");
			assert_next(server, fds[i], ENGINE_CTL_STATUS);
			assert_end(server, fds[i], MSG_CTL_OK);
		}
	}
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
}

/* A client that leaves in the middle of its answer costs nothing. */
static void
test_leaves(void **state)
{
	struct server *server = *state;
	int fd = client_connect(server);

	server->tracks = 50000;
	client_greet(fd, MSG_VERSION);
	client_ask(fd, MSG_SHOW_ALL, "");
	assert_next(server, fd, ENGINE_CTL_HELLO);
	assert_next(server, fd, ENGINE_CTL_STATUS);
	close(fd);
	assert_serves(server);
}

#define CONTROL_TEST(test) cmocka_unit_test_setup_teardown(test, server_start, server_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CONTROL_TEST(test_answers),
	    CONTROL_TEST(test_pipelined),
	    CONTROL_TEST(test_other_version),
	    CONTROL_TEST(test_ask_before_hello),
	    CONTROL_TEST(test_rubbish),
	    CONTROL_TEST(test_operations),
	    CONTROL_TEST(test_rubbish_operations),
	    CONTROL_TEST(test_deferred),
	    CONTROL_TEST(test_deferred_for_too_long),
	    CONTROL_TEST(test_deferred_and_gone),
	    CONTROL_TEST(test_second_hello),
	    CONTROL_TEST(test_large_answer),
	    CONTROL_TEST(test_too_large_answer),
	    CONTROL_TEST(test_never_reads),
	    CONTROL_TEST(test_unread_memory),
	    CONTROL_TEST(test_idle),
	    CONTROL_TEST(test_crowd),
	    CONTROL_TEST(test_leaves),
	};

	signal(SIGPIPE, SIG_IGN);
	log_init("test", false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
