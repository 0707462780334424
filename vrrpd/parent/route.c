/*
 * Routes and rules that are installed while an instance is master. Parent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/netlink.h"
#include "vrrpd/parent/route.h"
#include "vrrpd/parent/route_message.h"

#define ROUTE_STRAYS_MAX 1024
#define ROUTE_LOG_SPACING_NS (60 * NS_PER_S)

/* A route or a rule; one of both is not NULL. */
struct route_entry {
	const struct conf_route *route;
	const struct conf_rule *rule;
	uint32_t instance;
	uint16_t place;      /* in the instance's list, from 1 */
	uint32_t preference; /* of a rule: configured or chosen by the kernel, 0 = not chosen yet */
	bool installed;
	int error;         /* of the last attempt */
	mono_t failed_due; /* not logged again before */
	mono_t restored_due;
};

struct routes {
	struct netlink *netlink;
	const struct links *links;
	const struct conf *conf;
	struct route_entry *entry; /* routes, then rules */
	size_t count;
	char *stray; /* ROUTE_STRAYS_MAX messages, during a dump */
	size_t stray_count;
};

/* ---- one ---- */

static const char *
route_format(const struct route_entry *e, char *buf, size_t size)
{
	char text[ADDR_TEXT_MAX];

	if (e->rule != NULL)
		snprintf(buf, size, "rule %u (table %u)", e->place, e->rule->table);
	else
		snprintf(buf, size, "route %s/%u", addr_format(&e->route->to, text),
		    e->route->prefix_length);
	return buf;
}

/* A route without next hop needs a device; the kernel finds that of a next hop. */
static const struct link *
route_device(const struct routes *r, const struct conf_route *conf)
{
	if (conf->device[0] != '\0')
		return links_find(r->links, conf->device);
	if (conf->type != CONF_ROUTE_UNICAST || addr_is_set(&conf->via))
		return NULL;
	return links_of_instance(r->links, conf_find_instance(r->conf, conf->instance));
}

static int
route_take_added(const struct nlmsghdr *nlh, void *ctx)
{
	struct route_entry *e = ctx;

	if (nlh->nlmsg_type == RTM_NEWRULE)
		e->preference = rule_message_preference(nlh);
	return MNL_CB_OK;
}

static int
route_add(struct routes *r, struct route_entry *e)
{
	char buf[ROUTE_MESSAGE_SIZE];
	const struct link *device;
	uint32_t ifindex = 0;

	if (e->rule != NULL)
		return netlink_talk(
		    r->netlink, rule_message_add(buf, e->rule, e->preference), route_take_added, e);
	device = route_device(r, e->route);
	if (device != NULL)
		ifindex = link_look(device).ifindex;
	if (device != NULL && ifindex == 0) {
		errno = ENODEV;
		return -1;
	}
	return netlink_talk(r->netlink, route_message_add(buf, e->route, ifindex), NULL, NULL);
}

static int
route_remove(struct routes *r, const struct route_entry *e)
{
	char buf[ROUTE_MESSAGE_SIZE];

	return netlink_talk(r->netlink,
	    e->rule != NULL ? rule_message_remove(buf, e->rule, e->preference)
			    : route_message_remove(buf, e->route),
	    NULL, NULL);
}

/* What is in the way may be ours, of an earlier run and perhaps with another next hop. */
static int
route_replace(struct routes *r, struct route_entry *e)
{
	int error = errno;

	if (route_remove(r, e) == -1) {
		errno = error;
		return -1;
	}
	return route_add(r, e);
}

static void
route_install(struct routes *r, struct route_entry *e)
{
	const char *name = conf_find_instance(r->conf, e->instance)->name;
	int result, before = e->error;
	char text[ADDR_TEXT_MAX + 16];
	bool added;

	if (e->rule != NULL && e->preference == 0)
		while (route_remove(r, e) == 0) /* of an earlier run */
			;
	result = route_add(r, e);
	added = result == 0;
	if (result == -1 && errno == EEXIST)
		result = e->installed ? 0 : route_replace(r, e);
	e->error = result == -1 ? errno : 0;
	if (result == -1 && e->error != before &&
	    mono_admit(&e->failed_due, clock_now(), ROUTE_LOG_SPACING_NS, 2))
		log_warn(
		    "%s: %s not installed, tried again", name, route_format(e, text, sizeof(text)));
	if (added && e->installed &&
	    mono_admit(&e->restored_due, clock_now(), ROUTE_LOG_SPACING_NS, 1))
		log_warnx("%s: %s was removed by somebody else: put back", name,
		    route_format(e, text, sizeof(text)));
	e->installed = result == 0;
}

/* ---- those of an instance ---- */

void
routes_install(struct routes *r, const struct conf_instance *conf, struct msg_lacking *lacking)
{
	for (size_t i = 0; i < r->count; i++) {
		struct route_entry *e = &r->entry[i];

		if (e->instance != conf->id)
			continue;
		route_install(r, e);
		if (e->error == 0 || lacking->count++ > 0)
			continue;
		lacking->kind = e->rule != NULL ? MSG_EXTRA_RULE : MSG_EXTRA_ROUTE;
		lacking->first = e->place;
		lacking->error = e->error;
	}
}

/* The last first: a route may lead through the one before. */
void
routes_remove(struct routes *r, const struct conf_instance *conf)
{
	for (size_t i = r->count; i-- > 0;) {
		struct route_entry *e = &r->entry[i];

		if (e->instance != conf->id)
			continue;
		route_remove(r, e);
		e->installed = false;
		e->error = 0;
		if (e->rule != NULL)
			e->preference = e->rule->preference;
	}
}

bool
routes_has(const struct routes *r, const struct conf_instance *conf)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->entry[i].instance == conf->id)
			return true;
	return false;
}

/* ---- strays ---- */

static bool
route_is_configured(const struct routes *r, const struct nlmsghdr *nlh)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct route_entry *e = &r->entry[i];

		if (!conf_find_instance(r->conf, e->instance)->enabled)
			continue;
		if (nlh->nlmsg_type == RTM_NEWRULE
			? e->rule != NULL && rule_message_is_of(nlh, e->rule)
			: e->route != NULL && route_message_is_of(nlh, e->route))
			return true;
	}
	return false;
}

static int
route_take_stray(const struct nlmsghdr *nlh, void *ctx)
{
	struct routes *r = ctx;

	if ((route_message_is_ours(nlh) || rule_message_is_ours(nlh)) &&
	    !route_is_configured(r, nlh) && nlh->nlmsg_len <= ROUTE_MESSAGE_SIZE &&
	    r->stray_count < ROUTE_STRAYS_MAX)
		memcpy(r->stray + r->stray_count++ * ROUTE_MESSAGE_SIZE, nlh, nlh->nlmsg_len);
	return MNL_CB_OK;
}

/* Only IPv4 and IPv6: other families have routes and rules that are not ours to look at. */
static void
route_dump(struct routes *r, uint16_t type, uint8_t family)
{
	char buf[ROUTE_MESSAGE_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (type == RTM_GETRULE) {
		struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(nlh, sizeof(*rule));

		rule->family = family;
	} else {
		struct rtmsg *route = mnl_nlmsg_put_extra_header(nlh, sizeof(*route));

		route->rtm_family = family;
		route->rtm_protocol = ROUTE_PROTO_VRRPD;
	}
	if (netlink_talk(r->netlink, nlh, route_take_stray, r) == -1 && errno != EOPNOTSUPP)
		log_warn("netlink: cannot read %s", type == RTM_GETRULE ? "rules" : "routes");
}

/* A message of a dump is also the request to remove it. */
static void
route_remove_stray(struct routes *r, struct nlmsghdr *nlh)
{
	const char *what = nlh->nlmsg_type == RTM_NEWRULE ? "rule" : "route";
	struct rtmsg *route = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWROUTE)
		route->rtm_flags &= RTNH_F_ONLINK; /* the rest says how it is, not what */
	nlh->nlmsg_type = nlh->nlmsg_type == RTM_NEWRULE ? RTM_DELRULE : RTM_DELROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (netlink_talk(r->netlink, nlh, NULL, NULL) == -1)
		log_warn("%s left over from an earlier run: not removed", what);
	else
		log_info(
		    "%s left over from an earlier run, not configured any more: removed", what);
}

void
routes_remove_strays(struct routes *r)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	r->stray = calloc(ROUTE_STRAYS_MAX, ROUTE_MESSAGE_SIZE);
	if (r->stray == NULL)
		return;
	netlink_be_strict(r->netlink, true);
	for (size_t i = 0; i < 2; i++) {
		route_dump(r, RTM_GETROUTE, families[i]);
		route_dump(r, RTM_GETRULE, families[i]);
	}
	netlink_be_strict(r->netlink, false);
	for (size_t i = 0; i < r->stray_count; i++)
		route_remove_stray(r, (void *)(r->stray + i * ROUTE_MESSAGE_SIZE));
	free(r->stray);
	r->stray = NULL;
	r->stray_count = 0;
}

/* ---- another configuration ---- */

static bool
route_is_alike(const struct route_entry *a, const struct route_entry *b)
{
	if (a->route != NULL && b->route != NULL)
		return memcmp(a->route, b->route, sizeof(*a->route)) == 0;
	return a->rule != NULL && b->rule != NULL &&
	       memcmp(a->rule, b->rule, sizeof(*a->rule)) == 0;
}

static bool
route_inherit(struct routes *r, const struct route_entry *old)
{
	for (size_t i = 0; i < r->count; i++) {
		struct route_entry *e = &r->entry[i];

		if (e->installed || !route_is_alike(e, old))
			continue;
		e->preference = old->preference;
		e->installed = old->installed;
		e->error = old->error;
		e->failed_due = old->failed_due;
		e->restored_due = old->restored_due;
		return true;
	}
	return false;
}

/* The last first: a route may lead through the one before. */
void
routes_inherit(struct routes *r, struct routes *old)
{
	for (size_t i = old->count; i-- > 0;) {
		struct route_entry *e = &old->entry[i];

		if (!route_inherit(r, e) && e->installed)
			route_remove(old, e);
	}
}

void
routes_close(struct routes *r)
{
	if (r == NULL)
		return;
	free(r->entry);
	free(r);
}

/* ---- open ---- */

/* Those of an instance follow each other, routes and rules apart. */
static void
route_number_entries(struct routes *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct route_entry *e = &r->entry[i], *before = e - 1;
		bool first = i == 0 || before->instance != e->instance ||
			     (before->rule == NULL) != (e->rule == NULL);

		e->place = first ? 1 : (uint16_t)(before->place + 1);
	}
}

struct routes *
routes_open(struct netlink *netlink, const struct links *links, const struct conf *conf)
{
	struct routes *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->netlink = netlink;
	r->links = links;
	r->conf = conf;
	r->entry = calloc(conf->route_count + conf->rule_count + 1, sizeof(r->entry[0]));
	if (r->entry == NULL) {
		free(r);
		return NULL;
	}
	for (size_t i = 0; i < conf->route_count; i++)
		r->entry[r->count++] = (struct route_entry){
		    .route = &conf->route[i], .instance = conf->route[i].instance};
	for (size_t i = 0; i < conf->rule_count; i++)
		r->entry[r->count++] = (struct route_entry){.rule = &conf->rule[i],
		    .instance = conf->rule[i].instance,
		    .preference = conf->rule[i].preference};
	route_number_entries(r);
	return r;
}
