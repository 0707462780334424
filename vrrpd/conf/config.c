/*
 * Memory of a configuration as written, its two sets, and the steps of loading it; config role and
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
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/yaml.h"

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

RB_GENERATE(config_users, config_user, entry, config_users_compare)
RB_GENERATE(config_commands, config_command, entry, config_commands_compare)

void
config_init(struct config *config, const char *file, bool checking)
{
	*config = (struct config){.file = file, .checking = checking};
	RB_INIT(&config->users);
	RB_INIT(&config->commands);
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

int
config_load(struct config *config)
{
	if (yaml_load(config) == 0) {
		check_config(config);
		files_check(config);
	}
	problem_sort(config);
	return config->errors == 0 ? 0 : -1;
}
