/*
 * The parts of merge.c, and what they share; config role. Nothing in them is quadratic.
 */
#ifndef VRRPD_CONF_MERGE_PARTS_H
#define VRRPD_CONF_MERGE_PARTS_H

#include "common/conf.h"
#include "common/msg.h"

/* What becomes of a record of the running configuration that has an id. */
enum merge_fate {
	MERGE_ENDS,    /* it is gone at once */
	MERGE_RETIRED, /* the same: it was retiring, and has ended */
	MERGE_GOES_ON, /* fresh has it, under the same id */
	MERGE_STAYS,   /* it is retiring, or one that is retiring needs it */
	MERGE_LEFT,    /* a group of which a member goes on: it ends at once … */
	MERGE_EMPTY    /* … or, for its hook, is retiring without members */
};

/* What an instance's address is on; sorted by all of it. */
struct merge_place {
	struct addr addr;
	char device[CONF_IFNAME_MAX];
};

struct merge {
	const struct conf *running;
	const struct conf *fresh;
	const struct msg_retired *retired;
	size_t retired_count;
	struct conf *out;
	uint32_t last[CONF_KIND_COUNT];   /* highest id ever given, of kinds with an id */
	uint32_t *given[CONF_KIND_COUNT]; /* by place in fresh: its id, 0 = left out */
	uint8_t *fate[CONF_KIND_COUNT];   /* by place in running: enum merge_fate */
	bool *cut;                        /* by place in running: retires without addresses */
	struct merge_place *place;        /* of the addresses of enabled instances in fresh */
	size_t place_count;
};

struct merge_array {
	const char *base;
	size_t count;
	size_t size; /* of one record */
};

union merge_record {
	struct conf_group group;
	struct conf_instance instance;
	struct conf_address address;
	struct conf_peer peer;
	struct conf_route route;
	struct conf_rule rule;
	struct conf_runner runner;
	struct conf_command command;
	struct conf_check check;
	struct conf_track track;
	struct conf_hook hook;
};

struct merge_array merge_array_of(const struct conf *, enum conf_kind);

/* What an id of fresh is in out, 0 = left out; what becomes of an id of running, NULL = no such. */
#define MERGE_REFERENCES(X) \
	X(group, GROUP) X(instance, INSTANCE) X(runner, RUNNER) X(command, COMMAND) X(check, CHECK)
#define MERGE_PROTOTYPE(lower, UPPER) \
	uint32_t merge_refer_##lower(const struct merge *, uint32_t id); \
	uint8_t *merge_fate_of_##lower(const struct merge *, uint32_t id);
MERGE_REFERENCES(MERGE_PROTOTYPE)
#undef MERGE_PROTOTYPE

/* A copy of a record of fresh as it is to be in out; false when it is left out. */
bool merge_translate(
    const struct merge *, enum conf_kind, const void *record, union merge_record *);

/* Sets given, last and fate (GOES_ON). */
int merge_identify(struct merge *);

/* Sets fate of all others. */
void merge_retire(struct merge *);

/* When the instances are in out: sets cut, and place. */
int merge_find_collisions(struct merge *);

/* A copy of a record of running as it is to be in out; false when it is left out. */
bool merge_translate_running(
    const struct merge *, enum conf_kind, const void *record, union merge_record *);

#endif
