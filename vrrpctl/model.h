/*
 * What the daemon answered, checked and collected; vrrpctl. The answer is not trusted: sizes,
 * order, references, ranges and termination are checked, and text is made fit for a terminal,
 * before any of it is seen elsewhere.
 */
#ifndef VRRPCTL_MODEL_H
#define VRRPCTL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"

#define MODEL_MESSAGES_MAX 1000000 /* of one answer */

/* An instance and what belongs to it, in the order of the answer. */
struct model_instance {
	struct msg_status_instance status;
	const char *group; /* its name, once the answer has ended; NULL = none */
	struct msg_status_address *addresses;
	size_t address_count;
	struct msg_status_fault *faults;
	size_t fault_count;
	struct msg_status_track *tracks;
	const struct msg_status_check **checks; /* those of tracks, once the answer has ended */
	size_t track_count;
	struct msg_status_transition *transitions; /* oldest first */
	size_t transition_count;
};

struct model_group {
	struct msg_status_group status;
	struct msg_status_member *members;
	size_t member_count;
};

struct model_hook {
	struct msg_status_hook status;
	char name[CONF_NAME_MAX]; /* of the instance or group */
};

struct model {
	bool greeted;
	uint32_t version; /* of the daemon's message table, once greeted */
	char program[sizeof(((struct msg_ctl_hello *)0)->program)];
	bool has_status;
	struct msg_status status;
	struct model_instance *instances;
	size_t instance_count;
	struct msg_status_check *checks;
	size_t check_count;
	struct msg_status_problem *problems;
	size_t problem_count;
	struct model_group *groups;
	size_t group_count;
	struct model_hook *hooks;
	size_t hook_count;
	struct msg_status_explanation *explanations;
	size_t explanation_count;
	bool has_ran;
	struct msg_check ran; /* of the check that is checks[0] */
	struct msg_status_effect *effects;
	size_t effect_count;
	char *text;       /* of the configuration, once the answer has ended; NULL = none came */
	size_t text_size; /* without its NUL */
	bool ended;
	enum msg_ctl_result result; /* once ended */

	int64_t wall_offset_ns; /* wall clock minus CLOCK_MONOTONIC, once ended */
	size_t message_count;
	size_t text_room;
	size_t instance_cursor; /* where the last search ended: objects come in order */
};

void model_init(struct model *);
void model_free(struct model *); /* also re-initialises */

/*
 * Takes one packet of the daemon, header and all, aligned to 8 bytes. -1 with errno: EBADMSG when
 * it breaks protocol or has another order than HELLO, STATUS, objects, END; E2BIG above
 * MODEL_MESSAGES_MAX; ENOMEM.
 */
int model_take(struct model *, const void *packet, size_t size);

/* Checks of the instance that are up. */
size_t model_checks_up(const struct model_instance *);

/* Whether an instance is in fault or a check is down or broken. */
bool model_is_unhealthy(const struct model *);

/* Wall-clock time of a time in the answer, nanoseconds since 1970. */
int64_t model_wall_ns(const struct model *, int64_t monotonic_ns);

/* How long before the answer that was; 0 or more. */
int64_t model_age_ns(const struct model *, int64_t monotonic_ns);

const char *model_problem_kind_name(uint32_t kind);

#endif
