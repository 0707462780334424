/*
 * The runtime directory, the pid file, leaving the terminal, telling systemd. Parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bsd/libutil.h>
#include <bsd/string.h>

#include "common/sandbox.h"
#include "vrrpd/parent/runtime.h"

static struct pidfh *pid_file;
static int starter = -1; /* where the first process waits */

/* Existing or made now: a directory of root's that nobody else can write, but for a sticky group.
 */
static int
runtime_make_directory(const char *path, mode_t mode)
{
	struct stat st;

	bool made = mkdir(path, mode) == 0;

	if (!made && errno != EEXIST) {
		fprintf(stderr, "vrrpd: cannot make %s: %s\n", path, strerror(errno));
		if (errno == EACCES || errno == EPERM)
			return VRRPD_EXIT_PERMISSION;
		return errno == ENOENT || errno == ENOTDIR ? VRRPD_EXIT_USAGE : VRRPD_EXIT_CHILD;
	}
	if (made && chmod(path, mode) == -1) { /* whatever the umask of the caller is */
		fprintf(stderr, "vrrpd: %s: %s\n", path, strerror(errno));
		return VRRPD_EXIT_PERMISSION;
	}
	if (lstat(path, &st) == -1 || !S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & S_IWOTH) != 0 || ((st.st_mode & S_IWGRP) != 0 && !(mode & S_IWGRP))) {
		fprintf(stderr,
		    "vrrpd: %s must be a directory of root's that nobody else can write: name "
		    "another one with -r, or repair this one: chown root, chmod go-w\n",
		    path);
		return VRRPD_EXIT_PERMISSION;
	}
	if ((mode & S_IXOTH) != 0 && (st.st_mode & S_IXOTH) == 0) {
		fprintf(stderr,
		    "vrrpd: %s cannot be passed by the daemon's own users (mode %04o); repair: "
		    "chmod a+x %s\n",
		    path, (unsigned)st.st_mode & 07777U, path);
		return VRRPD_EXIT_PERMISSION;
	}
	return 0;
}

int
runtime_prepare(const char *dir)
{
	char path[PATH_MAX];
	int code = runtime_make_directory(dir, 0755);

	snprintf(path, sizeof(path), "%s/empty", dir);
	if (code == 0)
		code = runtime_make_directory(path, 0755);
	snprintf(path, sizeof(path), "%s/tmp", dir);
	return code != 0 ? code : runtime_make_directory(path, 01730);
}

int
runtime_set_group(const char *dir, gid_t gid)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tmp", dir);
	/* the change of group clears what umask left; the mode is set last */
	return chown(path, (uid_t)-1, gid) == -1 ? -1 : chmod(path, 01730);
}

int
runtime_lock(const char *dir)
{
	char path[PATH_MAX];
	pid_t other = 0;

	snprintf(path, sizeof(path), "%s/vrrpd.pid", dir);
	pid_file = pidfile_open(path, 0644, &other);
	if (pid_file != NULL)
		return 0;
	if (errno == EEXIST) {
		fprintf(stderr,
		    "vrrpd: already running with pid %d (%s); another one needs its own "
		    "runtime directory (-r)\n",
		    (int)other, path);
		return VRRPD_EXIT_RUNNING;
	}
	fprintf(stderr, "vrrpd: cannot lock %s: %s\n", path, strerror(errno));
	return VRRPD_EXIT_PERMISSION;
}

void
runtime_write_pid(void)
{
	pidfile_write(pid_file);
}

void
runtime_remove(const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/vrrpd.sock", dir);
	unlink(path);
	pidfile_remove(pid_file);
}

int
runtime_detach(void)
{
	unsigned char code = VRRPD_EXIT_CHILD; /* when the daemon dies without a word */
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	switch (fork()) {
	case -1:
		return -1;
	case 0:
		close(fds[0]);
		starter = fds[1];
		return setsid() == -1 ? -1 : 0;
	}
	close(fds[1]);
	while (read(fds[0], &code, 1) == -1 && errno == EINTR)
		continue;
	_exit(code);
}

void
runtime_detached(int code)
{
	unsigned char byte;
	int null;

	if (starter == -1)
		return;
	if (chdir("/") == -1) /* nobody's file system is kept busy */
		code = VRRPD_EXIT_CHILD;
	byte = (unsigned char)code;
	while (write(starter, &byte, 1) == -1 && errno == EINTR)
		continue;
	close(starter);
	starter = -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; null != -1 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

void
runtime_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	socklen_t size;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >= sizeof(sun.sun_path))
		return;
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&sun, size);
	close(fd);
}
