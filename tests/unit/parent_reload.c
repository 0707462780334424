/*
 * The barrier of a reload as the parent keeps it, and who comes and goes with it: what is late, silent,
 * hung or dead.
 */
#include "tests/unit/parent_lab.h"

#define READY_MS 5000
#define LOAD_MS 30000

static void
test_a_reload(void **state)
{
	struct lab *lab = lab_begin("a");

	(void)state;
	lab_reload(lab);
	lab_told(lab, "config load");
	lab_told(lab, "checker a conf 2");
	lab_told(lab, "engine conf 2");
	lab_told(lab, "checker a commit");
	lab_told(lab, "engine line reloaded: 0 instances, 1 check");
	lab_told(lab, "engine reloaded");
	lab_end(lab);
}

/* ---- the config role ---- */

/* It says nothing: the rest goes on, it is ended and waited for, and the next one works. */
static void
test_a_config_role_that_hangs(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *role;

	(void)state;
	lab->mute[MSG_ROLE_CONFIG] = true;
	lab_reload(lab);
	lab_told(lab, "config load");
	role = lab_need(lab, "config");
	lab_pass(lab, LOAD_MS - 200);
	assert_false(role->ended);
	lab_untold(lab, "engine not reloaded");
	lab_pass(lab, 400);
	lab_told(lab, "engine line test.yaml: the config role gave no result within 30 s");
	lab_told(lab, "engine line not reloaded: the configuration before runs on");
	lab_told(lab, "engine not reloaded");
	assert_true(role->buried);
	lab->mute[MSG_ROLE_CONFIG] = false;
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_untold(lab, "engine not reloaded");
	lab_end(lab);
}

/* What is asked for while it hangs is served by the next one, which begins when it is given up. */
static void
test_asked_while_a_config_role_hangs(void **state)
{
	struct lab *lab = lab_begin("a");

	(void)state;
	lab->mute[MSG_ROLE_CONFIG] = true;
	lab_reload(lab);
	lab->mute[MSG_ROLE_CONFIG] = false;
	lab_reload(lab);
	lab_told(lab, "config load");
	lab_untold(lab, "config load");
	lab_pass(lab, LOAD_MS + 200);
	lab_told(lab, "engine not reloaded");
	lab_told(lab, "engine reloaded");
	lab_end(lab);
}

/* One that ends without a result is waited for at once; its end is no hurry for anybody. */
static void
test_a_config_role_that_dies(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *role;

	(void)state;
	lab->mute[MSG_ROLE_CONFIG] = true;
	lab_reload(lab);
	role = lab_need(lab, "config");
	lab_exit(lab, role);
	lab_told(lab, "engine line test.yaml: the config role ended without a result");
	lab_told(lab, "engine not reloaded");
	assert_true(role->buried);
	lab_end(lab);
}

/* ---- children that are not READY ---- */

/* Everything is as it was, and late as its READY comes, it is no offence; the next reload has it. */
static void
test_ready_too_late(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker = lab_need(lab, "checker a");

	(void)state;
	checker->mute = true;
	lab_reload(lab);
	lab_told(lab, "checker a conf 2");
	lab_pass(lab, READY_MS + 200);
	lab_told(lab, "checker a abort");
	lab_told(lab, "engine line checker (a): did not get ready within 5 s");
	lab_told(lab, "engine abort");
	lab_become_ready(lab, checker);
	checker->mute = false;
	lab_reload(lab);
	lab_told(lab, "checker a commit");
	lab_told(lab, "engine reloaded");
	assert_ptr_equal(lab_need(lab, "checker a"), checker);
	lab_end(lab);
}

/* The same when another reload has begun meanwhile: it is not taken for being READY for that. */
static void
test_ready_for_the_one_before(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker = lab_need(lab, "checker a");

	(void)state;
	checker->mute = true;
	lab_reload(lab);
	lab_pass(lab, READY_MS + 200);
	lab_told(lab, "engine not reloaded");
	checker->told = 2;
	lab_reload(lab);
	lab_told(lab, "checker a conf 3");
	checker->told = 2;
	lab_become_ready(lab, checker);
	lab_untold(lab, "checker a commit");
	assert_false(checker->ended);
	checker->told = 3;
	lab_become_ready(lab, checker);
	lab_told(lab, "checker a commit");
	lab_told(lab, "engine reloaded");
	lab_end(lab);
}

/* Each that it was told and that came to nothing, however many there were. */
static void
test_ready_for_all_before(void **state)
{
	struct lab *lab = lab_begin("ab");
	struct lab_child *checker = lab_need(lab, "checker a");

	(void)state;
	checker->mute = true;
	for (uint32_t i = 2; i <= 4; i++) {
		lab_reload(lab);
		lab_told(lab, "config load");
		lab_exit(lab, lab_need(lab, "checker b"));
		lab_told(lab, "engine line checker (b) ended meanwhile: try again");
		lab_pass(lab, 10000); /* it is there again */
	}
	for (uint32_t i = 2; i <= 4; i++) {
		checker->told = i;
		lab_become_ready(lab, checker);
	}
	assert_false(checker->ended);
	checker->mute = false;
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_become_ready(lab, checker); /* twice is an offence again */
	assert_true(checker->ended);
	lab_end(lab);
}

/* One that is still starting becomes READY for both, one after the other. */
static void
test_a_reload_while_a_checker_starts(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker;

	(void)state;
	lab->mute[MSG_ROLE_CHECKER] = true;
	lab_exit(lab, lab_need(lab, "checker a"));
	lab_pass(lab, 100);
	checker = lab_need(lab, "checker a");
	lab_reload(lab);
	lab_told(lab, "engine conf 2");
	lab_become_ready(lab, checker);
	lab_told(lab, "checker a conf 2");
	lab_untold(lab, "engine reloaded");
	lab_become_ready(lab, checker);
	lab_told(lab, "engine reloaded");
	lab_end(lab);
}

/* What never came to be has no such excuse. */
static void
test_ready_for_nothing(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker = lab_need(lab, "checker a");

	(void)state;
	checker->told = 7;
	lab_become_ready(lab, checker);
	assert_true(checker->ended);
	lab_pass(lab, 200);
	assert_ptr_not_equal(lab_need(lab, "checker a"), checker);
	lab_end(lab);
}

/* One that never answers again does not veto reloads for ever: at the second one it is started afresh. */
static void
test_a_checker_that_hangs(void **state)
{
	struct lab *lab = lab_begin("ab");
	struct lab_child *checker = lab_need(lab, "checker b");

	(void)state;
	checker->mute = true;
	lab_reload(lab);
	lab_pass(lab, READY_MS + 200);
	lab_told(lab, "engine not reloaded");
	assert_false(checker->ended);
	lab_reload(lab);
	lab_pass(lab, READY_MS + 200);
	lab_told(lab, "engine line checker (b): did not get ready within 5 s again: killed");
	lab_told(lab, "engine not reloaded");
	assert_true(checker->ended && checker->buried);
	lab_need(lab, "checker b");
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	assert_int_equal(lab_count(lab, "checker a"), 1);
	lab_end(lab);
}

/* Nor does one that hangs in its start, which is told of no reload. */
static void
test_a_checker_that_hangs_at_its_start(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker;

	(void)state;
	lab->mute[MSG_ROLE_CHECKER] = true;
	lab_exit(lab, lab_need(lab, "checker a"));
	lab_pass(lab, 100);
	checker = lab_need(lab, "checker a");
	for (int i = 0; i < 2; i++) {
		assert_false(checker->ended);
		lab_reload(lab);
		lab_pass(lab, READY_MS + 200);
		lab_told(lab, "engine not reloaded");
	}
	assert_true(checker->ended);
	lab->mute[MSG_ROLE_CHECKER] = false;
	lab_pass(lab, 2000); /* it was started twice: 1 s of patience */
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_end(lab);
}

/* Slow is not hung: whoever answers in between is not ended. */
static void
test_a_checker_that_is_slow(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker = lab_need(lab, "checker a");

	(void)state;
	checker->mute = true;
	for (int i = 0; i < 4; i++) {
		lab_reload(lab);
		lab_pass(lab, READY_MS + 200);
		lab_told(lab, "engine not reloaded");
		lab_become_ready(lab, checker);
	}
	assert_false(checker->ended);
	lab_end(lab);
}

/* An engine that has a heartbeat and nothing else. */
static void
test_an_engine_that_is_never_ready(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *engine = lab_need(lab, "engine");

	(void)state;
	engine->mute = true;
	for (int i = 0; i < 2; i++) {
		assert_false(engine->ended);
		lab_reload(lab);
		lab_pass(lab, READY_MS + 200);
	}
	assert_true(engine->ended && engine->buried);
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_end(lab);
}

/* ---- checkers that no configuration has any more ---- */

static void
test_a_checker_is_dismissed(void **state)
{
	struct lab *lab = lab_begin("ab");
	struct lab_child *checker = lab_need(lab, "checker b");

	(void)state;
	lab_write(lab, "a");
	lab_reload(lab);
	lab_told(lab, "checker b shutdown idle");
	lab_untold(lab, "checker a shutdown idle");
	lab_told(lab, "engine reloaded");
	lab_pass(lab, 60000); /* its hooks take their time */
	assert_false(checker->ended);
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_untold(lab, "checker b conf 3");
	lab_exit(lab, checker);
	lab_pass(lab, 5000);
	assert_int_equal(lab_count(lab, "checker b"), 0);
	assert_int_equal(lab->parent.checker_count, 1);
	lab_untold(lab, "checker b shutdown idle");
	lab_end(lab);
}

/* Who comes back while the old one's hooks still run has a new one, with which the old one has nothing to do. */
static void
test_a_user_comes_back(void **state)
{
	struct lab *lab = lab_begin("ab");
	struct lab_child *old = lab_need(lab, "checker b"), *fresh;

	(void)state;
	lab_write(lab, "a");
	lab_reload(lab);
	lab_write(lab, "ab");
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_told(lab, "engine reloaded");
	fresh = lab_need(lab, "checker b");
	assert_ptr_not_equal(fresh, old);
	assert_int_equal(lab_count(lab, "checker b"), 2);
	lab_exit(lab, old);
	lab_pass(lab, 2000);
	assert_ptr_equal(lab_need(lab, "checker b"), fresh);
	assert_int_equal(lab_count(lab, "checker b"), 1);
	lab_exit(lab, fresh); /* this one is started again */
	lab_pass(lab, 200);
	assert_int_equal(lab_count(lab, "checker b"), 1);
	lab_end(lab);
}

/* It was still starting when it was told to go: what it says of that is late, no offence. */
static void
test_dismissed_while_it_starts(void **state)
{
	struct lab *lab = lab_begin("ab");
	struct lab_child *checker;

	(void)state;
	lab->mute[MSG_ROLE_CHECKER] = true;
	lab_exit(lab, lab_need(lab, "checker b"));
	lab_pass(lab, 100);
	checker = lab_need(lab, "checker b");
	lab_write(lab, "a");
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_told(lab, "checker b shutdown idle");
	lab_become_ready(lab, checker);
	assert_false(checker->ended);
	lab_untold(lab, "checker b commit");
	lab_exit(lab, checker);
	lab_end(lab);
}

/* One that is dead and waits for its next start has nothing to end. */
static void
test_dismissed_while_it_is_dead(void **state)
{
	struct lab *lab = lab_begin("ab");

	(void)state;
	for (int i = 0; i < 4; i++) { /* its back-off grows */
		lab_exit(lab, lab_need(lab, "checker b"));
		lab_pass(lab, i == 3 ? 100 : 1000 << i);
	}
	assert_int_equal(lab_count(lab, "checker b"), 0);
	lab_write(lab, "a");
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_pass(lab, 60000);
	assert_int_equal(lab_count(lab, "checker b"), 0);
	assert_int_equal(lab->parent.checker_count, 1);
	lab_end(lab);
}

/* A checker of a user that only the configuration has that failed: ended, and not started again. */
static void
test_a_checker_of_what_failed(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker;

	(void)state;
	lab_need(lab, "checker a")->mute = true;
	lab_write(lab, "ac");
	lab_reload(lab);
	checker = lab_need(lab, "checker c");
	lab_untold(lab, "checker c commit");
	lab_pass(lab, READY_MS + 200);
	lab_told(lab, "engine not reloaded");
	assert_true(checker->buried);
	lab_pass(lab, 5000);
	assert_int_equal(lab_count(lab, "checker c"), 0);
	assert_int_equal(lab->parent.checker_count, 1);
	lab_end(lab);
}

/* Who comes at once with the next one has the same id, and another checker. */
static void
test_a_checker_of_what_failed_just_now(void **state)
{
	struct lab *lab = lab_begin("a");
	struct lab_child *checker;

	(void)state;
	lab_need(lab, "checker a")->mute = true;
	lab_write(lab, "ac");
	lab_reload(lab);
	checker = lab_need(lab, "checker c");
	lab_exit(lab, lab_need(lab, "checker a"));
	lab_told(lab, "engine not reloaded");
	assert_true(checker->ended);
	lab_reload(lab);
	lab_told(lab, "checker c commit");
	lab_told(lab, "engine reloaded");
	assert_int_equal(lab_count(lab, "checker c"), 1);
	lab_pass(lab, 5000);
	assert_int_equal(lab_count(lab, "checker c"), 1);
	assert_int_equal(lab->parent.checker_count, 2);
	lab_end(lab);
}

/* While everybody commits nobody is started with the configuration before; in a moment with the next. */
static void
test_a_checker_dies_while_all_commit(void **state)
{
	struct lab *lab = lab_begin("ab");
	struct lab_child *engine = lab_need(lab, "engine");
	const struct msg_conf_end end = {.generation = 2};

	(void)state;
	engine->mute = true;
	lab_reload(lab);
	lab_become_ready(lab, engine);
	lab_told(lab, "checker b commit");
	lab_exit(lab, lab_need(lab, "checker b"));
	lab_pass(lab, 1000);
	assert_int_equal(lab_count(lab, "checker b"), 0);
	lab_say(lab, engine, ENGINE_PARENT_COMMITTED, &end, sizeof(end));
	lab_pass(lab, 200);
	lab_told(lab, "engine reloaded");
	lab_told(lab, "checker b conf 2");
	lab_told(lab, "checker b commit");
	engine->mute = false;
	lab_end(lab);
}

/* ---- what an engine leaves to the next one ---- */

static void
keep(struct lab *lab, uint32_t flags)
{
	const struct msg_keep message = {.check = 1, .flags = flags, .at_ns = INT64_MAX};

	lab_say(lab, lab_need(lab, "engine"), ENGINE_PARENT_KEEP, &message, sizeof(message));
	lab_pass(lab, 100);
}

static void
test_what_is_kept(void **state)
{
	struct lab *lab = lab_begin("a");

	(void)state;
	keep(lab, MSG_KEEP_DOWN);
	keep(lab, MSG_KEEP_UP);
	lab_exit(lab, lab_need(lab, "engine"));
	lab_told(lab, "engine kept 2 of check 1");
	lab_exit(lab, lab_need(lab, "engine")); /* and to the one behind it */
	lab_told(lab, "engine kept 2 of check 1");
	lab_become_ready(lab, lab_need(lab, "engine")); /* a second time: it is not trusted */
	lab_pass(lab, 200);
	lab_untold(lab, "engine kept 2 of check 1");
	keep(lab, MSG_KEEP_UP);
	keep(lab, 0);
	lab_exit(lab, lab_need(lab, "engine"));
	lab_need(lab, "engine");
	lab_untold(lab, "engine kept 2 of check 1");
	lab_untold(lab, "engine kept 0 of check 1");
	lab_end(lab);
}

/* ---- sweeps ---- */

static void
retire_web(struct lab *lab)
{
	const struct msg_retired web = {.instance = 1};

	lab->last_instance = 1;
	lab->retiring = true;
	lab_reload(lab);
	lab_told(lab, "engine reloaded");
	lab_say(lab, lab_need(lab, "engine"), ENGINE_PARENT_RETIRED, &web, sizeof(web));
	lab->retiring = false;
}

/* Once it has retired it is forgotten, and nobody is told of a reload that he did not ask for. */
static void
test_a_sweep(void **state)
{
	struct lab *lab = lab_begin("a");

	(void)state;
	retire_web(lab);
	lab_pass(lab, 100);
	lab_told(lab, "config sweep");
	lab_told(lab, "checker a commit");
	lab_untold(lab, "engine reloaded");
	assert_int_equal(lab->parent.run->conf->instance_count, 0);
	lab_pass(lab, 60000);
	lab_untold(lab, "config sweep");
	lab_end(lab);
}

/* One that fails is tried again after a while, without anything that happens. */
static void
test_a_sweep_that_fails(void **state)
{
	struct lab *lab = lab_begin("a");

	(void)state;
	retire_web(lab);
	lab->fails = 1;
	lab_pass(lab, 100);
	lab_told(lab, "config sweep");
	lab_pass(lab, 4000);
	lab_untold(lab, "config sweep"); /* not all the time */
	assert_int_equal(lab->parent.run->conf->instance_count, 1);
	lab->fails = 0;
	lab_pass(lab, 2000);
	lab_told(lab, "config sweep");
	lab_untold(lab, "config sweep");
	assert_int_equal(lab->parent.run->conf->instance_count, 0);
	lab_untold(lab, "engine not reloaded");
	lab_end(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_reload),
	    cmocka_unit_test(test_a_config_role_that_hangs),
	    cmocka_unit_test(test_asked_while_a_config_role_hangs),
	    cmocka_unit_test(test_a_config_role_that_dies),
	    cmocka_unit_test(test_ready_too_late),
	    cmocka_unit_test(test_ready_for_the_one_before),
	    cmocka_unit_test(test_ready_for_all_before),
	    cmocka_unit_test(test_a_reload_while_a_checker_starts),
	    cmocka_unit_test(test_ready_for_nothing),
	    cmocka_unit_test(test_a_checker_that_hangs),
	    cmocka_unit_test(test_a_checker_that_hangs_at_its_start),
	    cmocka_unit_test(test_a_checker_that_is_slow),
	    cmocka_unit_test(test_an_engine_that_is_never_ready),
	    cmocka_unit_test(test_a_checker_is_dismissed),
	    cmocka_unit_test(test_a_user_comes_back),
	    cmocka_unit_test(test_dismissed_while_it_starts),
	    cmocka_unit_test(test_dismissed_while_it_is_dead),
	    cmocka_unit_test(test_a_checker_of_what_failed),
	    cmocka_unit_test(test_a_checker_of_what_failed_just_now),
	    cmocka_unit_test(test_a_checker_dies_while_all_commit),
	    cmocka_unit_test(test_what_is_kept),
	    cmocka_unit_test(test_a_sweep),
	    cmocka_unit_test(test_a_sweep_that_fails),
	};

	return cmocka_run_group_tests_name("parent reload", tests, NULL, NULL);
}
