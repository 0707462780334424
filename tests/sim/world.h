/*
 * The simulated world: routers (nodes) that run the protocol core as the engine does, local networks
 * between them, one clock and one random source. Everything that happens follows from the seed.
 *
 * An instance is one virtual router on one network; each node takes part in each. A site is what one
 * node has of one instance. Instances of a cluster may be in groups, which reloads take apart and join. Times are nanoseconds of the world unless they are called local.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "vrrpd/core/group.h"
#include "vrrpd/core/track.h"

#define SIM_NODES 5
#define SIM_INSTANCES 4
#define SIM_NETWORKS 3
#define SIM_QUEUE 8192  /* events to come */
#define SIM_BACKLOG 512 /* what waits in a node's sockets while it does not run */

#define SIM_NEVER INT64_MAX

/* Of a site: what its state depends on. */
enum {
	SIM_TRACK_LINK,
	SIM_TRACK_SOURCE,
	SIM_TRACK_OPERATOR,
	SIM_TRACK_CHECK,
	SIM_TRACK_WEIGHT,
	SIM_TRACKS
};

/* What a site may do next, worked out apart from the core (oracle.c). Times are local. */
struct oracle {
	int64_t base_ns;       /* backup: it waits since then, */
	int64_t heard_ns;      /* for this many times down_adverts, */
	bool learned;          /* a master said so */
	bool resigned;         /* or only for the skew time */
	int64_t preempt_at_ns; /* SIM_NEVER = no lower master is put up with */
	int64_t deaf_until_ns;
	int64_t advert_at_ns;    /* master: the next one is due */
	int64_t answer_after_ns; /* master: no answer before */
	int64_t release_at_ns;   /* the addresses stay until then at most; SIM_NEVER = for good */
	int64_t release_limit_ns;
	bool heir;     /* handover: a successor was heard */
	bool leftover; /* the addresses are those of a crash */
	bool gate_open;
};

struct site {
	struct vr vr;
	struct vr_conf conf; /* as it runs */
	struct vr_conf file; /* what a start or a reload reads */
	struct track track[SIM_TRACKS];
	struct track_result inputs; /* as the core knows them */
	struct addr source;
	uint32_t gate; /* number of the newest gate */
	bool has;      /* the addresses are in the kernel */
	int64_t has_since;
	bool was_master;       /* as the parent remembers it */
	int64_t sent_local_ns; /* the last advert, as the parent remembers it */
	bool bad_check, bad_weight, operated, no_source, unknown; /* the truth that tracks follow */
	bool covered;    /* while it leaves: somebody else can take the addresses in time */
	uint32_t leaves; /* changes of the instance when it began to leave */
	struct oracle oracle;
};

struct election {
	struct group group;
	struct group_member member[SIM_INSTANCES];
	uint8_t first, count; /* instances; 0 = it is in the election of another one */
	bool removed;         /* by a reload */
	bool adopting;        /* its members' inputs are not told yet */
};

enum sim_kind {
	SIM_PACKET,
	SIM_GATE,    /* a gate ends */
	SIM_FAULT,   /* time for another fault */
	SIM_RESUME,  /* a paused node runs again */
	SIM_RESTART, /* a crashed or stopped node starts */
	SIM_RESULTS, /* checks have results */
	SIM_REPAIR,  /* one of enum sim_damage ends */
	SIM_HURRY,   /* a second stop: at once */
	SIM_RELOAD,  /* a node reads its file */
	SIM_ADD,     /* an election that a reload removed comes back */
	SIM_HOSTILE, /* an advert of nobody we know */
	SIM_SCRIPT   /* a step of a scenario */
};

enum sim_damage { SIM_BAD_CHECK, SIM_BAD_WEIGHT, SIM_OPERATED, SIM_NO_SOURCE, SIM_LINK_DOWN };

struct sim_event {
	int64_t at;
	uint32_t sequence; /* first in, first out at the same time */
	uint8_t kind;
	uint8_t node;
	uint8_t instance; /* of SIM_LINK_DOWN: the network */
	uint8_t priority; /* PACKET; GATE: passed; REPAIR: enum sim_damage */
	uint32_t number;  /* GATE: which; PACKET: interval in centiseconds; SCRIPT: index */
	uint32_t source;  /* PACKET: IPv4 address */
};

enum node_status { NODE_UP, NODE_PAUSED, NODE_CRASHED, NODE_STOPPED };

struct node {
	enum node_status status;
	bool stopping;     /* on its way down, or down */
	int64_t offset_ns; /* local = offset + world * (1 + drift / 2^20) */
	int64_t drift;
	int64_t lag_ns; /* timers are handled so late */
	int64_t startup_delay_ns;
	bool link_down[SIM_NETWORKS];
	struct site site[SIM_INSTANCES];
	struct election election[SIM_INSTANCES]; /* of the first one's number */
	uint8_t election_of[SIM_INSTANCES];
	uint8_t file_of[SIM_INSTANCES]; /* the same, in the file */
	uint32_t backlog_count;
	struct sim_event backlog[SIM_BACKLOG];
};

/* What is wrong with a network, each until a time. */
struct network {
	int64_t loss_until, one_way_until, parted_until, delay_until, twice_until;
	uint8_t loss_percent;
	uint8_t from, to;   /* one way */
	uint8_t side;       /* bit per node */
	int64_t delay_ns;   /* at most, beyond the usual */
	int64_t arrives_by; /* no packet is on its way after that */
};

/* clang-format off */
#define SIM_MEETINGS(X) \
	X(TAKEOVERS, "takeovers") \
	X(DUALS, "meetings of two masters") \
	X(HANDOVERS, "handovers without a gap") \
	X(RESUMES, "resumed") \
	X(RELOADS, "reloads") \
	X(ADOPTED, "adopted by another group") \
	X(RESTARTED, "restarted by a reload") \
	X(CALMS, "times calm") \
	X(SETTLED, "settled for good")
#define SIM_ENUM_MET(name, words) SIM_MET_##name,
enum sim_met { SIM_MEETINGS(SIM_ENUM_MET) SIM_MET_COUNT };
/* clang-format on */

struct world {
	/* drawn once */
	uint64_t seed, random;
	uint8_t nodes, instances, networks;
	uint8_t cluster_of[SIM_INSTANCES], network_of[SIM_INSTANCES];
	uint32_t address_count[SIM_INSTANCES];
	int64_t scale_ns; /* about the intervals */
	int64_t delay_ns; /* of each packet */
	int64_t gate_ns;  /* the longest */
	uint32_t fault_mask;
	int64_t fault_spacing_ns;

	/* the state */
	int64_t now;
	uint64_t events;
	bool calm;                     /* nothing more is broken */
	bool settled;                  /* calm for so long that nobody changes any more */
	int64_t master_by;             /* calm: there is one from then on */
	int64_t restart_by;            /* all that stopped and start again have done so */
	int64_t quiet[SIM_INSTANCES];  /* nothing happened to it since */
	int64_t smooth[SIM_INSTANCES]; /* the same, without what is done as planned */
	uint32_t changes[SIM_INSTANCES];
	uint8_t masters[SIM_INSTANCES]; /* bit per node */
	uint8_t holders[SIM_INSTANCES];
	int64_t two_masters_since[SIM_INSTANCES], two_holders_since[SIM_INSTANCES];
	int64_t masters_since[SIM_INSTANCES];
	int64_t longest_none, longest_two; /* masters, of any instance; set back by scenarios */
	int64_t due[SIM_NODES * SIM_INSTANCES]; /* of the elections */
	struct network network[SIM_NETWORKS];
	struct node node[SIM_NODES];
	uint32_t sequence, queue_count;
	const struct sim_script *script;

	/* what was met, so that nobody believes a run that met nothing */
	uint64_t met[SIM_MET_COUNT];

	bool failed;
	char failure[256];
	struct trace *trace;               /* NULL = none */
	struct sim_event queue[SIM_QUEUE]; /* last: what is before it is cleared for each seed */
};

/* ---- the random source (splitmix64) ---- */

static inline uint64_t
random_next(struct world *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* 0..sides-1 */
static inline uint32_t
dice(struct world *w, uint32_t sides)
{
	return (uint32_t)(((random_next(w) >> 32) * sides) >> 32);
}

static inline bool
chance(struct world *w, uint32_t percent)
{
	return dice(w, 100) < percent;
}

/* least..most nanoseconds */
static inline int64_t
span(struct world *w, int64_t least, int64_t most)
{
	return least + (int64_t)(random_next(w) % (uint64_t)(most - least + 1));
}

/* The third byte of a node's addresses: growing, and from some node on negative for who forgets signs. */
static inline uint8_t
world_octet(uint8_t node)
{
	return (uint8_t)(50 * node + 1);
}

/* ---- world.c: time, packets, nodes ---- */

mono_t world_local(const struct world *, uint8_t node);
void world_schedule(struct world *, const struct sim_event *);

/* Gives the event to the site's election and carries out what follows; checks all of it. */
void world_handle(struct world *, uint8_t node, uint8_t instance, const struct vr_event *);

/* A packet or the end of a gate comes to its node, and waits while the node does not run. */
void world_arrive(struct world *, const struct sim_event *);

/* Evaluates the tracks anew, as the engine does. */
void world_evaluate(struct world *, uint8_t node, uint8_t instance);

/* The same, and told whatever was known before. */
void world_tell_inputs(struct world *, uint8_t node, uint8_t instance);

/* Nothing of the instance (of its whole cluster) is undisturbed before that time. */
void world_disturb(struct world *, uint8_t instance, int64_t until, bool planned);
void world_disturb_all(struct world *, int64_t until, bool planned);

/* When the next deadline of an election comes. */
void world_set_due(struct world *, uint8_t node, uint8_t election);

/* The next event, unless it is later than until; false then, and when the run has failed. */
bool world_step(struct world *, int64_t until);

/* ---- node.c ---- */

void node_start(struct world *, uint8_t node);

/* An election that begins, with what the file says of its members. */
void node_start_election(struct world *, uint8_t node, uint8_t election);
void node_pause(struct world *, uint8_t node, int64_t until);
void node_crash(struct world *, uint8_t node, int64_t until);
void node_stop(struct world *, uint8_t node, bool at_once, int64_t restart);
void node_remove(struct world *, uint8_t node, uint8_t election, int64_t until);
void node_damage(struct world *, uint8_t node, uint8_t what, enum sim_damage, int64_t until);

/* Another source address; the order of the nodes stays. */
void node_renumber(struct world *, uint8_t node, uint8_t instance);

/* RESUME, RESTART, RESULTS, REPAIR, HURRY, ADD, RELOAD. */
void node_event(struct world *, const struct sim_event *);

/* ---- reload.c ---- */

/* The file becomes what runs; who does not run now reads it later. */
void node_reload(struct world *, uint8_t node);

/* ---- draw.c: what is random ---- */

void draw_world(struct world *, uint64_t seed);
void draw_fault(struct world *);
void draw_reload(struct world *, uint8_t node, uint8_t instance);
void draw_hostile(struct world *, const struct sim_event *);

/* ---- oracle.c: one site ---- */

struct glimpse { /* of a site before an event */
	enum vrrp_state state;
	enum vr_wish wish;
	bool started, has, releasing;
	uint8_t priority;
	int64_t interval_ns, preempt_delay_ns;
};

struct glimpse oracle_glimpse(const struct site *);

/* given: what the site itself was given, NULL when only its group was. */
void oracle_check(struct world *, uint8_t node, uint8_t instance, const struct glimpse *before,
    const struct vr_event *given);

/* oracle_election.c: all members of one, after each event. */
void oracle_check_election(struct world *, uint8_t node, uint8_t election);

/* ---- invariant.c: all nodes ---- */

/* Bits of masters and holders follow the site. */
void invariant_note(struct world *, uint8_t node, uint8_t instance);
void invariant_check(struct world *, uint8_t instance);
void invariant_leave(struct world *, uint8_t node, uint8_t instance);
void invariant_release(struct world *, uint8_t node, uint8_t instance);

/* The longest that it can take until there is a master, from now on. */
int64_t invariant_patience(const struct world *);

/* ---- trace.c ---- */

void sim_fail(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trace_write(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct trace *trace_open(bool all);
void trace_print(const struct trace *);

#define TRACE(w, ...) \
	do { \
		if ((w)->trace != NULL) \
			trace_write(w, __VA_ARGS__); \
	} while (0)

/* ---- scenario.c, run.c ---- */

/* A whole run of a seed; false when it failed (w->failure). */
bool run_seed(struct world *, uint64_t seed, struct trace *);

/* Up to that time or number of events; false when the latter is reached, or something failed. */
bool run_until(struct world *, int64_t until, uint64_t events);

/* Nothing more is broken; checks what is true in the end, and for a while longer. to_end: until
 * nobody changes any more. */
bool run_calm(struct world *, uint64_t events, bool to_end);

/* Scenarios, of that name or all; the number of those that failed. */
int scenario_run(const char *name, bool trace);
void scenario_step(struct world *, const struct sim_event *);

#endif
