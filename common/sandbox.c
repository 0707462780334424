/*
 * What each role may still do: capabilities, Landlock, seccomp; every process, once, at its start.
 *
 * The engine has a list of what is allowed, and anything else kills it: its code is ours and known.
 * The config role has such a list too, but the name service may load modules of others into it:
 * what is not on the list fails there with EPERM. Checkers and scripts run any program, so they
 * have lists of what is denied, with EPERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cap-ng.h>
#include <seccomp.h>

#include "common/landlock.h"
#include "common/sandbox.h"

/* The run time of the address sanitizer makes calls of its own: it reads /proc, maps, protects. So does
 * valgrind; for it this is defined by the build. */
#if defined(SANDBOX_SANITIZED)
#elif defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

#if SANDBOX_SANITIZED
int __lsan_is_turned_off(void);

/* Asked by the sanitizer at exit: it finds leaks by tracing, which a role's processes refuse. */
int
__lsan_is_turned_off(void)
{
	return prctl(PR_GET_DUMPABLE) == 0;
}
#endif

/* Which argument of clone() has the flags. */
#if defined(__s390__)
#define SANDBOX_CLONE_FLAGS SCMP_A1
#else
#define SANDBOX_CLONE_FLAGS SCMP_A0
#endif

#define SANDBOX_ARGS_MAX 2

/* One call, with the action it gets when all conditions on its arguments hold. */
struct sandbox_rule {
	const char *name;
	uint32_t action; /* 0 = that of the list */
	unsigned count;
	struct scmp_arg_cmp args[SANDBOX_ARGS_MAX];
};

/* clang-format off */
/* Whatever its arguments, and when one argument matches (flags: all of mask, as value has them). */
#define CALL(call) {.name = call}
#define CALL_IF(call, condition) {.name = call, .count = 1, .args = {condition}}
#define CALL_FAILS_IF(call, error, condition) \
	{.name = call, .action = SCMP_ACT_ERRNO(error), .count = 1, .args = {condition}}

/* An argument that the kernel takes for an int: it ignores what is above, and so must who denies. */
#define SANDBOX_INT(arg, value) arg(SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)(value))

#define SANDBOX_COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define SANDBOX_WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
/* clang-format on */

/* clang-format off */
/* ---- the lists ---- */

/* No file, no new socket, no destination: what it sends goes where a descriptor already leads. */
static const struct sandbox_rule engine_rules[] = {
    /* the loop: made after the sandbox is entered, timed by a descriptor */
    CALL("epoll_create1"), CALL("epoll_ctl"), CALL("epoll_wait"), CALL("epoll_pwait"),
    CALL("epoll_pwait2"), CALL("timerfd_create"), CALL("timerfd_settime"), CALL("eventfd2"),
    CALL("pipe2"),
    /* packets, messages, clients, the log: write() on a raw socket has no destination */
    CALL("read"), CALL("readv"), CALL("recvfrom"), CALL("recvmsg"), CALL("recvmmsg"),
    CALL("write"), CALL("writev"), CALL("accept4"),
    {.name = "getsockopt"}, /* who a client is */
    CALL("pread64"),        /* the configuration's text, of which others read too */
    CALL("close"),
    /* flags only: a duplicate could take the number of another descriptor */
    CALL_IF("fcntl", SCMP_A1_32(SCMP_CMP_EQ, F_GETFD)),
    CALL_IF("fcntl", SCMP_A1_32(SCMP_CMP_EQ, F_SETFD)),
    CALL_IF("fcntl", SCMP_A1_32(SCMP_CMP_EQ, F_GETFL)),
    CALL_IF("fcntl", SCMP_A1_32(SCMP_CMP_EQ, F_SETFL)),
    /* time, where the vDSO cannot tell it */
    CALL("clock_gettime"), CALL("gettimeofday"), CALL("getrandom"),
    /* memory: an error here would be taken for success by malloc(); never a page to execute */
    CALL("brk"),
    {.name = "mmap",
	.count = 2,
	.args = {SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
	    SCMP_A3_32(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)}},
    CALL("munmap"), CALL("mremap"), CALL("madvise"),
    {.name = "futex"}, /* locks of the C library */
    /* the end, of the process and of an interrupted call; abort() raises a signal */
    CALL("exit"), CALL("exit_group"), CALL("rt_sigreturn"), CALL("restart_syscall"),
    CALL("rt_sigprocmask"), CALL("getpid"), CALL("gettid"), CALL("tgkill"),
    /* secure_getenv() of the event library, when the loop is made */
    CALL("getuid"), CALL("geteuid"), CALL("getgid"), CALL("getegid"),
};

/* Reads files and asks the name service, which may load modules and speak to daemons here. */
static const struct sandbox_rule config_rules[] = {
    /* open to read; whatever could write is a read-only file system */
    CALL_IF("openat", SCMP_A2_32(SCMP_CMP_MASKED_EQ, SANDBOX_WRITES, 0)),
    CALL_FAILS_IF("openat", EROFS, SCMP_A2_32(SCMP_CMP_MASKED_EQ, O_WRONLY, O_WRONLY)),
    CALL_FAILS_IF("openat", EROFS, SCMP_A2_32(SCMP_CMP_MASKED_EQ, O_RDWR, O_RDWR)),
    CALL_FAILS_IF("openat", EROFS, SCMP_A2_32(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT)),
    CALL_FAILS_IF("openat", EROFS, SCMP_A2_32(SCMP_CMP_MASKED_EQ, O_TRUNC, O_TRUNC)),
    /* what a path is, and what is in it */
    CALL("stat"), CALL("lstat"), CALL("fstat"), CALL("newfstatat"), CALL("statx"), CALL("statfs"),
    CALL("fstatfs"), CALL("access"), CALL("faccessat"), CALL("faccessat2"), CALL("readlink"),
    CALL("readlinkat"), CALL("getcwd"), CALL("getdents64"), CALL("lseek"), CALL("read"),
    CALL("readv"), CALL("pread64"), CALL("write"), CALL("writev"), CALL("close"), CALL("dup"),
    CALL("dup3"), CALL("pipe2"), CALL("fcntl"), CALL("fadvise64"),
    {.name = "memfd_create"}, /* the configuration's text, lent through the parent */
    CALL_IF("ioctl", SCMP_A1_32(SCMP_CMP_EQ, TCGETS)), /* isatty() */
    CALL_IF("ioctl", SCMP_A1_32(SCMP_CMP_EQ, SIOCGIFINDEX)),
    CALL_IF("ioctl", SCMP_A1_32(SCMP_CMP_EQ, FIONREAD)),
    /* the name service's daemons are on unix sockets; others do not exist for it */
    CALL_IF("socket", SCMP_A0_32(SCMP_CMP_EQ, AF_UNIX)),
    CALL_FAILS_IF("socket", EAFNOSUPPORT, SCMP_A0_32(SCMP_CMP_NE, AF_UNIX)),
    CALL_IF("socketpair", SCMP_A0_32(SCMP_CMP_EQ, AF_UNIX)),
    CALL("connect"), CALL("sendto"), CALL("sendmsg"), CALL("sendmmsg"), CALL("recvfrom"),
    CALL("recvmsg"), CALL("shutdown"), CALL("getsockopt"), CALL("setsockopt"),
    CALL("getsockname"), CALL("getpeername"),
    /* waiting for them */
    CALL("poll"), CALL("ppoll"), CALL("select"), CALL("pselect6"), CALL("epoll_create1"),
    CALL("epoll_ctl"), CALL("epoll_wait"), CALL("epoll_pwait"), CALL("epoll_pwait2"),
    CALL("timerfd_create"), CALL("timerfd_settime"), CALL("eventfd2"), CALL("nanosleep"),
    CALL("clock_nanosleep"), CALL("clock_gettime"), CALL("clock_getres"), CALL("gettimeofday"),
    CALL("time"), CALL("getrandom"),
    /* memory, also of loaded modules */
    CALL("brk"), CALL("mmap"), CALL("munmap"), CALL("mremap"), CALL("mprotect"), CALL("madvise"),
    CALL("futex"), CALL("rseq"), CALL("set_robust_list"),
    /* who we are, and what we may use: asked by modules of the name service */
    CALL("getpid"), CALL("getppid"), CALL("gettid"), CALL("getuid"), CALL("geteuid"),
    CALL("getgid"), CALL("getegid"), CALL("getgroups"), CALL("getresuid"), CALL("getresgid"),
    CALL("uname"), CALL("sysinfo"), CALL("getrlimit"),
    CALL_IF("prlimit64", SCMP_A2(SCMP_CMP_EQ, 0)), /* to read */
    CALL_IF("prctl", SCMP_A0_32(SCMP_CMP_EQ, PR_CAPBSET_READ)),
    CALL("sched_getaffinity"), CALL("sched_yield"),
    /* signals to itself, and the end */
    CALL("rt_sigaction"), CALL("rt_sigprocmask"), CALL("rt_sigreturn"), CALL("restart_syscall"),
    CALL("tgkill"), CALL("exit"), CALL("exit_group"),
};

/* Reads files, and writes to what is open: no socket, no process, no other user. */
static const struct sandbox_rule importer_rules[] = {
    CALL_IF("openat", SCMP_A2_32(SCMP_CMP_MASKED_EQ, SANDBOX_WRITES, 0)),
    CALL_IF("open", SCMP_A1_32(SCMP_CMP_MASKED_EQ, SANDBOX_WRITES, 0)),
    CALL("stat"), CALL("lstat"), CALL("fstat"), CALL("newfstatat"), CALL("statx"),
    CALL("readlink"), CALL("readlinkat"), CALL("getcwd"), CALL("getdents64"), CALL("lseek"),
    CALL("read"), CALL("readv"), CALL("pread64"), CALL("write"), CALL("writev"), CALL("close"),
    CALL_IF("fcntl", SCMP_A1_32(SCMP_CMP_EQ, F_GETFL)),
    CALL_IF("fcntl", SCMP_A1_32(SCMP_CMP_EQ, F_SETFD)),
    CALL_IF("ioctl", SCMP_A1_32(SCMP_CMP_EQ, TCGETS)), /* isatty() */
    CALL("clock_gettime"), CALL("gettimeofday"), CALL("time"), CALL("getrandom"),
    CALL("brk"), CALL("munmap"), CALL("mremap"), CALL("madvise"), CALL("futex"),
    CALL_IF("mmap", SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)),
    CALL("getpid"), CALL("gettid"), CALL("tgkill"), CALL("rt_sigprocmask"), CALL("rt_sigreturn"),
    CALL("restart_syscall"), CALL("exit"), CALL("exit_group"),
};

/*
 * Needs privileges a checker never has, or is but a way into the kernel. A list of what is allowed
 * cannot be: whatever a checker runs inherits it, and is anything.
 */
static const struct sandbox_rule checker_rules[] = {
    CALL("mount"), CALL("umount2"), CALL("pivot_root"), CALL("move_mount"), CALL("open_tree"),
    CALL("mount_setattr"), CALL("fsopen"), CALL("fsconfig"), CALL("fsmount"), CALL("fspick"),
    {.name = "open_by_handle_at"}, /* a path around directories */
    CALL("reboot"), CALL("kexec_load"), CALL("kexec_file_load"), CALL("init_module"),
    CALL("finit_module"), CALL("delete_module"), CALL("swapon"), CALL("swapoff"), CALL("acct"),
    CALL("quotactl"), CALL("quotactl_fd"), CALL("iopl"), CALL("ioperm"), CALL("settimeofday"),
    CALL("clock_settime"), CALL("bpf"), CALL("perf_event_open"), CALL("io_uring_setup"),
    CALL("io_uring_enter"), CALL("io_uring_register"), CALL("userfaultfd"),
    /* sockets but those of unix, IP and netlink (ip(8) asks there), and of families before them */
    CALL_IF("socket", SCMP_A0(SCMP_CMP_GE, AF_PACKET)),
    CALL("socketcall"), /* all calls for sockets in one, of old 32-bit programs: who knows what */
    /* a raw socket that is lent for echo requests sends ICMP, and from our own addresses */
#define SANDBOX_NO_OPTION(level, option) \
	{.name = "setsockopt", \
	    .count = 2, \
	    .args = {SANDBOX_INT(SCMP_A1, level), SANDBOX_INT(SCMP_A2, option)}}
    SANDBOX_NO_OPTION(IPPROTO_IP, IP_HDRINCL),
    SANDBOX_NO_OPTION(IPPROTO_IP, IP_FREEBIND),
    SANDBOX_NO_OPTION(IPPROTO_IP, IP_TRANSPARENT),
    SANDBOX_NO_OPTION(IPPROTO_IPV6, IPV6_HDRINCL),
    SANDBOX_NO_OPTION(IPPROTO_IPV6, IPV6_FREEBIND),
    SANDBOX_NO_OPTION(IPPROTO_IPV6, IPV6_TRANSPARENT),
#undef SANDBOX_NO_OPTION
};

/* Sandboxed scripts, besides: root's inherit nothing from their checker, so they get both lists. */
static const struct sandbox_rule script_rules[] = {
    /* other processes */
    CALL("ptrace"), CALL("process_vm_readv"), CALL("process_vm_writev"), CALL("process_madvise"),
    CALL("pidfd_getfd"), CALL("kcmp"),
    /* the kernel's keyring outlives processes and is shared by user */
    CALL("add_key"), CALL("request_key"), CALL("keyctl"),
    /* namespaces: in a new one a script would have capabilities */
    CALL("unshare"), CALL("setns"),
    /* has its flags in memory, where no filter reads; the C library then calls clone() */
    {.name = "clone3", .action = SCMP_ACT_ERRNO(ENOSYS)},
#define SANDBOX_NO_CLONE(flag) \
	CALL_IF("clone", SANDBOX_CLONE_FLAGS(SCMP_CMP_MASKED_EQ, flag, flag))
    SANDBOX_NO_CLONE(CLONE_NEWNS),
    SANDBOX_NO_CLONE(CLONE_NEWCGROUP),
    SANDBOX_NO_CLONE(CLONE_NEWUTS),
    SANDBOX_NO_CLONE(CLONE_NEWIPC),
    SANDBOX_NO_CLONE(CLONE_NEWUSER),
    SANDBOX_NO_CLONE(CLONE_NEWPID),
    SANDBOX_NO_CLONE(CLONE_NEWNET),
#undef SANDBOX_NO_CLONE
    /* to the kernel the checker is of the script's effective user: it could be starved */
    CALL_IF("sched_setscheduler", SCMP_A0_32(SCMP_CMP_NE, 0)),
    CALL_IF("sched_setparam", SCMP_A0_32(SCMP_CMP_NE, 0)),
    CALL_IF("sched_setattr", SCMP_A0_32(SCMP_CMP_NE, 0)),
    CALL_IF("sched_setaffinity", SCMP_A0_32(SCMP_CMP_NE, 0)),
    CALL_IF("setpriority", SCMP_A0_32(SCMP_CMP_NE, PRIO_PROCESS)),
    CALL_IF("setpriority", SCMP_A1_32(SCMP_CMP_NE, 0)),
    CALL_IF("ioprio_set", SCMP_A1_32(SCMP_CMP_NE, 0)),
    CALL_IF("migrate_pages", SCMP_A0_32(SCMP_CMP_NE, 0)),
    CALL_IF("move_pages", SCMP_A0_32(SCMP_CMP_NE, 0)),
    /* packets of one's own making */
#define SANDBOX_NO_SOCKET(family, type) \
	{.name = "socket", \
	    .count = 2, \
	    .args = {SANDBOX_INT(SCMP_A0, family), SCMP_A1_32(SCMP_CMP_MASKED_EQ, 0xf, type)}}
    SANDBOX_NO_SOCKET(AF_INET, SOCK_RAW),
    SANDBOX_NO_SOCKET(AF_INET, SOCK_PACKET),
    SANDBOX_NO_SOCKET(AF_INET6, SOCK_RAW),
#undef SANDBOX_NO_SOCKET
    /* clang-format on */
};

/* ---- filters of system calls ---- */

static int
sandbox_fail(int error)
{
	errno = error < 0 ? -error : error;
	return -1;
}

/* Calls that this architecture or library does not know are left out. */
static int
sandbox_add_rules(
    scmp_filter_ctx ctx, const struct sandbox_rule *rules, size_t count, uint32_t action)
{
	for (size_t i = 0; i < count; i++) {
		const struct sandbox_rule *rule = &rules[i];
		int number = seccomp_syscall_resolve_name(rule->name), error;

		if (number == __NR_SCMP_ERROR)
			continue;
		error = seccomp_rule_add_array(ctx, rule->action != 0 ? rule->action : action,
		    number, rule->count, rule->args);
		if (error < 0)
			return sandbox_fail(error);
	}
	return 0;
}

/* Anything outside the list meets the action. */
static int
sandbox_allow_only(const struct sandbox_rule *rules, size_t count, uint32_t otherwise)
{
	scmp_filter_ctx ctx;
	int result = -1, error;

	if (SANDBOX_SANITIZED)
		return 0;
	ctx = seccomp_init(otherwise);
	if (ctx == NULL)
		return sandbox_fail(ENOMEM);
	error = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (error == 0)
		result = sandbox_add_rules(ctx, rules, count, SCMP_ACT_ALLOW);
	if (error == 0 && result == 0)
		error = seccomp_load(ctx);
	seccomp_release(ctx);
	return error != 0 ? sandbox_fail(error) : result;
}

/* A filter that denies, also to programs of the machine's other architecture. NULL with errno. */
static scmp_filter_ctx
sandbox_new_denylist(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int error = 0;

	if (ctx == NULL) {
		errno = ENOMEM;
		return NULL;
	}
#if defined(__x86_64__)
	error = seccomp_arch_add(ctx, SCMP_ARCH_X86);
#elif defined(__aarch64__)
	error = seccomp_arch_add(ctx, SCMP_ARCH_ARM);
#endif
	if (error == 0 && sandbox_add_rules(ctx, checker_rules, SANDBOX_COUNT(checker_rules),
			      SCMP_ACT_ERRNO(EPERM)) == 0)
		return ctx;
	seccomp_release(ctx);
	return NULL;
}

static int
sandbox_load(scmp_filter_ctx ctx)
{
	int error = seccomp_load(ctx);

	seccomp_release(ctx);
	return error == 0 ? 0 : sandbox_fail(error);
}

const char *const *
sandbox_engine_calls(void)
{
	static const char *names[SANDBOX_COUNT(engine_rules) + 1];
	size_t n = 0;

	for (size_t i = 0; i < SANDBOX_COUNT(engine_rules); i++)
		if (n == 0 || strcmp(names[n - 1], engine_rules[i].name) != 0)
			names[n++] = engine_rules[i].name;
	names[n] = NULL;
	return names;
}

/* ---- capabilities ---- */

/* libcap-ng has codes of its own; what goes wrong is a missing permission. */
static int
sandbox_drop_capabilities(void)
{
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return sandbox_fail(EPERM);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* ---- Landlock ---- */

int
sandbox_landlock_abi(void)
{
	return landlock_abi();
}

/* Files: only to be read, or (path NULL) none. */
static int
sandbox_restrict_files(const char *path, unsigned scopes)
{
	int ruleset;

	if (landlock_abi() == 0)
		return 0; /* logged by the parent at start */
	ruleset = landlock_open(scopes);
	if (ruleset == -1)
		return -1;
	if (path != NULL && landlock_allow(ruleset, path, LANDLOCK_READ) == -1) {
		int saved = errno;

		close(ruleset);
		return sandbox_fail(saved);
	}
	return landlock_enter(ruleset);
}

struct sandbox_path {
	const char *path;
	enum landlock_access access;
};

/* What every strictly sandboxed script sees. Never "/": nothing can be taken back below it. */
static const struct sandbox_path script_paths[] = {
    {"/usr", LANDLOCK_EXECUTE},
    {"/lib", LANDLOCK_EXECUTE},
    {"/lib32", LANDLOCK_EXECUTE},
    {"/lib64", LANDLOCK_EXECUTE},
    {"/libx32", LANDLOCK_EXECUTE},
    {"/bin", LANDLOCK_EXECUTE},
    {"/sbin", LANDLOCK_EXECUTE},
    {"/etc", LANDLOCK_EXECUTE},
    {"/proc", LANDLOCK_READ},
    {"/sys", LANDLOCK_READ},
    {"/run", LANDLOCK_READ},
    {"/var", LANDLOCK_READ},
    {"/dev", LANDLOCK_READ},
    {"/dev/null", LANDLOCK_DEVICE},
    {"/dev/zero", LANDLOCK_DEVICE},
    {"/dev/full", LANDLOCK_DEVICE},
    {"/dev/tty", LANDLOCK_DEVICE},
};

static int
sandbox_allow_script_paths(
    int ruleset, const char *directory, const char *tmpdir, const char *const *writable)
{
	for (size_t i = 0; i < SANDBOX_COUNT(script_paths); i++)
		if (landlock_allow(ruleset, script_paths[i].path, script_paths[i].access) == -1)
			return -1;
	if (strcmp(directory, "/") != 0 &&
	    landlock_allow(ruleset, directory, LANDLOCK_EXECUTE) == -1)
		return -1;
	if (tmpdir != NULL && landlock_allow(ruleset, tmpdir, LANDLOCK_WRITE) == -1)
		return -1;
	for (; *writable != NULL; writable++)
		if (landlock_allow(ruleset, *writable, LANDLOCK_WRITE) == -1)
			return -1;
	return 0;
}

/* Abstract unix sockets stay: daemons that scripts ask listen there. */
static int
sandbox_restrict_script(const char *directory, const char *tmpdir, const char *const *writable)
{
	int ruleset;

	if (landlock_abi() == 0)
		return 0;
	ruleset = landlock_open(LANDLOCK_SCOPE_SIGNALS);
	if (ruleset == -1)
		return -1;
	if (sandbox_allow_script_paths(ruleset, directory, tmpdir, writable) == -1) {
		int saved = errno;

		close(ruleset);
		return sandbox_fail(saved);
	}
	return landlock_enter(ruleset);
}

/* ---- the roles ---- */

int
sandbox_parent(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
		CAP_NET_ADMIN,          /* addresses, links */
		CAP_NET_RAW,            /* adverts, gratuitous ARP */
		CAP_SETUID, CAP_SETGID, /* children's users */
		CAP_SETPCAP,            /* their empty bounding set */
		CAP_SYS_CHROOT,         /* the engine's empty root */
		CAP_KILL,               /* ending them */
		-1) != 0)
		return sandbox_fail(EINVAL);
	return capng_apply(CAPNG_SELECT_BOTH) == 0 ? 0 : sandbox_fail(EPERM);
}

int
sandbox_engine(void)
{
	if (sandbox_drop_capabilities() == -1 ||
	    sandbox_restrict_files(
		NULL, LANDLOCK_SCOPE_TCP | LANDLOCK_SCOPE_SIGNALS | LANDLOCK_SCOPE_ABSTRACT) == -1)
		return -1;
	return sandbox_allow_only(engine_rules, SANDBOX_COUNT(engine_rules), SCMP_ACT_KILL_PROCESS);
}

int
sandbox_config(void)
{
	if (sandbox_drop_capabilities() == -1 ||
	    sandbox_restrict_files(
		"/", LANDLOCK_SCOPE_TCP | LANDLOCK_SCOPE_SIGNALS | LANDLOCK_SCOPE_ABSTRACT) == -1)
		return -1;
	return sandbox_allow_only(config_rules, SANDBOX_COUNT(config_rules), SCMP_ACT_ERRNO(EPERM));
}

int
sandbox_importer(void)
{
	if (sandbox_drop_capabilities() == -1 ||
	    sandbox_restrict_files(
		"/", LANDLOCK_SCOPE_TCP | LANDLOCK_SCOPE_SIGNALS | LANDLOCK_SCOPE_ABSTRACT) == -1)
		return -1;
	return sandbox_allow_only(
	    importer_rules, SANDBOX_COUNT(importer_rules), SCMP_ACT_KILL_PROCESS);
}

int
sandbox_checker(void)
{
	scmp_filter_ctx ctx;

	if (sandbox_drop_capabilities() == -1)
		return -1;
	ctx = sandbox_new_denylist();
	return ctx == NULL ? -1 : sandbox_load(ctx);
}

/* The program of a finished filter, kept for good. */
static int
sandbox_compile(scmp_filter_ctx ctx, struct sock_fprog *out)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), error;
	struct stat st = {0};
	void *map = MAP_FAILED;

	if (fd == -1)
		return -1;
	error = seccomp_export_bpf(ctx, fd);
	if (error < 0)
		errno = -error;
	else if (fstat(fd, &st) == 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	error = errno;
	close(fd);
	if (map == MAP_FAILED)
		return sandbox_fail(error);
	out->filter = map;
	out->len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter));
	return 0;
}

/* Made once per process and its children: making it takes longer than starting most scripts. */
static struct sock_fprog script_filter;

int
sandbox_prepare_script(void)
{
	scmp_filter_ctx ctx = sandbox_new_denylist();
	int result, saved;

	if (ctx == NULL)
		return -1;
	result = sandbox_add_rules(
	    ctx, script_rules, SANDBOX_COUNT(script_rules), SCMP_ACT_ERRNO(EPERM));
	if (result == 0)
		result = sandbox_compile(ctx, &script_filter);
	saved = errno;
	seccomp_release(ctx);
	errno = saved;
	return result;
}

int
sandbox_script(enum conf_sandbox sandbox, const char *directory, const char *tmpdir,
    const char *const *writable)
{
	if (sandbox == CONF_SANDBOX_OFF)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	if (sandbox == CONF_SANDBOX_STRICT &&
	    sandbox_restrict_script(directory, tmpdir, writable) == -1)
		return -1;
	if (script_filter.len == 0 && sandbox_prepare_script() == -1)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &script_filter);
}
