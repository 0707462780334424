/*
 * Passwords of VRRPv2: read from files that nobody but root may read, or taken from a configuration
 * file that is such a one; config role and `vrrpd -n`. No message shows one.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpd/conf/files.h"
#include "common/path.h"
#include "vrrpd/conf/print.h"
#include "vrrpd/conf/problem.h"

static const char *
path_of(struct config *config, const struct config_authentication *a, const char *key)
{
	return config_format(config, "%s.%s", a->path, key);
}

/* The file that the key is written in tells it to all who may read it. */
static void
check_literal(struct config *config, struct config_authentication *a)
{
	const struct config_file *file = config->files.item[a->key.at.file];

	if ((file->mode & (S_IRWXG | S_IRWXO)) != 0)
		problem_here(config, a->key.at, path_of(config, a, "key"),
		    "%s holds a key and may be read by others (mode %04o); repair: chmod 600 %s, "
		    "or "
		    "use key-file",
		    file->name, (unsigned)file->mode & 07777U, file->name);
	if (strcmp(a->key.text, PRINT_REDACTED) == 0)
		problem_here(config, a->key.at, path_of(config, a, "key"),
		    "is not the key but what vrrpd -nv prints in its place; write the key");
	memcpy(a->bytes, a->key.text, strlen(a->key.text));
}

/* Up to a line's end, which is also that of the file. Says why not. */
static const char *
take_line(struct config_authentication *a, const char *text, size_t length)
{
	size_t i;

	if (length > 0 && text[length - 1] == '\n')
		length--;
	if (length == 0)
		return "is empty; write the key into it, on one line";
	for (i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return "holds more than one line, or control characters; write the key "
			       "alone";
	if (length > CONF_KEY_SIZE)
		return "holds a key of more than 8 bytes, which version 2 has no room for";
	memcpy(a->bytes, text, length);
	return NULL;
}

static void
read_key(struct config *config, struct config_authentication *a)
{
	const int fd = open(a->key_file.text, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char text[CONF_KEY_SIZE + 3]; /* a line's end and two to see that there is more */
	const char *why;
	ssize_t n = -1;

	if (fd != -1)
		n = read(fd, text, sizeof(text));
	if (n == -1) {
		problem_here(config, a->key_file.at, path_of(config, a, "key-file"),
		    "%.400s cannot be read: %s", a->key_file.text, strerror(errno));
	} else {
		why = take_line(a, text, (size_t)n);
		if (why != NULL)
			problem_error(config, a->key_file.at, path_of(config, a, "key-file"),
			    "%.400s %s", a->key_file.text, why);
	}
	explicit_bzero(text, sizeof(text));
	if (fd != -1)
		close(fd);
}

static void
check_key_file(struct config *config, struct config_authentication *a)
{
	char why[PATH_WHY_MAX];

	switch (path_check(a->key_file.text, PATH_SECRET, NULL, why)) {
	case PATH_OK:
		read_key(config, a);
		break;
	case PATH_MISSING:
		problem_here(config, a->key_file.at, path_of(config, a, "key-file"), "%s", why);
		break;
	case PATH_UNSAFE:
		problem_error(config, a->key_file.at, path_of(config, a, "key-file"), "%s", why);
		break;
	}
}

static void
check_authentication(struct config *config, struct config_authentication *a)
{
	if (a == NULL || a->seen)
		return;
	a->seen = true; /* by several instances when it is a default */
	if (a->key.text != NULL)
		check_literal(config, a);
	if (a->key_file.text != NULL)
		check_key_file(config, a);
}

void
files_check_keys(struct config *config)
{
	size_t i;

	check_authentication(config, config->defaults.authentication);
	for (i = 0; i < config->instances.count; i++)
		check_authentication(config, config->instances.item[i].authentication);
}
