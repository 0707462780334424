/*
 * Between parent_lab.c and parent_lab_kernel.c.
 */
#ifndef UNIT_PARENT_LAB_KERNEL_H
#define UNIT_PARENT_LAB_KERNEL_H

#include "common/mono.h"
#include "tests/unit/parent_lab.h"

extern struct lab *lab_now; /* whose children those are that are started */
extern mono_t lab_clock;

/* Of an earlier test nothing is left. */
void lab_reset_time(void);

/* Those that are due by now. */
void lab_fire_timers(void);

/* It has ended, its socket too, and was not waited for yet; nothing when it had before. */
void lab_end_child(struct lab_child *, int status);

#endif
