/*
 * What an honest engine never says: messages of the right form with contents that are none. For hostile.c.
 */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/boundary/hostile.h"

#define NOBODY 0
#define UNKNOWN HOSTILE_NEVER_GIVEN

/* As many adverts as there are, whatever count says. */
struct two_adverts {
	int64_t at_ns;
	uint32_t pad;
	uint32_t count;
	struct msg_advert_item item[2];
};

struct message {
	const char *name;
	const char *said;
	uint16_t type;
	uint16_t size;
	union {
		struct two_adverts adverts;
		struct msg_instance_request request;
		struct msg_conf_end end;
		struct msg_retired retired;
		struct msg_reload reload;
		struct msg_keep keep;
		struct msg_empty empty;
	} contents;
};

/* clang-format off */
#define SIZED(name, ROW, size, member, ...) \
	{name, #ROW " breaks protocol", ENGINE_PARENT_##ROW, size, {.member = {__VA_ARGS__}}}
#define SAY(name, ROW, member, ...) \
	SIZED(name, ROW, sizeof(((struct message *)NULL)->contents.member), member, __VA_ARGS__)
#define ADVERTISE(name, items, at_ns, count, ...) \
	SIZED(name, ADVERTISE, offsetof(struct two_adverts, item[items]), adverts, \
	    at_ns, 0, count, {__VA_ARGS__})
#define ITEM(id, priority) {HOSTILE_##id, priority, {0}}

static const struct message messages[] = {
    ADVERTISE("advert-unknown", 1, 0, 1, {UNKNOWN, 200, {0}}),
    ADVERTISE("advert-second-unknown", 2, 0, 2, ITEM(WEB, 200), {UNKNOWN, 200, {0}}),
    ADVERTISE("advert-resigns-unknown", 1, 0, 1, {UNKNOWN, 0, {0}}),
    ADVERTISE("advert-disabled", 1, 0, 1, ITEM(IDLE, 100)),
    ADVERTISE("owner-priority", 1, 0, 1, ITEM(WEB, 255)),
    ADVERTISE("owner-with-another-priority", 1, 0, 1, ITEM(OWN, 200)),
    ADVERTISE("count-zero", 0, 0, 0, {0, 0, {0}}),
    ADVERTISE("count-too-large", 1, 0, UINT32_MAX, ITEM(WEB, 200)),
    ADVERTISE("count-of-more", 1, 0, 2, ITEM(WEB, 200)),
    ADVERTISE("count-of-less", 2, 0, 1, ITEM(WEB, 200), ITEM(WEB, 200)),
    ADVERTISE("advert-before-time", 1, INT64_MIN, 1, ITEM(WEB, 200)),
    SAY("acquire-unknown", ACQUIRE, request, UNKNOWN, 1),
    SAY("acquire-nobody", ACQUIRE, request, NOBODY, 1),
    SAY("acquire-disabled", ACQUIRE, request, HOSTILE_IDLE, 1),
    SAY("release-unknown", RELEASE, request, UNKNOWN, 1),
    SAY("release-nobody", RELEASE, request, NOBODY, 1),
    SAY("release-disabled", RELEASE, request, HOSTILE_IDLE, 1),
    SAY("announce-unknown", ANNOUNCE, request, UINT32_MAX, 1),
    SAY("announce-disabled", ANNOUNCE, request, HOSTILE_IDLE, 1),
    SAY("committed-unasked", COMMITTED, end, 1, 1),
    SAY("retired-unasked", RETIRED, retired, HOSTILE_WEB, 0),
    SAY("retired-nobody", RETIRED, retired, NOBODY, NOBODY),
    SAY("retired-unknown", RETIRED, retired, UNKNOWN, 0),
    SAY("retired-group", RETIRED, retired, 0, HOSTILE_PAIR),
    SAY("retired-unknown-group", RETIRED, retired, 0, UNKNOWN),
    SAY("retired-two", RETIRED, retired, HOSTILE_WEB, HOSTILE_PAIR),
    SAY("reload-for-nobody", RELOAD, reload, 0, 0, 0),
    SAY("keep-nobody", KEEP, keep, NOBODY, NOBODY, 0, 0, 0),
    SAY("keep-unknown", KEEP, keep, UNKNOWN, 0, MSG_KEEP_FAULT, 0, INT64_MAX),
    SAY("keep-unknown-check", KEEP, keep, 0, UNKNOWN, MSG_KEEP_UP, 0, INT64_MAX),
    SAY("keep-two", KEEP, keep, HOSTILE_WEB, HOSTILE_SET, MSG_KEEP_UP, 0, INT64_MAX),
    SAY("keep-one-and-an-unknown", KEEP, keep, HOSTILE_WEB, UNKNOWN, MSG_KEEP_FAULT, 0, INT64_MAX),
    SAY("done-unasked", DONE, empty, 0),
};
/* clang-format on */

#define MESSAGE_COUNT (sizeof(messages) / sizeof(messages[0]))

bool
hostile_message(const char *name)
{
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		if (strcmp(messages[i].name, name) == 0) {
			hostile_say(messages[i].type, &messages[i].contents, messages[i].size);
			return true;
		}
	return false;
}

void
hostile_message_list(void)
{
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		printf("%s\t%s\tparent\n", messages[i].name, messages[i].said);
}
