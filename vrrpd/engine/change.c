/*
 * Another configuration in place of the running one. Engine.
 *
 * What is the same virtual router goes on: state, timers, counters, hooks. One that is another one now
 * (interface, family, VRID, version, owner), or whose group cannot go on as it is made up now, resigns
 * with all that it was, before the parent is told COMMITTED; then it starts as any new one does.
 */
#include <stdlib.h>
#include <string.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"

/* ---- which ones cannot go on ---- */

static bool
change_is_owner(const struct conf_instance *conf)
{
	return conf->priority == VRRP_PRIORITY_OWNER;
}

static bool
change_is_same_router(const struct conf_instance *a, const struct conf_instance *b)
{
	return a->family == b->family && a->vrid == b->vrid && a->version == b->version &&
	       change_is_owner(a) == change_is_owner(b) && strcmp(a->interface, b->interface) == 0;
}

static struct instance *
change_find(struct engine *engine, const struct conf_instance *next)
{
	const struct conf_instance *conf = conf_find_instance(&engine->conf, next->id);

	return conf == NULL ? NULL : &engine->instance[conf - engine->conf.instance];
}

static void
change_mark_changed(struct engine *engine)
{
	for (size_t i = 0; i < engine->next.instance_count; i++) {
		const struct conf_instance *next = &engine->next.instance[i];
		struct instance *in = change_find(engine, next);

		if (in != NULL)
			in->restarts = !change_is_same_router(in->conf, next) ||
				       in->conf->enabled != next->enabled;
	}
}

/*
 * Whether all that are to move as one are doing so already; *members of them are there. What has been going
 * since an earlier change goes on going, however far it is.
 */
static bool
change_group_goes_on(struct engine *engine, size_t first, size_t count, struct group_member *member)
{
	uint32_t group = engine->next.instance[first].group;
	size_t n = 0, going = 0;

	for (size_t i = first; n < count; i++) {
		const struct conf_instance *next = &engine->next.instance[i];
		const struct instance *in = change_find(engine, next);

		if (!build_is_member(next, group))
			continue;
		if (in == NULL || in->restarts)
			return false;
		member[n++].vr = &engine->instance[in - engine->instance].vr;
		going += in->conf->retiring;
	}
	return going == count || group_can_adopt(member, count);
}

static void
change_mark_group(struct engine *engine, size_t first, size_t count)
{
	uint32_t group = engine->next.instance[first].group;
	struct group_member *member = calloc(count, sizeof(member[0]));
	bool goes_on = member != NULL && change_group_goes_on(engine, first, count, member);

	free(member);
	for (size_t i = first; !goes_on && i < engine->next.instance_count; i++) {
		struct instance *in = change_find(engine, &engine->next.instance[i]);

		if (in != NULL && build_is_member(&engine->next.instance[i], group))
			in->restarts = true;
	}
}

static void
change_mark(struct engine *engine)
{
	change_mark_changed(engine);
	for (size_t i = 0; i < engine->next.instance_count; i++) {
		size_t count = build_count_members(&engine->next, i);

		if (count > 1)
			change_mark_group(engine, i, count);
	}
}

/* ---- the end of what was ---- */

/* By itself, whoever else is in its group: that is another one from now on. */
static void
change_leave(struct engine *engine, struct instance *in)
{
	const struct vr_event event = {
	    .kind = VR_SHUTDOWN, .shutdown = {.at_once = true, .reload = true}};
	struct vr_actions actions;
	mono_t now = clock_now();

	vr_handle(&in->vr, now, &event, &actions);
	action_execute(engine, in, &actions, now);
}

static void
change_leave_all(struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		if (engine->instance[i].restarts)
			change_leave(engine, &engine->instance[i]);
	action_flush(engine);
}

static void
change_free_past(struct engine_past *past)
{
	for (size_t i = 0; i < past->conf.instance_count; i++) {
		free(past->instance[i].track);
		receive_memory_free(&past->instance[i].receive);
	}
	for (size_t i = 0; i < past->election_count; i++) {
		free(past->election[i].group.member);
		free(past->election[i].member);
	}
	free(past->instance);
	free(past->election);
	free(past->check);
	free(past->parting);
	conf_free(&past->conf);
}

/* ---- the beginning of what is ---- */

static const struct conf_instance *
change_past_conf(const struct engine_past *past, const struct instance *in)
{
	return conf_find_instance(&past->conf, in->conf->id);
}

static void
change_go_on(struct engine *engine, struct instance *in)
{
	const struct vr_conf conf = build_vr_conf(engine, in);
	const struct vr_event event = {.kind = VR_CONF, .conf = &conf};

	engine_handle(engine, in, &event);
	inputs_tell(engine, in); /* that of the group it is in now may be another */
}

/*
 * Those that went on hear of the change, the others begin. Retiring ones go, as planned, as what they were:
 * what they tracked and waited for is not in the configuration any more.
 */
static void
change_begin_election(struct engine *engine, const struct engine_past *past, struct election *e)
{
	static const struct vr_event leave = {.kind = VR_SHUTDOWN, .shutdown.reload = true};
	const struct conf_instance *was = change_past_conf(past, e->member[0]);

	if (!build_went_on(past, e->member[0])) {
		for (size_t i = 0; i < e->group.count; i++)
			inputs_evaluate(engine, e->member[i]);
		engine_start_election(engine, e);
		return;
	}
	engine_set_deadline(engine, e);
	if (!e->member[0]->conf->retiring)
		for (size_t i = 0; i < e->group.count; i++)
			change_go_on(engine, e->member[i]);
	else if (!was->retiring)
		engine_handle(engine, e->member[0], &leave);
}

static void
change_begin(struct engine *engine, const struct engine_past *past)
{
	const struct msg_conf_end committed = engine->next_end;

	channel_send(engine->parent, ENGINE_PARENT_COMMITTED, &committed, sizeof(committed), -1);
	for (size_t i = 0; i < engine->election_count; i++)
		change_begin_election(engine, past, &engine->election[i]);
	for (size_t i = 0; i < engine->parting_count; i++)
		delivery_run_parting(engine, &engine->parting[i]);
	scripts_go_on(engine);
	engine_end_turn(engine);
}

void
change_commit(struct engine *engine)
{
	struct engine_past past;

	engine_end_turn(engine);
	change_mark(engine);
	change_leave_all(engine);
	past = (struct engine_past){.conf = engine->conf,
	    .instance = engine->instance,
	    .election = engine->election,
	    .election_count = engine->election_count,
	    .check = engine->check,
	    .parting = engine->parting,
	    .parting_count = engine->parting_count};
	engine->conf = engine->next;
	engine->loads = engine->next_end.loads;
	conf_init(&engine->next);
	engine->staged = false;
	RB_INIT(&engine->deadlines);
	if (engine_build(engine, &past) == -1 || receiver_bind(engine->receiver) == -1)
		fatal("configuration");
	change_begin(engine, &past);
	change_free_past(&past);
}

void
change_forget(struct engine *engine)
{
	conf_free(&engine->next);
	engine->staged = false;
	scripts_go_on(engine);
}

/* ---- what retires ---- */

/*
 * Whether it had resigned is not known any more: the parent knows whether there is anything to release. An
 * owner must not begin for that.
 */
void
change_part(struct engine *engine, struct instance *in)
{
	const struct vr_action resign = {
	    .kind = VR_ACT_ADVERTISE, .priority = VRRP_PRIORITY_RESIGN};
	const struct vr_action release = {.kind = VR_ACT_RELEASE};
	const struct vr_action stop = {
	    .kind = VR_ACT_STATE, .from = VRRP_INIT, .to = VRRP_INIT, .reason = VRRP_REASON_RELOAD};
	struct vr_actions actions = {0};

	if (in->resumed)
		actions.action[actions.count++] = resign;
	actions.action[actions.count++] = release;
	actions.action[actions.count++] = stop;
	action_execute(engine, in, &actions, clock_now());
}

static void
change_tell_retired(struct engine *engine, uint32_t instance, uint32_t group, bool *told)
{
	const struct msg_retired message = {instance, group};

	channel_send(engine->parent, ENGINE_PARENT_RETIRED, &message, sizeof(message), -1);
	*told = true;
}

static bool
change_has_left(const struct instance *in)
{
	return !in->vr.started && !in->address_pending && in->request == INSTANCE_REQUEST_NONE &&
	       notifier_is_idle(&in->hooks.notifier);
}

/* The group's hooks come after those of its members, and all are told together. */
static void
change_retire_election(struct engine *engine, struct election *e)
{
	for (size_t i = 0; i < e->group.count; i++)
		if (!e->member[i]->conf->retiring || e->member[i]->retired ||
		    !change_has_left(e->member[i]))
			return;
	if (!notifier_is_idle(&e->hooks.notifier))
		return;
	for (size_t i = 0; i < e->group.count; i++)
		change_tell_retired(engine, e->member[i]->conf->id, 0, &e->member[i]->retired);
	if (e->conf != NULL)
		change_tell_retired(engine, 0, e->conf->id, &(bool){false});
}

void
change_tick(struct engine *engine)
{
	for (size_t i = 0; i < engine->election_count; i++)
		change_retire_election(engine, &engine->election[i]);
	for (size_t i = 0; i < engine->parting_count; i++) {
		struct parting *parting = &engine->parting[i];

		if (!parting->retired && notifier_is_idle(&parting->hooks.notifier))
			change_tell_retired(engine, 0, parting->hooks.group, &parting->retired);
	}
}
