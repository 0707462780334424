/*
 * One end of a SEQPACKET pair: framing, bounds, descriptors, an ordered queue; any process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <bsd/sys/queue.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/log.h"

/* Messages handled before the loop turns to others. */
#define CHANNEL_READ_BATCH 64
#define CHANNEL_WRITES_MAX 64 /* of what waited, in one turn of the loop */

struct channel_item {
	TAILQ_ENTRY(channel_item) entry;
	int fd;
	size_t size;
	struct msg_header header;
	uint8_t payload[];
};

struct channel {
	struct channel_conf conf;
	int fd;
	bool receives_fds;
	bool in_handler; /* a callback of ours is running */
	bool closed;     /* channel_close() was called by it */
	bool dead;       /* nothing is read or written any more; ended() is due */
	enum channel_end end;
	size_t queued;
	TAILQ_HEAD(, channel_item) queue;
	struct event *readable;
	struct event *writable;
	struct event *dying; /* calls ended() from the loop */
};

static void
channel_free(struct channel *ch)
{
	struct channel_item *item;

	while ((item = TAILQ_FIRST(&ch->queue)) != NULL) {
		TAILQ_REMOVE(&ch->queue, item, entry);
		if (item->fd != -1)
			close(item->fd);
		free(item);
	}
	if (ch->readable != NULL)
		event_free(ch->readable);
	if (ch->writable != NULL)
		event_free(ch->writable);
	if (ch->dying != NULL)
		event_free(ch->dying);
	close(ch->fd);
	free(ch);
}

void
channel_close(struct channel *ch)
{
	if (ch == NULL)
		return;
	if (ch->in_handler)
		ch->closed = true;
	else
		channel_free(ch);
}

/* The first cause wins; ended() follows from the loop. */
static void
channel_die(struct channel *ch, enum channel_end end)
{
	if (ch->dead)
		return;
	ch->dead = true;
	ch->end = end;
	event_del(ch->readable);
	event_del(ch->writable);
	event_active(ch->dying, 0, 0);
}

static void
channel_on_dying(int fd, short what, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	(void)what;
	ch->conf.ended(ch->conf.ctx, ch->end);
}

/* -1 with errno: as write(2). The descriptor, if any, is still open. */
static ssize_t
channel_write(
    struct channel *ch, const struct msg_header *header, const void *payload, size_t size, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr mh = {0};
	struct iovec iov[2];
	struct cmsghdr *cmsg;
	union {
		const void *in;
		void *out;
	} unconst[2] = {{.in = header}, {.in = payload}};

	iov[0] = (struct iovec){unconst[0].out, sizeof(*header)};
	iov[1] = (struct iovec){unconst[1].out, size};
	if (fd == -1)
		return writev(ch->fd, iov, 2);
	memset(&control, 0, sizeof(control));
	mh.msg_iov = iov;
	mh.msg_iovlen = 2;
	mh.msg_control = control.space;
	mh.msg_controllen = sizeof(control.space);
	cmsg = CMSG_FIRSTHDR(&mh);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(ch->fd, &mh, MSG_NOSIGNAL);
}

/* A write failed: true when it is worth another try later. */
static bool
channel_write_again(struct channel *ch)
{
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return true;
	channel_die(ch, CHANNEL_CLOSED);
	return false;
}

static void
channel_on_writable(int fd, short what, void *arg)
{
	struct channel *ch = arg;
	struct channel_item *item, *next;
	unsigned written = 0;

	(void)fd;
	(void)what;
	TAILQ_FOREACH_SAFE(item, &ch->queue, entry, next) {
		if (written++ == CHANNEL_WRITES_MAX)
			return; /* others have their turn first */
		if (channel_write(ch, &item->header, item->payload, item->size, item->fd) == -1) {
			channel_write_again(ch);
			return;
		}
		TAILQ_REMOVE(&ch->queue, item, entry);
		ch->queued--;
		if (item->fd != -1)
			close(item->fd);
		free(item);
	}
	event_del(ch->writable);
	if (ch->conf.drained != NULL)
		ch->conf.drained(ch->conf.ctx);
}

static int
channel_queue(
    struct channel *ch, const struct msg_header *header, const void *payload, size_t size, int fd)
{
	struct channel_item *item;

	if (ch->conf.queue_max != 0 && ch->queued >= ch->conf.queue_max) {
		channel_die(ch, CHANNEL_OVERFLOW);
		errno = ENOBUFS;
		return -1;
	}
	item = malloc(sizeof(*item) + size);
	if (item == NULL) {
		channel_die(ch, CHANNEL_OVERFLOW); /* a gap would be worse than the end */
		errno = ENOMEM;
		return -1;
	}
	item->fd = fd;
	item->size = size;
	item->header = *header;
	memcpy(item->payload, payload, size);
	TAILQ_INSERT_TAIL(&ch->queue, item, entry);
	ch->queued++;
	event_add(ch->writable, NULL);
	return 0;
}

static void
channel_drop_fd(int fd)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
}

int
channel_send(struct channel *ch, uint16_t type, const void *payload, size_t size, int fd)
{
	const struct msg_header header = {.type = type};

	if (ch->dead || ch->closed) {
		channel_drop_fd(fd);
		return 0; /* ended() tells */
	}
	if (TAILQ_EMPTY(&ch->queue)) {
		if (channel_write(ch, &header, payload, size, fd) != -1 ||
		    !channel_write_again(ch)) {
			channel_drop_fd(fd);
			return 0;
		}
	}
	if (channel_queue(ch, &header, payload, size, fd) == -1) {
		channel_drop_fd(fd);
		return -1;
	}
	return 0;
}

int
channel_send_now(struct channel *ch, uint16_t type, const void *payload, size_t size)
{
	const struct msg_header header = {.type = type};

	if (ch->dead || ch->closed)
		return 0;
	if (TAILQ_EMPTY(&ch->queue) &&
	    (channel_write(ch, &header, payload, size, -1) != -1 || !channel_write_again(ch)))
		return 0;
	errno = EAGAIN;
	return -1;
}

void
channel_raise_queue(struct channel *ch, size_t queue_max)
{
	if (ch->conf.queue_max != 0 && queue_max > ch->conf.queue_max)
		ch->conf.queue_max = queue_max;
}

/* There are many of them: they leave from the loop, so that nothing has to wait for all. */
int
channel_send_conf(struct channel *ch, uint16_t base, enum conf_kind kind, const void *record)
{
	const struct msg_header header = {.type = (uint16_t)(base + kind)};

	if (ch->dead || ch->closed)
		return 0;
	return channel_queue(ch, &header, record, conf_record_size(kind, record), -1);
}

/* One packet; *passed is the descriptor that came with it, or -1. */
static ssize_t
channel_receive(struct channel *ch, void *buf, size_t size, int *passed)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {buf, size};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;
	ssize_t n;

	*passed = -1;
	if (!ch->receives_fds)
		return recv(ch->fd, buf, size, 0); /* unasked-for descriptors vanish */
	mh.msg_control = control.space;
	mh.msg_controllen = CMSG_LEN(sizeof(int)); /* with padding there is room for a second one */
	n = recvmsg(ch->fd, &mh, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return n;
	cmsg = CMSG_FIRSTHDR(&mh);
	if (cmsg != NULL && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(passed, CMSG_DATA(cmsg), sizeof(int));
	return n;
}

static void channel_complain(struct channel *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
channel_complain(struct channel *ch, const char *format, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (ch->conf.complain != NULL)
		ch->conf.complain(ch->conf.ctx, text);
	else
		log_warnx("%s: %s", ch->conf.peer, text);
}

/* 0, or -1 when what came breaks protocol; that was said then. */
static int
channel_deliver(struct channel *ch, const uint8_t *packet, size_t size, int fd)
{
	const struct msg_row *row = NULL;
	struct msg_header header;

	if (size >= sizeof(header) && size <= MSG_SIZE_MAX) {
		memcpy(&header, packet, sizeof(header));
		row = msg_row_check(ch->conf.in, header.type, size - sizeof(header));
	}
	if (row == NULL || (row->fd == FD) != (fd != -1)) {
		channel_complain(ch, "a message breaks protocol (%s, type %d, %zu bytes%s)",
		    row != NULL ? row->name : ch->conf.in->name,
		    size >= sizeof(header) ? (int)packet[0] | packet[1] << 8 : -1, size,
		    fd != -1 ? ", a descriptor" : "");
		channel_drop_fd(fd);
		return -1;
	}
	if (ch->conf.dispatch(ch->conf.ctx, header.type, packet + sizeof(header),
		size - sizeof(header), fd) == -1) {
		channel_complain(ch, "%s breaks protocol", row->name);
		return -1;
	}
	return 0;
}

static void
channel_on_readable(int event_fd, short what, void *arg)
{
	struct channel *ch = arg;
	uint8_t packet[MSG_SIZE_MAX + 1] __attribute__((aligned(8)));
	const int most = ch->conf.read_max != 0 ? ch->conf.read_max : CHANNEL_READ_BATCH;
	ssize_t n;
	int fd;

	(void)event_fd;
	(void)what;
	ch->in_handler = true;
	for (int i = 0; i < most && !ch->closed && !ch->dead; i++) {
		n = channel_receive(ch, packet, sizeof(packet), &fd);
		if (n ==
		    0) /* an end that came between the kernel's two looks hides what was before */
			n = channel_receive(ch, packet, sizeof(packet), &fd);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n == -1 && errno == ECONNRESET)
			continue; /* told before what the peer sent last: read that first */
		if (n <= 0)
			channel_die(ch, CHANNEL_CLOSED);
		else if (channel_deliver(ch, packet, (size_t)n, fd) == -1)
			channel_die(ch, CHANNEL_VIOLATION);
		if (!event_pending(ch->readable, EV_READ, NULL))
			break; /* paused by the handler */
	}
	ch->in_handler = false;
	if (ch->closed)
		channel_free(ch);
}

static int
channel_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	return flags & O_NONBLOCK ? 0 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

struct channel *
channel_open(struct event_base *base, int fd, const struct channel_conf *conf)
{
	struct channel *ch = calloc(1, sizeof(*ch));

	if (ch == NULL) {
		channel_drop_fd(fd);
		return NULL;
	}
	ch->conf = *conf;
	ch->fd = fd;
	TAILQ_INIT(&ch->queue);
	for (uint16_t i = 0; i < conf->in->count; i++)
		ch->receives_fds |= conf->in->rows[i].fd == FD;
	ch->readable = event_new(base, fd, EV_READ | EV_PERSIST, channel_on_readable, ch);
	ch->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, channel_on_writable, ch);
	ch->dying = event_new(base, -1, 0, channel_on_dying, ch);
	if (ch->readable == NULL || ch->writable == NULL || ch->dying == NULL ||
	    channel_set_nonblocking(fd) == -1 || event_add(ch->readable, NULL) == -1) {
		int saved = errno;

		channel_free(ch);
		errno = saved;
		return NULL;
	}
	return ch;
}

void
channel_pause(struct channel *ch)
{
	event_del(ch->readable);
}

void
channel_unpause(struct channel *ch)
{
	if (!ch->dead)
		event_add(ch->readable, NULL);
}

size_t
channel_queued(const struct channel *ch)
{
	return ch->queued;
}

bool
channel_is_read(const struct channel *ch)
{
	int unread;

	return TAILQ_EMPTY(&ch->queue) && ioctl(ch->fd, SIOCOUTQ, &unread) != -1 && unread == 0;
}

int
channel_read_hello(int fd, struct msg_hello *hello)
{
	struct {
		struct msg_header header;
		struct msg_hello hello;
	} packet;
	ssize_t n;

	do
		n = recv(fd, &packet, sizeof(packet), 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	if (n != sizeof(packet) || packet.header.type != PARENT_ENGINE_HELLO ||
	    packet.hello.version != MSG_VERSION) {
		errno = EBADMSG;
		return -1;
	}
	packet.hello.user_name[sizeof(packet.hello.user_name) - 1] = '\0';
	*hello = packet.hello;
	return 0;
}
