/*
 * vrrpd/conf/merge.c: who stays who when a configuration takes the place of another one, and what of
 * those that are not in it any more stays until they have ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/conf_merge_lab.h"

#define HEAD "version: 1\ndefaults: {interface: eth0}\n"
#define A "  a: {vrid: 1, addresses: [10.0.0.1]}\n"
#define B "  b: {vrid: 2, addresses: [10.0.0.2]}\n"
#define C "  c: {vrid: 3, addresses: [10.0.0.3]}\n"
#define A_B HEAD "instances:\n" A B

/* ---- ids ---- */

static void
test_instances(void **state)
{
	static const struct row rows[] = {
	    {"nothing changes", A_B, A_B, "IAN",
		"I1=a/0 I2=b/0 A1=10.0.0.1 A2=10.0.0.2 N0,2,0,0,0"},
	    {"the order does not count", A_B, HEAD "instances:\n" B A, "IAN",
		"I1=a/0 I2=b/0 A1=10.0.0.1 A2=10.0.0.2 N0,2,0,0,0"},
	    {"another one, before", A_B, HEAD "instances:\n" C A B, "IAN",
		"I1=a/0 I2=b/0 I3=c/0 A1=10.0.0.1 A2=10.0.0.2 A3=10.0.0.3 N0,3,0,0,0"},
	    {"new ones in the order of the file", HEAD "instances:\n" B, HEAD "instances:\n" C A B,
		"IN", "I1=b/0 I2=c/0 I3=a/0 N0,3,0,0,0"},
	    {"nothing else decides", A_B,
		HEAD
		"instances:\n  a: {vrid: 9, interface: eth1, addresses: [10.0.0.9], priority: 1, "
		"virtual-mac: true}\n" B,
		"IA", "I1=a/0 I2=b/0 A1=10.0.0.9 A2=10.0.0.2"},
	    {"a name and nothing else", HEAD "instances:\n" A,
		HEAD "instances:\n  b: {vrid: 1, interface: eth1, addresses: [10.0.0.9]}\n", "I",
		"I1=a/0- I2=b/0"},
	    {"one is switched off", HEAD "instances:\n" A B,
		HEAD "instances:\n  a: {vrid: 1, addresses: [10.0.0.1], enabled: false}\n" B, "IAN",
		"I1=a/0- I2=b/0 I3=a/0 A1=10.0.0.1 A2=10.0.0.2 A3=10.0.0.1 N0,3,0,0,0"},
	    {"one is switched on",
		HEAD "instances:\n  a: {vrid: 1, addresses: [10.0.0.1], enabled: false}\n",
		HEAD "instances:\n" A, "IN", "I1=a/0 N0,1,0,0,0"},
	    {"one stays off",
		HEAD "instances:\n  a: {vrid: 1, addresses: [10.0.0.1], enabled: false}\n",
		HEAD "instances:\n  a: {vrid: 2, addresses: [10.0.0.1], enabled: false}\n", "IN",
		"I1=a/0 N0,1,0,0,0"},
	    {"one that was off is removed",
		HEAD "instances:\n  a: {vrid: 1, addresses: [10.0.0.1], enabled: false}\n" B,
		HEAD "instances:\n" B, "IAN", "I2=b/0 A2=10.0.0.2 N0,2,0,0,0"},
	    {"all are removed", A_B, HEAD, "IAN",
		"I1=a/0- I2=b/0- A1=10.0.0.1 A2=10.0.0.2 N0,2,0,0,0"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

#define GROUP "sync-groups: {g: {members: [a, b], track: [c], notify: /bin/g}}\n"
#define CHECK "checks: {c: {command: /bin/c}}\n"

static void
test_groups(void **state)
{
	static const struct row rows[] = {
	    {"it stays", A_B CHECK GROUP, A_B CHECK GROUP, "GITHN",
		"G1=g I1=a/1 I2=b/1 T0/1=1 H0/1/4=2,1 N1,2,1,2,1"},
	    {"another name is another group", A_B CHECK GROUP,
		A_B CHECK "sync-groups: {h: {members: [a, b]}}\n", "GITHN",
		"G1=g- G2=h I1=a/2 I2=b/2 H0/1/4=2,1 N2,2,1,2,1"},
	    {"its members go on without it", A_B CHECK GROUP, A_B CHECK, "GITHC",
		"G1=g- I1=a/0 I2=b/0 C1=/bin/c,1000,1 C2=/bin/g,60000,1 H0/1/4=2,1"},
	    {"without a hook that could tell there is nothing to wait for",
		A_B
		"sync-groups: {g: {members: [a, b], notify: {master: /bin/g, fault: /bin/g}}}\n",
		A_B, "GITHUC", "I1=a/0 I2=b/0"},
	    {"a stop hook alone tells",
		A_B "sync-groups: {g: {members: [a, b], notify: {master: /bin/m, stop: /bin/g}}}\n",
		A_B, "GIHC", "G1=g- I1=a/0 I2=b/0 C1=/bin/g,60000,1 H0/1/3=1,1"},
	    {"all of it ends together", A_B CHECK GROUP, HEAD CHECK, "GITHCK",
		"G1=g- I1=a/1- I2=b/1- C1=/bin/c,1000,1 C2=/bin/g,60000,1 K1=c,1,1 H0/1/4=2,1"},
	    {"also without hooks", A_B "sync-groups: {g: {members: [a, b]}}\n", HEAD, "GI",
		"G1=g- I1=a/1- I2=b/1-"},
	    {"a member ends", A_B C "sync-groups: {g: {members: [a, b, c]}}\n",
		A_B "sync-groups: {g: {members: [a, b]}}\n", "GI", "G1=g I1=a/1 I2=b/1 I3=c/0-"},
	    {"the group and a member end",
		A_B "sync-groups: {g: {members: [a, b], notify: {stop: /bin/g}}}\n",
		HEAD "instances:\n" A, "GIH", "G1=g- I1=a/0 I2=b/0- H0/1/3=1,1"},
	    {"the same without hook", A_B "sync-groups: {g: {members: [a, b]}}\n",
		HEAD "instances:\n" A, "GI", "I1=a/0 I2=b/0-"},
	    {"all members are replaced", A_B "sync-groups: {g: {members: [a, b]}}\n",
		HEAD "instances:\n  c: {vrid: 3, addresses: [10.0.0.3]}\n"
		     "  d: {vrid: 4, addresses: [10.0.0.4]}\n"
		     "sync-groups: {g: {members: [c, d]}}\n",
		"GI", "G1=g I1=a/0- I2=b/0- I3=c/1 I4=d/1"},
	    {"a member is switched off", A_B GROUP CHECK,
		HEAD
		"instances:\n  a: {vrid: 1, addresses: [10.0.0.1], enabled: false}\n" B CHECK GROUP,
		"GI", "G1=g I1=a/0- I2=b/1 I3=a/1"},
	    {"an instance gets a group", A_B, A_B "sync-groups: {g: {members: [a, b]}}\n", "GI",
		"G1=g I1=a/1 I2=b/1"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

#define TRUE_ "{command: [/bin/true, x], writable: [/srv], environment: {A: 1}"
#define CHECKS(text) HEAD "checks: {c: " text "}\n"

static void
test_checks(void **state)
{
	static const struct row rows[] = {
	    {"as before", CHECKS(TRUE_ "}"), CHECKS(TRUE_ "}"), "UCKN",
		"U1=903 C1=/bin/true,1000,1 K1=c,1,1 N0,0,1,1,1"},
	    {"how often and how long", CHECKS(TRUE_ "}"),
		CHECKS(TRUE_ ", interval: 3s, timeout: 2s, fall: 2, rise: 3, initial: up}"), "UCKN",
		"U1=903 C2=/bin/true,2000,1 K1=c,2,1 N0,0,1,2,1"},
	    {"another name", CHECKS(TRUE_ "}"), HEAD "checks: {d: " TRUE_ "}}\n", "CKN",
		"C1=/bin/true,1000,1 K2=d,1,1 N0,0,1,1,2"},
	    {"another user", CHECKS(TRUE_ "}"), CHECKS(TRUE_ ", run-as: other}"), "UCKN",
		"U2=904 C2=/bin/true,1000,2 K2=c,2,2 N0,0,2,2,2"},
	    {"another sandbox", CHECKS(TRUE_ "}"), CHECKS(TRUE_ ", sandbox: standard}"), "KN",
		"K2=c,2,1 N0,0,1,2,2"},
	    {"another argument", CHECKS("{command: [/bin/true, x]}"),
		CHECKS("{command: [/bin/true, y]}"), "KN", "K2=c,2,1 N0,0,1,2,2"},
	    {"an argument less", CHECKS("{command: [/bin/true, x]}"),
		CHECKS("{command: /bin/true}"), "K", "K2=c,2,1"},
	    {"another environment", CHECKS("{command: /bin/true, environment: {A: 1}}"),
		CHECKS("{command: /bin/true, environment: {A: 2}}"), "K", "K2=c,2,1"},
	    {"an argument is not a variable", CHECKS("{command: [/bin/true, A=1]}"),
		CHECKS("{command: /bin/true, environment: {A: 1}}"), "K", "K2=c,2,1"},
	    {"another kind", CHECKS("{file: /run/x}"), CHECKS("{process: x}"), "K", "K2=c,0,1"},
	    {"a process", CHECKS("{process: x}"), CHECKS("{process: x, interval: 2s}"), "K",
		"K1=c,0,1"},
	    {"another process", CHECKS("{process: x}"), CHECKS("{process: y}"), "K", "K2=c,0,1"},
	    {"more of them", CHECKS("{process: x}"), CHECKS("{process: x, count: {min: 2}}"), "K",
		"K2=c,0,1"},
	    {"fewer of them", CHECKS("{process: x}"), CHECKS("{process: x, count: {max: 2}}"), "K",
		"K2=c,0,1"},
	    {"another port", CHECKS("{tcp: \"10.0.0.1:80\"}"), CHECKS("{tcp: \"10.0.0.1:81\"}"),
		"K", "K2=c,0,1"},
	    {"another server", CHECKS("{tcp: \"10.0.0.1:80\"}"), CHECKS("{tcp: \"10.0.0.2:80\"}"),
		"K", "K2=c,0,1"},
	    {"another page", CHECKS("{http: \"http://10.0.0.1/\"}"),
		CHECKS("{http: \"http://10.0.0.1/a\"}"), "K", "K2=c,0,1"},
	    {"another status", CHECKS("{http: \"http://10.0.0.1/\"}"),
		CHECKS("{http: \"http://10.0.0.1/\", expect: 204}"), "K", "K2=c,0,1"},
	    {"another device", CHECKS("{ping: 10.0.0.1, device: eth0}"),
		CHECKS("{ping: 10.0.0.1, device: eth1}"), "K", "K2=c,0,1"},
	    {"another file", CHECKS("{file: /run/x}"), CHECKS("{file: /run/y}"), "K", "K2=c,0,1"},
	    {"another percentage", CHECKS("{disk: {path: /, free: 10%}}"),
		CHECKS("{disk: {path: /, free: 11%}}"), "K", "K2=c,0,1"},
	    {"another size", CHECKS("{disk: {path: /, free: 1G}}"),
		CHECKS("{disk: {path: /, free: 2G}}"), "K", "K2=c,0,1"},
	    {"external", CHECKS("{external: true}"), CHECKS("{external: true, expires: 3s}"), "K",
		"K1=c,0,0"},
	    {"two change places", HEAD "checks: {a: {file: /a}, b: {file: /b}}\n",
		HEAD "checks: {b: {file: /b}, a: {file: /a}}\n", "K", "K1=a,0,1 K2=b,0,1"},
	    {"a check of nobody ends at once", CHECKS(TRUE_ "}"), HEAD, "UCKN", "N0,0,1,1,1"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* Commands and runners go by what they are, and only if somebody needs them. */
static void
test_commands_and_runners(void **state)
{
#define NOTIFY(text) HEAD "instances: {a: {vrid: 1, addresses: [10.0.0.1], notify: " text "}}\n"
	static const struct row rows[] = {
	    {"the same command at another place", NOTIFY("{master: /bin/x}"),
		NOTIFY("{backup: /bin/x}"), "UCHN",
		"U1=903 C1=/bin/x,60000,1 H1/0/1=1,1 N0,1,1,1,0"},
	    {"another timeout is another command", NOTIFY("{master: /bin/x}"),
		NOTIFY("{master: {command: /bin/x, timeout: 1s}}"), "UCHN",
		"U1=903 C2=/bin/x,1000,1 H1/0/0=2,1 N0,1,1,2,0"},
	    {"another user is another runner", NOTIFY("{master: /bin/x}"),
		NOTIFY("{master: {command: /bin/x, run-as: other}}"), "UCHN",
		"U2=904 C2=/bin/x,60000,2 H1/0/0=2,2 N0,1,2,2,0"},
	    {"ids ascend, whatever was there before", NOTIFY("{master: /bin/x}"),
		NOTIFY("{master: /bin/a, backup: /bin/x}"), "CH",
		"C1=/bin/x,60000,1 C2=/bin/a,60000,1 H1/0/0=2,1 H1/0/1=1,1"},
	    {"the user of nothing is no runner", HEAD "global: {scripts: {run-as: other}}\n" CHECK,
		HEAD "global: {scripts: {run-as: other}}\n", "UCN", "N0,0,1,1,1"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* Order within an instance is that of the file, between them that of their ids. */
static void
test_order_of_parts(void **state)
{
#define X \
	"{vrid: 7, addresses: [10.0.1.9, 10.0.1.1], unicast-peers: [10.0.7.9, 10.0.7.1], " \
	"routes: [{to: 10.1.0.0/16, via: 10.0.1.5, table: 9}, {to: 10.1.0.0/16, via: 10.0.1.5, " \
	"table: 8}], " \
	"rules: [{from: 10.1.0.0/16, table: 9}, {from: 10.2.0.0/16, table: 8}], " \
	"track: [c, {interface: eth7}]}\n"
#define Y \
	"{vrid: 8, addresses: [10.0.2.9, 10.0.2.1], unicast-peers: [10.0.8.9, 10.0.8.1], " \
	"routes: [{to: 10.2.0.0/16, via: 10.0.2.5, table: 7}], rules: [{from: 10.3.0.0/16, " \
	"table: 7}], " \
	"track: [{interface: eth7}, c]}\n"
	static const struct row rows[] = {
	    {"changed places", HEAD CHECK "instances:\n  x: " X "  y: " Y,
		HEAD CHECK "instances:\n  y: " Y "  x: " X, "IAPRLT",
		"I1=x/0 I2=y/0 A1=10.0.1.9 A1=10.0.1.1 A2=10.0.2.9 A2=10.0.2.1 "
		"P1=10.0.7.9 P1=10.0.7.1 P2=10.0.8.9 P2=10.0.8.1 R1=9 R1=8 R2=7 L1=9 L1=8 L2=7 "
		"T1/0=1 T1/0=0 T2/0=0 T2/0=1"},
	    {"retiring: all but its tracks", HEAD CHECK "instances:\n  x: " X "  y: " Y,
		HEAD CHECK "instances:\n  y: " Y, "IAPRLT",
		"I1=x/0- I2=y/0 A1=10.0.1.9 A1=10.0.1.1 A2=10.0.2.9 A2=10.0.2.1 "
		"P1=10.0.7.9 P1=10.0.7.1 P2=10.0.8.9 P2=10.0.8.1 R1=9 R1=8 R2=7 L1=9 L1=8 L2=7 "
		"T2/0=0 T2/0=1"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* ---- retiring ---- */

static void
test_hooks_of_retiring(void **state)
{
	static const struct row rows[] = {
	    {"those that can still come",
		HEAD
		"instances: {a: {vrid: 1, addresses: [10.0.0.1], before-master: /bin/gate, notify: "
		"{master: /bin/m, backup: /bin/b, fault: /bin/f, stop: {command: /bin/s, run-as: "
		"other}, all: /bin/l}}}\n",
		HEAD, "IUCH",
		"I1=a/0- U1=903 U2=904 C3=/bin/l,60000,1 C6=/bin/s,60000,2 H1/0/3=6,2 H1/0/4=3,1"},
	    {"none", NOTIFY("{master: /bin/x}"), HEAD, "IUCH", "I1=a/0-"},
	    {"one that another one has too", NOTIFY("/bin/x"),
		HEAD "instances: {b: {vrid: 2, addresses: [10.0.0.2], notify: /bin/x}}\n", "IUCH",
		"I1=a/0- I2=b/0 U1=903 C1=/bin/x,60000,1 H1/0/4=1,1 H2/0/4=1,1"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
test_collisions(void **state)
{
	static const struct row rows[] = {
	    {"an address has moved",
		HEAD "instances: {a: {vrid: 1, addresses: [10.0.0.1, 10.0.0.9]}}\n",
		HEAD "instances: {b: {vrid: 2, addresses: [10.0.0.9, 10.0.0.5]}}\n", "IA",
		"I1=a/0- I2=b/0 A1=10.0.0.1 A2=10.0.0.9 A2=10.0.0.5"},
	    {"all of them", HEAD "instances:\n" A,
		HEAD "instances: {b: {vrid: 2, addresses: [10.0.0.1]}}\n", "IA",
		"I1=a/0- I2=b/0 A2=10.0.0.1"},
	    {"to one that is off", HEAD "instances:\n" A,
		HEAD "instances: {b: {vrid: 2, addresses: [10.0.0.1], enabled: false}}\n", "IA",
		"I1=a/0- I2=b/0 A1=10.0.0.1 A2=10.0.0.1"},
	    {"to another interface", HEAD "instances:\n" A,
		HEAD "instances: {b: {vrid: 2, interface: eth1, addresses: [10.0.0.1]}}\n", "IA",
		"I1=a/0- I2=b/0 A1=10.0.0.1 A2=10.0.0.1"},
	    {"by the name of its device", HEAD "instances:\n" A,
		HEAD "instances: {b: {vrid: 2, interface: eth1, addresses: "
		     "[{address: 10.0.0.1, device: eth0}]}}\n",
		"IA", "I1=a/0- I2=b/0 A2=10.0.0.1"},
	    {"a virtual MAC is another interface",
		HEAD "instances: {a: {vrid: 1, virtual-mac: true, addresses: [10.0.0.1]}}\n",
		HEAD "instances: {b: {vrid: 2, addresses: [10.0.0.1]}}\n", "IA",
		"I1=a/0- I2=b/0 A1=10.0.0.1 A2=10.0.0.1"},
	    {"the interface of a virtual MAC by its name",
		HEAD "instances: {a: {vrid: 1, virtual-mac: true, addresses: [10.0.0.1]}}\n",
		HEAD
		"instances: {b: {vrid: 2, addresses: [{address: 10.0.0.1, device: vrrp4-1}]}}\n",
		"IA", "I1=a/0- I2=b/0 A2=10.0.0.1"},
	    {"renamed: the same virtual router",
		HEAD "instances: {a: {vrid: 1, addresses: [10.0.0.1, 10.0.0.2], unicast-peers: "
		     "[10.0.0.7], "
		     "routes: [{to: 10.1.0.0/16, via: 10.0.0.5}], rules: [{from: 10.1.0.0/16, "
		     "table: 9}]}}\n",
		HEAD "instances: {b: {vrid: 1, addresses: [10.0.0.3]}}\n", "IAPRL",
		"I1=a/0-! I2=b/0 A2=10.0.0.3 P1=10.0.0.7"},
	    {"on another interface it is another one", HEAD "instances:\n" A,
		HEAD "instances: {b: {vrid: 1, interface: eth1, addresses: [10.0.0.3]}}\n", "IA",
		"I1=a/0- I2=b/0 A1=10.0.0.1 A2=10.0.0.3"},
	    {"so it is in another family", HEAD "instances:\n" A,
		HEAD "instances: {b: {vrid: 1, addresses: [fe80::1]}}\n", "IA",
		"I1=a/0- I2=b/0 A1=10.0.0.1 A2=fe80::1"},
	    {"and when it is off", HEAD "instances:\n" A,
		HEAD "instances: {b: {vrid: 1, addresses: [10.0.0.3], enabled: false}}\n", "IA",
		"I1=a/0- I2=b/0 A1=10.0.0.1 A2=10.0.0.3"},
	    {"one that goes on speaks as another one that ended", A_B,
		HEAD "instances: {b: {vrid: 1, addresses: [10.0.0.2]}}\n", "IA",
		"I1=a/0-! I2=b/0 A2=10.0.0.2"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
test_virtual_interfaces(void **state)
{
#define VMAC(name, interface) \
	"  " name \
	": {vrid: 5, interface: " interface ", virtual-mac: true, addresses: [10.0.0.1]}\n"
	static const struct row rows[] = {
	    {"another one with the vrid", HEAD "instances:\n" VMAC("a", "eth0"),
		HEAD "instances:\n" VMAC("a", "eth0") VMAC("b", "eth1"), "V",
		"V1=vrrp4-5 V2=vrrp4-5-eth1"},
	    {"one of two ends", HEAD "instances:\n" VMAC("a", "eth0") VMAC("b", "eth1"),
		HEAD "instances:\n" VMAC("b", "eth1"), "V", "V1=vrrp4-5-eth0 V2=vrrp4-5-eth1"},
	    {"renamed", HEAD "instances:\n" VMAC("a", "eth0"),
		HEAD "instances:\n" VMAC("b", "eth0"), "V", "V1=vrrp4-5 V2=vrrp4-5-eth0"},
	    {"moved", HEAD "instances:\n" VMAC("a", "eth0"), HEAD "instances:\n" VMAC("a", "eth1"),
		"V", "V1=vrrp4-5"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* ---- the end of what is retiring ---- */

static void
test_retired(void **state)
{
	static const struct msg_retired a[] = {{.instance = 1}, {0}}, g[] = {{.group = 1}, {0}},
					both[] = {{.instance = 1}, {.instance = 2}, {0}},
					of_none[] = {{.instance = 7}, {.group = 7}, {0}};
	struct conf running;

	(void)state;
	conf_init(&running);
	step(&running, NULL, A_B CHECK GROUP);
	step(&running, NULL, HEAD);
	step(&running, of_none, NULL);
	assert_conf("all retire", &running, "GIAUCHN",
	    "G1=g- I1=a/1- I2=b/1- A1=10.0.0.1 A2=10.0.0.2 U1=903 C2=/bin/g,60000,1 H0/1/4=2,1 "
	    "N1,2,1,2,1");
	step(&running, a, NULL);
	assert_conf("one has", &running, "GIA", "G1=g- I2=b/1- A2=10.0.0.2");
	step(&running, both, NULL);
	assert_conf(
	    "and the other", &running, "GIAUCH", "G1=g- U1=903 C2=/bin/g,60000,1 H0/1/4=2,1");
	step(&running, g, NULL);
	assert_conf("and the group", &running, "GIAUCHN", "N1,2,1,2,1");
	step(&running, NULL, A_B CHECK GROUP);
	assert_conf("no id comes again", &running, "GIUCKHN",
	    "G2=g I3=a/2 I4=b/2 U2=903 C3=/bin/c,1000,2 C4=/bin/g,60000,2 K2=c,3,2 H0/2/4=4,2 "
	    "N2,4,2,4,2");
	conf_free(&running);
}

/* A group that has retired is gone from its members, too. */
static void
test_group_retired_before_its_members(void **state)
{
	static const struct msg_retired g[] = {{.group = 1}, {0}};
	struct conf running;

	(void)state;
	conf_init(&running);
	step(&running, NULL, A_B CHECK GROUP);
	step(&running, NULL, HEAD);
	step(&running, g, NULL);
	assert_conf("members", &running, "GIUCH", "I1=a/0- I2=b/0-");
	conf_free(&running);
}

/* What is retiring stays so over reloads, also when there is one of its name again. */
static void
test_several_reloads(void **state)
{
	static const struct msg_retired first[] = {{.instance = 1}, {0}};
	struct conf running;

	(void)state;
	conf_init(&running);
	step(&running, NULL, HEAD "instances:\n" A);
	step(&running, NULL, HEAD);
	step(&running, NULL, HEAD);
	assert_conf("still there", &running, "IA", "I1=a/0- A1=10.0.0.1");
	step(&running, NULL, HEAD "instances:\n" A);
	assert_conf("again", &running, "IA", "I1=a/0-! I2=a/0 A2=10.0.0.1");
	step(&running, NULL, HEAD "instances:\n" A);
	assert_conf("as before", &running, "IA", "I1=a/0-! I2=a/0 A2=10.0.0.1");
	step(&running, NULL, HEAD);
	assert_conf("both", &running, "IA", "I1=a/0-! I2=a/0- A2=10.0.0.1");
	step(&running, first, HEAD "instances:\n" B);
	assert_conf("retired with a reload", &running, "IAN",
	    "I2=a/0- I3=b/0 A2=10.0.0.1 A3=10.0.0.2 N0,3,0,0,0");
	conf_free(&running);
}

/* The first load is as it is packed, and names what several have in common. */
static void
test_first_load(void **state)
{
	struct conf running;

	(void)state;
	conf_init(&running);
	step(&running, NULL, A_B CHECK GROUP);
	assert_conf("first", &running, "GIAUCKTHN",
	    "G1=g I1=a/1 I2=b/1 A1=10.0.0.1 A2=10.0.0.2 U1=903 C1=/bin/c,1000,1 C2=/bin/g,60000,1 "
	    "K1=c,1,1 T0/1=1 H0/1/4=2,1 N1,2,1,2,1");
	conf_free(&running);
	step(&running, NULL, HEAD "instances:\n" VMAC("a", "eth0") VMAC("b", "eth1"));
	assert_conf("names", &running, "V", "V1=vrrp4-5-eth0 V2=vrrp4-5-eth1");
	conf_free(&running);
}

/* A runner that is to end cannot be the user that the engine becomes. */
static void
test_what_does_not_go_together(void **state)
{
	struct conf running, fresh, out;

	(void)state;
	conf_init(&running);
	step(&running, NULL, NOTIFY("/bin/x"));
	load(HEAD, &fresh);
	fresh.global.engine_uid = 903;
	errno = 0;
	assert_int_equal(merge_conf(&running, NULL, 0, &fresh, &out), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(out.global.max_parallel, 0);
	assert_null(out.instance);
	conf_free(&running);
	conf_free(&fresh);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first_load),
	    cmocka_unit_test(test_instances),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_checks),
	    cmocka_unit_test(test_commands_and_runners),
	    cmocka_unit_test(test_order_of_parts),
	    cmocka_unit_test(test_hooks_of_retiring),
	    cmocka_unit_test(test_collisions),
	    cmocka_unit_test(test_virtual_interfaces),
	    cmocka_unit_test(test_retired),
	    cmocka_unit_test(test_group_retired_before_its_members),
	    cmocka_unit_test(test_several_reloads),
	    cmocka_unit_test(test_what_does_not_go_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
