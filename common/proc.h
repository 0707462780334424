/*
 * Starting a process of the daemon and becoming one; any process.
 */
#ifndef COMMON_PROC_H
#define COMMON_PROC_H

#include <sys/types.h>

#include "common/msg.h"

#define PROC_PARENT_FD 3 /* where a child finds its parent */

/* What a child process is asked to become on its command line: "-R engine". */
struct proc_options {
	const char *config_file;
	const char *runtime_dir;
	int foreground;
	int debug;
};

/*
 * Parent: forks and executes the running binary (never a path) with a role flag, its end of a new
 * SEQPACKET pair on descriptor 3, every other descriptor closed. Returns the pid and the parent's end
 * (non-blocking, close-on-exec) in *fd, -1 with errno.
 */
pid_t proc_spawn(enum msg_role, const struct proc_options *, int *fd);

/* A SEQPACKET pair with 1 MB to send into, close-on-exec; flags 0 or SOCK_NONBLOCK. -1 with errno. */
int proc_socketpair(int sv[2], int flags);

/*
 * Child: the same lines for all roles. Ignores PIPE, TERM, INT and HUP, reads HELLO, chroots the
 * engine, empties the bounding set (a root checker keeps it), drops groups and ids, is not dumpable,
 * gains no privileges, enters the role's sandbox. Dies with a message on failure.
 */
void proc_enter(enum msg_role, const struct proc_options *, struct msg_hello *);

const char *proc_role_name(enum msg_role);

#endif
