/*
 * The adverts that the parent sends to peers, and the addresses that it sends them from.
 */
#include "tests/netns/kernel_lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#define VIP "192.0.2.10"

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
	assert_int_equal(frame[LAB_IP + 8], 255);
	lab_assert_address_at(frame + LAB_IP + 12, ADDR_IPV4, source);
	lab_assert_address_at(frame + LAB_IP + 16, ADDR_IPV4, destination);
	assert_int_equal(
	    lab_sum(frame + LAB_IPV4_ADVERT, 12, lab_sum(frame + LAB_IP + 12, 8, 112 + 12)),
	    0xffff);
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
	lab_advertise(lab, 1, 200);
	transmit_resign(lab->transmit, 1);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 6);
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_adverts(lab, 0), 6);
	for (size_t i = 0; i < 6; i += 3) {
		assert_unicast(lab, i, "192.0.2.1", "192.0.2.2");
		assert_unicast(lab, i + 1, "192.0.2.1", "192.0.2.3");
		assert_unicast(lab, i + 2, "192.0.2.1", "198.51.100.3");
		assert_int_equal(lab_nth_advert(lab, i)[LAB_IPV4_ADVERT + 2], i == 0 ? 200 : 0);
		assert_int_equal(lab_nth_advert(lab, i + 2)[LAB_IPV4_ADVERT + 2], i == 0 ? 200 : 0);
	}
}

static void
test_U01_a_copy_for_each_ipv6_peer(void **state)
{
	static const char *const peers[] = {"fe80::2", "2001:db8::2", "fe80::3"};
	struct lab *lab = *state;

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_command("ip address add 2001:db8::1/64 dev v0 nodad");
	lab_add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	for (size_t i = 0; i < 3; i++) {
		add_neighbour(peers[i]);
		lab_add_peer(lab, 1, peers[i]);
	}
	lab_open(lab);
	lab_advertise(lab, 1, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 3);
	for (size_t i = 0; i < 3; i++) {
		const uint8_t *frame = lab_nth_advert(lab, i);

		assert_int_equal(frame[LAB_IP + 7], 255);
		lab_assert_address_at(frame + LAB_IP + 8, ADDR_IPV6, "fe80::1");
		lab_assert_address_at(frame + LAB_IP + 24, ADDR_IPV6, peers[i]);
		lab_assert_ipv6_sum(frame, 24);
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
	lab_add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	for (unsigned i = 0; i < 100; i++) { /* more than are sent at once */
		snprintf(text, sizeof(text), "fe80::%u", 100 + i);
		add_neighbour(text);
		lab_add_peer(lab, 1, i % 2 == 0 ? text : bad[i / 2 % 3]);
	}
	lab_add_ipv6_instance(lab);
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
		lab_assert_address_at(lab_nth_advert(lab, i) + LAB_IP + 24, ADDR_IPV6, text);
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
	lab_add_ipv6_instance(lab);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	lab_add_peer(lab, 1, "2001:db8:1::1");
	lab_add_peer(lab, 1, "2001:db8:1::2");
	lab_open(lab);
	lab_advertise(lab, 1, 100);
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
		lab_advertise(lab, 1, 100);
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
	lab_advertise(
	    lab, 1, 100); /* it is not there: nothing leaves, from no other address either */
	assert_int_equal(lab->unsent, 1);
	assert_int_equal(lab->last_unsent.error, EADDRNOTAVAIL);
	assert_int_equal(lab->asked.problem, MSG_SOURCE_NONE);
	assert_int_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
	lab_command("ip address add 192.0.2.5/24 dev v0");
	LAB_WAIT_UNTIL(lab, lab->asked.problem == MSG_SOURCE_OK);
	assert_true(addr_equal(&lab->asked.addr, &wanted));
	lab_advertise(lab, 1, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	assert_unicast(lab, 0, "192.0.2.5", "192.0.2.2");
	lab_command("ip address del 192.0.2.5/24 dev v0");
	LAB_WAIT_UNTIL(lab, lab->asked.problem == MSG_SOURCE_NONE);
	lab_advertise(lab, 1, 100);
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
	lab_add_ipv6_instance(lab);
	assert_int_equal(addr_parse("2001:db8::1", &lab_instance(lab, 1)->source), 0);
	lab_add_address(lab, 1, "fe80::51:1", 128);
	lab_add_peer(lab, 1, "2001:db8::2");
	lab_open(lab);
	lab_advertise(lab, 1, 100);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);
	frame = lab_nth_advert(lab, 0);
	lab_assert_address_at(frame + LAB_IP + 8, ADDR_IPV6, "2001:db8::1");
	lab_assert_ipv6_sum(frame, 24);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
