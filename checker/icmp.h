/*
 * Echo requests and replies of ICMP and ICMPv6 (RFC 792, RFC 4443 section 4). Pure.
 */
#ifndef CHECKER_ICMP_H
#define CHECKER_ICMP_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define ICMP_COOKIE_SIZE 16
#define ICMP_ECHO_SIZE (8 + ICMP_COOKIE_SIZE)

struct icmp_echo {
	uint16_t id;
	uint16_t sequence;
	uint8_t cookie[ICMP_COOKIE_SIZE]; /* comes back as it was sent */
};

/* A request, with its checksum for IPv4 (the kernel makes that of IPv6). */
void icmp_encode_request(enum addr_family, const struct icmp_echo *, uint8_t out[ICMP_ECHO_SIZE]);

/*
 * A reply as it comes from a socket, for IPv4 behind its IP header or not. -1 when it is something
 * else, or no answer to a request of this form.
 */
int icmp_decode_reply(enum addr_family, const uint8_t *data, size_t size, struct icmp_echo *);

#endif
