/*
 * The two ways in: the config role, which loads a configuration for the parent and exits, and
 * `vrrpd -n`, which does the same without privileges and tells a person.
 */
#include "vrrpd/conf/role.h"

#include <bsd/string.h>
#include <errno.h>
#include <nss.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "common/log.h"
#include "common/msg.h"
#include "common/sandbox.h"
#include "vrrpd/conf/config.h"
#include "vrrpd/conf/pack.h"
#include "vrrpd/conf/print.h"
#include "vrrpd/conf/problem.h"

/* One packet; waits until the parent takes it. */
static int
send_message(uint16_t type, const void *payload, size_t size)
{
	struct msg_header header = {.type = type};
	const char *bytes = payload;
	char copy[MSG_SIZE_MAX];
	struct iovec iov[2] = {
	    {.iov_base = &header, .iov_len = sizeof(header)}, {.iov_base = copy, .iov_len = size}};
	ssize_t n;

	memcpy(copy, bytes, size);
	do
		n = writev(PROC_PARENT_FD, iov, 2);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

static int
send_record(void *ctx, enum conf_kind kind, const void *record)
{
	(void)ctx;
	return send_message(
	    (uint16_t)(CONFIG_PARENT_CONF_GLOBAL + kind), record, conf_record_size(kind, record));
}

static int
send_problem(const struct config_problem *p)
{
	struct msg_problem m = {.is_error = p->is_error};

	strlcpy(m.text, p->text, sizeof(m.text));
	return send_message(
	    CONFIG_PARENT_PROBLEM, &m, offsetof(struct msg_problem, text) + strlen(m.text) + 1);
}

static int
send_all(struct config *config)
{
	const struct msg_config_end end = {
	    .errors = (uint32_t)config->errors, .warnings = (uint32_t)config->warnings};
	size_t i;

	for (i = 0; i < config->problem_count; i++)
		if (send_problem(&config->problems[i]) == -1)
			return -1;
	if (config->errors == 0 && pack_config(config, send_record, NULL) == -1)
		return -1;
	return send_message(CONFIG_PARENT_END, &end, sizeof(end));
}

int
conf_role_main(const struct proc_options *options)
{
	struct config config;

	config_init(&config, options->config_file, false);
	(void)config_load(&config); /* the counts tell */
	if (send_all(&config) == -1)
		fatal("%s: cannot be sent to the parent", options->config_file);
	config_free(&config);
	return VRRPD_EXIT_OK;
}

int
conf_check_main(const char *file, bool verbose)
{
	struct config config;
	int result;
	size_t i;

	/* No socket: other sources, and the cache of all, are asked through one. */
	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("group", "files");
	config_init(&config, file, true);
	result = config_load(&config);
	for (i = 0; i < config.problem_count; i++)
		fprintf(stderr, "%s%s\n",
		    config.problems[i].is_error ? "" : "warning: ", config.problems[i].text);
	if (result == 0 && verbose)
		print_config(&config, stdout);
	if (result == 0 && (fflush(stdout) == EOF || ferror(stdout)))
		result = -1;
	config_free(&config);
	return result == 0 ? VRRPD_EXIT_OK : VRRPD_EXIT_CONFIG;
}
