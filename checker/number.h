/*
 * The number in a file. Pure.
 */
#ifndef CHECKER_NUMBER_H
#define CHECKER_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* With any weight but 0, what is beyond moves a priority from one end to the other. */
#define NUMBER_MAX 254 /* and its negative */

/*
 * Reads all of a text that is one decimal number, with a sign perhaps and white space around it,
 * clamped to what counts. -1 when it is anything else, or empty.
 */
int number_parse(const char *text, size_t size, int64_t *out);

#endif
