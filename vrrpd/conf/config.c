/*
 * Memory of a configuration as written, its sets, and the steps of loading it; config role and
 * `vrrpd -n`.
 */
#include "vrrpd/conf/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "vrrpd/conf/check.h"
#include "vrrpd/conf/files.h"
#include "vrrpd/conf/include.h"
#include "vrrpd/conf/problem.h"

#define CHUNK_SIZE 65536

/* Memory is handed out from chunks and freed all at once. */
struct config_chunk {
	struct config_chunk *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char data[];
};

int
config_users_compare(const struct config_user *a, const struct config_user *b)
{
	return strcmp(a->text, b->text);
}

static int
compare_numbers(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

int
config_commands_compare(const struct config_command *a, const struct config_command *b)
{
	int order;

	if ((order = strcmp(a->user->text, b->user->text)) != 0 ||
	    (order = compare_numbers(a->timeout.value, b->timeout.value)) != 0 ||
	    (order = compare_numbers(a->sandbox.value, b->sandbox.value)) != 0 ||
	    (order = compare_numbers((int64_t)a->argv.count, (int64_t)b->argv.count)) != 0 ||
	    (order = compare_numbers(
		 (int64_t)a->environment.count, (int64_t)b->environment.count)) != 0 ||
	    (order = compare_numbers((int64_t)a->text_length, (int64_t)b->text_length)) != 0)
		return order;
	return memcmp(a->text, b->text, a->text_length);
}

int
config_files_compare(const struct config_file *a, const struct config_file *b)
{
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

RB_GENERATE(config_files, config_file, entry, config_files_compare)
RB_GENERATE(config_users, config_user, entry, config_users_compare)
RB_GENERATE(config_commands, config_command, entry, config_commands_compare)

void
config_init(struct config *config, const char *file, bool checking)
{
	*config = (struct config){.file = file, .checking = checking};
	RB_INIT(&config->identities);
	RB_INIT(&config->users);
	RB_INIT(&config->commands);
	(void)config_add_file(config, file, (struct config_at){0});
}

void
config_free(struct config *config)
{
	struct config_chunk *chunk, *next;

	for (chunk = config->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(config->problems);
	*config = (struct config){0};
}

void *
config_alloc(struct config *config, size_t size)
{
	struct config_chunk *chunk = config->chunks;
	size_t wanted;
	void *result;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (chunk == NULL || chunk->size - chunk->used < size) {
		wanted = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		chunk = calloc(1, sizeof(*chunk) + wanted);
		if (chunk == NULL)
			fatal("%s", config->file);
		chunk->size = wanted;
		chunk->next = config->chunks;
		config->chunks = chunk;
	}
	result = chunk->data + chunk->used;
	chunk->used += size;
	return result;
}

void *
config_alloc_array(struct config *config, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		fatalx("%s: out of memory", config->file);
	return config_alloc(config, total);
}

char *
config_strndup(struct config *config, const char *text, size_t length)
{
	char *copy = config_alloc(config, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *
config_format(struct config *config, const char *format, ...)
{
	char *text, *copy;
	va_list ap;
	int length;

	va_start(ap, format);
	length = vasprintf(&text, format, ap);
	va_end(ap);
	if (length == -1)
		fatal("%s", config->file);
	copy = config_strndup(config, text, (size_t)length);
	free(text);
	return copy;
}

void
config_reserve(struct config *config, struct config_items *items, size_t size, size_t more)
{
	void *larger;

	if (items->capacity - items->count >= more)
		return;
	items->capacity = items->count + (more > items->count ? more : items->count);
	larger = config_alloc_array(config, items->capacity, size);
	if (items->count > 0)
		memcpy(larger, items->item, items->count * size);
	items->item = larger;
}

void *
config_append(struct config *config, struct config_items *items, size_t size)
{
	config_reserve(config, items, size, 1);
	return (char *)items->item + items->count++ * size;
}

int
config_add_file(struct config *config, const char *name, struct config_at included)
{
	struct config_file **slot, *file;

	if (config->files.count == CONFIG_FILES_MAX)
		return -1;
	file = config_alloc(config, sizeof(*file));
	file->name = name;
	file->included = included;
	slot = config_append(config, &config->files.items, sizeof(struct config_file *));
	*slot = file;
	return (int)config->files.count - 1;
}

struct config_command *
config_hook(const struct config_instance *in, size_t slot)
{
	return slot == CONF_HOOK_GATE ? in->before_master : in->notify.slot[slot];
}

uint8_t
config_route_family(const struct config_instance *in, const struct config_route *r)
{
	if (addr_is_set(&r->to.addr))
		return r->to.addr.family;
	if (addr_is_set(&r->via.addr))
		return r->via.addr.family;
	return addr_is_set(&r->source.addr) ? r->source.addr.family : in->family;
}

uint8_t
config_rule_family(const struct config_instance *in, const struct config_rule *r)
{
	if (addr_is_set(&r->from.addr))
		return r->from.addr.family;
	return addr_is_set(&r->to.addr) ? r->to.addr.family : in->family;
}

int
config_load(struct config *config)
{
	if (include_load(config) == 0) {
		check_config(config);
		files_check(config);
	}
	problem_sort(config);
	return config->errors == 0 ? 0 : -1;
}
