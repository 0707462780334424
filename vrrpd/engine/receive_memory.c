/*
 * What peers send that is not as ours: what it is compared with, who did it last and when, said once a
 * cause in the log and for a while among the problems, since each of these can make two masters in
 * silence. Engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/log.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/receiver.h"

/* Of one cause, however often accepted adverts come between. */
#define RECEIVE_LOG_SPACING_NS (60 * NS_PER_S)
#define RECEIVE_LOG_BURST 2

/* That long after we became master, whoever is worse had the time to hear us. */
#define RECEIVE_LOWER_INTERVALS 2

/* CARP has VRRP's protocol number, group and first byte; then authlen in place of the address count. */
#define RECEIVE_CARP_SIZE 36
#define RECEIVE_CARP_AUTHLEN 7

_Static_assert(CONF_KEY_SIZE == PACKET_KEY_SIZE, "the rules point to the key of the configuration");

/* ---- rules ---- */

static int
receive_compare_addresses(const void *a, const void *b)
{
	return addr_compare(a, b);
}

/* The advertised addresses, sorted. */
static int
receive_memory_collect_addresses(
    struct receive_memory *memory, const struct conf *conf, const struct conf_instance *in)
{
	size_t count;
	const struct conf_address *address = conf_find_addresses(conf, in->id, &count);

	memory->addresses = calloc(count + 1, sizeof(memory->addresses[0]));
	if (memory->addresses == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (address[i].advertise && address[i].addr.family == in->family)
			memory->addresses[memory->address_count++] = address[i].addr;
	qsort(memory->addresses, memory->address_count, sizeof(memory->addresses[0]),
	    receive_compare_addresses);
	return 0;
}

static int
receive_memory_collect_peers(
    struct receive_memory *memory, const struct conf *conf, const struct conf_instance *in)
{
	size_t count;
	const struct conf_peer *peer = conf_find_peers(conf, in->id, &count);

	if (peer == NULL)
		return 0;
	memory->peers = calloc(count, sizeof(memory->peers[0]));
	if (memory->peers == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		memory->peers[i] = (struct packet_peer){peer[i].addr, peer[i].min_ttl};
	memory->rules.unicast = true;
	memory->rules.peers = memory->peers;
	memory->rules.peer_count = count;
	return 0;
}

/* Made for an instance that is configured alike: what was remembered is still true. */
static bool
receive_memory_is_of(const struct receive_memory *memory, const struct conf_instance *in)
{
	return memcmp(&memory->conf, in, sizeof(*in)) == 0;
}

int
receive_memory_build(
    struct receive_memory *memory, const struct conf *conf, const struct conf_instance *in)
{
	struct receive_memory before = *memory;
	bool same = memory->built && receive_memory_is_of(memory, in);

	before.peers = NULL;
	before.addresses = NULL;
	receive_memory_free(memory);
	if (same)
		*memory = before;
	memory->address_count = 0;
	memory->built = true;
	memory->conf = *in;
	memory->rules = (struct packet_rules){
	    .version = in->version,
	    .family = in->family,
	    .owner = in->priority == VRRP_PRIORITY_OWNER,
	    .interval_cs = (uint16_t)in->interval_cs,
	    .key = in->authentication == CONF_AUTHENTICATION_PASS ? memory->conf.key : NULL,
	};
	if (receive_memory_collect_addresses(memory, conf, in) == -1)
		return -1;
	return receive_memory_collect_peers(memory, conf, in);
}

void
receive_memory_free(struct receive_memory *memory)
{
	free(memory->peers);
	free(memory->addresses);
	*memory = (struct receive_memory){0};
}

/* ---- offences ---- */

bool
receive_offence_is_fresh(const struct receive_offence *offence, mono_t now)
{
	return offence->heard && mono_since(now, offence->at) < RECEIVE_MEMORY_NS;
}

static bool
receive_is_carp(const struct packet *packet)
{
	return packet->version == 2 && packet->message_size == RECEIVE_CARP_SIZE &&
	       packet->address_count == RECEIVE_CARP_AUTHLEN;
}

bool
receive_offence_note(
    struct receive_offence *offence, const struct packet *packet, uint16_t theirs, mono_t now)
{
	if (!receive_offence_is_fresh(offence, now))
		offence->logged = false;
	offence->heard = true;
	offence->source = packet->source;
	offence->at = now;
	offence->theirs = theirs;
	offence->carp = receive_is_carp(packet);
	if (offence->logged)
		return false;
	offence->logged = mono_admit(&offence->due, now, RECEIVE_LOG_SPACING_NS, RECEIVE_LOG_BURST);
	return offence->logged;
}

/* An advert of that router was as it should be: what it did is worth a line again. */
static void
receive_offence_forgive(struct receive_offence *offence, const struct packet *packet)
{
	if (offence->logged && addr_equal(&offence->source, &packet->source))
		offence->logged = false;
}

/* What of the packet the cause is about. */
static uint16_t
receive_theirs(const struct packet *packet, enum packet_verdict verdict)
{
	switch (verdict) {
	case PACKET_TTL:
	case PACKET_PEER_TTL:
		return packet->ttl;
	case PACKET_NO_VERSION:
	case PACKET_OTHER_VERSION:
		return packet->version;
	case PACKET_AUTH_UNKNOWN:
	case PACKET_AUTH_OTHER:
		return packet->authentication;
	case PACKET_INTERVAL_OTHER:
		return packet->interval_cs;
	case PACKET_OK:
	case PACKET_IP_HEADER:
	case PACKET_SHORT:
	case PACKET_VRID:
	case PACKET_TYPE:
	case PACKET_DELIVERY:
	case PACKET_NO_PEER:
	case PACKET_LENGTH:
	case PACKET_CHECKSUM:
	case PACKET_AUTH_FAILURE:
	case PACKET_COUNT_ZERO:
	case PACKET_INTERVAL_ZERO:
	case PACKET_OWN_SOURCE:
	case PACKET_OWNER:
	case PACKET_VERDICT_COUNT:
		break;
	}
	return 0;
}

static void
receive_memory_note_difference(struct instance *in, const struct packet *packet,
    enum receive_difference difference, uint16_t theirs, mono_t now)
{
	char text[RECEIVE_TEXT_MAX];

	if (receive_offence_note(&in->receive.accepted[difference], packet, theirs, now))
		log_warnx("%s: %s", in->conf->name,
		    receive_memory_describe_difference(in, difference, text));
}

void
receive_memory_drop(
    struct instance *in, const struct packet *packet, enum packet_verdict verdict, mono_t now)
{
	char text[RECEIVE_TEXT_MAX];

	if (verdict == PACKET_OWNER && packet->priority == VRRP_PRIORITY_OWNER) {
		receive_memory_note_difference(in, packet, RECEIVE_OTHER_OWNER, 0, now);
		return;
	}
	if (receive_offence_note(
		&in->receive.dropped[verdict], packet, receive_theirs(packet, verdict), now))
		log_warnx(
		    "%s: %s", in->conf->name, receive_memory_describe_drop(in, verdict, text));
}

/* The form that we send; what is not disputed has one form only. */
static bool
receive_form_differs(const struct instance *in, const struct packet *packet)
{
	const uint8_t ours = in->conf->checksum == CONF_CHECKSUM_MESSAGE_ONLY ? PACKET_FORM_MESSAGE
									      : PACKET_FORM_PSEUDO;

	return packet->version == 3 && packet->source.family == ADDR_IPV4 &&
	       (packet->forms & ours) == 0;
}

/* Another master that loses against us, in an election that should be over. */
static bool
receive_is_lower(const struct instance *in, const struct packet *packet, mono_t now)
{
	const struct vr *vr = &in->vr;

	if (vr->state != VRRP_MASTER || packet->priority == VRRP_PRIORITY_RESIGN ||
	    packet->priority == VRRP_PRIORITY_OWNER ||
	    mono_since(now, vr->since) < RECEIVE_LOWER_INTERVALS * vr->conf.interval_ns)
		return false;
	return packet->priority < vr->priority ||
	       (packet->priority == vr->priority && addr_compare(&packet->source, &vr->source) < 0);
}

/* RFC 9568 7.1, RFC 3768 7.1 (where to drop is allowed, and nobody does). */
static bool
receive_differs(const struct instance *in, const struct packet *packet,
    enum receive_difference difference, mono_t now)
{
	switch (difference) {
	case RECEIVE_INTERVAL:
		return packet->interval_cs != in->conf->interval_cs;
	case RECEIVE_FORM:
		return receive_form_differs(in, packet);
	case RECEIVE_LIST:
		return packet_lists_differ(
		    packet, in->receive.addresses, in->receive.address_count);
	case RECEIVE_FIRST:
		return !packet_first_is_link_local(packet);
	case RECEIVE_OTHER_OWNER:
		return in->receive.rules.owner && packet->priority == VRRP_PRIORITY_OWNER;
	case RECEIVE_LOWER:
		return receive_is_lower(in, packet, now);
	case RECEIVE_DIFFERENCE_COUNT:
		break;
	}
	return false;
}

static uint16_t
receive_theirs_accepted(const struct packet *packet, enum receive_difference difference)
{
	switch (difference) {
	case RECEIVE_INTERVAL:
		return packet->interval_cs;
	case RECEIVE_LOWER:
		return packet->priority;
	case RECEIVE_FORM:
	case RECEIVE_LIST:
	case RECEIVE_FIRST:
	case RECEIVE_OTHER_OWNER:
	case RECEIVE_DIFFERENCE_COUNT:
		break;
	}
	return packet->forms;
}

void
receive_memory_accept(struct instance *in, const struct packet *packet, mono_t now)
{
	struct receive_memory *memory = &in->receive;

	for (size_t i = 0; i < PACKET_VERDICT_COUNT; i++)
		receive_offence_forgive(&memory->dropped[i], packet);
	for (size_t i = 0; i < RECEIVE_DIFFERENCE_COUNT; i++) {
		const enum receive_difference difference = (enum receive_difference)i;

		if (!receive_differs(in, packet, difference, now)) {
			receive_offence_forgive(&memory->accepted[i], packet);
			continue;
		}
		if (difference == RECEIVE_INTERVAL)
			in->counters.interval_errors++;
		if (difference == RECEIVE_LIST)
			in->counters.address_list_errors++;
		receive_memory_note_difference(
		    in, packet, difference, receive_theirs_accepted(packet, difference), now);
	}
}

/* ---- words ---- */

static const char *
receive_authentication_name(uint16_t type)
{
	static const char *const words[] = {
	    "no password", "a password", "an authentication header"};

	return type < sizeof(words) / sizeof(words[0]) ? words[type] : "?";
}

static void
receive_describe_version(
    const struct instance *in, const struct receive_offence *o, const char *who, char *out)
{
	if (o->carp)
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s sends CARP with vhid %u, which looks like VRRP version 2: give one of them "
		    "another number",
		    who, in->conf->vrid);
	else
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s sends VRRP version %u, we %u: both become master", who, o->theirs,
		    in->conf->version);
}

static void
receive_describe_interval(
    const struct instance *in, const struct receive_offence *o, const char *who, char *out)
{
	snprintf(out, RECEIVE_TEXT_MAX,
	    "%s advertises every %u s, we every %u s: both become master", who, o->theirs / 100U,
	    in->conf->interval_cs / 100U);
}

static void
receive_describe_delivery(const struct instance *in, const char *who, char *out)
{
	const bool unicast = in->receive.rules.unicast;

	snprintf(out, RECEIVE_TEXT_MAX, "%s sends %s adverts, we %s: both become master", who,
	    unicast ? "multicast" : "unicast", unicast ? "unicast" : "multicast");
}

const char *
receive_memory_describe_drop(const struct instance *in, enum packet_verdict verdict, char *out)
{
	const struct receive_offence *o = &in->receive.dropped[verdict];
	const uint16_t own_type = in->receive.rules.key == NULL ? 0 : 1;
	char who[ADDR_TEXT_MAX];

	addr_format(&o->source, who);
	switch (verdict) {
	case PACKET_OTHER_VERSION:
	case PACKET_NO_VERSION:
		receive_describe_version(in, o, who, out);
		return out;
	case PACKET_TTL:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s sends with TTL %u instead of 255: both become master", who, o->theirs);
		return out;
	case PACKET_PEER_TTL:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "adverts of %s arrive with TTL %u, below its min-ttl: both become master", who,
		    o->theirs);
		return out;
	case PACKET_DELIVERY:
		receive_describe_delivery(in, who, out);
		return out;
	case PACKET_NO_PEER:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s sends adverts for vrid %u, but is not one of unicast-peers", who,
		    in->conf->vrid);
		return out;
	case PACKET_AUTH_OTHER:
		snprintf(out, RECEIVE_TEXT_MAX, "%s sends %s, we %s: both become master", who,
		    receive_authentication_name(o->theirs), receive_authentication_name(own_type));
		return out;
	case PACKET_AUTH_FAILURE:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s sends another password than ours: both become master", who);
		return out;
	case PACKET_INTERVAL_OTHER:
		receive_describe_interval(in, o, who, out);
		return out;
	case PACKET_OWNER:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s is master of the addresses that we own: it does not hear our adverts", who);
		return out;
	case PACKET_LENGTH:
		if (o->carp) {
			receive_describe_version(in, o, who, out);
			return out;
		}
		break;
	case PACKET_OK:
	case PACKET_IP_HEADER:
	case PACKET_SHORT:
	case PACKET_VRID:
	case PACKET_TYPE:
	case PACKET_CHECKSUM:
	case PACKET_AUTH_UNKNOWN:
	case PACKET_COUNT_ZERO:
	case PACKET_INTERVAL_ZERO:
	case PACKET_OWN_SOURCE:
	case PACKET_VERDICT_COUNT:
		break;
	}
	snprintf(out, RECEIVE_TEXT_MAX, "adverts of %s for vrid %u are dropped: %s%s", who,
	    in->conf->vrid, packet_verdict_name(verdict),
	    verdict == PACKET_OWN_SOURCE ? " (a duplicate address, or a loop in the network)" : "");
	return out;
}

static const char *
receive_form_name(unsigned forms)
{
	if ((forms & PACKET_FORM_MESSAGE) != 0)
		return "the message only";
	return (forms & PACKET_FORM_PSEUDO) != 0 ? "the pseudo-header too"
						 : "a pseudo-header with 224.0.0.18";
}

const char *
receive_memory_describe_difference(
    const struct instance *in, enum receive_difference difference, char *out)
{
	const struct receive_offence *o = &in->receive.accepted[difference];
	const unsigned own_form = in->conf->checksum == CONF_CHECKSUM_MESSAGE_ONLY
				      ? PACKET_FORM_MESSAGE
				      : PACKET_FORM_PSEUDO;
	char who[ADDR_TEXT_MAX];

	addr_format(&o->source, who);
	switch (difference) {
	case RECEIVE_INTERVAL:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s advertises every %u ms, we every %u ms: its interval is used while it is "
		    "master",
		    who, o->theirs * 10U, in->conf->interval_cs * 10U);
		break;
	case RECEIVE_FORM:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "checksums of %s cover %s, ours %s: it may drop our adverts and become master "
		    "too",
		    who, receive_form_name(o->theirs), receive_form_name(own_form));
		break;
	case RECEIVE_LIST:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s advertises other addresses than ours for vrid %u: compare the "
		    "configurations",
		    who, in->conf->vrid);
		break;
	case RECEIVE_FIRST:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "the first address that %s advertises is not link-local: accepted", who);
		break;
	case RECEIVE_LOWER:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s was master beside us, with priority %u: it did not hear our adverts", who,
		    o->theirs);
		break;
	case RECEIVE_OTHER_OWNER:
		snprintf(out, RECEIVE_TEXT_MAX,
		    "%s claims to be owner of the addresses too (priority 255): lower the priority "
		    "of one",
		    who);
		break;
	case RECEIVE_DIFFERENCE_COUNT:
		break;
	}
	return out;
}
