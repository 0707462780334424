/*
 * vrrpctl as its users call it, against the real control socket with a made-up engine behind it.
 */
#ifndef TESTS_UNIT_CTL_RUN_H
#define TESTS_UNIT_CTL_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vrrpctl/exit.h"
#include "vrrpd/engine/control.h"

#define OUTPUT_MAX 65536

extern const char *program;
extern char directory[32];      /* of the engine */
extern char output[OUTPUT_MAX]; /* of the last command, both streams */

/* A socket that is listened at in a runtime directory. */
int listen_at(const char *dir);

/* The made-up engine starts; 0. */
int serve(const struct control_ops *);

/* Runs vrrpctl with these words of a shell; $DIR is the engine's. Its exit code. */
int run(const char *arguments);
void assert_says(const char *text);

/* A stand-in for the program vrrpd, until program_remove(): the body of a shell script. */
void program_install(const char *body);
void program_remove(void);

/* argv[1] is vrrpctl; the exit code for main(). */
#define ctl_run_tests(argc, argv, tests, start, stop) \
	((argc) != 2 ? 2 : (ctl_run_begin((argv)[1]), cmocka_run_group_tests(tests, start, stop)))
void ctl_run_begin(const char *path);
int ctl_run_end(void **state); /* what serve() began ends */

#endif
