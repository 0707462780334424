/*
 * Fuzzes what other processes say: the input is a sequence of packets of one direction, framed by
 * the table, and as the configuration's records where they are some. Whatever is taken stays in
 * bounds and is found again; what is refused leaves everything as it was.
 *
 * Input: direction, then for each packet two bytes of length and the packet.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define FUZZ_TABLE(ROWS, P, lower) &msg_table_##lower,
static const struct msg_table *const tables[] = {MSG_DIRECTIONS(FUZZ_TABLE)};
#define FUZZ_TABLES (sizeof(tables) / sizeof(tables[0]))

static void
fuzz_require(bool condition)
{
	if (!condition)
		abort();
}

static size_t
fuzz_records(const struct conf *conf)
{
	size_t count = 0;

#define FUZZ_COUNT(lower, UPPER) count += conf->lower##_count;
	CONF_KINDS(FUZZ_COUNT)
	return count;
}

/* The kind of record a row carries, CONF_KIND_COUNT when it is none. */
static enum conf_kind
fuzz_kind(const char *name)
{
#define FUZZ_NAME(lower, UPPER) "CONF_" #UPPER,
	static const char *const names[] = {"CONF_GLOBAL", CONF_KINDS(FUZZ_NAME)};
	enum conf_kind kind = CONF_GLOBAL;

	while (kind < CONF_KIND_COUNT && strcmp(names[kind], name) != 0)
		kind++;
	return kind;
}

/* Every reference of what was accepted leads somewhere, every text ends. */
static void
fuzz_check(const struct conf *conf, bool partial)
{
	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *instance = &conf->instance[i];

		fuzz_require(conf_find_instance(conf, instance->id) == instance);
		fuzz_require(conf_name_is_valid(instance->name));
		fuzz_require(conf_interface_is_valid(instance->interface));
		fuzz_require(instance->vrid != 0 && instance->priority != 0);
		fuzz_require(instance->interval_cs >= 1 &&
			     instance->interval_cs <= (instance->version == 2 ? 25500 : 4095));
		fuzz_require(
		    instance->group == 0 || conf_find_group(conf, instance->group) != NULL);
	}
	for (size_t i = 0; i < conf->address_count; i++)
		fuzz_require(conf_find_instance(conf, conf->address[i].instance) != NULL);
	for (size_t i = 0; i < conf->peer_count; i++) {
		const uint32_t instance = conf->peer[i].instance;
		size_t count;

		fuzz_require(conf_find_peers(conf, instance, &count) != NULL && count > 0);
		fuzz_require(
		    conf->peer[i].addr.family == conf_find_instance(conf, instance)->family);
	}
	for (size_t i = 0; i < conf->route_count; i++)
		fuzz_require(conf_find_instance(conf, conf->route[i].instance) != NULL);
	for (size_t i = 0; i < conf->rule_count; i++)
		fuzz_require(conf_find_instance(conf, conf->rule[i].instance) != NULL);
	for (size_t i = 0; i < conf->track_count; i++)
		fuzz_require((conf_find_check(conf, conf->track[i].check) != NULL) !=
			     conf_interface_is_valid(conf->track[i].interface));
	for (size_t i = 0; i < conf->command_count; i++) {
		const struct conf_command *c = &conf->command[i];
		const char **strings =
		    calloc((size_t)c->argc + c->envc + c->writablec + 3, sizeof(*strings));

		fuzz_require(strings != NULL && c->argc >= 1);
		conf_command_strings(
		    c, strings, strings + c->argc + 1, strings + c->argc + c->envc + 2);
		for (size_t k = 0; k < c->argc; k++)
			fuzz_require(strings[k] >= c->text &&
				     strings[k] + strlen(strings[k]) < c->text + c->text_length);
		free(strings);
	}
	for (size_t i = 0; i < conf->hook_count; i++)
		fuzz_require(conf->hook[i].slot < CONF_HOOK_SLOTS &&
			     conf_find_instance(conf, conf->hook[i].instance) != NULL &&
			     (partial || conf_find_command(conf, conf->hook[i].command) != NULL));
}

/* One packet: false when the receiver would end the conversation. */
static bool
fuzz_packet(const struct msg_table *table, struct conf *conf, const uint8_t *packet, size_t size,
    bool partial)
{
	const struct msg_row *row = NULL;
	struct msg_header header;
	size_t before = fuzz_records(conf), payload_size;
	enum conf_kind kind;
	uint8_t *payload;
	int result;

	if (size < sizeof(header) || size > MSG_SIZE_MAX)
		return false;
	memcpy(&header, packet, sizeof(header));
	payload_size = size - sizeof(header);
	row = msg_row_check(table, header.type, payload_size);
	if (row == NULL)
		return false;
	fuzz_require(payload_size >= row->size_min && payload_size <= row->size_max);
	kind = fuzz_kind(row->name);
	if (kind == CONF_KIND_COUNT)
		return true;
	payload = malloc(payload_size); /* of its own: the sanitizer sees a read beyond it */
	fuzz_require(payload != NULL);
	memcpy(payload, packet + sizeof(header), payload_size);
	result = conf_append(conf, kind, payload, payload_size, partial);
	fuzz_require(fuzz_records(conf) == before + (result == 0 && kind != CONF_GLOBAL));
	free(payload);
	return result == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct msg_table *table;
	struct conf conf;
	bool partial, alive = true;

	if (size < 1)
		return 0;
	table = tables[data[0] % FUZZ_TABLES];
	partial = table == &msg_table_parent_engine;
	conf_init(&conf);
	data++, size--;
	while (alive && size >= 2) {
		size_t length = (size_t)data[0] | (size_t)data[1] << 8;

		data += 2, size -= 2;
		if (length > size)
			length = size;
		alive = fuzz_packet(table, &conf, data, length, partial);
		data += length, size -= length;
	}
	fuzz_check(&conf, partial);
	conf_free(&conf);
	return 0;
}
