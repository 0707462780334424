/*
 * The sandboxes of checkers and scripts, entered for real in a child that tries what it may and
 * what it may not. Needs root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
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
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/sandbox.h"

#include "tests/boundary/sandbox_lab.h"

static char lab_dir[64]; /* of this program, mode 0755 */

static bool
can_run(const char *program)
{
	char *const argv[] = {(char *)(uintptr_t)program, NULL};
	int status;
	pid_t pid = fork();

	MUST(pid != -1);
	if (pid == 0) {
		execv(program, argv);
		_exit(1);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* What a 32-bit program asks with arguments in memory: call 14 is setsockopt(). */
static long
old_setsockopt(void)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(102), "b"(14), "c"(0) : "memory");
	return result;
#else
	return -EPERM;
#endif
}

/* Only of root, who could: a raw socket may not become one that forges addresses. */
static void
checker_socket_body(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), one = 1;
	int fd6 = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);

	MUST(fd != -1 && fd6 != -1);
	MUST(sandbox_checker() == 0);
	FAILS_WITH(setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one)), EPERM);
	FAILS_WITH(setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one)), EPERM);
	FAILS_WITH(setsockopt(fd6, IPPROTO_IPV6, IPV6_HDRINCL, &one, sizeof(one)), EPERM);
	FAILS_WITH(setsockopt(fd6, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof(one)), EPERM);
	FAILS_WITH(syscall(SYS_setsockopt, fd, 1L << 32, IP_HDRINCL, &one, sizeof(one)), EPERM);
	MUST(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) == 0);
	MUST(setsockopt(fd6, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one)) == 0);
	MUST(old_setsockopt() == -EPERM);
}

static void
checker_body(void)
{
	lab_become_nobody();
	MUST(sandbox_checker() == 0);
	FAILS_WITH(mount("none", lab_dir, "tmpfs", 0, NULL), EPERM);
	FAILS_WITH(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
	FAILS_WITH(syscall(SYS_bpf, 0, NULL, 0), EPERM);
	FAILS_WITH(socket(AF_PACKET, SOCK_DGRAM, 0), EPERM);
	FAILS_WITH(socket(AF_ALG, SOCK_SEQPACKET, 0), EPERM);
	FAILS_WITH(socket(AF_VSOCK, SOCK_STREAM, 0), EPERM);
	MUST(socket(AF_INET, SOCK_STREAM, 0) != -1 && socket(AF_UNIX, SOCK_STREAM, 0) != -1);
	MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) != -1);
	MUST(lab_status_has("NoNewPrivs:\t1"));
	MUST(can_run("/bin/true"));
}

static void
test_checker_denies_what_it_never_needs(void **state)
{
	(void)state;
	lab_assert_runs(checker_body);
	lab_assert_runs(checker_socket_body);
}

static const char *const none_writable[] = {NULL};

/* What both kinds of sandbox deny; as root with all capabilities, so that nothing else does. */
static void
must_deny_calls(void)
{
	char stack[64];

	FAILS_WITH(mount("none", lab_dir, "tmpfs", 0, NULL), EPERM);
	FAILS_WITH(umount2("/proc", MNT_DETACH), EPERM);
	FAILS_WITH(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
	FAILS_WITH(syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0), EPERM);
	FAILS_WITH(syscall(SYS_pidfd_getfd, -1, 0, 0), EPERM);
	FAILS_WITH(syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
	FAILS_WITH(unshare(CLONE_NEWUSER), EPERM);
	FAILS_WITH(unshare(CLONE_NEWNET), EPERM);
	FAILS_WITH(setns(0, 0), EPERM);
	FAILS_WITH(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, stack, NULL, NULL, 0), EPERM);
	FAILS_WITH(syscall(SYS_clone3, NULL, 0), ENOSYS);
	FAILS_WITH(socket(AF_INET, SOCK_RAW, 112), EPERM);
	FAILS_WITH(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 112), EPERM);
	FAILS_WITH(socket(AF_INET6, SOCK_RAW, 112), EPERM);
	FAILS_WITH(syscall(SYS_socket, 1L << 32 | AF_INET, SOCK_RAW, 112), EPERM);
	FAILS_WITH(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)), EPERM);
	MUST(socket(AF_INET, SOCK_STREAM, 0) != -1);
	MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) != -1);
	MUST(lab_status_has("NoNewPrivs:\t1"));
	MUST(lab_status_has("Seccomp:\t2"));
}

static void
standard_body(void)
{
	char path[128];

	MUST(sandbox_script(CONF_SANDBOX_STANDARD, "/usr/bin", NULL, none_writable) == 0);
	must_deny_calls();
	snprintf(path, sizeof(path), "%s/standard", lab_dir);
	MUST(open(path, O_WRONLY | O_CREAT, 0600) != -1);
	MUST(can_run("/bin/true"));
}

static void
off_body(void)
{
	MUST(sandbox_script(CONF_SANDBOX_OFF, "/usr/bin", NULL, none_writable) == 0);
	MUST(socket(AF_INET, SOCK_RAW, 112) != -1);
	MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
}

static void
strict_body(void)
{
	char scripts[128], script[160], tmp[128], writable[128], path[160];
	const char *const list[] = {writable, "/no/such/path", NULL};

	snprintf(scripts, sizeof(scripts), "%s/opt", lab_dir);
	snprintf(script, sizeof(script), "%s/script", scripts);
	snprintf(tmp, sizeof(tmp), "%s/tmp", lab_dir);
	snprintf(writable, sizeof(writable), "%s/writable", lab_dir);
	MUST(sandbox_script(CONF_SANDBOX_STRICT, scripts, tmp, list) == 0);
	must_deny_calls();
	MUST(open("/dev/null", O_RDWR) != -1 && open("/dev/zero", O_RDWR) != -1);
	MUST(open("/etc/passwd", O_RDONLY) != -1 && open("/proc/self/stat", O_RDONLY) != -1);
	MUST(can_run("/bin/true") && can_run("/usr/bin/true") && can_run(script));
	if (sandbox_landlock_abi() == 0)
		return;
	FAILS_WITH(open("/etc/passwd", O_RDWR), EACCES);
	FAILS_WITH(open("/", O_RDONLY | O_DIRECTORY), EACCES);
	FAILS_WITH(open("/root", O_RDONLY | O_DIRECTORY), EACCES);
	snprintf(path, sizeof(path), "%s/file", lab_dir);
	FAILS_WITH(open(path, O_WRONLY | O_CREAT, 0600), EACCES);
	snprintf(path, sizeof(path), "%s/file", scripts);
	FAILS_WITH(open(path, O_WRONLY | O_CREAT, 0600), EACCES);
	snprintf(path, sizeof(path), "%s/file", tmp);
	MUST(open(path, O_WRONLY | O_CREAT, 0600) != -1 && unlink(path) == 0);
	snprintf(path, sizeof(path), "%s/file", writable);
	MUST(open(path, O_WRONLY | O_CREAT, 0600) != -1 && truncate(path, 0) == 0);
	snprintf(path, sizeof(path), "%s/script", writable);
	MUST(access(path, X_OK) == 0 && !can_run(path)); /* to be written is not to be run */
}

static void
strict_signal_body(void)
{
	MUST(sandbox_script(CONF_SANDBOX_STRICT, "/usr/bin", NULL, none_writable) == 0);
	FAILS_WITH(kill(getppid(), 0), EPERM);
	MUST(kill(getpid(), 0) == 0);
}

static void
make_script(const char *directory)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", lab_dir, directory);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%s/script", lab_dir, directory);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("#!/bin/sh\necho x >/dev/null || exit 1\nexit 0\n", f);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
}

static void
test_script_sandboxes(void **state)
{
	(void)state;
	lab_assert_runs(off_body);
	lab_assert_runs(standard_body);
	lab_assert_runs(strict_body);
	if (sandbox_landlock_abi() >= 6)
		lab_assert_runs(strict_signal_body);
}

/* The filter that a checker makes beforehand is the one that is made on the way. */
static void
test_prepared_filter_is_the_same(void **state)
{
	(void)state;
	assert_int_equal(sandbox_prepare_script(), 0);
	lab_assert_runs(standard_body);
}

static int
make_lab(void **state)
{
	(void)state;
	strcpy(lab_dir, "/opt/vrrpd-sandbox.XXXXXX");
	if (mkdtemp(lab_dir) == NULL || chmod(lab_dir, 0755) == -1)
		return -1;
	make_script("opt");
	make_script("writable");
	make_script("tmp");
	return 0;
}

static int
remove_lab(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", lab_dir);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_checker_denies_what_it_never_needs),
	    cmocka_unit_test(test_script_sandboxes),
	    cmocka_unit_test(test_prepared_filter_is_the_same),
	};

	if (geteuid() != 0) {
		printf("skipped: needs root\n");
		return LAB_SKIPPED;
	}
	return cmocka_run_group_tests_name("sandbox_script", tests, make_lab, remove_lab);
}
