/*
 * The running configuration as text, for vrrpctl. Engine.
 */
#include "vrrpd/engine/control.h"
#include "vrrpd/engine/engine.h"

#define STATUS_PIECES_MAX 64 /* told at a time: who reads slowly holds no more memory than that */

/* Whether the text is the one whose begin the client was told. */
static bool
status_is_same_config(const struct engine *engine, const struct control_cursor *cursor)
{
	return cursor->text == engine->config_text && cursor->size == engine->config_text_size &&
	       cursor->generation == engine->loads;
}

int
status_send_config(struct engine *engine, struct control_client *client)
{
	struct control_cursor *cursor = control_cursor(client);
	size_t size;

	if (cursor->told == 0)
		*cursor = (struct control_cursor){.text = engine->config_text,
		    .size = engine->config_text_size,
		    .generation = engine->loads};
	else if (!status_is_same_config(engine, cursor))
		return request_refuse(
		    client, "the configuration was reloaded meanwhile: ask again");
	if (engine->config_text == NULL)
		return request_refuse(client,
		    "vrrpd has no text of its configuration: \"vrrpd -nv\" shows that of the file");
	for (int i = 0; i < STATUS_PIECES_MAX && cursor->told < cursor->size; i++) {
		size = cursor->size - cursor->told;
		if (size > sizeof(struct msg_status_text))
			size = sizeof(struct msg_status_text);
		control_reply(client, ENGINE_CTL_TEXT, engine->config_text + cursor->told, size);
		cursor->told += size;
	}
	return cursor->told < cursor->size ? CONTROL_MORE : MSG_CTL_OK;
}
