/*
 * Text conversion of addresses; any process.
 */
#include <arpa/inet.h>
#include <bsd/string.h>
#include <sys/socket.h>

#include "common/addr.h"

const char *
addr_format(const struct addr *a, char *buf)
{
	int af = a->family == ADDR_IPV6 ? AF_INET6 : AF_INET;

	if (!addr_is_set(a) || inet_ntop(af, a->bytes, buf, ADDR_TEXT_MAX) == NULL)
		strlcpy(buf, "none", ADDR_TEXT_MAX);
	return buf;
}

int
addr_parse(const char *text, struct addr *out)
{
	struct addr a = {0};

	if (inet_pton(AF_INET, text, a.bytes) == 1)
		a.family = ADDR_IPV4;
	else if (inet_pton(AF_INET6, text, a.bytes) == 1)
		a.family = ADDR_IPV6;
	else
		return -1;
	*out = a;
	return 0;
}
