/*
 * What goes with the addresses of an instance while it is master: the interface of its virtual MAC, the
 * filter of accept-mode, routes and rules; and settings of the interfaces in use. Parent.
 *
 * All of it is level-triggered: what an instance that is master lacks is put back within a second.
 */
#ifndef PARENT_EXTRA_H
#define PARENT_EXTRA_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/parent/netlink.h"

struct event_base;
struct extras;
struct links;

/* Asked each second for each instance that has any of it: is all as it should be? */
typedef void (*extras_check)(void *ctx, uint32_t instance);

/* All must outlive it. NULL with errno. */
struct extras *extras_open(struct event_base *, struct netlink *, const struct links *,
    const struct conf *, extras_check, void *ctx);

/* After the first dump: removes what an earlier run left, makes what is there all the time. */
void extras_start(struct extras *);

/* At the end: all of it is removed, and settings are put back. */
void extras_stop(struct extras *);

/* From then on instead of those of another configuration; what is alike stays. */
void extras_inherit(struct extras *, struct extras *old);

/* Nothing of the other one is left: settings that were for that alone are put back. */
void extras_forget_past(struct extras *);

/* Makes what is there all the time; when netlink's callbacks come here. */
void extras_go_on(struct extras *);
void extras_close(struct extras *);

/* What netlink hears. */
void extras_take_link(struct extras *, const struct netlink_link *);

/* Before an instance's addresses come or go, and after: as struct address_callbacks has it. */
void extras_before(struct extras *, const struct conf_instance *, bool wanted);
void extras_after(struct extras *, const struct conf_instance *, bool wanted, struct msg_lacking *);

/* Before an advert that is not a resignation: it leaves by the virtual MAC. */
void extras_before_advert(struct extras *, const struct conf_instance *);

#endif
