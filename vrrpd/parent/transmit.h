/*
 * Sending adverts and announcements of configured instances; nothing is ever received here. Parent.
 */
#ifndef PARENT_TRANSMIT_H
#define PARENT_TRANSMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/mono.h"
#include "common/msg.h"

struct link;
struct links;
struct transmit;

/* An advert that did not leave, to no peer at all if it is unicast; with errno. */
typedef void (*transmit_failed)(void *ctx, const struct msg_unsent *);

/* conf and links must outlive it. NULL with errno. */
struct transmit *transmit_open(
    const struct conf *, const struct links *, transmit_failed, void *ctx);

/*
 * Sends one advert each, to the group or to each peer; what fails is told, the others are sent. Items
 * were checked before.
 */
void transmit_adverts(struct transmit *, const struct msg_advert_item *, size_t count);

/* An advert of priority 0 from the parent itself: the engine cannot. */
void transmit_resign(struct transmit *, uint32_t instance);

/* Of instances that go on: when they were heard of last, and what failed. */
void transmit_inherit(struct transmit *, struct transmit *old);
void transmit_close(struct transmit *);

/* When the last advert that is not a resignation left; 0 = never. */
mono_t transmit_last_advert(const struct transmit *, uint32_t instance);

/* The last advert that left was not a resignation. */
bool transmit_is_advertised(const struct transmit *, uint32_t instance);

/* The instance is not master any more, and nobody is to be told of it. */
void transmit_forget(struct transmit *, uint32_t instance);

/*
 * One gratuitous ARP or unsolicited neighbor advertisement for an address of an instance, out of the
 * interface it is on (RFC 9568 8.1.2, 8.2.2); none when the instance's announce_repeat is 0.
 */
void transmit_announce(struct transmit *, const struct conf_address *, const struct link *);

#endif
