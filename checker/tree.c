/*
 * Families of processes; in checker and minder.
 *
 * /proc/PID/task/TID/children costs what the family costs; kernels built without it (it came for
 * checkpointing) leave the walk over every process's stat.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checker/tree.h"

#define TREE_FAMILY_MAX 4096 /* the rest is found when these are gone */

struct tree_list {
	pid_t *pids;
	size_t count;
	size_t max;
};

static void
tree_add(struct tree_list *list, long pid)
{
	if (pid > 0 && list->count < list->max)
		list->pids[list->count++] = (pid_t)pid;
}

/* Reads one thread's children. -1 when there is no such file. */
static int
tree_read_children(const char *path, struct tree_list *list)
{
	FILE *f = fopen(path, "re");
	long pid;

	if (f == NULL)
		return -1;
	while (fscanf(f, "%ld", &pid) == 1)
		tree_add(list, pid);
	fclose(f);
	return 0;
}

/* Parent of a process: the fourth word of its stat, behind a name that may hold anything. */
static pid_t
tree_read_parent(const char *pid)
{
	char path[64], line[512];
	const char *end;
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL && (end = strrchr(line, ')')) != NULL &&
	    sscanf(end + 1, " %*c %ld", &parent) != 1)
		parent = 0;
	fclose(f);
	return (pid_t)parent;
}

static void
tree_scan_all(pid_t parent, struct tree_list *list)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (proc == NULL)
		return;
	while ((entry = readdir(proc)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    tree_read_parent(entry->d_name) == parent)
			tree_add(list, strtol(entry->d_name, NULL, 10));
	closedir(proc);
}

size_t
tree_list_children(pid_t pid, pid_t *out, size_t max)
{
	struct tree_list list = {out, 0, max};
	char path[64];
	struct dirent *entry;
	DIR *tasks;
	int known = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (tasks == NULL)
		return 0;
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(
		    path, sizeof(path), "/proc/%d/task/%.16s/children", (int)pid, entry->d_name);
		known |= tree_read_children(path, &list) == 0;
	}
	closedir(tasks);
	if (!known)
		tree_scan_all(pid, &list);
	return list.count;
}

/* Breadth first, so that the list itself is the queue. */
void
tree_signal_descendants(pid_t pid, int signal)
{
	pid_t *family = malloc(TREE_FAMILY_MAX * sizeof(*family));
	size_t count;

	if (family == NULL)
		return;
	count = tree_list_children(pid, family, TREE_FAMILY_MAX);
	for (size_t i = 0; i < count; i++)
		count += tree_list_children(family[i], family + count, TREE_FAMILY_MAX - count);
	for (size_t i = 0; i < count; i++)
		kill(family[i], signal);
	free(family);
}
