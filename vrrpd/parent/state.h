/*
 * What the parent knows; shared by the parent's own files only.
 */
#ifndef PARENT_STATE_H
#define PARENT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/conf.h"
#include "common/mono.h"
#include "common/msg.h"
#include "common/proc.h"

struct address_ledger;
struct announcer;
struct channel;
struct event;
struct event_base;
struct links;
struct netlink;
struct parent;
struct transmit;

#define PARENT_SIGNALS 4
#define PARENT_TICK_US 100000

#define CHILD_CRASHES 5                       /* of the engine … */
#define CHILD_CRASH_WINDOW_NS (60 * NS_PER_S) /* … within this: the daemon gives up */

/* A process we started. It is gone when its socket has ended and it was waited for. */
struct child {
	struct parent *parent;
	enum msg_role role;
	uint32_t runner;         /* of a checker */
	char name[48];           /* "engine", "checker (_vrrpd_script)" */
	pid_t pid;               /* 0 = none */
	struct channel *channel; /* NULL = ended */
	bool ready;              /* and committed */
	bool violated;           /* broke protocol: no RESUME */
	bool told_to_stop;
	bool done;             /* it finished what it had to before the end */
	int status;            /* as of waitpid(2) */
	unsigned silent_ticks; /* heartbeats missed, in ticks of our own running time */
	mono_t started;
	mono_t log_lent;             /* when it was lent a log */
	bool log_wanted;             /* it has none that works */
	mono_t crash[CHILD_CRASHES]; /* the last ones, oldest first */
	size_t crash_count;
	unsigned backoff_s;
	struct event *restart;
};

/* A receive socket lent to the engine; the parent keeps a descriptor to change its filter. */
struct lent_socket {
	struct msg_rx_socket what;
	int fd;      /* -1 = none */
	bool logged; /* that it cannot be opened */
};

/* Rates the engine is held to, per instance (generic cell rate: the time the next one is due). */
struct priv_rates {
	mono_t advert_due;
	mono_t resign_due;
	mono_t announce_due;
	uint64_t dropped;
	uint64_t logged; /* said again above so many */
};

struct parent {
	const struct proc_options *options;
	struct event_base *base;
	struct conf conf;
	uint32_t generation;
	struct netlink *netlink;
	struct links *links;
	struct address_ledger *ledger;
	struct transmit *transmit;
	struct announcer *announcer;
	int control_fd;
	struct lent_socket *lent; /* one per distinct (interface, family) of the instances */
	size_t lent_count;
	struct child engine;
	struct child *checker;    /* conf.runner_count of them */
	struct msg_keep *kept;    /* of the instances, then of the checks, same order */
	struct priv_rates *rates; /* conf.instance_count, same order */
	bool stopping;
	bool told; /* that the daemon runs: systemd, the terminal */
	int exit_code;
	struct event *tick;
	unsigned ticks;
	struct event *stop_timer;
	struct event *signals[PARENT_SIGNALS];
};

/* load.c: runs the config role to its end. Returns 0, or an exit code; problems went to stderr. */
int load_configuration(const struct proc_options *, struct conf *);

/* child.c */

/* Starts the process, and sends it all it needs to be READY. -1 with errno. */
int child_start(struct child *);
void child_kill(struct child *);
bool child_is_gone(const struct child *);

/* Its READY came: COMMIT, from which on it works. */
void child_commit(struct child *);
void child_lend_log(struct child *);
void child_lend_rx(struct child *engine, const struct lent_socket *);

/* Waits without blocking; true when it ended just now. */
bool child_reap(struct child *);

/* "exit 1", "killed by signal 9 (Killed)". */
void child_format_status(int status, char *buf, size_t size);

/* priv.c: everything the engine may ask of root; ctx is the engine's struct child */
int priv_receive(void *ctx, uint16_t type, const void *payload, size_t size, int fd);

/* start.c: opens receive sockets that could not be opened before, and lends them */
void parent_retry_lent(struct parent *);

/* parent.c */
void parent_start_child(struct child *);
void parent_on_restart(int fd, short what, void *child);
void parent_on_stop_timeout(int fd, short what, void *parent);
void parent_on_tick(int fd, short what, void *parent);
void parent_on_signal(int number, short what, void *parent);
void parent_on_child_ready(struct child *);
void parent_on_child_gone(struct child *);
void parent_on_engine_done(struct parent *);

#endif
