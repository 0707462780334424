/*
 * How a configuration differs from the running one, as diff(1) says it; vrrpctl.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "vrrpctl/confdiff.h"
#include "vrrpctl/memfile.h"
#include "vrrpctl/text.h"

#define CONFDIFF_DIFFERENT 1 /* diff(1): exit status */
#define CONFDIFF_SIZE_MAX \
	(4 * CONF_TEXT_SIZE_MAX) /* above that of any two texts, all lines marked */

static _Noreturn void
confdiff_exec(const char *label, int from, int to, int out)
{
	char path[2][32];

	snprintf(path[0], sizeof(path[0]), "/dev/fd/%d", from);
	snprintf(path[1], sizeof(path[1]), "/dev/fd/%d", to);
	if (fcntl(from, F_SETFD, 0) != -1 && fcntl(to, F_SETFD, 0) != -1 &&
	    dup2(out, STDOUT_FILENO) != -1)
		execlp("diff", "diff", "-u", "--label", "running", "--label", label, path[0],
		    path[1], (char *)NULL);
	_exit(CONFCHECK_EXIT_EXEC);
}

/* The name of the file, fit for a terminal; for free(). */
static char *
confdiff_make_label(const char *file)
{
	char *label = strdup(file);

	if (label != NULL)
		text_clean(label);
	return label;
}

static char *
confdiff_read(int out, int status)
{
	size_t size;

	if (status == CONFDIFF_DIFFERENT)
		return memfile_read(out, CONFDIFF_SIZE_MAX, &size);
	if (status != -1)
		errno = EPROTO;
	return NULL;
}

/* Of texts that differ. */
static char *
confdiff_compare(const char *label, int from, int to, int out)
{
	pid_t pid = fork();

	if (pid == 0)
		confdiff_exec(label, from, to, out);
	return pid == -1 ? NULL : confdiff_read(out, confcheck_wait(pid));
}

char *
confdiff_run(const char *running, size_t size, const struct confcheck *check)
{
	char *label, *diff = NULL;
	int from, to, out;

	if (size == check->config_size && memcmp(running, check->config, size) == 0)
		return strdup("");
	label = confdiff_make_label(check->file);
	from = memfile_new(running, size);
	to = memfile_new(check->config, check->config_size);
	out = memfile_new("", 0);
	if (label != NULL && from != -1 && to != -1 && out != -1)
		diff = confdiff_compare(label, from, to, out);
	memfile_close(from);
	memfile_close(to);
	memfile_close(out);
	free(label);
	return diff;
}
