/*
 * Children that enter a sandbox and try it.
 */
#ifndef TESTS_BOUNDARY_SANDBOX_LAB_H
#define TESTS_BOUNDARY_SANDBOX_LAB_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LAB_SKIPPED 77
#define LAB_NOBODY 65534

/* The filters that allow are off there: the sanitizer's run time needs more. */
#if defined(__SANITIZE_ADDRESS__)
#define LAB_SANITIZED true
#else
#define LAB_SANITIZED false
#endif

/* In children: says on stderr what did not hold, and exits 1. */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, \
			    strerror(errno)); \
			_exit(1); \
		} \
	} while (0)

#define FAILS_WITH(call, error) MUST((call) == -1 && errno == (error))

/* Status of a child that runs body and exits 0. */
int lab_status_of(void (*body)(void));
void lab_assert_runs(void (*body)(void));

/* For children: whether /proc/self/status has that line. */
bool lab_status_has(const char *line);
void lab_become_nobody(void);

#endif
