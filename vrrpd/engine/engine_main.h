/*
 * Entry of the engine role. Engine.
 */
#ifndef ENGINE_ENGINE_MAIN_H
#define ENGINE_ENGINE_MAIN_H

#include "common/proc.h"

/* Becomes the engine and runs until the parent ends it. Returns the exit code. */
int engine_main(const struct proc_options *);

#endif
