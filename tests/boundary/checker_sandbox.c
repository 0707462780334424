/*
 * What scripts can do in the sandboxes they get by default, strict for checks and standard for hooks:
 * the usual things; and what no script can do to its checker, whatever its sandbox.
 * The real checker, in a network of its own; needs root and the users of the daemon.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/boundary/checker_lab.h"

static char opt[64]; /* a directory below /opt, root's */

/* Runs a program as a check does, once; its output is in the result. */
static struct msg_check
run_check(struct lab *lab, uint32_t id)
{
	lab_commit(lab);
	return lab_await_check(lab, id, 10000);
}

/* A script below /opt, strict as a check and standard as a hook: both must exit 0. */
static void
must_run(struct lab *lab, const char *name, const char *text)
{
	struct lab_program program = {.timeout_ms = 10000, .sandbox = CONF_SANDBOX_STRICT};
	char path[160], writable[128];
	uint32_t check, hook;
	struct msg_check result;
	struct msg_hook done;

	snprintf(path, sizeof(path), "%s/%s", opt, name);
	snprintf(writable, sizeof(writable), "%s/out", lab->dir);
	lab_write_script(path, "%s", text);
	program.argv[0] = path;
	program.argv[1] = writable;
	program.environment[0] = "WHO=me";
	program.writable = writable;
	check = lab_add_check_of(lab, lab_add_program(lab, &program), 60000, 20000);
	program.sandbox = CONF_SANDBOX_STANDARD;
	hook = lab_add_program(lab, &program);
	result = run_check(lab, check);
	assert_string_equal(result.output, "");
	assert_int_equal(result.exit_status, 0);
	assert_int_equal(result.error, 0);
	assert_int_equal(result.state, VRRP_CHECK_UP);
	lab_run_hook(lab, hook, CONF_HOOK_MASTER);
	done = lab_await_hook(lab, lab->sequence, 10000);
	if (done.phase == MSG_HOOK_RUNNING)
		done = lab_await_hook(lab, lab->sequence, 10000);
	assert_string_equal(done.output, "");
	assert_int_equal(done.exit_status, 0);
	lab_stop(lab);
}

static void
test_sandbox_shell(void **state)
{
	must_run(*state, "shell",
	    "#!/bin/sh -e\n"
	    "ls /proc >/dev/null 2>&1 </dev/null; head -c 1 /dev/zero >/dev/null\n"
	    "echo x | grep -q x; cat /etc/hostname /proc/self/stat >/dev/null\n"
	    "echo text >$TMPDIR/file; test \"$(cat $TMPDIR/file)\" = text; test \"$WHO\" = me\n"
	    "f=$(mktemp); echo x >$f; rm $f; echo x >$1/file; sleep 0.01; sort </dev/null\n"
	    ". ${0%/*}/library; in_library\n");
}

static void
test_sandbox_python(void **state)
{
	if (access("/usr/bin/python3", X_OK) == -1) {
		skip();
		return;
	}
	must_run(*state, "python",
	    "#!/usr/bin/python3\n"
	    "import os, socket, subprocess, sys, tempfile\n"
	    "open(os.devnull, 'w').write('x')\n"
	    "subprocess.run(['true'], check=True, stdout=subprocess.DEVNULL)\n"
	    "with tempfile.NamedTemporaryFile() as f: f.write(b'x')\n"
	    "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
	    "socket.create_connection(s.getsockname()).close()\n"
	    "sys.exit(0 if os.environ['WHO'] == 'me' else 'no environment')\n");
}

/* A process that answers every connection to that port with HTTP 200. */
static pid_t
serve_http(uint16_t *port)
{
	static const char answer[] = "HTTP/1.0 200 OK\r\n\r\nfine\n";
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	char request[4096];
	pid_t pid;

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&in, &size);
	*port = ntohs(in.sin_port);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while ((client = accept(fd, NULL, NULL)) != -1) {
			if (read(client, request, sizeof(request)) <= 0 ||
			    write(client, answer, sizeof(answer) - 1) == -1)
				_exit(1);
			close(client);
		}
		_exit(1);
	}
	close(fd);
	return pid;
}

static void
test_sandbox_curl(void **state)
{
	char text[512];
	uint16_t port;
	pid_t server;

	if (access("/usr/bin/curl", X_OK) == -1) {
		skip();
		return;
	}
	server = serve_http(&port);
	snprintf(text, sizeof(text),
	    "#!/bin/sh -e\n"
	    "curl -fsS http://127.0.0.1:%u/ >/dev/null\n"
	    "curl -fsS -o $TMPDIR/answer http://127.0.0.1:%u/; grep -qx fine $TMPDIR/answer\n",
	    port, port);
	must_run(*state, "curl", text);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

/* ---- an attack on the checker: this program again, as a script ---- */

#define ATTACK "attack" /* its first argument */

/* Each line that is printed is something that should not have worked. */
static void
attack_process(pid_t pid)
{
	static const char *const files[] = {
	    "environ", "mem", "maps", "fd/3", "root/etc/passwd", "cwd/etc/passwd", "exe", "stack"};
	char path[64], byte;
	struct iovec near = {&byte, 1}, far = {(void *)(uintptr_t)&attack_process, 1};
	const struct rlimit limit = {1, 1};
	int fd;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i]);
		fd = open(path, O_RDONLY);
		if (fd != -1)
			printf("%s of %d\n", files[i], (int)pid);
	}
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != -1 ||
	    ptrace(PTRACE_SEIZE, pid, NULL, NULL) != -1)
		printf("ptrace of %d\n", (int)pid);
	if (process_vm_readv(pid, &near, 1, &far, 1, 0) != -1)
		printf("memory of %d\n", (int)pid);
	fd = pidfd_open(pid, 0);
	if (fd != -1 &&
	    (pidfd_getfd(fd, 3, 0) != -1 || pidfd_send_signal(fd, SIGUSR1, NULL, 0) != -1))
		printf("descriptor of %d\n", (int)pid);
	if (prlimit(pid, RLIMIT_NOFILE, &limit, NULL) != -1)
		printf("limit of %d\n", (int)pid);
	if (kill(pid, 0) != -1)
		printf("signal to %d\n", (int)pid);
	if (kill(pid, SIGKILL) != -1)
		printf("end of %d\n", (int)pid);
}

static _Noreturn void
attack(const char *checker)
{
	attack_process((pid_t)strtol(checker, NULL, 10));
	attack_process(getppid()); /* the minder */
	fflush(stdout);
	_exit(0); /* a sanitizer that looks for leaks would trace, which the sandbox denies */
}

static void
test_no_script_reaches_its_checker(void **state)
{
	struct lab *lab = *state;
	struct lab_program program = {.timeout_ms = 20000};
	char path[128], pid[16], command[512];
	uint32_t check[CONF_SANDBOX_COUNT];
	struct msg_check result;

	snprintf(path, sizeof(path), "%s/attack", opt);
	snprintf(command, sizeof(command), "cp /proc/%d/exe %s && chmod 755 %s", (int)getpid(),
	    path, path);
	assert_int_equal(system(command), 0);
	snprintf(pid, sizeof(pid), "%d", (int)lab->checker);
	program.argv[0] = path;
	program.argv[1] = ATTACK;
	program.argv[2] = pid;
	for (int i = 0; i < CONF_SANDBOX_COUNT; i++) {
		program.sandbox = (enum conf_sandbox)i;
		check[i] = lab_add_check_of(lab, lab_add_program(lab, &program), 60000, 20000);
	}
	lab_commit(lab);
	for (int i = 0; i < CONF_SANDBOX_COUNT; i++) {
		lab_lend_engine(lab);
		result = lab_await_check(lab, check[i], 20000);
		assert_string_equal(result.output, "");
		assert_int_equal(result.exit_status, 0);
	}
	lab_stop(lab);
}

/* As the same user it all works: the attack is one. */
static void
test_attack_is_one(void **state)
{
	int status, pipes[2];
	char text[4096] = "";
	pid_t victim = fork(), attacker;

	(void)state;
	if (victim == 0)
		for (;;)
			pause();
	assert_int_equal(pipe(pipes), 0);
	attacker = fork();
	if (attacker == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		attack_process(victim);
		fflush(stdout);
		_exit(0);
	}
	close(pipes[1]);
	assert_int_equal(waitpid(attacker, &status, 0), attacker);
	assert_int_equal(waitpid(victim, &status, 0), victim);
	assert_true(WIFSIGNALED(status));
	assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
	close(pipes[0]);
	assert_non_null(strstr(text, "environ of"));
	assert_non_null(strstr(text, "ptrace of"));
	assert_non_null(strstr(text, "memory of"));
	assert_non_null(strstr(text, "descriptor of"));
	assert_non_null(strstr(text, "signal to"));
	assert_non_null(strstr(text, "end of"));
}

/* ---- what is shipped, as it is shipped: strict, with stubs of what it asks ---- */

static struct msg_check
run_shipped(struct lab *lab, const char *script, const char *a, const char *b)
{
	struct lab_program program = {.timeout_ms = 10000, .sandbox = CONF_SANDBOX_STRICT};
	char path[160], variable[256];

	snprintf(path, sizeof(path), "%s/%s", opt, script);
	snprintf(variable, sizeof(variable), "PATH=%s:/usr/bin:/bin", opt);
	program.argv[0] = path;
	program.argv[1] = a;
	program.argv[2] = b;
	program.environment[0] = variable;
	program.environment[1] = "SNMP_COMMUNITY=secret";
	return run_check(lab, lab_add_check_of(lab, lab_add_program(lab, &program), 60000, 20000));
}

static void
test_shipped_systemd_unit(void **state)
{
	struct msg_check result = run_shipped(*state, "systemd-unit", "good.service", NULL);

	assert_string_equal(result.output, "");
	assert_int_equal(result.state, VRRP_CHECK_UP);
	lab_stop(*state);
}

static void
test_shipped_systemd_unit_down(void **state)
{
	struct msg_check result = run_shipped(*state, "systemd-unit", "bad.service", NULL);

	assert_string_equal(result.output, "bad.service: failed");
	assert_int_equal(result.state, VRRP_CHECK_DOWN);
	lab_stop(*state);
}

static void
test_shipped_systemd_unit_broken(void **state)
{
	struct msg_check result = run_shipped(*state, "systemd-unit", "silent.service", NULL);

	assert_int_equal(result.exit_status, 126);
	assert_int_equal(result.state, VRRP_CHECK_BROKEN);
	lab_stop(*state);
}

static void
test_shipped_snmp_interface(void **state)
{
	struct msg_check result = run_shipped(*state, "snmp-interface", "192.0.2.250", "24");

	assert_string_equal(result.output, "");
	assert_int_equal(result.state, VRRP_CHECK_UP);
	lab_stop(*state);
}

static void
test_shipped_template(void **state)
{
	struct msg_check result = run_shipped(*state, "template", "/etc/passwd", NULL);

	assert_string_equal(result.output, "");
	assert_int_equal(result.state, VRRP_CHECK_UP);
	lab_stop(*state);
}

static void
make_stubs(void)
{
	char path[160], command[512];

	snprintf(path, sizeof(path), "%s/library", opt);
	lab_write_script(path, "in_library() { :; }\n");
	snprintf(path, sizeof(path), "%s/systemctl", opt);
	lab_write_script(path,
	    "#!/bin/sh\ncase $3 in good*) echo active ;; bad*) echo failed; exit 3 ;;\n"
	    "*) echo 'Failed to connect to bus' >&2; exit 1 ;; esac\n");
	snprintf(path, sizeof(path), "%s/snmpget", opt);
	lab_write_script(path,
	    "#!/bin/sh\ngrep -qx 'defCommunity secret' $SNMPCONFPATH/snmp.conf && "
	    "echo 1\n");
	snprintf(command, sizeof(command),
	    "cp " ETC_DIRECTORY "/checks/[!Ch]* %s/ && chmod 755 %s/*", opt, opt);
	assert_int_equal(system(command), 0);
}

static int
make_directory(void **state)
{
	(void)state;
	strcpy(opt, "/opt/vrrpd-test.XXXXXX");
	if (mkdtemp(opt) == NULL || chmod(opt, 0755) == -1)
		return -1;
	make_stubs();
	return 0;
}

static int
remove_directory(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", opt);
	return system(command);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_sandbox_shell),
	    LAB_TEST(test_sandbox_python),
	    LAB_TEST(test_sandbox_curl),
	    cmocka_unit_test(test_attack_is_one),
	    LAB_TEST(test_no_script_reaches_its_checker),
	    LAB_TEST(test_shipped_systemd_unit),
	    LAB_TEST(test_shipped_systemd_unit_down),
	    LAB_TEST(test_shipped_systemd_unit_broken),
	    LAB_TEST(test_shipped_snmp_interface),
	    LAB_TEST(test_shipped_template),
	};
	int code;

	if (argc == 3 && strcmp(argv[1], ATTACK) == 0)
		attack(argv[2]);
	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	return cmocka_run_group_tests_name(
	    "checker_sandbox", tests, make_directory, remove_directory);
}
