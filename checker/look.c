/*
 * One look at a file system; a fork of the checker without exec.
 *
 * A dead server of files, or a dead disk, stops whoever asks it for as long as it likes, and no
 * signal ends that. So nobody but this process asks: the checker has its verdict at the deadline.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

#include "checker/look.h"
#include "checker/minder.h"
#include "common/clock.h"

static int
look_move_fd(int from, int to)
{
	return from == to ? 0 : dup3(from, to, O_CLOEXEC);
}

/* The one that stays goes out of the way first: its number may be another's place. */
static int
look_set_descriptors(const struct look *look, int control, int output)
{
	int kept = -1;

	if (look->keep_fd != -1) {
		kept = fcntl(look->keep_fd, F_DUPFD_CLOEXEC, 2 * LOOK_KEPT_FD);
		if (kept == -1)
			return -1;
	}
	if (look_move_fd(control, MINDER_CONTROL_FD) == -1 ||
	    look_move_fd(output, MINDER_OUTPUT_FD) == -1)
		return -1;
	if (kept == -1) {
		closefrom(MINDER_FREE_FD);
		return 0;
	}
	if (look_move_fd(kept, LOOK_KEPT_FD) == -1)
		return -1;
	closefrom(LOOK_KEPT_FD + 1);
	return 0;
}

static void
look_report(const struct look_sight *sight)
{
	struct minder_report report = {.event = MINDER_LOOKED,
	    .exit_status = -1,
	    .at_ns = clock_now().ns,
	    .answer = sight->answer};
	ssize_t n;

	if (sight->step != NULL) {
		report.event = MINDER_NOT_STARTED;
		report.error = sight->error;
		strlcpy(report.step, sight->step, sizeof(report.step));
	}
	n = write(MINDER_OUTPUT_FD, sight->text, strlen(sight->text));
	(void)n; /* the report is what counts */
	n = write(MINDER_CONTROL_FD, &report, sizeof(report));
	(void)n; /* without a reader there is nobody to tell */
}

_Noreturn void
look_main(const struct look *look, const char *name, pid_t checker, int control, int output)
{
	struct look_sight sight = {0};

	signal(SIGCHLD, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != checker ||
	    look_set_descriptors(look, control, output) == -1)
		_exit(1); /* nobody can be told; the checker sees the exit code */
	setproctitle("look (%s)", name);
	look->go(look->ctx, &sight);
	look_report(&sight);
	_exit(0);
}
