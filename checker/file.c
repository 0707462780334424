/*
 * Checks whether a file is there, or what number is in it; in the checker, and in a process of its
 * own each time, since the file may lie where looking hangs.
 *
 * That process also sets the watches of inotify(7), in a descriptor that both have: on the file, on
 * each directory where its name, or that of a symbolic link on the way, may come and go. An event makes
 * a try due at once. It is but a hint: what no watch sees (another host's writing) is seen at the
 * interval.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <event2/event.h>

#include "checker/number.h"
#include "checker/probe.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"

#define FILE_LINKS_MAX 3                           /* followed in the last place of a path */
#define FILE_SPACING_NS (INT64_C(100) * NS_PER_MS) /* between tries that events make */
#define FILE_PATIENCE_NS (INT64_C(50) * NS_PER_MS) /* for who has emptied it to write again */
#define FILE_GLANCES 10
#define FILE_EVENTS_SIZE 4096
#define FILE_TEXT_MAX 64

#define FILE_WATCH_DIRECTORY \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | \
	    IN_MOVE_SELF)
/* Not IN_MODIFY: who writes anew first empties it. */
#define FILE_WATCH_FILE (IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

struct file_probe {
	struct probe probe;
	LIST_ENTRY(file_probe) entry;
	struct look look;
	struct look_answer watches;
	struct event *on_spacing;
	mono_t next; /* before that, events make no try */
};

/* All file checks share one descriptor: a user may have few. */
struct files {
	LIST_HEAD(, file_probe) probes;
	int fd; /* -1 = none: the interval must do */
	struct event *on_change;
};

/* ---- in the process that looks ---- */

/* The watch, -1 with errno. There is room for all that file_set_watches() sets. */
static int
file_watch(struct look_answer *answer, const char *path, uint32_t mask)
{
	int wd = inotify_add_watch(LOOK_KEPT_FD, path, mask | IN_MASK_ADD);

	for (size_t i = 0; wd > 0 && i < LOOK_WATCHES; i++) {
		if (answer->watch[i] == wd)
			break;
		if (answer->watch[i] == 0) {
			answer->watch[i] = wd;
			break;
		}
	}
	return wd;
}

/* The directory of a path, or the nearest one above it that is there. True when it is its own. */
static bool
file_watch_directory(struct look_answer *answer, const char *path)
{
	char copy[PATH_MAX], *directory = copy;
	bool own = true;

	strlcpy(copy, path, sizeof(copy));
	for (;;) {
		directory = dirname(directory);
		if (file_watch(answer, directory, FILE_WATCH_DIRECTORY | IN_ONLYDIR) > 0)
			return own;
		if ((errno != ENOENT && errno != ENOTDIR) || strcmp(directory, "/") == 0)
			return own;
		own = false;
	}
}

/* Where a symbolic link leads, which may be nowhere. -1 when it is none. */
static int
file_follow(const char *path, char *target, size_t size)
{
	char link[PATH_MAX], copy[PATH_MAX];
	ssize_t n = readlink(path, link, sizeof(link) - 1);

	if (n == -1)
		return -1;
	link[n] = '\0';
	strlcpy(copy, path, sizeof(copy));
	n = snprintf(target, size, "%s%s%s", link[0] == '/' ? "" : dirname(copy),
	    link[0] == '/' ? "" : "/", link);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

/* Before the file itself is looked at: what happens in between is an event. */
static void
file_set_watches(const char *path, struct look_answer *answer)
{
	char here[PATH_MAX], there[PATH_MAX];
	bool simple = file_watch_directory(answer, path);

	strlcpy(here, path, sizeof(here));
	for (int i = 0; i < FILE_LINKS_MAX && file_follow(here, there, sizeof(there)) == 0; i++) {
		simple = false;
		file_watch_directory(answer, there);
		strlcpy(here, there, sizeof(here));
	}
	answer->only_name = simple;
	file_watch(answer, path, FILE_WATCH_FILE);
}

/* Bytes of a regular file's beginning, -1 with errno. */
static ssize_t
file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), error;
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, text, size);
	error = errno;
	close(fd);
	errno = error;
	return n;
}

/* False when it is no number (yet). */
static bool
file_read_number(const char *path, struct look_sight *sight)
{
	char text[FILE_TEXT_MAX];
	ssize_t n = file_read(path, text, sizeof(text));

	if (n == -1 && errno == ENOENT) {
		snprintf(sight->text, sizeof(sight->text), "%s", strerror(errno));
		return true;
	}
	if (n == -1) {
		sight->step = "read";
		sight->error = errno;
		return true;
	}
	if (n == sizeof(text) || number_parse(text, (size_t)n, &sight->answer.value) == -1) {
		if (n == 0)
			snprintf(sight->text, sizeof(sight->text), "not a number: empty");
		else
			snprintf(
			    sight->text, sizeof(sight->text), "not a number: %.*s", (int)n, text);
		return false;
	}
	sight->answer.up = 1;
	snprintf(sight->text, sizeof(sight->text), "%lld", (long long)sight->answer.value);
	return true;
}

/* Who writes anew first empties it: some patience, but half of the time there is at most. */
static void
file_look_at_number(const struct conf_check *conf, struct look_sight *sight)
{
	int64_t half_ns = conf->timeout_ms * NS_PER_MS / 2;
	const struct timespec ts = {
	    .tv_nsec = (half_ns < FILE_PATIENCE_NS ? half_ns : FILE_PATIENCE_NS) / FILE_GLANCES};

	for (int i = 0; i < FILE_GLANCES && !file_read_number(conf->text, sight); i++)
		nanosleep(&ts, NULL);
}

static void
file_look(const void *ctx, struct look_sight *sight)
{
	const struct file_probe *fp = ctx;
	const char *path = fp->probe.conf->text;
	struct stat st;

	if (fp->look.keep_fd != -1)
		file_set_watches(path, &sight->answer);
	if (stat(path, &st) == -1) {
		if (errno == ENOENT || errno == ENOTDIR) {
			snprintf(sight->text, sizeof(sight->text), "%s", strerror(errno));
			return;
		}
		sight->step = "stat";
		sight->error = errno;
	} else if (!fp->probe.by_value) {
		sight->answer.up = 1;
	} else if (!S_ISREG(st.st_mode)) {
		snprintf(sight->text, sizeof(sight->text), "not a number: no regular file");
	} else {
		file_look_at_number(fp->probe.conf, sight);
	}
}

/* ---- in the checker ---- */

static void
file_forget_watch(struct files *files, int wd)
{
	const struct file_probe *fp;

	LIST_FOREACH(fp, &files->probes, entry)
		for (size_t i = 0; i < LOOK_WATCHES; i++)
			if (fp->watches.watch[i] == wd)
				return;
	inotify_rm_watch(files->fd, wd);
}

static void
file_learn(struct probe *p)
{
	struct file_probe *fp = (struct file_probe *)p;
	struct look_answer old = fp->watches;

	if (p->all->files->fd == -1 || p->once)
		return;
	fp->watches = p->run.answer;
	for (size_t i = 0; i < LOOK_WATCHES; i++)
		if (old.watch[i] != 0)
			file_forget_watch(p->all->files, old.watch[i]);
}

static void
file_try_now(struct file_probe *fp, mono_t now)
{
	event_del(fp->on_spacing);
	fp->next = mono_add(now, FILE_SPACING_NS);
	fp->probe.client.due(fp->probe.client.ctx);
}

static void
file_on_spacing(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	file_try_now(arg, clock_now());
}

static void
file_take_hint(struct file_probe *fp)
{
	mono_t now = clock_now();
	struct timeval tv = {.tv_usec = mono_since(fp->next, now) / NS_PER_US + 1};

	if (mono_reached(fp->next, now))
		file_try_now(fp, now);
	else if (!event_pending(fp->on_spacing, EV_TIMEOUT, NULL))
		event_add(fp->on_spacing, &tv);
}

static const char *
file_name_of(const struct conf_check *conf)
{
	return strrchr(conf->text, '/') + 1;
}

/* In a directory that is watched for one name, others come and go. */
static bool
file_is_concerned(const struct file_probe *fp, const struct inotify_event *event)
{
	const struct look_answer *watches = &fp->watches;

	for (size_t i = 0; i < LOOK_WATCHES; i++)
		if (watches->watch[i] == event->wd)
			return event->len == 0 || !watches->only_name ||
			       strcmp(event->name, file_name_of(fp->probe.conf)) == 0;
	return false;
}

/*
 * A watch that nobody knows yet is of a look that has not reported, or all were too many; while none
 * looks, it is of one that never will.
 */
static void
file_take_event(struct files *files, const struct inotify_event *event)
{
	struct file_probe *fp;
	bool known = false, looking = false;

	if (event->mask & IN_IGNORED)
		return;
	LIST_FOREACH(fp, &files->probes, entry) {
		looking |= fp->probe.run.phase != RUN_IDLE;
		for (size_t i = 0; i < LOOK_WATCHES; i++)
			known |= fp->watches.watch[i] == event->wd;
	}
	LIST_FOREACH(fp, &files->probes, entry)
		if (known ? file_is_concerned(fp, event)
			  : event->mask & IN_Q_OVERFLOW || fp->probe.run.phase != RUN_IDLE)
			file_take_hint(fp);
	if (!known && !looking && event->wd > 0)
		inotify_rm_watch(files->fd, event->wd);
}

static void
file_on_change(int fd, short what, void *arg)
{
	struct files *files = arg;
	union {
		struct inotify_event align;
		char bytes[FILE_EVENTS_SIZE];
	} buffer;
	const struct inotify_event *event;
	ssize_t n = read(fd, buffer.bytes, sizeof(buffer));

	(void)what;
	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(const void *)&buffer.bytes[at];
		file_take_event(files, event);
	}
}

static struct files *
file_get_all(struct probes *all)
{
	struct files *files = all->files;

	if (files != NULL)
		return files;
	files = calloc(1, sizeof(*files));
	if (files == NULL)
		return NULL;
	LIST_INIT(&files->probes);
	files->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (files->fd == -1)
		log_warn("inotify: files are looked at in their intervals only");
	else
		files->on_change =
		    event_new(all->base, files->fd, EV_READ | EV_PERSIST, file_on_change, files);
	if (files->on_change != NULL)
		event_add(files->on_change, NULL);
	all->files = files;
	return files;
}

static int
file_open(struct probe *p)
{
	struct file_probe *fp = (struct file_probe *)p;
	struct files *files = file_get_all(p->all);

	if (files == NULL)
		return -1;
	fp->look = (struct look){.go = file_look, .ctx = fp, .keep_fd = p->once ? -1 : files->fd};
	p->run.look = &fp->look;
	fp->on_spacing = event_new(p->all->base, -1, 0, file_on_spacing, fp);
	if (fp->on_spacing == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (!p->once)
		LIST_INSERT_HEAD(&files->probes, fp, entry);
	return 0;
}

static void
file_close(struct probe *p)
{
	struct file_probe *fp = (struct file_probe *)p;

	event_free(fp->on_spacing);
	if (p->once)
		return;
	LIST_REMOVE(fp, entry);
	for (size_t i = 0; i < LOOK_WATCHES; i++)
		if (fp->watches.watch[i] != 0)
			file_forget_watch(p->all->files, fp->watches.watch[i]);
}

static void
file_describe(struct probe *p, struct run_spec *spec)
{
	((struct file_probe *)p)->look.timeout_ms = p->conf->timeout_ms;
	*spec = (struct run_spec){.name = p->conf->name};
}

const struct probe_ops file_ops = {
    .size = sizeof(struct file_probe),
    .open = file_open,
    .describe = file_describe,
    .learn = file_learn,
    .close = file_close,
};
