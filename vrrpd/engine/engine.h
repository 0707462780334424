/*
 * What the engine knows; shared by the engine's own files only.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "common/conf.h"
#include "common/mono.h"
#include "common/msg.h"
#include "common/proc.h"
#include "notifier/notifier.h"
#include "vrrpd/core/group.h"
#include "vrrpd/core/track.h"
#include "vrrpd/core/vr.h"
#include "vrrpd/engine/receiver.h"

struct channel;
struct control;
struct control_client;
struct event;
struct event_base;

#define ENGINE_TICK_MS 100 /* heartbeat to the parent, and the engine's own housekeeping */

#define INSTANCE_HISTORY 10

/* The fixed places in an instance's tracks; its checks and interfaces follow, and those of its group. */
enum {
	INSTANCE_TRACK_LINK,
	INSTANCE_TRACK_RECEIVE,
	INSTANCE_TRACK_SOURCE,
	INSTANCE_TRACK_OWNER,
	INSTANCE_TRACK_OPERATOR,
	INSTANCE_TRACK_GROUP,
	INSTANCE_TRACK_CONFIGURED
};

/* What the parent is to be told of an instance at the end of this loop turn. */
enum instance_request { INSTANCE_REQUEST_NONE, INSTANCE_REQUEST_ACQUIRE, INSTANCE_REQUEST_RELEASE };

/* Whom hooks are run for: an instance or a group. */
struct delivery {
	uint32_t instance; /* exactly one of both is not 0 */
	uint32_t group;
	const char *name;
	struct notifier notifier;
	struct msg_hook last;    /* the last one done; valid when last.sequence is not 0 */
	int64_t last_started_ns; /* 0 = not known */
	int64_t started_ns;      /* of the one that runs; 0 = not known */
};

/* before-master of an instance: apart from its hooks, which it does not wait for. */
struct gate {
	uint32_t sequence; /* of the run that counts */
	enum vrrp_reason reason;
	bool due;     /* asked for, and no checker has it */
	bool running; /* a checker has it: */
	uint32_t runner;
	struct msg_hook last; /* as in a delivery */
	int64_t last_started_ns;
	int64_t started_ns;
};

/* A check that is run by hand. */
struct trial {
	uint64_t token; /* of client and checker; 0 = a free place */
	uint32_t check;
	uint32_t runner;
};

/* What moves as one: a sync group, or an instance by itself. */
struct election {
	RB_ENTRY(election) by_deadline;
	mono_t deadline;               /* its place in the tree; MONO_NEVER = not in it */
	const struct conf_group *conf; /* NULL = an instance by itself */
	struct group group;
	struct instance **member; /* group.count of them, same order */
	struct delivery hooks;    /* of the group */
};

struct instance {
	TAILQ_ENTRY(instance) turn;
	const struct conf_instance *conf;
	const struct conf_address *address; /* the first of address_count in the configuration */
	size_t address_count;
	struct vr vr;
	struct election *election;
	size_t place; /* among its members */
	struct track *track;
	size_t track_count;
	struct track_result inputs; /* as the core knows them */
	mono_t operator_until; /* the operator's cause ends by itself; MONO_NEVER = it does not */
	struct delivery hooks;
	struct gate gate;
	bool in_turn;
	bool restarts; /* with the next configuration it is another virtual router */
	bool retired;  /* it was told to the parent */
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
	mono_t set_at; /* EXTERNAL: last, or begun; MONO_NEVER = it has expired since */
};

struct checker_link {
	struct engine *engine;
	uint32_t runner;
	struct channel *channel; /* NULL while there is none */
	bool replayed;
	bool has_early;         /* early came, of a check that only the staged configuration has */
	struct msg_check early; /* nothing more is read until that is the running one */
	char name[48];
};

/* Who waits for the result of a reload. */
struct reload_waiter {
	uint64_t ticket; /* 0 = a free place */
	uint64_t token;  /* of the client */
};

/* A group that is configured no more and has a last hook to run. */
struct parting {
	struct delivery hooks;
	bool retired; /* it was told to the parent */
};

#define ENGINE_WAITERS_MAX 32
#define ENGINE_RELOAD_LINES_MAX 1000 /* of one result; the rest is in the log */

RB_HEAD(deadline_tree, election);
TAILQ_HEAD(turn_queue, instance);

struct engine {
	struct event_base *base;
	struct channel *parent;
	struct conf conf;
	uint32_t loads;
	struct conf next; /* being told; staged when it is complete */
	struct msg_conf_end next_end;
	bool staged;
	bool running; /* COMMIT came */
	bool stopping;
	bool done_sent;
	struct instance *instance; /* conf.instance_count of them, same order */
	struct election *election;
	size_t election_count;
	struct check_view *check;
	struct checker_link **checker; /* those of conf.runner, and others until they end */
	size_t checker_count;
	struct parting *parting;
	size_t parting_count;
	struct trial trial[MSG_CHECK_RUNS_MAX];
	struct receiver *receiver;
	struct control *control;
	struct event *timer;
	struct event *heartbeat;
	struct event *stop_timer;
	mono_t started; /* the daemon, however many engines it has had */
	struct deadline_tree deadlines;
	struct turn_queue turn;
	struct msg_advertise batch;
	bool batch_resigns; /* contains a priority 0 */
	uint64_t adverts_dropped;
	mono_t end_hooks_at;    /* while stopping: hooks that are not for STOP are ended */
	mono_t replay_deadline; /* hooks wait for the checkers' memory until then */
	struct msg_global_counters counters;
	uint64_t ticket; /* of the last reload that was asked for */
	struct reload_waiter waiter[ENGINE_WAITERS_MAX];
	struct msg_status_explanation *reload_line; /* of the one that runs */
	size_t reload_line_count;
	char *config_text; /* NULL = there is none */
	size_t config_text_size;
};

/* engine.c */

/* An engine (all zero) at its socket to the parent, before the first message; ends on failure. */
void engine_open(struct engine *, int parent_fd);

/* What waits, or (flags of event_base_loop()) what comes next. -1 when there is nothing to wait for. */
int engine_turn(struct engine *, int flags);

/* Gives the event to the instance's election and carries out what follows. */
void engine_handle(struct engine *, struct instance *, const struct vr_event *);

/* The end of a callback: adverts first, then requests; then the timer. */
void engine_end_turn(struct engine *);

/* As engine_handle(), for an election that is begun or taken over. */
void engine_start_election(struct engine *, struct election *);
void engine_set_deadline(struct engine *, struct election *);

/* An instance of ours by the id a message carried; NULL when there is none. */
struct instance *engine_find_instance(struct engine *, uint32_t id);

/* A check of ours by its name; NULL when there is none. */
struct check_view *engine_find_check(struct engine *, const char *name);

/* build.c */

/* What there was with the configuration before, and goes on as far as it is in the new one. */
struct engine_past {
	struct conf conf;
	struct instance *instance;
	struct election *election;
	size_t election_count;
	struct check_view *check;
	struct parting *parting;
	size_t parting_count;
};

/* Everything that lives as long as the configuration; past is NULL at the start. -1 with errno. */
int engine_build(struct engine *, const struct engine_past *);

/* What the members of the group of the instance at first are: an instance by itself, 1; not the first, 0. */
size_t build_count_members(const struct conf *, size_t first);
bool build_is_member(const struct conf_instance *, uint32_t group);
struct vr_conf build_vr_conf(const struct engine *, const struct instance *);

/* It was there before, as the same virtual router; past is NULL at the start. */
bool build_went_on(const struct engine_past *past, const struct instance *);

/* change.c: another configuration */

/* The staged configuration becomes the running one, and the parent is told. */
void change_commit(struct engine *);

/* It is thrown away. */
void change_forget(struct engine *);

/* At the start: an instance that a crashed engine was parting with. */
void change_part(struct engine *, struct instance *);

/* Tells the parent of what has nothing left to do. */
void change_tick(struct engine *);

/* ask.c: who asks for a reload and is told its result; -1 with errno EAGAIN when too many wait */
int ask_reload(struct engine *, struct control_client *, bool wait);
void ask_take_line(struct engine *, const struct msg_problem *, size_t size);
void ask_take_result(struct engine *, const struct msg_reload *);
void ask_take_text(struct engine *, size_t size, int fd); /* takes fd */

/* stop.c: the end, looked for after every callback that may have brought it */
void stop_go_on(struct engine *);
void stop_on_timeout(int fd, short what, void *engine);

/* inputs.c: what instances depend on */

/* Evaluates the tracks anew and tells the core: always, or when the answer differs. */
void inputs_tell(struct engine *, struct instance *);
void inputs_evaluate(struct engine *, struct instance *);

/* A fixed place (INSTANCE_TRACK_*) is well or not. */
void inputs_set(struct engine *, struct instance *, size_t place, bool good);

/* An interface, by name, and whoever stands on it or tracks it. */
void inputs_set_link(struct engine *, const char *interface, bool up);

/* Warns when adverts are sent from an address that the instance owns. */
void inputs_warn_of_source(const struct instance *, const struct addr *source);

/* The interface can be heard now, or not any more. */
void inputs_set_heard(struct engine *, const char *interface);

/* A check has news: whoever tracks it hears of another state or value. */
void inputs_spread_check(struct engine *, const struct check_view *);

/* What ends by itself: external checks not set again, the operator's causes. */
void inputs_tick(struct engine *, mono_t now);

/* When an external check is down unless it is set again; MONO_NEVER = it stays as it is. */
mono_t inputs_expires_at(const struct check_view *);

/* action.c */
void action_execute(struct engine *, struct instance *, const struct vr_actions *, mono_t now);
void action_execute_group(struct engine *, struct election *);
void action_flush(struct engine *);

/* scripts.c: hearing of checks and hooks over the checkers' channels */
int scripts_add_checker(struct engine *, uint32_t runner, int fd);
int scripts_link_checkers(struct engine *); /* those of conf.runner; -1 with errno */
void scripts_go_on(struct engine *); /* another configuration runs, or none is staged any more */
void scripts_tick(struct engine *, mono_t now);
struct checker_link *scripts_find_checker(struct engine *, uint32_t runner);

/* What no honest checker says: another state than there is, or times that have not come yet. */
bool scripts_result_is_possible(const struct msg_check *);
bool scripts_duration_is_possible(int64_t us);

/* What the checkers remember was heard, or was waited for long enough: hooks may be run. */
bool scripts_may_run(const struct engine *);

/* delivery.c: running hooks and gates */
void delivery_run(struct engine *, struct instance *);
void delivery_run_all(struct engine *);
void delivery_run_parting(struct engine *, struct parting *);
bool delivery_is_over(const struct engine *);
void delivery_end_earlier(struct engine *); /* hooks that run, unless they are for STOP */
void delivery_ask_gate(struct engine *, struct instance *, enum vrrp_reason);

/* Of a checker: what it says (-1 when that breaks protocol), and its death. */
int delivery_take(struct checker_link *, const struct msg_hook *);
void delivery_retry(struct engine *, uint32_t runner);

/* How a hook or a gate ended. */
bool delivery_succeeded(const struct msg_hook *);

/* status.c */
extern const struct control_ops status_control_ops;
void status_send_head(struct engine *, struct control_client *);
void status_send_check(const struct check_view *, struct control_client *);

/* status_config.c: the text of the configuration, as much as may wait unread; returns as show() does */
int status_send_config(struct engine *, struct control_client *);

/* status_hook.c */
void status_send_group(const struct election *, struct control_client *);
void status_send_hook(const struct delivery *, struct control_client *);
void status_send_gate(const struct instance *, struct control_client *);

/* request.c: the operate() of struct control_ops */
int request_operate(
    void *engine, struct control_client *, uid_t uid, const struct msg_ctl_operate *);

/* Tells why it cannot be; returns MSG_CTL_FAILED. */
enum msg_ctl_result request_refuse(struct control_client *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* "interface-down eth0", "check apache": a fault cause in the words that people see. */
void status_format_cause(
    const struct engine *, const struct instance *, const struct track *, char *out, size_t size);

#endif
