/*
 * Asking the daemon over its control socket; vrrpctl.
 */
#ifndef VRRPCTL_CLIENT_H
#define VRRPCTL_CLIENT_H

#include <stddef.h>

#include "common/msg.h"
#include "vrrpctl/model.h"

#define CLIENT_TIMEOUT_MS 5000 /* for the whole answer */
#define CLIENT_ERROR_MAX 512

/*
 * Asks once and collects the answer. name is for MSG_SHOW_INSTANCE, else NULL. Returns VRRPCTL_OK,
 * or the exit code for what went wrong, with what, where and what to do in error.
 */
int client_show(const char *runtime_dir, enum msg_show, const char *name, struct model *,
    char error[CLIENT_ERROR_MAX]);

/*
 * Has an operation done, or explained, on an object of that name (that of the request is not looked at);
 * as client_show(). A check's run is waited for as long as it may take.
 */
int client_operate(const char *runtime_dir, const struct msg_ctl_operate *, const char *name,
    struct model *, char error[CLIENT_ERROR_MAX]);

#endif
