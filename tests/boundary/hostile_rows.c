/*
 * What is wrong by its form, made from the tables of messages: a row that is new is tried by itself.
 * For hostile.c.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/boundary/hostile.h"

#define OVERSIZED 20000

/* Nobody asks msg_row_check() here: it is what is tested. */
static bool
fits(const struct msg_table *table, uint16_t type, size_t size)
{
	return type < table->count && size >= table->rows[type].size_min &&
	       size <= table->rows[type].size_max;
}

static void
make(const struct hostile_rows *rows, const char *row, const char *what, uint16_t type,
    size_t packet_size, struct hostile_row *out)
{
	const size_t header = sizeof(struct msg_header);
	const size_t seen = packet_size > MSG_SIZE_MAX ? MSG_SIZE_MAX + 1 : packet_size;

	out->type = type;
	out->packet_size = packet_size;
	snprintf(out->name, sizeof(out->name), "%s/%s%s", rows->own->name, row, what);
	if (packet_size >= header && fits(rows->own, type, packet_size - header))
		snprintf(
		    out->said, sizeof(out->said), "%s breaks protocol", rows->own->rows[type].name);
	else
		snprintf(out->said, sizeof(out->said),
		    "a message breaks protocol (%s, type %d, %zu bytes)", rows->own->name,
		    packet_size < header ? -1 : (int)type, seen);
}

/* What is no row at all. False when there is none of that number. */
static bool
make_other(const struct hostile_rows *rows, size_t number, struct hostile_row *out)
{
	switch (number) {
	case 0:
		make(rows, "", "no-header", 0, 1, out);
		return true;
	case 1:
		make(rows, "", "oversized", 0, sizeof(struct msg_header) + OVERSIZED, out);
		return true;
	case 2:
		make(rows, "", "unknown-type", rows->own->count,
		    sizeof(struct msg_header) + sizeof(struct msg_empty), out);
		return true;
	default:
		return false;
	}
}

/* One of the opposite direction; what is right by coincidence is none when it cannot be wrong. */
static bool
make_backwards(const struct hostile_rows *rows, uint16_t type, struct hostile_row *out)
{
	const struct msg_row *row = &rows->opposite->rows[type];

	if (type == rows->anytime && fits(rows->own, type, row->size_max))
		return false;
	make(rows, row->name, "-backwards", type, sizeof(struct msg_header) + row->size_max, out);
	return true;
}

bool
hostile_row_next(const struct hostile_rows *rows, size_t *place, struct hostile_row *out)
{
	const size_t header = sizeof(struct msg_header), own = rows->own->count,
		     opposite = rows->opposite->count;

	for (;;) {
		const size_t at = (*place)++;
		const struct msg_row *row = &rows->own->rows[at % own];

		if (at >= 2 * own + opposite)
			return make_other(rows, at - 2 * own - opposite, out);
		if (at >= 2 * own) {
			if (make_backwards(rows, (uint16_t)(at - 2 * own), out))
				return true;
		} else if (at >= own) {
			make(rows, row->name, "-long", (uint16_t)(at - own),
			    header + row->size_max + 1, out);
			return true;
		} else if (row->size_min > 0) {
			make(rows, row->name, "-short", (uint16_t)at, header + row->size_min - 1,
			    out);
			return true;
		}
	}
}

bool
hostile_row_find(const struct hostile_rows *rows, const char *name, struct hostile_row *out)
{
	size_t place = 0;

	while (hostile_row_next(rows, &place, out))
		if (strcmp(out->name, name) == 0)
			return true;
	return false;
}

int
hostile_row_send(int fd, const struct hostile_row *row)
{
	uint8_t packet[sizeof(struct msg_header) + OVERSIZED] = {0};

	memcpy(packet, &row->type, sizeof(row->type));
	return write(fd, packet, row->packet_size) == -1 ? -1 : 0;
}

void
hostile_rows_list(const struct hostile_rows *rows, const char *who)
{
	struct hostile_row row;
	size_t place = 0;

	while (hostile_row_next(rows, &place, &row))
		printf("%s\t%s\t%s\n", row.name, row.said, who);
}
