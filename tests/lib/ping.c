/*
 * wire ping ADDRESS SECONDS: an ICMP echo request every millisecond, answered or not. (ping(8) slows down to
 * one in 10 ms while it waits.) Prints how many were sent and how many of them were answered, half a second
 * after the last one at most.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/wire.h"

#define INTERVAL_US 1000
#define PATIENCE_US 500000 /* after the last one */
#define PROBES_MAX 60000

struct ping {
	int fd;
	uint16_t id;
	long sent, answered, count;
	bool seen[PROBES_MAX];
};

static int
ping_open(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
	if (fd != -1 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		return -1;
	return fd;
}

/* One that cannot be sent counts as lost. */
static void
ping_send(struct ping *p)
{
	struct icmphdr request = {.type = ICMP_ECHO};
	ssize_t n;

	request.un.echo.id = p->id;
	request.un.echo.sequence = htons((uint16_t)p->sent);
	request.checksum = htons((uint16_t)~wire_fold(wire_sum(&request, sizeof(request), 0)));
	n = write(p->fd, &request, sizeof(request));
	(void)n;
	p->sent++;
}

static void
ping_receive(struct ping *p)
{
	uint8_t packet[256];
	struct icmphdr reply;
	ssize_t n, header;
	long sequence;

	while ((n = read(p->fd, packet, sizeof(packet))) > 0) {
		header = (packet[0] & 0xf) * 4;
		if (n < header + (ssize_t)sizeof(reply))
			continue;
		memcpy(&reply, packet + header, sizeof(reply));
		sequence = ntohs(reply.un.echo.sequence);
		if (reply.type != ICMP_ECHOREPLY || reply.un.echo.id != p->id ||
		    sequence >= p->sent || p->seen[sequence])
			continue;
		p->seen[sequence] = true;
		p->answered++;
	}
}

static void
ping_run(struct ping *p)
{
	struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
	int64_t begin = wire_now_us(), end = begin + p->count * INTERVAL_US + PATIENCE_US, due, now;
	struct timespec left;

	while ((now = wire_now_us()) < end && (p->sent < p->count || p->answered < p->sent)) {
		due = p->sent < p->count ? begin + p->sent * INTERVAL_US : end;
		if (now >= due) {
			ping_send(p);
			continue;
		}
		left = (struct timespec){(due - now) / 1000000, (due - now) % 1000000 * 1000};
		if (ppoll(&pfd, 1, &left, NULL) == 1)
			ping_receive(p);
	}
}

int
ping_main(int argc, char **argv)
{
	static struct ping p;

	if (argc != 3 || (p.fd = ping_open(argv[1])) == -1) {
		perror(argc == 3 ? argv[1] : "wire ping ADDRESS SECONDS");
		return 1;
	}
	p.id = (uint16_t)getpid();
	p.count = strtol(argv[2], NULL, 10) * (1000000 / INTERVAL_US);
	if (p.count > PROBES_MAX)
		p.count = PROBES_MAX;
	wire_be_prompt();
	ping_run(&p);
	printf("%ld %ld\n", p.sent, p.answered);
	return 0;
}
