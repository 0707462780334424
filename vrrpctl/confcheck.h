/*
 * Asking vrrpd whether a configuration is valid; vrrpctl. Needs no daemon and no privileges.
 */
#ifndef VRRPCTL_CONFCHECK_H
#define VRRPCTL_CONFCHECK_H

#include <stddef.h>
#include <sys/types.h>

#define CONFCHECK_TEXT_MAX (1024 * 1024)
#define CONFCHECK_EXIT_EXEC 127

struct confcheck {
	const char *file;
	int exit_status; /* of vrrpd: 0 = valid */
	char *text;      /* what it said, lines; cleaned but for the line ends */
	size_t length;   /* what is longer than CONFCHECK_TEXT_MAX is left out */
	char *config;    /* normalised, when that was asked for and it is valid; cleaned likewise */
	size_t config_size;
};

/* The exit status of a child that had a program to execute; -1 with errno when it did not exit, ENOENT
 * when it could not execute (it exits with CONFCHECK_EXIT_EXEC then). */
int confcheck_wait(pid_t);

/* The vrrpd of this installation, or $VRRPD. */
const char *confcheck_program(void);

/* Runs "vrrpd -n -f file". -1 with errno when that could not be done. */
int confcheck_run(const char *file, struct confcheck *);

/* The same of "vrrpd -nv -f file", whose configuration is not among what it said. */
int confcheck_normalise(const char *file, struct confcheck *);

void confcheck_free(struct confcheck *);

#endif
