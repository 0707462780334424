/*
 * Starting a process of the daemon and becoming one; any process.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bsd/unistd.h>
#include <cap-ng.h>

#include "common/channel.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/sandbox.h"

#define PROC_SOCKET_BUFFER (1 << 20)

/* All children start with the same HELLO. */
_Static_assert((int)PARENT_ENGINE_HELLO == (int)PARENT_CHECKER_HELLO &&
		   (int)PARENT_ENGINE_HELLO == (int)PARENT_CONFIG_HELLO,
    "HELLO comes first");

const char *
proc_role_name(enum msg_role role)
{
#define PROC_ROLE_WORD(name, word) word,
	static const char *const names[] = {MSG_ROLES(PROC_ROLE_WORD)};

	return names[role];
}

int
proc_socketpair(int sv[2], int flags)
{
	const int size = PROC_SOCKET_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0, sv) == -1)
		return -1;
	for (int i = 0; i < 2; i++)
		if (setsockopt(sv[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == -1)
			setsockopt(sv[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

/* A daemon's children keep nothing of the terminal it was started from; their logs are lent to
 * them. */
static void
proc_leave_terminal(bool keep_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; null != -1 && fd <= STDERR_FILENO; fd++)
		if (fd != STDERR_FILENO || !keep_stderr)
			dup2(null, fd);
}

/* In the forked child: never returns. */
static _Noreturn void
proc_execute(enum msg_role role, const struct proc_options *options, int peer)
{
	const char *argv[10] = {"vrrpd", "-R", proc_role_name(role), "-r", options->runtime_dir};
	size_t argc = 5;
	sigset_t none;
	int self;

	if (role == MSG_ROLE_CONFIG) {
		argv[argc++] = "-f";
		argv[argc++] = options->config_file;
	}
	if (options->debug)
		argv[argc++] = "-v";
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	proc_leave_terminal(role == MSG_ROLE_CONFIG || options->foreground);
	/* dup2() onto itself would keep close-on-exec */
	if (peer == PROC_PARENT_FD ? fcntl(peer, F_SETFD, 0) == -1
				   : dup2(peer, PROC_PARENT_FD) == -1)
		fatal("%s: descriptor %d", argv[2], PROC_PARENT_FD);
	self = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (self == -1)
		fatal("%s: /proc/self/exe (is /proc mounted?)", argv[2]);
	close_range(PROC_PARENT_FD + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
	fexecve(self, (char *const *)(uintptr_t)argv, environ);
	fatal("%s: exec of the running binary", argv[2]);
}

pid_t
proc_spawn(enum msg_role role, const struct proc_options *options, int *fd)
{
	int sv[2];
	pid_t pid;

	if (proc_socketpair(sv, 0) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		proc_execute(role, options, sv[1]);
	close(sv[1]);
	if (pid == -1 || fcntl(sv[0], F_SETFL, O_RDWR | O_NONBLOCK) == -1) {
		close(sv[0]);
		return -1;
	}
	*fd = sv[0];
	return pid;
}

static void
proc_set_signals(void)
{
	static const int ignored[] = {SIGPIPE, SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

static void
proc_require_parent(enum msg_role role)
{
	int type = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(PROC_PARENT_FD, SOL_SOCKET, SO_TYPE, &type, &size) == -1 ||
	    type != SOCK_SEQPACKET) {
		fprintf(stderr, "vrrpd: -R %s is for vrrpd itself: start vrrpd without it\n",
		    proc_role_name(role));
		exit(VRRPD_EXIT_USAGE);
	}
	fcntl(PROC_PARENT_FD, F_SETFD, FD_CLOEXEC);
}

/* The engine sees an empty directory, whatever may happen later. */
static void
proc_enter_empty_root(const char *runtime_dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/empty", runtime_dir);
	if (chroot(path) == -1 || chdir("/") == -1)
		fatal("chroot to %s", path);
}

static void
proc_change_user(enum msg_role role, const struct msg_hello *hello)
{
	const gid_t groups[1] = {hello->supplementary_gid};
	bool keeps_bounding_set = role == MSG_ROLE_CHECKER && hello->effective_uid == 0;

	if (!keeps_bounding_set) {
		capng_clear(CAPNG_SELECT_BOUNDS);
		if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
			fatalx("cannot empty the capability bounding set");
	}
	if (setgroups(role == MSG_ROLE_CHECKER ? 1 : 0, groups) == -1 ||
	    setresgid(hello->gid, hello->effective_gid, hello->gid) == -1 ||
	    setresuid(hello->uid, hello->effective_uid, hello->uid) == -1)
		fatal("change to user %u (effective %u)", hello->uid, hello->effective_uid);
}

static void
proc_enter_sandbox(enum msg_role role, const struct msg_hello *hello)
{
	int result = -1;

	switch (role) {
	case MSG_ROLE_ENGINE:
		result = sandbox_engine();
		break;
	case MSG_ROLE_CONFIG:
		result = sandbox_config();
		break;
	case MSG_ROLE_CHECKER:
		result = hello->effective_uid == 0 ? 0 : sandbox_checker();
		break;
	case MSG_ROLE_COUNT:
		break;
	}
	if (result == -1)
		fatal("cannot enter the sandbox");
}

void
proc_enter(enum msg_role role, const struct proc_options *options, struct msg_hello *hello)
{
	log_init(proc_role_name(role), options->debug);
	proc_set_signals();
	tzset(); /* reads the time zone while it can */
	proc_require_parent(role);
	prctl(PR_SET_NAME, "vrrpd"); /* exec of a descriptor left its number there */
	if (channel_read_hello(PROC_PARENT_FD, hello) == -1)
		fatal("no HELLO from the parent");
	if (hello->role != (uint32_t)role)
		fatalx("the parent takes this process for a %u", hello->role);
	if (role == MSG_ROLE_CHECKER)
		setproctitle("%s (%s)", proc_role_name(role), hello->user_name);
	else
		setproctitle("%s", proc_role_name(role));
	if (role == MSG_ROLE_ENGINE)
		proc_enter_empty_root(options->runtime_dir);
	proc_change_user(role, hello);
	if (prctl(PR_SET_DUMPABLE, 0) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("prctl");
	proc_enter_sandbox(role, hello);
}
