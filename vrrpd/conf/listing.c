/*
 * A configuration as text that others may read and nobody may change; config role.
 */
#include "vrrpd/conf/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vrrpd/conf/print.h"

#define LISTING_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* Takes fd; 0, or -1 with errno. */
static int
write_text(const struct config *config, int fd)
{
	FILE *out = fdopen(fd, "w");
	int failed;

	if (out == NULL) {
		close(fd);
		return -1;
	}
	print_config(config, out);
	failed = ferror(out);
	return fclose(out) == EOF || failed ? -1 : 0;
}

static int
seal(int fd, uint32_t *size)
{
	const off_t end = lseek(fd, 0, SEEK_CUR);

	if (end == -1)
		return -1;
	if (end > CONF_TEXT_SIZE_MAX) {
		errno = EFBIG;
		return -1;
	}
	*size = (uint32_t)end;
	return fcntl(fd, F_ADD_SEALS, LISTING_SEALS);
}

int
listing_open(const struct config *config, uint32_t *size)
{
	int fd = memfd_create("vrrpd.yaml", MFD_CLOEXEC | MFD_ALLOW_SEALING), copy, saved;

	if (fd == -1)
		return -1;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy != -1 && write_text(config, copy) == 0 && seal(fd, size) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
