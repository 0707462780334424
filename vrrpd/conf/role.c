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
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/msg.h"
#include "common/sandbox.h"
#include "vrrpd/conf/config.h"
#include "vrrpd/conf/listing.h"
#include "vrrpd/conf/merge.h"
#include "vrrpd/conf/pack.h"
#include "vrrpd/conf/print.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/request.h"

/* One packet, fd with it unless it is -1; waits until the parent takes it. */
static int
send_packet(uint16_t type, const void *payload, size_t size, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.space = ""};
	struct msg_header header = {.type = type};
	char copy[MSG_SIZE_MAX];
	struct iovec iov[2] = {
	    {.iov_base = &header, .iov_len = sizeof(header)}, {.iov_base = copy, .iov_len = size}};
	struct msghdr mh = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n;

	memcpy(copy, payload, size);
	if (fd != -1) {
		mh.msg_control = control.space;
		mh.msg_controllen = sizeof(control.space);
		*CMSG_FIRSTHDR(&mh) = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
		    .cmsg_type = SCM_RIGHTS,
		    .cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&mh)), &fd, sizeof(fd));
	}
	do
		n = sendmsg(PROC_PARENT_FD, &mh, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

static void
send_message(uint16_t type, const void *payload, size_t size, int fd)
{
	if (send_packet(type, payload, size, fd) == -1)
		fatal("what is loaded cannot be sent to the parent");
}

static void
send_problems(const struct config *config)
{
	const struct config_problem *p;
	struct msg_problem m;
	size_t i;

	for (i = 0; i < config->problem_count; i++) {
		p = &config->problems[i];
		m = (struct msg_problem){.is_error = p->is_error};
		strlcpy(m.text, p->text, sizeof(m.text));
		send_message(CONFIG_PARENT_PROBLEM, &m,
		    offsetof(struct msg_problem, text) + strlen(m.text) + 1, -1);
	}
}

static void
send_record(enum conf_kind kind, const void *record)
{
	send_message((uint16_t)(CONFIG_PARENT_CONF_GLOBAL + kind), record,
	    conf_record_size(kind, record), -1);
}

/* clang-format off */
static void
send_records(const struct conf *conf)
{
	size_t i;

	send_record(CONF_GLOBAL, &conf->global);
#define ROLE_SEND(lower, UPPER) \
	for (i = 0; i < conf->lower##_count; i++) \
		send_record(CONF_##UPPER, &conf->lower[i]);
	CONF_KINDS(ROLE_SEND)
#undef ROLE_SEND
}
/* clang-format on */

static void
send_listing(const struct config *config)
{
	struct msg_config_text m = {0};
	int fd = listing_open(config, &m.size);

	if (fd == -1)
		fatal("%s: as text", config->file);
	send_message(CONFIG_PARENT_CONFIG_TEXT, &m, sizeof(m), fd);
	/* it goes with this process, which ends now */
}

/* ---- what the parent asks for ---- */

static int
append_record(void *ctx, enum conf_kind kind, const void *record)
{
	return conf_append(ctx, kind, record, conf_record_size(kind, record), false);
}

static void
send_merged(const struct request *request, const struct conf *fresh)
{
	struct conf merged;

	if (merge_conf(
		&request->running, request->retired, request->retired_count, fresh, &merged) == -1)
		fatal("the configuration does not go together with the running one");
	send_records(&merged);
	conf_free(&merged);
}

static void
load_files(const struct request *request, const char *file)
{
	struct msg_config_end end;
	struct config config;
	struct conf fresh;

	config_init(&config, file, false);
	conf_init(&fresh);
	(void)config_load(&config); /* the counts tell */
	send_problems(&config);
	if (config.errors == 0) {
		if (pack_config(&config, append_record, &fresh) == -1)
			fatal("%s: as records", file);
		send_merged(request, &fresh);
		send_listing(&config);
	}
	end = (struct msg_config_end){
	    .errors = (uint32_t)config.errors, .warnings = (uint32_t)config.warnings};
	send_message(CONFIG_PARENT_END, &end, sizeof(end), -1);
	conf_free(&fresh);
	config_free(&config);
}

/* The running configuration is its own successor. */
static void
sweep(const struct request *request)
{
	const struct msg_config_end end = {0};

	send_merged(request, &request->running);
	send_message(CONFIG_PARENT_END, &end, sizeof(end), -1);
}

int
conf_role_main(const struct proc_options *options)
{
	struct request request;

	request_read(&request);
	if (request.sweep)
		sweep(&request);
	else
		load_files(&request, options->config_file);
	request_free(&request);
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
