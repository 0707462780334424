/*
 * VRRP packets to and from bytes: version 2 (RFC 3768 section 5) and version 3 (RFC 9568 section 5). Pure.
 */
#ifndef CORE_PACKET_H
#define CORE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define PACKET_KEY_SIZE 8 /* of a version 2 password, padded with NUL */

/*
 * What may be wrong with a packet, in the order in which it is looked for: X(name, counter, words). Each
 * is exactly one counter of RFC 8347, RFC 2787 or our own.
 */
/* clang-format off */
#define PACKET_VERDICTS(X) \
	X(OK, advertisement_rcvd, "ok") \
	/* a fragment, too; of IPv6, what the kernel said nothing about */ \
	X(IP_HEADER, packet_length_errors, "not a whole IP packet") \
	/* RFC 9568 5.1.1.3, 5.1.2.3: of multicast */ \
	X(TTL, ip_ttl_errors, "TTL is not 255") \
	X(SHORT, packet_length_errors, "too short") \
	X(NO_VERSION, version_errors, "no VRRP version that exists") \
	/* 0, or none of ours */ \
	X(VRID, vrid_errors, "vrid") \
	X(TYPE, invalid_type_pkts_rcvd, "not an advertisement") \
	/* unicast to a multicast instance, or the reverse */ \
	X(DELIVERY, delivery_mode_errors, "not sent as ours are") \
	X(NO_PEER, unicast_source_errors, "not from one of the unicast-peers") \
	X(PEER_TTL, ip_ttl_errors, "TTL is below the peer's min-ttl") \
	X(OTHER_VERSION, version_errors, "another VRRP version than ours") \
	/* CARP, which looks like version 2, ends here */ \
	X(LENGTH, packet_length_errors, "length does not fit the address count") \
	X(CHECKSUM, checksum_errors, "checksum") \
	/* RFC 2787: vrrpStatsInvalidAuthType, AuthTypeMismatch, AuthFailures */ \
	X(AUTH_UNKNOWN, auth_errors, "authentication type that does not exist") \
	X(AUTH_OTHER, auth_errors, "another authentication type than ours") \
	X(AUTH_FAILURE, auth_errors, "another password than ours") \
	/* RFC 9568 5.2.5 */ \
	X(COUNT_ZERO, address_list_errors, "no address") \
	/* RFC 9568 erratum 8301 */ \
	X(INTERVAL_ZERO, interval_errors, "interval 0") \
	/* version 2: RFC 3768 7.1 */ \
	X(INTERVAL_OTHER, interval_errors, "another interval than ours") \
	/* a loop, or a duplicate address */ \
	X(OWN_SOURCE, own_source_pkts_rcvd, "our own source address") \
	/* version 2: RFC 3768 7.1; nothing is wrong with the packet */ \
	X(OWNER, advertisement_rcvd, "we own the addresses")

#define PACKET_ENUM(name, counter, words) PACKET_##name,
enum packet_verdict { PACKET_VERDICTS(PACKET_ENUM) PACKET_VERDICT_COUNT };
/* clang-format on */

/* Words for people: "interval 0", and the counter as vrrpctl names it: "interval_errors". */
const char *packet_verdict_name(enum packet_verdict);
const char *packet_verdict_counter(enum packet_verdict);

/*
 * What a right checksum covers, as bits. MESSAGE alone: version 2, and version 3 over IPv4 by RFC 9568
 * 5.2.8. PSEUDO: the pseudo-header too, of IPv6, and of IPv4 by RFC 5798. GROUP: over IPv4 a pseudo-header
 * with 224.0.0.18 in a packet sent to one router, as keepalived once did.
 */
enum packet_form { PACKET_FORM_MESSAGE = 1, PACKET_FORM_PSEUDO = 2, PACKET_FORM_GROUP = 4 };

struct packet {
	struct addr source;
	struct addr destination;
	uint8_t ttl; /* hop limit */
	uint8_t version;
	uint8_t type;
	uint8_t vrid;
	uint8_t priority;
	uint8_t address_count;
	uint8_t authentication; /* Auth Type; version 2 */
	uint8_t forms;          /* enum packet_form that are right; after packet_check() is OK */
	uint16_t interval_cs;   /* version 3: 0..4095; version 2: whole seconds, 0..25500 */
	const uint8_t *message; /* the VRRP message, inside the caller's buffer */
	size_t message_size;
	const uint8_t *addresses; /* address_count of them; after packet_check() is OK */
};

/*
 * The first half of the checks: what is needed to find the instance (IP_HEADER … VRID 0). data is what
 * an AF_INET raw socket delivered: IP header included. *out is filled as far as it goes; on any verdict
 * but IP_HEADER, source and destination are valid, and so is vrid if the message has it. Never reads past
 * size.
 */
enum packet_verdict packet_decode_ipv4(const uint8_t *data, size_t size, struct packet *out);

/*
 * The same for an AF_INET6 raw socket, which delivers the message alone; the rest is what recvmsg() said.
 * Addresses that are unset and a hop limit of -1 mean that it did not: IP_HEADER.
 */
enum packet_verdict packet_decode_ipv6(const uint8_t *data, size_t size, const struct addr *source,
    const struct addr *destination, int hop_limit, struct packet *out);

/* A router that may send to a unicast instance. */
struct packet_peer {
	struct addr addr;
	uint8_t min_ttl; /* what arrives with less is dropped; 0 = anything goes */
};

/* What the second half compares with. */
struct packet_rules {
	uint8_t version;
	uint8_t family;       /* enum addr_family */
	bool unicast;         /* only from peers, to an address; else only to the group */
	bool owner;           /* our priority is 255 */
	uint16_t interval_cs; /* version 2: what differs is dropped */
	const uint8_t *key;   /* version 2: PACKET_KEY_SIZE bytes; NULL = no password */
	const struct packet_peer *peers; /* peer_count of them; NULL when not unicast */
	size_t peer_count;
	struct addr own_source; /* ADDR_NONE = none */
};

/*
 * The second half, for the instance that (interface, family, vrid) named: TYPE … OWNER. What differs and
 * is accepted nevertheless is for the caller to look at: interval_cs of version 3, forms, and the two
 * functions on the address list.
 */
enum packet_verdict packet_check(struct packet *, const struct packet_rules *);

/* Address i of a checked packet. */
struct addr packet_address(const struct packet *, size_t i);

/*
 * Whether a checked packet advertises other addresses than these, in whatever order (RFC 3768 7.1,
 * RFC 9568 7.1). They are in the order of addr_compare(), each once.
 */
bool packet_lists_differ(const struct packet *, const struct addr *sorted, size_t count);

/* RFC 9568 5.2.9: whether the first address of a checked IPv6 packet is link-local; true for IPv4. */
bool packet_first_is_link_local(const struct packet *);

/* A message to send; the address list is the instance's, in order. */
struct packet_template {
	uint8_t version; /* 2 or 3 */
	uint8_t family;  /* ADDR_IPV4, or with version 3 ADDR_IPV6 */
	uint8_t vrid;
	uint8_t priority;
	uint16_t interval_cs; /* 1..4095; version 2: 100..25500, whole seconds */
	bool pseudo_header; /* v3/IPv4: cover it by the checksum (RFC 5798), else RFC 9568 5.2.8 */
	const uint8_t *key; /* PACKET_KEY_SIZE bytes, NULL = no password; version 2 only */
	struct addr source; /* source and destination are for the pseudo-header only */
	struct addr destination;
	const struct addr *address; /* of that family */
	size_t address_count;       /* 1..255 */
};

#define PACKET_SIZE_MAX (8 + 255 * 16)

/* Bytes written to out (PACKET_SIZE_MAX at most), checksum included; 0 when a field is out of range. */
size_t packet_encode(const struct packet_template *, uint8_t *out);

/* Replaces the priority of an encoded message and adjusts its checksum (RFC 1624). */
void packet_patch_priority(uint8_t *message, uint8_t priority);

/* 224.0.0.18 (RFC 9568 5.1.1.2) or ff02::12 (5.1.2.2); ADDR_NONE for no family. */
struct addr packet_group(uint8_t family);

#endif
