/*
 * What vrrpctl is told of groups, and of the hooks of instances and groups. Engine.
 */
#include <stddef.h>

#include <bsd/string.h>

#include "vrrpd/engine/control.h"
#include "vrrpd/engine/engine.h"

void
status_send_group(const struct election *election, struct control_client *client)
{
	struct msg_status_group group = {
	    .id = election->conf->id,
	    .state = (uint8_t)group_state(&election->group),
	    .since_ns = election->group.since.ns,
	};

	strlcpy(group.name, election->conf->name, sizeof(group.name));
	control_reply(client, ENGINE_CTL_GROUP, &group, sizeof(group));
	for (size_t i = 0; i < election->group.count; i++) {
		struct msg_status_member member = {.group = group.id};

		strlcpy(member.name, election->member[i]->conf->name, sizeof(member.name));
		control_reply(client, ENGINE_CTL_MEMBER, &member, sizeof(member));
	}
}

/* Whether there is any hook but the gate. */
static bool
status_has_hook(const struct delivery *target)
{
	for (size_t i = 0; i < CONF_HOOK_SLOTS; i++)
		if (i != CONF_HOOK_GATE && target->notifier.hook[i].command != 0)
			return true;
	return false;
}

void
status_send_hook(const struct delivery *target, struct control_client *client)
{
	const struct notifier *n = &target->notifier;
	struct msg_status_hook hook = {
	    .last = target->last,
	    .started_ns = target->last_started_ns,
	    .runs = n->running,
	    .running = (uint8_t)n->current.event,
	    .running_since_ns = n->running ? target->started_ns : 0,
	    .waits = n->pending,
	    .waiting = (uint8_t)n->next.event,
	};

	if (!status_has_hook(target))
		return;
	hook.last.instance = target->instance;
	hook.last.group = target->group;
	control_reply(client, ENGINE_CTL_HOOK, &hook, sizeof(hook));
}

void
status_send_gate(const struct instance *in, struct control_client *client)
{
	const struct gate *gate = &in->gate;
	struct msg_status_hook hook = {
	    .last = gate->last,
	    .started_ns = gate->last_started_ns,
	    .runs = gate->running,
	    .running = VRRP_HOOK_MASTER,
	    .running_since_ns = gate->running ? gate->started_ns : 0,
	    .waits = gate->due,
	    .waiting = VRRP_HOOK_MASTER,
	};

	if (in->hooks.notifier.hook[CONF_HOOK_GATE].command == 0)
		return;
	hook.last.instance = in->conf->id;
	hook.last.slot = CONF_HOOK_GATE;
	control_reply(client, ENGINE_CTL_HOOK, &hook, sizeof(hook));
}
