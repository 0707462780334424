/*
 * Addresses with our mark that nobody configures any more. Parent.
 */
#include <stdlib.h>

#include "common/log.h"
#include "vrrpd/parent/stray.h"

#define STRAYS_MAX 4096

struct strays {
	struct netlink_address *address; /* NULL once they are removed */
	size_t count;
};

struct strays *
strays_open(void)
{
	struct strays *strays = calloc(1, sizeof(*strays));

	if (strays == NULL)
		return NULL;
	strays->address = calloc(STRAYS_MAX, sizeof(strays->address[0]));
	if (strays->address == NULL) {
		free(strays);
		return NULL;
	}
	return strays;
}

void
strays_take(struct strays *strays, const struct netlink_address *heard)
{
	if (strays->address != NULL && heard->proto == NETLINK_PROTO_VRRPD &&
	    strays->count < STRAYS_MAX)
		strays->address[strays->count++] = *heard;
}

void
strays_forget(struct strays *strays)
{
	strays->count = 0;
}

void
strays_remove(struct strays *strays, struct netlink *netlink)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < strays->count; i++) {
		const struct netlink_address *stray = &strays->address[i];

		addr_format(&stray->addr, text);
		if (netlink_remove_address(
			netlink, stray->ifindex, &stray->addr, stray->prefix_length) == -1)
			log_warn("%s: left over from an earlier run: not removed", text);
		else
			log_info(
			    "%s: left over from an earlier run, not configured any more: removed",
			    text);
	}
	free(strays->address);
	strays->address = NULL;
	strays->count = 0;
}

void
strays_close(struct strays *strays)
{
	if (strays == NULL)
		return;
	free(strays->address);
	free(strays);
}
