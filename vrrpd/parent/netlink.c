/*
 * rtnetlink: hearing of links and addresses, adding and removing addresses. Parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mono.h"
#include "vrrpd/parent/netlink.h"

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* Linux 5.18 */
#endif
#define NETLINK_ATTR_MAX 63
#define NETLINK_EVENT_BUFFER (4 << 20)
#define NETLINK_SIZE 32768
#define NETLINK_REQUEST_SIZE 512
#define NETLINK_DUMP_SOON_US 1000
#define NETLINK_DUMP_AGAIN_US 50000
#define NETLINK_LOG_SPACING_NS (10 * NS_PER_S)
#define NETLINK_DUMP_PERIOD_S 30 /* what was missed is found after that, at the latest */

struct netlink {
	struct netlink_callbacks callbacks;
	struct mnl_socket *requests;
	struct mnl_socket *events;
	struct event *readable;
	struct event *dump;
	uint32_t sequence;
	bool failed;      /* a dump was interrupted */
	bool dump_wanted; /* soon, not only by the period */
	mono_t log_due;
};

static struct mnl_socket *
netlink_open_socket(unsigned groups)
{
	const int buffer = NETLINK_EVENT_BUFFER;
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (socket == NULL)
		return NULL;
	setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	if (mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) == -1) {
		mnl_socket_close(socket);
		return NULL;
	}
	return socket;
}

/* ---- parsing ---- */

struct netlink_attributes {
	const struct nlattr *attr[NETLINK_ATTR_MAX + 1];
};

static int
netlink_collect(const struct nlattr *attr, void *data)
{
	struct netlink_attributes *attributes = data;

	if (mnl_attr_get_type(attr) <= NETLINK_ATTR_MAX)
		attributes->attr[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* The first one of that type in a nest; NULL when there is none. */
static const struct nlattr *
netlink_find_nested(const struct nlattr *nest, uint16_t type)
{
	struct nlattr *attr;

	if (nest == NULL)
		return NULL;
	mnl_attr_for_each_nested(attr, nest) if (mnl_attr_get_type(attr) == type) return attr;
	return NULL;
}

static void
netlink_take_devconf(struct netlink_link *link, const struct nlattr *spec)
{
	const struct nlattr *values =
	    netlink_find_nested(netlink_find_nested(spec, AF_INET), IFLA_INET_CONF);
	const uint8_t *from;

	if (values == NULL)
		return;
	link->has_devconf = true;
	from = mnl_attr_get_payload(values);
	for (size_t i = 1; i < NETLINK_DEVCONF_MAX && i * 4 <= mnl_attr_get_payload_len(values);
	     i++)
		memcpy(&link->devconf[i], from + (i - 1) * 4, 4);
}

static void
netlink_take_link(struct netlink *nl, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct netlink_attributes a = {{0}};
	struct netlink_link link = {0};
	const struct nlattr *mac;

	/* a port that leaves a bridge is told as the end of an AF_BRIDGE link */
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) || info->ifi_family != AF_UNSPEC)
		return;
	mnl_attr_parse(nlh, sizeof(*info), netlink_collect, &a);
	if (a.attr[IFLA_IFNAME] == NULL ||
	    mnl_attr_validate(a.attr[IFLA_IFNAME], MNL_TYPE_NUL_STRING) == -1)
		return;
	link.ifindex = (uint32_t)info->ifi_index;
	strlcpy(link.name, mnl_attr_get_str(a.attr[IFLA_IFNAME]), sizeof(link.name));
	link.up = (info->ifi_flags & IFF_UP) != 0 && (info->ifi_flags & IFF_RUNNING) != 0;
	mac = a.attr[IFLA_ADDRESS];
	if (mac != NULL && mnl_attr_get_payload_len(mac) == NETLINK_MAC_SIZE)
		memcpy(link.mac, mnl_attr_get_payload(mac), NETLINK_MAC_SIZE);
	netlink_take_devconf(&link, a.attr[IFLA_AF_SPEC]);
	nl->callbacks.link(nl->callbacks.ctx, &link, nlh->nlmsg_type == RTM_NEWLINK);
}

static void
netlink_take_address(struct netlink *nl, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);
	struct netlink_attributes a = {{0}};
	struct netlink_address address = {0};
	const struct nlattr *which;
	uint8_t family;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return;
	family = info->ifa_family == AF_INET    ? ADDR_IPV4
		 : info->ifa_family == AF_INET6 ? ADDR_IPV6
						: ADDR_NONE;
	mnl_attr_parse(nlh, sizeof(*info), netlink_collect, &a);
	which = a.attr[IFA_LOCAL] != NULL ? a.attr[IFA_LOCAL] : a.attr[IFA_ADDRESS];
	if (family == ADDR_NONE || which == NULL ||
	    mnl_attr_get_payload_len(which) != addr_size(family))
		return;
	address.ifindex = info->ifa_index;
	address.addr = addr_from_bytes(family, mnl_attr_get_payload(which));
	address.prefix_length = info->ifa_prefixlen;
	address.secondary = (info->ifa_flags & IFA_F_SECONDARY) != 0;
	address.host = info->ifa_scope >= RT_SCOPE_HOST;
	if (family == ADDR_IPV6) {
		address.duplicate = (info->ifa_flags & IFA_F_DADFAILED) != 0;
		address.tentative = (info->ifa_flags & IFA_F_TENTATIVE) != 0;
	}
	if (a.attr[IFA_PROTO] != NULL && mnl_attr_validate(a.attr[IFA_PROTO], MNL_TYPE_U8) == 0)
		address.proto = mnl_attr_get_u8(a.attr[IFA_PROTO]);
	nl->callbacks.address(nl->callbacks.ctx, &address, nlh->nlmsg_type == RTM_NEWADDR);
}

static int
netlink_take(const struct nlmsghdr *nlh, void *data)
{
	struct netlink *nl = data;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		netlink_take_link(nl, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		netlink_take_address(nl, nlh);
		break;
	}
	if ((nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		nl->failed = true;
	return MNL_CB_OK;
}

/* ---- requests ---- */

/*
 * Sends and reads to the end of the answer, which is there. -1 with the kernel's errno. What is left of
 * an earlier answer that was not read to its end has another sequence number (EPROTO): passed over.
 */
int
netlink_talk(struct netlink *nl, struct nlmsghdr *nlh, int (*take)(const struct nlmsghdr *, void *),
    void *ctx)
{
	char buf[NETLINK_SIZE];
	ssize_t n;
	int result;

	nlh->nlmsg_seq = ++nl->sequence;
	if (mnl_socket_sendto(nl->requests, nlh, nlh->nlmsg_len) == -1)
		return -1;
	do {
		n = mnl_socket_recvfrom(nl->requests, buf, sizeof(buf));
		if (n == -1)
			return -1;
		result = mnl_cb_run(
		    buf, (size_t)n, nl->sequence, mnl_socket_get_portid(nl->requests), take, ctx);
	} while (result > MNL_CB_STOP || (result == -1 && errno == EPROTO));
	return result;
}

int
netlink_ask(struct netlink *nl, struct nlmsghdr *nlh)
{
	return netlink_talk(nl, nlh, netlink_take, nl);
}

void
netlink_be_strict(struct netlink *nl, bool strict)
{
	int value = strict;

	setsockopt(mnl_socket_get_fd(nl->requests), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &value,
	    sizeof(value));
}

/* A request about an address of an interface, without attributes but the address. */
static struct nlmsghdr *
netlink_start_address(char *buf, uint16_t type, uint16_t flags, uint32_t ifindex,
    const struct addr *addr, uint8_t prefix_length)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *info;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifa_family = addr->family == ADDR_IPV6 ? AF_INET6 : AF_INET;
	info->ifa_prefixlen = prefix_length;
	info->ifa_index = ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, addr_size(addr->family), addr->bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, addr_size(addr->family), addr->bytes);
	return nlh;
}

int
netlink_add_address(struct netlink *nl, uint32_t ifindex, const struct conf_address *conf)
{
	const struct ifa_cacheinfo deprecated = {.ifa_prefered = 0, .ifa_valid = UINT32_MAX};
	const bool ipv6 = conf->addr.family == ADDR_IPV6;
	char buf[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_start_address(
	    buf, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, &conf->addr, conf->prefix_length);
	struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);

	info->ifa_scope = ipv6 ? 0 : conf->scope;
	mnl_attr_put_u32(nlh, IFA_FLAGS,
	    (ipv6 ? IFA_F_NODAD : 0U) | (conf->prefix_route ? 0U : IFA_F_NOPREFIXROUTE));
	mnl_attr_put_u8(nlh, IFA_PROTO, NETLINK_PROTO_VRRPD);
	if (!ipv6 && conf->label[0] != '\0')
		mnl_attr_put_strz(nlh, IFA_LABEL, conf->label);
	if (ipv6 && conf->prefix_length == 128)
		mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(deprecated), &deprecated);
	return netlink_ask(nl, nlh);
}

int
netlink_remove_address(
    struct netlink *nl, uint32_t ifindex, const struct addr *addr, uint8_t prefix_length)
{
	char buf[NETLINK_REQUEST_SIZE];

	return netlink_ask(
	    nl, netlink_start_address(buf, RTM_DELADDR, 0, ifindex, addr, prefix_length));
}

static int
netlink_dump_kind(struct netlink *nl, uint16_t type)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtgenmsg *any;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	any = mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	any->rtgen_family = AF_UNSPEC;
	return netlink_ask(nl, nlh);
}

/* Several wishes are one, and none puts it off. */
static void
netlink_dump_after(struct netlink *nl, suseconds_t us)
{
	const struct timeval tv = {0, us};

	if (!nl->dump_wanted)
		event_add(nl->dump, &tv);
	nl->dump_wanted = true;
}

int
netlink_dump(struct netlink *nl)
{
	const struct timeval period = {NETLINK_DUMP_PERIOD_S, 0};
	int result;

	nl->failed = nl->dump_wanted = false;
	event_add(nl->dump, &period);
	netlink_read_events(nl); /* older than what the dump says */
	nl->callbacks.dump(nl->callbacks.ctx, true);
	result = netlink_dump_kind(nl, RTM_GETLINK);
	if (result != -1)
		result = netlink_dump_kind(nl, RTM_GETADDR);
	if (result == -1 || nl->failed) {
		netlink_dump_after(nl, NETLINK_DUMP_AGAIN_US); /* changed meanwhile: once more */
		return result;
	}
	nl->callbacks.dump(nl->callbacks.ctx, false);
	return 0;
}

static void
netlink_on_dump(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (netlink_dump(arg) == -1)
		log_warn("netlink: cannot read links and addresses");
}

void
netlink_dump_soon(struct netlink *nl)
{
	netlink_dump_after(nl, NETLINK_DUMP_SOON_US);
}

/* ---- events ---- */

/* More came than the buffer holds, and may go on coming. */
static void
netlink_on_overrun(struct netlink *nl)
{
	if (mono_admit(&nl->log_due, clock_now(), NETLINK_LOG_SPACING_NS, 1))
		log_warn("netlink: events were missed, everything is read again");
	netlink_dump_after(nl, NETLINK_DUMP_AGAIN_US);
}

/*
 * To the end, for what waits behind an overrun is older than the dump that makes up for it; but who
 * floods us is not followed: at the second overrun there will be another dump.
 */
void
netlink_read_events(struct netlink *nl)
{
	char buf[NETLINK_SIZE];
	int overruns = 0;
	ssize_t n;

	while (overruns < 2) {
		n = mnl_socket_recvfrom(nl->events, buf, sizeof(buf));
		if (n > 0) {
			mnl_cb_run(buf, (size_t)n, 0, 0, netlink_take, nl);
			continue;
		}
		if (n == 0 || errno == EAGAIN || errno == EINTR)
			break;
		netlink_on_overrun(nl);
		overruns++;
	}
}

static void
netlink_on_readable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	netlink_read_events(arg);
}

struct netlink *
netlink_open(struct event_base *base, const struct netlink_callbacks *callbacks)
{
	struct netlink *nl = calloc(1, sizeof(*nl));

	if (nl == NULL)
		return NULL;
	nl->callbacks = *callbacks;
	nl->requests = netlink_open_socket(0);
	nl->events = netlink_open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
	nl->dump = event_new(base, -1, 0, netlink_on_dump, nl);
	if (nl->requests == NULL || nl->events == NULL || nl->dump == NULL)
		return NULL;
	nl->readable = event_new(
	    base, mnl_socket_get_fd(nl->events), EV_READ | EV_PERSIST, netlink_on_readable, nl);
	if (nl->readable == NULL || event_add(nl->readable, NULL) == -1)
		return NULL;
	return nl;
}
