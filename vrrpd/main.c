/*
 * vrrpd: one binary, several processes. Reads the command line and becomes what it says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/unistd.h>

#include "checker/checker.h"
#include "common/proc.h"
#include "common/sandbox.h"
#include "vrrpd/conf/role.h"
#include "vrrpd/engine/engine_main.h"
#include "vrrpd/parent/parent.h"

#define MAIN_CONFIG_FILE "/etc/vrrpd/vrrpd.yaml"
#define MAIN_RUNTIME_DIR "/run/vrrpd"

struct main_options {
	struct proc_options proc;
	const char *role;
	bool check;
	bool verbose;
};

static const char usage_text[] =
    "usage: vrrpd [-dnvV] [-f file] [-r dir]\n"
    "  -d       stay in the foreground, log to stderr\n"
    "  -f file  configuration file (" MAIN_CONFIG_FILE ")\n"
    "  -n       check the configuration and exit; -nv prints it normalised\n"
    "  -r dir   runtime directory (" MAIN_RUNTIME_DIR ")\n"
    "  -v       log debug messages\n"
    "  -V       print the version and exit\n"
    "  -h       print this help and exit\n"
    "SIGTERM stops. The configuration is described in vrrpd.yaml(5), states in vrrpd(8).\n";

static _Noreturn void
main_usage(FILE *out, int code)
{
	fputs(usage_text, out);
	exit(code);
}

static void
main_parse(int argc, char *argv[], struct main_options *options)
{
	int c;

	while ((c = getopt(argc, argv, "dhnvVf:r:R:")) != -1) {
		switch (c) {
		case 'd':
			options->proc.foreground = 1;
			break;
		case 'f':
			options->proc.config_file = optarg;
			break;
		case 'h':
			main_usage(stdout, VRRPD_EXIT_OK);
		case 'n':
			options->check = true;
			break;
		case 'r':
			options->proc.runtime_dir = optarg;
			break;
		case 'R':
			options->role = optarg;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'V':
			printf("vrrpd %s\n", VRRPD_VERSION);
			exit(VRRPD_EXIT_OK);
		default:
			main_usage(stderr, VRRPD_EXIT_USAGE);
		}
	}
	if (optind != argc) {
		fprintf(stderr, "vrrpd: unexpected argument \"%s\"\n", argv[optind]);
		main_usage(stderr, VRRPD_EXIT_USAGE);
	}
	if (options->proc.runtime_dir[0] != '/') {
		fprintf(
		    stderr, "vrrpd: -r %s: an absolute path is due\n", options->proc.runtime_dir);
		exit(VRRPD_EXIT_USAGE);
	}
	options->proc.debug = options->verbose;
}

/* A child process: the parent named its role. */
static int
main_become(const struct main_options *options)
{
	struct msg_hello hello;

	if (strcmp(options->role, proc_role_name(MSG_ROLE_ENGINE)) == 0)
		return engine_main(&options->proc);
	if (strcmp(options->role, proc_role_name(MSG_ROLE_CHECKER)) == 0)
		return checker_main(&options->proc);
	if (strcmp(options->role, proc_role_name(MSG_ROLE_CONFIG)) == 0) {
		proc_enter(MSG_ROLE_CONFIG, &options->proc, &hello);
		return conf_role_main(&options->proc);
	}
	fprintf(stderr, "vrrpd: no such role: \"%s\"\n", options->role);
	return VRRPD_EXIT_USAGE;
}

int
main(int argc, char *argv[])
{
	struct main_options options = {
	    .proc = {.config_file = MAIN_CONFIG_FILE, .runtime_dir = MAIN_RUNTIME_DIR},
	};

	setproctitle_init(argc, argv, environ);
	main_parse(argc, argv, &options);
	if (options.role != NULL)
		return main_become(&options);
	if (options.check)
		return conf_check_main(options.proc.config_file, options.verbose);
	return parent_main(&options.proc);
}
