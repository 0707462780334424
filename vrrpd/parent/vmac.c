/*
 * Interfaces with virtual MACs: a macvlan for each instance that has one, up while it is master. Parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/log.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/netlink.h"
#include "vrrpd/parent/route_message.h"
#include "vrrpd/parent/vmac.h"
#include "vrrpd/parent/vmac_mac.h"

#define VMAC_GROUP 0x76727270U /* "vrrp": the link group of all that are ours */
#define VMAC_MESSAGE_SIZE 512
#define VMAC_ACCEPT_RA "/proc/sys/net/ipv6/conf/%s/accept_ra"
#define VMAC_METRIC 256 /* as the kernel makes them */

struct vmac {
	const struct conf_instance *conf; /* NULL = has none */
	const struct link *lower;
	const struct link *link;
	uint32_t ifindex; /* of what we made, 0 = nothing */
	uint32_t made_on; /* ifindex of its interface */
	bool raised;
	int error; /* of the last attempt */
};

struct vmacs {
	struct netlink *netlink;
	const struct conf *conf;
	struct vmac *vmac; /* conf->instance_count, same order */
};

static struct vmac *
vmac_find(const struct vmacs *v, const struct conf_instance *conf)
{
	struct vmac *vmac = &v->vmac[conf - v->conf->instance];

	return vmac->conf == NULL ? NULL : vmac;
}

/* ---- requests ---- */

static struct nlmsghdr *
vmac_start_message(char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	return nlh;
}

static int
vmac_create(struct vmacs *v, const struct vmac *vmac)
{
	char buf[VMAC_MESSAGE_SIZE];
	struct nlmsghdr *nlh = vmac_start_message(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	uint8_t mac[VMAC_SIZE];
	struct nlattr *info, *data;

	vmac_make(vmac->conf, mac);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, link_look(vmac->link).name);
	mnl_attr_put_u32(nlh, IFLA_LINK, link_look(vmac->lower).ifindex);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_u32(nlh, IFLA_GROUP, VMAC_GROUP);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "macvlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return netlink_talk(v->netlink, nlh, NULL, NULL);
}

/*
 * Of two ways back to a host, through the interface and through the macvlan, the routes name the
 * interface: a strict rp_filter would drop what comes in here, and no ARP request would be answered. The
 * larger one of this and that of "all" counts, so a strict "all" does no harm. ARP is answered and
 * sent for addresses of the macvlan only. The kernel makes no link-local address from the MAC: it
 * would be the same on all routers.
 */
static int
vmac_configure(struct vmacs *v, const struct vmac *vmac)
{
	static const struct {
		uint16_t type;
		uint32_t value;
	} devconf[] = {
	    {IPV4_DEVCONF_RP_FILTER, 2},
	    {IPV4_DEVCONF_ARP_IGNORE, 1},
	    {IPV4_DEVCONF_ARP_ANNOUNCE, 2},
	    {IPV4_DEVCONF_ACCEPT_LOCAL, 1},
	    {IPV4_DEVCONF_PROMOTE_SECONDARIES, 1},
	};
	char buf[VMAC_MESSAGE_SIZE];
	struct nlmsghdr *nlh = vmac_start_message(buf, RTM_SETLINK, 0);
	struct nlattr *spec, *family, *values;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, link_look(vmac->link).name);
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	family = mnl_attr_nest_start(nlh, AF_INET);
	values = mnl_attr_nest_start(nlh, IFLA_INET_CONF);
	for (size_t i = 0; i < sizeof(devconf) / sizeof(devconf[0]); i++)
		mnl_attr_put_u32(nlh, devconf[i].type, devconf[i].value);
	mnl_attr_nest_end(nlh, values);
	mnl_attr_nest_end(nlh, family);
	family = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, family);
	mnl_attr_nest_end(nlh, spec);
	return netlink_talk(v->netlink, nlh, NULL, NULL);
}

/*
 * A virtual MAC must not get an address of its own by router advertisements, which netlink cannot
 * forbid. A host that routes takes none anyway.
 */
static void
vmac_refuse_advertisements(const struct vmac *vmac)
{
	char path[sizeof(VMAC_ACCEPT_RA) + CONF_IFNAME_MAX];
	int fd;

	snprintf(path, sizeof(path), VMAC_ACCEPT_RA, link_look(vmac->link).name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return; /* no IPv6 */
	if (fd == -1 || write(fd, "0", 1) != 1)
		log_warn("%s: it may get addresses by router advertisements: %s", vmac->conf->name,
		    path);
	if (fd != -1)
		close(fd);
}

static int
vmac_remove(struct vmacs *v, const struct vmac *vmac)
{
	char buf[VMAC_MESSAGE_SIZE];
	struct nlmsghdr *nlh = vmac_start_message(buf, RTM_DELLINK, 0);
	struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);

	info->ifi_index = (int)vmac->ifindex;
	return netlink_talk(v->netlink, nlh, NULL, NULL);
}

static int
vmac_set_up(struct vmacs *v, const struct vmac *vmac, bool up)
{
	char buf[VMAC_MESSAGE_SIZE];
	struct nlmsghdr *nlh = vmac_start_message(buf, RTM_SETLINK, 0);
	struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);

	info->ifi_index = (int)vmac->ifindex;
	info->ifi_flags = up ? IFF_UP : 0;
	info->ifi_change = IFF_UP;
	return netlink_talk(v->netlink, nlh, NULL, NULL);
}

/*
 * Without a link-local address there is no such network either: who asks a link-local virtual address
 * would get no answer.
 */
static int
vmac_add_local_route(struct vmacs *v, const struct vmac *vmac)
{
	static const struct conf_route local = {
	    .to = {.family = ADDR_IPV6, .bytes = {0xfe, 0x80}},
	    .prefix_length = 64,
	    .type = CONF_ROUTE_UNICAST,
	    .table = RT_TABLE_MAIN,
	    .metric = VMAC_METRIC,
	};
	char buf[ROUTE_MESSAGE_SIZE];

	if (vmac->conf->family != ADDR_IPV6)
		return 0;
	return netlink_talk(
	    v->netlink, route_message_append(buf, &local, vmac->ifindex), NULL, NULL);
}

/* All of the group; -1 also when there is none. */
static int
vmac_remove_group(struct vmacs *v)
{
	char buf[VMAC_MESSAGE_SIZE];
	struct nlmsghdr *nlh = vmac_start_message(buf, RTM_DELLINK, 0);

	mnl_attr_put_u32(nlh, IFLA_GROUP, VMAC_GROUP);
	return netlink_talk(v->netlink, nlh, NULL, NULL);
}

void
vmacs_remove_all(struct vmacs *v)
{
	if (vmac_remove_group(v) == -1 && errno != ENODEV)
		log_warn("interfaces of virtual MACs not removed");
	for (size_t i = 0; i < v->conf->instance_count; i++) {
		v->vmac[i].ifindex = 0;
		v->vmac[i].raised = false;
	}
	netlink_read_events(v->netlink);
}

/* ---- one ---- */

/* On what bears its interface's name now; what somebody else called so is not ours. */
static int
vmac_ensure(struct vmacs *v, struct vmac *vmac)
{
	uint32_t lower = link_look(vmac->lower).ifindex, present = link_look(vmac->link).ifindex;

	if (present != 0 && present == vmac->ifindex && vmac->made_on == lower)
		return 0;
	vmac->raised = false;
	if (lower == 0 || (present != 0 && present != vmac->ifindex)) {
		errno = lower == 0 ? ENODEV : EEXIST;
		return -1;
	}
	if (present != 0)
		vmac_remove(v, vmac);
	if (vmac_create(v, vmac) == -1)
		return -1;
	vmac->ifindex = if_nametoindex(link_look(vmac->link).name);
	vmac->made_on = lower;
	vmac_refuse_advertisements(vmac);
	netlink_read_events(v->netlink);
	return vmac_configure(v, vmac);
}

static bool
vmac_conclude(struct vmac *vmac, int result)
{
	int before = vmac->error;

	vmac->error = result == -1 ? errno : 0;
	if (result == -1 && vmac->error != before)
		log_warn("%s: interface %s of its virtual MAC: failed, tried again",
		    vmac->conf->name, link_look(vmac->link).name);
	errno = vmac->error;
	return result != -1;
}

/* Without its interface there is nothing to say: that is a fault of its own. */
void
vmacs_make(struct vmacs *v)
{
	for (size_t i = 0; i < v->conf->instance_count; i++) {
		struct vmac *vmac = &v->vmac[i];

		if (vmac->conf != NULL && link_look(vmac->lower).ifindex != 0)
			vmac_conclude(vmac, vmac_ensure(v, vmac));
	}
}

bool
vmac_raise(struct vmacs *v, const struct conf_instance *conf)
{
	struct vmac *vmac = vmac_find(v, conf);
	int result;

	if (vmac == NULL)
		return true;
	result = vmac_ensure(v, vmac);
	if (result != -1)
		result = vmac_set_up(v, vmac, true);
	if (result != -1 && vmac_add_local_route(v, vmac) == -1 && errno != EEXIST)
		result = -1;
	vmac->raised = result != -1;
	return vmac_conclude(vmac, result);
}

void
vmac_lower(struct vmacs *v, const struct conf_instance *conf)
{
	struct vmac *vmac = vmac_find(v, conf);

	if (vmac == NULL)
		return;
	vmac->raised = false;
	if (vmac->ifindex != 0 && vmac_set_up(v, vmac, false) == -1 && errno != ENODEV)
		log_warn("%s: interface %s not taken down", conf->name, link_look(vmac->link).name);
}

bool
vmac_is_up(const struct vmacs *v, const struct conf_instance *conf)
{
	const struct vmac *vmac = vmac_find(v, conf);

	return vmac == NULL || (vmac->raised && vmac->ifindex == link_look(vmac->link).ifindex);
}

/* ---- another configuration ---- */

static bool
vmac_is_alike(const struct vmac *a, const struct vmac *b)
{
	return a->conf != NULL && b->conf != NULL && a->conf->vrid == b->conf->vrid &&
	       a->conf->family == b->conf->family &&
	       strcmp(link_look(a->link).name, link_look(b->link).name) == 0 &&
	       strcmp(link_look(a->lower).name, link_look(b->lower).name) == 0;
}

void
vmacs_inherit(struct vmacs *v, struct vmacs *old)
{
	for (size_t i = 0; i < old->conf->instance_count; i++) {
		const struct vmac *was = &old->vmac[i];
		const struct conf_instance *conf =
		    conf_find_instance(v->conf, old->conf->instance[i].id);
		struct vmac *vmac = conf == NULL ? NULL : &v->vmac[conf - v->conf->instance];

		if (vmac != NULL && vmac_is_alike(vmac, was)) {
			vmac->ifindex = was->ifindex;
			vmac->made_on = was->made_on;
			vmac->raised = was->raised;
			vmac->error = was->error;
		} else if (was->ifindex != 0 && vmac_remove(old, was) == -1 && errno != ENODEV) {
			log_warn("%s: interface %s of its virtual MAC not removed", was->conf->name,
			    link_look(was->link).name);
		}
	}
}

void
vmacs_close(struct vmacs *v)
{
	if (v == NULL)
		return;
	free(v->vmac);
	free(v);
}

/* ---- open ---- */

struct vmacs *
vmacs_open(struct netlink *netlink, const struct links *links, const struct conf *conf)
{
	struct vmacs *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->netlink = netlink;
	v->conf = conf;
	v->vmac = calloc(conf->instance_count + 1, sizeof(v->vmac[0]));
	if (v->vmac == NULL) {
		free(v);
		return NULL;
	}
	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *in = &conf->instance[i];

		if (!in->virtual_mac || !in->enabled)
			continue;
		v->vmac[i] = (struct vmac){
		    .conf = in,
		    .lower = links_of_instance(links, in),
		    .link = links_device_of_instance(links, in),
		};
	}
	return v;
}
