/*
 * Running the config role: it reads and checks the files without authority, and hands over records and the
 * text of the configuration. Parent.
 */
#ifndef PARENT_LOAD_H
#define PARENT_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/conf.h"
#include "common/msg.h"
#include "common/proc.h"

struct event_base;
struct load;

struct load_job {
	const struct conf *running; /* NULL at the start */
	const struct msg_retired *retired;
	size_t retired_count;
	bool sweep; /* read no files */

	/* A problem of the configuration, one line without control characters. */
	void (*say)(void *ctx, bool is_error, const char *text);
	/* It is over: load_conclude() is due. Never from within load_open(). */
	void (*over)(void *ctx);
	void *ctx;
};

/* Starts the process. NULL with errno. */
struct load *load_open(struct event_base *, const struct proc_options *, const struct load_job *);

/* A process has ended: perhaps its. */
void load_take_end(struct load *, pid_t, int status);

/* After the end: the configuration was read, and it is wrong. */
bool load_has_errors(const struct load *);

/*
 * The result, once: the configuration (to be freed, as what it points to) and the descriptor of its text, -1 = none; NULL
 * when there is none, and why is said. The process is killed unless it has ended; whoever waits for the children
 * waits for it.
 */
struct conf *load_conclude(struct load *, int *text_fd);

/* Ends it, whatever it does; NULL is fine. */
void load_close(struct load *);

#endif
