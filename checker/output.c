/*
 * The tail of what a script writes; in the checker. Pure.
 */
#include <string.h>

#include "checker/output.h"

void
output_init(struct output *out)
{
	out->length = 0;
}

void
output_append(struct output *out, const char *bytes, size_t size)
{
	size_t keep;

	if (size >= OUTPUT_MAX) {
		memcpy(out->bytes, bytes + size - OUTPUT_MAX, OUTPUT_MAX);
		out->length = OUTPUT_MAX;
		return;
	}
	keep = OUTPUT_MAX - size < out->length ? OUTPUT_MAX - size : out->length;
	memmove(out->bytes, out->bytes + out->length - keep, keep);
	memcpy(out->bytes + keep, bytes, size);
	out->length = keep + size;
}

/* Bytes of the UTF-8 character that starts at p, 0 when none does (or a control character). */
static size_t
output_character(const unsigned char *p, size_t left)
{
	static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned code = *p;
	size_t n;

	if (code < 0x80)
		return code >= 0x20 && code != 0x7f;
	n = code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : 2;
	if (code < 0xc0 || code >= 0xf8 || n > left)
		return 0;
	code &= 0x7fU >> n;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < smallest[n] || code < 0xa0 || code > 0x10ffff)
		return 0;
	return code >= 0xd800 && code < 0xe000 ? 0 : n;
}

void
output_format(const struct output *out, char *text)
{
	const unsigned char *p = (const unsigned char *)out->bytes, *end = p + out->length;
	size_t length = 0, n;

	while (p < end) {
		n = output_character(p, (size_t)(end - p));
		if (n == 0) {
			text[length++] = *p == '\n' || *p == '\r' || *p == '\t' ? ' ' : '?';
			p++;
			continue;
		}
		memcpy(text + length, p, n);
		length += n;
		p += n;
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
}
