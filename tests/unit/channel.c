/*
 * One end of a socket pair against a peer that does what peers do: odd messages, descriptors, not
 * reading, dying. The peer is the test itself, with the bare socket.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/proc.h"

#define PATIENCE_NS (5 * NS_PER_S)
#define MESSAGES 3000 /* more than a socket holds */

struct end {
	struct event_base *base;
	struct channel *channel;
	struct channel_conf conf;
	int peer; /* the other end */
	unsigned received;
	uint16_t type; /* of the last one */
	size_t size;
	uint8_t payload[MSG_SIZE_MAX];
	int fd;
	unsigned ended;
	enum channel_end how;
	unsigned drained;
	unsigned close_at; /* the handler closes the channel at this message */
	int verdict;       /* of the handler */
};

static size_t
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static int
on_message(void *ctx, uint16_t type, const void *payload, size_t size, int fd)
{
	struct end *end = ctx;

	end->received++;
	end->type = type;
	end->size = size;
	memcpy(end->payload, payload, size);
	if (end->fd != -1)
		close(end->fd);
	end->fd = fd;
	if (end->received == end->close_at) {
		channel_close(end->channel);
		end->channel = NULL;
	}
	return end->verdict;
}

static void
on_ended(void *ctx, enum channel_end how)
{
	struct end *end = ctx;

	end->ended++;
	end->how = how;
	channel_close(end->channel);
	end->channel = NULL;
}

static void
on_drained(void *ctx)
{
	((struct end *)ctx)->drained++;
}

/* With what the engine or the parent would hear and say. */
static void
end_open(struct end *end, const struct msg_table *in, const struct msg_table *out, size_t queue_max)
{
	int sv[2];

	memset(end, 0, sizeof(*end));
	end->fd = -1;
	end->conf = (struct channel_conf){.peer = "peer",
	    .in = in,
	    .out = out,
	    .dispatch = on_message,
	    .ended = on_ended,
	    .drained = on_drained,
	    .ctx = end,
	    .queue_max = queue_max,
	    .sends_fds = true};
	assert_int_equal(proc_socketpair(sv, 0), 0);
	end->peer = sv[1];
	assert_int_equal(fcntl(end->peer, F_SETFL, O_NONBLOCK), 0);
	end->base = event_base_new();
	assert_non_null(end->base);
	end->channel = channel_open(end->base, sv[0], &end->conf);
	assert_non_null(end->channel);
}

static void
end_close(struct end *end)
{
	channel_close(end->channel);
	if (end->peer != -1)
		close(end->peer);
	if (end->fd != -1)
		close(end->fd);
	event_base_free(end->base);
}

/* Runs what can run without waiting. */
static void
end_turn(struct end *end)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(end->base, EVLOOP_NONBLOCK);
}

static void
peer_send(int fd, uint16_t type, size_t payload_size)
{
	static uint8_t packet[MSG_SIZE_MAX + 64];

	memcpy(packet, &type, sizeof(type));
	assert_int_equal(write(fd, packet, sizeof(struct msg_header) + payload_size),
	    sizeof(struct msg_header) + payload_size);
}

/* count copies of one descriptor with a message. */
static void
peer_send_fds(int peer, uint16_t type, size_t payload_size, int fd, size_t count)
{
	static uint8_t packet[MSG_SIZE_MAX + 64];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control = {.align = {CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec iov = {packet, sizeof(struct msg_header) + payload_size};
	struct msghdr mh = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = CMSG_SPACE(count * sizeof(int))};

	memcpy(packet, &type, sizeof(type));
	for (size_t i = 0; i < count; i++)
		memcpy(CMSG_DATA(&control.align) + i * sizeof(fd), &fd, sizeof(fd));
	assert_int_equal(sendmsg(peer, &mh, MSG_NOSIGNAL), iov.iov_len);
}

/* Reads one ACQUIRE and checks that it is the one that comes next. */
static bool
peer_read_next(int fd, uint32_t *next)
{
	struct {
		struct msg_header header;
		struct msg_instance_request request;
	} packet;

	if (recv(fd, &packet, sizeof(packet), 0) == -1) {
		assert_int_equal(errno, EAGAIN);
		return false;
	}
	assert_int_equal(packet.header.type, ENGINE_PARENT_ACQUIRE);
	assert_int_equal(packet.request.sequence, *next);
	(*next)++;
	return true;
}

static int
send_numbered(struct end *end, uint32_t number)
{
	const struct msg_instance_request request = {1, number};

	return channel_send(end->channel, ENGINE_PARENT_ACQUIRE, &request, sizeof(request), -1);
}

static void
parent_end_open(struct end *end)
{
	end_open(end, &msg_table_engine_parent, &msg_table_parent_engine, 0);
}

static void
engine_end_open(struct end *end, size_t queue_max)
{
	end_open(end, &msg_table_parent_engine, &msg_table_engine_parent, queue_max);
}

/* ---- framing ---- */

static void
test_delivers_what_is_in_bounds(void **state)
{
	const size_t largest = sizeof(struct msg_advertise);
	struct end end;

	(void)state;
	parent_end_open(&end);
	peer_send(end.peer, ENGINE_PARENT_ADVERTISE, offsetof(struct msg_advertise, item));
	peer_send(end.peer, ENGINE_PARENT_RELEASE, sizeof(struct msg_instance_request));
	peer_send(end.peer, ENGINE_PARENT_ADVERTISE, largest);
	end_turn(&end);
	assert_int_equal(end.received, 3);
	assert_int_equal(end.type, ENGINE_PARENT_ADVERTISE);
	assert_int_equal(end.size, largest);
	assert_int_equal(end.fd, -1);
	assert_int_equal(end.ended, 0);
	end_close(&end);
}

static void
expect_violation(uint16_t type, size_t payload_size)
{
	struct end end;

	parent_end_open(&end);
	peer_send(end.peer, type, payload_size);
	end_turn(&end);
	assert_int_equal(end.received, 0);
	assert_int_equal(end.ended, 1);
	assert_int_equal(end.how, CHANNEL_VIOLATION);
	end_close(&end);
}

static void
test_refuses_what_no_row_allows(void **state)
{
	const size_t request = sizeof(struct msg_instance_request);

	(void)state;
	expect_violation(ENGINE_PARENT_COUNT, request);
	expect_violation(UINT16_MAX, request);
	expect_violation(ENGINE_PARENT_ACQUIRE, 0);
	expect_violation(ENGINE_PARENT_ACQUIRE, request - 1);
	expect_violation(ENGINE_PARENT_ACQUIRE, request + 1);
	expect_violation(ENGINE_PARENT_ADVERTISE, sizeof(struct msg_advertise) + 1);
	expect_violation(ENGINE_PARENT_ADVERTISE, MSG_SIZE_MAX);
	expect_violation(ENGINE_PARENT_ADVERTISE, 0);
}

static void
test_refuses_less_than_a_header(void **state)
{
	struct end end;

	(void)state;
	for (size_t size = 1; size < sizeof(struct msg_header); size++) {
		parent_end_open(&end);
		assert_int_equal(write(end.peer, "\0\0\0\0\0\0\0", size), size);
		end_turn(&end);
		assert_int_equal(end.how, CHANNEL_VIOLATION);
		assert_int_equal(end.ended, 1);
		end_close(&end);
	}
}

/* What came before is heard, what comes after is not. */
static void
test_nothing_is_heard_after_a_violation(void **state)
{
	struct end end;

	(void)state;
	parent_end_open(&end);
	peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	peer_send(end.peer, ENGINE_PARENT_COUNT, 4);
	peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	end_turn(&end);
	assert_int_equal(end.received, 1);
	assert_int_equal(end.ended, 1);
	end_close(&end);
	parent_end_open(&end);
	end.verdict = -1; /* the handler's own judgement */
	peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	end_turn(&end);
	assert_int_equal(end.received, 1);
	assert_int_equal(end.how, CHANNEL_VIOLATION);
	end_close(&end);
}

/* ---- descriptors ---- */

static void
test_passes_descriptors(void **state)
{
	size_t before = count_descriptors();
	int pipes[2], sv[2];
	struct end sender, end;
	char c;

	(void)state;
	end_open(&sender, &msg_table_engine_parent, &msg_table_parent_engine, 0);
	engine_end_open(&end, 0);
	channel_close(end.channel);
	assert_int_equal(proc_socketpair(sv, 0), 0);
	channel_close(sender.channel);
	sender.channel = channel_open(sender.base, sv[0], &sender.conf);
	end.channel = channel_open(end.base, sv[1], &end.conf);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(channel_send(sender.channel, PARENT_ENGINE_CONTROL_SOCKET,
			     &(struct msg_empty){0}, sizeof(struct msg_empty), pipes[1]),
	    0); /* takes pipes[1] */
	assert_int_equal(fcntl(pipes[1], F_GETFD), -1);
	end_turn(&end);
	assert_int_equal(end.received, 1);
	assert_int_not_equal(end.fd, -1);
	assert_int_equal(fcntl(end.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(end.fd, "x", 1), 1);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	close(pipes[0]);
	end_close(&end);
	end_close(&sender);
	assert_int_equal(count_descriptors(), before);
}

/* A receiver without rows for them does not even get them. */
static void
test_unasked_descriptors_vanish(void **state)
{
	size_t before;
	struct end end;

	(void)state;
	parent_end_open(&end);
	before = count_descriptors();
	for (size_t i = 1; i <= 4; i++)
		peer_send_fds(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request),
		    STDIN_FILENO, i);
	end_turn(&end);
	assert_int_equal(end.received, 4);
	assert_int_equal(end.fd, -1);
	assert_int_equal(end.ended, 0);
	assert_int_equal(count_descriptors(), before);
	end_close(&end);
}

static void
expect_fd_violation(uint16_t type, size_t size, size_t fds)
{
	size_t before = count_descriptors();
	struct end end;

	engine_end_open(&end, 0);
	if (fds == 0)
		peer_send(end.peer, type, size);
	else
		peer_send_fds(end.peer, type, size, STDIN_FILENO, fds);
	end_turn(&end);
	assert_int_equal(end.received, 0);
	assert_int_equal(end.how, CHANNEL_VIOLATION);
	end_close(&end);
	assert_int_equal(count_descriptors(), before);
}

static void
test_descriptors_must_be_where_the_row_says(void **state)
{
	size_t before;
	struct end end;

	(void)state;
	expect_fd_violation(PARENT_ENGINE_CONTROL_SOCKET, sizeof(struct msg_empty), 0);
	expect_fd_violation(PARENT_ENGINE_COMMIT, sizeof(struct msg_empty), 1);
	expect_fd_violation(PARENT_ENGINE_COMMIT, sizeof(struct msg_empty), 3);
	/* several where one belongs: one at most stays */
	before = count_descriptors();
	engine_end_open(&end, 0);
	peer_send_fds(
	    end.peer, PARENT_ENGINE_CONTROL_SOCKET, sizeof(struct msg_empty), STDIN_FILENO, 2);
	end_turn(&end);
	end_close(&end);
	assert_int_equal(count_descriptors(), before);
}

/* What waits when it ends, and what is sent afterwards, is closed. */
static void
test_waiting_descriptors_are_closed(void **state)
{
	size_t before = count_descriptors(), open;
	struct end end;

	(void)state;
	end_open(&end, &msg_table_engine_parent, &msg_table_parent_engine, 0);
	open = count_descriptors();
	for (int i = 0; i < MESSAGES && channel_queued(end.channel) == 0; i++)
		channel_send(end.channel, PARENT_ENGINE_CONF_GLOBAL, end.payload,
		    sizeof(struct conf_global), -1);
	assert_true(channel_queued(end.channel) > 0);
	channel_send(end.channel, PARENT_ENGINE_CONTROL_SOCKET, &(struct msg_empty){0},
	    sizeof(struct msg_empty), dup(STDIN_FILENO));
	assert_int_equal(count_descriptors(), open + 1);
	end_close(&end);
	assert_int_equal(count_descriptors(), before);
}

/* ---- order and back-pressure ---- */

static void
test_order_under_back_pressure(void **state)
{
	mono_t end_of_patience = mono_add(clock_now(), PATIENCE_NS);
	uint32_t next = 0;
	struct end end;

	(void)state;
	engine_end_open(&end, 0);
	for (uint32_t i = 0; i < MESSAGES; i++)
		assert_int_equal(send_numbered(&end, i), 0);
	assert_true(channel_queued(end.channel) > 0);
	assert_int_equal(end.drained, 0);
	while (peer_read_next(end.peer, &next))
		continue;
	/* there is room, but what is sent now does not overtake what waits */
	assert_int_equal(send_numbered(&end, MESSAGES), 0);
	while (next <= MESSAGES && !mono_reached(end_of_patience, clock_now())) {
		while (peer_read_next(end.peer, &next))
			continue;
		event_base_loop(end.base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(next, MESSAGES + 1);
	assert_int_equal(channel_queued(end.channel), 0);
	assert_int_equal(end.drained, 1);
	assert_int_equal(end.ended, 0);
	end_close(&end);
}

static void
test_what_is_stale_later_does_not_wait(void **state)
{
	const struct msg_instance_request request = {1, 4711};
	uint32_t next = 0, sent = 0;
	struct end end;

	(void)state;
	engine_end_open(&end, 0);
	while (channel_queued(end.channel) == 0)
		assert_int_equal(send_numbered(&end, sent++), 0);
	errno = 0;
	assert_int_equal(
	    channel_send_now(end.channel, ENGINE_PARENT_ACQUIRE, &request, sizeof(request)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(channel_queued(end.channel), 1);
	while (peer_read_next(end.peer, &next))
		continue;
	/* there is room, but not before the one that waits */
	assert_int_equal(
	    channel_send_now(end.channel, ENGINE_PARENT_ACQUIRE, &request, sizeof(request)), -1);
	end_turn(&end);
	while (peer_read_next(end.peer, &next))
		continue;
	assert_int_equal(next, sent);
	assert_int_equal(
	    channel_send_now(end.channel, ENGINE_PARENT_ACQUIRE, &request, sizeof(request)), 0);
	next = 4711;
	assert_true(peer_read_next(end.peer, &next));
	end_close(&end);
}

static void
test_the_queue_is_bounded(void **state)
{
	struct end end;
	int result = 0;

	(void)state;
	engine_end_open(&end, 10);
	for (uint32_t i = 0; i < 10 * MESSAGES && result == 0; i++) {
		result = send_numbered(&end, i);
		assert_int_equal(end.ended, 0); /* never from within */
	}
	assert_int_equal(result, -1);
	assert_int_equal(errno, ENOBUFS);
	assert_int_equal(channel_queued(end.channel), 10);
	assert_int_equal(send_numbered(&end, 0), 0); /* ended() tells */
	assert_int_equal(channel_queued(end.channel), 10);
	end_turn(&end);
	assert_int_equal(end.ended, 1);
	assert_int_equal(end.how, CHANNEL_OVERFLOW);
	end_close(&end);
}

/* ---- closing, dying, pausing ---- */

static void
test_a_handler_may_close(void **state)
{
	size_t before = count_descriptors();
	struct end end;

	(void)state;
	parent_end_open(&end);
	end.close_at = 2;
	for (int i = 0; i < 5; i++)
		peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	end_turn(&end);
	assert_int_equal(end.received, 2);
	assert_int_equal(end.ended, 0);
	end_close(&end);
	parent_end_open(&end);
	end.close_at = 1;
	end.verdict = -1; /* and complain */
	peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	end_turn(&end);
	assert_int_equal(end.ended, 0);
	end_close(&end);
	assert_int_equal(count_descriptors(), before);
}

/* All that it said is heard, then its death once: also when it had not read all. */
static void
expect_last_words(bool unread)
{
	struct end end;

	parent_end_open(&end);
	if (unread)
		channel_send(end.channel, PARENT_ENGINE_COMMIT, &(struct msg_empty){0},
		    sizeof(struct msg_empty), -1);
	for (int i = 0; i < 100; i++) /* more than are read in one turn */
		peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	close(end.peer);
	end.peer = -1;
	end_turn(&end);
	assert_int_equal(end.received, 100);
	assert_int_equal(end.ended, 1);
	assert_int_equal(end.how, CHANNEL_CLOSED);
	end_close(&end);
}

static void
test_last_words_of_a_peer(void **state)
{
	(void)state;
	expect_last_words(false);
	expect_last_words(true);
}

static void
test_sending_to_a_dead_peer(void **state)
{
	struct end end;

	(void)state;
	engine_end_open(&end, 0);
	close(end.peer);
	end.peer = -1;
	assert_int_equal(send_numbered(&end, 1), 0);
	assert_int_equal(send_numbered(&end, 2), 0);
	assert_int_equal(end.ended, 0);
	end_turn(&end);
	assert_int_equal(end.ended, 1);
	assert_int_equal(end.how, CHANNEL_CLOSED);
	end_close(&end);
}

static void
test_pause(void **state)
{
	struct end end;

	(void)state;
	parent_end_open(&end);
	channel_pause(end.channel);
	peer_send(end.peer, ENGINE_PARENT_ACQUIRE, sizeof(struct msg_instance_request));
	end_turn(&end);
	assert_int_equal(end.received, 0);
	channel_unpause(end.channel);
	end_turn(&end);
	assert_int_equal(end.received, 1);
	end_close(&end);
}

/* ---- the first message ---- */

static void
test_hello(void **state)
{
	struct {
		struct msg_header header;
		struct msg_hello hello;
	} packet = {.header.type = PARENT_ENGINE_HELLO,
	    .hello = {.version = MSG_VERSION, .role = MSG_ROLE_CHECKER}};
	struct msg_hello hello;
	int sv[2];

	(void)state;
	memset(packet.hello.user_name, 'x', sizeof(packet.hello.user_name));
	assert_int_equal(proc_socketpair(sv, 0), 0);
	assert_int_equal(write(sv[1], &packet, sizeof(packet)), sizeof(packet));
	assert_int_equal(channel_read_hello(sv[0], &hello), 0);
	assert_int_equal(hello.role, MSG_ROLE_CHECKER);
	assert_int_equal(strlen(hello.user_name), sizeof(hello.user_name) - 1);
	assert_int_equal(write(sv[1], &packet, sizeof(packet) - 1), sizeof(packet) - 1);
	assert_int_equal(channel_read_hello(sv[0], &hello), -1);
	assert_int_equal(errno, EBADMSG);
	packet.hello.version = MSG_VERSION + 1;
	assert_int_equal(write(sv[1], &packet, sizeof(packet)), sizeof(packet));
	assert_int_equal(channel_read_hello(sv[0], &hello), -1);
	close(sv[1]);
	assert_int_equal(channel_read_hello(sv[0], &hello), -1);
	close(sv[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_delivers_what_is_in_bounds),
	    cmocka_unit_test(test_refuses_what_no_row_allows),
	    cmocka_unit_test(test_refuses_less_than_a_header),
	    cmocka_unit_test(test_nothing_is_heard_after_a_violation),
	    cmocka_unit_test(test_passes_descriptors),
	    cmocka_unit_test(test_unasked_descriptors_vanish),
	    cmocka_unit_test(test_descriptors_must_be_where_the_row_says),
	    cmocka_unit_test(test_waiting_descriptors_are_closed),
	    cmocka_unit_test(test_order_under_back_pressure),
	    cmocka_unit_test(test_what_is_stale_later_does_not_wait),
	    cmocka_unit_test(test_the_queue_is_bounded),
	    cmocka_unit_test(test_a_handler_may_close),
	    cmocka_unit_test(test_last_words_of_a_peer),
	    cmocka_unit_test(test_sending_to_a_dead_peer),
	    cmocka_unit_test(test_pause),
	    cmocka_unit_test(test_hello),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
