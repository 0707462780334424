/*
 * Two hundred checks of all kinds, each every second: on time, and never more scripts than may be.
 * The real checker, in a network of its own; needs root and the users of the daemon.
 */
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"
#include "vrrpd/parent/echo.h"

#define CHECKS 200
#define INTERVAL_NS NS_PER_S
#define ROUNDS 3
#define ATTEMPTS 4
#define LATE_NS (20 * NS_PER_MS)
#define BUSY_NS (2 * NS_PER_MS) /* that late is who wants to wake on time */

/* How late the results of one check came, against the earliest of its places in the second. */
struct record {
	int64_t at[ROUNDS];
	unsigned count;
	uint64_t last_run;
};

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* ---- how late anybody is on this machine ---- */

static int control_fd;
static pid_t control;

/* A process that wants to wake every 5 ms, until its socket is shut down; then it says its p99. */
static void
start_control(void)
{
	static int64_t late[20000];
	struct pollfd pfd = {.events = POLLIN};
	mono_t before;
	size_t n = 0;
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	control_fd = sv[0];
	control = fork();
	assert_int_not_equal(control, -1);
	pfd.fd = sv[1];
	if (control != 0) {
		close(sv[1]);
		return;
	}
	close(sv[0]);
	for (;;) {
		before = clock_now();
		if (poll(&pfd, 1, 5) != 0)
			break;
		late[n++ % 20000] = mono_since(clock_now(), before) - 5 * NS_PER_MS;
	}
	n = n < 20000 ? n : 20000;
	qsort(late, n, sizeof(late[0]), compare);
	_exit(n == 0 || write(sv[1], &late[n * 99 / 100], sizeof(late[0])) == -1);
}

static int64_t
end_control(void)
{
	int64_t late = 0;

	shutdown(control_fd, SHUT_WR);
	assert_int_equal(read(control_fd, &late, sizeof(late)), sizeof(late));
	close(control_fd);
	waitpid(control, NULL, 0);
	return late;
}

/* ---- */

static uint16_t
listen_somewhere(int *fd)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(in);

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(*fd, 4096), 0);
	getsockname(*fd, (struct sockaddr *)&in, &size);
	return ntohs(in.sin_port);
}

static void
add_probe(struct lab *lab, unsigned i, uint16_t port)
{
	static const enum conf_check_kind kinds[] = {
	    CONF_CHECK_TCP, CONF_CHECK_PING, CONF_CHECK_PROCESS, CONF_CHECK_FILE, CONF_CHECK_DISK};
	struct conf_check kind = {.kind = (uint8_t)kinds[i % 5], .interval_ms = 1000};

	switch (kinds[i % 5]) {
	case CONF_CHECK_TCP:
		kind.port = port;
		__attribute__((fallthrough));
	case CONF_CHECK_PING:
		assert_int_equal(addr_parse("127.0.0.1", &kind.addr), 0);
		break;
	case CONF_CHECK_PROCESS:
		kind.count_max = 1000;
		strlcpy(kind.text, "boundary-checke", sizeof(kind.text));
		break;
	case CONF_CHECK_DISK:
		kind.free_percent = 1;
		__attribute__((fallthrough));
	case CONF_CHECK_FILE:
	case CONF_CHECK_COMMAND:
	case CONF_CHECK_HTTP:
	case CONF_CHECK_EXTERNAL:
	case CONF_CHECK_KINDS:
		strlcpy(kind.text, "/run", sizeof(kind.text));
		break;
	}
	lab_add_probe(lab, &kind);
}

/* Whether the results came in time, each check's against its own grid. */
static bool
are_in_time(struct record *records, const char *what)
{
	static int64_t late[CHECKS * ROUNDS];
	size_t n = 0;

	for (unsigned i = 0; i < CHECKS; i++) {
		int64_t first = INT64_MAX;

		for (unsigned k = 0; k < ROUNDS; k++)
			if (records[i].at[k] - (int64_t)k * INTERVAL_NS < first)
				first = records[i].at[k] - (int64_t)k * INTERVAL_NS;
		for (unsigned k = 0; k < ROUNDS; k++)
			late[n++] = records[i].at[k] - first - (int64_t)k * INTERVAL_NS;
	}
	qsort(late, n, sizeof(late[0]), compare);
	printf("%s: late by %lld us (median), %lld us (p99), %lld us (most)\n", what,
	    (long long)(late[n / 2] / NS_PER_US), (long long)(late[n * 99 / 100] / NS_PER_US),
	    (long long)(late[n - 1] / NS_PER_US));
	return late[n * 99 / 100] <= LATE_NS;
}

/*
 * The first results come all at once; from then on each check has its own place. What a script takes
 * is its own matter: of those, the start counts.
 */
static void
collect(struct lab *lab, struct record *records, bool start)
{
	unsigned complete = 0;
	struct msg_check check;

	while (complete < CHECKS) {
		struct record *r;

		assert_true(
		    lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 3000));
		assert_in_range(check.check, 1, CHECKS);
		assert_int_equal(check.state, VRRP_CHECK_UP);
		r = &records[check.check - 1];
		if (check.runs < 3 || r->count == ROUNDS)
			continue;
		assert_true(r->count == 0 || check.runs == r->last_run + 1);
		r->last_run = check.runs;
		r->at[r->count++] = check.last_run_ns + (start ? 0 : check.duration_us * NS_PER_US);
		complete += r->count == ROUNDS;
	}
}

static int64_t
measure_machine(void)
{
	start_control();
	lab_nap(NS_PER_S - 1);
	return end_control();
}

/*
 * Ends the checker. One time of a few counts; and none, on a machine that is busy with others before
 * and afterwards.
 */
static void
must_be_in_time(struct lab *lab, bool start, const char *what)
{
	int64_t before = measure_machine(), after;
	struct record records[CHECKS];
	bool in_time = false;

	lab_commit(lab);
	for (int i = 0; i < ATTEMPTS && !in_time; i++) {
		memset(records, 0, sizeof(records));
		collect(lab, records, start);
		in_time = are_in_time(records, what);
	}
	lab_stop(lab);
	if (in_time)
		return;
	after = measure_machine();
	printf("late; others are late by %lld us before, by %lld us after (p99)\n",
	    (long long)(before / NS_PER_US), (long long)(after / NS_PER_US));
	if (before < BUSY_NS && after < BUSY_NS)
		fail_msg("%s are late", what);
	skip();
}

/* With all its memory a fork takes several times as long. */
static void
skip_if_sanitized(void)
{
	if (LAB_SANITIZED)
		skip();
}

static void
test_200_probes_on_time(void **state)
{
	const struct msg_probe_socket message = {.family = ADDR_IPV4};
	struct lab *lab = *state;
	uint16_t port;
	int fd;

	skip_if_sanitized();
	port = listen_somewhere(&fd);
	lab_send(lab->parent, PARENT_CHECKER_PROBE_SOCKET, &message, sizeof(message),
	    echo_open(ADDR_IPV4));
	for (unsigned i = 0; i < CHECKS; i++)
		add_probe(lab, i, port);
	must_be_in_time(lab, false, "probes");
	close(fd);
}

static void
test_200_scripts_on_time(void **state)
{
	struct lab *lab = *state;

	skip_if_sanitized();
	for (unsigned i = 0; i < CHECKS; i++)
		lab_add_check(lab, "exit 0", 1000, 1000);
	must_be_in_time(lab, true, "scripts");
}

/* Each takes a while, so that many are due at once, and counts how many there are. */
static void
test_never_more_scripts_than_allowed(void **state)
{
	struct lab *lab = *state;
	struct msg_check check;
	long most = 0, now;

	for (int i = 0; i < 60; i++)
		lab_add_check(lab,
		    "mkdir $out/r.$$; sleep 0.3; set -- $out/r.*; rmdir $out/r.$$; echo $#", 3000,
		    3000);
	lab_commit(lab);
	for (int results = 0; results < 180; results++) {
		assert_true(
		    lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 5000));
		assert_int_equal(check.state, VRRP_CHECK_UP);
		now = strtol(check.output, NULL, 10);
		most = now > most ? now : most;
	}
	printf("at most %ld of %d at once\n", most, LAB_PARALLEL);
	assert_in_range(most, LAB_PARALLEL / 2, LAB_PARALLEL);
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_200_probes_on_time),
	    LAB_TEST(test_200_scripts_on_time),
	    LAB_TEST(test_never_more_scripts_than_allowed),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	return cmocka_run_group_tests_name("checker_many", tests, NULL, NULL);
}
