/*
 * Checks: vrrp_script, track_process and track_file, and who tracks them; vrrpctl, in the importer's
 * child.
 */
#include <inttypes.h>
#include <string.h>

#include "vrrpctl/import_part.h"

#define DAY_MS ((int64_t)CONF_DURATION_MAX_MS)
#define WEIGHT_READ_MAX 254 /* as keepalived reads it, and cuts it */

/* ---- weights ---- */

static int64_t
clamp_weight(struct import *im, struct import_node *node, int64_t weight)
{
	if (weight > CONF_WEIGHT_MAX || weight < -CONF_WEIGHT_MAX) {
		import_change(im, node, "the weight is kept within %d", CONF_WEIGHT_MAX);
		return weight > 0 ? CONF_WEIGHT_MAX : -CONF_WEIGHT_MAX;
	}
	return weight;
}

/* "weight N [reverse]" from a word on; false when there is none. */
static bool
read_weight(
    struct import *im, struct import_node *node, size_t word, int64_t *weight, bool *reverse)
{
	if (!import_number(im, node, word, -WEIGHT_READ_MAX, WEIGHT_READ_MAX, weight))
		return false;
	*weight = clamp_weight(im, node, *weight);
	*reverse = strcmp(import_word(node, word + 1), "reverse") == 0;
	if (strcmp(import_word(node, word + 1), "noreverse") == 0 || *reverse)
		word++;
	import_rest(im, node, word + 1);
	return true;
}

/* ---- vrrp_script ---- */

static void
read_interval(struct import *im, struct import_node *node, int64_t *out, bool zero_is_none)
{
	if (!import_seconds(im, node, 1, 1000, DAY_MS, out))
		return;
	import_rest(im, node, 2);
	if (*out == 0 && zero_is_none)
		return;
	if (*out == 0) {
		*out = 1000;
		import_change(im, node, "1s, as keepalived takes it");
	} else if (*out < 10) {
		*out = 10;
		import_change(im, node, "10ms is the shortest");
	}
}

static bool
read_script_key(struct import *im, struct import_check *check, struct import_node *node)
{
	if (import_is(node, "interval"))
		read_interval(im, node, &check->interval_ms, false);
	else if (import_is(node, "timeout"))
		read_interval(im, node, &check->timeout_ms, true);
	else if (import_is(node, "rise")) {
		if (import_number(im, node, 1, 1, CONF_DAMPING_MAX, &check->rise))
			import_rest(im, node, 2);
	} else if (import_is(node, "fall")) {
		if (import_number(im, node, 1, 1, CONF_DAMPING_MAX, &check->fall))
			import_rest(im, node, 2);
	} else if (import_is(node, "weight"))
		read_weight(im, node, 1, &check->weight, &check->reverse);
	else if (import_is(node, "init_fail"))
		check->initial_down = true;
	else
		return false;
	return true;
}

static void
read_script(struct import *im, struct import_check *check)
{
	static const char *const words[] = {
	    "script", "interval", "timeout", "weight", "rise", "fall", "user", "init_fail", NULL};
	struct import_node *node, *user = NULL;

	for (node = check->node->child; node != NULL; node = node->next) {
		if (import_is(node, "script"))
			check->source = node;
		else if (import_is(node, "user"))
			user = node;
		else if (!node->told && !import_is(node, "include") &&
			 !read_script_key(im, check, node))
			import_unknown(im, node, words);
	}
	if (check->source != NULL)
		import_check_command(im, check, user);
	else
		import_drop(im, check->node, false, "has no script; keepalived ignores it too");
}

/* ---- track_process ---- */

static void
read_process_name(struct import *im, struct import_check *check, struct import_node *node)
{
	const char *slash = strrchr(import_word(node, 1), '/');

	check->source = node;
	check->target = slash != NULL ? slash + 1 : import_word(node, 1);
	if (*check->target == '\0' || strlen(check->target) > 255) {
		import_drop(im, node, true, "is not the name of a process");
		return;
	}
	check->usable = true;
	if (slash != NULL)
		import_change(im, node, "written by its name alone: %s", check->target);
	if (node->count > 2)
		import_change(im, node, "its arguments are not looked at");
}

/* A delay of keepalived is so many checks that agree, one a second. */
static void
read_delay(struct import *im, struct import_node *node, int64_t *rise, int64_t *fall)
{
	int64_t seconds;

	if (!import_seconds(im, node, 1, 1000, 3600 * (int64_t)1000, &seconds))
		return;
	seconds = (seconds + 999) / 1000;
	if (seconds < 1)
		seconds = 1;
	if (seconds > CONF_DAMPING_MAX)
		seconds = CONF_DAMPING_MAX;
	if (rise != NULL)
		*rise = seconds;
	if (fall != NULL)
		*fall = seconds;
	import_change(im, node, "%s%s%s: as many looks in a row, one a second",
	    rise != NULL ? "rise" : "", rise != NULL && fall != NULL ? " and " : "",
	    fall != NULL ? "fall" : "");
}

static bool
read_process_key(struct import *im, struct import_check *check, struct import_node *node)
{
	if (import_is(node, "process"))
		read_process_name(im, check, node);
	else if (import_is(node, "quorum"))
		import_number(im, node, 1, 0, CONF_PROCESSES_MAX, &check->count_min);
	else if (import_is(node, "quorum_max"))
		import_number(im, node, 1, 0, CONF_PROCESSES_MAX, &check->count_max);
	else if (import_is(node, "weight"))
		read_weight(im, node, 1, &check->weight, &check->reverse);
	else if (import_is(node, "delay"))
		read_delay(im, node, &check->rise, &check->fall);
	else if (import_is(node, "fork_delay"))
		read_delay(im, node, &check->rise, NULL);
	else if (import_is(node, "terminate_delay"))
		read_delay(im, node, NULL, &check->fall);
	else if (import_is(node, "param_match") || import_is(node, "full_command"))
		import_drop(im, node, true, "only the name of a process is looked at");
	else
		return false;
	return true;
}

static void
read_process(struct import *im, struct import_check *check)
{
	static const char *const words[] = {"process", "quorum", "quorum_max", "weight", "delay",
	    "fork_delay", "terminate_delay", "param_match", "full_command", NULL};
	struct import_node *node;

	check->is_process = true;
	check->count_min = 1;
	check->count_max = CONF_PROCESSES_MAX;
	for (node = check->node->child; node != NULL; node = node->next)
		if (!node->told && !import_is(node, "include") &&
		    !read_process_key(im, check, node))
			import_unknown(im, node, words);
	if (check->count_max < check->count_min) {
		if (check->count_max > 0)
			import_change(im, check->node, "quorum is above quorum_max");
		check->count_min = check->count_max;
	}
	if (check->source == NULL)
		import_drop(im, check->node, false, "has no process; keepalived ignores it too");
}

/* ---- track_file ---- */

static void
read_path(struct import *im, struct import_check *check, struct import_node *node)
{
	const char *path = import_word(node, 1);

	check->source = node;
	if (path[0] != '/' || strlen(path) >= CONF_PATH_MAX) {
		import_drop(im, node, true, "\"%.60s\" is not an absolute path", path);
		return;
	}
	check->target = path;
	check->usable = true;
	import_rest(im, node, 2);
}

static void
read_file_check(struct import *im, struct import_check *check)
{
	static const char *const words[] = {"file", "weight", "init_file", NULL};
	struct import_node *node;

	check->weight = 1;
	for (node = check->node->child; node != NULL; node = node->next) {
		if (import_is(node, "file"))
			read_path(im, check, node);
		else if (import_is(node, "weight"))
			read_weight(im, node, 1, &check->weight, &check->reverse);
		else if (import_is(node, "init_file"))
			import_drop(
			    im, node, false, "vrrpd makes no files: a missing one counts as 0");
		else if (!node->told && !import_is(node, "include"))
			import_unknown(im, node, words);
	}
	if (check->source == NULL)
		import_drop(im, check->node, false, "has no file; keepalived ignores it too");
}

void
import_check(struct import *im, struct import_node *node, int kind)
{
	struct import_check *check;
	const char *key = import_word(node, 1);

	if (*key == '\0' || !node->block) {
		import_drop(im, node, true, *key == '\0' ? "has no name" : "has no block");
		return;
	}
	if (import_map_find(&im->check_keys[kind], key) != NULL) {
		import_drop(im, node, false, "there is one of that name already, which stays");
		return;
	}
	check = import_alloc(im, sizeof(*check));
	check->key = key;
	check->node = node;
	check->kind = kind;
	check->interval_ms = 1000;
	check->rise = check->fall = 1;
	check->name = import_make_name(im, &im->check_names, key);
	if (strcmp(check->name, key) != 0)
		import_change(im, node, "is called %s", check->name);
	import_rest(im, node, 2);
	if (check->kind == IMPORT_SCRIPT)
		read_script(im, check);
	else if (check->kind == IMPORT_PROCESS)
		read_process(im, check);
	else
		read_file_check(im, check);
	import_map_put(im, &im->check_keys[kind], key, check);
	*im->checks_end = check;
	im->checks_end = &check->next;
}
