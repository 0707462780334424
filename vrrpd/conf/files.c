/*
 * What a configuration says about the machine: users, programs, interfaces; config role and `vrrpd
 * -n`.
 */
#include "vrrpd/conf/files.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "vrrpd/conf/path.h"
#include "vrrpd/conf/problem.h"

#define ADVERT_HEAD 28 /* IPv4 and VRRP headers: RFC 9568 5.1, 5.2 */
#define MTU_MIN 68     /* of IPv4, RFC 791 */

static const struct config_at nowhere;

/* ---- users ---- */

static void
no_such_user(struct config *config, struct config_at at, const char *path, const char *name)
{
	if (name[strspn(name, "0123456789")] == '\0') {
		problem_error(config, at, path,
		    "users are named, not numbered: there is no user \"%s\"", name);
		return;
	}
	problem_here(config, at, path,
	    "there is no user \"%s\"; create it: systemd-sysusers, or useradd --system "
	    "--user-group "
	    "--no-create-home --shell /usr/sbin/nologin %s",
	    name, name);
}

/* One of the daemon's own users; its group is that of the same name. */
static void
find_own(struct config *config, const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *user = getpwnam(name);
	const struct group *group;

	if (user == NULL) {
		no_such_user(config, nowhere, "", name);
		return;
	}
	*uid = user->pw_uid;
	group = getgrnam(name);
	if (group == NULL)
		problem_here(config, nowhere, "",
		    "there is no group \"%s\"; create it: systemd-sysusers, or groupadd --system "
		    "%s",
		    name, name);
	else
		*gid = group->gr_gid;
	if (user->pw_uid == 0)
		problem_error(config, nowhere, "", "user \"%s\" must not be root", name);
}

static void
find_group(struct config *config, struct config_user *u, const char *name)
{
	const struct group *group = getgrnam(name);

	if (group == NULL) {
		problem_here(config, u->at, u->path,
		    "there is no group \"%s\"; create it: groupadd "
		    "--system %s, or correct the name",
		    name, name);
		u->known = false;
		return;
	}
	u->gid = group->gr_gid;
}

static bool
is_own(const struct config *config, const struct config_user *u)
{
	return strcmp(u->name, CONFIG_USER_ENGINE) == 0 ||
	       strcmp(u->name, CONFIG_USER_CHECKER) == 0 ||
	       (u->known && config->engine_uid != 0 && u->uid == config->engine_uid) ||
	       (u->known && config->checker_uid != 0 && u->uid == config->checker_uid);
}

static void
find_user(struct config *config, struct config_user *u)
{
	const struct passwd *user;
	const size_t length = strcspn(u->text, ":");

	strlcpy(u->name, u->text, length < sizeof(u->name) ? length + 1 : sizeof(u->name));
	user = getpwnam(u->name);
	if (user == NULL) {
		no_such_user(config, u->at, u->path, u->name);
	} else {
		u->uid = user->pw_uid;
		u->gid = user->pw_gid;
		u->known = true;
		if (u->text[length] == ':')
			find_group(config, u, u->text + length + 1);
	}
	if (is_own(config, u))
		problem_error(config, u->at, u->path,
		    "\"%s\" is a user of the daemon itself: its scripts could reach the daemon; "
		    "name "
		    "another one",
		    u->name);
}

static void
check_users(struct config *config)
{
	const struct config_text *inherited = &config->global.scripts.run_as;
	struct config_user *u;

	find_own(config, CONFIG_USER_ENGINE, &config->engine_uid, &config->engine_gid);
	find_own(config, CONFIG_USER_CHECKER, &config->checker_uid, &config->checker_gid);
	RB_FOREACH(u, config_users, &config->users)
		find_user(config, u);
	if (inherited->text != NULL &&
	    (strcmp(inherited->text, "root") == 0 || strncmp(inherited->text, "root:", 5) == 0))
		problem_error(config, inherited->at, "global.scripts.run-as",
		    "root is never a default; write run-as: root at each hook that needs it");
}

/* ---- commands ---- */

static void
check_program(struct config *config, const struct config_command *c)
{
	const struct path_user user = {.name = c->user->name,
	    .uid = c->user->uid,
	    .gid = c->user->gid,
	    .group = config->engine_gid,
	    .known = c->user->known};
	const struct config_text *program = &c->argv.item[0];
	char why[PATH_WHY_MAX];

	switch (path_check(program->text, &user, why)) {
	case PATH_OK:
		break;
	case PATH_MISSING:
		problem_here(config, program->at, c->path, "%s", why);
		break;
	case PATH_UNSAFE:
		problem_error(config, program->at, c->path, "%s", why);
		break;
	}
}

static void
check_commands(struct config *config)
{
	const struct config_check *check;
	struct config_command *c;
	size_t i;

	RB_FOREACH(c, config_commands, &config->commands)
		check_program(config, c);
	for (i = 0; i < config->checks.count; i++) {
		check = &config->checks.item[i];
		c = &config->checks.item[i].command;
		if (c->user != NULL && c->user->known && c->user->uid == 0)
			problem_error(config, c->run_as.at.line != 0 ? c->run_as.at : check->at,
			    c->path, "a check must not run as root; name another user");
	}
}

/* ---- interfaces ---- */

/* -1 when it cannot be told. */
static long
read_mtu(const char *interface)
{
	char path[64], text[24];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/mtu", interface);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

static void
check_mtu(struct config *config, const struct config_instance *in)
{
	const long needed = ADVERT_HEAD + 4 * (long)in->addresses.count;
	long mtu;

	if (needed <= MTU_MIN)
		return;
	mtu = read_mtu(in->interface.text);
	if (mtu > 0 && needed > mtu)
		problem_warning(config, in->addresses.at,
		    config_format(config, "instances.%s.addresses", in->name),
		    "an advertisement with %zu addresses needs %ld bytes, the MTU of %s is %ld now",
		    in->addresses.count, needed, in->interface.text, mtu);
}

static bool
interface_exists(const char *name)
{
	char path[64];
	struct stat st;

	/* Of the network namespace of the caller, without a socket. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s", name);
	return stat(path, &st) == 0 || stat("/proc/sys/net/ipv4/conf", &st) == -1;
}

static int
compare_interfaces(const void *a, const void *b)
{
	const struct config_instance *const *ia = a, *const *ib = b;
	const int order = strcmp((*ia)->interface.text, (*ib)->interface.text);

	return order != 0 ? order : *ia < *ib ? -1 : *ia > *ib;
}

/* A missing one may come later: a fault of its instances, never a reason not to start. */
static void
check_interfaces(struct config *config)
{
	const struct config_instance **sorted, *in;
	size_t i, count = 0;

	sorted = calloc(config->instances.count + 1, sizeof(struct config_instance *));
	if (sorted == NULL)
		fatal("%s", config->file);
	for (i = 0; i < config->instances.count; i++) {
		in = &config->instances.item[i];
		if (in->interface.text != NULL && conf_interface_is_valid(in->interface.text))
			sorted[count++] = in;
	}
	qsort(sorted, count, sizeof(struct config_instance *), compare_interfaces);
	for (i = 0; i < count; i++) {
		in = sorted[i];
		check_mtu(config, in);
		if (i > 0 && strcmp(in->interface.text, sorted[i - 1]->interface.text) == 0)
			continue;
		if (!interface_exists(in->interface.text))
			problem_warning(config, in->interface.at,
			    config_format(config, "instances.%s.interface", in->name),
			    "there is no interface \"%s\" now", in->interface.text);
	}
	free(sorted);
}

void
files_check(struct config *config)
{
	check_users(config);
	check_commands(config);
	check_interfaces(config);
}
