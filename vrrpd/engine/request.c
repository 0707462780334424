/*
 * What vrrpctl asks for besides what is: done here, or refused with a reason. Engine.
 */
#include <stdarg.h>
#include <stdio.h>

#include <bsd/string.h>

#include "common/log.h"
#include "vrrpd/engine/control.h"
#include "vrrpd/engine/engine.h"
#include "vrrpd/engine/operate.h"
#include "vrrpd/engine/trial.h"

#define REQUEST_ROOT 0

static void
request_say(void *ctx, bool blocks, const char *text)
{
	struct msg_status_explanation line = {.blocks = blocks};

	strlcpy(line.text, text, sizeof(line.text));
	control_reply(ctx, ENGINE_CTL_EXPLANATION, &line, sizeof(line));
}

enum msg_ctl_result
request_refuse(struct control_client *client, const char *format, ...)
{
	char text[sizeof(((struct msg_status_explanation *)0)->text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	request_say(client, true, text);
	return MSG_CTL_FAILED;
}

static enum msg_ctl_result
request_set_check(struct engine *engine, struct control_client *client, uid_t uid,
    const struct msg_ctl_operate *request)
{
	enum msg_ctl_result result =
	    operate_set_check(engine, request->name, request->up != 0, uid);

	if (result == MSG_CTL_FAILED)
		return request_refuse(client,
		    "check %s is not of kind external: it finds out by itself", request->name);
	return result;
}

static enum msg_ctl_result
request_fault(struct engine *engine, struct control_client *client, uid_t uid,
    const struct msg_ctl_operate *request)
{
	enum msg_ctl_result result =
	    operate_fault(engine, request->name, request->duration_ns, uid);

	if (result == MSG_CTL_FAILED)
		return request_refuse(client, "%s is not enabled", request->name);
	return result;
}

static int
request_reload(struct engine *engine, struct control_client *client, uid_t uid,
    const struct msg_ctl_operate *request)
{
	if (uid != REQUEST_ROOT)
		return MSG_CTL_PERMISSION;
	log_info("reload: asked for by vrrpctl");
	if (ask_reload(engine, client, request->up != 0) == -1)
		return request_refuse(client, "too many wait for a reload already");
	return request->up != 0 ? CONTROL_DEFERRED : MSG_CTL_OK;
}

int
request_operate(
    void *ctx, struct control_client *client, uid_t uid, const struct msg_ctl_operate *request)
{
	struct engine *engine = ctx;
	int result = MSG_CTL_FAILED;

	status_send_head(engine, client);
	if (!engine->running || engine->stopping)
		return request_refuse(
		    client, "vrrpd is %s", engine->stopping ? "stopping" : "starting");
	switch ((enum msg_operation)request->operation) {
	case MSG_OPERATION_CHECK_SET:
		result = request_set_check(engine, client, uid, request);
		break;
	case MSG_OPERATION_CHECK_RUN:
		result = trial_begin(engine, client, uid, request->name);
		break;
	case MSG_OPERATION_FAULT:
		result = request_fault(engine, client, uid, request);
		break;
	case MSG_OPERATION_CLEAR:
		result = operate_clear(engine, request->name, uid);
		break;
	case MSG_OPERATION_EXPLAIN:
		result = operate_explain(engine, request->name, request_say, client);
		break;
	case MSG_OPERATION_RELOAD:
		result = request_reload(engine, client, uid, request);
		break;
	case MSG_OPERATION_COUNT:
		break;
	}
	engine_end_turn(engine);
	return result;
}
