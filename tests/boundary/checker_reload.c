/*
 * Another configuration while a checker runs: what goes on, what begins, what ends, what is refused.
 * The real checker, in a network of its own; needs root and the users of the daemon.
 *
 * Intervals are so long that only a commit can be what is heard, unless a test says otherwise.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"
#include "vrrpd/parent/echo.h"

#define LONG_MS 3600000
#define SOON_MS 3000
#define OTHER 8 /* an instance besides "web" */
#define COMMITS 1000
#define WARM 100 /* commits until memory is what it will be */
#define GROWTH_KB 250
#define RUNS 5 /* each such commit brings a script, which runs when it goes */

#define HANGS "while ! [ -e $out/go ]; do sleep 0.01; done"

static void
touch(const struct lab *lab, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/out/%s", lab->dir, name);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static bool
is_there(const struct lab *lab, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/out/%s", lab->dir, name);
	return access(path, F_OK) == 0;
}

/* A set with the usual target, and what had that id before. */
static void
begin_with(struct lab *lab, uint32_t id)
{
	lab_begin_set(lab);
	lab_add_target(lab, LAB_INSTANCE, "web");
	lab_repeat(lab, id);
}

/* Everything sent so far was worked through: an answer to what was sent last is there. */
static void
settle(struct lab *lab)
{
	struct msg_empty replayed;

	lab_lend_engine(lab);
	assert_true(lab_receive(
	    lab->engine, CHECKER_ENGINE_REPLAYED, &replayed, sizeof(replayed), SOON_MS));
}

/* ---- checks ---- */

static void
test_known_check_goes_on(void **state)
{
	struct lab *lab = *state;
	uint32_t once = lab_add_check(lab, "echo x >>$out/once", LONG_MS, LONG_MS);
	uint32_t often = lab_add_check(lab, "exit 1", 1000, 1000);
	struct msg_check before, after;

	lab_commit(lab);
	lab_await_check(lab, once, SOON_MS);
	do
		before = lab_await_check(lab, often, SOON_MS);
	while (before.runs < 2);
	begin_with(lab, once);
	lab_repeat(lab, often);
	lab_commit(lab);
	after = lab_await_check(lab, often, SOON_MS);
	assert_int_equal(after.runs, before.runs + 1);
	assert_int_equal(after.failures, before.failures + 1);
	assert_true(after.since_ns == before.since_ns);
	assert_true(after.last_run_ns - before.last_run_ns > 900 * NS_PER_MS);
	assert_string_equal(lab_read_file(lab, "once"), "x\n");
	lab_lend_engine(lab);
	assert_int_equal(lab_await_check(lab, once, SOON_MS).runs, 1);
	lab_stop(lab);
}

static void
test_run_goes_on(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "echo $$ >$out/pid; " HANGS "; exit 3", LONG_MS, LONG_MS);
	struct msg_check check;

	lab_commit(lab);
	lab_wait_number(lab, "pid");
	for (int i = 0; i < 3; i++) {
		begin_with(lab, id);
		lab_commit(lab);
	}
	settle(lab);
	touch(lab, "go");
	check = lab_await_check(lab, id, SOON_MS);
	assert_int_equal(check.exit_status, 3);
	assert_int_equal(check.runs, 1);
	lab_stop(lab);
}

static void
test_abort_changes_nothing(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "true", 200, 200);

	lab_commit(lab);
	lab_await_check(lab, id, SOON_MS);
	lab_begin_set(lab);
	lab_add_target(lab, OTHER, "other");
	lab_add_check(lab, "touch $out/new", LONG_MS, LONG_MS);
	lab_end_set(lab);
	lab_send_empty(lab, PARENT_CHECKER_ABORT);
	lab_begin_set(lab);
	lab_send_empty(lab, PARENT_CHECKER_ABORT);
	lab_send_empty(lab, PARENT_CHECKER_ABORT);
	settle(lab);
	for (int i = 0; i < 3; i++)
		assert_true(lab_await_check(lab, id, SOON_MS).runs >= 2);
	assert_false(is_there(lab, "new"));
	begin_with(lab, id);
	lab_commit(lab);
	settle(lab);
	assert_true(lab_await_check(lab, id, SOON_MS).runs > 3);
	lab_stop(lab);
}

static void
test_changed_interval(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "true", LONG_MS, LONG_MS);

	lab_commit(lab);
	lab_await_check(lab, id, SOON_MS);
	lab->check[id]->interval_ms = 200;
	begin_with(lab, id);
	lab_commit(lab);
	for (uint64_t runs = 2; runs < 5; runs++)
		assert_int_equal(lab_await_check(lab, id, SOON_MS).runs, runs);
	lab_stop(lab);
}

/* What began before may last as long as it was to. */
static void
test_changed_fall_and_timeout(void **state)
{
	struct lab *lab = *state;
	struct conf_check disk = {
	    .kind = CONF_CHECK_DISK, .interval_ms = LONG_MS, .free_percent = 1, .text = "/run"};
	uint32_t id = lab_add_check(
	    lab, "! [ -e $out/fail ] || { echo $$ >$out/pid; exec sleep 60; }", 300, LONG_MS);
	uint32_t look = lab_add_probe(lab, &disk);
	struct msg_check check;
	pid_t pid;

	lab->check[id]->fall = 1000;
	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS);
	begin_with(lab, id);
	lab_repeat(lab, look);
	lab_commit(lab);
	settle(lab);
	touch(lab, "fail");
	pid = lab_wait_number(lab, "pid");
	lab->check[id]->fall = 2;
	lab->check[id]->timeout_ms = lab->command[id]->timeout_ms = 100;
	lab->check[look]->interval_ms = lab->check[look]->timeout_ms = 100;
	begin_with(lab, id);
	lab_repeat(lab, look);
	lab_commit(lab);
	for (uint64_t runs = 2; runs < 10; runs++)
		assert_int_equal(lab_await_check(lab, look, SOON_MS).state, VRRP_CHECK_UP);
	assert_false(lab_is_gone(pid));
	kill(pid, SIGKILL);
	check = lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	assert_true(check.timed_out);
	lab_stop(lab);
}

static void
test_new_check_starts_at_once(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "true", LONG_MS, LONG_MS), added;

	lab_commit(lab);
	lab_await_check(lab, id, SOON_MS);
	begin_with(lab, id);
	added = lab_add_check(lab, "exit 5", LONG_MS, LONG_MS);
	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, added, SOON_MS).exit_status, 5);
	lab_stop(lab);
}

static void
test_gone_check_is_ended(void **state)
{
	struct lab *lab = *state;
	uint32_t quick = lab_add_check(lab, "true", 100, 100);
	struct msg_check check;
	pid_t pid;

	lab_add_check(
	    lab, "trap 'echo 1 >$out/term; exit 0' TERM; echo $$ >$out/pid; " HANGS, 30000, 30000);
	lab_commit(lab);
	lab_await_check(lab, quick, SOON_MS);
	pid = lab_wait_number(lab, "pid");
	lab_begin_set(lab);
	lab_commit(lab);
	lab_lend_engine(lab); /* to which nothing is replayed */
	LAB_WAIT_UNTIL(lab_is_gone(pid), SOON_MS);
	assert_int_equal(lab_read_number(lab, "term"), 1);
	assert_false(lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 500));
	lab_stop(lab);
}

/* Watches of the checker's one descriptor of inotify. */
static unsigned
count_watches(const struct lab *lab)
{
	char path[300], line[256];
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)lab->checker);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(
		    path, sizeof(path), "/proc/%d/fdinfo/%s", (int)lab->checker, entry->d_name);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		while (fgets(line, sizeof(line), f) != NULL)
			n += strncmp(line, "inotify", 7) == 0;
		fclose(f);
	}
	closedir(dir);
	return n;
}

static struct conf_check
file_check(const struct lab *lab, const char *name)
{
	struct conf_check check = {.kind = CONF_CHECK_FILE, .interval_ms = LONG_MS};

	check.timeout_ms = SOON_MS;
	snprintf(check.text, sizeof(check.text), "%s/out/%s", lab->dir, name);
	return check;
}

static void
test_gone_file_check_watches_nothing(void **state)
{
	struct lab *lab = *state;
	struct conf_check first = file_check(lab, "first"), second = file_check(lab, "second");
	uint32_t ids[] = {lab_add_probe(lab, &first), lab_add_probe(lab, &second)};

	touch(lab, "first");
	lab_commit(lab);
	lab_await_state(lab, ids[0], VRRP_CHECK_UP, SOON_MS);
	lab_lend_engine(lab); /* whatever came first */
	lab_await_state(lab, ids[1], VRRP_CHECK_DOWN, SOON_MS);
	assert_int_equal(count_watches(lab), 2); /* the directory is both's */
	begin_with(lab, ids[1]);
	lab_commit(lab);
	LAB_WAIT_UNTIL(count_watches(lab) == 1, SOON_MS);
	touch(lab, "second");
	lab_await_state(lab, ids[1], VRRP_CHECK_UP, SOON_MS);
	lab_begin_set(lab);
	lab_commit(lab);
	LAB_WAIT_UNTIL(count_watches(lab) == 0, SOON_MS);
	lab_stop(lab);
}

static void
test_value_counts_from_now_on(void **state)
{
	struct lab *lab = *state;
	struct conf_check file = file_check(lab, "number");
	uint32_t id = lab_add_probe(lab, &file);
	char path[128];

	snprintf(path, sizeof(path), "%s/out/number", lab->dir);
	lab_write_script(path, "42\n");
	lab_commit(lab);
	assert_int_equal(lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS).value, 0);
	begin_with(lab, id);
	lab_weigh_value(lab, id);
	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, SOON_MS).value, 42);
	lab_stop(lab);
}

static void
test_more_in_parallel(void **state)
{
	struct lab *lab = *state;
	uint32_t first, second;

	lab_commit(lab);
	lab->parallel = 1;
	lab_begin_set(lab);
	first = lab_add_check(lab, "echo 1 >$out/first; " HANGS, LONG_MS, LONG_MS);
	second = lab_add_check(lab, "echo 1 >$out/second; " HANGS, LONG_MS, LONG_MS);
	lab_commit(lab);
	lab_wait_number(lab, "first");
	settle(lab);
	assert_false(is_there(lab, "second"));
	lab->parallel = 2;
	begin_with(lab, first);
	lab_repeat(lab, second);
	lab_commit(lab);
	lab_wait_number(lab, "second");
	touch(lab, "go");
	lab_stop(lab);
}

static void
test_trial_of_a_gone_check(void **state)
{
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "true", LONG_MS, LONG_MS);
	struct msg_run_check request = {.check = id, .token = 7};
	struct msg_check_ran ran;
	char byte;

	lab_commit(lab);
	lab_await_check(lab, id, SOON_MS);
	lab_begin_set(lab);
	lab_commit(lab);
	settle(lab);
	lab_send(lab->engine, ENGINE_CHECKER_RUN_CHECK, &request, sizeof(request), -1);
	assert_true(lab_receive(lab->engine, CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran), SOON_MS));
	assert_true(ran.token == 7);
	assert_int_equal(ran.result.state, VRRP_CHECK_BROKEN);
	assert_string_equal(ran.result.step, "gone");
	request.check = LAB_LAST_CHECK + 1;
	lab_send(lab->engine, ENGINE_CHECKER_RUN_CHECK, &request, sizeof(request), -1);
	assert_int_equal(recv(lab->engine, &byte, 1, 0), 0);
	lab_stop(lab);
}

/* One that runs goes on, one that waits for a place is answered. */
static void
test_trials_over_a_commit(void **state)
{
	struct lab *lab = *state;
	struct msg_run_check request = {.token = 1};
	struct msg_check_ran ran;
	uint32_t id;

	lab_commit(lab);
	lab->parallel = 1;
	lab_begin_set(lab);
	id = lab_add_check(lab,
	    "[ -e $out/second ] || { touch $out/second; exit 0; }; echo $$ >$out/pid; " HANGS
	    "; exit 6",
	    LONG_MS, LONG_MS);
	lab_commit(lab);
	lab_await_check(lab, id, SOON_MS);
	request.check = id;
	lab_send(lab->engine, ENGINE_CHECKER_RUN_CHECK, &request, sizeof(request), -1);
	request.token = 2;
	lab_send(lab->engine, ENGINE_CHECKER_RUN_CHECK, &request, sizeof(request), -1);
	lab_wait_number(lab, "pid");
	for (int i = 0; i < 2; i++) {
		lab_begin_set(lab);
		lab_commit(lab);
	}
	assert_true(lab_receive(lab->engine, CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran), SOON_MS));
	assert_true(ran.token == 2);
	assert_string_equal(ran.result.step, "gone");
	touch(lab, "go");
	assert_true(lab_receive(lab->engine, CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran), SOON_MS));
	assert_true(ran.token == 1);
	assert_int_equal(ran.result.exit_status, 6);
	lab_stop(lab);
}

/* ---- protocol and memory ---- */

static void
must_break(struct lab *lab)
{
	int status;

	assert_int_equal(waitpid(lab->checker, &status, 0), lab->checker);
	lab->checker = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

static void
test_commit_without_a_set(void **state)
{
	struct lab *lab = *state;

	lab_commit(lab);
	lab_send_empty(lab, PARENT_CHECKER_COMMIT);
	must_break(lab);
}

static void
test_commit_of_half_a_set(void **state)
{
	struct lab *lab = *state;

	lab_commit(lab);
	lab_begin_set(lab);
	lab_send_empty(lab, PARENT_CHECKER_COMMIT);
	must_break(lab);
}

static void
test_commit_after_abort(void **state)
{
	struct lab *lab = *state;

	lab_commit(lab);
	lab_begin_set(lab);
	lab_end_set(lab);
	lab_send_empty(lab, PARENT_CHECKER_ABORT);
	lab_send_empty(lab, PARENT_CHECKER_COMMIT);
	must_break(lab);
}

static void
test_two_ends(void **state)
{
	const struct msg_conf_end end = {.generation = 1};
	struct lab *lab = *state;

	lab_end_set(lab);
	lab_send(lab->parent, PARENT_CHECKER_CONF_END, &end, sizeof(end), -1);
	must_break(lab);
}

static void
test_a_set_without_its_beginning(void **state)
{
	struct lab *lab = *state;

	lab_commit(lab);
	lab_add_target(lab, OTHER, "other");
	must_break(lab);
}

static void
test_another_beginning(void **state)
{
	const struct conf_global global = {.router_name = "other", .max_parallel = 1};
	struct lab *lab = *state;

	lab_end_set(lab);
	lab_send(lab->parent, PARENT_CHECKER_CONF_GLOBAL, &global, sizeof(global), -1);
	must_break(lab);
}

static unsigned
count_descriptors(const struct lab *lab)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)lab->checker);
	return lab_count_entries(path);
}

static long
resident_kb(const struct lab *lab)
{
	long all, resident = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)lab->checker);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &all, &resident), 2);
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* One check of each kind that is another one each time. */
static void
add_passing(struct lab *lab, unsigned i)
{
	struct conf_check file = file_check(lab, "none");
	struct conf_check process = {
	    .kind = CONF_CHECK_PROCESS, .count_max = 1000, .text = "boundary-checke"};
	struct conf_check ping = {.kind = CONF_CHECK_PING}, tcp = {.kind = CONF_CHECK_TCP};
	char body[64];

	snprintf(body, sizeof(body), "echo %u >$out/runs; exec sleep 60", i + 1);
	assert_int_equal(addr_parse("127.0.0.1", &ping.addr), 0);
	tcp.addr = ping.addr;
	tcp.port = 1;
	lab_add_probe(lab, &process);
	lab_add_probe(lab, &ping);
	lab_add_probe(lab, &tcp);
	if (i % RUNS == 0) {
		lab_weigh_value(lab, lab_add_probe(lab, &file));
		lab_add_check(lab, body, LONG_MS, LONG_MS);
	}
}

static void
test_many_commits_leak_nothing(void **state)
{
	const struct msg_probe_socket lent = {.family = ADDR_IPV4};
	struct lab *lab = *state;
	uint32_t id = lab_add_check(lab, "true", LONG_MS, LONG_MS);
	unsigned descriptors;
	long memory = 0;

	lab_commit(lab);
	lab_await_check(lab, id, SOON_MS);
	settle(lab);
	descriptors = count_descriptors(lab) + 2; /* sockets for echo requests, inotify */
	for (unsigned i = 0; i < COMMITS; i++) {
		begin_with(lab, id);
		lab_add_target(lab, 100 + i, "passing");
		add_passing(lab, i);
		lab_send(lab->parent, PARENT_CHECKER_PROBE_SOCKET, &lent, sizeof(lent),
		    echo_open(ADDR_IPV4));
		lab_commit(lab);
		if (i % RUNS == 0)
			LAB_WAIT_UNTIL(lab_read_number(lab, "runs") == (pid_t)i + 1, SOON_MS);
		if (i % WARM == 0)
			settle(lab); /* or the engine would be said not to read */
		if (i == WARM)
			memory = resident_kb(lab);
	}
	begin_with(lab, id);
	lab_commit(lab);
	settle(lab);
	LAB_WAIT_UNTIL(count_descriptors(lab) <= descriptors, 10000);
	printf("%ld kB, %ld kB\n", memory, resident_kb(lab));
	assert_true(LAB_SANITIZED || resident_kb(lab) - memory < GROWTH_KB);
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_known_check_goes_on),
	    LAB_TEST(test_run_goes_on),
	    LAB_TEST(test_abort_changes_nothing),
	    LAB_TEST(test_changed_interval),
	    LAB_TEST(test_changed_fall_and_timeout),
	    LAB_TEST(test_new_check_starts_at_once),
	    LAB_TEST(test_gone_check_is_ended),
	    LAB_TEST(test_gone_file_check_watches_nothing),
	    LAB_TEST(test_value_counts_from_now_on),
	    LAB_TEST(test_more_in_parallel),
	    LAB_TEST(test_trial_of_a_gone_check),
	    LAB_TEST(test_trials_over_a_commit),
	    LAB_TEST(test_commit_without_a_set),
	    LAB_TEST(test_commit_of_half_a_set),
	    LAB_TEST(test_commit_after_abort),
	    LAB_TEST(test_two_ends),
	    LAB_TEST(test_a_set_without_its_beginning),
	    LAB_TEST(test_another_beginning),
	    LAB_TEST(test_many_commits_leak_nothing),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	return cmocka_run_group_tests_name("checker_reload", tests, NULL, NULL);
}
