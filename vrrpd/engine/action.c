/*
 * Carrying out what a core decided; decides nothing. Engine.
 *
 * Within a turn adverts are gathered into one message and leave before any request: the advert goes
 * before the addresses, and priority 0 before their removal (RFC 9568 6.4.2, 8.1.2).
 */
#include <errno.h>
#include <string.h>

#include <bsd/string.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"

static void
action_flush_adverts(struct engine *engine)
{
	struct msg_advertise *batch = &engine->batch;
	size_t size = offsetof(struct msg_advertise, item) + batch->count * sizeof(batch->item[0]);

	if (batch->count == 0)
		return;
	batch->at_ns = clock_now().ns;
	/* A stale advert is worse than none, but a resignation is never stale. */
	if (engine->batch_resigns)
		channel_send(engine->parent, ENGINE_PARENT_ADVERTISE, batch, size, -1);
	else if (channel_send_now(engine->parent, ENGINE_PARENT_ADVERTISE, batch, size) == -1)
		engine->adverts_dropped += batch->count;
	batch->count = 0;
	engine->batch_resigns = false;
}

static void
action_advertise(struct engine *engine, struct instance *in, uint8_t priority)
{
	struct msg_advertise *batch = &engine->batch;

	if (batch->count == MSG_ADVERTISE_MAX)
		action_flush_adverts(engine);
	batch->item[batch->count++] = (struct msg_advert_item){in->conf->id, priority, {0}};
	in->counters.advertisement_sent++;
	if (priority == VRRP_PRIORITY_RESIGN) {
		engine->batch_resigns = true;
		in->counters.priority_zero_pkts_sent++;
	}
}

static void
action_join_turn(struct engine *engine, struct instance *in)
{
	if (!in->in_turn)
		TAILQ_INSERT_TAIL(&engine->turn, in, turn);
	in->in_turn = true;
}

static void
action_request(struct engine *engine, struct instance *in, enum instance_request request)
{
	in->request = request; /* the newest one of a turn wins */
	in->address_pending = true;
	if (request == INSTANCE_REQUEST_RELEASE)
		in->announce = false;
	action_join_turn(engine, in);
}

static void
action_remember(struct instance *in, const struct vr_action *action, mono_t now)
{
	if (in->history_count == INSTANCE_HISTORY) {
		memmove(in->history, in->history + 1, sizeof(in->history) - sizeof(in->history[0]));
		in->history_count--;
	}
	in->history[in->history_count++] = (struct msg_status_transition){
	    .instance = in->conf->id,
	    .from = (uint8_t)action->from,
	    .to = (uint8_t)action->to,
	    .reason = (uint8_t)action->reason,
	    .at_ns = now.ns,
	};
}

/* Which hook a state is, if any: init is none, except when it is the end. */
static bool
action_hook_event(const struct vr_action *action, enum vrrp_hook_event *event)
{
	switch (action->to) {
	case VRRP_MASTER:
		*event = VRRP_HOOK_MASTER;
		return true;
	case VRRP_BACKUP:
		*event = VRRP_HOOK_BACKUP;
		return true;
	case VRRP_FAULT:
		*event = VRRP_HOOK_FAULT;
		return true;
	case VRRP_INIT:
		*event = VRRP_HOOK_STOP;
		return action->reason == VRRP_REASON_SHUTDOWN;
	case VRRP_STATE_COUNT:
		break;
	}
	return false;
}

/* The one place that logs a change of state; of a fault, with its causes. */
static void
action_log_state(
    const struct engine *engine, const struct instance *in, const struct vr_action *action)
{
	char causes[256] = "", cause[96];

	for (size_t i = 0; action->to == VRRP_FAULT && i < in->track_count; i++) {
		if (!track_is_cause(&in->track[i]))
			continue;
		status_format_cause(engine, in, &in->track[i], cause, sizeof(cause));
		strlcat(causes, causes[0] == '\0' ? ": " : ", ", sizeof(causes));
		strlcat(causes, cause, sizeof(causes));
	}
	log_info("%s: %s -> %s (%s%s)", in->conf->name, vrrp_state_name(action->from),
	    vrrp_state_name(action->to), vrrp_reason_name(action->reason), causes);
}

static void
action_state(struct engine *engine, struct instance *in, const struct vr_action *action, mono_t now)
{
	struct notifier_change change = {
	    .previous = action->from,
	    .reason = action->reason,
	    .priority = in->vr.priority,
	};

	action_log_state(engine, in, action);
	action_remember(in, action, now);
	if (action_hook_event(action, &change.event)) {
		notifier_change(&in->notifier, &change);
		action_join_turn(engine, in);
	}
}

void
action_execute(
    struct engine *engine, struct instance *in, const struct vr_actions *actions, mono_t now)
{
	for (size_t i = 0; i < actions->count; i++) {
		const struct vr_action *action = &actions->action[i];

		switch (action->kind) {
		case VR_ACT_ADVERTISE:
			action_advertise(engine, in, action->priority);
			break;
		case VR_ACT_ACQUIRE:
			action_request(engine, in, INSTANCE_REQUEST_ACQUIRE);
			break;
		case VR_ACT_RELEASE:
			action_request(engine, in, INSTANCE_REQUEST_RELEASE);
			break;
		case VR_ACT_ANNOUNCE:
			in->announce = true;
			action_join_turn(engine, in);
			break;
		case VR_ACT_STATE:
			action_state(engine, in, action, now);
			break;
		case VR_ACTION_COUNT:
			break;
		}
	}
}

static void
action_flush_instance(struct engine *engine, struct instance *in)
{
	struct msg_instance_request message = {.instance = in->conf->id};
	uint16_t type =
	    in->request == INSTANCE_REQUEST_ACQUIRE ? ENGINE_PARENT_ACQUIRE : ENGINE_PARENT_RELEASE;

	if (in->request != INSTANCE_REQUEST_NONE) {
		message.sequence = ++in->sequence;
		channel_send(engine->parent, type, &message, sizeof(message), -1);
	} else if (in->announce) {
		message.sequence = in->sequence;
		channel_send(engine->parent, ENGINE_PARENT_ANNOUNCE, &message, sizeof(message), -1);
	}
	in->request = INSTANCE_REQUEST_NONE;
	in->announce = false;
	scripts_run(engine, in);
}

void
action_flush(struct engine *engine)
{
	struct instance *in;

	action_flush_adverts(engine);
	while ((in = TAILQ_FIRST(&engine->turn)) != NULL) {
		TAILQ_REMOVE(&engine->turn, in, turn);
		in->in_turn = false;
		action_flush_instance(engine, in);
	}
}
