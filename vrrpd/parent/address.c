/*
 * The ledger of addresses: what is asked of it, and the work. Parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/vrrp.h"
#include "vrrpd/parent/address_ledger.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/stray.h"

#define ADDRESS_SLICE_NS NS_PER_MS
#define ADDRESS_RETRY_S 1
#define ADDRESS_ACQUIRE_SPACING_NS (100 * NS_PER_MS) /* per instance, with a burst of … */
#define ADDRESS_ACQUIRE_BURST 20
#define ADDRESS_LOG_SPACING_NS (60 * NS_PER_S)

struct address_owner *
address_find_owner(const struct address_ledger *ledger, uint32_t instance)
{
	const struct conf_instance *conf = conf_find_instance(ledger->conf, instance);

	return conf == NULL ? NULL : &ledger->owner[conf - ledger->conf->instance];
}

bool
address_is_owned(const struct address_owner *owner)
{
	return owner->conf->priority == VRRP_PRIORITY_OWNER && !owner->conf->virtual_mac;
}

/* ---- saying ---- */

static struct msg_addresses
address_describe(const struct address_owner *owner)
{
	struct msg_addresses message = {
	    .instance = owner->conf->id,
	    .restored = owner->restored,
	    .lacking = owner->lacking,
	};

	for (size_t i = 0; i < owner->count; i++) {
		const struct address_entry *e = &owner->entry[i];
		bool foreign = e->present && !e->ours && !address_is_owned(owner);

		if (foreign && message.foreign++ == 0)
			message.first_foreign = e->conf->addr;
		message.installed += e->present && e->ours;
		if (e->present || !(owner->wanted || address_is_owned(owner)))
			continue;
		if (message.failed++ == 0) {
			message.first_failed = e->conf->addr;
			message.error =
			    address_is_owned(owner) && e->error == 0 ? EADDRNOTAVAIL : e->error;
		}
	}
	return message;
}

static void
address_tell(struct address_ledger *ledger, struct address_owner *owner, uint32_t sequence)
{
	struct msg_addresses message = address_describe(owner);

	owner->said = message;
	message.sequence = sequence;
	ledger->callbacks.state(ledger->callbacks.ctx, &message);
}

/* Unasked: only what is new, and nothing while work is to be done, whose end is told. */
void
address_say(struct address_ledger *ledger, struct address_owner *owner)
{
	struct msg_addresses message;

	if (owner->queued || owner->held)
		return;
	message = address_describe(owner);
	if (memcmp(&message, &owner->said, sizeof(message)) != 0)
		address_tell(ledger, owner, 0);
}

/* ---- work ---- */

static void
address_before(struct address_ledger *ledger, const struct address_owner *owner)
{
	ledger->callbacks.before(ledger->callbacks.ctx, owner->conf, owner->wanted);
}

static void
address_after(struct address_ledger *ledger, struct address_owner *owner)
{
	owner->lacking = (struct msg_lacking){0};
	ledger->callbacks.after(ledger->callbacks.ctx, owner->conf, owner->wanted, &owner->lacking);
}

/* Something was asked for that is not done yet. */
static bool
address_is_unfinished(const struct address_owner *owner)
{
	if (owner->held)
		return true;
	if (address_is_owned(owner))
		return false;
	return owner->wanted ? owner->said.failed > 0 : owner->asked && owner->said.installed > 0;
}

/* A retry that waits is not put off. */
void
address_retry_later(struct address_ledger *ledger)
{
	const struct timeval retry = {ADDRESS_RETRY_S, 0};

	if (!event_pending(ledger->retry, EV_TIMEOUT, NULL))
		event_add(ledger->retry, &retry);
}

void
address_work(struct address_ledger *ledger)
{
	event_active(ledger->slice, 0, 0);
}

void
address_queue(struct address_ledger *ledger, struct address_owner *owner)
{
	owner->cursor = 0;
	if (!owner->queued)
		TAILQ_INSERT_TAIL(&ledger->work, owner, work);
	owner->queued = true;
	address_work(ledger);
}

static void
address_count_restored(const struct address_entry *e)
{
	char text[ADDR_TEXT_MAX];

	if (mono_admit(&e->owner->restored_due, clock_now(), ADDRESS_LOG_SPACING_NS, 1))
		log_warnx("%s: %s was removed by somebody else: put back", e->owner->conf->name,
		    addr_format(&e->conf->addr, text));
	e->owner->restored++;
}

static void
address_announce_entry(struct address_ledger *ledger, const struct address_entry *e)
{
	ledger->callbacks.installed(ledger->callbacks.ctx, e->conf, e->device);
}

static void
address_install(struct address_ledger *ledger, struct address_entry *e, uint32_t ifindex)
{
	const struct conf_address *conf = e->conf;

	e->error = 0;
	if (netlink_add_address(ledger->netlink, ifindex, conf) == 0) {
		e->ours = true;
		e->fresh = true;
		e->owner->added = true;
		if (e->lost)
			address_count_restored(e);
	} else if (errno == EEXIST) {
		e->ours = false; /* the event that is on its way tells whose it is */
	} else {
		e->error = errno;
		return;
	}
	e->lost = false;
	e->present = true;
	e->ifindex = ifindex;
	e->prefix_length = conf->prefix_length;
	address_announce_entry(ledger, e);
}

void
address_uninstall(struct address_ledger *ledger, struct address_entry *e)
{
	const struct conf_address *conf = e->conf;
	int before = e->error;

	e->error = 0;
	if (netlink_remove_address(ledger->netlink, e->ifindex, &conf->addr, conf->prefix_length) ==
		-1 &&
	    errno != EADDRNOTAVAIL && errno != ENODEV) {
		e->error = errno;
		if (e->error != before)
			log_warn("%s: address not removed from %s, tried again",
			    e->owner->conf->name, link_look(e->device).name);
		return;
	}
	e->present = false;
	e->ours = false;
}

/* One address, one step towards what should be. */
static void
address_reconcile(struct address_ledger *ledger, struct address_entry *e)
{
	struct address_owner *owner = e->owner;
	uint32_t ifindex = link_look(e->device).ifindex;

	if (address_is_owned(owner)) {
		if (e->present && owner->wanted)
			address_announce_entry(ledger, e);
	} else if (!owner->wanted) {
		if (e->present && e->ours)
			address_uninstall(ledger, e);
	} else if (e->present) {
		if (owner->answer_due) /* adopted, or somebody else's: answered for all the same */
			address_announce_entry(ledger, e);
	} else if (ifindex != 0) {
		address_install(ledger, e, ifindex);
	} else {
		e->error = ENODEV;
	}
}

/* A round is for all that was acquired, or for what was added to it alone. */
static void
address_begin_round(struct address_ledger *ledger, struct address_owner *owner, bool all)
{
	bool was_on = ledger->callbacks.announce(ledger->callbacks.ctx, owner->conf->id, true);

	for (size_t i = 0; i < owner->count; i++) {
		struct address_entry *e = &owner->entry[i];

		e->in_round = all || e->fresh || (was_on && e->in_round);
		e->fresh = false;
	}
}

static void
address_finish(struct address_ledger *ledger, struct address_owner *owner)
{
	bool answer = owner->answer_due, announce = owner->wanted && (answer || owner->added);

	TAILQ_REMOVE(&ledger->work, owner, work);
	owner->queued = false;
	owner->answer_due = false;
	owner->added = false;
	address_after(ledger, owner);
	if (announce)
		address_begin_round(ledger, owner, answer);
	if (answer)
		address_tell(ledger, owner, owner->sequence);
	else
		address_say(ledger, owner);
	if (address_is_unfinished(owner))
		address_retry_later(ledger);
}

static void
address_remove_orphan(struct address_ledger *ledger)
{
	const struct address_orphan *o = &ledger->orphan[--ledger->orphan_count];
	char text[ADDR_TEXT_MAX];

	if (netlink_remove_address(ledger->netlink, o->ifindex, &o->addr, o->prefix_length) == -1 &&
	    errno != EADDRNOTAVAIL && errno != ENODEV)
		log_warn("%s: not configured any more, not removed", addr_format(&o->addr, text));
}

/*
 * As many as fit a slice; the rest in the next turn of the loop. The events of what the last slice did
 * are read first: they would look like somebody else's doing once the same addresses change again.
 */
static void
address_on_slice(int fd, short what, void *arg)
{
	const struct timeval next_turn = {0, 0};
	struct address_ledger *ledger = arg;
	struct address_owner *owner;
	bool late = false;
	mono_t end;

	(void)fd;
	(void)what;
	netlink_read_events(ledger->netlink);
	end = mono_add(clock_now(), ADDRESS_SLICE_NS);
	while (!late && (owner = TAILQ_FIRST(&ledger->work)) != NULL) {
		if (owner->held) {
			TAILQ_REMOVE(&ledger->work, owner, work);
			owner->queued = false;
			continue;
		}
		if (owner->cursor == 0)
			address_before(ledger, owner);
		if (owner->cursor < owner->count)
			address_reconcile(ledger, &owner->entry[owner->cursor++]);
		if (owner->cursor >= owner->count)
			address_finish(ledger, owner);
		late = mono_reached(end, clock_now());
	}
	for (; !late && ledger->orphan_count > 0; late = mono_reached(end, clock_now()))
		address_remove_orphan(ledger);
	if (late) {
		event_add(ledger->slice, &next_turn);
	} else if (ledger->has_past) {
		ledger->has_past = false;
		ledger->callbacks.settled(ledger->callbacks.ctx);
	}
}

/* What failed, or was acquired or put back too often, gets another chance. */
static void
address_on_retry(int fd, short what, void *arg)
{
	struct address_ledger *ledger = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < ledger->conf->instance_count; i++)
		if (address_is_unfinished(&ledger->owner[i])) {
			ledger->owner[i].held = false;
			address_queue(ledger, &ledger->owner[i]);
		}
}

/* ---- requests ---- */

static void
address_request(struct address_ledger *ledger, uint32_t instance, uint32_t sequence, bool wanted)
{
	struct address_owner *owner = address_find_owner(ledger, instance);

	if (owner == NULL)
		return;
	owner->wanted = wanted;
	owner->asked = true;
	owner->sequence = sequence;
	owner->answer_due = true;
	/* each one announces: somebody who flaps does it slowly; letting go is never too often */
	owner->held = wanted && !mono_admit(&owner->acquire_due, clock_now(),
				    ADDRESS_ACQUIRE_SPACING_NS, ADDRESS_ACQUIRE_BURST);
	if (owner->held)
		address_retry_later(ledger);
	if (!wanted)
		ledger->callbacks.announce(ledger->callbacks.ctx, instance, false);
	address_queue(ledger, owner);
}

void
address_acquire(struct address_ledger *ledger, uint32_t instance, uint32_t sequence)
{
	address_request(ledger, instance, sequence, true);
}

void
address_release(struct address_ledger *ledger, uint32_t instance, uint32_t sequence)
{
	address_request(ledger, instance, sequence, false);
}

void
address_release_all(struct address_ledger *ledger)
{
	for (size_t i = 0; i < ledger->conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];

		owner->wanted = false;
		owner->asked = true;
		owner->answer_due = false;
		owner->held = false;
		ledger->callbacks.announce(ledger->callbacks.ctx, owner->conf->id, false);
		address_before(ledger, owner);
		for (size_t k = 0; k < owner->count; k++)
			if (owner->entry[k].present && owner->entry[k].ours)
				address_uninstall(ledger, &owner->entry[k]);
		address_after(ledger, owner);
	}
}

void
address_check(struct address_ledger *ledger, uint32_t instance)
{
	struct address_owner *owner = address_find_owner(ledger, instance);

	if (owner != NULL && !owner->queued && !owner->held)
		address_queue(ledger, owner);
}

void
address_repeat(struct address_ledger *ledger, uint32_t instance, bool all)
{
	struct address_owner *owner = address_find_owner(ledger, instance);

	for (size_t i = 0; owner != NULL && owner->wanted && i < owner->count; i++)
		if (owner->entry[i].present && (all || owner->entry[i].in_round))
			address_announce_entry(ledger, &owner->entry[i]);
}

void
address_announce(struct address_ledger *ledger, uint32_t instance)
{
	struct address_owner *owner = address_find_owner(ledger, instance);

	if (owner == NULL || !owner->wanted)
		return;
	address_repeat(ledger, instance, true);
	address_begin_round(ledger, owner, true);
}

bool
address_is_wanted(const struct address_ledger *ledger, uint32_t instance)
{
	const struct address_owner *owner = address_find_owner(ledger, instance);

	return owner != NULL && owner->wanted;
}

void
address_report(struct address_ledger *ledger)
{
	for (size_t i = 0; i < ledger->conf->instance_count; i++)
		address_tell(ledger, &ledger->owner[i], 0);
}

/* ---- open ---- */

/* The addresses of an instance follow each other. */
static int
address_open_owner(struct address_ledger *ledger, struct address_owner *owner,
    const struct conf_address *first, size_t count)
{
	owner->entry = calloc(count + 1, sizeof(owner->entry[0]));
	if (owner->entry == NULL)
		return -1;
	for (owner->count = 0; owner->count < count; owner->count++) {
		struct address_entry *e = &owner->entry[owner->count];

		e->owner = owner;
		e->conf = &first[owner->count];
		e->device = links_of_address(ledger->links, e->conf);
		RB_INSERT(address_tree, &ledger->tree, e);
	}
	return 0;
}

static int
address_open_owners(struct address_ledger *ledger)
{
	const struct conf *conf = ledger->conf;

	for (size_t i = 0, next = 0; i < conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];
		size_t count = 0;

		owner->conf = &conf->instance[i];
		while (next + count < conf->address_count &&
		       conf->address[next + count].instance == owner->conf->id)
			count++;
		if (address_open_owner(ledger, owner, &conf->address[next], count) == -1)
			return -1;
		next += count;
	}
	return 0;
}

struct address_ledger *
address_open(struct event_base *base, struct netlink *netlink, const struct links *links,
    const struct conf *conf, const struct address_callbacks *callbacks)
{
	struct address_ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger == NULL)
		return NULL;
	ledger->netlink = netlink;
	ledger->links = links;
	ledger->conf = conf;
	ledger->callbacks = *callbacks;
	RB_INIT(&ledger->tree);
	TAILQ_INIT(&ledger->work);
	ledger->owner = calloc(conf->instance_count + 1, sizeof(ledger->owner[0]));
	ledger->strays = strays_open();
	ledger->slice = event_new(base, -1, 0, address_on_slice, ledger);
	ledger->retry = event_new(base, -1, 0, address_on_retry, ledger);
	if (ledger->owner != NULL && ledger->strays != NULL && ledger->slice != NULL &&
	    ledger->retry != NULL && address_open_owners(ledger) == 0)
		return ledger;
	address_close(ledger);
	return NULL;
}

void
address_close(struct address_ledger *ledger)
{
	if (ledger == NULL)
		return;
	for (size_t i = 0; ledger->owner != NULL && i < ledger->conf->instance_count; i++)
		free(ledger->owner[i].entry);
	free(ledger->owner);
	free(ledger->orphan);
	strays_close(ledger->strays);
	if (ledger->slice != NULL)
		event_free(ledger->slice);
	if (ledger->retry != NULL)
		event_free(ledger->retry);
	free(ledger);
}
