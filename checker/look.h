/*
 * Looking at a file system in a process of its own: what hangs there hangs alone.
 */
#ifndef CHECKER_LOOK_H
#define CHECKER_LOOK_H

#include <stdint.h>
#include <sys/types.h>

#include "checker/output.h"

#define LOOK_WATCHES 8
#define LOOK_KEPT_FD 5 /* what look.keep_fd is in the process that looks */

/* What a look brings back besides a text. */
struct look_answer {
	int64_t value;
	int32_t watch[LOOK_WATCHES]; /* set on the way in the inotify descriptor kept, 0 = none */
	uint8_t up;                  /* 0 or 1 */
	uint8_t only_name;           /* 0 or 1: in directories nothing else matters */
	uint8_t pad[6];
};

/* All that go() says. With a step, nothing was seen: error is its errno. */
struct look_sight {
	struct look_answer answer;
	const char *step;
	int error;
	char text[OUTPUT_MAX + 1];
};

/* Pointers into memory of the checker, of which the process is a copy. */
struct look {
	void (*go)(const void *ctx, struct look_sight *); /* may hang; *sight is zero */
	const void *ctx;
	uint32_t timeout_ms;
	int keep_fd; /* stays open, -1 = none */
};

/*
 * In a fork of the checker, whose pid is given: looks, reports as a minder does, ends. It keeps the
 * checker's ids, so that no script can touch it, and dies with the checker.
 */
_Noreturn void look_main(
    const struct look *, const char *name, pid_t checker, int control, int output);

#endif
