/*
 * The parent's supervision and reloads, with the test as its children, as the kernel and as the clock: no
 * process is started, nothing is sent, and time passes when the test says so. What children are told
 * becomes lines:
 *
 *	engine conf 2, checker a abort, checker a shutdown idle, engine line TEXT, engine reloaded,
 *	engine not reloaded, config load, config sweep
 *
 * Children do what they are asked unless they are mute: they become READY, the engine commits, the config
 * role sends what lab_write() wrote.
 */
#ifndef UNIT_PARENT_LAB_H
#define UNIT_PARENT_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/parent/reload.h"
#include "vrrpd/parent/state.h"

#define LAB_LINES 512
#define LAB_CHILDREN 64
#define LAB_USERS 8

/* One that was started. Its process is a number. */
struct lab_child {
	enum msg_role role;
	char name[48]; /* "engine", "config", "checker a" */
	pid_t pid;
	int socket; /* -1 = it has ended */
	int status;
	bool mute;            /* does not answer */
	bool ended, buried;   /* it is not waited for yet; it was */
	uint32_t told, ready; /* the configuration it was told last, and is READY for */
};

struct lab {
	struct parent parent;
	struct lab_child child[LAB_CHILDREN];
	size_t children;
	bool mute[MSG_ROLE_COUNT];  /* so are those that are started from now on */
	char users[LAB_USERS + 1];  /* as written: a letter each … */
	uint32_t runner[LAB_USERS]; /* … and its id */
	uint32_t last_runner;
	uint32_t last_instance; /* 1 from when an instance "web" was written … */
	bool retiring;          /* … which is there and retires */
	uint32_t fails;         /* so many errors are in the files */
	char line[LAB_LINES][160];
	size_t lines, seen;
};

/* A daemon that runs with checkers of these users; it has ended when the test does. */
struct lab *lab_begin(const char *users);
void lab_end(struct lab *);

/* The files name these users from now on. */
void lab_write(struct lab *, const char *users);

/* Somebody asks for a reload through the engine; all that follows at once. */
void lab_reload(struct lab *);

/* Lets time pass; all that follows. */
void lab_pass(struct lab *, int64_t ms);

/* The newest of that name; it must live. NULL when none was there that does. */
struct lab_child *lab_find(struct lab *, const char *name);
struct lab_child *lab_need(struct lab *, const char *name);
size_t lab_count(const struct lab *, const char *name); /* that live */

/* It ends by itself; it says READY for what it was told last; anything. */
void lab_exit(struct lab *, struct lab_child *);
void lab_become_ready(struct lab *, struct lab_child *);
void lab_say(struct lab *, struct lab_child *, uint16_t type, const void *payload, size_t size);

/* That line is among those not seen, which are seen then up to it; or is not. */
void lab_told(struct lab *, const char *line);
void lab_untold(struct lab *, const char *line);

#endif
