/*
 * IP addresses of either family, in network byte order. Pure; text conversion is in addr.c.
 */
#ifndef COMMON_ADDR_H
#define COMMON_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum addr_family { ADDR_NONE = 0, ADDR_IPV4 = 4, ADDR_IPV6 = 6 };

#define ADDR_TEXT_MAX 46 /* INET6_ADDRSTRLEN */

/* Flat: goes into messages as it is. Unused bytes are zero, so that addresses compare as a whole. */
struct addr {
	uint8_t family; /* enum addr_family */
	uint8_t pad[3];
	uint8_t bytes[16];
};

/* Bytes of an address of that family: 4, 16, or 0 for ADDR_NONE. */
static inline size_t
addr_size(uint8_t family)
{
	return family == ADDR_IPV4 ? 4 : family == ADDR_IPV6 ? 16 : 0;
}

static inline bool
addr_is_set(const struct addr *a)
{
	return a->family != ADDR_NONE;
}

/* Unsigned comparison in network byte order (RFC 9568 6.4.3); only for addresses of one family. */
static inline int
addr_compare(const struct addr *a, const struct addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static inline bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && addr_compare(a, b) == 0;
}

static inline struct addr
addr_from_bytes(uint8_t family, const uint8_t *bytes)
{
	struct addr a = {.family = family};

	memcpy(a.bytes, bytes, addr_size(family));
	return a;
}

/* Writes the address as text, "none" when unset; buf has ADDR_TEXT_MAX bytes. Returns buf. */
const char *addr_format(const struct addr *, char *buf);

/* Parses a literal address, no prefix length, no scope. Returns -1 when it is none. */
int addr_parse(const char *text, struct addr *out);

#endif
