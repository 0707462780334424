/*
 * Commands: their words, their users, what needs a shell, what only asks for a process; vrrpctl, in
 * the importer's child.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpctl/import_part.h"
#include "common/path.h"

#define ARGUMENTS_MAX 256
#define SCRIPT_LOOK_MAX 65536 /* of a script, to see whether it stops keepalived */
#define DEFAULT_USER "_vrrpd_script"

/* ---- users ---- */

/* From the file, since the name service would need daemons. */
static bool
find_user(const char *name, struct path_user *out)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *user = NULL;

	if (file == NULL)
		return false;
	while ((user = fgetpwent(file)) != NULL && strcmp(user->pw_name, name) != 0)
		;
	if (user != NULL) {
		out->uid = user->pw_uid;
		out->gid = user->pw_gid;
		out->known = true;
	}
	fclose(file);
	return user != NULL;
}

static bool
is_root(const char *name)
{
	struct path_user user = {0};

	return strcmp(name, "root") == 0 || strcmp(name, "0") == 0 ||
	       (find_user(name, &user) && user.uid == 0);
}

static bool
login_is_valid(const char *name)
{
	return name[strspn(name, "0123456789")] != '\0' && strlen(name) < CONFIG_USER_NAME_MAX &&
	       strpbrk(name, " \t/:{}") == NULL && strcmp(name, CONFIG_USER_ENGINE) != 0 &&
	       strcmp(name, CONFIG_USER_CHECKER) != 0;
}

const char *
import_user(struct import *im, struct import_node *node, size_t word, bool *root)
{
	const char *name = import_word(node, word), *group = import_word(node, word + 1);

	*root = false;
	if (*name == '\0')
		return NULL;
	if (is_root(name)) {
		*root = true;
		return NULL;
	}
	if (*group == ':')
		group++;
	if (!login_is_valid(name) || strlen(group) > 100 || strpbrk(group, " \t/:{}") != NULL) {
		import_change(
		    im, node, "\"%.40s\" is no user for scripts: %s is used", name, DEFAULT_USER);
		return NULL;
	}
	return *group == '\0' ? name : import_format(im, "%s:%s", name, group);
}

/* ---- words of a command ---- */

/* Splits at blanks; quotes keep them and are gone. NULL when there are too many words. */
static const char **
split(struct import *im, const char *text, size_t *count)
{
	const char **argv = import_alloc(im, (ARGUMENTS_MAX + 1) * sizeof(*argv));
	char *buffer, *out, quote;

	*count = 0;
	while (*(text += strspn(text, " \t")) != '\0') {
		if (*count == ARGUMENTS_MAX)
			return NULL;
		buffer = out = import_alloc(im, strlen(text) + 1);
		for (quote = '\0'; *text != '\0'; text++) {
			if (quote == '\0' && (*text == ' ' || *text == '\t'))
				break;
			if (*text == quote)
				quote = '\0';
			else if (quote == '\0' && (*text == '\'' || *text == '"'))
				quote = *text;
			else
				*out++ = *text;
		}
		argv[(*count)++] = buffer;
	}
	return argv;
}

/* Cuts "> /dev/null 2>&1" and the like off, which here is so anyway. */
static const char *
cut_redirections(struct import *im, const char *text)
{
	static const char *const ends[] = {"2>&1", "&>/dev/null", "&> /dev/null", "2>/dev/null",
	    "2> /dev/null", "1>/dev/null", "1> /dev/null", ">/dev/null", "> /dev/null",
	    ">&/dev/null", ">& /dev/null"};
	size_t length = strlen(text), end, before;

	do {
		before = length;
		while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
			length--;
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			end = strlen(ends[i]);
			if (length > end && strncmp(text + length - end, ends[i], end) == 0) {
				length -= end;
				break;
			}
		}
	} while (length != before);
	return import_copy(im, text, length);
}

static bool
needs_shell(const char *text)
{
	static const char *const words[] = {"if", "while", "until", "for", "case", "cd", "exit",
	    ".", "source", "command", "type", "exec", "eval", ":", "!", "[["};
	const size_t length = strcspn(text, " \t");
	char quote = '\0';

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == length && strncmp(words[i], text, length) == 0)
			return true;
	for (; *text != '\0'; text++) {
		if (*text == quote)
			quote = '\0';
		else if (quote == '\0' && (*text == '\'' || *text == '"'))
			quote = *text;
		else if (quote != '\'' &&
			 (strchr("`", *text) != NULL || strncmp(text, "$(", 2) == 0))
			return true;
		else if (quote == '\0' && strchr("|&;<>", *text) != NULL)
			return true;
	}
	return false;
}

/* ---- programs ---- */

/* Where keepalived finds a name. */
static const char *
search(struct import *im, const char *name)
{
	static const char *const directories[] = {
	    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
	const char *path;
	struct stat st;

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		path = import_format(im, "%s/%s", directories[i], name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) != 0)
			return path;
	}
	return NULL;
}

static bool
name_is_plain(const char *name)
{
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && strchr("._+-[", *name) == NULL)
			return false;
	return true;
}

/* The absolute path of a program; NULL when there is none. */
static const char *
locate(struct import *im, struct import_node *node, const char *name)
{
	const char *path;

	if (*name == '/' && name[1] != '\0')
		return name;
	if (*name == '\0' || !name_is_plain(name)) {
		import_drop(im, node, true, "\"%.60s\" is not the path of a program", name);
		return NULL;
	}
	path = search(im, name);
	if (path == NULL) {
		path = import_format(im, "/usr/bin/%s", name);
		import_change(im, node, "%s is not on this machine; %s is a guess", name, path);
	} else {
		import_keep(im, node, "%s is %s", name, path);
	}
	return path;
}

/* ---- scripts that stop keepalived ---- */

static bool
line_stops_keepalived(const char *line)
{
	static const char *const verbs[] = {"stop", "kill", "restart"};

	if (line[strspn(line, " \t")] == '#' || strstr(line, "keepalived") == NULL)
		return false;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		for (const char *p = line; (p = strstr(p, verbs[i])) != NULL; p++)
			if (strncmp(p, "killall -0", 10) != 0 && strncmp(p, "kill -0", 7) != 0 &&
			    (p == line || !isalnum((unsigned char)p[-1]) || p[-1] == 'p'))
				return true;
	return false;
}

static bool
file_stops_keepalived(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = calloc(1, SCRIPT_LOOK_MAX + 1), *line, *save = NULL;
	bool found = false;
	struct stat st;
	ssize_t n = 0;

	if (fd != -1 && text != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, text, SCRIPT_LOOK_MAX);
	if (n > 2 && strncmp(text, "#!", 2) == 0)
		for (line = strtok_r(text, "\n", &save); line != NULL && !found;
		     line = strtok_r(NULL, "\n", &save))
			found = line_stops_keepalived(line);
	free(text);
	if (fd != -1)
		close(fd);
	return found;
}

static void
check_self_stop(struct import *im, struct import_node *node, const struct import_cmd *c)
{
	for (size_t i = 0; i < c->argc; i++)
		if (line_stops_keepalived(c->argv[i]) || file_stops_keepalived(c->argv[i])) {
			import_change(im, node,
			    "it stops keepalived: let it only fail (exit 1), which is a fault "
			    "here");
			return;
		}
}

/* ---- commands ---- */

static struct import_cmd *
make_command(struct import *im, struct import_node *node, const char *text)
{
	struct import_cmd *c = import_alloc(im, sizeof(*c));
	const bool bash = strstr(text, "/dev/tcp/") != NULL || strstr(text, "[[ ") != NULL;
	size_t size = 0;

	if (needs_shell(text)) {
		import_change(im, node,
		    "run by %s: keepalived runs no shell and passes its characters as arguments",
		    bash ? "/bin/bash" : "/bin/sh");
		c->argv = import_alloc(im, 3 * sizeof(*c->argv));
		c->argv[0] = bash ? "/bin/bash" : "/bin/sh";
		c->argv[1] = "-c";
		c->argv[2] = text;
		c->argc = 3;
	} else {
		c->argv = split(im, text, &c->argc);
	}
	for (size_t i = 0; c->argv != NULL && i < c->argc; i++)
		size += strlen(c->argv[i]) + 1;
	if (c->argv == NULL || size > CONF_TEXT_MAX / 2) {
		import_drop(im, node, true, "the command is too long");
		return NULL;
	}
	if (c->argc == 0) {
		import_drop(im, node, false, "names no command; keepalived ignores it too");
		return NULL;
	}
	c->argv[0] = locate(im, node, c->argv[0]);
	return c->argv[0] == NULL ? NULL : c;
}

/* Of the group whose members may ask the daemon: every script is one. */
static gid_t
engine_group(void)
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *group = NULL;
	gid_t gid = (gid_t)-1;

	if (file == NULL)
		return gid;
	while ((group = fgetgrent(file)) != NULL && strcmp(group->gr_name, CONFIG_USER_ENGINE) != 0)
		;
	if (group != NULL)
		gid = group->gr_gid;
	fclose(file);
	return gid;
}

/* vrrpd refuses a file that others could replace; then nothing may be written for it. */
static bool
program_is_safe(struct import *im, struct import_node *node, const struct import_cmd *c)
{
	const char *run_as = c->run_as != NULL    ? c->run_as
			     : im->run_as != NULL ? im->run_as
						  : DEFAULT_USER;
	struct path_user user = {
	    .name = import_copy(im, run_as, strcspn(run_as, ":")), .group = engine_group()};
	char why[PATH_WHY_MAX];

	find_user(user.name, &user);
	if (path_check(c->argv[0], PATH_PROGRAM, &user, why) != PATH_UNSAFE)
		return true;
	why[strcspn(why, ";")] = '\0'; /* its repair is not for directories such as /tmp */
	import_drop(im, node, true,
	    "vrrpd would not run it: %s; put it where only root may write, and import again", why);
	return false;
}

/* Who runs it, and as what keepalived did; false when nobody was named. */
static void
set_user(struct import *im, struct import_node *node, struct import_cmd *c, const char *user,
    bool root, bool named, bool hook)
{
	if (!named) {
		user = im->run_as;
		root = im->at_user != NULL ? im->user_is_root : !im->script_security;
		if (im->run_as != NULL)
			return;
	}
	if (root && hook && im->options->scripts_as_root) {
		c->run_as = "root";
		c->sandbox = "off";
		import_keep(im, node, "runs as root, without a sandbox");
	} else if (user != NULL) {
		c->run_as = user;
	} else if (root && (named || im->at_user != NULL)) {
		import_change(im, node, "runs as %s, not as root%s", DEFAULT_USER,
		    hook ? "" : ": no check does");
		if (im->run_as != NULL)
			c->run_as = DEFAULT_USER;
	} else {
		import_change(
		    im, node, "runs as %s, not as keepalived_script or root", DEFAULT_USER);
	}
}

/* An argument that was meant to be in quotes with the path: keepalived takes it for a user. */
static bool
is_argument(const char *word)
{
	static const char *const words[] = {"master", "backup", "fault", "stop"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i], word) == 0)
			return true;
	return false;
}

struct import_cmd *
import_hook_command(struct import *im, struct import_node *node)
{
	const char *text = import_word(node, 1), *user = NULL;
	struct import_cmd *c;
	bool root = false, named = node->count > 2;

	if (named && is_argument(node->word[2])) {
		import_change(im, node,
		    "%s is an argument; without quotes keepalived takes it for a user, and runs "
		    "nothing",
		    node->word[2]);
		text = import_format(im, "%s %s", text, node->word[2]);
		named = false;
	}
	c = make_command(im, node, text);
	if (c == NULL)
		return NULL;
	if (named)
		user = import_user(im, node, 2, &root);
	set_user(im, node, c, user, root, named, true);
	return program_is_safe(im, node, c) ? c : NULL;
}

/* ---- checks that only ask for a process ---- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* The process that a command asks for, when that is all it does; NULL otherwise. */
static const char *
asked_process(struct import *im, struct import_node *node, const char *text)
{
	size_t count, first = 1;
	const char *cut = cut_redirections(im, text), **argv = NULL, *program;

	if (!needs_shell(cut))
		argv = split(im, cut, &count);
	if (argv == NULL || count < 2)
		return NULL;
	program = base_name(argv[0]);
	if (strcmp(program, "killall") == 0 || strcmp(program, "pkill") == 0) {
		if (strcmp(argv[1], "-0") != 0)
			return NULL;
		first = 2;
	} else if (strcmp(program, "pgrep") == 0 || strcmp(program, "pidof") == 0) {
		while (first < count &&
		       (strcmp(argv[first], "-x") == 0 || strcmp(argv[first], "-s") == 0))
			first++;
	} else {
		return NULL;
	}
	if (count != first + 1 || argv[first][0] == '-' || strchr(argv[first], '/') != NULL ||
	    !name_is_plain(argv[first]))
		return NULL;
	if (program[0] == 'p' && strcmp(program, "pidof") != 0 && strcmp(argv[1], "-x") != 0)
		import_change(
		    im, node, "process: %s, the whole name, not a part of it", argv[first]);
	else
		import_change(im, node, "process: %s, without running anything", argv[first]);
	return argv[first];
}

void
import_check_command(struct import *im, struct import_check *check, struct import_node *user_node)
{
	struct import_node *node = check->source;
	const char *text = import_word(node, 1), *user = NULL;
	struct import_cmd *c;
	bool root = false;

	check->usable = false;
	check->target = asked_process(im, node, text);
	check->is_process = check->target != NULL;
	if (user_node != NULL)
		user = import_user(im, user_node, 1, &root);
	import_rest(im, node, 2);
	if (check->is_process) {
		check->usable = true;
		if (user_node != NULL)
			import_keep(im, user_node, "nothing is run");
		return;
	}
	c = make_command(im, node, text);
	if (c == NULL)
		return;
	set_user(im, user_node != NULL ? user_node : node, c, user, root, user_node != NULL, false);
	check_self_stop(im, node, c);
	check->usable = program_is_safe(im, node, c);
	check->command = *c;
}
