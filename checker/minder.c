/*
 * The minder: parent and subreaper of one run of a script, so that whatever the script starts can
 * be found and ended.
 *
 * It is a fork of the checker without exec: it holds nothing that the checker does not, keeps the
 * checker's real and saved user id (the script can neither signal nor trace it), and closes every
 * descriptor but its own. When the checker dies it ends the run; when it dies itself, the script
 * dies by its parent-death signal and the checker, a subreaper too, ends the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

#include "checker/minder.h"
#include "checker/tmpdir.h"
#include "checker/tree.h"
#include "common/clock.h"

/* From TERM to KILL, and from KILL to KILL for what was born meanwhile. */
#define MINDER_GRACE_NS NS_PER_S
#define MINDER_REPEAT_NS (INT64_C(20) * NS_PER_MS)

struct minder {
	pid_t script;
	int signals;
	bool has_children;
	bool ending; /* was told to end the run */
	bool leaving;
	mono_t next_kill; /* while ending */
};

static void
minder_report(const struct minder_report *report)
{
	ssize_t n = write(MINDER_CONTROL_FD, report, sizeof(*report));

	(void)n; /* a checker that is gone shows at the next poll */
}

static void
minder_report_failure(const char *step)
{
	struct minder_report report = {.event = MINDER_NOT_STARTED,
	    .exit_status = -1,
	    .error = errno,
	    .at_ns = clock_now().ns};

	strlcpy(report.step, step, sizeof(report.step));
	minder_report(&report);
}

static int
minder_move_fd(int from, int to)
{
	return from == to ? 0 : dup3(from, to, O_CLOEXEC);
}

/* NULL, or the step that failed. */
static const char *
minder_set_descriptors(const struct minder_job *job)
{
	int null;

	if (minder_move_fd(job->control, MINDER_CONTROL_FD) == -1)
		_exit(1); /* nobody can be told; the checker sees the exit code */
	if (minder_move_fd(job->output, MINDER_OUTPUT_FD) == -1)
		return "output";
	closefrom(MINDER_FREE_FD);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1)
		return "null";
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) == -1)
			return "null";
	close(null);
	return NULL;
}

static const char *
minder_set_signals(struct minder *m)
{
	sigset_t child;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &child, NULL) == -1)
		return "signals";
	m->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	return m->signals == -1 ? "signals" : NULL;
}

static const char *
minder_start_script(struct minder *m, const struct minder_job *job, const char *tmpdir)
{
	pid_t self = getpid();
	const char *step;

	m->script = fork();
	if (m->script == -1)
		return "fork";
	if (m->script == 0) {
		script_execute(job, self, tmpdir, &step);
		minder_report_failure(step);
		_exit(127);
	}
	close(MINDER_OUTPUT_FD);
	return NULL;
}

/* NULL, or the step that failed, with errno. */
static const char *
minder_prepare(struct minder *m, const struct minder_job *job, char *tmpdir, size_t size)
{
	const char *step = minder_set_descriptors(job);

	if (step == NULL)
		step = minder_set_signals(m);
	if (step != NULL)
		return step;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		return "subreaper";
	if (tmpdir_make(job->runtime_dir, job->tmpdir_name, tmpdir, size) == -1)
		return "tmpdir";
	return minder_start_script(m, job, tmpdir);
}

static void
minder_report_end(const siginfo_t *info)
{
	bool exited = info->si_code == CLD_EXITED;
	const struct minder_report report = {.event = MINDER_ENDED,
	    .exit_status = exited ? info->si_status : -1,
	    .signal = exited ? 0 : info->si_status,
	    .at_ns = clock_now().ns};

	minder_report(&report);
}

/* Everything that ended: the script, and orphans of it. */
static void
minder_reap(struct minder *m)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == -1) {
			m->has_children = false;
			return;
		}
		if (info.si_pid == 0)
			return;
		if (info.si_pid == m->script)
			minder_report_end(&info);
	}
}

static void
minder_kill(struct minder *m)
{
	m->ending = true;
	m->next_kill = mono_add(clock_now(), MINDER_REPEAT_NS);
	tree_signal_descendants(getpid(), SIGKILL);
}

/* Returns whether the checker is there still. */
static bool
minder_obey(struct minder *m)
{
	char order = MINDER_KILL; /* stands when the checker is gone */
	ssize_t n = recv(MINDER_CONTROL_FD, &order, sizeof(order), 0);

	if (n == -1 && errno == EINTR)
		return true;
	switch ((enum minder_order)order) {
	case MINDER_LEAVE:
		m->leaving = !m->ending; /* not what was told to end, and has not yet */
		break;
	case MINDER_END:
		m->ending = true;
		m->next_kill = mono_add(clock_now(), MINDER_GRACE_NS);
		tree_signal_descendants(getpid(), SIGTERM);
		break;
	case MINDER_KILL:
		minder_kill(m);
		break;
	}
	return n > 0;
}

/* Milliseconds until the next KILL is due, -1 when none is. */
static int
minder_timeout(const struct minder *m)
{
	int64_t left;

	if (!m->ending)
		return -1;
	left = mono_since(m->next_kill, clock_now());
	return left <= 0 ? 0 : (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

/* Until the script's end is reported and taken, or all is ended. */
static void
minder_watch(struct minder *m)
{
	struct pollfd fds[] = {
	    {.fd = MINDER_CONTROL_FD, .events = POLLIN}, {.fd = m->signals, .events = POLLIN}};
	struct signalfd_siginfo ignored;

	m->has_children = true;
	while (!m->leaving && (m->has_children || !m->ending)) {
		fds[0].revents = fds[1].revents = 0;
		if (poll(fds, 2, minder_timeout(m)) == -1 && errno != EINTR)
			return;
		if (fds[1].revents != 0) {
			while (read(m->signals, &ignored, sizeof(ignored)) > 0)
				;
			minder_reap(m);
		}
		if (fds[0].revents != 0 && !minder_obey(m))
			fds[0].fd = -1; /* it would be ready for ever */
		if (m->ending && mono_reached(m->next_kill, clock_now()))
			minder_kill(m);
	}
}

_Noreturn void
minder_main(const struct minder_job *job)
{
	char tmpdir[PATH_MAX] = "";
	struct minder m = {0};
	const char *step;

	setproctitle("minder (%s)", job->name);
	step = minder_prepare(&m, job, tmpdir, sizeof(tmpdir));
	if (step != NULL)
		minder_report_failure(step);
	else
		minder_watch(&m);
	if (tmpdir[0] != '\0')
		tmpdir_remove(tmpdir);
	_exit(0);
}
