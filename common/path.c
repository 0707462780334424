/*
 * Whether a program or file can be trusted to be what the administrator installed; config role, `vrrpd
 * -n`, and before each start of a script. The path is walked by hand, since a link's own directory counts as much as its target's.
 */
#include "common/path.h"

#include <bsd/string.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* the kernel's limit */

struct walk {
	enum path_purpose purpose;
	const struct path_user *user; /* not of a program: nobody known */
	char *why;
	char done[PATH_MAX]; /* resolved so far, no link in it, "" = the root directory */
	char rest[PATH_MAX]; /* still to go */
	unsigned links;
};

static enum path_result __attribute__((format(printf, 3, 4)))
fail(const struct walk *w, enum path_result result, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->why, PATH_WHY_MAX, format, ap);
	va_end(ap);
	return result;
}

static bool
permits(const struct stat *st, const struct path_user *u)
{
	if (!u->known)
		return true;
	if (st->st_uid == u->uid)
		return (st->st_mode & S_IXUSR) != 0;
	if (st->st_gid == u->gid || st->st_gid == u->group)
		return (st->st_mode & S_IXGRP) != 0;
	return (st->st_mode & S_IXOTH) != 0;
}

static const char *
noun(enum path_purpose purpose)
{
	return purpose == PATH_PROGRAM ? "program" : purpose == PATH_FILE ? "file" : "key";
}

/* What only the last component must be. */
static enum path_result
check_last(const struct walk *w, const char *path, const struct stat *st)
{
	const unsigned mode = (unsigned)st->st_mode & 07777U;

	if (!S_ISREG(st->st_mode))
		return fail(w, PATH_UNSAFE, "%.200s is not a regular file", path);
	if (w->purpose == PATH_PROGRAM && (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return fail(w, PATH_UNSAFE,
		    "%.200s is not executable (mode %04o); repair: chmod a+x %.200s", path, mode,
		    path);
	if (w->purpose == PATH_SECRET && (mode & (S_IRWXG | S_IRWXO)) != 0)
		return fail(w, PATH_UNSAFE,
		    "%.200s may be read by others (mode %04o); repair: chmod 600 %.200s", path,
		    mode, path);
	return PATH_OK;
}

/* Nobody but root and the user may change it, and the user may pass or run it. */
static enum path_result
check_component(const struct walk *w, const char *path, const struct stat *st)
{
	const unsigned mode = (unsigned)st->st_mode & 07777U;
	const bool is_directory = S_ISDIR(st->st_mode);
	enum path_result result;

	if (st->st_uid != 0 && (!w->user->known || st->st_uid != w->user->uid))
		return fail(w, PATH_UNSAFE,
		    "%.200s belongs to user %u, who could replace the %s; "
		    "repair: chown root %.200s",
		    path, (unsigned)st->st_uid, noun(w->purpose), path);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(w, PATH_UNSAFE,
		    "%.200s may be written by others (mode %04o); "
		    "repair: chmod go-w %.200s",
		    path, mode, path);
	result = is_directory ? PATH_OK : check_last(w, path, st);
	if (result != PATH_OK)
		return result;
	if (!permits(st, w->user))
		return fail(w, PATH_UNSAFE,
		    "user %.32s may not %s %.200s (mode %04o); "
		    "repair: chmod a+x %.200s",
		    w->user->name, is_directory ? "pass" : "execute", path, mode, path);
	return PATH_OK;
}

/* Puts the target of a link in front of what is still to go. */
static enum path_result
follow(struct walk *w, const char *path)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n;

	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return fail(w, PATH_MISSING, "%.200s cannot be read: %s", path, strerror(errno));
	target[n] = '\0';
	if (++w->links > LINKS_MAX)
		return fail(w, PATH_UNSAFE, "%.200s: too many symbolic links", path);
	if (strlcpy(joined, target, sizeof(joined)) >= sizeof(joined) ||
	    strlcat(joined, "/", sizeof(joined)) >= sizeof(joined) ||
	    strlcat(joined, w->rest, sizeof(joined)) >= sizeof(joined))
		return fail(w, PATH_UNSAFE, "%.200s: the path is too long", path);
	if (target[0] == '/')
		w->done[0] = '\0';
	strlcpy(w->rest, joined, sizeof(w->rest));
	return PATH_OK;
}

/* Takes the next component from rest; false when there is none. */
static bool
next_component(struct walk *w, char name[NAME_MAX + 1])
{
	const char *start = w->rest + strspn(w->rest, "/");
	const size_t length = strcspn(start, "/");

	if (length == 0)
		return false;
	strlcpy(name, start, length < NAME_MAX ? length + 1 : NAME_MAX + 1);
	memmove(w->rest, start + length, strlen(start + length) + 1);
	return true;
}

static enum path_result
missing(const struct walk *w, const char *path)
{
	if (errno == EACCES)
		return fail(w, PATH_MISSING,
		    "%.200s/ cannot be passed to look at %.200s; "
		    "repair: chmod a+x %.200s/",
		    w->done, path, w->done);
	if (errno == ENOENT)
		return fail(w, PATH_MISSING,
		    "%.400s does not exist; install it, or correct the path", path);
	return fail(w, PATH_MISSING, "%.400s cannot be looked at: %s", path, strerror(errno));
}

/* One component further. */
static enum path_result
step(struct walk *w, const char *name, struct stat *st)
{
	char path[PATH_MAX + NAME_MAX + 2], *slash;
	enum path_result result;

	if (strcmp(name, ".") == 0)
		return PATH_OK;
	if (strcmp(name, "..") == 0) {
		slash = strrchr(w->done, '/');
		if (slash != NULL)
			*slash = '\0';
		return PATH_OK;
	}
	snprintf(path, sizeof(path), "%s/%s", w->done, name);
	if (lstat(path, st) == -1)
		return missing(w, path);
	if (S_ISLNK(st->st_mode))
		return follow(w, path);
	result = check_component(w, path, st);
	if (result == PATH_OK && strlcpy(w->done, path, sizeof(w->done)) >= sizeof(w->done))
		return fail(w, PATH_UNSAFE, "%.200s: the path is too long", path);
	return result;
}

enum path_result
path_check(const char *path, enum path_purpose purpose, const struct path_user *user, char *why)
{
	static const struct path_user nobody = {.name = "root"};
	struct walk w = {.purpose = purpose, .user = user != NULL ? user : &nobody, .why = why};
	char name[NAME_MAX + 1];
	enum path_result result;
	struct stat st;

	if (strlcpy(w.rest, path, sizeof(w.rest)) >= sizeof(w.rest))
		return fail(&w, PATH_UNSAFE, "the path is too long");
	if (stat("/", &st) == -1)
		return missing(&w, "/");
	result = check_component(&w, "/", &st);
	while (result == PATH_OK && next_component(&w, name))
		result = step(&w, name, &st);
	if (result == PATH_OK && S_ISDIR(st.st_mode))
		return fail(
		    &w, PATH_UNSAFE, "%.400s is a directory; name a %s", path, noun(purpose));
	return result;
}
