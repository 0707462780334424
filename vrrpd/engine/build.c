/*
 * From the configuration to what lives beside it: instances, elections, checks, links to checkers.
 * Engine.
 */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "vrrpd/engine/engine.h"

/* ---- instances ---- */

/* What is left of it: the daemon's start is meant, not that of an instance, nor of one more engine. */
static int64_t
build_startup_delay(const struct engine *engine)
{
	const int64_t delay = engine->conf.global.startup_delay_ms * NS_PER_MS;
	const int64_t left = delay - mono_since(clock_now(), engine->started);

	return engine->running || left < 0 ? 0 : left;
}

static enum vr_gate
build_gate(const struct engine *engine, const struct conf_instance *conf)
{
	size_t count;
	const struct conf_hook *hook = conf_find_hooks(&engine->conf, conf->id, 0, &count);

	for (; count > 0; count--, hook++)
		if (hook->slot == CONF_HOOK_GATE)
			return conf->on_failure == CONF_ON_FAILURE_PROCEED ? VR_GATE_PROCEED
									   : VR_GATE_STAY;
	return VR_GATE_NONE;
}

struct vr_conf
build_vr_conf(const struct engine *engine, const struct instance *in)
{
	const struct conf_instance *conf = in->conf;

	return (struct vr_conf){
	    .priority = conf->priority,
	    .preempt = conf->preempt,
	    .down_adverts = conf->down_adverts,
	    .interval_ns = conf->interval_cs * NS_PER_CS,
	    .version = conf->version,
	    .handover = conf->handover == CONF_HANDOVER_MAKE_BEFORE_BREAK,
	    .gate = build_gate(engine, conf),
	    .address_count = (uint32_t)in->address_count,
	    .preempt_delay_ns = conf->preempt_delay_ms * NS_PER_MS,
	    .startup_delay_ns = build_startup_delay(engine),
	};
}

/* Its own, or of the group it is in: those are everybody's. */
static bool
build_is_tracked_by(const struct conf_track *track, const struct conf_instance *conf)
{
	return track->instance == conf->id || (track->group != 0 && track->group == conf->group);
}

static struct track
build_track(const struct engine *engine, size_t i, mono_t now)
{
	const struct conf_track *conf = &engine->conf.track[i];
	struct track track = {
	    .cause = TRACK_CHECK,
	    .object = conf->check,
	    .invert = conf->invert,
	    .by_value = conf->by_value,
	    .weight = (int16_t)conf->weight,
	    .since = now,
	};

	if (conf->check != 0) {
		const struct conf_check *check = conf_find_check(&engine->conf, conf->check);
		const struct msg_check *last = &engine->check[check - engine->conf.check].last;

		track.state = (enum vrrp_check_state)last->state;
		track.value = last->value;
	} else {
		track.cause = TRACK_INTERFACE;
		track.object = (uint32_t)i;
		track.state = VRRP_CHECK_DOWN;
	}
	return track;
}

/* Links and sources are down until the parent says otherwise, which it does before COMMIT. */
static const struct {
	enum track_cause cause;
	enum vrrp_check_state state;
} build_fixed_tracks[INSTANCE_TRACK_CONFIGURED] = {
    [INSTANCE_TRACK_LINK] = {TRACK_INTERFACE_DOWN, VRRP_CHECK_DOWN},
    [INSTANCE_TRACK_RECEIVE] = {TRACK_CANNOT_RECEIVE, VRRP_CHECK_UP},
    [INSTANCE_TRACK_SOURCE] = {TRACK_NO_SOURCE_ADDRESS, VRRP_CHECK_DOWN},
    [INSTANCE_TRACK_OWNER] = {TRACK_NO_OWNER_ADDRESS, VRRP_CHECK_UP},
    [INSTANCE_TRACK_OPERATOR] = {TRACK_OPERATOR, VRRP_CHECK_UP},
    [INSTANCE_TRACK_GROUP] = {TRACK_GROUP, VRRP_CHECK_UP},
};

static int
build_tracks(struct engine *engine, struct instance *in)
{
	mono_t now = clock_now();
	size_t count = INSTANCE_TRACK_CONFIGURED;

	for (size_t i = 0; i < engine->conf.track_count; i++)
		count += build_is_tracked_by(&engine->conf.track[i], in->conf);
	in->track = calloc(count, sizeof(in->track[0]));
	if (in->track == NULL)
		return -1;
	for (size_t i = 0; i < INSTANCE_TRACK_CONFIGURED; i++)
		in->track[i] = (struct track){.cause = build_fixed_tracks[i].cause,
		    .state = build_fixed_tracks[i].state,
		    .since = now};
	in->track[INSTANCE_TRACK_GROUP].object = in->conf->group;
	in->track_count = INSTANCE_TRACK_CONFIGURED;
	for (size_t i = 0; i < engine->conf.track_count; i++)
		if (build_is_tracked_by(&engine->conf.track[i], in->conf))
			in->track[in->track_count++] = build_track(engine, i, now);
	return 0;
}

/* ---- what goes on from the configuration before ---- */

static const char *
build_track_interface(const struct conf *conf, const struct track *track)
{
	return conf->track[track->object].interface;
}

/* It is the same thing that is tracked, whatever its weight is now. */
static bool
build_tracks_same(const struct conf *conf, const struct track *track, const struct conf *was,
    const struct track *old)
{
	if (track->cause != old->cause)
		return false;
	if (track->cause == TRACK_INTERFACE)
		return strcmp(build_track_interface(conf, track),
			   build_track_interface(was, old)) == 0;
	return track->cause != TRACK_CHECK || track->object == old->object;
}

/* How an interface is, as any of the instances knows. NULL when none does. */
static const struct track *
build_find_link(const struct engine_past *past, const char *interface)
{
	for (size_t i = 0; i < past->conf.instance_count; i++) {
		const struct instance *in = &past->instance[i];

		if (strcmp(in->conf->interface, interface) == 0)
			return &in->track[INSTANCE_TRACK_LINK];
		for (size_t k = INSTANCE_TRACK_CONFIGURED; k < in->track_count; k++)
			if (in->track[k].cause == TRACK_INTERFACE &&
			    strcmp(build_track_interface(&past->conf, &in->track[k]), interface) ==
				0)
				return &in->track[k];
	}
	return NULL;
}

/* One that nobody knows is waited for: the parent tells of it at once. */
static void
build_track_link(struct track *track, const struct engine_past *past, const char *interface)
{
	const struct track *known = build_find_link(past, interface);

	track->state = known == NULL ? VRRP_CHECK_UNKNOWN : known->state;
}

static void
build_carry_tracks(const struct engine *engine, struct instance *in, const struct engine_past *past,
    const struct instance *old)
{
	if (old != NULL && strcmp(old->conf->interface, in->conf->interface) == 0)
		in->track[INSTANCE_TRACK_LINK].state = old->track[INSTANCE_TRACK_LINK].state;
	else
		build_track_link(&in->track[INSTANCE_TRACK_LINK], past, in->conf->interface);
	in->track[INSTANCE_TRACK_SOURCE].state = VRRP_CHECK_UNKNOWN;
	for (size_t k = INSTANCE_TRACK_CONFIGURED; k < in->track_count; k++)
		if (in->track[k].cause == TRACK_INTERFACE)
			build_track_link(&in->track[k], past,
			    build_track_interface(&engine->conf, &in->track[k]));
}

static void
build_carry_track(struct track *track, const struct engine *engine, const struct engine_past *past,
    const struct instance *old)
{
	for (size_t k = 0; k < old->track_count; k++) {
		if (!build_tracks_same(&engine->conf, track, &past->conf, &old->track[k]))
			continue;
		track->state = old->track[k].state;
		track->value = old->track[k].value;
		track->since = old->track[k].since;
		return;
	}
}

/* What it was told, by whom, and what it did: of the name, whatever it is now. */
static void
build_carry_person(struct instance *in, struct instance *old)
{
	const struct notifier fresh = in->hooks.notifier;

	in->hooks = old->hooks;
	in->hooks.name = in->conf->name;
	notifier_adopt(&in->hooks.notifier, &fresh);
	in->gate = old->gate;
	in->operator_until = old->operator_until;
	in->address_pending = old->address_pending;
	in->sequence = old->sequence;
	in->addresses = old->addresses;
	in->counters = old->counters;
	in->history_count = old->history_count;
	memcpy(in->history, old->history, sizeof(in->history));
	in->track[INSTANCE_TRACK_OPERATOR] = old->track[INSTANCE_TRACK_OPERATOR];
}

/* The same virtual router. */
static void
build_carry_router(const struct engine *engine, const struct engine_past *past, struct instance *in,
    struct instance *old)
{
	in->vr = old->vr;
	in->inputs = old->inputs;
	in->source_problem = old->source_problem;
	in->unsent_error = old->unsent_error;
	in->unsent_at = old->unsent_at;
	in->receive = old->receive;
	old->receive = (struct receive_memory){0};
	for (size_t k = 0; k < in->track_count; k++)
		build_carry_track(&in->track[k], engine, past, old);
}

static void
build_carry_instance(
    const struct engine *engine, const struct engine_past *past, struct instance *in)
{
	const struct conf_instance *was = conf_find_instance(&past->conf, in->conf->id);
	struct instance *old = was == NULL ? NULL : &past->instance[was - past->conf.instance];

	build_carry_tracks(engine, in, past, old);
	if (old == NULL)
		return;
	build_carry_person(in, old);
	if (!old->restarts)
		build_carry_router(engine, past, in, old);
}

static void
build_hooks(const struct engine *engine, struct delivery *target)
{
	size_t count;
	const struct conf_hook *hook =
	    conf_find_hooks(&engine->conf, target->instance, target->group, &count);

	notifier_init(&target->notifier);
	for (; count > 0; count--, hook++)
		notifier_set_hook(&target->notifier, (enum conf_hook_slot)hook->slot, hook->command,
		    hook->runner);
}

static int
build_instance(struct engine *engine, const struct engine_past *past, struct instance *in,
    const struct conf_instance *conf)
{
	struct vr_conf vr_conf;

	in->conf = conf;
	in->operator_until = MONO_NEVER;
	in->hooks.instance = conf->id;
	in->hooks.name = conf->name;
	in->address = conf_find_addresses(&engine->conf, conf->id, &in->address_count);
	vr_conf = build_vr_conf(engine, in);
	vr_init(&in->vr, &vr_conf, clock_now());
	build_hooks(engine, &in->hooks);
	if (build_tracks(engine, in) == -1)
		return -1;
	if (past != NULL)
		build_carry_instance(engine, past, in);
	return 0;
}

/* ---- elections ---- */

/* Whoever is not enabled holds nobody up. */
static uint32_t
build_group_of(const struct conf_instance *conf)
{
	return conf->enabled ? conf->group : 0;
}

bool
build_is_member(const struct conf_instance *conf, uint32_t group)
{
	return group != 0 && build_group_of(conf) == group;
}

size_t
build_count_members(const struct conf *conf, size_t first)
{
	uint32_t group = build_group_of(&conf->instance[first]);
	size_t count = 0;

	if (group == 0)
		return 1;
	for (size_t i = 0; i < conf->instance_count; i++) {
		if (!build_is_member(&conf->instance[i], group))
			continue;
		if (i < first)
			return 0;
		count++;
	}
	return count;
}

/* Members that went on are all that the group is made of, or none of them did. */
static void
build_begin_group(struct election *e, struct group_member *member, size_t count, bool goes_on)
{
	if (!goes_on) {
		group_init(&e->group, member, count, clock_now());
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct track_result *inputs = &e->member[i]->inputs;

		member[i].inputs = (struct vr_inputs){.fault = inputs->fault,
		    .planned = inputs->planned,
		    .waiting = inputs->waiting,
		    .priority = inputs->priority};
	}
	group_adopt(&e->group, member, count);
}

static void
build_carry_group(struct election *e, const struct engine_past *past)
{
	const struct notifier fresh = e->hooks.notifier;

	for (size_t i = 0; i < past->election_count; i++) {
		const struct election *old = &past->election[i];

		if (old->conf == NULL || old->conf->id != e->conf->id)
			continue;
		e->hooks = old->hooks;
		e->hooks.name = e->conf->name;
		notifier_adopt(&e->hooks.notifier, &fresh);
		if (old->group.count > 0 && group_state(&old->group) == group_state(&e->group))
			e->group.since = old->group.since;
	}
}

/* Of that instance: it went on from the configuration before. */
bool
build_went_on(const struct engine_past *past, const struct instance *in)
{
	const struct conf_instance *was =
	    past == NULL ? NULL : conf_find_instance(&past->conf, in->conf->id);

	return was != NULL && !past->instance[was - past->conf.instance].restarts;
}

static int
build_election(struct engine *engine, const struct engine_past *past, size_t first, size_t count)
{
	struct election *e = &engine->election[engine->election_count++];
	struct group_member *member = calloc(count, sizeof(member[0]));
	uint32_t group = build_group_of(engine->instance[first].conf);
	size_t n = 0;

	e->member = calloc(count, sizeof(e->member[0]));
	if (member == NULL || e->member == NULL) {
		free(member);
		return -1;
	}
	for (size_t i = first; n < count; i++) {
		struct instance *in = &engine->instance[i];

		if (i != first && !build_is_member(in->conf, group))
			continue;
		in->election = e;
		in->place = n;
		member[n].vr = &in->vr;
		e->member[n++] = in;
	}
	e->deadline = MONO_NEVER;
	build_begin_group(e, member, count, build_went_on(past, e->member[0]));
	if (group == 0)
		return 0;
	e->conf = conf_find_group(&engine->conf, group);
	e->hooks.group = group;
	e->hooks.name = e->conf->name;
	build_hooks(engine, &e->hooks);
	if (past != NULL)
		build_carry_group(e, past);
	return 0;
}

static int
build_elections(struct engine *engine, const struct engine_past *past)
{
	engine->election = calloc(engine->conf.instance_count + 1, sizeof(engine->election[0]));
	engine->election_count = 0;
	if (engine->election == NULL)
		return -1;
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		size_t count = build_count_members(&engine->conf, i);

		if (count != 0 && build_election(engine, past, i, count) == -1)
			return -1;
	}
	return 0;
}

/* ---- groups that part ---- */

static bool
build_has_members(const struct conf *conf, uint32_t group)
{
	for (size_t i = 0; i < conf->instance_count; i++)
		if (build_is_member(&conf->instance[i], group))
			return true;
	return false;
}

/* The last thing it hears is STOP. */
static void
build_carry_parting(struct parting *parting, const struct engine_past *past)
{
	struct notifier_change stop = {
	    .event = VRRP_HOOK_STOP, .reason = VRRP_REASON_RELOAD, .previous = VRRP_INIT};
	const struct notifier fresh = parting->hooks.notifier;
	const char *name = parting->hooks.name;

	for (size_t i = 0; i < past->parting_count; i++)
		if (past->parting[i].hooks.group == parting->hooks.group) {
			*parting = past->parting[i];
			parting->retired = false; /* said once of each configuration */
			parting->hooks.name = name;
			notifier_adopt(&parting->hooks.notifier, &fresh);
			return;
		}
	for (size_t i = 0; i < past->election_count; i++)
		if (past->election[i].hooks.group == parting->hooks.group) {
			parting->hooks = past->election[i].hooks;
			parting->hooks.name = name;
			notifier_adopt(&parting->hooks.notifier, &fresh);
			stop.previous = group_state(&past->election[i].group);
		}
	notifier_change(&parting->hooks.notifier, &stop);
}

static int
build_parting(struct engine *engine, const struct engine_past *past)
{
	const struct conf *conf = &engine->conf;

	engine->parting = calloc(conf->group_count + 1, sizeof(engine->parting[0]));
	engine->parting_count = 0;
	if (engine->parting == NULL)
		return -1;
	for (size_t i = 0; i < conf->group_count; i++) {
		struct parting *parting = &engine->parting[engine->parting_count];

		if (!conf->group[i].retiring || build_has_members(conf, conf->group[i].id))
			continue;
		engine->parting_count++;
		parting->hooks.group = conf->group[i].id;
		parting->hooks.name = conf->group[i].name;
		build_hooks(engine, &parting->hooks);
		if (past != NULL)
			build_carry_parting(parting, past);
		else
			notifier_change(&parting->hooks.notifier,
			    &(struct notifier_change){.event = VRRP_HOOK_STOP,
				.reason = VRRP_REASON_RELOAD,
				.previous = VRRP_INIT});
	}
	return 0;
}

/* ---- checks and checkers ---- */

/* One that is kept by ourselves begins as it is written. */
static void
build_check(struct check_view *check, const struct conf_check *conf)
{
	static const enum vrrp_check_state initial[CONF_INITIAL_COUNT] = {
	    [CONF_INITIAL_UNKNOWN] = VRRP_CHECK_UNKNOWN,
	    [CONF_INITIAL_UP] = VRRP_CHECK_UP,
	    [CONF_INITIAL_DOWN] = VRRP_CHECK_DOWN,
	};

	check->conf = conf;
	check->last.check = conf->id;
	check->set_at = MONO_NEVER;
	if (conf->kind != CONF_CHECK_EXTERNAL)
		return;
	check->last.exit_status = -1;
	check->last.state = (uint8_t)initial[conf->initial];
	check->set_at = clock_now();
	check->last.since_ns = check->set_at.ns;
}

static void
build_carry_check(struct check_view *check, const struct engine_past *past)
{
	const struct conf_check *conf = check->conf;
	const struct conf_check *was = conf_find_check(&past->conf, conf->id);

	if (was == NULL)
		return;
	*check = past->check[was - past->conf.check];
	check->conf = conf;
}

static int
build_checks(struct engine *engine, const struct engine_past *past)
{
	const struct conf *conf = &engine->conf;

	engine->check = calloc(conf->check_count + 1, sizeof(engine->check[0]));
	if (engine->check == NULL)
		return -1;
	for (size_t i = 0; i < conf->check_count; i++) {
		build_check(&engine->check[i], &conf->check[i]);
		if (past != NULL)
			build_carry_check(&engine->check[i], past);
	}
	return scripts_link_checkers(engine);
}

int
engine_build(struct engine *engine, const struct engine_past *past)
{
	const struct conf *conf = &engine->conf;

	engine->instance = calloc(conf->instance_count + 1, sizeof(engine->instance[0]));
	if (engine->instance == NULL || build_checks(engine, past) == -1)
		return -1;
	for (size_t i = 0; i < conf->instance_count; i++)
		if (build_instance(engine, past, &engine->instance[i], &conf->instance[i]) == -1)
			return -1;
	if (build_elections(engine, past) == -1)
		return -1;
	return build_parting(engine, past);
}
