/*
 * How an answer is shown: one vtable, one writer a form; vrrpctl. Every function writes one whole
 * document to the stream and returns 0, or -1 with errno (out of memory).
 */
#ifndef VRRPCTL_OUTPUT_H
#define VRRPCTL_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "vrrpctl/confcheck.h"
#include "vrrpctl/model.h"

struct output {
	FILE *stream;
	bool color; /* never the only carrier of a state */
};

struct output_writer {
	int (*status)(const struct output *, const struct model *);   /* all instances */
	int (*instance)(const struct output *, const struct model *); /* the answer's, in detail */
	int (*checks)(const struct output *, const struct model *);
	int (*counters)(const struct output *, const struct model *);
	int (*groups)(const struct output *, const struct model *);
	int (*hooks)(const struct output *, const struct model *);
	int (*explain)(const struct output *, const struct model *, const char *instance);
	int (*ran)(const struct output *, const struct model *); /* a check, by hand */
	int (*done)(const struct output *, const struct model *, const char *operation,
	    const char *name);                                         /* what was asked for */
	int (*reloaded)(const struct output *, const struct model *);  /* the lines of the result */
	int (*is_master)(const struct output *, const struct model *); /* the answer's first one */
	int (*config)(const struct output *, const struct model *);    /* the answer's text */
	int (*config_check)(const struct output *, const struct confcheck *);
	int (*config_diff)(const struct output *, const struct confcheck *,
	    const char *diff); /* "" = the same; NULL = the file is not valid */
};

extern const struct output_writer output_table; /* for people */
extern const struct output_writer output_json;  /* for programs: schema "vrrpctl/1" */

#endif
