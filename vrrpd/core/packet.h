/*
 * VRRP packets to and from bytes (RFC 9568 section 5). Pure.
 */
#ifndef CORE_PACKET_H
#define CORE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

/*
 * What may be wrong with a packet, in the order in which it is looked for (SPEC: RFC 9568 7.1). Each but
 * OK is exactly one counter.
 */
/* clang-format off */
#define PACKET_VERDICTS(X) \
	X(OK, "ok") \
	X(IP_HEADER, "packet-length-errors")   /* not a whole IP packet, or a fragment */ \
	X(TTL, "ip-ttl-errors")		       /* not 255 (RFC 9568 5.1.1.3) */ \
	X(SHORT, "packet-length-errors")       /* shorter than a header */ \
	X(NO_VERSION, "version-errors")       /* none that exists */ \
	X(VRID, "vrid-errors")		       /* 0, or none of ours */ \
	X(TYPE, "invalid-type-pkts-rcvd")      /* not an advertisement */ \
	X(DELIVERY, "delivery-mode-errors")    /* unicast to a multicast instance */ \
	X(OTHER_VERSION, "version-errors")     /* not the instance's */ \
	X(LENGTH, "packet-length-errors")      /* not what the address count says */ \
	X(CHECKSUM, "checksum-errors") \
	X(COUNT_ZERO, "address-list-errors")   /* RFC 9568 5.2.5 */ \
	X(INTERVAL_ZERO, "interval-errors")    /* RFC 9568 erratum 8301 */ \
	X(OWN_SOURCE, "own-source-pkts-rcvd")  /* a loop, or a duplicate address */

#define PACKET_ENUM(name, counter) PACKET_##name,
enum packet_verdict { PACKET_VERDICTS(PACKET_ENUM) PACKET_VERDICT_COUNT };
/* clang-format on */

/* Words for people: "checksum", and for the counter: "checksum-errors". */
const char *packet_verdict_name(enum packet_verdict);
const char *packet_verdict_counter(enum packet_verdict);

struct packet {
	struct addr source;
	struct addr destination;
	uint8_t ttl;
	uint8_t version;
	uint8_t type;
	uint8_t vrid;
	uint8_t priority;
	uint8_t address_count;
	uint16_t interval_cs;   /* Max Advertise Interval, 0..4095 */
	const uint8_t *message; /* the VRRP message, inside the caller's buffer */
	size_t message_size;
	const uint8_t *addresses; /* address_count of 4 bytes; only after packet_check() is OK */
};

/* The first half of the checks: what is needed to find the instance (IP_HEADER … VRID 0). data is what
 * an AF_INET raw socket delivered: IP header included. *out is filled as far as it goes; on any verdict
 * but IP_HEADER, source and destination are valid. Never reads past size. */
enum packet_verdict packet_decode_ipv4(const uint8_t *data, size_t size, struct packet *out);

/* What the second half compares with. */
struct packet_rules {
	uint8_t version;
	struct addr own_source; /* ADDR_NONE = none */
};

/* The second half, for the instance that (interface, family, vrid) named: TYPE … OWN_SOURCE. */
enum packet_verdict packet_check(struct packet *, const struct packet_rules *);

/* Address i of a checked packet. */
struct addr packet_address(const struct packet *, size_t i);

/* A VRRPv3 message to send; the address list is the instance's, in order. */
struct packet_template {
	uint8_t family; /* ADDR_IPV4 */
	uint8_t vrid;
	uint8_t priority;
	uint16_t interval_cs;
	bool pseudo_header; /* v3/IPv4: cover it by the checksum (RFC 5798), else RFC 9568 5.2.8 */
	struct addr source;
	struct addr destination;
	const struct addr *address;
	size_t address_count; /* 1..255 */
};

#define PACKET_SIZE_MAX (8 + 255 * 16)

/* Bytes written to out (PACKET_SIZE_MAX at most), checksum included; 0 when a field is out of range. */
size_t packet_encode(const struct packet_template *, uint8_t *out);

/* Replaces the priority of an encoded message and adjusts its checksum (RFC 1624). */
void packet_patch_priority(uint8_t *message, uint8_t priority);

/* 224.0.0.18 (RFC 9568 5.1.1.2). */
struct addr packet_group_ipv4(void);

#endif
