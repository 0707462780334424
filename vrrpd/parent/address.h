/*
 * The ledger of addresses: what should be installed, compared with what is. Parent.
 *
 * Level-triggered: a difference is repaired whenever it is seen, by an event or by a dump. Work is done
 * in slices bounded by time, so that adverts go out between them.
 */
#ifndef PARENT_ADDRESS_H
#define PARENT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/parent/netlink.h"

struct address_ledger;
struct event_base;
struct link;
struct links;

struct address_callbacks {
	/* A request is complete, or something changed unasked (sequence 0). */
	void (*state)(void *ctx, const struct msg_addresses *);
	/* An address is there, on that interface: to be announced. */
	void (*installed)(void *ctx, const struct conf_address *, const struct link *);
	/*
	 * An instance's addresses are complete, or one was added; and its release. Returns whether they
	 * were being announced already.
	 */
	bool (*announce)(void *ctx, uint32_t instance, bool begins);
	/*
	 * Before the addresses come or go, and after: what goes with them (extra.h). Also when nothing
	 * is to be done: both must know by themselves whether there is.
	 */
	void (*before)(void *ctx, const struct conf_instance *, bool wanted);
	void (*after)(void *ctx, const struct conf_instance *, bool wanted, struct msg_lacking *);
	/* Nothing is left of the configuration before. */
	void (*settled)(void *ctx);
	void *ctx;
};

/* conf and links must outlive it. NULL with errno. */
struct address_ledger *address_open(struct event_base *, struct netlink *, const struct links *,
    const struct conf *, const struct address_callbacks *);

/* The instance's addresses are to be there, or to go; answered by state(). The newest request wins. */
void address_acquire(struct address_ledger *, uint32_t instance, uint32_t sequence);
void address_release(struct address_ledger *, uint32_t instance, uint32_t sequence);

/* All of them go now, at once and unanswered. */
void address_release_all(struct address_ledger *);

/* Calls installed() for each that is there, and begins a round. */
void address_announce(struct address_ledger *, uint32_t instance);
/* The same for those that the running round is for, or for all, without beginning a round. */
void address_repeat(struct address_ledger *, uint32_t instance, bool all);

/* Looks whether all is as it should be, with what goes with the addresses. */
void address_check(struct address_ledger *, uint32_t instance);

bool address_is_wanted(const struct address_ledger *, uint32_t instance);

/* Says the state of every instance, to a new engine. */
void address_report(struct address_ledger *);

/*
 * What is installed, wanted and asked for goes over from another configuration's ledger: an address that is
 * in both is not touched, whoever has it now; what is in that one alone is removed when what is new has
 * been added.
 */
int address_prepare(struct address_ledger *, const struct address_ledger *old); /* -1 with errno */
void address_inherit(struct address_ledger *, struct address_ledger *old);
void address_close(struct address_ledger *);

/* What netlink hears. */
void address_take(struct address_ledger *, const struct netlink_address *, bool present);
void address_take_link(struct address_ledger *, const char *interface);
void address_take_dump(struct address_ledger *, bool begins);

#endif
