/*
 * What a configuration says about the machine: users and programs; config role and `vrrpd
 * -n`.
 */
#include "vrrpd/conf/files.h"

#include <bsd/string.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/path.h"
#include "vrrpd/conf/problem.h"

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
	bool root = false;

	find_own(config, CONFIG_USER_ENGINE, &config->engine_uid, &config->engine_gid);
	find_own(config, CONFIG_USER_CHECKER, &config->checker_uid, &config->checker_gid);
	RB_FOREACH(u, config_users, &config->users) {
		find_user(config, u);
		root = root || (inherited->text != NULL && u->known && u->uid == 0 &&
				   strcmp(u->text, inherited->text) == 0);
	}
	if (root || (inherited->text != NULL && (strcmp(inherited->text, "root") == 0 ||
						    strncmp(inherited->text, "root:", 5) == 0)))
		problem_error(config, inherited->at, "global.scripts.run-as",
		    "root is never a default; write run-as: root at each hook that needs it");
}

/* ---- commands ---- */

/* What was found last: thousands of commands run the same few programs. */
struct verdict {
	const char *program; /* NULL = nothing yet */
	const struct config_user *user;
	enum path_result result;
	char why[PATH_WHY_MAX];
};

static void
check_program(struct config *config, const struct config_command *c, struct verdict *v)
{
	const struct path_user user = {.name = c->user->name,
	    .uid = c->user->uid,
	    .gid = c->user->gid,
	    .group = config->engine_gid,
	    .known = c->user->known};
	const struct config_text *program = &c->argv.item[0];

	if (v->program == NULL || v->user != c->user || strcmp(v->program, program->text) != 0) {
		v->program = program->text;
		v->user = c->user;
		v->result = path_check(program->text, PATH_PROGRAM, &user, v->why);
	}
	switch (v->result) {
	case PATH_OK:
		break;
	case PATH_MISSING:
		problem_here(config, program->at, c->path, "%s", v->why);
		break;
	case PATH_UNSAFE:
		problem_error(config, program->at, c->path, "%s", v->why);
		break;
	}
}

/* What its script may write: it may come later, and is often misspelt. */
static void
check_writable(struct config *config, const struct config_command *c)
{
	struct stat st;

	for (size_t i = 0; i < c->writable.count; i++)
		if (stat(c->writable.item[i].text, &st) == -1 && errno != EACCES)
			problem_warning(config, c->writable.item[i].at,
			    config_format(config, "%s.writable", c->path),
			    "\"%s\": %s: the script cannot write there before it exists",
			    c->writable.item[i].text, strerror(errno));
}

/* Who may set an external check besides root. */
static void
find_setter(struct config *config, struct config_check *check)
{
	const struct passwd *user;

	if (check->set_by.text == NULL)
		return;
	user = getpwnam(check->set_by.text);
	if (user == NULL)
		no_such_user(config, check->set_by.at,
		    config_format(config, "checks.%s.set-by", check->name), check->set_by.text);
	else
		check->set_by_uid = user->pw_uid;
}

static void
check_commands(struct config *config)
{
	const struct config_command *c;
	struct config_command *program;
	struct config_check *check;
	struct verdict last = {.program = NULL};
	size_t i;

	RB_FOREACH(program, config_commands, &config->commands) {
		check_program(config, program, &last);
		check_writable(config, program);
	}
	for (i = 0; i < config->checks.count; i++) {
		check = &config->checks.item[i];
		find_setter(config, check);
		c = &check->command;
		if (c->user != NULL && c->user->known && c->user->uid == 0)
			problem_error(config, c->run_as.at.line != 0 ? c->run_as.at : check->at,
			    c->path, "a check must not run as root; name another user");
	}
}

void
files_check(struct config *config)
{
	check_users(config);
	check_commands(config);
	files_check_keys(config);
	files_check_links(config);
}
