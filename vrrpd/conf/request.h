/*
 * What the parent wants of the config role; config role.
 */
#ifndef VRRPD_CONF_REQUEST_H
#define VRRPD_CONF_REQUEST_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/msg.h"

struct request {
	struct conf running; /* none at the start: all zero */
	struct msg_retired *retired;
	size_t retired_count;
	bool sweep; /* no files: the running one without what has retired */
	bool ended; /* LOAD came */
};

/*
 * Reads the parent's messages behind HELLO up to LOAD, blocking; what breaks protocol ends the process.
 */
void request_read(struct request *);
void request_free(struct request *);

#endif
