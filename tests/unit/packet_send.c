/*
 * Packets as they are sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/vrrp.h"
#include "vrrpd/core/packet.h"

/* 192.0.2.1 for vrid 51, priority 200, 1 s: 0x31 33 c8 01 00 64, 192.0.2.10; sums worked out by hand */
static const uint8_t good_message_only[] = {0x31, 51, 200, 1, 0, 100, 0x44, 0x5c, 192, 0, 2, 10};
static const uint8_t good_pseudo_header[] = {0x31, 51, 200, 1, 0, 100, 0xa1, 0xcb, 192, 0, 2, 10};

static struct addr addresses[VRRP_ADDRESSES_MAX + 1];

static struct packet_template
template_of(size_t count, bool pseudo_header)
{
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		addresses[i] = (struct addr){.family = ADDR_IPV4,
		    .bytes = {192, 0, (uint8_t)(2 + (10 + i) / 256), (uint8_t)(10 + i)}};
	return (struct packet_template){
	    .version = 3,
	    .family = ADDR_IPV4,
	    .vrid = 51,
	    .priority = 200,
	    .interval_cs = 100,
	    .pseudo_header = pseudo_header,
	    .source = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}},
	    .destination = packet_group(ADDR_IPV4),
	    .address = addresses,
	    .address_count = count,
	};
}

/* Other addresses of the family, all of them. */
static void
use_family(struct packet_template *t, uint8_t family)
{
	if (family == ADDR_IPV4)
		return;
	t->family = family;
	t->source = (struct addr){family, {0}, {0xfe, 0x80, [13] = 0x0a, [15] = 1}};
	t->destination = packet_group(family);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		addresses[i] = (struct addr){
		    family, {0}, {0xfe, 0x80, [14] = (uint8_t)(i >> 8), [15] = (uint8_t)(i + 1)}};
}

static void
test_i02_i03_the_bytes_sent(void **state)
{
	struct packet_template t = template_of(1, false);
	uint8_t out[PACKET_SIZE_MAX];

	(void)state;
	assert_int_equal(packet_encode(&t, out), sizeof(good_message_only));
	assert_memory_equal(out, good_message_only, sizeof(good_message_only));
	t.pseudo_header = true;
	assert_int_equal(packet_encode(&t, out), sizeof(good_pseudo_header));
	assert_memory_equal(out, good_pseudo_header, sizeof(good_pseudo_header));
	t.interval_cs = 4095; /* T06: the reserved bits stay 0 */
	packet_encode(&t, out);
	assert_int_equal(out[4], 0x0f);
	assert_int_equal(out[5], 0xff);
}

/* RFC 3768 5.3: seconds at offset 5, and the 8 bytes behind the addresses. */
static void
test_t05_the_bytes_sent_of_version_2(void **state)
{
	static const uint8_t without[] = {0x21, 0x33, 0xc8, 0x01, 0x00, 0x01, 0x54, 0xbf, 0xc0,
	    0x00, 0x02, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
	static const uint8_t with_key[] = {0x21, 0x33, 0xc8, 0x01, 0x01, 0x01, 0xe6, 0x40, 0xc0,
	    0x00, 0x02, 0x0a, 0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0x31, 0x32};
	struct packet_template t = template_of(1, true);
	uint8_t out[PACKET_SIZE_MAX];

	(void)state;
	t.version = 2;
	assert_int_equal(packet_encode(&t, out), sizeof(without));
	assert_memory_equal(out, without, sizeof(without));
	t.key = (const uint8_t *)"secret12";
	assert_int_equal(packet_encode(&t, out), sizeof(with_key));
	assert_memory_equal(out, with_key, sizeof(with_key));
	t.interval_cs = 25500;
	packet_encode(&t, out);
	assert_int_equal(out[5], 255);
}

/* The pseudo-header is part of it, whatever the template says. */
static void
test_v01_the_bytes_sent_over_ipv6(void **state)
{
	static const uint8_t due[] = {0x31, 0x33, 0xc8, 0x02, 0x00, 0x64, 0xdb, 0x3f, 0xfe, 0x80,
	    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x51, 0x00, 0x01,
	    0x20, 0x01, 0x0d, 0xb8, 0x00, 0x51, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	    0x00, 0x10};
	struct addr list[] = {{ADDR_IPV6, {0}, {0xfe, 0x80, [13] = 0x51, [15] = 1}},
	    {ADDR_IPV6, {0}, {0x20, 0x01, 0x0d, 0xb8, 0, 0x51, [15] = 0x10}}};
	struct packet_template t = template_of(1, false);
	uint8_t out[PACKET_SIZE_MAX];

	(void)state;
	t.family = ADDR_IPV6;
	t.source = (struct addr){ADDR_IPV6, {0}, {0xfe, 0x80, [13] = 0x0a, [15] = 1}};
	t.destination = packet_group(ADDR_IPV6);
	t.address = list;
	t.address_count = 2;
	assert_int_equal(packet_encode(&t, out), sizeof(due));
	assert_memory_equal(out, due, sizeof(due));
	t.pseudo_header = true;
	t.key = (const uint8_t *)"ignored!";
	assert_int_equal(packet_encode(&t, out), sizeof(due));
	assert_memory_equal(out, due, sizeof(due));
}

/* As it arrives: IPv4 with its header, IPv6 without. */
static enum packet_verdict
receive(const struct packet_template *t, uint8_t *wire, size_t size, struct packet *packet)
{
	static const uint8_t header[] = {0x45, 0xc0, 0, 0, 0, 0, 0, 0, 255, 112, 0, 0};
	const struct packet_rules rules = {.version = t->version,
	    .family = t->family,
	    .interval_cs = t->interval_cs,
	    .key = t->key};
	enum packet_verdict verdict;

	memcpy(wire, header, sizeof(header));
	wire[2] = (uint8_t)((20 + size) >> 8);
	wire[3] = (uint8_t)(20 + size);
	memcpy(wire + 12, t->source.bytes, 4);
	memcpy(wire + 16, t->destination.bytes, 4);
	if (t->family == ADDR_IPV6)
		verdict = packet_decode_ipv6(
		    wire + 20, size, &t->source, &t->destination, VRRP_TTL, packet);
	else
		verdict = packet_decode_ipv4(wire, 20 + size, packet);
	return verdict == PACKET_OK ? packet_check(packet, &rules) : verdict;
}

static void
test_what_is_sent_is_accepted(void **state)
{
	static uint8_t wire[20 + PACKET_SIZE_MAX];
	struct packet packet;
	size_t size;

	(void)state;
	for (size_t i = 0; i < VRRP_ADDRESSES_MAX * 4; i++) {
		const size_t count = 1 + i / 4;
		const uint8_t version = i % 4 == 2 ? 2 : 3,
			      family = i % 4 == 3 ? ADDR_IPV6 : ADDR_IPV4;
		struct packet_template t = template_of(count, i % 4 == 1);

		use_family(&t, family);
		t.version = version;
		t.key = version == 2 && count % 2 == 0 ? (const uint8_t *)"secret12" : NULL;
		size = packet_encode(&t, wire + 20);
		assert_int_equal(size, 8 + count * addr_size(family) + (version == 2 ? 8 : 0));
		assert_int_equal(receive(&t, wire, size, &packet), PACKET_OK);
		assert_int_equal(packet.vrid, 51);
		assert_int_equal(packet.priority, 200);
		assert_int_equal(packet.interval_cs, 100);
		assert_int_equal(packet.address_count, count);
		for (size_t k = 0; k < count; k++) {
			const struct addr addr = packet_address(&packet, k);

			assert_true(addr_equal(&addr, &addresses[k]));
		}
	}
}

static void
test_a_patched_priority_is_as_if_encoded(void **state)
{
	uint8_t patched[PACKET_SIZE_MAX], encoded[PACKET_SIZE_MAX];
	size_t size;

	(void)state;
	for (unsigned int i = 0; i < 256 * 256 * 4; i++) {
		struct packet_template t = template_of(1 + i % 3, i >= 256 * 256);

		use_family(&t, i >= 256 * 256 * 3 ? ADDR_IPV6 : ADDR_IPV4);
		if (i / (256 * 256) == 2) {
			t.version = 2;
			t.key = (const uint8_t *)"secret12";
		}
		t.priority = (uint8_t)(i >> 8);
		size = packet_encode(&t, patched);
		packet_patch_priority(patched, (uint8_t)i);
		t.priority = (uint8_t)i;
		packet_encode(&t, encoded);
		assert_memory_equal(patched, encoded, size);
	}
}

/* One field that is out of range. */
enum spoil {
	NO_VERSION,
	VERSION_4,
	NO_FAMILY,
	V2_OVER_IPV6,
	NO_VRID,
	NO_ADDRESS,
	TOO_MANY_ADDRESSES,
	AN_ADDRESS_OF_IPV6,
	NO_INTERVAL,
	INTERVAL_4096,
	V2_NO_INTERVAL,
	V2_HALF_A_SECOND,
	V2_INTERVAL_256_S,
	NO_SOURCE,
	A_DESTINATION_OF_IPV6,
	SPOILS
};

static void
spoil(struct packet_template *t, enum spoil how)
{
	switch (how) {
	case NO_VERSION:
		t->version = 0;
		break;
	case VERSION_4:
		t->version = 4;
		break;
	case NO_FAMILY:
		t->family = ADDR_NONE;
		break;
	case V2_OVER_IPV6:
		t->version = 2;
		t->family = ADDR_IPV6;
		addresses[0].family = ADDR_IPV6;
		break;
	case NO_VRID:
		t->vrid = 0;
		break;
	case NO_ADDRESS:
		t->address_count = 0;
		break;
	case TOO_MANY_ADDRESSES:
		t->address_count = VRRP_ADDRESSES_MAX + 1;
		break;
	case AN_ADDRESS_OF_IPV6:
		addresses[0].family = ADDR_IPV6;
		break;
	case NO_INTERVAL:
		t->interval_cs = 0;
		break;
	case INTERVAL_4096:
		t->interval_cs = 4096;
		break;
	case V2_NO_INTERVAL:
		t->version = 2;
		t->interval_cs = 0;
		break;
	case V2_HALF_A_SECOND:
		t->version = 2;
		t->interval_cs = 150;
		break;
	case V2_INTERVAL_256_S:
		t->version = 2;
		t->interval_cs = 25600;
		break;
	case NO_SOURCE:
		t->source = (struct addr){0};
		break;
	case A_DESTINATION_OF_IPV6:
		t->destination = packet_group(ADDR_IPV6);
		break;
	case SPOILS:
		break;
	}
}

static void
test_what_cannot_be_sent(void **state)
{
	uint8_t out[PACKET_SIZE_MAX];

	(void)state;
	for (int i = 0; i <= SPOILS; i++) {
		struct packet_template t = template_of(1, true);

		spoil(&t, (enum spoil)i);
		if ((packet_encode(&t, out) != 0) != (i == SPOILS))
			fail_msg("template %d", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_i02_i03_the_bytes_sent),
	    cmocka_unit_test(test_t05_the_bytes_sent_of_version_2),
	    cmocka_unit_test(test_v01_the_bytes_sent_over_ipv6),
	    cmocka_unit_test(test_what_is_sent_is_accepted),
	    cmocka_unit_test(test_a_patched_priority_is_as_if_encoded),
	    cmocka_unit_test(test_what_cannot_be_sent),
	};

	return cmocka_run_group_tests_name("packet_send", tests, NULL, NULL);
}
