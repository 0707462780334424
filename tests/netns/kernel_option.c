/*
 * Addresses as they are configured: options of IPv4 ones, IPv6 ones, on other interfaces than the
 * instance's, many at once.
 */
#include "tests/netns/kernel_lab.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include <bsd/string.h>

#define VIP "192.0.2.10"
#define LOCAL6 "fe80::51:1"
#define GLOBAL6 "2001:db8:51::10"

static void
acquire(struct lab *lab, uint32_t id, uint32_t sequence)
{
	address_acquire(lab->ledger, id, sequence);
	LAB_WAIT_UNTIL(lab, lab->seen[id].answer.sequence == sequence);
}

static void
release(struct lab *lab, uint32_t id, uint32_t sequence)
{
	address_release(lab->ledger, id, sequence);
	LAB_WAIT_UNTIL(lab, lab->seen[id].answer.sequence == sequence);
}

static bool
succeeds(const char *command)
{
	return system(command) == 0;
}

/* An open lab with one IPv6 instance of these two addresses; v0 is at fe80::1. */
static struct lab *
open_ipv6(struct lab *lab, uint8_t priority, uint8_t prefix_length)
{
	uint32_t id = lab_add_instance(lab, priority);

	lab_command("ip address replace fe80::1/64 dev v0 nodad");
	lab_instance(lab, id)->family = ADDR_IPV6;
	lab_add_address(lab, id, LOCAL6, prefix_length);
	lab_add_address(lab, id, GLOBAL6, prefix_length);
	lab_open(lab);
	return lab;
}

/* ---- options ---- */

/* A scope of its own needs a prefix of its own: the kernel refuses it within the network of another. */
static void
test_label_and_scope(void **state)
{
	struct lab *lab = *state;
	struct conf_address *a;
	struct lab_address vip, other;

	lab_add_instance(lab, 100);
	a = lab_add_address(lab, 1, VIP, 32);
	strlcpy(a->label, "v0:web", sizeof(a->label));
	a->scope = RT_SCOPE_LINK;
	lab_add_address(lab, 1, "192.0.2.11", 24);
	lab_open(lab);
	acquire(lab, 1, 1);
	vip = lab_ask("v0", VIP);
	other = lab_ask("v0", "192.0.2.11");
	assert_string_equal(vip.label, "v0:web");
	assert_int_equal(vip.scope, RT_SCOPE_LINK);
	assert_string_equal(other.label, "v0");
	assert_int_equal(other.scope, RT_SCOPE_UNIVERSE);
	assert_int_equal(lab_count_marked("v0"), 2);
	release(lab, 1, 2);
	assert_int_equal(lab_count_marked("v0"), 0);
}

static void
test_the_route_of_a_prefix(void **state)
{
	struct lab *lab = *state;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, "10.1.0.1", 24);
	lab_add_address(lab, 1, "10.2.0.1", 24)->prefix_route = 0;
	lab_add_instance(lab, 100);
	lab_instance(lab, 2)->family = ADDR_IPV6;
	lab_add_address(lab, 2, "2001:db8:1::1", 64);
	lab_add_address(lab, 2, "2001:db8:2::1", 64)->prefix_route = 0;
	lab_open(lab);
	acquire(lab, 1, 1);
	acquire(lab, 2, 1);
	assert_true(succeeds("ip route show dev v0 | grep -q ^10.1.0.0/24"));
	assert_false(succeeds("ip route show dev v0 | grep -q ^10.2.0.0/24"));
	assert_true(succeeds("ip -6 route show dev v0 | grep -q ^2001:db8:1::/64"));
	assert_false(succeeds("ip -6 route show dev v0 | grep -q ^2001:db8:2::/64"));
	assert_int_equal(lab_count_marked("v0"), 4);
	release(lab, 1, 2);
	assert_false(succeeds("ip route show dev v0 | grep -q ^10.1.0.0/24"));
}

/* On three interfaces, in both families; each is put back where it was. */
static void
test_addresses_on_other_interfaces(void **state)
{
	struct lab *lab = *state;

	lab_cable("v2", "v3");
	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	strlcpy(lab_add_address(lab, 1, VIP, 32)->device, "v2", CONF_IFNAME_MAX);
	strlcpy(lab_add_address(lab, 1, "10.3.0.1", 32)->device, "lo", CONF_IFNAME_MAX);
	strlcpy(lab_add_address(lab, 1, GLOBAL6, 128)->device, "v2", CONF_IFNAME_MAX);
	lab_open(lab);
	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.installed, 4);
	assert_int_equal(lab_ask("v0", VIP).prefix_length, 24);
	assert_int_equal(lab_ask("v2", VIP).prefix_length, 32);
	assert_int_equal(lab_ask("lo", "10.3.0.1").proto, 112);
	assert_int_equal(lab_ask("v2", GLOBAL6).proto, 112);
	assert_int_equal(lab_count_marked("v0"), 1);
	lab_command("ip address del " VIP "/32 dev v2");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.restored == 1 && lab->seen[1].last.installed == 4);
	assert_int_equal(lab_ask("v2", VIP).proto, 112);
	release(lab, 1, 2);
	assert_int_equal(lab_count_marked("v0") + lab_count_marked("v2"), 0);
	assert_int_equal(lab_count_marked("lo"), 0);
}

/* One of them is not there: the others are, and it follows when its interface comes. */
static void
test_F04_another_interface_comes_and_goes(void **state)
{
	struct lab *lab = *state;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	strlcpy(lab_add_address(lab, 1, "10.3.0.1", 32)->device, "v2", CONF_IFNAME_MAX);
	lab_open(lab);
	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.installed, 1);
	assert_int_equal(lab->seen[1].answer.failed, 1);
	assert_int_equal(lab->seen[1].answer.error, ENODEV);
	for (unsigned i = 0; i < 3; i++) {
		lab_cable("v2", "v3");
		LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2);
		assert_int_equal(lab_ask("v2", "10.3.0.1").proto, 112);
		lab_command("ip link del v2");
		LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 1);
	}
	lab_command("ip link add w2 type veth peer name v3 && ip link set w2 up");
	lab_command("ip address add 10.9.0.1/24 dev w2 && ip link set w2 down");
	lab_command("ip link set w2 name v2 && ip link set v2 up");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2);
	lab_command("ip link set v2 down && ip link set v2 name w2");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 1);
	assert_int_equal(lab_count_marked("w2"), 0);
	assert_int_equal(lab->seen[1].last.restored, 0);
}

/* ---- IPv6 ---- */

/* Usable at once, whatever the interface says of duplicates; one of a single host is nobody's source. */
static void
test_V02_an_ipv6_address_is_never_tentative(void **state)
{
	struct lab *lab = *state;

	lab_command("sysctl -qw net.ipv6.conf.v0.accept_dad=1 net.ipv6.conf.v0.dad_transmits=5");
	open_ipv6(lab, 100, 128);
	lab_command("ip address add 2001:db8:51::99/64 dev v0"); /* what would be without */
	assert_int_equal(lab_ask("v0", "2001:db8:51::99").flags & IFA_F_TENTATIVE, IFA_F_TENTATIVE);
	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.installed, 2);
	for (unsigned i = 0; i < 20; i++) {
		const struct lab_address local = lab_ask("v0", LOCAL6);
		const struct lab_address global = lab_ask("v0", GLOBAL6);

		assert_int_equal((local.flags | global.flags) & IFA_F_TENTATIVE, 0);
		lab_run_for(lab, 10);
	}
	assert_int_equal(lab_ask("v0", GLOBAL6).flags & IFA_F_NODAD, IFA_F_NODAD);
	assert_int_equal(lab_ask("v0", GLOBAL6).proto, 112);
	assert_int_equal(lab_ask("v0", GLOBAL6).prefix_length, 128);
	assert_int_equal(lab_ask("v0", GLOBAL6).preferred, 0);
	assert_int_equal(lab_ask("v0", GLOBAL6).valid, UINT32_MAX);
	release(lab, 1, 2);
	assert_int_equal(lab_count_marked("v0"), 0);
	assert_int_equal(lab_ask("v0", "fe80::1").count, 1);
}

static void
test_an_ipv6_address_with_a_prefix(void **state)
{
	struct lab *lab = open_ipv6(*state, 100, 64);

	acquire(lab, 1, 1);
	assert_int_equal(lab_ask("v0", GLOBAL6).prefix_length, 64);
	assert_int_equal(lab_ask("v0", GLOBAL6).preferred, UINT32_MAX);
	assert_int_equal(lab_ask("v0", GLOBAL6).valid, UINT32_MAX);
}

static void
test_V03_solicited_node_groups(void **state)
{
	struct lab *lab = open_ipv6(*state, 100, 64);
	const char *command = "ip maddress show dev v0 | grep -qw ff02::1:ff51:1 && "
			      "ip maddress show dev v0 | grep -qw ff02::1:ff00:10";

	assert_false(succeeds(command));
	acquire(lab, 1, 1);
	LAB_WAIT_UNTIL(lab, succeeds(command)); /* the kernel does that behind the request */
	release(lab, 1, 2);
	assert_false(succeeds("ip maddress show dev v0 | grep -qw -e ff02::1:ff51:1 -e "
			      "ff02::1:ff00:10"));
}

static void
test_ipv6_leftovers(void **state)
{
	struct lab *crashed = open_ipv6(*state, 100, 64), *lab;

	acquire(crashed, 1, 1);
	lab = open_ipv6(lab_create(), 100, 64);
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_marked("v0"), 2);
	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.installed, 2);
	assert_int_equal(lab->seen[1].answer.foreign, 0);

	/* with another prefix length it is in the way: it goes at once */
	lab = open_ipv6(lab_create(), 100, 128);
	assert_int_equal(lab_count_marked("v0"), 0);
	acquire(lab, 1, 1);
	assert_int_equal(lab_ask("v0", GLOBAL6).prefix_length, 128);
	assert_int_equal(lab->seen[1].answer.installed, 2);
}

/* To the kernel it is the same address, whatever its prefix length. */
static void
test_a_foreign_ipv6_address_stays(void **state)
{
	struct lab *lab = *state;

	lab_command("ip address add " GLOBAL6 "/48 dev v0 nodad");
	open_ipv6(lab, 100, 64);
	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.installed, 1);
	assert_int_equal(lab->seen[1].answer.foreign, 1);
	release(lab, 1, 2);
	assert_int_equal(lab_ask("v0", GLOBAL6).prefix_length, 48);
	assert_int_equal(lab_ask("v0", GLOBAL6).proto, 0);
	assert_int_equal(lab_ask("v0", LOCAL6).count, 0);
	acquire(lab, 1, 3);
	lab_command("ip address del " GLOBAL6 "/48 dev v0"); /* now ours may be there */
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2);
	assert_int_equal(lab_ask("v0", GLOBAL6).prefix_length, 64);
}

/* Going down, an interface loses its IPv6 addresses by the kernel: nobody "removed" them. */
static void
test_F02_an_interface_goes_down_and_up(void **state)
{
	struct lab *lab = open_ipv6(*state, 100, 64);

	acquire(lab, 1, 1);
	for (unsigned i = 0; i < 5; i++) {
		lab_command("ip link set v0 down");
		LAB_WAIT_UNTIL(lab, lab->link.up == 0);
		lab_command("ip link set v0 up");
		LAB_WAIT_UNTIL(lab, lab->link.up == 1 && lab->seen[1].last.installed == 2);
	}
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_marked("v0"), 2);
	assert_true(succeeds("ip -6 route show table local dev v0 | grep -q " GLOBAL6));
	assert_int_equal(lab->seen[1].last.restored, 0);
	assert_int_equal(lab->seen[1].answers, 1);
}

static void
test_O01_an_owner_s_ipv6_addresses(void **state)
{
	struct lab *lab = *state;

	lab_command("ip address add " LOCAL6 "/64 dev v0 nodad");
	open_ipv6(lab, 255, 64);
	address_report(lab->ledger);
	assert_int_equal(lab->seen[1].last.failed, 1);
	assert_int_equal(lab->seen[1].last.error, EADDRNOTAVAIL);
	lab_command("ip address add " GLOBAL6 "/48 dev v0 nodad"); /* of any prefix length */
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 0);
	acquire(lab, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, GLOBAL6) == 1 &&
				lab_count_announcements(lab, LOCAL6) == 1);
	assert_int_equal(lab->seen[1].answer.installed, 0);
	release(lab, 1, 2);
	assert_int_equal(lab_ask("v0", GLOBAL6).count, 1);
	assert_int_equal(lab_ask("v0", LOCAL6).count, 1);
	assert_int_equal(lab_count_marked("v0"), 0);
}

/* One that the kernel holds back, or has found somebody else to have, is not there. */
static void
test_O01_an_owner_s_address_that_cannot_be_used(void **state)
{
	struct lab *lab = *state;

	lab_command("ip address add " LOCAL6 "/64 dev v0 nodad");
	lab_command("sysctl -qw net.ipv6.conf.v0.accept_dad=1");
	open_ipv6(lab, 255, 64);
	lab_command("ip address add " GLOBAL6 "/64 dev v1 nodad"); /* the other router holds it */
	lab_command("ip address add " GLOBAL6 "/64 dev v0");
	LAB_WAIT_UNTIL(lab, lab_ask("v0", GLOBAL6).flags & IFA_F_DADFAILED);
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.error == EADDRINUSE);
	assert_int_equal(lab->seen[1].last.failed, 1);
	lab_command("ip address del " GLOBAL6 "/64 dev v0");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.error == EADDRNOTAVAIL);
	lab_command("ip address del " GLOBAL6 "/64 dev v1");
	lab_command("ip address add " GLOBAL6 "/64 dev v0");
	assert_int_equal(lab->seen[1].last.failed, 1);
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 0); /* once it is known to be unique */
	assert_int_equal(lab_ask("v0", GLOBAL6).flags & IFA_F_TENTATIVE, 0);
}

/* ---- many ---- */

static void
test_many_ipv6_addresses(void **state)
{
	struct lab *lab = *state;
	char text[64];

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_add_instance(lab, 100);
	lab_instance(lab, 1)->family = ADDR_IPV6;
	for (unsigned i = 0; i < 250; i++) {
		snprintf(text, sizeof(text), "2001:db8:51::%x", i + 1);
		lab_add_address(lab, 1, text, 128);
	}
	lab_open(lab);
	lab->seen[1].told = 0;
	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.installed, 250);
	assert_int_equal(lab->seen[1].told, 1);
	assert_int_equal(lab_count_marked("v0"), 250);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, NULL) == 250);
	release(lab, 1, 2);
	assert_int_equal(lab_count_marked("v0"), 0);
	lab_run_for(lab, 20);
	assert_int_equal(lab->seen[1].last.restored, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_label_and_scope),
	    LAB_TEST(test_the_route_of_a_prefix),
	    LAB_TEST(test_addresses_on_other_interfaces),
	    LAB_TEST(test_F04_another_interface_comes_and_goes),
	    LAB_TEST(test_V02_an_ipv6_address_is_never_tentative),
	    LAB_TEST(test_an_ipv6_address_with_a_prefix),
	    LAB_TEST(test_V03_solicited_node_groups),
	    LAB_TEST(test_ipv6_leftovers),
	    LAB_TEST(test_a_foreign_ipv6_address_stays),
	    LAB_TEST(test_F02_an_interface_goes_down_and_up),
	    LAB_TEST(test_O01_an_owner_s_ipv6_addresses),
	    LAB_TEST(test_O01_an_owner_s_address_that_cannot_be_used),
	    LAB_TEST(test_many_ipv6_addresses),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
