/*
 * What interfaces of virtual MACs are called, and the MACs (RFC 9568 7.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrpd/conf/vmac_name.h"
#include "vrrpd/parent/vmac_mac.h"

#define INSTANCE(id_, interface_, vrid_, family_) \
	{ \
		.id = id_, .interface = interface_, .vrid = vrid_, .family = family_, \
		.virtual_mac = 1 \
	}

#define MAX 8
static const struct conf_instance all[MAX] = {
    INSTANCE(1, "eth0", 51, ADDR_IPV4),
    INSTANCE(2, "eth0", 51, ADDR_IPV6),
    INSTANCE(3, "eth0", 255, ADDR_IPV4),
    INSTANCE(4, "eth10", 255, ADDR_IPV4),
    INSTANCE(5, "enp129s0f0.1000", 255, ADDR_IPV4),
    INSTANCE(6, "enp129s0f0.1001", 255, ADDR_IPV4),
    INSTANCE(7, "eth1.20", 7, ADDR_IPV4),
    INSTANCE(8, "eth1.21", 7, ADDR_IPV4),
};
static const char *const names[] = {"vrrp4-51", "vrrp6-51", "vrrp4-255-eth0", "vrrp4-255-eth10",
    NULL, NULL, "vrrp4-7-eth1.20", "vrrp4-7-eth1.21"};

/* Some instances, by place in all, and the names they get. */
struct set {
	struct conf_instance instance[MAX];
	struct conf conf;
};

static void
set_init(struct set *set, size_t count, const size_t *places)
{
	for (size_t i = 0; i < count; i++)
		set->instance[i] = all[places[i]];
	set->conf = (struct conf){.instance = set->instance, .instance_count = count};
}

static const struct conf nothing;

static void
test_names(void **state)
{
	static const size_t places[] = {0, 1, 2, 3, 4, 5, 6, 7};
	const char *name;
	struct set set;

	(void)state;
	set_init(&set, MAX, places);
	vmac_name_instances(&nothing, &set.conf);
	for (size_t i = 0; i < MAX; i++) {
		name = set.instance[i].virtual_interface;
		if (names[i] != NULL)
			assert_string_equal(name, names[i]);
		assert_true(conf_interface_is_valid(name));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(name, set.instance[k].virtual_interface);
	}
	assert_int_equal(strlen(set.instance[4].virtual_interface), 15);
	assert_memory_equal(set.instance[4].virtual_interface, "vrrp4-255-", 10);
}

/* One without a virtual MAC has no such interface, and does not count. */
static void
test_only_virtual_macs_count(void **state)
{
	static const size_t places[] = {6, 7};
	struct set set;

	(void)state;
	set_init(&set, 2, places);
	set.instance[0].virtual_mac = 0;
	vmac_name_instances(&nothing, &set.conf);
	assert_string_equal(set.instance[0].virtual_interface, "");
	assert_string_equal(set.instance[1].virtual_interface, "vrrp4-7");
}

/* Who else is configured does not matter to one that is named. */
static void
test_names_stay(void **state)
{
	static const size_t one[] = {6}, two[] = {6, 7}, other[] = {7};
	struct set first, second, third;

	(void)state;
	set_init(&first, 1, one);
	vmac_name_instances(&nothing, &first.conf);
	set_init(&second, 2, two);
	vmac_name_instances(&first.conf, &second.conf);
	assert_string_equal(second.instance[0].virtual_interface, "vrrp4-7");
	assert_string_equal(second.instance[1].virtual_interface, "vrrp4-7-eth1.21");
	set_init(&third, 1, other);
	vmac_name_instances(&second.conf, &third.conf);
	assert_string_equal(third.instance[0].virtual_interface, "vrrp4-7-eth1.21");
}

/* One that speaks elsewhere or as another router is another interface. */
static void
test_names_change_with_their_meaning(void **state)
{
	static const size_t one[] = {0};
	struct set before, after;

	(void)state;
	set_init(&before, 1, one);
	strcpy(before.instance[0].virtual_interface, "vrrp4-51-eth0");
	set_init(&after, 1, one);
	vmac_name_instances(&before.conf, &after.conf);
	assert_string_equal(after.instance[0].virtual_interface, "vrrp4-51-eth0");
	strcpy(after.instance[0].interface, "eth1");
	vmac_name_instances(&before.conf, &after.conf);
	assert_string_equal(after.instance[0].virtual_interface, "vrrp4-51");
	set_init(&after, 1, one);
	after.instance[0].vrid = 52;
	vmac_name_instances(&before.conf, &after.conf);
	assert_string_equal(after.instance[0].virtual_interface, "vrrp4-52");
	set_init(&after, 1, one);
	after.instance[0].family = ADDR_IPV6;
	vmac_name_instances(&before.conf, &after.conf);
	assert_string_equal(after.instance[0].virtual_interface, "vrrp6-51");
	set_init(&after, 1, one);
	after.instance[0].id = 9;
	vmac_name_instances(&before.conf, &after.conf);
	assert_string_equal(after.instance[0].virtual_interface, "vrrp4-51");
}

/* The names of those that are retiring are not given to others, however many there are. */
static void
test_retiring_names_are_taken(void **state)
{
	static const size_t places[] = {0, 0, 0};
	struct set set;

	(void)state;
	set_init(&set, 3, places);
	set.instance[0].retiring = set.instance[1].retiring = 1;
	strcpy(set.instance[0].virtual_interface, "vrrp4-51");
	set.instance[1].id = 9;
	strcpy(set.instance[1].virtual_interface, "vrrp4-51-eth1");
	set.instance[2].id = 10;
	vmac_name_instances(&nothing, &set.conf);
	assert_string_equal(set.instance[0].virtual_interface, "vrrp4-51");
	assert_string_equal(set.instance[1].virtual_interface, "vrrp4-51-eth1");
	assert_string_equal(set.instance[2].virtual_interface, "vrrp4-51-eth0");
	strcpy(set.instance[1].virtual_interface, "vrrp4-51-eth0");
	vmac_name_instances(&nothing, &set.conf);
	assert_memory_equal(set.instance[2].virtual_interface, "vrrp4-51-", 9);
	assert_int_equal(strlen(set.instance[2].virtual_interface), 14);
	assert_string_not_equal(set.instance[2].virtual_interface, "vrrp4-51-eth0");
}

static void
test_m01_macs(void **state)
{
	static const uint8_t ipv4[VMAC_SIZE] = {0, 0, 0x5e, 0, 1, 51},
			     ipv6[VMAC_SIZE] = {0, 0, 0x5e, 0, 2, 51};
	uint8_t mac[VMAC_SIZE];

	(void)state;
	vmac_make(&all[0], mac);
	assert_memory_equal(mac, ipv4, VMAC_SIZE);
	vmac_make(&all[1], mac);
	assert_memory_equal(mac, ipv6, VMAC_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_only_virtual_macs_count),
	    cmocka_unit_test(test_names_stay),
	    cmocka_unit_test(test_names_change_with_their_meaning),
	    cmocka_unit_test(test_retiring_names_are_taken),
	    cmocka_unit_test(test_m01_macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
