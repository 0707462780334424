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
	struct announce_round **round; /* conf->instance_count, same order */
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
	round->announcer->announce(
	    round->announcer->ctx, round->conf->id, round->sent >= round->conf->announce_repeat);
	round->sent++;
	if (round->again) {
		round->again = false;
		round->second = false;
		round->sent = 1;
	}
	announce_schedule(round);
}

static void
announce_round_free(struct announce_round *round)
{
	if (round == NULL)
		return;
	if (round->timer != NULL)
		event_free(round->timer);
	free(round);
}

void
announcer_close(struct announcer *announcer)
{
	if (announcer == NULL)
		return;
	for (size_t i = 0; announcer->round != NULL && i < announcer->conf->instance_count; i++)
		announce_round_free(announcer->round[i]);
	free(announcer->round);
	free(announcer);
}

static struct announce_round *
announce_round_new(
    struct announcer *announcer, struct event_base *base, const struct conf_instance *conf)
{
	struct announce_round *round = calloc(1, sizeof(*round));

	if (round == NULL)
		return NULL;
	round->announcer = announcer;
	round->conf = conf;
	round->timer = event_new(base, -1, 0, announce_on_timer, round);
	if (round->timer != NULL)
		return round;
	free(round);
	return NULL;
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
	for (size_t i = 0; announcer->round != NULL && i < conf->instance_count; i++) {
		announcer->round[i] = announce_round_new(announcer, base, &conf->instance[i]);
		if (announcer->round[i] == NULL)
			break;
	}
	if (announcer->round != NULL &&
	    (conf->instance_count == 0 || announcer->round[conf->instance_count - 1] != NULL))
		return announcer;
	announcer_close(announcer);
	return NULL;
}

static struct announce_round *
announcer_find(struct announcer *announcer, uint32_t instance)
{
	const struct conf_instance *conf = conf_find_instance(announcer->conf, instance);

	return conf == NULL ? NULL : announcer->round[conf - announcer->conf->instance];
}

void
announcer_inherit(struct announcer *announcer, struct announcer *old)
{
	for (size_t i = 0; i < announcer->conf->instance_count; i++) {
		const struct conf_instance *conf = &announcer->conf->instance[i];
		struct announce_round *fresh = announcer->round[i];
		const struct conf_instance *was = conf_find_instance(old->conf, conf->id);

		if (was == NULL || !old->round[was - old->conf->instance]->running ||
		    conf->announce_repeat == 0)
			continue;
		announcer->round[i] = old->round[was - old->conf->instance];
		announcer->round[i]->announcer = announcer;
		announcer->round[i]->conf = conf;
		old->round[was - old->conf->instance] = fresh;
	}
}

/* Between its first copy and its last; a refresh that is waited for is none. */
static bool
announce_round_is_on(const struct announce_round *round)
{
	return round->running && (round->sent < round->conf->announce_repeat ||
				     round->conf->announce_refresh_ms == 0);
}

bool
announcer_start(struct announcer *announcer, uint32_t instance)
{
	struct announce_round *round = announcer_find(announcer, instance);
	bool was_on;

	if (round == NULL || round->conf->announce_repeat == 0)
		return false;
	was_on = announce_round_is_on(round);
	if (round->running && !round->second && round->sent < round->conf->announce_repeat) {
		round->again = round->sent > 1;
		return was_on;
	}
	round->running = true;
	round->again = false;
	round->second = false;
	round->sent = 1;
	announce_schedule(round);
	return was_on;
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
