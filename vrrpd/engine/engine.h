/*
 * What the engine knows; shared by the engine's own files only.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "common/conf.h"
#include "common/mono.h"
#include "common/msg.h"
#include "common/proc.h"
#include "notifier/notifier.h"
#include "vrrpd/core/track.h"
#include "vrrpd/core/vr.h"
#include "vrrpd/engine/receiver.h"

struct channel;
struct control;
struct event;
struct event_base;

#define ENGINE_TICK_MS 100 /* heartbeat to the parent, and the engine's own housekeeping */

#define INSTANCE_HISTORY 10

/* The fixed places in an instance's tracks; its checks follow. */
enum {
	INSTANCE_TRACK_LINK,
	INSTANCE_TRACK_RECEIVE,
	INSTANCE_TRACK_SOURCE,
	INSTANCE_TRACK_OWNER,
	INSTANCE_TRACK_CHECKS
};

/* What the parent is to be told of an instance at the end of this loop turn. */
enum instance_request { INSTANCE_REQUEST_NONE, INSTANCE_REQUEST_ACQUIRE, INSTANCE_REQUEST_RELEASE };

struct instance {
	RB_ENTRY(instance) by_deadline;
	TAILQ_ENTRY(instance) turn;
	const struct conf_instance *conf;
	const struct conf_address *address; /* the first of address_count in the configuration */
	size_t address_count;
	struct vr vr;
	mono_t deadline; /* its place in the tree; MONO_NEVER = not in it */
	struct track *track;
	size_t track_count;
	struct track_result inputs; /* as the core knows them */
	struct notifier notifier;
	bool in_turn;
	enum instance_request request;
	bool announce;
	bool address_pending; /* the newest ACQUIRE or RELEASE is not answered: hooks wait */
	uint32_t sequence;    /* of the newest request */
	bool resumed;
	mono_t resume_last_advert;
	int32_t unsent_error;           /* errno of the last advert that could not be sent … */
	mono_t unsent_at;               /* … and when */
	struct msg_addresses addresses; /* as the parent said last */
	uint8_t source_problem;         /* enum msg_source_problem: why there is no source */
	struct msg_hook last_hook;      /* valid when last_hook.sequence is not 0 */
	struct msg_instance_counters counters;
	struct receive_memory receive;
	size_t history_count;
	struct msg_status_transition history[INSTANCE_HISTORY]; /* oldest first */
};

struct check_view {
	const struct conf_check *conf;
	struct msg_check last;
	unsigned silent_ticks; /* heartbeats of ours since its checker spoke of it */
	bool orphaned;         /* its checker is gone, or mute, since orphaned_at */
	mono_t orphaned_at;
};

struct checker_link {
	struct engine *engine;
	uint32_t runner;
	struct channel *channel; /* NULL while there is none */
	bool replayed;
	char name[48];
};

RB_HEAD(deadline_tree, instance);
TAILQ_HEAD(turn_queue, instance);

struct engine {
	struct event_base *base;
	struct channel *parent;
	struct conf conf;
	uint32_t generation;
	bool running; /* COMMIT came */
	bool stopping;
	bool done_sent;
	struct instance *instance; /* conf.instance_count of them, same order */
	struct check_view *check;
	struct checker_link *checker; /* conf.runner_count */
	struct receiver *receiver;
	struct control *control;
	struct event *timer;
	struct event *heartbeat;
	struct event *stop_timer;
	struct deadline_tree deadlines;
	struct turn_queue turn;
	struct msg_advertise batch;
	bool batch_resigns; /* contains a priority 0 */
	uint64_t adverts_dropped;
	mono_t end_hooks_at;    /* while stopping: hooks that are not for STOP are ended */
	mono_t replay_deadline; /* hooks wait for the checkers' memory until then */
	struct msg_global_counters counters;
};

/* engine.c */

/* Gives the event to the instance's core and carries out what follows. */
void engine_handle(struct engine *, struct instance *, const struct vr_event *);

/* Evaluates the tracks anew and tells the core when the answer differs. */
void engine_evaluate(struct engine *, struct instance *);

/* The end of a callback: adverts first, then requests; then the timer. */
void engine_end_turn(struct engine *);

/* An instance of ours by the id a message carried; NULL when there is none. */
struct instance *engine_find_instance(struct engine *, uint32_t id);

/* action.c */
void action_execute(struct engine *, struct instance *, const struct vr_actions *, mono_t now);
void action_flush(struct engine *);

/* scripts.c: running hooks and hearing of checks, over the checkers' channels */
int scripts_add_checker(struct engine *, uint32_t runner, int fd);
void scripts_run(struct engine *, struct instance *);
void scripts_tick(struct engine *, mono_t now);
bool scripts_are_idle(const struct engine *);

/* status.c */
extern const struct control_ops status_control_ops;

/* "interface-down eth0", "check apache": a fault cause in the words that people see. */
void status_format_cause(
    const struct engine *, const struct instance *, const struct track *, char *out, size_t size);

#endif
