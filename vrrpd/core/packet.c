/*
 * VRRP packets to and from bytes (RFC 9568 section 5). Pure.
 */
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/core/packet.h"

#define PACKET_TYPE_ADVERTISEMENT 1
#define PACKET_HEADER 8
#define PACKET_IPV4_HEADER 20
#define PACKET_VERSION_OLDEST 2
#define PACKET_VERSION_NEWEST 3

#define PACKET_COUNTER(name, counter) counter,

const char *
packet_verdict_name(enum packet_verdict verdict)
{
	static const char *const words[PACKET_VERDICT_COUNT] = {
	    [PACKET_OK] = "ok",
	    [PACKET_IP_HEADER] = "not a whole IP packet",
	    [PACKET_TTL] = "TTL is not 255",
	    [PACKET_SHORT] = "too short",
	    [PACKET_NO_VERSION] = "no VRRP version that exists",
	    [PACKET_VRID] = "vrid",
	    [PACKET_TYPE] = "not an advertisement",
	    [PACKET_DELIVERY] = "not sent to the group",
	    [PACKET_OTHER_VERSION] = "another VRRP version than ours",
	    [PACKET_LENGTH] = "length does not fit the address count",
	    [PACKET_CHECKSUM] = "checksum",
	    [PACKET_COUNT_ZERO] = "no address",
	    [PACKET_INTERVAL_ZERO] = "interval 0",
	    [PACKET_OWN_SOURCE] = "our own source address",
	};

	return verdict < PACKET_VERDICT_COUNT ? words[verdict] : "?";
}

const char *
packet_verdict_counter(enum packet_verdict verdict)
{
	static const char *const words[] = {PACKET_VERDICTS(PACKET_COUNTER)};

	return verdict < PACKET_VERDICT_COUNT ? words[verdict] : "?";
}

static uint16_t
packet_read16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* RFC 1071, without the final complement; size is even or the last byte is padded. */
static uint32_t
packet_sum(uint32_t sum, const uint8_t *p, size_t size)
{
	for (; size > 1; p += 2, size -= 2)
		sum += packet_read16(p);
	return size == 1 ? sum + (uint32_t)(p[0] << 8) : sum;
}

static uint16_t
packet_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* RFC 5798 5.2.8 as everybody reads it for IPv4: addresses, protocol, length. */
static uint32_t
packet_pseudo_sum(const struct addr *source, const struct addr *destination, size_t size)
{
	uint32_t sum = packet_sum(0, source->bytes, addr_size(source->family));

	sum = packet_sum(sum, destination->bytes, addr_size(destination->family));
	return sum + VRRP_PROTOCOL + (uint32_t)size;
}

enum packet_verdict
packet_decode_ipv4(const uint8_t *data, size_t size, struct packet *out)
{
	size_t header, total;

	memset(out, 0, sizeof(*out));
	if (size < PACKET_IPV4_HEADER || data[0] >> 4 != 4)
		return PACKET_IP_HEADER;
	header = (data[0] & 0x0fU) * 4;
	total = packet_read16(data + 2);
	if (header < PACKET_IPV4_HEADER || total < header || total > size)
		return PACKET_IP_HEADER;
	if ((packet_read16(data + 6) & 0x3fff) != 0) /* more fragments, or not the first */
		return PACKET_IP_HEADER;
	out->source = addr_from_bytes(ADDR_IPV4, data + 12);
	out->destination = addr_from_bytes(ADDR_IPV4, data + 16);
	out->ttl = data[8];
	out->message = data + header;
	out->message_size = total - header; /* what follows is the link's padding */
	if (out->message_size >= 2)
		out->vrid = out->message[1];
	if (out->ttl != VRRP_TTL)
		return PACKET_TTL;
	if (out->message_size < PACKET_HEADER)
		return PACKET_SHORT;
	out->version = out->message[0] >> 4;
	out->type = out->message[0] & 0x0f;
	out->priority = out->message[2];
	out->address_count = out->message[3];
	out->interval_cs = packet_read16(out->message + 4) & 0x0fff; /* Reserve is ignored */
	if (out->version < PACKET_VERSION_OLDEST || out->version > PACKET_VERSION_NEWEST)
		return PACKET_NO_VERSION;
	return out->vrid == 0 ? PACKET_VRID : PACKET_OK;
}

/* Either form is right: RFC 9568 5.2.8 (message only) and RFC 5798 (with pseudo-header). */
static bool
packet_checksum_is_right(const struct packet *packet)
{
	uint32_t sum = packet_sum(0, packet->message, packet->message_size);

	return packet_fold(sum) == 0xffff ||
	       packet_fold(sum + packet_pseudo_sum(&packet->source, &packet->destination,
				     packet->message_size)) == 0xffff;
}

enum packet_verdict
packet_check(struct packet *packet, const struct packet_rules *rules)
{
	const struct addr group = packet_group_ipv4();

	if (packet->type != PACKET_TYPE_ADVERTISEMENT)
		return PACKET_TYPE;
	if (!addr_equal(&packet->destination, &group))
		return PACKET_DELIVERY;
	if (packet->version != rules->version)
		return PACKET_OTHER_VERSION;
	if (packet->message_size != PACKET_HEADER + packet->address_count * 4U)
		return PACKET_LENGTH;
	if (!packet_checksum_is_right(packet))
		return PACKET_CHECKSUM;
	if (packet->address_count == 0)
		return PACKET_COUNT_ZERO;
	if (packet->interval_cs == 0)
		return PACKET_INTERVAL_ZERO;
	if (addr_equal(&packet->source, &rules->own_source))
		return PACKET_OWN_SOURCE;
	packet->addresses = packet->message + PACKET_HEADER;
	return PACKET_OK;
}

struct addr
packet_address(const struct packet *packet, size_t i)
{
	return addr_from_bytes(ADDR_IPV4, packet->addresses + i * 4);
}

static bool
packet_template_is_valid(const struct packet_template *t)
{
	return t->family == ADDR_IPV4 && t->vrid != 0 && t->interval_cs > 0 &&
	       t->interval_cs <= VRRP_INTERVAL_CS_MAX && t->address_count > 0 &&
	       t->address_count <= VRRP_ADDRESSES_MAX;
}

size_t
packet_encode(const struct packet_template *t, uint8_t *out)
{
	size_t step = addr_size(t->family), size = PACKET_HEADER + t->address_count * step;
	uint32_t sum = 0;
	uint16_t checksum;

	if (!packet_template_is_valid(t))
		return 0;
	out[0] = PACKET_VERSION_NEWEST << 4 | PACKET_TYPE_ADVERTISEMENT;
	out[1] = t->vrid;
	out[2] = t->priority;
	out[3] = (uint8_t)t->address_count;
	out[4] = (uint8_t)(t->interval_cs >> 8);
	out[5] = (uint8_t)t->interval_cs;
	out[6] = out[7] = 0;
	for (size_t i = 0; i < t->address_count; i++)
		memcpy(out + PACKET_HEADER + i * step, t->address[i].bytes, step);
	if (t->pseudo_header)
		sum = packet_pseudo_sum(&t->source, &t->destination, size);
	checksum = (uint16_t)~packet_fold(packet_sum(sum, out, size));
	out[6] = (uint8_t)(checksum >> 8);
	out[7] = (uint8_t)checksum;
	return size;
}

/* RFC 1624: HC' = ~(~HC + ~m + m'); the priority is the high byte of its word. */
void
packet_patch_priority(uint8_t *message, uint8_t priority)
{
	uint32_t sum = (uint16_t)~packet_read16(message + 6);
	uint16_t checksum;

	sum += (uint16_t)~packet_read16(message + 2);
	message[2] = priority;
	sum += packet_read16(message + 2);
	checksum = (uint16_t)~packet_fold(sum);
	message[6] = (uint8_t)(checksum >> 8);
	message[7] = (uint8_t)checksum;
}

struct addr
packet_group_ipv4(void)
{
	return (struct addr){.family = ADDR_IPV4, .bytes = {224, 0, 0, 18}};
}
