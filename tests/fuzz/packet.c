/*
 * Fuzzes what the network says: the input is what a raw socket delivered. No read beyond it, a
 * verdict for everything, and of what is accepted every field in its range and the same after
 * sending it anew.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/core/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_require(bool condition)
{
	if (!condition)
		abort();
}

/* An accepted packet, sent by us, differs in the reserved bits and the checksum's form only. */
static void
fuzz_send_anew(const struct packet *packet)
{
	static struct addr addresses[VRRP_ADDRESSES_MAX];
	static uint8_t out[PACKET_SIZE_MAX];
	struct packet_template t = {
	    .family = ADDR_IPV4,
	    .vrid = packet->vrid,
	    .priority = packet->priority,
	    .interval_cs = packet->interval_cs,
	    .address = addresses,
	    .address_count = packet->address_count,
	};

	for (size_t i = 0; i < packet->address_count; i++)
		addresses[i] = packet_address(packet, i);
	fuzz_require(packet_encode(&t, out) == packet->message_size);
	fuzz_require(memcmp(out, packet->message, 4) == 0);
	fuzz_require(out[4] == (packet->message[4] & 0x0f) && out[5] == packet->message[5]);
	fuzz_require(memcmp(out + 8, packet->message + 8, packet->message_size - 8) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct packet_rules rules = {
	    .version = 3, .own_source = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 2}}};
	struct packet packet;
	enum packet_verdict verdict = packet_decode_ipv4(data, size, &packet);

	fuzz_require(verdict < PACKET_VERDICT_COUNT);
	fuzz_require(verdict == PACKET_IP_HEADER || addr_is_set(&packet.source));
	if (verdict != PACKET_OK)
		return 0;
	fuzz_require(packet.vrid != 0 && packet.message >= data && packet.message_size >= 8 &&
		     packet.message + packet.message_size <= data + size);
	verdict = packet_check(&packet, &rules);
	fuzz_require(verdict < PACKET_VERDICT_COUNT);
	if (verdict != PACKET_OK)
		return 0;
	fuzz_require(packet.version == 3 && packet.type == 1 && packet.ttl == VRRP_TTL);
	fuzz_require(packet.address_count > 0 && packet.interval_cs > 0 &&
		     packet.interval_cs <= VRRP_INTERVAL_CS_MAX);
	fuzz_send_anew(&packet);
	return 0;
}
