/*
 * An answer of the engine to vrrpctl, made by hand.
 */
#include "tests/unit/ctl_lab.h"

#include <bsd/string.h>
#include <errno.h>
#include <string.h>

struct packet {
	struct msg_header header;
	uint8_t payload[MSG_SIZE_MAX];
};

int
take(struct model *model, uint16_t type, const void *payload, size_t size)
{
	static struct packet packet __attribute__((aligned(8)));

	packet.header = (struct msg_header){.type = type};
	memcpy(packet.payload, payload, size);
	errno = 0;
	return model_take(model, &packet, sizeof(packet.header) + size);
}

struct msg_status
make_status(void)
{
	return (struct msg_status){
	    .router_name = "fw1",
	    .generation = 1,
	    .time_ns = NOW_NS,
	    .counters = {.version_errors = 1, .checksum_errors = 2, .packet_length_errors = 3},
	};
}

struct msg_status_instance
make_web(void)
{
	struct msg_status_instance web = {
	    .id = 7,
	    .group = 3,
	    .name = "web",
	    .interface = "eth0",
	    .family = ADDR_IPV4,
	    .vrid = 5,
	    .version = 3,
	    .state = VRRP_MASTER,
	    .reason = VRRP_REASON_MASTER_DOWN_TIMER,
	    .priority = 200,
	    .effective_priority = 200,
	    .new_master_reason = VRRP_NEW_MASTER_NO_RESPONSE,
	    .enabled = 1,
	    .preempt = 1,
	    .since_ns = NOW_NS - (3 * 86400 + 4 * 3600 + 59) * NS_PER_S,
	    .next_timer_ns = NOW_NS + 250 * NS_PER_MS,
	    .advertise_interval_ns = NS_PER_S,
	    .master_advertise_interval_ns = NS_PER_S,
	    .master_down_interval_ns = INT64_C(3218750000),
	    .skew_time_ns = INT64_C(218750000),
	    .counters = {.advertisement_sent = 3600, .master_transitions = 1},
	};

	assert_int_equal(addr_parse("192.0.2.1", &web.master), 0);
	web.source = web.master;
	return web;
}

static struct msg_status_instance
make_lan(void)
{
	struct msg_status_instance lan = make_web();

	lan.id = 9;
	lan.group = 0;
	strlcpy(lan.name, "lan", sizeof(lan.name));
	strlcpy(lan.interface, "eth1", sizeof(lan.interface));
	lan.vrid = 20;
	lan.state = VRRP_FAULT;
	lan.reason = VRRP_REASON_FAULT;
	lan.new_master_reason = VRRP_NEW_MASTER_NOT_MASTER;
	lan.effective_priority = 150;
	lan.since_ns = NOW_NS - 729 * NS_PER_S;
	lan.next_timer_ns = INT64_MAX;
	memset(&lan.counters, 0, sizeof(lan.counters));
	memset(&lan.master, 0, sizeof(lan.master));
	return lan;
}

static void
take_address(struct model *model, uint32_t instance, const char *text)
{
	struct msg_status_address address = {.instance = instance, .prefix_length = 24};

	assert_int_equal(addr_parse(text, &address.addr), 0);
	assert_int_equal(TAKE(model, ADDRESS, &address), 0);
}

static void
take_group(struct model *model)
{
	const struct msg_status_group group = {
	    .id = 3, .state = VRRP_MASTER, .since_ns = NOW_NS - 3600 * NS_PER_S, .name = "fw"};
	const struct msg_status_member members[] = {{3, "web"}, {3, "mail"}};

	assert_int_equal(TAKE(model, GROUP, &group), 0);
	assert_int_equal(TAKE(model, MEMBER, &members[0]), 0);
	assert_int_equal(TAKE(model, MEMBER, &members[1]), 0);
}

/* What has not run, what waits while another runs, what failed. */
static void
take_hooks(struct model *model)
{
	const struct msg_status_hook hooks[] = {
	    {.last = {.instance = 9}},
	    {.last = {.group = 3,
		 .sequence = 5,
		 .slot = CONF_HOOK_ALL,
		 .event = VRRP_HOOK_BACKUP,
		 .duration_us = 20000},
		.started_ns = NOW_NS - 60 * NS_PER_S,
		.runs = 1,
		.running = VRRP_HOOK_MASTER,
		.running_since_ns = NOW_NS - 5 * NS_PER_S,
		.waits = 1,
		.waiting = VRRP_HOOK_FAULT},
	    {.last = {.instance = 7,
		 .sequence = 2,
		 .slot = CONF_HOOK_GATE,
		 .event = VRRP_HOOK_MASTER,
		 .exit_status = 4,
		 .duration_us = 1500,
		 .output = "no\033fence"}},
	};

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		assert_int_equal(TAKE(model, HOOK, &hooks[i]), 0);
}

static void
take_checks(struct model *model)
{
	struct msg_status_check apache = {
	    .name = "apache",
	    .last =
		{
		    .check = 1,
		    .state = VRRP_CHECK_UP,
		    .last_run_ns = NOW_NS - NS_PER_S,
		    .since_ns = NOW_NS - 3600 * NS_PER_S,
		    .duration_us = 812,
		    .runs = 1800,
		},
	};
	struct msg_status_check uplink = {
	    .name = "uplink",
	    .last =
		{
		    .check = 2,
		    .state = VRRP_CHECK_DOWN,
		    .exit_status = -1,
		    .signal = 9,
		    .last_run_ns = NOW_NS - NS_PER_S,
		    .since_ns = NOW_NS - 729 * NS_PER_S,
		    .duration_us = 2500000,
		    .runs = 10,
		    .failures = 4,
		    .output = "gone \033[31mred",
		},
	};
	struct msg_status_check fresh = {.name = "fresh", .last = {.check = 3, .exit_status = -1}};

	assert_int_equal(TAKE(model, CHECK, &apache), 0);
	assert_int_equal(TAKE(model, CHECK, &uplink), 0);
	assert_int_equal(TAKE(model, CHECK, &fresh), 0);
}

void
take_answer(struct model *model)
{
	const struct msg_status status = make_status();
	const struct msg_status_instance web = make_web(), lan = make_lan();
	const struct msg_status_track web_apache = {.instance = 7, .check = 1, .weight = -20},
				      lan_uplink = {.instance = 9, .check = 2},
				      lan_apache = {.instance = 9, .check = 1, .invert = 1};
	const struct msg_status_fault fault = {
	    .instance = 9, .since_ns = NOW_NS - 729 * NS_PER_S, .text = "check uplink"};
	const struct msg_status_transition transition = {.instance = 7,
	    .from = VRRP_BACKUP,
	    .to = VRRP_MASTER,
	    .reason = VRRP_REASON_MASTER_DOWN_TIMER,
	    .at_ns = NOW_NS};
	const struct msg_status_problem problems[] = {
	    {MSG_PROBLEM_CHECK, "lan", "check uplink down for 12m"},
	    {MSG_PROBLEM_ADDRESS, "web", "192.0.2.11/24 was there before"},
	};

	model_init(model);
	assert_int_equal(TAKE(model, HELLO, &hello), 0);
	assert_int_equal(TAKE(model, STATUS, &status), 0);
	assert_int_equal(TAKE(model, INSTANCE, &web), 0);
	assert_int_equal(TAKE(model, INSTANCE, &lan), 0);
	take_address(model, 7, "192.0.2.10");
	take_address(model, 7, "192.0.2.11");
	take_address(model, 9, "10.0.0.1");
	assert_int_equal(TAKE(model, TRACK, &web_apache), 0);
	assert_int_equal(TAKE(model, TRACK, &lan_uplink), 0);
	assert_int_equal(TAKE(model, TRACK, &lan_apache), 0);
	assert_int_equal(TAKE(model, FAULT, &fault), 0);
	assert_int_equal(TAKE(model, TRANSITION, &transition), 0);
	take_checks(model);
	take_group(model);
	take_hooks(model);
	assert_int_equal(TAKE(model, PROBLEM, &problems[0]), 0);
	assert_int_equal(TAKE(model, PROBLEM, &problems[1]), 0);
	assert_false(model->ended);
	assert_int_equal(TAKE(model, END, &end), 0);
	assert_true(model->ended);
	model->wall_offset_ns = WALL_NS - NOW_NS;
}

void
begin_answer(struct model *model)
{
	const struct msg_status status = make_status();

	model_init(model);
	assert_int_equal(TAKE(model, HELLO, &hello), 0);
	assert_int_equal(TAKE(model, STATUS, &status), 0);
}

void
end_answer(struct model *model)
{
	assert_int_equal(TAKE(model, END, &end), 0);
	model->wall_offset_ns = WALL_NS - NOW_NS;
}

void
take_run(struct model *model, const struct msg_status_effect *effects, size_t count)
{
	const struct msg_status_check check = {.name = "uplink", .last = {.check = 2}};
	const struct msg_status_ran ran = {.result = {.check = 2,
					       .state = VRRP_CHECK_DOWN,
					       .exit_status = 1,
					       .duration_us = 812,
					       .output = "connect: refused"}};

	begin_answer(model);
	assert_int_equal(TAKE(model, CHECK, &check), 0);
	assert_int_equal(TAKE(model, RAN, &ran), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(TAKE(model, EFFECT, &effects[i]), 0);
	end_answer(model);
}
