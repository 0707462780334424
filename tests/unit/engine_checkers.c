/*
 * Checkers of several users: each speaks for its own hooks and gates, and for nobody else's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "tests/unit/engine_lab.h"

#define COMMAND 41 /* of every hook of instance 1 */

/* An instance whose hook is LAB_RUNNER's, and another checker that has nothing to do with it. */
struct two {
	struct lab *lab;
	int other; /* the socket of the other checker */
};

static struct two
begin_two(enum conf_hook_slot slot)
{
	struct two two = {.lab = lab_begin()};

	lab_instance(
	    two.lab, LAB_INSTANCE(1, "web", "eth0", 100, 10, .on_failure = CONF_ON_FAILURE_STAY));
	lab_addresses(two.lab, 1);
	lab_other_runner(two.lab);
	lab_hook(two.lab, 1, 0, slot);
	return two;
}

static void
other_replayed(struct two *two)
{
	const struct msg_empty empty = {0};

	lab_tell(two->other, CHECKER_ENGINE_REPLAYED, &empty, sizeof(empty));
}

static struct checker_link *
other_link(struct two *two)
{
	return scripts_find_checker(&two->lab->engine, LAB_OTHER);
}

static void
other_comes(struct two *two, bool replayed)
{
	two->other = lab_other_comes(two->lab);
	while (other_link(two)->channel == NULL)
		lab_run(two->lab, 1);
	if (replayed)
		other_replayed(two);
}

static void
two_end(struct two *two)
{
	close(two->other);
	lab_end(two->lab);
}

static void
other_says(struct two *two, const struct msg_hook *message)
{
	lab_tell(two->other, CHECKER_ENGINE_HOOK, message, sizeof(*message));
}

/* What was asked of LAB_RUNNER, as done. */
static struct msg_hook
answer_to(const struct msg_run_hook *hook)
{
	return (struct msg_hook){.instance = hook->instance,
	    .group = hook->group,
	    .sequence = hook->sequence,
	    .command = hook->command,
	    .slot = hook->slot,
	    .event = hook->event,
	    .phase = MSG_HOOK_DONE};
}

static void
assert_other_is_cut(struct two *two)
{
	const mono_t end = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS);

	while (other_link(two)->channel != NULL && !mono_reached(end, clock_now()))
		lab_run(two->lab, 1);
	assert_null(other_link(two)->channel);
	assert_non_null(scripts_find_checker(&two->lab->engine, LAB_RUNNER)->channel);
}

static void
assert_other_is_heard(struct two *two)
{
	lab_run(two->lab, 30);
	assert_non_null(other_link(two)->channel);
}

static void
test_a_gate_of_another(void **state)
{
	struct two two = begin_two(CONF_HOOK_GATE);
	struct msg_hook lie;

	(void)state;
	lab_commit(two.lab);
	other_comes(&two, true);
	lab_await(two.lab, "hook web MASTER gate master-down-timer");
	lie = answer_to(&two.lab->hook[0]);
	other_says(&two, &lie);
	assert_other_is_cut(&two);
	lab_run(two.lab, 30);
	lab_refuse(two.lab, "advertise web 100");
	assert_int_equal(lab_find(two.lab, "web")->gate.last.sequence, 0);
	lab_hook_done(two.lab, 0);
	lab_await(two.lab, "advertise web 100");
	two_end(&two);
}

static void
test_a_hook_of_another(void **state)
{
	struct two two = begin_two(CONF_HOOK_ALL);
	const struct delivery *hooks;
	struct msg_hook lie;

	(void)state;
	lab_commit(two.lab);
	other_comes(&two, true);
	lab_await(two.lab, "hook web BACKUP all startup");
	hooks = &lab_find(two.lab, "web")->hooks;
	lie = answer_to(&two.lab->hook[0]);
	other_says(&two, &lie);
	assert_other_is_cut(&two);
	assert_true(hooks->notifier.running);
	assert_int_equal(hooks->last.sequence, 0);
	two_end(&two);
}

/* With a command that is nobody's: it may be an honest one's of the configuration before. */
static void
test_a_run_of_another(void **state)
{
	static const enum conf_hook_slot slots[] = {CONF_HOOK_ALL, CONF_HOOK_GATE};

	(void)state;
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		struct two two = begin_two(slots[i]);
		const struct instance *web;
		struct msg_hook lie;

		lab_commit(two.lab);
		other_comes(&two, true);
		lab_await(two.lab, slots[i] == CONF_HOOK_ALL
				       ? "hook web BACKUP all startup"
				       : "hook web MASTER gate master-down-timer");
		web = lab_find(two.lab, "web");
		lie = answer_to(&two.lab->hook[0]);
		lie.command = COMMAND - 1;
		other_says(&two, &lie);
		assert_other_is_heard(&two);
		assert_true(
		    slots[i] == CONF_HOOK_ALL ? web->hooks.notifier.running : web->gate.running);
		assert_int_equal(web->hooks.last.sequence, 0);
		lab_refuse(two.lab, "advertise web 100");
		two_end(&two);
	}
}

/* What it claims to remember keeps no hook from being run, nor from being run now. */
static void
test_a_memory_of_another(void **state)
{
	(void)state;
	for (uint32_t command = COMMAND - 1; command <= COMMAND; command++)
		for (uint8_t phase = MSG_HOOK_RUNNING; phase <= MSG_HOOK_DONE; phase++) {
			struct two two = begin_two(CONF_HOOK_ALL);
			const struct msg_hook lie = {.instance = 1,
			    .sequence = 700,
			    .command = command,
			    .slot = CONF_HOOK_ALL,
			    .event = VRRP_HOOK_BACKUP,
			    .phase = phase};

			lab_commit(two.lab);
			other_comes(&two, false);
			other_says(&two, &lie);
			if (command == COMMAND)
				assert_other_is_cut(&two);
			else
				assert_other_is_heard(&two);
			assert_false(lab_find(two.lab, "web")->hooks.notifier.recalled);
			assert_int_equal(lab_find(two.lab, "web")->hooks.last.sequence, 0);
			if (command != COMMAND) {
				other_replayed(&two);
				lab_await(two.lab, "hook web BACKUP all startup");
				assert_int_equal(two.lab->hook[0].sequence, 1);
			}
			two_end(&two);
		}
}

/* Nor of a slot that has no hook: later ones would wait for it. */
static void
test_a_memory_of_nobody(void **state)
{
	struct two two = begin_two(CONF_HOOK_ALL);
	const struct msg_hook lie = {.instance = 1,
	    .sequence = 700,
	    .command = COMMAND - 1,
	    .slot = CONF_HOOK_BACKUP,
	    .event = VRRP_HOOK_BACKUP,
	    .phase = MSG_HOOK_RUNNING};

	(void)state;
	lab_commit(two.lab);
	other_comes(&two, false);
	other_says(&two, &lie);
	assert_other_is_heard(&two);
	other_replayed(&two);
	lab_await(two.lab, "hook web BACKUP all startup");
	two_end(&two);
}

/* A slot's event and another one: what is recalled would be another hook than what was run. */
static void
test_a_slot_of_another_event(void **state)
{
	struct two two = begin_two(CONF_HOOK_ALL);
	const struct msg_hook lie = {.instance = 1,
	    .sequence = 700,
	    .slot = CONF_HOOK_MASTER,
	    .event = VRRP_HOOK_BACKUP,
	    .phase = MSG_HOOK_DONE};

	(void)state;
	lab_commit(two.lab);
	other_comes(&two, true);
	other_says(&two, &lie);
	assert_other_is_cut(&two);
	two_end(&two);
}

/* A reload gave the hook to another user: who runs it goes on, and its end counts. */
static void
test_a_hook_that_changed_hands(void **state)
{
	struct two two = begin_two(CONF_HOOK_ALL);
	struct instance *web;

	(void)state;
	lab_commit(two.lab);
	other_comes(&two, true);
	lab_await(two.lab, "hook web BACKUP all startup");
	web = lab_find(two.lab, "web");
	notifier_set_hook(&web->hooks.notifier, CONF_HOOK_ALL, COMMAND + 1, LAB_OTHER);
	lab_hook_done(two.lab, 3);
	lab_run(two.lab, 30);
	assert_non_null(scripts_find_checker(&two.lab->engine, LAB_RUNNER)->channel);
	assert_false(web->hooks.notifier.running && web->hooks.notifier.sequence == 1);
	assert_int_equal(web->hooks.last.exit_status, 3);
	two_end(&two);
}

/* The same of a gate, before and behind one that was asked of the other user. */
static void
test_a_gate_that_changed_hands(void **state)
{
	struct two two = begin_two(CONF_HOOK_GATE);
	struct instance *web;

	(void)state;
	lab_commit(two.lab);
	other_comes(&two, true);
	lab_await(two.lab, "hook web MASTER gate master-down-timer");
	web = lab_find(two.lab, "web");
	notifier_set_hook(&web->hooks.notifier, CONF_HOOK_GATE, COMMAND + 1, LAB_OTHER);
	lab_advert(two.lab, 0, 1, 200, 2); /* what was asked is void */
	lab_run(two.lab, 10);
	while (web->gate.sequence == 1)
		lab_run(two.lab, 1);
	assert_int_equal(web->gate.runner, LAB_OTHER);
	lab_hook_done(two.lab, 0);
	lab_run(two.lab, 30);
	assert_non_null(scripts_find_checker(&two.lab->engine, LAB_RUNNER)->channel);
	lab_refuse(two.lab, "advertise web 100");
	assert_true(web->gate.running);
	other_says(&two, &(struct msg_hook){.instance = 1,
			     .sequence = 2,
			     .command = COMMAND + 1,
			     .slot = CONF_HOOK_GATE,
			     .event = VRRP_HOOK_MASTER,
			     .phase = MSG_HOOK_DONE});
	lab_await(two.lab, "advertise web 100");
	two_end(&two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_gate_of_another),
	    cmocka_unit_test(test_a_hook_of_another),
	    cmocka_unit_test(test_a_run_of_another),
	    cmocka_unit_test(test_a_memory_of_another),
	    cmocka_unit_test(test_a_memory_of_nobody),
	    cmocka_unit_test(test_a_slot_of_another_event),
	    cmocka_unit_test(test_a_hook_that_changed_hands),
	    cmocka_unit_test(test_a_gate_that_changed_hands),
	};

	return cmocka_run_group_tests_name("engine checkers", tests, NULL, NULL);
}
