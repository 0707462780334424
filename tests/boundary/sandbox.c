/*
 * The sandboxes of parent, engine and config role, entered for real in a child that tries what it
 * may and what it may not. Needs root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "tests/boundary/sandbox_lab.h"

static char lab_dir[64]; /* a directory of this test's, mode 0755 */

static void
assert_is_killed(void (*body)(void))
{
	int status = lab_status_of(body);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

/* ---- parent ---- */

static void
parent_body(void)
{
	MUST(sandbox_parent() == 0);
	/* NET_ADMIN NET_RAW SETUID SETGID SETPCAP SYS_CHROOT KILL */
	MUST(lab_status_has("CapPrm:\t00000000000431e0"));
	MUST(lab_status_has("CapEff:\t00000000000431e0"));
	MUST(lab_status_has("CapBnd:\t00000000000431e0"));
	MUST(lab_status_has("CapInh:\t0000000000000000"));
	MUST(lab_status_has("CapAmb:\t0000000000000000"));
	FAILS_WITH(chown(lab_dir, 1, 1), EPERM);
}

static void
test_parent_keeps_what_is_documented(void **state)
{
	(void)state;
	lab_assert_runs(parent_body);
}

/* ---- engine ---- */

static void
enter_engine(void)
{
	lab_become_nobody();
	MUST(sandbox_engine() == 0);
}

static void
engine_socket(void)
{
	enter_engine();
	socket(AF_INET, SOCK_DGRAM, 0);
}

static void
engine_sendto(void)
{
	const struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_RAW, 112);

	enter_engine();
	sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to));
}

static void
engine_dup2(void)
{
	enter_engine();
	dup2(1, 9);
}

static void
engine_fcntl_dup(void)
{
	enter_engine();
	fcntl(1, F_DUPFD, 9);
}

static void
engine_openat(void)
{
	enter_engine();
	syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static void
engine_fork(void)
{
	enter_engine();
	if (fork() == 0)
		_exit(0);
}

static void
engine_execve(void)
{
	char *const none[] = {NULL};

	enter_engine();
	execve("/bin/true", none, none);
}

static void
engine_connect(void)
{
	const struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_RAW, 112);

	enter_engine();
	connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static void
engine_setsockopt(void)
{
	const int one = 1;
	int fd = socket(AF_INET, SOCK_RAW, 112);

	enter_engine();
	setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one));
}

static void
engine_executable_page(void)
{
	enter_engine();
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
engine_kill(void)
{
	enter_engine();
	kill(getppid(), 0);
}

static void
test_engine_is_killed(void **state)
{
	static void (*const bodies[])(void) = {engine_socket, engine_sendto, engine_dup2,
	    engine_fcntl_dup, engine_openat, engine_fork, engine_execve, engine_connect,
	    engine_setsockopt, engine_executable_page, engine_kill};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_is_killed(bodies[i]);
}

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

/* The loop is made within the sandbox, runs there, and grows there. */
static void
engine_loop(void)
{
	struct event_config *config;
	struct event_base *base;
	const struct timeval soon = {.tv_usec = 2000};
	struct event *ev, *many[200];
	int pair[200][2];

	for (int i = 0; i < 200; i++)
		MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair[i]) == 0);
	enter_engine();
	config = event_config_new();
	MUST(config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0);
	base = event_base_new_with_config(config);
	MUST(base != NULL);
	for (int i = 0; i < 200; i++) {
		many[i] = event_new(base, pair[i][0], EV_READ, on_timer, base);
		MUST(event_add(many[i], NULL) == 0 && write(pair[i][1], "x", 1) == 1);
	}
	MUST(event_base_dispatch(base) == 0);
	ev = evtimer_new(base, on_timer, base);
	for (int i = 0; i < 10; i++)
		MUST(event_add(ev, &soon) == 0 && event_base_dispatch(base) == 0);
	event_base_free(base);
}

static void
engine_memory(void)
{
	char *p;

	enter_engine();
	for (size_t size = 1; size < 64 << 20; size *= 3) {
		p = malloc(size);
		MUST(p != NULL);
		memset(p, 1, size);
		p = realloc(p, size * 2);
		MUST(p != NULL && p[size - 1] == 1);
		free(p);
	}
}

/* The log is the trap: time zones and syslog(3) like to open files. */
static void
engine_log(void)
{
	char line[512];
	int pair[2];
	ssize_t n;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	tzset();
	enter_engine();
	log_init("engine", true);
	log_set_fd(pair[0], LOG_FORMAT_SYSLOG);
	log_info("web: %s", "backup");
	n = read(pair[1], line, sizeof(line) - 1);
	MUST(n > 0);
	line[n] = '\0';
	MUST(strstr(line, "web: backup") != NULL);
}

/* Receive only: what is written to a raw socket has no destination. */
static void
engine_raw_write(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 112);
	char packet[64];

	MUST(fd != -1);
	enter_engine();
	FAILS_WITH(write(fd, "x", 1), EDESTADDRREQ);
	FAILS_WITH(recv(fd, packet, sizeof(packet), 0), EAGAIN);
}

static void
engine_abort(void)
{
	enter_engine();
	abort();
}

static void
test_engine_can_work(void **state)
{
	int status;

	(void)state;
	lab_assert_runs(engine_loop);
	lab_assert_runs(engine_memory);
	lab_assert_runs(engine_log);
	lab_assert_runs(engine_raw_write);
	status = lab_status_of(engine_abort);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* As root, so that only the sandbox stands between. */
static void
engine_landlock_body(void)
{
	MUST(sandbox_engine() == 0);
	FAILS_WITH(open("/etc/passwd", O_RDONLY), EACCES);
	FAILS_WITH(mkdir("/run/never", 0700), EACCES);
}

/* Filters of calls are off in sanitized builds, so there Landlock answers alone. */
static void
test_engine_sees_no_file(void **state)
{
	(void)state;
	if (!LAB_SANITIZED || sandbox_landlock_abi() == 0)
		skip();
	lab_assert_runs(engine_landlock_body);
}

static void
test_engine_calls_are_listed(void **state)
{
	static const char *const never[] = {"socket", "sendto", "sendmsg", "sendmmsg", "connect",
	    "bind", "setsockopt", "ioctl", "dup", "dup2", "dup3", "open", "openat", "openat2",
	    "execve", "clone", "clone3", "fork", "mprotect", "ptrace", "kill", "sendfile", "splice",
	    "io_uring_setup"};
	const char *const *calls = sandbox_engine_calls();
	size_t n = 0;

	(void)state;
	for (; calls[n] != NULL; n++)
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			assert_string_not_equal(calls[n], never[i]);
	assert_true(n > 20);
}

/* ---- config role ---- */

static void
config_body(void)
{
	char path[128], line[256];
	struct stat st;
	DIR *dir;
	FILE *f;

	MUST(sandbox_config() == 0);
	f = fopen("/etc/passwd", "r");
	MUST(f != NULL && fgets(line, sizeof(line), f) != NULL);
	fclose(f);
	dir = opendir("/etc");
	MUST(dir != NULL && readdir(dir) != NULL);
	closedir(dir);
	MUST(stat("/etc", &st) == 0 && realpath("/bin/sh", NULL) != NULL);
	MUST(getpwnam("nobody") != NULL && getpwuid(LAB_NOBODY) != NULL &&
	     getgrnam("nogroup") != NULL);
	MUST(getpwnam("no-such-user-here") == NULL && getgrnam("no-such-group-here") == NULL);
	MUST(lab_status_has("CapEff:\t0000000000000000"));
	MUST(lab_status_has("NoNewPrivs:\t1"));
	snprintf(path, sizeof(path), "%s/file", lab_dir);
	MUST(open(path, O_WRONLY | O_CREAT, 0600) == -1);
	MUST(open(path, O_RDWR) == -1);
}

static void
config_filter_body(void)
{
	char *const none[] = {NULL};

	MUST(sandbox_config() == 0);
	FAILS_WITH(socket(AF_INET, SOCK_DGRAM, 0), EAFNOSUPPORT);
	FAILS_WITH(socket(AF_INET6, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS_WITH(socket(AF_NETLINK, SOCK_RAW, 0), EAFNOSUPPORT);
	MUST(socket(AF_UNIX, SOCK_STREAM, 0) != -1);
	MUST(memfd_create("text", MFD_CLOEXEC | MFD_ALLOW_SEALING) != -1);
	FAILS_WITH(open("/etc/passwd", O_RDWR), EROFS);
	FAILS_WITH(execve("/bin/true", none, none), EPERM);
	FAILS_WITH(fork(), EPERM);
	FAILS_WITH(chmod(lab_dir, 0700), EPERM);
	FAILS_WITH(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
	MUST(lab_status_has("Seccomp:\t2"));
}

static void
test_config_reads_and_no_more(void **state)
{
	(void)state;
	lab_assert_runs(config_body);
	if (!LAB_SANITIZED)
		lab_assert_runs(config_filter_body);
}

static int
make_lab(void **state)
{
	(void)state;
	strcpy(lab_dir, "/run/vrrpd-sandbox.XXXXXX");
	return mkdtemp(lab_dir) == NULL || chmod(lab_dir, 0755) == -1 ? -1 : 0;
}

static int
remove_lab(void **state)
{
	(void)state;
	return rmdir(lab_dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parent_keeps_what_is_documented),
	    cmocka_unit_test(test_engine_can_work),
	    cmocka_unit_test(test_engine_sees_no_file),
	    cmocka_unit_test(test_engine_calls_are_listed),
	    cmocka_unit_test(test_config_reads_and_no_more),
	};
	const struct CMUnitTest filters[] = {cmocka_unit_test(test_engine_is_killed)};
	int failed;

	if (geteuid() != 0) {
		printf("skipped: needs root\n");
		return LAB_SKIPPED;
	}
	failed = cmocka_run_group_tests_name("sandbox", tests, make_lab, remove_lab);
	if (!LAB_SANITIZED)
		failed += cmocka_run_group_tests_name("filters", filters, NULL, NULL);
	return failed;
}
