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

struct heard {
	struct conf conf;
	size_t records;
	size_t problems;
	struct msg_problem last_problem;
	char all[16384]; /* problems, a line each, errors behind "error: " */
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
		if (dup2(sv[1], PROC_PARENT_FD) == -1)
			_exit(99);
		_exit(conf_role_main(&options));
	}
	close(sv[1]);
	*fd = sv[0];
	return pid;
}

static inline void
take(struct heard *h, uint16_t type, const void *payload, size_t size)
{
	assert_non_null(msg_row_check(&msg_table_config_parent, type, size));
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
	} else if (type == CONFIG_PARENT_END) {
		memcpy(&h->end, payload, size);
		h->ended = true;
	} else {
		assert_int_equal(
		    conf_append(&h->conf, (enum conf_kind)(type - CONFIG_PARENT_CONF_GLOBAL),
			payload, size, false),
		    0);
		h->records++;
	}
}

static inline void
hear(const char *file, struct heard *h)
{
	struct {
		struct msg_header header;
		char payload[MSG_SIZE_MAX];
	} message;
	pid_t pid;
	ssize_t n;
	int fd;

	memset(h, 0, sizeof(*h));
	conf_init(&h->conf);
	pid = start(file, &fd);
	while ((n = recv(fd, &message, sizeof(message), 0)) > 0) {
		assert_true((size_t)n >= sizeof(message.header) && n <= MSG_SIZE_MAX);
		take(h, message.header.type, message.payload, (size_t)n - sizeof(message.header));
	}
	close(fd);
	assert_int_equal(waitpid(pid, &h->status, 0), pid);
	assert_true(h->ended);
	assert_int_equal(h->status, 0);
}

#endif
