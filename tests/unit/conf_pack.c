/*
 * vrrpd/conf/pack.c: what the config role packs is what is written, and what the other processes
 * accept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "common/msg.h"
#include "tests/unit/conf_text_lab.h"

static void
assert_addr(const struct addr *a, const char *text)
{
	char buffer[ADDR_TEXT_MAX];

	assert_string_equal(addr_format(a, buffer), text);
}

/* Identical commands are one record, each user one runner; all of it passes conf_append(). */
static void
test_commands(void **state)
{
	const char *argv[2], *envp[2], *writable[2];
	struct conf conf;

	(void)state;
	load("version: 1\n"
	     "global: {router-name: fw1}\n"
	     "defaults: {interface: eth0, notify: [/bin/true, x]}\n"
	     "checks:\n"
	     "  a: {command: [/bin/true, x], timeout: 60s, sandbox: standard}\n"
	     "  b: {command: /bin/false, run-as: other, environment: {A: 1}, writable: [/srv]}\n"
	     "instances:\n"
	     "  web: {vrid: 1, addresses: [192.0.2.1/24, 192.0.2.2], track: [b, a]}\n"
	     "  mail: {vrid: 2, addresses: [192.0.2.3], notify: {stop: /bin/true, master: "
	     "/bin/true}}\n"
	     "  dns: {vrid: 3, addresses: [192.0.2.4], advertise-interval: 10ms, priority: 255}\n",
	    &conf);
	assert_string_equal(conf.global.router_name, "fw1");
	assert_int_equal(conf.instance_count, 3);
	assert_int_equal(conf.address_count, 4);
	assert_int_equal(conf.runner_count, 2);
	assert_int_equal(conf.command_count, 3); /* /bin/true x, /bin/true, /bin/false */
	assert_int_equal(conf.check_count, 2);
	assert_int_equal(conf.track_count, 2);
	assert_int_equal(conf.hook_count, 4);
	assert_int_equal(conf.check[0].command, conf.hook[0].command);
	assert_int_equal(conf.track[0].check, 2);
	assert_int_equal(conf.hook[1].slot, CONF_HOOK_MASTER);
	assert_int_equal(conf.hook[1].command, conf.hook[2].command);
	assert_int_equal(conf.hook[2].slot, CONF_HOOK_STOP);
	assert_int_equal(conf.instance[2].interval_cs, 1);
	assert_int_equal(conf_find_runner(&conf, conf.check[1].runner)->uid, 904);
	conf_command_strings(conf_find_command(&conf, conf.check[1].command), argv, envp, writable);
	assert_string_equal(argv[0], "/bin/false");
	assert_string_equal(envp[0], "A=1");
	assert_string_equal(writable[0], "/srv");
	conf_free(&conf);
}

/* What is not written: vrrpd.yaml(5). */
static void
test_defaults(void **state)
{
	struct conf conf;
	const struct conf_instance *in;

	(void)state;
	load("version: 1\ninstances: {web: {interface: eth0, vrid: 5, addresses: [192.0.2.1]}}\n",
	    &conf);
	assert_int_equal(conf.global.startup_delay_ms, 0);
	assert_int_equal(conf.global.stop_timeout_ms, 5000);
	assert_int_equal(conf.global.max_parallel, 64);
	in = &conf.instance[0];
	assert_int_equal(in->family, ADDR_IPV4);
	assert_int_equal(in->version, 3);
	assert_int_equal(in->priority, 100);
	assert_int_equal(in->preempt, 1);
	assert_int_equal(in->enabled, 1);
	assert_int_equal(in->checksum, CONF_CHECKSUM_AUTO);
	assert_int_equal(in->authentication, CONF_AUTHENTICATION_NONE);
	assert_int_equal(in->handover, CONF_HANDOVER_MAKE_BEFORE_BREAK);
	assert_int_equal(in->on_failure, CONF_ON_FAILURE_STAY);
	assert_int_equal(in->accept_mode, 1);
	assert_int_equal(in->virtual_mac, 0);
	assert_int_equal(in->down_adverts, 3);
	assert_int_equal(in->group, 0);
	assert_int_equal(in->interval_cs, 100);
	assert_int_equal(in->preempt_delay_ms, 0);
	assert_int_equal(in->announce_repeat, 5);
	assert_int_equal(in->announce_interval_ms, 250);
	assert_int_equal(in->announce_delay_ms, 5000);
	assert_int_equal(in->announce_refresh_ms, 0);
	assert_false(addr_is_set(&in->source));
	assert_int_equal(conf.address[0].prefix_length, 32);
	assert_int_equal(conf.address[0].advertise, 1);
	assert_int_equal(conf.address[0].prefix_route, 1);
	assert_int_equal(conf.address[0].scope, 0);
	assert_string_equal(conf.address[0].device, "");
	assert_string_equal(conf.address[0].label, "");
	assert_int_equal(conf.peer_count + conf.route_count + conf.rule_count, 0);
	assert_int_equal(conf.group_count + conf.track_count + conf.hook_count, 0);
	conf_free(&conf);
}

static void
test_instance(void **state)
{
	struct conf conf;
	const struct conf_instance *in;

	(void)state;
	load("version: 1\n"
	     "global: {startup-delay: 90s}\n"
	     "defaults: {interface: eth0}\n"
	     "instances:\n"
	     "  a: {vrid: 1, version: 2, addresses: [192.0.2.1/24], advertise-interval: 255s,\n"
	     "      authentication: {type: pass, key: abc}, priority: 255, enabled: false}\n"
	     "  b: {vrid: 2, addresses: [fe80::2/64], preempt: false, preempt-delay: 0s,\n"
	     "      master-down-adverts: 5, handover: immediate, accept-mode: false,\n"
	     "      virtual-mac: true, source-address: fe80::1, checksum: message-only,\n"
	     "      announce: {repeat: 0, interval: 1s, delay: 0s, refresh: 60s}}\n"
	     "  c: {vrid: 3, addresses: [192.0.2.3/24], preempt-delay: 5m,\n"
	     "      before-master: /bin/true, on-failure: proceed, notify: /bin/true}\n",
	    &conf);
	assert_int_equal(conf.global.startup_delay_ms, 90000);
	in = &conf.instance[0];
	assert_int_equal(in->version, 2);
	assert_int_equal(in->interval_cs, 25500);
	assert_int_equal(in->authentication, CONF_AUTHENTICATION_PASS);
	assert_memory_equal(in->key, "abc\0\0\0\0\0", CONF_KEY_SIZE);
	assert_int_equal(in->priority, 255);
	assert_int_equal(in->enabled, 0);
	in = &conf.instance[1];
	assert_int_equal(in->family, ADDR_IPV6);
	assert_int_equal(in->preempt, 0);
	assert_int_equal(in->down_adverts, 5);
	assert_int_equal(in->handover, CONF_HANDOVER_IMMEDIATE);
	assert_int_equal(in->accept_mode, 0);
	assert_int_equal(in->virtual_mac, 1);
	assert_int_equal(in->checksum, CONF_CHECKSUM_MESSAGE_ONLY);
	assert_addr(&in->source, "fe80::1");
	assert_int_equal(in->announce_repeat, 0);
	assert_int_equal(in->announce_interval_ms, 1000);
	assert_int_equal(in->announce_delay_ms, 0);
	assert_int_equal(in->announce_refresh_ms, 60000);
	in = &conf.instance[2];
	assert_int_equal(in->preempt_delay_ms, 300000);
	assert_int_equal(in->on_failure, CONF_ON_FAILURE_PROCEED);
	assert_int_equal(conf.hook_count, 2);
	assert_int_equal(conf.hook[0].slot, CONF_HOOK_ALL);
	assert_int_equal(conf.hook[1].slot, CONF_HOOK_GATE);
	assert_int_equal(conf.hook[1].instance, in->id);
	conf_free(&conf);
}

static void
test_addresses_and_peers(void **state)
{
	struct conf conf;
	const struct conf_address *a;
	const struct conf_peer *peers;
	size_t count;

	(void)state;
	load("version: 1\n"
	     "defaults: {interface: eth0}\n"
	     "instances:\n"
	     "  a:\n"
	     "    vrid: 1\n"
	     "    addresses:\n"
	     "      - {address: \"2001:db8::1/64\", advertise: false, prefix-route: false}\n"
	     "      - {address: 192.0.2.1/24, device: eth1, label: \"eth1:a\", scope: link}\n"
	     "      - {address: 192.0.2.2, scope: site}\n"
	     "      - {address: 192.0.2.3, scope: host}\n"
	     "    unicast-peers: [192.0.2.250, {address: 192.0.2.251, min-ttl: 254}]\n"
	     "  b: {vrid: 2, addresses: [192.0.2.4]}\n"
	     "  c: {vrid: 3, addresses: [fe80::3], unicast-peers: [fe80::250]}\n",
	    &conf);
	assert_int_equal(conf.instance[0].family, ADDR_IPV4);
	a = conf.address;
	assert_addr(&a[0].addr, "2001:db8::1");
	assert_int_equal(a[0].prefix_length, 64);
	assert_int_equal(a[0].advertise, 0);
	assert_int_equal(a[0].prefix_route, 0);
	assert_string_equal(a[1].device, "eth1");
	assert_string_equal(a[1].label, "eth1:a");
	assert_int_equal(a[1].scope, 253);
	assert_int_equal(a[1].advertise, 1);
	assert_int_equal(a[2].scope, 200);
	assert_int_equal(a[3].scope, 254);
	peers = conf_find_peers(&conf, conf.instance[0].id, &count);
	assert_int_equal(count, 2);
	assert_addr(&peers[0].addr, "192.0.2.250");
	assert_int_equal(peers[0].min_ttl, 0);
	assert_addr(&peers[1].addr, "192.0.2.251");
	assert_int_equal(peers[1].min_ttl, 254);
	assert_null(conf_find_peers(&conf, conf.instance[1].id, &count));
	peers = conf_find_peers(&conf, conf.instance[2].id, &count);
	assert_int_equal(count, 1);
	assert_addr(&peers[0].addr, "fe80::250");
	conf_free(&conf);
}

static void
test_routes(void **state)
{
	struct conf conf;
	const struct conf_route *r;

	(void)state;
	load("version: 1\n"
	     "defaults: {interface: eth0, routes: [{to: default, table: 7}]}\n"
	     "instances:\n"
	     "  a:\n"
	     "    vrid: 1\n"
	     "    addresses: [192.0.2.1]\n"
	     "    routes:\n"
	     "      - {to: 10.0.0.0/8, via: 192.0.2.9, device: eth1, table: 100, metric: 5,\n"
	     "         source: 192.0.2.1, scope: link, onlink: true, mtu: 1400}\n"
	     "      - {to: default, via: fe80::1, device: eth1}\n"
	     "      - {to: 10.0.0.0/8, type: blackhole}\n"
	     "      - {to: 10.1.0.0/16, type: unreachable}\n"
	     "      - {to: 10.2.0.0/16, type: prohibit}\n"
	     "      - {to: 0.0.0.0/0, scope: global}\n"
	     "  b: {vrid: 2, addresses: [192.0.2.2]}\n"
	     "  c: {vrid: 3, addresses: [fe80::3]}\n",
	    &conf);
	assert_int_equal(conf.route_count, 8);
	r = conf.route;
	assert_addr(&r[0].to, "10.0.0.0");
	assert_int_equal(r[0].prefix_length, 8);
	assert_addr(&r[0].via, "192.0.2.9");
	assert_addr(&r[0].source, "192.0.2.1");
	assert_string_equal(r[0].device, "eth1");
	assert_int_equal(r[0].table, 100);
	assert_int_equal(r[0].metric, 5);
	assert_int_equal(r[0].scope, 253);
	assert_int_equal(r[0].onlink, 1);
	assert_int_equal(r[0].mtu, 1400);
	assert_int_equal(r[0].type, CONF_ROUTE_UNICAST);
	assert_addr(&r[1].to, "::");
	assert_int_equal(r[1].prefix_length, 0);
	assert_int_equal(r[1].table, 254);
	assert_int_equal(r[1].metric, 0);
	assert_int_equal(r[1].scope, 255);
	assert_int_equal(r[1].mtu, 0);
	assert_int_equal(r[2].type, CONF_ROUTE_BLACKHOLE);
	assert_int_equal(r[3].type, CONF_ROUTE_UNREACHABLE);
	assert_int_equal(r[4].type, CONF_ROUTE_PROHIBIT);
	assert_addr(&r[5].to, "0.0.0.0");
	assert_int_equal(r[5].scope, 0);
	/* one default for two instances is of the family of each */
	assert_int_equal(r[6].instance, 2);
	assert_addr(&r[6].to, "0.0.0.0");
	assert_int_equal(r[7].instance, 3);
	assert_addr(&r[7].to, "::");
	conf_free(&conf);
}

static void
test_rules(void **state)
{
	struct conf conf;
	const struct conf_rule *r;

	(void)state;
	load("version: 1\n"
	     "defaults: {interface: eth0, rules: [{mark: 5, table: 7}]}\n"
	     "instances:\n"
	     "  a:\n"
	     "    vrid: 1\n"
	     "    addresses: [192.0.2.1]\n"
	     "    rules:\n"
	     "      - {from: 192.0.2.1, to: 10.0.0.0/8, table: main, preference: 1000}\n"
	     "      - {from: \"2001:db8::/32\", table: 100, incoming: eth0, outgoing: eth1}\n"
	     "      - {from: 0.0.0.0/0, mark: 0x10/0xf0, table: 4294967295}\n"
	     "  c: {vrid: 3, addresses: [fe80::3]}\n",
	    &conf);
	assert_int_equal(conf.rule_count, 4);
	r = conf.rule;
	assert_int_equal(r[0].family, ADDR_IPV4);
	assert_addr(&r[0].from, "192.0.2.1");
	assert_int_equal(r[0].from_length, 32);
	assert_addr(&r[0].to, "10.0.0.0");
	assert_int_equal(r[0].to_length, 8);
	assert_int_equal(r[0].table, 254);
	assert_int_equal(r[0].preference, 1000);
	assert_int_equal(r[0].mask, 0);
	assert_int_equal(r[1].family, ADDR_IPV6);
	assert_string_equal(r[1].incoming, "eth0");
	assert_string_equal(r[1].outgoing, "eth1");
	assert_int_equal(r[1].preference, 0);
	assert_false(addr_is_set(&r[2].from));
	assert_int_equal(r[2].family, ADDR_IPV4);
	assert_int_equal(r[2].mark, 0x10);
	assert_int_equal(r[2].mask, 0xf0);
	assert_int_equal(r[2].table, UINT32_MAX);
	assert_int_equal(r[3].family, ADDR_IPV6);
	assert_int_equal(r[3].mark, 5);
	assert_int_equal(r[3].mask, UINT32_MAX);
	conf_free(&conf);
}

static void
test_checks(void **state)
{
	struct conf conf;
	const struct conf_check *c;
	size_t i;

	(void)state;
	load("version: 1\n"
	     "global: {scripts: {run-as: other}}\n"
	     "checks:\n"
	     "  process: {process: nginx, interval: 2s, fall: 3, rise: 2, initial: up}\n"
	     "  count: {process: x, count: {min: 0, max: 4}, timeout: 300ms}\n"
	     "  tcp: {tcp: \"[2001:db8::1]:443\"}\n"
	     "  http: {http: \"http://127.0.0.1\"}\n"
	     "  http2: {http: \"http://[::1]:8080/a?b\", expect: 204}\n"
	     "  ping: {ping: fe80::1, device: eth0}\n"
	     "  file: {file: /run/x}\n"
	     "  disk: {disk: {path: /var, free: 10%}}\n"
	     "  disk2: {disk: {path: /srv, free: 3G}}\n"
	     "  external: {external: true, expires: 3s, set-by: root}\n",
	    &conf);
	assert_int_equal(conf.check_count, 10);
	assert_int_equal(conf.runner_count, 1);
	assert_int_equal(conf.command_count, 0);
	for (i = 0; i < 9; i++) {
		assert_int_equal(conf.check[i].runner, 1);
		assert_int_equal(conf.check[i].command, 0);
	}
	assert_int_equal(conf.runner[0].uid, 904);
	c = conf.check;
	assert_int_equal(c[0].kind, CONF_CHECK_PROCESS);
	assert_string_equal(c[0].text, "nginx");
	assert_int_equal(c[0].text_length, 6);
	assert_int_equal(c[0].count_min, 1);
	assert_int_equal(c[0].count_max, CONF_PROCESSES_MAX);
	assert_int_equal(c[0].interval_ms, 2000);
	assert_int_equal(c[0].timeout_ms, 2000);
	assert_int_equal(c[0].fall, 3);
	assert_int_equal(c[0].rise, 2);
	assert_int_equal(c[0].initial, CONF_INITIAL_UP);
	assert_int_equal(c[1].count_min, 0);
	assert_int_equal(c[1].count_max, 4);
	assert_int_equal(c[1].timeout_ms, 300);
	assert_int_equal(c[2].kind, CONF_CHECK_TCP);
	assert_addr(&c[2].addr, "2001:db8::1");
	assert_int_equal(c[2].port, 443);
	assert_int_equal(c[3].kind, CONF_CHECK_HTTP);
	assert_int_equal(c[3].port, 80);
	assert_int_equal(c[3].expect, 0);
	assert_string_equal(c[3].text, "127.0.0.1/");
	assert_int_equal(c[4].port, 8080);
	assert_int_equal(c[4].expect, 204);
	assert_string_equal(c[4].text, "[::1]:8080/a?b");
	assert_int_equal(c[5].kind, CONF_CHECK_PING);
	assert_addr(&c[5].addr, "fe80::1");
	assert_string_equal(c[5].device, "eth0");
	assert_int_equal(c[6].kind, CONF_CHECK_FILE);
	assert_string_equal(c[6].text, "/run/x");
	assert_int_equal(c[7].kind, CONF_CHECK_DISK);
	assert_int_equal(c[7].free_percent, 10);
	assert_int_equal(c[7].free_bytes, 0);
	assert_string_equal(c[7].text, "/var");
	assert_int_equal(c[8].free_percent, 0);
	assert_int_equal(c[8].free_bytes, 3ULL << 30);
	assert_int_equal(c[9].kind, CONF_CHECK_EXTERNAL);
	assert_int_equal(c[9].runner, 0);
	assert_int_equal(c[9].expires_ms, 3000);
	assert_int_equal(c[9].set_by_uid, UINT32_MAX); /* root may anyway */
	conf_free(&conf);
}

static void
test_tracks_and_groups(void **state)
{
	struct conf conf;
	const struct conf_track *t;
	const struct conf_hook *h;

	(void)state;
	load(
	    "version: 1\n"
	    "defaults: {interface: eth0}\n"
	    "checks: {c: {process: x}, f: {file: /run/f}}\n"
	    "instances:\n"
	    "  a: {vrid: 1, addresses: [192.0.2.1], notify: /bin/true,\n"
	    "      track: [{check: f, weight: -5}, {check: c, weight: 7, invert: true},\n"
	    "              {interface: eth1}]}\n"
	    "  b: {vrid: 2, addresses: [192.0.2.2], track: [f]}\n"
	    "  c: {vrid: 3, addresses: [fe80::3]}\n"
	    "sync-groups:\n"
	    "  G: {members: [c, b], track: [{check: f, weight: 1}, {interface: eth2, weight: 2}],\n"
	    "      notify: {stop: /bin/true, backup: /bin/true}}\n",
	    &conf);
	assert_int_equal(conf.group_count, 1);
	assert_string_equal(conf.group[0].name, "G");
	assert_int_equal(conf.instance[0].group, 0);
	assert_int_equal(conf.instance[1].group, 1);
	assert_int_equal(conf.instance[2].group, 1);
	assert_int_equal(conf.track_count, 6);
	t = conf.track;
	assert_int_equal(t[0].check, 2);
	assert_int_equal(t[0].weight, -5);
	assert_int_equal(t[0].by_value, 1);
	assert_int_equal(t[1].check, 1);
	assert_int_equal(t[1].weight, 7);
	assert_int_equal(t[1].invert, 1);
	assert_int_equal(t[1].by_value, 0);
	assert_int_equal(t[2].check, 0);
	assert_string_equal(t[2].interface, "eth1");
	assert_int_equal(t[3].instance, 2);
	assert_int_equal(t[3].by_value, 0); /* presence */
	assert_int_equal(t[4].instance, 0);
	assert_int_equal(t[4].group, 1);
	assert_int_equal(t[4].by_value, 1);
	assert_int_equal(t[5].group, 1);
	assert_string_equal(t[5].interface, "eth2");
	assert_int_equal(t[5].weight, 2);
	assert_int_equal(conf.hook_count, 3);
	h = conf.hook;
	assert_int_equal(h[0].instance, 1);
	assert_int_equal(h[1].instance, 0);
	assert_int_equal(h[1].group, 1);
	assert_int_equal(h[1].slot, CONF_HOOK_BACKUP);
	assert_int_equal(h[2].slot, CONF_HOOK_STOP);
	conf_free(&conf);
}

/* What travels fits a message. */
_Static_assert(sizeof(struct conf_command) + sizeof(struct msg_header) <= MSG_SIZE_MAX, "size");

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_instance),
	    cmocka_unit_test(test_addresses_and_peers),
	    cmocka_unit_test(test_routes),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_checks),
	    cmocka_unit_test(test_tracks_and_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
