/*
 * The private directory of a run.
 */
#ifndef CHECKER_TMPDIR_H
#define CHECKER_TMPDIR_H

#include <stddef.h>

#define TMPDIR_NAME_MAX 24

/* An unguessable name for all runs of one check or target; never two of them at once. */
void tmpdir_name(char name[TMPDIR_NAME_MAX]);

/*
 * Makes <runtime directory>/tmp/<name>, mode 0700, for the effective user, and writes its path.
 * What an earlier run left under that name is removed; when somebody else has taken it, another
 * name is used. -1 with errno.
 */
int tmpdir_make(const char *runtime_dir, const char *name, char *path, size_t size);

/* Removes it with all that is in it, following no symbolic link. What cannot be removed stays. */
void tmpdir_remove(const char *path);

#endif
