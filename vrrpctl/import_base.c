/*
 * Memory, names, and what becomes of a directive; vrrpctl, in the importer's child.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpctl/import_part.h"
#include "vrrpctl/text.h"

#define CHUNK_SIZE 65536
#define BUCKETS 8192
#define WHY_MAX 400

struct import_chunk {
	struct import_chunk *next;
	size_t used, size;
	char data[] __attribute__((aligned(16)));
};

struct import_entry {
	struct import_entry *next;
	const char *key;
	void *value;
};

void
import_fail(struct import *im, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(im->error, im->error_size, format, ap);
	va_end(ap);
	text_clean(im->error); /* its end may be within a character */
	longjmp(im->failed, 1);
}

/* ---- memory ---- */

static struct import_chunk *
add_chunk(struct import *im, size_t size)
{
	struct import_chunk *chunk;

	if (size < CHUNK_SIZE)
		size = CHUNK_SIZE;
	im->memory += size;
	chunk = im->memory > IMPORT_MEMORY_MAX ? NULL : malloc(sizeof(*chunk) + size);
	if (chunk == NULL)
		import_fail(im, "what the file expands to takes too much memory");
	chunk->used = 0;
	chunk->size = size;
	chunk->next = im->chunks;
	im->chunks = chunk;
	return chunk;
}

void *
import_alloc(struct import *im, size_t size)
{
	struct import_chunk *chunk = im->chunks;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (chunk == NULL || chunk->size - chunk->used < size)
		chunk = add_chunk(im, size);
	p = chunk->data + chunk->used;
	chunk->used += size;
	return memset(p, 0, size);
}

void
import_free(struct import *im)
{
	struct import_chunk *chunk;

	while ((chunk = im->chunks) != NULL) {
		im->chunks = chunk->next;
		free(chunk);
	}
}

const char *
import_copy(struct import *im, const char *text, size_t length)
{
	char *copy = import_alloc(im, length + 1);

	memcpy(copy, text, length);
	return copy;
}

__attribute__((format(printf, 2, 0))) static const char *
format_list(struct import *im, const char *format, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		import_fail(im, "out of memory");
	text = import_alloc(im, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, ap);
	return text;
}

const char *
import_format(struct import *im, const char *format, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, format);
	text = format_list(im, format, ap);
	va_end(ap);
	return text;
}

/* ---- maps ---- */

static size_t
hash(const char *key)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 16777619U;
	return h % BUCKETS;
}

static struct import_entry *
find_entry(const struct import_map *map, const char *key)
{
	struct import_entry *e = map->bucket == NULL ? NULL : map->bucket[hash(key)];

	while (e != NULL && strcmp(e->key, key) != 0)
		e = e->next;
	return e;
}

void *
import_map_find(const struct import_map *map, const char *key)
{
	const struct import_entry *e = find_entry(map, key);

	return e == NULL ? NULL : e->value;
}

void
import_map_put(struct import *im, struct import_map *map, const char *key, void *value)
{
	struct import_entry *e = find_entry(map, key), **first;

	if (e == NULL) {
		if (map->bucket == NULL)
			map->bucket = import_alloc(im, BUCKETS * sizeof(*map->bucket));
		e = import_alloc(im, sizeof(*e));
		e->key = import_copy(im, key, strlen(key));
		first = &map->bucket[hash(key)];
		e->next = *first;
		*first = e;
	}
	e->value = value;
}

const char *
import_make_name(struct import *im, struct import_map *names, const char *key)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	char name[CONF_NAME_MAX], tail[16] = "";
	unsigned *count;
	size_t i, length = 0;
	const char *base, *unique;

	for (i = 0; key[i] != '\0' && length < sizeof(name) - 1; i++)
		if (length > 0 ||
		    (isascii((unsigned char)key[i]) && isalnum((unsigned char)key[i])))
			name[length++] = strchr(allowed, key[i]) != NULL ? key[i] : '-';
	while (length > 0 && name[length - 1] == '-')
		length--;
	name[length] = '\0';
	base = length == 0 ? "unnamed" : import_copy(im, name, length);
	if (names == NULL)
		return base;
	unique = base;
	count = import_map_find(names, base);
	while (import_map_find(names, unique) != NULL) {
		snprintf(tail, sizeof(tail), "-%u", ++*count);
		unique = import_format(
		    im, "%.*s%s", (int)(CONF_NAME_MAX - 1 - strlen(tail)), base, tail);
	}
	count = import_alloc(im, sizeof(*count));
	*count = 1;
	import_map_put(im, names, unique, count);
	return unique;
}

void
import_list_add(struct import *im, struct import_list *list, const char *text)
{
	struct import_item *item = import_alloc(im, sizeof(*item));

	item->text = text;
	if (list->end == NULL)
		list->end = &list->first;
	*list->end = item;
	list->end = &item->next;
	list->count++;
}

/* ---- what becomes of a directive ---- */

__attribute__((format(printf, 5, 0))) static void
decide(struct import *im, struct import_node *node, enum import_verdict verdict, bool failover,
    const char *format, va_list ap)
{
	const char *why = format_list(im, format, ap);

	text_clean((char *)(uintptr_t)why); /* a word may be cut within a character */
	if (node->why != NULL && strstr(node->why, why) == NULL && strlen(node->why) < WHY_MAX)
		why = import_format(im, "%s; %s", node->why, why);
	else if (node->why != NULL)
		why = node->why;
	node->why = why;
	node->told = true;
	node->failover = node->failover || failover;
	if (verdict > node->verdict)
		node->verdict = verdict;
}

void
import_keep(struct import *im, struct import_node *node, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	decide(im, node, IMPORT_KEPT, false, why, ap);
	va_end(ap);
}

void
import_change(struct import *im, struct import_node *node, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	decide(im, node, IMPORT_CHANGED, false, why, ap);
	va_end(ap);
}

void
import_drop(struct import *im, struct import_node *node, bool failover, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	decide(im, node, IMPORT_DROPPED, failover, why, ap);
	va_end(ap);
}
