/*
 * Words of the command line; vrrpctl. Pure.
 */
#include <string.h>

#include "vrrpctl/words.h"

#define WORDS_LENGTH_MAX 32
#define WORDS_DISTANCE_MAX 2

int
words_find(const char *const *words, const char *word)
{
	const size_t length = strlen(word);
	int found = WORDS_UNKNOWN;

	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
		if (length > 0 && strncmp(words[i], word, length) == 0)
			found = found == WORDS_UNKNOWN ? i : WORDS_AMBIGUOUS;
	}
	return found;
}

static size_t
words_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions and replacements between two words, both at most WORDS_LENGTH_MAX long. */
static size_t
words_distance(const char *a, const char *b)
{
	size_t row[WORDS_LENGTH_MAX + 1], diagonal, above;
	const size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (size_t j = 1; j <= length; j++) {
			above = row[j];
			row[j] = words_min(
			    words_min(above, row[j - 1]) + 1, diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

const char *
words_suggest(const char *const *words, const char *word)
{
	const char *best = NULL;
	size_t distance, least = WORDS_DISTANCE_MAX + 1;

	if (strlen(word) > WORDS_LENGTH_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		distance = words_distance(word, *words);
		if (distance < least && distance < strlen(*words)) {
			best = *words;
			least = distance;
		}
	}
	return best;
}
