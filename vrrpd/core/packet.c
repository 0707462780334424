/*
 * VRRP packets to and from bytes: version 2 (RFC 3768 section 5) and version 3 (RFC 9568 section 5). Pure.
 */
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/core/checksum.h"
#include "vrrpd/core/packet.h"

#define PACKET_TYPE_ADVERTISEMENT 1
#define PACKET_HEADER 8
#define PACKET_IPV4_HEADER 20
#define PACKET_CS_PER_S 100

/* Auth Type of version 2: none, simple password; 2 was the authentication header (RFC 2338 5.3.6). */
enum { PACKET_AUTH_NONE, PACKET_AUTH_PASSWORD, PACKET_AUTH_HEADER };

#define PACKET_WORDS(name, counter, words) words,
#define PACKET_COUNTER(name, counter, words) #counter,

const char *
packet_verdict_name(enum packet_verdict verdict)
{
	static const char *const words[] = {PACKET_VERDICTS(PACKET_WORDS)};

	return verdict < PACKET_VERDICT_COUNT ? words[verdict] : "?";
}

const char *
packet_verdict_counter(enum packet_verdict verdict)
{
	static const char *const words[] = {PACKET_VERDICTS(PACKET_COUNTER)};

	return verdict < PACKET_VERDICT_COUNT ? words[verdict] : "?";
}

struct addr
packet_group(uint8_t family)
{
	static const uint8_t ipv4[] = {224, 0, 0, 18};
	static const uint8_t ipv6[16] = {0xff, 0x02, [15] = 0x12};

	if (family == ADDR_IPV4)
		return addr_from_bytes(family, ipv4);
	return family == ADDR_IPV6 ? addr_from_bytes(family, ipv6) : (struct addr){0};
}

/* ---- receiving ---- */

/* Multicast, broadcast and what is reserved are not. */
static bool
packet_is_unicast(const struct addr *destination)
{
	return destination->family == ADDR_IPV4 ? destination->bytes[0] < 224
						: destination->bytes[0] != 0xff;
}

/* RFC 3768 5.3, RFC 9568 5.2: the fixed part, whose first four bytes are alike. */
static void
packet_read_header(struct packet *out)
{
	const uint8_t *m = out->message;

	out->version = m[0] >> 4;
	out->type = m[0] & 0x0f;
	out->priority = m[2];
	out->address_count = m[3];
	if (out->version == 2) {
		out->authentication = m[4];
		out->interval_cs = (uint16_t)(m[5] * PACKET_CS_PER_S);
	} else
		out->interval_cs = checksum_read16(m + 4) & 0x0fff; /* Reserve is ignored */
}

/* From the TTL on the families are alike. */
static enum packet_verdict
packet_decode_message(struct packet *out)
{
	if (out->message_size >= 2)
		out->vrid = out->message[1];
	if (out->ttl != VRRP_TTL && !packet_is_unicast(&out->destination))
		return PACKET_TTL;
	if (out->message_size < PACKET_HEADER)
		return PACKET_SHORT;
	packet_read_header(out);
	if (out->version != 3 && (out->version != 2 || out->source.family != ADDR_IPV4))
		return PACKET_NO_VERSION;
	return out->vrid == 0 ? PACKET_VRID : PACKET_OK;
}

enum packet_verdict
packet_decode_ipv4(const uint8_t *data, size_t size, struct packet *out)
{
	size_t header, total;

	memset(out, 0, sizeof(*out));
	if (size < PACKET_IPV4_HEADER || data[0] >> 4 != 4)
		return PACKET_IP_HEADER;
	header = (data[0] & 0x0fU) * 4;
	total = checksum_read16(data + 2);
	if (header < PACKET_IPV4_HEADER || total < header || total > size)
		return PACKET_IP_HEADER;
	if ((checksum_read16(data + 6) & 0x3fff) != 0) /* more fragments, or not the first */
		return PACKET_IP_HEADER;
	out->source = addr_from_bytes(ADDR_IPV4, data + 12);
	out->destination = addr_from_bytes(ADDR_IPV4, data + 16);
	out->ttl = data[8];
	out->message = data + header;
	out->message_size = total - header; /* what follows is the link's padding */
	return packet_decode_message(out);
}

enum packet_verdict
packet_decode_ipv6(const uint8_t *data, size_t size, const struct addr *source,
    const struct addr *destination, int hop_limit, struct packet *out)
{
	memset(out, 0, sizeof(*out));
	if (source->family != ADDR_IPV6 || destination->family != ADDR_IPV6 || hop_limit < 0 ||
	    hop_limit > UINT8_MAX)
		return PACKET_IP_HEADER;
	out->source = *source;
	out->destination = *destination;
	out->ttl = (uint8_t)hop_limit;
	out->message = data;
	out->message_size = size;
	return packet_decode_message(out);
}

/* How it was sent must be how the instance sends. */
static enum packet_verdict
packet_check_delivery(const struct packet *packet, const struct packet_rules *rules)
{
	const struct addr group = packet_group(rules->family);

	if (!rules->unicast)
		return addr_equal(&packet->destination, &group) ? PACKET_OK : PACKET_DELIVERY;
	if (packet->source.family != rules->family || !packet_is_unicast(&packet->destination))
		return PACKET_DELIVERY;
	for (size_t i = 0; i < rules->peer_count; i++)
		if (addr_equal(&packet->source, &rules->peers[i].addr))
			return packet->ttl >= rules->peers[i].min_ttl ? PACKET_OK : PACKET_PEER_TTL;
	return PACKET_NO_PEER;
}

/* The length that the address count says; version 2 has Authentication Data always (RFC 3768 5.3.10). */
static size_t
packet_size(uint8_t version, uint8_t family, size_t address_count)
{
	return PACKET_HEADER + address_count * addr_size(family) +
	       (version == 2 ? PACKET_KEY_SIZE : 0);
}

/*
 * Which forms of the checksum are right. Over IPv4 version 3 has two, RFC 9568 5.2.8 (message only) and
 * RFC 5798 (with pseudo-header), and for a unicast packet a third one that was once sent.
 */
static uint8_t
packet_right_forms(const struct packet *packet)
{
	const struct addr group = packet_group(packet->source.family);
	const uint32_t sum = checksum_add(0, packet->message, packet->message_size);
	const uint32_t pseudo = checksum_add_pseudo_header(
	    sum, &packet->source, &packet->destination, VRRP_PROTOCOL, packet->message_size);
	const uint32_t to_group = checksum_add_pseudo_header(
	    sum, &packet->source, &group, VRRP_PROTOCOL, packet->message_size);
	uint8_t forms = 0;

	if (checksum_fold(sum) == 0xffff)
		forms |= PACKET_FORM_MESSAGE;
	if (checksum_fold(pseudo) == 0xffff)
		forms |= PACKET_FORM_PSEUDO;
	if (checksum_fold(to_group) == 0xffff)
		forms |= PACKET_FORM_GROUP;
	if (packet->version == 2)
		return forms & PACKET_FORM_MESSAGE;
	return packet->source.family == ADDR_IPV6 ? forms & PACKET_FORM_PSEUDO : forms;
}

/* Takes the same time wherever they differ. */
static bool
packet_keys_differ(const uint8_t *a, const uint8_t *b)
{
	uint8_t difference = 0;

	for (size_t i = 0; i < PACKET_KEY_SIZE; i++)
		difference |= a[i] ^ b[i];
	return difference != 0;
}

/* RFC 2338 5.3.6, 7.1. Of type none the data is ignored (RFC 3768 5.3.10). */
static enum packet_verdict
packet_check_authentication(const struct packet *packet, const struct packet_rules *rules)
{
	const uint8_t ours = rules->key == NULL ? PACKET_AUTH_NONE : PACKET_AUTH_PASSWORD;

	if (packet->version != 2)
		return PACKET_OK;
	if (packet->authentication > PACKET_AUTH_HEADER)
		return PACKET_AUTH_UNKNOWN;
	if (packet->authentication != ours)
		return PACKET_AUTH_OTHER;
	if (rules->key != NULL &&
	    packet_keys_differ(
		packet->message + packet->message_size - PACKET_KEY_SIZE, rules->key))
		return PACKET_AUTH_FAILURE;
	return PACKET_OK;
}

/* What is right in form and yet not for this instance. */
static enum packet_verdict
packet_check_content(const struct packet *packet, const struct packet_rules *rules)
{
	if (packet->address_count == 0)
		return PACKET_COUNT_ZERO;
	if (packet->version == 3 && packet->interval_cs == 0)
		return PACKET_INTERVAL_ZERO;
	if (packet->version == 2 && packet->interval_cs != rules->interval_cs)
		return PACKET_INTERVAL_OTHER;
	if (addr_equal(&packet->source, &rules->own_source))
		return PACKET_OWN_SOURCE;
	return packet->version == 2 && rules->owner ? PACKET_OWNER : PACKET_OK;
}

enum packet_verdict
packet_check(struct packet *packet, const struct packet_rules *rules)
{
	enum packet_verdict verdict;

	if (packet->type != PACKET_TYPE_ADVERTISEMENT)
		return PACKET_TYPE;
	verdict = packet_check_delivery(packet, rules);
	if (verdict != PACKET_OK)
		return verdict;
	if (packet->version != rules->version)
		return PACKET_OTHER_VERSION;
	if (packet->message_size !=
	    packet_size(packet->version, packet->source.family, packet->address_count))
		return PACKET_LENGTH;
	packet->forms = packet_right_forms(packet);
	if (packet->forms == 0)
		return PACKET_CHECKSUM;
	verdict = packet_check_authentication(packet, rules);
	if (verdict != PACKET_OK)
		return verdict;
	packet->addresses = packet->message + PACKET_HEADER;
	return packet_check_content(packet, rules);
}

struct addr
packet_address(const struct packet *packet, size_t i)
{
	const uint8_t family = packet->source.family;

	return addr_from_bytes(family, packet->addresses + i * addr_size(family));
}

/* Where it stands in the list; count when it does not. */
static size_t
packet_find(const struct addr *addr, const struct addr *sorted, size_t count)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (addr_compare(&sorted[middle], addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && addr_equal(&sorted[low], addr) ? low : count;
}

bool
packet_lists_differ(const struct packet *packet, const struct addr *sorted, size_t count)
{
	bool seen[VRRP_ADDRESSES_MAX] = {false};

	if (packet->address_count != count)
		return true;
	for (size_t i = 0; i < count; i++) {
		const struct addr addr = packet_address(packet, i);
		const size_t at = packet_find(&addr, sorted, count);

		if (at == count || seen[at])
			return true;
		seen[at] = true;
	}
	return false;
}

bool
packet_first_is_link_local(const struct packet *packet)
{
	const uint8_t *first = packet->addresses;

	return packet->source.family != ADDR_IPV6 ||
	       (first[0] == 0xfe && (first[1] & 0xc0) == 0x80);
}

/* ---- sending ---- */

/* Whether the checksum covers the pseudo-header. */
static bool
packet_covers_pseudo_header(const struct packet_template *t)
{
	return t->version == 3 && (t->family == ADDR_IPV6 || t->pseudo_header);
}

static bool
packet_interval_is_valid(const struct packet_template *t)
{
	if (t->version == 2)
		return t->interval_cs > 0 && t->interval_cs <= VRRP_INTERVAL_V2_CS_MAX &&
		       t->interval_cs % PACKET_CS_PER_S == 0;
	return t->interval_cs > 0 && t->interval_cs <= VRRP_INTERVAL_CS_MAX;
}

static bool
packet_template_is_valid(const struct packet_template *t)
{
	if (t->family != ADDR_IPV4 && (t->family != ADDR_IPV6 || t->version != 3))
		return false;
	if ((t->version != 2 && t->version != 3) || t->vrid == 0 || !packet_interval_is_valid(t))
		return false;
	if (t->address_count == 0 || t->address_count > VRRP_ADDRESSES_MAX)
		return false;
	for (size_t i = 0; i < t->address_count; i++)
		if (t->address[i].family != t->family)
			return false;
	return !packet_covers_pseudo_header(t) ||
	       (t->source.family == t->family && t->destination.family == t->family);
}

/* All but the checksum, which is left 0. */
static void
packet_write(const struct packet_template *t, size_t size, uint8_t *out)
{
	const size_t step = addr_size(t->family);

	memset(out, 0, size);
	out[0] = (uint8_t)(t->version << 4 | PACKET_TYPE_ADVERTISEMENT);
	out[1] = t->vrid;
	out[2] = t->priority;
	out[3] = (uint8_t)t->address_count;
	for (size_t i = 0; i < t->address_count; i++)
		memcpy(out + PACKET_HEADER + i * step, t->address[i].bytes, step);
	if (t->version == 3) {
		checksum_write16(out + 4, t->interval_cs);
		return;
	}
	out[4] = t->key == NULL ? PACKET_AUTH_NONE : PACKET_AUTH_PASSWORD;
	out[5] = (uint8_t)(t->interval_cs / PACKET_CS_PER_S);
	if (t->key != NULL)
		memcpy(out + size - PACKET_KEY_SIZE, t->key, PACKET_KEY_SIZE);
}

size_t
packet_encode(const struct packet_template *t, uint8_t *out)
{
	size_t size;
	uint32_t sum;

	if (!packet_template_is_valid(t))
		return 0;
	size = packet_size(t->version, t->family, t->address_count);
	packet_write(t, size, out);
	sum = checksum_add(0, out, size);
	if (packet_covers_pseudo_header(t))
		sum = checksum_add_pseudo_header(
		    sum, &t->source, &t->destination, VRRP_PROTOCOL, size);
	checksum_write16(out + 6, (uint16_t)~checksum_fold(sum));
	return size;
}

/* RFC 1624: HC' = ~(~HC + ~m + m'); the priority is the high byte of its word. */
void
packet_patch_priority(uint8_t *message, uint8_t priority)
{
	uint32_t sum = (uint16_t)~checksum_read16(message + 6);

	sum += (uint16_t)~checksum_read16(message + 2);
	message[2] = priority;
	sum += checksum_read16(message + 2);
	checksum_write16(message + 6, (uint16_t)~checksum_fold(sum));
}
