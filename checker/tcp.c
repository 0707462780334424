/*
 * Checks whether somebody accepts TCP connections; in the checker.
 *
 * The connection is closed as soon as it is there: not a byte is sent.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "checker/probe.h"
#include "checker/sock.h"
#include "common/conf.h"

struct tcp {
	struct probe probe;
	int fd; /* of this try */
	struct event *on_ready;
};

static void
tcp_connected(struct tcp *tcp)
{
	if (sock_is_to_itself(tcp->fd))
		probe_failed(&tcp->probe, "connect", ECONNREFUSED);
	else
		probe_up(&tcp->probe, "%s", "");
}

static void
tcp_on_ready(int fd, short what, void *arg)
{
	struct tcp *tcp = arg;
	int error = 0;
	socklen_t size = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		error = errno;
	if (error != 0)
		probe_failed(&tcp->probe, "connect", error);
	else
		tcp_connected(tcp);
}

static void
tcp_wait(struct tcp *tcp)
{
	tcp->on_ready = event_new(tcp->probe.all->base, tcp->fd, EV_WRITE, tcp_on_ready, tcp);
	if (tcp->on_ready == NULL || event_add(tcp->on_ready, NULL) == -1)
		probe_broken(&tcp->probe, "event", ENOMEM);
}

static void
tcp_start(struct probe *p)
{
	struct tcp *tcp = (struct tcp *)p;
	struct sockaddr_storage to;
	socklen_t size = sock_set_address(&p->conf->addr, p->conf->port, &to);

	tcp->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (tcp->fd == -1)
		probe_broken(p, "socket", errno);
	else if (connect(tcp->fd, (const struct sockaddr *)&to, size) == 0)
		tcp_connected(tcp);
	else if (errno == EINPROGRESS)
		tcp_wait(tcp);
	else
		probe_failed(p, "connect", errno);
}

static void
tcp_end(struct probe *p)
{
	struct tcp *tcp = (struct tcp *)p;

	if (tcp->on_ready != NULL)
		event_free(tcp->on_ready);
	tcp->on_ready = NULL;
	if (tcp->fd != -1)
		close(tcp->fd);
	tcp->fd = -1;
}

const struct probe_ops tcp_ops = {
    .size = sizeof(struct tcp),
    .start = tcp_start,
    .end = tcp_end,
};
