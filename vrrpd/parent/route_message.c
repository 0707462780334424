/*
 * Routes and rules as rtnetlink has them: making requests, and telling whether one is configured. Parent.
 */
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "vrrpd/parent/route_message.h"

#define ROUTE_SCOPE_BY_KERNEL 255
#define ROUTE_ATTR_MAX 31
#define ROUTE_IPV6_METRIC 1024 /* what the kernel makes of none */

static const uint8_t route_types[CONF_ROUTE_COUNT] = {
    [CONF_ROUTE_UNICAST] = RTN_UNICAST,
    [CONF_ROUTE_BLACKHOLE] = RTN_BLACKHOLE,
    [CONF_ROUTE_UNREACHABLE] = RTN_UNREACHABLE,
    [CONF_ROUTE_PROHIBIT] = RTN_PROHIBIT,
};

static uint8_t
route_family(uint8_t family)
{
	return family == ADDR_IPV6 ? AF_INET6 : AF_INET;
}

/* ---- making ---- */

static void
route_put_addr(struct nlmsghdr *nlh, uint16_t type, const struct addr *addr)
{
	if (addr_is_set(addr))
		mnl_attr_put(nlh, type, addr_size(addr->family), addr->bytes);
}

static void
route_put_number(struct nlmsghdr *nlh, uint16_t type, uint32_t value)
{
	if (value != 0)
		mnl_attr_put_u32(nlh, type, value);
}

static uint8_t
route_scope(const struct conf_route *conf)
{
	if (conf->to.family == ADDR_IPV6)
		return RT_SCOPE_UNIVERSE;
	if (conf->scope != ROUTE_SCOPE_BY_KERNEL)
		return conf->scope;
	return conf->type == CONF_ROUTE_UNICAST && !addr_is_set(&conf->via) ? RT_SCOPE_LINK
									    : RT_SCOPE_UNIVERSE;
}

/* What identifies it. */
static struct nlmsghdr *
route_start(char *buf, uint16_t type, uint16_t flags, const struct conf_route *conf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *route;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	route = mnl_nlmsg_put_extra_header(nlh, sizeof(*route));
	route->rtm_family = route_family(conf->to.family);
	route->rtm_dst_len = conf->prefix_length;
	route->rtm_protocol = ROUTE_PROTO_VRRPD;
	route->rtm_type = route_types[conf->type];
	if (conf->prefix_length > 0)
		route_put_addr(nlh, RTA_DST, &conf->to);
	mnl_attr_put_u32(nlh, RTA_TABLE, conf->table);
	return nlh;
}

struct nlmsghdr *
route_message_add(char *buf, const struct conf_route *conf, uint32_t ifindex)
{
	struct nlmsghdr *nlh = route_start(buf, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, conf);
	struct rtmsg *route = mnl_nlmsg_get_payload(nlh);
	struct nlattr *metrics;

	route->rtm_scope = route_scope(conf);
	route->rtm_flags = conf->onlink ? RTNH_F_ONLINK : 0;
	route_put_number(nlh, RTA_PRIORITY, conf->metric);
	route_put_addr(nlh, RTA_GATEWAY, &conf->via);
	route_put_addr(nlh, RTA_PREFSRC, &conf->source);
	route_put_number(nlh, RTA_OIF, ifindex);
	if (conf->mtu != 0) {
		metrics = mnl_attr_nest_start(nlh, RTA_METRICS);
		mnl_attr_put_u32(nlh, RTAX_MTU, conf->mtu);
		mnl_attr_nest_end(nlh, metrics);
	}
	return nlh;
}

struct nlmsghdr *
route_message_append(char *buf, const struct conf_route *conf, uint32_t ifindex)
{
	struct nlmsghdr *nlh = route_message_add(buf, conf, ifindex);

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_APPEND;
	return nlh;
}

struct nlmsghdr *
route_message_remove(char *buf, const struct conf_route *conf)
{
	struct nlmsghdr *nlh = route_start(buf, RTM_DELROUTE, 0, conf);
	struct rtmsg *route = mnl_nlmsg_get_payload(nlh);
	bool ipv6 = conf->to.family == ADDR_IPV6;

	route->rtm_scope = RT_SCOPE_NOWHERE; /* any */
	route_put_number(
	    nlh, RTA_PRIORITY, conf->metric == 0 && ipv6 ? ROUTE_IPV6_METRIC : conf->metric);
	return nlh;
}

static struct nlmsghdr *
rule_start(
    char *buf, uint16_t type, uint16_t flags, const struct conf_rule *conf, uint32_t preference)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *rule;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	rule = mnl_nlmsg_put_extra_header(nlh, sizeof(*rule));
	rule->family = route_family(conf->family);
	rule->src_len = conf->from_length;
	rule->dst_len = conf->to_length;
	rule->action = FR_ACT_TO_TBL;
	if (conf->from_length > 0)
		route_put_addr(nlh, FRA_SRC, &conf->from);
	if (conf->to_length > 0)
		route_put_addr(nlh, FRA_DST, &conf->to);
	mnl_attr_put_u32(nlh, FRA_TABLE, conf->table);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, ROUTE_PROTO_VRRPD);
	route_put_number(nlh, FRA_PRIORITY, preference);
	if (conf->mask != 0) {
		mnl_attr_put_u32(nlh, FRA_FWMARK, conf->mark);
		mnl_attr_put_u32(nlh, FRA_FWMASK, conf->mask);
	}
	if (conf->incoming[0] != '\0')
		mnl_attr_put_strz(nlh, FRA_IIFNAME, conf->incoming);
	if (conf->outgoing[0] != '\0')
		mnl_attr_put_strz(nlh, FRA_OIFNAME, conf->outgoing);
	return nlh;
}

/* Without a preference the kernel takes the same rule again and again: it is to say which it chose. */
struct nlmsghdr *
rule_message_add(char *buf, const struct conf_rule *conf, uint32_t preference)
{
	return rule_start(
	    buf, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO, conf, preference);
}

struct nlmsghdr *
rule_message_remove(char *buf, const struct conf_rule *conf, uint32_t preference)
{
	return rule_start(buf, RTM_DELRULE, 0, conf, preference);
}

/* ---- reading ---- */

struct route_attributes {
	const struct nlattr *attr[ROUTE_ATTR_MAX + 1];
};

static int
route_collect(const struct nlattr *attr, void *data)
{
	struct route_attributes *attributes = data;

	if (mnl_attr_get_type(attr) <= ROUTE_ATTR_MAX)
		attributes->attr[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static uint32_t
route_number(const struct nlattr *attr)
{
	return attr != NULL && mnl_attr_validate(attr, MNL_TYPE_U32) == 0 ? mnl_attr_get_u32(attr)
									  : 0;
}

/* Nothing is the address of a network of length 0. */
static bool
route_is_addr(const struct nlattr *attr, const struct addr *addr, uint8_t length)
{
	if (length == 0)
		return true;
	return attr != NULL && mnl_attr_get_payload_len(attr) == addr_size(addr->family) &&
	       memcmp(mnl_attr_get_payload(attr), addr->bytes, addr_size(addr->family)) == 0;
}

static bool
route_is_name(const struct nlattr *attr, const char *name)
{
	if (attr == NULL)
		return name[0] == '\0';
	return mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0 &&
	       strcmp(mnl_attr_get_str(attr), name) == 0;
}

bool
route_message_is_ours(const struct nlmsghdr *nlh)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*route) &&
	       nlh->nlmsg_type == RTM_NEWROUTE && route->rtm_protocol == ROUTE_PROTO_VRRPD;
}

bool
rule_message_is_ours(const struct nlmsghdr *nlh)
{
	struct route_attributes a = {{0}};
	const struct nlattr *proto;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct fib_rule_hdr) ||
	    nlh->nlmsg_type != RTM_NEWRULE)
		return false;
	mnl_attr_parse(nlh, sizeof(struct fib_rule_hdr), route_collect, &a);
	proto = a.attr[FRA_PROTOCOL];
	return proto != NULL && mnl_attr_validate(proto, MNL_TYPE_U8) == 0 &&
	       mnl_attr_get_u8(proto) == ROUTE_PROTO_VRRPD;
}

uint32_t
rule_message_preference(const struct nlmsghdr *nlh)
{
	struct route_attributes a = {{0}};

	mnl_attr_parse(nlh, sizeof(struct fib_rule_hdr), route_collect, &a);
	return route_number(a.attr[FRA_PRIORITY]);
}

bool
route_message_is_of(const struct nlmsghdr *nlh, const struct conf_route *conf)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);
	struct route_attributes a = {{0}};
	uint32_t metric = conf->metric;

	if (metric == 0 && conf->to.family == ADDR_IPV6)
		metric = ROUTE_IPV6_METRIC;
	mnl_attr_parse(nlh, sizeof(*route), route_collect, &a);
	return route->rtm_family == route_family(conf->to.family) &&
	       route->rtm_dst_len == conf->prefix_length &&
	       route_is_addr(a.attr[RTA_DST], &conf->to, conf->prefix_length) &&
	       route_number(a.attr[RTA_TABLE]) == conf->table &&
	       route_number(a.attr[RTA_PRIORITY]) == metric;
}

bool
rule_message_is_of(const struct nlmsghdr *nlh, const struct conf_rule *conf)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);
	struct route_attributes a = {{0}};

	mnl_attr_parse(nlh, sizeof(*rule), route_collect, &a);
	return rule->family == route_family(conf->family) && rule->src_len == conf->from_length &&
	       rule->dst_len == conf->to_length &&
	       route_is_addr(a.attr[FRA_SRC], &conf->from, conf->from_length) &&
	       route_is_addr(a.attr[FRA_DST], &conf->to, conf->to_length) &&
	       route_number(a.attr[FRA_TABLE]) == conf->table &&
	       (conf->preference == 0 || route_number(a.attr[FRA_PRIORITY]) == conf->preference) &&
	       route_number(a.attr[FRA_FWMARK]) == (conf->mask != 0 ? conf->mark : 0) &&
	       route_number(a.attr[FRA_FWMASK]) == conf->mask &&
	       route_is_name(a.attr[FRA_IIFNAME], conf->incoming) &&
	       route_is_name(a.attr[FRA_OIFNAME], conf->outgoing);
}
