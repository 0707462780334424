/*
 * Texts as YAML that every reader takes for texts; `vrrpd -nv`.
 */
#ifndef VRRPD_CONF_PRINT_TEXT_H
#define VRRPD_CONF_PRINT_TEXT_H

#include <stdio.h>

/* Plain where nobody could misread it, else in double quotes. Valid UTF-8. */
void print_text(FILE *, const char *);

#endif
