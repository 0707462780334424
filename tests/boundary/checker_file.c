/*
 * Checks of the kinds file and disk: up, down, broken, hanging, and up again.
 * The real checker, with mounts of its own; needs root and the users of the daemon.
 *
 * Intervals are long where an event must be seen without them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"

#define LONG_MS 10000 /* an interval that no test waits for */
#define SOON_MS 1000  /* an event is seen well before */

static void
end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- files ---- */

static struct conf_check
file_check(const struct lab *lab, const char *name, uint32_t interval_ms)
{
	struct conf_check check = {.kind = CONF_CHECK_FILE, .interval_ms = interval_ms};

	snprintf(check.text, sizeof(check.text), "%s/%s", lab->dir, name);
	return check;
}

static void run_in(const struct lab *, const char *, ...) __attribute__((format(printf, 2, 3)));

/* A shell command in the laboratory. */
static void
run_in(const struct lab *lab, const char *format, ...)
{
	char command[512];
	int n = snprintf(command, sizeof(command), "cd %s && ", lab->dir);
	va_list ap;

	va_start(ap, format);
	vsnprintf(command + n, sizeof(command) - (size_t)n, format, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

/* Each change is seen long before the interval. */
static void
test_file_presence(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = file_check(lab, "flag", LONG_MS);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_string_equal(check.output, "No such file or directory");
	run_in(lab, "touch flag");
	check = lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS);
	assert_int_equal(check.value, 0);
	run_in(lab, "rm flag");
	lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	run_in(lab, "echo x >other && mv other flag");
	lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS);
	run_in(lab, "mv flag other");
	lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	lab_stop(lab);
}

static void
test_file_directories_come_and_go(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = file_check(lab, "a/b/flag", LONG_MS);
	uint32_t id = lab_add_probe(lab, &kind);

	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, 2000).state, VRRP_CHECK_DOWN);
	for (int i = 0; i < 2; i++) {
		run_in(lab, "mkdir a && sleep 0.15 && mkdir a/b && sleep 0.15 && touch a/b/flag");
		lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS);
		run_in(lab, "rm -r a");
		lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	}
	lab_stop(lab);
}

static void
test_file_symbolic_links(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = file_check(lab, "link", LONG_MS);
	uint32_t id = lab_add_probe(lab, &kind);

	run_in(lab, "mkdir d e && ln -s d/second link && ln -s %s/e/third d/second", lab->dir);
	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, 2000).state, VRRP_CHECK_DOWN);
	run_in(lab, "touch e/third");
	lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS);
	run_in(lab, "rm e/third");
	lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	run_in(lab, "touch e/fourth && ln -s ../e/fourth d/new && mv -T d/new d/second");
	lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS);
	run_in(lab, "rm link");
	lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	lab_stop(lab);
}

static void
await_value(struct lab *lab, uint32_t id, int64_t value)
{
	assert_int_equal(lab_await_state(lab, id, VRRP_CHECK_UP, SOON_MS).value, value);
}

static void
test_file_value(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = file_check(lab, "number", LONG_MS);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;

	lab_weigh_value(lab, id);
	run_in(lab, "echo 12 >number");
	lab_commit(lab);
	await_value(lab, id, 12);
	run_in(lab, "echo -7 >new && mv new number");
	await_value(lab, id, -7);
	run_in(lab, "echo 100000000000000000000 >number");
	await_value(lab, id, 254);
	run_in(lab, "echo -255 >number");
	await_value(lab, id, -254);
	run_in(lab, "printf 'a few\\nwords' >number");
	check = lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	assert_string_equal(check.output, "not a number: a few words");
	assert_int_equal(check.value, 0);
	run_in(lab, "rm number && mkdir number");
	lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	run_in(lab, "rmdir number && echo 0 >number");
	await_value(lab, id, 0);
	lab_stop(lab);
}

/* A process that writes 2, 3… 40, and empties the file before each, as a shell does. */
static pid_t
start_writer(const struct lab *lab)
{
	pid_t pid = fork();
	char path[128];
	int fd;

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/number", lab->dir);
	for (int i = 2; i <= 40; i++) {
		fd = open(path, O_WRONLY | O_TRUNC);
		lab_nap(5 * NS_PER_MS);
		dprintf(fd, "%d\n", i);
		close(fd);
		lab_nap(10 * NS_PER_MS);
	}
	_exit(0);
}

/* That is no value, and no failure. */
static void
test_file_value_while_it_is_written(void **state)
{
	struct lab *lab = *state;
	struct conf_check kind = file_check(lab, "number", 10);
	struct msg_check check;
	int64_t last = 0;
	pid_t writer;
	uint32_t id;

	kind.timeout_ms = 500;
	id = lab_add_probe(lab, &kind);
	lab_weigh_value(lab, id);
	run_in(lab, "echo 1 >number");
	lab_commit(lab);
	await_value(lab, id, 1);
	writer = start_writer(lab);
	while (last != 40) {
		check = lab_await_check(lab, id, 1000);
		assert_int_equal(check.state, VRRP_CHECK_UP);
		assert_true(check.value >= last);
		last = check.value;
	}
	waitpid(writer, NULL, 0);
	lab_stop(lab);
}

static void
test_file_unreadable_is_broken(void **state)
{
	struct lab *lab = *state;
	struct conf_check kind = file_check(lab, "secret", LONG_MS);
	uint32_t there = lab_add_probe(lab, &kind), number, hidden;
	struct msg_check check;

	number = lab_add_probe(lab, &kind);
	lab_weigh_value(lab, number);
	kind = file_check(lab, "closed/flag", LONG_MS);
	hidden = lab_add_probe(lab, &kind);
	run_in(
	    lab, "echo 5 >secret && chmod 600 secret && mkdir -m 700 closed && touch closed/flag");
	lab_commit(lab);
	lab_await_state(lab, there, VRRP_CHECK_UP, 2000);
	lab_lend_engine(lab);
	check = lab_await_check(lab, number, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_string_equal(check.step, "read");
	assert_int_equal(check.error, EACCES);
	lab_lend_engine(lab);
	check = lab_await_check(lab, hidden, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_string_equal(check.step, "stat");
	assert_int_equal(check.error, EACCES);
	run_in(lab, "chmod 644 secret");
	assert_int_equal(lab_await_state(lab, number, VRRP_CHECK_UP, SOON_MS).value, 5);
	lab_stop(lab);
}

/* Others in its directory do not concern it, and many events make few looks. */
static void
test_file_hints_are_few(void **state)
{
	struct lab *lab = *state;
	struct conf_check kind = file_check(lab, "flag", LONG_MS);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;
	mono_t start;

	run_in(lab, "touch flag");
	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	run_in(lab, "for i in $(seq 200); do touch x$i; rm x$i; done");
	assert_false(lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 300));
	start = clock_now();
	run_in(lab, "for i in $(seq 1000); do echo x >flag; done");
	check = lab_await_check(lab, id, SOON_MS);
	while (lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 300))
		;
	assert_in_range(check.runs, 2, 4 + mono_since(clock_now(), start) / (100 * NS_PER_MS));
	run_in(lab, "rm flag");
	lab_await_state(lab, id, VRRP_CHECK_DOWN, SOON_MS);
	lab_stop(lab);
}

/* ---- disks ---- */

static struct conf_check
disk_check(const char *path, uint32_t percent, uint64_t bytes, uint32_t interval_ms)
{
	struct conf_check check = {.kind = CONF_CHECK_DISK,
	    .free_percent = percent,
	    .free_bytes = bytes,
	    .interval_ms = interval_ms};

	strlcpy(check.text, path, sizeof(check.text));
	return check;
}

static void
test_disk(void **state)
{
	struct lab *lab = *state;
	char path[128];
	struct conf_check kind;
	uint32_t percent, bytes;
	struct msg_check check;

	snprintf(path, sizeof(path), "%s/disk", lab->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(mount("none", path, "tmpfs", 0, "size=16m"), 0);
	kind = disk_check(path, 50, 0, 100);
	percent = lab_add_probe(lab, &kind);
	kind = disk_check(path, 0, 4 << 20, 100);
	bytes = lab_add_probe(lab, &kind);
	lab_commit(lab);
	check = lab_await_state(lab, percent, VRRP_CHECK_UP, 2000);
	assert_string_equal(check.output, "100% free");
	check = lab_await_state(lab, bytes, VRRP_CHECK_UP, 2000);
	assert_string_equal(check.output, "16 MiB free");
	run_in(lab, "head -c 10M /dev/zero >disk/ten");
	check = lab_await_state(lab, percent, VRRP_CHECK_DOWN, 2000);
	assert_string_equal(check.output, "37% free, too little");
	assert_int_equal(lab_await_check(lab, bytes, 2000).state, VRRP_CHECK_UP);
	run_in(lab, "head -c 4M /dev/zero >disk/four");
	check = lab_await_state(lab, bytes, VRRP_CHECK_DOWN, 2000);
	assert_string_equal(check.output, "2 MiB free, too little");
	run_in(lab, "rm disk/ten disk/four");
	lab_await_state(lab, percent, VRRP_CHECK_UP, 2000);
	lab_await_state(lab, bytes, VRRP_CHECK_UP, 2000);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
	lab_stop(lab);
}

static void
test_disk_broken(void **state)
{
	struct lab *lab = *state;
	struct conf_check kind = disk_check("/no/such/path", 1, 0, LONG_MS);
	uint32_t missing = lab_add_probe(lab, &kind), sizeless;
	struct msg_check check;

	kind = disk_check("/proc", 1, 0, LONG_MS);
	sizeless = lab_add_probe(lab, &kind);
	lab_commit(lab);
	check = lab_await_check(lab, missing, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_string_equal(check.step, "statvfs");
	assert_int_equal(check.error, ENOENT);
	lab_lend_engine(lab);
	check = lab_await_check(lab, sizeless, 2000);
	assert_int_equal(check.state, VRRP_CHECK_BROKEN);
	assert_int_equal(check.error, EOPNOTSUPP);
	lab_stop(lab);
}

/* ---- a file system whose server is dead ---- */

/* A process that takes every request but the first, which the kernel waits for, and answers none. */
static pid_t
serve_nothing(int fd)
{
	struct fuse_out_header out = {.len = sizeof(out) + sizeof(struct fuse_init_out)};
	struct fuse_init_out init = {
	    .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};
	struct fuse_in_header in;
	char request[65536], reply[sizeof(out) + sizeof(init)];
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, request, sizeof(request)) > 0) {
		memcpy(&in, request, sizeof(in));
		if (in.opcode != FUSE_INIT)
			continue;
		out.unique = in.unique;
		memcpy(reply, &out, sizeof(out));
		memcpy(reply + sizeof(out), &init, sizeof(init));
		if (write(fd, reply, sizeof(reply)) != sizeof(reply))
			_exit(1);
	}
	_exit(0);
}

/* Ends when the returned process does. 0 when the kernel cannot. */
static pid_t
mount_dead(const struct lab *lab, char path[128])
{
	char options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	pid_t pid;

	if (fd == -1)
		return 0;
	snprintf(path, 128, "%s/dead", lab->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(
	    options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	assert_int_equal(mount("dead", path, "fuse", MS_NOSUID | MS_NODEV, options), 0);
	pid = serve_nothing(fd);
	close(fd);
	lab_nap(50 * NS_PER_MS);
	return pid;
}

/*
 * Those that look there time out, each time; all others go on; not more and more processes wait; the
 * checker ends as if nothing were.
 */
static void
test_dead_server_hangs_nobody_else(void **state)
{
	struct lab *lab = *state;
	char path[128], inside[160];
	pid_t server = mount_dead(lab, path);
	struct conf_check kind = disk_check(path, 1, 0, 200);
	const struct conf_check well = disk_check(lab->dir, 1, 0, 100);
	uint32_t disk, file, other;
	struct msg_check check;
	uint64_t runs;

	if (server == 0) {
		skip();
		return;
	}
	snprintf(inside, sizeof(inside), "%.100s/flag", path);
	disk = lab_add_probe(lab, &kind);
	kind = (struct conf_check){.kind = CONF_CHECK_FILE, .interval_ms = 200};
	strlcpy(kind.text, inside, sizeof(kind.text));
	file = lab_add_probe(lab, &kind);
	other = lab_add_probe(lab, &well);
	lab_commit(lab);
	check = lab_await_state(lab, disk, VRRP_CHECK_DOWN, 2000);
	assert_true(check.timed_out);
	assert_in_range(check.duration_us, 200000, 400000);
	check = lab_await_state(lab, file, VRRP_CHECK_DOWN, 2000);
	assert_true(check.timed_out);
	runs = check.runs;
	assert_int_equal(lab_await_check(lab, other, 2000).state, VRRP_CHECK_UP);
	for (int i = 0; i < 10; i++) {
		check = lab_await_check(lab, other, 250);
		assert_int_equal(check.state, VRRP_CHECK_UP);
		assert_true(check.duration_us < 200000);
	}
	check = lab_await_check(lab, file, 500);
	assert_true(check.runs >= runs + 3); /* a failure for each time that was due */
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	lab_stop(lab);
	end_process(server);
	umount2(path, MNT_DETACH);
}

/* The process that looks, here for as long as it takes, is no script's prey. */
static void
test_no_script_reaches_a_look(void **state)
{
	struct lab *lab = *state;
	char path[128];
	pid_t server = mount_dead(lab, path);
	const struct conf_check kind = disk_check(path, 1, 0, LONG_MS);
	uint32_t script;
	struct msg_check check;

	if (server == 0) {
		skip();
		return;
	}
	lab_add_probe(lab, &kind);
	script = lab_add_check(lab,
	    "until pid=$(grep -ls 'look (check1)' /proc/[0-9]*/cmdline | cut -d/ -f3 | grep .); "
	    "do\n"
	    "	sleep 0.05\n"
	    "done\n"
	    "kill -9 $pid 2>/dev/null && echo killed\n"
	    "head -c 1 /proc/$pid/environ >/dev/null 2>&1 && echo read\n"
	    "echo $pid >$out/pid; exit 0",
	    LONG_MS, LONG_MS);
	lab_commit(lab);
	check = lab_await_check(lab, script, LONG_MS);
	assert_string_equal(check.output, "");
	assert_int_equal(check.exit_status, 0);
	assert_false(lab_is_gone(lab_read_number(lab, "pid")));
	lab_stop(lab);
	end_process(server);
	umount2(path, MNT_DETACH);
}

/* The server is back: so is the check. */
static void
test_dead_server_comes_back(void **state)
{
	struct lab *lab = *state;
	char path[128];
	pid_t server = mount_dead(lab, path);
	const struct conf_check kind = disk_check(path, 1, 0, 200);
	uint32_t disk = lab_add_probe(lab, &kind);

	if (server == 0) {
		skip();
		return;
	}
	lab_commit(lab);
	assert_true(lab_await_state(lab, disk, VRRP_CHECK_DOWN, 2000).timed_out);
	end_process(server);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
	lab_await_state(lab, disk, VRRP_CHECK_UP, 2000);
	lab_stop(lab);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_file_presence),
	    LAB_TEST(test_file_directories_come_and_go),
	    LAB_TEST(test_file_symbolic_links),
	    LAB_TEST(test_file_value),
	    LAB_TEST(test_file_value_while_it_is_written),
	    LAB_TEST(test_file_unreadable_is_broken),
	    LAB_TEST(test_file_hints_are_few),
	    LAB_TEST(test_disk),
	    LAB_TEST(test_disk_broken),
	    LAB_TEST(test_dead_server_hangs_nobody_else),
	    LAB_TEST(test_dead_server_comes_back),
	    LAB_TEST(test_no_script_reaches_a_look),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	return cmocka_run_group_tests_name("checker_file", tests, NULL, NULL);
}
