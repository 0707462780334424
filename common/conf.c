/*
 * The configuration's flat records: keeping, lookup; any process. Their bounds are in conf_bounds.c.
 */
#include "common/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf_bounds.h"

/* conf_find_*() search by the first member. */
_Static_assert(offsetof(struct conf_instance, id) == 0, "id first");
_Static_assert(offsetof(struct conf_runner, id) == 0, "id first");
_Static_assert(offsetof(struct conf_command, id) == 0, "id first");
_Static_assert(offsetof(struct conf_check, id) == 0, "id first");
_Static_assert(offsetof(struct conf_group, id) == 0, "id first");

/* What travels of a record with a text, before the text. */
#define COMMAND_HEAD offsetof(struct conf_command, text)
#define CHECK_HEAD offsetof(struct conf_check, text)

void
conf_init(struct conf *conf)
{
	*conf = (struct conf){0};
}

void
conf_free(struct conf *conf)
{
#define CONF_FREE(lower, UPPER) free(conf->lower);
	CONF_KINDS(CONF_FREE)
#undef CONF_FREE
	conf_init(conf);
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool
conf_name_is_valid(const char *name)
{
	size_t i;

	if (!is_alnum(name[0]))
		return false;
	for (i = 1; name[i] != '\0'; i++)
		if (!is_alnum(name[i]) && strchr("._-", name[i]) == NULL)
			return false;
	return i < CONF_NAME_MAX;
}

bool
conf_interface_is_valid(const char *name)
{
	size_t i;

	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (i = 0; name[i] != '\0'; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/' || name[i] == ':')
			return false;
	return i < CONF_IFNAME_MAX;
}

static const void *
find(const void *array, size_t count, size_t size, uint32_t id)
{
	const char *base = array;
	size_t low = 0, high = count, middle;
	uint32_t found;

	while (low < high) {
		middle = low + (high - low) / 2;
		memcpy(&found, base + middle * size, sizeof(found));
		if (found == id)
			return base + middle * size;
		if (found < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct conf_instance *
conf_find_instance(const struct conf *conf, uint32_t id)
{
	return find(conf->instance, conf->instance_count, sizeof(*conf->instance), id);
}

const struct conf_runner *
conf_find_runner(const struct conf *conf, uint32_t id)
{
	return find(conf->runner, conf->runner_count, sizeof(*conf->runner), id);
}

const struct conf_command *
conf_find_command(const struct conf *conf, uint32_t id)
{
	return find(conf->command, conf->command_count, sizeof(*conf->command), id);
}

const struct conf_check *
conf_find_check(const struct conf *conf, uint32_t id)
{
	return find(conf->check, conf->check_count, sizeof(*conf->check), id);
}

const struct conf_group *
conf_find_group(const struct conf *conf, uint32_t id)
{
	return find(conf->group, conf->group_count, sizeof(*conf->group), id);
}

/* Addresses and peers are in the order of instances. */
#define CONF_FIND_OF_INSTANCE(name, lower) \
	const struct conf_##lower *name(const struct conf *conf, uint32_t instance, size_t *count) \
	{ \
		size_t low = 0, high = conf->lower##_count, middle; \
\
		while (low < high) { \
			middle = low + (high - low) / 2; \
			if (conf->lower[middle].instance < instance) \
				low = middle + 1; \
			else \
				high = middle; \
		} \
		for (*count = 0; low + *count < conf->lower##_count && \
				 conf->lower[low + *count].instance == instance; \
		     ++*count) \
			; \
		return *count == 0 ? NULL : &conf->lower[low]; \
	}
CONF_FIND_OF_INSTANCE(conf_find_peers, peer)
CONF_FIND_OF_INSTANCE(conf_find_addresses, address)

/* Hooks of instances come before those of groups. */
static uint64_t
hook_place(uint32_t instance, uint32_t group)
{
	return (uint64_t)(instance - 1U) << 32 | group;
}

const struct conf_hook *
conf_find_hooks(const struct conf *conf, uint32_t instance, uint32_t group, size_t *count)
{
	const uint64_t place = hook_place(instance, group);
	size_t low = 0, high = conf->hook_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (hook_place(conf->hook[middle].instance, conf->hook[middle].group) < place)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0;
	     low + *count < conf->hook_count && conf->hook[low + *count].instance == instance &&
	     conf->hook[low + *count].group == group;
	     ++*count)
		;
	return *count == 0 ? NULL : &conf->hook[low];
}

const struct conf_instance *
conf_find_instance_named(const struct conf *conf, const char *name)
{
	const struct conf_instance *found = NULL;
	size_t i;

	for (i = 0; i < conf->instance_count; i++)
		if (strcmp(conf->instance[i].name, name) == 0 && (found == NULL || found->retiring))
			found = &conf->instance[i];
	return found;
}

/* Room for one more record: the capacity is the power of two at or above the count. */
static void *
grow(void *array, size_t count, size_t size)
{
	if (count >= CONF_RECORDS_MAX) {
		errno = E2BIG;
		return NULL;
	}
	if ((count & (count - 1)) != 0)
		return array;
	return reallocarray(array, count == 0 ? 1 : count * 2, size);
}

size_t
conf_record_size(enum conf_kind kind, const void *record)
{
	switch (kind) {
	case CONF_GLOBAL:
		return sizeof(struct conf_global);
	case CONF_COMMAND:
		return COMMAND_HEAD + ((const struct conf_command *)record)->text_length;
	case CONF_CHECK:
		return CHECK_HEAD + ((const struct conf_check *)record)->text_length;
#define CONF_SIZE(lower, UPPER) \
	case CONF_##UPPER: \
		return sizeof(struct conf_##lower);
		CONF_SIZE(group, GROUP)
		CONF_SIZE(instance, INSTANCE)
		CONF_SIZE(address, ADDRESS)
		CONF_SIZE(peer, PEER)
		CONF_SIZE(route, ROUTE)
		CONF_SIZE(rule, RULE)
		CONF_SIZE(runner, RUNNER)
		CONF_SIZE(track, TRACK)
		CONF_SIZE(hook, HOOK)
#undef CONF_SIZE
	case CONF_KIND_COUNT:
		break;
	}
	return 0;
}

/* The bytes that came are those of one record of that kind. */
static bool
size_is_valid(enum conf_kind kind, const void *record, size_t size)
{
	if ((unsigned)kind >= CONF_KIND_COUNT)
		return false;
	if ((kind == CONF_COMMAND && size < COMMAND_HEAD) ||
	    (kind == CONF_CHECK && size < CHECK_HEAD))
		return false;
	return size != 0 && size == conf_record_size(kind, record);
}

int
conf_append(struct conf *conf, enum conf_kind kind, const void *record, size_t size, bool partial)
{
	void *array;

	if (!size_is_valid(kind, record, size) || !conf_bounds_hold(conf, kind, record, partial))
		goto bad;
	switch (kind) {
	case CONF_GLOBAL:
		memcpy(&conf->global, record, size);
		return 0;
#define CONF_APPEND(lower, UPPER) \
	case CONF_##UPPER: \
		array = grow(conf->lower, conf->lower##_count, sizeof(*conf->lower)); \
		if (array == NULL) \
			return -1; \
		conf->lower = array; \
		memcpy(&conf->lower[conf->lower##_count++], record, size); \
		return 0;
		CONF_KINDS(CONF_APPEND)
#undef CONF_APPEND
	case CONF_KIND_COUNT:
		break;
	}
bad:
	errno = EBADMSG;
	return -1;
}

void
conf_command_strings(
    const struct conf_command *c, const char **argv, const char **envp, const char **writable)
{
	const char *p = c->text;
	size_t i;

	for (i = 0; i < c->argc; i++, p += strlen(p) + 1)
		argv[i] = p;
	argv[i] = NULL;
	for (i = 0; i < c->envc; i++, p += strlen(p) + 1)
		envp[i] = p;
	envp[i] = NULL;
	for (i = 0; i < c->writablec; i++, p += strlen(p) + 1)
		writable[i] = p;
	writable[i] = NULL;
}
