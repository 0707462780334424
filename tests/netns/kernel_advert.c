/*
 * The adverts that the parent sends: both versions, both families, to the group.
 */
#include "tests/netns/kernel_lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#define VIP "192.0.2.10"
#define VIP2 "192.0.2.11"

static void
test_an_advert_byte_by_byte(void **state)
{
	static const uint8_t group_mac[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x12};
	static const uint8_t addresses[] = {192, 0, 2, 1, 224, 0, 0, 18};
	static const uint8_t message[] = {0x31, 1, 200, 2, 0, 100};
	static const uint8_t vips[] = {192, 0, 2, 10, 192, 0, 2, 11};
	struct lab *lab = *state;
	const uint8_t *frame;
	uint32_t sum;

	lab_add_instance(lab, 200);
	lab_add_address(lab, 1, VIP, 24);
	lab_add_address(lab, 1, VIP2, 24);
	lab_open(lab);
	assert_int_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
	lab_advertise(lab, 1, 200);
	assert_int_not_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);

	frame = lab_nth_advert(lab, 0);
	assert_memory_equal(frame, group_mac, sizeof(group_mac));
	assert_int_equal(frame[14], 0x45);
	assert_int_equal(frame[15], 0xc0); /* CS6 */
	assert_int_equal(frame[16] << 8 | frame[17], 20 + 16);
	assert_int_equal((frame[20] << 8 | frame[21]) & 0x3fff, 0); /* no fragment */
	assert_int_equal(frame[22], 255);
	assert_int_equal(frame[23], 112);
	assert_int_equal(lab_sum(frame + 14, 20, 0), 0xffff);
	assert_memory_equal(frame + 26, addresses, sizeof(addresses));
	assert_memory_equal(frame + 34, message, sizeof(message));
	assert_memory_equal(frame + 42, vips, sizeof(vips));
	/* the pseudo-header: both addresses, protocol, length (RFC 5798 5.2.8) */
	sum = lab_sum(addresses, sizeof(addresses), 112 + 16);
	assert_int_equal(lab_sum(frame + 34, 16, sum), 0xffff);
}

static void
test_a_resignation_and_another_source(void **state)
{
	static const uint8_t source[] = {10, 0, 0, 9};
	static const struct msg_advert_item both[] = {{1, 150, {0}}, {1, 140, {0}}};
	struct lab *lab = *state;
	const uint8_t *frame;
	mono_t last;
	uint32_t sum;

	lab_add_instance(lab, 200);
	lab_add_address(lab, 1, VIP, 24);
	lab_open(lab);
	transmit_adverts(lab->transmit, both, 2); /* at once, and still two */
	last = transmit_last_advert(lab->transmit, 1);
	assert_int_not_equal(last.ns, 0);
	transmit_resign(lab->transmit, 1);
	assert_int_equal(transmit_last_advert(lab->transmit, 1).ns, last.ns);
	lab_command("ip address add 10.0.0.9/8 dev v0 && ip address del 192.0.2.1/24 dev v0");
	LAB_WAIT_UNTIL(lab, memcmp(lab->source.addr.bytes, source, sizeof(source)) == 0);
	lab_advertise(lab, 1, 150);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 4);
	assert_int_equal(lab_nth_advert(lab, 0)[36], 150);
	assert_int_equal(lab_nth_advert(lab, 1)[36], 140);
	assert_int_equal(lab_nth_advert(lab, 2)[36], 0);
	assert_int_equal(lab_nth_advert(lab, 3)[36], 150);
	for (size_t i = 0; i < 4; i++) {
		frame = lab_nth_advert(lab, i);
		sum = lab_sum(frame + 26, 8, 112 + 12);
		assert_int_equal(lab_sum(frame + 34, 12, sum), 0xffff);
	}
	assert_memory_equal(lab_nth_advert(lab, 3) + 26, source, sizeof(source));
}

/* One that cannot be sent holds up none of the others; the same instance twice is two adverts. */
static void
test_a_batch_with_one_that_fails(void **state)
{
	struct lab *lab = *state;
	struct msg_advert_item items[150];

	for (uint32_t id = 1; id <= 149; id++) {
		lab_add_instance(lab, 100);
		lab_add_address(lab, id, VIP, 24);
		items[id - 1] = (struct msg_advert_item){.instance = id, .priority = 100};
	}
	items[149] = items[0];
	items[149].priority = 0;
	strcpy(lab_instance(lab, 40)->interface, "v8"); /* is not there */
	strcpy(lab_instance(lab, 41)->interface, "v9"); /* is down: found out by the kernel */
	lab_command("ip link add v9 type veth peer name v7");
	lab_command("ip address add 198.51.100.1/24 dev v9");
	lab_open(lab);
	transmit_adverts(lab->transmit, items, 150);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == 148);
	assert_int_equal(lab_count_adverts(lab, 1), 2);
	assert_int_equal(lab_count_adverts(lab, 42), 1);
	assert_int_equal(lab_count_adverts(lab, 149), 1);
	assert_int_equal(lab_nth_advert(lab, 0)[36], 100);
	assert_int_equal(lab_nth_advert(lab, 147)[36], 0);
	assert_int_equal(lab->unsent, 2);
	assert_int_equal(transmit_last_advert(lab->transmit, 40).ns, 0);
	assert_int_equal(transmit_last_advert(lab->transmit, 41).ns, 0);
}

/* ---- version 2, checksums ---- */

static void
test_T05_an_advert_of_version_2(void **state)
{
	static const uint8_t message[] = {0x21, 1, 200, 2, 0, 3};
	static const uint8_t rest[] = {192, 0, 2, 10, 192, 0, 2, 11, 0, 0, 0, 0, 0, 0, 0, 0};
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_add_instance(lab, 200);
	lab_instance(lab, 1)->version = 2;
	lab_instance(lab, 1)->interval_cs = 300;
	lab_add_address(lab, 1, VIP, 24);
	lab_add_address(lab, 1, VIP2, 24);
	lab_open(lab);
	lab_advertise(lab, 1, 200);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0);
	assert_int_equal(frame[LAB_IP + 2] << 8 | frame[LAB_IP + 3], 20 + 24);
	assert_int_equal(frame[LAB_IP + 8], 255);
	assert_memory_equal(frame + LAB_IPV4_ADVERT, message, sizeof(message));
	assert_memory_equal(frame + LAB_IPV4_ADVERT + 8, rest, sizeof(rest));
	assert_int_equal(lab_sum(frame + LAB_IPV4_ADVERT, 24, 0), 0xffff); /* no pseudo-header */
}

static void
test_I05_an_advert_with_a_password(void **state)
{
	static const uint8_t key[] = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_add_instance(lab, 100);
	lab_instance(lab, 1)->version = 2;
	lab_instance(lab, 1)->authentication = CONF_AUTHENTICATION_PASS;
	memcpy(lab_instance(lab, 1)->key, key, sizeof(key));
	lab_add_address(lab, 1, VIP, 24);
	lab_open(lab);
	lab_advertise(lab, 1, 0);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0) + LAB_IPV4_ADVERT;
	assert_int_equal(frame[2], 0);
	assert_int_equal(frame[4], 1); /* simple text password */
	assert_int_equal(frame[5], 1);
	assert_memory_equal(frame + 12, key, sizeof(key));
	assert_int_equal(lab_sum(frame, 20, 0), 0xffff);
}

static void
test_I03_the_checksum_s_form(void **state)
{
	static const struct {
		uint8_t checksum;
		bool pseudo_header;
	} rows[] = {
	    {CONF_CHECKSUM_AUTO, true},
	    {CONF_CHECKSUM_PSEUDO_HEADER, true},
	    {CONF_CHECKSUM_MESSAGE_ONLY, false},
	};
	struct lab *lab = *state;
	const uint8_t *frame;
	uint16_t sum;

	for (uint32_t id = 1; id <= 3; id++) {
		lab_add_instance(lab, 100);
		lab_instance(lab, id)->checksum = rows[id - 1].checksum;
		lab_add_address(lab, id, VIP, 24);
	}
	lab_open(lab);
	for (uint32_t id = 1; id <= 3; id++) {
		lab_advertise(lab, id, 50);
		LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == id);
		frame = lab_nth_advert(lab, id - 1);
		sum = lab_sum(frame + LAB_IP + 12, 8, 112 + 12);
		assert_int_equal(
		    lab_sum(frame + LAB_IPV4_ADVERT, 12, 0) == 0xffff, !rows[id - 1].pseudo_header);
		assert_int_equal(lab_sum(frame + LAB_IPV4_ADVERT, 12, sum) == 0xffff,
		    rows[id - 1].pseudo_header);
	}
}

/* ---- IPv6 ---- */

static void
test_V01_an_advert_of_ipv6(void **state)
{
	static const uint8_t group_mac[] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x12};
	static const uint8_t message[] = {0x31, 1, 254, 2, 0, 100};
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_command("ip address add 2001:db8:51::1/64 dev v0 nodad");
	lab_command("ip address add fe80::a:1/64 dev v0 nodad");
	lab_add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	lab_add_address(lab, 1, "2001:db8:51::10", 64);
	lab_open(lab);
	lab_advertise(lab, 1, 254);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0);
	assert_memory_equal(frame, group_mac, sizeof(group_mac));
	assert_int_equal((frame[LAB_IP] << 8 | frame[LAB_IP + 1]) >> 4, 0x6c0); /* version 6, CS6 */
	assert_int_equal(frame[LAB_IP + 4] << 8 | frame[LAB_IP + 5], 8 + 2 * 16);
	assert_int_equal(frame[LAB_IP + 6], 112);
	assert_int_equal(frame[LAB_IP + 7], 255);
	lab_assert_address_at(frame + LAB_IP + 8, ADDR_IPV6, "fe80::a:1");
	lab_assert_address_at(frame + LAB_IP + 24, ADDR_IPV6, "ff02::12");
	assert_memory_equal(frame + LAB_IPV6_ADVERT, message, sizeof(message));
	lab_assert_address_at(frame + LAB_IPV6_ADVERT + 8, ADDR_IPV6, "fe80::51:1");
	lab_assert_address_at(frame + LAB_IPV6_ADVERT + 24, ADDR_IPV6, "2001:db8:51::10");
	lab_assert_ipv6_sum(frame, 40);
}

/* One socket sends for all interfaces, though each has the same link-local addresses around it. */
static void
test_V04_both_families_and_two_interfaces_in_a_batch(void **state)
{
	struct lab *lab = *state;
	struct msg_advert_item items[4];

	lab_cable("v2", "v3");
	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_command("ip address add fe80::1/64 dev v2 nodad");
	for (uint32_t id = 1; id <= 4; id++) {
		if (id % 2 == 0)
			lab_add_ipv6_instance(lab);
		else
			lab_add_instance(lab, 100);
		lab_add_address(lab, id, id % 2 == 0 ? "fe80::51:1" : VIP, 24);
		lab_instance(lab, id)->vrid = (uint8_t)(51 + (id > 2));
		items[id - 1] = (struct msg_advert_item){.instance = id, .priority = 7};
	}
	strlcpy(lab_instance(lab, 4)->interface, "v2", CONF_IFNAME_MAX);
	lab_open(lab);
	transmit_adverts(lab->transmit, items, 4);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 51) == 2 && lab_count_adverts(lab, 52) == 1);
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_adverts(lab, 0), 3); /* the fourth left elsewhere, … */
	assert_int_not_equal(transmit_last_advert(lab->transmit, 4).ns, 0); /* … but it left */
}

/* ---- how much is in one ---- */

static void
test_many_addresses_in_an_advert(void **state)
{
	struct lab *lab = *state;
	const uint8_t *frame;
	char text[64];

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_add_instance(lab, 100);
	for (unsigned i = 0; i < 250; i++) {
		snprintf(text, sizeof(text), "10.1.0.%u", i + 1);
		lab_add_address(lab, 1, text, 32);
	}
	lab_add_ipv6_instance(lab);
	for (unsigned i = 0; i < 90; i++) {
		snprintf(text, sizeof(text), "fe80::51:%x", i + 1);
		lab_add_address(lab, 2, text, 128);
	}
	lab_open(lab);
	lab_advertise(lab, 1, 100);
	lab_advertise(lab, 2, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == 2);
	frame = lab_nth_advert(lab, 0);
	assert_int_equal(frame[LAB_IP + 2] << 8 | frame[LAB_IP + 3], 20 + 8 + 250 * 4);
	assert_int_equal(
	    (frame[LAB_IP + 6] << 8 | frame[LAB_IP + 7]) & 0x3fff, 0); /* no fragment */
	assert_int_equal(frame[LAB_IPV4_ADVERT + 3], 250);
	lab_assert_address_at(frame + LAB_IPV4_ADVERT + 8 + 249 * 4, ADDR_IPV4, "10.1.0.250");
	assert_int_equal(
	    lab_sum(frame + LAB_IPV4_ADVERT, 1008, lab_sum(frame + LAB_IP + 12, 8, 112 + 1008)),
	    0xffff);
	frame = lab_nth_advert(lab, 1);
	assert_int_equal(frame[LAB_IPV6_ADVERT + 3], 90);
	lab_assert_address_at(frame + LAB_IPV6_ADVERT + 8 + 89 * 16, ADDR_IPV6, "fe80::51:5a");
	lab_assert_ipv6_sum(frame, 8 + 90 * 16);
}

static void
test_what_is_not_advertised(void **state)
{
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, "192.0.2.9", 24)->advertise = 0;
	lab_add_address(lab, 1, VIP, 24);
	lab_add_address(lab, 1, "2001:db8::9", 64)->advertise = 0;
	lab_add_instance(lab, 100);
	lab_add_address(lab, 2, VIP2, 24);
	lab_open(lab);
	lab_advertise(lab, 1, 100);
	lab_advertise(lab, 2, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == 2);
	frame = lab_nth_advert(lab, 0) + LAB_IPV4_ADVERT;
	assert_int_equal(frame[3], 1);
	lab_assert_address_at(frame + 8, ADDR_IPV4, VIP);
	frame = lab_nth_advert(lab, 1) + LAB_IPV4_ADVERT;
	assert_int_equal(frame[3], 1);
	lab_assert_address_at(frame + 8, ADDR_IPV4, VIP2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_an_advert_byte_by_byte),
	    LAB_TEST(test_a_resignation_and_another_source),
	    LAB_TEST(test_a_batch_with_one_that_fails),
	    LAB_TEST(test_T05_an_advert_of_version_2),
	    LAB_TEST(test_I05_an_advert_with_a_password),
	    LAB_TEST(test_I03_the_checksum_s_form),
	    LAB_TEST(test_V01_an_advert_of_ipv6),
	    LAB_TEST(test_V04_both_families_and_two_interfaces_in_a_batch),
	    LAB_TEST(test_many_addresses_in_an_advert),
	    LAB_TEST(test_what_is_not_advertised),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
