/*
 * Another configuration in place of the one that runs. Parent.
 *
 * The config role reads it, then everybody is told and becomes READY for it, then everybody commits:
 * checkers, engine, parent. Until then any failure leaves all as it is. One at a time; what is asked
 * for meanwhile is another one, after it.
 */
#ifndef PARENT_RELOAD_H
#define PARENT_RELOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/msg.h"

struct child;
struct parent;
struct reload;

struct reload *reload_open(struct parent *); /* NULL with errno */

/* The files are to be read: by the operator (ticket 0), or as the engine asks. */
void reload_ask(struct reload *, uint64_t ticket);

/* An instance or a group of the running configuration has retired; -1 when it was not to. */
int reload_take_retired(struct reload *, const struct msg_retired *);

/* The child was told the configuration that is to follow the running one. */
bool reload_is_for(const struct reload *, const struct child *);

/* Whether the running configuration is one to start that child with; otherwise it is in a moment. */
bool reload_may_start(const struct reload *, const struct child *);

/* What children say and do: it is READY; the engine is at work with it; it is gone. */
void reload_on_ready(struct reload *, struct child *);
int reload_take_committed(struct reload *, const struct msg_conf_end *); /* -1: out of order */
void reload_on_gone(struct reload *, struct child *);

/* A process has ended: perhaps ours. */
void reload_take_end(struct reload *, pid_t, int status);

/* What had to wait may begin now. */
void reload_tick(struct reload *);

/* The daemon is stopping. */
void reload_cancel(struct reload *);

#endif
