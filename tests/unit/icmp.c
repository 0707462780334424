/*
 * Echo requests as they leave, and what is taken for a reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "checker/icmp.h"

static const struct icmp_echo sample = {.id = 0x1234,
    .sequence = 0xfffe,
    .cookie = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255}};

/* RFC 1071: with its checksum, the sum is all ones. */
static uint16_t
sum(const uint8_t *data, size_t size)
{
	uint32_t total = 0;

	for (size_t i = 0; i < size; i += 2)
		total += (uint32_t)data[i] << 8 | data[i + 1];
	while (total > 0xffff)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)total;
}

static void
test_request_ipv4(void **state)
{
	uint8_t out[ICMP_ECHO_SIZE];

	(void)state;
	icmp_encode_request(ADDR_IPV4, &sample, out);
	assert_int_equal(out[0], 8);
	assert_int_equal(out[1], 0);
	assert_int_equal(sum(out, sizeof(out)), 0xffff);
	assert_memory_equal(out + 4, "\x12\x34\xff\xfe", 4);
	assert_memory_equal(out + 8, sample.cookie, ICMP_COOKIE_SIZE);
}

static void
test_request_ipv6(void **state)
{
	uint8_t out[ICMP_ECHO_SIZE];

	(void)state;
	icmp_encode_request(ADDR_IPV6, &sample, out);
	assert_memory_equal(out, "\x80\0\0\0\x12\x34\xff\xfe", 8);
	assert_memory_equal(out + 8, sample.cookie, ICMP_COOKIE_SIZE);
}

/* The sample's reply, behind so many bytes of an IP header. */
static size_t
make_reply(uint8_t *out, enum addr_family family, size_t header)
{
	memset(out, 0, header + 8);
	if (header > 0)
		out[0] = (uint8_t)(0x40 | header / 4);
	out[header] = family == ADDR_IPV4 ? 0 : 129;
	memcpy(out + header + 4, "\x12\x34\xff\xfe", 4);
	memcpy(out + header + 8, sample.cookie, ICMP_COOKIE_SIZE);
	return header + ICMP_ECHO_SIZE;
}

static void
must_decode(enum addr_family family, const uint8_t *data, size_t size, bool expected)
{
	struct icmp_echo echo;
	int result = icmp_decode_reply(family, data, size, &echo);

	assert_int_equal(result, expected ? 0 : -1);
	if (!expected)
		return;
	assert_int_equal(echo.id, sample.id);
	assert_int_equal(echo.sequence, sample.sequence);
	assert_memory_equal(echo.cookie, sample.cookie, ICMP_COOKIE_SIZE);
}

static void
test_replies(void **state)
{
	static const struct {
		enum addr_family family;
		size_t header;
	} rows[] = {
	    {ADDR_IPV4, 0}, {ADDR_IPV4, 20}, {ADDR_IPV4, 24}, {ADDR_IPV4, 60}, {ADDR_IPV6, 0}};
	uint8_t data[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t size = make_reply(data, rows[i].family, rows[i].header);

		must_decode(rows[i].family, data, size, true);
		for (size_t n = 0; n < size; n++)
			must_decode(rows[i].family, data, n, false);
		data[size] = 0;
		must_decode(rows[i].family, data, size + 1, false);
	}
}

static void
test_what_is_no_reply(void **state)
{
	uint8_t data[128];
	size_t size;

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		size = make_reply(data, ADDR_IPV4, 20);
		data[20] = (uint8_t)type;
		must_decode(ADDR_IPV4, data, size, type == 0);
		size = make_reply(data, ADDR_IPV6, 0);
		data[0] = (uint8_t)type;
		must_decode(ADDR_IPV6, data, size, type == 129);
	}
	size = make_reply(data, ADDR_IPV6, 0);
	data[1] = 1;
	must_decode(ADDR_IPV6, data, size, false);
	size = make_reply(data, ADDR_IPV4, 20);
	data[0] = 0x40; /* a header of no length: the message would begin with it */
	must_decode(ADDR_IPV4, data, size, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request_ipv4),
	    cmocka_unit_test(test_request_ipv6),
	    cmocka_unit_test(test_replies),
	    cmocka_unit_test(test_what_is_no_reply),
	};

	return cmocka_run_group_tests_name("icmp", tests, NULL, NULL);
}
