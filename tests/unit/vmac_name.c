/*
 * What interfaces of virtual MACs are called, and the MACs (RFC 9568 7.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrpd/parent/vmac_name.h"

#define INSTANCE(interface_, vrid_, family_) \
	{ \
		.interface = interface_, .vrid = vrid_, .family = family_, .virtual_mac = 1 \
	}

static struct conf_instance instances[] = {
    INSTANCE("eth0", 51, ADDR_IPV4),
    INSTANCE("eth0", 51, ADDR_IPV6),
    INSTANCE("eth0", 255, ADDR_IPV4),
    INSTANCE("eth10", 255, ADDR_IPV4),
    INSTANCE("enp129s0f0.1000", 255, ADDR_IPV4),
    INSTANCE("enp129s0f0.1001", 255, ADDR_IPV4),
    INSTANCE("eth1.20", 7, ADDR_IPV4),
    INSTANCE("eth1.21", 7, ADDR_IPV4),
};
static const char *const names[] = {"vrrp4-51", "vrrp6-51", "vrrp4-255-eth0", "vrrp4-255-eth10",
    NULL, NULL, "vrrp4-7-eth1.20", "vrrp4-7-eth1.21"};
#define INSTANCES (sizeof(instances) / sizeof(instances[0]))

static const struct conf conf = {.instance = instances, .instance_count = INSTANCES};

static void
test_names(void **state)
{
	char name[INSTANCES][CONF_IFNAME_MAX];

	(void)state;
	for (size_t i = 0; i < INSTANCES; i++) {
		vmac_format_name(&conf, &instances[i], name[i]);
		if (names[i] != NULL)
			assert_string_equal(name[i], names[i]);
		assert_true(conf_interface_is_valid(name[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(name[i], name[k]);
	}
	assert_int_equal(strlen(name[4]), 15);
	assert_memory_equal(name[4], "vrrp4-255-", 10);
}

/* Who else is configured does not matter, but for whether there is one. */
static void
test_names_stay(void **state)
{
	struct conf_instance fewer[] = {instances[5], instances[2]};
	const struct conf less = {.instance = fewer, .instance_count = 2};
	char name[CONF_IFNAME_MAX], before[CONF_IFNAME_MAX];

	(void)state;
	vmac_format_name(&conf, &instances[5], before);
	vmac_format_name(&less, &fewer[0], name);
	assert_string_equal(name, before);
	fewer[1].virtual_mac = 0;
	vmac_format_name(&less, &fewer[0], name);
	assert_string_equal(name, "vrrp4-255");
}

static void
test_m01_macs(void **state)
{
	static const uint8_t ipv4[VMAC_SIZE] = {0, 0, 0x5e, 0, 1, 51},
			     ipv6[VMAC_SIZE] = {0, 0, 0x5e, 0, 2, 51};
	uint8_t mac[VMAC_SIZE];

	(void)state;
	vmac_make(&instances[0], mac);
	assert_memory_equal(mac, ipv4, VMAC_SIZE);
	vmac_make(&instances[1], mac);
	assert_memory_equal(mac, ipv6, VMAC_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_names_stay),
	    cmocka_unit_test(test_m01_macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
