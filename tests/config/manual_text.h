/*
 * What vrrpd.yaml(5) says of each key, as plain text; make-schema only.
 */
#ifndef TESTS_CONFIG_MANUAL_TEXT_H
#define TESTS_CONFIG_MANUAL_TEXT_H

/* Reads the page. Returns -1 with errno when it cannot. */
int manual_read(const char *file);

/*
 * The text of the item `key` in the section of that title, inside the item `parent` or, with NULL, in
 * none. NULL when there is none, or when it is described together with others.
 */
const char *manual_text(const char *section, const char *parent, const char *key);

#endif
