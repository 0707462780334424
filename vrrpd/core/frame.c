/*
 * Ethernet frames that announce an address. Pure.
 */
#include <string.h>

#include "vrrpd/core/frame.h"

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
