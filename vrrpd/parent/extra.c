/*
 * What goes with the addresses of an instance while it is master. Parent.
 */
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "vrrpd/parent/devconf.h"
#include "vrrpd/parent/extra.h"
#include "vrrpd/parent/filter.h"
#include "vrrpd/parent/route.h"
#include "vrrpd/parent/vmac.h"

#define EXTRA_PERIOD_S 1
#define EXTRA_SOON_US 1000

struct extras {
	const struct conf *conf;
	struct devconfs *devconfs;
	struct filter *filter;
	struct routes *routes;
	struct vmacs *vmacs;
	int *vmac_error;   /* conf->instance_count, same order: errno of the last attempt, 0 */
	int *filter_error; /* the same */
	struct event *period;
	struct event *soon;
	extras_check check;
	void *ctx;
	bool started;
};

static bool
extras_has(const struct extras *x, const struct conf_instance *conf)
{
	return conf->enabled &&
	       (conf->virtual_mac || filter_is_needed(conf) || routes_has(x->routes, conf));
}

static void
extras_on_period(int fd, short what, void *arg)
{
	struct extras *x = arg;

	(void)fd;
	(void)what;
	vmacs_make(x->vmacs);
	for (size_t i = 0; i < x->conf->instance_count; i++)
		if (extras_has(x, &x->conf->instance[i]))
			x->check(x->ctx, x->conf->instance[i].id);
}

/* A new interface came: not from the callback that told of it, for this makes requests. */
static void
extras_on_soon(int fd, short what, void *arg)
{
	struct extras *x = arg;

	(void)fd;
	(void)what;
	devconfs_apply(x->devconfs);
	vmacs_make(x->vmacs);
}

void
extras_take_link(struct extras *x, const struct netlink_link *heard)
{
	const struct timeval soon = {0, EXTRA_SOON_US};

	devconfs_take_link(x->devconfs, heard);
	if (x->started && !event_pending(x->soon, EV_TIMEOUT, NULL))
		event_add(x->soon, &soon);
}

void
extras_go_on(struct extras *x)
{
	const struct timeval period = {EXTRA_PERIOD_S, 0};

	x->started = true;
	devconfs_apply(x->devconfs);
	vmacs_make(x->vmacs);
	for (size_t i = 0; i < x->conf->instance_count; i++)
		if (extras_has(x, &x->conf->instance[i])) {
			event_add(x->period, &period);
			return;
		}
}

void
extras_start(struct extras *x)
{
	filter_remove(x->filter);
	routes_remove_strays(x->routes);
	vmacs_remove_all(x->vmacs);
	extras_go_on(x);
}

void
extras_inherit(struct extras *x, struct extras *old)
{
	event_del(old->period);
	event_del(old->soon);
	routes_inherit(x->routes, old->routes);
	filter_inherit(x->filter, old->filter);
	vmacs_inherit(x->vmacs, old->vmacs);
	devconfs_inherit(x->devconfs, old->devconfs);
	old->devconfs = NULL;
}

void
extras_forget_past(struct extras *x)
{
	devconfs_restore_past(x->devconfs);
}

void
extras_close(struct extras *x)
{
	if (x == NULL)
		return;
	devconfs_close(x->devconfs);
	filter_close(x->filter);
	routes_close(x->routes);
	vmacs_close(x->vmacs);
	free(x->vmac_error);
	free(x->filter_error);
	if (x->period != NULL)
		event_free(x->period);
	if (x->soon != NULL)
		event_free(x->soon);
	free(x);
}

void
extras_stop(struct extras *x)
{
	event_del(x->period);
	event_del(x->soon);
	x->started = false;
	vmacs_remove_all(x->vmacs);
	filter_remove(x->filter);
	devconfs_restore(x->devconfs);
}

void
extras_before(struct extras *x, const struct conf_instance *conf, bool wanted)
{
	size_t i = (size_t)(conf - x->conf->instance);

	if (!wanted) {
		routes_remove(x->routes, conf);
		return;
	}
	x->filter_error[i] = filter_fill(x->filter, conf) == -1 ? errno : 0;
	x->vmac_error[i] = vmac_raise(x->vmacs, conf) ? 0 : errno;
}

static void
extras_lack(struct msg_lacking *lacking, enum msg_extra kind, int error)
{
	if (lacking->count++ > 0)
		return;
	lacking->kind = (uint8_t)kind;
	lacking->error = error;
}

void
extras_after(
    struct extras *x, const struct conf_instance *conf, bool wanted, struct msg_lacking *lacking)
{
	size_t i = (size_t)(conf - x->conf->instance);

	if (!wanted) {
		vmac_lower(x->vmacs, conf);
		filter_empty(x->filter, conf);
		return;
	}
	if (x->vmac_error[i] != 0)
		extras_lack(lacking, MSG_EXTRA_VIRTUAL_MAC, x->vmac_error[i]);
	if (x->filter_error[i] != 0)
		extras_lack(lacking, MSG_EXTRA_FILTER, x->filter_error[i]);
	routes_install(x->routes, conf, lacking);
}

void
extras_before_advert(struct extras *x, const struct conf_instance *conf)
{
	if (!vmac_is_up(x->vmacs, conf))
		vmac_raise(x->vmacs, conf);
}

struct extras *
extras_open(struct event_base *base, struct netlink *netlink, const struct links *links,
    const struct conf *conf, extras_check check, void *ctx)
{
	struct extras *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->conf = conf;
	x->check = check;
	x->ctx = ctx;
	x->devconfs = devconfs_open(netlink, links, conf);
	x->filter = filter_open(links, conf);
	x->routes = routes_open(netlink, links, conf);
	x->vmacs = vmacs_open(netlink, links, conf);
	x->vmac_error = calloc(conf->instance_count + 1, sizeof(x->vmac_error[0]));
	x->filter_error = calloc(conf->instance_count + 1, sizeof(x->filter_error[0]));
	x->period = event_new(base, -1, EV_PERSIST, extras_on_period, x);
	x->soon = event_new(base, -1, 0, extras_on_soon, x);
	if (x->devconfs == NULL || x->filter == NULL || x->routes == NULL || x->vmacs == NULL ||
	    x->vmac_error == NULL || x->filter_error == NULL || x->period == NULL ||
	    x->soon == NULL) {
		extras_close(x);
		return NULL;
	}
	return x;
}
