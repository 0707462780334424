/*
 * A good record of each kind, and ways to say that a change to it is refused or accepted. Included
 * behind cmocka.h.
 */
#ifndef TESTS_UNIT_CONF_LAB_H
#define TESTS_UNIT_CONF_LAB_H

#include <errno.h>

#include "common/conf.h"

static const struct conf_global good_global = {.router_name = "fw1",
    .engine_uid = 901,
    .engine_gid = 901,
    .checker_uid = 902,
    .checker_gid = 902,
    .stop_timeout_ms = 5000,
    .max_parallel = 64};
static const struct conf_instance good_instance = {.id = 1,
    .name = "web",
    .interface = "eth0",
    .vrid = 5,
    .family = ADDR_IPV4,
    .version = 3,
    .priority = 200,
    .preempt = 1,
    .enabled = 1,
    .accept_mode = 1,
    .down_adverts = 3,
    .interval_cs = 100,
    .announce_repeat = 5,
    .announce_interval_ms = 250,
    .announce_delay_ms = 5000};
static const struct conf_address good_address = {.instance = 1,
    .addr = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 10}},
    .prefix_length = 24,
    .advertise = 1,
    .prefix_route = 1};
static const struct conf_runner good_runner = {.id = 1, .uid = 903, .gid = 903, .name = "script"};
static const struct conf_runner root_runner = {.id = 2, .uid = 0, .gid = 0, .name = "root"};
#define TEXT "/bin/x\0-a\0K=v\0EMPTY=\0/var"
static const struct conf_command good_command = {.id = 1,
    .runner = 1,
    .timeout_ms = 1000,
    .argc = 2,
    .envc = 2,
    .writablec = 1,
    .text_length = sizeof(TEXT),
    .text = TEXT};
static const struct conf_check good_check = {.id = 1,
    .name = "apache",
    .command = 1,
    .runner = 1,
    .interval_ms = 1000,
    .timeout_ms = 1000,
    .fall = 1,
    .rise = 1};
static const struct conf_group good_group = {.id = 1, .name = "G"};
static const struct conf_peer good_peer = {
    .instance = 1, .addr = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 2}}};
static const struct conf_route good_route = {.instance = 1,
    .to = {.family = ADDR_IPV4, .bytes = {198, 51, 100, 0}},
    .prefix_length = 24,
    .table = 254};
static const struct conf_rule good_rule = {
    .instance = 1, .family = ADDR_IPV4, .table = 100, .preference = 1000};
static const struct conf_track good_track = {.instance = 1, .check = 1};
static const struct conf_hook good_hook = {
    .instance = 1, .command = 1, .runner = 1, .slot = CONF_HOOK_BACKUP};

static inline int
append(struct conf *conf, enum conf_kind kind, const void *record)
{
	return conf_append(conf, kind, record, conf_record_size(kind, record), false);
}

/* Every kind of record that comes before kind. */
static inline void
fill_until(struct conf *conf, enum conf_kind kind)
{
	static const void *const records[CONF_KIND_COUNT] = {[CONF_GLOBAL] = &good_global,
	    [CONF_GROUP] = &good_group,
	    [CONF_INSTANCE] = &good_instance,
	    [CONF_ADDRESS] = &good_address,
	    [CONF_PEER] = &good_peer,
	    [CONF_ROUTE] = &good_route,
	    [CONF_RULE] = &good_rule,
	    [CONF_RUNNER] = &good_runner,
	    [CONF_COMMAND] = &good_command,
	    [CONF_CHECK] = &good_check,
	    [CONF_TRACK] = &good_track,
	    [CONF_HOOK] = &good_hook};
	size_t i;

	conf_init(conf);
	for (i = 0; i < (size_t)kind; i++)
		assert_int_equal(append(conf, (enum conf_kind)i, records[i]), 0);
	if (kind > CONF_RUNNER)
		assert_int_equal(append(conf, CONF_RUNNER, &root_runner), 0);
}

static inline void
assert_refused(struct conf *conf, enum conf_kind kind, const void *record, const char *why)
{
	struct conf before = *conf;

	errno = 0;
	if (append(conf, kind, record) != -1 || errno != EBADMSG)
		fail_msg("accepted: %s", why);
	assert_memory_equal(conf, &before, sizeof(before));
}

/* The good record with one change must be refused, the good one accepted. */
#define REFUSED(kind, lower, change) \
	do { \
		struct conf filled; \
		struct conf_##lower r = good_##lower; \
		fill_until(&filled, kind); \
		change; \
		assert_refused(&filled, kind, &r, #change); \
		assert_int_equal(append(&filled, kind, &good_##lower), 0); \
		conf_free(&filled); \
	} while (0)

#define ACCEPTED(kind, lower, change) \
	do { \
		struct conf filled; \
		struct conf_##lower r = good_##lower; \
		fill_until(&filled, kind); \
		change; \
		if (append(&filled, kind, &r) != 0) \
			fail_msg("refused: %s", #change); \
		conf_free(&filled); \
	} while (0)

#endif
