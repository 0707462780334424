/*
 * Every packet of vectors.h, and every part of those that are right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

static uint8_t wire[VECTOR_SIZE_MAX];

static void
rules_of(const struct vector *v, struct packet_rules *rules, uint8_t *key)
{
	const struct vector_router *router = &vector_routers[v->conf];

	*rules = (struct packet_rules){
	    .version = router->version,
	    .family = router->family,
	    .unicast = router->unicast,
	    .owner = router->priority == VRRP_PRIORITY_OWNER,
	    .interval_cs = (uint16_t)router->interval_cs,
	    .own_source = vector_own_source[vector_family_index(v)],
	};
	if (router->unicast) {
		rules->peers = vector_peers[vector_family_index(v)];
		rules->peer_count = 3;
	}
	if (router->key != NULL) {
		memset(key, 0, PACKET_KEY_SIZE);
		memcpy(key, router->key, strlen(router->key));
		rules->key = key;
	}
}

/* What a socket of the family would deliver, judged; its bytes end where a block ends, so that a sanitizer
 * sees a read beyond them. */
static enum packet_verdict
judge(const struct vector *v, const uint8_t *data, size_t size, struct packet *packet)
{
	static uint8_t block[VECTOR_SIZE_MAX];
	uint8_t *copy = block + sizeof(block) - size, key[PACKET_KEY_SIZE];
	struct packet_rules rules;
	enum packet_verdict verdict;

	memcpy(copy, data, size);
	if (vector_family_index(v) == 1) {
		struct addr source = addr_from_bytes(ADDR_IPV6, data + 8);
		struct addr destination = addr_from_bytes(ADDR_IPV6, data + 24);

		verdict = packet_decode_ipv6(copy + VECTOR_IPV6_HEADER, size - VECTOR_IPV6_HEADER,
		    &source, &destination, data[7], packet);
	} else
		verdict = packet_decode_ipv4(copy, size, packet);
	if (verdict == PACKET_OK && packet->vrid != VECTOR_VRID)
		verdict = PACKET_VRID;
	if (verdict != PACKET_OK)
		return verdict;
	rules_of(v, &rules, key);
	return packet_check(packet, &rules);
}

static void
expect(const struct vector *v, const char *what, enum packet_verdict got, enum packet_verdict due)
{
	if (got != due)
		fail_msg("%s%s: \"%s\" instead of \"%s\"", v->name, what, packet_verdict_name(got),
		    packet_verdict_name(due));
}

static unsigned
differences(const struct vector *v, const struct packet *packet)
{
	const struct vector_router *router = &vector_routers[v->conf];
	const unsigned form = router->checksum == CONF_CHECKSUM_MESSAGE_ONLY || router->version == 2
				  ? PACKET_FORM_MESSAGE
				  : PACKET_FORM_PSEUDO;
	unsigned differs = 0;

	if (packet->interval_cs != router->interval_cs)
		differs |= VECTOR_INTERVAL;
	if ((packet->forms & form) == 0)
		differs |= VECTOR_FORM;
	if (packet_lists_differ(
		packet, vector_addresses[vector_family_index(v)], vector_address_count(v)))
		differs |= VECTOR_LIST;
	if (!packet_first_is_link_local(packet))
		differs |= VECTOR_FIRST;
	if (router->priority == VRRP_PRIORITY_OWNER && packet->priority == VRRP_PRIORITY_OWNER)
		differs |= VECTOR_OTHER_OWNER;
	return differs;
}

/* What was read is what the bytes say. */
static void
check_fields(const struct vector *v, const uint8_t *message, const struct packet *packet)
{
	const size_t step = vector_family_index(v) == 1 ? 16 : 4;

	assert_int_equal(packet->version, message[0] >> 4);
	assert_int_equal(packet->vrid, message[1]);
	assert_int_equal(packet->priority, message[2]);
	assert_int_equal(packet->address_count, message[3]);
	if (packet->version == 2)
		assert_int_equal(packet->interval_cs, message[5] * 100);
	else
		assert_int_equal(packet->interval_cs, (message[4] & 15) * 256 + message[5]);
	for (size_t i = 0; i < packet->address_count; i++) {
		const struct addr addr = packet_address(packet, i);

		assert_int_equal(addr.family, vector_routers[v->conf].family);
		assert_memory_equal(addr.bytes, message + 8 + i * step, step);
	}
}

static void
test_b01_b03_verdicts(void **state)
{
	struct packet packet;
	size_t size, header;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];

		size = vector_build(v, wire, &header);
		expect(v, "", judge(v, wire, size, &packet), v->verdict);
		assert_string_equal(packet_verdict_counter(v->verdict), v->counter);
		if (v->verdict != PACKET_OK) {
			assert_int_equal(v->differs, 0);
			continue;
		}
		check_fields(v, wire + header, &packet);
		if (differences(v, &packet) != v->differs)
			fail_msg("%s: differs in 0x%x instead of 0x%x", v->name,
			    differences(v, &packet), v->differs);
	}
}

/* Of an IPv6 packet the message alone arrives, so its prefixes are those that there can be. */
static void
test_b04_every_proper_prefix_is_a_length_error(void **state)
{
	struct packet packet;
	size_t size, header, prefixes = 0;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		const size_t first = vector_family_index(v) == 1 ? VECTOR_IPV6_HEADER : 0;

		if (v->verdict != PACKET_OK)
			continue;
		size = vector_build(v, wire, &header);
		if (first == 0)
			size = (size_t)(wire[2] << 8 | wire[3]); /* not the padding */
		for (size_t n = first; n < size; n++, prefixes++)
			assert_string_equal(packet_verdict_counter(judge(v, wire, n, &packet)),
			    "packet_length_errors");
	}
	assert_true(prefixes > 4000);
}

/* As if the sender had sent less or more: IP says so too. */
static void
test_b04_b05_every_other_length_is_a_length_error(void **state)
{
	struct packet packet;
	size_t size, header;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];

		if (v->verdict != PACKET_OK)
			continue;
		size = vector_build(v, wire, &header);
		if (vector_family_index(v) == 0)
			size = (size_t)(wire[2] << 8 | wire[3]);
		memset(wire + size, 0, 40);
		for (size_t n = header; n < size + 40; n++) {
			const enum packet_verdict due =
			    n - header < 8 ? PACKET_SHORT : PACKET_LENGTH;

			if (n == size)
				continue;
			if (vector_family_index(v) == 0) {
				wire[2] = (uint8_t)(n >> 8);
				wire[3] = (uint8_t)n;
			}
			expect(v, ", another length", judge(v, wire, n, &packet), due);
		}
	}
}

static void
test_b01_every_flipped_bit_is_noticed(void **state)
{
	struct packet packet;
	size_t size, header;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];

		if (v->verdict != PACKET_OK)
			continue;
		size = vector_build(v, wire, &header);
		if (vector_family_index(v) == 0)
			size = (size_t)(wire[2] << 8 | wire[3]);
		for (size_t bit = header * 8; bit < size * 8; bit++) {
			wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_not_equal(judge(v, wire, size, &packet), PACKET_OK);
			wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	}
}

/* What another router is told by one that sends: with the rules of each vector that is right, the message
 * encoded anew is the one of the vector but for what a receiver ignores. */
static void
test_t05_v01_accepted_messages_are_what_we_would_send(void **state)
{
	uint8_t out[PACKET_SIZE_MAX];
	struct addr addresses[VRRP_ADDRESSES_MAX];
	struct packet packet;
	size_t size, header, same = 0;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		const char *key = vector_routers[v->conf].key;
		uint8_t padded[PACKET_KEY_SIZE] = {0};

		if (v->verdict != PACKET_OK)
			continue;
		size = vector_build(v, wire, &header);
		judge(v, wire, size, &packet);
		if (key != NULL)
			memcpy(padded, key, strlen(key));
		for (size_t k = 0; k < packet.address_count; k++)
			addresses[k] = addr_from_bytes(packet.source.family,
			    wire + header + 8 + k * addr_size(packet.source.family));
		const struct packet_template t = {
		    .version = packet.version,
		    .family = packet.source.family,
		    .vrid = packet.vrid,
		    .priority = packet.priority,
		    .interval_cs = packet.interval_cs,
		    .pseudo_header = (packet.forms & PACKET_FORM_PSEUDO) != 0,
		    .key = key == NULL ? NULL : padded,
		    .source = packet.source,
		    .destination = packet.destination,
		    .address = addresses,
		    .address_count = packet.address_count,
		};

		assert_int_equal(packet_encode(&t, out), packet.message_size);
		assert_memory_equal(out, wire + header, 4);
		same += memcmp(out, wire + header, packet.message_size) == 0;
	}
	assert_true(same > 90);
}

static void
test_names_are_unique_and_there_are_enough(void **state)
{
	size_t accepted = 0;

	(void)state;
	assert_true(VECTOR_COUNT >= 120);
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		accepted += vectors[i].verdict == PACKET_OK;
		for (size_t k = 0; k < i; k++)
			if (vectors[k].conf == vectors[i].conf)
				assert_string_not_equal(vectors[k].name, vectors[i].name);
	}
	assert_true(accepted >= 60 && VECTOR_COUNT - accepted >= 60);
}

/* Each cause that there is has its vector. */
static void
test_every_verdict_occurs(void **state)
{
	bool seen[PACKET_VERDICT_COUNT] = {false};

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++)
		seen[vectors[i].verdict] = true;
	for (size_t i = 0; i < PACKET_VERDICT_COUNT; i++)
		if (!seen[i])
			fail_msg(
			    "no vector for \"%s\"", packet_verdict_name((enum packet_verdict)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_are_unique_and_there_are_enough),
	    cmocka_unit_test(test_every_verdict_occurs),
	    cmocka_unit_test(test_b01_b03_verdicts),
	    cmocka_unit_test(test_b04_every_proper_prefix_is_a_length_error),
	    cmocka_unit_test(test_b04_b05_every_other_length_is_a_length_error),
	    cmocka_unit_test(test_b01_every_flipped_bit_is_noticed),
	    cmocka_unit_test(test_t05_v01_accepted_messages_are_what_we_would_send),
	};

	return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
