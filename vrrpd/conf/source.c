/*
 * The bytes of the configuration's files: who may have written them, and whether they are text; config
 * role and `vrrpd -n`.
 */
#include "vrrpd/conf/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path.h"
#include "vrrpd/conf/problem.h"

/* About the file as a whole. */
static struct config_at
whole(uint32_t file)
{
	return (struct config_at){.file = file};
}

/* Whoever can write the file commands root. */
static void
check_owner(struct config *config, uint32_t file, const struct stat *st)
{
	const char *name = config->files.item[file]->name;
	const bool own = config->checking && st->st_uid == getuid();

	if (st->st_uid != 0 && !own)
		problem_error(config, whole(file), "",
		    "belongs to user %u, not to root; repair: chown root %s", (unsigned)st->st_uid,
		    name);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		problem_error(config, whole(file), "",
		    "may be written by others than its owner (mode %04o); repair: chmod go-w %s",
		    (unsigned)st->st_mode & 07777U, name);
}

/* So can whoever can put another one in its place: each component, as of a program of root's. */
static void
check_path(struct config *config, uint32_t file)
{
	const char *name = config->files.item[file]->name;
	char why[PATH_WHY_MAX], directory[PATH_MAX] = "";

	if (name[0] != '/' && getcwd(directory, sizeof(directory)) == NULL)
		problem_error(config, whole(file), "",
		    "the working directory is unknown: %s; name an absolute path", strerror(errno));
	else if (path_check(config_format(config, "%s/%s", directory, name), PATH_FILE, NULL,
		     why) != PATH_OK)
		problem_error(config, whole(file), "", "%s", why);
}

/* Which file it is; complains when it was read before. */
static int
identify(struct config *config, uint32_t file, const struct stat *st)
{
	struct config_file *f = config->files.item[file], *other;

	f->device = st->st_dev;
	f->inode = st->st_ino;
	f->mode = S_ISFIFO(st->st_mode) ? 0 : st->st_mode;
	other = RB_INSERT(config_files, &config->identities, f);
	if (other == NULL)
		return 0;
	if (other->included.line == 0)
		problem_error(config, f->included, "global.include",
		    "%s cannot include itself; narrow the pattern, or remove it", other->name);
	else
		problem_error(config, f->included, "global.include",
		    "%s is included twice, first by line %u", f->name, other->included.line);
	return -1;
}

/* What cannot be read is missing: told where the file is asked for. */
static void
unreadable(struct config *config, uint32_t file, const char *what)
{
	const struct config_file *f = config->files.item[file];

	if (f->included.line == 0)
		problem_error(config, whole(file), "", "%s", what);
	else
		problem_error(config, f->included, "global.include", "%s %s", f->name, what);
}

static void
cannot_be_read(struct config *config, uint32_t file)
{
	unreadable(config, file, config_format(config, "cannot be read: %s", strerror(errno)));
}

static int
check_file(struct config *config, uint32_t file, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		cannot_be_read(config, file);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		unreadable(config, file,
		    file == 0 ? "is a directory; name a file"
			      : config_format(config, "is a directory; write %s/*.yaml",
				    config->files.item[file]->name));
		return -1;
	}
	if (identify(config, file, &st) == -1)
		return -1;
	if (file == 0 && config->checking && S_ISFIFO(st.st_mode)) /* nobody else's file */
		return 0;
	if (!S_ISREG(st.st_mode)) {
		unreadable(config, file, "is not a regular file");
		return -1;
	}
	if (file == 0 || config->checking)
		check_owner(config, file, &st);
	if (!config->checking && (file != 0 || config->errors == 0))
		check_path(config, file);
	return 0;
}

static int
read_all(struct config *config, int fd, size_t most, const char **text, size_t *length)
{
	size_t size = 65536, used = 0;
	char *buffer = NULL, *larger;
	ssize_t n;

	do {
		if (buffer == NULL || used == size) {
			size = buffer == NULL ? size : size * 2;
			larger = realloc(buffer, size);
			if (larger == NULL) {
				free(buffer);
				return -1;
			}
			buffer = larger;
		}
		n = read(fd, buffer + used, size - used);
		if (n > 0)
			used += (size_t)n;
	} while ((n > 0 && used <= most) || (n == -1 && errno == EINTR));
	if (n == -1) {
		free(buffer);
		return -1;
	}
	*text = config_strndup(config, buffer, used);
	*length = used;
	free(buffer);
	return 0;
}

int
source_read(struct config *config, uint32_t file, const char **text, size_t *length)
{
	const bool may_wait = file == 0 && config->checking; /* for the writer of a pipe */
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (may_wait ? 0 : O_NONBLOCK);
	const int fd = open(config->files.item[file]->name, flags);
	int result;

	if (fd == -1) {
		cannot_be_read(config, file);
		return -1;
	}
	result = check_file(config, file, fd);
	if (result == 0) {
		result = read_all(config, fd, SOURCE_SIZE_MAX - config->bytes, text, length);
		if (result == -1)
			cannot_be_read(config, file);
	}
	close(fd);
	return result;
}

static struct config_at
place_of(uint32_t file, const char *text, size_t offset)
{
	struct config_at at = {.line = 1, .column = 1, .file = file};
	size_t i;

	for (i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			at.column++; /* columns count characters */
		}
	}
	return at;
}

int
source_check(struct config *config, uint32_t file, const char *text, size_t length)
{
	const struct config_at start = {.line = 1, .column = 1, .file = file};
	const char *name = config->files.item[file]->name;
	const char *found;

	if (length > SOURCE_SIZE_MAX - config->bytes) {
		problem_error(config, whole(file), "",
		    config->bytes == 0 ? "is larger than 16 MiB"
				       : "is too large: all files together hold more than 16 MiB");
		return -1;
	}
	config->bytes += length;
	if (length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
		problem_error(config, start, "",
		    "the file is UTF-16; convert it: iconv -f UTF-16 -t UTF-8 %s", name);
		return -1;
	}
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		problem_error(config, start, "",
		    "the file begins with a byte order mark; remove it: LC_ALL=C sed -i "
		    "'1s/^...//' %s",
		    name);
	found = memchr(text, '\0', length);
	if (found != NULL) {
		problem_error(config, place_of(file, text, (size_t)(found - text)), "",
		    "a NUL byte: this is not a text file, or it is damaged");
		return -1;
	}
	found = memchr(text, '\r', length);
	if (found != NULL)
		problem_error(config, place_of(file, text, (size_t)(found - text)), "",
		    "a carriage return: the lines end as on Windows; convert the file: sed -i "
		    "'s/\\r$//' %s",
		    name);
	return 0;
}
