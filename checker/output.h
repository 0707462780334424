/*
 * The tail of what a script writes, fit to be shown: bounded, valid UTF-8, one line, no controls.
 * Pure.
 */
#ifndef CHECKER_OUTPUT_H
#define CHECKER_OUTPUT_H

#include <stddef.h>

#define OUTPUT_MAX 255 /* bytes kept */

struct output {
	size_t length;
	char bytes[OUTPUT_MAX]; /* the last ones, as written */
};

void output_init(struct output *);
void output_append(struct output *, const char *, size_t);

/* Text of OUTPUT_MAX + 1 bytes: line ends become spaces, anything unprintable '?'; trimmed. */
void output_format(const struct output *, char *text);

#endif
