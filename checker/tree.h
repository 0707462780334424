/*
 * Families of processes, as /proc tells.
 */
#ifndef CHECKER_TREE_H
#define CHECKER_TREE_H

#include <stddef.h>
#include <sys/types.h>

/* Writes up to max children of a process. Returns how many; 0 also when it is gone. */
size_t tree_list_children(pid_t, pid_t *out, size_t max);

/*
 * Signals every descendant of a process, not itself. One that is born meanwhile may escape: repeat.
 */
void tree_signal_descendants(pid_t, int signal);

#endif
