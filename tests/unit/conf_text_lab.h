/*
 * A configuration as text, packed into records. Included behind cmocka.h.
 */
#ifndef TESTS_UNIT_CONF_TEXT_LAB_H
#define TESTS_UNIT_CONF_TEXT_LAB_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "vrrpd/conf/config.h"
#include "vrrpd/conf/pack.h"
#include "vrrpd/conf/problem.h"

static inline int
append_packed(void *ctx, enum conf_kind kind, const void *record)
{
	return conf_append(ctx, kind, record, conf_record_size(kind, record), false);
}

/* The records of a configuration; the users are made up, since this machine may not have them. */
static inline void
load(const char *text, struct conf *conf)
{
	char file[] = "/tmp/vrrpd-unit-conf-XXXXXX";
	struct config_user *user;
	struct config config;
	int fd = mkstemp(file);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	config_init(&config, file, true);
	if (config_load(&config) == -1)
		fail_msg("%s", config.problems[0].text);
	unlink(file);
	config.engine_uid = config.engine_gid = 901;
	config.checker_uid = config.checker_gid = 902;
	RB_FOREACH(user, config_users, &config.users)
		user->uid = user->gid = strcmp(user->text, "other") == 0 ? 904 : 903;
	conf_init(conf);
	assert_int_equal(pack_config(&config, append_packed, conf), 0);
	config_free(&config);
}

#endif
