/*
 * What the values of one instance say about each other: version, owner, source, peers; config role
 * and `vrrpd -n`.
 */
#include <stdlib.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/value_net.h"

#define MS_PER_CS 10
#define MS_PER_S 1000

static bool
is_owner(const struct config_instance *in)
{
	return in->priority.value == VRRP_PRIORITY_OWNER;
}

/* ---- version ---- */

static void
check_interval(struct config *config, const struct config_instance *in)
{
	const bool v2 = in->version.value == 2;
	const int64_t step = v2 ? MS_PER_S : MS_PER_CS;
	const int64_t most = MS_PER_CS * (v2 ? VRRP_INTERVAL_V2_CS_MAX : VRRP_INTERVAL_CS_MAX);
	char is[VALUE_DURATION_MAX], min[VALUE_DURATION_MAX], max[VALUE_DURATION_MAX];

	if (!check_is_usable(&in->interval) || !check_is_usable(&in->version))
		return;
	if (in->interval.value < step || in->interval.value > most)
		check_error(config, in, "advertise-interval", in->interval.at,
		    "%s is out of range: must be %s to %s%s",
		    value_format_duration(in->interval.value, is), value_format_duration(step, min),
		    value_format_duration(most, max), v2 ? " in version 2" : "");
	else if (in->interval.value % step != 0)
		check_error(config, in, "advertise-interval", in->interval.at, "%s",
		    v2 ? "must be whole seconds: version 2 counts nothing smaller"
		       : "must be a multiple of 10ms: the protocol counts hundredths of a second");
}

/* RFC 3768 is of IPv4, and its authentication is gone from RFC 5798 on. */
static void
check_version(struct config *config, const struct config_instance *in)
{
	if (in->version.value == 2 && in->family == ADDR_IPV6)
		check_error(
		    config, in, "version", in->version.at, "version 2 has no IPv6; write 3");
	if (in->version.value == 3 && in->authentication != NULL)
		check_error(config, in, "authentication", in->authentication->at,
		    "version 3 has no authentication; remove it, or write version: 2");
	if (in->version.value == 2 && in->accept_mode.value == 0)
		check_warning(config, in, "accept-mode", in->accept_mode.at,
		    "version 2 has no accept mode: it is always off there by the standard; packets "
		    "are dropped here as written");
	if (in->checksum.value > 0 && (in->version.value == 2 || in->family == ADDR_IPV6))
		check_warning(config, in, "checksum", in->checksum.at,
		    "changes nothing: only version 3 over IPv4 has a choice");
}

/* ---- what changes nothing ---- */

static void
check_owner(struct config *config, const struct config_instance *in)
{
	if (!is_owner(in))
		return;
	if (in->preempt.value == 0)
		check_warning(config, in, "preempt", in->preempt.at,
		    "changes nothing: an owner (priority 255) always takes over");
	if (in->preempt_delay.value > 0)
		check_warning(config, in, "preempt-delay", in->preempt_delay.at,
		    "changes nothing: an owner (priority 255) takes over at once");
	if (in->accept_mode.value == 0)
		check_warning(config, in, "accept-mode", in->accept_mode.at,
		    "changes nothing: an owner (priority 255) accepts what is its own");
	if (config->global.startup_delay.value > 0 && in->before_master == NULL)
		check_warning(config, in, "priority", in->priority.at,
		    "an owner (priority 255) is master at once: global.startup-delay does not hold "
		    "it back, before-master would");
}

static void
check_idle(struct config *config, const struct config_instance *in)
{
	if (in->preempt.value == 0 && in->preempt_delay.value > 0 && !is_owner(in))
		check_warning(config, in, "preempt-delay", in->preempt_delay.at,
		    "changes nothing without preempt");
	if (in->on_failure.value > CONF_ON_FAILURE_STAY && in->before_master == NULL)
		check_warning(config, in, "on-failure", in->on_failure.at,
		    "changes nothing without before-master");
	if (in->virtual_mac.value == 1 && in->peers.count > 0)
		check_warning(config, in, "virtual-mac", in->virtual_mac.at,
		    "helps only where all unicast peers are on one link: the MAC does not pass "
		    "routers");
}

static void
check_refresh(struct config *config, const struct config_instance *in)
{
	if (in->announce.refresh.value > 0 &&
	    in->announce.refresh.value < CONF_ANNOUNCE_REFRESH_MIN_MS)
		check_error(config, in, "announce.refresh", in->announce.refresh.at,
		    "must be 0s (off) or at least 1s");
	else if (in->announce.refresh.value > 0 && in->announce.repeat.value == 0)
		check_warning(config, in, "announce.refresh", in->announce.refresh.at,
		    "changes nothing: with repeat: 0 nothing is announced");
}

/* ---- source and peers ---- */

static int
compare_addrs(const void *a, const void *b)
{
	const struct addr *aa = a, *ab = b;
	const int order = aa->family - ab->family;

	return order != 0 ? order : addr_compare(aa, ab);
}

/* The instance's own addresses, sorted; the caller's to free(). */
static struct addr *
sort_addresses(const struct config *config, const struct config_instance *in)
{
	struct addr *sorted = check_scratch(config, in->addresses.count, sizeof(*sorted));
	size_t i;

	for (i = 0; i < in->addresses.count; i++)
		sorted[i] = in->addresses.item[i].address.addr;
	qsort(sorted, in->addresses.count, sizeof(*sorted), compare_addrs);
	return sorted;
}

static bool
is_virtual(const struct config_instance *in, const struct addr *own, const struct addr *a)
{
	return bsearch(a, own, in->addresses.count, sizeof(*own), compare_addrs) != NULL;
}

/* Why adverts cannot come from or go to it; NULL when they can. */
static const char *
why_no_router(const struct config_instance *in, const struct addr *a)
{
	if (a->family != in->family)
		return "is of another family than the instance's addresses";
	return value_no_host(a, (uint8_t)(addr_size(a->family) * 8));
}

static void
check_source(struct config *config, const struct config_instance *in, const struct addr *own)
{
	const struct addr *source = &in->source.addr;
	const char *why;
	char text[ADDR_TEXT_MAX];

	if (!addr_is_set(source))
		return;
	addr_format(source, text);
	why = why_no_router(in, source);
	if (why != NULL)
		check_error(config, in, "source-address", in->source.at, "%s %s", text, why);
	else if (source->family == ADDR_IPV6 && in->peers.count == 0 &&
		 !value_is_link_local(source))
		check_error(config, in, "source-address", in->source.at,
		    "%s is not link-local, as the source of IPv6 advertisements must be", text);
	else if (is_virtual(in, own, source) && is_owner(in))
		check_warning(config, in, "source-address", in->source.at,
		    "%s is a virtual address: a Linux router that holds a copy of it drops these "
		    "advertisements; give this one another address, or write virtual-mac: true",
		    text);
	else if (is_virtual(in, own, source))
		check_error(config, in, "source-address", in->source.at,
		    "%s is a virtual address of this instance; name one that the interface keeps",
		    text);
}

static void
check_peer(struct config *config, const struct config_instance *in, const struct config_peer *peer,
    const struct addr *own)
{
	const struct addr *a = &peer->address.addr;
	const char *why = why_no_router(in, a);
	char text[ADDR_TEXT_MAX];

	if (why == NULL && is_virtual(in, own, a))
		why = "is a virtual address of this instance; name the peer's own one";
	if (why == NULL && addr_equal(a, &in->source.addr))
		why = "is the source-address of this router";
	if (why != NULL)
		check_error(config, in, "unicast-peers", peer->address.at, "%s %s",
		    addr_format(a, text), why);
}

static int
compare_peers(const void *a, const void *b)
{
	const struct config_peer *const *pa = a, *const *pb = b;
	const int order = compare_addrs(&(*pa)->address.addr, &(*pb)->address.addr);

	return order != 0 ? order : *pa < *pb ? -1 : *pa > *pb;
}

static void
check_peers_twice(struct config *config, const struct config_instance *in)
{
	const struct config_peer **sorted =
	    check_scratch(config, in->peers.count, sizeof(struct config_peer *));
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < in->peers.count; i++)
		sorted[i] = &in->peers.item[i];
	qsort(sorted, in->peers.count, sizeof(struct config_peer *), compare_peers);
	for (i = 1; i < in->peers.count; i++)
		if (addr_equal(&sorted[i]->address.addr, &sorted[i - 1]->address.addr))
			check_error(config, in, "unicast-peers", sorted[i]->address.at,
			    "%s is listed twice", addr_format(&sorted[i]->address.addr, text));
	free(sorted);
}

static void
check_ends(struct config *config, const struct config_instance *in)
{
	struct addr *own;
	size_t i;

	if (in->family == ADDR_NONE || (in->peers.count == 0 && !addr_is_set(&in->source.addr)))
		return;
	own = sort_addresses(config, in);
	check_source(config, in, own);
	for (i = 0; i < in->peers.count; i++)
		check_peer(config, in, &in->peers.item[i], own);
	check_peers_twice(config, in);
	free(own);
}

/* ---- vrids ---- */

static int
compare_vrids(const void *a, const void *b)
{
	const struct config_instance *const *ia = a, *const *ib = b;
	int order = strcmp((*ia)->interface.text, (*ib)->interface.text);

	if (order == 0)
		order = (*ia)->family - (*ib)->family;
	if (order == 0 && (*ia)->vrid.value != (*ib)->vrid.value)
		order = (*ia)->vrid.value < (*ib)->vrid.value ? -1 : 1;
	return order != 0 ? order : problem_compare_places((*ia)->at, (*ib)->at);
}

static bool
has_same_vrid(const struct config_instance *a, const struct config_instance *b)
{
	return a->vrid.value == b->vrid.value && a->family == b->family &&
	       strcmp(a->interface.text, b->interface.text) == 0;
}

static void
check_vrids(struct config *config)
{
	const struct config_instance **sorted, *in, *other;
	size_t i, count = 0;

	sorted = check_scratch(config, config->instances.count, sizeof(struct config_instance *));
	for (i = 0; i < config->instances.count; i++) {
		in = &config->instances.item[i];
		if (in->interface.text != NULL && check_is_usable(&in->vrid))
			sorted[count++] = in;
	}
	qsort(sorted, count, sizeof(struct config_instance *), compare_vrids);
	for (i = 1; i < count; i++) {
		in = sorted[i];
		other = sorted[i - 1];
		if (has_same_vrid(in, other))
			check_error(config, in, "vrid", in->vrid.at,
			    "vrid %d is already used on %s by instance \"%s\" (%s)",
			    (int)in->vrid.value, in->interface.text, other->name,
			    problem_place(config, other->at, in->vrid.at));
	}
	free(sorted);
}

void
check_instances(struct config *config)
{
	const struct config_instance *in;
	size_t i;

	for (i = 0; i < config->instances.count; i++) {
		in = &config->instances.item[i];
		check_interval(config, in);
		check_version(config, in);
		check_owner(config, in);
		check_idle(config, in);
		check_refresh(config, in);
		check_ends(config, in);
	}
	check_vrids(config);
}
