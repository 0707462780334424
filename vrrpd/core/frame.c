/*
 * Ethernet frames that announce an address. Pure.
 */
#include <string.h>

#include "vrrpd/core/checksum.h"
#include "vrrpd/core/frame.h"

#define FRAME_NEXT_HEADER_ICMPV6 58
#define FRAME_NA_IPV6 14    /* where the IPv6 header begins, behind that of Ethernet … */
#define FRAME_NA_MESSAGE 54 /* … and where the advertisement does */
#define FRAME_NA_MESSAGE_SIZE (FRAME_NA_SIZE - FRAME_NA_MESSAGE)

/* Flags of a neighbor advertisement: RFC 4861 4.4. */
#define FRAME_NA_ROUTER 0x80
#define FRAME_NA_OVERRIDE 0x20

void
frame_encode_garp(const uint8_t mac[FRAME_MAC_SIZE], const struct addr *addr, uint8_t *out)
{
	/* EtherType ARP; Ethernet, IPv4, 6, 4, request */
	static const uint8_t fixed[] = {0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01};

	memset(out, 0xff, FRAME_MAC_SIZE);
	memcpy(out + 6, mac, FRAME_MAC_SIZE);
	memcpy(out + 12, fixed, sizeof(fixed));
	memcpy(out + 22, mac, FRAME_MAC_SIZE);
	memcpy(out + 28, addr->bytes, 4);
	memcpy(out + 32, mac, FRAME_MAC_SIZE);
	memcpy(out + 38, addr->bytes, 4);
}

void
frame_encode_na(
    const uint8_t mac[FRAME_MAC_SIZE], const struct addr *addr, bool router, uint8_t *out)
{
	static const uint8_t all_nodes_mac[] = {0x33, 0x33, 0, 0, 0, 1};
	static const struct addr all_nodes = {.family = ADDR_IPV6, .bytes = {0xff, 0x02, [15] = 1}};
	/* EtherType and IPv6, payload, ICMPv6, hop limit 255 */
	static const uint8_t fixed[] = {
	    0x86, 0xdd, 0x60, 0, 0, 0, 0, FRAME_NA_MESSAGE_SIZE, FRAME_NEXT_HEADER_ICMPV6, 255};
	uint8_t *ipv6 = out + FRAME_NA_IPV6, *message = out + FRAME_NA_MESSAGE;
	uint32_t sum;

	memset(out, 0, FRAME_NA_SIZE);
	memcpy(out, all_nodes_mac, FRAME_MAC_SIZE);
	memcpy(out + 6, mac, FRAME_MAC_SIZE);
	memcpy(out + 12, fixed, sizeof(fixed));
	memcpy(ipv6 + 8, addr->bytes, 16);
	memcpy(ipv6 + 24, all_nodes.bytes, 16);
	message[0] = 136; /* type */
	message[4] = (uint8_t)(FRAME_NA_OVERRIDE | (router ? FRAME_NA_ROUTER : 0));
	memcpy(message + 8, addr->bytes, 16);
	message[24] = 2; /* option: target link-layer address */
	message[25] = 1; /* in units of 8 bytes */
	memcpy(message + 26, mac, FRAME_MAC_SIZE);
	sum = checksum_add(0, message, FRAME_NA_MESSAGE_SIZE);
	sum = checksum_add_pseudo_header(
	    sum, addr, &all_nodes, FRAME_NEXT_HEADER_ICMPV6, FRAME_NA_MESSAGE_SIZE);
	checksum_write16(message + 2, (uint16_t)~checksum_fold(sum));
}
