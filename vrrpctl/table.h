/*
 * Tables on a terminal or in a file, the cells that several views share; vrrpctl.
 */
#ifndef VRRPCTL_TABLE_H
#define VRRPCTL_TABLE_H

#include "vrrpctl/output.h"

#define TABLE_CELL_MAX 512

struct libscols_table;

/* One column. */
struct table_column {
	const char *name;
	bool right; /* aligned to the right */
};

/* An empty table with two blanks between columns; a column without name ends the list. NULL with
 * errno. */
struct libscols_table *table_new(const struct output *, const struct table_column *);

/* Writes and releases a table. -1 with errno. */
int table_finish(struct libscols_table *);

/* Appends a line of so many cells, one for each column; a state in cells[colored] is coloured. */
int table_add(const struct output *, struct libscols_table *, const char *const *cells,
    size_t count, int colored);

/* The checks as a table. */
int table_write_checks(const struct output *, const struct model *);

/* Groups and hooks as tables (table_script.c). */
int table_write_groups(const struct output *, const struct model *);
int table_write_hooks(const struct output *, const struct model *);

/* What was explained, run or done (answer.c). */
int answer_write_explanation(const struct output *, const struct model *, const char *instance);
int answer_write_ran(const struct output *, const struct model *);
int answer_write_done(
    const struct output *, const struct model *, const char *operation, const char *name);
int answer_write_reloaded(const struct output *, const struct model *);

/* One instance in detail (detail.c). */
int detail_write(const struct output *, const struct model *);

/* Problems as an aligned block; nothing when there are none. */
void table_write_problems(const struct output *, const struct model *);

/* "255", or "200 (base 250)" when they differ. buf has TABLE_CELL_MAX bytes, as below. */
const char *table_format_priority(const struct msg_status_instance *, char *buf);

/* "self", the address, or "-" when none is known. */
const char *table_format_master(const struct msg_status_instance *, char *buf);

const char *table_format_address(const struct msg_status_address *, char *buf);

/* The counters' names as RFC 8347 writes them: "advertisement-rcvd". */
const char *table_format_counter(const char *field, char *buf);

/* A state in its colour, when there are colours; "" and "" otherwise. */
const char *table_color_begin(const struct output *, const char *state);
const char *table_color_end(const struct output *);

#endif
