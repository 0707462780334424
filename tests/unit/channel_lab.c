/*
 * One end of a channel, and a peer that the test plays.
 */
#include "tests/unit/channel_lab.h"

size_t
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

static void
open_end(struct end *end, const struct msg_table *in, const struct msg_table *out, size_t queue_max,
    int read_max)
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
	    .read_max = read_max,
	    .sends_fds = true};
	assert_int_equal(proc_socketpair(sv, 0), 0);
	end->peer = sv[1];
	assert_int_equal(fcntl(end->peer, F_SETFL, O_NONBLOCK), 0);
	end->base = event_base_new();
	assert_non_null(end->base);
	end->channel = channel_open(end->base, sv[0], &end->conf);
	assert_non_null(end->channel);
}

void
end_open(struct end *end, const struct msg_table *in, const struct msg_table *out, size_t queue_max)
{
	open_end(end, in, out, queue_max, 0);
}

void
end_close(struct end *end)
{
	channel_close(end->channel);
	if (end->peer != -1)
		close(end->peer);
	if (end->fd != -1)
		close(end->fd);
	event_base_free(end->base);
}

void
end_turn(struct end *end)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(end->base, EVLOOP_NONBLOCK);
}

void
peer_send(int fd, uint16_t type, size_t payload_size)
{
	static uint8_t packet[MSG_SIZE_MAX + 64];

	memcpy(packet, &type, sizeof(type));
	assert_int_equal(write(fd, packet, sizeof(struct msg_header) + payload_size),
	    sizeof(struct msg_header) + payload_size);
}

void
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

bool
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

int
send_numbered(struct end *end, uint32_t number)
{
	const struct msg_instance_request request = {1, number};

	return channel_send(end->channel, ENGINE_PARENT_ACQUIRE, &request, sizeof(request), -1);
}

void
parent_end_open(struct end *end)
{
	end_open(end, &msg_table_engine_parent, &msg_table_parent_engine, 0);
}

void
slow_end_open(struct end *end, int read_max)
{
	open_end(end, &msg_table_engine_parent, &msg_table_parent_engine, 0, read_max);
}

void
engine_end_open(struct end *end, size_t queue_max)
{
	end_open(end, &msg_table_parent_engine, &msg_table_engine_parent, queue_max);
}
