/*
 * The ledger of addresses. Parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/vrrp.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/link.h"

#define ADDRESS_SLICE_NS NS_PER_MS
#define ADDRESS_RETRY_S 1
#define ADDRESS_RESTORE_SPACING_NS (100 * NS_PER_MS) /* per instance, with a burst of all and … */
#define ADDRESS_RESTORE_BURST 10
#define ADDRESS_ACQUIRE_SPACING_NS (100 * NS_PER_MS) /* per instance, with a burst of … */
#define ADDRESS_ACQUIRE_BURST 20
#define ADDRESS_LOG_SPACING_NS (60 * NS_PER_S)
#define ADDRESS_STRAYS_MAX 1024

struct address_entry {
	RB_ENTRY(address_entry) by_address;
	struct address_owner *owner;
	const struct conf_address *conf;
	uint32_t ifindex;      /* of present */
	uint8_t prefix_length; /* of present: the configured one when it is ours */
	bool present;
	bool ours; /* present, with our mark */
	bool seen; /* in the running dump */
	bool lost; /* somebody removed it while it was wanted */
	int error; /* of the last attempt to install or remove it */
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
	bool held; /* acquired too often: not before the next retry */
	mono_t acquire_due;
	uint32_t sequence;
	size_t cursor;
	uint32_t restored;
	mono_t restore_due;
	mono_t restored_due; /* not logged again before */
	struct msg_addresses said;
};

RB_HEAD(address_tree, address_entry);

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
	bool started;                  /* the first dump was heard */
	struct netlink_address *stray; /* until then: our mark, but not configured */
	size_t stray_count;
	bool dumping;
};

/* By address, then by interface name: an address may be configured on several interfaces. */
static int
address_compare(struct address_entry *a, struct address_entry *b)
{
	int c = memcmp(&a->conf->addr, &b->conf->addr, sizeof(a->conf->addr));

	return c != 0 ? c : strcmp(a->owner->conf->interface, b->owner->conf->interface);
}

RB_PROTOTYPE(address_tree, address_entry, by_address, address_compare)
RB_GENERATE(address_tree, address_entry, by_address, address_compare)

static uint32_t
address_ifindex(const struct address_ledger *ledger, const struct address_owner *owner)
{
	return links_find(
	    ledger->links, owner->conf->interface, (enum addr_family)owner->conf->family)
	    .ifindex;
}

static struct address_owner *
address_find_owner(const struct address_ledger *ledger, uint32_t instance)
{
	const struct conf_instance *conf = conf_find_instance(ledger->conf, instance);

	return conf == NULL ? NULL : &ledger->owner[conf - ledger->conf->instance];
}

static bool
address_is_owned(const struct address_owner *owner)
{
	return owner->conf->priority == VRRP_PRIORITY_OWNER;
}

/* ---- saying ---- */

static struct msg_addresses
address_describe(const struct address_owner *owner)
{
	struct msg_addresses message = {.instance = owner->conf->id, .restored = owner->restored};

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
			message.error = address_is_owned(owner) ? EADDRNOTAVAIL : e->error;
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
static void
address_say(struct address_ledger *ledger, struct address_owner *owner)
{
	struct msg_addresses message = address_describe(owner);

	if (!owner->queued && !owner->held && memcmp(&message, &owner->said, sizeof(message)) != 0)
		address_tell(ledger, owner, 0);
}

/* ---- work ---- */

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
static void
address_retry_later(struct address_ledger *ledger)
{
	const struct timeval retry = {ADDRESS_RETRY_S, 0};

	if (!event_pending(ledger->retry, EV_TIMEOUT, NULL))
		event_add(ledger->retry, &retry);
}

static void
address_queue(struct address_ledger *ledger, struct address_owner *owner)
{
	owner->cursor = 0;
	if (!owner->queued)
		TAILQ_INSERT_TAIL(&ledger->work, owner, work);
	owner->queued = true;
	event_active(ledger->slice, 0, 0);
}

static void
address_count_restored(struct address_ledger *ledger, const struct address_entry *e)
{
	char text[ADDR_TEXT_MAX];

	if (mono_admit(&e->owner->restored_due, clock_now(), ADDRESS_LOG_SPACING_NS, 1))
		log_warnx("%s: %s was removed by somebody else: put back", e->owner->conf->name,
		    addr_format(&e->conf->addr, text));
	e->owner->restored++;
	ledger->callbacks.announce(ledger->callbacks.ctx, e->owner->conf->id, true);
}

static void
address_install(struct address_ledger *ledger, struct address_entry *e, uint32_t ifindex)
{
	const struct conf_address *conf = e->conf;

	e->error = 0;
	if (netlink_add_address(ledger->netlink, ifindex, &conf->addr, conf->prefix_length) == 0) {
		e->ours = true;
		if (e->lost)
			address_count_restored(ledger, e);
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
	ledger->callbacks.installed(ledger->callbacks.ctx, e->owner->conf->id, &conf->addr);
}

static void
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
			    e->owner->conf->name, e->owner->conf->interface);
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
	uint32_t ifindex = address_ifindex(ledger, owner);

	if (address_is_owned(owner)) {
		if (e->present && owner->wanted)
			ledger->callbacks.installed(
			    ledger->callbacks.ctx, owner->conf->id, &e->conf->addr);
	} else if (!owner->wanted) {
		if (e->present && e->ours)
			address_uninstall(ledger, e);
	} else if (e->present) {
		if (owner->answer_due) /* adopted, or somebody else's: answered for all the same */
			ledger->callbacks.installed(
			    ledger->callbacks.ctx, owner->conf->id, &e->conf->addr);
	} else if (ifindex != 0) {
		address_install(ledger, e, ifindex);
	} else {
		e->error = ENODEV;
	}
}

static void
address_finish(struct address_ledger *ledger, struct address_owner *owner)
{
	bool answer = owner->answer_due;

	TAILQ_REMOVE(&ledger->work, owner, work);
	owner->queued = false;
	owner->answer_due = false;
	if (owner->wanted && answer)
		ledger->callbacks.announce(ledger->callbacks.ctx, owner->conf->id, true);
	if (answer)
		address_tell(ledger, owner, owner->sequence);
	else
		address_say(ledger, owner);
	if (address_is_unfinished(owner))
		address_retry_later(ledger);
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
	mono_t end;

	(void)fd;
	(void)what;
	netlink_read_events(ledger->netlink);
	end = mono_add(clock_now(), ADDRESS_SLICE_NS);
	while ((owner = TAILQ_FIRST(&ledger->work)) != NULL) {
		if (owner->held) {
			TAILQ_REMOVE(&ledger->work, owner, work);
			owner->queued = false;
			continue;
		}
		if (owner->cursor < owner->count)
			address_reconcile(ledger, &owner->entry[owner->cursor++]);
		if (owner->cursor >= owner->count)
			address_finish(ledger, owner);
		if (mono_reached(end, clock_now())) {
			event_add(ledger->slice, &next_turn);
			return;
		}
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
		for (size_t k = 0; k < owner->count; k++)
			if (owner->entry[k].present && owner->entry[k].ours)
				address_uninstall(ledger, &owner->entry[k]);
	}
}

void
address_repeat(struct address_ledger *ledger, uint32_t instance)
{
	struct address_owner *owner = address_find_owner(ledger, instance);

	for (size_t i = 0; owner->wanted && i < owner->count; i++)
		if (owner->entry[i].present)
			ledger->callbacks.installed(
			    ledger->callbacks.ctx, instance, &owner->entry[i].conf->addr);
}

void
address_announce(struct address_ledger *ledger, uint32_t instance)
{
	if (!address_is_wanted(ledger, instance))
		return;
	address_repeat(ledger, instance);
	ledger->callbacks.announce(ledger->callbacks.ctx, instance, true);
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

/* ---- hearing ---- */

static struct address_entry *
address_find(struct address_ledger *ledger, const struct netlink_address *heard)
{
	struct conf_address key = {.addr = heard->addr};
	struct conf_instance instance = {0};
	struct address_owner owner = {.conf = &instance};
	struct address_entry probe = {.owner = &owner, .conf = &key};
	struct address_entry *e = RB_NFIND(address_tree, &ledger->tree, &probe);

	while (e != NULL && addr_equal(&e->conf->addr, &heard->addr)) {
		if (address_ifindex(ledger, e->owner) == heard->ifindex)
			return e;
		e = RB_NEXT(address_tree, &ledger->tree, e);
	}
	return NULL;
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

static void
address_heard_gone(struct address_ledger *ledger, struct address_entry *e)
{
	bool was = e->present;

	e->present = e->ours = false;
	if (!was || ledger->dumping)
		return;
	if (address_is_owned(e->owner))
		netlink_dump_soon(ledger->netlink); /* is it there with another prefix length? */
	else if (e->owner->wanted && address_ifindex(ledger, e->owner) != 0)
		address_restore(ledger, e);
	address_say(ledger, e->owner);
}

/* Ours, and nobody's any more: a daemon that crashed left it, and the configuration changed. */
static void
address_heard_stray(struct address_ledger *ledger, const struct netlink_address *heard)
{
	if (!ledger->started && heard->proto == NETLINK_PROTO_VRRPD && ledger->stray != NULL &&
	    ledger->stray_count < ADDRESS_STRAYS_MAX)
		ledger->stray[ledger->stray_count++] = *heard;
}

/* Configured, but of an instance that is not to run. */
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
address_remove_strays(struct address_ledger *ledger)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ledger->stray_count; i++) {
		const struct netlink_address *stray = &ledger->stray[i];

		addr_format(&stray->addr, text);
		if (netlink_remove_address(
			ledger->netlink, stray->ifindex, &stray->addr, stray->prefix_length) == -1)
			log_warn("%s: left over from an earlier run: not removed", text);
		else
			log_info(
			    "%s: left over from an earlier run, not configured any more: removed",
			    text);
	}
	for (size_t i = 0; i < ledger->conf->instance_count; i++)
		address_remove_disabled(ledger, &ledger->owner[i]);
	free(ledger->stray);
	ledger->stray = NULL;
	ledger->stray_count = 0;
	ledger->started = true;
}

/*
 * To the kernel, the same address with another prefix length is another address: marked, it is a stray
 * of an older configuration, else it counts unless the configured one is there.
 */
void
address_take(struct address_ledger *ledger, const struct netlink_address *heard, bool present)
{
	struct address_entry *e = address_find(ledger, heard);
	bool configured = e != NULL && heard->prefix_length == e->conf->prefix_length;
	bool same;

	if (e == NULL || (!configured && heard->proto == NETLINK_PROTO_VRRPD)) {
		if (present)
			address_heard_stray(ledger, heard);
		return;
	}
	same = e->present && heard->prefix_length == e->prefix_length;
	if (!present) {
		if (same)
			address_heard_gone(ledger, e);
		return;
	}
	if (e->present && !same && !configured)
		return;
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
	for (size_t i = 0; i < ledger->conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];
		uint32_t ifindex;

		if (strcmp(owner->conf->interface, interface) != 0)
			continue;
		ifindex = address_ifindex(ledger, owner);
		for (size_t k = 0; k < owner->count; k++)
			if (owner->entry[k].ifindex != ifindex)
				address_leave_interface(ledger, &owner->entry[k]);
		if (owner->wanted)
			address_queue(ledger, owner);
		else
			address_say(ledger, owner);
	}
}

void
address_take_dump(struct address_ledger *ledger, bool begins)
{
	ledger->dumping = begins;
	if (begins)
		ledger->stray_count = 0;
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
		address_remove_strays(ledger);
}

/* ---- open ---- */

static int
address_open_owner(
    struct address_ledger *ledger, struct address_owner *owner, const struct conf_instance *conf)
{
	size_t count = 0;

	owner->conf = conf;
	for (size_t i = 0; i < ledger->conf->address_count; i++)
		count += ledger->conf->address[i].instance == conf->id;
	owner->entry = calloc(count + 1, sizeof(owner->entry[0]));
	if (owner->entry == NULL)
		return -1;
	for (size_t i = 0; i < ledger->conf->address_count; i++) {
		struct address_entry *e = &owner->entry[owner->count];

		if (ledger->conf->address[i].instance != conf->id)
			continue;
		e->owner = owner;
		e->conf = &ledger->conf->address[i];
		owner->count++;
		RB_INSERT(address_tree, &ledger->tree, e);
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
	ledger->stray = calloc(ADDRESS_STRAYS_MAX, sizeof(ledger->stray[0]));
	ledger->slice = event_new(base, -1, 0, address_on_slice, ledger);
	ledger->retry = event_new(base, -1, 0, address_on_retry, ledger);
	if (ledger->owner == NULL || ledger->stray == NULL || ledger->slice == NULL ||
	    ledger->retry == NULL)
		return NULL;
	for (size_t i = 0; i < conf->instance_count; i++)
		if (address_open_owner(ledger, &ledger->owner[i], &conf->instance[i]) == -1)
			return NULL;
	return ledger;
}
