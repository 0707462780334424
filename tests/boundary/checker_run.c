/*
 * What runs of checks yield: results, times, what a script gets and what it leaves.
 * The real checker; needs root and the users of the daemon.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/boundary/checker_lab.h"

#define assert_line(text, line) assert_non_null(strstr((text), "\n" line "\n"))

static void
test_results_of_runs(void **state)
{
	struct lab *lab = *state;
	uint32_t up = lab_add_check(lab, "echo fine", 1000, 1000);
	uint32_t down = lab_add_check(lab, "printf 'one\\ntwo\\033' >&2; exit 3", 1000, 1000);
	struct msg_check check;

	lab_commit(lab);
	check = lab_await_check(lab, up, 2000);
	assert_int_equal(check.state, VRRP_CHECK_UP);
	assert_int_equal(check.exit_status, 0);
	assert_int_equal(check.runs, 1);
	assert_string_equal(check.output, "fine");
	assert_true(check.duration_us > 0 && check.duration_us < 1000000);
	assert_true(check.last_run_ns < clock_now().ns && check.since_ns >= check.last_run_ns);
	lab_lend_engine(lab); /* replays */
	check = lab_await_check(lab, down, 2000);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_int_equal(check.exit_status, 3);
	assert_int_equal(check.failures, check.runs);
	assert_string_equal(check.output, "one two?");
	lab_stop(lab);
}

static void
test_S11_broken_runs(void **state)
{
	struct lab *lab = *state;
	uint32_t missing = lab_add_check(lab, NULL, 5000, 1000);
	uint32_t no_command = lab_add_check(lab, "no-such-command", 5000, 1000);
	uint32_t killed = lab_add_check(lab, "kill -9 $$", 5000, 1000);
	uint32_t not_executable = lab_add_check(lab, "true", 5000, 1000);
	struct msg_check check;
	char path[128];

	snprintf(path, sizeof(path), "%s/script%u", lab->dir, not_executable);
	assert_int_equal(chmod(path, 0644), 0);
	lab_commit(lab);
	check = lab_await_check(lab, missing, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_int_equal(check.error, ENOENT);
	assert_string_equal(check.step, "exec");
	assert_int_equal(check.exit_status, -1);
	lab_lend_engine(lab);
	check = lab_await_check(lab, no_command, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_int_equal(check.exit_status, 127);
	lab_lend_engine(lab);
	check = lab_await_check(lab, killed, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_int_equal(check.signal, SIGKILL);
	lab_lend_engine(lab);
	check = lab_await_check(lab, not_executable, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_int_equal(check.error, EACCES);
	lab_stop(lab);
}

static void
test_S10_never_two_at_once(void **state)
{
	struct lab *lab = *state;
	uint32_t id =
	    lab_add_check(lab, "mkdir $out/lock || exit 9; sleep 0.25; rmdir $out/lock", 100, 1000);
	struct msg_check first, check;

	lab_commit(lab);
	first = check = lab_await_check(lab, id, 2000);
	for (int i = 0; i < 4; i++) {
		check = lab_await_check(lab, id, 2000);
		assert_int_equal(check.exit_status, 0);
	}
	/* every third point of the grid; none sooner */
	assert_in_range(check.last_run_ns - first.last_run_ns, 1050 * NS_PER_MS, 2000 * NS_PER_MS);
	lab_stop(lab);
}

static void
test_interval_is_start_to_start(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "sleep 0.04", 100, 100);
	struct msg_check first, check;

	lab_commit(lab);
	first = check = lab_await_check(lab, id, 2000);
	for (int i = 0; i < 10; i++)
		check = lab_await_check(lab, id, 2000);
	assert_in_range(check.last_run_ns - first.last_run_ns, 950 * NS_PER_MS, 1200 * NS_PER_MS);
	lab_stop(lab);
}

static void
test_hanging_check_keeps_its_interval(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "exec sleep 100", 200, 200);
	struct msg_check check = {0};
	int64_t first = 0;

	lab_commit(lab);
	for (unsigned i = 1; i <= 5; i++) {
		check = lab_await_check(lab, id, 2000);
		assert_int_equal(check.runs, i);
		assert_int_equal(check.failures, i);
		first = i == 1 ? check.last_run_ns : first;
	}
	assert_in_range(check.last_run_ns - first, 750 * NS_PER_MS, 1200 * NS_PER_MS);
	lab_stop(lab);
}

static unsigned
count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void
test_S12_what_a_script_gets(void **state)
{
	struct lab *lab = *state;
	uint32_t descriptors = lab_add_check(lab, "exec ls /proc/self/fd", 5000, 2000);
	uint32_t id = lab_add_check(lab,
	    "cat /proc/self/status >$out/status; umask >$out/umask; pwd >$out/pwd\n"
	    "cat /proc/$$/environ >$out/env; cat /proc/$$/limits >$out/limits\n"
	    "echo x >$TMPDIR/file || exit 1; stat -c %a:%U $TMPDIR >$out/tmp\n"
	    "cut -d' ' -f6 /proc/$$/stat >$out/session; echo $$ >$out/pid; exit 0",
	    5000, 2000);
	char line[128], *text;

	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, 3000).exit_status, 0);
	text = lab_read_file(lab, "status");
	snprintf(line, sizeof(line), "\nUid:\t%u\t%u\t%u\t%u\n", lab_script_uid, lab_script_uid,
	    lab_script_uid, lab_script_uid);
	assert_non_null(strstr(text, line));
	snprintf(line, sizeof(line), "\nGid:\t%u\t%u\t%u\t%u\n", lab_script_gid, lab_script_gid,
	    lab_script_gid, lab_script_gid);
	assert_non_null(strstr(text, line));
	snprintf(line, sizeof(line), "\nGroups:\t%u \n", lab_group_gid);
	assert_non_null(strstr(text, line));
	assert_line(text, "CapPrm:\t0000000000000000");
	assert_line(text, "CapEff:\t0000000000000000");
	assert_line(text, "CapInh:\t0000000000000000");
	assert_line(text, "CapBnd:\t0000000000000000");
	assert_line(text, "CapAmb:\t0000000000000000");
	assert_line(text, "NoNewPrivs:\t1");
	assert_line(text, "Seccomp:\t2");
	assert_line(text, "SigBlk:\t0000000000000000");
	assert_line(text, "SigIgn:\t0000000000000000");
	assert_string_equal(lab_read_file(lab, "umask"), "0027\n");
	assert_string_equal(lab_read_file(lab, "pwd"), "/\n");
	assert_string_equal(lab_read_file(lab, "tmp"), "700:_vrrpd_script\n");
	assert_int_equal(lab_read_number(lab, "session"), lab_read_number(lab, "pid"));
	text = lab_read_file(lab, "limits");
	assert_non_null(strstr(text, "Max core file size        0                    0 "));
	assert_non_null(strstr(text, "Max open files            1024                 1024 "));
	assert_non_null(strstr(text, "Max locked memory         65536                65536 "));
	assert_non_null(strstr(text, "Max realtime priority     0                    0 "));
	text = lab_read_file(lab, "env");
	snprintf(line, sizeof(line), "VRRP_CHECK=check%u\n", id);
	assert_non_null(strstr(text, line));
	assert_non_null(
	    strstr(text, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"));
	assert_non_null(strstr(text, "LC_ALL=C\n"));
	assert_non_null(strstr(text, "TMPDIR=/run/vrrpd-test."));
	assert_int_equal(count_lines(text), 4); /* and nothing else */
	lab_lend_engine(lab);
	assert_string_equal(
	    lab_await_check(lab, descriptors, 3000).output, "0 1 2 3"); /* 3 is its own */
	lab_stop(lab);
}

static void
test_output_is_bounded(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(
	    lab, "head -c 10000000 /dev/zero | tr '\\0' x; printf ' the end \\n'", 20000, 10000);
	struct msg_check check;

	lab_commit(lab);
	check = lab_await_check(lab, id, 10000);
	assert_int_equal(check.exit_status, 0);
	assert_int_equal(strlen(check.output), 253);
	assert_string_equal(check.output + 245, " the end");
	lab_stop(lab);
}

static void
test_tmpdir_is_removed(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "cd $TMPDIR && mkdir -p a/b/c locked && echo x >a/b/c/file && ln -s $out a/link &&\n"
	    "touch $out/keep locked/file && chmod 0 locked a/b && echo 1 >$out/done",
	    20000, 2000);
	char path[128];

	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, 3000).exit_status, 0);
	snprintf(path, sizeof(path), "%s/tmp", lab->dir);
	LAB_WAIT_UNTIL(lab_count_entries(path) == 0, 1000);
	snprintf(path, sizeof(path), "%s/out/keep", lab->dir);
	assert_int_equal(access(path, F_OK), 0);
	lab_stop(lab);
}

static void
test_S13_fifty_at_once(void **state)
{
	struct lab *lab = *state;
	struct msg_check check;
	bool seen[64] = {false};
	unsigned count = 0;
	uint32_t id = 0;

	for (int i = 0; i < 50; i++)
		id = lab_add_check(lab, "sleep 0.2", 2000, 2000);
	lab_commit(lab);
	while (count < 50) {
		assert_true(
		    lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 5000));
		assert_int_equal(check.state, VRRP_CHECK_UP);
		assert_true(check.check <= id);
		count += !seen[check.check];
		seen[check.check] = true;
	}
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_results_of_runs),
	    LAB_TEST(test_S11_broken_runs),
	    LAB_TEST(test_S10_never_two_at_once),
	    LAB_TEST(test_interval_is_start_to_start),
	    LAB_TEST(test_hanging_check_keeps_its_interval),
	    LAB_TEST(test_S12_what_a_script_gets),
	    LAB_TEST(test_output_is_bounded),
	    LAB_TEST(test_tmpdir_is_removed),
	    LAB_TEST(test_S13_fifty_at_once),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("checker_run", tests, NULL, NULL);
}
