/*
 * vrrpctl without a daemon: answers made by hand go through the model and come out as text and
 * JSON; answers no honest daemon sends are refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "common/mono.h"
#include "vrrpctl/model.h"
#include "vrrpctl/output.h"

#define NOW_NS (1000000 * NS_PER_S)
#define WALL_NS (INT64_C(1795341600) * NS_PER_S + 123 * NS_PER_MS) /* 2026-11-22T10:00:00.123Z */

struct packet {
	struct msg_header header;
	uint8_t payload[MSG_SIZE_MAX];
};

static int
take(struct model *model, uint16_t type, const void *payload, size_t size)
{
	static struct packet packet __attribute__((aligned(8)));

	packet.header = (struct msg_header){.type = type};
	memcpy(packet.payload, payload, size);
	errno = 0;
	return model_take(model, &packet, sizeof(packet.header) + size);
}

#define TAKE(model, type, message) take((model), ENGINE_CTL_##type, (message), sizeof(*(message)))

static const struct msg_ctl_hello hello = {.version = MSG_VERSION, .program = "vrrpd 0.1.0"};
static const struct msg_ctl_end end = {.result = MSG_CTL_OK};

static struct msg_status
make_status(void)
{
	return (struct msg_status){
	    .router_name = "fw1",
	    .generation = 1,
	    .time_ns = NOW_NS,
	    .counters = {.version_errors = 1, .checksum_errors = 2, .packet_length_errors = 3},
	};
}

/* The master of the documentation's example. */
static struct msg_status_instance
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

/* Two instances, three checks, two problems. */
static void
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

typedef int write_fn(const struct output *, const struct model *);

/* What a writer writes; to be freed. */
static char *
written(write_fn *write_model, const struct model *model, bool color)
{
	char *text = NULL;
	size_t size;
	struct output out = {.stream = open_memstream(&text, &size), .color = color};

	assert_non_null(out.stream);
	assert_int_equal(write_model(&out, model), 0);
	assert_int_equal(fclose(out.stream), 0);
	return text;
}

static void
check_written(write_fn *write_model, const char *expected)
{
	struct model model;
	char *text;

	take_answer(&model);
	text = written(write_model, &model, false);
	assert_string_equal(text, expected);
	free(text);
	model_free(&model);
}

static void
test_table(void **state)
{
	(void)state;
	check_written(output_table.status, "NAME  FAMILY  INTERFACE  VRID  STATE   PRIORITY        "
					   "MASTER  SINCE     CHECKS  ADDRESSES\n"
					   "web   ipv4    eth0          5  master  200             "
					   "self    3d 04h    1/1     192.0.2.10/24 +1\n"
					   "lan   ipv4    eth1         20  fault   150 (base 200)  "
					   "-       00:12:09  1/2     10.0.0.1/24\n"
					   "Problems:\n"
					   "  lan  check uplink down for 12m\n"
					   "  web  192.0.2.11/24 was there before\n");
}

static void
test_table_of_checks(void **state)
{
	(void)state;
	check_written(output_table.checks,
	    "NAME    STATE    SINCE     LAST RUN  DURATION  EXIT      RUNS  FAILURES  OUTPUT\n"
	    "apache  up       01:00:00  00:00:01     812us  0         1800         0  -\n"
	    "uplink  down     00:12:09  00:00:01      2.5s  signal 9    10         4  gone "
	    "?[31mred\n"
	    "fresh   unknown  -         -                -  -            0         0  -\n");
}

/* How a run ended is said for every way it can end. */
static void
test_ends(void **state)
{
	static const struct {
		struct msg_check last;
		const char *text;
	} rows[] = {
	    {{.runs = 1, .exit_status = 7}, "  7  "},
	    {{.runs = 1, .exit_status = -1, .signal = 11}, "  signal 11  "},
	    {{.runs = 1, .exit_status = -1, .signal = 9, .timed_out = 1}, "  timeout  "},
	    {{.runs = 1, .exit_status = -1, .error = ENOENT, .step = "exec"},
		"  exec: No such file or directory  "},
	    {{.runs = 1, .exit_status = -1, .step = "minder"}, "  no minder  "},
	    {{.runs = 1, .exit_status = -1}, "  -  "},
	};
	struct model model;
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		take_answer(&model);
		model.check_count = 1;
		model.checks[0].last = rows[i].last;
		text = written(output_table.checks, &model, false);
		if (strstr(text, rows[i].text) == NULL)
			fail_msg("missing: %s in:\n%s", rows[i].text, text);
		free(text);
		model_free(&model);
	}
}

static void
test_table_without_instances(void **state)
{
	const struct msg_status status = make_status();
	struct model model;
	char *text;

	(void)state;
	model_init(&model);
	assert_int_equal(TAKE(&model, HELLO, &hello), 0);
	assert_int_equal(TAKE(&model, STATUS, &status), 0);
	assert_int_equal(TAKE(&model, END, &end), 0);
	text = written(output_table.status, &model, false);
	assert_string_equal(text, "No instances are configured.\n");
	free(text);
	model_free(&model);
}

/* Colour comes on top of the words, and only when asked for. */
static void
test_color(void **state)
{
	struct model model;
	char *text;

	(void)state;
	take_answer(&model);
	text = written(output_table.status, &model, true);
	assert_non_null(strstr(text, "\033[32mmaster"));
	assert_non_null(strstr(text, "\033[31mfault"));
	free(text);
	text = written(output_table.instance, &model, false);
	assert_null(strchr(text, '\033'));
	free(text);
	model_free(&model);
}

static void
test_detail(void **state)
{
	static const char *const lines[] = {
	    "web: master for 3d 04h (master-down-timer)\n",
	    "  since                       2026-11-19T05:59:01.123Z\n",
	    "  interface                   eth0\n",
	    "  virtual router              vrid 5, ipv4, VRRP version 3\n",
	    "  priority                    150 (base 200), preempt yes\n",
	    "  group                       fw\n",
	    "  master                      self\n",
	    ("  addresses                   192.0.2.10/24\n"
	     "                              192.0.2.11/24\n"),
	    "  faults                      check uplink (for 00:12:09)\n",
	    "  skew-time                   218.75ms\n",
	    "  master-down-interval        3.21875s\n",
	    "  next timer                  in 250ms\n",
	    "  next timer                  none runs\n",
	    "  advertisement-sent          3600\n",
	    "  delivery-mode-errors        0\n",
	    "  2026-11-22T10:00:00.123Z    backup -> master (master-down-timer)\n",
	    "Checks:\nNAME    STATE ",
	    "Problems:\n  lan  check uplink",
	};
	struct model model;
	char *text;

	(void)state;
	take_answer(&model);
	text = written(output_table.instance, &model, false);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strstr(text, lines[i]) == NULL)
			fail_msg("missing: %s in:\n%s", lines[i], text);
	}
	free(text);
	model_free(&model);
}

#define JSON_HEAD "{\"schema\": \"vrrpctl/1\", \"time\": \"2026-11-22T10:00:00.123Z\""
#define JSON_NO_COUNTERS(sent, transitions) \
	"{\"advertisement_rcvd\": 0, \"advertisement_sent\": " sent \
	", \"master_transitions\": " transitions ", \"priority_zero_pkts_rcvd\": 0, " \
	"\"priority_zero_pkts_sent\": 0, \"interval_errors\": 0, \"address_list_errors\": 0, " \
	"\"packet_length_errors\": 0, \"ip_ttl_errors\": 0, \"checksum_errors\": 0, " \
	"\"version_errors\": 0, \"invalid_type_pkts_rcvd\": 0, \"auth_errors\": 0, " \
	"\"own_source_pkts_rcvd\": 0, \"unicast_source_errors\": 0, \"delivery_mode_errors\": 0}"
#define JSON_GLOBAL_COUNTERS \
	"\"counters\": {\"vrid_errors\": null, \"version_errors\": 1, \"checksum_errors\": 2, " \
	"\"packet_length_errors\": 3}"
#define JSON_TIMERS \
	"\"advertise_interval_ms\": 1000, \"master_advertise_interval_ms\": 1000, " \
	"\"master_down_interval_us\": 3218750, \"skew_time_us\": 218750"
#define JSON_GROUPS \
	"\"groups\": [{\"name\": \"fw\", \"state\": \"master\", " \
	"\"since\": \"2026-11-22T09:00:00.123Z\", \"members\": [\"web\", \"mail\"]}]"
#define JSON_CHECKS \
	"\"checks\": [{\"name\": \"apache\", \"state\": \"up\", " \
	"\"since\": \"2026-11-22T09:00:00.123Z\", \"last_run\": \"2026-11-22T09:59:59.123Z\", " \
	"\"duration_us\": 812, \"exit_status\": 0, \"signal\": null, \"output\": \"\", " \
	"\"runs\": 1800, \"failures\": 0}, " \
	"{\"name\": \"uplink\", \"state\": \"down\", \"since\": \"2026-11-22T09:47:51.123Z\", " \
	"\"last_run\": \"2026-11-22T09:59:59.123Z\", \"duration_us\": 2500000, " \
	"\"exit_status\": null, \"signal\": 9, \"output\": \"gone ?[31mred\", \"runs\": 10, " \
	"\"failures\": 4}, " \
	"{\"name\": \"fresh\", \"state\": \"unknown\", \"since\": null, \"last_run\": null, " \
	"\"duration_us\": null, \"exit_status\": null, \"signal\": null, \"output\": \"\", " \
	"\"runs\": 0, \"failures\": 0}]"

static void
test_json(void **state)
{
	(void)state;
	check_written(output_json.status, JSON_HEAD
	    ", \"router_name\": \"fw1\", \"generation\": 1, \"instances\": ["
	    "{\"name\": \"web\", \"family\": \"ipv4\", \"interface\": \"eth0\", \"vrid\": 5, "
	    "\"version\": 3, \"state\": \"master\", \"priority\": 200, \"effective_priority\": "
	    "200, "
	    "\"master_address\": \"192.0.2.1\", \"since\": \"2026-11-19T05:59:01.123Z\", "
	    "\"reason\": \"master-down-timer\", \"faults\": [], "
	    "\"addresses\": [\"192.0.2.10/24\", \"192.0.2.11/24\"], \"group\": \"fw\", " JSON_TIMERS
	    ", \"new_master_reason\": \"no-response\", \"enabled\": true, "
	    "\"fault_causes\": [], \"checks\": [{\"name\": \"apache\", \"state\": \"up\", "
	    "\"weight\": -20, "
	    "\"by_value\": false, \"invert\": false}], "
	    "\"counters\": " JSON_NO_COUNTERS("3600",
		"1") "}, "
		     "{\"name\": \"lan\", \"family\": \"ipv4\", \"interface\": \"eth1\", \"vrid\": "
		     "20, "
		     "\"version\": 3, \"state\": \"fault\", \"priority\": 200, "
		     "\"effective_priority\": 150, "
		     "\"master_address\": null, \"since\": \"2026-11-22T09:47:51.123Z\", "
		     "\"reason\": \"fault\", \"faults\": [\"check uplink\"], "
		     "\"addresses\": [\"10.0.0.1/24\"], \"group\": null, " JSON_TIMERS
		     ", \"new_master_reason\": \"not-master\", \"enabled\": true, "
		     "\"fault_causes\": [{\"cause\": \"check uplink\", "
		     "\"since\": \"2026-11-22T09:47:51.123Z\"}], \"checks\": [{\"name\": "
		     "\"uplink\", \"state\": \"down\", \"weight\": null, "
		     "\"by_value\": false, \"invert\": false}, "
		     "{\"name\": \"apache\", \"state\": \"up\", \"weight\": null, "
		     "\"by_value\": false, \"invert\": true}], "
		     "\"counters\": " JSON_NO_COUNTERS(
			 "0", "0") "}], " JSON_GLOBAL_COUNTERS ", " JSON_GROUPS ", " JSON_CHECKS
				   ", \"problems\": ["
				   "{\"kind\": \"check\", \"object\": \"lan\", \"text\": \"check "
				   "uplink down for 12m\"}, "
				   "{\"kind\": \"address\", \"object\": \"web\", "
				   "\"text\": \"192.0.2.11/24 was there before\"}]}\n");
}

static void
test_json_of_checks(void **state)
{
	(void)state;
	check_written(output_json.checks, JSON_HEAD ", " JSON_CHECKS "}\n");
}

static void
test_groups_and_hooks(void **state)
{
	(void)state;
	check_written(output_table.groups, "NAME  STATE   SINCE     MEMBERS\n"
					   "fw    master  01:00:00  web mail\n");
	check_written(output_json.groups, JSON_HEAD ", " JSON_GROUPS "}\n");
	check_written(output_table.hooks,
	    "TARGET    HOOK           LAST    LAST RUN  DURATION  EXIT  RUNNING              "
	    "WAITING  OUTPUT\n"
	    "lan       notify         -       -                -  -     -                    "
	    "-        -\n"
	    "group fw  notify         BACKUP  00:01:00      20ms  0     MASTER for 00:00:05  "
	    "FAULT    -\n"
	    "web       before-master  MASTER  -            1.5ms  4     -                    "
	    "-        no?fence\n");
	check_written(output_json.hooks, JSON_HEAD
	    ", \"hooks\": ["
	    "{\"target\": \"instance\", \"name\": \"lan\", \"hook\": \"notify\", "
	    "\"last_event\": null, \"last_run\": null, \"duration_us\": null, "
	    "\"exit_status\": null, \"signal\": null, \"timed_out\": null, \"error\": null, "
	    "\"output\": \"\", \"running_event\": null, \"running_since\": null, "
	    "\"waiting_event\": null}, "
	    "{\"target\": \"group\", \"name\": \"fw\", \"hook\": \"notify\", "
	    "\"last_event\": \"BACKUP\", \"last_run\": \"2026-11-22T09:59:00.123Z\", "
	    "\"duration_us\": 20000, \"exit_status\": 0, \"signal\": null, "
	    "\"timed_out\": false, \"error\": null, \"output\": \"\", "
	    "\"running_event\": \"MASTER\", "
	    "\"running_since\": \"2026-11-22T09:59:55.123Z\", "
	    "\"waiting_event\": \"FAULT\"}, "
	    "{\"target\": \"instance\", \"name\": \"web\", \"hook\": \"before-master\", "
	    "\"last_event\": \"MASTER\", \"last_run\": null, \"duration_us\": 1500, "
	    "\"exit_status\": 4, \"signal\": null, \"timed_out\": false, \"error\": null, "
	    "\"output\": \"no?fence\", \"running_event\": null, \"running_since\": null, "
	    "\"waiting_event\": null}]}\n");
}

/* A model after HELLO and STATUS. */
static void
begin_answer(struct model *model)
{
	const struct msg_status status = make_status();

	model_init(model);
	assert_int_equal(TAKE(model, HELLO, &hello), 0);
	assert_int_equal(TAKE(model, STATUS, &status), 0);
}

static void
end_answer(struct model *model)
{
	assert_int_equal(TAKE(model, END, &end), 0);
	model->wall_offset_ns = WALL_NS - NOW_NS;
}

static void
assert_text(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static char *
written_explanation(const struct output_writer *writer, const struct model *model)
{
	char *text = NULL;
	size_t size;
	struct output out = {.stream = open_memstream(&text, &size)};

	assert_int_equal(writer->explain(&out, model, "web"), 0);
	assert_int_equal(fclose(out.stream), 0);
	return text;
}

static void
test_explanation(void **state)
{
	const struct msg_status_explanation lines[] = {
	    {0, "web: backup (startup)"}, {0, "priority 100"}, {1, "the timer\nruns"}};
	struct model model;

	(void)state;
	begin_answer(&model);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(TAKE(&model, EXPLANATION, &lines[i]), 0);
	end_answer(&model);
	assert_text(written_explanation(&output_table, &model),
	    "web: backup (startup)\n  priority 100\n! the timer?runs\n");
	assert_text(written_explanation(&output_json, &model),
	    JSON_HEAD ", \"name\": \"web\", \"explanation\": ["
		      "{\"blocks\": false, \"text\": \"web: backup (startup)\"}, "
		      "{\"blocks\": false, \"text\": \"priority 100\"}, "
		      "{\"blocks\": true, \"text\": \"the timer?runs\"}]}\n");
	model_free(&model);
}

/* A check was run by hand; what that would do. */
static void
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

static void
test_a_check_by_hand(void **state)
{
	const struct msg_status_effect effects[] = {
	    {.name = "web", .fault_then = 1, .priority = 100, .priority_then = 100},
	    {.name = "lan", .priority = 200, .priority_then = 150},
	    {.name = "dns", .fault = 1, .priority = 9, .priority_then = 10},
	    {.name = "db", .fault = 1, .fault_then = 1, .priority = 9, .priority_then = 9},
	    {.name = "new", .waiting = 1, .priority = 9, .priority_then = 9},
	    {.name = "x", .priority = 9, .priority_then = 9},
	};
	struct model model;

	(void)state;
	take_run(&model, effects, sizeof(effects) / sizeof(effects[0]));
	assert_text(written(output_table.ran, &model, false),
	    "uplink: down after 812us (exit 1: \"connect: refused\")\n"
	    "This run counts for nothing. If the check were down:\n"
	    "  web: would be in fault\n"
	    "  lan: priority 200 -> 150\n"
	    "  dns: would not be in fault any more, priority 9 -> 10\n"
	    "  db: as it is, in fault\n"
	    "  new: would wait for no result any more\n"
	    "  x: as it is\n");
	model_free(&model);
	take_run(&model, effects, 1);
	assert_text(written(output_json.ran, &model, false),
	    JSON_HEAD ", \"name\": \"uplink\", \"state\": \"down\", \"timed_out\": false, "
		      "\"duration_us\": 812, \"exit_status\": 1, \"signal\": null, "
		      "\"step\": null, \"error\": null, \"output\": \"connect: refused\", "
		      "\"effects\": [{\"name\": \"web\", \"fault\": false, "
		      "\"fault_then\": true, \"waiting\": false, \"waiting_then\": false, "
		      "\"effective_priority\": 100, \"effective_priority_then\": 100}]}\n");
	model_free(&model);
	take_run(&model, NULL, 0);
	assert_text(written(output_table.ran, &model, false),
	    "uplink: down after 812us (exit 1: \"connect: refused\")\n"
	    "This run counts for nothing. If the check were down:\n"
	    "  no instance tracks it\n");
	model_free(&model);
}

static void
test_json_of_counters(void **state)
{
	(void)state;
	check_written(output_json.counters,
	    JSON_HEAD ", \"instances\": [{\"name\": \"web\", \"counters\": " JSON_NO_COUNTERS(
		"3600", "1") "}, {\"name\": \"lan\", \"counters\": " JSON_NO_COUNTERS("0",
		"0") "}], " JSON_GLOBAL_COUNTERS "}\n");
}

static void
test_json_is_master(void **state)
{
	(void)state;
	check_written(output_json.is_master,
	    JSON_HEAD ", \"name\": \"web\", \"state\": \"master\", \"is_master\": true}\n");
}

static void
test_json_detail(void **state)
{
	struct model model;
	char *text;

	(void)state;
	take_answer(&model);
	text = written(output_json.instance, &model, false);
	assert_non_null(
	    strstr(text, "\"delivery_mode_errors\": 0}, \"preempt\": true, "
			 "\"source_address\": \"192.0.2.1\", \"transitions\": ["
			 "{\"time\": \"2026-11-22T10:00:00.123Z\", \"from\": \"backup\", "
			 "\"to\": \"master\", \"reason\": \"master-down-timer\"}]}"));
	free(text);
	model_free(&model);
}

static void
test_healthy(void **state)
{
	struct model model;

	(void)state;
	take_answer(&model);
	assert_true(model_is_unhealthy(&model));
	model.instances[1].status.state = VRRP_BACKUP;
	assert_true(model_is_unhealthy(&model)); /* uplink is down */
	model.checks[1].last.state = VRRP_CHECK_UNKNOWN;
	assert_false(model_is_unhealthy(&model));
	model.checks[1].last.state = VRRP_CHECK_BROKEN;
	assert_true(model_is_unhealthy(&model));
	model_free(&model);
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_table_of_checks),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_table_without_instances),
	    cmocka_unit_test(test_color),
	    cmocka_unit_test(test_detail),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_json_of_checks),
	    cmocka_unit_test(test_groups_and_hooks),
	    cmocka_unit_test(test_explanation),
	    cmocka_unit_test(test_a_check_by_hand),
	    cmocka_unit_test(test_json_of_counters),
	    cmocka_unit_test(test_json_is_master),
	    cmocka_unit_test(test_json_detail),
	    cmocka_unit_test(test_healthy),
	    cmocka_unit_test(test_refuses_instances),
	    cmocka_unit_test(test_refuses_objects),
	    cmocka_unit_test(test_refuses_groups_and_hooks),
	    cmocka_unit_test(test_refuses_runs),
	    cmocka_unit_test(test_refuses_disorder),
	    cmocka_unit_test(test_refuses_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
