/*
 * One process per run of a script, and what it says to the checker and hears from it.
 */
#ifndef CHECKER_MINDER_H
#define CHECKER_MINDER_H

#include <stdint.h>
#include <sys/types.h>

#include "checker/look.h"

struct conf_command;

#define MINDER_STEP_MAX 12

/*
 * Minder to checker, one packet. A run that cannot be started reports that first, then its end. A
 * look reports what it saw, or NOT_STARTED when it saw nothing.
 */
enum minder_event { MINDER_NOT_STARTED, MINDER_ENDED, MINDER_LOOKED };
struct minder_report {
	uint32_t event;      /* enum minder_event */
	int32_t exit_status; /* -1 when it did not exit */
	int32_t signal;      /* 0 when none */
	int32_t error;       /* errno of the step that failed */
	int64_t at_ns;       /* CLOCK_MONOTONIC */
	char step[MINDER_STEP_MAX];
	uint32_t pad;
	struct look_answer answer; /* of a look */
};

/*
 * Checker to minder, one byte a packet. The end of the checker is MINDER_KILL too. Nothing takes back
 * END or KILL: a script that ends early does not spare what it started.
 */
enum minder_order {
	MINDER_LEAVE = 'l', /* the report was taken: go, and leave alone what the script left */
	MINDER_END = 'e',   /* TERM to every descendant, KILL a second later, until none is left */
	MINDER_KILL = 'k'   /* KILL, until none is left */
};

/* Pointers into memory of the checker, of which the minder is a copy. */
struct minder_job {
	const struct conf_command *command;
	const char *name;               /* of the check or target, for the title */
	const char *const *arguments;   /* after the command's own; NULL-terminated */
	const char *const *environment; /* "KEY=value", besides the usual; NULL-terminated */
	const char *runtime_dir;
	const char *tmpdir_name;
	int control; /* SEQPACKET to the checker; above 2 */
	int output;  /* where the script writes; above 3 */
};

/* The only descriptors of a minder besides 0 to 2, which are /dev/null. */
enum { MINDER_CONTROL_FD = 3, MINDER_OUTPUT_FD, MINDER_FREE_FD };

_Noreturn void minder_main(const struct minder_job *);

/*
 * In a child of the minder: becomes the script, which writes to MINDER_OUTPUT_FD. Returns only on
 * failure, with errno and *step.
 */
void script_execute(const struct minder_job *, pid_t minder, const char *tmpdir, const char **step);

#endif
