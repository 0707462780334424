/*
 * before-master, and how the engine explains itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/engine_lab.h"
#include "vrrpd/engine/operate.h"

static struct lab *
begin_gated(enum conf_on_failure on_failure)
{
	struct lab *lab = lab_begin();

	lab_instance(
	    lab, LAB_INSTANCE(1, "web", "eth0", 100, 10, .on_failure = (uint8_t)on_failure));
	lab_addresses(lab, 1);
	return lab;
}

/* ---- gates ---- */

static void
test_nothing_before_the_gate_passed(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_STAY);

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_run(lab, 50);
	lab_refuse(lab, "advertise web 100");
	lab_refuse(lab, "acquire web");
	lab_hook_done(lab, 0);
	lab_await(lab, "advertise web 100");
	lab_await(lab, "acquire web");
	lab_end(lab);
}

static void
test_stay_tries_again(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_STAY);

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_hook_done(lab, 3);
	lab_run(lab, 20);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_BACKUP);
	assert_int_equal(lab_find(lab, "web")->vr.reason, VRRP_REASON_GATE);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_refuse(lab, "advertise web 100");
	lab_hook_done(lab, 0);
	lab_await(lab, "advertise web 100");
	lab_end(lab);
}

static void
test_proceed_goes_on(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_PROCEED);

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_hook_done(lab, 3);
	lab_await(lab, "advertise web 100");
	lab_end(lab);
}

/* A hook that hangs delays no takeover. */
static void
test_a_gate_waits_for_no_hook(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_STAY);
	struct msg_run_hook hanging;

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_ALL);
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook web BACKUP all startup");
	lab_await(lab, "hook web MASTER gate master-down-timer");
	hanging = lab->hook[0];
	lab->hook[0] = lab->hook[1];
	lab->hook[1] = hanging;
	lab_hook_done(lab, 0);
	lab_await(lab, "advertise web 100");
	lab_refuse(lab, "hook web MASTER all master-down-timer");
	lab_hook_done(lab, 0);
	lab_await(lab, "hook web MASTER all master-down-timer");
	lab_end(lab);
}

static void
test_a_better_master_while_it_runs(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_STAY);

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_advert(lab, 0, 1, 200, 2);
	lab_run(lab, 10);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_hook_done(lab, 0); /* the first one ends now: it decides nothing */
	lab_run(lab, 50);
	lab_refuse(lab, "advertise web 100");
	lab_hook_done(lab, 0);
	lab_await(lab, "advertise web 100");
	lab_end(lab);
}

static void
test_c04_a_checker_that_dies_runs_it_again(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_STAY);

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_checker_dies(lab);
	lab_run(lab, 50);
	lab_refuse(lab, "advertise web 100");
	lab_checker_comes(lab);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	lab_hook_done(lab, 0);
	lab_await(lab, "advertise web 100");
	lab_end(lab);
}

/* What a checker remembers of an earlier engine's gate does not open this one's. */
static void
test_c01_an_earlier_gate_opens_nothing(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_STAY);
	struct instance *web;

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook web MASTER gate master-down-timer");
	web = lab_find(lab, "web");
	lab->hook[0].sequence += 7;
	lab_hook_done(lab, 0);
	lab_run(lab, 50);
	lab_refuse(lab, "advertise web 100");
	assert_int_equal(web->vr.wish, VR_GATING);
	lab_end(lab);
}

static void
test_gates_of_a_group(void **state)
{
	struct lab *lab = lab_begin();

	(void)state;
	lab_group(lab, 9, "lan");
	lab_instance(lab, LAB_INSTANCE(1, "one", "eth0", 100, 10, .group = 9));
	lab_instance(lab, LAB_INSTANCE(2, "two", "eth1", 100, 10, .group = 9));
	lab_addresses(lab, 2);
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_hook(lab, 2, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	lab_await(lab, "hook one MASTER gate master-down-timer");
	lab_await(lab, "hook two MASTER gate master-down-timer");
	lab_hook_done(lab, 0);
	lab_run(lab, 30);
	lab_refuse(lab, "advertise one 100");
	lab_hook_done(lab, 0);
	lab_await(lab, "advertise one 100");
	lab_await(lab, "acquire two");
	lab_end(lab);
}

/* ---- explain ---- */

struct lines {
	char text[4096]; /* a line each; what blocks begins with '!' */
};

static void
take_line(void *ctx, bool blocks, const char *text)
{
	struct lines *lines = ctx;
	size_t used = strlen(lines->text);

	snprintf(
	    lines->text + used, sizeof(lines->text) - used, "%s%s\n", blocks ? "! " : "  ", text);
}

static const char *
explain(struct lab *lab, const char *name)
{
	static struct lines lines;

	lines.text[0] = '\0';
	assert_int_equal(operate_explain(&lab->engine, name, take_line, &lines), MSG_CTL_OK);
	return lines.text;
}

static void
assert_explains(struct lab *lab, const char *name, const char *part)
{
	const char *text = explain(lab, name);

	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void
test_explain(void **state)
{
	struct lab *lab = begin_gated(CONF_ON_FAILURE_STAY);

	(void)state;
	lab_check(lab, 5, "bfd", CONF_CHECK_EXTERNAL, 0, UINT32_MAX);
	lab_check(lab, 6, "load", CONF_CHECK_EXTERNAL, 0, UINT32_MAX);
	lab_track(lab, &(struct conf_track){.instance = 1, .check = 5});
	lab_track(lab, &(struct conf_track){.instance = 1, .check = 6, .weight = -30});
	lab_hook(lab, 1, 0, CONF_HOOK_GATE);
	lab_commit(lab);
	assert_int_equal(
	    operate_explain(&lab->engine, "none", take_line, NULL), MSG_CTL_NO_SUCH_OBJECT);
	assert_explains(lab, "web", "  web: init (startup)\n");
	assert_explains(lab, "web", "! check bfd: unknown: its first result is waited for\n");
	operate_set_check(&lab->engine, "bfd", false, 0);
	assert_explains(lab, "web", "  web: fault (fault)\n");
	assert_explains(lab, "web", "! check bfd: down: a cause of fault\n");
	assert_explains(lab, "web", "! when the last cause has gone");
	operate_set_check(&lab->engine, "bfd", true, 0);
	operate_set_check(&lab->engine, "load", false, 0);
	assert_explains(lab, "web", "  check bfd: up\n");
	assert_explains(lab, "web", "  check load: down: priority -30\n");
	assert_explains(lab, "web", "  priority 70, configured 100\n");
	lab_advert(lab, 0, 1, 200, 2);
	lab_run(lab, 10);
	assert_explains(lab, "web", "! 192.0.2.2 is master with priority 200: it must resign");
	assert_explains(lab, "web", "! the master down timer runs out in");
	lab_await(lab, "hook web MASTER gate master-down-timer");
	assert_explains(lab, "web", "! before-master runs, and must succeed\n");
	lab_hook_done(lab, 1);
	lab_run(lab, 10);
	assert_explains(lab, "web", "! before-master failed; it is tried again\n");
	operate_fault(&lab->engine, "web", 60 * NS_PER_S, 0);
	assert_explains(lab, "web", "! operator: yes: a cause of fault\n");
	assert_explains(lab, "web", "  the operator's fault ends in 59");
	lab_end(lab);
}

static void
test_explain_a_group(void **state)
{
	struct lab *lab = lab_begin();

	(void)state;
	lab_group(lab, 9, "lan");
	lab_instance(lab, LAB_INSTANCE(1, "one", "eth0", 100, 10, .group = 9));
	lab_instance(lab, LAB_INSTANCE(2, "two", "eth1", 100, 10, .group = 9));
	lab_addresses(lab, 2);
	lab_commit(lab);
	for (int i = 0; lab_find(lab, "one")->vr.wish == VR_LISTENING; i++) {
		if (i % 8 == 0)
			lab_advert(lab, 1, 2, 200, 2);
		lab_run(lab, 10);
	}
	assert_explains(lab, "one", "  the master down timer ran out\n");
	assert_explains(lab, "one", "! group lan: two is not ready\n");
	lab_link(lab, "eth1", false);
	lab_await_state(lab, "one", VRRP_FAULT);
	assert_explains(lab, "one", "! group lan: yes: a cause of fault\n");
	lab_end(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_before_the_gate_passed),
	    cmocka_unit_test(test_stay_tries_again),
	    cmocka_unit_test(test_proceed_goes_on),
	    cmocka_unit_test(test_a_gate_waits_for_no_hook),
	    cmocka_unit_test(test_a_better_master_while_it_runs),
	    cmocka_unit_test(test_c04_a_checker_that_dies_runs_it_again),
	    cmocka_unit_test(test_c01_an_earlier_gate_opens_nothing),
	    cmocka_unit_test(test_gates_of_a_group),
	    cmocka_unit_test(test_explain),
	    cmocka_unit_test(test_explain_a_group),
	};

	return cmocka_run_group_tests_name("engine gate", tests, NULL, NULL);
}
