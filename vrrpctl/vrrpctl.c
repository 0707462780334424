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
#include "vrrpctl/exit.h"
#include "vrrpctl/import.h"
#include "vrrpctl/output.h"
#include "vrrpctl/words.h"

#define RUNTIME_DIR "/run/vrrpd"

struct options {
	const char *runtime_dir;
	const struct output_writer *writer;
	struct output output;
	bool exit_code; /* show: tell by the exit code whether all is well */
	struct import_options import;
};

struct command {
	const char *word;
	const char *arguments;
	const char *help;
	int (*run)(
	    const struct options *, int argc, char **argv); /* exit code; argv without the word */
};

static int run_show(const struct options *, int, char **);
static int run_is_master(const struct options *, int, char **);
static int run_config(const struct options *, int, char **);
static int run_import(const struct options *, int, char **);

static const struct command commands[] = {
    {"show", "[NAME|checks|counters]", "what is, all instances or one in detail", run_show},
    {"is-master", "NAME", "exit 0 when the instance is master here, 1 when not", run_is_master},
    {"config", "check FILE", "whether a configuration is valid; needs no daemon", run_config},
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
	    "  -o, --output       import: write there instead of to standard output\n"
	    "      --force        import: even if that file exists\n"
	    "      --id           import: of lines for one host only; the short host name\n"
	    "      --scripts-as-root  import: hooks that keepalived runs as root run so here\n"
	    "  -V, --version\n"
	    "  -h, --help\n\n"
	    "exit: 0 ok, 1 failed or not master or invalid, 2 usage, 3 vrrpd not reachable,\n"
	    "4 no such object, 5 permission denied\n");
}

/* A word that is none of the list; says what was probably meant. */
static int
reject_word(const char *const *words, const char *word, const char *kind, int found)
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

/* Asks; says on stderr what went wrong unless a missing object is for the caller to judge. */
static int
ask(const struct options *options, enum msg_show what, const char *name, struct model *model,
    bool quiet_missing)
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
	int code = ask(options, MSG_SHOW_ALL, NULL, &model, false);

	if (code == VRRPCTL_OK)
		return finish_show(options, &model, write_model);
	model_free(&model);
	return code;
}

/* The views are known by their whole words first, then names of instances, then shortened views. */
static int
run_show(const struct options *options, int argc, char **argv)
{
	static const char *const views[] = {"checks", "counters", NULL};
	int (*const writers[])(const struct output *, const struct model *) = {
	    options->writer->checks, options->writer->counters};
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
	code =
	    ask(options, MSG_SHOW_INSTANCE, argv[0], &model, view >= 0 || view == WORDS_AMBIGUOUS);
	if (code == VRRPCTL_OK)
		return finish_show(options, &model, options->writer->instance);
	model_free(&model);
	if (code == VRRPCTL_NO_SUCH_OBJECT && view >= 0)
		return show_all(options, writers[view]);
	if (code == VRRPCTL_NO_SUCH_OBJECT && view == WORDS_AMBIGUOUS)
		return reject_word(views, argv[0], "view", view);
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
	code = ask(options, MSG_SHOW_INSTANCE, argv[0], &model, false);
	if (code != VRRPCTL_OK) {
		model_free(&model);
		return code;
	}
	is_master = model.instances[0].status.state == VRRP_MASTER;
	code = finish_show(options, &model, options->writer->is_master);
	return code == VRRPCTL_OK && !is_master ? VRRPCTL_FAILED : code;
}

static int
run_config(const struct options *options, int argc, char **argv)
{
	static const char *const verbs[] = {"check", NULL};
	struct confcheck check;
	int code = VRRPCTL_FAILED, verb;

	if (argc == 0) {
		warnx("config: \"config check FILE\" is meant?");
		return VRRPCTL_USAGE;
	}
	verb = words_find(verbs, argv[0]);
	if (verb < 0)
		return reject_word(verbs, argv[0], "command of config", verb);
	if (argc != 2) {
		warnx("config check: one file is due");
		return VRRPCTL_USAGE;
	}
	if (confcheck_run(argv[1], &check) == -1) {
		warn("%s: running %s -n: is vrrpd installed?", argv[1], confcheck_program());
	} else if (options->writer->config_check(&options->output, &check) == -1) {
		warn("writing the answer");
	} else if (check.exit_status == 0) {
		code = VRRPCTL_OK;
	}
	confcheck_free(&check);
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
	enum { OPTION_EXIT_CODE = 256, OPTION_FORCE, OPTION_ID, OPTION_ROOT };
	static const struct option longs[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"runtime-dir", required_argument, NULL, 'r'},
	    {"exit-code", no_argument, NULL, OPTION_EXIT_CODE},
	    {"output", required_argument, NULL, 'o'},
	    {"force", no_argument, NULL, OPTION_FORCE},
	    {"id", required_argument, NULL, OPTION_ID},
	    {"scripts-as-root", no_argument, NULL, OPTION_ROOT},
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
		return reject_word(words, argv[0], "command", found);
	if (options->exit_code && commands[found].run != run_show) {
		warnx("--exit-code goes with show");
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
