/*
 * Ethernet frames that announce an address (RFC 9568 8.1.2, 8.2.2). Pure.
 */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define FRAME_MAC_SIZE 6
#define FRAME_GARP_SIZE 42
#define FRAME_NA_SIZE 86

/* A gratuitous ARP request for an IPv4 address from mac, to all: sender and target are the address, the
 * target hardware address is mac too (RFC 9568 6.4.2 as amended). Writes FRAME_GARP_SIZE bytes. */
void frame_encode_garp(const uint8_t mac[FRAME_MAC_SIZE], const struct addr *, uint8_t *out);

/* An unsolicited neighbor advertisement for an IPv6 address (RFC 4861 4.4), from mac and from the address
 * itself, to ff02::1: not solicited, override, with mac as its link-layer address; router says whether we
 * forward. Writes FRAME_NA_SIZE bytes. */
void frame_encode_na(
    const uint8_t mac[FRAME_MAC_SIZE], const struct addr *, bool router, uint8_t *out);

#endif
