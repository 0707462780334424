/*
 * The real checker, with this program as its parent and its engine. Needs root and the daemon's
 * users.
 *
 * It starts itself again as the checker, as vrrpd does; scripts lie in a directory of their own
 * below /run. What a test sees is what the engine would be told, and what /proc shows.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/unistd.h>
#include <cmocka.h>

#include "checker/checker.h"
#include "checker/tree.h"
#include "common/clock.h"
#include "common/proc.h"
#include "tests/boundary/checker_lab.h"

uid_t lab_script_uid;
gid_t lab_script_gid, lab_group_gid;
static uid_t checker_uid;
static gid_t checker_gid;

/* ---- messages ---- */

void
lab_send(int fd, uint16_t type, const void *payload, size_t size, int passed)
{
	const struct msg_header header = {.type = type};
	char copy[MSG_SIZE_MAX], control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {copy, sizeof(header) + size};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;

	memcpy(copy, &header, sizeof(header));
	memcpy(copy + sizeof(header), payload, size);
	if (passed != -1) {
		mh.msg_control = control;
		mh.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&mh);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &passed, sizeof(passed));
	}
	assert_int_equal(sendmsg(fd, &mh, MSG_NOSIGNAL), iov.iov_len);
	if (passed != -1)
		close(passed);
}

bool
lab_receive(int fd, uint16_t type, void *payload, size_t size, int ms)
{
	mono_t end = mono_add(clock_now(), ms * NS_PER_MS);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	char packet[MSG_SIZE_MAX];
	struct msg_header header;
	int64_t left;
	ssize_t n;

	while ((left = mono_since(end, clock_now())) >= 0) {
		if (poll(&pfd, 1, (int)(left / NS_PER_MS) + 1) <= 0)
			continue;
		n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n <= (ssize_t)sizeof(header))
			return false;
		memcpy(&header, packet, sizeof(header));
		if (header.type != type)
			continue;
		assert_int_equal(n, sizeof(header) + size);
		memcpy(payload, packet + sizeof(header), size);
		return true;
	}
	return false;
}

struct msg_check
lab_await_check(struct lab *lab, uint32_t id, int ms)
{
	mono_t end = mono_add(clock_now(), ms * NS_PER_MS);
	struct msg_check check;

	while (lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), ms)) {
		if (check.check == id)
			return check;
		if (mono_reached(end, clock_now()))
			break;
	}
	fail_msg("no result of check %u within %d ms", id, ms);
	return check;
}

struct msg_check
lab_await_state(struct lab *lab, uint32_t id, enum vrrp_check_state state, int ms)
{
	mono_t end = mono_add(clock_now(), ms * NS_PER_MS);
	struct msg_check check = {0};
	int64_t left;

	while ((left = mono_since(end, clock_now())) > 0) {
		if (!lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check),
			(int)(left / NS_PER_MS) + 1))
			break;
		if (check.check == id && check.state == (uint8_t)state)
			return check;
	}
	fail_msg("check %u is not %s within %d ms (last result: check %u, %s, \"%s\", step \"%s\")",
	    id, vrrp_check_state_name(state), ms, check.check, vrrp_check_state_name(check.state),
	    check.output, check.step);
	return check;
}

struct msg_hook
lab_await_hook(struct lab *lab, uint32_t sequence, int ms)
{
	struct msg_hook hook;

	while (lab_receive(lab->engine, CHECKER_ENGINE_HOOK, &hook, sizeof(hook), ms))
		if (hook.sequence == sequence)
			return hook;
	fail_msg("no word of hook %u within %d ms", sequence, ms);
	return hook;
}

/* ---- the checker ---- */

void
lab_lend_engine(struct lab *lab)
{
	const struct msg_empty empty = {0};
	int sv[2];

	assert_int_equal(proc_socketpair(sv, 0), 0);
	if (lab->engine != -1)
		close(lab->engine);
	lab->engine = sv[0];
	lab_send(lab->parent, PARENT_CHECKER_ENGINE_SOCKET, &empty, sizeof(empty), sv[1]);
}

static void
make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	assert_int_equal(mkdir(path, mode), 0);
	assert_int_equal(chown(path, uid, gid), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
send_hello(struct lab *lab)
{
	struct msg_hello hello = {.version = MSG_VERSION,
	    .role = MSG_ROLE_CHECKER,
	    .uid = checker_uid,
	    .gid = checker_gid,
	    .effective_uid = lab_script_uid,
	    .effective_gid = lab_script_gid,
	    .supplementary_gid = lab_group_gid,
	    .user_name = "_vrrpd_script"};

	lab_send(lab->parent, PARENT_CHECKER_HELLO, &hello, sizeof(hello), -1);
}

void
lab_begin_set(struct lab *lab)
{
	const struct conf_global global = {.router_name = "test",
	    .engine_uid = 1,
	    .engine_gid = lab_group_gid,
	    .checker_uid = checker_uid,
	    .checker_gid = checker_gid,
	    .stop_timeout_ms = 5000,
	    .max_parallel = lab->parallel,
	    .last_check = lab->generation > 0 ? LAB_LAST_CHECK : 0};
	const struct conf_runner runner = {
	    LAB_RUNNER, lab_script_uid, lab_script_gid, "_vrrpd_script"};

	lab->generation++;
	lab_send(lab->parent, PARENT_CHECKER_CONF_GLOBAL, &global, sizeof(global), -1);
	lab_send(lab->parent, PARENT_CHECKER_CONF_RUNNER, &runner, sizeof(runner), -1);
}

void
lab_add_target(struct lab *lab, uint32_t instance, const char *name)
{
	struct msg_target target = {.instance = instance, .interface = "eth0", .vrid = 5};

	strlcpy(target.name, name, sizeof(target.name));
	strlcpy(target.addresses, "192.0.2.10/24 192.0.2.11/24", sizeof(target.addresses));
	lab_send(lab->parent, PARENT_CHECKER_TARGET, &target,
	    offsetof(struct msg_target, addresses) + strlen(target.addresses) + 1, -1);
}

/* A checker that has read everything but commands and checks. */
int
lab_setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	char path[128];

	assert_non_null(lab);
	*state = lab;
	strlcpy(lab->dir, "/run/vrrpd-test.XXXXXX", sizeof(lab->dir));
	assert_non_null(mkdtemp(lab->dir));
	assert_int_equal(chmod(lab->dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/tmp", lab->dir);
	make_directory(path, 01730, 0, lab_group_gid);
	snprintf(path, sizeof(path), "%s/out", lab->dir);
	make_directory(path, 0755, lab_script_uid, lab_script_gid);
	lab->options = (struct proc_options){.runtime_dir = lab->dir};
	lab->checker = proc_spawn(MSG_ROLE_CHECKER, &lab->options, &lab->parent);
	assert_int_not_equal(lab->checker, -1);
	lab->engine = -1;
	lab->next_id = 1;
	lab->parallel = LAB_PARALLEL;
	send_hello(lab);
	lab_begin_set(lab);
	lab_add_target(lab, LAB_INSTANCE, "web");
	lab_lend_engine(lab);
	return 0;
}

unsigned
lab_count_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned n = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

bool
lab_is_gone(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

void
lab_nap(int64_t ns)
{
	const struct timespec ts = {.tv_nsec = ns};

	nanosleep(&ts, NULL);
}

void
lab_stop(struct lab *lab)
{
	const struct msg_shutdown shutdown = {0};
	struct msg_empty empty;
	char path[128];
	int status;

	lab_send(lab->parent, PARENT_CHECKER_SHUTDOWN, &shutdown, sizeof(shutdown), -1);
	assert_true(lab_receive(lab->parent, CHECKER_PARENT_DONE, &empty, sizeof(empty), 3000));
	assert_int_equal(waitpid(lab->checker, &status, 0), lab->checker);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	lab->checker = 0;
	snprintf(path, sizeof(path), "%s/tmp", lab->dir);
	assert_int_equal(lab_count_entries(path), 0);
}

int
lab_teardown(void **state)
{
	struct lab *lab = *state;
	char command[128];

	if (lab->checker > 0) {
		kill(lab->checker, SIGKILL);
		waitpid(lab->checker, NULL, 0);
	}
	close(lab->parent);
	close(lab->engine);
	snprintf(command, sizeof(command), "rm -rf '%s'", lab->dir);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < LAB_KEPT; i++) {
		free(lab->command[i]);
		free(lab->check[i]);
	}
	free(lab);
	return 0;
}

static void
send_command(struct lab *lab, const struct conf_command *command)
{
	lab_send(lab->parent, PARENT_CHECKER_CONF_COMMAND, command,
	    conf_record_size(CONF_COMMAND, command), -1);
	if (command->id >= LAB_KEPT || lab->command[command->id] != NULL)
		return;
	lab->command[command->id] = malloc(sizeof(*command));
	assert_non_null(lab->command[command->id]);
	*lab->command[command->id] = *command;
}

static void
send_check(struct lab *lab, const struct conf_check *check)
{
	lab_send(
	    lab->parent, PARENT_CHECKER_CONF_CHECK, check, conf_record_size(CONF_CHECK, check), -1);
	if (check->id >= LAB_KEPT || lab->check[check->id] != NULL)
		return;
	lab->check[check->id] = malloc(sizeof(*check));
	assert_non_null(lab->check[check->id]);
	*lab->check[check->id] = *check;
}

void
lab_repeat(struct lab *lab, uint32_t id)
{
	assert_true(id < LAB_KEPT);
	if (lab->command[id] != NULL)
		send_command(lab, lab->command[id]);
	if (lab->check[id] != NULL)
		send_check(lab, lab->check[id]);
}

uint32_t
lab_add_program(struct lab *lab, const struct lab_program *program)
{
	struct conf_command command = {.id = lab->next_id++,
	    .runner = LAB_RUNNER,
	    .timeout_ms = program->timeout_ms,
	    .sandbox = (uint8_t)program->sandbox};
	char *p = command.text;

	for (size_t i = 0; i < LAB_STRINGS && program->argv[i] != NULL; i++, command.argc++)
		p += sprintf(p, "%s", program->argv[i]) + 1;
	for (size_t i = 0; i < LAB_STRINGS && program->environment[i] != NULL; i++, command.envc++)
		p += sprintf(p, "%s", program->environment[i]) + 1;
	if (program->writable != NULL) {
		command.writablec = 1;
		p += sprintf(p, "%s", program->writable) + 1;
	}
	command.text_length = (uint32_t)(p - command.text);
	send_command(lab, &command);
	return command.id;
}

void
lab_write_script(const char *path, const char *format, ...)
{
	FILE *f = fopen(path, "w");
	va_list ap;

	assert_non_null(f);
	va_start(ap, format);
	vfprintf(f, format, ap);
	va_end(ap);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
}

uint32_t
lab_add_command(struct lab *lab, const char *body, uint32_t timeout_ms, enum conf_sandbox sandbox)
{
	struct lab_program program = {.timeout_ms = timeout_ms, .sandbox = sandbox};
	char path[128], out[128];

	snprintf(path, sizeof(path), "%s/script%u", lab->dir, lab->next_id);
	if (body != NULL)
		lab_write_script(path, "#!/bin/sh\nout=%s/out\n%s\n", lab->dir, body);
	program.argv[0] = path;
	if (sandbox != CONF_SANDBOX_OFF) {
		program.environment[0] = "LC_ALL=C";
		program.environment[1] = "TMPDIR=/tmp";
		snprintf(out, sizeof(out), "%s/out", lab->dir);
		program.writable = out;
	}
	return lab_add_program(lab, &program);
}

/* As a configuration would have it: what the kind says, and the usual for the rest. */
uint32_t
lab_add_probe(struct lab *lab, const struct conf_check *kind)
{
	struct conf_check check = *kind;

	check.id = lab->next_id++;
	check.runner = LAB_RUNNER;
	check.interval_ms = kind->interval_ms != 0 ? kind->interval_ms : 1000;
	check.timeout_ms = kind->timeout_ms != 0 ? kind->timeout_ms : check.interval_ms;
	check.fall = kind->fall != 0 ? kind->fall : 1;
	check.rise = kind->rise != 0 ? kind->rise : 1;
	check.text_length = kind->text[0] != '\0' ? (uint32_t)strlen(kind->text) + 1 : 0;
	snprintf(check.name, sizeof(check.name), "check%u", check.id);
	send_check(lab, &check);
	return check.id;
}

void
lab_weigh_value(struct lab *lab, uint32_t id)
{
	const struct msg_by_value message = {id};

	lab_send(lab->parent, PARENT_CHECKER_BY_VALUE, &message, sizeof(message), -1);
}

void
lab_enter_namespaces(void)
{
	assert_int_equal(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(system("ip link set lo up"), 0);
}

uint32_t
lab_add_check_of(struct lab *lab, uint32_t command, uint32_t interval_ms, uint32_t timeout_ms)
{
	struct conf_check check = {.id = command,
	    .command = command,
	    .runner = LAB_RUNNER,
	    .interval_ms = interval_ms,
	    .timeout_ms = timeout_ms,
	    .fall = 1,
	    .rise = 1,
	    .initial = CONF_INITIAL_UNKNOWN};

	snprintf(check.name, sizeof(check.name), "check%u", check.id);
	send_check(lab, &check);
	return check.id;
}

uint32_t
lab_add_check(struct lab *lab, const char *body, uint32_t interval_ms, uint32_t timeout_ms)
{
	uint32_t command = lab_add_command(lab, body, timeout_ms, CONF_SANDBOX_STRICT);

	return lab_add_check_of(lab, command, interval_ms, timeout_ms);
}

void
lab_end_set(struct lab *lab)
{
	const struct msg_conf_end end = {.generation = lab->generation, .loads = 1};
	struct msg_conf_end ready;

	lab_send(lab->parent, PARENT_CHECKER_CONF_END, &end, sizeof(end), -1);
	assert_true(lab_receive(lab->parent, CHECKER_PARENT_READY, &ready, sizeof(ready), 5000));
	assert_int_equal(ready.generation, lab->generation);
}

void
lab_send_empty(struct lab *lab, enum msg_parent_checker type)
{
	const struct msg_empty empty = {0};

	lab_send(lab->parent, (uint16_t)type, &empty, sizeof(empty), -1);
}

void
lab_commit(struct lab *lab)
{
	lab_end_set(lab);
	lab_send_empty(lab, PARENT_CHECKER_COMMIT);
}

uint32_t
lab_run_hook(struct lab *lab, uint32_t command, enum conf_hook_slot slot)
{
	return lab_run_hook_of(lab, LAB_INSTANCE, command, slot);
}

uint32_t
lab_run_hook_of(struct lab *lab, uint32_t instance, uint32_t command, enum conf_hook_slot slot)
{
	struct msg_run_hook request = {.instance = instance,
	    .sequence = ++lab->sequence,
	    .command = command,
	    .slot = (uint8_t)slot,
	    .event = VRRP_HOOK_MASTER,
	    .previous = VRRP_BACKUP,
	    .reason = VRRP_REASON_MASTER_DOWN_TIMER,
	    .priority = 200,
	    .skipped_count = 2,
	    .skipped = {VRRP_HOOK_FAULT, VRRP_HOOK_BACKUP}};

	lab_send(lab->engine, ENGINE_CHECKER_RUN_HOOK, &request, sizeof(request), -1);
	return request.sequence;
}

pid_t
lab_read_number(const struct lab *lab, const char *name)
{
	char path[128];
	long number = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out/%s", lab->dir, name);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &number) != 1)
		number = 0;
	fclose(f);
	return (pid_t)number;
}

pid_t
lab_wait_number(const struct lab *lab, const char *name)
{
	LAB_WAIT_UNTIL(lab_read_number(lab, name) > 0, 5000);
	return lab_read_number(lab, name);
}

char *
lab_read_file(const struct lab *lab, const char *name)
{
	static char text[16384];
	char path[128];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out/%s", lab->dir, name);
	f = fopen(path, "r");
	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = '\n'; /* environ */
	text[n] = '\0';
	return text;
}

pid_t
lab_find_minder(const struct lab *lab)
{
	pid_t pid = 0;

	return tree_list_children(lab->checker, &pid, 1) == 1 ? pid : 0;
}

static bool
lab_find_user(const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL)
		return false;
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return true;
}

bool
lab_begin(int argc, char *argv[], int *code)
{
	struct proc_options options = {0};
	uid_t unused;

	setproctitle_init(argc, argv, environ);
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "-r") == 0)
			options.runtime_dir = argv[i + 1];
	if (argc > 1 && strcmp(argv[1], "-R") == 0) {
		*code = checker_main(&options);
		return false;
	}
	if (geteuid() != 0 || !lab_find_user("_vrrpd_script", &lab_script_uid, &lab_script_gid) ||
	    !lab_find_user("_vrrpd_checker", &checker_uid, &checker_gid) ||
	    !lab_find_user("_vrrpd", &unused, &lab_group_gid)) {
		printf("skipped: needs root and the users _vrrpd, _vrrpd_checker, _vrrpd_script\n");
		*code = LAB_SKIPPED;
		return false;
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* what a dead checker leaves comes to us */
	return true;
}
