/*
 * From the minder's child to the script: user, session, limits, environment, sandbox, exec; in that
 * child, as the checker's user first and the script's alone then.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checker/minder.h"
#include "common/conf.h"
#include "common/path.h"
#include "common/sandbox.h"

#define SCRIPT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Hard and soft alike; never above what the daemon itself was given. */
static const struct {
	int resource;
	rlim_t value;
} script_limits[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_NOFILE, 1024},
    {RLIMIT_MEMLOCK, 64 * 1024},
    {RLIMIT_RTPRIO, 0},
};

static int
script_set_limits(void)
{
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(script_limits) / sizeof(script_limits[0]); i++) {
		if (getrlimit(script_limits[i].resource, &limit) == -1)
			return -1;
		if (limit.rlim_max > script_limits[i].value)
			limit.rlim_max = script_limits[i].value;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(script_limits[i].resource, &limit) == -1)
			return -1;
	}
	return 0;
}

/* What a shell would start with: default dispositions, nothing blocked. */
static int
script_set_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL); /* fails for those nobody can change */
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Gives up the checker's ids, for good. The parent-death signal is forgotten at a change of ids, so
 * it comes after; a minder that died before it is noticed by its child's new parent.
 */
static int
script_set_user(pid_t minder)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (setresgid(gid, gid, gid) == -1 || setresuid(uid, uid, uid) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return -1;
	if (getppid() == minder)
		return 0;
	errno = ESRCH;
	return -1;
}

/* The supplementary group that every script has (proc.c gave it to the checker). */
static gid_t
script_group(void)
{
	gid_t group;

	return getgroups(1, &group) == 1 ? group : getegid();
}

/* 0 is /dev/null already, everything above 2 closes itself. */
static int
script_set_descriptors(void)
{
	if (dup2(MINDER_OUTPUT_FD, STDOUT_FILENO) == -1)
		return -1;
	return dup2(MINDER_OUTPUT_FD, STDERR_FILENO);
}

/* Whether two "KEY=value" have one key. */
static int
script_same_key(const char *a, const char *b)
{
	size_t length = strcspn(a, "=") + 1;

	return strncmp(a, b, length) == 0;
}

/* Adds or replaces; *count grows by at most one. */
static void
script_put(const char **environment, size_t *count, const char *assignment)
{
	for (size_t i = 0; i < *count; i++) {
		if (script_same_key(environment[i], assignment)) {
			environment[i] = assignment;
			return;
		}
	}
	environment[(*count)++] = assignment;
}

struct script_strings {
	const char **argv;
	const char **environment;
	const char **writable;
};

/* The configured environment wins over ours, except that TMPDIR is the one that exists. */
static void
script_fill_environment(struct script_strings *s, const struct minder_job *job,
    const char *const *configured, const char *tmpdir)
{
	size_t count = 0;

	script_put(s->environment, &count, SCRIPT_PATH);
	script_put(s->environment, &count, "LC_ALL=C.UTF-8");
	for (const char *const *p = job->environment; *p != NULL; p++)
		script_put(s->environment, &count, *p);
	for (const char *const *p = configured; *p != NULL; p++)
		script_put(s->environment, &count, *p);
	script_put(s->environment, &count, tmpdir);
}

static size_t
script_count(const char *const *strings)
{
	size_t n = 0;

	while (strings[n] != NULL)
		n++;
	return n;
}

/* All of it lives until exec. -1 with errno. */
static int
script_build(struct script_strings *s, const struct minder_job *job, const char *tmpdir)
{
	const struct conf_command *command = job->command;
	size_t extra = script_count(job->arguments), known = script_count(job->environment) + 3;
	const char **configured = calloc(command->envc + 1U, sizeof(*configured));
	char *assignment;

	s->argv = calloc(command->argc + extra + 1, sizeof(*s->argv));
	s->environment = calloc(command->envc + known + 1, sizeof(*s->environment));
	s->writable = calloc(command->writablec + 1U, sizeof(*s->writable));
	if (configured == NULL || s->argv == NULL || s->environment == NULL ||
	    s->writable == NULL || asprintf(&assignment, "TMPDIR=%s", tmpdir) == -1) {
		free(configured);
		errno = ENOMEM;
		return -1;
	}
	conf_command_strings(command, s->argv, configured, s->writable);
	memcpy(s->argv + command->argc, job->arguments, extra * sizeof(*s->argv));
	script_fill_environment(s, job, configured, assignment);
	free(configured);
	return 0;
}

/* The directory that really holds the program, through symbolic links. */
static void
script_find_directory(const char *program, char directory[PATH_MAX])
{
	char *slash;

	if (realpath(program, directory) == NULL)
		snprintf(directory, PATH_MAX, "%s", program);
	slash = strrchr(directory, '/');
	if (slash != NULL)
		slash[slash == directory] = '\0';
}

/*
 * The same question as when the configuration was read: what has become replaceable since is not run.
 * What is missing or may not be executed is for exec to say.
 */
static int
script_check_path(const char *program)
{
	const struct path_user user = {.name = "of the script",
	    .uid = geteuid(),
	    .gid = getegid(),
	    .group = script_group(),
	    .known = true};
	char why[PATH_WHY_MAX];
	struct stat st;

	if (stat(program, &st) == -1 || !S_ISREG(st.st_mode) || access(program, X_OK) == -1 ||
	    path_check(program, PATH_PROGRAM, &user, why) != PATH_UNSAFE)
		return 0;
	dprintf(STDERR_FILENO, "%s\n", why);
	errno = EPERM;
	return -1;
}

static void
script_exec(const struct script_strings *s)
{
	union {
		const char **in;
		char **out;
	} argv = {s->argv}, environment = {s->environment};

	execve(s->argv[0], argv.out, environment.out);
}

/* Into its output, which is shown: the program or its interpreter may be where this sandbox executes nothing. */
static void
script_blame_sandbox(uint32_t sandbox, const char *program)
{
	const int saved = errno;
	struct stat st;

	if (saved == EACCES && sandbox == CONF_SANDBOX_STRICT && stat(program, &st) == 0 &&
	    S_ISREG(st.st_mode) && access(program, X_OK) == 0)
		dprintf(STDERR_FILENO,
		    "its strict sandbox executes only what is below /usr, /lib, /bin, /sbin, "
		    "/etc or beside the command\n");
	errno = saved;
}

void
script_execute(const struct minder_job *job, pid_t minder, const char *tmpdir, const char **step)
{
	char directory[PATH_MAX];
	static struct script_strings s; /* until it executes, or ends */

	*step = "memory";
	if (script_build(&s, job, tmpdir) == -1)
		return;
	*step = "session";
	if (setsid() == -1 || chdir("/") == -1)
		return;
	*step = "user";
	if (script_set_user(minder) == -1)
		return;
	*step = "limits";
	if (script_set_limits() == -1)
		return;
	*step = "signals";
	if (script_set_signals() == -1)
		return;
	*step = "output";
	if (script_set_descriptors() == -1)
		return;
	umask(027);
	*step = "path";
	if (script_check_path(s.argv[0]) == -1)
		return;
	script_find_directory(s.argv[0], directory);
	*step = "sandbox";
	if (sandbox_script(job->command->sandbox, directory, tmpdir, s.writable) == -1)
		return;
	*step = "exec";
	script_exec(&s);
	script_blame_sandbox(job->command->sandbox, s.argv[0]);
}
