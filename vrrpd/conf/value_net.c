/*
 * Addresses, networks, servers, marks and sizes in text; pure.
 */
#include "vrrpd/conf/value_net.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_PORT 80
#define PORT_MAX 65535

/* ---- addresses and networks ---- */

static int
no_address(const char *text, const char *example, struct value_why *why)
{
	return value_because(why, "\"%.60s\" is not an IP address such as %s", text, example);
}

int
value_address(const char *text, struct config_prefix *out, struct value_why *why)
{
	if (addr_parse(text, &out->addr) == -1) {
		if (strchr(text, '/') != NULL)
			return value_because(
			    why, "\"%.60s\" has a prefix length; write the address alone", text);
		return no_address(text, "192.0.2.1", why);
	}
	out->length = (uint8_t)(addr_size(out->addr.family) * 8);
	return 0;
}

static int
parse_length(const char *text, int min, struct config_prefix *out, struct value_why *why)
{
	const int bits = (int)addr_size(out->addr.family) * 8;

	if (!value_is_digits(text) || (text[0] == '0' && text[1] != '\0') || strlen(text) > 3 ||
	    atoi(text) < min || atoi(text) > bits)
		return value_because(why,
		    "the prefix length \"%.20s\" is not a number from %d to %d", text, min, bits);
	out->length = (uint8_t)atoi(text);
	return 0;
}

static int
parse_prefix(const char *text, int min, const char *example, struct config_prefix *out,
    struct value_why *why)
{
	char literal[ADDR_TEXT_MAX];
	const size_t length = strcspn(text, "/");

	if (length >= sizeof(literal))
		return no_address(text, example, why);
	memcpy(literal, text, length);
	literal[length] = '\0';
	if (addr_parse(literal, &out->addr) == -1)
		return no_address(text, example, why);
	if (text[length] == '/')
		return parse_length(text + length + 1, min, out, why);
	out->length = (uint8_t)(addr_size(out->addr.family) * 8);
	return 0;
}

int
value_cidr(const char *text, struct config_prefix *out, struct value_why *why)
{
	return parse_prefix(text, 1, "192.0.2.10/24", out, why);
}

/* The address with nothing behind the length. */
static struct addr
network_of(const struct config_prefix *p)
{
	struct addr network = p->addr;
	size_t i;

	for (i = p->length; i < addr_size(network.family) * 8; i++)
		network.bytes[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
	return network;
}

int
value_network(const char *text, struct config_prefix *out, struct value_why *why)
{
	char right[ADDR_TEXT_MAX];
	struct addr network;

	if (parse_prefix(text, 0, "192.0.2.0/24", out, why) == -1)
		return -1;
	network = network_of(out);
	if (!addr_equal(&network, &out->addr))
		return value_because(why,
		    "\"%.60s\" has bits behind its prefix length: write %s/%u", text,
		    addr_format(&network, right), out->length);
	return 0;
}

const char *
value_format_prefix(const struct config_prefix *p, char buffer[VALUE_PREFIX_MAX])
{
	char text[ADDR_TEXT_MAX];

	snprintf(buffer, VALUE_PREFIX_MAX, "%s/%u", addr_format(&p->addr, text), p->length);
	return buffer;
}

static uint32_t
ipv4_of(const struct addr *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
	       (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

static const char *
no_host_ipv4(const struct addr *a, uint8_t length)
{
	const uint32_t ip = ipv4_of(a);
	const uint32_t host = length >= 31 ? 0 : UINT32_MAX >> length;

	if (ip >> 24 == 0)
		return "is not the address of a host";
	if (ip >> 24 == 127)
		return "is a loopback address";
	if (ip >> 28 == 0xe)
		return "is a multicast address";
	if (ip == UINT32_MAX)
		return "is the broadcast address";
	if (ip >> 28 == 0xf)
		return "is a reserved address";
	if (host != 0 && (ip & host) == host)
		return "is the broadcast address of its network";
	if (host != 0 && (ip & host) == 0)
		return "is the address of its network, not of a host";
	return NULL;
}

/* RFC 4291 2.5, 2.6. */
static const char *
no_host_ipv6(const struct addr *a, uint8_t length)
{
	static const uint8_t zeros[16], mapped[12] = {[10] = 0xff, [11] = 0xff};
	const struct config_prefix prefix = {.addr = *a, .length = length};
	const struct addr network = network_of(&prefix);

	if (memcmp(a->bytes, zeros, 16) == 0)
		return "is not the address of a host";
	if (memcmp(a->bytes, zeros, 15) == 0 && a->bytes[15] == 1)
		return "is the loopback address";
	if (a->bytes[0] == 0xff)
		return "is a multicast address";
	if (memcmp(a->bytes, mapped, 12) == 0 || memcmp(a->bytes, zeros, 12) == 0)
		return "is an IPv4 address in IPv6 form; write it as IPv4";
	if (length < 127 && addr_equal(&network, a))
		return "is the anycast address of its network's routers, not of a host";
	return NULL;
}

const char *
value_no_host(const struct addr *a, uint8_t length)
{
	return a->family == ADDR_IPV6 ? no_host_ipv6(a, length) : no_host_ipv4(a, length);
}

bool
value_is_link_local(const struct addr *a)
{
	return a->family == ADDR_IPV6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

/* ---- servers ---- */

static int
parse_port(const char *text, uint16_t *port, struct value_why *why)
{
	if (!value_is_digits(text) || text[0] == '0' || strlen(text) > 5 || atoi(text) > PORT_MAX)
		return value_because(
		    why, "the port \"%.20s\" is not a number from 1 to %d", text, PORT_MAX);
	*port = (uint16_t)atoi(text);
	return 0;
}

/* Nobody resolves names at run time. */
static int
no_literal(const char *text, struct value_why *why)
{
	return value_because(why,
	    "\"%.60s\" is not a literal address: names are not resolved; write 192.0.2.1 or "
	    "[2001:db8::1]",
	    text);
}

/* An address as it stands before a port: IPv6 in brackets. Returns what follows, NULL if bad. */
static const char *
parse_host(const char *text, struct addr *out, struct value_why *why)
{
	const bool bracket = text[0] == '[';
	const char *start = text + bracket;
	const size_t length = strcspn(start, bracket ? "]" : ":/");
	char literal[ADDR_TEXT_MAX];

	if (length >= sizeof(literal) || (bracket && start[length] != ']')) {
		no_literal(text, why);
		return NULL;
	}
	memcpy(literal, start, length);
	literal[length] = '\0';
	if (addr_parse(literal, out) == -1 || (out->family == ADDR_IPV6) != bracket) {
		if (addr_parse(text, out) == 0)
			value_because(why,
			    "\"%.60s\" has no port, or no brackets: write [%.60s]:80", text, text);
		else
			no_literal(bracket ? text : literal, why);
		return NULL;
	}
	return start + length + bracket;
}

int
value_server(const char *text, struct config_server *out, struct value_why *why)
{
	const char *rest = parse_host(text, &out->addr, why);

	if (rest == NULL)
		return -1;
	if (*rest != ':')
		return value_because(why, "\"%.60s\" has no port: write %.60s:80", text, text);
	return parse_port(rest + 1, &out->port, why);
}

const char *
value_format_server(const struct addr *a, uint16_t port, char buffer[VALUE_SERVER_MAX])
{
	const bool ipv6 = a->family == ADDR_IPV6;
	char text[ADDR_TEXT_MAX], number[8] = "";

	if (port != 0)
		snprintf(number, sizeof(number), ":%u", port);
	snprintf(buffer, VALUE_SERVER_MAX, "%s%s%s%s", ipv6 ? "[" : "", addr_format(a, text),
	    ipv6 ? "]" : "", number);
	return buffer;
}

/* What may stand behind the address of a URL: nothing that would end a line of the request. */
static int
check_target(const char *target, struct value_why *why)
{
	const char *c;

	for (c = target; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return value_because(
			    why, "has a blank, control or non-ASCII character: write it as %%XX");
	if (strchr(target, '#') != NULL)
		return value_because(why, "has a fragment (#), which no server sees: remove it");
	if (*target != '\0' && *target != '/')
		return value_because(why, "\"%.60s\" is not a path: it begins with \"/\"", target);
	return 0;
}

int
value_url(const char *text, struct config_server *out, char *request, struct value_why *why)
{
	static const char scheme[] = "http://";
	char host[VALUE_SERVER_MAX], port[8];
	const char *rest;
	size_t length;

	if (strncmp(text, "https://", 8) == 0)
		return value_because(why, "https is not supported; check it by a command");
	if (strncmp(text, scheme, sizeof(scheme) - 1) != 0)
		return value_because(why, "\"%.60s\" is not a URL such as http://127.0.0.1/", text);
	rest = parse_host(text + sizeof(scheme) - 1, &out->addr, why);
	if (rest == NULL)
		return -1;
	out->port = HTTP_PORT;
	if (*rest == ':') {
		length = strcspn(++rest, "/");
		snprintf(port, sizeof(port), "%.*s", (int)(length < 7 ? length : 7), rest);
		if (parse_port(port, &out->port, why) == -1)
			return -1;
		rest += length;
	}
	if (check_target(rest, why) == -1)
		return -1;
	value_format_server(&out->addr, out->port == HTTP_PORT ? 0 : out->port, host);
	if (strlen(host) + strlen(rest) + 1 > VALUE_REQUEST_MAX)
		return value_because(why, "is longer than %d bytes", VALUE_REQUEST_MAX);
	strlcpy(request, host, VALUE_REQUEST_MAX + 1);
	strlcat(request, *rest == '\0' ? "/" : rest, VALUE_REQUEST_MAX + 1);
	return 0;
}

/* ---- marks ---- */

/* Decimal, or hexadecimal behind 0x, of 32 bits; the end behind it, NULL when it is none. */
static const char *
parse_word(const char *text, uint32_t *word)
{
	const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	const size_t length = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	unsigned long long value;

	if (length == 0 || length > 10 || (!hex && digits[0] == '0' && length > 1))
		return NULL;
	value = strtoull(digits, NULL, hex ? 16 : 10);
	if (value > UINT32_MAX)
		return NULL;
	*word = (uint32_t)value;
	return digits + length;
}

int
value_mark(const char *text, struct config_mark *out, struct value_why *why)
{
	const char *rest = parse_word(text, &out->mark);

	out->mask = UINT32_MAX;
	if (rest != NULL && *rest == '/')
		rest = parse_word(rest + 1, &out->mask);
	if (rest == NULL || *rest != '\0')
		return value_because(why,
		    "\"%.40s\" is not a mark: write 0x10, 16, or mark and mask, 0x10/0xff", text);
	if (out->mask == 0)
		return value_because(why, "\"%.40s\" has the mask 0: all packets match", text);
	if ((out->mark & ~out->mask) != 0)
		return value_because(why,
		    "\"%.40s\" never matches: bits of the mark are outside "
		    "the mask",
		    text);
	return 0;
}

const char *
value_format_mark(const struct config_mark *m, char buffer[VALUE_MARK_MAX])
{
	if (m->mask == UINT32_MAX)
		snprintf(buffer, VALUE_MARK_MAX, "0x%" PRIx32, m->mark);
	else
		snprintf(buffer, VALUE_MARK_MAX, "0x%" PRIx32 "/0x%" PRIx32, m->mark, m->mask);
	return buffer;
}

/* ---- sizes ---- */

static const char size_units[] = "KMGT";

int
value_free(const char *text, struct config_free *out, struct value_why *why)
{
	const size_t length = strspn(text, "0123456789");
	const char *unit = text + length;
	const int64_t number = value_to_number(text, length);
	int64_t bytes = number;
	const char *power;

	if (length > 0 && strcmp(unit, "%") == 0) {
		if (number < 1 || number > 100)
			return value_because(why, "\"%.40s\" is not from 1%% to 100%%", text);
		out->percent = (uint32_t)number;
		return 0;
	}
	power = *unit != '\0' && unit[1] == '\0' ? strchr(size_units, *unit) : NULL;
	if (length == 0 || power == NULL)
		return value_because(why,
		    "\"%.40s\" is not how much must be free: write a percentage or a size: 10%%, "
		    "500M (K, M, G, T)",
		    text);
	for (; power >= size_units; power--)
		if (__builtin_mul_overflow(bytes, 1024, &bytes))
			return value_because(why, "\"%.40s\" is too large", text);
	if (bytes == 0)
		return value_because(why, "\"%.40s\" is nothing: the check could not fail", text);
	out->bytes = (uint64_t)bytes;
	return 0;
}

/* The largest unit that needs no fraction. */
const char *
value_format_free(const struct config_free *f, char buffer[VALUE_FREE_MAX])
{
	uint64_t bytes = f->bytes / 1024;
	const char *unit = size_units;

	if (f->percent != 0) {
		snprintf(buffer, VALUE_FREE_MAX, "%" PRIu32 "%%", f->percent);
		return buffer;
	}
	for (; bytes % 1024 == 0 && unit[1] != '\0'; unit++)
		bytes /= 1024;
	snprintf(buffer, VALUE_FREE_MAX, "%" PRIu64 "%c", bytes, *unit);
	return buffer;
}
