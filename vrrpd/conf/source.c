/*
 * The bytes of the configuration file: who may have written them, and whether they are text; config
 * role and `vrrpd -n`.
 */
#include "vrrpd/conf/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpd/conf/path.h"
#include "vrrpd/conf/problem.h"

static const struct config_at nowhere;

/* Whoever can write the file commands root. */
static void
check_owner(struct config *config, const struct stat *st)
{
	const bool own = config->checking && st->st_uid == getuid();

	if (st->st_uid != 0 && !own)
		problem_error(config, nowhere, "",
		    "belongs to user %u, not to root; repair: chown root %s", (unsigned)st->st_uid,
		    config->file);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		problem_error(config, nowhere, "",
		    "may be written by others than its owner (mode %04o); repair: chmod go-w %s",
		    (unsigned)st->st_mode & 07777U, config->file);
}

/* So can whoever can put another one in its place. */
static void
check_directories(struct config *config)
{
	static const struct path_user root = {.name = "root", .reads = true};
	char why[PATH_WHY_MAX], *path;

	if (config->checking || config->errors > 0)
		return;
	path = realpath(config->file, NULL);
	if (path == NULL)
		problem_error(config, nowhere, "", "cannot be found: %s", strerror(errno));
	else if (path_check(path, &root, why) != PATH_OK)
		problem_error(config, nowhere, "", "%s", why);
	free(path);
}

static int
check_file(struct config *config, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		problem_error(config, nowhere, "", "cannot be read: %s", strerror(errno));
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		problem_error(config, nowhere, "", "is a directory; name a file");
		return -1;
	}
	if (config->checking && S_ISFIFO(st.st_mode)) /* from a pipe: nobody else's file */
		return 0;
	if (!S_ISREG(st.st_mode)) {
		problem_error(config, nowhere, "", "is not a regular file");
		return -1;
	}
	check_owner(config, &st);
	check_directories(config);
	return 0;
}

static int
read_all(struct config *config, int fd, const char **text, size_t *length)
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
	} while ((n > 0 && used <= SOURCE_SIZE_MAX) || (n == -1 && errno == EINTR));
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
source_read(struct config *config, const char **text, size_t *length)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (config->checking ? 0 : O_NONBLOCK);
	const int fd = open(config->file, flags);
	int result;

	if (fd == -1) {
		problem_error(config, nowhere, "", "cannot be read: %s", strerror(errno));
		return -1;
	}
	result = check_file(config, fd);
	if (result == 0) {
		result = read_all(config, fd, text, length);
		if (result == -1)
			problem_error(config, nowhere, "", "cannot be read: %s", strerror(errno));
	}
	close(fd);
	return result;
}

static struct config_at
place_of(const char *text, size_t offset)
{
	struct config_at at = {.line = 1, .column = 1};
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
source_check(struct config *config, const char *text, size_t length)
{
	static const struct config_at start = {.line = 1, .column = 1};
	const char *found;

	if (length > SOURCE_SIZE_MAX) {
		problem_error(config, nowhere, "", "is larger than 16 MiB");
		return -1;
	}
	if (length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
		problem_error(config, start, "",
		    "the file is UTF-16; convert it: iconv -f UTF-16 -t UTF-8 %s", config->file);
		return -1;
	}
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		problem_error(config, start, "",
		    "the file begins with a byte order mark; remove it: LC_ALL=C sed -i "
		    "'1s/^...//' %s",
		    config->file);
	found = memchr(text, '\0', length);
	if (found != NULL) {
		problem_error(config, place_of(text, (size_t)(found - text)), "",
		    "a NUL byte: this is not a text file, or it is damaged");
		return -1;
	}
	found = memchr(text, '\r', length);
	if (found != NULL)
		problem_error(config, place_of(text, (size_t)(found - text)), "",
		    "a carriage return: the lines end as on Windows; convert the file: sed -i "
		    "'s/\\r$//' %s",
		    config->file);
	return 0;
}
