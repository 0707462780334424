/*
 * What people may do to a running engine, and how it explains itself; for the control commands. Engine.
 *
 * uid is the caller's, as the kernel told it: root may do everything, others get MSG_CTL_PERMISSION
 * where nothing else is said. What was changed is carried out before a function returns, but the caller
 * ends the turn (engine_end_turn()).
 */
#ifndef ENGINE_OPERATE_H
#define ENGINE_OPERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/msg.h"

struct engine;

/*
 * Sets an external check, by its set-by user too. It counts as failed when it is set up and not set
 * again within expires. MSG_CTL_FAILED when the check is none to be set.
 */
enum msg_ctl_result operate_set_check(struct engine *, const char *check, bool up, uint32_t uid);

/*
 * Gives an instance the operator's cause, for duration_ns or (0) until it is cleared; again: for the
 * new duration. A master resigns as planned, its sync group with it. MSG_CTL_FAILED when it is not
 * enabled.
 */
enum msg_ctl_result operate_fault(
    struct engine *, const char *instance, int64_t duration_ns, uint32_t uid);

/* Takes it away again; fine when there is none. */
enum msg_ctl_result operate_clear(struct engine *, const char *instance, uint32_t uid);

/* What an earlier engine was told: before COMMIT. What makes no sense is ignored. */
void operate_take_kept(struct engine *, const struct msg_keep *);

/* One line of an explanation; blocks: it stands between the instance and being master. */
typedef void (*operate_say)(void *ctx, bool blocks, const char *text);

/* Why an instance is in its state: each input, then what it would take to become master. */
enum msg_ctl_result operate_explain(struct engine *, const char *instance, operate_say, void *ctx);

#endif
