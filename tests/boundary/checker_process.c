/*
 * Checks of the kind process: up, down, broken and up again.
 * The real checker, with mounts of its own; needs root and the users of the daemon.
 *
 * Intervals are long where an event must be seen without them.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"

#define LONG_MS 10000 /* an interval that no test waits for */
#define SOON_MS 1000  /* an event is seen well before */

/* It has its name when this returns. */
static pid_t
start_process(const char *name)
{
	int named[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(named), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (write(named[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(named[1]);
	assert_int_equal(read(named[0], &byte, 1), 1);
	close(named[0]);
	return pid;
}

static void
end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct conf_check
process_check(const char *name, uint32_t min, uint32_t max, uint32_t interval_ms)
{
	struct conf_check check = {.kind = CONF_CHECK_PROCESS,
	    .count_min = min,
	    .count_max = max,
	    .interval_ms = interval_ms};

	strlcpy(check.text, name, sizeof(check.text));
	return check;
}

static void
test_process_end_is_seen_at_once(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = process_check("vrrpd-test-one", 1, 100, LONG_MS);
	uint32_t id = lab_add_probe(lab, &kind);
	pid_t pid = start_process("vrrpd-test-one");
	struct msg_check check;
	mono_t killed;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_UP);
	assert_string_equal(check.output, "1 running");
	killed = clock_now();
	kill(pid, SIGKILL); /* a zombie is no process that runs */
	check = lab_await_check(lab, id, SOON_MS);
	printf("seen after %lld us\n", (long long)(mono_since(clock_now(), killed) / NS_PER_US));
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_string_equal(check.output, "not running");
	waitpid(pid, NULL, 0);
	lab_stop(lab);
}

static void
test_process_start_is_seen_at_the_next_interval(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = process_check("vrrpd-test-two", 1, 100, 300);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;
	pid_t pid;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	pid = start_process("vrrpd-test-two");
	lab_await_state(lab, id, VRRP_CHECK_UP, 1000);
	end_process(pid);
	lab_await_state(lab, id, VRRP_CHECK_DOWN, 250);
	pid = start_process("vrrpd-test-two");
	lab_await_state(lab, id, VRRP_CHECK_UP, 1000);
	end_process(pid);
	lab_stop(lab);
}

/* The one that ends is followed by another that nobody has seen yet. */
static void
test_process_successor_counts(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = process_check("vrrpd-test-six", 1, 100, LONG_MS);
	uint32_t id = lab_add_probe(lab, &kind);
	pid_t first = start_process("vrrpd-test-six"), second;
	struct msg_check check;

	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, 2000).state, VRRP_CHECK_UP);
	second = start_process("vrrpd-test-six");
	end_process(first);
	check = lab_await_check(lab, id, SOON_MS);
	assert_int_equal(check.state, VRRP_CHECK_UP);
	assert_int_equal(check.runs, 2);
	end_process(second);
	lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	lab_stop(lab);
}

static void
test_process_count(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = process_check("vrrpd-test-thr", 2, 3, 200);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;
	pid_t pid[4];

	pid[0] = start_process("vrrpd-test-thr");
	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_string_equal(check.output, "1 running, at least 2 are due");
	for (int i = 1; i < 4; i++) {
		pid[i] = start_process("vrrpd-test-thr");
		if (i == 1)
			lab_await_state(lab, id, VRRP_CHECK_UP, 1000);
	}
	check = lab_await_state(lab, id, VRRP_CHECK_DOWN, 1000);
	assert_string_equal(check.output, "4 running, at most 3 are due");
	end_process(pid[3]);
	lab_await_state(lab, id, VRRP_CHECK_UP, 1000);
	end_process(pid[0]);
	assert_int_equal(lab_await_check(lab, id, 1000).state, VRRP_CHECK_UP);
	end_process(pid[1]);
	lab_await_state(lab, id, VRRP_CHECK_DOWN, 150); /* not at the interval */
	end_process(pid[2]);
	lab_stop(lab);
}

/* The kernel keeps 15 characters; a longer name means those. One that is renamed is another one. */
static void
test_process_names(void **state)
{
	struct lab *lab = *state;
	const struct conf_check longer = process_check("vrrpd-test-long-name-of-all", 1, 9, 200);
	const struct conf_check shorter = process_check("vrrpd-test-lon", 1, 9, 200);
	uint32_t id = lab_add_probe(lab, &longer), other = lab_add_probe(lab, &shorter);
	pid_t pid = start_process("vrrpd-test-long-name-of-all");

	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	assert_int_equal(lab_await_check(lab, other, 2000).state, VRRP_CHECK_DOWN);
	end_process(pid);
	lab_await_state(lab, id, VRRP_CHECK_DOWN, 2000);
	lab_stop(lab);
}

static void
test_process_more_than_are_held(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = process_check("vrrpd-test-all", 300, 300, 500);
	uint32_t id = lab_add_probe(lab, &kind);
	pid_t pid[300];

	for (int i = 0; i < 300; i++)
		pid[i] = start_process("vrrpd-test-all");
	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, 3000);
	end_process(pid[299]);
	lab_await_state(lab, id, VRRP_CHECK_DOWN, 3000);
	for (int i = 0; i < 299; i++)
		end_process(pid[i]);
	lab_stop(lab);
}

static void
test_process_hidden_is_broken(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = process_check("vrrpd-test-hid", 1, 100, 200);
	uint32_t id = lab_add_probe(lab, &kind);
	pid_t pid = start_process("vrrpd-test-hid");
	struct msg_check check;

	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	for (int level = 1; level <= 2; level++) {
		char options[16];

		snprintf(options, sizeof(options), "hidepid=%d", level);
		assert_int_equal(mount("proc", "/proc", "proc", 0, options), 0);
		check = lab_await_state(lab, id, VRRP_CHECK_BROKEN, 2000);
		assert_string_equal(check.step, "hidepid");
		assert_int_equal(check.error, EPERM);
		assert_int_equal(umount2("/proc", MNT_DETACH), 0);
		lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	}
	end_process(pid);
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_process_end_is_seen_at_once),
	    LAB_TEST(test_process_start_is_seen_at_the_next_interval),
	    LAB_TEST(test_process_successor_counts),
	    LAB_TEST(test_process_count),
	    LAB_TEST(test_process_names),
	    LAB_TEST(test_process_more_than_are_held),
	    LAB_TEST(test_process_hidden_is_broken),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	return cmocka_run_group_tests_name("checker_process", tests, NULL, NULL);
}
