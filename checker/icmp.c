/*
 * Echo requests and replies; in the checker. Pure.
 *
 * No checksum is looked at: the kernel has, and the cookie is a better one.
 */
#include <string.h>

#include "checker/icmp.h"

enum {
	ICMP_V4_REQUEST = 8,
	ICMP_V4_REPLY = 0,
	ICMP_V6_REQUEST = 128,
	ICMP_V6_REPLY = 129,
	ICMP_IP_HEADER_MIN = 20
};

static void
icmp_put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static uint16_t
icmp_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Of an even number of bytes (RFC 1071). */
static uint16_t
icmp_checksum(const uint8_t *data, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += icmp_get16(data + i);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void
icmp_encode_request(
    enum addr_family family, const struct icmp_echo *echo, uint8_t out[ICMP_ECHO_SIZE])
{
	memset(out, 0, ICMP_ECHO_SIZE);
	out[0] = family == ADDR_IPV4 ? ICMP_V4_REQUEST : ICMP_V6_REQUEST;
	icmp_put16(out + 4, echo->id);
	icmp_put16(out + 6, echo->sequence);
	memcpy(out + 8, echo->cookie, ICMP_COOKIE_SIZE);
	if (family == ADDR_IPV4)
		icmp_put16(out + 2, icmp_checksum(out, ICMP_ECHO_SIZE));
}

/* Bytes of an IPv4 header in front. An ICMP message that we want begins with 0, never with 4. */
static size_t
icmp_skip_header(enum addr_family family, const uint8_t *data, size_t size)
{
	if (family == ADDR_IPV4 && size >= ICMP_IP_HEADER_MIN && data[0] >> 4 == 4)
		return (data[0] & 0xfU) * 4;
	return 0;
}

int
icmp_decode_reply(enum addr_family family, const uint8_t *data, size_t size, struct icmp_echo *echo)
{
	size_t skip = icmp_skip_header(family, data, size);

	if (size < skip || size - skip != ICMP_ECHO_SIZE)
		return -1;
	data += skip;
	if (data[0] != (family == ADDR_IPV4 ? ICMP_V4_REPLY : ICMP_V6_REPLY) || data[1] != 0)
		return -1;
	echo->id = icmp_get16(data + 4);
	echo->sequence = icmp_get16(data + 6);
	memcpy(echo->cookie, data + 8, ICMP_COOKIE_SIZE);
	return 0;
}
