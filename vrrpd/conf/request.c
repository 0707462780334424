/*
 * What the parent wants of the config role: the running configuration, which of it has retired, and
 * whether files are to be read; config role.
 */
#include "vrrpd/conf/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/log.h"
#include "common/proc.h"

MSG_RECEIVER(MSG_PARENT_CONFIG, request, PARENT_CONFIG)

/* proc_enter() has had the only one. */
static int
request_on_hello(void *ctx, const struct msg_hello *message, size_t size, int fd)
{
	(void)ctx;
	(void)message;
	(void)size;
	(void)fd;
	return -1;
}

/* clang-format off */
#define REQUEST_CONF_HANDLER(lower, UPPER) \
	static int request_on_conf_##lower( \
	    void *ctx, const struct conf_##lower *record, size_t size, int fd) \
	{ \
		struct request *request = ctx; \
		(void)fd; \
		return conf_append(&request->running, CONF_##UPPER, record, size, false); \
	}
REQUEST_CONF_HANDLER(global, GLOBAL)
CONF_KINDS(REQUEST_CONF_HANDLER)
/* clang-format on */

/* Only what is retiring can have ended, and no more than there is. */
static bool
retired_is_valid(const struct request *request, const struct msg_retired *retired)
{
	const struct conf_instance *in = conf_find_instance(&request->running, retired->instance);
	const struct conf_group *g = conf_find_group(&request->running, retired->group);

	if (request->retired_count >=
	    request->running.instance_count + request->running.group_count)
		return false;
	if (retired->instance != 0)
		return retired->group == 0 && in != NULL && in->retiring;
	return g != NULL && g->retiring;
}

static int
request_on_retired(void *ctx, const struct msg_retired *message, size_t size, int fd)
{
	struct request *request = ctx;
	struct msg_retired *more;

	(void)size;
	(void)fd;
	if (!retired_is_valid(request, message))
		return -1;
	more = reallocarray(request->retired, request->retired_count + 1, sizeof(*more));
	if (more == NULL)
		return -1;
	request->retired = more;
	request->retired[request->retired_count++] = *message;
	return 0;
}

/* There must be something to be swept. */
static int
request_on_load(void *ctx, const struct msg_load *message, size_t size, int fd)
{
	struct request *request = ctx;

	(void)size;
	(void)fd;
	if (message->sweep > 1 || (message->sweep && request->running.global.max_parallel == 0))
		return -1;
	request->sweep = message->sweep;
	request->ended = true;
	return 0;
}

/* One packet into buffer; unasked-for descriptors vanish. */
static size_t
receive(void *buffer, size_t size)
{
	ssize_t n;

	do
		n = recv(PROC_PARENT_FD, buffer, size, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		fatal("the parent's request");
	if (n == 0)
		fatalx("the parent is gone");
	return (size_t)n;
}

static int
handle(struct request *request, const uint8_t *packet, size_t size)
{
	struct msg_header header;

	if (size < sizeof(header) || size > MSG_SIZE_MAX)
		return -1;
	memcpy(&header, packet, sizeof(header));
	if (msg_row_check(&msg_table_parent_config, header.type, size - sizeof(header)) == NULL)
		return -1;
	return request_dispatch(
	    request, header.type, packet + sizeof(header), size - sizeof(header), -1);
}

void
request_read(struct request *request)
{
	uint8_t packet[MSG_SIZE_MAX + 1] __attribute__((aligned(8)));

	*request = (struct request){0};
	while (!request->ended)
		if (handle(request, packet, receive(packet, sizeof(packet))) == -1)
			fatalx("the parent's request breaks protocol");
}

void
request_free(struct request *request)
{
	conf_free(&request->running);
	free(request->retired);
}
