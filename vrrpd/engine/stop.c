/*
 * The end: when everything that has to be done before it is done. Engine.
 */
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/log.h"
#include "vrrpd/engine/engine.h"

static void
stop_send_done(struct engine *engine)
{
	static const struct msg_empty empty;

	if (!engine->done_sent)
		channel_send(engine->parent, ENGINE_PARENT_DONE, &empty, sizeof(empty), -1);
	engine->done_sent = true;
}

/* The addresses are gone, and what they stayed for. */
static bool
stop_has_left(const struct engine *engine)
{
	for (size_t i = 0; i < engine->conf.instance_count; i++)
		if (engine->instance[i].vr.started || engine->instance[i].address_pending)
			return false;
	return true;
}

void
stop_on_timeout(int fd, short what, void *arg)
{
	struct engine *engine = arg;

	(void)fd;
	(void)what;
	log_warnx("stop hooks still run after %u ms: they are ended",
	    engine->conf.global.stop_timeout_ms);
	stop_send_done(engine);
}

/* Handovers, then stop hooks, which have their time from then on; then the end. */
void
stop_go_on(struct engine *engine)
{
	uint32_t ms = engine->conf.global.stop_timeout_ms;
	const struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	if (!stop_has_left(engine))
		return;
	if (delivery_is_over(engine))
		stop_send_done(engine);
	else if (!event_pending(engine->stop_timer, EV_TIMEOUT, NULL)) {
		event_add(engine->stop_timer, &limit);
		engine->end_hooks_at = mono_add(clock_now(), (int64_t)ms * NS_PER_MS / 2);
	}
}
