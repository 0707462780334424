/*
 * The Internet checksum (RFC 1071), shared by packets and frames. Pure.
 */
#ifndef CORE_CHECKSUM_H
#define CORE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

static inline uint16_t
checksum_read16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void
checksum_write16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* Goes on with a sum, which is not folded yet; an odd size is as if a zero followed. At most 64 KiB in all. */
static inline uint32_t
checksum_add(uint32_t sum, const uint8_t *p, size_t size)
{
	for (; size > 1; p += 2, size -= 2)
		sum += checksum_read16(p);
	return size == 1 ? sum + (uint32_t)(p[0] << 8) : sum;
}

/*
 * What stands before a message in the sum of its IP addresses, its protocol and its size: of IPv6 RFC 8200
 * 8.1, of IPv4 the same with shorter addresses.
 */
static inline uint32_t
checksum_add_pseudo_header(uint32_t sum, const struct addr *source, const struct addr *destination,
    uint8_t protocol, size_t size)
{
	sum = checksum_add(sum, source->bytes, addr_size(source->family));
	sum = checksum_add(sum, destination->bytes, addr_size(destination->family));
	return sum + protocol + (uint32_t)size;
}

/* The sum in 16 bits: 0xffff for what includes a right checksum; its complement is the checksum. */
static inline uint16_t
checksum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

#endif
