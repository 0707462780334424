/*
 * vrrpctl without a daemon: answers made by hand go through the model and come out as text and JSON.
 */
#include "tests/unit/ctl_lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpctl/output.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
