/*
 * Which hook is due: one queue a target (an instance), in order, one at a time, the newest state wins
 * and the skipped ones are named. Pure: runs in the engine and in tests.
 *
 * A target's change is delivered in steps: the hook of the state, then the one for all; a step without
 * a command is passed over. The caller runs what notifier_next() returns and reports notifier_done().
 */
#ifndef NOTIFIER_NOTIFIER_H
#define NOTIFIER_NOTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/vrrp.h"

#define NOTIFIER_SKIPPED_MAX 14

/* One change of a target. */
struct notifier_change {
	enum vrrp_hook_event event;
	enum vrrp_state previous;
	enum vrrp_reason reason;
	uint8_t priority; /* effective */
	uint8_t skipped_count;
	/* enum vrrp_hook_event, oldest first; when there are more, the newest are kept */
	uint8_t skipped[NOTIFIER_SKIPPED_MAX];
};

/* A step to run now. */
struct notifier_run {
	uint32_t sequence;
	uint32_t command;
	uint32_t runner;
	enum conf_hook_slot slot;
	struct notifier_change change;
};

struct notifier {
	struct {
		uint32_t command; /* 0 = none */
		uint32_t runner;
	} hook[CONF_HOOK_SLOTS];
	bool delivered_any;
	enum vrrp_hook_event delivered; /* the last event whose steps were begun */
	bool recalled;                  /* delivered is of an earlier life of the engine */
	bool again;                     /* the step due was begun before, by a checker that died */
	bool pending;                   /* next is waiting */
	struct notifier_change next;
	bool busy;    /* current is being delivered */
	bool running; /* its step was handed out by notifier_next() and is not done */
	struct notifier_change current;
	enum conf_hook_slot step;
	uint32_t sequence; /* of the last step handed out */
	uint32_t runner;   /* who has it */
};

void notifier_init(struct notifier *);
void notifier_set_hook(struct notifier *, enum conf_hook_slot, uint32_t command, uint32_t runner);

/* From now on its hooks are those of another one; what was handed out goes on. */
void notifier_adopt(struct notifier *, const struct notifier *hooks);

/* The target changed. Replaces a change that waits, which is then one of the skipped. */
void notifier_change(struct notifier *, const struct notifier_change *);

/*
 * What a checker tells a new engine: this event's step was begun or done in the engine's earlier life.
 * A change to that same event is then not delivered a second time; a running step is waited for, and
 * the step after it is still due. Too late once a step of this life runs.
 */
void notifier_recall(struct notifier *, const struct notifier_run *, bool running);

/* Fills *out with the step that is due and marks it running; false when none is. */
bool notifier_next(struct notifier *, struct notifier_run *out);

/* The step with that sequence ended, however it did. False when it is not the one running. */
bool notifier_done(struct notifier *, uint32_t sequence);

/* A checker died: its running step is due again, under the same sequence. */
void notifier_retry(struct notifier *, uint32_t runner);

/* Nothing runs and nothing waits. */
bool notifier_is_idle(const struct notifier *);

#endif
