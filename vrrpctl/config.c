/*
 * The command config: a file checked, the running configuration shown, one compared with the other;
 * vrrpctl.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "vrrpctl/client.h"
#include "vrrpctl/command.h"
#include "vrrpctl/confdiff.h"
#include "vrrpctl/exit.h"
#include "vrrpctl/words.h"

static void
config_warn_vrrpd(const char *file, const char *option)
{
	warn("%s: running %s %s: is vrrpd installed?", file, confcheck_program(), option);
}

static int
run_config_check(const struct options *options, int argc, char **argv)
{
	struct confcheck check;
	int code = VRRPCTL_FAILED;

	if (argc != 1) {
		warnx("config check: one file is due");
		return VRRPCTL_USAGE;
	}
	if (confcheck_run(argv[0], &check) == -1)
		config_warn_vrrpd(argv[0], "-n");
	else
		code = command_finish(check.exit_status == 0 ? VRRPCTL_OK : VRRPCTL_FAILED,
		    options->writer->config_check(&options->output, &check));
	confcheck_free(&check);
	return code;
}

static int
run_config_show(const struct options *options, int argc, char **argv)
{
	struct model model;
	int code;

	(void)argv;
	if (argc != 0) {
		warnx("config show: nothing is due behind it");
		return VRRPCTL_USAGE;
	}
	code = command_ask(options, MSG_SHOW_CONFIG, NULL, &model, false);
	if (code == VRRPCTL_OK)
		code = command_finish(code, options->writer->config(&options->output, &model));
	model_free(&model);
	return code;
}

static void
config_warn_diff(const char *file)
{
	if (errno == ENOENT)
		warnx("%s: comparing needs the program diff: install diffutils", file);
	else if (errno == EPROTO)
		warnx("%s: the program diff could not compare it with the running one", file);
	else
		warn("%s: comparing it with the running one", file);
}

/* The file is checked, and compared when it is valid. */
static int
config_diff(const struct options *options, const struct model *model, const struct confcheck *check)
{
	char *diff = NULL;
	int code = VRRPCTL_FAILED;

	if (check->config != NULL) {
		diff =
		    confdiff_run(model->text != NULL ? model->text : "", model->text_size, check);
		if (diff == NULL) {
			config_warn_diff(check->file);
			return code;
		}
		if (diff[0] == '\0')
			code = VRRPCTL_OK;
	}
	code = command_finish(code, options->writer->config_diff(&options->output, check, diff));
	free(diff);
	return code;
}

static int
run_config_diff(const struct options *options, int argc, char **argv)
{
	struct confcheck check;
	struct model model;
	int code;

	if (argc != 1) {
		warnx("config diff: one file is due");
		return VRRPCTL_USAGE;
	}
	code = command_ask(options, MSG_SHOW_CONFIG, NULL, &model, false);
	if (code == VRRPCTL_OK) {
		code = VRRPCTL_FAILED;
		if (confcheck_normalise(argv[0], &check) == -1)
			config_warn_vrrpd(argv[0], "-nv");
		else
			code = config_diff(options, &model, &check);
		confcheck_free(&check);
	}
	model_free(&model);
	return code;
}

int
run_config(const struct options *options, int argc, char **argv)
{
	static const char *const verbs[] = {"check", "diff", "show", NULL};
	int (*const runs[])(const struct options *, int, char **) = {
	    run_config_check, run_config_diff, run_config_show};
	int verb;

	if (argc == 0) {
		warnx("config: \"config show\", \"config check FILE\" or \"config diff FILE\" is "
		      "meant?");
		return VRRPCTL_USAGE;
	}
	verb = words_find(verbs, argv[0]);
	if (verb < 0)
		return command_reject(verbs, argv[0], "command of config", verb);
	return runs[verb](options, argc - 1, argv + 1);
}
