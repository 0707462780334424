/*
 * The private directory of a run; in the minder, as the script user.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checker/tmpdir.h"

#define TMPDIR_DEPTH_MAX 128 /* one descriptor a level */

void
tmpdir_name(char name[TMPDIR_NAME_MAX])
{
	uint64_t random;

	arc4random_buf(&random, sizeof(random));
	snprintf(name, TMPDIR_NAME_MAX, "%016" PRIx64, random);
}

static void tmpdir_empty(int fd, unsigned depth);

static void
tmpdir_remove_at(int parent, const char *name, unsigned depth)
{
	int fd;

	if (unlinkat(parent, name, 0) == 0 || depth == 0)
		return;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == EACCES && fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1) {
		fchmod(fd, 0700); /* the script may have taken its own rights */
		tmpdir_empty(fd, depth);
	}
	unlinkat(parent, name, AT_REMOVEDIR);
}

/* Takes fd. */
static void
tmpdir_empty(int fd, unsigned depth)
{
	struct dirent *entry;
	DIR *dir = fdopendir(fd);

	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			tmpdir_remove_at(dirfd(dir), entry->d_name, depth - 1);
	closedir(dir);
}

void
tmpdir_remove(const char *path)
{
	if (rmdir(path) == -1)
		tmpdir_remove_at(AT_FDCWD, path, TMPDIR_DEPTH_MAX);
}

int
tmpdir_make(const char *runtime_dir, const char *name, char *path, size_t size)
{
	int length = snprintf(path, size, "%s/tmp/%s", runtime_dir, name);

	if (length < 0 || (size_t)length >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	tmpdir_remove(path);
	if (mkdir(path, 0700) == 0)
		return 0;
	snprintf(path, size, "%s/tmp/XXXXXX", runtime_dir);
	return mkdtemp(path) != NULL ? 0 : -1;
}
