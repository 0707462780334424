/*
 * Fuzzes what the network says: the input is an IP packet. Of IPv4 a raw socket delivers it as it is; of
 * IPv6 the message, with addresses and hop limit apart. No read beyond it, a verdict for everything
 * under every kind of rules, and of what is accepted every field in its range and the same after sending
 * it anew.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/core/packet.h"

#define FUZZ_IPV6_HEADER 40

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const uint8_t fuzz_key[PACKET_KEY_SIZE] = "secret1";

static const struct packet_peer fuzz_peers[] = {
    {{ADDR_IPV4, {0}, {192, 0, 2, 1}}, 0},
    {{ADDR_IPV4, {0}, {192, 0, 2, 3}}, 255},
    {{ADDR_IPV6, {0}, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, 64},
};

static const struct packet_rules fuzz_rules[] = {
    {.version = 3,
	.family = ADDR_IPV4,
	.own_source = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 2}}},
    {.version = 3, .family = ADDR_IPV4, .unicast = true, .peers = fuzz_peers, .peer_count = 3},
    {.version = 3, .family = ADDR_IPV4, .unicast = true}, /* nobody is listed */
    {.version = 2, .family = ADDR_IPV4, .interval_cs = 100},
    {.version = 2, .family = ADDR_IPV4, .interval_cs = 100, .key = fuzz_key},
    {.version = 2, .family = ADDR_IPV4, .interval_cs = 25500, .owner = true},
    {.version = 2,
	.family = ADDR_IPV4,
	.interval_cs = 100,
	.unicast = true,
	.peers = fuzz_peers,
	.peer_count = 3},
    {.version = 3,
	.family = ADDR_IPV6,
	.owner = true,
	.own_source = {.family = ADDR_IPV6, .bytes = {0xfe, 0x80, [13] = 0x0a, [15] = 0x02}}},
    {.version = 3, .family = ADDR_IPV6, .unicast = true, .peers = fuzz_peers, .peer_count = 3},
};

static void
fuzz_require(bool condition)
{
	if (!condition)
		abort();
}

/* An accepted packet, sent by us, differs in what a receiver ignores and the checksum's form only. */
static void
fuzz_send_anew(const struct packet *packet, const struct packet_rules *rules)
{
	static struct addr addresses[VRRP_ADDRESSES_MAX];
	static uint8_t out[PACKET_SIZE_MAX];
	const size_t list = packet->address_count * addr_size(packet->source.family);
	struct packet_template t = {
	    .version = packet->version,
	    .family = packet->source.family,
	    .vrid = packet->vrid,
	    .priority = packet->priority,
	    .interval_cs = packet->interval_cs,
	    .key = rules->key,
	    .source = packet->source,
	    .destination = packet->destination,
	    .address = addresses,
	    .address_count = packet->address_count,
	};

	for (size_t i = 0; i < packet->address_count; i++)
		addresses[i] = packet_address(packet, i);
	fuzz_require(packet_encode(&t, out) == packet->message_size);
	fuzz_require(memcmp(out, packet->message, 4) == 0);
	if (packet->version == 2)
		fuzz_require(memcmp(out + 4, packet->message + 4, 2) == 0);
	else
		fuzz_require(out[4] == (packet->message[4] & 0x0f) && out[5] == packet->message[5]);
	fuzz_require(memcmp(out + 8, packet->message + 8, list) == 0);
	if (rules->key != NULL)
		fuzz_require(memcmp(out + 8 + list, packet->message + 8 + list, 8) == 0);
}

static void
fuzz_require_accepted(const struct packet *packet, const struct packet_rules *rules)
{
	const size_t size = 8 + packet->address_count * addr_size(packet->source.family) +
			    (packet->version == 2 ? 8 : 0);

	fuzz_require(packet->version == rules->version && packet->type == 1 &&
		     packet->source.family == rules->family &&
		     packet->destination.family == rules->family);
	fuzz_require(rules->unicast ? rules->peer_count > 0 : packet->ttl == VRRP_TTL);
	fuzz_require(packet->address_count > 0 && packet->message_size == size);
	fuzz_require(packet->forms > 0 && packet->forms <= 7);
	fuzz_require(packet->interval_cs > 0 &&
		     packet->interval_cs <=
			 (packet->version == 2 ? VRRP_INTERVAL_V2_CS_MAX : VRRP_INTERVAL_CS_MAX));
	fuzz_require(packet->version == 3 || (packet->interval_cs == rules->interval_cs &&
						 packet->authentication == (rules->key != NULL) &&
						 packet->source.family == ADDR_IPV4));
}

static void
fuzz_compare_lists(const struct packet *packet)
{
	struct addr first = packet_address(packet, 0);

	fuzz_require(packet_lists_differ(packet, &first, 1) == (packet->address_count != 1));
	fuzz_require(packet_lists_differ(packet, NULL, 0));
	packet_first_is_link_local(packet);
}

static enum packet_verdict
fuzz_decode(const uint8_t *data, size_t size, struct packet *packet)
{
	struct addr source, destination;

	if (size < FUZZ_IPV6_HEADER || data[0] >> 4 != 6)
		return packet_decode_ipv4(data, size, packet);
	source = addr_from_bytes(ADDR_IPV6, data + 8);
	destination = addr_from_bytes(ADDR_IPV6, data + 24);
	return packet_decode_ipv6(data + FUZZ_IPV6_HEADER, size - FUZZ_IPV6_HEADER, &source,
	    &destination, data[7], packet);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet, checked;
	enum packet_verdict verdict = fuzz_decode(data, size, &packet);

	fuzz_require(verdict < PACKET_VERDICT_COUNT);
	fuzz_require(verdict == PACKET_IP_HEADER || addr_is_set(&packet.source));
	if (verdict != PACKET_OK)
		return 0;
	fuzz_require(packet.vrid != 0 && packet.message >= data && packet.message_size >= 8 &&
		     packet.message + packet.message_size <= data + size);
	for (size_t i = 0; i < sizeof(fuzz_rules) / sizeof(fuzz_rules[0]); i++) {
		checked = packet;
		verdict = packet_check(&checked, &fuzz_rules[i]);
		fuzz_require(
		    verdict > PACKET_VRID ? verdict < PACKET_VERDICT_COUNT : verdict == PACKET_OK);
		if (verdict != PACKET_OK)
			continue;
		fuzz_require_accepted(&checked, &fuzz_rules[i]);
		fuzz_compare_lists(&checked);
		fuzz_send_anew(&checked, &fuzz_rules[i]);
	}
	return 0;
}
