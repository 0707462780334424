/*
 * The file named on the command line and those that its global.include names; config role and `vrrpd
 * -n`. An included file cannot include others: it has no "global".
 */
#include "vrrpd/conf/include.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "vrrpd/conf/decode.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/yaml.h"

static const char include_path[] = "global.include";

/* Relative names are so to the directory of the file that has them. */
static const char *
resolve(struct config *config, const char *pattern)
{
	const char *slash = strrchr(config->file, '/');

	if (pattern[0] == '/' || slash == NULL)
		return pattern;
	return config_format(config, "%.*s/%s", (int)(slash - config->file), config->file, pattern);
}

static void
add_file(struct config *config, const struct config_text *item, const char *name)
{
	if (config_add_file(config, name, item->at) == -1)
		problem_error(
		    config, item->at, include_path, "more than %d files", CONFIG_FILES_MAX - 1);
}

/* The directory that everything before the first wildcard leads to. */
static const char *
fixed_directory(struct config *config, const char *pattern)
{
	size_t length = strcspn(pattern, "*?[");

	while (length > 0 && pattern[length - 1] != '/')
		length--;
	if (length > 1)
		length--; /* the slash */
	return length == 0 ? "." : config_strndup(config, pattern, length);
}

/* A pattern may mean no file, but not no directory: that is a mistake which would lose instances. */
static void
check_search(struct config *config, const struct config_text *item, const char *pattern, int error)
{
	const char *directory = fixed_directory(config, pattern);
	const char *what = pattern;

	if (access(directory, R_OK | X_OK) == -1) {
		what = directory;
		error = errno;
	}
	if (error == 0)
		return;
	problem_error(
	    config, item->at, include_path, "%s cannot be searched: %s", what, strerror(error));
	config->incomplete = true;
}

static void
expand(struct config *config, const struct config_text *item)
{
	const char *pattern = resolve(config, item->text);
	glob_t found = {0};
	size_t i;
	int result;

	if (strpbrk(pattern, "*?[") == NULL) {
		add_file(config, item, pattern);
		return;
	}
	result = glob(pattern, GLOB_ERR, NULL, &found);
	if (result == GLOB_NOSPACE)
		fatalx("%s: out of memory", config->file);
	if (result != 0)
		check_search(config, item, pattern, result == GLOB_ABORTED ? errno : 0);
	for (i = 0; result == 0 && i < found.gl_pathc; i++)
		add_file(config, item,
		    config_strndup(config, found.gl_pathv[i], strlen(found.gl_pathv[i])));
	globfree(&found);
}

int
include_load(struct config *config)
{
	const struct node *root = yaml_read(config, 0);
	uint32_t file;
	size_t i;

	if (root == NULL)
		return -1;
	decode_document(config, root);
	for (i = 0; i < config->global.include.count; i++)
		expand(config, &config->global.include.item[i]);
	for (file = 1; file < config->files.count; file++) {
		root = yaml_read(config, file);
		if (root == NULL)
			config->incomplete = true;
		else
			decode_included(config, root);
	}
	return 0;
}
