/*
 * One end of a socket pair against a peer that does what peers do: odd messages, descriptors, not
 * reading, dying. The peer is the test itself, with the bare socket.
 */
#include "tests/unit/channel_lab.h"

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
test_reads_so_many_in_a_turn(void **state)
{
	struct end end;

	(void)state;
	slow_end_open(&end, 2);
	for (int i = 0; i < 5; i++)
		peer_send(end.peer, ENGINE_PARENT_RELEASE, sizeof(struct msg_instance_request));
	close(end.peer);
	end.peer = -1;
	for (unsigned heard = 2; heard <= 4; heard += 2) {
		event_base_loop(end.base, EVLOOP_ONCE);
		assert_int_equal(end.received, heard);
		assert_int_equal(end.ended, 0);
	}
	event_base_loop(end.base, EVLOOP_ONCE);
	event_base_loop(end.base, EVLOOP_ONCE);
	assert_int_equal(end.received, 5);
	assert_int_equal(end.ended, 1);
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
	    cmocka_unit_test(test_reads_so_many_in_a_turn),
	    cmocka_unit_test(test_refuses_what_no_row_allows),
	    cmocka_unit_test(test_refuses_less_than_a_header),
	    cmocka_unit_test(test_nothing_is_heard_after_a_violation),
	    cmocka_unit_test(test_passes_descriptors),
	    cmocka_unit_test(test_unasked_descriptors_vanish),
	    cmocka_unit_test(test_descriptors_must_be_where_the_row_says),
	    cmocka_unit_test(test_waiting_descriptors_are_closed),
	    cmocka_unit_test(test_hello),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
