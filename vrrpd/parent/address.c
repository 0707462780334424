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
#define ADDRESS_RESTORE_SPACING_NS (100 * NS_PER_MS) /* per instance, with a burst of … */
#define ADDRESS_RESTORE_BURST 10
#define ADDRESS_STRAYS_MAX 1024

struct address_entry {
	RB_ENTRY(address_entry) by_address;
	struct address_owner *owner;
	const struct conf_address *conf;
	uint32_t ifindex; /* of present */
	bool present;
	bool ours; /* present, with our mark */
	bool seen; /* in the running dump */
	int error; /* of the last attempt to install it */
};

/* An instance. */
struct address_owner {
	TAILQ_ENTRY(address_owner) work;
	const struct conf_instance *conf;
	struct address_entry *entry;
	size_t count;
	bool wanted;
	bool queued;
	bool answer_due;
	uint32_t sequence;
	size_t cursor;
	uint32_t restored;
	mono_t restore_due;
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

static void
address_say(struct address_ledger *ledger, struct address_owner *owner, bool always)
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
	if (!always && !owner->answer_due && memcmp(&message, &owner->said, sizeof(message)) == 0)
		return;
	owner->said = message;
	if (owner->answer_due)
		message.sequence = owner->sequence;
	owner->answer_due = false;
	ledger->callbacks.state(ledger->callbacks.ctx, &message);
}

/* ---- work ---- */

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
address_install(struct address_ledger *ledger, struct address_entry *e, uint32_t ifindex)
{
	const struct conf_address *conf = e->conf;

	e->error = 0;
	if (netlink_add_address(ledger->netlink, ifindex, &conf->addr, conf->prefix_length) == 0) {
		e->ours = true;
	} else if (errno == EEXIST) {
		if (!e->present) /* not heard of it yet */
			netlink_read_events(ledger->netlink);
		if (!e->present)
			return;
	} else {
		e->error = errno;
		return;
	}
	e->present = true;
	e->ifindex = ifindex;
	ledger->callbacks.installed(ledger->callbacks.ctx, e->owner->conf->id, &conf->addr);
}

static void
address_uninstall(struct address_ledger *ledger, struct address_entry *e)
{
	const struct conf_address *conf = e->conf;

	if (netlink_remove_address(ledger->netlink, e->ifindex, &conf->addr, conf->prefix_length) ==
		-1 &&
	    errno != EADDRNOTAVAIL && errno != ENODEV)
		log_warn("%s: address not removed from %s", e->owner->conf->name,
		    e->owner->conf->interface);
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
	const struct timeval retry = {ADDRESS_RETRY_S, 0};

	TAILQ_REMOVE(&ledger->work, owner, work);
	owner->queued = false;
	if (owner->wanted && owner->answer_due)
		ledger->callbacks.announce(ledger->callbacks.ctx, owner->conf->id, true);
	address_say(ledger, owner, false);
	if (owner->wanted && owner->said.failed > 0 && !address_is_owned(owner))
		event_add(ledger->retry, &retry);
}

/* As many as fit a slice; the rest in the next turn of the loop. */
static void
address_on_slice(int fd, short what, void *arg)
{
	struct address_ledger *ledger = arg;
	mono_t end = mono_add(clock_now(), ADDRESS_SLICE_NS);
	struct address_owner *owner;

	(void)fd;
	(void)what;
	while ((owner = TAILQ_FIRST(&ledger->work)) != NULL) {
		while (owner->cursor < owner->count) {
			address_reconcile(ledger, &owner->entry[owner->cursor++]);
			if (mono_reached(end, clock_now()) && owner->cursor < owner->count) {
				const struct timeval now = {0, 0};

				event_add(ledger->slice, &now);
				return;
			}
		}
		address_finish(ledger, owner);
	}
}

/* What is wanted and failed, or was put back too often, gets another chance. */
static void
address_on_retry(int fd, short what, void *arg)
{
	struct address_ledger *ledger = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < ledger->conf->instance_count; i++)
		if (ledger->owner[i].wanted)
			address_queue(ledger, &ledger->owner[i]);
}

/* ---- requests ---- */

static void
address_request(struct address_ledger *ledger, uint32_t instance, uint32_t sequence, bool wanted)
{
	struct address_owner *owner = address_find_owner(ledger, instance);

	owner->wanted = wanted;
	owner->sequence = sequence;
	owner->answer_due = true;
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
		owner->answer_due = false;
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
		address_say(ledger, &ledger->owner[i], true);
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
	const struct timeval retry = {ADDRESS_RETRY_S, 0};
	mono_t now = clock_now();
	char text[ADDR_TEXT_MAX];

	if (mono_since(owner->restore_due, now) >
	    ADDRESS_RESTORE_SPACING_NS * ADDRESS_RESTORE_BURST) {
		event_add(ledger->retry, &retry);
		return;
	}
	if (mono_reached(owner->restore_due, now))
		owner->restore_due = now;
	owner->restore_due = mono_add(owner->restore_due, ADDRESS_RESTORE_SPACING_NS);
	address_reconcile(ledger, e);
	if (!e->present)
		return;
	owner->restored++;
	log_warnx("%s: %s was removed by somebody else: put back", owner->conf->name,
	    addr_format(&e->conf->addr, text));
	ledger->callbacks.announce(ledger->callbacks.ctx, owner->conf->id, true);
}

static void
address_heard_gone(struct address_ledger *ledger, struct address_entry *e)
{
	bool was = e->present;

	e->present = e->ours = false;
	if (!was || ledger->dumping)
		return;
	if (e->owner->wanted && !address_is_owned(e->owner) &&
	    address_ifindex(ledger, e->owner) != 0)
		address_restore(ledger, e);
	address_say(ledger, e->owner, false);
}

/* Ours, and nobody's any more: a daemon that crashed left it, and the configuration changed. */
static void
address_heard_stray(struct address_ledger *ledger, const struct netlink_address *heard)
{
	if (!ledger->started && heard->proto == NETLINK_PROTO_VRRPD && ledger->stray != NULL &&
	    ledger->stray_count < ADDRESS_STRAYS_MAX)
		ledger->stray[ledger->stray_count++] = *heard;
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
	free(ledger->stray);
	ledger->stray = NULL;
	ledger->stray_count = 0;
	ledger->started = true;
}

void
address_take(struct address_ledger *ledger, const struct netlink_address *heard, bool present)
{
	struct address_entry *e = address_find(ledger, heard);

	if (e == NULL) {
		address_heard_stray(ledger, heard);
		return;
	}
	if (!present) {
		address_heard_gone(ledger, e);
		return;
	}
	/* a kernel before 5.18 does not tell the mark of what we added ourselves */
	e->ours = heard->proto == NETLINK_PROTO_VRRPD || (e->present && e->ours);
	e->present = true;
	e->ifindex = heard->ifindex;
	e->seen = true;
	if (!ledger->dumping)
		address_say(ledger, e->owner, false);
}

void
address_take_link(struct address_ledger *ledger, const char *interface)
{
	for (size_t i = 0; i < ledger->conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];

		if (strcmp(owner->conf->interface, interface) != 0)
			continue;
		for (size_t k = 0; k < owner->count; k++)
			if (owner->entry[k].ifindex != address_ifindex(ledger, owner))
				owner->entry[k].present = owner->entry[k].ours = false;
		if (owner->wanted)
			address_queue(ledger, owner);
	}
}

void
address_take_dump(struct address_ledger *ledger, bool begins)
{
	ledger->dumping = begins;
	for (size_t i = 0; i < ledger->conf->instance_count; i++) {
		struct address_owner *owner = &ledger->owner[i];

		for (size_t k = 0; k < owner->count; k++) {
			struct address_entry *e = &owner->entry[k];

			if (begins)
				e->seen = false;
			else if (!e->seen)
				address_heard_gone(ledger, e);
		}
		if (!begins)
			address_say(ledger, owner, false);
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
