/*
 * Packets as they arrive, made from one that is good; those of vectors.h are more, but shorter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/vrrp.h"
#include "vrrpd/core/packet.h"

#define WIRE_MAX 2048
#define MESSAGE 8 /* without addresses */
#define NONE (-1)

/* A good packet, of which a row changes something: 192.0.2.1 for vrid 51, priority 200, 1 s. */
static const uint8_t good_ip[] = {
    0x45, 0xc0, 0, 32, 0x12, 0x34, 0, 0, 255, 112, 0, 0, 192, 0, 2, 1, 224, 0, 0, 18};
/* 0x31 33 c8 01 00 64, 192.0.2.10 */
static const uint8_t good_message_only[] = {0x31, 51, 200, 1, 0, 100, 0x44, 0x5c, 192, 0, 2, 10};

enum form {
	MESSAGE_ONLY,
	PSEUDO_HEADER,
	WRONG, /* the right one plus 1 */
	GIVEN  /* as the row says */
};

struct change {
	uint16_t offset; /* in the message */
	uint8_t value;
};

struct row {
	const char *name;
	enum packet_verdict verdict;
	enum form form;
	uint8_t ihl;             /* 0 = 5 */
	int16_t total;           /* change of the total length */
	int16_t received;        /* more or fewer bytes received than the total length */
	int16_t addresses;       /* in the packet, 0 = 1, or NONE */
	uint16_t fragment;       /* flags and offset */
	uint8_t ttl;             /* 0 = 255 */
	uint8_t ip_version;      /* 0 = 4 */
	uint32_t source;         /* 0 = 192.0.2.1 */
	uint32_t destination;    /* 0 = 224.0.0.18 */
	struct change change[4]; /* offset 0 and value 0 = none */
};

static const struct row rows[] = {
    {"B15 message only", PACKET_OK, .form = MESSAGE_ONLY},
    {"B15 with pseudo-header", PACKET_OK, .form = PSEUDO_HEADER},
    {"priority 0", PACKET_OK, .change = {{2, 0}}, .form = PSEUDO_HEADER},
    {"priority 255", PACKET_OK, .change = {{2, 255}}},
    {"vrid 1", PACKET_OK, .change = {{1, 1}}},
    {"vrid 255", PACKET_OK, .change = {{1, 255}}},
    {"interval 1 cs", PACKET_OK, .change = {{5, 1}}},
    {"T06 interval 4095 cs", PACKET_OK, .change = {{4, 0x0f}, {5, 0xff}}},
    {"interval 256 cs", PACKET_OK, .change = {{4, 1}, {5, 0}}},
    {"reserve is ignored", PACKET_OK, .change = {{4, 0xf0}}},
    {"reserve is ignored, with pseudo-header", PACKET_OK, .change = {{4, 0x80}},
	.form = PSEUDO_HEADER},
    {"2 addresses", PACKET_OK, .addresses = 2},
    {"20 addresses", PACKET_OK, .addresses = 20, .form = PSEUDO_HEADER},
    {"255 addresses", PACKET_OK, .addresses = 255},
    {"255 addresses, with pseudo-header", PACKET_OK, .addresses = 255, .form = PSEUDO_HEADER},
    {"an address of zeros", PACKET_OK, .change = {{8, 0}, {10, 0}, {11, 0}}},
    {"B05 padding of the link", PACKET_OK, .received = 14},
    {"B05 one byte of it", PACKET_OK, .received = 1},
    {"B06 options: IHL 6", PACKET_OK, .ihl = 6},
    {"B06 options: IHL 7", PACKET_OK, .ihl = 7},
    {"B06 options: IHL 8", PACKET_OK, .ihl = 8, .form = PSEUDO_HEADER},
    {"B06 options: IHL 9", PACKET_OK, .ihl = 9},
    {"B06 options: IHL 10", PACKET_OK, .ihl = 10},
    {"B06 options: IHL 11", PACKET_OK, .ihl = 11},
    {"B06 options: IHL 12", PACKET_OK, .ihl = 12},
    {"B06 options: IHL 13", PACKET_OK, .ihl = 13},
    {"B06 options: IHL 14", PACKET_OK, .ihl = 14},
    {"B06 options: IHL 15", PACKET_OK, .ihl = 15, .form = PSEUDO_HEADER},
    {"may not be fragmented, and is not", PACKET_OK, .fragment = 0x4000},
    {"a source below ours", PACKET_OK, .source = 0x01020304},
    {"a source above ours", PACKET_OK, .source = 0xdf020304, .form = PSEUDO_HEADER},

    {"IHL 4", PACKET_IP_HEADER, .ihl = 4},
    {"IHL 1", PACKET_IP_HEADER, .ihl = 1},
    {"IP version 6", PACKET_IP_HEADER, .ip_version = 6},
    {"IP version 5", PACKET_IP_HEADER, .ip_version = 5},
    {"longer than received", PACKET_IP_HEADER, .received = -1},
    {"far longer than received", PACKET_IP_HEADER, .total = 4000, .received = -4000},
    {"total length below the header's", PACKET_IP_HEADER, .total = -13, .received = 13},
    {"total length 0", PACKET_IP_HEADER, .total = -32, .received = 32},
    {"options beyond the total length", PACKET_IP_HEADER, .ihl = 15, .total = -13},
    {"first of several fragments", PACKET_IP_HEADER, .fragment = 0x2000},
    {"last fragment", PACKET_IP_HEADER, .fragment = 0x0004},
    {"a fragment far out", PACKET_IP_HEADER, .fragment = 0x1000},
    {"TTL 254", PACKET_TTL, .ttl = 254},
    {"TTL 1", PACKET_TTL, .ttl = 1},
    {"TTL 64 and a wrong checksum: counted once, as TTL", PACKET_TTL, .ttl = 64, .form = WRONG},
    {"B04 no message", PACKET_SHORT, .total = -12},
    {"B04 one byte of a message", PACKET_SHORT, .total = -11},
    {"B04 7 bytes of a message", PACKET_SHORT, .total = -5},
    {"version 0", PACKET_NO_VERSION, .change = {{0, 0x01}}},
    {"version 1", PACKET_NO_VERSION, .change = {{0, 0x11}}},
    {"version 4", PACKET_NO_VERSION, .change = {{0, 0x41}}},
    {"version 15", PACKET_NO_VERSION, .change = {{0, 0xf1}}},
    {"vrid 0", PACKET_VRID, .change = {{1, 0}}},
    {"type 0", PACKET_TYPE, .change = {{0, 0x30}}},
    {"type 2", PACKET_TYPE, .change = {{0, 0x32}}},
    {"type 15", PACKET_TYPE, .change = {{0, 0x3f}}},
    {"U04 unicast", PACKET_DELIVERY, .destination = 0xc0000202},
    {"another group", PACKET_DELIVERY, .destination = 0xe0000012 - 0x0d},
    {"broadcast", PACKET_DELIVERY, .destination = 0xffffffff, .form = PSEUDO_HEADER},
    {"T09 version 2 without authentication data", PACKET_OTHER_VERSION, .change = {{0, 0x21}}},
    {"length: an address less than the count says", PACKET_LENGTH, .change = {{3, 2}}},
    {"length: an address more", PACKET_LENGTH, .addresses = 2, .change = {{3, 1}}},
    {"length: count 255 and one address", PACKET_LENGTH, .change = {{3, 255}}},
    {"length: count 0 and one address", PACKET_LENGTH, .change = {{3, 0}}},
    {"B05 length: a byte too many inside the packet", PACKET_LENGTH, .total = 1},
    {"B05 length: 8 bytes of authentication data", PACKET_LENGTH, .total = 8},
    {"length: a byte too few", PACKET_LENGTH, .total = -1},
    {"length: no address", PACKET_LENGTH, .total = -4},
    {"checksum off by one", PACKET_CHECKSUM, .form = WRONG},
    {"checksum 0", PACKET_CHECKSUM, .form = GIVEN, .change = {{6, 0}, {7, 0}}},
    {"checksum 0xffff", PACKET_CHECKSUM, .form = GIVEN, .change = {{6, 0xff}, {7, 0xff}}},
    {"checksum with its bytes swapped", PACKET_CHECKSUM, .form = GIVEN,
	.change = {{6, 0x5c}, {7, 0x44}}},
    {"count 0", PACKET_COUNT_ZERO, .addresses = NONE, .change = {{3, 0}}},
    {"count 0, with pseudo-header", PACKET_COUNT_ZERO, .addresses = NONE, .change = {{3, 0}},
	.form = PSEUDO_HEADER},
    {"T07 interval 0", PACKET_INTERVAL_ZERO, .change = {{5, 0}}},
    {"T07 interval 0, reserve set", PACKET_INTERVAL_ZERO, .change = {{4, 0xf0}, {5, 0}}},
    {"B07 our own source", PACKET_OWN_SOURCE, .source = 0xc0000202},
    {"B07 our own source, priority 0", PACKET_OWN_SOURCE, .source = 0xc0000202, .change = {{2, 0}},
	.form = PSEUDO_HEADER},
};

static const struct packet_rules rules = {.version = 3,
    .family = ADDR_IPV4,
    .own_source = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 2}}};

static void
put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void
put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

/* RFC 1071 as it is written, one 16-bit word at a time. */
static uint16_t
sum_of(const uint8_t *p, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i++) {
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return (uint16_t)sum;
}

static void
set_checksum(uint8_t *ip, uint8_t *message, size_t size, enum form form)
{
	uint16_t sum = 0;

	if (form == GIVEN)
		return;
	put16(message + 6, 0);
	if (form == PSEUDO_HEADER)
		sum = sum_of(ip + 12, 8, VRRP_PROTOCOL + (uint32_t)size);
	sum = (uint16_t)~sum_of(message, size, sum);
	put16(message + 6, form == WRONG ? sum + 1U : sum);
}

/* The packet of a row; returns the bytes received. */
static size_t
build(const struct row *row, uint8_t *out)
{
	size_t count = row->addresses == NONE ? 0
		       : row->addresses == 0  ? 1
					      : (size_t)row->addresses;
	size_t header = row->ihl == 0 ? 20 : row->ihl * 4U;
	size_t size = MESSAGE + count * 4;
	size_t at = header < 20 ? 20 : header;
	uint8_t *message = out + at;

	memset(out, 0, WIRE_MAX);
	memset(out, 1, at); /* options: no operation */
	memcpy(out, good_ip, sizeof(good_ip));
	out[0] = (uint8_t)((row->ip_version == 0 ? 4 : row->ip_version) << 4 | header / 4);
	put16(out + 2, (uint32_t)((int32_t)(at + size) + row->total));
	put16(out + 6, row->fragment);
	out[8] = row->ttl == 0 ? 255 : row->ttl;
	if (row->source != 0)
		put32(out + 12, row->source);
	if (row->destination != 0)
		put32(out + 16, row->destination);
	memcpy(message, good_message_only, MESSAGE);
	message[3] = (uint8_t)count;
	for (size_t i = 0; i < count; i++)
		put32(message + MESSAGE + i * 4, 0xc000020a + (uint32_t)i);
	for (size_t i = 0; i < 4; i++)
		if (row->change[i].offset != 0 || row->change[i].value != 0)
			message[row->change[i].offset] = row->change[i].value;
	set_checksum(out, message, size, row->form);
	return (size_t)((int32_t)(at + size) + row->total + row->received);
}

/* Both halves. The bytes end where a block ends, so that a sanitizer sees a read beyond them. */
static enum packet_verdict
judge(const uint8_t *data, size_t size, struct packet *packet)
{
	static uint8_t block[WIRE_MAX];
	uint8_t *copy = block + sizeof(block) - size;
	enum packet_verdict verdict;

	memcpy(copy, data, size);
	verdict = packet_decode_ipv4(copy, size, packet);
	return verdict == PACKET_OK ? packet_check(packet, &rules) : verdict;
}

static void
check_fields(const struct row *row, const uint8_t *wire, const struct packet *packet)
{
	const uint8_t *message = wire + (wire[0] & 15) * 4;

	assert_memory_equal(packet->source.bytes, wire + 12, 4);
	assert_int_equal(packet->source.family, ADDR_IPV4);
	assert_memory_equal(packet->destination.bytes, wire + 16, 4);
	assert_int_equal(packet->version, 3);
	assert_int_equal(packet->type, 1);
	assert_int_equal(packet->vrid, message[1]);
	assert_int_equal(packet->priority, message[2]);
	assert_int_equal(packet->address_count, row->addresses == 0 ? 1 : row->addresses);
	assert_int_equal(packet->interval_cs, (message[4] & 15) * 256 + message[5]);
	for (size_t i = 0; i < packet->address_count; i++) {
		struct addr addr = packet_address(packet, i);

		assert_int_equal(addr.family, ADDR_IPV4);
		assert_memory_equal(addr.bytes, message + MESSAGE + i * 4, 4);
	}
}

static void
test_b01_verdicts(void **state)
{
	uint8_t wire[WIRE_MAX];
	struct packet packet;
	enum packet_verdict verdict;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t size = build(&rows[i], wire);

		verdict = judge(wire, size, &packet);
		if (verdict != rows[i].verdict)
			fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].name,
			    packet_verdict_name(verdict), packet_verdict_name(rows[i].verdict));
		if (verdict == PACKET_OK)
			check_fields(&rows[i], wire, &packet);
	}
}

static void
test_b04_every_prefix_is_dropped(void **state)
{
	uint8_t wire[WIRE_MAX];
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].verdict != PACKET_OK)
			continue;
		build(&rows[i], wire);
		for (size_t size = 0; size < (size_t)(wire[2] << 8 | wire[3]); size++)
			assert_int_equal(judge(wire, size, &packet), PACKET_IP_HEADER);
	}
}

/* The same with a total length that fits: the message is what is too short. */
static void
test_b04_every_short_message_is_dropped(void **state)
{
	uint8_t wire[WIRE_MAX];
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t header, total;

		if (rows[i].verdict != PACKET_OK)
			continue;
		build(&rows[i], wire);
		header = (wire[0] & 15) * 4U;
		total = (size_t)(wire[2] << 8 | wire[3]);
		for (size_t size = header; size < total; size++) {
			put16(wire + 2, (uint32_t)size);
			assert_int_equal(judge(wire, size, &packet),
			    size < header + MESSAGE ? PACKET_SHORT : PACKET_LENGTH);
		}
	}
}

/* A bit anywhere in the message that flips is never taken for another advert. */
static void
test_b01_every_flipped_bit_is_noticed(void **state)
{
	uint8_t wire[WIRE_MAX];
	struct packet packet;
	size_t size;

	(void)state;
	for (size_t form = MESSAGE_ONLY; form <= PSEUDO_HEADER; form++) {
		size = build(&rows[form], wire);
		for (size_t bit = 160; bit < size * 8; bit++) {
			wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_not_equal(judge(wire, size, &packet), PACKET_OK);
			wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		assert_int_equal(judge(wire, size, &packet), PACKET_OK);
	}
}

/* What other protocols and versions send to the same group, as whole packets. */
static void
test_b11_others_on_the_wire(void **state)
{
	/* CARP, vhid 51, advskew 0: would read as a resignation */
	static const uint8_t carp[36] = {0x21, 51, 0, 7, 0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
	/* VRRPv2, vrid 51, priority 200, 192.0.2.10, no authentication */
	static const uint8_t v2[20] = {0x21, 51, 200, 1, 0, 1, 0, 0, 192, 0, 2, 10};
	static const struct {
		const uint8_t *message;
		size_t size;
	} others[] = {{carp, sizeof(carp)}, {v2, sizeof(v2)}};
	uint8_t wire[WIRE_MAX];
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		memcpy(wire, good_ip, 20);
		memcpy(wire + 20, others[i].message, others[i].size);
		put16(wire + 2, (uint32_t)(20 + others[i].size));
		set_checksum(wire, wire + 20, others[i].size, MESSAGE_ONLY);
		assert_int_equal(judge(wire, 20 + others[i].size, &packet), PACKET_OTHER_VERSION);
		assert_int_equal(packet.vrid, 51);
	}
}

/* For the counter of the right instance, the vrid is known as soon as its byte is there. */
static void
test_q02_a_dropped_packet_has_its_instance(void **state)
{
	static const struct row late = {"", PACKET_TTL, .ttl = 1};
	uint8_t wire[WIRE_MAX];
	struct packet packet;
	size_t size = build(&late, wire);

	(void)state;
	assert_int_equal(judge(wire, size, &packet), PACKET_TTL);
	assert_int_equal(packet.vrid, 51);
	put16(wire + 2, 22);
	wire[8] = 255;
	assert_int_equal(judge(wire, 22, &packet), PACKET_SHORT);
	assert_int_equal(packet.vrid, 51);
	put16(wire + 2, 21);
	assert_int_equal(judge(wire, 21, &packet), PACKET_SHORT);
	assert_int_equal(packet.vrid, 0);
}

/* Every value a checksum can have, 0 too; 0xffff and 0 are the same to RFC 1071. */
static void
test_every_checksum_value_is_possible(void **state)
{
	static const struct row row = {"", PACKET_OK, .form = MESSAGE_ONLY};
	uint8_t wire[WIRE_MAX];
	struct packet packet;
	size_t size = build(&row, wire);
	uint32_t zeros = 0;

	(void)state;
	for (uint32_t last = 0; last <= 0xffff; last++) {
		put16(wire + 30, last);
		set_checksum(wire, wire + 20, 12, MESSAGE_ONLY);
		assert_int_equal(judge(wire, size, &packet), PACKET_OK);
		if (wire[26] != 0 || wire[27] != 0)
			continue;
		zeros++;
		put16(wire + 26, 0xffff);
		assert_int_equal(judge(wire, size, &packet), PACKET_OK);
	}
	assert_true(zeros > 0);
}

static void
test_without_own_source_none_is_ours(void **state)
{
	static const struct packet_rules none = {.version = 3, .family = ADDR_IPV4};
	uint8_t wire[WIRE_MAX];
	struct packet packet;
	size_t size = build(&rows[0], wire);

	(void)state;
	memset(wire + 12, 0, 4);
	assert_int_equal(packet_decode_ipv4(wire, size, &packet), PACKET_OK);
	assert_int_equal(packet_check(&packet, &none), PACKET_OK);
}

static void
test_q02_every_verdict_has_one_counter(void **state)
{
	(void)state;
	for (int i = PACKET_OK; i < PACKET_VERDICT_COUNT; i++) {
		assert_string_not_equal(packet_verdict_name((enum packet_verdict)i), "?");
		assert_string_not_equal(packet_verdict_counter((enum packet_verdict)i), "?");
	}
	assert_string_equal(packet_verdict_counter(PACKET_CHECKSUM), "checksum_errors");
	assert_string_equal(packet_verdict_counter(PACKET_INTERVAL_ZERO), "interval_errors");
	assert_string_equal(packet_verdict_counter(PACKET_OWN_SOURCE), "own_source_pkts_rcvd");
	assert_string_equal(packet_verdict_name(PACKET_TTL), "TTL is not 255");
	assert_string_equal(packet_verdict_name(PACKET_VERDICT_COUNT), "?");
	assert_string_equal(packet_verdict_counter(PACKET_VERDICT_COUNT), "?");
}

/* ---- IPv6: what the kernel says apart from the packet ---- */

static void
test_b01_nothing_is_taken_for_granted_of_the_kernel(void **state)
{
	static const struct addr source = {ADDR_IPV6, {0}, {0xfe, 0x80, [15] = 1}};
	static const struct addr none = {0};
	const struct addr group = packet_group(ADDR_IPV6), group4 = packet_group(ADDR_IPV4);
	static const uint8_t message[24] = {0x31, 51, 200, 1, 0, 100, 0, 0, 0xfe, 0x80};
	const struct {
		const struct addr *source, *destination;
		int hop_limit;
		enum packet_verdict verdict;
	} cases[] = {
	    {&source, &group, 255, PACKET_OK},
	    {&source, &group, 0, PACKET_TTL},
	    {&none, &group, 255, PACKET_IP_HEADER},
	    {&source, &none, 255, PACKET_IP_HEADER},
	    {&source, &group4, 255, PACKET_IP_HEADER},
	    {&group4, &group, 255, PACKET_IP_HEADER},
	    {&source, &group, -1, PACKET_IP_HEADER},
	    {&source, &group, 256, PACKET_IP_HEADER},
	    {&source, &group, 511, PACKET_IP_HEADER},
	};
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(packet_decode_ipv6(message, sizeof(message), cases[i].source,
				     cases[i].destination, cases[i].hop_limit, &packet),
		    cases[i].verdict);
}

/* A peer of the other family is nobody's peer. */
static void
test_u03_rules_are_for_one_family(void **state)
{
	const struct packet_peer peer = {{ADDR_IPV4, {0}, {192, 0, 2, 1}}, 0};
	const struct packet_rules other = {
	    .version = 3, .family = ADDR_IPV6, .unicast = true, .peers = &peer, .peer_count = 1};
	static const struct row row = {"", PACKET_OK, .destination = 0xc0000202};
	uint8_t wire[WIRE_MAX];
	struct packet packet;
	size_t size = build(&row, wire);

	(void)state;
	assert_int_equal(packet_decode_ipv4(wire, size, &packet), PACKET_OK);
	assert_int_equal(packet_check(&packet, &other), PACKET_DELIVERY);
}

static void
test_groups(void **state)
{
	static const uint8_t ipv6[16] = {0xff, 0x02, [15] = 0x12};
	const struct addr group4 = packet_group(ADDR_IPV4), group6 = packet_group(ADDR_IPV6);
	const struct addr none = packet_group(ADDR_NONE);

	(void)state;
	assert_int_equal(group4.family, ADDR_IPV4);
	assert_memory_equal(group4.bytes, ((const uint8_t[16]){224, 0, 0, 18}), 16);
	assert_int_equal(group6.family, ADDR_IPV6);
	assert_memory_equal(group6.bytes, ipv6, 16);
	assert_false(addr_is_set(&none));
}

/* ---- the address list ---- */

/* As letters: a stands for 192.0.2.1 and so on. */
static void
test_b14_lists_are_compared_as_sets_and_by_count(void **state)
{
	static const struct {
		const char *theirs, *ours; /* ours are sorted */
		bool differ;
	} cases[] = {{"a", "a", false}, {"a", "b", true}, {"ab", "ab", false}, {"ba", "ab", false},
	    {"a", "ab", true}, {"ab", "a", true}, {"aa", "ab", true}, {"bb", "ab", true},
	    {"aab", "abc", true}, {"cab", "abc", false}, {"fedcba", "abcdef", false},
	    {"fedcbg", "abcdef", true}, {"", "", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet packet = {.source.family = ADDR_IPV4};
		uint8_t bytes[64];
		struct addr sorted[16];
		const size_t count = strlen(cases[i].ours);

		for (size_t k = 0; k < strlen(cases[i].theirs); k++)
			put32(bytes + k * 4, 0xc0000200 + (uint32_t)(cases[i].theirs[k] - 'a' + 1));
		for (size_t k = 0; k < count; k++)
			sorted[k] = (struct addr){
			    ADDR_IPV4, {0}, {192, 0, 2, (uint8_t)(cases[i].ours[k] - 'a' + 1)}};
		packet.addresses = bytes;
		packet.address_count = (uint8_t)strlen(cases[i].theirs);
		if (packet_lists_differ(&packet, sorted, count) != cases[i].differ)
			fail_msg("%s and %s", cases[i].theirs, cases[i].ours);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_b01_verdicts),
	    cmocka_unit_test(test_b04_every_prefix_is_dropped),
	    cmocka_unit_test(test_b04_every_short_message_is_dropped),
	    cmocka_unit_test(test_b01_every_flipped_bit_is_noticed),
	    cmocka_unit_test(test_b11_others_on_the_wire),
	    cmocka_unit_test(test_q02_a_dropped_packet_has_its_instance),
	    cmocka_unit_test(test_every_checksum_value_is_possible),
	    cmocka_unit_test(test_without_own_source_none_is_ours),
	    cmocka_unit_test(test_q02_every_verdict_has_one_counter),
	    cmocka_unit_test(test_b01_nothing_is_taken_for_granted_of_the_kernel),
	    cmocka_unit_test(test_u03_rules_are_for_one_family),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_b14_lists_are_compared_as_sets_and_by_count),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
