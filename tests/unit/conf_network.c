/*
 * common/conf_bounds.c: addresses, peers, routes and rules from a hostile sender.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/conf_lab.h"

static void
test_address(void **state)
{
	struct conf conf;
	struct conf_address next = good_address;
	struct conf_instance other = good_instance;
	int i;

	(void)state;
	REFUSED(CONF_ADDRESS, address, r.instance = 0);
	REFUSED(CONF_ADDRESS, address, r.instance = 2);
	REFUSED(CONF_ADDRESS, address, r.addr.family = ADDR_NONE);
	REFUSED(CONF_ADDRESS, address, r.addr.family = ADDR_IPV6);
	REFUSED(CONF_ADDRESS, address, r.addr.family = 255);
	REFUSED(CONF_ADDRESS, address, r.addr.bytes[4] = 1);
	REFUSED(CONF_ADDRESS, address, r.addr.bytes[15] = 1);
	REFUSED(CONF_ADDRESS, address, r.prefix_length = 0);
	REFUSED(CONF_ADDRESS, address, r.prefix_length = 33);
	REFUSED(CONF_ADDRESS, address, r.advertise = 2);
	REFUSED(CONF_ADDRESS, address, r.prefix_route = 2);
	REFUSED(CONF_ADDRESS, address, r.scope = 1);
	REFUSED(CONF_ADDRESS, address, r.scope = 255);
	REFUSED(CONF_ADDRESS, address, strcpy(r.device, "a/b"));
	REFUSED(CONF_ADDRESS, address, memset(r.device, 'a', sizeof(r.device)));
	REFUSED(CONF_ADDRESS, address, memset(r.label, 'a', sizeof(r.label)));
	REFUSED(CONF_ADDRESS, address, strcpy(r.label, "a b"));
	REFUSED(CONF_ADDRESS, address, strcpy(r.label, "\x1b"));
	REFUSED(CONF_ADDRESS, address,
	    (r.addr.family = ADDR_IPV6, r.advertise = 0, strcpy(r.label, "eth0:1")));
	ACCEPTED(CONF_ADDRESS, address, (r.addr.family = ADDR_IPV6, r.advertise = 0));
	ACCEPTED(CONF_ADDRESS, address,
	    (r.addr.family = ADDR_IPV6, r.advertise = 0, r.prefix_length = 128));
	ACCEPTED(CONF_ADDRESS, address, strcpy(r.label, "eth0:1"));
	ACCEPTED(CONF_ADDRESS, address, strcpy(r.device, "eth1"));
	ACCEPTED(CONF_ADDRESS, address, r.scope = 253);
	ACCEPTED(CONF_ADDRESS, address, (r.prefix_route = 0, r.advertise = 0));
	ACCEPTED(CONF_ADDRESS, address, r.prefix_length = 32);

	/* 255 of them, none twice, and none for an earlier instance afterwards. */
	fill_until(&conf, CONF_ADDRESS);
	other.id = 2;
	assert_int_equal(append(&conf, CONF_INSTANCE, &other), 0);
	for (i = 0; i < 255; i++) {
		next.addr.bytes[3] = (uint8_t)i;
		assert_int_equal(append(&conf, CONF_ADDRESS, &next), 0);
		assert_refused(&conf, CONF_ADDRESS, &next, "an address twice");
	}
	next.addr.bytes[3] = 255;
	assert_refused(&conf, CONF_ADDRESS, &next, "256 addresses");

	/* The same one on another device, and more that are not advertised, to a bound. */
	next.advertise = 0;
	next.addr.bytes[3] = 0;
	strcpy(next.device, "eth1");
	for (i = 255; i < CONF_ADDRESSES_MAX; i++) {
		next.addr.bytes[2] = (uint8_t)(i >> 8);
		next.addr.bytes[3] = (uint8_t)i;
		assert_int_equal(append(&conf, CONF_ADDRESS, &next), 0);
	}
	next.addr.bytes[0] = 10;
	assert_refused(&conf, CONF_ADDRESS, &next, "4097 addresses");
	next.instance = 2;
	assert_int_equal(append(&conf, CONF_ADDRESS, &next), 0);
	next.instance = 1;
	assert_refused(&conf, CONF_ADDRESS, &next, "back to an earlier instance");
	conf_free(&conf);
}

static void
test_peer(void **state)
{
	struct conf conf;
	struct conf_peer next = good_peer;
	struct conf_instance other = good_instance;
	size_t count;

	(void)state;
	REFUSED(CONF_PEER, peer, r.instance = 0);
	REFUSED(CONF_PEER, peer, r.instance = 2);
	REFUSED(CONF_PEER, peer, r.addr.family = ADDR_NONE);
	REFUSED(CONF_PEER, peer, r.addr.family = ADDR_IPV6);
	REFUSED(CONF_PEER, peer, r.addr.bytes[4] = 1);
	ACCEPTED(CONF_PEER, peer, r.min_ttl = 255);

	fill_until(&conf, CONF_PEER);
	other.id = 4;
	assert_int_equal(append(&conf, CONF_INSTANCE, &other), 0);
	assert_int_equal(append(&conf, CONF_PEER, &next), 0);
	next.addr.bytes[3] = 3;
	assert_int_equal(append(&conf, CONF_PEER, &next), 0);
	next.instance = 4;
	assert_int_equal(append(&conf, CONF_PEER, &next), 0);
	next.instance = 1;
	assert_refused(&conf, CONF_PEER, &next, "back to an earlier instance");
	assert_ptr_equal(conf_find_peers(&conf, 1, &count), &conf.peer[0]);
	assert_int_equal(count, 2);
	assert_ptr_equal(conf_find_peers(&conf, 4, &count), &conf.peer[2]);
	assert_int_equal(count, 1);
	assert_null(conf_find_peers(&conf, 2, &count));
	assert_int_equal(count, 0);
	conf_free(&conf);
}

static void
test_route(void **state)
{
	static const struct addr ipv4 = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}};
	static const struct addr ipv6 = {.family = ADDR_IPV6, .bytes = {0xfe, 0x80, [15] = 1}};

	(void)state;
	REFUSED(CONF_ROUTE, route, r.instance = 0);
	REFUSED(CONF_ROUTE, route, r.instance = 2);
	REFUSED(CONF_ROUTE, route, r.to.family = ADDR_NONE);
	REFUSED(CONF_ROUTE, route, r.to.bytes[5] = 1);
	REFUSED(CONF_ROUTE, route, r.prefix_length = 33);
	REFUSED(CONF_ROUTE, route, r.via = ipv6);
	REFUSED(CONF_ROUTE, route, r.source = ipv6);
	REFUSED(CONF_ROUTE, route, r.type = CONF_ROUTE_COUNT);
	REFUSED(CONF_ROUTE, route, r.scope = 1);
	REFUSED(CONF_ROUTE, route, r.onlink = 1);
	REFUSED(CONF_ROUTE, route, (r.via = ipv4, r.onlink = 2));
	REFUSED(CONF_ROUTE, route, r.table = 0);
	REFUSED(CONF_ROUTE, route, r.mtu = CONF_MTU_MAX + 1);
	REFUSED(CONF_ROUTE, route, strcpy(r.device, "a b"));
	REFUSED(CONF_ROUTE, route, (r.type = CONF_ROUTE_BLACKHOLE, r.via = ipv4));
	REFUSED(CONF_ROUTE, route, (r.type = CONF_ROUTE_PROHIBIT, r.source = ipv4));
	REFUSED(CONF_ROUTE, route, (r.type = CONF_ROUTE_UNREACHABLE, strcpy(r.device, "eth0")));
	REFUSED(CONF_ROUTE, route, (r.type = CONF_ROUTE_UNREACHABLE, r.mtu = 1400));
	ACCEPTED(CONF_ROUTE, route, r.type = CONF_ROUTE_BLACKHOLE);
	ACCEPTED(CONF_ROUTE, route, (r.via = ipv4, r.source = ipv4, r.onlink = 1, r.mtu = 1400));
	ACCEPTED(CONF_ROUTE, route, (r.to = ipv6, r.prefix_length = 128, r.via = ipv6));
	ACCEPTED(CONF_ROUTE, route, (r.table = UINT32_MAX, r.metric = UINT32_MAX));
	ACCEPTED(CONF_ROUTE, route, (r.scope = 255, r.prefix_length = 0));
	ACCEPTED(CONF_ROUTE, route, strcpy(r.device, "eth0"));
}

static void
test_rule(void **state)
{
	static const struct addr ipv4 = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}};

	(void)state;
	REFUSED(CONF_RULE, rule, r.instance = 0);
	REFUSED(CONF_RULE, rule, r.instance = 2);
	REFUSED(CONF_RULE, rule, r.family = ADDR_NONE);
	REFUSED(CONF_RULE, rule, (r.from = ipv4, r.from_length = 33));
	REFUSED(CONF_RULE, rule, (r.to = ipv4, r.to_length = 33));
	REFUSED(CONF_RULE, rule, r.from_length = 1);
	REFUSED(CONF_RULE, rule, r.to_length = 1);
	REFUSED(CONF_RULE, rule, (r.from = ipv4, r.family = ADDR_IPV6));
	REFUSED(CONF_RULE, rule, (r.to = ipv4, r.to.bytes[4] = 1));
	REFUSED(CONF_RULE, rule, r.table = 0);
	REFUSED(CONF_RULE, rule, r.preference = CONF_PREFERENCE_MAX + 1);
	REFUSED(CONF_RULE, rule, r.mark = 1);
	REFUSED(CONF_RULE, rule, (r.mark = 3, r.mask = 2));
	REFUSED(CONF_RULE, rule, strcpy(r.incoming, "a/b"));
	REFUSED(CONF_RULE, rule, memset(r.outgoing, 'a', sizeof(r.outgoing)));
	ACCEPTED(CONF_RULE, rule, (r.from = ipv4, r.from_length = 32, r.to = ipv4));
	ACCEPTED(CONF_RULE, rule, (r.mark = 2, r.mask = 3));
	ACCEPTED(CONF_RULE, rule, (strcpy(r.incoming, "eth0"), strcpy(r.outgoing, "eth1")));
	ACCEPTED(CONF_RULE, rule, r.family = ADDR_IPV6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_peer),
	    cmocka_unit_test(test_route),
	    cmocka_unit_test(test_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
