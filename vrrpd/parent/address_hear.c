/*
 * The ledger of addresses: what the kernel tells of them. Parent.
 */
#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/parent/address_ledger.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/stray.h"

#define ADDRESS_RESTORE_SPACING_NS (100 * NS_PER_MS) /* per instance, with a burst of all and … */
#define ADDRESS_RESTORE_BURST 10

/* By address, then by interface: an address may be configured on several. */
static int
address_compare(struct address_entry *a, struct address_entry *b)
{
	int c = memcmp(&a->conf->addr, &b->conf->addr, sizeof(a->conf->addr));

	if (c != 0)
		return c;
	return a->device < b->device ? -1 : a->device > b->device;
}

RB_GENERATE(address_tree, address_entry, by_address, address_compare)

/* The first of those that have the address; NULL when nobody has. */
static struct address_entry *
address_find_first(struct address_ledger *ledger, const struct addr *addr)
{
	const struct conf_address key = {.addr = *addr};
	struct address_entry probe = {.conf = &key}; /* before all devices */
	struct address_entry *e = RB_NFIND(address_tree, &ledger->tree, &probe);

	return e != NULL && addr_equal(&e->conf->addr, addr) ? e : NULL;
}

static struct address_entry *
address_find_next(struct address_entry *e)
{
	struct address_entry *next = RB_NEXT(address_tree, , e);

	return next != NULL && addr_equal(&next->conf->addr, &e->conf->addr) ? next : NULL;
}

static struct address_entry *
address_find(struct address_ledger *ledger, const struct netlink_address *heard)
{
	struct address_entry *e = address_find_first(ledger, &heard->addr);

	while (e != NULL && link_look(e->device).ifindex != heard->ifindex)
		e = address_find_next(e);
	return e;
}

struct address_entry *
address_find_on(struct address_ledger *ledger, const struct addr *addr, const char *interface)
{
	struct address_entry *e = address_find_first(ledger, addr);

	while (e != NULL && strcmp(link_look(e->device).name, interface) != 0)
		e = address_find_next(e);
	return e;
}

/* Somebody removed it: put back at once, but a fight is fought slowly. */
static void
address_restore(struct address_ledger *ledger, struct address_entry *e)
{
	struct address_owner *owner = e->owner;

	e->lost = true;
	if (mono_admit(&owner->restore_due, clock_now(), ADDRESS_RESTORE_SPACING_NS,
		ADDRESS_RESTORE_BURST + (int)owner->count))
		address_queue(ledger, owner);
	else
		address_retry_later(ledger);
}

/* With an interface that goes down, the kernel itself takes the IPv6 addresses away. */
static void
address_heard_gone(struct address_ledger *ledger, struct address_entry *e)
{
	bool was = e->present || (address_is_owned(e->owner) && e->error != 0);

	e->present = e->ours = false;
	if (address_is_owned(e->owner))
		e->error = 0;
	if (!was || ledger->dumping)
		return;
	if (address_is_owned(e->owner))
		netlink_dump_soon(ledger->netlink); /* is it there with another prefix length? */
	else if (e->owner->wanted && link_look(e->device).up)
		address_restore(ledger, e);
	address_say(ledger, e->owner);
}

/* An owner's address that the kernel does not let it use is as good as none. */
static bool
address_is_useless(const struct address_entry *e, const struct netlink_address *heard)
{
	return address_is_owned(e->owner) && (heard->duplicate || heard->tentative);
}

static void
address_heard_useless(
    struct address_ledger *ledger, struct address_entry *e, const struct netlink_address *heard)
{
	e->present = false;
	e->error = heard->duplicate ? EADDRINUSE : EADDRNOTAVAIL;
	if (!ledger->dumping)
		address_say(ledger, e->owner);
}

/*
 * To the kernel, the same IPv4 address with another prefix length is another address: marked, it is a
 * stray of an older configuration, else it counts unless the configured one is there.
 */
void
address_take(struct address_ledger *ledger, const struct netlink_address *heard, bool present)
{
	struct address_entry *e = address_find(ledger, heard);
	bool configured = e != NULL && heard->prefix_length == e->conf->prefix_length;
	bool same;

	if (e == NULL || (!configured && heard->proto == NETLINK_PROTO_VRRPD)) {
		if (present)
			strays_take(ledger->strays, heard);
		return;
	}
	same = e->present && heard->prefix_length == e->prefix_length;
	if (!present) {
		if (same || !e->present)
			address_heard_gone(ledger, e);
		return;
	}
	if (e->present && !same && !configured)
		return;
	if (address_is_useless(e, heard)) {
		address_heard_useless(ledger, e, heard);
		return;
	}
	if (address_is_owned(e->owner))
		e->error = 0;
	/* a kernel before 5.18 does not tell the mark of what we added ourselves */
	e->ours = heard->proto == NETLINK_PROTO_VRRPD || (same && e->ours);
	e->present = true;
	e->ifindex = heard->ifindex;
	e->prefix_length = heard->prefix_length;
	e->seen = true;
	if (!ledger->dumping)
		address_say(ledger, e->owner);
}

/* Gone with its interface; or that one was renamed, and has it still. */
static void
address_leave_interface(struct address_ledger *ledger, struct address_entry *e)
{
	if (e->present && e->ours)
		address_uninstall(ledger, e);
	e->present = e->ours = false;
}

void
address_take_link(struct address_ledger *ledger, const char *interface)
{
	const struct link *link = links_find(ledger->links, interface);

	for (size_t i = 0; i < ledger->conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];
		bool concerned = false;

		for (size_t k = 0; k < owner->count; k++) {
			struct address_entry *e = &owner->entry[k];

			if (e->device != link)
				continue;
			concerned = true;
			if (e->ifindex != link_look(link).ifindex)
				address_leave_interface(ledger, e);
		}
		if (concerned && owner->wanted)
			address_queue(ledger, owner);
		else if (concerned)
			address_say(ledger, owner);
	}
}

/* Left over from an earlier run: configured, but of an instance that is not to run. */
static void
address_remove_disabled(struct address_ledger *ledger, struct address_owner *owner)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; !owner->conf->enabled && i < owner->count; i++) {
		struct address_entry *e = &owner->entry[i];

		if (!e->present || !e->ours)
			continue;
		log_info("%s: %s left over from an earlier run, not enabled any more: removed",
		    owner->conf->name, addr_format(&e->conf->addr, text));
		address_uninstall(ledger, e);
	}
}

static void
address_on_first_dump(struct address_ledger *ledger)
{
	ledger->started = true;
	strays_remove(ledger->strays, ledger->netlink);
	for (size_t i = 0; i < ledger->conf->instance_count; i++)
		address_remove_disabled(ledger, &ledger->owner[i]);
}

void
address_take_dump(struct address_ledger *ledger, bool begins)
{
	ledger->dumping = begins;
	if (begins)
		strays_forget(ledger->strays);
	for (size_t i = 0; i < ledger->conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];

		for (size_t k = 0; k < owner->count; k++) {
			struct address_entry *e = &owner->entry[k];

			if (begins)
				e->seen = false;
			else if (!e->seen)
				address_heard_gone(ledger, e);
		}
		if (!begins && owner->wanted && !owner->queued)
			address_queue(ledger, owner);
		else if (!begins)
			address_say(ledger, owner);
	}
	if (!begins && !ledger->started)
		address_on_first_dump(ledger);
}
