/*
 * Checks of the kind ping: up, down, broken, timed out, and up again, by raw sockets and by others.
 * The real checker in a network of its own; needs root and the users of the daemon.
 *
 * 198.51.100.2 is a neighbour that never answers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"
#include "vrrpd/parent/echo.h"

#define SILENT "198.51.100.2"

static struct addr
address(const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

static void
lend_echo(struct lab *lab, enum addr_family family, int type)
{
	const struct msg_probe_socket message = {.family = (uint8_t)family};
	int fd = echo_open(family), is = 0;
	socklen_t size = sizeof(is);

	assert_int_not_equal(fd, -1);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &is, &size), 0);
	assert_int_equal(is, type);
	lab_send(lab->parent, PARENT_CHECKER_PROBE_SOCKET, &message, sizeof(message), fd);
}

static struct conf_check
ping_check(const char *text, uint32_t interval_ms)
{
	return (struct conf_check){
	    .kind = CONF_CHECK_PING, .addr = address(text), .interval_ms = interval_ms};
}

static void
ping_goes_up_and_down(struct lab *lab, const char *target, enum addr_family family, int type)
{
	struct conf_check kind = ping_check(target, 100);
	struct conf_check silent = ping_check(SILENT, 200);
	const char *f = family == ADDR_IPV4 ? "-4" : "-6";
	char command[128];
	struct msg_check check;
	uint32_t id = lab_add_probe(lab, &kind), other = 0;

	lend_echo(lab, family, type);
	if (family == ADDR_IPV4)
		other = lab_add_probe(lab, &silent);
	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_UP);
	assert_true(check.duration_us < 100000);
	if (other != 0) {
		check = lab_await_check(lab, other, 2000);
		assert_int_equal(check.state, VRRP_CHECK_DOWN);
		assert_true(check.timed_out);
		assert_in_range(check.duration_us, 200000, 400000);
	}
	snprintf(command, sizeof(command), "ip %s addr del %s/%s dev v0", f, target,
	    family == ADDR_IPV4 ? "32" : "128");
	assert_int_equal(system(command), 0);
	lab_await_state(lab, id, VRRP_CHECK_DOWN, 2000);
	snprintf(command, sizeof(command), "ip %s addr add %s dev v0 %s", f, target,
	    family == ADDR_IPV4 ? "" : "nodad");
	assert_int_equal(system(command), 0);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	lab_stop(lab);
}

static void
test_ping_ipv4(void **state)
{
	ping_goes_up_and_down(*state, "192.0.2.77", ADDR_IPV4, SOCK_RAW);
}

static void
test_ping_ipv6(void **state)
{
	ping_goes_up_and_down(*state, "2001:db8::77", ADDR_IPV6, SOCK_RAW);
}

/* Where the kernel gives ping sockets to our group, those are what is lent. */
static void
test_ping_with_least_authority(void **state)
{
	assert_int_equal(system("echo 0 0 >/proc/sys/net/ipv4/ping_group_range"), 0);
	ping_goes_up_and_down(*state, "192.0.2.77", ADDR_IPV4, SOCK_DGRAM);
}

static void
test_ping_with_least_authority_ipv6(void **state)
{
	assert_int_equal(system("echo 0 0 >/proc/sys/net/ipv4/ping_group_range"), 0);
	ping_goes_up_and_down(*state, "2001:db8::77", ADDR_IPV6, SOCK_DGRAM);
}

static int
forget_ping_groups(void **state)
{
	assert_int_equal(system("echo 1 0 >/proc/sys/net/ipv4/ping_group_range"), 0);
	return lab_teardown(state);
}

/*
 * An address of v0 answers us, but not through v1: there it is a stranger's. A device that is not there
 * says nothing of the host.
 */
static void
test_ping_device(void **state)
{
	struct lab *lab = *state;
	struct conf_check kind = ping_check("192.0.2.77", 100);
	struct conf_check local = ping_check("fe80::77", 100);
	uint32_t lo, v1, v2, link;
	struct msg_check check;

	lend_echo(lab, ADDR_IPV4, SOCK_RAW);
	lend_echo(lab, ADDR_IPV6, SOCK_RAW);
	strlcpy(kind.device, "lo", sizeof(kind.device));
	lo = lab_add_probe(lab, &kind);
	strlcpy(kind.device, "v2", sizeof(kind.device));
	v2 = lab_add_probe(lab, &kind);
	strlcpy(kind.device, "v1", sizeof(kind.device));
	v1 = lab_add_probe(lab, &kind);
	strlcpy(local.device, "v1", sizeof(local.device));
	link = lab_add_probe(lab, &local);
	lab_commit(lab);
	lab_await_state(lab, lo, VRRP_CHECK_UP, 2000);
	check = lab_await_check(lab, v2, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_string_equal(check.step, "device");
	assert_int_equal(check.error, ENODEV);
	check = lab_await_check(lab, v1, 2000);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_true(check.timed_out);
	lab_await_state(lab, link, VRRP_CHECK_UP, 2000);
	lab_stop(lab);
}

static void
test_ping_without_socket_is_broken(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = ping_check("127.0.0.1", 100);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_string_equal(check.step, "no socket");
	assert_int_not_equal(check.error, 0);
	lab_stop(lab);
}

static void
test_many_pings_share_a_socket(void **state)
{
	struct lab *lab = *state;
	bool seen[64] = {false};
	struct msg_check check;
	unsigned count = 0;

	lend_echo(lab, ADDR_IPV4, SOCK_RAW);
	for (int i = 0; i < 50; i++) {
		struct conf_check kind = ping_check("127.0.0.1", 1000);

		kind.addr.bytes[3] = (uint8_t)(i + 1);
		lab_add_probe(lab, &kind);
	}
	lab_commit(lab);
	while (count < 50) {
		assert_true(
		    lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 2000));
		assert_int_equal(check.state, VRRP_CHECK_UP);
		count += !seen[check.check];
		seen[check.check] = true;
	}
	lab_stop(lab);
}

static void
make_network(void)
{
	assert_int_equal(
	    system("ip link add v0 type veth peer name v1 && ip link set v0 up &&\n"
		   "ip link set v1 up && ip addr add 198.51.100.1/24 dev v0 &&\n"
		   "ip addr add 192.0.2.77 dev v0 && ip addr add 192.0.2.1/24 dev v1 &&\n"
		   "ip addr add 2001:db8::77 dev v0 nodad &&\n"
		   "ip addr add fe80::77/64 dev v0 nodad"),
	    0);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_ping_ipv4),
	    LAB_TEST(test_ping_ipv6),
	    cmocka_unit_test_setup_teardown(
		test_ping_with_least_authority, lab_setup, forget_ping_groups),
	    cmocka_unit_test_setup_teardown(
		test_ping_with_least_authority_ipv6, lab_setup, forget_ping_groups),
	    LAB_TEST(test_ping_device),
	    LAB_TEST(test_ping_without_socket_is_broken),
	    LAB_TEST(test_many_pings_share_a_socket),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	make_network();
	return cmocka_run_group_tests_name("checker_ping", tests, NULL, NULL);
}
