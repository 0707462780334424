/*
 * Fuzzes what vrrpctl makes of an answer: the input is a sequence of packets of a daemon, after a
 * good HELLO and STATUS; what the model takes, every writer must be able to show.
 *
 * A packet is a type, a length in two bytes, and as many bytes; up to the size its row asks for,
 * the rest is zero. From type 128 on, the bytes are the packet, header and all.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpctl/model.h"
#include "vrrpctl/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct packet {
	struct msg_header header;
	uint8_t payload[MSG_SIZE_MAX];
};

static struct packet packet __attribute__((aligned(8)));

static void
fuzz_begin(struct model *model)
{
	const struct msg_ctl_hello hello = {.version = MSG_VERSION};
	const struct msg_status status = {.generation = 1, .time_ns = 1};

	model_init(model);
	packet.header = (struct msg_header){.type = ENGINE_CTL_HELLO};
	memcpy(packet.payload, &hello, sizeof(hello));
	if (model_take(model, &packet, sizeof(packet.header) + sizeof(hello)) == -1)
		abort();
	packet.header.type = ENGINE_CTL_STATUS;
	memcpy(packet.payload, &status, sizeof(status));
	if (model_take(model, &packet, sizeof(packet.header) + sizeof(status)) == -1)
		abort();
}

/* Everything written must be fit for a terminal. */
static void
fuzz_look_at(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((text[i] >= 0 && text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			abort();
	free(text);
}

static void
fuzz_write(
    const struct model *model, int (*write_model)(const struct output *, const struct model *))
{
	struct output out = {0};
	char *text = NULL;
	size_t size;

	out.stream = open_memstream(&text, &size);
	if (out.stream == NULL || write_model(&out, model) == -1 || fclose(out.stream) == EOF)
		abort();
	fuzz_look_at(text, size);
}

static void
fuzz_explain(const struct model *model, const struct output_writer *writer)
{
	struct output out = {0};
	char *text = NULL;
	size_t size;

	out.stream = open_memstream(&text, &size);
	if (out.stream == NULL || writer->explain(&out, model, "web") == -1 ||
	    fclose(out.stream) == EOF)
		abort();
	fuzz_look_at(text, size);
}

static void
fuzz_show(const struct model *model)
{
	const struct output_writer *const writers[] = {&output_table, &output_json};

	for (size_t i = 0; i < 2; i++) {
		fuzz_write(model, writers[i]->status);
		fuzz_write(model, writers[i]->instance);
		fuzz_write(model, writers[i]->checks);
		fuzz_write(model, writers[i]->counters);
		fuzz_write(model, writers[i]->groups);
		fuzz_write(model, writers[i]->hooks);
		fuzz_explain(model, writers[i]);
		fuzz_write(model, writers[i]->config);
		if (model->has_ran)
			fuzz_write(model, writers[i]->ran);
	}
	(void)model_is_unhealthy(model);
}

/* Makes the next packet of the input; its size. *used is what the input lost. */
static size_t
fuzz_packet(const uint8_t *data, size_t size, size_t *used)
{
	const struct msg_row *row = &msg_table_engine_ctl.rows[data[0] % ENGINE_CTL_COUNT];
	size_t length = (size_t)(data[1] | data[2] << 8);

	length = length < size - 3 ? length : size - 3;
	if (data[0] >= 128) {
		length = length < sizeof(packet) ? length : sizeof(packet);
		memcpy(&packet, data + 3, length);
		*used = length + 3;
		return length;
	}
	length = length < row->size_max ? length : row->size_max;
	packet.header = (struct msg_header){.type = data[0] % ENGINE_CTL_COUNT};
	memset(packet.payload, 0, row->size_max);
	memcpy(packet.payload, data + 3, length);
	*used = length + 3;
	return sizeof(packet.header) + row->size_max;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model model;
	size_t length, used;

	fuzz_begin(&model);
	for (; size > 3 && !model.ended; data += used, size -= used) {
		length = fuzz_packet(data, size, &used);
		if (model_take(&model, &packet, length) == -1)
			break;
	}
	if (!model.ended) {
		packet.header = (struct msg_header){.type = ENGINE_CTL_END};
		memset(packet.payload, 0, sizeof(struct msg_ctl_end));
		model_take(&model, &packet, sizeof(packet.header) + sizeof(struct msg_ctl_end));
	}
	if (model.ended && model.result == MSG_CTL_OK && model.has_status)
		fuzz_show(&model);
	model_free(&model);
	return 0;
}
