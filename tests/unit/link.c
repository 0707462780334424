/*
 * Interfaces and sources as the parent hears of them, when something was not heard: dumps, what is asked for
 * during one, and dumps that do not come to their end. The kernel is the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "vrrpd/parent/link.h"

#define ETH0 7
#define ETH1 8

/* What was said, by number, since it was looked at last. */
struct heard {
	struct conf_instance instance[2];
	struct conf conf;
	struct links *links;
	struct msg_link link[2]; /* of eth0, of eth1: the last one … */
	unsigned links_said[2];  /* … and how often */
	struct msg_source_address source[2];
	unsigned sources_said[2];
};

static int
place(const char *interface)
{
	return interface[3] - '0';
}

static void
on_link(void *ctx, const struct msg_link *message)
{
	struct heard *h = ctx;

	h->link[place(message->interface)] = *message;
	h->links_said[place(message->interface)]++;
}

static void
on_source(void *ctx, const struct msg_source_address *message)
{
	struct heard *h = ctx;

	h->source[place(message->interface)] = *message;
	h->sources_said[place(message->interface)]++;
}

static void
on_named(void *ctx)
{
	(void)ctx;
}

/* How often each was said since the last time. */
static void
assert_said(struct heard *h, unsigned eth0, unsigned eth1)
{
	assert_int_equal(h->links_said[0], eth0);
	assert_int_equal(h->sources_said[0], eth0);
	assert_int_equal(h->links_said[1], eth1);
	assert_int_equal(h->sources_said[1], eth1);
	memset(h->links_said, 0, sizeof(h->links_said));
	memset(h->sources_said, 0, sizeof(h->sources_said));
}

static void
kernel_says_link(struct heard *h, uint32_t ifindex, bool up)
{
	struct netlink_link link = {.ifindex = ifindex, .up = up};

	strlcpy(link.name, ifindex == ETH0 ? "eth0" : "eth1", sizeof(link.name));
	links_take_link(h->links, &link, true);
}

static void
kernel_says_address(struct heard *h, uint32_t ifindex, const char *text)
{
	struct netlink_address address = {.ifindex = ifindex, .prefix_length = 24};

	assert_int_equal(addr_parse(text, &address.addr), 0);
	links_take_address(h->links, &address, true);
}

/* All that there is: both interfaces up, with an address each; what is left out is 0, or NULL. */
static void
kernel_says_all(struct heard *h, uint32_t left_out, const char *eth0)
{
	if (left_out != ETH0)
		kernel_says_link(h, ETH0, true);
	if (left_out != ETH1)
		kernel_says_link(h, ETH1, true);
	if (left_out != ETH0 && eth0 != NULL)
		kernel_says_address(h, ETH0, eth0);
	if (left_out != ETH1)
		kernel_says_address(h, ETH1, "198.51.100.1");
}

static void
dump(struct heard *h, uint32_t left_out, const char *eth0)
{
	links_take_dump(h->links, true);
	kernel_says_all(h, left_out, eth0);
	links_take_dump(h->links, false);
}

static int
set_up(void **state)
{
	struct heard *h = calloc(1, sizeof(*h));
	const struct links_callbacks callbacks = {on_link, on_source, on_named, h};

	for (uint32_t i = 0; i < 2; i++) {
		h->instance[i] = (struct conf_instance){.id = i + 1,
		    .family = ADDR_IPV4,
		    .priority = 100,
		    .enabled = 1,
		    .interface = "eth0"};
		h->instance[i].interface[3] = (char)('0' + i);
	}
	h->conf.instance = h->instance;
	h->conf.instance_count = 2;
	h->links = links_open(&h->conf, &callbacks);
	assert_non_null(h->links);
	dump(h, 0, "192.0.2.1");
	assert_said(h, 1, 1);
	*state = h;
	return 0;
}

static int
tear_down(void **state)
{
	struct heard *h = *state;

	links_close(h->links);
	free(h);
	return 0;
}

/* What is as it was is not said again. */
static void
test_nothing_new(void **state)
{
	struct heard *h = *state;

	dump(h, 0, "192.0.2.1");
	assert_said(h, 0, 0);
	links_report(h->links);
	assert_said(h, 1, 1);
	dump(h, 0, "192.0.2.1");
	assert_said(h, 0, 0);
}

/* What an event that was lost would have told. */
static void
test_a_dump_finds_what_was_lost(void **state)
{
	struct heard *h = *state;

	dump(h, 0, "192.0.2.2");
	assert_int_equal(h->sources_said[0], 1);
	assert_int_equal(h->source[0].addr.bytes[3], 2);
	dump(h, 0, NULL);
	assert_int_equal(h->sources_said[0], 2);
	assert_int_equal(h->source[0].problem, MSG_SOURCE_NONE);
	dump(h, ETH1, NULL);
	assert_int_equal(h->links_said[0], 0);
	assert_int_equal(h->links_said[1], 1);
	assert_int_equal(h->link[1].ifindex, 0);
	dump(h, 0, "192.0.2.1");
	assert_int_equal(h->link[1].ifindex, ETH1);
	assert_int_equal(h->source[0].addr.bytes[3], 1);
}

/* Nothing is said of what is half known; what was asked for meanwhile is said when all is known. */
static void
test_asked_for_during_a_dump(void **state)
{
	struct heard *h = *state;

	links_take_dump(h->links, true);
	kernel_says_link(h, ETH0, true);
	links_report(h->links);
	assert_said(h, 0, 0);
	kernel_says_all(h, 0, "192.0.2.1");
	links_take_dump(h->links, false);
	assert_said(h, 1, 1);
	dump(h, 0, "192.0.2.1"); /* once */
	assert_said(h, 0, 0);
}

/* A dump that did not come to its end is followed by another one, at whose end all is said. */
static void
test_asked_for_during_a_dump_that_fails(void **state)
{
	struct heard *h = *state;

	links_take_dump(h->links, true);
	links_report(h->links);
	kernel_says_link(h, ETH1, true);
	dump(h, ETH0, NULL);
	assert_said(h, 1, 1);
	assert_int_equal(h->link[0].ifindex, 0);
	assert_int_equal(h->link[1].ifindex, ETH1);
	dump(h, ETH0, NULL);
	assert_said(h, 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_nothing_new, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_dump_finds_what_was_lost, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_asked_for_during_a_dump, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_asked_for_during_a_dump_that_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
