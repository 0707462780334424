/*
 * Routes and rules that are installed while an instance is master. Parent.
 *
 * They carry protocol 112, our mark: what has it and is configured is ours, of whichever run; what has
 * not is never touched.
 */
#ifndef PARENT_ROUTE_H
#define PARENT_ROUTE_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/msg.h"

struct links;
struct netlink;
struct routes;

/* All must outlive it. NULL with errno. */
struct routes *routes_open(struct netlink *, const struct links *, const struct conf *);

/* Removes what an earlier run left that nobody configures any more. Logs. */
void routes_remove_strays(struct routes *);

/*
 * Installs what is missing of an instance's routes and rules; what somebody removed is put back by the
 * next call. What cannot be is added to the account, and logged once.
 */
void routes_install(struct routes *, const struct conf_instance *, struct msg_lacking *);

/* Removes those of an instance, also what an earlier run left of them. */
void routes_remove(struct routes *, const struct conf_instance *);

bool routes_has(const struct routes *, const struct conf_instance *);

/* What is installed and still configured stays; the rest is removed. */
void routes_inherit(struct routes *, struct routes *old);
void routes_close(struct routes *);

#endif
