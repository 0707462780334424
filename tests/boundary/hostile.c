/*
 * vrrpd with processes that have been taken over: the real parent, and an engine, config role or checker
 * that does what no honest one does.
 *
 * VRRPD_HOSTILE is a directory. A file in it, called "engine", "config" or as the user of a checker, has
 * a line for each process of that kind that is to be hostile, in their order: what it does. The others
 * are the real ones.
 *
 *	hostile cases engine|checker	what breaks the rules with one message, as lines of
 *					name, what is said of it, and who hears it, with tabs between
 *	hostile rows engine|checker	how many kinds of messages one may send
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "checker/checker.h"
#include "tests/boundary/hostile.h"
#include "tests/lib/role_options.h"
#include "vrrpd/conf/role.h"
#include "vrrpd/engine/engine_main.h"
#include "vrrpd/parent/parent.h"

/* Takes the first line of the file of that name; NULL when there is none. */
static const char *
take_line(const char *who)
{
	static char lines[8192];
	char path[PATH_MAX], *rest;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("VRRPD_HOSTILE"), who);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	length = read(fd, lines, sizeof(lines) - 1);
	rest = length < 1 ? NULL : strchr(lines, '\n');
	if (rest == NULL) {
		close(fd);
		return NULL;
	}
	*rest++ = '\0';
	if (pwrite(fd, rest, strlen(rest), 0) == -1 || ftruncate(fd, (off_t)strlen(rest)) == -1)
		err(2, "%s", path);
	close(fd);
	return lines;
}

/* A checker's user is in HELLO, which is read once it is sandboxed. */
static const char *
look_at_user(void)
{
	static struct {
		struct msg_header header;
		struct msg_hello hello;
	} packet;

	if (recv(PROC_PARENT_FD, &packet, sizeof(packet), MSG_PEEK) != sizeof(packet))
		errx(2, "no HELLO");
	return packet.hello.user_name;
}

static int
engine(const struct proc_options *options)
{
	const char *name = take_line("engine");

	if (name != NULL)
		hostile_engine(options, name);
	return engine_main(options);
}

static int
checker(const struct proc_options *options)
{
	const char *name = take_line(look_at_user());

	if (name != NULL)
		hostile_checker(options, name);
	return checker_main(options);
}

/* A hostile one takes so many milliseconds to begin. */
static int
config(const struct proc_options *options)
{
	const char *ms = take_line("config");
	struct msg_hello hello;

	if (ms != NULL)
		usleep((useconds_t)atoi(ms) * 1000);
	proc_enter(MSG_ROLE_CONFIG, options, &hello);
	return conf_role_main(options);
}

static int
list(const char *what, const char *role)
{
	const bool of_engine = strcmp(role, "engine") == 0;

	if (strcmp(what, "rows") == 0)
		printf("%u\n",
		    of_engine ? msg_table_engine_parent.count
			      : msg_table_checker_parent.count + msg_table_checker_engine.count);
	else if (of_engine)
		hostile_engine_list();
	else
		hostile_checker_list();
	return 0;
}

int
main(int argc, char *argv[])
{
	struct proc_options options;
	const char *role;

	if (argc == 3 && (strcmp(argv[1], "cases") == 0 || strcmp(argv[1], "rows") == 0))
		return list(argv[1], argv[2]);
	setproctitle_init(argc, argv, environ); /* moves the environment */
	if (getenv("VRRPD_HOSTILE") == NULL)
		errx(2, "VRRPD_HOSTILE is required");
	role = role_options(argc, argv, &options);
	if (role == NULL)
		return parent_main(&options);
	if (strcmp(role, "config") == 0)
		return config(&options);
	return strcmp(role, "checker") == 0 ? checker(&options) : engine(&options);
}
