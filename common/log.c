/*
 * Logging through a descriptor that was handed over; any process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/sandbox.h"

#define LOG_LINE_MAX 2048
#define LOG_SOCKET_PATH "/dev/log"

static struct {
	const char *process;
	int fd;
	enum log_format format;
	bool debug;
	bool lost;
	uint64_t dropped;
} logger = {.process = "vrrpd", .fd = STDERR_FILENO};

void
log_init(const char *process, bool debug)
{
	logger.process = process;
	logger.debug = debug;
}

void
log_set_fd(int fd, enum log_format format)
{
	if (logger.fd != STDERR_FILENO)
		close(logger.fd);
	logger.fd = fd;
	logger.format = format;
	logger.lost = false;
}

bool
log_is_lost(void)
{
	return logger.lost;
}

uint64_t
log_dropped(void)
{
	return logger.dropped;
}

static int
log_open_syslog(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX, .sun_path = LOG_SOCKET_PATH};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd != -1 && connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int
log_open(bool foreground, enum log_format *format)
{
	if (!foreground || getenv("JOURNAL_STREAM") != NULL) {
		*format = LOG_FORMAT_SYSLOG;
		return log_open_syslog();
	}
	*format = LOG_FORMAT_STDERR;
	return open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* Control characters could forge lines or drive a terminal. */
static void
log_escape(const char *in, char *out, size_t size)
{
	size_t n = 0;

	for (; *in != '\0' && n + 5 < size; in++) {
		unsigned char c = (unsigned char)*in;

		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

static int
log_prefix(int level, char *out, size_t size)
{
	char stamp[CLOCK_TEXT_MAX];
	struct tm tm;
	time_t now;

	if (logger.format == LOG_FORMAT_STDERR)
		return snprintf(out, size,
		    "%s vrrpd %s: ", clock_format_utc(clock_wall_ns(clock_now()), stamp),
		    logger.process);
	now = time(NULL);
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	return snprintf(out, size, "<%d>%s vrrpd[%d]: %s: ", LOG_DAEMON | level, stamp,
	    (int)getpid(), logger.process);
}

static void
log_write(int level, const char *text)
{
	char escaped[LOG_LINE_MAX], line[LOG_LINE_MAX + 128];
	int n;

	log_escape(text, escaped, sizeof(escaped));
	n = log_prefix(level, line, sizeof(line));
	n += snprintf(line + n, sizeof(line) - (size_t)n, "%s%s", escaped,
	    logger.format == LOG_FORMAT_STDERR ? "\n" : "");
	if (write(logger.fd, line, (size_t)n) != -1)
		return;
	logger.dropped++;
	if (errno != EAGAIN && errno != ENOBUFS)
		logger.lost = true;
}

static void log_format(int, int, const char *, va_list) __attribute__((format(printf, 3, 0)));

/* error 0 adds nothing. */
static void
log_format(int level, int error, const char *format, va_list ap)
{
	int saved = errno;
	char text[LOG_LINE_MAX];
	size_t n;

	vsnprintf(text, sizeof(text), format, ap);
	n = strlen(text);
	if (error != 0)
		snprintf(text + n, sizeof(text) - n, ": %s", strerror(error));
	log_write(level, text);
	errno = saved;
}

#define LOG_BODY(level, error, format) \
	do { \
		va_list ap_; \
		va_start(ap_, format); \
		log_format(level, error, format, ap_); \
		va_end(ap_); \
	} while (0)

void
log_warn(const char *format, ...)
{
	LOG_BODY(LOG_WARNING, errno, format);
}

void
log_warnx(const char *format, ...)
{
	LOG_BODY(LOG_WARNING, 0, format);
}

void
log_info(const char *format, ...)
{
	LOG_BODY(LOG_INFO, 0, format);
}

void
log_debug(const char *format, ...)
{
	if (logger.debug)
		LOG_BODY(LOG_DEBUG, 0, format);
}

void
fatal(const char *format, ...)
{
	LOG_BODY(LOG_CRIT, errno, format);
	exit(VRRPD_EXIT_CHILD);
}

void
fatalx(const char *format, ...)
{
	LOG_BODY(LOG_CRIT, 0, format);
	exit(VRRPD_EXIT_CHILD);
}
