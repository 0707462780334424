/*
 * The two ways in: the config role of the daemon, and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_ROLE_H
#define VRRPD_CONF_ROLE_H

#include <stdbool.h>

#include "common/proc.h"

/*
 * Config role, already in its sandbox: reads the parent's request, loads options->config_file (or, in a
 * sweep, nothing), and writes to the parent each problem, then, unless there are errors, every record of
 * what is to run and the text of what was loaded, then END. Returns the exit code.
 */
int conf_role_main(const struct proc_options *);

/* `vrrpd -n`: problems to stderr; with verbose the normalised configuration to stdout. Exit code.
 */
int conf_check_main(const char *file, bool verbose);

#endif
