/*
 * The ledger of addresses against a real kernel: taken, released, adopted, foreign, put back.
 */
#include "tests/netns/kernel_lab.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#define VIP "192.0.2.10"
#define VIP2 "192.0.2.11"

/* An open lab with one instance of these two addresses. */
static struct lab *
open_pair(struct lab *lab, uint8_t priority)
{
	uint32_t id = lab_add_instance(lab, priority);

	lab_add_address(lab, id, VIP, 24);
	lab_add_address(lab, id, VIP2, 32);
	lab_open(lab);
	return lab;
}

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

static void
test_addresses_come_and_go(void **state)
{
	struct lab *lab = open_pair(*state, 100);

	assert_int_equal(lab_count_marked("v0"), 0);
	acquire(lab, 1, 7);
	assert_int_equal(lab->seen[1].answer.installed, 2);
	assert_int_equal(lab->seen[1].answer.failed, 0);
	assert_int_equal(lab_ask("v0", VIP).prefix_length, 24);
	assert_int_equal(lab_ask("v0", VIP2).prefix_length, 32);
	assert_int_equal(lab_count_marked("v0"), 2);
	assert_true(address_is_wanted(lab->ledger, 1));
	LAB_WAIT_UNTIL(
	    lab, lab_count_announcements(lab, VIP) == 1 && lab_count_announcements(lab, VIP2) == 1);

	release(lab, 1, 8);
	assert_int_equal(lab->seen[1].answer.installed, 0);
	assert_int_equal(lab_count_marked("v0"), 0);
	assert_int_equal(lab_ask("v0", "192.0.2.1").count, 1);
	assert_false(address_is_wanted(lab->ledger, 1));
	assert_int_equal(lab->seen[1].last.restored, 0);
}

/* What the daemon itself removed a moment ago is not "removed by somebody else". */
static void
test_the_newest_request_wins(void **state)
{
	struct lab *lab = open_pair(*state, 100);

	for (uint32_t sequence = 1; sequence < 10; sequence += 2) {
		acquire(lab, 1, sequence);
		address_release(lab->ledger, 1, sequence + 1);
		if (sequence % 4 == 1) /* the release is carried out, what it brings is not read */
			event_base_loop(lab->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		address_acquire(lab->ledger, 1, sequence + 100);
		LAB_WAIT_UNTIL(lab, lab->seen[1].answer.sequence == sequence + 100);
		lab_run_for(lab, 5);
		assert_int_equal(lab_count_marked("v0"), 2);
		assert_int_equal(lab->seen[1].last.installed, 2);
		assert_int_equal(lab->seen[1].last.restored, 0);
	}
}

static void
test_leftovers_are_adopted(void **state)
{
	struct lab *crashed = open_pair(*state, 100), *lab;

	acquire(crashed, 1, 1);
	lab = open_pair(lab_create(), 100);
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_marked("v0"), 2); /* kept until it is known who is master */
	assert_false(address_is_wanted(lab->ledger, 1));

	acquire(lab, 1, 5);
	assert_int_equal(lab->seen[1].answer.installed, 2);
	assert_int_equal(lab->seen[1].answer.foreign, 0);
	assert_int_equal(lab->seen[1].answer.failed, 0);
	LAB_WAIT_UNTIL(
	    lab, lab_count_announcements(lab, VIP) == 1 && lab_count_announcements(lab, VIP2) == 1);
	release(lab, 1, 6);
	assert_int_equal(lab_count_marked("v0"), 0);
}

static void
test_leftovers_are_released(void **state)
{
	struct lab *crashed = open_pair(*state, 100), *lab;

	acquire(crashed, 1, 1);
	lab = open_pair(lab_create(), 100);
	release(lab, 1, 1);
	assert_int_equal(lab_count_marked("v0"), 0);
}

/* With another prefix length it is another address to the kernel: nothing of it may stay. */
static void
test_leftovers_of_an_older_configuration_go(void **state)
{
	struct lab *crashed = *state, *lab = lab_create();
	uint32_t id = lab_add_instance(crashed, 100);

	lab_command("ip address add 192.0.2.50/24 dev v0"); /* the operator's */
	lab_add_address(crashed, id, VIP, 32);
	lab_add_address(crashed, id, "192.0.2.99", 24);
	lab_open(crashed);
	acquire(crashed, 1, 1);
	assert_int_equal(lab_count_marked("v0"), 2);

	open_pair(lab, 100);
	lab_run_for(lab, 20);
	assert_int_equal(lab_count_marked("v0"), 0);
	assert_int_equal(lab_ask("v0", "192.0.2.50").count, 1);
	acquire(lab, 1, 1);
	assert_int_equal(lab_ask("v0", VIP).count, 1);
	assert_int_equal(lab_ask("v0", VIP).prefix_length, 24);
	release(lab, 1, 2);
	assert_int_equal(lab_ask("v0", VIP).count, 0);
}

static void
test_foreign_addresses_stay(void **state)
{
	struct lab *lab = *state;
	struct addr vip;

	addr_parse(VIP, &vip);
	lab_command("ip address add " VIP "/24 dev v0");
	open_pair(lab, 100);
	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.installed, 1);
	assert_int_equal(lab->seen[1].answer.foreign, 1);
	assert_int_equal(lab->seen[1].answer.failed, 0);
	assert_true(addr_equal(&lab->seen[1].answer.first_foreign, &vip));
	release(lab, 1, 2);
	assert_int_equal(lab_ask("v0", VIP).count, 1);
	assert_int_equal(lab_ask("v0", VIP).proto, 0);
	assert_int_equal(lab_ask("v0", VIP2).count, 0);
}

static void
test_a_removed_address_is_put_back(void **state)
{
	struct lab *lab = open_pair(*state, 100);
	unsigned answers;

	acquire(lab, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP) == 1);
	answers = lab->seen[1].answers;
	lab_command("ip address del " VIP "/24 dev v0");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.restored == 1);
	assert_int_equal(lab->seen[1].last.sequence, 0);
	assert_int_equal(lab->seen[1].last.installed, 2);
	assert_int_equal(lab_ask("v0", VIP).proto, 112);
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, VIP) == 2);
	lab_run_for(lab, 50);
	assert_int_equal(lab->seen[1].last.restored, 1);
	assert_int_equal(lab->seen[1].answers, answers);
}

static void
test_a_flush_is_made_good_at_once(void **state)
{
	struct lab *lab = *state;
	char text[32];
	mono_t begin;

	lab_add_instance(lab, 100);
	for (unsigned i = 1; i <= 200; i++) {
		snprintf(text, sizeof(text), "10.1.0.%u", i);
		lab_add_address(lab, 1, text, 32);
	}
	lab_open(lab);
	acquire(lab, 1, 1);
	lab_command("ip address flush dev v0 to 10.1.0.0/24");
	begin = clock_now();
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.restored == 200);
	assert_true(mono_since(clock_now(), begin) < 700 * NS_PER_MS);
	assert_int_equal(lab_count_marked("v0"), 200);
	assert_int_equal(lab->seen[1].last.installed, 200);
}

/* Removed and added again by a tool: theirs now, to be kept, and nothing is counted as put back. */
static void
test_an_address_taken_over_by_the_operator(void **state)
{
	struct lab *lab = open_pair(*state, 100);

	acquire(lab, 1, 1);
	lab_command("ip address del " VIP "/24 dev v0 && ip address add " VIP "/24 dev v0");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.foreign == 1);
	assert_int_equal(lab->seen[1].last.restored, 0);
	assert_int_equal(lab->seen[1].last.failed, 0);
	release(lab, 1, 2);
	assert_int_equal(lab_ask("v0", VIP).count, 1);
}

static void
test_a_second_prefix_length_beside_ours(void **state)
{
	struct lab *lab = open_pair(*state, 100);

	acquire(lab, 1, 1);
	lab_command("ip address add " VIP "/16 dev v0");
	lab_run_for(lab, 20);
	lab_command("ip address del " VIP "/16 dev v0");
	lab_run_for(lab, 20);
	assert_int_equal(lab->seen[1].last.installed, 2);
	assert_int_equal(lab->seen[1].last.failed, 0);
	assert_int_equal(lab->seen[1].last.restored, 0);
	lab_command("ip address add " VIP "/16 dev v0");
	release(lab, 1, 2);
	assert_int_equal(lab_ask("v0", VIP).count, 1);
	assert_int_equal(lab_ask("v0", VIP).prefix_length, 16);
}

/* Another program that removes it all the time: neither gives up, and neither eats the machine. */
static void
test_a_fight_is_fought_slowly(void **state)
{
	struct lab *lab = open_pair(*state, 100);
	mono_t end;

	acquire(lab, 1, 1);
	end = mono_add(clock_now(), 1000 * NS_PER_MS);
	while (!mono_reached(end, clock_now())) {
		if (lab_ask("v0", VIP).count != 0)
			lab_command("ip address del " VIP "/24 dev v0");
		lab_run_for(lab, 2);
	}
	assert_in_range(lab->seen[1].last.restored, 5, 30);
	LAB_WAIT_UNTIL(lab, lab_ask("v0", VIP).proto == 112);
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2);
}

/* Events that were lost are made up for by the next dump. */
static void
test_a_dump_repairs(void **state)
{
	struct lab *lab = open_pair(*state, 100);

	acquire(lab, 1, 1);
	lab_run_for(lab, 20);
	lab_command("ip address del " VIP "/24 dev v0");
	assert_int_equal(netlink_dump(lab->netlink), 0);
	LAB_WAIT_UNTIL(lab, lab_ask("v0", VIP).proto == 112);
	lab_run_for(lab, 20);
	assert_int_equal(lab->seen[1].last.restored, 1);
	assert_int_equal(lab->seen[1].last.installed, 2);
	assert_int_equal(lab->seen[1].last.failed, 0);
}

static void
test_an_interface_is_created_again(void **state)
{
	struct lab *lab = open_pair(*state, 100);
	uint32_t before;

	acquire(lab, 1, 1);
	before = lab->link.ifindex;
	lab_command("ip link del v0");
	LAB_WAIT_UNTIL(lab, lab->link.ifindex == 0);
	assert_int_equal(lab->link.up, 0);
	assert_false(addr_is_set(&lab->source.addr));
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 2);
	assert_int_equal(lab->seen[1].last.error, ENODEV);

	lab_cable("v0", "v1");
	lab_command("ip address add 192.0.2.1/24 dev v0");
	LAB_WAIT_UNTIL(lab, lab->link.up == 1 && lab->link.ifindex != before);
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2);
	LAB_WAIT_UNTIL(lab, addr_is_set(&lab->source.addr));
	assert_int_equal(lab_count_marked("v0"), 2);
	release(lab, 1, 2);
	assert_int_equal(lab_count_marked("v0"), 0);
}

static void
test_an_interface_is_renamed(void **state)
{
	struct lab *lab = open_pair(*state, 100);

	acquire(lab, 1, 1);
	lab_command("ip link set v0 down && ip link set v0 name w0 && ip link set w0 up");
	LAB_WAIT_UNTIL(lab, lab->link.ifindex == 0);
	lab_command("ip link set w0 down && ip link set w0 name v0 && ip link set v0 up");
	LAB_WAIT_UNTIL(lab, lab->link.up == 1 && addr_is_set(&lab->source.addr));
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.installed == 2);
	release(lab, 1, 2);
	assert_int_equal(lab_count_marked("v0"), 0);
}

static void
test_O01_an_owner_s_addresses_are_not_touched(void **state)
{
	struct lab *lab = *state;

	lab_command("ip address add " VIP "/24 dev v0");
	open_pair(lab, 255);
	address_report(lab->ledger);
	assert_int_equal(lab->seen[1].last.failed, 1);
	assert_int_equal(lab->seen[1].last.error, EADDRNOTAVAIL);
	lab_command("ip address add " VIP2 "/32 dev v0");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 0);
	assert_int_equal(lab->seen[1].last.sequence, 0);

	lab_command("ip address add " VIP "/25 dev v0 && ip address del " VIP "/24 dev v0");
	lab_run_for(lab, 20);
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 0);

	acquire(lab, 1, 1);
	assert_int_equal(lab->seen[1].answer.failed, 0);
	assert_int_equal(lab->seen[1].answer.installed, 0);
	LAB_WAIT_UNTIL(
	    lab, lab_count_announcements(lab, VIP) == 1 && lab_count_announcements(lab, VIP2) == 1);
	lab_command("ip address del " VIP2 "/32 dev v0");
	LAB_WAIT_UNTIL(lab, lab->seen[1].last.failed == 1);
	lab_run_for(lab, 50);
	assert_int_equal(lab_ask("v0", VIP2).count, 0);
	release(lab, 1, 2);
	assert_int_equal(lab_ask("v0", VIP).count, 1);
	assert_int_equal(lab_count_marked("v0"), 0);
}

/* An address that is virtual is not sent from, whoever put it there; an owner's is, for want of
 * another. */
static void
test_a_virtual_address_is_no_source(void **state)
{
	struct lab *lab = *state, *owner;
	struct addr vip, base;

	addr_parse(VIP, &vip);
	addr_parse("10.0.0.1", &base);
	lab_command("ip address flush dev v0 && ip address add " VIP "/24 dev v0");
	open_pair(lab, 100);
	links_report(lab->links);
	assert_false(addr_is_set(&lab->source.addr));
	owner = open_pair(lab_create(), 255);
	links_report(owner->links);
	assert_true(addr_equal(&owner->source.addr, &vip));
	lab_command("ip address add 10.0.0.1/8 dev v0");
	LAB_WAIT_UNTIL(lab, addr_equal(&lab->source.addr, &base));
	LAB_WAIT_UNTIL(owner, addr_equal(&owner->source.addr, &base));
}

/* Our virtual address is nobody's source; another prefix length is no loss of the source. */
static void
test_the_source_address(void **state)
{
	struct lab *lab = *state;
	struct addr base, other;
	unsigned changes;

	addr_parse("192.0.2.1", &base);
	addr_parse("10.0.0.1", &other);
	lab_command("ip address flush dev v0");
	open_pair(lab, 100);
	links_report(lab->links);
	assert_false(addr_is_set(&lab->source.addr));
	acquire(lab, 1, 1);
	assert_false(addr_is_set(&lab->source.addr));
	release(lab, 1, 2);

	lab_command("ip address add 203.0.113.9/24 dev v0 scope host");
	lab_command("ip address add 192.0.2.1/24 dev v0");
	LAB_WAIT_UNTIL(lab, addr_equal(&lab->source.addr, &base));
	lab_command("ip address add 10.0.0.1/8 dev v0");
	changes = lab->source_changes;
	lab_command("ip address add 192.0.2.1/25 dev v0 && ip address del 192.0.2.1/24 dev v0");
	lab_run_for(lab, 50);
	assert_true(addr_is_set(&lab->source.addr));
	assert_in_range(lab->source_changes - changes, 0, 1);
	lab_command("ip address del 192.0.2.1/25 dev v0");
	LAB_WAIT_UNTIL(lab, addr_equal(&lab->source.addr, &other));
	lab_command("ip address del 10.0.0.1/8 dev v0");
	LAB_WAIT_UNTIL(lab, !addr_is_set(&lab->source.addr));
}

/* 500 addresses: in slices, adverts going out between them, each request answered once it is
 * complete. */
static void
test_E02_many_addresses_in_slices(void **state)
{
	struct lab *lab = *state;
	size_t between = 0, garps = 0;
	char text[32];

	for (unsigned i = 0; i < 2; i++)
		lab_add_instance(lab, 100);
	for (unsigned i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u", i / 250, i % 250 + 1);
		lab_add_address(lab, i / 250 + 1, text, 32);
	}
	lab_open(lab);
	lab->advertise = 1;
	address_acquire(lab->ledger, 1, 11);
	address_acquire(lab->ledger, 2, 12);
	LAB_WAIT_UNTIL(lab, lab->seen[1].answers != 0 && lab->seen[2].answers != 0);
	assert_int_equal(lab_count_marked("v0"), 500);
	lab_run_for(lab, 50);
	for (uint32_t id = 1; id <= 2; id++) {
		assert_int_equal(lab->seen[id].answers, 1);
		assert_int_equal(lab->seen[id].answer.sequence, 10 + id);
		assert_int_equal(lab->seen[id].answer.installed, 250);
		assert_int_equal(lab->seen[id].answer.failed, 0);
		assert_int_equal(lab->seen[id].last.restored, 0);
	}
	assert_true(lab->seen[2].last_turn - lab->seen[1].first_turn >= 3);
	assert_int_equal(lab_count_announcements(lab, NULL), 500);
	for (size_t i = 0; i < lab->frame_count && garps < 500; i++) {
		garps += lab_is_announcement(&lab->frame[i], NULL);
		between += garps > 0 && lab_is_advert(&lab->frame[i], 1);
	}
	assert_true(between >= 2);
	lab->advertise = 0;
	address_release_all(lab->ledger);
	assert_int_equal(lab_count_marked("v0"), 0);
	lab_run_for(lab, 50);
	assert_int_equal(lab_count_marked("v0"), 0);
}

/* Many instances of a few addresses are no longer a slice than a few of many. */
static void
test_many_instances_in_slices(void **state)
{
	struct lab *lab = *state;
	unsigned last = 0;
	char text[32];

	for (unsigned i = 1; i <= 250; i++) {
		uint32_t id = lab_add_instance(lab, 100);

		for (unsigned k = 0; k < 4; k++) {
			snprintf(text, sizeof(text), "10.1.%u.%u", k, i);
			lab_add_address(lab, id, text, 32);
		}
	}
	lab_open(lab);
	for (uint32_t id = 1; id <= 250; id++)
		address_acquire(lab->ledger, id, 1);
	LAB_WAIT_UNTIL(lab, lab->seen[250].answers == 1);
	for (uint32_t id = 1; id <= 250; id++) {
		assert_int_equal(lab->seen[id].answer.installed, 4);
		last = lab->seen[id].last_turn;
	}
	assert_true(last - lab->seen[1].first_turn >= 2);
}

/* As an event of ours tells of each address while the work goes on: no answer before its end. */
static void
test_no_answer_before_the_work_is_done(void **state)
{
	struct lab *lab = *state;
	char text[32];

	lab_add_instance(lab, 100);
	for (unsigned i = 0; i < 250; i++) {
		snprintf(text, sizeof(text), "10.1.0.%u", i + 1);
		lab_add_address(lab, 1, text, 32);
	}
	lab_instance(lab, 1)->announce_repeat = 2;
	lab_open(lab);
	lab->seen[1].told = 0;
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab->seen[1].answers == 1);
	assert_int_equal(lab_count_marked("v0"), 250);
	assert_int_equal(lab->seen[1].answer.installed, 250);
	assert_int_equal(lab->seen[1].told, 1);
	/* and the round that follows the work was begun */
	LAB_WAIT_UNTIL(lab, lab_count_announcements(lab, NULL) == 500);
	release(lab, 1, 2);
	assert_int_equal(lab->seen[1].answers, 2);
	assert_int_equal(lab_count_marked("v0"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_addresses_come_and_go),
	    LAB_TEST(test_the_newest_request_wins),
	    LAB_TEST(test_leftovers_are_adopted),
	    LAB_TEST(test_leftovers_are_released),
	    LAB_TEST(test_leftovers_of_an_older_configuration_go),
	    LAB_TEST(test_foreign_addresses_stay),
	    LAB_TEST(test_a_removed_address_is_put_back),
	    LAB_TEST(test_a_flush_is_made_good_at_once),
	    LAB_TEST(test_an_address_taken_over_by_the_operator),
	    LAB_TEST(test_a_second_prefix_length_beside_ours),
	    LAB_TEST(test_a_fight_is_fought_slowly),
	    LAB_TEST(test_a_dump_repairs),
	    LAB_TEST(test_an_interface_is_created_again),
	    LAB_TEST(test_an_interface_is_renamed),
	    LAB_TEST(test_O01_an_owner_s_addresses_are_not_touched),
	    LAB_TEST(test_a_virtual_address_is_no_source),
	    LAB_TEST(test_the_source_address),
	    LAB_TEST(test_E02_many_addresses_in_slices),
	    LAB_TEST(test_many_instances_in_slices),
	    LAB_TEST(test_no_answer_before_the_work_is_done),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
