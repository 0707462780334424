/*
 * Checks whether processes of a name run, and how many; in the checker.
 *
 * They are found in /proc at each try, and held by a descriptor from then on: the end of one is an
 * event, and when it leaves too few of them a try is due at once. A name is what the kernel has, 15
 * characters; what a process says of itself in its arguments is its own matter (and reading that can
 * hang). Tries that come close together share one walk through /proc.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "checker/probe.h"
#include "common/clock.h"
#include "common/conf.h"

#define PROCESS_NAME_MAX 16                          /* TASK_COMM_LEN */
#define PROCESS_HELD_MAX 256                         /* of one check; the others are counted only */
#define PROCESS_SHARED_NS (INT64_C(100) * NS_PER_MS) /* for so long a walk serves others */

struct process {
	pid_t pid;
	char name[PROCESS_NAME_MAX];
};

/* All there are, as the last walk found them. */
struct processes {
	mono_t at; /* 0 = never */
	struct process *item;
	size_t count;
	size_t room;
};

struct process_held {
	pid_t pid;
	int fd; /* readable when it has ended */
	struct event *on_end;
};

struct process_probe {
	struct probe probe;
	struct process_held held[PROCESS_HELD_MAX];
	size_t held_count;
	uint32_t alive; /* held, and counted besides */
	bool enough;    /* the last try found as many as are due */
	bool hurried;   /* one has ended: what is known of /proc is too old */
};

/* ---- /proc ---- */

/* -1 with errno. */
static int
process_read_name(pid_t pid, char name[PROCESS_NAME_MAX])
{
	char path[32];
	ssize_t n;
	int fd, error;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, name, PROCESS_NAME_MAX);
	error = errno;
	close(fd);
	errno = n == -1 ? error : ESRCH;
	if (n <= 0)
		return -1;
	name[n < PROCESS_NAME_MAX ? n : PROCESS_NAME_MAX - 1] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return 0;
}

/* One that has just ended is no error. -1 with errno. */
static int
processes_add(struct processes *all, pid_t pid)
{
	size_t room = all->room == 0 ? 256 : all->room * 2;
	struct process *grown;

	if (all->count == all->room) {
		grown = reallocarray(all->item, room, sizeof(*grown));
		if (grown == NULL)
			return -1;
		all->item = grown;
		all->room = room;
	}
	all->item[all->count].pid = pid;
	if (process_read_name(pid, all->item[all->count].name) == 0)
		all->count++;
	else if (errno != ENOENT && errno != ESRCH)
		return -1;
	return 0;
}

static int
processes_walk(struct processes *all)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int result = 0, error;

	if (proc == NULL)
		return -1;
	all->count = 0;
	while (result == 0 && (errno = 0, entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			result = processes_add(all, (pid_t)strtol(entry->d_name, NULL, 10));
	error = errno;
	closedir(proc);
	errno = error;
	return result == 0 && error != 0 ? -1 : result;
}

/*
 * The first process is another user's, and always there: who cannot see it sees none but its own
 * user's. NULL, or the step that failed, with errno.
 */
static const char *
processes_find_first(void)
{
	char name[PROCESS_NAME_MAX];

	if (process_read_name(1, name) == 0)
		return NULL;
	if (errno != ENOENT && errno != ESRCH && errno != EPERM && errno != EACCES)
		return "proc";
	if (access("/proc/self", F_OK) == -1)
		return "proc";
	errno = EPERM;
	return "hidepid";
}

/* NULL, or the step that failed, with errno. */
static const char *
processes_refresh(struct processes *all, bool now)
{
	mono_t begin = clock_now();
	const char *step;

	if (!now && all->at.ns != 0 && mono_since(begin, all->at) < PROCESS_SHARED_NS)
		return NULL;
	all->at = (mono_t){0};
	step = processes_find_first();
	if (step != NULL)
		return step;
	if (processes_walk(all) == -1)
		return "proc";
	all->at = begin;
	return NULL;
}

/* ---- those that are held ---- */

static bool
process_has_ended(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, 0) != 0;
}

static void
process_let_go(struct process_probe *pp, size_t i)
{
	event_free(pp->held[i].on_end);
	close(pp->held[i].fd);
	pp->held[i] = pp->held[--pp->held_count];
}

static void
process_on_end(int fd, short what, void *arg)
{
	struct process_probe *pp = arg;

	(void)what;
	for (size_t i = 0; i < pp->held_count; i++) {
		if (pp->held[i].fd != fd)
			continue;
		process_let_go(pp, i);
		pp->alive--;
		break;
	}
	if (pp->probe.once || !pp->enough || pp->alive >= pp->probe.conf->count_min)
		return;
	pp->enough = false;
	pp->hurried = true;
	pp->probe.client.due(pp->probe.client.ctx);
}

static bool
process_is_held(const struct process_probe *pp, pid_t pid)
{
	for (size_t i = 0; i < pp->held_count; i++)
		if (pp->held[i].pid == pid)
			return true;
	return false;
}

/* -1 with errno; ESRCH when it is not there any more. Takes the descriptor. */
static int
process_hold(struct process_probe *pp, pid_t pid, int fd)
{
	struct process_held *h = &pp->held[pp->held_count];

	h->on_end = event_new(pp->probe.all->base, fd, EV_READ, process_on_end, pp);
	if (h->on_end == NULL || event_add(h->on_end, NULL) == -1) {
		if (h->on_end != NULL)
			event_free(h->on_end);
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	h->pid = pid;
	h->fd = fd;
	pp->held_count++;
	return 0;
}

/* Counts one that bears the name, if it is still the one it was. -1 with errno. */
static int
process_take(struct process_probe *pp, const struct process *process)
{
	char name[PROCESS_NAME_MAX];
	int fd = pidfd_open(process->pid, 0);

	if (fd == -1)
		return errno == ESRCH ? 0 : -1;
	if (process_read_name(process->pid, name) == -1 || strcmp(name, process->name) != 0 ||
	    process_has_ended(fd)) {
		close(fd);
		return 0;
	}
	pp->alive++;
	if (pp->held_count < PROCESS_HELD_MAX)
		return process_hold(pp, process->pid, fd);
	close(fd);
	return 0;
}

static bool
process_matches(const struct process_probe *pp, const struct process *process)
{
	return strncmp(process->name, pp->probe.conf->text, PROCESS_NAME_MAX - 1) == 0;
}

/* Lets go those that have ended, or bear another name by now. */
static void
process_review(struct process_probe *pp)
{
	char name[PROCESS_NAME_MAX];

	for (size_t i = pp->held_count; i-- > 0;)
		if (process_has_ended(pp->held[i].fd) ||
		    process_read_name(pp->held[i].pid, name) == -1 ||
		    strncmp(name, pp->probe.conf->text, PROCESS_NAME_MAX - 1) != 0)
			process_let_go(pp, i);
	pp->alive = (uint32_t)pp->held_count;
}

/* ---- the probe ---- */

static void
process_judge(struct process_probe *pp)
{
	struct probe *p = &pp->probe;

	pp->enough = pp->alive >= p->conf->count_min;
	if (pp->alive == 0 && !pp->enough)
		probe_down(p, "not running");
	else if (!pp->enough)
		probe_down(p, "%u running, at least %u are due", pp->alive, p->conf->count_min);
	else if (pp->alive > p->conf->count_max)
		probe_down(p, "%u running, at most %u are due", pp->alive, p->conf->count_max);
	else
		probe_up(p, "%u running", pp->alive);
}

static void
process_start(struct probe *p)
{
	struct process_probe *pp = (struct process_probe *)p;
	struct processes *all = p->all->processes;
	const char *step = processes_refresh(all, pp->hurried);

	pp->hurried = false;
	if (step != NULL) {
		probe_broken(p, step, errno);
		return;
	}
	process_review(pp);
	for (size_t i = 0; i < all->count; i++) {
		if (!process_matches(pp, &all->item[i]) || process_is_held(pp, all->item[i].pid))
			continue;
		if (process_take(pp, &all->item[i]) == -1) {
			probe_broken(p, "pidfd", errno);
			return;
		}
	}
	process_judge(pp);
}

static void
process_end(struct probe *p)
{
	(void)p; /* what is held is held for good */
}

static void
process_close(struct probe *p)
{
	struct process_probe *pp = (struct process_probe *)p;

	while (pp->held_count > 0)
		process_let_go(pp, pp->held_count - 1);
}

static int
process_open(struct probe *p)
{
	struct process_probe *pp = (struct process_probe *)p;

	pp->hurried = p->once;
	if (p->all->processes == NULL)
		p->all->processes = calloc(1, sizeof(*p->all->processes));
	return p->all->processes == NULL ? -1 : 0;
}

const struct probe_ops process_ops = {
    .size = sizeof(struct process_probe),
    .open = process_open,
    .start = process_start,
    .end = process_end,
    .close = process_close,
};
