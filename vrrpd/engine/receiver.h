/*
 * Receiving adverts from the lent sockets and giving them to the instance they are for. Engine.
 */
#ifndef ENGINE_RECEIVER_H
#define ENGINE_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/conf.h"
#include "common/mono.h"
#include "common/msg.h"
#include "vrrpd/core/packet.h"

struct engine;
struct instance;
struct receiver;

/* What a peer did is a problem for that long after it did it last. */
#define RECEIVE_MEMORY_NS (60 * NS_PER_S)

#define RECEIVE_TEXT_MAX 256

/* What differs from our configuration in adverts that are accepted nevertheless. */
enum receive_difference {
	RECEIVE_INTERVAL,    /* version 3: the interval, which is learned */
	RECEIVE_FORM,        /* what the checksum covers */
	RECEIVE_LIST,        /* the addresses */
	RECEIVE_FIRST,       /* IPv6: the first address is not link-local (RFC 9568 erratum 8300) */
	RECEIVE_OTHER_OWNER, /* priority 255, which is ours (erratum 8298); version 2 too */
	RECEIVE_LOWER, /* a worse master, some time after we became master: it does not hear us */
	RECEIVE_DIFFERENCE_COUNT
};

/* One thing that peers do wrong, and who did it last. */
struct receive_offence {
	struct addr source;
	mono_t at;       /* when it was heard last */
	mono_t due;      /* of the rate of log lines: mono_admit() */
	uint16_t theirs; /* what was sent instead of ours: version, TTL, interval … by cause */
	bool heard;      /* at least once */
	bool carp;       /* the packet is one of CARP's */
	bool logged;     /* not said again before an accepted advert of source, or silence */
};

/* What receiving keeps of an instance. */
struct receive_memory {
	bool built;
	struct conf_instance conf; /* of which it was built; the rules point to its key */
	struct packet_rules rules;
	struct packet_peer *peers; /* the rules point there; owned */
	struct addr *addresses;    /* the advertised ones, sorted; owned */
	size_t address_count;
	struct receive_offence dropped[PACKET_VERDICT_COUNT];
	struct receive_offence accepted[RECEIVE_DIFFERENCE_COUNT];
};

/* receive.c */

struct receiver *receiver_open(struct engine *); /* NULL with errno */

/* A socket for (interface, family); replaces the one before it. Takes fd. -1 with errno. */
int receiver_add(struct receiver *, const struct msg_rx_socket *, int fd);

/* The interface is gone: its sockets are closed. */
/* Whether adverts of that family are received on the interface. */
bool receiver_has(const struct receiver *, const char *interface, enum addr_family);

void receiver_remove(struct receiver *, const char *interface);

/* Makes the rules of all instances anew and connects the sockets with them; to be called at COMMIT. -1
 * with errno. */
int receiver_bind(struct receiver *);

/* Reads what waits on the sockets of an interface (NULL = all): nothing may be decided before that. */
void receiver_drain(struct receiver *, const char *interface);

/* receive_memory.c */

/*
 * The rules of this instance; what was remembered goes on if it is configured as before, else it was by other
 * rules. It must not be moved afterwards. -1 with errno.
 */
int receive_memory_build(
    struct receive_memory *, const struct conf *, const struct conf_instance *);

/* All of it; to be called before an instance is forgotten. */
void receive_memory_free(struct receive_memory *);

/* A packet that was dropped, counted already: remembers it, and logs the first one of a cause. */
void receive_memory_drop(struct instance *, const struct packet *, enum packet_verdict, mono_t now);

/* An advert that was accepted: counts, remembers and logs what differs. */
void receive_memory_accept(struct instance *, const struct packet *, mono_t now);

/* Remembers that packet was wrong in this way; whether that is to be logged. */
bool receive_offence_note(
    struct receive_offence *, const struct packet *, uint16_t theirs, mono_t now);

/* Whether it was heard in the last RECEIVE_MEMORY_NS. */
bool receive_offence_is_fresh(const struct receive_offence *, mono_t now);

/* A sentence that names the peer: "192.0.2.2 sends VRRP version 2, we 3: both become master". out has
 * RECEIVE_TEXT_MAX bytes. Returns out. */
const char *receive_memory_describe_drop(const struct instance *, enum packet_verdict, char *out);
const char *receive_memory_describe_difference(
    const struct instance *, enum receive_difference, char *out);

#endif
