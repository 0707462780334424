/*
 * Checks run once by hand: every kind, besides its schedule, counted nowhere, and nothing is left.
 * The real checker, in a network of its own; needs root and the users of the daemon.
 *
 * Intervals are so long that only a trial can be what is heard.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"
#include "vrrpd/parent/echo.h"

#define LONG_MS 3600000
#define TIMEOUT_MS 500

static uint64_t token;

static void
ask(struct lab *lab, uint32_t check)
{
	const struct msg_run_check request = {.check = check, .token = ++token};

	lab_send(lab->engine, ENGINE_CHECKER_RUN_CHECK, &request, sizeof(request), -1);
}

/* The next result of a trial. */
static struct msg_check_ran
take(struct lab *lab)
{
	struct msg_check_ran ran;

	assert_true(lab_receive(lab->engine, CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran), 3000));
	return ran;
}

/* Runs a check by hand, and sees that it has this state. */
static struct msg_check
try(struct lab *lab, uint32_t check, enum vrrp_check_state state)
{
	struct msg_check_ran ran;

	ask(lab, check);
	ran = take(lab);
	assert_true(ran.token == token);
	assert_int_equal(ran.result.check, check);
	assert_int_equal(ran.result.state, state);
	return ran.result;
}

static void
refuse_results(struct lab *lab, int ms)
{
	struct msg_check check;

	assert_false(lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), ms));
}

static struct conf_check
kind_of(enum conf_check_kind kind, const char *text)
{
	struct conf_check check = {
	    .kind = (uint8_t)kind, .interval_ms = LONG_MS, .timeout_ms = TIMEOUT_MS};

	strlcpy(check.text, text, sizeof(check.text));
	return check;
}

static unsigned
count_descriptors(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return lab_count_entries(path);
}

/* ---- */

static void
test_a_command(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "[ -e $out/second ] || { echo >$out/second; exit 0; }; echo gone; exit 4", LONG_MS,
	    LONG_MS);
	struct msg_check result;

	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, 2000).state, VRRP_CHECK_UP);
	for (int i = 0; i < 3; i++) {
		result = try(lab, id, VRRP_CHECK_DOWN);
		assert_int_equal(result.exit_status, 4);
		assert_string_equal(result.output, "gone");
	}
	refuse_results(lab, 200);
	lab_lend_engine(lab); /* what the check itself remembers */
	result = lab_await_check(lab, id, 2000);
	assert_int_equal(result.state, VRRP_CHECK_UP);
	assert_int_equal(result.runs, 1);
	assert_int_equal(result.failures, 0);
	lab_stop(lab);
}

static void
test_a_command_that_hangs(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "[ -e $out/second ] || { echo >$out/second; exit 0; }; echo $$ >$out/pid; exec sleep "
	    "100",
	    LONG_MS, TIMEOUT_MS);
	struct msg_check result;
	pid_t pid;

	lab_commit(lab);
	lab_await_check(lab, id, 2000);
	result = try(lab, id, VRRP_CHECK_DOWN);
	assert_true(result.timed_out);
	pid = lab_wait_number(lab, "pid");
	LAB_WAIT_UNTIL(lab_is_gone(pid), 2000);
	lab_stop(lab);
}

static int
listen_locally(uint16_t *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 128), 0);
	getsockname(fd, (struct sockaddr *)&in, &size);
	*port = ntohs(in.sin_port);
	return fd;
}

/* Up as long as somebody listens; the server of HTTP says nothing, so that one times out. */
static void
test_the_network(void **state)
{
	struct lab *lab = *state;
	struct conf_check tcp = kind_of(CONF_CHECK_TCP, ""), http = kind_of(CONF_CHECK_HTTP, "x/"),
			  ping = kind_of(CONF_CHECK_PING, "");
	const struct msg_probe_socket lent = {.family = ADDR_IPV4};
	uint16_t port;
	int fd = listen_locally(&port);
	uint32_t ids[3];
	unsigned before;

	tcp.port = http.port = port;
	assert_int_equal(addr_parse("127.0.0.1", &tcp.addr), 0);
	http.addr = ping.addr = tcp.addr;
	ids[0] = lab_add_probe(lab, &tcp);
	ids[1] = lab_add_probe(lab, &http);
	ids[2] = lab_add_probe(lab, &ping);
	lab_send(
	    lab->parent, PARENT_CHECKER_PROBE_SOCKET, &lent, sizeof(lent), echo_open(ADDR_IPV4));
	lab_commit(lab);
	for (size_t i = 0; i < 3; i++) {
		lab_lend_engine(lab);
		lab_await_check(lab, ids[i], 2000);
	}
	before = count_descriptors(lab->checker);
	for (int i = 0; i < 5; i++) {
		try(lab, ids[0], VRRP_CHECK_UP);
		try(lab, ids[2], VRRP_CHECK_UP);
	}
	assert_true(try(lab, ids[1], VRRP_CHECK_DOWN).timed_out);
	close(fd);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(
		    try(lab, ids[0], VRRP_CHECK_DOWN).output, "connect: Connection refused");
		try(lab, ids[1], VRRP_CHECK_DOWN);
	}
	refuse_results(lab, 100);
	LAB_WAIT_UNTIL(count_descriptors(lab->checker) <= before, 1000);
	lab_stop(lab);
}

/* What is there is there for the trial too, whose end takes nothing from the check itself. */
static void
test_this_machine(void **state)
{
	struct lab *lab = *state;
	struct conf_check process = kind_of(CONF_CHECK_PROCESS, "boundary-checke"),
			  disk = kind_of(CONF_CHECK_DISK, "/run"), file;
	struct msg_check result;
	uint32_t ids[3];
	unsigned before;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/out/number", lab->dir);
	file = kind_of(CONF_CHECK_FILE, path);
	process.count_min = 1;
	process.count_max = 1000;
	disk.free_percent = 1;
	ids[0] = lab_add_probe(lab, &process);
	ids[1] = lab_add_probe(lab, &disk);
	ids[2] = lab_add_probe(lab, &file);
	lab_weigh_value(lab, ids[2]);
	lab_commit(lab);
	for (size_t i = 0; i < 3; i++) {
		lab_lend_engine(lab);
		lab_await_check(lab, ids[i], 2000);
	}
	before = count_descriptors(lab->checker);
	for (int i = 0; i < 5; i++) {
		try(lab, ids[0], VRRP_CHECK_UP);
		try(lab, ids[1], VRRP_CHECK_UP);
		try(lab, ids[2], VRRP_CHECK_DOWN);
	}
	LAB_WAIT_UNTIL(count_descriptors(lab->checker) <= before, 1000);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "-42\n");
	fclose(f);
	result = lab_await_check(lab, ids[2], 2000); /* it still watches */
	assert_int_equal(result.state, VRRP_CHECK_UP);
	result = try(lab, ids[2], VRRP_CHECK_UP);
	assert_int_equal(result.value, -42);
	unlink(path);
	assert_int_equal(lab_await_check(lab, ids[2], 2000).state, VRRP_CHECK_DOWN);
	lab_stop(lab);
}

/* Above what may run at once, the answer comes at once; what has its time goes on meanwhile. */
static void
test_too_many(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "[ -e $out/second ] || { echo >$out/second; exit 0; }; while ! [ -e $out/go ]; do "
	    "sleep "
	    "0.05; done; exit 0",
	    LONG_MS, 20000);
	uint32_t other = lab_add_check(lab, "true", 100, 1000);
	struct msg_check_ran ran;
	unsigned up = 0;
	char path[128];

	lab_commit(lab);
	lab_await_check(lab, id, 2000);
	for (int i = 0; i < MSG_CHECK_RUNS_MAX + 1; i++)
		ask(lab, id);
	ran = take(lab);
	assert_true(ran.token == token);
	assert_int_equal(ran.result.state, VRRP_CHECK_BROKEN);
	assert_string_equal(ran.result.step, "place");
	for (int i = 0; i < 5; i++)
		assert_int_equal(lab_await_check(lab, other, 1000).state, VRRP_CHECK_UP);
	snprintf(path, sizeof(path), "%s/out/go", lab->dir);
	close(open(path, O_CREAT | O_WRONLY, 0644));
	for (int i = 0; i < MSG_CHECK_RUNS_MAX; i++)
		up += take(lab).result.state == VRRP_CHECK_UP;
	assert_int_equal(up, MSG_CHECK_RUNS_MAX);
	lab_stop(lab);
}

/* Another engine did not ask; the end of the daemon ends what runs. */
static void
test_forgotten_and_ended(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab,
	    "[ -e $out/second ] || { echo >$out/second; exit 0; }; echo $$ >$out/pid; exec sleep "
	    "100",
	    LONG_MS, TIMEOUT_MS);
	struct msg_check_ran ran;
	pid_t pid;

	lab_commit(lab);
	lab_await_check(lab, id, 2000);
	ask(lab, id);
	pid = lab_wait_number(lab, "pid");
	lab_lend_engine(lab);
	assert_false(lab_receive(lab->engine, CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran), 1500));
	ask(lab, id);
	LAB_WAIT_UNTIL(lab_read_number(lab, "pid") != pid, 2000);
	pid = lab_wait_number(lab, "pid");
	lab_stop(lab);
	assert_true(lab_is_gone(pid));
}

/* Whether the checker cuts an engine that says so. */
static void
check_violation(struct lab *lab, uint32_t known, const struct msg_run_check *request)
{
	struct msg_check check;

	lab_send(lab->engine, ENGINE_CHECKER_RUN_CHECK, request, sizeof(*request), -1);
	while (lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 1000))
		;
	assert_int_equal(recv(lab->engine, &check, sizeof(check), MSG_DONTWAIT), 0);
	lab_lend_engine(lab);
	lab_await_check(lab, known, 2000);
}

static void
test_broken_protocol(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "true", LONG_MS, LONG_MS);

	lab_commit(lab);
	lab_await_check(lab, id, 2000);
	check_violation(lab, id, &(struct msg_run_check){.check = 999, .token = 1});
	check_violation(lab, id, &(struct msg_run_check){.check = id, .token = 0});
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_a_command),
	    LAB_TEST(test_a_command_that_hangs),
	    LAB_TEST(test_the_network),
	    LAB_TEST(test_this_machine),
	    LAB_TEST(test_too_many),
	    LAB_TEST(test_forgotten_and_ended),
	    LAB_TEST(test_broken_protocol),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	return cmocka_run_group_tests_name("checker_trial", tests, NULL, NULL);
}
