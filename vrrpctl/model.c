/*
 * What the daemon answered, checked and collected; vrrpctl.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "vrrpctl/model.h"
#include "vrrpctl/text.h"

MSG_RECEIVER(MSG_ENGINE_CTL, model, ENGINE_CTL)

void
model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
}

void
model_free(struct model *model)
{
	for (size_t i = 0; i < model->instance_count; i++) {
		free(model->instances[i].addresses);
		free(model->instances[i].faults);
		free(model->instances[i].tracks);
		free(model->instances[i].checks);
		free(model->instances[i].transitions);
	}
	for (size_t i = 0; i < model->group_count; i++)
		free(model->groups[i].members);
	free(model->instances);
	free(model->checks);
	free(model->problems);
	free(model->groups);
	free(model->hooks);
	free(model->explanations);
	free(model->effects);
	free(model->text);
	model_init(model);
}

static int
model_reject(void)
{
	errno = EBADMSG;
	return -1;
}

/*
 * The array with room for one more; it doubles at each power of two. NULL leaves the old one as it
 * was.
 */
static void *
model_grow(void *array, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return array;
	return reallocarray(array, count == 0 ? 1 : 2 * count, size);
}

#define MODEL_APPEND(array, count, value) \
	do { \
		void *grown = model_grow((array), (count), sizeof(*(array))); \
\
		if (grown == NULL) \
			return -1; \
		(array) = grown; \
		(array)[(count)++] = (value); \
	} while (0)

/* Terminated within its field; then made printable. */
static bool
model_check_text(char *text, size_t size)
{
	if (memchr(text, '\0', size) == NULL)
		return false;
	text_clean(text);
	return true;
}

static bool
model_check_addr(const struct addr *a)
{
	return a->family == ADDR_NONE || addr_size(a->family) != 0;
}

/* A time of the daemon's clock that can be added to ours. */
static bool
model_check_time(int64_t ns)
{
	return ns >= 0 && ns < INT64_MAX / 4;
}

/* Objects are welcome between STATUS and END. */
static bool
model_is_open(const struct model *model)
{
	return model->has_status && !model->ended;
}

static struct model_instance *
model_find_instance(struct model *model, uint32_t id)
{
	size_t at;

	for (size_t i = 0; i < model->instance_count; i++) {
		at = (model->instance_cursor + i) % model->instance_count;
		if (model->instances[at].status.id == id) {
			model->instance_cursor = at;
			return &model->instances[at];
		}
	}
	return NULL;
}

static int
model_on_hello(void *ctx, const struct msg_ctl_hello *hello, size_t size, int fd)
{
	struct model *model = ctx;
	struct msg_ctl_hello theirs = *hello;

	(void)size;
	(void)fd;
	if (model->greeted || !model_check_text(theirs.program, sizeof(theirs.program)))
		return model_reject();
	model->greeted = true;
	model->version = theirs.version;
	memcpy(model->program, theirs.program, sizeof(model->program));
	return 0;
}

static int
model_on_status(void *ctx, const struct msg_status *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct msg_status status = *message;

	(void)size;
	(void)fd;
	if (!model->greeted || model->has_status || model->ended ||
	    !model_check_time(status.time_ns) ||
	    !model_check_text(status.router_name, sizeof(status.router_name)))
		return model_reject();
	model->has_status = true;
	model->status = status;
	return 0;
}

static int
model_on_instance(void *ctx, const struct msg_status_instance *status, size_t size, int fd)
{
	struct model *model = ctx;
	struct model_instance instance = {.status = *status};

	(void)size;
	(void)fd;
	if (!model_is_open(model) || !model_check_text(instance.status.name, CONF_NAME_MAX) ||
	    !model_check_text(instance.status.interface, CONF_IFNAME_MAX) ||
	    addr_size(status->family) == 0 || status->state >= VRRP_STATE_COUNT ||
	    status->reason >= VRRP_REASON_COUNT ||
	    status->new_master_reason >= VRRP_NEW_MASTER_COUNT ||
	    !model_check_addr(&status->master) || !model_check_addr(&status->source) ||
	    !model_check_time(status->since_ns) || status->next_timer_ns < 0)
		return model_reject();
	MODEL_APPEND(model->instances, model->instance_count, instance);
	model->instance_cursor = model->instance_count - 1;
	return 0;
}

static int
model_on_address(void *ctx, const struct msg_status_address *address, size_t size, int fd)
{
	struct model *model = ctx;
	struct model_instance *instance = model_find_instance(model, address->instance);

	(void)size;
	(void)fd;
	if (!model_is_open(model) || instance == NULL || addr_size(address->addr.family) == 0 ||
	    address->prefix_length > 8 * addr_size(address->addr.family))
		return model_reject();
	MODEL_APPEND(instance->addresses, instance->address_count, *address);
	return 0;
}

static int
model_on_fault(void *ctx, const struct msg_status_fault *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct model_instance *instance = model_find_instance(model, message->instance);
	struct msg_status_fault fault = *message;

	(void)size;
	(void)fd;
	if (!model_is_open(model) || instance == NULL || !model_check_time(fault.since_ns) ||
	    !model_check_text(fault.text, sizeof(fault.text)))
		return model_reject();
	MODEL_APPEND(instance->faults, instance->fault_count, fault);
	return 0;
}

static int
model_on_track(void *ctx, const struct msg_status_track *track, size_t size, int fd)
{
	struct model *model = ctx;
	struct model_instance *instance = model_find_instance(model, track->instance);

	(void)size;
	(void)fd;
	if (!model_is_open(model) || instance == NULL || track->weight < -253 ||
	    track->weight > 253 || track->by_value > 1 || track->invert > 1)
		return model_reject();
	MODEL_APPEND(instance->tracks, instance->track_count, *track);
	return 0;
}

static bool
model_check_duration(int64_t us)
{
	return us >= 0 && us <= INT64_MAX / NS_PER_US;
}

/* A result; its texts are made printable. */
static bool
model_check_result(struct msg_check *last)
{
	return model_check_text(last->step, sizeof(last->step)) &&
	       model_check_text(last->output, sizeof(last->output)) &&
	       last->state < VRRP_CHECK_COUNT && model_check_time(last->last_run_ns) &&
	       model_check_time(last->since_ns) && model_check_duration(last->duration_us);
}

static int
model_on_check(void *ctx, const struct msg_status_check *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct msg_status_check check = *message;

	(void)size;
	(void)fd;
	if (!model_is_open(model) || !model_check_text(check.name, sizeof(check.name)) ||
	    !model_check_result(&check.last))
		return model_reject();
	MODEL_APPEND(model->checks, model->check_count, check);
	return 0;
}

static int
model_on_transition(void *ctx, const struct msg_status_transition *transition, size_t size, int fd)
{
	struct model *model = ctx;
	struct model_instance *instance = model_find_instance(model, transition->instance);

	(void)size;
	(void)fd;
	if (!model_is_open(model) || instance == NULL || transition->from >= VRRP_STATE_COUNT ||
	    transition->to >= VRRP_STATE_COUNT || transition->reason >= VRRP_REASON_COUNT ||
	    !model_check_time(transition->at_ns))
		return model_reject();
	MODEL_APPEND(instance->transitions, instance->transition_count, *transition);
	return 0;
}

static int
model_on_problem(void *ctx, const struct msg_status_problem *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct msg_status_problem problem = *message;

	(void)size;
	(void)fd;
	if (!model_is_open(model) || problem.kind >= MSG_PROBLEM_KIND_COUNT ||
	    !model_check_text(problem.object, sizeof(problem.object)) ||
	    !model_check_text(problem.text, sizeof(problem.text)))
		return model_reject();
	MODEL_APPEND(model->problems, model->problem_count, problem);
	return 0;
}

static int
model_on_group(void *ctx, const struct msg_status_group *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct model_group group = {.status = *message};

	(void)size;
	(void)fd;
	if (!model_is_open(model) || message->id == 0 || message->state >= VRRP_STATE_COUNT ||
	    !model_check_time(message->since_ns) ||
	    !model_check_text(group.status.name, sizeof(group.status.name)))
		return model_reject();
	MODEL_APPEND(model->groups, model->group_count, group);
	return 0;
}

/* They follow their group. */
static int
model_on_member(void *ctx, const struct msg_status_member *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct msg_status_member member = *message;
	struct model_group *group;

	(void)size;
	(void)fd;
	if (!model_is_open(model) || model->group_count == 0 ||
	    !model_check_text(member.name, sizeof(member.name)))
		return model_reject();
	group = &model->groups[model->group_count - 1];
	if (group->status.id != member.group)
		return model_reject();
	MODEL_APPEND(group->members, group->member_count, member);
	return 0;
}

static const struct model_group *
model_find_group(const struct model *model, uint32_t id)
{
	for (size_t i = 0; i < model->group_count; i++)
		if (model->groups[i].status.id == id)
			return &model->groups[i];
	return NULL;
}

static bool
model_check_hook(struct msg_status_hook *hook)
{
	struct msg_hook *last = &hook->last;

	return (last->instance == 0) != (last->group == 0) && last->slot < CONF_HOOK_SLOTS &&
	       last->event < VRRP_HOOK_COUNT && model_check_duration(last->duration_us) &&
	       model_check_text(last->output, sizeof(last->output)) &&
	       model_check_time(hook->started_ns) && model_check_time(hook->running_since_ns) &&
	       hook->running < VRRP_HOOK_COUNT && hook->waiting < VRRP_HOOK_COUNT;
}

static int
model_on_hook(void *ctx, const struct msg_status_hook *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct model_hook hook = {.status = *message};
	const struct model_instance *instance = model_find_instance(model, message->last.instance);
	const struct model_group *group = model_find_group(model, message->last.group);

	(void)size;
	(void)fd;
	if (!model_is_open(model) || !model_check_hook(&hook.status) ||
	    (instance == NULL && group == NULL))
		return model_reject();
	memcpy(hook.name, instance != NULL ? instance->status.name : group->status.name,
	    sizeof(hook.name));
	MODEL_APPEND(model->hooks, model->hook_count, hook);
	return 0;
}

static int
model_on_explanation(void *ctx, const struct msg_status_explanation *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct msg_status_explanation line = *message;

	(void)size;
	(void)fd;
	if (!model_is_open(model) || line.blocks > 1 ||
	    !model_check_text(line.text, sizeof(line.text)))
		return model_reject();
	MODEL_APPEND(model->explanations, model->explanation_count, line);
	return 0;
}

/* The check comes first. */
static int
model_on_ran(void *ctx, const struct msg_status_ran *message, size_t size, int fd)
{
	struct model *model = ctx;

	(void)size;
	(void)fd;
	if (!model_is_open(model) || model->has_ran || model->check_count != 1)
		return model_reject();
	model->ran = message->result;
	if (!model_check_result(&model->ran))
		return model_reject();
	model->has_ran = true;
	return 0;
}

static int
model_on_effect(void *ctx, const struct msg_status_effect *message, size_t size, int fd)
{
	struct model *model = ctx;
	struct msg_status_effect effect = *message;

	(void)size;
	(void)fd;
	if (!model_is_open(model) || !model->has_ran || effect.fault > 1 || effect.fault_then > 1 ||
	    effect.waiting > 1 || effect.waiting_then > 1 ||
	    !model_check_text(effect.name, sizeof(effect.name)))
		return model_reject();
	MODEL_APPEND(model->effects, model->effect_count, effect);
	return 0;
}

/* The room doubles when a piece does not fit any more; one byte of it is for a NUL. */
static int
model_on_text(void *ctx, const struct msg_status_text *message, size_t size, int fd)
{
	struct model *model = ctx;
	char *grown;

	(void)fd;
	if (!model_is_open(model) || size == 0 || size > CONF_TEXT_SIZE_MAX - model->text_size)
		return model_reject();
	if (model->text_size + size >= model->text_room) {
		model->text_room = 2 * (model->text_size + size + 1);
		grown = realloc(model->text, model->text_room);
		if (grown == NULL)
			return -1;
		model->text = grown;
	}
	memcpy(model->text + model->text_size, message->text, size);
	model->text_size += size;
	return 0;
}

static int
model_compare_checks(const void *a, const void *b)
{
	const struct msg_status_check *const *left = a, *const *right = b;

	return ((*left)->last.check > (*right)->last.check) -
	       ((*left)->last.check < (*right)->last.check);
}

static int
model_compare_id(const void *key, const void *element)
{
	const struct msg_status_check *const *check = element;
	const uint32_t *id = key;

	return (*id > (*check)->last.check) - (*id < (*check)->last.check);
}

/* Points the instance at its group. */
static int
model_resolve_group(const struct model *model, struct model_instance *instance)
{
	const struct model_group *group = model_find_group(model, instance->status.group);

	if (instance->status.group == 0)
		return 0;
	if (group == NULL)
		return model_reject();
	instance->group = group->status.name;
	return 0;
}

/* Points the instance at its checks, which must all be there. */
static int
model_resolve_checks(
    struct model_instance *instance, const struct msg_status_check **sorted, size_t count)
{
	const struct msg_status_check **found;

	if (instance->track_count == 0)
		return 0;
	instance->checks = calloc(instance->track_count, sizeof(const struct msg_status_check *));
	if (instance->checks == NULL)
		return -1;
	for (size_t i = 0; i < instance->track_count; i++) {
		found = bsearch(
		    &instance->tracks[i].check, sorted, count, sizeof(*sorted), model_compare_id);
		if (found == NULL)
			return model_reject();
		instance->checks[i] = *found;
	}
	return 0;
}

static int
model_resolve(struct model *model)
{
	const struct msg_status_check **sorted =
	    calloc(model->check_count + 1, sizeof(const struct msg_status_check *));
	int rc = 0;

	if (sorted == NULL)
		return -1;
	for (size_t i = 0; i < model->check_count; i++)
		sorted[i] = &model->checks[i];
	qsort(sorted, model->check_count, sizeof(*sorted), model_compare_checks);
	for (size_t i = 0; i < model->instance_count && rc == 0; i++) {
		rc = model_resolve_checks(&model->instances[i], sorted, model->check_count);
		if (rc == 0)
			rc = model_resolve_group(model, &model->instances[i]);
	}
	free(sorted);
	return rc;
}

static int
model_on_end(void *ctx, const struct msg_ctl_end *end, size_t size, int fd)
{
	struct model *model = ctx;

	(void)size;
	(void)fd;
	if (!model->greeted || model->ended || end->result > MSG_CTL_FAILED ||
	    (end->result == MSG_CTL_OK && !model->has_status))
		return model_reject();
	if (model_resolve(model) == -1)
		return -1;
	if (model->text != NULL)
		text_clean_lines(model->text, model->text_size);
	model->wall_offset_ns = clock_wall_ns((mono_t){0});
	model->ended = true;
	model->result = (enum msg_ctl_result)end->result;
	return 0;
}

int
model_take(struct model *model, const void *packet, size_t size)
{
	struct msg_header header;

	if (++model->message_count > MODEL_MESSAGES_MAX) {
		errno = E2BIG;
		return -1;
	}
	if (size < sizeof(header))
		return model_reject();
	memcpy(&header, packet, sizeof(header));
	size -= sizeof(header);
	if (msg_row_check(&msg_table_engine_ctl, header.type, size) == NULL)
		return model_reject();
	return model_dispatch(
	    model, header.type, (const uint8_t *)packet + sizeof(header), size, -1);
}

size_t
model_checks_up(const struct model_instance *instance)
{
	size_t up = 0;

	for (size_t i = 0; i < instance->track_count; i++)
		up += instance->checks[i]->last.state == VRRP_CHECK_UP;
	return up;
}

bool
model_is_unhealthy(const struct model *model)
{
	for (size_t i = 0; i < model->instance_count; i++)
		if (model->instances[i].status.state == VRRP_FAULT)
			return true;
	for (size_t i = 0; i < model->check_count; i++)
		if (model->checks[i].last.state == VRRP_CHECK_DOWN ||
		    model->checks[i].last.state == VRRP_CHECK_BROKEN)
			return true;
	return false;
}

int64_t
model_wall_ns(const struct model *model, int64_t monotonic_ns)
{
	return model->wall_offset_ns + monotonic_ns;
}

int64_t
model_age_ns(const struct model *model, int64_t monotonic_ns)
{
	return model->status.time_ns > monotonic_ns ? model->status.time_ns - monotonic_ns : 0;
}

#define MODEL_WORD(name, word) word,

const char *
model_problem_kind_name(uint32_t kind)
{
	static const char *const words[] = {MSG_PROBLEM_KINDS(MODEL_WORD)};

	return kind < MSG_PROBLEM_KIND_COUNT ? words[kind] : "?";
}
