/*
 * What a client of the control socket is told by the engine: operations and who may ask for them,
 * checks run by hand and what they would do, groups and hooks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/unit/engine_lab.h"

/* Two instances in a group that a check faults, a third it weighs for, and a check to be set. */
static struct lab *
begin(void)
{
	struct lab *lab = lab_begin();

	lab_group(lab, 9, "lan");
	lab_instance(lab, LAB_INSTANCE(1, "one", "eth0", 100, 10, .group = 9));
	lab_instance(lab, LAB_INSTANCE(2, "two", "eth1", 100, 10, .group = 9));
	lab_instance(lab, LAB_INSTANCE(3, "solo", "eth1", 100, 10));
	lab_addresses(lab, 3);
	lab_check(lab, 5, "apache", CONF_CHECK_FILE, 0, 0);
	lab_check(lab, 6, "bfd", CONF_CHECK_EXTERNAL, 0, geteuid() != 0 ? geteuid() : 77);
	lab_track(lab, &(struct conf_track){.group = 9, .check = 5});
	lab_track(lab, &(struct conf_track){.instance = 3, .check = 5, .weight = -30});
	lab_hook(lab, 1, 0, CONF_HOOK_ALL);
	lab_hook(lab, 0, 9, CONF_HOOK_ALL);
	lab_commit(lab);
	lab_result(lab, 5, VRRP_CHECK_UP, 0);
	lab_await_state(lab, "one", VRRP_MASTER);
	return lab;
}

static void
ask(struct lab *lab, int client, enum msg_operation operation, const char *name, bool up)
{
	struct msg_ctl_operate request = {.operation = operation, .up = up};
	struct msg_status status;

	strlcpy(request.name, name, sizeof(request.name));
	lab_tell(client, CTL_ENGINE_OPERATE, &request, sizeof(request));
	lab_hear(lab, client, ENGINE_CTL_STATUS, &status);
}

static void
await_end(struct lab *lab, int client, enum msg_ctl_result result)
{
	struct msg_ctl_end end;

	lab_hear(lab, client, ENGINE_CTL_END, &end);
	assert_int_equal(end.result, result);
}

static void
await_reason(struct lab *lab, int client, const char *words)
{
	struct msg_status_explanation line;

	lab_hear(lab, client, ENGINE_CTL_EXPLANATION, &line);
	if (strstr(line.text, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, line.text);
	await_end(lab, client, MSG_CTL_FAILED);
}

/* Root's operations, asked for by whoever runs this: the kernel's word counts. */
static void
test_operations(void **state)
{
	const enum msg_ctl_result mine = geteuid() == 0 ? MSG_CTL_OK : MSG_CTL_PERMISSION;
	struct lab *lab = begin();
	int client = lab_client(lab);

	(void)state;
	ask(lab, client, MSG_OPERATION_FAULT, "one", false);
	await_end(lab, client, mine);
	if (mine == MSG_CTL_OK)
		lab_await(lab, "advertise one 0");
	lab_await_state(lab, "one", mine == MSG_CTL_OK ? VRRP_FAULT : VRRP_MASTER);
	ask(lab, client, MSG_OPERATION_CLEAR, "one", false);
	await_end(lab, client, mine);
	assert_int_not_equal(lab_find(lab, "one")->vr.state, VRRP_FAULT);
	ask(lab, client, MSG_OPERATION_CHECK_SET, "bfd", true);
	await_end(lab, client, MSG_CTL_OK); /* it is the set-by user */
	assert_int_equal(lab->engine.check[1].last.state, VRRP_CHECK_UP);
	ask(lab, client, MSG_OPERATION_CHECK_SET, "apache", true);
	await_reason(lab, client, "not of kind external");
	ask(lab, client, MSG_OPERATION_CHECK_SET, "one", true);
	await_end(lab, client, MSG_CTL_NO_SUCH_OBJECT);
	ask(lab, client, MSG_OPERATION_EXPLAIN, "apache", false);
	await_end(lab, client, MSG_CTL_NO_SUCH_OBJECT);
	close(client);
	lab_end(lab);
}

/* Asks for a trial, as far as the checker's part. */
static void
begin_trial(struct lab *lab, int client)
{
	struct msg_status_check check;

	ask(lab, client, MSG_OPERATION_CHECK_RUN, "apache", false);
	lab_hear(lab, client, ENGINE_CTL_CHECK, &check);
	assert_string_equal(check.name, "apache");
	lab_await(lab, "trial apache");
}

static struct msg_check_ran
answer(const struct lab *lab, enum vrrp_check_state state)
{
	return (struct msg_check_ran){.token = lab->trial[lab->trials - 1].token,
	    .result = {.check = 5, .state = (uint8_t)state, .exit_status = -1}};
}

static void
test_a_trial(void **state)
{
	struct lab *lab;
	struct msg_check_ran ran;
	struct msg_status_ran result;
	struct msg_status_effect effect;
	int client;

	(void)state;
	if (geteuid() != 0)
		skip();
	lab = begin();
	client = lab_client(lab);
	begin_trial(lab, client);
	ran = answer(lab, VRRP_CHECK_DOWN);
	lab_trial_done(lab, &ran);
	lab_hear(lab, client, ENGINE_CTL_RAN, &result);
	assert_int_equal(result.result.state, VRRP_CHECK_DOWN);
	lab_hear(lab, client, ENGINE_CTL_EFFECT, &effect);
	assert_string_equal(effect.name, "one");
	assert_true(effect.fault_then && !effect.fault);
	assert_int_equal(effect.priority_then, 100);
	lab_hear(lab, client, ENGINE_CTL_EFFECT, &effect);
	assert_string_equal(effect.name, "two");
	assert_true(effect.fault_then);
	lab_hear(lab, client, ENGINE_CTL_EFFECT, &effect);
	assert_string_equal(effect.name, "solo");
	assert_false(effect.fault_then);
	assert_int_equal(effect.priority, 100);
	assert_int_equal(effect.priority_then, 70);
	await_end(lab, client, MSG_CTL_OK);
	assert_int_equal(lab->engine.check[0].last.state, VRRP_CHECK_UP);
	assert_int_equal(lab_find(lab, "one")->vr.state, VRRP_MASTER);
	ask(lab, client, MSG_OPERATION_CHECK_RUN, "bfd", false);
	await_reason(lab, client, "set, not run");
	ask(lab, client, MSG_OPERATION_CHECK_RUN, "none", false);
	await_end(lab, client, MSG_CTL_NO_SUCH_OBJECT);
	close(client);
	lab_end(lab);
}

static void
test_a_trial_whose_checker_dies(void **state)
{
	struct lab *lab;
	int client;

	(void)state;
	if (geteuid() != 0)
		skip();
	lab = begin();
	client = lab_client(lab);
	begin_trial(lab, client);
	lab_checker_dies(lab);
	await_reason(lab, client, "ended meanwhile");
	ask(lab, client, MSG_OPERATION_CHECK_RUN, "apache", false);
	await_reason(lab, client, "is away");
	lab_checker_comes(lab);
	lab_run(lab, 50);
	begin_trial(lab, client);
	close(client);
	lab_end(lab);
}

/* Who hung up is not missed; what is left of them is bounded, and ends with the answers. */
static void
test_many_trials(void **state)
{
	struct lab *lab;
	struct msg_check_ran ran;
	int client;

	(void)state;
	if (geteuid() != 0)
		skip();
	lab = begin();
	for (int i = 0; i < MSG_CHECK_RUNS_MAX; i++) {
		client = lab_client(lab);
		begin_trial(lab, client);
		close(client);
	}
	client = lab_client(lab);
	ask(lab, client, MSG_OPERATION_CHECK_RUN, "apache", false);
	await_reason(lab, client, "32 checks are being run");
	ran = answer(lab, VRRP_CHECK_DOWN);
	lab_trial_done(lab, &ran);
	lab_run(lab, 50);
	begin_trial(lab, client);
	lab_trial_done(lab, &ran); /* a token that is void: it broke protocol */
	await_reason(lab, client, "ended meanwhile");
	close(client);
	lab_end(lab);
}

static void
test_show_of_a_group(void **state)
{
	struct msg_ctl_show show = {.what = MSG_SHOW_INSTANCE, .name = "two"};
	struct lab *lab = begin();
	int client = lab_client(lab);
	union {
		struct msg_status_instance instance;
		struct msg_status_track track;
		struct msg_status_group group;
		struct msg_status_member member;
		struct msg_status_hook hook;
		char space[MSG_SIZE_MAX];
	} m;

	(void)state;
	lab_tell(client, CTL_ENGINE_SHOW, &show, sizeof(show));
	lab_hear(lab, client, ENGINE_CTL_STATUS, &m);
	lab_hear(lab, client, ENGINE_CTL_INSTANCE, &m);
	assert_int_equal(m.instance.group, 9);
	lab_hear(lab, client, ENGINE_CTL_ADDRESS, &m);
	lab_hear(lab, client, ENGINE_CTL_TRACK, &m);
	assert_int_equal(m.track.check, 5); /* its group's */
	assert_int_equal(m.track.weight, 0);
	for (int i = 0; i < 3; i++) /* init to backup to master */
		if (lab_find(lab, "two")->history_count > (size_t)i)
			lab_hear(lab, client, ENGINE_CTL_TRANSITION, &m);
	lab_hear(lab, client, ENGINE_CTL_CHECK, &m);
	lab_hear(lab, client, ENGINE_CTL_GROUP, &m);
	assert_string_equal(m.group.name, "lan");
	assert_int_equal(m.group.state, VRRP_MASTER);
	lab_hear(lab, client, ENGINE_CTL_MEMBER, &m);
	assert_string_equal(m.member.name, "one");
	lab_hear(lab, client, ENGINE_CTL_MEMBER, &m);
	assert_string_equal(m.member.name, "two");
	lab_hear(lab, client, ENGINE_CTL_HOOK, &m); /* two has none */
	assert_int_equal(m.hook.last.group, 9);
	await_end(lab, client, MSG_CTL_OK);
	close(client);
	lab_end(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_operations),
	    cmocka_unit_test(test_a_trial),
	    cmocka_unit_test(test_a_trial_whose_checker_dies),
	    cmocka_unit_test(test_many_trials),
	    cmocka_unit_test(test_show_of_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
