/*
 * What instances depend on: interfaces, source addresses, checks, the operator. Each change is
 * evaluated anew from all of them (track.h) before the core hears of it. Engine.
 */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"

void
inputs_tell(struct engine *engine, struct instance *in)
{
	struct track_result now = track_evaluate(in->track, in->track_count, in->conf->priority);
	struct vr_event event = {.kind = VR_INPUTS};

	in->inputs = now;
	event.inputs.fault = now.fault;
	event.inputs.planned = now.planned;
	event.inputs.waiting = now.waiting;
	event.inputs.priority = now.priority;
	engine_handle(engine, in, &event);
}

void
inputs_evaluate(struct engine *engine, struct instance *in)
{
	struct track_result now = track_evaluate(in->track, in->track_count, in->conf->priority);

	if (now.fault != in->inputs.fault || now.planned != in->inputs.planned ||
	    now.waiting != in->inputs.waiting || now.priority != in->inputs.priority)
		inputs_tell(engine, in);
}

static enum vrrp_check_state
inputs_state(bool good)
{
	return good ? VRRP_CHECK_UP : VRRP_CHECK_DOWN;
}

void
inputs_set(struct engine *engine, struct instance *in, size_t place, bool good)
{
	if (track_set(&in->track[place], inputs_state(good), clock_now()))
		inputs_evaluate(engine, in);
}

/* An interface that is up but cannot be heard would make a deaf master. */
static bool
inputs_update_heard(const struct engine *engine, struct instance *in, mono_t now)
{
	bool heard =
	    receiver_has(engine->receiver, in->conf->interface, (enum addr_family)in->conf->family);
	bool up = !track_is_cause(&in->track[INSTANCE_TRACK_LINK]);

	return track_set(&in->track[INSTANCE_TRACK_RECEIVE], inputs_state(!up || heard), now);
}

void
inputs_set_heard(struct engine *engine, const char *interface)
{
	mono_t now = clock_now();

	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];

		if (strcmp(in->conf->interface, interface) == 0 &&
		    inputs_update_heard(engine, in, now))
			inputs_evaluate(engine, in);
	}
}

static bool
inputs_is_of_link(
    const struct engine *engine, const struct instance *in, size_t place, const char *interface)
{
	const struct track *track = &in->track[place];

	if (track->cause == TRACK_INTERFACE)
		return strcmp(engine->conf.track[track->object].interface, interface) == 0;
	return place == INSTANCE_TRACK_LINK && strcmp(in->conf->interface, interface) == 0;
}

void
inputs_set_link(struct engine *engine, const char *interface, bool up)
{
	mono_t now = clock_now();

	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];
		bool changed = false;

		for (size_t k = 0; k < in->track_count; k++)
			if (inputs_is_of_link(engine, in, k, interface))
				changed |= track_set(&in->track[k], inputs_state(up), now);
		changed |= inputs_update_heard(engine, in, now);
		if (changed)
			inputs_evaluate(engine, in);
	}
}

static bool
inputs_set_check(struct track *track, const struct check_view *check, mono_t now)
{
	bool changed = track_set(track, (enum vrrp_check_state)check->last.state, now) ||
		       track->value != check->last.value;

	track->value = check->last.value;
	return changed;
}

void
inputs_spread_check(struct engine *engine, const struct check_view *check)
{
	mono_t now = clock_now();

	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];
		bool changed = false;

		for (size_t k = INSTANCE_TRACK_CONFIGURED; k < in->track_count; k++)
			if (in->track[k].cause == TRACK_CHECK &&
			    in->track[k].object == check->conf->id)
				changed |= inputs_set_check(&in->track[k], check, now);
		if (changed)
			inputs_evaluate(engine, in);
	}
}

/* A Linux router that holds a copy of the address drops what comes from it, as if it were its own. */
void
inputs_warn_of_source(const struct instance *in, const struct addr *source)
{
	char text[ADDR_TEXT_MAX];

	if (in->conf->priority != VRRP_PRIORITY_OWNER || in->conf->virtual_mac)
		return;
	for (size_t i = 0; i < in->address_count; i++)
		if (addr_equal(&in->address[i].addr, source))
			log_warnx(
			    "%s: adverts are sent from the owned address %s, for want of "
			    "another one: a router that holds a copy does not hear them; give %s "
			    "another primary address, or use virtual-mac",
			    in->conf->name, addr_format(source, text), in->conf->interface);
}

mono_t
inputs_expires_at(const struct check_view *check)
{
	if (check->conf->expires_ms == 0 || mono_is_never(check->set_at))
		return MONO_NEVER;
	return mono_add(check->set_at, check->conf->expires_ms * NS_PER_MS);
}

/* Whoever set it was to set it again: what is not known to be well is not well. */
static void
inputs_expire(struct engine *engine, struct check_view *check, mono_t now)
{
	if (!mono_reached(inputs_expires_at(check), now))
		return;
	check->set_at = MONO_NEVER;
	if (check->last.state != VRRP_CHECK_UP)
		return;
	log_warnx("check %s: not set again for %u ms: counts as failed", check->conf->name,
	    check->conf->expires_ms);
	check->last.state = VRRP_CHECK_DOWN;
	check->last.timed_out = 1;
	check->last.since_ns = now.ns;
	check->last.failures++;
	inputs_spread_check(engine, check);
}

void
inputs_tick(struct engine *engine, mono_t now)
{
	for (size_t i = 0; i < engine->conf.check_count; i++)
		inputs_expire(engine, &engine->check[i], now);
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		struct instance *in = &engine->instance[i];

		if (!mono_reached(in->operator_until, now))
			continue;
		in->operator_until = MONO_NEVER;
		log_info("%s: the operator's fault ends as asked", in->conf->name);
		inputs_set(engine, in, INSTANCE_TRACK_OPERATOR, true);
	}
}
