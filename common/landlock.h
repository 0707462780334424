/*
 * The kernel's file and signal sandbox, by its own numbers: the headers of Debian 12 know ABI 2
 * only, its kernels more. Best effort by design: ids and capabilities carry the weight, this
 * narrows them.
 */
#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

#include <stdbool.h>

/* What a rule opens. Rights add up along a path: a parent's rule cannot be taken back below it. */
enum landlock_access {
	LANDLOCK_READ,    /* files and directories */
	LANDLOCK_EXECUTE, /* and run programs */
	LANDLOCK_DEVICE,  /* read, write and ioctl() one special file */
	LANDLOCK_WRITE    /* read, write, create and remove; never execute */
};

/* What no path gives back, where the ABI has it. */
enum landlock_scope {
	LANDLOCK_SCOPE_TCP = 1 << 0,     /* no bind() and connect(); ABI 4 */
	LANDLOCK_SCOPE_SIGNALS = 1 << 1, /* none to processes outside; ABI 6 */
	LANDLOCK_SCOPE_ABSTRACT = 1 << 2 /* no abstract unix sockets of others; ABI 6 */
};

/* 0 = none, or switched off. */
int landlock_abi(void);

/*
 * A new rule set, which denies every right to files that the ABI knows, and the scopes. Returns a
 * descriptor, -1 with errno; ENOSYS or EOPNOTSUPP where landlock_abi() is 0.
 */
int landlock_open(unsigned scopes);

/* A path that does not exist is no error. Follows symbolic links. -1 with errno. */
int landlock_allow(int ruleset, const char *path, enum landlock_access);

/* Closes ruleset and applies it for good; needs no_new_privs. -1 with errno. */
int landlock_enter(int ruleset);

#endif
