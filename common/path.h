/*
 * Whether a program or file can be trusted to be what the administrator installed; config role, `vrrpd
 * -n`, and before each start of a script.
 */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#define PATH_WHY_MAX 640

/* What it is for, which decides who may do what with it. */
enum path_purpose {
	PATH_PROGRAM, /* a user runs it */
	PATH_FILE,    /* the configuration role reads it */
	PATH_SECRET   /* the same, and nobody but root may */
};

enum path_result {
	PATH_OK,
	PATH_MISSING, /* cannot be found or looked at from here */
	PATH_UNSAFE   /* somebody else could replace or read it, or the user cannot run it */
};

/* Who will run it. */
struct path_user {
	const char *name;
	uid_t uid;
	gid_t gid;
	gid_t group; /* supplementary */
	bool known;  /* otherwise root alone may own anything, and permissions are not looked at */
};

/*
 * Follows an absolute path, links included: each component must belong to root or the user and not
 * be writable by others; directories must let the user pass, the file must be regular and
 * executable by it, a secret must belong to root and not be readable by others. The user is of a
 * program, NULL otherwise. why (PATH_WHY_MAX bytes) names the component, its mode and the repair.
 */
enum path_result path_check(
    const char *path, enum path_purpose, const struct path_user *, char *why);

#endif
