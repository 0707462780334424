/*
 * The log: what is written, that nothing in it can forge a line, and that nobody waits for a
 * reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/log.h"

static char line[8192];

/* A pipe that the log writes to and the test reads. */
static int
open_pipe(void)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	log_set_fd(fds[1], LOG_FORMAT_STDERR);
	return fds[0];
}

static const char *
read_lines(int fd)
{
	ssize_t n = read(fd, line, sizeof(line) - 1);

	line[n < 0 ? 0 : n] = '\0';
	return line;
}

static size_t
count(const char *text, char c)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == c;
	return n;
}

static void
test_a_line(void **state)
{
	int fd = open_pipe();

	(void)state;
	log_info("%s: backup -> master (%s)", "web", "master-down-timer");
	assert_non_null(
	    strstr(read_lines(fd), " vrrpd unit: web: backup -> master (master-down-timer)\n"));
	errno = ENOENT;
	log_warn("web: script");
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(read_lines(fd), "web: script: No such file or directory\n"));
	errno = ENOENT;
	log_warnx("web: script");
	assert_non_null(strstr(read_lines(fd), "web: script\n"));
	close(fd);
}

static void
test_debug_is_said_only_when_asked_for(void **state)
{
	int fd = open_pipe();

	(void)state;
	log_debug("details");
	assert_string_equal(read_lines(fd), "");
	log_init("unit", true);
	log_debug("details");
	assert_non_null(strstr(read_lines(fd), "details\n"));
	log_init("unit", false);
	close(fd);
}

static void
test_control_characters_are_escaped(void **state)
{
	int fd = open_pipe();
	char text[2] = {0};

	(void)state;
	for (int c = 1; c < 256; c++) {
		text[0] = (char)c;
		log_info("<%s>", text);
		read_lines(fd);
		assert_int_equal(count(line, '\n'), 1);
		for (const char *p = line; p[1] != '\0'; p++)
			assert_false((unsigned char)*p < 0x20 || *p == 0x7f);
	}
	log_info("a\nb\x1b[2J\r\x7f\tc \xc3\xa9");
	assert_non_null(strstr(read_lines(fd), "a\\x0ab\\x1b[2J\\x0d\\x7f\\x09c \xc3\xa9\n"));
	close(fd);
}

/* Of any length, one line, one write, ended. */
static void
test_long_lines_are_cut(void **state)
{
	static char text[100000];
	int fd = open_pipe();

	(void)state;
	memset(text, '\x01', sizeof(text) - 1); /* four characters each when escaped */
	log_info("%s", text);
	read_lines(fd);
	assert_int_equal(count(line, '\n'), 1);
	assert_true(strlen(line) > 1000 && strlen(line) < 4096);
	assert_int_equal(line[strlen(line) - 1], '\n');
	memset(text, 'x', sizeof(text) - 1);
	log_info("%s", text);
	read_lines(fd);
	assert_int_equal(count(line, '\n'), 1);
	close(fd);
}

static void
test_a_full_log_drops_and_counts(void **state)
{
	int fd = open_pipe();
	uint64_t before = log_dropped();
	mono_t start = clock_now();
	uint64_t written = 0;
	ssize_t n;

	(void)state;
	for (int i = 0; i < 10000; i++)
		log_info("the same line again");
	assert_true(mono_since(clock_now(), start) < 5 * NS_PER_S);
	assert_true(log_dropped() > before);
	assert_false(log_is_lost()); /* full is not dead */
	while ((n = read(fd, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		written += count(line, '\n');
	}
	assert_int_equal(written + log_dropped() - before, 10000);
	log_info("there is room again");
	assert_non_null(strstr(read_lines(fd), "there is room again\n"));
	close(fd);
}

static void
test_a_dead_log_is_told(void **state)
{
	int fd = open_pipe();
	uint64_t before = log_dropped();

	(void)state;
	assert_false(log_is_lost());
	close(fd);
	log_info("nobody reads");
	assert_true(log_is_lost());
	assert_int_equal(log_dropped(), before + 1);
	fd = open_pipe(); /* a new one */
	assert_false(log_is_lost());
	log_info("somebody reads");
	assert_non_null(strstr(read_lines(fd), "somebody reads\n"));
	close(fd);
}

static void
test_datagrams_for_syslog(void **state)
{
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv), 0);
	log_set_fd(sv[1], LOG_FORMAT_SYSLOG);
	log_warnx("web: one\ntwo");
	log_info("three");
	read_lines(sv[0]);
	assert_memory_equal(line, "<28>", 4); /* daemon.warning */
	assert_non_null(strstr(line, "]: unit: web: one\\x0atwo"));
	assert_null(strchr(line, '\n'));
	read_lines(sv[0]);
	assert_memory_equal(line, "<30>", 4); /* daemon.info */
	close(sv[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_line),
	    cmocka_unit_test(test_debug_is_said_only_when_asked_for),
	    cmocka_unit_test(test_control_characters_are_escaped),
	    cmocka_unit_test(test_long_lines_are_cut),
	    cmocka_unit_test(test_a_full_log_drops_and_counts),
	    cmocka_unit_test(test_a_dead_log_is_told),
	    cmocka_unit_test(test_datagrams_for_syslog),
	};

	signal(SIGPIPE, SIG_IGN);
	log_init("unit", false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
