/*
 * What the parent announces: gratuitous ARPs and neighbour advertisements, and when.
 */
#include "tests/netns/kernel_lab.h"

#include <string.h>

#include <bsd/string.h>

#define VIP "192.0.2.10"
#define VIP2 "192.0.2.11"

static void
test_M04_a_gratuitous_arp_byte_by_byte(void **state)
{
	static const uint8_t fixed[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};
	static const uint8_t mac[] = {0x02, 0, 0, 0, 0, 0x42};
	static const uint8_t all[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t vip[] = {192, 0, 2, 10};
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_command("ip link set v0 address 02:00:00:00:00:42");
	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP) == 1);
	frame = lab_first_announcement(lab, VIP);
	assert_memory_equal(frame, all, sizeof(all));
	assert_memory_equal(frame + 6, mac, sizeof(mac));
	assert_memory_equal(frame + 12, fixed, sizeof(fixed));
	assert_memory_equal(frame + 22, mac, sizeof(mac));
	assert_memory_equal(frame + 28, vip, sizeof(vip));
	assert_memory_equal(frame + 38, vip, sizeof(vip));
}

static void
test_V02_a_neighbour_advertisement_byte_by_byte(void **state)
{
	static const uint8_t ethernet[] = {
	    0x33, 0x33, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 0x42, 0x86, 0xdd};
	static const uint8_t vip[] = {
	    0x20, 0x01, 0x0d, 0xb8, 0, 0x51, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};
	static const uint8_t all_nodes[] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t option[] = {2, 1, 0x02, 0, 0, 0, 0, 0x42};
	struct lab *lab = *state;
	const uint8_t *frame;

	lab_command("ip link set v0 address 02:00:00:00:00:42");
	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_add_instance(lab, 100);
	lab_instance(lab, 1)->family = ADDR_IPV6;
	lab_add_address(lab, 1, "fe80::51:1", 64);
	lab_add_address(lab, 1, "2001:db8:51::10", 64);
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, NULL) == 2);
	assert_non_null(lab_first_announcement(lab, "fe80::51:1"));
	frame = lab_first_announcement(lab, "2001:db8:51::10");
	assert_memory_equal(frame, ethernet, sizeof(ethernet));
	assert_int_equal(frame[14] >> 4, 6);
	assert_int_equal(frame[18] << 8 | frame[19], 32);
	assert_int_equal(frame[20], 58);
	assert_int_equal(frame[21], 255);
	assert_memory_equal(frame + 22, vip, sizeof(vip));
	assert_memory_equal(frame + 38, all_nodes, sizeof(all_nodes));
	assert_int_equal(frame[54] << 8 | frame[55], 136 << 8);
	assert_int_equal(frame[58], 0xa0); /* router, override; not solicited */
	assert_memory_equal(frame + 62, vip, sizeof(vip));
	assert_memory_equal(frame + 78, option, sizeof(option));
	assert_int_equal(lab_sum(frame + 54, 32, lab_sum(frame + 22, 32, 32 + 58)), 0xffff);
}

/* An address on another interface is announced there, with that one's hardware address. */
static void
test_an_announcement_leaves_where_the_address_is(void **state)
{
	static const uint8_t mac[] = {0x02, 0, 0, 0, 0, 0x43};
	struct lab *lab = *state;

	lab_cable("v2", "v3");
	lab_command("ip link set v0 address 02:00:00:00:00:43");
	lab_add_instance(lab, 100);
	strlcpy(lab_instance(lab, 1)->interface, "v2", CONF_IFNAME_MAX);
	lab_add_address(lab, 1, VIP, 24);
	strlcpy(lab_add_address(lab, 1, VIP2, 24)->device, "v0", CONF_IFNAME_MAX);
	strlcpy(lab_add_address(lab, 1, "2001:db8::9", 64)->device, "v0", CONF_IFNAME_MAX);
	lab->conf.address[2].advertise = 0;
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP2) == 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, "2001:db8::9") == 1);
	assert_memory_equal(lab_first_announcement(lab, VIP2) + 6, mac, sizeof(mac));
	assert_memory_equal(lab_first_announcement(lab, "2001:db8::9") + 80, mac, sizeof(mac));
	assert_int_equal(lab_count_announcements(lab, VIP), 0);
}

/* What cannot be announced for want of a hardware address is installed all the same. */
static void
test_an_interface_without_hardware_address(void **state)
{
	struct lab *lab = *state;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	strlcpy(lab_add_address(lab, 1, VIP2, 32)->device, "lo", CONF_IFNAME_MAX);
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab->seen[1].answer.installed == 2);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP) == 1);
	assert_int_equal(lab_ask("lo", VIP2).proto, 112);
	lab_command(
	    "grep -q '^ *lo: *0 ' /proc/net/dev"); /* bytes received, which are those sent */
}

/* A loaded machine is late, with the first one too, but never early: the schedule is that of the earliest. */
static void
assert_spread(const struct lab *lab, const int64_t *expected_ms, size_t count)
{
	int64_t offset_ms[64], least = INT64_MAX;
	size_t n = 0;

	for (size_t i = 0; i < lab->frame_count; i++) {
		if (!lab_is_announcement(&lab->frame[i], VIP))
			continue;
		assert_true(n < count && n < 64);
		offset_ms[n] = lab->frame[i].at.ns / NS_PER_MS - expected_ms[n];
		least = offset_ms[n] < least ? offset_ms[n] : least;
		n++;
	}
	assert_int_equal(n, count);
	for (size_t i = 0; i < n; i++)
		assert_in_range(offset_ms[i] - least, 0, 60);
}

/* repeat copies, interval apart, twice, the second time delay after the first, then refreshed. */
static void
test_announcements_are_spread(void **state)
{
	static const int64_t expected_ms[] = {0, 70, 140, 500, 570, 640};
	struct lab *lab = *state;
	struct conf_instance *in;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	in = lab_instance(lab, 1);
	in->announce_repeat = 3;
	in->announce_interval_ms = 70;
	in->announce_delay_ms = 500;
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	lab_run_for(lab, 900);
	assert_spread(lab, expected_ms, 6);
}

static void
test_announcements_are_refreshed_until_release(void **state)
{
	static const int64_t expected_ms[] = {0, 150, 300};
	struct lab *lab = *state;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_instance(lab, 1)->announce_refresh_ms = 150;
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP) == 3);
	address_release(lab->ledger, 1, 2);
	lab_run_for(lab, 300);
	assert_spread(lab, expected_ms, 3);
}

/* A round asked for while one runs is part of it; asking all the time neither adds to it nor puts
 * it off. */
static void
test_rounds_are_merged(void **state)
{
	struct lab *lab = *state;
	struct conf_instance *in;
	mono_t end;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	in = lab_instance(lab, 1);
	in->announce_repeat = 3;
	in->announce_interval_ms = 50;
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP) == 1);
	for (unsigned i = 0; i < 5; i++)
		announcer_start(lab->announcer, 1);
	lab_run_for(lab, 300);
	assert_int_equal(lab_count_announcements(lab, VIP), 3);

	end = mono_add(clock_now(), 500 * NS_PER_MS);
	while (!mono_reached(end, clock_now())) {
		announcer_start(lab->announcer, 1);
		lab_run_for(lab, 5);
	}
	assert_in_range(lab_count_announcements(lab, VIP), 3 + 4, 3 + 11);
}

static void
test_no_announcement_when_none_is_configured(void **state)
{
	struct lab *lab = *state;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_instance(lab, 1)->announce_repeat = 0;
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab->seen[1].answers == 1);
	lab_run_for(lab, 50);
	assert_int_equal(lab_count_announcements(lab, VIP), 0);
	assert_int_equal(lab_count_marked("v0"), 1);
}

/* An address that could not be there at first is announced in full once it is. */
static void
test_R02_an_address_that_comes_later(void **state)
{
	struct lab *lab = *state;
	struct conf_instance *in;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	strlcpy(lab_add_address(lab, 1, VIP2, 24)->device, "v2", CONF_IFNAME_MAX);
	in = lab_instance(lab, 1);
	in->announce_repeat = 3;
	in->announce_interval_ms = 20;
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP) == 3);
	assert_int_equal(lab->seen[1].answer.failed, 1);
	lab_run_for(lab, 50);
	lab_command("ip link set v1 name w1 && ip link add v2 type veth peer name v1");
	lab_watch(lab);
	lab_command("ip link set v1 up && ip link set v2 up");
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP2) >= 2);
	assert_int_equal(lab->seen[1].last.failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_M04_a_gratuitous_arp_byte_by_byte),
	    LAB_TEST(test_V02_a_neighbour_advertisement_byte_by_byte),
	    LAB_TEST(test_an_announcement_leaves_where_the_address_is),
	    LAB_TEST(test_an_interface_without_hardware_address),
	    LAB_TEST(test_announcements_are_spread),
	    LAB_TEST(test_announcements_are_refreshed_until_release),
	    LAB_TEST(test_rounds_are_merged),
	    LAB_TEST(test_R02_an_address_that_comes_later),
	    LAB_TEST(test_no_announcement_when_none_is_configured),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
