/*
 * wire inject: sends adverts for IPv4 that nobody's daemon would send. Keys, with their defaults:
 *
 *   src=ADDRESS (required)  dst=224.0.0.18  vrid=51  prio=100  interval=100 (centiseconds)  ttl=255
 *   version=3  addr=192.0.2.10 (repeatable)  smac= the interface's  dmac= the group's  checksum=pseudo|message|bad
 *   (version=2 has whole seconds, no pseudo-header, and no password)
 *   hex=BYTES (the VRRP message as it is)  times=1  gap=1000 (milliseconds between two)
 *
 * Prints the time before each packet.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/wire.h"

#define ADDRESSES_MAX 255
#define V2_AUTH_SIZE 8 /* bytes */

struct advert {
	struct in_addr source, destination;
	struct in_addr addresses[ADDRESSES_MAX];
	uint8_t mac[ETH_ALEN], to[ETH_ALEN];
	bool has_mac;
	long address_count, vrid, priority, interval, ttl, version, times, gap_ms;
	const char *checksum;
	const char *hex;
};

static bool
parse_number(const char *value, long *out)
{
	char *end;

	*out = strtol(value, &end, 0);
	return *value != '\0' && *end == '\0';
}

static bool
parse_mac(const char *value, uint8_t *mac)
{
	unsigned int b[ETH_ALEN];
	int i;

	if (sscanf(value, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) !=
	    ETH_ALEN)
		return false;
	for (i = 0; i < ETH_ALEN; i++)
		mac[i] = (uint8_t)b[i];
	return true;
}

static bool
parse_address(const char *value, struct advert *a)
{
	return a->address_count < ADDRESSES_MAX &&
	       inet_pton(AF_INET, value, &a->addresses[a->address_count++]) == 1;
}

static bool
parse_pair(const char *key, const char *value, struct advert *a)
{
	const struct {
		const char *key;
		long *out;
	} numbers[] = {{"vrid", &a->vrid}, {"prio", &a->priority}, {"interval", &a->interval},
	    {"ttl", &a->ttl}, {"version", &a->version}, {"times", &a->times}, {"gap", &a->gap_ms}};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(key, numbers[i].key) == 0)
			return parse_number(value, numbers[i].out);
	}
	if (strcmp(key, "src") == 0)
		return inet_pton(AF_INET, value, &a->source) == 1;
	if (strcmp(key, "dst") == 0)
		return inet_pton(AF_INET, value, &a->destination) == 1;
	if (strcmp(key, "addr") == 0)
		return parse_address(value, a);
	if (strcmp(key, "smac") == 0)
		return (a->has_mac = parse_mac(value, a->mac));
	if (strcmp(key, "dmac") == 0)
		return parse_mac(value, a->to);
	if (strcmp(key, "checksum") == 0)
		return (a->checksum = value) != NULL;
	if (strcmp(key, "hex") == 0)
		return (a->hex = value) != NULL;
	return false;
}

static bool
parse_arguments(int argc, char **argv, struct advert *a)
{
	char *value;
	int i;

	for (i = 2; i < argc; i++) {
		value = strchr(argv[i], '=');
		if (value == NULL)
			return false;
		*value++ = '\0';
		if (!parse_pair(argv[i], value, a))
			return false;
	}
	if (a->address_count == 0)
		parse_address("192.0.2.10", a);
	return argc >= 2 && a->source.s_addr != 0;
}

/* The bytes of a->hex; returns how many. */
static size_t
build_hex(const struct advert *a, uint8_t *message)
{
	unsigned int byte;
	size_t n;

	for (n = 0; n < IP_MAXPACKET && sscanf(a->hex + 2 * n, "%2x", &byte) == 1; n++) {
		message[n] = (uint8_t)byte;
		if (a->hex[2 * n + 1] == '\0')
			break;
	}
	return n;
}

static size_t
build_message(const struct advert *a, uint8_t *message)
{
	uint32_t sum = 0;
	uint16_t checksum;
	size_t size;

	if (a->hex != NULL)
		return build_hex(a, message);
	size = 8 + 4 * (size_t)a->address_count;
	message[0] = (uint8_t)(a->version << 4 | 1);
	message[1] = (uint8_t)a->vrid;
	message[2] = (uint8_t)a->priority;
	message[3] = (uint8_t)a->address_count;
	message[4] = (uint8_t)(a->interval >> 8 & 0xf);
	message[5] = (uint8_t)a->interval;
	message[6] = message[7] = 0;
	memcpy(message + 8, a->addresses, size - 8);
	if (a->version == 2) {
		message[4] = 0;
		message[5] = (uint8_t)(a->interval / 100);
		memset(message + size, 0, V2_AUTH_SIZE);
		size += V2_AUTH_SIZE;
	} else if (strcmp(a->checksum, "message") != 0) {
		sum = wire_sum(&a->source, 4, sum);
		sum = wire_sum(&a->destination, 4, sum) + WIRE_VRRP + (uint32_t)size;
	}
	checksum = (uint16_t)~wire_fold(wire_sum(message, size, sum));
	if (strcmp(a->checksum, "bad") == 0)
		checksum ^= 0x5555;
	message[6] = (uint8_t)(checksum >> 8);
	message[7] = (uint8_t)checksum;
	return size;
}

/* A whole frame into frame, which has WIRE_FRAME_MAX bytes; returns its size. */
static size_t
build_frame(const struct advert *a, uint8_t *frame)
{
	struct ip ip = {.ip_v = 4, .ip_hl = 5, .ip_tos = 0xc0, .ip_p = WIRE_VRRP};
	size_t size;

	memcpy(frame, a->to, ETH_ALEN);
	memcpy(frame + ETH_ALEN, a->mac, ETH_ALEN);
	frame[12] = 0x08;
	frame[13] = 0x00;
	size = build_message(a, frame + ETH_HLEN + sizeof(ip));
	ip.ip_len = htons((uint16_t)(sizeof(ip) + size));
	ip.ip_ttl = (uint8_t)a->ttl;
	ip.ip_src = a->source;
	ip.ip_dst = a->destination;
	ip.ip_sum = htons((uint16_t)~wire_fold(wire_sum(&ip, sizeof(ip), 0)));
	memcpy(frame + ETH_HLEN, &ip, sizeof(ip));
	return ETH_HLEN + sizeof(ip) + size;
}

static int
inject_open(const char *interface, struct advert *a)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET};
	struct ifreq request;
	int fd;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ll.sll_ifindex = (int)if_nametoindex(interface);
	if (fd == -1 || ll.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == -1)
		return -1;
	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, interface, strnlen(interface, IFNAMSIZ - 1));
	if (ioctl(fd, SIOCGIFHWADDR, &request) == -1)
		return -1;
	if (!a->has_mac)
		memcpy(a->mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
	return fd;
}

int
inject_main(int argc, char **argv)
{
	static uint8_t frame[WIRE_FRAME_MAX + IP_MAXPACKET];
	struct advert a = {.destination.s_addr = htonl(0xe0000012),
	    .to = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x12},
	    .vrid = 51,
	    .priority = 100,
	    .interval = 100,
	    .ttl = 255,
	    .version = 3,
	    .times = 1,
	    .gap_ms = 1000,
	    .checksum = "pseudo"};
	struct timespec gap;
	size_t size;
	long i;
	int fd;

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: wire inject INTERFACE src=ADDRESS [KEY=VALUE...]\n");
		return 2;
	}
	fd = inject_open(argv[1], &a);
	if (fd == -1) {
		perror(argv[1]);
		return 1;
	}
	size = build_frame(&a, frame);
	gap = (struct timespec){a.gap_ms / 1000, a.gap_ms % 1000 * 1000000};
	for (i = 0; i < a.times; i++) {
		if (i > 0)
			nanosleep(&gap, NULL);
		printf("%lld\n", (long long)wire_now_us());
		if (write(fd, frame, size) != (ssize_t)size) {
			perror("write");
			return 1;
		}
	}
	return 0;
}
