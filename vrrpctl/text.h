/*
 * Text for people: what a terminal may see, and how long something took. Pure.
 */
#ifndef VRRPCTL_TEXT_H
#define VRRPCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_TIME_MAX 32

/*
 * Replaces in place, by one '?' a byte, whatever is not printable UTF-8: control characters (C0,
 * DEL, C1), malformed sequences, and marks that reverse the direction of the line.
 */
void text_clean(char *text);

/* The same for length bytes, but that their line ends stay; text[length] becomes NUL. */
void text_clean_lines(char *text, size_t length);

/* "3d 04h" from a day on, "00:12:09" below; negative counts as 0. buf has TEXT_TIME_MAX bytes. */
const char *text_format_age(int64_t ns, char *buf);

/*
 * A duration as configurations have it: a number, 10 or 1.5, and its unit, ms, s, m, h or d. Writes
 * nanoseconds, 1 ms to 365 days. -1 when it is anything else.
 */
int text_parse_duration(const char *text, int64_t *ns);

/* An exact duration: "3.21875s", "100ms", "812us". buf has TEXT_TIME_MAX bytes. */
const char *text_format_duration(int64_t ns, char *buf);

#endif
