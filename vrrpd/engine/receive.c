/*
 * Receiving adverts: every packet is counted exactly once, and only one without fault reaches a
 * core. Engine.
 */
#include <errno.h>
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
#define RECEIVE_SIZE 2048
#define RECEIVE_BATCHES 64 /* before timers get their turn, whatever still waits */

struct receiver_socket {
	TAILQ_ENTRY(receiver_socket) entry;
	struct receiver *receiver;
	struct msg_rx_socket what;
	int fd;
	struct event *readable;
	struct instance *instance[256]; /* by vrid */
};

struct receiver {
	struct engine *engine;
	TAILQ_HEAD(, receiver_socket) sockets;
	struct mmsghdr message[RECEIVE_BATCH];
	struct iovec iov[RECEIVE_BATCH];
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
	for (size_t i = 0; i < RECEIVE_BATCH; i++) {
		receiver->iov[i] = (struct iovec){receiver->data[i], RECEIVE_SIZE};
		receiver->message[i].msg_hdr.msg_iov = &receiver->iov[i];
		receiver->message[i].msg_hdr.msg_iovlen = 1;
	}
	return receiver;
}

/* Counts at the instance when the packet named one of ours, else at the top. */
static void
receiver_count(struct engine *engine, struct instance *in, enum packet_verdict verdict)
{
	struct msg_instance_counters *mine = in != NULL ? &in->counters : NULL;

	switch (verdict) {
	case PACKET_IP_HEADER:
	case PACKET_SHORT:
	case PACKET_LENGTH:
		(*(mine ? &mine->packet_length_errors : &engine->counters.packet_length_errors))++;
		break;
	case PACKET_NO_VERSION:
	case PACKET_OTHER_VERSION:
		(*(mine ? &mine->version_errors : &engine->counters.version_errors))++;
		break;
	case PACKET_CHECKSUM:
		(*(mine ? &mine->checksum_errors : &engine->counters.checksum_errors))++;
		break;
	case PACKET_TTL:
		if (mine)
			mine->ip_ttl_errors++;
		break;
	case PACKET_TYPE:
		if (mine)
			mine->invalid_type_pkts_rcvd++;
		break;
	case PACKET_DELIVERY:
		if (mine)
			mine->delivery_mode_errors++;
		break;
	case PACKET_COUNT_ZERO:
		if (mine)
			mine->address_list_errors++;
		break;
	case PACKET_INTERVAL_ZERO:
		if (mine)
			mine->interval_errors++;
		break;
	case PACKET_OWN_SOURCE:
		if (mine)
			mine->own_source_pkts_rcvd++;
		break;
	case PACKET_OK:
	case PACKET_VRID:
	case PACKET_VERDICT_COUNT:
		break;
	}
}

/*
 * Counters before logs; a cause is logged once until an advert is accepted again, and not more than
 * once a minute even then.
 */
static void
receiver_reject(struct engine *engine, struct instance *in, enum packet_verdict verdict,
    const struct packet *packet)
{
	char source[ADDR_TEXT_MAX];

	receiver_count(engine, in, verdict);
	if (in == NULL || in->logged_verdicts & 1U << verdict)
		return;
	in->logged_verdicts |= 1U << verdict;
	if (!mono_admit(&in->verdict_due[verdict], clock_now(), INSTANCE_CONFLICT_NS, 1))
		return;
	log_warnx("%s: advert from %s dropped: %s%s", in->conf->name,
	    addr_format(&packet->source, source), packet_verdict_name(verdict),
	    verdict == PACKET_OWN_SOURCE ? " (a duplicate address, or a loop in the network)" : "");
}

static bool
receiver_lists_differ(const struct instance *in, const struct packet *packet)
{
	if (packet->address_count != in->address_count)
		return true;
	for (size_t i = 0; i < packet->address_count; i++) {
		struct addr theirs = packet_address(packet, i);
		bool found = false;

		for (size_t k = 0; k < in->address_count && !found; k++)
			found = addr_equal(&in->address[k].addr, &theirs);
		if (!found)
			return true;
	}
	return false;
}

/* RFC 9568 7.1: what differs from our configuration is counted and said, but accepted. */
static void
receiver_compare(struct instance *in, const struct packet *packet)
{
	char source[ADDR_TEXT_MAX];

	addr_format(&packet->source, source);
	if (packet->interval_cs != in->conf->interval_cs) {
		in->counters.interval_errors++;
		if (!in->logged_interval)
			log_warnx(
			    "%s: %s advertises every %u ms, we every %u ms: its interval is used "
			    "while it is master",
			    in->conf->name, source, packet->interval_cs * 10U,
			    in->conf->interval_cs * 10U);
		in->logged_interval = true;
	}
	if (receiver_lists_differ(in, packet)) {
		in->counters.address_list_errors++;
		if (!in->logged_list)
			log_warnx(
			    "%s: %s advertises other addresses than ours for vrid %u: compare the "
			    "configurations",
			    in->conf->name, source, packet->vrid);
		in->logged_list = true;
	}
}

/* RFC 9568 erratum 8298: owners elect by address, but two of them are a mistake in a configuration. */
static void
receiver_find_other_owner(struct instance *in, const struct packet *packet)
{
	mono_t now = clock_now();
	char source[ADDR_TEXT_MAX];

	if (in->conf->priority != VRRP_PRIORITY_OWNER || packet->priority != VRRP_PRIORITY_OWNER)
		return;
	in->other_owner = packet->source;
	in->other_owner_at = now;
	if (!mono_admit(&in->other_owner_due, now, INSTANCE_CONFLICT_NS, 1))
		return;
	log_warnx("%s: %s claims to be owner of the addresses too (priority 255): lower the "
		  "priority of one",
	    in->conf->name, addr_format(&packet->source, source));
}

static void
receiver_count_accepted(struct instance *in, const struct packet *packet)
{
	in->counters.advertisement_rcvd++;
	in->logged_verdicts = 0;
	if (packet->priority == VRRP_PRIORITY_RESIGN)
		in->counters.priority_zero_pkts_rcvd++;
	if (in->vr.state != VRRP_BACKUP && in->vr.state != VRRP_MASTER)
		return; /* it means nothing to us (RFC 9568 6.4.1) */
	receiver_compare(in, packet);
	receiver_find_other_owner(in, packet);
}

static void
receiver_accept(struct engine *engine, struct instance *in, const struct packet *packet)
{
	struct vr_event event = {.kind = VR_ADVERT};

	receiver_count_accepted(in, packet);
	event.advert.source = packet->source;
	event.advert.priority = packet->priority;
	event.advert.interval_ns = packet->interval_cs * NS_PER_CS;
	engine_handle(engine, in, &event);
}

static void
receiver_take(struct receiver_socket *rx, const uint8_t *data, size_t size, bool truncated)
{
	struct engine *engine = rx->receiver->engine;
	struct packet packet = {0};
	struct packet_rules rules;
	struct instance *in;
	enum packet_verdict verdict;

	verdict = packet_decode_ipv4(data, size, &packet);
	if (truncated)
		verdict = PACKET_IP_HEADER;
	in = rx->instance[packet.vrid];
	if (verdict == PACKET_OK && in == NULL)
		verdict = PACKET_VRID;
	if (verdict == PACKET_OK) {
		rules = (struct packet_rules){in->conf->version, in->vr.source};
		verdict = packet_check(&packet, &rules);
	}
	if (verdict == PACKET_OK)
		receiver_accept(engine, in, &packet);
	else
		receiver_reject(engine, in, verdict, &packet);
}

static void
receiver_read(struct receiver_socket *rx)
{
	struct receiver *receiver = rx->receiver;
	int n = RECEIVE_BATCH;

	for (int round = 0; n == RECEIVE_BATCH && round < RECEIVE_BATCHES; round++) {
		n = recvmmsg(rx->fd, receiver->message, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			receiver_take(rx, receiver->data[i], receiver->message[i].msg_len,
			    (receiver->message[i].msg_hdr.msg_flags & MSG_TRUNC) != 0);
	}
}

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

		if (conf->enabled && conf->family == rx->what.family &&
		    strcmp(conf->interface, rx->what.interface) == 0)
			rx->instance[conf->vrid] = &engine->instance[i];
	}
	event_add(rx->readable, NULL);
}

void
receiver_bind(struct receiver *receiver)
{
	struct receiver_socket *rx;

	TAILQ_FOREACH(rx, &receiver->sockets, entry)
		receiver_bind_socket(rx);
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
