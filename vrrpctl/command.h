/*
 * What the commands of vrrpctl share.
 */
#ifndef VRRPCTL_COMMAND_H
#define VRRPCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "vrrpctl/import.h"
#include "vrrpctl/output.h"

struct options {
	const char *runtime_dir;
	const struct output_writer *writer;
	struct output output;
	bool exit_code; /* show: tell by the exit code whether all is well */
	bool wait;      /* reload: for its result */
	int64_t for_ns; /* fault: for so long; 0 = until it is cleared */
	struct import_options import;
};

/* A word that is none of the list; says what was probably meant. Returns the exit code. */
int command_reject(const char *const *words, const char *word, const char *kind, int found);

/*
 * Asks; says on stderr what went wrong unless a missing object is for the caller to judge. The model
 * is to be freed in any case.
 */
int command_ask(
    const struct options *, enum msg_show, const char *name, struct model *, bool quiet_missing);

/* The exit code; -1 for written is a failure to be told. */
int command_finish(int code, int written);

/* config.c: exit code; argv without the word */
int run_config(const struct options *, int argc, char **argv);

#endif
