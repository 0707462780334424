/*
 * Whether a program can be trusted to be what the administrator installed; config role and `vrrpd
 * -n`.
 */
#ifndef VRRPD_CONF_PATH_H
#define VRRPD_CONF_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#define PATH_WHY_MAX 640

enum path_result {
	PATH_OK,
	PATH_MISSING, /* cannot be found or looked at from here */
	PATH_UNSAFE   /* somebody else could replace it, or the user cannot run it */
};

/* Who will run it. */
struct path_user {
	const char *name;
	uid_t uid;
	gid_t gid;
	gid_t group; /* supplementary */
	bool known;  /* otherwise root alone may own anything, and permissions are not looked at */
	bool reads;  /* it is a file to read, not a program */
};

/*
 * Follows an absolute path, links included: each component must belong to root or the user and not
 * be writable by others; directories must let the user pass, the file must be regular and, unless it is
 * but read, executable by it. why (PATH_WHY_MAX bytes) names the component, its mode and the repair.
 */
enum path_result path_check(const char *path, const struct path_user *, char *why);

#endif
