/*
 * Who asks for a reload, and is told what came of it; the text of the configuration that runs. Engine.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/channel.h"
#include "common/log.h"
#include "vrrpd/engine/control.h"
#include "vrrpd/engine/engine.h"

#define ASK_WAIT_MS 60000 /* the longest load, and all that follows */

static struct reload_waiter *
ask_find_place(struct engine *engine)
{
	for (size_t i = 0; i < ENGINE_WAITERS_MAX; i++)
		if (engine->waiter[i].ticket == 0 ||
		    control_find(engine->control, engine->waiter[i].token) == NULL)
			return &engine->waiter[i];
	return NULL;
}

int
ask_reload(struct engine *engine, struct control_client *client, bool wait)
{
	struct reload_waiter *waiter = wait ? ask_find_place(engine) : NULL;
	struct msg_reload message = {0};

	if (wait && waiter == NULL) {
		errno = EAGAIN;
		return -1;
	}
	message.ticket = ++engine->ticket;
	if (wait)
		*waiter =
		    (struct reload_waiter){message.ticket, control_defer(client, ASK_WAIT_MS)};
	channel_send(engine->parent, ENGINE_PARENT_RELOAD, &message, sizeof(message), -1);
	return 0;
}

/* Kept until it is known whom they are for. */
void
ask_take_line(struct engine *engine, const struct msg_problem *message, size_t size)
{
	size_t length = size - offsetof(struct msg_problem, text);
	struct msg_status_explanation *line;

	if (engine->reload_line == NULL)
		engine->reload_line =
		    calloc(ENGINE_RELOAD_LINES_MAX, sizeof(engine->reload_line[0]));
	if (engine->reload_line == NULL || length == 0 ||
	    engine->reload_line_count == ENGINE_RELOAD_LINES_MAX)
		return;
	line = &engine->reload_line[engine->reload_line_count++];
	line->blocks = message->is_error != 0;
	if (length > sizeof(line->text))
		length = sizeof(line->text);
	memcpy(line->text, message->text, length);
	line->text[length - 1] = '\0';
}

static void
ask_answer(struct engine *engine, const struct reload_waiter *waiter, enum msg_ctl_result result)
{
	struct control_client *client = control_find(engine->control, waiter->token);

	if (client == NULL)
		return;
	for (size_t i = 0; i < engine->reload_line_count; i++)
		control_reply(client, ENGINE_CTL_EXPLANATION, &engine->reload_line[i],
		    sizeof(engine->reload_line[i]));
	control_finish(client, result);
}

void
ask_take_result(struct engine *engine, const struct msg_reload *message)
{
	for (size_t i = 0; i < ENGINE_WAITERS_MAX; i++) {
		const struct reload_waiter waiter = engine->waiter[i];

		if (waiter.ticket == 0 || waiter.ticket > message->ticket)
			continue;
		engine->waiter[i] = (struct reload_waiter){0};
		ask_answer(engine, &waiter, message->failed ? MSG_CTL_FAILED : MSG_CTL_OK);
	}
	free(engine->reload_line);
	engine->reload_line = NULL;
	engine->reload_line_count = 0;
}

/* Others read the same descriptor: no position in it is ours. */
static char *
ask_read_text(int fd, size_t size)
{
	char *text = malloc(size + 1);
	ssize_t n;

	for (size_t at = 0; text != NULL && at < size; at += (size_t)n) {
		n = pread(fd, text + at, size - at, (off_t)at);
		if (n > 0)
			continue;
		free(text);
		return NULL;
	}
	return text;
}

void
ask_take_text(struct engine *engine, size_t size, int fd)
{
	free(engine->config_text);
	engine->config_text = ask_read_text(fd, size);
	engine->config_text_size = size;
	close(fd);
}
