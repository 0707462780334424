/*
 * Files in memory, for what goes to other programs and comes from them; vrrpctl.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpctl/memfile.h"

void
memfile_close(int fd)
{
	const int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
}

static int
memfile_write(int fd, const char *text, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, text, size);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int
memfile_new(const char *text, size_t size)
{
	int fd = memfd_create("vrrpctl", MFD_CLOEXEC);

	if (fd != -1 && memfile_write(fd, text, size) == -1) {
		memfile_close(fd);
		return -1;
	}
	return fd;
}

static int
memfile_fill(int fd, char *text, size_t size)
{
	ssize_t n;

	for (size_t at = 0; at < size; at += (size_t)n) {
		do
			n = pread(fd, text + at, size - at, (off_t)at);
		while (n == -1 && errno == EINTR);
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return -1;
	}
	return 0;
}

char *
memfile_read(int fd, size_t max, size_t *size)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st) == -1)
		return NULL;
	if ((size_t)st.st_size > max) {
		errno = EFBIG;
		return NULL;
	}
	*size = (size_t)st.st_size;
	text = malloc(*size + 1);
	if (text == NULL)
		return NULL;
	if (memfile_fill(fd, text, *size) == -1) {
		free(text);
		return NULL;
	}
	text[*size] = '\0';
	return text;
}
