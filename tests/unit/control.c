/*
 * The engine's control socket as its clients see it: good ones are answered, bad ones cut, and
 * nobody waits for another.
 */
#include "tests/unit/control_lab.h"

static void
test_answers(void **state)
{
	struct server *server = *state;
	struct received packet;
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
	struct received packet;
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
	strlcpy(rq.show.name, "web", sizeof(rq.show.name));
	rq.show.what = MSG_SHOW_CONFIG; /* of a name */
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
	client_operate(fd, MSG_OPERATION_RELOAD, "");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_end(server, fd, MSG_CTL_OK);
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
	rq.operate.up = 1; /* of a check and a reload only */
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
	rq.operate.operation = MSG_OPERATION_RELOAD; /* of nothing by name */
	check_rubbish(*state, &rq, sizeof(rq));
	rq.operate.name[0] = '\0';
	rq.operate.up = 2;
	check_rubbish(*state, &rq, sizeof(rq));
	rq.operate.operation = MSG_OPERATION_CHECK_RUN;
	rq.operate.up = 0;
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

/* Not even one of another version, which gets one answer and no more. */
static void
test_second_hello_of_another_version(void **state)
{
	struct server *server = *state;
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION + 1);
	client_greet(fd, MSG_VERSION + 1);
	assert_next(server, fd, ENGINE_CTL_HELLO);
	assert_next(server, fd, -1);
	close(fd);
	fd = client_connect(server);
	client_greet(fd, MSG_VERSION + 1);
	assert_next(server, fd, ENGINE_CTL_HELLO);
	client_greet(fd, MSG_VERSION);
	assert_next(server, fd, -1);
	close(fd);
	assert_serves(server);
}

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
	    CONTROL_TEST(test_second_hello_of_another_version),
	};

	signal(SIGPIPE, SIG_IGN);
	log_init("test", false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
