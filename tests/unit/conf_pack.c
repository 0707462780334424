/*
 * vrrpd/conf/pack.c: what the config role packs is what is written, and what the other processes accept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/conf/config.h"
#include "vrrpd/conf/pack.h"

static int
append_packed(void *ctx, enum conf_kind kind, const void *record)
{
	return conf_append(ctx, kind, record, conf_record_size(kind, record), false);
}

static const char packed_text[] =
    "version: 1\n"
    "global: {router-name: fw1}\n"
    "defaults: {interface: eth0, notify: [/bin/true, x]}\n"
    "checks:\n"
    "  a: {command: [/bin/true, x], timeout: 60s, sandbox: standard}\n"
    "  b: {command: /bin/false, run-as: other, environment: {A: 1}, writable: [/srv]}\n"
    "instances:\n"
    "  web: {vrid: 1, addresses: [192.0.2.1/24, 192.0.2.2], track: [b, a]}\n"
    "  mail: {vrid: 2, addresses: [192.0.2.3], notify: {stop: /bin/true, master: /bin/true}}\n"
    "  dns: {vrid: 3, addresses: [192.0.2.4], advertise-interval: 10ms, priority: 255}\n";

/* Identical commands are one record, each user one runner; all of it passes conf_append(). */
static void
test_packed(void **state)
{
	char file[] = "/tmp/vrrpd-unit-conf-XXXXXX";
	const char *argv[2], *envp[2], *writable[2];
	struct config_user *user;
	struct config config;
	struct conf conf;
	int fd = mkstemp(file);

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, packed_text, strlen(packed_text)), strlen(packed_text));
	close(fd);
	config_init(&config, file, true);
	assert_int_equal(config_load(&config), 0);
	unlink(file);
	config.engine_uid = config.engine_gid = 901; /* this machine may not have the users */
	config.checker_uid = config.checker_gid = 902;
	RB_FOREACH(user, config_users, &config.users)
		user->uid = user->gid = strcmp(user->text, "other") == 0 ? 904 : 903;
	conf_init(&conf);
	assert_int_equal(pack_config(&config, append_packed, &conf), 0);
	config_free(&config);

	assert_string_equal(conf.global.router_name, "fw1");
	assert_int_equal(conf.instance_count, 3);
	assert_int_equal(conf.address_count, 4);
	assert_int_equal(conf.runner_count, 2);
	assert_int_equal(conf.command_count, 3); /* /bin/true x, /bin/true, /bin/false */
	assert_int_equal(conf.check_count, 2);
	assert_int_equal(conf.track_count, 2);
	assert_int_equal(conf.hook_count, 4);
	assert_int_equal(conf.check[0].command, conf.hook[0].command);
	assert_int_equal(conf.track[0].check, 2);
	assert_int_equal(conf.hook[1].slot, CONF_HOOK_MASTER);
	assert_int_equal(conf.hook[1].command, conf.hook[2].command);
	assert_int_equal(conf.hook[2].slot, CONF_HOOK_STOP);
	assert_int_equal(conf.instance[2].interval_cs, 1);
	assert_int_equal(conf_find_runner(&conf, conf.check[1].runner)->uid, 904);
	conf_command_strings(conf_find_command(&conf, conf.check[1].command), argv, envp, writable);
	assert_string_equal(argv[0], "/bin/false");
	assert_string_equal(envp[0], "A=1");
	assert_string_equal(writable[0], "/srv");
	conf_free(&conf);
}

/* What travels fits a message. */
_Static_assert(sizeof(struct conf_command) + sizeof(struct msg_header) <= MSG_SIZE_MAX, "size");

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
