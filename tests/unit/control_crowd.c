/*
 * The control socket and clients that take too much: room, memory, time.
 */
#include "tests/unit/control_lab.h"

/* An answer far beyond the socket's buffer arrives whole, in order. */
static void
test_large_answer(void **state)
{
	struct server *server = *state;
	struct received packet;
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
	struct received packet;
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

/* Lets the server work turn by turn, none of which has more than one answer, until there are so many. */
static void
turn_until(struct server *server, int requests)
{
	const mono_t deadline = mono_add(clock_now(), PATIENCE_NS);
	int before;

	while (server->requests < requests) {
		before = server->requests;
		event_base_loop(server->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		assert_in_range(server->requests - before, 0, 1);
		assert_false(mono_reached(deadline, clock_now()));
	}
}

/* All ask at once, some of them with their greeting: one answer a turn of the loop, none is lost. */
static void
test_one_answer_a_turn(void **state)
{
	struct server *server = *state;
	int fds[CONTROL_CLIENTS_MAX];

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = client_connect(server);
		client_greet(fds[i], MSG_VERSION);
		if (i % 2 == 0)
			assert_next(server, fds[i], ENGINE_CTL_HELLO);
	}
	server->tracks = 100;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		client_ask(fds[i], MSG_SHOW_ALL, "");
		client_operate(fds[i], MSG_OPERATION_FAULT, "web");
	}
	turn_until(server, 2 * CONTROL_CLIENTS_MAX);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (i % 2 != 0)
			assert_next(server, fds[i], ENGINE_CTL_HELLO);
		assert_next(server, fds[i], ENGINE_CTL_STATUS);
		for (size_t k = 0; k < server->tracks; k++)
			assert_next(server, fds[i], ENGINE_CTL_TRACK);
		assert_end(server, fds[i], MSG_CTL_OK);
		assert_next(server, fds[i], ENGINE_CTL_STATUS);
		assert_end(server, fds[i], MSG_CTL_OK);
		close(fds[i]);
	}
}

#define PARTS 4 /* of an answer that is told piece by piece */

static int
tell_part(void *ctx, struct control_client *client)
{
	struct server *server = ctx;
	const struct msg_status_track track = {.instance = 1};

	server->requests++;
	control_reply(client, ENGINE_CTL_TRACK, &track, sizeof(track));
	return ++control_cursor(client)->told < PARTS ? CONTROL_MORE : MSG_CTL_OK;
}

static int
tell_first_part(void *ctx, struct control_client *client, enum msg_show what, const char *name)
{
	(void)what;
	(void)name;
	return tell_part(ctx, client);
}

/* So it is with parts. */
static void
test_one_part_a_turn(void **state)
{
	struct server *server = *state;
	int fds[CONTROL_CLIENTS_MAX];

	server->ops.show = tell_first_part;
	server->ops.more = tell_part;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = client_connect(server);
		client_greet(fds[i], MSG_VERSION);
		assert_next(server, fds[i], ENGINE_CTL_HELLO);
	}
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		client_ask(fds[i], MSG_SHOW_CONFIG, "");
	turn_until(server, PARTS * CONTROL_CLIENTS_MAX);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		for (int k = 0; k < PARTS; k++)
			assert_next(server, fds[i], ENGINE_CTL_TRACK);
		assert_end(server, fds[i], MSG_CTL_OK);
		close(fds[i]);
	}
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CONTROL_TEST(test_large_answer),
	    CONTROL_TEST(test_too_large_answer),
	    CONTROL_TEST(test_never_reads),
	    CONTROL_TEST(test_unread_memory),
	    CONTROL_TEST(test_idle),
	    CONTROL_TEST(test_crowd),
	    CONTROL_TEST(test_one_answer_a_turn),
	    CONTROL_TEST(test_one_part_a_turn),
	    CONTROL_TEST(test_leaves),
	};

	signal(SIGPIPE, SIG_IGN);
	log_init("test", false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
