/*
 * The checker: runs checks and hooks of one user, each in a minder process; decides nothing else.
 */
#ifndef CHECKER_CHECKER_H
#define CHECKER_CHECKER_H

struct proc_options;

/* The role's whole life, from HELLO on PROC_PARENT_FD to its end. Returns the exit code. */
int checker_main(const struct proc_options *);

#endif
