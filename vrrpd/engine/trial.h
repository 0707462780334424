/*
 * Trials: checks that somebody has run once, and what their results would do. Engine.
 *
 * A trial counts for nothing: neither the check's state nor its numbers know of it. The client waits for
 * it under a token; a client that has hung up is not missed.
 */
#ifndef ENGINE_TRIAL_H
#define ENGINE_TRIAL_H

#include <sys/types.h>

#include "common/msg.h"

struct checker_link;
struct control_client;
struct engine;

/*
 * Has a check run now. Returns CONTROL_DEFERRED, or an enum msg_ctl_result when that cannot be: only
 * root may.
 */
int trial_begin(struct engine *, struct control_client *, uid_t uid, const char *check);

/* A checker has a result. -1 when that breaks protocol. */
int trial_take(struct checker_link *, const struct msg_check_ran *);

/* A checker is gone, and so are its trials. */
void trial_forget(struct engine *, uint32_t runner);

#endif
