/*
 * Entry of the privileged parent. Parent.
 */
#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#include "common/proc.h"

/* Starts the daemon and supervises it until it ends. Returns the exit code (CONFIG: "The programs"). */
int parent_main(const struct proc_options *);

#endif
