/*
 * What is wrong with a configuration: collected while it is read, told in the order of the files;
 * config role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_PROBLEM_H
#define VRRPD_CONF_PROBLEM_H

#include "vrrpd/conf/config.h"

#define PROBLEMS_MAX 1000         /* kept, of errors and of warnings; the rest is counted */
#define PROBLEM_TEXT_MAX 1024     /* a whole line with NUL: what fits struct msg_problem */
#define PROBLEM_SUGGESTION_MAX 96 /* with NUL */

struct config_problem {
	struct config_at at;
	bool is_error;
	size_t order;     /* of discovery, among those of one place */
	const char *text; /* "file:line:col: path: what" */
};

/* path is "instances.web.vrid", empty for what concerns the file as a whole. */
void problem_error(struct config *, struct config_at, const char *path, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
void problem_warning(struct config *, struct config_at, const char *path, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

/* For what depends on this machine: a warning when only checking, an error at start. */
void problem_here(struct config *, struct config_at, const char *path, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

/* In the order of files, lines and columns. */
int problem_compare_places(struct config_at, struct config_at);

/* "line 12", or "other.yaml:12" when from is in another file. */
const char *problem_place(struct config *, struct config_at, struct config_at from);

/* Sorts by place, removes what was said twice, and ends with the number of those not kept. */
void problem_sort(struct config *);

/*
 * Looks for the word that was probably meant: offer each candidate, then ask for the text: empty,
 * or
 * "; did you mean "priority"?".
 */
struct suggestion {
	const char *word;
	const char *best;
	unsigned distance;
	char text[PROBLEM_SUGGESTION_MAX];
};

void suggestion_init(struct suggestion *, const char *word);
void suggestion_offer(struct suggestion *, const char *candidate);
const char *suggestion_text(struct suggestion *);

#endif
