/*
 * The real checker, with the test program as its parent and its engine. Needs root and the daemon's
 * users.
 *
 * A program starts itself again as the checker, as vrrpd does; scripts lie in a directory of their
 * own below /run. What a test sees is what the engine would be told, and what /proc shows.
 */
#ifndef TESTS_BOUNDARY_CHECKER_LAB_H
#define TESTS_BOUNDARY_CHECKER_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/msg.h"
#include "common/proc.h"

#define LAB_SKIPPED 77
#define LAB_INSTANCE 7 /* the target that the checker knows: "web" */
#define LAB_RUNNER 1
#define LAB_NO_TIMEOUT 60000
#define LAB_PARALLEL 16     /* scripts at once */
#define LAB_KEPT 32         /* ids below can be sent again */
#define LAB_LAST_CHECK 9000 /* of later sets: ids up to this may have been given */

struct lab {
	char dir[64]; /* scripts, and where they may write: "out" */
	struct proc_options options;
	pid_t checker; /* 0 = ended and waited for */
	int parent;    /* our end as its parent, -1 = closed */
	int engine;    /* our end as its engine */
	uint32_t next_id;
	uint32_t sequence;
	uint32_t generation;
	uint32_t parallel;                      /* scripts at once in the next set */
	struct conf_command *command[LAB_KEPT]; /* by id, as sent last; NULL = none */
	struct conf_check *check[LAB_KEPT];
};

#if defined(__SANITIZE_ADDRESS__)
#define LAB_SANITIZED true
#else
#define LAB_SANITIZED false
#endif

#define LAB_STRINGS 8

/* A command line as a configuration has it. */
struct lab_program {
	const char *argv[LAB_STRINGS]; /* up to a NULL */
	const char *environment[LAB_STRINGS];
	const char *writable; /* NULL = nothing but TMPDIR */
	uint32_t timeout_ms;
	enum conf_sandbox sandbox;
};

extern uid_t lab_script_uid;
extern gid_t lab_script_gid, lab_group_gid;

/* A test with a checker of its own that has read all but commands and checks. */
#define LAB_TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

#define LAB_WAIT_UNTIL(condition, ms) \
	do { \
		mono_t end_ = mono_add(clock_now(), (ms)*NS_PER_MS); \
		bool met_; \
		while (!(met_ = (condition)) && !mono_reached(end_, clock_now())) \
			lab_nap(2 * NS_PER_MS); \
		if (!met_) \
			fail_msg("never: %s", #condition); \
	} while (0)

/* First line of main(): false when there is nothing to test, with the exit code. */
bool lab_begin(int argc, char *argv[], int *code);

int lab_setup(void **state);
int lab_teardown(void **state);

/* Before lab_commit(): a script of that body ($out is where it may write; NULL = none there), its
 * id. */
uint32_t lab_add_command(struct lab *, const char *body, uint32_t timeout_ms, enum conf_sandbox);
uint32_t lab_add_check(struct lab *, const char *body, uint32_t interval_ms, uint32_t timeout_ms);
uint32_t lab_add_program(struct lab *, const struct lab_program *);
uint32_t lab_add_check_of(
    struct lab *, uint32_t command, uint32_t interval_ms, uint32_t timeout_ms);
uint32_t lab_add_probe(struct lab *, const struct conf_check *kind);
void lab_weigh_value(struct lab *, uint32_t check);
void lab_commit(struct lab *);

/* Before what another set adds: all but targets, commands and checks. */
void lab_begin_set(struct lab *);

/* Once more: the command and the check of that id, as lab->command and lab->check have them. */
void lab_repeat(struct lab *, uint32_t id);
void lab_add_target(struct lab *, uint32_t instance, const char *name);

/* CONF_END and its answer; COMMIT or ABORT is for lab_send_empty(). */
void lab_end_set(struct lab *);
void lab_send_empty(struct lab *, enum msg_parent_checker type);

/* An executable file. */
void lab_write_script(const char *path, const char *, ...) __attribute__((format(printf, 2, 3)));

/* Before any test: a network and mounts of this program's own. */
void lab_enter_namespaces(void);

/* SHUTDOWN, DONE, exit 0, and nothing is left: no process, no directory. */
void lab_stop(struct lab *);

/* A new engine. */
void lab_lend_engine(struct lab *);

/* Asks for a hook of "web"; returns its sequence. */
uint32_t lab_run_hook(struct lab *, uint32_t command, enum conf_hook_slot);
uint32_t lab_run_hook_of(struct lab *, uint32_t instance, uint32_t command, enum conf_hook_slot);

/* The next result of a check, word of a hook; the test fails when none comes in ms. */
struct msg_check lab_await_check(struct lab *, uint32_t id, int ms);
struct msg_check lab_await_state(struct lab *, uint32_t id, enum vrrp_check_state, int ms);
struct msg_hook lab_await_hook(struct lab *, uint32_t sequence, int ms);

/* The next message of a type within ms; others are passed over. False when none comes. */
bool lab_receive(int fd, uint16_t type, void *payload, size_t size, int ms);

/* Takes passed, -1 = none. */
void lab_send(int fd, uint16_t type, const void *payload, size_t size, int passed);

/* What a script wrote to $out/NAME: a number (0 = nothing yet), once it is there, or all of it. */
pid_t lab_read_number(const struct lab *, const char *name);
pid_t lab_wait_number(const struct lab *, const char *name);
char *lab_read_file(const struct lab *, const char *name);

unsigned lab_count_entries(const char *directory);
bool lab_is_gone(pid_t);
void lab_nap(int64_t ns);

/* The first child of the checker, 0 when it has none. */
pid_t lab_find_minder(const struct lab *);

#endif
