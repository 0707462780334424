/*
 * The configuration that the parent sends next: kept aside until it is committed or thrown away.
 */
#ifndef CHECKER_STAGE_H
#define CHECKER_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/msg.h"

/* Whom hooks speak of; only as much of the message as came. */
struct stage_target {
	size_t size; /* of *message */
	struct msg_target *message;
};

struct stage {
	bool begun;    /* its first record has come */
	bool complete; /* its last one too */
	struct conf conf;
	uint32_t *weighed; /* ids of checks whose value counts */
	size_t weighed_count;
	struct stage_target *target;
	size_t target_count;
};

void stage_init(struct stage *);

/* Throws away what has come, if anything. */
void stage_drop(struct stage *);

/* Each -1 with errno, EBADMSG when it is malformed or not its turn. The global record comes first. */
int stage_add_record(struct stage *, enum conf_kind, const void *record, size_t size);
int stage_weigh_value(struct stage *, uint32_t check);
int stage_add_target(struct stage *, const struct msg_target *, size_t size);

/* Nothing more comes. -1 when there is nothing that could end. */
int stage_end(struct stage *);

#endif
