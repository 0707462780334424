/*
 * Asking the daemon over its control socket; vrrpctl.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/clock.h"
#include "vrrpctl/client.h"
#include "vrrpctl/exit.h"

struct client {
	int fd;
	mono_t deadline;
	int64_t wait_ms; /* up to there */
	struct model *model;
	char *error;
	struct sockaddr_un path;
};

__attribute__((format(printf, 3, 4))) static int
client_fail(struct client *client, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(client->error, CLIENT_ERROR_MAX, fmt, ap);
	va_end(ap);
	return code;
}

/* The socket itself failed, as errno says. */
static int
client_fail_socket(struct client *client)
{
	const char *path = client->path.sun_path;

	switch (errno) {
	case EACCES:
	case EPERM:
		return client_fail(client, VRRPCTL_PERMISSION,
		    "%s: %s: only root and members of the group _vrrpd may ask; to join it: "
		    "usermod -aG _vrrpd USER, then log in anew",
		    path, strerror(errno));
	case EAGAIN:
	case ETIMEDOUT:
		return client_fail(client, VRRPCTL_UNREACHABLE,
		    "%s: vrrpd did not answer within %d s; see its log", path,
		    (int)(client->wait_ms / 1000));
	case ENOENT:
	case ECONNREFUSED:
		return client_fail(client, VRRPCTL_UNREACHABLE,
		    "%s: %s: vrrpd does not run with this runtime directory; start it, or name its "
		    "directory with -r",
		    path, strerror(errno));
	default:
		return client_fail(client, VRRPCTL_UNREACHABLE, "%s: %s", path, strerror(errno));
	}
}

static void
client_wait(struct client *client, int64_t ms)
{
	client->wait_ms = ms;
	client->deadline = mono_add(clock_now(), ms * NS_PER_MS);
}

static int
client_connect(struct client *client, const char *runtime_dir)
{
	const struct timeval limit = {.tv_sec = CLIENT_TIMEOUT_MS / 1000};
	int n;

	client->path.sun_family = AF_UNIX;
	n = snprintf(
	    client->path.sun_path, sizeof(client->path.sun_path), "%s/vrrpd.sock", runtime_dir);
	if (n < 0 || (size_t)n >= sizeof(client->path.sun_path))
		return client_fail(client, VRRPCTL_USAGE,
		    "%s: the path of a socket has at most %zu characters: use a shorter directory",
		    runtime_dir, sizeof(client->path.sun_path) - sizeof("/vrrpd.sock"));
	client->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (client->fd == -1 ||
	    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == -1 ||
	    connect(client->fd, (const struct sockaddr *)&client->path, sizeof(client->path)) == -1)
		return client_fail_socket(client);
	return VRRPCTL_OK;
}

static int
client_send(struct client *client, uint16_t type, const void *payload, size_t size)
{
	struct {
		struct msg_header header;
		uint8_t payload[sizeof(struct msg_ctl_show) + sizeof(struct msg_ctl_hello)];
	} packet = {.header.type = type};

	memcpy(packet.payload, payload, size);
	if (send(client->fd, &packet, sizeof(packet.header) + size, MSG_NOSIGNAL) == -1)
		return client_fail_socket(client);
	return VRRPCTL_OK;
}

/* Waits for a packet, at most until the deadline. 0 when the daemon hung up, -1 with errno. */
static ssize_t
client_receive(struct client *client, void *buf, size_t size)
{
	struct pollfd pfd = {.fd = client->fd, .events = POLLIN};
	ssize_t n;
	int64_t left_ms;

	for (;;) {
		n = recv(client->fd, buf, size, MSG_DONTWAIT | MSG_TRUNC);
		if (n != -1 || (errno != EAGAIN && errno != EINTR))
			return n;
		left_ms = mono_since(client->deadline, clock_now()) / NS_PER_MS;
		if (left_ms <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(&pfd, 1, (int)left_ms) == -1 && errno != EINTR)
			return -1;
	}
}

/* One message into the model. */
static int
client_take(struct client *client)
{
	uint8_t packet[MSG_SIZE_MAX] __attribute__((aligned(8)));
	ssize_t n = client_receive(client, packet, sizeof(packet));

	if (n == -1)
		return client_fail_socket(client);
	if (n == 0)
		return client_fail(client, VRRPCTL_FAILED,
		    "%s: vrrpd hung up before the end of its answer; see its log",
		    client->path.sun_path);
	if ((size_t)n <= sizeof(packet) && model_take(client->model, packet, (size_t)n) == 0)
		return VRRPCTL_OK;
	if ((size_t)n <= sizeof(packet) && errno != EBADMSG)
		return client_fail(client, VRRPCTL_FAILED, "%s: taking the answer: %s",
		    client->path.sun_path, strerror(errno));
	return client_fail(client, VRRPCTL_FAILED,
	    "%s: the answer breaks protocol (%.*s): is that vrrpd, and of the version of vrrpctl "
	    "%s?",
	    client->path.sun_path, (int)sizeof(client->model->program),
	    client->model->greeted ? client->model->program : "no greeting", VRRPD_VERSION);
}

static int
client_greet(struct client *client)
{
	struct msg_ctl_hello hello = {.version = MSG_VERSION};
	int code;

	strlcpy(hello.program, "vrrpctl " VRRPD_VERSION, sizeof(hello.program));
	code = client_send(client, CTL_ENGINE_HELLO, &hello, sizeof(hello));
	while (code == VRRPCTL_OK && !client->model->greeted)
		code = client_take(client);
	if (code == VRRPCTL_OK && client->model->version != MSG_VERSION)
		return client_fail(client, VRRPCTL_FAILED,
		    "%s: %s speaks protocol %u, vrrpctl %s speaks %d: use the vrrpctl that came "
		    "with "
		    "it, or restart vrrpd after an upgrade",
		    client->path.sun_path, client->model->program, (unsigned)client->model->version,
		    VRRPD_VERSION, MSG_VERSION);
	return code;
}

static int
client_set_name(struct client *client, char field[CONF_NAME_MAX], const char *name)
{
	if (name[0] == '\0')
		return client_fail(client, VRRPCTL_USAGE, "a name is due, not an empty word");
	if (strlcpy(field, name, CONF_NAME_MAX) >= CONF_NAME_MAX)
		return client_fail(client, VRRPCTL_NO_SUCH_OBJECT,
		    "a name has at most %d characters; \"vrrpctl show\" lists the instances",
		    CONF_NAME_MAX - 1);
	return VRRPCTL_OK;
}

static int
client_ask(struct client *client, enum msg_show what, const char *name)
{
	struct msg_ctl_show show = {.what = what};
	int code = name == NULL ? VRRPCTL_OK : client_set_name(client, show.name, name);
	size_t text_size;

	if (code == VRRPCTL_OK)
		code = client_send(client, CTL_ENGINE_SHOW, &show, sizeof(show));
	while (code == VRRPCTL_OK && !client->model->ended) {
		text_size = client->model->text_size;
		code = client_take(client);
		if (client->model->text_size > text_size)
			client_wait(client, CLIENT_TIMEOUT_MS);
	}
	return code;
}

/* The first word of the answer came: how long the rest may take. */
static void
client_extend(struct client *client, const struct msg_ctl_operate *request)
{
	const struct model *model = client->model;

	if (request->operation == MSG_OPERATION_RELOAD && request->up)
		client_wait(client, CLIENT_RELOAD_TIMEOUT_MS);
	else if (model->check_count == 1)
		client_wait(client, CLIENT_TIMEOUT_MS + model->checks[0].timeout_ms);
}

static int
client_request(struct client *client, const struct msg_ctl_operate *operate, const char *name)
{
	struct msg_ctl_operate request = *operate;
	int code = name == NULL ? VRRPCTL_OK : client_set_name(client, request.name, name);
	size_t known = 0;

	if (code == VRRPCTL_OK)
		code = client_send(client, CTL_ENGINE_OPERATE, &request, sizeof(request));
	while (code == VRRPCTL_OK && !client->model->ended) {
		code = client_take(client);
		if (known < client->model->has_status + client->model->check_count)
			client_extend(client, &request);
		known = client->model->has_status + client->model->check_count;
	}
	return code;
}

static bool
client_is_about_check(enum msg_operation operation)
{
	return operation == MSG_OPERATION_CHECK_RUN || operation == MSG_OPERATION_CHECK_SET;
}

/* The daemon answered: what it thinks of the operation. */
static int
client_judge_operation(struct client *client, enum msg_operation operation, const char *name)
{
	const struct model *model = client->model;

	switch (model->result) {
	case MSG_CTL_OK:
		if (operation != MSG_OPERATION_CHECK_RUN || model->has_ran)
			return VRRPCTL_OK;
		break;
	case MSG_CTL_NO_SUCH_OBJECT:
		return client_fail(client, VRRPCTL_NO_SUCH_OBJECT,
		    client_is_about_check(operation)
			? "%s: no such check; \"vrrpctl show checks\" lists them"
			: "%s: no such instance; \"vrrpctl show\" lists them",
		    name);
	case MSG_CTL_PERMISSION:
		return client_fail(client, VRRPCTL_PERMISSION,
		    operation == MSG_OPERATION_CHECK_SET
			? "%s: only root and the user of its set-by may set it"
			: "%s: only root may do that",
		    name);
	case MSG_CTL_FAILED:
		if (model->explanation_count == 0 && operation == MSG_OPERATION_CHECK_RUN)
			return client_fail(client, VRRPCTL_FAILED,
			    "%s: no result in time: more than scripts.max-parallel are run by "
			    "hand, or its checker hangs; see the log",
			    name);
		if (model->explanation_count == 0)
			break;
		return client_fail(client, VRRPCTL_FAILED, "%s",
		    model->explanations[model->explanation_count - 1].text);
	}
	return client_fail(client, VRRPCTL_FAILED, "%s: vrrpd could not do it; see its log", name);
}

/* The daemon answered: what it thinks of the request. */
static int
client_judge(struct client *client, enum msg_show what, const char *name)
{
	switch (client->model->result) {
	case MSG_CTL_OK:
		if (what != MSG_SHOW_INSTANCE || client->model->instance_count == 1)
			return VRRPCTL_OK;
		break;
	case MSG_CTL_NO_SUCH_OBJECT:
		return client_fail(client, VRRPCTL_NO_SUCH_OBJECT,
		    "%s: no such instance; \"vrrpctl show\" lists them", name != NULL ? name : "");
	case MSG_CTL_PERMISSION:
		return client_fail(client, VRRPCTL_PERMISSION,
		    "%s: vrrpd does not allow this user to ask that; try as root",
		    client->path.sun_path);
	case MSG_CTL_FAILED:
		if (client->model->explanation_count == 0)
			break;
		return client_fail(client, VRRPCTL_FAILED, "%s",
		    client->model->explanations[client->model->explanation_count - 1].text);
	}
	return client_fail(client, VRRPCTL_FAILED,
	    "%s: vrrpd could not give a whole answer; see its log", client->path.sun_path);
}

/* As far as the daemon's greeting. */
static int
client_open(struct client *client, const char *runtime_dir, struct model *model,
    char error[CLIENT_ERROR_MAX])
{
	int code;

	*client = (struct client){
	    .fd = -1,
	    .model = model,
	    .error = error,
	};
	error[0] = '\0';
	client_wait(client, CLIENT_TIMEOUT_MS);
	code = client_connect(client, runtime_dir);
	return code == VRRPCTL_OK ? client_greet(client) : code;
}

int
client_operate(const char *runtime_dir, const struct msg_ctl_operate *operate, const char *name,
    struct model *model, char error[CLIENT_ERROR_MAX])
{
	const enum msg_operation operation = (enum msg_operation)operate->operation;
	struct client client;
	int code = client_open(&client, runtime_dir, model, error);

	if (code == VRRPCTL_OK)
		code = client_request(&client, operate, name);
	if (code == VRRPCTL_OK)
		code = client_judge_operation(&client, operation, name != NULL ? name : "reload");
	if (client.fd != -1)
		close(client.fd);
	return code;
}

int
client_show(const char *runtime_dir, enum msg_show what, const char *name, struct model *model,
    char error[CLIENT_ERROR_MAX])
{
	struct client client;
	int code = client_open(&client, runtime_dir, model, error);

	if (code == VRRPCTL_OK)
		code = client_ask(&client, what, name);
	if (code == VRRPCTL_OK)
		code = client_judge(&client, what, name);
	if (client.fd != -1)
		close(client.fd);
	return code;
}
