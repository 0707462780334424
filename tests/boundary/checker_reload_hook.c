/*
 * Hooks while another configuration comes: each is run once, to its end, as it was asked for; and the end
 * of a checker that no configuration has any more.
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
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/boundary/checker_lab.h"

#define SOON_MS 3000
#define OTHER 8 /* an instance besides "web" */

#define HANGS "while ! [ -e $out/go ]; do sleep 0.01; done"

static void
touch(const struct lab *lab, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/out/%s", lab->dir, name);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static uint32_t
add_hook(struct lab *lab, const char *body)
{
	return lab_add_command(lab, body, LAB_NO_TIMEOUT, CONF_SANDBOX_STANDARD);
}

/* A set with nothing but a target of that name. */
static void
commit_target(struct lab *lab, const char *name)
{
	struct msg_empty replayed;

	lab_begin_set(lab);
	lab_add_target(lab, LAB_INSTANCE, name);
	lab_commit(lab);
	lab_lend_engine(lab); /* what is answered was committed before */
	assert_true(lab_receive(
	    lab->engine, CHECKER_ENGINE_REPLAYED, &replayed, sizeof(replayed), SOON_MS));
}

static struct msg_hook
must_be_done(struct lab *lab, uint32_t sequence)
{
	struct msg_hook hook = lab_await_hook(lab, sequence, SOON_MS);

	assert_int_equal(hook.phase, MSG_HOOK_DONE);
	return hook;
}

/* Nothing was said of those before, and nothing is. */
static void
refuse_hooks(struct lab *lab, int ms)
{
	struct msg_hook hook;

	assert_false(lab_receive(lab->engine, CHECKER_ENGINE_HOOK, &hook, sizeof(hook), ms));
}

/* ---- hooks ---- */

static void
test_asked_for_before_the_first_commit(void **state)
{
	struct lab *lab = *state;
	uint32_t command = add_hook(lab, "exit 4"), sequence;
	struct msg_empty replayed;

	assert_true(lab_receive(
	    lab->engine, CHECKER_ENGINE_REPLAYED, &replayed, sizeof(replayed), SOON_MS));
	sequence = lab_run_hook(lab, command, CONF_HOOK_ALL);
	lab_commit(lab);
	assert_int_equal(must_be_done(lab, sequence).exit_status, 4);
	lab_stop(lab);
}

/* One runs and one waits; neither command is configured any more when they have their turn. */
static void
test_run_once_to_their_end(void **state)
{
	struct lab *lab = *state;
	uint32_t first = add_hook(lab, "echo $$ >>$out/first; " HANGS "; exit 4"), sequence[2];
	uint32_t second = add_hook(lab, "echo $VRRP_NAME $2 >>$out/second; exit 5");

	lab_commit(lab);
	sequence[0] = lab_run_hook(lab, first, CONF_HOOK_ALL);
	sequence[1] = lab_run_hook(lab, second, CONF_HOOK_ALL);
	lab_wait_number(lab, "first");
	for (int i = 0; i < 3; i++)
		commit_target(lab, "mail");
	touch(lab, "go");
	assert_int_equal(must_be_done(lab, sequence[0]).exit_status, 4);
	assert_int_equal(must_be_done(lab, sequence[1]).exit_status, 5);
	refuse_hooks(lab, 300);
	assert_string_equal(lab_read_file(lab, "second"), "mail mail\n");
	assert_non_null(strchr(lab_read_file(lab, "first"), '\n'));
	assert_string_equal(strchr(lab_read_file(lab, "first"), '\n'), "\n");
	lab_stop(lab);
}

static void
test_command_of_the_set_before(void **state)
{
	struct lab *lab = *state;
	uint32_t old = add_hook(lab, "exit 4"), fresh, sequence;

	lab_commit(lab);
	commit_target(lab, "web");
	assert_int_equal(must_be_done(lab, lab_run_hook(lab, old, CONF_HOOK_ALL)).exit_status, 4);
	lab_begin_set(lab);
	lab_add_target(lab, LAB_INSTANCE, "web");
	fresh = add_hook(lab, "exit 5");
	lab_commit(lab);
	commit_target(lab, "web");
	lab_run_hook(lab, old, CONF_HOOK_ALL); /* nobody knows it any more */
	sequence = lab_run_hook(lab, fresh, CONF_HOOK_ALL);
	assert_int_equal(must_be_done(lab, sequence).exit_status, 5);
	assert_true(sequence == lab->sequence);
	lab_stop(lab);
}

/* It is told its last hooks, which run to their end; later ones are nobody's. */
static void
test_gone_target(void **state)
{
	struct lab *lab = *state;
	uint32_t command = add_hook(lab, "echo $$ >$out/pid; " HANGS "; exit 4"), other;

	lab_add_target(lab, OTHER, "other");
	lab_commit(lab);
	commit_target(lab, "web");
	other = lab_run_hook_of(lab, OTHER, command, CONF_HOOK_STOP);
	lab_wait_number(lab, "pid");
	lab_begin_set(lab);
	lab_add_target(lab, LAB_INSTANCE, "web");
	lab_repeat(lab, command);
	lab_commit(lab);
	lab_lend_engine(lab);
	assert_int_equal(lab_await_hook(lab, other, SOON_MS).phase, MSG_HOOK_RUNNING);
	lab_run_hook_of(lab, OTHER, command, CONF_HOOK_STOP);
	touch(lab, "go");
	assert_int_equal(must_be_done(lab, other).exit_status, 4);
	refuse_hooks(lab, 300);
	must_be_done(lab, lab_run_hook(lab, command, CONF_HOOK_STOP));
	lab_lend_engine(lab); /* with its last hook it is forgotten */
	must_be_done(lab, lab->sequence);
	refuse_hooks(lab, 100);
	lab_stop(lab);
}

/* It was gone for one set alone. */
static void
test_target_comes_back(void **state)
{
	struct lab *lab = *state;
	uint32_t command = add_hook(lab, "echo $VRRP_NAME >$out/name");

	lab_add_target(lab, OTHER, "other");
	lab_commit(lab);
	commit_target(lab, "web");
	for (int i = 0; i < 3; i++) {
		lab_begin_set(lab);
		lab_add_target(lab, OTHER, "back");
		lab_repeat(lab, command);
		lab_commit(lab);
	}
	lab_lend_engine(lab);
	must_be_done(lab, lab_run_hook_of(lab, OTHER, command, CONF_HOOK_STOP));
	assert_string_equal(lab_read_file(lab, "name"), "back\n");
	lab_stop(lab);
}

/* ---- no configuration has it any more ---- */

static void
drain(struct lab *lab)
{
	const struct msg_shutdown shutdown = {.when_idle = 1};

	lab_send(lab->parent, PARENT_CHECKER_SHUTDOWN, &shutdown, sizeof(shutdown), -1);
}

static void
must_end_well(struct lab *lab)
{
	struct msg_empty empty;
	int status;

	assert_true(lab_receive(lab->parent, CHECKER_PARENT_DONE, &empty, sizeof(empty), SOON_MS));
	assert_int_equal(waitpid(lab->checker, &status, 0), lab->checker);
	lab->checker = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
test_drained_with_nothing_to_do(void **state)
{
	struct lab *lab = *state;

	lab_commit(lab);
	drain(lab);
	must_end_well(lab);
}

static void
test_drained_before_the_first_commit(void **state)
{
	struct lab *lab = *state;

	drain(lab);
	must_end_well(lab);
}

/* Checks end, hooks do not; those asked for meanwhile are run too. */
static void
test_drained_of_hooks(void **state)
{
	struct lab *lab = *state;
	uint32_t command = add_hook(lab, "echo $$ >$out/hook; " HANGS "; exit 4"), sequence[3];
	struct msg_check check;
	struct msg_empty empty;
	pid_t pid;

	lab_add_check(lab, "echo $$ >$out/check; sleep 60", 30000, 30000);
	lab_commit(lab);
	sequence[0] = lab_run_hook(lab, command, CONF_HOOK_ALL);
	sequence[1] = lab_run_hook(lab, command, CONF_HOOK_ALL);
	pid = lab_wait_number(lab, "check");
	lab_wait_number(lab, "hook");
	drain(lab);
	LAB_WAIT_UNTIL(lab_is_gone(pid), SOON_MS);
	sequence[2] = lab_run_hook(lab, command, CONF_HOOK_ALL);
	assert_false(lab_receive(lab->parent, CHECKER_PARENT_DONE, &empty, sizeof(empty), 200));
	assert_false(lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 100));
	touch(lab, "go");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(must_be_done(lab, sequence[i]).exit_status, 4);
	must_end_well(lab);
}

/* Of what both have said the checker may hear in any order. */
static void
test_drained_with_a_hook_on_its_way(void **state)
{
	struct lab *lab = *state;
	uint32_t command = add_hook(lab, "exit 4"), sequence;

	lab_commit(lab);
	must_be_done(lab, lab_run_hook(lab, command, CONF_HOOK_ALL));
	LAB_WAIT_UNTIL(lab_find_minder(lab) == 0, SOON_MS);
	kill(lab->checker, SIGSTOP);
	drain(lab);
	sequence = lab_run_hook(lab, command, CONF_HOOK_ALL);
	kill(lab->checker, SIGCONT);
	assert_int_equal(must_be_done(lab, sequence).exit_status, 4);
	must_end_well(lab);
}

static void
test_drained_no_longer(void **state)
{
	struct lab *lab = *state;
	uint32_t command = add_hook(lab, "echo $$ >$out/pid; sleep 60");
	pid_t pid;

	lab_commit(lab);
	lab_run_hook(lab, command, CONF_HOOK_ALL);
	pid = lab_wait_number(lab, "pid");
	drain(lab);
	lab_stop(lab);
	assert_true(lab_is_gone(pid));
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_asked_for_before_the_first_commit),
	    LAB_TEST(test_run_once_to_their_end),
	    LAB_TEST(test_command_of_the_set_before),
	    LAB_TEST(test_gone_target),
	    LAB_TEST(test_target_comes_back),
	    LAB_TEST(test_drained_with_nothing_to_do),
	    LAB_TEST(test_drained_before_the_first_commit),
	    LAB_TEST(test_drained_of_hooks),
	    LAB_TEST(test_drained_with_a_hook_on_its_way),
	    LAB_TEST(test_drained_no_longer),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("checker_reload_hook", tests, NULL, NULL);
}
