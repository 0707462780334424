/*
 * Messages as somebody writes them who keeps no rules; for hostile.c.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/boundary/hostile.h"

#define KEPT_MS 5000 /* a descriptor that somebody has for so long is kept */
#define TABLES_MAX 2

static struct {
	const struct msg_table *table;
	uint64_t rows; /* sent with a descriptor: a bit each */
} sent[TABLES_MAX];

int
hostile_send(int fd, uint16_t type, const void *payload, size_t size)
{
	uint8_t packet[sizeof(struct msg_header) + 20000] = {0};

	memcpy(packet, &type, sizeof(type));
	if (payload != NULL)
		memcpy(packet + sizeof(struct msg_header), payload, size);
	return write(fd, packet, sizeof(struct msg_header) + size) == -1 ? -1 : 0;
}

static int
send_passing(int fd, uint16_t type, const void *payload, size_t size, int passed)
{
	struct msg_header header = {.type = type};
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.align = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec iov[2] = {{&header, sizeof(header)}, {(void *)(uintptr_t)payload, size}};
	const struct msghdr message = {.msg_iov = iov,
	    .msg_iovlen = 2,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.align), &passed, sizeof(passed));
	return sendmsg(fd, &message, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

static void
note_sent(const struct msg_table *table, uint16_t type)
{
	size_t i = 0;

	while (sent[i].table != NULL && sent[i].table != table)
		i++;
	sent[i].table = table;
	sent[i].rows |= UINT64_C(1) << type;
}

/* The other end of a pipe is closed when nobody has this one any more. */
int
hostile_send_descriptor(
    int fd, const struct msg_table *table, uint16_t type, const void *payload, size_t size)
{
	struct pollfd end = {0};
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) == -1)
		_exit(6);
	rc = send_passing(fd, type, payload, size, ends[1]);
	close(ends[1]);
	end.fd = ends[0];
	if (rc == 0 && poll(&end, 1, KEPT_MS) != 1) {
		dprintf(STDERR_FILENO, "hostile: the descriptor of %s %s is kept\n", table->name,
		    table->rows[type].name);
		_exit(6);
	}
	close(ends[0]);
	note_sent(table, type);
	return rc;
}

void
hostile_sent_all(const struct msg_table *table)
{
	size_t i = 0;

	while (i < TABLES_MAX - 1 && sent[i].table != table)
		i++;
	for (uint16_t type = 0; type < table->count; type++)
		if (sent[i].table != table || (sent[i].rows >> type & 1) == 0) {
			dprintf(STDERR_FILENO, "hostile: %s %s was never sent\n", table->name,
			    table->rows[type].name);
			_exit(6);
		}
	dprintf(STDERR_FILENO, "hostile: all rows of %s were sent\n", table->name);
}
