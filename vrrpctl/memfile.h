/*
 * Files in memory, for what goes to other programs and comes from them; vrrpctl.
 */
#ifndef VRRPCTL_MEMFILE_H
#define VRRPCTL_MEMFILE_H

#include <stddef.h>

/* A descriptor of a new one that holds that text. -1 with errno. */
int memfile_new(const char *text, size_t size);

/* All of it with a NUL behind, for free(). NULL with errno; EFBIG above max bytes. */
char *memfile_read(int fd, size_t max, size_t *size);

/* close(), leaving errno alone; -1 is fine. */
void memfile_close(int fd);

#endif
