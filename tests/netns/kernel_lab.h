/*
 * The parent's modules below its supervision (netlink, link, address, transmit, announce), put
 * together as the parent does it, in a network namespace of the test's own. Root only.
 *
 * The daemon's side is v0 (192.0.2.1/24), the other end of the cable v1, whose frames are kept.
 * What the kernel holds is asked of the kernel, with requests of the test's own.
 */
#ifndef TESTS_NETNS_KERNEL_LAB_H
#define TESTS_NETNS_KERNEL_LAB_H

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/announce.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/netlink.h"
#include "vrrpd/parent/transmit.h"

#define LAB_INSTANCES_MAX 256
#define LAB_FRAME_MAX 1600 /* bytes kept of a frame */
#define LAB_WAIT_MS 3000   /* for what should come at once: a busy machine is no failure */

struct lab_frame {
	mono_t at;
	size_t size;
	uint8_t data[LAB_FRAME_MAX];
};

/* What the parent was told of one instance. */
struct lab_seen {
	struct msg_addresses last;
	struct msg_addresses answer; /* the last one that answers a request */
	unsigned answers;
	unsigned told;       /* answers, and words unasked */
	unsigned installed;  /* calls: an address is to be announced */
	unsigned first_turn; /* of the loop, with such a call */
	unsigned last_turn;
};

struct lab {
	struct conf conf;
	struct event_base *base;
	struct event *tick; /* no turn takes longer than 1 ms of waiting */
	struct netlink *netlink;
	struct links *links;
	struct address_ledger *ledger;
	struct transmit *transmit;
	struct announcer *announcer;
	int wire;
	unsigned turn;
	uint32_t advertise;   /* this instance sends an advert in each turn; 0 = none */
	struct msg_link link; /* v0 */
	unsigned link_changes;
	struct msg_link other_link;        /* the last one said of another */
	struct msg_source_address source;  /* IPv4 */
	struct msg_source_address source6; /* IPv6 */
	struct msg_source_address asked;   /* of instances with a source-address */
	unsigned source_changes;
	struct lab_seen seen[LAB_INSTANCES_MAX + 1]; /* by id */
	struct lab_frame *frame;
	size_t frame_count;
	struct lab *next;
	unsigned unsent; /* adverts that did not leave */
	struct msg_unsent last_unsent;
};

/* A test that begins in a new namespace; its state is a lab that is not yet open. */
#define LAB_TEST(name) cmocka_unit_test_setup(name, lab_setup)

/* The condition is looked at once a turn, so it may take something away. */
#define LAB_WAIT_UNTIL(lab, condition) \
	do { \
		mono_t end_ = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS); \
		bool met_; \
		while (!(met_ = (condition)) && !mono_reached(end_, clock_now())) \
			lab_turn(lab); \
		if (!met_) \
			fail_msg("never: %s", #condition); \
	} while (0)

/* First line of main(): false when there is nothing to test, with the exit code. */
bool lab_begin(int *code);

int lab_setup(void **state);

/* A daemon that starts after another one crashed: in the same namespace, nothing configured. */
struct lab *lab_create(void);

/*
 * Before lab_open(): an IPv4 instance on v0, priority 255 = the owner; its id, which is its VRID too. What
 * belongs to instances is added in the order of instances.
 */
uint32_t lab_add_instance(struct lab *, uint8_t priority);
struct conf_instance *lab_instance(struct lab *, uint32_t id);
struct conf_address *lab_add_address(
    struct lab *, uint32_t instance, const char *addr, uint8_t prefix_length);
void lab_add_peer(struct lab *, uint32_t instance, const char *addr);
void lab_add_track(struct lab *, uint32_t instance, const char *interface);

/* Keeps the frames that come out at v1, from now on; lab_open() does. */
void lab_watch(struct lab *);

/* Opens everything and hears what the kernel has. */
void lab_open(struct lab *);

/* One turn of the loop, then the frames that came; or as many as fit that time. */
void lab_turn(struct lab *);
void lab_run_for(struct lab *, int64_t ms);

/* Runs a command line; the test fails when the command does. */
void lab_command(const char *, ...) __attribute__((format(printf, 1, 2)));

/* A veth pair, both ends up, without IPv6 addresses. */
void lab_cable(const char *near, const char *far);

/* What the kernel has on an interface, asked just now. */
struct lab_address {
	unsigned count; /* addresses that match */
	uint8_t proto;  /* of the last of them, as all that follows */
	uint8_t prefix_length;
	uint8_t scope;
	uint32_t flags;
	uint32_t preferred; /* seconds */
	uint32_t valid;
	char label[CONF_IFNAME_MAX];
};
struct lab_address lab_ask(const char *interface, const char *addr); /* NULL = any */
unsigned lab_count_marked(const char *interface);

/* Of either family: a gratuitous ARP or unsolicited neighbour advertisement for an address (NULL = any). */
bool lab_is_advert(const struct lab_frame *, uint8_t vrid); /* 0 = any */
bool lab_is_announcement(const struct lab_frame *, const char *addr);
size_t lab_count_adverts(const struct lab *, uint8_t vrid);
size_t lab_count_announcements(const struct lab *, const char *addr);

/* The nth of them (0 = first); the test fails when there is none. */
const uint8_t *lab_nth_advert(const struct lab *, size_t n);
const uint8_t *lab_first_announcement(const struct lab *, const char *addr);

/* RFC 1071, without the complement: 0xffff over what contains a right checksum. */
uint16_t lab_sum(const uint8_t *data, size_t size, uint32_t sum);

/*
 * Sends a packet of protocol 112, out of the far end of a cable: from 192.0.2.77 to the group, or to an
 * address of the near end (NULL = the group). In IPv6 from fe80::77, and options are a header of that
 * many bytes.
 */
struct lab_packet {
	enum addr_family family;
	const char *to;
	size_t options_size;
	const uint8_t *payload;
	size_t size;
};
void lab_open_injector(void); /* for the present namespace: lab_setup() does */
void lab_inject(const char *far, const char *near, const struct lab_packet *);

/* Bytes of a frame in front of what is looked at. */
#define LAB_IP 14
#define LAB_IPV4_ADVERT (LAB_IP + 20)
#define LAB_IPV6_ADVERT (LAB_IP + 40)

void lab_advertise(struct lab *, uint32_t instance, uint8_t priority);
uint32_t lab_add_ipv6_instance(struct lab *); /* priority 100 */
/* Its checksum is right for these addresses: both in full, length, protocol. */
void lab_assert_ipv6_sum(const uint8_t *frame, size_t size);
void lab_assert_address_at(const uint8_t *bytes, uint8_t family, const char *text);

#endif
