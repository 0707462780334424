/*
 * Checks whether a host answers echo requests; in the checker.
 *
 * All checks of one family share the socket that the parent lent. A reply is taken for the request
 * with its sequence number, if it comes from whom that was sent to and brings the cookie back.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/sys/queue.h>
#include <event2/event.h>

#include "checker/icmp.h"
#include "checker/ping.h"
#include "checker/probe.h"
#include "checker/sock.h"
#include "common/conf.h"

#define PING_BATCH 64 /* replies before others get their turn */
#define PING_PACKET_MAX 1500

enum { PING_IPV4, PING_IPV6, PING_FAMILIES };

struct ping_socket {
	struct ping *ping;
	enum addr_family family;
	int fd; /* -1 = none was lent */
	struct event *on_reply;
};

/* One request that waits for its reply. */
struct ping_probe {
	struct probe probe;
	LIST_ENTRY(ping_probe) entry;
	bool listed;
	struct icmp_echo echo;
};

struct ping {
	struct ping_socket socket[PING_FAMILIES];
	LIST_HEAD(, ping_probe) waiting;
	uint16_t id; /* of raw sockets; the kernel gives others theirs */
	uint16_t sequence;
};

static struct ping *
ping_get(struct probes *all)
{
	struct ping *ping = all->ping;

	if (ping != NULL)
		return ping;
	ping = calloc(1, sizeof(*ping));
	if (ping == NULL)
		return NULL;
	LIST_INIT(&ping->waiting);
	ping->id = (uint16_t)arc4random();
	ping->sequence = (uint16_t)arc4random();
	for (int i = 0; i < PING_FAMILIES; i++)
		ping->socket[i] =
		    (struct ping_socket){ping, i == PING_IPV4 ? ADDR_IPV4 : ADDR_IPV6, -1, NULL};
	all->ping = ping;
	return ping;
}

static struct ping_socket *
ping_find_socket(struct ping *ping, uint8_t family)
{
	return &ping->socket[family == ADDR_IPV4 ? PING_IPV4 : PING_IPV6];
}

/* ---- replies ---- */

static struct ping_probe *
ping_find_probe(struct ping *ping, const struct icmp_echo *reply, const struct addr *from)
{
	struct ping_probe *pp;

	LIST_FOREACH(pp, &ping->waiting, entry)
		if (pp->echo.sequence == reply->sequence &&
		    memcmp(pp->echo.cookie, reply->cookie, sizeof(reply->cookie)) == 0 &&
		    addr_equal(&pp->probe.conf->addr, from))
			return pp;
	return NULL;
}

static void
ping_on_reply(int fd, short what, void *arg)
{
	struct ping_socket *s = arg;
	uint8_t packet[PING_PACKET_MAX];
	struct sockaddr_storage from;
	socklen_t from_size;
	struct icmp_echo reply;
	struct ping_probe *pp;
	struct addr addr;
	ssize_t n;

	(void)what;
	for (int i = 0; i < PING_BATCH; i++) {
		from_size = sizeof(from);
		n = recvfrom(
		    fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
		if (n == -1)
			return; /* nothing more, or an error of another packet: it has been taken */
		if (icmp_decode_reply(s->family, packet, (size_t)n, &reply) == -1)
			continue;
		addr = sock_get_address(&from);
		pp = ping_find_probe(s->ping, &reply, &addr);
		if (pp != NULL)
			probe_up(&pp->probe, "%s", "");
	}
}

int
ping_lend(struct probes *all, enum addr_family family, int fd)
{
	struct ping *ping = ping_get(all);
	struct ping_socket *s;

	if (ping == NULL) {
		close(fd);
		return -1;
	}
	s = ping_find_socket(ping, family);
	if (s->fd != -1) {
		close(fd);
		return 0;
	}
	s->fd = fd;
	s->on_reply = event_new(all->base, fd, EV_READ | EV_PERSIST, ping_on_reply, s);
	if (s->on_reply != NULL && event_add(s->on_reply, NULL) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* ---- requests ---- */

union ping_control {
	struct cmsghdr align;
	uint8_t ipv4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	uint8_t ipv6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Through which interface it leaves. */
static void
ping_set_device(
    struct msghdr *m, union ping_control *control, enum addr_family family, unsigned ifindex)
{
	const struct in_pktinfo in = {.ipi_ifindex = (int)ifindex};
	const struct in6_pktinfo in6 = {.ipi6_ifindex = ifindex};
	const size_t size = family == ADDR_IPV4 ? sizeof(in) : sizeof(in6);
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	m->msg_control = control;
	m->msg_controllen = CMSG_SPACE(size);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = family == ADDR_IPV4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = family == ADDR_IPV4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), family == ADDR_IPV4 ? (const void *)&in : (const void *)&in6, size);
}

/* -1 with errno. */
static int
ping_send(const struct ping_socket *s, const struct ping_probe *pp, unsigned ifindex)
{
	struct sockaddr_storage to;
	uint8_t packet[ICMP_ECHO_SIZE];
	struct iovec iov = {packet, sizeof(packet)};
	union ping_control control;
	struct msghdr m = {.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1};

	m.msg_namelen = sock_set_address(&pp->probe.conf->addr, 0, &to);
	icmp_encode_request(s->family, &pp->echo, packet);
	if (ifindex != 0)
		ping_set_device(&m, &control, s->family, ifindex);
	return sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ? -1 : 0;
}

static int
ping_open(struct probe *p)
{
	return ping_get(p->all) == NULL ? -1 : 0;
}

static void
ping_start(struct probe *p)
{
	struct ping_probe *pp = (struct ping_probe *)p;
	struct ping *ping = p->all->ping;
	const struct ping_socket *s = ping_find_socket(ping, p->conf->addr.family);
	unsigned ifindex = 0;

	if (s->fd == -1) {
		probe_broken(
		    p, "no socket", ENOTCONN); /* the parent could lend none, and said why */
		return;
	}
	if (p->conf->device[0] != '\0' && (ifindex = if_nametoindex(p->conf->device)) == 0) {
		probe_broken(p, "device", errno);
		return;
	}
	pp->echo.id = ping->id;
	pp->echo.sequence = ping->sequence++;
	arc4random_buf(pp->echo.cookie, sizeof(pp->echo.cookie));
	LIST_INSERT_HEAD(&ping->waiting, pp, entry);
	pp->listed = true;
	if (ping_send(s, pp, ifindex) == -1)
		probe_failed(p, "send", errno);
}

static void
ping_end(struct probe *p)
{
	struct ping_probe *pp = (struct ping_probe *)p;

	if (pp->listed)
		LIST_REMOVE(pp, entry);
	pp->listed = false;
}

const struct probe_ops ping_ops = {
    .size = sizeof(struct ping_probe),
    .open = ping_open,
    .start = ping_start,
    .end = ping_end,
};
