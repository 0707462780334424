/*
 * Routes and rules as rtnetlink has them: a dump's message is told to be of what it was made from, and of
 * nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "vrrpd/parent/route_message.h"

#define NET(a, b, c, d) \
	{ \
		.family = ADDR_IPV4, .bytes = { a, b, c, d } \
	}

static const struct conf_route routes[] = {
    {.to = NET(0, 0, 0, 0), .table = 254},
    {.to = NET(0, 0, 0, 0), .table = 100},
    {.to = NET(0, 0, 0, 0), .table = 100, .metric = 5},
    {.to = NET(10, 0, 0, 0), .prefix_length = 8, .table = 254},
    {.to = NET(10, 0, 0, 0), .prefix_length = 9, .table = 254},
    {.to = NET(10, 1, 0, 0), .prefix_length = 9, .table = 254, .mtu = 1400, .onlink = 1},
    {.to = NET(10, 0, 0, 0), .prefix_length = 8, .table = 70000},
    {.to = {.family = ADDR_IPV6}, .table = 254, .metric = 1024},
    {.to = {.family = ADDR_IPV6, .bytes = {0x20, 1}},
	.prefix_length = 32,
	.table = 254,
	.metric = 7},
};

static const struct conf_rule rules[] = {
    {.family = ADDR_IPV4, .from = NET(192, 0, 2, 10), .from_length = 32, .table = 100},
    {.family = ADDR_IPV4, .from = NET(192, 0, 2, 10), .from_length = 31, .table = 100},
    {.family = ADDR_IPV4, .to = NET(192, 0, 2, 10), .to_length = 32, .table = 100},
    {.family = ADDR_IPV4, .to = NET(192, 0, 2, 10), .to_length = 32, .table = 1000},
    {.family = ADDR_IPV4, .mark = 16, .mask = 255, .table = 100},
    {.family = ADDR_IPV4, .mark = 0, .mask = 255, .table = 100},
    {.family = ADDR_IPV4, .incoming = "eth0", .table = 100},
    {.family = ADDR_IPV4, .outgoing = "eth0", .table = 100},
    {.family = ADDR_IPV6, .outgoing = "eth0", .table = 100},
    {.family = ADDR_IPV6, .outgoing = "eth1", .table = 100, .preference = 7},
};

static void
test_routes(void **state)
{
	_Alignas(8) char buf[ROUTE_MESSAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		struct nlmsghdr *nlh = route_message_add(buf, &routes[i], 3);
		struct rtmsg *route = mnl_nlmsg_get_payload(nlh);

		assert_true(route_message_is_ours(nlh));
		assert_false(rule_message_is_ours(nlh));
		for (size_t k = 0; k < sizeof(routes) / sizeof(routes[0]); k++)
			assert_int_equal(route_message_is_of(nlh, &routes[k]), i == k);
		route->rtm_protocol = RTPROT_STATIC;
		assert_false(route_message_is_ours(nlh));
	}
}

/* The kernel's own metric of an IPv6 route is 1024, and cannot be told from a configured one. */
static void
test_ipv6_metric(void **state)
{
	_Alignas(8) char buf[ROUTE_MESSAGE_SIZE];
	struct conf_route route = routes[7];

	(void)state;
	route.metric = 0;
	assert_true(route_message_is_of(route_message_add(buf, &routes[7], 0), &route));
	assert_true(route_message_is_of(route_message_remove(buf, &route), &routes[7]));
}

static void
test_rules(void **state)
{
	_Alignas(8) char buf[ROUTE_MESSAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct nlmsghdr *nlh = rule_message_add(buf, &rules[i], 7);

		assert_true(rule_message_is_ours(nlh));
		assert_false(route_message_is_ours(nlh));
		assert_int_equal(rule_message_preference(nlh), 7);
		for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++)
			assert_int_equal(rule_message_is_of(nlh, &rules[k]), i == k);
	}
	/* a configured preference is another rule, the kernel's choice is not */
	assert_false(rule_message_is_of(rule_message_add(buf, &rules[9], 8), &rules[9]));
	assert_true(rule_message_is_of(rule_message_add(buf, &rules[0], 8), &rules[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_routes),
	    cmocka_unit_test(test_ipv6_metric),
	    cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
