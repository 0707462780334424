/*
 * The configuration that the parent sends next; in the checker.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checker/stage.h"

void
stage_init(struct stage *stage)
{
	*stage = (struct stage){0};
	conf_init(&stage->conf);
}

void
stage_drop(struct stage *stage)
{
	for (size_t i = 0; i < stage->target_count; i++)
		free(stage->target[i].message);
	free(stage->target);
	free(stage->weighed);
	conf_free(&stage->conf);
	stage_init(stage);
}

/* Between the first record and the end. */
static bool
stage_is_open(const struct stage *stage)
{
	return stage->begun && !stage->complete;
}

int
stage_add_record(struct stage *stage, enum conf_kind kind, const void *record, size_t size)
{
	if (kind == CONF_GLOBAL ? stage->begun : !stage_is_open(stage)) {
		errno = EBADMSG;
		return -1;
	}
	if (conf_append(&stage->conf, kind, record, size, false) == -1)
		return -1;
	stage->begun = true;
	return 0;
}

int
stage_weigh_value(struct stage *stage, uint32_t id)
{
	const struct conf_check *check = conf_find_check(&stage->conf, id);
	uint32_t *grown;

	if (!stage_is_open(stage) || check == NULL || check->kind != CONF_CHECK_FILE) {
		errno = EBADMSG;
		return -1;
	}
	grown = reallocarray(stage->weighed, stage->weighed_count + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	stage->weighed = grown;
	stage->weighed[stage->weighed_count++] = id;
	return 0;
}

static bool
stage_has_target(const struct stage *stage, const struct msg_target *target)
{
	for (size_t i = 0; i < stage->target_count; i++)
		if (stage->target[i].message->instance == target->instance &&
		    stage->target[i].message->group == target->group)
			return true;
	return false;
}

static bool
stage_is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool
stage_target_is_valid(const struct stage *stage, const struct msg_target *target, size_t size)
{
	return (target->instance == 0) != (target->group == 0) &&
	       stage_is_text(target->name, sizeof(target->name)) &&
	       stage_is_text(target->interface, sizeof(target->interface)) &&
	       stage_is_text(target->addresses, size - offsetof(struct msg_target, addresses)) &&
	       !stage_has_target(stage, target);
}

int
stage_add_target(struct stage *stage, const struct msg_target *target, size_t size)
{
	struct stage_target *grown;

	if (!stage_is_open(stage) || !stage_target_is_valid(stage, target, size)) {
		errno = EBADMSG;
		return -1;
	}
	grown = reallocarray(stage->target, stage->target_count + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	stage->target = grown;
	grown += stage->target_count;
	grown->size = size;
	grown->message = malloc(size);
	if (grown->message == NULL)
		return -1;
	memcpy(grown->message, target, size);
	stage->target_count++;
	return 0;
}

int
stage_end(struct stage *stage)
{
	if (!stage_is_open(stage))
		return -1;
	stage->complete = true;
	return 0;
}
