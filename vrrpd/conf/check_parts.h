/*
 * The parts of check.c, and what they share; config role and `vrrpd -n`. Each complains about its
 * own subject. Nothing in them is quadratic: what must be unique is sorted, what is looked up is
 * searched in sorted order.
 */
#ifndef VRRPD_CONF_CHECK_PARTS_H
#define VRRPD_CONF_CHECK_PARTS_H

#include "vrrpd/conf/config.h"

/* Named things in the order of their names. */
struct check_names {
	struct config_named **item;
	size_t count;
};

/* calloc() for what lives only during a check. */
void *check_scratch(const struct config *, size_t count, size_t size);

/* Complains about what an instance says; key is "vrid". */
void check_error(struct config *, const struct config_instance *, const char *key, struct config_at,
    const char *what, ...) __attribute__((format(printf, 5, 6)));
void check_warning(struct config *, const struct config_instance *, const char *key,
    struct config_at, const char *what, ...) __attribute__((format(printf, 5, 6)));

static inline bool
check_is_usable(const struct config_number *number)
{
	return number->value != CONFIG_BAD;
}

/* Sorts; complains about names that several files have. item is the caller's to free(). */
void check_names_sort(struct config *, const struct config_items *, size_t size,
    const char *section, struct check_names *);

/* NULL when there is none of that name. */
void *check_names_find(const struct check_names *, const char *name);

/* "; did you mean "web"?" or nothing; belongs to the configuration. */
const char *check_names_suggest(struct config *, const struct check_names *, const char *name);

/* Finds out the kind of each check; before defaults are filled in. */
void check_probes(struct config *);

/* Each instance's address list and family, then those of all. */
void check_addresses(struct config *);

/* What else one instance says; needs its family. */
void check_instances(struct config *);

void check_routes(struct config *);

/* Who is in which group. */
void check_groups(struct config *, const struct check_names *instances);

/* Finds what is tracked; needs the groups. */
void check_tracks(struct config *, const struct check_names *checks);

/* Says what weights can do and cannot; needs the groups. */
void check_weights(struct config *);

#endif
