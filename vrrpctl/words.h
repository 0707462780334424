/*
 * Words of the command line: shortening and suggestions. Pure.
 */
#ifndef VRRPCTL_WORDS_H
#define VRRPCTL_WORDS_H

#include <stddef.h>

#define WORDS_UNKNOWN (-1)
#define WORDS_AMBIGUOUS (-2)

/*
 * Index of the word in a list that ends with NULL: the same, or the only one that begins so. An
 * empty word begins nothing.
 */
int words_find(const char *const *words, const char *word);

/* The word that was probably meant, NULL when none is near. */
const char *words_suggest(const char *const *words, const char *word);

#endif
