/*
 * What lives as long as a configuration: interfaces, addresses, adverts, sockets lent; how it begins,
 * how another one inherits it, and how what the kernel tells goes on to the engine. Parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/log.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/announce.h"
#include "vrrpd/parent/extra.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/netlink.h"
#include "vrrpd/parent/socket.h"
#include "vrrpd/parent/state.h"
#include "vrrpd/parent/transmit.h"

#define RUNNING_KERNEL_WITH_MARKS "5.18" /* IFA_PROTO */

static void
running_tell_engine(struct running *run, uint16_t type, const void *payload, size_t size)
{
	struct channel *channel = run->parent->engine.channel;

	if (channel != NULL)
		channel_send(channel, type, payload, size, -1);
}

/* ---- receive sockets ---- */

/* An instance that hears through this socket. */
static bool
running_is_heard_on(const struct conf_instance *conf, const struct lent_socket *lent)
{
	return conf->enabled && conf->family == lent->what.family &&
	       strcmp(conf->interface, lent->what.interface) == 0;
}

/* What is to be heard there. */
static struct socket_rx
running_describe_rx(const struct running *run, const struct lent_socket *lent)
{
	struct socket_rx rx = {
	    .ifindex = lent->what.ifindex,
	    .interface = lent->what.interface,
	    .family = (enum addr_family)lent->what.family,
	};
	size_t peers;

	for (size_t i = 0; i < run->conf->instance_count; i++) {
		const struct conf_instance *conf = &run->conf->instance[i];

		if (!running_is_heard_on(conf, lent))
			continue;
		socket_vrids_add(&rx.vrids, conf->vrid);
		if (conf_find_peers(run->conf, conf->id, &peers) == NULL)
			rx.multicast = true;
	}
	return rx;
}

static void
running_open_lent(struct running *run, struct lent_socket *lent)
{
	const struct socket_rx rx = running_describe_rx(run, lent);

	lent->fd = socket_open_rx(&rx);
	if (lent->fd == -1 && !lent->logged)
		log_warn("%s: cannot receive adverts, tried again", lent->what.interface);
	lent->logged = lent->fd == -1;
}

/* What could not be opened may be possible now. */
void
running_retry_lent(struct running *run)
{
	for (size_t i = 0; i < run->lent_count; i++) {
		struct lent_socket *lent = &run->lent[i];

		if (lent->fd != -1 || lent->what.ifindex == 0)
			continue;
		running_open_lent(run, lent);
		if (lent->fd != -1 && run->parent->engine.channel != NULL)
			child_lend_rx(&run->parent->engine, lent);
	}
}

/* One receive socket per distinct (interface, family). */
static int
running_list_lent(struct running *run)
{
	run->lent = calloc(run->conf->instance_count + 1, sizeof(run->lent[0]));
	if (run->lent == NULL)
		return -1;
	for (size_t i = 0; i < run->conf->instance_count; i++) {
		const struct conf_instance *conf = &run->conf->instance[i];
		size_t k = 0;

		while (k < run->lent_count &&
		       (run->lent[k].what.family != conf->family ||
			   strcmp(run->lent[k].what.interface, conf->interface) != 0))
			k++;
		if (k < run->lent_count)
			continue;
		run->lent[k] = (struct lent_socket){.fd = -1, .what.family = conf->family};
		memcpy(run->lent[k].what.interface, conf->interface, CONF_IFNAME_MAX);
		run->lent_count++;
	}
	return 0;
}

/* ---- the kernel tells ---- */

/* A new ifindex is another interface: its sockets are new, whatever its name. */
static void
running_on_link(void *ctx, const struct msg_link *message)
{
	struct running *run = ctx;

	for (size_t i = 0; i < run->lent_count; i++) {
		struct lent_socket *lent = &run->lent[i];

		if (strcmp(lent->what.interface, message->interface) != 0 ||
		    (lent->what.ifindex == message->ifindex && lent->fd != -1))
			continue;
		if (lent->fd != -1)
			close(lent->fd);
		lent->fd = -1;
		lent->what.ifindex = message->ifindex;
		if (message->ifindex == 0)
			continue;
		running_open_lent(run, lent);
		if (run->parent->engine.channel != NULL)
			child_lend_rx(&run->parent->engine, lent);
	}
	running_tell_engine(run, PARENT_ENGINE_LINK, message, sizeof(*message));
	address_take_link(run->ledger, message->interface);
}

static void
running_on_source(void *ctx, const struct msg_source_address *message)
{
	running_tell_engine(ctx, PARENT_ENGINE_SOURCE_ADDRESS, message, sizeof(*message));
}

static void
running_on_named(void *ctx)
{
	netlink_dump_soon(((struct running *)ctx)->parent->netlink);
}

static void
running_on_addresses(void *ctx, const struct msg_addresses *message)
{
	running_tell_engine(ctx, PARENT_ENGINE_ADDRESSES, message, sizeof(*message));
}

static void
running_on_unsent(void *ctx, const struct msg_unsent *message)
{
	struct running *run = ctx;

	if (run->parent->engine.ready)
		running_tell_engine(run, PARENT_ENGINE_UNSENT, message, sizeof(*message));
}

static void
running_on_netlink_link(void *ctx, const struct netlink_link *link, bool present)
{
	struct running *run = ((struct parent *)ctx)->run;

	links_take_link(run->links, link, present);
	if (present)
		extras_take_link(run->extras, link);
}

static void
running_on_netlink_address(void *ctx, const struct netlink_address *address, bool present)
{
	struct running *run = ((struct parent *)ctx)->run;

	links_take_address(run->links, address, present);
	address_take(run->ledger, address, present);
}

static void
running_on_netlink_dump(void *ctx, bool begins)
{
	struct running *run = ((struct parent *)ctx)->run;

	links_take_dump(run->links, begins);
	address_take_dump(run->ledger, begins);
}

const struct netlink_callbacks running_netlink_callbacks = {
    .link = running_on_netlink_link,
    .address = running_on_netlink_address,
    .dump = running_on_netlink_dump,
};

/* ---- what is installed ---- */

static void
running_on_installed(void *ctx, const struct conf_address *address, const struct link *device)
{
	transmit_announce(((struct running *)ctx)->transmit, address, device);
}

static bool
running_on_announce(void *ctx, uint32_t instance, bool begins)
{
	struct running *run = ctx;

	if (begins)
		return announcer_start(run->announcer, instance);
	announcer_stop(run->announcer, instance);
	return false;
}

static void
running_on_before(void *ctx, const struct conf_instance *conf, bool wanted)
{
	extras_before(((struct running *)ctx)->extras, conf, wanted);
}

static void
running_on_after(
    void *ctx, const struct conf_instance *conf, bool wanted, struct msg_lacking *lacking)
{
	extras_after(((struct running *)ctx)->extras, conf, wanted, lacking);
}

static void
running_on_settled(void *ctx)
{
	extras_forget_past(((struct running *)ctx)->extras);
}

static void
running_on_check(void *ctx, uint32_t instance)
{
	struct running *run = ctx;

	if (address_is_wanted(run->ledger, instance))
		address_check(run->ledger, instance);
}

static void
running_on_repeat(void *ctx, uint32_t instance, bool refresh)
{
	address_repeat(((struct running *)ctx)->ledger, instance, refresh);
}

/* ---- open and close ---- */

static int
running_open_parts(struct running *run)
{
	struct parent *parent = run->parent;
	const struct links_callbacks links = {
	    running_on_link, running_on_source, running_on_named, run};
	const struct address_callbacks addresses = {running_on_addresses, running_on_installed,
	    running_on_announce, running_on_before, running_on_after, running_on_settled, run};

	run->links = links_open(run->conf, &links);
	if (run->links == NULL)
		return -1;
	run->ledger =
	    address_open(parent->base, parent->netlink, run->links, run->conf, &addresses);
	run->extras = extras_open(
	    parent->base, parent->netlink, run->links, run->conf, running_on_check, run);
	run->announcer = announcer_open(parent->base, run->conf, running_on_repeat, run);
	run->transmit = transmit_open(run->conf, run->links, running_on_unsent, run);
	if (run->ledger == NULL || run->extras == NULL || run->announcer == NULL ||
	    run->transmit == NULL)
		return -1;
	return parent->run == NULL ? 0 : address_prepare(run->ledger, parent->run->ledger);
}

struct running *
running_open(struct parent *parent, struct conf *conf, int text_fd)
{
	struct running *run = calloc(1, sizeof(*run));
	int saved;

	if (run == NULL) {
		conf_free(conf);
		free(conf);
		return NULL;
	}
	run->parent = parent;
	run->conf = conf;
	run->text_fd = text_fd;
	run->rates = calloc(conf->instance_count + 1, sizeof(run->rates[0]));
	run->kept = calloc(conf->instance_count + conf->check_count + 1, sizeof(run->kept[0]));
	run->retired =
	    calloc(conf->instance_count + conf->group_count + 1, sizeof(run->retired[0]));
	if (run->rates != NULL && run->kept != NULL && run->retired != NULL &&
	    running_list_lent(run) == 0 && running_open_parts(run) == 0)
		return run;
	saved = errno;
	running_close(run);
	errno = saved;
	return NULL;
}

void
running_close(struct running *run)
{
	if (run == NULL)
		return;
	transmit_close(run->transmit);
	announcer_close(run->announcer);
	extras_close(run->extras);
	address_close(run->ledger);
	links_close(run->links);
	for (size_t i = 0; i < run->lent_count; i++)
		if (run->lent[i].fd != -1)
			close(run->lent[i].fd);
	free(run->lent);
	free(run->kept);
	free(run->rates);
	free(run->retired);
	if (run->text_fd != -1)
		close(run->text_fd);
	conf_free(run->conf);
	free(run->conf);
	free(run);
}

void
running_start(struct running *run)
{
	struct utsname kernel;

	run->generation = run->loads = 1;
	if (netlink_dump(run->parent->netlink) == -1)
		fatal("netlink: cannot read links and addresses");
	extras_start(run->extras);
	if (uname(&kernel) == 0 && strverscmp(kernel.release, RUNNING_KERNEL_WITH_MARKS) < 0)
		log_warnx(
		    "kernel %s keeps no mark on addresses: what a crash leaves cannot be told from "
		    "the operator's own and stays",
		    kernel.release);
}

/* ---- in place of another one ---- */

static void
running_inherit_lent(struct running *run, struct running *old, struct lent_socket *lent)
{
	struct socket_rx rx;

	for (size_t i = 0; i < old->lent_count; i++) {
		struct lent_socket *was = &old->lent[i];

		if (was->what.family != lent->what.family ||
		    strcmp(was->what.interface, lent->what.interface) != 0)
			continue;
		*lent = *was;
		was->fd = -1;
	}
	if (lent->what.ifindex == 0)
		lent->what.ifindex =
		    link_look(links_find(run->links, lent->what.interface)).ifindex;
	if (lent->fd == -1)
		return;
	rx = running_describe_rx(run, lent);
	if (socket_change_rx(lent->fd, &rx) == -1) {
		close(lent->fd); /* another one is tried */
		lent->fd = -1;
	}
}

/* What is remembered of instances and checks that are still there. */
static void
running_inherit_memory(struct running *run, const struct running *old)
{
	const struct conf *conf = run->conf, *was = old->conf;

	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *in = conf_find_instance(was, conf->instance[i].id);

		if (in == NULL)
			continue;
		run->rates[i] = old->rates[in - was->instance];
		run->kept[i] = old->kept[in - was->instance];
	}
	for (size_t i = 0; i < conf->check_count; i++) {
		const struct conf_check *check = conf_find_check(was, conf->check[i].id);

		if (check != NULL)
			run->kept[conf->instance_count + i] =
			    old->kept[was->instance_count + (size_t)(check - was->check)];
	}
}

/*
 * Nothing that is asked of the kernel here is heard of before all is at its new place. The engine is
 * told all that concerns interfaces: some of its instances may be new.
 */
void
running_replace(struct running *run, struct running *old)
{
	struct parent *parent = run->parent;

	extras_forget_past(old->extras); /* its time is over, whether all of that is gone or not */
	running_inherit_memory(run, old);
	links_inherit(run->links, old->links);
	for (size_t i = 0; i < run->lent_count; i++)
		running_inherit_lent(run, old, &run->lent[i]);
	transmit_inherit(run->transmit, old->transmit);
	announcer_inherit(run->announcer, old->announcer);
	extras_inherit(run->extras, old->extras);
	address_inherit(run->ledger, old->ledger);
	parent->run = run;
	running_close(old);
	running_retry_lent(run);
	if (netlink_dump(parent->netlink) == -1)
		netlink_dump_soon(parent->netlink);
	links_report(run->links);
	extras_go_on(run->extras);
}
