/*
 * The options of vrrpd, for programs that stand in its place.
 */
#ifndef LIB_ROLE_OPTIONS_H
#define LIB_ROLE_OPTIONS_H

#include "common/proc.h"

/* The role asked for, NULL for the parent's; ends the process when they make no sense. */
const char *role_options(int argc, char *argv[], struct proc_options *);

#endif
