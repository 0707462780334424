/*
 * From the configuration to what lives beside it: instances, elections, checks, links to checkers.
 * Engine.
 */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "vrrpd/engine/engine.h"

/* ---- instances ---- */

static enum vr_gate
build_gate(const struct engine *engine, const struct conf_instance *conf)
{
	for (size_t i = 0; i < engine->conf.hook_count; i++) {
		const struct conf_hook *hook = &engine->conf.hook[i];

		if (hook->instance == conf->id && hook->slot == CONF_HOOK_GATE)
			return conf->on_failure == CONF_ON_FAILURE_PROCEED ? VR_GATE_PROCEED
									   : VR_GATE_STAY;
	}
	return VR_GATE_NONE;
}

static struct vr_conf
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
	    .startup_delay_ns = engine->conf.global.startup_delay_ms * NS_PER_MS,
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

		track.state =
		    (enum vrrp_check_state)engine->check[check - engine->conf.check].last.state;
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

static void
build_hooks(const struct engine *engine, struct delivery *target)
{
	notifier_init(&target->notifier);
	for (size_t i = 0; i < engine->conf.hook_count; i++) {
		const struct conf_hook *hook = &engine->conf.hook[i];

		if (hook->instance == target->instance && hook->group == target->group)
			notifier_set_hook(&target->notifier, (enum conf_hook_slot)hook->slot,
			    hook->command, hook->runner);
	}
}

static int
build_instance(struct engine *engine, struct instance *in, const struct conf_instance *conf)
{
	struct vr_conf vr_conf;

	in->conf = conf;
	in->operator_until = MONO_NEVER;
	in->hooks.instance = conf->id;
	in->hooks.name = conf->name;
	for (size_t i = 0; i < engine->conf.address_count; i++) {
		if (engine->conf.address[i].instance != conf->id)
			continue;
		if (in->address_count++ == 0)
			in->address = &engine->conf.address[i];
	}
	vr_conf = build_vr_conf(engine, in);
	vr_init(&in->vr, &vr_conf, clock_now());
	build_hooks(engine, &in->hooks);
	return build_tracks(engine, in);
}

/* ---- elections ---- */

/* Whoever is not enabled holds nobody up. */
static uint32_t
build_group_of(const struct instance *in)
{
	return in->conf->enabled ? in->conf->group : 0;
}

/* Of the instance at first and the rest of its group behind it; 0 when an earlier one began it. */
static size_t
build_count_members(const struct engine *engine, size_t first)
{
	uint32_t group = build_group_of(&engine->instance[first]);
	size_t count = 0;

	if (group == 0)
		return 1;
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		if (build_group_of(&engine->instance[i]) != group)
			continue;
		if (i < first)
			return 0;
		count++;
	}
	return count;
}

static int
build_election(struct engine *engine, size_t first, size_t count)
{
	struct election *e = &engine->election[engine->election_count++];
	struct group_member *member = calloc(count, sizeof(member[0]));
	uint32_t group = build_group_of(&engine->instance[first]);
	size_t n = 0;

	e->member = calloc(count, sizeof(e->member[0]));
	if (member == NULL || e->member == NULL)
		return -1;
	for (size_t i = first; n < count; i++) {
		struct instance *in = &engine->instance[i];

		if (i != first && build_group_of(in) != group)
			continue;
		in->election = e;
		in->place = n;
		member[n].vr = &in->vr;
		e->member[n++] = in;
	}
	e->deadline = MONO_NEVER;
	group_init(&e->group, member, count, clock_now());
	if (group == 0)
		return 0;
	e->conf = conf_find_group(&engine->conf, group);
	e->hooks.group = group;
	e->hooks.name = e->conf->name;
	build_hooks(engine, &e->hooks);
	return 0;
}

static int
build_elections(struct engine *engine)
{
	engine->election = calloc(engine->conf.instance_count + 1, sizeof(engine->election[0]));
	if (engine->election == NULL)
		return -1;
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		size_t count = build_count_members(engine, i);

		if (count != 0 && build_election(engine, i, count) == -1)
			return -1;
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
	check->expires_at = MONO_NEVER;
	if (conf->kind != CONF_CHECK_EXTERNAL)
		return;
	check->last.exit_status = -1;
	check->last.state = (uint8_t)initial[conf->initial];
	check->last.since_ns = clock_now().ns;
	if (conf->expires_ms != 0)
		check->expires_at = mono_add(clock_now(), conf->expires_ms * NS_PER_MS);
}

int
engine_build(struct engine *engine)
{
	const struct conf *conf = &engine->conf;

	engine->instance = calloc(conf->instance_count + 1, sizeof(engine->instance[0]));
	engine->check = calloc(conf->check_count + 1, sizeof(engine->check[0]));
	engine->checker = calloc(conf->runner_count + 1, sizeof(engine->checker[0]));
	if (engine->instance == NULL || engine->check == NULL || engine->checker == NULL)
		return -1;
	for (size_t i = 0; i < conf->check_count; i++)
		build_check(&engine->check[i], &conf->check[i]);
	for (size_t i = 0; i < conf->runner_count; i++)
		engine->checker[i] =
		    (struct checker_link){.engine = engine, .runner = conf->runner[i].id};
	for (size_t i = 0; i < conf->instance_count; i++)
		if (build_instance(engine, &engine->instance[i], &conf->instance[i]) == -1)
			return -1;
	return build_elections(engine);
}
