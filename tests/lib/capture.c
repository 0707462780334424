/*
 * wire capture: prints the VRRP adverts of both families, ARP packets and neighbor advertisements that
 * cross an interface, usually the bridge of the lab. One line a packet, fields separated by blanks:
 *
 *   TIME vrrp SOURCE SOURCE-MAC DESTINATION TTL VERSION VRID PRIORITY INTERVAL-CS COUNT CHECKSUM ADDRESS,…
 *   TIME arp OPERATION SOURCE-MAC DESTINATION-MAC SENDER-IP SENDER-MAC TARGET-IP
 *   TIME na TARGET SOURCE-MAC DESTINATION FLAGS HOP-LIMIT     FLAGS: of RSO, or -
 *   TIME junk SOURCE SOURCE-MAC BYTES        proto 112, but shorter than it says
 *
 * CHECKSUM is pseudo, message or bad. Frames of `wire flood` are left out. The first line is "TIME ready INTERFACE".
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/wire.h"

#define VRRP_HEADER 8 /* bytes */
#define CAPTURE_BUFFER (8 << 20)

static const char *
format_mac(const uint8_t *mac, char *buf, size_t size)
{
	snprintf(buf, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
	    mac[5]);
	return buf;
}

static const char *
format_ip(const void *ip, char *buf)
{
	return inet_ntop(AF_INET, ip, buf, INET_ADDRSTRLEN);
}

static const char *
format_ip6(const void *ip, char *buf)
{
	return inet_ntop(AF_INET6, ip, buf, INET6_ADDRSTRLEN);
}

static int
capture_open(const char *interface)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct packet_mreq promiscuous = {.mr_type = PACKET_MR_PROMISC};
	int fd, on = 1, size = CAPTURE_BUFFER;

	ll.sll_ifindex = promiscuous.mr_ifindex = (int)if_nametoindex(interface);
	if (ll.sll_ifindex == 0)
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == -1 ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous)) ==
		-1 ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static const char *
checksum_kind(const struct ip *ip, const uint8_t *message, size_t size)
{
	uint32_t sum, pseudo;

	sum = wire_sum(message, size, 0);
	if (wire_fold(sum) == 0xffff)
		return "message";
	pseudo = wire_sum(&ip->ip_src, 4, sum);
	pseudo = wire_sum(&ip->ip_dst, 4, pseudo) + WIRE_VRRP + (uint32_t)size;
	return wire_fold(pseudo) == 0xffff ? "pseudo" : "bad";
}

/* In centiseconds; version 2 has whole seconds and the kind of authentication before them. */
static int
advert_interval(const uint8_t *message)
{
	if (message[0] >> 4 == 2)
		return message[5] * 100;
	return (message[4] & 0xf) << 8 | message[5];
}

static void
print_addresses(const uint8_t *addresses, size_t count)
{
	char text[INET_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < count; i++)
		printf("%s%s", i == 0 ? "" : ",", format_ip(addresses + 4 * i, text));
	printf("\n");
}

static void
print_vrrp(int64_t time_us, const uint8_t *frame, size_t size)
{
	char source[INET_ADDRSTRLEN], destination[INET_ADDRSTRLEN], mac[18];
	const uint8_t *message;
	struct ip ip;
	size_t header, length;

	memcpy(&ip, frame + ETH_HLEN, sizeof(ip));
	header = (size_t)ip.ip_hl * 4;
	length = ntohs(ip.ip_len);
	format_ip(&ip.ip_src, source);
	format_ip(&ip.ip_dst, destination);
	format_mac(frame + ETH_ALEN, mac, sizeof(mac));
	if (length < header + VRRP_HEADER || ETH_HLEN + length > size) {
		printf("%lld junk %s %s %zu\n", (long long)time_us, source, mac, size);
		return;
	}
	message = frame + ETH_HLEN + header;
	length -= header;
	printf("%lld vrrp %s %s %s %d %d %d %d %d %d %s ", (long long)time_us, source, mac,
	    destination, ip.ip_ttl, message[0] >> 4, message[1], message[2],
	    advert_interval(message), message[3], checksum_kind(&ip, message, length));
	print_addresses(
	    message + VRRP_HEADER, length >= VRRP_HEADER + 4u * message[3] ? message[3] : 0);
}

/* Behind the header itself: nobody here sends extension headers. */
static void
print_vrrp6(int64_t time_us, const uint8_t *frame, size_t size)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], mac[18];
	const uint8_t *message = frame + ETH_HLEN + sizeof(struct ip6_hdr);
	struct ip6_hdr ip;
	uint32_t sum;
	size_t i, length;

	memcpy(&ip, frame + ETH_HLEN, sizeof(ip));
	length = ntohs(ip.ip6_plen);
	format_ip6(&ip.ip6_src, source);
	format_ip6(&ip.ip6_dst, destination);
	format_mac(frame + ETH_ALEN, mac, sizeof(mac));
	if (length < VRRP_HEADER || ETH_HLEN + sizeof(ip) + length > size ||
	    length < VRRP_HEADER + 16u * message[3]) {
		printf("%lld junk %s %s %zu\n", (long long)time_us, source, mac, size);
		return;
	}
	sum =
	    wire_sum(&ip.ip6_src, 32, wire_sum(message, length, 0)) + WIRE_VRRP + (uint32_t)length;
	printf("%lld vrrp %s %s %s %d %d %d %d %d %d %s ", (long long)time_us, source, mac,
	    destination, ip.ip6_hlim, message[0] >> 4, message[1], message[2],
	    (message[4] & 0xf) << 8 | message[5], message[3],
	    wire_fold(sum) == 0xffff ? "pseudo" : "bad");
	for (i = 0; i < message[3]; i++)
		printf(
		    "%s%s", i == 0 ? "" : ",", format_ip6(message + VRRP_HEADER + 16 * i, source));
	printf("\n");
}

static void
print_na(int64_t time_us, const uint8_t *frame)
{
	char target[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], mac[18];
	const uint8_t *message = frame + ETH_HLEN + sizeof(struct ip6_hdr);
	struct ip6_hdr ip;

	memcpy(&ip, frame + ETH_HLEN, sizeof(ip));
	printf("%lld na %s %s %s %s%s%s%s %d\n", (long long)time_us,
	    format_ip6(message + 8, target), format_mac(frame + ETH_ALEN, mac, sizeof(mac)),
	    format_ip6(&ip.ip6_dst, destination), message[4] & 0x80 ? "R" : "",
	    message[4] & 0x40 ? "S" : "", message[4] & 0x20 ? "O" : "",
	    message[4] & 0xe0 ? "" : "-", ip.ip6_hlim);
}

static void
print_ip6(int64_t time_us, const uint8_t *frame, size_t size)
{
	uint8_t next = frame[ETH_HLEN + 6];

	if (next == WIRE_VRRP)
		print_vrrp6(time_us, frame, size);
	else if (next == IPPROTO_ICMPV6 && size >= ETH_HLEN + sizeof(struct ip6_hdr) + 24 &&
		 frame[ETH_HLEN + sizeof(struct ip6_hdr)] == ND_NEIGHBOR_ADVERT)
		print_na(time_us, frame);
}

static void
print_arp(int64_t time_us, const uint8_t *frame)
{
	char sender[INET_ADDRSTRLEN], target[INET_ADDRSTRLEN], from[18], to[18], sender_mac[18];
	struct ether_arp arp;

	memcpy(&arp, frame + ETH_HLEN, sizeof(arp));
	printf("%lld arp %d %s %s %s %s %s\n", (long long)time_us, ntohs(arp.ea_hdr.ar_op),
	    format_mac(frame + ETH_ALEN, from, sizeof(from)), format_mac(frame, to, sizeof(to)),
	    format_ip(arp.arp_spa, sender), format_mac(arp.arp_sha, sender_mac, sizeof(sender_mac)),
	    format_ip(arp.arp_tpa, target));
}

static void
print_frame(int64_t time_us, const uint8_t *frame, size_t size)
{
	uint16_t type;

	if (size < ETH_HLEN || frame[ETH_ALEN] == WIRE_FLOOD_MAC)
		return;
	type = (uint16_t)(frame[12] << 8 | frame[13]);
	if (type == ETHERTYPE_ARP && size >= ETH_HLEN + sizeof(struct ether_arp))
		print_arp(time_us, frame);
	else if (type == ETHERTYPE_IP && size >= ETH_HLEN + sizeof(struct ip) &&
		 frame[ETH_HLEN + 9] == WIRE_VRRP)
		print_vrrp(time_us, frame, size);
	else if (type == ETHERTYPE_IPV6 && size >= ETH_HLEN + sizeof(struct ip6_hdr) + VRRP_HEADER)
		print_ip6(time_us, frame, size);
}

static int64_t
packet_time_us(struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	struct timespec ts;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(cmsg), sizeof(ts));
			return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
		}
	}
	return wire_now_us();
}

int
capture_main(int argc, char **argv)
{
	static uint8_t frame[WIRE_FRAME_MAX];
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct sockaddr_ll from;
	struct iovec iov = {frame, sizeof(frame)};
	struct msghdr msg;
	ssize_t n;
	int fd;

	if (argc != 2 || (fd = capture_open(argv[1])) == -1) {
		perror(argc == 2 ? argv[1] : "wire capture INTERFACE");
		return 1;
	}
	wire_be_prompt();
	printf("%lld ready %s\n", (long long)wire_now_us(), argv[1]);
	for (;;) {
		msg = (struct msghdr){.msg_name = &from,
		    .msg_namelen = sizeof(from),
		    .msg_iov = &iov,
		    .msg_iovlen = 1,
		    .msg_control = control,
		    .msg_controllen = sizeof(control)};
		n = recvmsg(fd, &msg, 0);
		if (n == -1)
			return 1;
		if (from.sll_pkttype != PACKET_OUTGOING)
			print_frame(packet_time_us(&msg), frame, (size_t)n);
	}
}
