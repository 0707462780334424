/*
 * Asking the daemon over its control socket; vrrpctl.
 */
#ifndef VRRPCTL_CLIENT_H
#define VRRPCTL_CLIENT_H

#include <stddef.h>

#include "common/msg.h"
#include "vrrpctl/model.h"

#define CLIENT_TIMEOUT_MS 5000 /* for the whole answer, or the next piece of a text */
#define CLIENT_RELOAD_TIMEOUT_MS \
	70000 /* for the result of a reload: the daemon gives up after 60 s */
#define CLIENT_ERROR_MAX 512

/*
 * Asks once and collects the answer. name is for MSG_SHOW_INSTANCE, else NULL. Returns VRRPCTL_OK,
 * or the exit code for what went wrong, with what, where and what to do in error.
 */
int client_show(const char *runtime_dir, enum msg_show, const char *name, struct model *,
    char error[CLIENT_ERROR_MAX]);

/*
 * Has an operation done, or explained, on an object of that name (that of the request is not looked
 * at); as client_show(). name is NULL for a reload, whose explanations are its result, also of one that
 * failed. A check's run and a reload are waited for as long as they may take.
 */
int client_operate(const char *runtime_dir, const struct msg_ctl_operate *, const char *name,
    struct model *, char error[CLIENT_ERROR_MAX]);

#endif
