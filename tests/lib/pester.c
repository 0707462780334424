/*
 * pester: a client of the control socket that behaves badly. Run by the tests, as root.
 *
 *   pester rubbish SOCKET    random bytes of every size, many connections
 *   pester silent SOCKET     connects and says nothing
 *   pester deaf SOCKET       asks for everything as fast as it can and never reads an answer
 *
 * Exit 0 once the daemon has cut the connection, 1 when it has not within 20 seconds.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"

#define PATIENCE_MS 20000
#define RUBBISH_ROUNDS 400

struct request {
	struct msg_header header;
	union {
		struct msg_ctl_hello hello;
		struct msg_ctl_show show;
	} payload;
};

static int
pester_connect(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	memcpy(sun.sun_path, path, strnlen(path, sizeof(sun.sun_path) - 1));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool
send_hello(int fd)
{
	struct request request = {.header.type = CTL_ENGINE_HELLO,
	    .payload.hello = {.version = MSG_VERSION, .program = "pester"}};
	size_t size = sizeof(request.header) + sizeof(request.payload.hello);

	return send(fd, &request, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool
is_cut(int fd)
{
	struct pollfd pfd = {.fd = fd};

	return poll(&pfd, 1, 10) == 1 && (pfd.revents & (POLLHUP | POLLERR)) != 0;
}

/* Nothing is read, so that what the daemon has sent stays in the socket: only a hang-up is looked for. */
static int
wait_cut(int fd)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (now_ms() < end) {
		if (is_cut(fd))
			return 0;
	}
	return 1;
}

static int
pester_deaf(const char *path)
{
	struct request request = {
	    .header.type = CTL_ENGINE_SHOW, .payload.show.what = MSG_SHOW_ALL};
	size_t size = sizeof(request.header) + sizeof(request.payload.show);
	int64_t end = now_ms() + PATIENCE_MS;
	int fd;

	fd = pester_connect(path);
	if (fd == -1 || !send_hello(fd))
		return 2;
	while (now_ms() < end) {
		if (send(fd, &request, size, MSG_NOSIGNAL | MSG_DONTWAIT) == -1 && errno != EAGAIN)
			return 0;
		if (errno == EAGAIN && is_cut(fd))
			return 0;
	}
	return 1;
}

static int
pester_silent(const char *path)
{
	int fd;

	fd = pester_connect(path);
	return fd == -1 ? 2 : wait_cut(fd);
}

static int
pester_rubbish(const char *path)
{
	static uint8_t bytes[2 * MSG_SIZE_MAX];
	size_t i, round, size;
	int fd;

	for (round = 0; round < RUBBISH_ROUNDS; round++) {
		fd = pester_connect(path);
		if (fd == -1)
			return 2;
		if (round % 2 == 0)
			send_hello(fd);
		size = (size_t)random() % (round % 8 == 0 ? sizeof(bytes) : 128);
		for (i = 0; i < size; i++)
			bytes[i] = (uint8_t)random();
		if (round % 4 < 2)
			bytes[1] = 0;
		send(fd, bytes, size + 1, MSG_NOSIGNAL);
		if (round == RUBBISH_ROUNDS - 1)
			return wait_cut(fd);
		close(fd);
	}
	return 1;
}

int
main(int argc, char **argv)
{
	srandom(1);
	if (argc == 3 && strcmp(argv[1], "rubbish") == 0)
		return pester_rubbish(argv[2]);
	if (argc == 3 && strcmp(argv[1], "silent") == 0)
		return pester_silent(argv[2]);
	if (argc == 3 && strcmp(argv[1], "deaf") == 0)
		return pester_deaf(argv[2]);
	fprintf(stderr, "usage: pester rubbish|silent|deaf SOCKET\n");
	return 2;
}
