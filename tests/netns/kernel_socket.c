/*
 * What the sockets that the parent lends take from the wire, and that those it sends from take nothing.
 */
#include "tests/netns/kernel_lab.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vrrpd/parent/socket.h"

#define VIP "192.0.2.10"
#define MARKER \
	200 /* a VRID: the last packet sent, so that what did not come before does not come */

static struct socket_rx
rx_of(const char *interface, enum addr_family family, const uint8_t *vrid, size_t count)
{
	struct socket_rx rx = {
	    .ifindex = if_nametoindex(interface),
	    .interface = interface,
	    .family = family,
	    .multicast = true,
	};

	for (size_t i = 0; i < count; i++)
		socket_vrids_add(&rx.vrids, vrid[i]);
	return rx;
}

static int
open_rx(const struct socket_rx *rx)
{
	int fd = socket_open_rx(rx);

	assert_int_not_equal(fd, -1);
	return fd;
}

/* The next packet, -1 when none has come; its VRID, 0 when it is too short to have one. */
static int
receive(int fd, enum addr_family family)
{
	uint8_t data[128];
	ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
	size_t header = 0;

	if (n == -1)
		return -1;
	if (family == ADDR_IPV4) {
		assert_true(n >= 20);
		header = (size_t)(data[0] & 0xf) * 4;
	}
	return (size_t)n < header + 2 ? 0 : data[header + 1];
}

static int
await(struct lab *lab, int fd, enum addr_family family)
{
	int vrid = -1;

	LAB_WAIT_UNTIL(lab, (vrid = receive(fd, family)) != -1);
	return vrid;
}

static void
inject_to(const char *far, const char *near, enum addr_family family, const char *to, uint8_t vrid,
    size_t options_size)
{
	const uint8_t message[12] = {0x31, vrid, 100, 1, 0, 100};
	const struct lab_packet packet = {family, to, options_size, message, sizeof(message)};

	lab_inject(far, near, &packet);
}

static void
inject(const char *far, enum addr_family family, uint8_t vrid, size_t options_size)
{
	inject_to(far, NULL, family, NULL, vrid, options_size);
}

static void
inject_short(enum addr_family family, size_t options_size, size_t size)
{
	static const uint8_t byte[] = {0x31};
	const struct lab_packet packet = {family, NULL, options_size, byte, size};

	lab_inject("v1", NULL, &packet);
}

/* An open lab without instances: only its loop and the cable. */
static struct lab *
open_bare(struct lab *lab)
{
	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_open(lab);
	return lab;
}

static void
assert_takes_what_is_configured(struct lab *lab, enum addr_family family, size_t options)
{
	static const uint8_t vrids[] = {5, 32, 255, MARKER};
	const struct socket_rx rx = rx_of("v0", family, vrids, sizeof(vrids));
	int fd = open_rx(&rx);

	for (unsigned vrid = 1; vrid <= 255; vrid++)
		if (vrid != MARKER)
			inject("v1", family, (uint8_t)vrid, 0);
	inject("v1", family, 5, options); /* more of a header before the message */
	inject("v1", family, 6, options);
	inject("v1", family, 0, 0); /* a VRID that does not exist is none of ours */
	inject_short(family, 0, 1); /* too short for a VRID: arrives, to be counted */
	inject_short(family, options, 1);
	inject("v1", family, MARKER, 0);
	assert_int_equal(await(lab, fd, family), 5);
	assert_int_equal(await(lab, fd, family), 32);
	assert_int_equal(await(lab, fd, family), 255);
	assert_int_equal(await(lab, fd, family), 5);
	assert_int_equal(await(lab, fd, family), 0);
	assert_int_equal(await(lab, fd, family), 0);
	assert_int_equal(await(lab, fd, family), MARKER);
	close(fd);
}

static void
test_B13_the_filter_takes_what_is_configured(void **state)
{
	assert_takes_what_is_configured(open_bare(*state), ADDR_IPV4, 8);
}

static void
test_B13_the_filter_of_ipv6_takes_what_is_configured(void **state)
{
	assert_takes_what_is_configured(open_bare(*state), ADDR_IPV6, 8);
}

/* One VRID in both families: two instances, each with a socket that hears its own family. */
static void
test_V04_families_are_apart(void **state)
{
	static const uint8_t ours[] = {51, MARKER};
	struct lab *lab = open_bare(*state);
	const struct socket_rx rx4 = rx_of("v0", ADDR_IPV4, ours, sizeof(ours));
	const struct socket_rx rx6 = rx_of("v0", ADDR_IPV6, ours, sizeof(ours));
	int fd4 = open_rx(&rx4), fd6 = open_rx(&rx6);

	inject("v1", ADDR_IPV4, 51, 0);
	inject("v1", ADDR_IPV4, MARKER, 0);
	inject("v1", ADDR_IPV6, MARKER, 0);
	assert_int_equal(await(lab, fd4, ADDR_IPV4), 51);
	assert_int_equal(await(lab, fd4, ADDR_IPV4), MARKER);
	assert_int_equal(await(lab, fd6, ADDR_IPV6), MARKER);
	close(fd4);
	close(fd6);
}

static void
test_a_socket_hears_one_interface(void **state)
{
	static const enum addr_family families[] = {ADDR_IPV4, ADDR_IPV6};
	static const uint8_t vrids[] = {5, MARKER};
	struct lab *lab = open_bare(*state);

	lab_cable("v2", "v3");
	lab_command("ip address add 192.0.2.129/25 dev v2 && ip address add fe80::2/64 dev v2");
	for (size_t i = 0; i < 2; i++) {
		const struct socket_rx rx_near = rx_of("v0", families[i], vrids, sizeof(vrids));
		const struct socket_rx rx_other = rx_of("v2", families[i], vrids, sizeof(vrids));
		int near = open_rx(&rx_near), other = open_rx(&rx_other);

		inject("v3", families[i], 5, 0);
		assert_int_equal(await(lab, other, families[i]), 5);
		inject("v1", families[i], MARKER, 0);
		assert_int_equal(await(lab, near, families[i]), MARKER);
		assert_int_equal(receive(other, families[i]), -1);
		close(near);
		close(other);
	}
}

/* The kernel shares its table of neighbours among all namespaces, and may have no place for this one yet. */
static int
await_marker(struct lab *lab, int fd, enum addr_family family, const char *address)
{
	int vrid = -1;

	LAB_WAIT_UNTIL(lab, (inject_to("v1", "v0", family, address, MARKER, 0),
				(vrid = receive(fd, family)) != -1));
	return vrid;
}

/*
 * With unicast instances only, nothing of the group is heard; in IPv4 even if somebody else joined it there
 * (an IPv6 raw socket gets what anybody joined).
 */
static void
test_U01_without_multicast_no_group(void **state)
{
	static const struct {
		enum addr_family family;
		const char *address;
		bool joined; /* by another socket */
	} rows[] = {
	    {ADDR_IPV4, "192.0.2.1", false},
	    {ADDR_IPV4, "192.0.2.1", true},
	    {ADDR_IPV6, "fe80::1", false},
	};
	static const uint8_t vrids[] = {5, MARKER};
	struct lab *lab = open_bare(*state);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum addr_family family = rows[i].family;
		struct socket_rx rx = rx_of("v0", family, vrids, sizeof(vrids));
		int other = rows[i].joined ? open_rx(&rx) : -1, unicast;

		rx.multicast = false;
		unicast = open_rx(&rx);
		inject("v1", family, 5, 0);
		inject_to("v1", "v0", family, rows[i].address, 7, 0); /* not ours */
		assert_int_equal(await_marker(lab, unicast, family, rows[i].address), MARKER);
		if (rows[i].joined) {
			assert_int_equal(await(lab, other, family), 5);
			assert_int_equal(await(lab, other, family), MARKER);
			close(other);
		}
		close(unicast);
	}
}

static bool
is_joined(const char *interface, const char *group)
{
	char command[128];

	snprintf(
	    command, sizeof(command), "ip maddress show dev %s | grep -qw %s", interface, group);
	return system(command) == 0;
}

static void
test_E01_the_group_is_joined_while_the_socket_is_open(void **state)
{
	static const uint8_t vrids[] = {5};
	struct socket_rx rx4 = rx_of("v0", ADDR_IPV4, vrids, 1);
	struct socket_rx rx6 = rx_of("v0", ADDR_IPV6, vrids, 1);
	int fd4, fd6;

	(void)state;
	fd4 = open_rx(&rx4);
	fd6 = open_rx(&rx6);
	assert_true(is_joined("v0", "224.0.0.18") && is_joined("v0", "ff02::12"));
	close(fd4);
	close(fd6);
	assert_false(is_joined("v0", "224.0.0.18") || is_joined("v0", "ff02::12"));
	rx4.multicast = rx6.multicast = false;
	fd4 = open_rx(&rx4);
	fd6 = open_rx(&rx6);
	assert_false(is_joined("v0", "224.0.0.18") || is_joined("v0", "ff02::12"));
	close(fd4);
	close(fd6);
}

/* An IPv6 raw socket shows no header: what is in it comes beside the message. */
static void
test_what_comes_with_an_ipv6_packet(void **state)
{
	static const uint8_t vrids[] = {5};
	struct lab *lab = open_bare(*state);
	const struct socket_rx rx = rx_of("v0", ADDR_IPV6, vrids, 1);
	const struct in6_pktinfo *info = NULL;
	const int *hops = NULL;
	struct sockaddr_in6 from = {0};
	uint8_t data[128];
	union {
		struct cmsghdr align;
		char space[256];
	} control;
	struct iovec iov = {data, sizeof(data)};
	struct msghdr message = {&from, sizeof(from), &iov, 1, &control, sizeof(control), 0};
	struct addr source, destination, want;
	ssize_t n = -1;
	int fd = open_rx(&rx);

	inject("v1", ADDR_IPV6, 5, 0);
	LAB_WAIT_UNTIL(lab, (n = recvmsg(fd, &message, 0)) != -1);
	assert_int_equal(n, 12);
	assert_int_equal(data[0], 0x31);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			info = (const void *)CMSG_DATA(c);
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			hops = (const void *)CMSG_DATA(c);
	}
	assert_true(info != NULL && hops != NULL);
	assert_int_equal(*hops, 255);
	assert_int_equal(info->ipi6_ifindex, rx.ifindex);
	source = addr_from_bytes(ADDR_IPV6, from.sin6_addr.s6_addr);
	destination = addr_from_bytes(ADDR_IPV6, info->ipi6_addr.s6_addr);
	assert_true(addr_parse("fe80::77", &want) == 0 && addr_equal(&source, &want));
	assert_true(addr_parse("ff02::12", &want) == 0 && addr_equal(&destination, &want));
	close(fd);
}

static void
assert_a_flood_fits(struct lab *lab, enum addr_family family)
{
	static const uint8_t vrids[] = {5};
	const struct socket_rx rx = rx_of("v0", family, vrids, 1);
	int fd = open_rx(&rx);
	unsigned count = 0;

	for (unsigned i = 0; i < 2000; i++)
		inject("v1", family, 5, 0);
	while (await(lab, fd, family) == 5 && ++count < 2000)
		;
	assert_int_equal(count, 2000);
	close(fd);
}

static void
test_B10_a_flood_fits_the_buffer(void **state)
{
	struct lab *lab = open_bare(*state);

	assert_a_flood_fits(lab, ADDR_IPV4);
	assert_a_flood_fits(lab, ADDR_IPV6);
}

/* The descriptors below 1024 that are open. */
static void
list_descriptors(bool open[1024])
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	assert_non_null(dir);
	memset(open, 0, 1024 * sizeof(open[0]));
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
			open[atoi(entry->d_name) % 1024] = true;
	closedir(dir);
}

/* The descriptors that were opened meanwhile, none of which has anything to read. */
static unsigned
count_silent(const bool before[1024], const bool after[1024])
{
	uint8_t data[128];
	unsigned count = 0;

	for (int i = 0; i < 1024; i++) {
		if (before[i] || !after[i])
			continue;
		assert_int_equal(recv(i, data, sizeof(data), MSG_DONTWAIT), -1);
		assert_int_equal(errno, EAGAIN);
		count++;
	}
	return count;
}

static void
ignore_unsent(void *ctx, const struct msg_unsent *message)
{
	(void)ctx;
	(void)message;
}

/* Neither what others send nor our own adverts come in through the sockets that send. */
static void
test_sockets_that_send_never_receive(void **state)
{
	static const enum addr_family families[] = {ADDR_IPV4, ADDR_IPV6};
	static const uint8_t vrids[] = {1, 2, MARKER};
	static const struct msg_advert_item items[] = {
	    {.instance = 1, .priority = 100}, {.instance = 2, .priority = 100}};
	static struct transmit *sender; /* stays, as in a daemon */
	struct lab *lab = *state;
	bool before[1024], after[1024];
	int fd[2];

	lab_command("ip address add fe80::1/64 dev v0 nodad");
	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_add_instance(lab, 100);
	lab_instance(lab, 2)->family = ADDR_IPV6;
	lab_add_address(lab, 2, "fe80::51:1", 64);
	lab_open(lab);
	list_descriptors(before);
	sender = transmit_open(&lab->conf, lab->links, ignore_unsent, NULL);
	assert_non_null(sender);
	list_descriptors(after);
	for (size_t i = 0; i < 2; i++) {
		const struct socket_rx rx = rx_of("v0", families[i], vrids, sizeof(vrids));

		fd[i] = open_rx(&rx);
	}
	for (unsigned i = 0; i < 5; i++) {
		transmit_adverts(sender, items, 2);
		inject("v1", ADDR_IPV4, 1, 0);
		inject("v1", ADDR_IPV6, 2, 0);
	}
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 5 && lab_count_adverts(lab, 2) == 5);
	for (size_t i = 0; i < 2; i++) {
		inject("v1", families[i], MARKER, 0);
		for (unsigned k = 0; k < 5; k++) /* five came, and the five of ours did not */
			assert_int_equal(await(lab, fd[i], families[i]), i + 1);
		assert_int_equal(await(lab, fd[i], families[i]), MARKER);
		close(fd[i]);
	}
	assert_int_equal(count_silent(before, after), 3);
}

static void
test_errors_are_told(void **state)
{
	struct socket_rx rx = {.ifindex = 9999, .interface = "v77", .family = ADDR_IPV4};

	(void)state;
	assert_int_equal(socket_open_rx(&rx), -1);
	assert_int_equal(errno, ENODEV);
	rx.family = ADDR_IPV6;
	assert_int_equal(socket_open_rx(&rx), -1);
	assert_int_equal(errno, ENODEV);
}

/* ---- the control socket ---- */

static void
test_the_control_socket(void **state)
{
	char dir[] = "/tmp/vrrpd-kernel.XXXXXX";
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask;
	int first, second, client;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_true(snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", dir) > 0);
	mask = umask(0);
	first = socket_open_control(sun.sun_path, 12345);
	assert_int_not_equal(first, -1);
	second = socket_open_control(sun.sun_path, 12345); /* in place of one that was left */
	assert_int_not_equal(second, -1);
	assert_int_equal(umask(mask), 0);
	assert_int_equal(stat(sun.sun_path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_gid, 12345);
	client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(accept(first, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	close(client);
	client = accept(second, NULL, NULL);
	assert_int_not_equal(client, -1);
	close(client);
	close(first);
	close(second);
	unlink(sun.sun_path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_B13_the_filter_takes_what_is_configured),
	    LAB_TEST(test_B13_the_filter_of_ipv6_takes_what_is_configured),
	    LAB_TEST(test_V04_families_are_apart),
	    LAB_TEST(test_a_socket_hears_one_interface),
	    LAB_TEST(test_U01_without_multicast_no_group),
	    LAB_TEST(test_E01_the_group_is_joined_while_the_socket_is_open),
	    LAB_TEST(test_what_comes_with_an_ipv6_packet),
	    LAB_TEST(test_B10_a_flood_fits_the_buffer),
	    LAB_TEST(test_sockets_that_send_never_receive),
	    LAB_TEST(test_errors_are_told),
	    LAB_TEST(test_the_control_socket),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
