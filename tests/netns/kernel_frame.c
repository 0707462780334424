/*
 * The frames that the lab kept, and those it sends; see kernel_lab.h.
 */
#include "tests/netns/kernel_lab.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/vrrp.h"

static int injector = -1; /* of the present namespace */

void
lab_open_injector(void)
{
	if (injector != -1)
		close(injector);
	injector = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_int_not_equal(injector, -1);
}

/* ---- frames ---- */

static bool
lab_has_type(const struct lab_frame *f, unsigned type, size_t size)
{
	return f->size >= size && (unsigned)(f->data[12] << 8 | f->data[13]) == type;
}

bool
lab_is_advert(const struct lab_frame *f, uint8_t vrid)
{
	if (lab_has_type(f, ETH_P_IP, 42) && f->data[23] == VRRP_PROTOCOL)
		return vrid == 0 || f->data[35] == vrid;
	if (lab_has_type(f, ETH_P_IPV6, 62) && f->data[20] == VRRP_PROTOCOL)
		return vrid == 0 || f->data[55] == vrid;
	return false;
}

static bool
lab_is_address(const uint8_t *bytes, uint8_t family, const char *addr)
{
	struct addr want, is = addr_from_bytes(family, bytes);

	return addr == NULL || (addr_parse(addr, &want) == 0 && addr_equal(&want, &is));
}

bool
lab_is_announcement(const struct lab_frame *f, const char *addr)
{
	if (lab_has_type(f, ETH_P_ARP, 42))
		return f->data[21] == 1 && memcmp(&f->data[28], &f->data[38], 4) == 0 &&
		       lab_is_address(&f->data[28], ADDR_IPV4, addr);
	if (lab_has_type(f, ETH_P_IPV6, 86))
		return f->data[20] == IPPROTO_ICMPV6 && f->data[54] == 136 &&
		       lab_is_address(&f->data[62], ADDR_IPV6, addr);
	return false;
}

size_t
lab_count_adverts(const struct lab *lab, uint8_t vrid)
{
	size_t count = 0;

	for (size_t i = 0; i < lab->frame_count; i++)
		count += lab_is_advert(&lab->frame[i], vrid);
	return count;
}

size_t
lab_count_announcements(const struct lab *lab, const char *addr)
{
	size_t count = 0;

	for (size_t i = 0; i < lab->frame_count; i++)
		count += lab_is_announcement(&lab->frame[i], addr);
	return count;
}

const uint8_t *
lab_nth_advert(const struct lab *lab, size_t n)
{
	for (size_t i = 0; i < lab->frame_count; i++)
		if (lab_is_advert(&lab->frame[i], 0) && n-- == 0)
			return lab->frame[i].data;
	fail_msg("no such advert");
	return NULL;
}

const uint8_t *
lab_first_announcement(const struct lab *lab, const char *addr)
{
	for (size_t i = 0; i < lab->frame_count; i++)
		if (lab_is_announcement(&lab->frame[i], addr))
			return lab->frame[i].data;
	fail_msg("%s was not announced", addr);
	return NULL;
}

uint16_t
lab_sum(const uint8_t *data, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* ---- packets of others ---- */

/* Writes the IP header and returns its length; options are "no operation". */
static size_t
lab_put_ipv4(uint8_t *out, const struct lab_packet *packet)
{
	const size_t header = sizeof(struct ip) + packet->options_size;
	struct ip ip = {
	    .ip_v = 4,
	    .ip_hl = (unsigned)(header / 4) & 0xf,
	    .ip_len = htons((uint16_t)(header + packet->size)),
	    .ip_ttl = VRRP_TTL,
	    .ip_p = VRRP_PROTOCOL,
	};

	inet_pton(AF_INET, "192.0.2.77", &ip.ip_src);
	inet_pton(AF_INET, packet->to == NULL ? "224.0.0.18" : packet->to, &ip.ip_dst);
	memset(out, 1, header);
	memcpy(out, &ip, sizeof(ip));
	ip.ip_sum = htons((uint16_t)~lab_sum(out, header, 0));
	memcpy(out, &ip, sizeof(ip));
	return header;
}

/* The options, if any, are one header of destination options, padded. */
static size_t
lab_put_ipv6(uint8_t *out, const struct lab_packet *packet)
{
	const size_t options = packet->options_size;
	struct ip6_hdr ip = {
	    .ip6_flow = htonl(0x6c000000),
	    .ip6_plen = htons((uint16_t)(options + packet->size)),
	    .ip6_nxt = options > 0 ? IPPROTO_DSTOPTS : VRRP_PROTOCOL,
	    .ip6_hlim = VRRP_TTL,
	};

	inet_pton(AF_INET6, "fe80::77", &ip.ip6_src);
	inet_pton(AF_INET6, packet->to == NULL ? "ff02::12" : packet->to, &ip.ip6_dst);
	memcpy(out, &ip, sizeof(ip));
	if (options > 0) {
		memset(out + sizeof(ip), 0, options);
		out[sizeof(ip)] = VRRP_PROTOCOL;
		out[sizeof(ip) + 1] = (uint8_t)(options / 8 - 1);
		out[sizeof(ip) + 2] = 1; /* PadN */
		out[sizeof(ip) + 3] = (uint8_t)(options - 4);
	}
	return sizeof(ip) + options;
}

static void
lab_read_mac(const char *interface, uint8_t mac[ETH_ALEN])
{
	struct ifreq request = {0};

	strlcpy(request.ifr_name, interface, sizeof(request.ifr_name));
	assert_int_equal(ioctl(injector, SIOCGIFHWADDR, &request), 0);
	memcpy(mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
}

void
lab_inject(const char *far, const char *near, const struct lab_packet *packet)
{
	static const uint8_t group4[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x12};
	static const uint8_t group6[] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x12};
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = ETH_ALEN};
	bool ipv6 = packet->family == ADDR_IPV6;
	uint8_t frame[ETH_HLEN + 128 + 64] = {0};
	size_t size = ETH_HLEN;

	assert_true(packet->options_size <= 40 && packet->size <= 64);
	if (packet->to != NULL)
		lab_read_mac(near, frame);
	else
		memcpy(frame, ipv6 ? group6 : group4, ETH_ALEN);
	frame[6] = 0x02;
	to.sll_protocol = htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	memcpy(frame + 2 * ETH_ALEN, &to.sll_protocol, sizeof(to.sll_protocol));
	size += ipv6 ? lab_put_ipv6(frame + size, packet) : lab_put_ipv4(frame + size, packet);
	memcpy(frame + size, packet->payload, packet->size);
	size += packet->size;
	to.sll_ifindex = (int)if_nametoindex(far);
	assert_true(
	    sendto(injector, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)size);
}

void
lab_advertise(struct lab *lab, uint32_t id, uint8_t priority)
{
	const struct msg_advert_item item = {.instance = id, .priority = priority};

	transmit_adverts(lab->transmit, &item, 1);
}

uint32_t
lab_add_ipv6_instance(struct lab *lab)
{
	uint32_t id = lab_add_instance(lab, 100);

	lab_instance(lab, id)->family = ADDR_IPV6;
	return id;
}

void
lab_assert_ipv6_sum(const uint8_t *frame, size_t size)
{
	uint16_t sum = lab_sum(frame + LAB_IP + 8, 32, (uint32_t)size + 112);

	assert_int_equal(lab_sum(frame + LAB_IPV6_ADVERT, size, sum), 0xffff);
}

void
lab_assert_address_at(const uint8_t *bytes, uint8_t family, const char *text)
{
	struct addr want;

	assert_int_equal(addr_parse(text, &want), 0);
	assert_int_equal(want.family, family);
	assert_memory_equal(bytes, want.bytes, addr_size(family));
}
