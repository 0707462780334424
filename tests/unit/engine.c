/*
 * The engine as its parent and its checkers see it: groups, weights, interfaces, handovers, pauses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/clock.h"
#include "tests/unit/engine_lab.h"
#include "vrrpd/engine/operate.h"

/* Two instances in a group, on two interfaces, with hooks of both kinds. */
static struct lab *
begin_group(enum conf_handover handover)
{
	struct lab *lab = lab_begin();

	lab_group(lab, 9, "lan");
	lab_instance(lab,
	    LAB_INSTANCE(1, "one", "eth0", 100, 10, .group = 9, .handover = (uint8_t)handover));
	lab_instance(lab,
	    LAB_INSTANCE(2, "two", "eth1", 100, 10, .group = 9, .handover = (uint8_t)handover));
	lab_addresses(lab, 2);
	lab_hook(lab, 1, 0, CONF_HOOK_ALL);
	lab_hook(lab, 2, 0, CONF_HOOK_ALL);
	lab_hook(lab, 0, 9, CONF_HOOK_MASTER);
	lab_hook(lab, 0, 9, CONF_HOOK_ALL);
	return lab;
}

/* An instance by itself on eth0. */
static struct lab *
begin_one(enum conf_handover handover)
{
	struct lab *lab = lab_begin();

	lab_instance(lab, LAB_INSTANCE(1, "web", "eth0", 100, 10, .handover = (uint8_t)handover));
	lab_addresses(lab, 1);
	return lab;
}

/* Takes the hooks of both and of the group, in the order they come. */
static void
take_hooks(struct lab *lab, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		while (lab->hooks == 0)
			lab_run(lab, 1);
		lab_hook_done(lab, 0);
	}
}

static void
test_g01_members_wait_for_each_other(void **state)
{
	struct lab *lab = begin_group(CONF_HANDOVER_IMMEDIATE);

	(void)state;
	lab_commit(lab);
	for (int i = 0; i < 8;
	     i++) { /* the first one's timer runs out, the second one's does not */
		lab_advert(lab, 1, 2, 200, 2);
		lab_run(lab, 80);
	}
	lab_refuse(lab, "advertise one 100");
	assert_int_equal(lab_find(lab, "one")->vr.wish, VR_READY);
	lab_await(lab, "advertise one 100");
	lab_await_state(lab, "two", VRRP_MASTER);
	assert_int_equal(lab_find(lab, "one")->vr.state, VRRP_MASTER);
	lab_end(lab);
}

static void
test_g04_n02_hooks_of_members_before_the_group(void **state)
{
	struct lab *lab = begin_group(CONF_HANDOVER_IMMEDIATE);

	(void)state;
	lab_commit(lab);
	lab_await(lab, "hook one BACKUP all startup");
	lab_await(lab, "hook two BACKUP all startup");
	lab_hook_done(lab, 0);
	lab_run(lab, 30);
	lab_refuse(lab, "hook lan BACKUP all startup");
	lab_hook_done(lab, 0);
	lab_await(lab, "hook lan BACKUP all startup");
	assert_int_equal(lab->hook[0].instance, 0);
	assert_int_equal(lab->hook[0].group, 9);
	lab_hook_done(lab, 0);
	lab_await(lab, "hook one MASTER all master-down-timer");
	lab_await(lab, "hook two MASTER all master-down-timer");
	take_hooks(lab, 2);
	lab_await(lab, "hook lan MASTER state master-down-timer");
	assert_int_equal(lab->hook[0].priority, 0);
	assert_int_equal(lab->hook[0].previous, VRRP_BACKUP);
	lab_hook_done(lab, 0);
	lab_await(lab, "hook lan MASTER all master-down-timer");
	lab_end(lab);
}

static void
test_g02_a_fault_of_one(void **state)
{
	struct lab *lab = begin_group(CONF_HANDOVER_MAKE_BEFORE_BREAK);
	struct instance *one;
	char cause[96];

	(void)state;
	lab_commit(lab);
	lab_await_state(lab, "two", VRRP_MASTER);
	take_hooks(lab, 5); /* BACKUP of both and the group, MASTER of both */
	lab_link(lab, "eth1", false);
	lab_await(lab, "advertise one 0");
	lab_await(lab, "advertise two 0");
	lab_await(lab, "release one");
	lab_await(lab, "release two");
	one = lab_find(lab, "one");
	assert_int_equal(one->vr.state, VRRP_FAULT);
	assert_int_equal(one->vr.reason, VRRP_REASON_GROUP);
	assert_true(track_is_cause(&one->track[INSTANCE_TRACK_GROUP]));
	status_format_cause(
	    &lab->engine, one, &one->track[INSTANCE_TRACK_GROUP], cause, sizeof(cause));
	assert_string_equal(cause, "group lan");
	assert_false(track_is_cause(&lab_find(lab, "two")->track[INSTANCE_TRACK_GROUP]));
	lab_link(lab, "eth1", true);
	lab_await_state(lab, "one", VRRP_BACKUP);
	assert_false(track_is_cause(&one->track[INSTANCE_TRACK_GROUP]));
	lab_end(lab);
}

static void
test_c01_a_group_resumes_as_a_whole(void **state)
{
	static const enum vrrp_state becomes[] = {VRRP_BACKUP, VRRP_MASTER, VRRP_BACKUP};

	(void)state;
	for (uint32_t resumed = 1; resumed <= 2; resumed++) {
		struct lab *lab = begin_group(CONF_HANDOVER_IMMEDIATE);

		for (uint32_t i = 1; i <= resumed; i++)
			lab_resume(lab, i, 50 * NS_PER_MS);
		lab_commit(lab);
		assert_int_equal(lab_find(lab, "one")->vr.state, becomes[resumed - 1]);
		assert_int_equal(lab_find(lab, "two")->vr.state, becomes[resumed - 1]);
		lab_end(lab);
	}
}

/* ---- inputs ---- */

static void
test_s03_f09_weights(void **state)
{
	struct lab *lab = lab_begin();

	(void)state;
	lab_group(lab, 9, "lan");
	lab_instance(lab, LAB_INSTANCE(1, "one", "eth0", 100, 10, .group = 9));
	lab_instance(lab, LAB_INSTANCE(2, "two", "eth1", 150, 10, .group = 9));
	lab_addresses(lab, 2);
	lab_check(lab, 5, "load", CONF_CHECK_FILE, 0, 0);
	lab_track(lab, &(struct conf_track){.group = 9, .check = 5, .weight = -2, .by_value = 1});
	lab_track(lab, &(struct conf_track){.group = 9, .interface = "eth7", .weight = 20});
	lab_commit(lab);
	lab_await(lab, "advertise one 100"); /* unknown is nothing */
	lab_await(lab, "advertise two 150");
	lab_link(lab, "eth7", true);
	lab_await(lab, "advertise one 120");
	lab_await(lab, "advertise two 170");
	lab_result(lab, 5, VRRP_CHECK_UP, 10);
	lab_await(lab, "advertise one 100");
	lab_await(lab, "advertise two 150");
	lab_result(lab, 5, VRRP_CHECK_UP, 200); /* another number in the same state */
	lab_await(lab, "advertise one 1");
	lab_await(lab, "advertise two 1");
	assert_int_equal(lab_find(lab, "one")->vr.state, VRRP_MASTER);
	lab_end(lab);
}

/* ---- what others say that were taken over ---- */

/* The parent did not read it. */
static void
test_c01_what_an_engine_left(void **state)
{
	const struct msg_keep kept[] = {{.check = 5, .flags = MSG_KEEP_DOWN, .at_ns = INT64_MAX},
	    {.check = 6, .flags = 99, .at_ns = INT64_MIN},
	    {.instance = 1, .check = 6, .flags = MSG_KEEP_DOWN},
	    {.instance = 2, .flags = MSG_KEEP_UP}, {.instance = 99, .flags = MSG_KEEP_FAULT},
	    {.instance = 1, .flags = MSG_KEEP_FAULT, .at_ns = INT64_MAX}};
	struct lab *lab = lab_begin();

	(void)state;
	lab_instance(lab, LAB_INSTANCE(1, "one", "eth0", 100, 10, .group = 0));
	lab_instance(lab, LAB_INSTANCE(2, "two", "eth1", 100, 10, .group = 0));
	lab_addresses(lab, 2);
	lab_check(lab, 5, "probe", CONF_CHECK_FILE, 0, 0);
	lab_check(lab, 6, "set", CONF_CHECK_EXTERNAL, 0, 77);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		lab_kept(lab, &kept[i]);
	lab_commit(lab);
	lab_await_state(lab, "two", VRRP_MASTER);
	assert_int_equal(lab_find(lab, "one")->vr.state, VRRP_FAULT);
	assert_int_equal(lab->engine.check[0].last.state, VRRP_CHECK_UNKNOWN);
	lab_end(lab);
}

static void
await_check(struct lab *lab, size_t check, enum vrrp_check_state state)
{
	const mono_t end = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS);

	while (lab->engine.check[check].last.state != state) {
		assert_false(mono_reached(end, clock_now()));
		lab_run(lab, 1);
	}
}

/* What was set before the crash ends when it would have by the present configuration, whenever that was. */
static void
test_what_was_set_has_its_time(void **state)
{
	const int64_t now = clock_now().ns, soon = now + LAB_WAIT_MS / 4 * NS_PER_MS;
	const int64_t time = LAB_WAIT_MS * 10 * NS_PER_MS;
	const struct msg_keep kept[] = {{.check = 5, .flags = MSG_KEEP_UP, .at_ns = soon - time},
	    {.check = 6, .flags = MSG_KEEP_UP, .at_ns = now - time - 1},
	    {.check = 7, .flags = MSG_KEEP_UP, .at_ns = INT64_MAX},
	    {.check = 8, .flags = MSG_KEEP_UP, .at_ns = now - 1},
	    {.instance = 1, .flags = MSG_KEEP_FAULT, .at_ns = soon},
	    {.instance = 2, .flags = MSG_KEEP_FAULT, .at_ns = now - 1}};
	struct lab *lab = lab_begin();

	(void)state;
	lab_instance(lab, LAB_INSTANCE(1, "one", "eth0", 100, 10, .group = 0));
	lab_instance(lab, LAB_INSTANCE(2, "two", "eth1", 100, 10, .group = 0));
	lab_instance(lab, LAB_INSTANCE(3, "three", "eth1", 100, 10, .group = 0));
	lab_addresses(lab, 3);
	lab_check(lab, 5, "as-set", CONF_CHECK_EXTERNAL, LAB_WAIT_MS * 10, 77);
	lab_check(lab, 6, "over", CONF_CHECK_EXTERNAL, LAB_WAIT_MS * 10, 77);
	lab_check(lab, 7, "as-written", CONF_CHECK_EXTERNAL, 300, 77);
	lab_check(
	    lab, 8, "for-ever", CONF_CHECK_EXTERNAL, 0, 77); /* it had a time before a reload */
	lab_track(lab, &(struct conf_track){.instance = 3, .check = 6});
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		lab_kept(lab, &kept[i]);
	lab_commit(lab);
	assert_int_equal(lab_find(lab, "one")->vr.state, VRRP_FAULT);
	assert_int_equal(lab_find(lab, "two")->history[0].to, VRRP_BACKUP);  /* never in fault */
	assert_int_equal(lab_find(lab, "three")->history[0].to, VRRP_FAULT); /* nor out of it */
	assert_int_equal(lab->engine.check[1].last.timed_out, 1);
	await_check(lab, 2, VRRP_CHECK_DOWN);
	if (clock_now().ns < soon) {
		assert_int_equal(lab->engine.check[0].last.state, VRRP_CHECK_UP);
		assert_int_equal(lab_find(lab, "one")->vr.state, VRRP_FAULT);
	}
	await_check(lab, 0, VRRP_CHECK_DOWN);
	lab_await_state(lab, "one", VRRP_MASTER);
	assert_true(clock_now().ns >= soon);
	assert_int_equal(lab->engine.check[3].last.state, VRRP_CHECK_UP);
	lab_end(lab);
}

/* It is not listened to any more, and what it said did not count. */
static void
check_lie(uint16_t type, const void *payload, size_t size)
{
	struct lab *lab = lab_begin();
	const mono_t end = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS);

	lab_instance(lab, LAB_INSTANCE(1, "web", "eth0", 100, 10, .group = 0));
	lab_addresses(lab, 1);
	lab_check(lab, 5, "probe", CONF_CHECK_FILE, 0, 0);
	lab_track(lab, &(struct conf_track){.instance = 1, .check = 5});
	lab_commit(lab);
	lab_checker_says(lab, type, payload, size);
	while (lab->engine.checker[0]->channel != NULL && !mono_reached(end, clock_now()))
		lab_run(lab, 1);
	assert_null(lab->engine.checker[0]->channel);
	assert_int_equal(lab->engine.check[0].last.state, VRRP_CHECK_UNKNOWN);
	assert_int_equal(lab->engine.check[0].last.runs, 0);
	lab_end(lab);
}

static void
check_lie_of_a_check(struct msg_check message)
{
	message.settled = 1;
	message.runs = 1;
	check_lie(CHECKER_ENGINE_CHECK, &message, sizeof(message));
}

static void
test_a_checker_that_lies(void **state)
{
	const int64_t hour_ns = 3600 * NS_PER_S;
	const struct msg_hook hook = {.instance = 1, .phase = MSG_HOOK_DONE, .duration_us = -1};
	const struct msg_check_ran ran = {.token = 7, .result = {.check = 5}};
	const struct msg_empty replayed = {0};

	(void)state;
	check_lie_of_a_check((struct msg_check){.check = 6, .state = VRRP_CHECK_UP});
	check_lie_of_a_check((struct msg_check){.check = 0, .state = VRRP_CHECK_UP});
	check_lie_of_a_check((struct msg_check){.check = 5, .state = VRRP_CHECK_COUNT});
	check_lie_of_a_check(
	    (struct msg_check){.check = 5, .state = VRRP_CHECK_UP, .since_ns = INT64_MIN});
	check_lie_of_a_check((struct msg_check){
	    .check = 5, .state = VRRP_CHECK_UP, .since_ns = clock_now().ns + hour_ns});
	check_lie_of_a_check(
	    (struct msg_check){.check = 5, .state = VRRP_CHECK_UP, .last_run_ns = -1});
	check_lie_of_a_check(
	    (struct msg_check){.check = 5, .state = VRRP_CHECK_UP, .last_run_ns = INT64_MAX});
	check_lie_of_a_check(
	    (struct msg_check){.check = 5, .state = VRRP_CHECK_UP, .duration_us = -1});
	check_lie(CHECKER_ENGINE_HOOK, &hook, sizeof(hook));
	check_lie(CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran));          /* nobody asked */
	check_lie(CHECKER_ENGINE_REPLAYED, &replayed, sizeof(replayed)); /* once more */
}

static void
test_f01_f08_a_tracked_interface(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_MAKE_BEFORE_BREAK);
	struct instance *web;
	char cause[96];

	(void)state;
	lab_track(lab, &(struct conf_track){.instance = 1, .interface = "eth7"});
	lab_hook(lab, 1, 0, CONF_HOOK_ALL);
	lab_commit(lab);
	web = lab_find(lab, "web");
	assert_int_equal(web->vr.state, VRRP_FAULT);
	lab_await(lab, "hook web FAULT all fault");
	lab_refuse(lab, "hook web BACKUP all startup");
	status_format_cause(
	    &lab->engine, web, &web->track[INSTANCE_TRACK_CONFIGURED], cause, sizeof(cause));
	assert_string_equal(cause, "interface eth7");
	lab_link(lab, "eth7", true);
	lab_await_state(lab, "web", VRRP_MASTER);
	lab_link(lab, "eth7", false);
	lab_await(lab, "advertise web 0");
	lab_await(lab, "release web");
	assert_int_equal(web->vr.state, VRRP_FAULT);
	lab_end(lab);
}

static void
test_external_checks(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_IMMEDIATE);
	struct engine *engine = &lab->engine;

	(void)state;
	lab_check(lab, 5, "bfd", CONF_CHECK_EXTERNAL, 300, 77);
	lab_check(lab, 6, "file", CONF_CHECK_FILE, 0, 0);
	lab_track(lab, &(struct conf_track){.instance = 1, .check = 5});
	lab_commit(lab);
	lab_run(lab, 50);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_INIT);
	assert_int_equal(operate_set_check(engine, "none", true, 0), MSG_CTL_NO_SUCH_OBJECT);
	assert_int_equal(operate_set_check(engine, "file", true, 0), MSG_CTL_FAILED);
	assert_int_equal(operate_set_check(engine, "bfd", true, 78), MSG_CTL_PERMISSION);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_INIT);
	assert_int_equal(operate_set_check(engine, "bfd", true, 77), MSG_CTL_OK);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_BACKUP);
	for (int i = 0; i < 6; i++) { /* set again in time */
		lab_run(lab, 100);
		assert_int_equal(operate_set_check(engine, "bfd", true, 0), MSG_CTL_OK);
	}
	engine_end_turn(engine);
	lab_await(lab, "advertise web 100");
	lab_await(lab, "advertise web 0"); /* and then not any more */
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_FAULT);
	assert_int_equal(operate_set_check(engine, "bfd", true, 0), MSG_CTL_OK);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_BACKUP);
	assert_int_equal(operate_set_check(engine, "bfd", false, 0), MSG_CTL_OK);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_FAULT);
	lab_end(lab);
}

/* ---- the operator, stops, yielding ---- */

static void
test_the_operators_fault(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_MAKE_BEFORE_BREAK);
	struct engine *engine = &lab->engine;

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_FAULT);
	lab_commit(lab);
	lab_await_state(lab, "web", VRRP_MASTER);
	assert_int_equal(operate_fault(engine, "none", 0, 0), MSG_CTL_NO_SUCH_OBJECT);
	assert_int_equal(operate_fault(engine, "web", 0, 1000), MSG_CTL_PERMISSION);
	assert_int_equal(operate_clear(engine, "web", 1000), MSG_CTL_PERMISSION);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_MASTER);
	assert_int_equal(operate_fault(engine, "web", NS_PER_S / 2, 0), MSG_CTL_OK);
	engine_end_turn(engine);
	lab_await(lab, "advertise web 0");
	assert_int_equal(lab_find(lab, "web")->vr.reason, VRRP_REASON_HANDOVER);
	lab_refuse(lab, "release web");
	lab_await(lab, "release web");
	lab_await(lab, "hook web FAULT state operator");
	lab_await_state(lab, "web", VRRP_BACKUP); /* it ends by itself */
	assert_int_equal(operate_fault(engine, "web", 0, 0), MSG_CTL_OK);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_FAULT);
	lab_run(lab, 700);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_FAULT);
	assert_int_equal(operate_clear(engine, "web", 0), MSG_CTL_OK);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_BACKUP);
	assert_int_equal(operate_clear(engine, "web", 0), MSG_CTL_OK);
	lab_end(lab);
}

static void
test_n05_a_stop_holds_then_runs_its_hook(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_MAKE_BEFORE_BREAK);

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_STOP);
	lab_commit(lab);
	lab_await_state(lab, "web", VRRP_MASTER);
	lab_shutdown(lab, false);
	lab_await(lab, "advertise web 0");
	lab_run(lab, 20);
	lab_refuse(lab, "release web");
	lab_refuse(lab, "hook web STOP state shutdown");
	lab_advert(lab, 0, 1, 100, 2); /* the successor */
	lab_await(lab, "release web");
	lab_await(lab, "hook web STOP state shutdown");
	lab_refuse(lab, "done");
	lab_hook_done(lab, 0);
	lab_await(lab, "done");
	lab_end(lab);
}

static void
test_n05_a_second_stop_waits_for_nobody(void **state)
{
	struct lab *lab = lab_begin();
	struct timespec from, to;

	(void)state;
	lab_instance(lab, LAB_INSTANCE(1, "web", "eth0", 100, 100, .group = 0));
	lab_addresses(lab, 1);
	lab_resume(lab, 1, 0);
	lab_commit(lab);
	lab_await_state(lab, "web", VRRP_MASTER);
	clock_gettime(CLOCK_MONOTONIC, &from);
	lab_shutdown(lab, false);
	lab_await(lab, "advertise web 0");
	lab_run(lab, 50);
	lab_refuse(lab, "release web");
	lab_shutdown(lab, true);
	lab_await(lab, "release web");
	lab_await(lab, "done");
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 <
		    900); /* an interval of 1 s was not waited for */
	lab_end(lab);
}

static void
test_p01_hooks_wait_for_what_is_yielded(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_MAKE_BEFORE_BREAK);

	(void)state;
	lab_hook(lab, 1, 0, CONF_HOOK_BACKUP);
	lab_commit(lab);
	lab_await(lab, "hook web BACKUP state startup");
	lab_hook_done(lab, 0);
	lab_await_state(lab, "web", VRRP_MASTER);
	lab_advert(lab, 0, 1, 200, 2);
	lab_await_state(lab, "web", VRRP_BACKUP);
	lab_refuse(lab, "release web");
	lab_refuse(lab, "hook web BACKUP state higher-priority");
	lab_await(lab, "release web");
	lab_await(lab, "hook web BACKUP state higher-priority");
	lab_refuse(lab, "advertise web 0");
	lab_end(lab);
}

/* ---- pauses ---- */

/* As if the process had been stopped: time goes on, the sockets fill. */
static void
pause_for(int ms)
{
	const struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static unsigned
count_lines(const struct lab *lab, const char *line)
{
	unsigned n = 0;

	for (size_t i = lab->seen; i < lab->lines; i++)
		n += strcmp(lab->line[i], line) == 0;
	return n;
}

static void
test_a_pause_makes_no_burst(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_IMMEDIATE);

	(void)state;
	lab_commit(lab);
	lab_await_state(lab, "web", VRRP_MASTER);
	lab_await(lab, "acquire web");
	for (int i = 0; i < 20; i++)
		lab_advert(lab, 0, 1, 50, 2); /* somebody took over meanwhile */
	pause_for(550);
	lab->seen = lab->lines;
	engine_turn(&lab->engine, EVLOOP_NONBLOCK);
	lab_run(lab, 5);
	assert_int_equal(count_lines(lab, "advertise web 100"), 1);
	assert_int_equal(count_lines(lab, "announce web"), 1);
	lab_end(lab);
}

static void
test_after_a_pause_a_better_master_is_heard_first(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_IMMEDIATE);
	size_t before;

	(void)state;
	lab_commit(lab);
	lab_await_state(lab, "web", VRRP_MASTER);
	lab_await(lab, "acquire web");
	lab_run(lab, 10);
	before = lab->lines;
	lab_advert(lab, 0, 1, 200, 2);
	pause_for(550);
	lab_await(lab, "release web");
	assert_int_equal(lab->seen, before + 1); /* and nothing was sent */
	lab_end(lab);
}

static void
test_after_a_pause_a_backup_hears_its_master_first(void **state)
{
	struct lab *lab = begin_one(CONF_HANDOVER_IMMEDIATE);

	(void)state;
	lab_commit(lab);
	lab_advert(lab, 0, 1, 200, 2);
	lab_run(lab, 10);
	lab_advert(lab, 0, 1, 200, 2);
	pause_for(600);
	engine_turn(&lab->engine, EVLOOP_NONBLOCK);
	assert_int_equal(lab_find(lab, "web")->vr.state, VRRP_BACKUP);
	lab_await(lab, "advertise web 100"); /* a whole down interval later */
	lab_end(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_g01_members_wait_for_each_other),
	    cmocka_unit_test(test_g04_n02_hooks_of_members_before_the_group),
	    cmocka_unit_test(test_g02_a_fault_of_one),
	    cmocka_unit_test(test_c01_a_group_resumes_as_a_whole),
	    cmocka_unit_test(test_s03_f09_weights),
	    cmocka_unit_test(test_f01_f08_a_tracked_interface),
	    cmocka_unit_test(test_external_checks),
	    cmocka_unit_test(test_c01_what_an_engine_left),
	    cmocka_unit_test(test_what_was_set_has_its_time),
	    cmocka_unit_test(test_a_checker_that_lies),
	    cmocka_unit_test(test_the_operators_fault),
	    cmocka_unit_test(test_n05_a_stop_holds_then_runs_its_hook),
	    cmocka_unit_test(test_n05_a_second_stop_waits_for_nobody),
	    cmocka_unit_test(test_p01_hooks_wait_for_what_is_yielded),
	    cmocka_unit_test(test_a_pause_makes_no_burst),
	    cmocka_unit_test(test_after_a_pause_a_better_master_is_heard_first),
	    cmocka_unit_test(test_after_a_pause_a_backup_hears_its_master_first),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
