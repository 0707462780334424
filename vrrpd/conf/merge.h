/*
 * A fresh configuration takes the place of the running one: who stays who, and what has to end in
 * peace; config role. Pure.
 */
#ifndef VRRPD_CONF_MERGE_H
#define VRRPD_CONF_MERGE_H

#include "common/conf.h"
#include "common/msg.h"

/*
 * Writes to out (initialised by this) the records of fresh under the ids that they keep or get, and of
 * those that were running and are not in it any more what they need to end: instances and groups with
 * retiring set, but for those among retired. What is retiring in fresh is left out, so that the running
 * configuration as fresh gives the same again without what has retired. Nobody's commands and runners
 * are left out too.
 *
 * Returns -1 with errno, out empty: ENOMEM, E2BIG above CONF_RECORDS_MAX of one kind with those that
 * retire, EBADMSG when both do not go together.
 */
int merge_conf(const struct conf *running, const struct msg_retired *retired, size_t retired_count,
    const struct conf *fresh, struct conf *out);

#endif
