/*
 * The configuration's text on its way to clients: whole, in pieces that wait for their reader, and never
 * half of one and half of another.
 */
#include "tests/unit/control_lab.h"

#include "vrrpd/engine/engine.h"

#define TEXT_SIZE ((size_t)10 * 1000 * 1000)
#define PIECE_SIZE sizeof(struct msg_status_text)
#define PIECES_WAITING_MAX 64

static struct engine engine;
static char *text;

/* What request.c would say. */
enum msg_ctl_result
request_refuse(struct control_client *client, const char *format, ...)
{
	struct msg_status_explanation line = {.blocks = 1};

	strlcpy(line.text, format, sizeof(line.text));
	control_reply(client, ENGINE_CTL_EXPLANATION, &line, sizeof(line));
	return MSG_CTL_FAILED;
}

static int parts; /* told so far */

static int
show_part(void *ctx, struct control_client *client)
{
	(void)ctx;
	parts++;
	return status_send_config(&engine, client);
}

static int
show_config(void *ctx, struct control_client *client, enum msg_show what, const char *name)
{
	struct msg_status status = {.generation = 1};

	assert_string_equal(name, "");
	assert_int_equal(what, MSG_SHOW_CONFIG);
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	return show_part(ctx, client);
}

static int
config_start(void **state)
{
	struct server *server;

	text = malloc(TEXT_SIZE);
	assert_non_null(text);
	for (size_t i = 0; i < TEXT_SIZE; i++)
		text[i] = (char)(i % 80 == 79 ? '\n' : 'a' + i / PIECE_SIZE % 26);
	engine = (struct engine){.config_text = text, .config_text_size = TEXT_SIZE, .loads = 1};
	parts = 0;
	server_start(state);
	server = *state;
	server->ops.show = show_config;
	server->ops.more = show_part;
	return 0;
}

static int
config_stop(void **state)
{
	free(text);
	return server_stop(state);
}

static int
client_begin(struct server *server)
{
	int fd = client_connect(server);

	client_greet(fd, MSG_VERSION);
	assert_next(server, fd, ENGINE_CTL_HELLO);
	client_ask(fd, MSG_SHOW_CONFIG, "");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	return fd;
}

/* The next piece is that at *at. */
static void
assert_piece(struct server *server, int fd, size_t *at)
{
	const size_t left = engine.config_text_size - *at;
	const size_t size = left < PIECE_SIZE ? left : PIECE_SIZE;
	struct received packet;

	assert_int_equal(client_receive(server, fd, &packet), ENGINE_CTL_TEXT);
	assert_memory_equal(packet.payload, engine.config_text + *at, size);
	*at += size;
}

static void
assert_text(struct server *server, int fd)
{
	for (size_t at = 0; at < engine.config_text_size;)
		assert_piece(server, fd, &at);
	assert_end(server, fd, MSG_CTL_OK);
}

static void
let_work(struct server *server, int ms)
{
	const mono_t deadline = mono_add(clock_now(), ms * NS_PER_MS);

	while (!mono_reached(deadline, clock_now())) {
		event_base_loop(server->base, EVLOOP_NONBLOCK);
		poll(NULL, 0, 1);
	}
}

/* Twice: the second answer begins anew. */
static void
test_whole(void **state)
{
	struct server *server = *state;
	int fd = client_begin(server);

	assert_text(server, fd);
	client_ask(fd, MSG_SHOW_CONFIG, "");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_text(server, fd);
	close(fd);
}

/* However long nothing is read, no more is told than may wait; then it goes on. */
static void
test_slow_reader(void **state)
{
	struct server *server = *state;
	size_t at = 0;
	int fd = client_begin(server), told;

	let_work(server, 100);
	assert_int_equal(parts, 1);
	while (at < TEXT_SIZE) {
		assert_piece(server, fd, &at);
		told = parts;
		if (at / PIECE_SIZE % 200 == 0)
			let_work(server, 20);
		assert_true(parts <= told + 1);
		assert_true(
		    (size_t)parts * PIECES_WAITING_MAX <= at / PIECE_SIZE + 2 * PIECES_WAITING_MAX);
	}
	assert_end(server, fd, MSG_CTL_OK);
	close(fd);
}

static void
test_never_reads(void **state)
{
	struct server *server = *state;
	struct pollfd pfd = {.events = 0};

	server->ops.idle_ms = 100;
	pfd.fd = client_begin(server);
	let_work(server, 300);
	assert_int_equal(poll(&pfd, 1, 0), 1);
	assert_true(pfd.revents & POLLHUP);
	assert_int_equal(parts, 1);
	close(pfd.fd);
}

/* The rest of what was told already, why it ends there, and a whole answer to the next question. */
static void
assert_cut_short(struct server *server, int fd)
{
	struct received packet;
	int type;

	while ((type = client_receive(server, fd, &packet)) == ENGINE_CTL_TEXT)
		continue;
	assert_int_equal(type, ENGINE_CTL_EXPLANATION);
	assert_end(server, fd, MSG_CTL_FAILED);
	client_ask(fd, MSG_SHOW_CONFIG, "");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_text(server, fd);
	close(fd);
}

static void
test_replaced(void **state)
{
	int fd = client_begin(*state);

	engine.config_text_size = 3 * PIECE_SIZE; /* less than was told */
	engine.loads++;
	assert_cut_short(*state, fd);
}

/* The new one lies where the old one lay. */
static void
test_replaced_in_place(void **state)
{
	int fd = client_begin(*state);

	text[TEXT_SIZE - 1] = '!';
	engine.loads++;
	assert_cut_short(*state, fd);
}

static void
test_taken_away(void **state)
{
	struct server *server = *state;
	struct received packet;
	int fd = client_begin(server), type;

	engine.config_text = NULL;
	engine.config_text_size = 0;
	while ((type = client_receive(server, fd, &packet)) == ENGINE_CTL_TEXT)
		continue;
	assert_int_equal(type, ENGINE_CTL_EXPLANATION);
	assert_end(server, fd, MSG_CTL_FAILED);
	client_ask(fd, MSG_SHOW_CONFIG, "");
	assert_next(server, fd, ENGINE_CTL_STATUS);
	assert_next(server, fd, ENGINE_CTL_EXPLANATION);
	assert_end(server, fd, MSG_CTL_FAILED);
	close(fd);
}

/* One that fits into the socket, and one of nothing. */
static void
test_small(void **state)
{
	struct server *server = *state;
	int fd;

	for (size_t size = 0; size <= 2 * PIECE_SIZE; size += PIECE_SIZE) {
		engine.config_text_size = size;
		fd = client_begin(server);
		assert_text(server, fd);
		close(fd);
	}
}

/* Other clients are served between two parts, and one that leaves costs nothing. */
static void
test_leaves(void **state)
{
	struct server *server = *state;
	int fd = client_begin(server), other = client_begin(server);

	close(fd);
	assert_text(server, other);
	close(other);
}

#define CONFIG_TEST(test) cmocka_unit_test_setup_teardown(test, config_start, config_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CONFIG_TEST(test_whole),
	    CONFIG_TEST(test_slow_reader),
	    CONFIG_TEST(test_never_reads),
	    CONFIG_TEST(test_replaced),
	    CONFIG_TEST(test_replaced_in_place),
	    CONFIG_TEST(test_taken_away),
	    CONFIG_TEST(test_small),
	    CONFIG_TEST(test_leaves),
	};

	signal(SIGPIPE, SIG_IGN);
	log_init("test", false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
