/*
 * The ledger of addresses of another configuration. Parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/parent/address_ledger.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/stray.h"

/* To the kernel it is the same address, with all that was asked for. */
static bool
address_is_unchanged(const struct conf_address *a, const struct conf_address *b)
{
	return a->prefix_length == b->prefix_length && a->prefix_route == b->prefix_route &&
	       a->scope == b->scope && strcmp(a->label, b->label) == 0;
}

/* An IPv4 address with two prefix lengths is two addresses; any other one has to go before it comes. */
static bool
address_can_wait(const struct conf_address *a, const struct conf_address *b)
{
	return a->addr.family == ADDR_IPV4 && a->prefix_length != b->prefix_length;
}

static void
address_inherit_entry(
    struct address_ledger *ledger, struct address_entry *e, struct address_entry *old)
{
	if (old->present && old->ours && !address_is_unchanged(e->conf, old->conf)) {
		if (!address_can_wait(e->conf, old->conf)) {
			netlink_remove_address(ledger->netlink, old->ifindex, &old->conf->addr,
			    old->conf->prefix_length);
			old->present = false;
		}
		return;
	}
	e->present = old->present;
	e->ours = old->ours;
	e->ifindex = old->ifindex;
	e->prefix_length = old->prefix_length;
	e->in_round = old->in_round;
	e->error = old->error;
	old->present = false; /* taken */
}

static void
address_inherit_owner(
    struct address_ledger *ledger, struct address_owner *owner, const struct address_owner *old)
{
	owner->wanted = old->wanted;
	owner->asked = old->asked;
	owner->held = old->held;
	owner->added = old->added;
	owner->answer_due = old->answer_due;
	owner->acquire_due = old->acquire_due;
	owner->sequence = old->sequence;
	owner->restored = old->restored;
	owner->lacking = old->lacking;
	owner->restore_due = old->restore_due;
	owner->restored_due = old->restored_due;
	owner->said = old->said;
	if (owner->held)
		address_retry_later(ledger);
}

/* Wanted or not: what is there and what should be may differ now. */
static void
address_queue_changed(struct address_ledger *ledger, struct address_owner *owner)
{
	bool has_ours = false;

	for (size_t i = 0; i < owner->count; i++)
		has_ours |= owner->entry[i].present && owner->entry[i].ours;
	if (owner->wanted || owner->answer_due ||
	    (has_ours && (owner->asked || !owner->conf->enabled)))
		address_queue(ledger, owner);
}

static void
address_collect_orphans(struct address_ledger *ledger, const struct address_owner *old)
{
	for (size_t i = 0; i < old->count; i++) {
		const struct address_entry *e = &old->entry[i];

		if (e->present && e->ours)
			ledger->orphan[ledger->orphan_count++] = (struct address_orphan){
			    e->ifindex, e->conf->addr, e->conf->prefix_length};
	}
}

int
address_prepare(struct address_ledger *ledger, const struct address_ledger *old)
{
	ledger->orphan =
	    calloc(old->conf->address_count + old->orphan_count + 1, sizeof(ledger->orphan[0]));
	return ledger->orphan == NULL ? -1 : 0;
}

void
address_inherit(struct address_ledger *ledger, struct address_ledger *old)
{
	struct strays *fresh = ledger->strays;

	ledger->strays = old->strays; /* nothing is a leftover of an earlier run any more */
	old->strays = fresh;
	ledger->started = old->started;
	for (size_t i = 0; i < ledger->conf->address_count; i++) {
		const struct conf_address *conf = &ledger->conf->address[i];
		const char *device = link_look(links_of_address(ledger->links, conf)).name;
		struct address_entry *e = address_find_on(ledger, &conf->addr, device);
		struct address_entry *was = address_find_on(old, &conf->addr, device);

		/* two that are never there at once may name the same one: it is inherited once */
		if (was != NULL && e->conf == conf)
			address_inherit_entry(ledger, e, was);
	}
	for (size_t i = 0; i < ledger->conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];
		const struct address_owner *was = address_find_owner(old, owner->conf->id);

		if (was != NULL)
			address_inherit_owner(ledger, owner, was);
		address_queue_changed(ledger, owner);
	}
	for (size_t i = 0; i < old->conf->instance_count; i++)
		address_collect_orphans(ledger, &old->owner[i]);
	for (size_t i = 0; i < old->orphan_count; i++)
		ledger->orphan[ledger->orphan_count++] = old->orphan[i];
	ledger->has_past = true;
	address_work(ledger);
}
