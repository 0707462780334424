/*
 * The importer of keepalived.conf: `vrrpctl import`. The file is read and converted by a child that
 * may only read files and write to descriptors that are already open.
 */
#ifndef VRRPCTL_IMPORT_H
#define VRRPCTL_IMPORT_H

#include <stdbool.h>
#include <stdio.h>

struct import_options {
	const char *file;     /* keepalived.conf */
	const char *output;   /* NULL = standard output */
	const char *id;       /* keepalived -i: what lines with @ are for; NULL = short host name */
	bool force;           /* an existing output file is replaced */
	bool scripts_as_root; /* hooks that keepalived ran as root do so here */
	bool json;            /* the report */
};

/* The whole command; an exit code. */
int import_command(const struct import_options *);

/*
 * Converts, in this process. Writes YAML that vrrpd takes, and the report, or neither and then why
 * to error (one line of at most size bytes). Returns 0; 1 when something that affects failover was
 * dropped; -1 when there is no result: errno is of no use.
 */
int import_convert(
    const struct import_options *, FILE *yaml, FILE *report, char *error, size_t size);

#endif
