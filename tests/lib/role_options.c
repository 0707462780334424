/*
 * The options of vrrpd, for programs that stand in its place.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/lib/role_options.h"

const char *
role_options(int argc, char *argv[], struct proc_options *options)
{
	const char *role = NULL;
	int c;

	*options = (struct proc_options){.foreground = 1};
	while ((c = getopt(argc, argv, "df:r:R:v")) != -1) {
		if (c == 'f')
			options->config_file = optarg;
		else if (c == 'r')
			options->runtime_dir = optarg;
		else if (c == 'R')
			role = optarg;
		else if (c == '?')
			exit(2);
	}
	if (options->runtime_dir == NULL)
		errx(2, "-r is required");
	return role;
}
