/*
 * Hooks: what they are told, their order, what they may leave running, what they cannot reach.
 * The real checker; needs root and the users of the daemon.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"

#define assert_line(text, line) assert_non_null(strstr((text), "\n" line "\n"))

static void
test_hook_may_start_a_daemon(void **state)
{
	struct lab *lab = *state;
	uint32_t command = lab_add_command(lab,
	    "setsid sh -c 'echo $$ >$0/pid; exec sleep 100' $out >/dev/null 2>&1 &\n"
	    "while ! [ -s $out/pid ]; do sleep 0.01; done",
	    LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	struct msg_hook hook;
	pid_t pid;

	lab_commit(lab);
	hook = lab_await_hook(lab, lab_run_hook(lab, command, CONF_HOOK_MASTER), 3000);
	assert_int_equal(hook.phase, MSG_HOOK_DONE);
	assert_int_equal(hook.exit_status, 0);
	pid = lab_wait_number(lab, "pid");
	lab_stop(lab);
	assert_false(lab_is_gone(pid));
	kill(pid, SIGKILL);
}

static void
test_engine_gone_hook_goes_on(void **state)
{
	struct lab *lab = *state;
	uint32_t command = lab_add_command(lab,
	    "echo 1 >$out/started; while ! [ -e $out/go ]; do sleep 0.01; done; exit 4",
	    LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	struct msg_empty replayed;
	struct msg_hook hook;
	uint32_t sequence;
	char path[128];

	lab_commit(lab);
	sequence = lab_run_hook(lab, command, CONF_HOOK_ALL);
	lab_wait_number(lab, "started");
	lab_lend_engine(lab);
	hook = lab_await_hook(lab, sequence, 2000);
	assert_int_equal(hook.phase, MSG_HOOK_RUNNING);
	assert_true(
	    lab_receive(lab->engine, CHECKER_ENGINE_REPLAYED, &replayed, sizeof(replayed), 1000));
	snprintf(path, sizeof(path), "%s/out/go", lab->dir);
	close(open(path, O_CREAT | O_WRONLY, 0644));
	hook = lab_await_hook(lab, sequence, 2000);
	assert_int_equal(hook.phase, MSG_HOOK_DONE);
	assert_int_equal(hook.exit_status, 4);
	lab_lend_engine(lab);
	assert_int_equal(lab_await_hook(lab, sequence, 2000).phase, MSG_HOOK_DONE);
	lab_stop(lab);
}

static void
test_hook_arguments_and_environment(void **state)
{
	struct lab *lab = *state;
	uint32_t command = lab_add_command(lab,
	    "echo; for i in \"$@\"; do echo \"$i\"; done >$out/args.$#; cat /proc/$$/environ "
	    ">$out/env",
	    LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	char *text;

	lab_commit(lab);
	assert_int_equal(
	    lab_await_hook(lab, lab_run_hook(lab, command, CONF_HOOK_ALL), 3000).exit_status, 0);
	assert_string_equal(lab_read_file(lab, "args.4"), "INSTANCE\nweb\nMASTER\n200\n");
	assert_int_equal(
	    lab_await_hook(lab, lab_run_hook(lab, command, CONF_HOOK_MASTER), 3000).exit_status, 0);
	assert_string_equal(lab_read_file(lab, "args.0"), "");
	text = lab_read_file(lab, "env");
	memmove(text + 1, text, strlen(text) + 1);
	text[0] = '\n';
	assert_line(text, "VRRP_TYPE=INSTANCE");
	assert_line(text, "VRRP_NAME=web");
	assert_line(text, "VRRP_STATE=MASTER");
	assert_line(text, "VRRP_PREVIOUS_STATE=BACKUP");
	assert_line(text, "VRRP_PRIORITY=200");
	assert_line(text, "VRRP_INTERFACE=eth0");
	assert_line(text, "VRRP_VRID=5");
	assert_line(text, "VRRP_ADDRESSES=192.0.2.10/24 192.0.2.11/24");
	assert_line(text, "VRRP_REASON=master-down-timer");
	assert_line(text, "VRRP_SKIPPED=FAULT BACKUP");
	assert_line(text, "LC_ALL=C"); /* the command's own wins */
	assert_null(strstr(text, "C.UTF-8"));
	assert_null(strstr(text, "TMPDIR=/tmp\n")); /* except that */
	lab_stop(lab);
}

#define GROUP 9

/* Before lab_commit(): a group besides the instance. */
static void
add_group(struct lab *lab)
{
	struct msg_target target = {.group = GROUP, .name = "lan"};

	strlcpy(target.addresses, "192.0.2.10/24 198.51.100.10/24", sizeof(target.addresses));
	lab_send(lab->parent, PARENT_CHECKER_TARGET, &target,
	    offsetof(struct msg_target, addresses) + strlen(target.addresses) + 1, -1);
}

static uint32_t
run_group_hook(struct lab *lab, uint32_t command, enum conf_hook_slot slot)
{
	const struct msg_run_hook request = {.group = GROUP,
	    .sequence = ++lab->sequence,
	    .command = command,
	    .slot = (uint8_t)slot,
	    .event = VRRP_HOOK_FAULT,
	    .previous = VRRP_MASTER,
	    .reason = VRRP_REASON_FAULT};

	lab_send(lab->engine, ENGINE_CHECKER_RUN_HOOK, &request, sizeof(request), -1);
	return request.sequence;
}

static void
test_n01_group_arguments_and_environment(void **state)
{
	struct lab *lab = *state;
	uint32_t command = lab_add_command(lab,
	    "for i in \"$@\"; do echo \"$i\"; done >$out/args.$#; echo >$out/env; "
	    "cat /proc/$$/environ >>$out/env",
	    LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	struct msg_hook hook;
	char *text;

	add_group(lab);
	lab_commit(lab);
	hook = lab_await_hook(lab, run_group_hook(lab, command, CONF_HOOK_ALL), 3000);
	assert_int_equal(hook.exit_status, 0);
	assert_int_equal(hook.group, GROUP);
	assert_int_equal(hook.instance, 0);
	assert_string_equal(lab_read_file(lab, "args.4"), "GROUP\nlan\nFAULT\n0\n");
	lab_await_hook(lab, run_group_hook(lab, command, CONF_HOOK_FAULT), 3000);
	assert_string_equal(lab_read_file(lab, "args.0"), "");
	text = lab_read_file(lab, "env");
	assert_line(text, "VRRP_TYPE=GROUP");
	assert_line(text, "VRRP_NAME=lan");
	assert_line(text, "VRRP_STATE=FAULT");
	assert_line(text, "VRRP_PREVIOUS_STATE=MASTER");
	assert_line(text, "VRRP_PRIORITY=0");
	assert_line(text, "VRRP_INTERFACE=");
	assert_line(text, "VRRP_VRID=");
	assert_line(text, "VRRP_ADDRESSES=192.0.2.10/24 198.51.100.10/24");
	assert_line(text, "VRRP_REASON=fault");
	assert_line(text, "VRRP_SKIPPED=");
	lab_stop(lab);
}

/* Fencing does not wait for a hook that hangs; it runs as it is written. */
static void
test_gate_waits_for_no_hook(void **state)
{
	struct lab *lab = *state;
	uint32_t slow = lab_add_command(
	    lab, "echo $$ >$out/slow; sleep 100", LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	uint32_t gate = lab_add_command(
	    lab, "echo $# $VRRP_STATE >$out/gate; exit 3", LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	struct msg_hook hook;

	lab_commit(lab);
	lab_run_hook(lab, slow, CONF_HOOK_ALL);
	lab_wait_number(lab, "slow");
	hook = lab_await_hook(lab, lab_run_hook(lab, gate, CONF_HOOK_GATE), 3000);
	assert_int_equal(hook.slot, CONF_HOOK_GATE);
	assert_int_equal(hook.exit_status, 3);
	assert_string_equal(lab_read_file(lab, "gate"), "0 MASTER\n");
	lab_stop(lab);
}

/*
 * A process in the state D ends at no signal, and its minder waits for it: for the checker that is a
 * minder that does not end, and a stopped one is just that.
 */
static void
test_what_hangs_holds_up_no_later_hook(void **state)
{
	struct lab *lab = *state;
	uint32_t hangs =
	    lab_add_command(lab, "echo $$ >$out/pid; exec sleep 100", 300, CONF_SANDBOX_STANDARD);
	uint32_t quick =
	    lab_add_command(lab, "echo $$ >$out/quick", LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	const struct msg_shutdown shutdown = {0};
	struct msg_empty empty;
	struct msg_hook hook;
	pid_t minder, script;
	char path[128];
	mono_t start;
	int64_t took;

	lab_commit(lab);
	hook.sequence = lab_run_hook(lab, hangs, CONF_HOOK_MASTER);
	script = lab_wait_number(lab, "pid");
	minder = lab_find_minder(lab);
	assert_int_equal(kill(minder, SIGSTOP), 0);
	hook = lab_await_hook(lab, hook.sequence, 2000);
	assert_true(hook.timed_out);
	start = clock_now();
	hook = lab_await_hook(lab, lab_run_hook(lab, quick, CONF_HOOK_MASTER), 5000);
	took = mono_since(clock_now(), start);
	assert_int_equal(hook.exit_status, 0);
	assert_in_range(took / NS_PER_MS, 2500, 4000);
	start = clock_now();
	hook = lab_await_hook(lab, lab_run_hook(lab, quick, CONF_HOOK_MASTER), 2000);
	assert_int_equal(hook.exit_status, 0);
	assert_true(mono_since(clock_now(), start) < NS_PER_S);
	assert_false(lab_is_gone(minder));

	start = clock_now();
	lab_send(lab->parent, PARENT_CHECKER_SHUTDOWN, &shutdown, sizeof(shutdown), -1);
	assert_true(lab_receive(lab->parent, CHECKER_PARENT_DONE, &empty, sizeof(empty), 3000));
	assert_true(mono_since(clock_now(), start) < NS_PER_S);
	assert_false(lab_is_gone(script));
	kill(minder, SIGCONT); /* it ends at last, and leaves nothing */
	LAB_WAIT_UNTIL(lab_is_gone(script), 3000);
	snprintf(path, sizeof(path), "%s/tmp", lab->dir);
	LAB_WAIT_UNTIL(lab_count_entries(path) == 0, 1000);
}

/* The run that was set aside is gone while the checker lives: nothing of it is left. */
static void
test_what_hung_is_cleaned_up(void **state)
{
	struct lab *lab = *state;
	uint32_t hangs =
	    lab_add_command(lab, "echo $$ >$out/pid; exec sleep 100", 300, CONF_SANDBOX_STANDARD);
	uint32_t quick = lab_add_command(lab, "exit 0", LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
	pid_t minder, script;

	lab_commit(lab);
	lab_run_hook(lab, hangs, CONF_HOOK_MASTER);
	script = lab_wait_number(lab, "pid");
	minder = lab_find_minder(lab);
	assert_int_equal(kill(minder, SIGSTOP), 0);
	lab_await_hook(lab, lab_run_hook(lab, quick, CONF_HOOK_MASTER), 6000);
	kill(minder, SIGCONT);
	LAB_WAIT_UNTIL(lab_is_gone(script) && lab_is_gone(minder), 3000);
	lab_stop(lab);
}

static void
test_hooks_of_a_target_run_in_order(void **state)
{
	struct lab *lab = *state;
	uint32_t slow = lab_add_command(
	    lab, "sleep 0.2; echo slow >>$out/order", LAB_NO_TIMEOUT, CONF_SANDBOX_STRICT);
	uint32_t fast =
	    lab_add_command(lab, "echo fast >>$out/order", LAB_NO_TIMEOUT, CONF_SANDBOX_STRICT);
	uint32_t last;

	lab_commit(lab);
	lab_run_hook(lab, slow, CONF_HOOK_MASTER);
	lab_run_hook(lab, 999, CONF_HOOK_MASTER); /* an id not known is ignored */
	lab_run_hook(lab, fast, CONF_HOOK_ALL);
	lab_run_hook(lab, slow, CONF_HOOK_MASTER);
	last = lab_run_hook(lab, fast, CONF_HOOK_ALL);
	assert_int_equal(lab_await_hook(lab, last, 3000).exit_status, 0);
	assert_string_equal(lab_read_file(lab, "order"), "slow\nfast\nslow\nfast\n");
	lab_stop(lab);
}

static void
test_script_cannot_reach_the_checker(void **state)
{
	struct lab *lab = *state;
	uint32_t command = lab_add_command(lab,
	    "minder=$PPID; checker=$(cut -d' ' -f4 /proc/$minder/stat)\n"
	    "for p in $minder $checker; do\n"
	    "  [ \"$p\" -gt 1 ] || exit 10; kill -0 $p 2>/dev/null && exit 11; kill -9 $p "
	    "2>/dev/null && exit 12\n"
	    "  cat /proc/$p/environ >/dev/null 2>&1 && exit 13; ls -l /proc/$p/fd/ >/dev/null 2>&1 "
	    "&& exit 14\n"
	    "  cat /proc/$p/mem >/dev/null 2>$out/err && exit 15; grep -q 'ermission' $out/err || "
	    "exit 16\n"
	    "done; exit 0",
	    LAB_NO_TIMEOUT, CONF_SANDBOX_OFF);

	lab_commit(lab);
	assert_int_equal(
	    lab_await_hook(lab, lab_run_hook(lab, command, CONF_HOOK_MASTER), 3000).exit_status, 0);
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_hook_may_start_a_daemon),
	    LAB_TEST(test_engine_gone_hook_goes_on),
	    LAB_TEST(test_hook_arguments_and_environment),
	    LAB_TEST(test_n01_group_arguments_and_environment),
	    LAB_TEST(test_gate_waits_for_no_hook),
	    LAB_TEST(test_what_hangs_holds_up_no_later_hook),
	    LAB_TEST(test_what_hung_is_cleaned_up),
	    LAB_TEST(test_hooks_of_a_target_run_in_order),
	    LAB_TEST(test_script_cannot_reach_the_checker),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("checker_hook", tests, NULL, NULL);
}
