/*
 * Logging through a descriptor that was handed over; any process. Never opens anything, never blocks:
 * a full log drops and counts. Control characters are escaped.
 *
 * log_warn() and fatal() add errno's text, log_warnx() and fatalx() do not. The object comes first:
 * log_info("%s: backup -> master (master-down-timer)", name).
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_format {
	LOG_FORMAT_STDERR, /* time, program, process, text: a person reads it */
	LOG_FORMAT_SYSLOG, /* RFC 3164 datagram: the journal or a syslog daemon */
	LOG_FORMAT_COUNT
};

/* process is "parent", "engine"…; kept by pointer. Until log_set_fd(), lines go to descriptor 2. */
void log_init(const char *process, bool debug);

/* Takes fd; the previous one is closed unless it is 2. */
void log_set_fd(int fd, enum log_format);
bool log_is_lost(void);     /* the descriptor is dead (not just full) */
uint64_t log_dropped(void); /* lines, since start */

/*
 * Parent only: opens a new descriptor for a process, non-blocking: its own description of stderr when in
 * the foreground and not under systemd, else the system's log socket. -1 with errno.
 */
int log_open(bool foreground, enum log_format *);

void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatal(const char *, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatalx(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
