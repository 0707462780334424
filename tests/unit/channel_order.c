/*
 * What a channel says and hears when it is full, closed, or its peer dies.
 */
#include "tests/unit/channel_lab.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_under_back_pressure),
	    cmocka_unit_test(test_what_is_stale_later_does_not_wait),
	    cmocka_unit_test(test_the_queue_is_bounded),
	    cmocka_unit_test(test_a_handler_may_close),
	    cmocka_unit_test(test_last_words_of_a_peer),
	    cmocka_unit_test(test_sending_to_a_dead_peer),
	    cmocka_unit_test(test_pause),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
