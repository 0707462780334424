/*
 * What the JSON writers share; vrrpctl.
 */
#ifndef VRRPCTL_JSON_H
#define VRRPCTL_JSON_H

#include <jansson.h>

#include "vrrpctl/output.h"

/* The keys every document begins with. */
json_t *json_document(int64_t wall_ns);

/* That of an answer, at its time. */
json_t *json_answer(const struct model *);

/* Writes and releases the document. -1 with errno. */
int json_finish(const struct output *, json_t *document);

/* A point in time of the answer; null for 0, which stands for "never". */
json_t *json_time(const struct model *, int64_t monotonic_ns);

/* json_answer.c */
json_t *json_groups(const struct model *);
int json_write_groups(const struct output *, const struct model *);
int json_write_hooks(const struct output *, const struct model *);
int json_write_explanation(const struct output *, const struct model *, const char *instance);
int json_write_ran(const struct output *, const struct model *);
int json_write_done(
    const struct output *, const struct model *, const char *operation, const char *name);

/* json_config.c */
int json_write_config(const struct output *, const struct model *);
int json_write_config_check(const struct output *, const struct confcheck *);
int json_write_config_diff(const struct output *, const struct confcheck *, const char *diff);
int json_write_reloaded(const struct output *, const struct model *);

#endif
