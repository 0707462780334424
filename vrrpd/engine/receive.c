/*
 * Receiving adverts: every packet is counted exactly once, and only one without fault reaches a
 * core. Engine.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/addr.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/receiver.h"

#define RECEIVE_BATCH 64
#define RECEIVE_SIZE (PACKET_SIZE_MAX + 60) /* the longest message behind the longest IPv4 header */
#define RECEIVE_BATCHES 64                  /* before timers get their turn, whatever still waits */

struct receiver_socket {
	TAILQ_ENTRY(receiver_socket) entry;
	struct receiver *receiver;
	struct msg_rx_socket what;
	int fd;
	struct event *readable;
	struct instance *instance[256]; /* by vrid */
	struct receive_offence stray;   /* packets that name no instance */
};

/* What an IPv6 socket says besides the message; the parent asked the kernel for it. */
union receiver_control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

struct receiver {
	struct engine *engine;
	TAILQ_HEAD(, receiver_socket) sockets;
	struct mmsghdr message[RECEIVE_BATCH];
	struct iovec iov[RECEIVE_BATCH];
	struct sockaddr_in6 source[RECEIVE_BATCH];
	union receiver_control control[RECEIVE_BATCH];
	uint8_t data[RECEIVE_BATCH][RECEIVE_SIZE];
};

struct receiver *
receiver_open(struct engine *engine)
{
	struct receiver *receiver = calloc(1, sizeof(*receiver));

	if (receiver == NULL)
		return NULL;
	receiver->engine = engine;
	TAILQ_INIT(&receiver->sockets);
	return receiver;
}

/* ---- counting ---- */

/* NULL for what no instance has. */
static uint64_t *
receiver_instance_counter(struct msg_instance_counters *c, enum packet_verdict verdict)
{
	switch (verdict) {
	case PACKET_OK:
	case PACKET_OWNER:
		return &c->advertisement_rcvd;
	case PACKET_IP_HEADER:
	case PACKET_SHORT:
	case PACKET_LENGTH:
		return &c->packet_length_errors;
	case PACKET_TTL:
	case PACKET_PEER_TTL:
		return &c->ip_ttl_errors;
	case PACKET_NO_VERSION:
	case PACKET_OTHER_VERSION:
		return &c->version_errors;
	case PACKET_TYPE:
		return &c->invalid_type_pkts_rcvd;
	case PACKET_DELIVERY:
		return &c->delivery_mode_errors;
	case PACKET_NO_PEER:
		return &c->unicast_source_errors;
	case PACKET_CHECKSUM:
		return &c->checksum_errors;
	case PACKET_AUTH_UNKNOWN:
	case PACKET_AUTH_OTHER:
	case PACKET_AUTH_FAILURE:
		return &c->auth_errors;
	case PACKET_COUNT_ZERO:
		return &c->address_list_errors;
	case PACKET_INTERVAL_ZERO:
	case PACKET_INTERVAL_OTHER:
		return &c->interval_errors;
	case PACKET_OWN_SOURCE:
		return &c->own_source_pkts_rcvd;
	case PACKET_VRID:
	case PACKET_VERDICT_COUNT:
		break;
	}
	return NULL;
}

/*
 * The vrid is none of ours, which the kernel's filter let through because the packet is too short to have
 * one, or because the filter is older than the configuration; the latter is not counted, as what the
 * filter drops is not.
 */
static void
receiver_reject_stray(
    struct receiver_socket *rx, const struct packet *packet, enum packet_verdict verdict)
{
	struct msg_global_counters *counters = &rx->receiver->engine->counters;
	char source[ADDR_TEXT_MAX];

	if (packet->vrid != 0 || verdict == PACKET_VRID)
		return;
	if (verdict == PACKET_NO_VERSION)
		counters->version_errors++;
	else
		counters->packet_length_errors++;
	if (receive_offence_note(&rx->stray, packet, 0, clock_now()))
		log_warnx("%s: packet from %s dropped: %s", rx->what.interface,
		    addr_format(&packet->source, source), packet_verdict_name(verdict));
}

/* Counters before logs. */
static void
receiver_reject(struct instance *in, enum packet_verdict verdict, const struct packet *packet)
{
	uint64_t *counter = receiver_instance_counter(&in->counters, verdict);

	if (counter != NULL)
		(*counter)++;
	receive_memory_drop(in, packet, verdict, clock_now());
}

static void
receiver_accept(struct engine *engine, struct instance *in, const struct packet *packet)
{
	struct vr_event event = {.kind = VR_ADVERT};

	in->counters.advertisement_rcvd++;
	if (packet->priority == VRRP_PRIORITY_RESIGN)
		in->counters.priority_zero_pkts_rcvd++;
	receive_memory_accept(in, packet, clock_now());
	event.advert.source = packet->source;
	event.advert.priority = packet->priority;
	event.advert.interval_ns = packet->interval_cs * NS_PER_CS;
	engine_handle(engine, in, &event);
}

/* ---- reading ---- */

/* Nothing of it need be there, or be what was asked for. */
static void
receiver_read_control(struct msghdr *message, struct addr *destination, int *hop_limit)
{
	struct in6_pktinfo info;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			*destination = addr_from_bytes(ADDR_IPV6, info.ipi6_addr.s6_addr);
		} else if (c->cmsg_type == IPV6_HOPLIMIT && c->cmsg_len >= CMSG_LEN(sizeof(int)))
			memcpy(hop_limit, CMSG_DATA(c), sizeof(*hop_limit));
	}
}

static enum packet_verdict
receiver_decode(struct receiver_socket *rx, int i, struct packet *packet)
{
	struct receiver *receiver = rx->receiver;
	struct msghdr *message = &receiver->message[i].msg_hdr;
	const struct sockaddr_in6 *from = &receiver->source[i];
	struct addr source = {0}, destination = {0};
	const size_t size = receiver->message[i].msg_len;
	int hop_limit = -1;

	if (rx->what.family == ADDR_IPV4)
		return packet_decode_ipv4(receiver->data[i], size, packet);
	if (message->msg_namelen >= sizeof(*from) && from->sin6_family == AF_INET6)
		source = addr_from_bytes(ADDR_IPV6, from->sin6_addr.s6_addr);
	receiver_read_control(message, &destination, &hop_limit);
	return packet_decode_ipv6(
	    receiver->data[i], size, &source, &destination, hop_limit, packet);
}

static void
receiver_take(struct receiver_socket *rx, int i)
{
	struct engine *engine = rx->receiver->engine;
	struct packet packet;
	struct instance *in;
	enum packet_verdict verdict = receiver_decode(rx, i, &packet);

	if ((rx->receiver->message[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
		verdict = PACKET_IP_HEADER;
	in = rx->instance[packet.vrid];
	if (in == NULL) {
		receiver_reject_stray(rx, &packet, verdict);
		return;
	}
	if (verdict == PACKET_OK) {
		in->receive.rules.own_source = in->vr.source;
		verdict = packet_check(&packet, &in->receive.rules);
	}
	if (verdict == PACKET_OK)
		receiver_accept(engine, in, &packet);
	else
		receiver_reject(in, verdict, &packet);
}

/* recvmmsg() writes over the sizes. */
static void
receiver_prepare(struct receiver *receiver)
{
	for (size_t i = 0; i < RECEIVE_BATCH; i++) {
		receiver->iov[i] = (struct iovec){receiver->data[i], RECEIVE_SIZE};
		receiver->message[i].msg_hdr = (struct msghdr){
		    .msg_name = &receiver->source[i],
		    .msg_namelen = sizeof(receiver->source[i]),
		    .msg_iov = &receiver->iov[i],
		    .msg_iovlen = 1,
		    .msg_control = receiver->control[i].space,
		    .msg_controllen = sizeof(receiver->control[i].space),
		};
	}
}

static void
receiver_read(struct receiver_socket *rx)
{
	struct receiver *receiver = rx->receiver;
	int n = RECEIVE_BATCH;

	for (int round = 0; n == RECEIVE_BATCH && round < RECEIVE_BATCHES; round++) {
		receiver_prepare(receiver);
		n = recvmmsg(rx->fd, receiver->message, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			receiver_take(rx, i);
	}
}

/* ---- sockets ---- */

static void
receiver_on_readable(int fd, short what, void *arg)
{
	struct receiver_socket *rx = arg;

	(void)fd;
	(void)what;
	receiver_read(rx);
	engine_end_turn(rx->receiver->engine);
}

static void
receiver_close(struct receiver_socket *rx)
{
	TAILQ_REMOVE(&rx->receiver->sockets, rx, entry);
	event_free(rx->readable);
	close(rx->fd);
	free(rx);
}

static void
receiver_bind_socket(struct receiver_socket *rx)
{
	struct engine *engine = rx->receiver->engine;

	memset(rx->instance, 0, sizeof(rx->instance));
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		const struct conf_instance *conf = &engine->conf.instance[i];

		if (!conf->enabled || conf->family != rx->what.family ||
		    strcmp(conf->interface, rx->what.interface) != 0)
			continue;
		/* what retires hears its successor, but not in another one's place */
		if (!conf->retiring || rx->instance[conf->vrid] == NULL)
			rx->instance[conf->vrid] = &engine->instance[i];
	}
	event_add(rx->readable, NULL);
}

/* An instance hears there. */
static bool
receiver_is_used(const struct engine *engine, const struct msg_rx_socket *what)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		if (engine->conf.instance[i].family == what->family &&
		    strcmp(engine->conf.instance[i].interface, what->interface) == 0)
			return true;
	return false;
}

int
receiver_bind(struct receiver *receiver)
{
	struct engine *engine = receiver->engine;
	struct receiver_socket *rx, *next;

	for (size_t i = 0; i < engine->conf.instance_count; i++)
		if (receive_memory_build(&engine->instance[i].receive, &engine->conf,
			&engine->conf.instance[i]) == -1)
			return -1;
	for (rx = TAILQ_FIRST(&receiver->sockets); rx != NULL; rx = next) {
		next = TAILQ_NEXT(rx, entry);
		if (receiver_is_used(engine, &rx->what))
			receiver_bind_socket(rx);
		else
			receiver_close(rx);
	}
	return 0;
}

int
receiver_add(struct receiver *receiver, const struct msg_rx_socket *what, int fd)
{
	struct receiver_socket *rx, *next;

	for (rx = TAILQ_FIRST(&receiver->sockets); rx != NULL; rx = next) {
		next = TAILQ_NEXT(rx, entry);
		if (rx->what.family == what->family &&
		    strcmp(rx->what.interface, what->interface) == 0)
			receiver_close(rx);
	}
	rx = calloc(1, sizeof(*rx));
	if (rx == NULL) {
		close(fd);
		return -1;
	}
	rx->receiver = receiver;
	rx->what = *what;
	rx->fd = fd;
	rx->readable =
	    event_new(receiver->engine->base, fd, EV_READ | EV_PERSIST, receiver_on_readable, rx);
	if (rx->readable == NULL) {
		free(rx);
		close(fd);
		return -1;
	}
	TAILQ_INSERT_TAIL(&receiver->sockets, rx, entry);
	if (receiver->engine->running)
		receiver_bind_socket(rx);
	return 0;
}

bool
receiver_has(const struct receiver *receiver, const char *interface, enum addr_family family)
{
	const struct receiver_socket *rx;

	TAILQ_FOREACH(rx, &receiver->sockets, entry)
		if (rx->what.family == family && strcmp(rx->what.interface, interface) == 0)
			return true;
	return false;
}

void
receiver_remove(struct receiver *receiver, const char *interface)
{
	struct receiver_socket *rx, *next;

	for (rx = TAILQ_FIRST(&receiver->sockets); rx != NULL; rx = next) {
		next = TAILQ_NEXT(rx, entry);
		if (strcmp(rx->what.interface, interface) == 0)
			receiver_close(rx);
	}
}

void
receiver_drain(struct receiver *receiver, const char *interface)
{
	struct receiver_socket *rx;

	TAILQ_FOREACH(rx, &receiver->sockets, entry)
		if (interface == NULL || strcmp(rx->what.interface, interface) == 0)
			receiver_read(rx);
}
