/*
 * wire flood INTERFACE RATE SECONDS: rubbish of IP protocol 112 to 224.0.0.18, RATE packets a second. Half
 * of it has our vrid 51, a TTL of 255 and the first byte of a version 3 advert, so that it gets past what
 * the kernel drops; sources, lengths and the rest are random, the same in each run.
 *
 * Prints how many packets were sent, and in how many milliseconds.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/wire.h"

#define MESSAGE_MAX 64 /* bytes */
#define BURST_US 2000  /* packets are sent in bursts, that far apart */

/* xorshift32: the same rubbish each time. */
static uint32_t
flood_random(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

/* Returns the size of the frame. */
static size_t
flood_build(uint8_t *frame)
{
	static const uint8_t ethernet[] = {
	    0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, WIRE_FLOOD_MAC, 0, 0, 0, 0, 1, 0x08, 0x00};
	struct ip ip = {.ip_v = 4, .ip_hl = 5, .ip_p = WIRE_VRRP, .ip_ttl = 255};
	uint8_t *message = frame + sizeof(ethernet) + sizeof(ip);
	size_t i, size = flood_random() % (MESSAGE_MAX + 1);

	for (i = 0; i < size; i++)
		message[i] = (uint8_t)flood_random();
	if (flood_random() % 2 == 0 && size >= 2) {
		message[0] = 0x31;
		message[1] = 51;
	} else
		ip.ip_ttl = (uint8_t)flood_random();
	ip.ip_len = htons((uint16_t)(sizeof(ip) + size));
	ip.ip_src.s_addr = htonl(0xc0000200 | (101 + flood_random() % 150));
	ip.ip_dst.s_addr = htonl(0xe0000012);
	ip.ip_sum = htons((uint16_t)~wire_fold(wire_sum(&ip, sizeof(ip), 0)));
	memcpy(frame, ethernet, sizeof(ethernet));
	memcpy(frame + sizeof(ethernet), &ip, sizeof(ip));
	return sizeof(ethernet) + sizeof(ip) + size;
}

static int
flood_open(const char *interface)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET};
	int fd;

	ll.sll_ifindex = (int)if_nametoindex(interface);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd == -1 || ll.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == -1)
		return -1;
	return fd;
}

int
flood_main(int argc, char **argv)
{
	const struct timespec pause = {0, BURST_US * 1000};
	uint8_t frame[sizeof(struct ip) + ETH_HLEN + MESSAGE_MAX];
	int64_t begin, elapsed, sent = 0, rate, seconds;
	int fd;

	if (argc != 4 || (fd = flood_open(argv[1])) == -1) {
		perror(argc == 4 ? argv[1] : "wire flood INTERFACE RATE SECONDS");
		return 1;
	}
	rate = strtol(argv[2], NULL, 10);
	seconds = strtol(argv[3], NULL, 10);
	begin = wire_now_us();
	while ((elapsed = wire_now_us() - begin) < seconds * 1000000) {
		while (sent < rate * elapsed / 1000000) {
			if (write(fd, frame, flood_build(frame)) == -1)
				break;
			sent++;
		}
		nanosleep(&pause, NULL);
	}
	printf("%lld %lld\n", (long long)sent, (long long)elapsed / 1000);
	return 0;
}
