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
struct extras;
struct links;
struct netlink;
struct netlink_callbacks;
struct parent;
struct reload;
struct running;
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
	uint32_t generation;     /* of the configuration it was told last */
	uint32_t aborted;        /* READY for those up to this may still come, 0 = none */
	bool prepared;           /* it is READY for that */
	unsigned late;           /* reloads that failed for want of its READY since it said any */
	bool ready;              /* it was once, and works */
	bool connect_due;        /* a checker that the engine does not know yet */
	bool leaving;            /* a checker that no configuration has any more */
	bool violated;           /* broke protocol: no RESUME */
	bool told_to_stop;
	bool outlived;         /* waited for, and at a tick somebody still had its socket */
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
	uint64_t logged;         /* said again above so many */
	unsigned retiring_ticks; /* since it has been retiring, in ticks of our own running time */
};

/* What lives as long as a configuration. A reload makes another one, which inherits what goes on. */
struct running {
	struct parent *parent;
	struct conf *conf;
	uint32_t generation;
	uint32_t loads; /* of files, with success */
	int text_fd;    /* the configuration as text, -1 = none */
	struct links *links;
	struct address_ledger *ledger;
	struct transmit *transmit;
	struct announcer *announcer;
	struct extras *extras;
	struct lent_socket *lent; /* one per distinct (interface, family) of the instances */
	size_t lent_count;
	struct msg_keep *kept;    /* of the instances, then of the checks, same order */
	struct priv_rates *rates; /* conf->instance_count, same order */
	bool *retired;            /* of the instances, then of the groups: nothing is left to do */
};

struct parent {
	const struct proc_options *options;
	struct event_base *base;
	struct running *run;
	struct netlink *netlink;
	struct reload *reload;
	int control_fd;
	struct child engine;
	struct child **checker;
	size_t checker_count;
	bool stopping;
	bool told; /* that the daemon runs: systemd, the terminal */
	int exit_code;
	mono_t started; /* its first engine */
	struct event *tick;
	unsigned ticks;
	struct event *stop_timer;
	struct event *signals[PARENT_SIGNALS];
};

/* running.c */

/* Takes conf and text_fd, also on failure: NULL with errno. Nothing outside is changed but by what is opened. */
struct running *running_open(struct parent *, struct conf *, int text_fd);

/* Hears the kernel, removes what an earlier run left. */
void running_start(struct running *);

/* Begins in place of another one, which is over with it and freed. */
void running_replace(struct running *, struct running *old);

/* Opens receive sockets that could not be opened before, and lends them. */
void running_retry_lent(struct running *);
void running_close(struct running *); /* NULL is fine */

/* Where all that netlink hears goes. */
extern const struct netlink_callbacks running_netlink_callbacks;

/* child.c */

/* A checker of that runner, not started; NULL with errno. It belongs to the parent, forgotten by child_free(). */
struct child *child_new_checker(struct parent *, const struct conf_runner *);
int child_init(struct parent *, struct child *, enum msg_role); /* -1 with errno */
void child_free(struct child *);
struct child *child_find_checker(
    const struct parent *, uint32_t runner); /* NULL when there is none */

/* Starts the process, and sends it all it needs to be READY. -1 with errno. */
int child_start(struct child *, const struct running *);

/* Tells one that works of another configuration, which it may become READY for. */
void child_tell(struct child *, const struct running *);

/* It told that it is READY; -1 when that cannot be. */
int child_take_ready(struct child *, const struct msg_conf_end *);

/* One message without content. */
void child_send_empty(struct child *, uint16_t type_for_engine, uint16_t type_for_checker);

/* A new socket between the engine and a checker, when both are there. */
void child_connect_checker(struct parent *, struct child *checker);
void child_lend_text(struct child *engine);
void child_kill(struct child *);
bool child_is_gone(const struct child *);

/* Its READY came: COMMIT, from which on it works. */
void child_commit(struct child *);
void child_lend_log(struct child *);
void child_lend_rx(struct child *engine, const struct lent_socket *);

/* A process has ended: true when it was its, and the child is gone now. */
bool child_take_end(struct child *, pid_t, int status);

/* priv.c: everything the engine may ask of root; ctx is the engine's struct child */
int priv_receive(void *ctx, uint16_t type, const void *payload, size_t size, int fd);

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
