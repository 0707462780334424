/*
 * When installed addresses are announced again. Parent.
 */
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "vrrpd/parent/announce.h"

struct announce_round {
	struct announcer *announcer;
	const struct conf_instance *conf;
	struct event *timer;
	bool running;
	bool again;    /* another round was asked for while this one runs */
	unsigned sent; /* copies of this half, 1 at its start */
	bool second;   /* the half after announce_delay_ms */
};

struct announcer {
	announce_all announce;
	void *ctx;
	const struct conf *conf;
	struct announce_round *round; /* conf->instance_count, same order */
};

static void
announce_wait(struct announce_round *round, uint64_t ms)
{
	const struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};

	event_add(round->timer, &tv);
}

/* The halves are announce_delay_ms apart, start to start. */
static void
announce_schedule(struct announce_round *round)
{
	const struct conf_instance *conf = round->conf;
	uint64_t spent = (uint64_t)(conf->announce_repeat - 1) * conf->announce_interval_ms;

	if (round->sent < conf->announce_repeat) {
		announce_wait(round, conf->announce_interval_ms);
	} else if (!round->second && conf->announce_delay_ms != 0) {
		round->second = true;
		round->sent = 0;
		announce_wait(
		    round, conf->announce_delay_ms > spent ? conf->announce_delay_ms - spent : 0);
	} else if (conf->announce_refresh_ms != 0) {
		announce_wait(round, conf->announce_refresh_ms);
	} else {
		round->running = false;
	}
}

static void
announce_on_timer(int fd, short what, void *arg)
{
	struct announce_round *round = arg;

	(void)fd;
	(void)what;
	round->announcer->announce(round->announcer->ctx, round->conf->id);
	round->sent++;
	if (round->again) {
		round->again = false;
		round->second = false;
		round->sent = 1;
	}
	announce_schedule(round);
}

struct announcer *
announcer_open(struct event_base *base, const struct conf *conf, announce_all announce, void *ctx)
{
	struct announcer *announcer = calloc(1, sizeof(*announcer));

	if (announcer == NULL)
		return NULL;
	announcer->announce = announce;
	announcer->ctx = ctx;
	announcer->conf = conf;
	announcer->round = calloc(conf->instance_count + 1, sizeof(announcer->round[0]));
	if (announcer->round == NULL)
		return NULL;
	for (size_t i = 0; i < conf->instance_count; i++) {
		struct announce_round *round = &announcer->round[i];

		round->announcer = announcer;
		round->conf = &conf->instance[i];
		round->timer = event_new(base, -1, 0, announce_on_timer, round);
		if (round->timer == NULL)
			return NULL;
	}
	return announcer;
}

static struct announce_round *
announcer_find(struct announcer *announcer, uint32_t instance)
{
	const struct conf_instance *conf = conf_find_instance(announcer->conf, instance);

	return conf == NULL ? NULL : &announcer->round[conf - announcer->conf->instance];
}

void
announcer_start(struct announcer *announcer, uint32_t instance)
{
	struct announce_round *round = announcer_find(announcer, instance);

	if (round == NULL || round->conf->announce_repeat == 0)
		return;
	if (round->running && !round->second && round->sent < round->conf->announce_repeat) {
		round->again = round->sent > 1;
		return;
	}
	round->running = true;
	round->again = false;
	round->second = false;
	round->sent = 1;
	announce_schedule(round);
}

void
announcer_stop(struct announcer *announcer, uint32_t instance)
{
	struct announce_round *round = announcer_find(announcer, instance);

	if (round == NULL)
		return;
	event_del(round->timer);
	round->running = false;
}
