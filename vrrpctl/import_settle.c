/*
 * What an instance means once all is read: defaults, what keepalived ignores in combination, what
 * vrrpd would refuse; vrrpctl, in the importer's child.
 */
#include <inttypes.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpctl/import_part.h"
#include "vrrpd/conf/value_net.h"

#define PRIORITY_DEFAULT 100
#define US_PER_S 1000000
#define US_PER_CS 10000
#define V3_INTERVAL_MAX_CS VRRP_INTERVAL_CS_MAX

/* ---- what is written once for all ---- */

static void
inherit(int64_t *value, int64_t shared, int64_t otherwise)
{
	if (*value == -1)
		*value = shared != -1 ? shared : otherwise;
}

static void
settle_settings(struct import *im, struct import_instance *in)
{
	const struct import_settings *d = &im->defaults;
	struct import_settings *s = &in->set;

	inherit(&s->version, d->version, 2);
	inherit(&s->repeat, d->repeat, 5);
	inherit(&s->delay_ms, d->delay_ms, 5000);
	inherit(&s->refresh_ms, d->refresh_ms, 0);
	inherit(&s->arp_interval_ms, d->arp_interval_ms, 10);
	inherit(&s->na_interval_ms, d->na_interval_ms, 10);
	inherit(&s->down_adverts, d->down_adverts, 3);
	inherit(&s->strict, d->strict, 0);
	inherit(&s->message_only, d->message_only, 0);
	inherit(&s->fault_no_peer, d->fault_no_peer, 0);
	if (in->family == ADDR_IPV6 && s->version == 2) {
		if (in->at_version != NULL)
			import_change(im, in->at_version, "3, which IPv6 always has");
		s->version = 3;
	}
}

/* ---- election ---- */

static void
settle_priority(struct import *im, struct import_instance *in)
{
	struct import_node *node = in->at_priority != NULL ? in->at_priority : in->node;

	if (in->priority == -1 && in->state_master && in->at_priority == NULL) {
		in->priority = VRRP_PRIORITY_OWNER;
		node = in->at_state;
		node->verdict = IMPORT_KEPT; /* it does say something */
		node->why = NULL;
		import_change(im, node,
		    "a trap: state MASTER without priority is priority 255 in keepalived");
	} else if (in->priority == -1) {
		in->priority = PRIORITY_DEFAULT;
	}
	if (in->priority == VRRP_PRIORITY_OWNER)
		import_change(im, node,
		    "priority 254: 255 is for the owner of addresses that are on the interface "
		    "already, which vrrpd never adds");
}

static void
settle_preempt(struct import *im, struct import_instance *in)
{
	const char *why = NULL;

	if (in->nopreempt && (in->state_master || in->priority == VRRP_PRIORITY_OWNER)) {
		in->nopreempt = false;
		import_drop(im, in->at_nopreempt, false,
		    "keepalived ignores it with %s; write state "
		    "BACKUP there, or preempt: false here",
		    in->state_master ? "state MASTER" : "priority 255");
	} else if (!in->nopreempt && in->at_nopreempt != NULL && !in->at_nopreempt->told) {
		import_drop(im, in->at_nopreempt, false, "preempt behind it counts");
	}
	if (in->preempt_delay_ms <= 0)
		return;
	if (in->nopreempt)
		why = "nopreempt";
	else if (in->state_master)
		why = "state MASTER";
	else if (in->set.strict)
		why = "strict mode";
	else if (in->priority == VRRP_PRIORITY_OWNER)
		why = "priority 255";
	if (why != NULL) {
		in->preempt_delay_ms = 0;
		import_drop(im, in->at_delay, false, "keepalived ignores it with %s", why);
	}
}

static void
settle_interval(struct import *im, struct import_instance *in)
{
	const bool v2 = in->set.version == 2;
	const int64_t unit = v2 ? US_PER_S : US_PER_CS;
	const int64_t most = v2 ? 255 : V3_INTERVAL_MAX_CS;
	int64_t units;

	if (in->interval_us == -1)
		in->interval_us = US_PER_S;
	units = (in->interval_us + unit / 2) / unit;
	units = units < 1 ? 1 : units > most ? most : units;
	if (units * unit != in->interval_us && in->at_interval != NULL)
		import_change(im, in->at_interval,
		    v2 ? "version 2 counts whole seconds: %" PRId64 "s"
		       : "version 3 counts hundredths of a second: %" PRId64 "0ms",
		    units);
	in->interval_us = units * unit;
}

/* ---- authentication and acceptance ---- */

/* A password may be cut within a character, which no text can say. */
static bool
cut_is_whole(const char *text, size_t length)
{
	return ((unsigned char)text[length] & 0xc0) != 0x80;
}

static void
settle_auth(struct import *im, struct import_instance *in)
{
	struct import_node *block = in->at_auth;
	const char *type = in->auth_type == NULL ? "" : in->auth_type;
	const char *pass = in->auth_pass == NULL ? "" : in->auth_pass;

	in->auth_pass = NULL;
	if (block == NULL)
		return;
	if (in->set.version == 3)
		import_drop(im, block, false, "version 3 has none; keepalived ignores it too");
	else if (in->set.strict)
		import_drop(im, block, false, "keepalived ignores it in strict mode");
	else if (strncmp(type, "AH", 2) == 0)
		import_drop(im, block, true, "there is no AH: peers with it are not heard");
	else if (strcmp(type, "PASS") != 0)
		import_drop(im, block, strstr(type, "{{") != NULL,
		    "has no auth_type PASS; keepalived ignores it too");
	else if (*pass == '\0')
		import_drop(im, block, false, "has no auth_pass; keepalived ignores it too");
	else if (strstr(pass, "{{") != NULL)
		import_drop(im, block, true, "the password is a placeholder");
	else if (strlen(pass) > CONF_KEY_SIZE && !cut_is_whole(pass, CONF_KEY_SIZE))
		import_drop(im, block, true, "the password is cut within a character");
	else {
		if (strlen(pass) > CONF_KEY_SIZE)
			import_change(
			    im, block, "the password is cut to 8 bytes, as keepalived does");
		in->auth_pass = import_copy(
		    im, pass, strlen(pass) > CONF_KEY_SIZE ? CONF_KEY_SIZE : strlen(pass));
	}
}

static void
settle_accept(struct import *im, struct import_instance *in)
{
	if (in->set.strict && in->at_accept == NULL && in->priority != VRRP_PRIORITY_OWNER) {
		in->no_accept = true;
		import_change(im, in->node, "strict mode: accept-mode: false");
	}
}

/* ---- source and peers ---- */

static bool
is_virtual(const struct import_instance *in, const struct addr *a)
{
	for (const struct import_address *v = in->addresses; v != NULL; v = v->next)
		if (addr_equal(&v->address.addr, a))
			return true;
	return false;
}

/* Why adverts cannot come from or go to it; NULL when they can. */
static const char *
why_no_router(const struct import_instance *in, const struct config_prefix *p)
{
	if (p->addr.family != in->family)
		return "is of another family than the addresses";
	if (is_virtual(in, &p->addr))
		return "is one of the virtual addresses";
	return value_no_host(&p->addr, (uint8_t)(addr_size(p->addr.family) * 8));
}

static void
settle_source(struct import *im, struct import_instance *in)
{
	const char *why;

	if (in->at_source == NULL)
		return;
	why = why_no_router(in, &in->source);
	if (why == NULL && in->family == ADDR_IPV6 && in->peers.count == 0 &&
	    !value_is_link_local(&in->source.addr))
		why = "is not link-local, as the source of IPv6 adverts must be";
	if (why == NULL)
		return;
	in->source.addr.family = ADDR_NONE;
	import_drop(im, in->at_source, true, "%s", why);
}

static const char *
format_peer(struct import *im, const struct addr *a, int64_t min_ttl)
{
	char text[ADDR_TEXT_MAX];
	const char *quote = a->family == ADDR_IPV6 ? "\"" : "";

	addr_format(a, text);
	if (min_ttl <= 0)
		return import_format(im, "%s%s%s", quote, text, quote);
	return import_format(
	    im, "{address: %s%s%s, min-ttl: %" PRId64 "}", quote, text, quote, min_ttl);
}

static void
add_peer(struct import *im, struct import_instance *in, struct import_node *node,
    const struct config_prefix *p, int64_t min_ttl)
{
	const char *why = why_no_router(in, p), *text = format_peer(im, &p->addr, 0);
	const char *key = import_format(im, "peer %s %s", in->key, text);

	if (why == NULL && addr_equal(&p->addr, &in->source.addr))
		why = "is this router's own source address";
	if (why == NULL && import_map_find(&im->claims, key) != NULL)
		why = "is listed already";
	if (why != NULL) {
		import_drop(im, node, why[3] != 'l', "%s %s", text, why);
		return;
	}
	import_map_put(im, &im->claims, key, im);
	import_list_add(im, &in->peers, format_peer(im, &p->addr, min_ttl));
}

/* One line: an address with options, or several addresses. */
static void
read_peers(struct import *im, struct import_instance *in, struct import_node *node)
{
	struct config_prefix peer, other;
	int64_t min_ttl = 0;
	bool known = false;

	for (size_t i = 0; i < node->count; i++) {
		if (strcmp(node->word[i], "min_ttl") == 0) {
			import_number(im, node, ++i, 0, 255, &min_ttl);
		} else if (strcmp(node->word[i], "max_ttl") == 0) {
			import_change(im, node, "without max_ttl, which vrrpd does not know");
			i++;
		} else if (import_address_is(node->word[i], &other)) {
			if (strchr(node->word[i], '/') != NULL)
				import_change(im, node, "without the length, which no peer has");
			if (known) {
				add_peer(im, in, node, &peer, min_ttl);
				import_change(
				    im, node, "keepalived takes only the first of a line");
			}
			peer = other;
			known = true;
			min_ttl = 0;
		} else {
			import_drop(im, node, true, "\"%.60s\" is no address", node->word[i]);
		}
	}
	if (known)
		add_peer(im, in, node, &peer, min_ttl);
}

static void
settle_peers(struct import *im, struct import_instance *in)
{
	struct import_node *node;

	if (in->at_peers == NULL)
		return;
	for (node = in->at_peers->child; node != NULL; node = node->next)
		if (!import_is(node, "include"))
			read_peers(im, in, node);
	if (in->peers.count > 0) {
		if (in->set.strict)
			import_keep(im, in->at_peers, "keepalived allows it in no strict mode");
	} else if (in->at_peers->child != NULL) {
		import_drop(im, in->at_peers, true, "none of the peers is left: multicast");
	} else if (in->set.fault_no_peer) {
		import_drop(im, in->at_peers, true,
		    "without peers keepalived stays in fault; here it is multicast");
	} else {
		import_change(im, in->at_peers, "has no peers: multicast, as in keepalived");
	}
}

/* ---- addresses ---- */

/* An address is on a device once, and where it is not said, that is the instance's. */
static void
settle_addresses(struct import *im, struct import_instance *in)
{
	struct import_address **a = &in->addresses;
	char text[ADDR_TEXT_MAX];
	const char *key, *other;

	while (*a != NULL) {
		struct import_address *v = *a;

		if (v->device != NULL && strcmp(v->device, in->interface) == 0 && !in->vmac)
			v->device = NULL;
		key = import_format(im, "address %s %s",
		    v->device == NULL ? in->interface : v->device,
		    addr_format(&v->address.addr, text));
		other = import_map_find(&im->claims, key);
		if (other != NULL) {
			import_drop(im, v->node, strcmp(other, in->name) != 0,
			    "is on that interface at %s", other);
			*a = v->next;
			continue;
		}
		import_map_put(im, &im->claims, key, (void *)(uintptr_t)in->name);
		a = &v->next;
	}
	in->addresses_end = a;
}

static bool
is_advertising(const struct import_instance *in)
{
	for (const struct import_address *a = in->addresses; a != NULL; a = a->next)
		if (a->advertise)
			return true;
	return false;
}

static bool
take_vrid(struct import *im, struct import_instance *in)
{
	const char *key = import_format(im, "%s %u %" PRId64, in->interface, in->family, in->vrid);
	const struct import_instance *other = import_map_find(&im->vrids, key);

	if (other != NULL) {
		import_drop(im, in->node, true, "its virtual_router_id is that of %s on %s",
		    other->key, in->interface);
		return false;
	}
	import_map_put(im, &im->vrids, key, in);
	return true;
}

/* ---- the instance ---- */

static void
settle_routes(struct import *im, struct import_instance *in)
{
	struct import_node *node;

	for (node = in->node->child; node != NULL; node = node->next)
		if (import_is(node, "virtual_routes"))
			import_routes(im, in, node);
		else if (import_is(node, "virtual_rules"))
			import_rules(im, in, node);
}

static const char *
why_unusable(const struct import_instance *in)
{
	if (in->interface == NULL)
		return "no interface can be read; there is no instance without";
	if (in->vrid == -1)
		return "no virtual_router_id can be read; there is no instance without";
	if (!is_advertising(in))
		return "no address can be read; there is no instance without";
	return NULL;
}

void
import_settle(struct import *im, struct import_instance *in)
{
	const char *why = why_unusable(in);

	if (why != NULL) {
		import_drop(im, in->node, true, "%s", why);
		return;
	}
	in->name = in->key;
	if (!take_vrid(im, in))
		return;
	settle_addresses(im, in);
	if (!is_advertising(in)) {
		import_drop(im, in->node, true, "all of its addresses are other instances'");
		return;
	}
	in->usable = true;
	in->name = import_make_name(im, &im->instance_names, in->key);
	if (strcmp(in->name, in->key) != 0)
		import_change(im, in->node, "is called %s", in->name);
	settle_settings(im, in);
	settle_priority(im, in);
	settle_preempt(im, in);
	settle_interval(im, in);
	settle_auth(im, in);
	settle_accept(im, in);
	settle_peers(im, in);
	settle_source(im, in);
	settle_routes(im, in);
}
