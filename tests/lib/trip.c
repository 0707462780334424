/*
 * trip: a check that succeeds until it is told to fail, and says to the microsecond when it did. Run by
 * daemons under measurement, as the script user.
 *
 *   trip ARMED RECORD    exit 0 while ARMED does not exist; else append the time to RECORD and exit 1
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct timespec ts;
	int fd;

	if (argc != 3)
		return 2;
	if (access(argv[1], F_OK) == -1)
		return 0;
	fd = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd == -1)
		return 3;
	clock_gettime(CLOCK_REALTIME, &ts);
	dprintf(fd, "%" PRId64 "\n", (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	_exit(1);
}
