/*
 * A checker that has been taken over; for hostile.c.
 */
#ifndef BOUNDARY_HOSTILE_CHECKER_H
#define BOUNDARY_HOSTILE_CHECKER_H

#include "common/proc.h"

/* Sends the message of that name, and nothing more. */
int hostile_checker(const struct proc_options *, const char *name);

#endif
