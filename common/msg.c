/*
 * The rows of msg.h as data; any process. Pure.
 */
#include "common/msg.h"

#define MSG_TABLE_ROW(P, D, lower, UPPER, type, min, fd) {#UPPER, (min), sizeof(type), fd},
#define MSG_TABLE(ROWS, P, lower) \
	static const struct msg_row msg_rows_##lower[] = {ROWS(MSG_TABLE_ROW, P, )}; \
	const struct msg_table msg_table_##lower = {#lower, msg_rows_##lower, P##_COUNT};
MSG_DIRECTIONS(MSG_TABLE)

#define MSG_SIZE_FITS(P, D, lower, UPPER, type, min, fd) \
	_Static_assert( \
	    sizeof(type) + sizeof(struct msg_header) <= MSG_SIZE_MAX, #UPPER " too large");
#define MSG_DIRECTION_FITS(ROWS, P, lower) ROWS(MSG_SIZE_FITS, P, )
MSG_DIRECTIONS(MSG_DIRECTION_FITS)

const struct msg_row *
msg_row_check(const struct msg_table *table, uint16_t type, size_t payload_size)
{
	const struct msg_row *row;

	if (type >= table->count)
		return NULL;
	row = &table->rows[type];
	if (payload_size < row->size_min || payload_size > row->size_max)
		return NULL;
	return row;
}
