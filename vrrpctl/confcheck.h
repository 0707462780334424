/*
 * Asking vrrpd whether a configuration is valid; vrrpctl. Needs no daemon and no privileges.
 */
#ifndef VRRPCTL_CONFCHECK_H
#define VRRPCTL_CONFCHECK_H

#include <stddef.h>

#define CONFCHECK_TEXT_MAX (1024 * 1024)

struct confcheck {
	const char *file;
	int exit_status; /* of vrrpd: 0 = valid */
	char *text;      /* what it said, lines; cleaned but for the line ends */
	size_t length;   /* what is longer than CONFCHECK_TEXT_MAX is left out */
};

/* The vrrpd of this installation, or $VRRPD. */
const char *confcheck_program(void);

/* Runs "vrrpd -n -f file". -1 with errno when that could not be done. */
int confcheck_run(const char *file, struct confcheck *);
void confcheck_free(struct confcheck *);

#endif
