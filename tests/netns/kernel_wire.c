/*
 * What the parent puts on the wire, and what the sockets it lends take from it.
 */
#include "tests/netns/kernel_lab.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vrrpd/parent/socket.h"

#define VIP "192.0.2.10"
#define VIP2 "192.0.2.11"
#define MARKER \
	200 /* a VRID: the last packet sent, so that what did not come before does not come */

/* ---- adverts ---- */

static uint16_t
sum_words(const uint8_t *data, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void
advertise(struct lab *lab, uint32_t id, uint8_t priority)
{
	const struct msg_advert_item item = {.instance = id, .priority = priority};

	transmit_adverts(lab->transmit, &item, 1);
}

static const uint8_t *
nth_advert(const struct lab *lab, size_t n)
{
	for (size_t i = 0; i < lab->frame_count; i++)
		if (lab_is_advert(&lab->frame[i], 0) && n-- == 0)
			return lab->frame[i].data;
	fail_msg("no such advert");
	return NULL;
}

static void
test_an_advert_byte_by_byte(void **state)
{
	static const uint8_t group_mac[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x12};
	static const uint8_t addresses[] = {192, 0, 2, 1, 224, 0, 0, 18};
	static const uint8_t message[] = {0x31, 1, 200, 2, 0, 100};
	static const uint8_t vips[] = {192, 0, 2, 10, 192, 0, 2, 11};
	struct lab *lab = *state;
	const uint8_t *frame;
	uint32_t sum;

	lab_add_instance(lab, 200);
	lab_add_address(lab, 1, VIP, 24);
	lab_add_address(lab, 1, VIP2, 24);
	lab_open(lab);
	assert_int_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
	advertise(lab, 1, 200);
	assert_int_not_equal(transmit_last_advert(lab->transmit, 1).ns, 0);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 1);

	frame = nth_advert(lab, 0);
	assert_memory_equal(frame, group_mac, sizeof(group_mac));
	assert_int_equal(frame[14], 0x45);
	assert_int_equal(frame[15], 0xc0); /* CS6 */
	assert_int_equal(frame[16] << 8 | frame[17], 20 + 16);
	assert_int_equal((frame[20] << 8 | frame[21]) & 0x3fff, 0); /* no fragment */
	assert_int_equal(frame[22], 255);
	assert_int_equal(frame[23], 112);
	assert_int_equal(sum_words(frame + 14, 20, 0), 0xffff);
	assert_memory_equal(frame + 26, addresses, sizeof(addresses));
	assert_memory_equal(frame + 34, message, sizeof(message));
	assert_memory_equal(frame + 42, vips, sizeof(vips));
	/* the pseudo-header: both addresses, protocol, length (RFC 5798 5.2.8) */
	sum = sum_words(addresses, sizeof(addresses), 112 + 16);
	assert_int_equal(sum_words(frame + 34, 16, sum), 0xffff);
}

static void
test_a_resignation_and_another_source(void **state)
{
	static const uint8_t source[] = {10, 0, 0, 9};
	struct lab *lab = *state;
	const uint8_t *frame;
	mono_t last;
	uint32_t sum;

	lab_add_instance(lab, 200);
	lab_add_address(lab, 1, VIP, 24);
	lab_open(lab);
	advertise(lab, 1, 150);
	last = transmit_last_advert(lab->transmit, 1);
	transmit_resign(lab->transmit, 1);
	assert_int_equal(transmit_last_advert(lab->transmit, 1).ns, last.ns);
	lab_command("ip address add 10.0.0.9/8 dev v0 && ip address del 192.0.2.1/24 dev v0");
	LAB_WAIT_UNTIL(lab, memcmp(lab->source.addr.bytes, source, sizeof(source)) == 0);
	advertise(lab, 1, 150);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 3);
	assert_int_equal(nth_advert(lab, 0)[36], 150);
	assert_int_equal(nth_advert(lab, 1)[36], 0);
	assert_int_equal(nth_advert(lab, 2)[36], 150);
	for (size_t i = 0; i < 3; i++) {
		frame = nth_advert(lab, i);
		sum = sum_words(frame + 26, 8, 112 + 12);
		assert_int_equal(sum_words(frame + 34, 12, sum), 0xffff);
	}
	assert_memory_equal(nth_advert(lab, 2) + 26, source, sizeof(source));
}

/* One that cannot be sent holds up none of the others; the same instance twice is two adverts. */
static void
test_a_batch_with_one_that_fails(void **state)
{
	struct lab *lab = *state;
	struct msg_advert_item items[150];

	for (uint32_t id = 1; id <= 149; id++) {
		lab_add_instance(lab, 100);
		lab_add_address(lab, id, VIP, 24);
		items[id - 1] = (struct msg_advert_item){.instance = id, .priority = 100};
	}
	items[149] = items[0];
	items[149].priority = 0;
	strcpy(lab_instance(lab, 40)->interface, "v8"); /* is not there */
	strcpy(lab_instance(lab, 41)->interface, "v9"); /* is down: found out by the kernel */
	lab_command("ip link add v9 type veth peer name v7");
	lab_command("ip address add 198.51.100.1/24 dev v9");
	lab_open(lab);
	transmit_adverts(lab->transmit, items, 150);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 0) == 148);
	assert_int_equal(lab_count_adverts(lab, 1), 2);
	assert_int_equal(lab_count_adverts(lab, 42), 1);
	assert_int_equal(lab_count_adverts(lab, 149), 1);
	assert_int_equal(nth_advert(lab, 0)[36], 100);
	assert_int_equal(nth_advert(lab, 147)[36], 0);
	assert_int_equal(transmit_last_advert(lab->transmit, 40).ns, 0);
	assert_int_equal(transmit_last_advert(lab->transmit, 41).ns, 0);
}

/* ---- gratuitous ARPs ---- */

static void
test_M04_a_gratuitous_arp_byte_by_byte(void **state)
{
	static const uint8_t fixed[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};
	static const uint8_t mac[] = {0x02, 0, 0, 0, 0, 0x42};
	static const uint8_t all[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t vip[] = {192, 0, 2, 10};
	struct lab *lab = *state;
	const uint8_t *frame = NULL;

	lab_command("ip link set v0 address 02:00:00:00:00:42");
	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_open(lab);
	address_acquire(lab->ledger, 1, 1);
	LAB_WAIT_UNTIL(lab, lab_count_garps(lab, VIP) == 1);
	for (size_t i = 0; i < lab->frame_count; i++)
		if (lab_is_garp(&lab->frame[i], VIP))
			frame = lab->frame[i].data;
	assert_memory_equal(frame, all, sizeof(all));
	assert_memory_equal(frame + 6, mac, sizeof(mac));
	assert_memory_equal(frame + 12, fixed, sizeof(fixed));
	assert_memory_equal(frame + 22, mac, sizeof(mac));
	assert_memory_equal(frame + 28, vip, sizeof(vip));
	assert_memory_equal(frame + 38, vip, sizeof(vip));
}

static void
assert_spread(const struct lab *lab, const int64_t *expected_ms, size_t count)
{
	mono_t first = {0};
	size_t n = 0;

	for (size_t i = 0; i < lab->frame_count; i++) {
		if (!lab_is_garp(&lab->frame[i], VIP))
			continue;
		if (n == 0)
			first = lab->frame[i].at;
		assert_true(n < count);
		/* a loaded machine is late, never early */
		assert_in_range(mono_since(lab->frame[i].at, first) / NS_PER_MS + 3, expected_ms[n],
		    expected_ms[n] + 60);
		n++;
	}
	assert_int_equal(n, count);
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
	LAB_WAIT_UNTIL(lab, lab_count_garps(lab, VIP) == 3);
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
	LAB_WAIT_UNTIL(lab, lab_count_garps(lab, VIP) == 1);
	for (unsigned i = 0; i < 5; i++)
		announcer_start(lab->announcer, 1);
	lab_run_for(lab, 300);
	assert_int_equal(lab_count_garps(lab, VIP), 3);

	end = mono_add(clock_now(), 500 * NS_PER_MS);
	while (!mono_reached(end, clock_now())) {
		announcer_start(lab->announcer, 1);
		lab_run_for(lab, 5);
	}
	assert_in_range(lab_count_garps(lab, VIP), 3 + 4, 3 + 11);
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
	assert_int_equal(lab_count_garps(lab, VIP), 0);
	assert_int_equal(lab_count_marked("v0"), 1);
}

/* ---- sockets that receive ---- */

static int
open_rx(const char *interface, const uint8_t *vrid, size_t count)
{
	struct socket_vrids vrids = {{0}};
	int fd;

	for (size_t i = 0; i < count; i++)
		socket_vrids_add(&vrids, vrid[i]);
	fd = socket_open_rx(if_nametoindex(interface), interface, ADDR_IPV4, &vrids);
	assert_int_not_equal(fd, -1);
	return fd;
}

/* The next packet, -1 when none has come; its VRID, 0 when it is too short to have one. */
static int
receive(int fd)
{
	uint8_t data[128];
	ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
	size_t header;

	if (n == -1)
		return -1;
	assert_true(n >= 20);
	header = (size_t)(data[0] & 0xf) * 4;
	return (size_t)n < header + 2 ? 0 : data[header + 1];
}

static int
await(struct lab *lab, int fd)
{
	int vrid = -1;

	LAB_WAIT_UNTIL(lab, (vrid = receive(fd)) != -1);
	return vrid;
}

static void
inject(const char *far, uint8_t vrid, size_t options_size)
{
	const uint8_t message[12] = {0x31, vrid, 100, 1, 0, 100};

	lab_inject(far, options_size, message, sizeof(message));
}

/* An open lab without instances: only its loop and the cable. */
static struct lab *
open_bare(struct lab *lab)
{
	lab_open(lab);
	return lab;
}

static void
test_the_filter_takes_what_is_configured(void **state)
{
	static const uint8_t vrids[] = {5, 32, 255, MARKER};
	static const uint8_t byte[] = {0x31};
	struct lab *lab = open_bare(*state);
	int fd = open_rx("v0", vrids, sizeof(vrids));

	for (unsigned vrid = 1; vrid <= 255; vrid++)
		if (vrid != MARKER)
			inject("v1", (uint8_t)vrid, 0);
	inject("v1", 5, 8); /* a longer IP header */
	inject("v1", 6, 8);
	inject("v1", 0, 0);           /* a VRID that does not exist is none of ours */
	lab_inject("v1", 0, byte, 1); /* too short for a VRID: arrives, to be counted */
	lab_inject("v1", 40, byte, 0);
	inject("v1", MARKER, 0);
	assert_int_equal(await(lab, fd), 5);
	assert_int_equal(await(lab, fd), 32);
	assert_int_equal(await(lab, fd), 255);
	assert_int_equal(await(lab, fd), 5);
	assert_int_equal(await(lab, fd), 0);
	assert_int_equal(await(lab, fd), 0);
	assert_int_equal(await(lab, fd), MARKER);
	close(fd);
}

static void
test_a_socket_hears_one_interface(void **state)
{
	static const uint8_t vrids[] = {5, MARKER};
	struct lab *lab = open_bare(*state);
	int near, other;

	lab_cable("v2", "v3");
	lab_command("ip address add 192.0.2.129/25 dev v2");
	near = open_rx("v0", vrids, sizeof(vrids));
	other = open_rx("v2", vrids, sizeof(vrids));
	inject("v3", 5, 0);
	assert_int_equal(await(lab, other), 5);
	inject("v1", MARKER, 0);
	assert_int_equal(await(lab, near), MARKER);
	assert_int_equal(receive(other), -1);
	close(near);
	close(other);
}

static void
test_a_flood_fits_the_buffer(void **state)
{
	static const uint8_t vrids[] = {5};
	struct lab *lab = open_bare(*state);
	int fd = open_rx("v0", vrids, sizeof(vrids));
	unsigned count = 0;

	for (unsigned i = 0; i < 2000; i++)
		inject("v1", 5, 0);
	while (await(lab, fd) == 5 && ++count < 2000)
		;
	assert_int_equal(count, 2000);
	close(fd);
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

/* Neither what others send nor our own adverts come in through the sockets that send. */
static void
ignore_unsent(void *ctx, const struct msg_unsent *message)
{
	(void)ctx;
	(void)message;
}

static void
test_sockets_that_send_never_receive(void **state)
{
	static const uint8_t vrids[] = {1, MARKER};
	static struct transmit *sender; /* stays, as in a daemon */
	const struct msg_advert_item item = {.instance = 1, .priority = 100};
	struct lab *lab = *state;
	bool before[1024], after[1024];
	uint8_t data[128];
	unsigned count = 0;
	int fd;

	lab_add_instance(lab, 100);
	lab_add_address(lab, 1, VIP, 24);
	lab_open(lab);
	list_descriptors(before);
	sender = transmit_open(&lab->conf, lab->links, ignore_unsent, NULL);
	assert_non_null(sender);
	list_descriptors(after);
	fd = open_rx("v0", vrids, sizeof(vrids));
	for (unsigned i = 0; i < 5; i++) {
		transmit_adverts(sender, &item, 1);
		inject("v1", 1, 0);
	}
	inject("v1", MARKER, 0);
	LAB_WAIT_UNTIL(lab, lab_count_adverts(lab, 1) == 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(await(lab, fd), 1);
	assert_int_equal(await(lab, fd), MARKER); /* five came, and the five of ours did not */
	for (int i = 0; i < 1024; i++) {
		if (before[i] || !after[i])
			continue;
		assert_int_equal(recv(i, data, sizeof(data), MSG_DONTWAIT), -1);
		assert_int_equal(errno, EAGAIN);
		count++;
	}
	assert_int_equal(count, 2);
	close(fd);
}

static void
test_errors_are_told(void **state)
{
	static const uint8_t vrids[] = {5};
	struct socket_vrids set = {{0}};

	(void)state;
	socket_vrids_add(&set, vrids[0]);
	assert_int_equal(socket_open_rx(9999, "v77", ADDR_IPV4, &set), -1);
	assert_int_equal(errno, ENODEV);
	assert_int_equal(socket_open_rx(1, "lo", ADDR_IPV6, &set), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
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
	    LAB_TEST(test_an_advert_byte_by_byte),
	    LAB_TEST(test_a_resignation_and_another_source),
	    LAB_TEST(test_a_batch_with_one_that_fails),
	    LAB_TEST(test_M04_a_gratuitous_arp_byte_by_byte),
	    LAB_TEST(test_announcements_are_spread),
	    LAB_TEST(test_announcements_are_refreshed_until_release),
	    LAB_TEST(test_rounds_are_merged),
	    LAB_TEST(test_no_announcement_when_none_is_configured),
	    LAB_TEST(test_the_filter_takes_what_is_configured),
	    LAB_TEST(test_a_socket_hears_one_interface),
	    LAB_TEST(test_a_flood_fits_the_buffer),
	    LAB_TEST(test_sockets_that_send_never_receive),
	    LAB_TEST(test_errors_are_told),
	    LAB_TEST(test_the_control_socket),
	};
	int code;

	if (!lab_begin(&code))
		return code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
