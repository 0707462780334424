/*
 * Texts as YAML that every reader takes for texts; `vrrpd -nv`.
 */
#include "vrrpd/conf/print_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* A word that every YAML reader takes for a text. */
static bool
is_plain(const char *text)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/";
	static const char further[] = "0123456789.-";
	static const char *const words[] = {
	    "true", "false", "yes", "no", "on", "off", "y", "n", "null"};
	const char *c;
	size_t i;

	if (*text == '\0' || strchr(first, *text) == NULL)
		return false;
	for (c = text; *c != '\0'; c++)
		if (strchr(first, *c) == NULL && strchr(further, *c) == NULL)
			return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	return true;
}

/* The character at c, which is valid UTF-8 since it came through libyaml; *length its bytes. */
static uint32_t
decode_character(const unsigned char *c, size_t *length)
{
	uint32_t code;
	size_t i;

	*length = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
	code = *length == 1 ? *c : *c & (0x7fU >> *length);
	for (i = 1; i < *length; i++)
		code = code << 6 | (c[i] & 0x3f);
	return code;
}

/* YAML allows it in a file and takes it for what it is: no control, line break, or byte order mark.
 */
static bool
is_printable(uint32_t code)
{
	return (code >= ' ' && code < 0x7f) ||
	       (code >= 0xa0 && code != 0x2028 && code != 0x2029 && code != 0xfeff &&
		   code < 0xfffe) ||
	       code >= 0x10000;
}

static void
print_quoted(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	uint32_t code;
	size_t length;

	putc('"', out);
	for (; *c != '\0'; c += length) {
		code = decode_character(c, &length);
		if (code == '"' || code == '\\')
			fprintf(out, "\\%c", (int)code);
		else if (code == '\n')
			fputs("\\n", out);
		else if (code == '\t')
			fputs("\\t", out);
		else if (is_printable(code))
			fwrite(c, 1, length, out);
		else
			fprintf(out, "\\u%04x", code);
	}
	putc('"', out);
}

void
print_text(FILE *out, const char *text)
{
	if (is_plain(text))
		fputs(text, out);
	else
		print_quoted(out, text);
}
