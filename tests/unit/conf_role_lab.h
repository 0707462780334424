/*
 * The config role in a process of its own, heard as the parent hears it; without sandbox. Included
 * behind cmocka.h.
 */
#ifndef TESTS_UNIT_CONF_ROLE_LAB_H
#define TESTS_UNIT_CONF_ROLE_LAB_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/conf/role.h"

/* What is asked of the role behind the records of running. */
struct asked {
	const struct conf *running; /* NULL = none */
	const struct msg_retired *retired;
	size_t retired_count;
	uint32_t sweep;
};

struct heard {
	struct conf conf;
	size_t records;
	size_t problems;
	struct msg_problem last_problem;
	char all[16384]; /* problems, a line each, errors behind "error: " */
	int text_fd;     /* of the normalised configuration, -1 = none came */
	uint32_t text_size;
	struct msg_config_end end;
	bool ended;
	int status;
};

/* The role in a process of its own, its socket on descriptor 3. */
static inline pid_t
start(const char *file, int *fd)
{
	struct proc_options options = {.config_file = file};
	int sv[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		close(sv[0]); /* else it would not see the end of it */
		if (dup2(sv[1], PROC_PARENT_FD) == -1)
			_exit(99);
		_exit(conf_role_main(&options));
	}
	close(sv[1]);
	*fd = sv[0];
	return pid;
}

static inline void
ask_message(int fd, uint16_t type, const void *payload, size_t size)
{
	struct {
		struct msg_header header;
		char payload[MSG_SIZE_MAX];
	} message = {.header = {.type = type}};

	memcpy(message.payload, payload, size);
	assert_int_equal(send(fd, &message, sizeof(message.header) + size, MSG_NOSIGNAL),
	    sizeof(message.header) + size);
}

static inline void
ask_records(int fd, const struct conf *conf)
{
	ask_message(fd, PARENT_CONFIG_CONF_GLOBAL, &conf->global, sizeof(conf->global));
#define ASK(lower, UPPER) \
	for (size_t i = 0; i < conf->lower##_count; i++) \
		ask_message(fd, PARENT_CONFIG_CONF_##UPPER, &conf->lower[i], \
		    conf_record_size(CONF_##UPPER, &conf->lower[i]));
	CONF_KINDS(ASK)
#undef ASK
}

static inline void
ask(int fd, const struct asked *asked)
{
	const struct msg_load request = {.sweep = asked->sweep};

	if (asked->running != NULL)
		ask_records(fd, asked->running);
	for (size_t i = 0; i < asked->retired_count; i++)
		ask_message(
		    fd, PARENT_CONFIG_RETIRED, &asked->retired[i], sizeof(asked->retired[i]));
	ask_message(fd, PARENT_CONFIG_LOAD, &request, sizeof(request));
}

static inline void
take(struct heard *h, uint16_t type, const void *payload, size_t size, int fd)
{
	assert_non_null(msg_row_check(&msg_table_config_parent, type, size));
	assert_int_equal(fd != -1, msg_table_config_parent.rows[type].fd == FD);
	assert_false(h->ended);
	if (type == CONFIG_PARENT_PROBLEM) {
		assert_int_equal(h->records, 0); /* problems come first */
		memset(&h->last_problem, 0, sizeof(h->last_problem));
		memcpy(&h->last_problem, payload, size);
		assert_int_equal(((const char *)payload)[size - 1], '\0');
		if (strlen(h->all) + strlen(h->last_problem.text) + 16 < sizeof(h->all))
			sprintf(h->all + strlen(h->all), "%s%s\n",
			    h->last_problem.is_error ? "error: " : "warning: ",
			    h->last_problem.text);
		h->problems++;
	} else if (type == CONFIG_PARENT_CONFIG_TEXT) {
		assert_int_equal(h->text_fd, -1);
		memcpy(&h->text_size, payload, size);
		h->text_fd = fd;
	} else if (type == CONFIG_PARENT_END) {
		memcpy(&h->end, payload, size);
		h->ended = true;
	} else {
		assert_int_equal(h->text_fd, -1); /* it comes behind them */
		assert_int_equal(
		    conf_append(&h->conf, (enum conf_kind)(type - CONFIG_PARENT_CONF_GLOBAL),
			payload, size, false),
		    0);
		h->records++;
	}
}

/* One packet of the role; *passed is the descriptor that came with it, or -1. */
static inline ssize_t
hear_packet(int fd, void *buffer, size_t size, int *passed)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {buffer, size};
	struct msghdr mh = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC);

	*passed = -1;
	if (n > 0 && CMSG_FIRSTHDR(&mh) != NULL)
		memcpy(passed, CMSG_DATA(CMSG_FIRSTHDR(&mh)), sizeof(*passed));
	return n;
}

/* All that a role says that was asked something already. */
static inline void
hear_all(pid_t pid, int fd, struct heard *h)
{
	struct {
		struct msg_header header;
		char payload[MSG_SIZE_MAX];
	} message;
	int passed;
	ssize_t n;

	memset(h, 0, sizeof(*h));
	conf_init(&h->conf);
	h->text_fd = -1;
	while ((n = hear_packet(fd, &message, sizeof(message), &passed)) > 0) {
		assert_true((size_t)n >= sizeof(message.header) && n <= MSG_SIZE_MAX);
		take(h, message.header.type, message.payload, (size_t)n - sizeof(message.header),
		    passed);
	}
	close(fd);
	assert_int_equal(waitpid(pid, &h->status, 0), pid);
}

static inline void
hear_asked(const char *file, const struct asked *asked, struct heard *h)
{
	int fd;
	pid_t pid = start(file, &fd);

	ask(fd, asked);
	hear_all(pid, fd, h);
	assert_true(h->ended);
	assert_int_equal(h->status, 0);
}

/* The first load. */
static inline void
hear(const char *file, struct heard *h)
{
	const struct asked nothing = {0};

	hear_asked(file, &nothing, h);
}

#endif
