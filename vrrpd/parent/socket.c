/*
 * Sockets that the parent opens and lends. Parent.
 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/vrrp.h"
#include "vrrpd/core/packet.h"
#include "vrrpd/parent/socket.h"

#define SOCKET_RX_BUFFER (4 << 20)
#define SOCKET_CONTROL_BACKLOG 32

void
socket_vrids_add(struct socket_vrids *vrids, uint8_t vrid)
{
	vrids->bits[vrid / 32] |= 1U << vrid % 32;
}

/*
 * X = length of what stands before the message: an IPv4 raw socket shows the IP header to its filter, an
 * IPv6 one begins behind all headers. What has no VRID arrives, to be counted as too short.
 */
static int
socket_attach_filter(int fd, enum addr_family family, const struct socket_vrids *vrids)
{
	struct sock_filter code[8 + 2 * 256] = {
	    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	    BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
	    BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x80000000U, 1, 0),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 2, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 1),
	};
	struct sock_fprog program = {.len = 7, .filter = code};

	if (family == ADDR_IPV6)
		code[0] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0);
	for (unsigned vrid = 1; vrid <= 255; vrid++) {
		if ((vrids->bits[vrid / 32] & 1U << vrid % 32) == 0)
			continue;
		code[program.len++] =
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, vrid, 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int
socket_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

static int
socket_join_ipv4(int fd, uint32_t ifindex)
{
	struct ip_mreqn group = {.imr_ifindex = (int)ifindex};
	struct addr addr = packet_group(ADDR_IPV4);

	memcpy(&group.imr_multiaddr, addr.bytes, sizeof(group.imr_multiaddr));
	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
}

static int
socket_join_ipv6(int fd, uint32_t ifindex)
{
	struct ipv6_mreq group = {.ipv6mr_interface = ifindex};
	struct addr addr = packet_group(ADDR_IPV6);

	memcpy(&group.ipv6mr_multiaddr, addr.bytes, sizeof(group.ipv6mr_multiaddr));
	return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof(group));
}

static int
socket_set_up_ipv4(int fd, const struct socket_rx *rx)
{
	const int zero = 0;

	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &zero, sizeof(zero)) == -1)
		return -1;
	return rx->multicast ? socket_join_ipv4(fd, rx->ifindex) : 0;
}

/*
 * IPV6_MULTICAST_ALL would change nothing: a raw socket that is bound to no address gets what anybody
 * joined on its interface, and the engine tells it by its destination.
 */
static int
socket_set_up_ipv6(int fd, const struct socket_rx *rx)
{
	const int one = 1;

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one)) == -1 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof(one)) == -1)
		return -1;
	return rx->multicast ? socket_join_ipv6(fd, rx->ifindex) : 0;
}

/* The filter first, the group last: nothing may be queued that is not to be heard. */
static int
socket_set_up_rx(int fd, const struct socket_rx *rx)
{
	const int buffer = SOCKET_RX_BUFFER;

	if (socket_attach_filter(fd, rx->family, &rx->vrids) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, rx->interface,
		(socklen_t)strlen(rx->interface) + 1) == -1)
		return -1;
	return rx->family == ADDR_IPV6 ? socket_set_up_ipv6(fd, rx) : socket_set_up_ipv4(fd, rx);
}

int
socket_open_rx(const struct socket_rx *rx)
{
	int domain = rx->family == ADDR_IPV6 ? AF_INET6 : AF_INET;
	int fd = socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, VRRP_PROTOCOL);

	if (fd == -1)
		return -1;
	return socket_set_up_rx(fd, rx) == -1 ? socket_close(fd) : fd;
}

/* What was joined stays so; the filter and the engine tell what is for nobody. */
int
socket_change_rx(int fd, const struct socket_rx *rx)
{
	int result;

	if (socket_attach_filter(fd, rx->family, &rx->vrids) == -1)
		return -1;
	if (!rx->multicast)
		return 0;
	result = rx->family == ADDR_IPV6 ? socket_join_ipv6(fd, rx->ifindex)
					 : socket_join_ipv4(fd, rx->ifindex);
	return result == -1 && errno != EADDRINUSE ? -1 : 0;
}

int
socket_open_control(const char *path, gid_t gid)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, result;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (unlink(path) == -1 && errno != ENOENT)
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	mask = umask(0777); /* nobody may connect before it is the group's */
	result = bind(fd, (const struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (result == -1 || chown(path, (uid_t)-1, gid) == -1 || chmod(path, 0660) == -1 ||
	    listen(fd, SOCKET_CONTROL_BACKLOG) == -1)
		return socket_close(fd);
	return fd;
}
