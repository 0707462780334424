/*
 * Trials: checks that somebody has run once, and what their results would do. Engine.
 */
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/channel.h"
#include "common/log.h"
#include "vrrpd/engine/control.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/trial.h"

#define TRIAL_SLACK_MS 3000 /* over the check's timeout: it may wait for a place among others */
#define TRIAL_ROOT 0

static struct trial *
trial_find(struct engine *engine, uint64_t token)
{
	for (size_t i = 0; i < MSG_CHECK_RUNS_MAX; i++)
		if (engine->trial[i].token == token)
			return &engine->trial[i];
	return NULL;
}

int
trial_begin(struct engine *engine, struct control_client *client, uid_t uid, const char *name)
{
	const struct check_view *check = engine_find_check(engine, name);
	struct trial *trial = trial_find(engine, 0);
	struct msg_run_check request = {0};
	struct checker_link *link;

	if (check == NULL)
		return MSG_CTL_NO_SUCH_OBJECT;
	if (uid != TRIAL_ROOT)
		return MSG_CTL_PERMISSION;
	if (check->conf->kind == CONF_CHECK_EXTERNAL)
		return request_refuse(
		    client, "check %s is of kind external: it is set, not run", name);
	if (trial == NULL)
		return request_refuse(
		    client, "%d checks are being run by hand already", MSG_CHECK_RUNS_MAX);
	link = scripts_find_checker(engine, check->conf->runner);
	if (link == NULL || link->channel == NULL)
		return request_refuse(
		    client, "the checker of check %s is away: try again in a moment", name);
	log_info("check %s: is run by hand", name);
	status_send_check(check, client);
	request.check = check->conf->id;
	request.token = control_defer(client, check->conf->timeout_ms + TRIAL_SLACK_MS);
	*trial = (struct trial){request.token, check->conf->id, check->conf->runner};
	channel_send(link->channel, ENGINE_CHECKER_RUN_CHECK, &request, sizeof(request), -1);
	return CONTROL_DEFERRED;
}

/* ---- what would follow ---- */

/* Returns whether the instance tracks the check. */
static bool
trial_judge(const struct instance *in, const struct msg_check *result, struct track_result *then)
{
	struct track *track = calloc(in->track_count, sizeof(*track));
	bool tracked = false;

	if (track == NULL)
		return false;
	memcpy(track, in->track, in->track_count * sizeof(*track));
	for (size_t i = INSTANCE_TRACK_CONFIGURED; i < in->track_count; i++) {
		if (track[i].cause != TRACK_CHECK || track[i].object != result->check)
			continue;
		tracked = true;
		track[i].state = (enum vrrp_check_state)result->state;
		track[i].value = result->value;
	}
	*then = track_evaluate(track, in->track_count, in->conf->priority);
	free(track);
	return tracked;
}

static void
trial_send_effects(
    struct engine *engine, struct control_client *client, const struct msg_check *result)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++) {
		const struct instance *in = &engine->instance[i];
		struct msg_status_effect effect = {
		    .fault = in->inputs.fault || in->inputs.planned,
		    .waiting = in->inputs.waiting,
		    .priority = in->inputs.priority,
		};
		struct track_result then;

		if (!trial_judge(in, result, &then))
			continue;
		strlcpy(effect.name, in->conf->name, sizeof(effect.name));
		effect.fault_then = then.fault || then.planned;
		effect.waiting_then = then.waiting;
		effect.priority_then = then.priority;
		control_reply(client, ENGINE_CTL_EFFECT, &effect, sizeof(effect));
	}
}

int
trial_take(struct checker_link *link, const struct msg_check_ran *message)
{
	struct engine *engine = link->engine;
	struct trial *trial = message->token == 0 ? NULL : trial_find(engine, message->token);
	struct msg_status_ran ran = {.result = message->result};
	struct control_client *client;

	if (trial == NULL || trial->runner != link->runner || trial->check != ran.result.check ||
	    !scripts_result_is_possible(&ran.result))
		return -1;
	*trial = (struct trial){0};
	client = control_find(engine->control, message->token);
	if (client == NULL)
		return 0;
	ran.result.output[sizeof(ran.result.output) - 1] = '\0';
	ran.result.step[sizeof(ran.result.step) - 1] = '\0';
	control_reply(client, ENGINE_CTL_RAN, &ran, sizeof(ran));
	trial_send_effects(engine, client, &ran.result);
	control_finish(client, MSG_CTL_OK);
	return 0;
}

void
trial_forget(struct engine *engine, uint32_t runner)
{
	for (size_t i = 0; i < MSG_CHECK_RUNS_MAX; i++) {
		struct control_client *client =
		    control_find(engine->control, engine->trial[i].token);

		if (engine->trial[i].token == 0 || engine->trial[i].runner != runner)
			continue;
		engine->trial[i] = (struct trial){0};
		if (client == NULL)
			continue;
		control_finish(client, request_refuse(client, "the checker ended meanwhile"));
	}
}
