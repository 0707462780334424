/*
 * Sockets for echo requests, which checkers that ping are lent. Parent.
 */
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrpd/parent/echo.h"

#define ECHO_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

/* What came before it is no answer to anybody. */
static int
echo_attach_filter(int fd, enum addr_family family)
{
	const struct icmp_filter ipv4 = {.data = ~(1U << ICMP_ECHOREPLY)};
	struct icmp6_filter ipv6;

	if (family == ADDR_IPV4)
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &ipv4, sizeof(ipv4));
	ICMP6_FILTER_SETBLOCKALL(&ipv6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &ipv6);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &ipv6, sizeof(ipv6));
}

int
echo_open(enum addr_family family)
{
	const int domain = family == ADDR_IPV4 ? AF_INET : AF_INET6;
	const int protocol = family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	int fd = socket(domain, SOCK_DGRAM | ECHO_FLAGS, protocol), saved;

	if (fd != -1 || (errno != EACCES && errno != EPERM))
		return fd;
	fd = socket(domain, SOCK_RAW | ECHO_FLAGS, protocol);
	if (fd == -1 || echo_attach_filter(fd, family) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
