/*
 * Everything the engine may ask of root: the whole privileged surface. Parent.
 *
 * Each request is judged by the parent's own copy of the configuration: the instance exists and is
 * enabled, the priority is one it may have, and the rate is one an honest engine never exceeds.
 * What breaks that is a violation (-1: the engine is killed, its addresses withdrawn), what is
 * merely too fast is dropped and counted. No request carries a path, a name, an address or a
 * command.
 */
#include <errno.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/announce.h"
#include "vrrpd/parent/extra.h"
#include "vrrpd/parent/reload.h"
#include "vrrpd/parent/state.h"
#include "vrrpd/parent/transmit.h"

#define PRIV_REPLIES_PER_S 100 /* besides the regular adverts */
#define PRIV_ADVERT_BURST 20
#define PRIV_RESIGN_SPACING_NS (50 * NS_PER_MS)
#define PRIV_RESIGN_BURST 10
#define PRIV_ANNOUNCE_SPACING_NS (100 * NS_PER_MS)
#define PRIV_ANNOUNCE_BURST 10

MSG_RECEIVER(MSG_ENGINE_PARENT, priv, ENGINE_PARENT)

/* One that is done, or was not in time, has nothing more to ask for: its addresses are gone. */
int
priv_receive(void *child, uint16_t type, const void *payload, size_t size, int fd)
{
	if (((struct child *)child)->done && type != ENGINE_PARENT_HEARTBEAT)
		return 0;
	return priv_dispatch(child, type, payload, size, fd);
}

/* NULL is a violation: an id that nobody has, or of an instance that is not enabled. */
static const struct conf_instance *
priv_find_instance(const struct parent *parent, uint32_t id)
{
	const struct conf_instance *conf = conf_find_instance(parent->run->conf, id);

	return conf != NULL && conf->enabled ? conf : NULL;
}

/* The same for what one that is not configured any more may not: it resigns and lets go. */
static const struct conf_instance *
priv_find_lasting(const struct parent *parent, uint32_t id)
{
	const struct conf_instance *conf = priv_find_instance(parent, id);

	return conf != NULL && !conf->retiring ? conf : NULL;
}

static struct priv_rates *
priv_rates_of(struct parent *parent, const struct conf_instance *conf)
{
	return &parent->run->rates[conf - parent->run->conf->instance];
}

static int64_t
priv_interval_ns(const struct conf_instance *conf)
{
	return conf->interval_cs * NS_PER_CS;
}

/* Resignations have a rate of their own: adverts that were too many must not keep one back. */
static bool
priv_admit_advert(struct priv_rates *rates, const struct conf_instance *conf, uint8_t priority)
{
	int64_t spacing_ns = NS_PER_S / (PRIV_REPLIES_PER_S + NS_PER_S / priv_interval_ns(conf));

	if (priority == VRRP_PRIORITY_RESIGN)
		return mono_admit(
		    &rates->resign_due, clock_now(), PRIV_RESIGN_SPACING_NS, PRIV_RESIGN_BURST);
	return mono_admit(&rates->advert_due, clock_now(), spacing_ns, PRIV_ADVERT_BURST);
}

/* What waited while we were held up is followed by a newer one; to the peers it would be a burst. */
static bool
priv_is_stale(const struct msg_advertise *message, const struct conf_instance *conf,
    const struct msg_advert_item *item)
{
	return item->priority != VRRP_PRIORITY_RESIGN &&
	       mono_since(clock_now(), (mono_t){message->at_ns}) > priv_interval_ns(conf);
}

static bool
priv_admit_or_count(struct parent *parent, const struct conf_instance *conf, bool admitted)
{
	struct priv_rates *rates = priv_rates_of(parent, conf);

	if (admitted)
		return true;
	if (rates->dropped++ < rates->logged)
		return false;
	log_warnx("%s: the engine asks too often: %llu request%s dropped", conf->name,
	    (unsigned long long)rates->dropped, rates->dropped == 1 ? "" : "s");
	rates->logged = rates->dropped * 10 - 1; /* at 1, 10, 100, … */
	return false;
}

/* An owner advertises 255, everybody else 1..254, each may resign (RFC 9568 5.2.4). */
static bool
priv_priority_is_allowed(const struct conf_instance *conf, uint8_t priority)
{
	if (priority == VRRP_PRIORITY_RESIGN)
		return true;
	return !conf->retiring &&
	       (priority == VRRP_PRIORITY_OWNER) == (conf->priority == VRRP_PRIORITY_OWNER);
}

static int
priv_on_advertise(void *ctx, const struct msg_advertise *message, size_t size, int fd)
{
	struct parent *parent = ((struct child *)ctx)->parent;
	struct msg_advert_item admitted[MSG_ADVERTISE_MAX];
	size_t count = 0;

	(void)fd;
	if (message->at_ns < 0 || message->at_ns > clock_now().ns || message->count == 0 ||
	    message->count > MSG_ADVERTISE_MAX ||
	    size != offsetof(struct msg_advertise, item) + message->count * sizeof(admitted[0]))
		return -1;
	for (size_t i = 0; i < message->count; i++) {
		const struct msg_advert_item *item = &message->item[i];
		const struct conf_instance *conf = priv_find_instance(parent, item->instance);

		if (conf == NULL || !priv_priority_is_allowed(conf, item->priority))
			return -1;
		if (!priv_is_stale(message, conf, item) &&
		    priv_admit_or_count(parent, conf,
			priv_admit_advert(priv_rates_of(parent, conf), conf, item->priority))) {
			if (item->priority != VRRP_PRIORITY_RESIGN)
				extras_before_advert(parent->run->extras, conf);
			admitted[count++] = *item;
		}
		/* its addresses may stay for the successor's sake, but are not announced any more */
		if (item->priority == VRRP_PRIORITY_RESIGN)
			announcer_stop(parent->run->announcer, item->instance);
	}
	transmit_adverts(parent->run->transmit, admitted, count);
	return 0;
}

static int
priv_on_acquire(void *ctx, const struct msg_instance_request *message, size_t size, int fd)
{
	struct parent *parent = ((struct child *)ctx)->parent;

	(void)size;
	(void)fd;
	if (priv_find_lasting(parent, message->instance) == NULL)
		return -1;
	address_acquire(parent->run->ledger, message->instance, message->sequence);
	return 0;
}

static int
priv_on_release(void *ctx, const struct msg_instance_request *message, size_t size, int fd)
{
	struct parent *parent = ((struct child *)ctx)->parent;

	(void)size;
	(void)fd;
	if (priv_find_instance(parent, message->instance) == NULL)
		return -1;
	transmit_forget(
	    parent->run->transmit, message->instance); /* who lets go is master no more */
	address_release(parent->run->ledger, message->instance, message->sequence);
	return 0;
}

static int
priv_on_announce(void *ctx, const struct msg_instance_request *message, size_t size, int fd)
{
	struct parent *parent = ((struct child *)ctx)->parent;
	const struct conf_instance *conf = priv_find_lasting(parent, message->instance);

	(void)size;
	(void)fd;
	if (conf == NULL)
		return -1;
	/* only what is installed can be announced */
	if (priv_admit_or_count(parent, conf,
		mono_admit(&priv_rates_of(parent, conf)->announce_due, clock_now(),
		    PRIV_ANNOUNCE_SPACING_NS, PRIV_ANNOUNCE_BURST)))
		address_announce(parent->run->ledger, message->instance);
	return 0;
}

static int
priv_on_ready(void *ctx, const struct msg_conf_end *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	return child_take_ready(ctx, message);
}

static int
priv_on_heartbeat(void *ctx, const struct msg_heartbeat *message, size_t size, int fd)
{
	struct child *engine = ctx;

	(void)size;
	(void)fd;
	engine->silent_ticks = 0;
	if (message->log_lost)
		child_lend_log(engine);
	return 0;
}

/* Stored for the next engine; it gives no authority, and the parent does not read it. */
static int
priv_on_keep(void *ctx, const struct msg_keep *message, size_t size, int fd)
{
	struct parent *parent = ((struct child *)ctx)->parent;
	const struct conf_instance *instance =
	    conf_find_instance(parent->run->conf, message->instance);
	const struct conf_check *check = conf_find_check(parent->run->conf, message->check);

	(void)size;
	(void)fd;
	if ((instance == NULL) == (check == NULL) ||
	    (message->instance != 0 && message->check != 0))
		return -1;
	if (instance != NULL)
		parent->run->kept[instance - parent->run->conf->instance] = *message;
	else
		parent->run->kept[parent->run->conf->instance_count +
				  (size_t)(check - parent->run->conf->check)] = *message;
	return 0;
}

static int
priv_on_committed(void *ctx, const struct msg_conf_end *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	return reload_take_committed(((struct child *)ctx)->parent->reload, message);
}

static int
priv_on_retired(void *ctx, const struct msg_retired *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	return reload_take_retired(((struct child *)ctx)->parent->reload, message);
}

/* One at a time, and not too often, whoever asks. */
static int
priv_on_reload(void *ctx, const struct msg_reload *message, size_t size, int fd)
{
	(void)size;
	(void)fd;
	if (message->ticket == 0)
		return -1;
	reload_ask(((struct child *)ctx)->parent->reload, message->ticket);
	return 0;
}

static int
priv_on_done(void *ctx, const struct msg_empty *message, size_t size, int fd)
{
	struct child *engine = ctx;

	(void)message;
	(void)size;
	(void)fd;
	if (!engine->parent->stopping || engine->done)
		return -1;
	engine->done = true;
	parent_on_engine_done(engine->parent);
	return 0;
}
