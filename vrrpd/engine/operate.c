/*
 * What people may do to a running engine; for the control commands. Engine.
 */
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/operate.h"

#define OPERATE_ROOT 0

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
	check->expires_at = MONO_NEVER;
	if (check->conf->expires_ms != 0)
		check->expires_at = mono_add(now, check->conf->expires_ms * NS_PER_MS);
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
	inputs_set(engine, in, INSTANCE_TRACK_OPERATOR, true);
	return MSG_CTL_OK;
}
