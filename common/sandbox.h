/*
 * What each role may still do: capabilities, Landlock, seccomp; one function a role, applied once,
 * for good. Callers die when one fails: nobody goes on with more authority than documented.
 */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

/* Exit codes, vrrpd(8). */
enum {
	VRRPD_EXIT_OK = 0,
	VRRPD_EXIT_CONFIG = 1,
	VRRPD_EXIT_USAGE = 2,
	VRRPD_EXIT_RUNNING = 3,
	VRRPD_EXIT_PERMISSION = 4,
	VRRPD_EXIT_CHILD = 5
};

/* Cuts the parent's capabilities and bounding set to the documented ones. -1 with errno. */
int sandbox_parent(void);

/* After chroot and change of user: no capabilities, files, sockets, processes. -1 with errno. */
int sandbox_engine(void);

/* Root without capabilities or network; file system read-only. -1 with errno. */
int sandbox_config(void);

/* Reads a foreign configuration; writes to descriptors that are open. -1 with errno. */
int sandbox_importer(void);

/* An unprivileged checker; its filter is inherited by all it runs. -1 with errno. */
int sandbox_checker(void);

/*
 * In the minder's child, as the script user, just before exec. directory is that of the command,
 * writable the paths it may write besides tmpdir (NULL-terminated). -1 with errno.
 */
int sandbox_script(
    enum conf_sandbox, const char *directory, const char *tmpdir, const char *const *writable);

/* Optional: makes the filter of scripts now, for sandbox_script() in children. -1 with errno. */
int sandbox_prepare_script(void);

/* ABI of Landlock in this kernel, 0 = none. */
int sandbox_landlock_abi(void);

/* The names of the calls the engine may make, NULL-terminated: for SECURITY.md and its test. */
const char *const *sandbox_engine_calls(void);

#endif
