/*
 * The inside of the ledger of addresses; shared by address*.c only. Parent.
 */
#ifndef PARENT_ADDRESS_LEDGER_H
#define PARENT_ADDRESS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "common/mono.h"
#include "vrrpd/parent/address.h"

struct event;
struct strays;

struct address_entry {
	RB_ENTRY(address_entry) by_address;
	struct address_owner *owner;
	const struct conf_address *conf;
	const struct link *device;
	uint32_t ifindex;      /* of present */
	uint8_t prefix_length; /* of present: the configured one when it is ours */
	bool present;
	bool ours;     /* present, with our mark */
	bool seen;     /* in the running dump */
	bool lost;     /* somebody removed it while it was wanted */
	bool fresh;    /* installed by the work that is being done */
	bool in_round; /* the running round announces it */
	int error; /* of the last attempt to install or remove it; why an owned one does not count */
};

/* An instance. */
struct address_owner {
	TAILQ_ENTRY(address_owner) work;
	const struct conf_instance *conf;
	struct address_entry *entry;
	size_t count;
	bool wanted;
	bool asked; /* a request came: what is there and not wanted is no leftover any more */
	bool queued;
	bool answer_due;
	bool held;  /* acquired too often: not before the next retry */
	bool added; /* by the work that is being done */
	mono_t acquire_due;
	uint32_t sequence;
	size_t cursor;
	uint32_t restored;
	struct msg_lacking lacking; /* of what goes with the addresses */
	mono_t restore_due;
	mono_t restored_due; /* not logged again before */
	struct msg_addresses said;
};

RB_HEAD(address_tree, address_entry);

/* Ours, of an earlier configuration. */
struct address_orphan {
	uint32_t ifindex;
	struct addr addr;
	uint8_t prefix_length;
};

struct address_ledger {
	struct netlink *netlink;
	const struct links *links;
	const struct conf *conf;
	struct address_callbacks callbacks;
	struct address_owner *owner; /* conf->instance_count, same order */
	struct address_tree tree;
	TAILQ_HEAD(, address_owner) work;
	struct event *slice;
	struct event *retry;
	struct strays *strays;
	struct address_orphan *orphan; /* to be removed when no other work is left */
	size_t orphan_count;
	bool has_past; /* addresses of another configuration may still be there */
	bool started;  /* the first dump was heard */
	bool dumping;
};

RB_PROTOTYPE(address_tree, address_entry, by_address, address_compare)

/* By address, then by interface: that of link, NULL when there is none. */
struct address_entry *address_find_on(
    struct address_ledger *, const struct addr *, const char *interface);

bool address_is_owned(const struct address_owner *);

/* Tells an instance's state unasked: only what is new, and nothing while work is to be done. */
void address_say(struct address_ledger *, struct address_owner *);

/* NULL when there is none of that id. */
struct address_owner *address_find_owner(const struct address_ledger *, uint32_t instance);

/* Does what is to be done, in the next turn of the loop. */
void address_work(struct address_ledger *);

/* Work through an instance's addresses, now or in a second. */
void address_queue(struct address_ledger *, struct address_owner *);
void address_retry_later(struct address_ledger *);

/* Removes one of ours now. */
void address_uninstall(struct address_ledger *, struct address_entry *);

#endif
