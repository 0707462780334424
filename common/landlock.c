/*
 * The kernel's file and signal sandbox; any process that enters one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/landlock.h"

/* Rights to files, in the order of their bits. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15
};

#define FS_ON_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#define NET_TCP UINT64_C(3) /* bind and connect */
#define SCOPE_ABSTRACT UINT64_C(1)
#define SCOPE_SIGNAL UINT64_C(2)

#define CREATE_RULESET_VERSION 1
#define RULE_PATH_BENEATH 1

/* The kernel wants as many of these fields as its ABI has. */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;    /* ABI 4 */
	uint64_t scoped; /* ABI 6 */
};

struct path_beneath_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

/* All rights to files that an ABI knows: 13 in the first, then one more in 2, 3 and 5. */
static uint64_t
landlock_known_rights(int abi)
{
	unsigned bits = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5);

	return (UINT64_C(1) << bits) - 1;
}

static size_t
landlock_attr_size(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset_attr);
	return abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

int
landlock_open(unsigned scopes)
{
	int abi = landlock_abi();
	struct ruleset_attr attr = {.fs = landlock_known_rights(abi)};

	if (abi >= 4 && scopes & LANDLOCK_SCOPE_TCP)
		attr.net = NET_TCP;
	if (abi >= 6 && scopes & LANDLOCK_SCOPE_SIGNALS)
		attr.scoped |= SCOPE_SIGNAL;
	if (abi >= 6 && scopes & LANDLOCK_SCOPE_ABSTRACT)
		attr.scoped |= SCOPE_ABSTRACT;
	return (int)syscall(SYS_landlock_create_ruleset, &attr, landlock_attr_size(abi), 0);
}

static uint64_t
landlock_rights(enum landlock_access access)
{
	const uint64_t read = FS_READ_FILE | FS_READ_DIR;

	switch (access) {
	case LANDLOCK_READ:
		return read;
	case LANDLOCK_EXECUTE:
		return read | FS_EXECUTE;
	case LANDLOCK_DEVICE:
		return FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
	case LANDLOCK_WRITE:
		return read | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
		       FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_SYM | FS_REFER |
		       FS_TRUNCATE;
	}
	return 0;
}

int
landlock_allow(int ruleset, const char *path, enum landlock_access access)
{
	struct path_beneath_attr attr = {
	    .access = landlock_rights(access) & landlock_known_rights(landlock_abi())};
	struct stat st;
	int result = -1, saved;

	attr.fd = open(path, O_PATH | O_CLOEXEC);
	if (attr.fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(attr.fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			attr.access &= FS_ON_FILES; /* the kernel refuses the others there */
		result = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0);
	}
	saved = errno;
	close(attr.fd);
	errno = saved;
	return result;
}

int
landlock_enter(int ruleset)
{
	int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	int saved = errno;

	close(ruleset);
	errno = saved;
	return result;
}
