/*
 * The configuration's flat records: bounds on arrival, lookup; any process. What arrives here may
 * have been made by a process that somebody else has taken over.
 */
#include "common/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/vrrp.h"

/* conf_find_*() search by the first member. */
_Static_assert(offsetof(struct conf_instance, id) == 0, "id first");
_Static_assert(offsetof(struct conf_runner, id) == 0, "id first");
_Static_assert(offsetof(struct conf_command, id) == 0, "id first");
_Static_assert(offsetof(struct conf_check, id) == 0, "id first");

#define COMMAND_HEAD offsetof(struct conf_command, text)

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

static bool
is_terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool
in_range(uint32_t value, uint32_t min, uint32_t max)
{
	return value >= min && value <= max;
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

const struct conf_instance *
conf_find_instance_named(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->instance_count; i++)
		if (strcmp(conf->instance[i].name, name) == 0)
			return &conf->instance[i];
	return NULL;
}

static bool
global_is_valid(const struct conf *conf, const struct conf_global *g)
{
	return conf->global.max_parallel == 0 && /* there is one a configuration */
	       is_terminated(g->router_name, sizeof(g->router_name)) &&
	       conf_name_is_valid(g->router_name) && g->engine_uid != 0 && g->checker_uid != 0 &&
	       g->stop_timeout_ms <= CONF_DURATION_MAX_MS &&
	       in_range(g->max_parallel, 1, CONF_PARALLEL_MAX);
}

static bool
announce_is_valid(const struct conf_instance *in)
{
	return in->announce_repeat <= CONF_ANNOUNCE_REPEAT_MAX &&
	       in_range(in->announce_interval_ms, 1, CONF_DURATION_MAX_MS) &&
	       in->announce_delay_ms <= CONF_DURATION_MAX_MS &&
	       (in->announce_refresh_ms == 0 ||
		   in_range(in->announce_refresh_ms, CONF_ANNOUNCE_REFRESH_MIN_MS,
		       CONF_DURATION_MAX_MS));
}

static bool
instance_is_valid(const struct conf *conf, const struct conf_instance *in, bool partial)
{
	const size_t count = conf->instance_count;

	(void)partial;
	return in->id > (count > 0 ? conf->instance[count - 1].id : 0) &&
	       is_terminated(in->name, sizeof(in->name)) && conf_name_is_valid(in->name) &&
	       is_terminated(in->interface, sizeof(in->interface)) &&
	       conf_interface_is_valid(in->interface) && in->vrid != 0 && in->family == ADDR_IPV4 &&
	       in->version == 3 && in->priority != 0 && in->preempt <= 1 && in->enabled <= 1 &&
	       in->checksum < CONF_CHECKSUM_COUNT &&
	       in_range(in->interval_cs, 1, VRRP_INTERVAL_CS_MAX) && announce_is_valid(in);
}

/* In the order of instances, each one once and no more than an advert holds. */
static bool
address_is_valid(const struct conf *conf, const struct conf_address *a, bool partial)
{
	const struct conf_instance *in = conf_find_instance(conf, a->instance);
	const size_t used = addr_size(a->addr.family);
	size_t i, n = 0;

	(void)partial;
	if (in == NULL || a->addr.family != in->family || !in_range(a->prefix_length, 1, used * 8))
		return false;
	for (i = used; i < sizeof(a->addr.bytes); i++)
		if (a->addr.bytes[i] != 0)
			return false;
	for (i = conf->address_count; i > 0 && conf->address[i - 1].instance == in->id; i--) {
		if (addr_equal(&conf->address[i - 1].addr, &a->addr) || ++n >= VRRP_ADDRESSES_MAX)
			return false;
	}
	return i == 0 || conf->address[i - 1].instance < in->id;
}

static bool
runner_is_valid(const struct conf *conf, const struct conf_runner *r, bool partial)
{
	const size_t count = conf->runner_count;

	(void)partial;
	return r->id > (count > 0 ? conf->runner[count - 1].id : 0) &&
	       is_terminated(r->name, sizeof(r->name)) && r->name[0] != '\0' &&
	       r->uid != conf->global.engine_uid && r->uid != conf->global.checker_uid &&
	       r->uid != UINT_MAX && r->gid != UINT_MAX;
}

/* Walks over count strings that begin with first ('\0' = anything). NULL when they do not fit. */
static const char *
skip_strings(const char *p, const char *end, uint32_t count, char first)
{
	while (count-- > 0) {
		if (p == end || (first != '\0' && *p != first))
			return NULL;
		p += strlen(p) + 1; /* the text ends with NUL: this stays inside */
	}
	return p;
}

static bool
environment_is_valid(const char *p, uint32_t count)
{
	const char *equals;

	for (; count-- > 0; p += strlen(p) + 1) {
		equals = strchr(p, '=');
		if (equals == NULL || equals == p)
			return false;
	}
	return true;
}

/* Absolute command, "KEY=value" strings, absolute writable paths, and nothing after them. */
static bool
command_text_is_valid(const struct conf_command *c)
{
	const char *end = c->text + c->text_length, *environment, *writable;

	if (!in_range(c->text_length, 1, CONF_TEXT_MAX) || end[-1] != '\0' || c->argc == 0 ||
	    c->text[0] != '/')
		return false;
	environment = skip_strings(c->text, end, c->argc, '\0');
	if (environment == NULL)
		return false;
	writable = skip_strings(environment, end, c->envc, '\0');
	if (writable == NULL || !environment_is_valid(environment, c->envc))
		return false;
	return skip_strings(writable, end, c->writablec, '/') == end;
}

static bool
command_is_valid(const struct conf *conf, const struct conf_command *c, bool partial)
{
	const size_t count = conf->command_count;

	(void)partial;
	return c->id > (count > 0 ? conf->command[count - 1].id : 0) &&
	       conf_find_runner(conf, c->runner) != NULL &&
	       in_range(c->timeout_ms, 1, CONF_DURATION_MAX_MS) &&
	       c->sandbox < CONF_SANDBOX_COUNT && command_text_is_valid(c);
}

static bool
runs_as(const struct conf *conf, uint32_t command, uint32_t runner, bool partial)
{
	const struct conf_command *c;

	if (partial)
		return command != 0 && conf_find_runner(conf, runner) != NULL;
	c = conf_find_command(conf, command);
	return c != NULL && c->runner == runner;
}

static bool
check_is_valid(const struct conf *conf, const struct conf_check *c, bool partial)
{
	const size_t count = conf->check_count;

	return c->id > (count > 0 ? conf->check[count - 1].id : 0) &&
	       is_terminated(c->name, sizeof(c->name)) && conf_name_is_valid(c->name) &&
	       runs_as(conf, c->command, c->runner, partial) &&
	       conf_find_runner(conf, c->runner)->uid != 0 && /* root runs hooks only */
	       in_range(c->interval_ms, 1, CONF_DURATION_MAX_MS) &&
	       in_range(c->timeout_ms, 1, CONF_DURATION_MAX_MS) &&
	       in_range(c->fall, 1, CONF_DAMPING_MAX) && in_range(c->rise, 1, CONF_DAMPING_MAX) &&
	       c->initial < CONF_INITIAL_COUNT;
}

static bool
track_is_valid(const struct conf *conf, const struct conf_track *t, bool partial)
{
	(void)partial;
	return conf_find_instance(conf, t->instance) != NULL &&
	       conf_find_check(conf, t->check) != NULL;
}

/* In the order of (instance, slot), which also makes each unique. */
static bool
hook_is_valid(const struct conf *conf, const struct conf_hook *h, bool partial)
{
	const struct conf_hook *last;

	if (h->slot >= CONF_HOOK_SLOTS || conf_find_instance(conf, h->instance) == NULL ||
	    !runs_as(conf, h->command, h->runner, partial))
		return false;
	if (conf->hook_count == 0)
		return true;
	last = &conf->hook[conf->hook_count - 1];
	return last->instance < h->instance ||
	       (last->instance == h->instance && last->slot < h->slot);
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
#define CONF_SIZE(lower, UPPER) \
	case CONF_##UPPER: \
		return sizeof(struct conf_##lower);
		CONF_SIZE(instance, INSTANCE)
		CONF_SIZE(address, ADDRESS)
		CONF_SIZE(runner, RUNNER)
		CONF_SIZE(check, CHECK)
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
	if (kind == CONF_COMMAND && size < COMMAND_HEAD)
		return false;
	return size != 0 && size == conf_record_size(kind, record);
}

int
conf_append(struct conf *conf, enum conf_kind kind, const void *record, size_t size, bool partial)
{
	void *array;

	if (!size_is_valid(kind, record, size))
		goto bad;
	switch (kind) {
	case CONF_GLOBAL:
		if (!global_is_valid(conf, record))
			goto bad;
		memcpy(&conf->global, record, size);
		return 0;
#define CONF_APPEND(lower, UPPER) \
	case CONF_##UPPER: \
		if (conf->global.max_parallel == 0 || !lower##_is_valid(conf, record, partial)) \
			goto bad; \
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
