/*
 * Fuzzes what checks read: a reply to an echo request, the number in a file, what is shown of both.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "checker/icmp.h"
#include "checker/number.h"
#include "checker/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_require(int condition)
{
	if (!condition)
		abort();
}

static void
fuzz_reply(enum addr_family family, const uint8_t *data, size_t size)
{
	struct icmp_echo echo;
	uint8_t request[ICMP_ECHO_SIZE];

	if (icmp_decode_reply(family, data, size, &echo) == -1)
		return;
	fuzz_require(size >= ICMP_ECHO_SIZE);
	icmp_encode_request(family, &echo, request);
	fuzz_require(
	    memcmp(request + 4, data + size - ICMP_ECHO_SIZE + 4, ICMP_ECHO_SIZE - 4) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[OUTPUT_MAX + 1];
	struct output output;
	int64_t value = 0;

	fuzz_reply(ADDR_IPV4, data, size);
	fuzz_reply(ADDR_IPV6, data, size);
	if (number_parse((const char *)data, size, &value) == 0)
		fuzz_require(value >= -NUMBER_MAX && value <= NUMBER_MAX);
	output_init(&output);
	output_append(&output, (const char *)data, size / 2);
	output_append(&output, (const char *)data + size / 2, size - size / 2);
	output_format(&output, text);
	for (size_t i = 0; text[i] != '\0'; i++)
		fuzz_require((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
	return 0;
}
