/*
 * Sending adverts and announcements of configured instances. Parent.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/vrrp.h"
#include "vrrpd/core/frame.h"
#include "vrrpd/core/packet.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/transmit.h"

#define TRANSMIT_TOS 0xc0   /* CS6: before other traffic */
#define TRANSMIT_PRIORITY 6 /* of the queue */
#define TRANSMIT_BATCH 64
#define TRANSMIT_LOG_SPACING_NS (60 * NS_PER_S) /* per destination, with a burst of … */
#define TRANSMIT_LOG_BURST 3

/*
 * What waits for the hardware address of a dead peer counts against the socket's buffer, up to
 * net.ipv4.neigh.default.unres_qlen_bytes (208 KB) each: it must not use up what the living ones need.
 */
#define TRANSMIT_BUFFER (64 << 20)

/* Where an instance's adverts go: the group, or one of its peers. */
struct transmit_target {
	struct addr destination;
	uint8_t *message; /* NULL until there is a source; the checksum is the destination's own */
	bool failing;
	mono_t log_due;
};

struct transmit_instance {
	const struct conf_instance *conf;
	const struct link *link;    /* that they leave by */
	const struct addr *address; /* the advertised ones */
	size_t address_count;
	struct transmit_target *target;
	size_t target_count;
	struct addr source; /* the messages were made for it */
	size_t size;        /* of each */
	bool open;          /* an advert is being sent: its messages must not be changed */
	bool left;          /* to one destination at least */
	uint8_t priority;   /* of that advert */
	int error;          /* of its last message that failed */
	mono_t last;
	bool advertised;
	bool announce_failing;
};

/* What one message of a batch needs while it is being sent. */
struct transmit_slot {
	struct transmit_instance *in;
	struct transmit_target *target;
	struct iovec iov;
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} to;
	union {
		struct cmsghdr align;
		char ipv4[CMSG_SPACE(sizeof(struct in_pktinfo))];
		char ipv6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
};

/* Messages of one family that leave together. */
struct transmit_batch {
	int fd; /* raw; -1 when no instance needs it */
	size_t count;
	struct mmsghdr message[TRANSMIT_BATCH];
	struct transmit_slot slot[TRANSMIT_BATCH];
};

struct transmit {
	transmit_failed failed;
	void *ctx;
	const struct conf *conf;
	const struct links *links;
	struct transmit_instance *instance; /* conf->instance_count, same order */
	struct addr *address;               /* of all instances */
	struct transmit_batch ipv4;
	struct transmit_batch ipv6;
	int packet_fd; /* frames */
};

/* ---- open ---- */

static bool
transmit_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) != -1;
}

static bool
transmit_set_up_ipv4(int fd)
{
	return transmit_set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) &&
	       transmit_set(fd, IPPROTO_IP, IP_MULTICAST_TTL, VRRP_TTL) &&
	       transmit_set(fd, IPPROTO_IP, IP_TTL, VRRP_TTL) &&
	       transmit_set(fd, IPPROTO_IP, IP_TOS, TRANSMIT_TOS);
}

/* A link-local source is the interface's, also when the packet leaves by its virtual MAC. */
static bool
transmit_set_up_ipv6(int fd)
{
	return transmit_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) &&
	       transmit_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, VRRP_TTL) &&
	       transmit_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, VRRP_TTL) &&
	       transmit_set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1) &&
	       transmit_set(fd, IPPROTO_IPV6, IPV6_TCLASS, TRANSMIT_TOS);
}

/*
 * A raw socket of the protocol would also receive: it drops everything. The priority comes last, for
 * IP_TOS sets it too.
 */
static bool
transmit_set_up(int fd, bool ipv6)
{
	struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct sock_fprog filter = {1, nothing};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != -1 &&
	       (ipv6 ? transmit_set_up_ipv6(fd) : transmit_set_up_ipv4(fd)) &&
	       transmit_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, TRANSMIT_BUFFER) &&
	       transmit_set(fd, SOL_SOCKET, SO_PRIORITY, TRANSMIT_PRIORITY);
}

/* A machine without IPv6 can have all the rest. */
static int
transmit_open_sockets(struct transmit *t)
{
	const int type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;

	for (size_t i = 0; i < t->conf->instance_count; i++) {
		bool ipv6 = t->conf->instance[i].family == ADDR_IPV6;
		struct transmit_batch *batch = ipv6 ? &t->ipv6 : &t->ipv4;

		if (batch->fd != -1)
			continue;
		batch->fd = socket(ipv6 ? AF_INET6 : AF_INET, type, VRRP_PROTOCOL);
		if (batch->fd == -1 || !transmit_set_up(batch->fd, ipv6))
			return -1;
	}
	t->packet_fd = socket(AF_PACKET, type, 0);
	return t->packet_fd == -1 ? -1 : 0;
}

/* The group, or the peers, and the way there. */
static int
transmit_open_targets(struct transmit *t, struct transmit_instance *in)
{
	const struct conf_peer *peer = conf_find_peers(t->conf, in->conf->id, &in->target_count);

	/* what goes to peers goes by the routes of the interface, and needs no MAC of its own */
	in->link = peer == NULL ? links_device_of_instance(t->links, in->conf)
				: links_of_instance(t->links, in->conf);
	if (peer == NULL)
		in->target_count = 1;
	in->target = calloc(in->target_count, sizeof(in->target[0]));
	if (in->target == NULL)
		return -1;
	for (size_t i = 0; i < in->target_count; i++)
		in->target[i].destination =
		    peer == NULL ? packet_group((enum addr_family)in->conf->family) : peer[i].addr;
	return 0;
}

/* The addresses of an instance follow each other. */
static int
transmit_open_instances(struct transmit *t)
{
	const struct conf *conf = t->conf;

	for (size_t i = 0, next = 0, n = 0; i < conf->instance_count; i++) {
		struct transmit_instance *in = &t->instance[i];

		in->conf = &conf->instance[i];
		in->address = &t->address[n];
		for (; next < conf->address_count && conf->address[next].instance == in->conf->id;
		     next++) {
			if (!conf->address[next].advertise)
				continue;
			t->address[n++] = conf->address[next].addr;
			in->address_count++;
		}
		if (transmit_open_targets(t, in) == -1)
			return -1;
	}
	return 0;
}

struct transmit *
transmit_open(const struct conf *conf, const struct links *links, transmit_failed failed, void *ctx)
{
	struct transmit *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->conf = conf;
	t->links = links;
	t->failed = failed;
	t->ctx = ctx;
	t->ipv4.fd = t->ipv6.fd = t->packet_fd = -1;
	t->instance = calloc(conf->instance_count + 1, sizeof(t->instance[0]));
	t->address = calloc(conf->address_count + 1, sizeof(t->address[0]));
	if (t->instance != NULL && t->address != NULL && transmit_open_sockets(t) != -1 &&
	    transmit_open_instances(t) != -1)
		return t;
	transmit_close(t);
	return NULL;
}

static void
transmit_close_socket(int fd)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
}

void
transmit_close(struct transmit *t)
{
	if (t == NULL)
		return;
	transmit_close_socket(t->ipv4.fd);
	transmit_close_socket(t->ipv6.fd);
	transmit_close_socket(t->packet_fd);
	for (size_t i = 0; t->instance != NULL && i < t->conf->instance_count; i++) {
		struct transmit_instance *in = &t->instance[i];

		for (size_t k = 0; in->target != NULL && k < in->target_count; k++)
			free(in->target[k].message);
		free(in->target);
	}
	free(t->instance);
	free(t->address);
	free(t);
}

static struct transmit_instance *
transmit_find(const struct transmit *t, uint32_t id)
{
	const struct conf_instance *conf = conf_find_instance(t->conf, id);

	return conf == NULL ? NULL : &t->instance[conf - t->conf->instance];
}

static void
transmit_inherit_target(struct transmit_target *target, const struct transmit_instance *old)
{
	for (size_t i = 0; i < old->target_count; i++)
		if (addr_equal(&old->target[i].destination, &target->destination)) {
			target->failing = old->target[i].failing;
			target->log_due = old->target[i].log_due;
		}
}

/*
 * What retires resigns with the messages it used to send: the addresses they name may be others' by now, and
 * without any there would be no message.
 */
static void
transmit_inherit_messages(struct transmit_instance *in, struct transmit_instance *old)
{
	struct transmit_target *fresh = in->target;

	if (in->target_count != old->target_count)
		return;
	in->target = old->target;
	in->source = old->source;
	in->size = old->size;
	old->target = fresh;
}

void
transmit_inherit(struct transmit *t, struct transmit *old)
{
	for (size_t i = 0; i < t->conf->instance_count; i++) {
		struct transmit_instance *in = &t->instance[i];
		struct transmit_instance *was = transmit_find(old, in->conf->id);

		if (was == NULL)
			continue;
		in->last = was->last;
		in->advertised = was->advertised;
		in->announce_failing = was->announce_failing;
		if (in->conf->retiring)
			transmit_inherit_messages(in, was);
		for (size_t k = 0; k < in->target_count; k++)
			transmit_inherit_target(&in->target[k], was);
	}
}

/* ---- adverts ---- */

/* Makes the message for a destination. False when it cannot be made. */
static bool
transmit_encode(struct transmit_instance *in, struct transmit_target *target)
{
	const struct conf_instance *conf = in->conf;
	const struct packet_template template = {
	    .version = conf->version,
	    .family = conf->family,
	    .vrid = conf->vrid,
	    .priority = conf->priority,
	    .interval_cs = (uint16_t)conf->interval_cs,
	    .pseudo_header = conf->checksum != CONF_CHECKSUM_MESSAGE_ONLY,
	    .key = conf->authentication == CONF_AUTHENTICATION_PASS ? conf->key : NULL,
	    .source = in->source,
	    .destination = target->destination,
	    .address = in->address,
	    .address_count = in->address_count,
	};
	uint8_t buf[PACKET_SIZE_MAX];

	in->size = packet_encode(&template, buf);
	if (in->size == 0)
		return false;
	if (target->message == NULL)
		target->message = malloc(in->size);
	if (target->message == NULL)
		return false;
	memcpy(target->message, buf, in->size);
	return true;
}

/* Makes the messages for a source, once. False when there is none to send from. */
static bool
transmit_prepare(struct transmit_instance *in, const struct addr *source)
{
	if (!addr_is_set(source)) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	if (addr_equal(&in->source, source))
		return true;
	in->source = *source;
	for (size_t i = 0; i < in->target_count; i++)
		if (!transmit_encode(in, &in->target[i])) {
			in->source = (struct addr){0};
			return false;
		}
	return true;
}

/* Said again once it worked meanwhile, and not too often. */
static void
transmit_fail(struct transmit_instance *in, struct transmit_target *target)
{
	char text[ADDR_TEXT_MAX];
	bool was_failing = target->failing;

	in->error = errno;
	target->failing = true;
	if (was_failing ||
	    !mono_admit(&target->log_due, clock_now(), TRANSMIT_LOG_SPACING_NS, TRANSMIT_LOG_BURST))
		return;
	errno = in->error;
	log_warn("%s: advert not sent from %s to %s", in->conf->name, link_look(in->link).name,
	    addr_format(&target->destination, text));
}

static void
transmit_succeed(struct transmit_instance *in, struct transmit_target *target)
{
	target->failing = false;
	in->left = true;
	in->advertised = target->message[2] != VRRP_PRIORITY_RESIGN;
	if (in->advertised)
		in->last = clock_now();
}

/* sendmmsg() stops at a message that fails: it is passed over. */
static void
transmit_send(struct transmit_batch *batch)
{
	size_t sent = 0;

	while (sent < batch->count) {
		struct transmit_slot *slot = &batch->slot[sent];
		int n =
		    sendmmsg(batch->fd, batch->message + sent, (unsigned)(batch->count - sent), 0);

		for (int i = 0; i < n; i++)
			transmit_succeed(slot[i].in, slot[i].target);
		if (n <= 0)
			transmit_fail(slot->in, slot->target);
		sent += n > 0 ? (size_t)n : 1;
	}
	batch->count = 0;
}

/* All messages of its advert were tried: the engine counts, and shows what is wrong. */
static void
transmit_conclude(struct transmit *t, struct transmit_instance *in)
{
	const struct msg_unsent message = {
	    .instance = in->conf->id, .priority = in->priority, .error = in->error};

	if (in->open && !in->left)
		t->failed(t->ctx, &message);
	in->open = false;
}

/* From that address, out of that interface. */
static void
transmit_put_control(struct msghdr *message, const struct addr *source, uint32_t ifindex)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(message);
	struct in6_pktinfo ipv6 = {.ipi6_ifindex = ifindex};
	struct in_pktinfo ipv4 = {.ipi_ifindex = (int)ifindex};

	if (source->family == ADDR_IPV6) {
		memcpy(&ipv6.ipi6_addr, source->bytes, sizeof(ipv6.ipi6_addr));
		cmsg->cmsg_level = IPPROTO_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(ipv6));
		memcpy(CMSG_DATA(cmsg), &ipv6, sizeof(ipv6));
	} else {
		memcpy(&ipv4.ipi_spec_dst, source->bytes, sizeof(ipv4.ipi_spec_dst));
		cmsg->cmsg_level = IPPROTO_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(ipv4));
		memcpy(CMSG_DATA(cmsg), &ipv4, sizeof(ipv4));
	}
}

static void
transmit_put(struct transmit_batch *batch, struct transmit_instance *in,
    struct transmit_target *target, uint32_t ifindex)
{
	const bool ipv6 = in->conf->family == ADDR_IPV6;
	struct transmit_slot *slot = &batch->slot[batch->count];
	struct msghdr *message = &batch->message[batch->count].msg_hdr;

	memset(slot, 0, sizeof(*slot));
	slot->in = in;
	slot->target = target;
	slot->iov = (struct iovec){target->message, in->size};
	if (ipv6) {
		slot->to.ipv6.sin6_family = AF_INET6;
		slot->to.ipv6.sin6_scope_id = ifindex;
		memcpy(&slot->to.ipv6.sin6_addr, target->destination.bytes, 16);
	} else {
		slot->to.ipv4.sin_family = AF_INET;
		memcpy(&slot->to.ipv4.sin_addr, target->destination.bytes, 4);
	}
	*message = (struct msghdr){
	    .msg_name = &slot->to,
	    .msg_namelen = ipv6 ? sizeof(slot->to.ipv6) : sizeof(slot->to.ipv4),
	    .msg_iov = &slot->iov,
	    .msg_iovlen = 1,
	    .msg_control = &slot->control,
	    .msg_controllen = ipv6 ? sizeof(slot->control.ipv6) : sizeof(slot->control.ipv4),
	};
	transmit_put_control(message, &in->source, ifindex);
	batch->count++;
}

static void
transmit_advert(struct transmit *t, struct transmit_instance *in, uint8_t priority)
{
	struct transmit_batch *batch = in->conf->family == ADDR_IPV6 ? &t->ipv6 : &t->ipv4;
	struct addr source = links_find_source(t->links, in->conf);
	uint32_t ifindex = link_look(in->link).ifindex;

	/* its messages stand once in a batch: the priority is patched in place */
	if (in->open) {
		transmit_send(batch);
		transmit_conclude(t, in);
	}
	in->open = true;
	in->left = false;
	in->priority = priority;
	if (!transmit_prepare(in, &source)) {
		transmit_fail(in, &in->target[0]);
		return;
	}
	for (size_t i = 0; i < in->target_count; i++)
		packet_patch_priority(in->target[i].message, priority);
	for (size_t i = 0; i < in->target_count; i++) {
		if (batch->count == TRANSMIT_BATCH)
			transmit_send(batch);
		transmit_put(batch, in, &in->target[i], ifindex);
	}
}

void
transmit_adverts(struct transmit *t, const struct msg_advert_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct transmit_instance *in = transmit_find(t, items[i].instance);

		if (in != NULL)
			transmit_advert(t, in, items[i].priority);
	}
	transmit_send(&t->ipv4);
	transmit_send(&t->ipv6);
	for (size_t i = 0; i < count; i++) {
		struct transmit_instance *in = transmit_find(t, items[i].instance);

		if (in != NULL)
			transmit_conclude(t, in);
	}
}

void
transmit_resign(struct transmit *t, uint32_t instance)
{
	const struct msg_advert_item item = {
	    .instance = instance, .priority = VRRP_PRIORITY_RESIGN};

	transmit_adverts(t, &item, 1);
}

mono_t
transmit_last_advert(const struct transmit *t, uint32_t instance)
{
	const struct transmit_instance *in = transmit_find(t, instance);
	const mono_t never = {0};

	return in == NULL ? never : in->last;
}

bool
transmit_is_advertised(const struct transmit *t, uint32_t instance)
{
	const struct transmit_instance *in = transmit_find(t, instance);

	return in != NULL && in->advertised;
}

void
transmit_forget(struct transmit *t, uint32_t instance)
{
	struct transmit_instance *in = transmit_find(t, instance);

	if (in != NULL)
		in->advertised = false;
}

/* ---- announcements ---- */

/*
 * A neighbor advertisement always says "router" (RFC 9568 8.2.2): a host is not misled, for it takes
 * default routers from router advertisements only; but one that says "no router" would end a router's
 * being one to its hosts (RFC 4861 7.2.5).
 */
static size_t
transmit_encode_frame(const struct link_view *link, const struct addr *addr, uint8_t *frame)
{
	if (addr->family == ADDR_IPV6) {
		frame_encode_na(link->mac, addr, true, frame);
		return FRAME_NA_SIZE;
	}
	frame_encode_garp(link->mac, addr, frame);
	return FRAME_GARP_SIZE;
}

void
transmit_announce(struct transmit *t, const struct conf_address *address, const struct link *device)
{
	static const uint8_t no_mac[FRAME_MAC_SIZE];
	struct transmit_instance *in = transmit_find(t, address->instance);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = FRAME_MAC_SIZE};
	struct link_view link = link_look(device);
	uint8_t frame[FRAME_NA_SIZE];
	size_t size;

	if (in == NULL || in->conf->announce_repeat == 0 ||
	    memcmp(link.mac, no_mac, sizeof(no_mac)) == 0)
		return;
	size = transmit_encode_frame(&link, &address->addr, frame);
	to.sll_ifindex = (int)link.ifindex;
	memcpy(&to.sll_protocol, frame + 2 * FRAME_MAC_SIZE, sizeof(to.sll_protocol));
	memcpy(to.sll_addr, frame, FRAME_MAC_SIZE);
	if (sendto(t->packet_fd, frame, size, 0, (const struct sockaddr *)&to, sizeof(to)) != -1) {
		in->announce_failing = false;
		return;
	}
	if (!in->announce_failing)
		log_warn("%s: address not announced on %s", in->conf->name, link.name);
	in->announce_failing = true;
}
