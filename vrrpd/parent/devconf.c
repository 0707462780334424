/*
 * Settings of net.ipv4.conf that the interfaces in use need, put back at the end. Parent.
 *
 * promote_secondaries: who removes the first address of a subnet does not lose the others. arp_ignore
 * and arp_announce, below a virtual MAC: no ARP packet from the interface itself says that a virtual
 * address has its own MAC.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/log.h"
#include "vrrpd/parent/devconf.h"
#include "vrrpd/parent/link.h"

#define DEVCONF_MESSAGE_SIZE 256

static const struct devconf_setting {
	uint16_t type;
	uint32_t value;
	bool vmac; /* only below a virtual MAC */
} devconf_settings[] = {
    {IPV4_DEVCONF_PROMOTE_SECONDARIES, 1, false},
    {IPV4_DEVCONF_ARP_IGNORE, 1, true},
    {IPV4_DEVCONF_ARP_ANNOUNCE, 2, true},
};
#define DEVCONF_SETTINGS (sizeof(devconf_settings) / sizeof(devconf_settings[0]))

struct devconf {
	const struct link *link; /* NULL = of an earlier configuration */
	bool vmac;
	struct netlink_link heard; /* as of before we set anything; ifindex 0 = nothing heard */
	uint32_t now[NETLINK_DEVCONF_MAX]; /* as heard last */
	bool applied;
	bool changed[DEVCONF_SETTINGS];
};

struct devconfs {
	struct netlink *netlink;
	struct devconf *devconf;
	size_t count;
	struct devconfs *past; /* what is to be put back when nothing of it is left */
};

/* ---- requests ---- */

static int
devconf_set(struct devconfs *d, uint32_t ifindex, uint16_t type, uint32_t value)
{
	char buf[DEVCONF_MESSAGE_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *spec, *family, *values;
	struct ifinfomsg *info;

	nlh->nlmsg_type = RTM_SETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifi_index = (int)ifindex;
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	family = mnl_attr_nest_start(nlh, AF_INET);
	values = mnl_attr_nest_start(nlh, IFLA_INET_CONF);
	mnl_attr_put_u32(nlh, type, value);
	mnl_attr_nest_end(nlh, values);
	mnl_attr_nest_end(nlh, family);
	mnl_attr_nest_end(nlh, spec);
	return netlink_talk(d->netlink, nlh, NULL, NULL);
}

/* A message about the link, to hear its present values. */
static int
devconf_ask(struct devconfs *d, const struct devconf *c)
{
	char buf[DEVCONF_MESSAGE_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifi_index = (int)c->heard.ifindex;
	return netlink_ask(d->netlink, nlh);
}

static void
devconf_apply(struct devconfs *d, struct devconf *c)
{
	c->applied = true;
	for (size_t i = 0; i < DEVCONF_SETTINGS; i++) {
		const struct devconf_setting *s = &devconf_settings[i];

		c->changed[i] = false;
		if ((s->vmac && !c->vmac) || c->heard.devconf[s->type] >= s->value)
			continue;
		if (devconf_set(d, c->heard.ifindex, s->type, s->value) == -1)
			log_warn("%s: net.ipv4.conf not set", c->heard.name);
		else
			c->changed[i] = true;
	}
}

void
devconfs_apply(struct devconfs *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->devconf[i].heard.has_devconf && !d->devconf[i].applied)
			devconf_apply(d, &d->devconf[i]);
}

static void
devconf_restore(struct devconfs *d, struct devconf *c)
{
	if (!c->applied || (c->link != NULL && link_look(c->link).ifindex != c->heard.ifindex) ||
	    devconf_ask(d, c) == -1)
		return;
	for (size_t i = 0; i < DEVCONF_SETTINGS; i++) {
		const struct devconf_setting *s = &devconf_settings[i];

		if (c->changed[i] && c->now[s->type] == s->value &&
		    devconf_set(d, c->heard.ifindex, s->type, c->heard.devconf[s->type]) == -1)
			log_warn("%s: net.ipv4.conf not put back", c->heard.name);
	}
}

void
devconfs_restore(struct devconfs *d)
{
	devconfs_restore_past(d);
	for (size_t i = 0; i < d->count; i++)
		devconf_restore(d, &d->devconf[i]);
}

void
devconfs_restore_past(struct devconfs *d)
{
	if (d->past == NULL)
		return;
	devconfs_restore(d->past);
	devconfs_close(d->past);
	d->past = NULL;
}

static bool
devconf_is_of(const struct devconf *c, const struct netlink_link *heard)
{
	return c->link == NULL ? c->heard.ifindex == heard->ifindex
			       : strcmp(link_look(c->link).name, heard->name) == 0;
}

void
devconfs_take_link(struct devconfs *d, const struct netlink_link *heard)
{
	if (d->past != NULL)
		devconfs_take_link(d->past, heard);
	for (size_t i = 0; i < d->count; i++) {
		struct devconf *c = &d->devconf[i];

		if (!heard->has_devconf || !devconf_is_of(c, heard))
			continue;
		if (c->heard.ifindex != heard->ifindex) {
			c->heard = *heard;
			c->applied = false;
		}
		memcpy(c->now, heard->devconf, sizeof(c->now));
	}
}

/* ---- another configuration ---- */

static struct devconf *
devconf_find(struct devconfs *d, const char *name)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(link_look(d->devconf[i].link).name, name) == 0)
			return &d->devconf[i];
	return NULL;
}

/*
 * To be applied again when it is for more now; the values before ours are remembered. What it is not for any
 * more is left to the old one.
 */
static void
devconf_inherit(struct devconf *c, struct devconf *old)
{
	c->heard = old->heard;
	memcpy(c->now, old->now, sizeof(c->now));
	c->applied = old->applied && c->vmac == old->vmac;
	for (size_t i = 0; i < DEVCONF_SETTINGS; i++) {
		if (devconf_settings[i].vmac && !c->vmac)
			continue;
		c->changed[i] = old->changed[i];
		old->changed[i] = false;
	}
}

void
devconfs_inherit(struct devconfs *d, struct devconfs *old)
{
	for (size_t i = 0; i < old->count; i++) {
		struct devconf *was = &old->devconf[i];
		struct devconf *c = devconf_find(d, link_look(was->link).name);

		if (c != NULL)
			devconf_inherit(c, was);
		was->link = NULL;
	}
	d->past = old;
}

void
devconfs_close(struct devconfs *d)
{
	if (d == NULL)
		return;
	devconfs_close(d->past);
	free(d->devconf);
	free(d);
}

/* ---- open ---- */

static void
devconf_add(struct devconfs *d, const struct link *link, bool vmac)
{
	size_t i = 0;

	while (i < d->count && d->devconf[i].link != link)
		i++;
	if (i == d->count)
		d->devconf[d->count++] = (struct devconf){.link = link};
	d->devconf[i].vmac |= vmac;
}

/* Interfaces of virtual MACs are our own. */
struct devconfs *
devconfs_open(struct netlink *netlink, const struct links *links, const struct conf *conf)
{
	struct devconfs *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->netlink = netlink;
	d->devconf = calloc(conf->instance_count + conf->address_count + 1, sizeof(d->devconf[0]));
	if (d->devconf == NULL) {
		free(d);
		return NULL;
	}
	for (size_t i = 0; i < conf->instance_count; i++)
		if (conf->instance[i].enabled)
			devconf_add(d, links_of_instance(links, &conf->instance[i]),
			    conf->instance[i].virtual_mac);
	for (size_t i = 0; i < conf->address_count; i++)
		if (conf->address[i].device[0] != '\0' &&
		    conf_find_instance(conf, conf->address[i].instance)->enabled)
			devconf_add(d, links_of_address(links, &conf->address[i]), false);
	return d;
}
