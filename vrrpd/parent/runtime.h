/*
 * The runtime directory, the pid file, leaving the terminal, telling systemd. Parent.
 */
#ifndef PARENT_RUNTIME_H
#define PARENT_RUNTIME_H

#include <sys/types.h>

/*
 * Makes the runtime directory and what is in it, root's and nobody else's to write; what is there must
 * be so. Returns 0, or an exit code after a message on stderr.
 */
int runtime_prepare(const char *dir);

/* Locks the pid file. Returns 0, or an exit code after a message on stderr. */
int runtime_lock(const char *dir);
void runtime_write_pid(void);

/* Removes the pid file and the control socket. */
void runtime_remove(const char *dir);

/* Gives the scripts' temporary directory to their common group. -1 with errno. */
int runtime_set_group(const char *dir, gid_t);

/*
 * Forks; the first process waits and exits with the code that runtime_detached() is given, so that its
 * caller learns whether the daemon started. -1 with errno.
 */
int runtime_detach(void);

/* The daemon runs (or, with another code than 0, will not): lets the first process and stderr go. */
void runtime_detached(int code);

/* One datagram to $NOTIFY_SOCKET, "READY=1"; nothing without it. */
void runtime_notify(const char *state);

#endif
