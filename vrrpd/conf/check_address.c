/*
 * Virtual addresses: of hosts, of one family where they are advertised, no more than an advert
 * holds, each once on a device; config role and `vrrpd -n`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/value_net.h"

#define MTU 1500 /* of Ethernet */
/* IPv6 and VRRP headers before the addresses: RFC 8200 3, RFC 9568 5.2. */
#define IPV6_ADDRESSES_MAX ((MTU - 40 - 8) / 16)

/* On one device; above them each addition and removal takes the kernel noticeably long. */
#define MANY_IPV4 2000
#define MANY_IPV6 500

/* An address and whose it is, on which device. */
struct claim {
	const struct config_instance *instance;
	const struct config_address *address;
	const char *device;
};

static struct config_at
place_of(const struct config_address *a)
{
	return a->address.at;
}

/* ---- one instance ---- */

static void
check_host(struct config *config, const struct config_instance *in, const struct config_address *a)
{
	const char *why = value_no_host(&a->address.addr, a->address.length);
	const bool ipv6 = a->address.addr.family == ADDR_IPV6;
	char text[VALUE_PREFIX_MAX];

	if (why != NULL)
		check_error(config, in, "addresses", place_of(a), "%s %s",
		    value_format_prefix(&a->address, text), why);
	if (ipv6 && a->label.text != NULL)
		check_error(config, in, "addresses", a->label.at, "labels are of IPv4 only");
	if (ipv6 && a->scope.at.line != 0)
		check_error(config, in, "addresses", a->scope.at,
		    "the scope of an IPv6 address is in the address itself; remove it");
}

/* The first advertised one decides; NULL when there is none. */
static const struct config_address *
first_advertised(const struct config_instance *in)
{
	size_t i;

	for (i = 0; i < in->addresses.count; i++)
		if (in->addresses.item[i].advertise.value == 1)
			return &in->addresses.item[i];
	return NULL;
}

/* RFC 9568 5.2.9: one family, that of the adverts. Returns how many are advertised. */
static size_t
check_family(struct config *config, const struct config_instance *in)
{
	const struct config_address *a;
	char text[VALUE_PREFIX_MAX];
	size_t i, count = 0;

	for (i = 0; i < in->addresses.count; i++) {
		a = &in->addresses.item[i];
		if (a->advertise.value != 1)
			continue;
		count++;
		if (a->address.addr.family != in->family)
			check_error(config, in, "addresses", place_of(a),
			    "%s is of another family than the first address that is advertised: "
			    "make it an instance of its own, or write advertise: false",
			    value_format_prefix(&a->address, text));
	}
	return count;
}

static void
check_size(struct config *config, const struct config_instance *in, size_t count)
{
	const size_t most =
	    in->family == ADDR_IPV6 ? (size_t)IPV6_ADDRESSES_MAX : (size_t)VRRP_ADDRESSES_MAX;

	if (count > most && in->family == ADDR_IPV6)
		check_error(config, in, "addresses", in->addresses.at,
		    "%zu addresses do not fit an advertisement of %d bytes: at most %zu; use "
		    "another vrid for the rest, or write advertise: false",
		    count, MTU, most);
	else if (count > most)
		check_error(config, in, "addresses", in->addresses.at,
		    "%zu addresses do not fit an advertisement: at most %zu; use another vrid for "
		    "the rest",
		    count, most);
	if (in->addresses.count > CONF_ADDRESSES_MAX)
		check_error(config, in, "addresses", in->addresses.at,
		    "%zu addresses; vrrpd handles at most %d in one instance", in->addresses.count,
		    CONF_ADDRESSES_MAX);
}

static void
check_instance(struct config *config, struct config_instance *in)
{
	const struct config_address *first = first_advertised(in);
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < in->addresses.count; i++)
		check_host(config, in, &in->addresses.item[i]);
	if (first == NULL) {
		if (in->addresses.count > 0)
			check_error(config, in, "addresses", in->addresses.at,
			    "none is advertised; an advertisement has at least one address");
		return;
	}
	in->family = first->address.addr.family;
	check_size(config, in, check_family(config, in));
	if (in->family == ADDR_IPV6 && !value_is_link_local(&first->address.addr))
		check_warning(config, in, "addresses", place_of(first),
		    "%s is advertised first; RFC 9568 wants a link-local address there, and some "
		    "routers drop the advertisement otherwise",
		    addr_format(&first->address.addr, text));
}

/* ---- all of them ---- */

static int
compare_places(const struct claim *a, const struct claim *b)
{
	const int order = problem_compare_places(a->instance->at, b->instance->at);

	return order != 0 ? order
			  : problem_compare_places(place_of(a->address), place_of(b->address));
}

/* By address, then device. */
static int
compare_claims(const void *a, const void *b)
{
	const struct claim *ca = a, *cb = b;
	const struct addr *aa = &ca->address->address.addr, *ab = &cb->address->address.addr;
	int order = aa->family - ab->family;

	if (order == 0)
		order = addr_compare(aa, ab);
	if (order == 0)
		order = strcmp(ca->device, cb->device);
	return order != 0 ? order : compare_places(ca, cb);
}

static bool
is_same(const struct claim *a, const struct claim *b)
{
	return addr_equal(&a->address->address.addr, &b->address->address.addr) &&
	       strcmp(a->device, b->device) == 0;
}

static void
claimed_twice(struct config *config, const struct claim *claim, const struct claim *first)
{
	const struct config_at at = place_of(claim->address);
	char text[ADDR_TEXT_MAX];

	addr_format(&claim->address->address.addr, text);
	if (claim->instance == first->instance)
		check_error(config, claim->instance, "addresses", at, "%s is listed twice", text);
	else
		check_error(config, claim->instance, "addresses", at,
		    "%s is already on %s at instance \"%s\" (%s)", text, claim->device,
		    first->instance->name, problem_place(config, place_of(first->address), at));
}

/* By device and family. */
static int
compare_devices(const void *a, const void *b)
{
	const struct claim *ca = a, *cb = b;
	int order = strcmp(ca->device, cb->device);

	if (order == 0)
		order = ca->address->address.addr.family - cb->address->address.addr.family;
	return order != 0 ? order : compare_places(ca, cb);
}

static void
too_many(struct config *config, const struct claim *claim, size_t count)
{
	const bool ipv6 = claim->address->address.addr.family == ADDR_IPV6;
	const size_t many = ipv6 ? MANY_IPV6 : MANY_IPV4;

	if (count > many)
		check_warning(config, claim->instance, "addresses", place_of(claim->address),
		    "there are %zu %s addresses on %s; above %zu a takeover is slow", count,
		    ipv6 ? "IPv6" : "IPv4", claim->device, many);
}

static void
check_devices(struct config *config, struct claim *claims, size_t count)
{
	size_t i, first = 0;

	qsort(claims, count, sizeof(*claims), compare_devices);
	for (i = 1; i <= count; i++) {
		if (i < count && strcmp(claims[i].device, claims[first].device) == 0 &&
		    claims[i].address->address.addr.family ==
			claims[first].address->address.addr.family)
			continue;
		too_many(config, &claims[i - 1], i - first);
		first = i;
	}
}

static void
check_claims(struct config *config, size_t total)
{
	struct claim *claims = check_scratch(config, total, sizeof(*claims));
	const struct config_instance *in;
	const struct config_address *a;
	size_t i, j, count = 0;

	for (i = 0; i < config->instances.count; i++) {
		in = &config->instances.item[i];
		for (j = 0; j < in->addresses.count; j++) {
			a = &in->addresses.item[j];
			claims[count] = (struct claim){
			    in, a, a->device.text != NULL ? a->device.text : in->interface.text};
			count += claims[count].device != NULL;
		}
	}
	qsort(claims, count, sizeof(*claims), compare_claims);
	for (i = 1; i < count; i++)
		if (is_same(&claims[i], &claims[i - 1]))
			claimed_twice(config, &claims[i], &claims[i - 1]);
	check_devices(config, claims, count);
	free(claims);
}

void
check_addresses(struct config *config)
{
	size_t i, total = 0;

	for (i = 0; i < config->instances.count; i++) {
		check_instance(config, &config->instances.item[i]);
		total += config->instances.item[i].addresses.count;
	}
	if (total > 0)
		check_claims(config, total);
}
