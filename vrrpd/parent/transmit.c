/*
 * Sending adverts and gratuitous ARPs of configured instances. Parent.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
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

struct transmit_instance {
	const struct conf_instance *conf;
	struct addr *address;
	size_t address_count;
	struct addr source; /* the message was made for it */
	uint8_t *message;   /* NULL until there is a source */
	size_t size;
	mono_t last;
	bool advertised;
	bool logged;
};

struct transmit {
	transmit_failed failed;
	void *ctx;
	const struct conf *conf;
	const struct links *links;
	struct transmit_instance *instance; /* conf->instance_count, same order */
	int fd;                             /* IPv4, raw */
	int packet_fd;                      /* frames */
};

/* What one message of a batch needs while it is being sent. */
struct transmit_slot {
	struct iovec iov;
	struct sockaddr_in to;
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
};

/* ---- open ---- */

/* A raw socket of the protocol would also receive: it drops everything. */
static int
transmit_set_up(int fd)
{
	struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct sock_fprog filter = {1, nothing};
	const int zero = 0, ttl = VRRP_TTL, tos = TRANSMIT_TOS, priority = TRANSMIT_PRIORITY;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &zero, sizeof(zero)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) == -1)
		return -1;
	return 0;
}

static int
transmit_collect_addresses(struct transmit *t, struct transmit_instance *in)
{
	const struct conf *conf = t->conf;

	for (size_t i = 0; i < conf->address_count; i++)
		in->address_count += conf->address[i].instance == in->conf->id;
	in->address = calloc(in->address_count + 1, sizeof(in->address[0]));
	if (in->address == NULL)
		return -1;
	for (size_t i = 0, n = 0; i < conf->address_count; i++)
		if (conf->address[i].instance == in->conf->id)
			in->address[n++] = conf->address[i].addr;
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
	t->instance = calloc(conf->instance_count + 1, sizeof(t->instance[0]));
	t->fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, VRRP_PROTOCOL);
	t->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->instance == NULL || t->fd == -1 || t->packet_fd == -1 ||
	    transmit_set_up(t->fd) == -1)
		return NULL;
	for (size_t i = 0; i < conf->instance_count; i++) {
		t->instance[i].conf = &conf->instance[i];
		if (transmit_collect_addresses(t, &t->instance[i]) == -1)
			return NULL;
	}
	return t;
}

static struct transmit_instance *
transmit_find(const struct transmit *t, uint32_t id)
{
	const struct conf_instance *conf = conf_find_instance(t->conf, id);

	return conf == NULL ? NULL : &t->instance[conf - t->conf->instance];
}

/* ---- adverts ---- */

/* Makes the message for a source, once. False when there is none to send from. */
static bool
transmit_prepare(struct transmit_instance *in, const struct addr *source)
{
	const struct packet_template template = {
	    .version = in->conf->version,
	    .family = in->conf->family,
	    .vrid = in->conf->vrid,
	    .priority = in->conf->priority,
	    .interval_cs = (uint16_t)in->conf->interval_cs,
	    .pseudo_header = in->conf->checksum != CONF_CHECKSUM_MESSAGE_ONLY,
	    .key = in->conf->authentication == CONF_AUTHENTICATION_PASS ? in->conf->key : NULL,
	    .source = *source,
	    .destination = packet_group(in->conf->family),
	    .address = in->address,
	    .address_count = in->address_count,
	};

	if (!addr_is_set(source))
		return false;
	if (in->message != NULL && addr_equal(&in->source, source))
		return in->size != 0;
	if (in->message == NULL)
		in->message = malloc(PACKET_SIZE_MAX);
	if (in->message == NULL)
		return false;
	in->source = *source;
	in->size = packet_encode(&template, in->message);
	return in->size != 0;
}

static void
transmit_fill(struct transmit_slot *slot, struct mmsghdr *message,
    const struct transmit_instance *in, uint32_t ifindex)
{
	struct addr group = packet_group(in->conf->family);
	struct in_pktinfo info = {.ipi_ifindex = (int)ifindex};
	struct cmsghdr *cmsg;

	memset(slot, 0, sizeof(*slot));
	memset(message, 0, sizeof(*message));
	memcpy(&info.ipi_spec_dst, in->source.bytes, sizeof(info.ipi_spec_dst));
	slot->iov = (struct iovec){in->message, in->size};
	slot->to.sin_family = AF_INET;
	memcpy(&slot->to.sin_addr, group.bytes, sizeof(slot->to.sin_addr));
	message->msg_hdr.msg_name = &slot->to;
	message->msg_hdr.msg_namelen = sizeof(slot->to);
	message->msg_hdr.msg_iov = &slot->iov;
	message->msg_hdr.msg_iovlen = 1;
	message->msg_hdr.msg_control = slot->control.space;
	message->msg_hdr.msg_controllen = sizeof(slot->control.space);
	cmsg = CMSG_FIRSTHDR(&message->msg_hdr);
	cmsg->cmsg_level = IPPROTO_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
}

/* The engine counts; said once until an advert leaves again. */
static void
transmit_fail(struct transmit *t, struct transmit_instance *in, uint8_t priority)
{
	const struct msg_unsent message = {
	    .instance = in->conf->id, .priority = priority, .error = errno};

	if (!in->logged)
		log_warn("%s: advert not sent from %s", in->conf->name, in->conf->interface);
	in->logged = true;
	t->failed(t->ctx, &message);
}

static void
transmit_count_success(struct transmit_instance *in)
{
	in->logged = false;
	in->advertised = in->message[2] != VRRP_PRIORITY_RESIGN;
	if (in->advertised)
		in->last = clock_now();
}

/* sendmmsg() stops at a message that fails: it is counted and passed over. */
static void
transmit_send(
    struct transmit *t, struct mmsghdr *message, struct transmit_instance **in, size_t count)
{
	size_t sent = 0;

	while (sent < count) {
		int n = sendmmsg(t->fd, message + sent, (unsigned)(count - sent), 0);

		for (int i = 0; i < n; i++)
			transmit_count_success(in[sent + (size_t)i]);
		if (n > 0) {
			sent += (size_t)n;
		} else {
			transmit_fail(t, in[sent], in[sent]->message[2]);
			sent++;
		}
	}
}

void
transmit_adverts(struct transmit *t, const struct msg_advert_item *items, size_t count)
{
	struct transmit_slot slot[TRANSMIT_BATCH];
	struct mmsghdr message[TRANSMIT_BATCH];
	struct transmit_instance *owner[TRANSMIT_BATCH];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		struct transmit_instance *in = transmit_find(t, items[i].instance);
		struct link_view link;

		if (in == NULL)
			continue;
		/* a message stands once in a batch: its priority is patched in place */
		for (size_t k = 0; k < n; k++)
			if (owner[k] == in) {
				transmit_send(t, message, owner, n);
				n = 0;
			}
		link =
		    links_find(t->links, in->conf->interface, (enum addr_family)in->conf->family);
		if (!transmit_prepare(in, &link.source)) {
			errno = EADDRNOTAVAIL;
			transmit_fail(t, in, items[i].priority);
			continue;
		}
		packet_patch_priority(in->message, items[i].priority);
		transmit_fill(&slot[n], &message[n], in, link.ifindex);
		owner[n++] = in;
		if (n == TRANSMIT_BATCH) {
			transmit_send(t, message, owner, n);
			n = 0;
		}
	}
	transmit_send(t, message, owner, n);
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

	return in == NULL ? (mono_t){0} : in->last;
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

void
transmit_announce(struct transmit *t, uint32_t instance, const struct addr *addr)
{
	struct transmit_instance *in = transmit_find(t, instance);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = FRAME_MAC_SIZE};
	uint8_t frame[FRAME_GARP_SIZE];
	struct link_view link;

	if (in == NULL || in->conf->announce_repeat == 0 || addr->family != ADDR_IPV4)
		return;
	link = links_find(t->links, in->conf->interface, ADDR_IPV4);
	if (link.ifindex == 0)
		return;
	to.sll_ifindex = (int)link.ifindex;
	to.sll_protocol = htons(ETH_P_ARP);
	memset(to.sll_addr, 0xff, FRAME_MAC_SIZE);
	frame_encode_garp(link.mac, addr, frame);
	if (sendto(t->packet_fd, frame, sizeof(frame), 0, (const struct sockaddr *)&to,
		sizeof(to)) == -1 &&
	    !in->logged) {
		log_warn("%s: address not announced on %s", in->conf->name, in->conf->interface);
		in->logged = true;
	}
}
