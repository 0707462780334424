/*
 * What people may do to a running engine; for the control commands. Engine.
 */
#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/operate.h"

#define OPERATE_ROOT 0

/* ---- what outlives a crash of this process ---- */

static void
operate_keep(struct engine *engine, uint32_t instance, uint32_t check, uint32_t flags, mono_t at)
{
	const struct msg_keep message = {
	    .instance = instance, .check = check, .flags = flags, .at_ns = at.ns};

	channel_send(engine->parent, ENGINE_PARENT_KEEP, &message, sizeof(message), -1);
}

/* It expires as it would have, by what is configured now, or has done so meanwhile. */
static void
operate_take_kept_check(
    struct engine *engine, const struct conf_check *conf, const struct msg_keep *kept)
{
	struct check_view *check = &engine->check[conf - engine->conf.check];
	const bool up = kept->flags == MSG_KEEP_UP;
	const mono_t now = clock_now();
	bool over;

	check->set_at = mono_earlier((mono_t){kept->at_ns}, now);
	over = mono_reached(inputs_expires_at(check), now);
	check->last.state = up && !over ? VRRP_CHECK_UP : VRRP_CHECK_DOWN;
	check->last.timed_out = up && over;
	check->last.since_ns = now.ns;
	inputs_spread_check(engine, check);
}

/* The parent did not read it: what an honest engine would not have left is worth nothing. */
void
operate_take_kept(struct engine *engine, const struct msg_keep *kept)
{
	const struct conf_check *conf = conf_find_check(&engine->conf, kept->check);
	struct instance *in = engine_find_instance(engine, kept->instance);

	if (conf != NULL && in == NULL && conf->kind == CONF_CHECK_EXTERNAL &&
	    (kept->flags == MSG_KEEP_UP || kept->flags == MSG_KEEP_DOWN)) {
		operate_take_kept_check(engine, conf, kept);
	} else if (conf == NULL && in != NULL && kept->flags == MSG_KEEP_FAULT) {
		in->operator_until = (mono_t){kept->at_ns};
		inputs_set(engine, in, INSTANCE_TRACK_OPERATOR,
		    mono_reached(in->operator_until, clock_now()));
	} else {
		log_warnx("what the engine before left makes no sense: ignored");
	}
}

/* ---- external checks ---- */

static void
operate_change_check(struct check_view *check, bool up, mono_t now)
{
	enum vrrp_check_state state = up ? VRRP_CHECK_UP : VRRP_CHECK_DOWN;

	if (check->last.state != state)
		check->last.since_ns = now.ns;
	check->last.state = (uint8_t)state;
	check->last.timed_out = 0;
	check->last.last_run_ns = now.ns;
	check->last.runs++;
	check->last.failures += !up;
	check->set_at = now;
}

enum msg_ctl_result
operate_set_check(struct engine *engine, const char *name, bool up, uint32_t uid)
{
	struct check_view *check = engine_find_check(engine, name);
	uint8_t before;

	if (check == NULL)
		return MSG_CTL_NO_SUCH_OBJECT;
	if (check->conf->kind != CONF_CHECK_EXTERNAL)
		return MSG_CTL_FAILED;
	if (uid != OPERATE_ROOT && uid != check->conf->set_by_uid)
		return MSG_CTL_PERMISSION;
	before = check->last.state;
	operate_change_check(check, up, clock_now());
	if (before != check->last.state)
		log_info("check %s: %s -> %s (set by uid %u)", name, vrrp_check_state_name(before),
		    vrrp_check_state_name(check->last.state), uid);
	operate_keep(engine, 0, check->conf->id, up ? MSG_KEEP_UP : MSG_KEEP_DOWN, check->set_at);
	inputs_spread_check(engine, check);
	return MSG_CTL_OK;
}

/* ---- the operator's cause ---- */

static struct instance *
operate_find_instance(struct engine *engine, const char *name)
{
	const struct conf_instance *conf = conf_find_instance_named(&engine->conf, name);

	return conf == NULL ? NULL : engine_find_instance(engine, conf->id);
}

enum msg_ctl_result
operate_fault(struct engine *engine, const char *name, int64_t duration_ns, uint32_t uid)
{
	struct instance *in = operate_find_instance(engine, name);

	if (in == NULL)
		return MSG_CTL_NO_SUCH_OBJECT;
	if (uid != OPERATE_ROOT)
		return MSG_CTL_PERMISSION;
	if (!in->conf->enabled)
		return MSG_CTL_FAILED;
	in->operator_until = MONO_NEVER;
	if (duration_ns != 0)
		in->operator_until = mono_add(clock_now(), duration_ns);
	log_info("%s: fault by the operator%s", name, duration_ns != 0 ? ", for a while" : "");
	operate_keep(engine, in->conf->id, 0, MSG_KEEP_FAULT, in->operator_until);
	inputs_set(engine, in, INSTANCE_TRACK_OPERATOR, false);
	return MSG_CTL_OK;
}

enum msg_ctl_result
operate_clear(struct engine *engine, const char *name, uint32_t uid)
{
	struct instance *in = operate_find_instance(engine, name);

	if (in == NULL)
		return MSG_CTL_NO_SUCH_OBJECT;
	if (uid != OPERATE_ROOT)
		return MSG_CTL_PERMISSION;
	in->operator_until = MONO_NEVER;
	log_info("%s: cleared by the operator", name);
	operate_keep(engine, in->conf->id, 0, 0, MONO_NEVER);
	inputs_set(engine, in, INSTANCE_TRACK_OPERATOR, true);
	return MSG_CTL_OK;
}
