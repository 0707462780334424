/*
 * Which hook is due. Pure; see notifier.h.
 */
#include <string.h>

#include "notifier/notifier.h"

void
notifier_init(struct notifier *n)
{
	memset(n, 0, sizeof(*n));
}

void
notifier_set_hook(struct notifier *n, enum conf_hook_slot slot, uint32_t command, uint32_t runner)
{
	n->hook[slot].command = command;
	n->hook[slot].runner = runner;
}

void
notifier_adopt(struct notifier *n, const struct notifier *hooks)
{
	memcpy(n->hook, hooks->hook, sizeof(n->hook));
}

static enum conf_hook_slot
notifier_slot_of(enum vrrp_hook_event event)
{
	switch (event) {
	case VRRP_HOOK_MASTER:
		return CONF_HOOK_MASTER;
	case VRRP_HOOK_BACKUP:
		return CONF_HOOK_BACKUP;
	case VRRP_HOOK_FAULT:
		return CONF_HOOK_FAULT;
	case VRRP_HOOK_STOP:
		return CONF_HOOK_STOP;
	case VRRP_HOOK_COUNT:
		break;
	}
	return CONF_HOOK_ALL;
}

/* The oldest is forgotten when there are too many. */
static void
notifier_skip(struct notifier_change *change, enum vrrp_hook_event event)
{
	if (change->skipped_count == NOTIFIER_SKIPPED_MAX) {
		memmove(change->skipped, change->skipped + 1, NOTIFIER_SKIPPED_MAX - 1);
		change->skipped_count--;
	}
	change->skipped[change->skipped_count++] = (uint8_t)event;
}

/* What was delivered before is not delivered again: only a step that is left of it learns the rest.
 */
static void
notifier_take_up(struct notifier *n, const struct notifier_change *change)
{
	n->recalled = false;
	n->pending = false;
	if (n->busy)
		n->current = *change;
}

/* What waits is what an earlier life of the engine delivered already. */
static bool
notifier_is_known(const struct notifier *n)
{
	return n->pending && n->recalled && n->next.skipped_count == 0 &&
	       n->next.event == n->delivered;
}

void
notifier_change(struct notifier *n, const struct notifier_change *change)
{
	struct notifier_change next = *change;

	next.skipped_count = 0;
	if (n->pending && !notifier_is_known(n)) {
		next.skipped_count = n->next.skipped_count;
		memcpy(next.skipped, n->next.skipped, sizeof(next.skipped));
		notifier_skip(&next, n->next.event);
		next.previous = n->next.previous;
	}
	n->next = next;
	n->pending = true;
}

/* The step after the one that ended: of a state comes all, then nothing. */
static void
notifier_advance(struct notifier *n)
{
	if (n->step == CONF_HOOK_ALL)
		n->busy = false;
	else
		n->step = CONF_HOOK_ALL;
}

void
notifier_recall(struct notifier *n, const struct notifier_run *run, bool running)
{
	/* two checkers may remember different steps: the later one counts */
	if (n->delivered_any && run->sequence < n->sequence)
		return;
	if (n->running && !n->recalled)
		return; /* too late: a step of this life runs */
	n->delivered_any = true;
	n->recalled = true;
	n->delivered = run->change.event;
	n->sequence = run->sequence;
	n->runner = run->runner;
	n->busy = true;
	n->running = running;
	n->current = run->change;
	n->step = run->slot;
	if (!running)
		notifier_advance(n);
}

/* Passes over steps that have no command; false when nothing is left to do. */
static bool
notifier_find_step(struct notifier *n)
{
	for (;;) {
		if (!n->busy) {
			if (!n->pending)
				return false;
			n->pending = false;
			n->recalled = false;
			n->busy = true;
			n->current = n->next;
			n->step = notifier_slot_of(n->current.event);
			n->delivered = n->current.event;
			n->delivered_any = true;
		}
		if (n->hook[n->step].command != 0)
			return true;
		notifier_advance(n);
	}
}

bool
notifier_next(struct notifier *n, struct notifier_run *out)
{
	if (notifier_is_known(n)) /* decided when all memories were heard, not before */
		notifier_take_up(n, &n->next);
	if (n->running || !notifier_find_step(n))
		return false;
	n->running = true;
	if (!n->again)
		n->sequence++;
	n->again = false;
	n->runner = n->hook[n->step].runner;
	*out = (struct notifier_run){
	    .sequence = n->sequence,
	    .command = n->hook[n->step].command,
	    .runner = n->hook[n->step].runner,
	    .slot = n->step,
	    .change = n->current,
	};
	return true;
}

bool
notifier_done(struct notifier *n, uint32_t sequence)
{
	if (!n->running || n->sequence != sequence)
		return false;
	n->running = false;
	notifier_advance(n);
	return true;
}

void
notifier_retry(struct notifier *n, uint32_t runner)
{
	if (!n->running || n->runner != runner)
		return;
	n->running = false;
	n->again = true;
}

bool
notifier_is_idle(const struct notifier *n)
{
	return !n->busy && !n->pending;
}
