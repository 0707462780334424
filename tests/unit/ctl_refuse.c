/*
 * vrrpctl without a daemon: answers that no honest daemon sends are refused.
 */
#include "tests/unit/ctl_lab.h"

#include <errno.h>
#include <string.h>

/* The same, and the instance "web", which is in no group. */
static void
begin(struct model *model)
{
	struct msg_status_instance web = make_web();

	web.group = 0;
	begin_answer(model);
	assert_int_equal(TAKE(model, INSTANCE, &web), 0);
}

#define ASSERT_REFUSED(type, message) \
	do { \
		struct model refusing; \
\
		begin(&refusing); \
		assert_int_equal(TAKE(&refusing, type, message), -1); \
		assert_int_equal(errno, EBADMSG); \
		model_free(&refusing); \
	} while (0)

#define ASSERT_REFUSED_INSTANCE(change) \
	do { \
		struct msg_status_instance instance = make_web(); \
\
		change; \
		ASSERT_REFUSED(INSTANCE, &instance); \
	} while (0)

static void
test_refuses_instances(void **state)
{
	(void)state;
	ASSERT_REFUSED_INSTANCE(instance.state = VRRP_STATE_COUNT);
	ASSERT_REFUSED_INSTANCE(instance.reason = VRRP_REASON_COUNT);
	ASSERT_REFUSED_INSTANCE(instance.new_master_reason = VRRP_NEW_MASTER_COUNT);
	ASSERT_REFUSED_INSTANCE(instance.family = 5);
	ASSERT_REFUSED_INSTANCE(instance.master.family = 255);
	ASSERT_REFUSED_INSTANCE(instance.source.family = 1);
	ASSERT_REFUSED_INSTANCE(instance.since_ns = -1);
	ASSERT_REFUSED_INSTANCE(instance.since_ns = INT64_MAX);
	ASSERT_REFUSED_INSTANCE(memset(instance.name, 'a', sizeof(instance.name)));
	ASSERT_REFUSED_INSTANCE(memset(instance.interface, 'a', sizeof(instance.interface)));
}

static void
test_refuses_objects(void **state)
{
	struct msg_status_address address = {.instance = 7, .addr.family = ADDR_IPV4};
	struct msg_status_track track = {.instance = 8};
	struct msg_status_transition transition = {.instance = 7, .to = VRRP_STATE_COUNT};
	struct msg_status_problem problem = {.kind = MSG_PROBLEM_KIND_COUNT};
	struct msg_status_check check = {.last.state = VRRP_CHECK_COUNT};
	struct msg_status_fault fault = {.instance = 7};
	struct msg_ctl_end bad_end = {.result = MSG_CTL_FAILED + 1};

	(void)state;
	address.prefix_length = 33;
	ASSERT_REFUSED(ADDRESS, &address);
	address.instance = 8;
	address.prefix_length = 24;
	ASSERT_REFUSED(ADDRESS, &address);
	ASSERT_REFUSED(TRACK, &track);
	track.instance = 7;
	track.weight = 254;
	ASSERT_REFUSED(TRACK, &track);
	ASSERT_REFUSED(TRANSITION, &transition);
	ASSERT_REFUSED(PROBLEM, &problem);
	ASSERT_REFUSED(CHECK, &check);
	check.last.state = VRRP_CHECK_UP;
	memset(check.last.output, 'a', sizeof(check.last.output));
	ASSERT_REFUSED(CHECK, &check);
	memset(fault.text, 'a', sizeof(fault.text));
	ASSERT_REFUSED(FAULT, &fault);
	ASSERT_REFUSED(END, &bad_end);
	ASSERT_REFUSED(HELLO, &hello); /* the second one */
}

#define ASSERT_REFUSED_HOOK(change) \
	do { \
		struct msg_status_hook hook = {.last = {.instance = 7}}; \
\
		change; \
		ASSERT_REFUSED(HOOK, &hook); \
	} while (0)

static void
test_refuses_groups_and_hooks(void **state)
{
	struct msg_status_group group = {.id = 3, .name = "fw", .state = VRRP_STATE_COUNT};
	const struct msg_status_member member = {3, "web"};
	struct msg_status_instance web = make_web();
	struct model model;

	(void)state;
	ASSERT_REFUSED(GROUP, &group);
	group.state = VRRP_BACKUP;
	group.id = 0;
	ASSERT_REFUSED(GROUP, &group);
	ASSERT_REFUSED(MEMBER, &member); /* of no group */
	ASSERT_REFUSED_HOOK(hook.last.instance = 8);
	ASSERT_REFUSED_HOOK(hook.last.group = 3);
	ASSERT_REFUSED_HOOK(hook.last.instance = 0);
	ASSERT_REFUSED_HOOK(hook.last.slot = CONF_HOOK_SLOTS);
	ASSERT_REFUSED_HOOK(hook.last.event = VRRP_HOOK_COUNT);
	ASSERT_REFUSED_HOOK(hook.running = VRRP_HOOK_COUNT);
	ASSERT_REFUSED_HOOK(hook.waiting = VRRP_HOOK_COUNT);
	ASSERT_REFUSED_HOOK(hook.started_ns = -1);
	ASSERT_REFUSED_HOOK(hook.running_since_ns = INT64_MAX);
	ASSERT_REFUSED_HOOK(memset(hook.last.output, 'a', sizeof(hook.last.output)));
	begin_answer(&model);
	assert_int_equal(TAKE(&model, INSTANCE, &web), 0);
	assert_int_equal(TAKE(&model, END, &end), -1); /* its group never came */
	model_free(&model);
}

static void
test_refuses_runs(void **state)
{
	struct msg_status_explanation line = {.blocks = 2};
	struct msg_status_ran ran = {.result = {.state = VRRP_CHECK_UP}};
	struct msg_status_effect effect = {.name = "web"};
	struct model model;

	(void)state;
	ASSERT_REFUSED(EXPLANATION, &line);
	line.blocks = 0;
	memset(line.text, 'a', sizeof(line.text));
	ASSERT_REFUSED(EXPLANATION, &line);
	ASSERT_REFUSED(RAN, &ran); /* of no check */
	ASSERT_REFUSED(EFFECT, &effect);
	take_run(&model, &effect, 1);
	model.ended = false;
	assert_int_equal(TAKE(&model, RAN, &ran), -1); /* the second one */
	effect.fault_then = 2;
	assert_int_equal(TAKE(&model, EFFECT, &effect), -1);
	model_free(&model);
}

static void
test_refuses_disorder(void **state)
{
	const struct msg_status status = make_status();
	const struct msg_status_instance web = make_web();
	const struct msg_status_track track = {.instance = 7, .check = 99};
	struct model model;

	(void)state;
	model_init(&model);
	assert_int_equal(TAKE(&model, STATUS, &status), -1); /* before HELLO */
	assert_int_equal(TAKE(&model, HELLO, &hello), 0);
	assert_int_equal(TAKE(&model, INSTANCE, &web), -1); /* before STATUS */
	assert_int_equal(TAKE(&model, END, &end), -1);
	model_free(&model);

	begin(&model);
	assert_int_equal(TAKE(&model, TRACK, &track), 0);
	assert_int_equal(TAKE(&model, END, &end), -1); /* that check never came */
	assert_int_equal(errno, EBADMSG);
	model_free(&model);

	begin(&model);
	assert_int_equal(TAKE(&model, END, &end), 0);
	assert_int_equal(TAKE(&model, INSTANCE, &web), -1);
	assert_int_equal(TAKE(&model, END, &end), -1);
	model_free(&model);
}

static void
test_refuses_sizes(void **state)
{
	const struct msg_status_instance web = make_web();
	struct model model;

	(void)state;
	begin(&model);
	assert_int_equal(take(&model, ENGINE_CTL_INSTANCE, &web, sizeof(web) - 1), -1);
	assert_int_equal(take(&model, ENGINE_CTL_COUNT, &web, sizeof(web)), -1);
	assert_int_equal(model_take(&model, &web, 0), -1);
	assert_int_equal(model_take(&model, &web, sizeof(struct msg_header) - 1), -1);
	assert_int_equal(model.instance_count, 1);
	model_free(&model);
}

/* A text is cut anywhere, and seen when all of it is there; no more than there can be of it. */
static void
test_takes_text(void **state)
{
	static char piece[sizeof(struct msg_status_text)];
	struct model model;
	size_t taken = 0;

	(void)state;
	model_init(&model);
	assert_int_equal(TAKE(&model, HELLO, &hello), 0);
	assert_int_equal(take(&model, ENGINE_CTL_TEXT, "a", 1), -1);
	model_free(&model);
	begin_answer(&model);
	assert_int_equal(take(&model, ENGINE_CTL_TEXT, "a: \303", 4), 0);
	assert_int_equal(take(&model, ENGINE_CTL_TEXT, "", 0), -1);
	assert_int_equal(take(&model, ENGINE_CTL_TEXT, "\251\n\0\033", 4), 0);
	assert_int_equal(take(&model, ENGINE_CTL_TEXT, "\nb\303", 3), 0);
	end_answer(&model);
	assert_int_equal(model.text_size, 11);
	assert_string_equal(model.text, "a: \303\251\n??\nb?");
	assert_int_equal(take(&model, ENGINE_CTL_TEXT, "a", 1), -1);
	model_free(&model);
	begin_answer(&model);
	for (; taken < CONF_TEXT_SIZE_MAX; taken += sizeof(piece))
		assert_int_equal(take(&model, ENGINE_CTL_TEXT, piece, sizeof(piece)), 0);
	assert_int_equal(take(&model, ENGINE_CTL_TEXT, piece, 1), -1);
	assert_int_equal(errno, EBADMSG);
	model_free(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refuses_instances),
	    cmocka_unit_test(test_refuses_objects),
	    cmocka_unit_test(test_refuses_groups_and_hooks),
	    cmocka_unit_test(test_refuses_runs),
	    cmocka_unit_test(test_refuses_disorder),
	    cmocka_unit_test(test_refuses_sizes),
	    cmocka_unit_test(test_takes_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
