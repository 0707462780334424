/*
 * Included files and passwords when they are meant, not only checked: who may own, write and read
 * them. In a mount namespace with a directory tree of root's; needs root and the daemon's users.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/unit/conf_role_lab.h"

#define MAIN "/mnt/vrrpd.yaml"
#define DROP_IN "/mnt/conf.d/a.yaml"
#define KEY_FILE "/mnt/keys/lan"

static const char includes[] =
    "version: 1\n"
    "global: {include: [\"conf.d/*.yaml\"]}\n"
    "instances: {web: {interface: lo, vrid: 1, addresses: [10.0.0.1]}}\n";
static const char included[] =
    "instances: {mail: {interface: lo, vrid: 2, addresses: [10.0.0.2]}}\n";
static const char key_in_drop_in[] =
    "instances: {mail: {interface: lo, vrid: 2, addresses: [10.0.0.2], version: 2,\n"
    "  authentication: {type: pass, key: secret12}}}\n";
static const char with_key[] =
    "version: 1\n"
    "instances: {web: {interface: lo, vrid: 1, addresses: [10.0.0.1], version: 2,\n"
    "  authentication: {type: pass, key: secret12}}}\n";
static const char with_redacted_key[] =
    "version: 1\n"
    "instances: {web: {interface: lo, vrid: 1, addresses: [10.0.0.1], version: 2,\n"
    "  authentication: {type: pass, key: \"********\"}}}\n";
static const char with_key_file[] =
    "version: 1\n"
    "instances: {web: {interface: lo, vrid: 1, addresses: [10.0.0.1], version: 2,\n"
    "  authentication: {type: pass, key-file: " KEY_FILE "}}}\n";

static bool
is_possible(void)
{
	return geteuid() == 0 && getpwnam("_vrrpd") != NULL && getpwnam("_vrrpd_checker") != NULL &&
	       getpwnam("_vrrpd_script") != NULL;
}

/* A fresh tree, below directories that only root may write. */
static int
setup(void **state)
{
	(void)state;
	if (!is_possible())
		return 0;
	if (mount("none", "/mnt", "tmpfs", 0, "mode=755") == -1 ||
	    mkdir("/mnt/conf.d", 0755) == -1 || mkdir("/mnt/keys", 0700) == -1)
		return -1;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return is_possible() ? umount("/mnt") : 0;
}

static int
enter_namespace(void **state)
{
	(void)state;
	if (!is_possible())
		return 0;
	umask(0);
	if (unshare(CLONE_NEWNS) == -1)
		return -1;
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
}

static void
put(const char *path, mode_t mode, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_int_not_equal(fd, -1);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
}
#define PUT(path, mode, text) put(path, mode, text, strlen(text))

static void
assert_accepted(struct heard *h, size_t instances)
{
	hear(MAIN, h);
	if (h->end.errors != 0)
		fail_msg("refused: %s", h->all);
	assert_int_equal(h->conf.instance_count, instances);
}

/* With that as the only error. */
static void
assert_refused(const char *error)
{
	char line[1100];
	struct heard h;

	hear(MAIN, &h);
	snprintf(line, sizeof(line), "error: %s\n", error);
	if (strstr(h.all, line) == NULL)
		fail_msg("not told: %snot: %s", line, h.all);
	assert_int_equal(h.end.errors, 1);
	assert_int_equal(h.records, 0);
	if (strstr(h.all, "secret12") != NULL)
		fail_msg("shows the key: %s", h.all);
}

#define NEEDS_ROOT \
	(void)state; \
	if (!is_possible()) \
	skip()

/* ---- included files ---- */

static void
test_include(void **state)
{
	struct heard h;

	NEEDS_ROOT;
	PUT(MAIN, 0644, includes);
	assert_accepted(&h, 1);
	conf_free(&h.conf);
	PUT(DROP_IN, 0644, included);
	PUT("/mnt/conf.d/a.yaml.bak", 0666, "not read");
	assert_accepted(&h, 2);
	assert_string_equal(h.conf.instance[1].name, "mail");
	conf_free(&h.conf);

	/* A relative name of the main file. */
	assert_int_equal(chdir("/mnt"), 0);
	hear("vrrpd.yaml", &h);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(h.end.errors, 0);
	assert_int_equal(h.conf.instance_count, 2);
	conf_free(&h.conf);
}

static void
test_include_unsafe(void **state)
{
	NEEDS_ROOT;
	PUT(MAIN, 0644, includes);
	PUT(DROP_IN, 0664, included);
	assert_refused(DROP_IN ": " DROP_IN " may be written by others (mode 0664); "
			       "repair: chmod go-w " DROP_IN);
	chmod(DROP_IN, 0644);
	chmod("/mnt/conf.d", 0777);
	assert_refused(DROP_IN ": /mnt/conf.d may be written by others (mode 0777); "
			       "repair: chmod go-w /mnt/conf.d");
	chmod("/mnt/conf.d", 0755);
	assert_int_equal(chown(DROP_IN, 65534, 65534), 0);
	assert_refused(DROP_IN ": " DROP_IN " belongs to user 65534, who could replace the file; "
			       "repair: chown root " DROP_IN);
	assert_int_equal(unlink(DROP_IN), 0);
	assert_int_equal(mkfifo(DROP_IN, 0644), 0);
	assert_refused(MAIN ":2:20: global.include: " DROP_IN " is not a regular file");
	assert_int_equal(unlink(DROP_IN), 0);
	assert_int_equal(mkdir("/mnt/open", 0777), 0);
	PUT("/mnt/open/a", 0644, included);
	assert_int_equal(symlink("/mnt/open/a", DROP_IN), 0);
	assert_refused(DROP_IN ": /mnt/open may be written by others (mode 0777); "
			       "repair: chmod go-w /mnt/open");
}

/* ---- passwords ---- */

static void
assert_key(const struct conf_instance *in, const char *key)
{
	uint8_t padded[CONF_KEY_SIZE] = {0};

	memcpy(padded, key, strlen(key));
	assert_int_equal(in->authentication, CONF_AUTHENTICATION_PASS);
	assert_memory_equal(in->key, padded, sizeof(padded));
}

static void
test_key(void **state)
{
	struct heard h;

	NEEDS_ROOT;
	PUT(MAIN, 0600, with_key);
	assert_accepted(&h, 1);
	assert_int_equal(strlen(h.all), 0);
	assert_key(&h.conf.instance[0], "secret12");
	conf_free(&h.conf);
	chmod(MAIN, 0640);
	assert_refused(
	    MAIN ":3:37: instances.web.authentication.key: " MAIN
		 " holds a key and may be read by others (mode 0640); repair: chmod 600 " MAIN
		 ", or use key-file");
	chmod(MAIN, 0604);
	assert_refused(
	    MAIN ":3:37: instances.web.authentication.key: " MAIN
		 " holds a key and may be read by others (mode 0604); repair: chmod 600 " MAIN
		 ", or use key-file");
}

/* The file that has the key counts, not the one that includes it. */
static void
test_key_in_included_file(void **state)
{
	struct heard h;

	NEEDS_ROOT;
	PUT(MAIN, 0644, includes);
	PUT(DROP_IN, 0600, key_in_drop_in);
	assert_accepted(&h, 2);
	assert_key(&h.conf.instance[1], "secret12");
	conf_free(&h.conf);
	chmod(MAIN, 0600);
	chmod(DROP_IN, 0644);
	assert_refused(DROP_IN ":2:37: instances.mail.authentication.key: " DROP_IN
			       " holds a key and may be read by others (mode 0644); repair: chmod "
			       "600 " DROP_IN ", or use key-file");
}

/* The output of -nv is not a configuration to run. */
static void
test_redacted_key(void **state)
{
	NEEDS_ROOT;
	PUT(MAIN, 0600, with_redacted_key);
	assert_refused(MAIN ":3:37: instances.web.authentication.key: is not the key but what "
			    "vrrpd -nv prints in its place; write the key");
}

static void
test_key_file(void **state)
{
	static const struct {
		const char *text;
		const char *key;
	} good[] = {{"secret12\n", "secret12"}, {"secret12", "secret12"}, {"x\n", "x"},
	    {" a b \n", " a b "}, {"\xc3\xa4\n", "\xc3\xa4"}};
	struct heard h;
	size_t i;

	NEEDS_ROOT;
	PUT(MAIN, 0644, with_key_file);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		PUT(KEY_FILE, i % 2 == 0 ? 0600 : 0400, good[i].text);
		assert_accepted(&h, 1);
		assert_int_equal(strlen(h.all), 0);
		assert_key(&h.conf.instance[0], good[i].key);
		conf_free(&h.conf);
	}
}

#define KEY_PLACE MAIN ":3:42: instances.web.authentication.key-file: "

static void
test_key_file_contents(void **state)
{
	static const char too_long[] = "holds a key of more than 8 bytes, which version 2 has no "
				       "room for";
	static const char lines[] = "holds more than one line, or control characters; write the "
				    "key alone";
	static const char empty[] = "is empty; write the key into it, on one line";
	static const struct {
		const char *text;
		size_t length;
		const char *why;
	} bad[] = {{"", 0, empty}, {"\n", 1, empty}, {"secret123\n", 10, too_long},
	    {"secret123", 9, too_long}, {"secret12secret12\n", 17, too_long}, {"a\nb\n", 4, lines},
	    {"secret12\n\n", 10, lines}, {"secret12\nmore\n", 14, lines}, {"a\r\n", 3, lines},
	    {"a\0b\n", 4, lines}, {"a\tb\n", 4, lines}};
	char error[512];
	size_t i;

	NEEDS_ROOT;
	PUT(MAIN, 0644, with_key_file);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(KEY_FILE, 0600, bad[i].text, bad[i].length);
		snprintf(error, sizeof(error), "%s%s %s", KEY_PLACE, KEY_FILE, bad[i].why);
		assert_refused(error);
	}
}

static void
test_key_file_unsafe(void **state)
{
	NEEDS_ROOT;
	PUT(MAIN, 0644, with_key_file);
	assert_refused(KEY_PLACE KEY_FILE " does not exist; install it, or correct the path");
	PUT(KEY_FILE, 0640, "secret12\n");
	assert_refused(
	    KEY_PLACE KEY_FILE " may be read by others (mode 0640); repair: chmod 600 " KEY_FILE);
	chmod(KEY_FILE, 0604);
	assert_refused(
	    KEY_PLACE KEY_FILE " may be read by others (mode 0604); repair: chmod 600 " KEY_FILE);
	chmod(KEY_FILE, 0620);
	assert_refused(KEY_PLACE KEY_FILE
	    " may be written by others (mode 0620); repair: chmod go-w " KEY_FILE);
	chmod(KEY_FILE, 0600);
	assert_int_equal(chown(KEY_FILE, 65534, 65534), 0);
	assert_refused(KEY_PLACE KEY_FILE
	    " belongs to user 65534, who could replace the key; repair: chown root " KEY_FILE);
	assert_int_equal(chown(KEY_FILE, 0, 0), 0);
	chmod("/mnt/keys", 0777);
	assert_refused(KEY_PLACE
	    "/mnt/keys may be written by others (mode 0777); repair: chmod go-w /mnt/keys");
	chmod("/mnt/keys", 0700);
	assert_int_equal(unlink(KEY_FILE), 0);
	assert_int_equal(mkdir(KEY_FILE, 0700), 0);
	assert_refused(KEY_PLACE KEY_FILE " is a directory; name a key");
	assert_int_equal(rmdir(KEY_FILE), 0);
	assert_int_equal(mkfifo(KEY_FILE, 0600), 0);
	assert_refused(KEY_PLACE KEY_FILE " is not a regular file");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_include),
	    TEST(test_include_unsafe),
	    TEST(test_key),
	    TEST(test_key_in_included_file),
	    TEST(test_redacted_key),
	    TEST(test_key_file),
	    TEST(test_key_file_contents),
	    TEST(test_key_file_unsafe),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
