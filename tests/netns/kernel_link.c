/*
 * What the parent tells of interfaces and of what is sent from, however much happens to them.
 */
#include "tests/netns/kernel_lab.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bsd/string.h>

#define VIP "192.0.2.10"

static void
acquire(struct lab *lab, uint32_t id, uint32_t sequence)
{
	address_acquire(lab->ledger, id, sequence);
	LAB_WAIT_UNTIL(lab, lab->seen[id].answer.sequence == sequence);
}

static bool
is_source(const struct msg_source_address *said, const char *text)
{
	struct addr want;

	return addr_parse(text, &want) == 0 && addr_equal(&want, &said->addr) &&
	       said->problem == MSG_SOURCE_OK;
}

/* ---- the source of IPv6 adverts ---- */

static struct lab *
open_ipv6(struct lab *lab, uint8_t priority)
{
	uint32_t id = lab_add_instance(lab, priority);

	lab_instance(lab, id)->family = ADDR_IPV6;
	lab_add_address(lab, id, "fe80::51:1", 64);
	lab_add_address(lab, id, "2001:db8:51::10", 64);
	lab_open(lab);
	links_report(lab->links);
	return lab;
}

/* The link-local one, no other, no virtual one, and none while the kernel does not know it to be unique. */
static void
test_V07_the_link_local_source(void **state)
{
	struct lab *lab = *state;

	lab_command("sysctl -qw net.ipv6.conf.v0.accept_dad=1");
	lab_command("ip address add 2001:db8::1/64 dev v0 nodad");
	open_ipv6(lab, 100);
	assert_int_equal(lab->source6.problem, MSG_SOURCE_NONE);
	assert_false(addr_is_set(&lab->source6.addr));
	acquire(lab, 1, 1); /* fe80::51:1 is there now, but nobody's source */
	lab_run_for(lab, 20);
	assert_int_equal(lab->source6.problem, MSG_SOURCE_NONE);

	lab_command("ip address add fe80::a:1/64 dev v0");
	LAB_WAIT_UNTIL(lab, lab->source6.problem == MSG_SOURCE_TENTATIVE);
	assert_false(addr_is_set(&lab->source6.addr));
	LAB_WAIT_UNTIL(lab, is_source(&lab->source6, "fe80::a:1"));
	lab_command("ip address add fe80::a:2/64 dev v0 nodad");
	lab_run_for(lab, 20);
	assert_true(is_source(&lab->source6, "fe80::a:1")); /* it stays while it can */
	lab_command("ip address del fe80::a:1/64 dev v0");
	LAB_WAIT_UNTIL(lab, is_source(&lab->source6, "fe80::a:2"));
	lab_command("ip address del fe80::a:2/64 dev v0");
	LAB_WAIT_UNTIL(lab, lab->source6.problem == MSG_SOURCE_NONE);
}

static void
test_V07_a_duplicate_link_local_address(void **state)
{
	struct lab *lab = *state;

	lab_command("sysctl -qw net.ipv6.conf.v0.accept_dad=1");
	lab_command("ip address add fe80::a:1/64 dev v1 nodad"); /* another router's */
	open_ipv6(lab, 100);
	lab_command("ip address add fe80::a:1/64 dev v0");
	LAB_WAIT_UNTIL(lab, lab->source6.problem == MSG_SOURCE_DUPLICATE);
	assert_false(addr_is_set(&lab->source6.addr));
	assert_int_equal(lab_ask("v0", "fe80::a:1").flags & IFA_F_DADFAILED, IFA_F_DADFAILED);
	lab_command("ip address add fe80::a:2/64 dev v0 nodad");
	LAB_WAIT_UNTIL(lab, is_source(&lab->source6, "fe80::a:2"));
}

/* An owner sends from what it owns only when there is nothing else. */
static void
test_O01_the_source_of_an_ipv6_owner(void **state)
{
	struct lab *lab = *state;

	lab_command("ip address add fe80::51:1/64 dev v0 nodad");
	lab_command("ip address add 2001:db8:51::10/64 dev v0 nodad");
	open_ipv6(lab, 255);
	assert_true(is_source(&lab->source6, "fe80::51:1"));
	lab_command("ip address add fe80::a:1/64 dev v0 nodad");
	LAB_WAIT_UNTIL(lab, is_source(&lab->source6, "fe80::a:1"));
	lab_command("ip address del fe80::a:1/64 dev v0");
	LAB_WAIT_UNTIL(lab, is_source(&lab->source6, "fe80::51:1"));
}

/* One word for all that ask for the same. */
static void
test_each_source_is_told_once(void **state)
{
	struct lab *lab = *state;

	lab_command("ip address add 192.0.2.5/24 dev v0 && ip address add fe80::1/64 dev v0 nodad");
	for (uint32_t id = 1; id <= 6; id++) {
		lab_add_instance(lab, 100);
		lab_add_address(lab, id, id == 6 ? "fe80::51:1" : VIP, 32);
	}
	assert_int_equal(addr_parse("192.0.2.5", &lab_instance(lab, 3)->source), 0);
	assert_int_equal(addr_parse("192.0.2.5", &lab_instance(lab, 4)->source), 0);
	lab_instance(lab, 6)->family = ADDR_IPV6;
	lab_open(lab);
	lab->source_changes = 0;
	links_report(lab->links);
	assert_int_equal(lab->source_changes, 3);
	assert_true(is_source(&lab->source, "192.0.2.1"));
	assert_true(is_source(&lab->asked, "192.0.2.5"));
	assert_true(is_source(&lab->source6, "fe80::1"));
}

/* ---- interfaces ---- */

static void
test_F01_a_tracked_interface_is_told_of(void **state)
{
	struct lab *lab = *state;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_add_track(lab, 1, "v2");
	lab_open(lab);
	links_report(lab->links);
	assert_string_equal(lab->other_link.interface, "v2");
	assert_int_equal(lab->other_link.ifindex, 0);
	lab_cable("v2", "v3");
	LAB_WAIT_UNTIL(lab, lab->other_link.up == 1);
	lab_command("ip link set v3 down"); /* no carrier, though it is up */
	LAB_WAIT_UNTIL(lab, lab->other_link.up == 0 && lab->other_link.ifindex != 0);
	lab_command("ip link set v3 up");
	LAB_WAIT_UNTIL(lab, lab->other_link.up == 1);
	lab_command("ip link del v2");
	LAB_WAIT_UNTIL(lab, lab->other_link.ifindex == 0);
	assert_int_equal(lab->link.up, 1);
}

/* A new name while it is up (Linux 6.2): the kernel says nothing of the addresses it has. */
static void
test_F04_an_interface_is_renamed_alive(void **state)
{
	struct lab *lab = *state;

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	if (system("ip link set v0 name w0 2>/dev/null") != 0)
		skip();
	open_ipv6(lab, 100);
	assert_int_equal(lab->link.ifindex, 0);
	assert_int_equal(lab->source6.problem, MSG_SOURCE_NONE);
	lab_command("ip link set w0 name v0");
	LAB_WAIT_UNTIL(lab, lab->link.up == 1 && is_source(&lab->source6, "fe80::1"));
	acquire(lab, 1, 1);
	lab_command("ip link set v0 name w0");
	LAB_WAIT_UNTIL(lab, lab->link.ifindex == 0 && lab->source6.problem == MSG_SOURCE_NONE);
	LAB_WAIT_UNTIL(lab, lab_count_marked("w0") == 0); /* what is ours does not stay there */
	lab_command("ip link set w0 name v0");
	LAB_WAIT_UNTIL(lab, is_source(&lab->source6, "fe80::1"));
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2);
	assert_int_equal(lab->seen[1].last.restored, 0);
}

/* Twenty times in a second: no more is told than happened, and the end is right. */
static void
test_F03_a_carrier_that_flaps(void **state)
{
	static const struct timespec pause = {0, 25 * NS_PER_MS};
	struct lab *lab = *state;

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_add_instance(lab, 100);
	lab_instance(lab, 2)->family = ADDR_IPV6;
	lab_add_address(lab, 2, "2001:db8:51::10", 64);
	lab_open(lab);
	acquire(lab, 1, 1);
	acquire(lab, 2, 1);
	lab->link_changes = 0;
	for (unsigned i = 0; i < 20; i++) {
		lab_command("ip link set v1 down");
		nanosleep(&pause, NULL);
		lab_run_for(lab, 1);
		lab_command("ip link set v1 up");
		lab_run_for(lab, 25);
	}
	LAB_WAIT_UNTIL(lab, lab->link.up == 1 && lab->seen[1].last.installed == 1 &&
				lab->seen[2].last.installed == 1);
	lab_run_for(lab, 50);
	assert_int_equal(lab->link.up, 1);
	assert_in_range(lab->link_changes, 2, 40);
	assert_int_equal(lab_count_marked("v0"), 2);
	assert_int_equal(lab->seen[1].last.restored + lab->seen[2].last.restored, 0);
	assert_true(is_source(&lab->source, "192.0.2.1"));
	assert_true(is_source(&lab->source6, "fe80::1"));
}

/* ---- more events than there is room for ---- */

/* What was lost in an overrun is read anew, and repaired: addresses, the source, the interface. */
static void
test_an_overrun_is_made_up_for(void **state)
{
	struct lab *lab = *state;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_add_address(lab, 1, "2001:db8:51::10", 64)->advertise = 0;
	lab_open(lab);
	acquire(lab, 1, 1);
	lab_command("for i in $(seq 1 12000); do echo link set v1 alias $i; done | ip -batch -");
	lab_command("ip address del " VIP "/24 dev v0"); /* of this, nothing is heard */
	lab_command("ip address del 2001:db8:51::10/64 dev v0");
	lab_command("ip address add 10.0.0.7/8 dev v0 && ip address del 192.0.2.1/24 dev v0");
	lab_command("ip link set v1 down");
	assert_int_equal(lab->link.up, 1);
	LAB_WAIT_UNTIL(lab, lab->link.up == 0 && is_source(&lab->source, "10.0.0.7"));
	LAB_WAIT_UNTIL(lab, lab_count_marked("v0") == 2);
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2 && lab->seen[1].last.failed == 0);
	lab_command("ip link set v1 up");
	LAB_WAIT_UNTIL(lab, lab->link.up == 1);
}

/* ---- many addresses ---- */

/* A source that comes behind 2000 virtual addresses is found: those are not remembered. */
static void
test_a_source_behind_many_addresses(void **state)
{
	struct lab *lab = *state;
	char text[32];

	lab_command("ip address flush dev v0");
	for (uint32_t id = 1; id <= 8; id++) {
		lab_add_instance(lab, 100);
		for (unsigned i = 0; i < 250; i++) {
			snprintf(text, sizeof(text), "10.%u.0.%u", id, i + 1);
			lab_add_address(lab, id, text, 32);
		}
		lab_command("for i in $(seq 1 250); do echo address add 10.%u.0.$i/32 dev v0; done "
			    "| ip -batch -",
		    id);
	}
	lab_open(lab);
	links_report(lab->links);
	address_report(lab->ledger);
	assert_int_equal(lab->source.problem, MSG_SOURCE_NONE);
	assert_int_equal(lab->seen[8].last.foreign, 250);
	lab_command("ip address add 192.0.2.1/24 dev v0");
	LAB_WAIT_UNTIL(lab, is_source(&lab->source, "192.0.2.1"));
	assert_int_equal(netlink_dump(lab->netlink), 0);
	assert_true(is_source(&lab->source, "192.0.2.1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_V07_the_link_local_source),
	    LAB_TEST(test_V07_a_duplicate_link_local_address),
	    LAB_TEST(test_O01_the_source_of_an_ipv6_owner),
	    LAB_TEST(test_each_source_is_told_once),
	    LAB_TEST(test_F01_a_tracked_interface_is_told_of),
	    LAB_TEST(test_F04_an_interface_is_renamed_alive),
	    LAB_TEST(test_F03_a_carrier_that_flaps),
	    LAB_TEST(test_an_overrun_is_made_up_for),
	    LAB_TEST(test_a_source_behind_many_addresses),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
