/*
 * vrrpctl: asks a running vrrpd what it does, and vrrpd whether a configuration is valid. Runs as
 * its caller, with no privileges of its own.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vrrpctl/client.h"
#include "vrrpctl/command.h"
#include "vrrpctl/exit.h"
#include "vrrpctl/text.h"
#include "vrrpctl/words.h"

#define RUNTIME_DIR "/run/vrrpd"

struct command {
	const char *word;
	const char *arguments;
	const char *help;
	int (*run)(
	    const struct options *, int argc, char **argv); /* exit code; argv without the word */
};

static int run_show(const struct options *, int, char **);
static int run_is_master(const struct options *, int, char **);
static int run_explain(const struct options *, int, char **);
static int run_check(const struct options *, int, char **);
static int run_fault(const struct options *, int, char **);
static int run_clear(const struct options *, int, char **);
static int run_reload(const struct options *, int, char **);
static int run_import(const struct options *, int, char **);

static const struct command commands[] = {
    {"show", "[NAME|VIEW]", "all instances, one, checks, counters, groups or hooks", run_show},
    {"explain", "NAME", "why an instance is in its state, and what it waits for", run_explain},
    {"is-master", "NAME", "exit 0 when the instance is master here, 1 when not", run_is_master},
    {"check", "run|set NAME [up|down]", "run a check once by hand; set an external one", run_check},
    {"fault", "NAME [--for 10m]", "put an instance in fault, and the others in charge", run_fault},
    {"clear", "NAME", "take that fault away", run_clear},
    {"config", "show|check|diff [FILE]", "the running configuration; check a file; compare both",
	run_config},
    {"reload", "[--wait]", "have the configuration read again", run_reload},
    {"import", "KEEPALIVED.CONF [-o FILE]", "make a configuration of keepalived's", run_import},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *stream)
{
	fprintf(stream, "usage: vrrpctl [-jV] [-r directory] [command]\n\n"
			"commands, which may be shortened; none means show:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-10s %-24s %s\n", commands[i].word, commands[i].arguments,
		    commands[i].help);
	fprintf(stream,
	    "\noptions:\n"
	    "  -j, --json         one JSON object instead of text\n"
	    "  -r, --runtime-dir  of the daemon: " RUNTIME_DIR "\n"
	    "      --exit-code    show: exit 10 when something is in fault or a check is down\n"
	    "      --wait         reload: for the result, and show it\n"
	    "      --for 10m      fault: it ends by itself (ms, s, m, h, d)\n"
	    "  -o, --output       import: write there instead of to standard output\n"
	    "      --force        import: even if that file exists\n"
	    "      --id           import: of lines for one host only; the short host name\n"
	    "      --scripts-as-root  import: hooks that keepalived runs as root run so here\n"
	    "  -V, --version\n"
	    "  -h, --help\n\n"
	    "exit: 0 ok, 1 failed or not master or invalid, 2 usage, 3 vrrpd not reachable,\n"
	    "4 no such object, 5 permission denied\n");
}

int
command_reject(const char *const *words, const char *word, const char *kind, int found)
{
	const char *near = words_suggest(words, word);

	if (found == WORDS_AMBIGUOUS)
		warnx("%s: ambiguous %s; write more of it", word, kind);
	else if (near != NULL)
		warnx("%s: unknown %s; did you mean \"%s\"?", word, kind, near);
	else
		warnx("%s: unknown %s; \"vrrpctl --help\" lists them", word, kind);
	return VRRPCTL_USAGE;
}

int
command_ask(const struct options *options, enum msg_show what, const char *name,
    struct model *model, bool quiet_missing)
{
	char error[CLIENT_ERROR_MAX];
	int code;

	model_init(model);
	code = client_show(options->runtime_dir, what, name, model, error);
	if (code != VRRPCTL_OK && !(code == VRRPCTL_NO_SUCH_OBJECT && quiet_missing))
		warnx("%s", error);
	return code;
}

/* Shows an answer, frees it, and returns the exit code. */
static int
finish_show(const struct options *options, struct model *model,
    int (*write_model)(const struct output *, const struct model *))
{
	int code = VRRPCTL_OK;

	if (write_model(&options->output, model) == -1) {
		warn("writing the answer");
		code = VRRPCTL_FAILED;
	} else if (options->exit_code && model_is_unhealthy(model)) {
		code = VRRPCTL_UNHEALTHY;
	}
	model_free(model);
	return code;
}

static int
show_all(
    const struct options *options, int (*write_model)(const struct output *, const struct model *))
{
	struct model model;
	int code = command_ask(options, MSG_SHOW_ALL, NULL, &model, false);

	if (code == VRRPCTL_OK)
		return finish_show(options, &model, write_model);
	model_free(&model);
	return code;
}

/* The views are known by their whole words first, then names of instances, then shortened views. */
static int
run_show(const struct options *options, int argc, char **argv)
{
	static const char *const views[] = {"checks", "counters", "groups", "hooks", NULL};
	int (*const writers[])(const struct output *, const struct model *) = {
	    options->writer->checks, options->writer->counters, options->writer->groups,
	    options->writer->hooks};
	struct model model;
	int code, view;

	if (argc == 0)
		return show_all(options, options->writer->status);
	if (argc > 1) {
		warnx("show: one name at a time");
		return VRRPCTL_USAGE;
	}
	view = words_find(views, argv[0]);
	if (view >= 0 && strcmp(views[view], argv[0]) == 0)
		return show_all(options, writers[view]);
	code = command_ask(
	    options, MSG_SHOW_INSTANCE, argv[0], &model, view >= 0 || view == WORDS_AMBIGUOUS);
	if (code == VRRPCTL_OK)
		return finish_show(options, &model, options->writer->instance);
	model_free(&model);
	if (code == VRRPCTL_NO_SUCH_OBJECT && view >= 0)
		return show_all(options, writers[view]);
	if (code == VRRPCTL_NO_SUCH_OBJECT && view == WORDS_AMBIGUOUS)
		return command_reject(views, argv[0], "view", view);
	return code;
}

static int
run_is_master(const struct options *options, int argc, char **argv)
{
	struct model model;
	bool is_master;
	int code;

	if (argc != 1) {
		warnx("is-master: the name of one instance is due");
		return VRRPCTL_USAGE;
	}
	code = command_ask(options, MSG_SHOW_INSTANCE, argv[0], &model, false);
	if (code != VRRPCTL_OK) {
		model_free(&model);
		return code;
	}
	is_master = model.instances[0].status.state == VRRP_MASTER;
	code = finish_show(options, &model, options->writer->is_master);
	return code == VRRPCTL_OK && !is_master ? VRRPCTL_FAILED : code;
}

/* Has something done; says on stderr what went wrong. The model is to be freed in any case. */
static int
operate(const struct options *options, const struct msg_ctl_operate *request, const char *name,
    struct model *model)
{
	char error[CLIENT_ERROR_MAX];
	int code;

	model_init(model);
	code = client_operate(options->runtime_dir, request, name, model, error);
	if (code != VRRPCTL_OK)
		warnx("%s", error);
	return code;
}

int
command_finish(int code, int written)
{
	if (written == 0)
		return code;
	warn("writing the answer");
	return code == VRRPCTL_OK ? VRRPCTL_FAILED : code;
}

/* What has no answer but its success. */
static int
operate_plainly(const struct options *options, const struct msg_ctl_operate *request,
    const char *word, const char *name)
{
	struct model model;
	int code = operate(options, request, name, &model);

	if (code == VRRPCTL_OK)
		code = command_finish(
		    code, options->writer->done(&options->output, &model, word, name));
	model_free(&model);
	return code;
}

static int
run_explain(const struct options *options, int argc, char **argv)
{
	const struct msg_ctl_operate request = {.operation = MSG_OPERATION_EXPLAIN};
	struct model model;
	int code;

	if (argc != 1) {
		warnx("explain: the name of one instance is due");
		return VRRPCTL_USAGE;
	}
	code = operate(options, &request, argv[0], &model);
	if (code == VRRPCTL_OK)
		code = command_finish(
		    code, options->writer->explain(&options->output, &model, argv[0]));
	model_free(&model);
	return code;
}

static int
run_check_run(const struct options *options, int argc, char **argv)
{
	const struct msg_ctl_operate request = {.operation = MSG_OPERATION_CHECK_RUN};
	struct model model;
	int code;

	if (argc != 1) {
		warnx("check run: the name of one check is due");
		return VRRPCTL_USAGE;
	}
	code = operate(options, &request, argv[0], &model);
	if (code == VRRPCTL_OK)
		code = command_finish(code, options->writer->ran(&options->output, &model));
	model_free(&model);
	return code;
}

static int
run_check_set(const struct options *options, int argc, char **argv)
{
	static const char *const states[] = {"down", "up", NULL};
	struct msg_ctl_operate request = {.operation = MSG_OPERATION_CHECK_SET};
	int state;

	if (argc != 2) {
		warnx("check set: the name of a check is due, and up or down");
		return VRRPCTL_USAGE;
	}
	state = words_find(states, argv[1]);
	if (state < 0)
		return command_reject(states, argv[1], "state", state);
	request.up = (uint32_t)state;
	return operate_plainly(options, &request, "check set", argv[0]);
}

static int
run_check(const struct options *options, int argc, char **argv)
{
	static const char *const verbs[] = {"run", "set", NULL};
	int (*const runs[])(const struct options *, int, char **) = {run_check_run, run_check_set};
	int verb;

	if (argc == 0) {
		warnx("check: \"check run NAME\" or \"check set NAME up|down\" is meant?");
		return VRRPCTL_USAGE;
	}
	verb = words_find(verbs, argv[0]);
	if (verb < 0)
		return command_reject(verbs, argv[0], "command of check", verb);
	return runs[verb](options, argc - 1, argv + 1);
}

static int
run_fault(const struct options *options, int argc, char **argv)
{
	const struct msg_ctl_operate request = {
	    .operation = MSG_OPERATION_FAULT, .duration_ns = options->for_ns};

	if (argc != 1) {
		warnx("fault: the name of one instance is due");
		return VRRPCTL_USAGE;
	}
	return operate_plainly(options, &request, "fault", argv[0]);
}

static int
run_clear(const struct options *options, int argc, char **argv)
{
	const struct msg_ctl_operate request = {.operation = MSG_OPERATION_CLEAR};

	if (argc != 1) {
		warnx("clear: the name of one instance is due");
		return VRRPCTL_USAGE;
	}
	return operate_plainly(options, &request, "clear", argv[0]);
}

static int
run_reload(const struct options *options, int argc, char **argv)
{
	const struct msg_ctl_operate request = {
	    .operation = MSG_OPERATION_RELOAD, .up = options->wait};
	char error[CLIENT_ERROR_MAX];
	struct model model;
	int code;

	(void)argv;
	if (argc != 0) {
		warnx("reload: nothing is due behind it: vrrpd reads the file it was started with");
		return VRRPCTL_USAGE;
	}
	model_init(&model);
	code = client_operate(options->runtime_dir, &request, NULL, &model, error);
	if (code == VRRPCTL_OK ||
	    (model.ended && model.result == MSG_CTL_FAILED && model.explanation_count > 0))
		code = command_finish(code, options->writer->reloaded(&options->output, &model));
	else
		warnx("%s", error);
	model_free(&model);
	return code;
}

static int
run_import(const struct options *options, int argc, char **argv)
{
	struct import_options import = options->import;

	if (argc != 1) {
		warnx("import: one file is due: that of keepalived");
		return VRRPCTL_USAGE;
	}
	import.file = argv[0];
	import.json = options->writer == &output_json;
	return import_command(&import);
}

static bool
is_of_import(const struct options *options)
{
	const struct import_options *import = &options->import;

	return import->output != NULL || import->id != NULL || import->force ||
	       import->scripts_as_root;
}

/* Exit code, or -1 to go on. */
static int
parse_options(struct options *options, int argc, char **argv)
{
	enum {
		OPTION_EXIT_CODE = 256,
		OPTION_FOR,
		OPTION_FORCE,
		OPTION_ID,
		OPTION_ROOT,
		OPTION_WAIT
	};
	static const struct option longs[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"runtime-dir", required_argument, NULL, 'r'},
	    {"exit-code", no_argument, NULL, OPTION_EXIT_CODE},
	    {"for", required_argument, NULL, OPTION_FOR},
	    {"output", required_argument, NULL, 'o'},
	    {"force", no_argument, NULL, OPTION_FORCE},
	    {"id", required_argument, NULL, OPTION_ID},
	    {"scripts-as-root", no_argument, NULL, OPTION_ROOT},
	    {"wait", no_argument, NULL, OPTION_WAIT},
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "jo:r:Vh", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			options->writer = &output_json;
			break;
		case 'r':
			options->runtime_dir = optarg;
			break;
		case OPTION_EXIT_CODE:
			options->exit_code = true;
			break;
		case OPTION_WAIT:
			options->wait = true;
			break;
		case OPTION_FOR:
			if (text_parse_duration(optarg, &options->for_ns) == 0)
				break;
			warnx("--for %s: a duration is due, such as 90s, 10m, 2h or 1d", optarg);
			return VRRPCTL_USAGE;
		case 'o':
			options->import.output = optarg;
			break;
		case OPTION_FORCE:
			options->import.force = true;
			break;
		case OPTION_ID:
			options->import.id = optarg;
			break;
		case OPTION_ROOT:
			options->import.scripts_as_root = true;
			break;
		case 'V':
			printf("vrrpctl %s\n", VRRPD_VERSION);
			return VRRPCTL_OK;
		case 'h':
			usage(stdout);
			return VRRPCTL_OK;
		default:
			fprintf(stderr, "vrrpctl: \"vrrpctl --help\" shows the options\n");
			return VRRPCTL_USAGE;
		}
	}
	return -1;
}

static int
run_command(const struct options *options, int argc, char **argv)
{
	const char *words[COMMAND_COUNT + 1] = {NULL};
	int found;

	if (argc == 0)
		return run_show(options, 0, argv);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		words[i] = commands[i].word;
	found = words_find(words, argv[0]);
	if (found < 0)
		return command_reject(words, argv[0], "command", found);
	if (options->exit_code && commands[found].run != run_show) {
		warnx("--exit-code goes with show");
		return VRRPCTL_USAGE;
	}
	if (options->wait && commands[found].run != run_reload) {
		warnx("--wait goes with reload");
		return VRRPCTL_USAGE;
	}
	if (options->for_ns != 0 && commands[found].run != run_fault) {
		warnx("--for goes with fault");
		return VRRPCTL_USAGE;
	}
	if (is_of_import(options) && commands[found].run != run_import) {
		warnx("--output, --force, --id and --scripts-as-root go with import");
		return VRRPCTL_USAGE;
	}
	return commands[found].run(options, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct options options = {
	    .runtime_dir = RUNTIME_DIR,
	    .writer = &output_table,
	    .output = {.stream = stdout},
	};
	int code;

	setlocale(LC_CTYPE, "");
	options.output.color = isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
			       term != NULL && strcmp(term, "dumb") != 0;
	code = parse_options(&options, argc, argv);
	if (code == -1)
		code = run_command(&options, argc - optind, argv + optind);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		warn("standard output");
		return code == VRRPCTL_OK ? VRRPCTL_FAILED : code;
	}
	return code;
}
