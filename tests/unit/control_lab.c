/*
 * The engine's control socket with an engine that the test plays, and clients.
 */
#include "tests/unit/control_lab.h"

static int
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

int
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

int
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

int
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
	struct received packet = {.header.type = type};

	memcpy(packet.payload, payload, size);
	assert_int_equal(
	    send(fd, &packet, sizeof(packet.header) + size, 0), sizeof(packet.header) + size);
}

void
client_greet(int fd, uint32_t version)
{
	struct msg_ctl_hello hello = {.version = version, .program = "test"};

	client_send(fd, CTL_ENGINE_HELLO, &hello, sizeof(hello));
}

void
client_ask(int fd, enum msg_show what, const char *name)
{
	struct msg_ctl_show show = {.what = what};

	strlcpy(show.name, name, sizeof(show.name));
	client_send(fd, CTL_ENGINE_SHOW, &show, sizeof(show));
}

void
client_operate(int fd, enum msg_operation operation, const char *name)
{
	struct msg_ctl_operate request = {.operation = operation};

	strlcpy(request.name, name, sizeof(request.name));
	client_send(fd, CTL_ENGINE_OPERATE, &request, sizeof(request));
}

int
client_receive(struct server *server, int fd, struct received *packet)
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

void
assert_next(struct server *server, int fd, int type)
{
	struct received packet;

	assert_int_equal(client_receive(server, fd, &packet), type);
}

void
assert_end(struct server *server, int fd, enum msg_ctl_result result)
{
	struct received packet;
	struct msg_ctl_end end;

	assert_int_equal(client_receive(server, fd, &packet), ENGINE_CTL_END);
	memcpy(&end, packet.payload, sizeof(end));
	assert_int_equal(end.result, result);
}

void
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
