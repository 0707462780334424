/*
 * The adverts that the parent sends: both versions, both families, to the group and to peers.
 */
#include "tests/netns/kernel_lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#define VIP "192.0.2.10"
#define VIP2 "192.0.2.11"

/* Bytes of a frame in front of what is looked at. */
#define IP 14
#define IPV4_ADVERT (IP + 20)
#define IPV6_ADVERT (IP + 40)

static void
advertise(struct lab *lab, uint32_t id, uint8_t priority)
{
	const struct msg_advert_item item = {.instance = id, .priority = priority};

	transmit_adverts(lab->transmit, &item, 1);
}

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
	advertise(lab, 1, 200);
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
	advertise(lab, 1, 150);
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
	advertise(lab, 1, 200);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0);
	assert_int_equal(frame[IP + 2] << 8 | frame[IP + 3], 20 + 24);
	assert_int_equal(frame[IP + 8], 255);
	assert_memory_equal(frame + IPV4_ADVERT, message, sizeof(message));
	assert_memory_equal(frame + IPV4_ADVERT + 8, rest, sizeof(rest));
	assert_int_equal(lab_sum(frame + IPV4_ADVERT, 24, 0), 0xffff); /* no pseudo-header */
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
	advertise(lab, 1, 0);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0) + IPV4_ADVERT;
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
		advertise(lab, id, 50);
		LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == id);
		frame = lab_nth_advert(lab, id - 1);
		sum = lab_sum(frame + IP + 12, 8, 112 + 12);
		assert_int_equal(
		    lab_sum(frame + IPV4_ADVERT, 12, 0) == 0xffff, !rows[id - 1].pseudo_header);
		assert_int_equal(
		    lab_sum(frame + IPV4_ADVERT, 12, sum) == 0xffff, rows[id - 1].pseudo_header);
	}
}

/* ---- IPv6 ---- */

static uint32_t
add_ipv6_instance(struct lab *lab)
{
	uint32_t id = lab_add_instance(lab, 100);

	lab_instance(lab, id)->family = ADDR_IPV6;
	return id;
}

/* Its checksum is right for these addresses: both in full, length, protocol. */
static void
assert_ipv6_sum(const uint8_t *frame, size_t size)
{
	uint16_t sum = lab_sum(frame + IP + 8, 32, (uint32_t)size + 112);

	assert_int_equal(lab_sum(frame + IPV6_ADVERT, size, sum), 0xffff);
}

static void
assert_address_at(const uint8_t *bytes, uint8_t family, const char *text)
{
	struct addr want;

	assert_int_equal(addr_parse(text, &want), 0);
	assert_int_equal(want.family, family);
	assert_memory_equal(bytes, want.bytes, addr_size(family));
}

static void
test_V01_an_advert_of_ipv6(void **state)
{
	static const uint8_t group_mac[] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x12};
	static const uint8_t message[] = {0x31, 1, 254, 2, 0, 100};
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_command("ip address add 2001:db8:51::1/64 dev v0 nodad");
	lab_command("ip address add fe80::a:1/64 dev v0 nodad");
	add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	lab_add_address(lab, 1, "2001:db8:51::10", 64);
	lab_open(lab);
	advertise(lab, 1, 254);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0);
	assert_memory_equal(frame, group_mac, sizeof(group_mac));
	assert_int_equal((frame[IP] << 8 | frame[IP + 1]) >> 4, 0x6c0); /* version 6, CS6 */
	assert_int_equal(frame[IP + 4] << 8 | frame[IP + 5], 8 + 2 * 16);
	assert_int_equal(frame[IP + 6], 112);
	assert_int_equal(frame[IP + 7], 255);
	assert_address_at(frame + IP + 8, ADDR_IPV6, "fe80::a:1");
	assert_address_at(frame + IP + 24, ADDR_IPV6, "ff02::12");
	assert_memory_equal(frame + IPV6_ADVERT, message, sizeof(message));
	assert_address_at(frame + IPV6_ADVERT + 8, ADDR_IPV6, "fe80::51:1");
	assert_address_at(frame + IPV6_ADVERT + 24, ADDR_IPV6, "2001:db8:51::10");
	assert_ipv6_sum(frame, 40);
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
			add_ipv6_instance(lab);
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
	add_ipv6_instance(lab);
	for (unsigned i = 0; i < 90; i++) {
		snprintf(text, sizeof(text), "fe80::51:%x", i + 1);
		lab_add_address(lab, 2, text, 128);
	}
	lab_open(lab);
	advertise(lab, 1, 100);
	advertise(lab, 2, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == 2);
	frame = lab_nth_advert(lab, 0);
	assert_int_equal(frame[IP + 2] << 8 | frame[IP + 3], 20 + 8 + 250 * 4);
	assert_int_equal((frame[IP + 6] << 8 | frame[IP + 7]) & 0x3fff, 0); /* no fragment */
	assert_int_equal(frame[IPV4_ADVERT + 3], 250);
	assert_address_at(frame + IPV4_ADVERT + 8 + 249 * 4, ADDR_IPV4, "10.1.0.250");
	assert_int_equal(
	    lab_sum(frame + IPV4_ADVERT, 1008, lab_sum(frame + IP + 12, 8, 112 + 1008)), 0xffff);
	frame = lab_nth_advert(lab, 1);
	assert_int_equal(frame[IPV6_ADVERT + 3], 90);
	assert_address_at(frame + IPV6_ADVERT + 8 + 89 * 16, ADDR_IPV6, "fe80::51:5a");
	assert_ipv6_sum(frame, 8 + 90 * 16);
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
	advertise(lab, 1, 100);
	advertise(lab, 2, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == 2);
	frame = lab_nth_advert(lab, 0) + IPV4_ADVERT;
	assert_int_equal(frame[3], 1);
	assert_address_at(frame + 8, ADDR_IPV4, VIP);
	frame = lab_nth_advert(lab, 1) + IPV4_ADVERT;
	assert_int_equal(frame[3], 1);
	assert_address_at(frame + 8, ADDR_IPV4, VIP2);
}

/* ---- unicast ---- */

static void
add_neighbour(const char *addr)
{
	lab_command("ip neigh replace %s lladdr 02:00:00:00:00:99 dev v0 nud permanent", addr);
}

/* The nth advert's destination, and that its checksum is right for it and TTL and source as well. */
static void
assert_unicast(const struct lab *lab, size_t n, const char *source, const char *destination)
{
	const uint8_t *frame = lab_nth_advert(lab, n);

	assert_int_equal(frame[0], 0x02); /* not the group's MAC */
	assert_int_equal(frame[IP + 8], 255);
	assert_address_at(frame + IP + 12, ADDR_IPV4, source);
	assert_address_at(frame + IP + 16, ADDR_IPV4, destination);
	assert_int_equal(
	    lab_sum(frame + IPV4_ADVERT, 12, lab_sum(frame + IP + 12, 8, 112 + 12)), 0xffff);
}

static void
test_U01_a_copy_for_each_peer(void **state)
{
	struct lab *lab = *state;

	add_neighbour("192.0.2.2");
	add_neighbour("192.0.2.3");
	add_neighbour("192.0.2.254");
	lab_command("ip route add default via 192.0.2.254");
	lab_add_instance(lab, 200);
	lab_add_address(lab, 1, VIP, 24);
	lab_add_peer(lab, 1, "192.0.2.2");
	lab_add_peer(lab, 1, "192.0.2.3");
	lab_add_peer(lab, 1, "198.51.100.3"); /* behind a router */
	lab_open(lab);
	advertise(lab, 1, 200);
	transmit_resign(lab->transmit, 1);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 6);
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_adverts(lab, 0), 6);
	for (size_t i = 0; i < 6; i += 3) {
		assert_unicast(lab, i, "192.0.2.1", "192.0.2.2");
		assert_unicast(lab, i + 1, "192.0.2.1", "192.0.2.3");
		assert_unicast(lab, i + 2, "192.0.2.1", "198.51.100.3");
		assert_int_equal(lab_nth_advert(lab, i)[IPV4_ADVERT + 2], i == 0 ? 200 : 0);
		assert_int_equal(lab_nth_advert(lab, i + 2)[IPV4_ADVERT + 2], i == 0 ? 200 : 0);
	}
}

static void
test_U01_a_copy_for_each_ipv6_peer(void **state)
{
	static const char *const peers[] = {"fe80::2", "2001:db8::2", "fe80::3"};
	struct lab *lab = *state;

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_command("ip address add 2001:db8::1/64 dev v0 nodad");
	add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	for (size_t i = 0; i < 3; i++) {
		add_neighbour(peers[i]);
		lab_add_peer(lab, 1, peers[i]);
	}
	lab_open(lab);
	advertise(lab, 1, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 3);
	for (size_t i = 0; i < 3; i++) {
		const uint8_t *frame = lab_nth_advert(lab, i);

		assert_int_equal(frame[IP + 7], 255);
		assert_address_at(frame + IP + 8, ADDR_IPV6, "fe80::1");
		assert_address_at(frame + IP + 24, ADDR_IPV6, peers[i]);
		assert_ipv6_sum(frame, 24);
	}
}

/* Peers that there is no way to, by each way of there being none; each is behind one that there is. */
static void
test_U01_an_unreachable_peer_prevents_no_other(void **state)
{
	static const char *const bad[] = {"2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1"};
	static const struct msg_advert_item items[] = {{1, 100, {0}}, {2, 100, {0}}};
	struct lab *lab = *state;
	char text[32];

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_command("ip route add unreachable 2001:db8:1::/64");
	lab_command("ip route add prohibit 2001:db8:2::/64"); /* to the third there is no route */
	add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	for (unsigned i = 0; i < 100; i++) { /* more than are sent at once */
		snprintf(text, sizeof(text), "fe80::%u", 100 + i);
		add_neighbour(text);
		lab_add_peer(lab, 1, i % 2 == 0 ? text : bad[i / 2 % 3]);
	}
	add_ipv6_instance(lab);
	lab_add_address(lab, 2, "fe80::51:2", 128);
	lab_open(lab);
	for (unsigned i = 0; i < 3; i++)
		transmit_adverts(lab->transmit, items, 2);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 150 && lab_count_adverts(lab, 2) == 3);
	assert_int_equal(lab->unsent, 0); /* each left to somebody */
	assert_int_not_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
	assert_true(transmit_is_advertised(lab->transmit, 1));
	for (size_t i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "fe80::%zu", 100 + 2 * i);
		assert_address_at(lab_nth_advert(lab, i) + IP + 24, ADDR_IPV6, text);
	}
	transmit_resign(lab->transmit, 1);
	assert_false(transmit_is_advertised(lab->transmit, 1));
}

/* An advert that reached no peer at all is told of, once. */
static void
test_U01_an_advert_that_no_peer_gets(void **state)
{
	static const struct msg_advert_item items[] = {{1, 90, {0}}, {1, 0, {0}}};
	struct lab *lab = *state;

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_command("ip route add unreachable 2001:db8:1::/64");
	add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	lab_add_peer(lab, 1, "2001:db8:1::1");
	lab_add_peer(lab, 1, "2001:db8:1::2");
	lab_open(lab);
	advertise(lab, 1, 100);
	assert_int_equal(lab->unsent, 1);
	assert_int_equal(lab->last_unsent.instance, 1);
	assert_int_equal(lab->last_unsent.priority, 100);
	assert_int_equal(lab->last_unsent.error, EHOSTUNREACH);
	transmit_adverts(lab->transmit, items, 2);
	assert_int_equal(lab->unsent, 3);
	assert_int_equal(lab->last_unsent.priority, 0);
	assert_int_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
}

/*
 * Peers that do not answer: what waits for their hardware addresses does not use up the socket's buffer,
 * so that others get theirs.
 */
static void
test_U01_dead_peers_take_no_room(void **state)
{
	struct lab *lab = *state;
	char text[32];

	add_neighbour("192.0.2.2");
	lab_add_instance(lab, 100);
	for (unsigned i = 0; i < 255; i++) {
		snprintf(text, sizeof(text), "10.1.0.%u", i);
		lab_add_address(lab, 1, text, 32);
	}
	for (unsigned i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", 100 + i);
		lab_add_peer(lab, 1, text);
	}
	lab_add_peer(lab, 1, "192.0.2.2");
	lab_open(lab);
	for (unsigned i = 0; i < 200; i++)
		advertise(lab, 1, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 200);
}

/* ---- what it is sent from ---- */

static void
test_the_configured_source_address(void **state)
{
	struct lab *lab = *state;
	struct addr wanted;

	assert_int_equal(addr_parse("192.0.2.5", &wanted), 0);
	add_neighbour("192.0.2.2");
	lab_add_instance(lab, 100);
	lab_instance(lab, 1)->source = wanted;
	lab_add_address(lab, 1, VIP, 24);
	lab_add_peer(lab, 1, "192.0.2.2");
	lab_open(lab);
	advertise(lab, 1, 100); /* it is not there: nothing leaves, from no other address either */
	assert_int_equal(lab->unsent, 1);
	assert_int_equal(lab->last_unsent.error, EADDRNOTAVAIL);
	assert_int_equal(lab->asked.problem, MSG_SOURCE_NONE);
	assert_int_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
	lab_command("ip address add 192.0.2.5/24 dev v0");
	LAB_WAIT_UNTIL(lab, lab->asked.problem == MSG_SOURCE_OK);
	assert_true(addr_equal(&lab->asked.addr, &wanted));
	advertise(lab, 1, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	assert_unicast(lab, 0, "192.0.2.5", "192.0.2.2");
	lab_command("ip address del 192.0.2.5/24 dev v0");
	LAB_WAIT_UNTIL(lab, lab->asked.problem == MSG_SOURCE_NONE);
	advertise(lab, 1, 100);
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_adverts(lab, 1), 1);
}

static void
test_the_configured_ipv6_source_address(void **state)
{
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_command("ip address add 2001:db8::1/64 dev v0 nodad");
	add_neighbour("2001:db8::2");
	add_ipv6_instance(lab);
	assert_int_equal(addr_parse("2001:db8::1", &lab_instance(lab, 1)->source), 0);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	lab_add_peer(lab, 1, "2001:db8::2");
	lab_open(lab);
	advertise(lab, 1, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0);
	assert_address_at(frame + IP + 8, ADDR_IPV6, "2001:db8::1");
	assert_ipv6_sum(frame, 24);
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
	    LAB_TEST(test_U01_a_copy_for_each_peer),
	    LAB_TEST(test_U01_a_copy_for_each_ipv6_peer),
	    LAB_TEST(test_U01_an_unreachable_peer_prevents_no_other),
	    LAB_TEST(test_U01_an_advert_that_no_peer_gets),
	    LAB_TEST(test_U01_dead_peers_take_no_room),
	    LAB_TEST(test_the_configured_source_address),
	    LAB_TEST(test_the_configured_ipv6_source_address),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
