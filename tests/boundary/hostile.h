/*
 * Processes of the daemon that have been taken over; for hostile.c.
 */
#ifndef BOUNDARY_HOSTILE_H
#define BOUNDARY_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"
#include "common/proc.h"

/* The numbers that hostile.bats' configurations get: each kind counts from 1. */
enum { HOSTILE_WEB = 1, HOSTILE_IDLE, HOSTILE_OWN, HOSTILE_FAR }; /* instances */
#define HOSTILE_PAIR 1                                            /* the group */
#define HOSTILE_SET 1                                             /* the external check */
#define HOSTILE_NEVER_GIVEN 4711

/* What one does when it is at work. */
struct hostility {
	const char *name;
	void (*act)(void);
	const char *said; /* of it by who hears it; NULL: it has a test of its own */
};

/* Lives by the rules until it is at work, and then does what is called that. */
_Noreturn void hostile_engine(const struct proc_options *, const char *name);
_Noreturn void hostile_checker(const struct proc_options *, const char *name);

/* Prints those that break the rules with one message: name, what is said of it, and by whom it is heard. */
void hostile_engine_list(void);
void hostile_checker_list(void);

/* ---- hostile_engine.c, for what it may say ---- */

extern struct msg_conf_end hostile_told; /* of the configuration it was told last */

void hostile_say(uint16_t type, const void *payload, size_t size);
void hostile_ask_reload(void);
void hostile_await(uint16_t type);

/* hostile_messages.c: false when there is none of that name. */
bool hostile_message(const char *name);
void hostile_message_list(void);

/* ---- hostile_send.c ---- */

/* -1 with errno: as write(2). Any size; all is zero when payload is NULL. */
int hostile_send(int fd, uint16_t type, const void *payload, size_t size);

/* With a descriptor, which the peer must not keep: says so and ends the process when it does. */
int hostile_send_descriptor(
    int fd, const struct msg_table *, uint16_t type, const void *payload, size_t size);

/* Says that each row of the table has been sent with one, or ends the process. */
void hostile_sent_all(const struct msg_table *);

/* ---- hostile_rows.c ---- */

/* Who may send what in one direction. */
struct hostile_rows {
	const struct msg_table *own;
	const struct msg_table *opposite;
	int anytime; /* a row of own that is right whatever it contains, -1 = none */
};

/* One message whose form is wrong; or right by coincidence, and its contents, zeros, are wrong. */
struct hostile_row {
	char name[64];
	char said[96];
	uint16_t type;
	size_t packet_size;
};

/* The next one; *place is 0 at first. False when there are no more. */
bool hostile_row_next(const struct hostile_rows *, size_t *place, struct hostile_row *);
bool hostile_row_find(const struct hostile_rows *, const char *name, struct hostile_row *);
int hostile_row_send(int fd, const struct hostile_row *);
void hostile_rows_list(const struct hostile_rows *, const char *who);

#endif
