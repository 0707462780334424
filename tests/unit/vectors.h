/*
 * Packets as they arrive, each with the configuration of who receives it, what is to be said of it, and
 * the counter that tells. Made from the RFCs; the checksums were worked out apart from the code under
 * test. For vectors.c and receive.c.
 *
 * All are for vrid 51. The router is 192.0.2.2 (fe80::a:2), priority 100, and has 192.0.2.10 (fe80::51:1 and
 * 2001:db8:51::10); most packets come from 192.0.2.1 (fe80::a:1), priority 200.
 */
#ifndef UNIT_VECTORS_H
#define UNIT_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "common/vrrp.h"
#include "vrrpd/core/packet.h"

#define VECTOR_VRID 51
#define VECTOR_SIZE_MAX 512
#define VECTOR_IPV4_HEADER_MAX 60
#define VECTOR_IPV6_HEADER 40

/* What of an accepted packet differs from the configuration. */
#define VECTOR_INTERVAL 1U
#define VECTOR_FORM 2U
#define VECTOR_LIST 4U
#define VECTOR_FIRST 8U
#define VECTOR_OTHER_OWNER 16U

enum vector_conf {
	VECTOR_V3,
	VECTOR_V3_MESSAGE, /* sends checksums of the message only */
	VECTOR_V3_TWO,     /* has 192.0.2.11 too */
	VECTOR_V3_OWNER,
	VECTOR_UNICAST,
	VECTOR_V2,
	VECTOR_V2_10S,
	VECTOR_V2_255S,
	VECTOR_V2_KEY, /* secret12 */
	VECTOR_V2_SHORT_KEY,
	VECTOR_V2_OWNER,
	VECTOR_V2_UNICAST,
	VECTOR_V6,
	VECTOR_V6_OWNER,
	VECTOR_V6_UNICAST,
	VECTOR_CONF_COUNT
};

struct vector {
	const char *name;
	enum vector_conf conf;
	enum packet_verdict verdict;
	const char *counter;
	unsigned differs;   /* VECTOR_* */
	const char *header; /* IP, hexadecimal */
	const char *message;
};

static const struct vector vectors[] = {
#include "tests/unit/vectors_ipv4.h"
#include "tests/unit/vectors_v2.h"
#include "tests/unit/vectors_ipv6.h"
};

#define VECTOR_COUNT (sizeof(vectors) / sizeof(vectors[0]))

struct vector_router {
	uint8_t family;
	uint8_t version;
	uint8_t priority;
	uint8_t checksum; /* enum conf_checksum */
	uint32_t interval_cs;
	const char *key; /* NULL = none */
	bool unicast;
	bool two;
};

static const struct vector_router vector_routers[VECTOR_CONF_COUNT] = {
    [VECTOR_V3] = {ADDR_IPV4, 3, 100, CONF_CHECKSUM_AUTO, 100, NULL, false, false},
    [VECTOR_V3_MESSAGE] = {ADDR_IPV4, 3, 100, CONF_CHECKSUM_MESSAGE_ONLY, 100, NULL, false, false},
    [VECTOR_V3_TWO] = {ADDR_IPV4, 3, 100, CONF_CHECKSUM_PSEUDO_HEADER, 100, NULL, false, true},
    [VECTOR_V3_OWNER] = {ADDR_IPV4, 3, 255, CONF_CHECKSUM_AUTO, 100, NULL, false, false},
    [VECTOR_UNICAST] = {ADDR_IPV4, 3, 100, CONF_CHECKSUM_AUTO, 100, NULL, true, false},
    [VECTOR_V2] = {ADDR_IPV4, 2, 100, CONF_CHECKSUM_AUTO, 100, NULL, false, false},
    [VECTOR_V2_10S] = {ADDR_IPV4, 2, 100, CONF_CHECKSUM_AUTO, 1000, NULL, false, false},
    [VECTOR_V2_255S] = {ADDR_IPV4, 2, 100, CONF_CHECKSUM_AUTO, 25500, NULL, false, false},
    [VECTOR_V2_KEY] = {ADDR_IPV4, 2, 100, CONF_CHECKSUM_AUTO, 100, "secret12", false, false},
    [VECTOR_V2_SHORT_KEY] = {ADDR_IPV4, 2, 100, CONF_CHECKSUM_AUTO, 100, "abc", false, false},
    [VECTOR_V2_OWNER] = {ADDR_IPV4, 2, 255, CONF_CHECKSUM_AUTO, 100, NULL, false, false},
    [VECTOR_V2_UNICAST] = {ADDR_IPV4, 2, 100, CONF_CHECKSUM_AUTO, 100, NULL, true, false},
    [VECTOR_V6] = {ADDR_IPV6, 3, 100, CONF_CHECKSUM_AUTO, 100, NULL, false, false},
    [VECTOR_V6_OWNER] = {ADDR_IPV6, 3, 255, CONF_CHECKSUM_AUTO, 100, NULL, false, false},
    [VECTOR_V6_UNICAST] = {ADDR_IPV6, 3, 100, CONF_CHECKSUM_AUTO, 100, NULL, true, false},
};

static const struct addr vector_own_source[] = {
    {ADDR_IPV4, {0}, {192, 0, 2, 2}},
    {ADDR_IPV6, {0}, {0xfe, 0x80, [13] = 0x0a, [15] = 0x02}},
};

/* In the order of addr_compare(). */
static const struct addr vector_addresses[2][2] = {
    {{ADDR_IPV4, {0}, {192, 0, 2, 10}}, {ADDR_IPV4, {0}, {192, 0, 2, 11}}},
    {{ADDR_IPV6, {0}, {0x20, 0x01, 0x0d, 0xb8, 0, 0x51, [15] = 0x10}},
	{ADDR_IPV6, {0}, {0xfe, 0x80, [13] = 0x51, [15] = 0x01}}},
};

static const struct packet_peer vector_peers[2][3] = {
    {{{ADDR_IPV4, {0}, {192, 0, 2, 1}}, 0}, {{ADDR_IPV4, {0}, {192, 0, 2, 3}}, 255},
	{{ADDR_IPV4, {0}, {198, 51, 100, 7}}, 64}},
    {{{ADDR_IPV6, {0}, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, 0},
	{{ADDR_IPV6, {0}, {0xfe, 0x80, [13] = 0x0a, [15] = 1}}, 255},
	{{ADDR_IPV6, {0}, {0x20, 0x01, 0x0d, 0xb8, [15] = 3}}, 64}},
};

static inline size_t
vector_family_index(const struct vector *v)
{
	return vector_routers[v->conf].family == ADDR_IPV6;
}

static inline size_t
vector_address_count(const struct vector *v)
{
	return vector_routers[v->conf].two || vector_family_index(v) == 1 ? 2 : 1;
}

static inline size_t
vector_read_hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned byte;

	for (; text[2 * n] != '\0' && sscanf(text + 2 * n, "%2x", &byte) == 1; n++)
		out[n] = (uint8_t)byte;
	return n;
}

/* The whole packet; *header is what of it is IP's. Returns its size. */
static inline size_t
vector_build(const struct vector *v, uint8_t *out, size_t *header)
{
	*header = vector_read_hex(v->header, out);
	return *header + vector_read_hex(v->message, out + *header);
}

#endif
