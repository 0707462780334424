/*
 * Ids over a reload: what was given goes on meaning what it meant, or the configuration is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vrrpd/parent/reload_ids.h"

/* One of each, and which ids were ever given. */
struct set {
	struct conf_group group;
	struct conf_instance instance[2];
	struct conf_runner runner;
	struct conf_command command;
	struct conf_check check;
	struct conf conf;
};

static void
set_up(struct set *s)
{
	memset(s, 0, sizeof(*s));
	s->group = (struct conf_group){.id = 1, .name = "lan"};
	s->instance[0] = (struct conf_instance){.id = 2, .name = "web"};
	s->instance[1] = (struct conf_instance){.id = 3, .name = "mail"};
	s->runner = (struct conf_runner){.id = 4, .uid = 1000, .gid = 100, .name = "a"};
	s->command = (struct conf_command){.id = 5, .runner = 4, .text_length = 3, .text = "/a"};
	s->check = (struct conf_check){.id = 6, .name = "up", .kind = CONF_CHECK_FILE, .runner = 4};
	s->conf.global = (struct conf_global){.engine_uid = 1,
	    .checker_uid = 2,
	    .last_group = 1,
	    .last_instance = 3,
	    .last_runner = 4,
	    .last_command = 5,
	    .last_check = 6};
	s->conf.group = &s->group;
	s->conf.instance = s->instance;
	s->conf.runner = &s->runner;
	s->conf.command = &s->command;
	s->conf.check = &s->check;
	s->conf.group_count = s->conf.runner_count = s->conf.command_count = s->conf.check_count =
	    1;
	s->conf.instance_count = 2;
}

enum change {
	NOTHING,
	INSTANCE_RENAMED,
	INSTANCE_OF_NOBODY,
	INSTANCE_COUNTED,
	INSTANCE_GONE,
	INSTANCE_OTHERWISE,
	ID_TAKEN_BACK,
	GROUP_RENAMED,
	RUNNER_OTHER_USER,
	RUNNER_RENAMED,
	COMMAND_OTHER_TEXT,
	COMMAND_OTHER_RUNNER,
	CHECK_RENAMED,
	CHECK_OTHER_KIND,
	CHECK_FASTER,
	ENGINE_OTHER_USER,
	CHANGES
};

static void
change(struct set *s, enum change what)
{
	switch (what) {
	case NOTHING:
	case CHANGES:
		break;
	case INSTANCE_RENAMED:
		strcpy(s->instance[1].name, "mails");
		break;
	case INSTANCE_OF_NOBODY:
		s->instance[1].id = 7;
		break;
	case INSTANCE_COUNTED:
		s->instance[1].id = s->conf.global.last_instance = 7;
		break;
	case INSTANCE_GONE:
		s->conf.instance_count = 1;
		break;
	case INSTANCE_OTHERWISE:
		s->instance[1].vrid = 9;
		break;
	case ID_TAKEN_BACK:
		s->conf.instance_count = 1;
		s->conf.global.last_instance = 2;
		break;
	case GROUP_RENAMED:
		strcpy(s->group.name, "dmz");
		break;
	case RUNNER_OTHER_USER:
		s->runner.uid = 0;
		break;
	case RUNNER_RENAMED:
		strcpy(s->runner.name, "b");
		break;
	case COMMAND_OTHER_TEXT:
		s->command.text[1] = 'b';
		break;
	case COMMAND_OTHER_RUNNER:
		s->command.runner = 3;
		break;
	case CHECK_RENAMED:
		strcpy(s->check.name, "down");
		break;
	case CHECK_OTHER_KIND:
		s->check.kind = CONF_CHECK_DISK;
		break;
	case CHECK_FASTER:
		s->check.interval_ms = 10;
		break;
	case ENGINE_OTHER_USER:
		s->conf.global.engine_uid = 0;
		break;
	}
}

static void
test_what_may_follow(void **state)
{
	static const bool fine[CHANGES] = {
	    [NOTHING] = true,
	    [INSTANCE_COUNTED] = true,
	    [INSTANCE_GONE] = true,
	    [INSTANCE_OTHERWISE] = true,
	    [RUNNER_RENAMED] = true,
	    [CHECK_FASTER] = true,
	};
	struct set now, next;

	(void)state;
	for (int i = 0; i < CHANGES; i++) {
		set_up(&now);
		set_up(&next);
		change(&next, (enum change)i);
		if ((reload_ids_problem(&now.conf, &next.conf) == NULL) != fine[i])
			fail_msg("change %d", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_may_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
