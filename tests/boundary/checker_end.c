/*
 * How runs end against their will, and that nothing of them is left.
 * The real checker; needs root and the users of the daemon.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "checker/tree.h"
#include "tests/boundary/checker_lab.h"

static void
test_S08_timeout_is_the_verdict(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "echo $$ >$out/pid; trap 'sleep 0.2; exit 0' TERM; sleep 60 & wait; exit 0", 2000, 300);
	struct msg_check check;
	mono_t start = clock_now();
	int64_t took;
	pid_t pid;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	took = mono_since(clock_now(), start);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_true(check.timed_out);
	assert_true(took >= 300 * NS_PER_MS && took < 600 * NS_PER_MS);
	assert_in_range(check.duration_us, 300000, 500000);
	pid = lab_wait_number(lab, "pid");
	LAB_WAIT_UNTIL(lab_is_gone(pid), 2000);
	assert_false(lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 500));
	lab_stop(lab);
}

static void
test_S08_kill_after_term(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "! kill -0 $(cat $out/pid) || echo 1 >$out/twice; echo $$ >$out/pid\n"
	    "exec 2>/dev/null; trap 'echo 1 >$out/term' TERM\n"
	    "while :; do sleep 0.05 || :; done",
	    500, 300);
	mono_t start = clock_now();
	struct msg_check check;
	int64_t took;
	pid_t pid;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_true(check.timed_out);
	pid = lab_wait_number(lab, "pid");
	assert_false(lab_is_gone(pid));
	LAB_WAIT_UNTIL(lab_is_gone(pid), 3000);
	took = mono_since(clock_now(), start);
	assert_in_range(took / NS_PER_MS, 1250, 2000);
	assert_int_equal(lab_read_number(lab, "term"), 1); /* it was asked before it was killed */
	assert_int_equal(lab_read_number(lab, "twice"), 0);
	lab_stop(lab);
}

static void
test_S09_timeout_ends_every_descendant(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "(setsid sh -c 'trap \"\" TERM; echo $$ >$0/a; while :; do sleep 0.05; done' $out &)\n"
	    "(setsid sh -c 'sleep 100 & echo $! >$0/b; wait' $out &)\n"
	    "echo $$ >$out/c; sleep 100",
	    10000, 400);
	pid_t a, b, c;

	lab_commit(lab);
	a = lab_wait_number(lab, "a");
	b = lab_wait_number(lab, "b");
	c = lab_wait_number(lab, "c");
	assert_true(lab_await_check(lab, id, 2000).timed_out);
	LAB_WAIT_UNTIL(lab_is_gone(a) && lab_is_gone(b) && lab_is_gone(c), 3000);
	lab_stop(lab);
}

/* In the middle of a run, whose script goes at once: what it started does not. */
static void
test_S09_shutdown_ends_every_descendant(void **state)
{
	struct lab *lab = *state;
	pid_t below, script;

	lab_add_check(lab,
	    "(trap '' TERM; setsid sh -c 'echo $$ >$0/below; exec sleep 100' $out) &\n"
	    "echo $$ >$out/pid; exec sleep 100",
	    30000, 30000);
	lab_commit(lab);
	script = lab_wait_number(lab, "pid");
	below = lab_wait_number(lab, "below");
	lab_stop(lab);
	assert_true(lab_is_gone(script));
	assert_true(lab_is_gone(below));
}

static void
test_minder_killed_is_broken(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "(setsid sh -c 'echo $$ >$0/below; exec sleep 100' $out &)\n"
	    "echo $$ >$out/pid; exec sleep 100",
	    30000, 30000);
	struct msg_check check;
	pid_t script, below;

	lab_commit(lab);
	script = lab_wait_number(lab, "pid");
	below = lab_wait_number(lab, "below");
	assert_int_equal(kill(lab_find_minder(lab), SIGKILL), 0);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_int_equal(check.signal, SIGKILL);
	assert_string_equal(check.step, "minder");
	LAB_WAIT_UNTIL(lab_is_gone(script) && lab_is_gone(below), 2000);
	LAB_WAIT_UNTIL(lab_find_minder(lab) == 0, 2000);
}

static void
test_checker_killed_leaves_nothing(void **state)
{
	struct lab *lab = *state;
	pid_t script, below;
	char path[128];

	lab_add_check(lab,
	    "(setsid sh -c 'trap \"\" TERM; echo $$ >$0/below; while :; do sleep 0.05; done' $out "
	    "&)\n"
	    "echo $$ >$out/pid; exec sleep 100",
	    30000, 30000);
	lab_commit(lab);
	script = lab_wait_number(lab, "pid");
	below = lab_wait_number(lab, "below");
	kill(lab->checker, SIGKILL);
	waitpid(lab->checker, NULL, 0);
	lab->checker = 0;
	LAB_WAIT_UNTIL(lab_is_gone(script) && lab_is_gone(below), 1000);
	snprintf(path, sizeof(path), "%s/tmp", lab->dir);
	LAB_WAIT_UNTIL(lab_count_entries(path) == 0, 1000);
}

static void
test_parent_gone_ends_all(void **state)
{
	struct lab *lab = *state;
	uint32_t command =
	    lab_add_command(lab, "trap '' TERM; echo $$ >$out/hook; while :; do sleep 0.05; done",
		LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	mono_t start;
	pid_t script, hook;
	int status;

	lab_add_check(
	    lab, "trap '' TERM; echo $$ >$out/pid; while :; do sleep 0.05; done", 30000, 30000);
	lab_commit(lab);
	lab_run_hook(lab, command, CONF_HOOK_ALL);
	script = lab_wait_number(lab, "pid");
	hook = lab_wait_number(lab, "hook");
	start = clock_now();
	close(lab->parent);
	lab->parent = -1;
	assert_int_equal(waitpid(lab->checker, &status, 0), lab->checker);
	lab->checker = 0;
	assert_true(mono_since(clock_now(), start) < NS_PER_S);
	LAB_WAIT_UNTIL(lab_is_gone(script) && lab_is_gone(hook), 500);
}

static void
test_engine_breaks_protocol(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "true", 100, 100);
	struct msg_run_hook request = {.instance = LAB_INSTANCE, .slot = CONF_HOOK_SLOTS};
	struct msg_check check;

	lab_commit(lab);
	lab_await_check(lab, id, 2000);
	lab_send(lab->engine, ENGINE_CHECKER_RUN_HOOK, &request, sizeof(request), -1);
	while (lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 1000))
		;
	assert_int_equal(recv(lab->engine, &check, sizeof(check), MSG_DONTWAIT), 0);
	lab_lend_engine(lab);
	lab_await_check(lab, id, 2000);
	request = (struct msg_run_hook){.instance = LAB_INSTANCE, .skipped_count = 15};
	lab_send(lab->engine, ENGINE_CHECKER_RUN_HOOK, &request, sizeof(request), -1);
	while (lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 1000))
		;
	assert_int_equal(recv(lab->engine, &check, sizeof(check), MSG_DONTWAIT), 0);
	lab_stop(lab);
}

static unsigned
count_zombies(pid_t parent)
{
	pid_t children[64];
	size_t n = tree_list_children(parent, children, 64);
	unsigned zombies = 0;
	char path[64], line[512], state;
	FILE *f;

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)children[i]);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		if (fgets(line, sizeof(line), f) != NULL && strrchr(line, ')') != NULL &&
		    sscanf(strrchr(line, ')') + 1, " %c", &state) == 1)
			zombies += state == 'Z';
		fclose(f);
	}
	return zombies;
}

static unsigned
count_descriptors(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return lab_count_entries(path);
}

static void
test_many_runs_leak_nothing(void **state)
{
	struct lab *lab = *state;
	uint32_t ids[] = {
	    lab_add_check(lab, "true", 100, 100),
	    lab_add_check(lab, "echo x >$TMPDIR/y; exit 1", 100, 100),
	    lab_add_check(lab, "kill -9 $$", 100, 100),
	    lab_add_check(lab, NULL, 100, 100),
	    lab_add_check(lab, "(sleep 0.2 >/dev/null 2>&1 &); exit 0", 100, 100),
	    lab_add_check(lab, "(setsid sleep 60 &); exec sleep 60", 400, 100),
	};
	uint64_t runs[6] = {0}, total = 0;
	struct msg_check check;
	unsigned before;
	char path[128];

	lab_commit(lab);
	for (size_t i = 0; i < 6; i++) {
		lab_lend_engine(lab);
		lab_await_check(lab, ids[i], 2000);
	}
	before = count_descriptors(lab->checker);
	while (total < 300) {
		assert_true(
		    lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 2000));
		assert_in_range(check.check, ids[0], ids[5]);
		runs[check.check - ids[0]] = check.runs;
		total = 0;
		for (size_t i = 0; i < 6; i++)
			total += runs[i];
	}
	for (size_t i = 0; i < 6; i++)
		assert_true(runs[i] >= 10);
	assert_true(count_descriptors(lab->checker) <= before + 3 * 6);
	LAB_WAIT_UNTIL(count_zombies(lab->checker) == 0, 1000);
	LAB_WAIT_UNTIL(count_descriptors(lab->checker) <= before + 2, 3000);
	snprintf(path, sizeof(path), "%s/tmp", lab->dir);
	assert_true(lab_count_entries(path) <= 6);
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_S08_timeout_is_the_verdict),
	    LAB_TEST(test_S08_kill_after_term),
	    LAB_TEST(test_S09_timeout_ends_every_descendant),
	    LAB_TEST(test_S09_shutdown_ends_every_descendant),
	    LAB_TEST(test_minder_killed_is_broken),
	    LAB_TEST(test_checker_killed_leaves_nothing),
	    LAB_TEST(test_parent_gone_ends_all),
	    LAB_TEST(test_engine_breaks_protocol),
	    LAB_TEST(test_many_runs_leak_nothing),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("checker_end", tests, NULL, NULL);
}
