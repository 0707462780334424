/*
 * An engine that has been taken over: it becomes master by the rules, and then does what no honest one
 * does. For hostile.c.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/clock.h"
#include "tests/boundary/hostile.h"

#define BEAT_MS 100

static const struct hostile_rows rows = {
    &msg_table_engine_parent, &msg_table_parent_engine, ENGINE_PARENT_HEARTBEAT};

struct msg_conf_end hostile_told;
static bool with_descriptors; /* each message that is sent */
static bool web_retires;      /* in the configuration it was told last */

static struct {
	struct msg_header header;
	union {
		struct conf_instance instance;
		struct msg_conf_end end;
		struct msg_addresses addresses;
		uint8_t rest[MSG_SIZE_MAX];
	} is;
} packet;

/* Inside the sandbox of an engine there is no other way to wait. */
static void
wait_on(int watched, int ms)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (watched != -1)
		epoll_ctl(fd, EPOLL_CTL_ADD, watched, &event);
	epoll_wait(fd, &event, 1, ms);
	close(fd);
}

static void
rest(int ms)
{
	wait_on(-1, ms);
}

/* The parent reads no more: it must be what ends this process, so that a test can see it do so. */
static _Noreturn void
await_the_end(void)
{
	for (;;)
		rest(1000);
}

void
hostile_say(uint16_t type, const void *payload, size_t size)
{
	if ((with_descriptors ? hostile_send_descriptor(
				    PROC_PARENT_FD, &msg_table_engine_parent, type, payload, size)
			      : hostile_send(PROC_PARENT_FD, type, payload, size)) == -1)
		await_the_end();
}

static void
say_advert(uint32_t id, uint8_t priority)
{
	struct msg_advertise m = {
	    .at_ns = clock_now().ns, .count = 1, .item = {{id, priority, {0}}}};

	hostile_say(ENGINE_PARENT_ADVERTISE, &m, offsetof(struct msg_advertise, item[1]));
}

static void
say_request(uint16_t type, uint32_t id)
{
	const struct msg_instance_request m = {id, 1};

	hostile_say(type, &m, sizeof(m));
}

static void
say_heartbeat(void)
{
	static const struct msg_heartbeat m;

	hostile_say(ENGINE_PARENT_HEARTBEAT, &m, sizeof(m));
}

static void
say_done(void)
{
	static const struct msg_empty m;

	hostile_say(ENGINE_PARENT_DONE, &m, sizeof(m));
}

static void
say_end(uint16_t type, struct msg_conf_end m)
{
	hostile_say(type, &m, sizeof(m));
}

/* The numbers are those that hostile.h has. */
static void
check_instance(const struct conf_instance *conf)
{
	static const char *const names[] = {[HOSTILE_WEB] = "web",
	    [HOSTILE_IDLE] = "idle",
	    [HOSTILE_OWN] = "own",
	    [HOSTILE_FAR] = "far"};

	if (conf->id <= HOSTILE_FAR && strcmp(conf->name, names[conf->id]) != 0)
		errx(7, "%s is instance %u", conf->name, conf->id);
	if (conf->id == HOSTILE_WEB)
		web_retires = conf->retiring;
}

/* Its heart beats while it waits. */
static uint16_t
read_message(void)
{
	ssize_t n;

	while ((n = recv(PROC_PARENT_FD, &packet, sizeof(packet), MSG_DONTWAIT)) == -1 &&
	       errno == EAGAIN) {
		say_heartbeat();
		wait_on(PROC_PARENT_FD, BEAT_MS);
	}
	if (n < (ssize_t)sizeof(struct msg_header))
		_exit(0);
	if (packet.header.type == PARENT_ENGINE_CONF_GLOBAL)
		web_retires = false;
	else if (packet.header.type == PARENT_ENGINE_CONF_INSTANCE)
		check_instance(&packet.is.instance);
	else if (packet.header.type == PARENT_ENGINE_CONF_END)
		hostile_told = packet.is.end;
	else if (packet.header.type == PARENT_ENGINE_KEPT)
		errx(9, "is told what one that broke the rules has left");
	return packet.header.type;
}

void
hostile_await(uint16_t type)
{
	while (read_message() != type)
		;
}

void
hostile_ask_reload(void)
{
	const struct msg_reload m = {.ticket = 1};

	hostile_say(ENGINE_PARENT_RELOAD, &m, sizeof(m));
}

/* ---- what it says at a reload ---- */

/* By the rules, but for the end: COMMITTED is not said. */
static void
go_through_reload(void)
{
	hostile_await(PARENT_ENGINE_CONF_END);
	say_end(ENGINE_PARENT_READY, hostile_told);
	hostile_await(PARENT_ENGINE_COMMIT);
}

static void
hostile_ready_twice(void)
{
	say_end(ENGINE_PARENT_READY, hostile_told);
}

/* READY for what it was not told of, or for what has been. */
static void
ready_for(uint32_t generation)
{
	say_end(ENGINE_PARENT_READY, (struct msg_conf_end){generation, 1});
}

static void
hostile_ready_for_the_next(void)
{
	hostile_ask_reload();
	hostile_await(PARENT_ENGINE_CONF_END);
	ready_for(hostile_told.generation + 1);
}

static void
hostile_ready_for_the_last(void)
{
	hostile_ask_reload();
	hostile_await(PARENT_ENGINE_CONF_END);
	ready_for(hostile_told.generation - 1);
}

static void
hostile_committed_early(void)
{
	hostile_ask_reload();
	hostile_await(PARENT_ENGINE_CONF_END);
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
}

static void
hostile_committed_to_another(void)
{
	hostile_ask_reload();
	go_through_reload();
	hostile_told.generation++;
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
}

static void
hostile_committed_twice(void)
{
	hostile_ask_reload();
	go_through_reload();
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
}

/* It wants what it has no more. */
static void
hostile_acquire_retiring(void)
{
	go_through_reload();
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
	say_request(ENGINE_PARENT_ACQUIRE, HOSTILE_WEB);
}

static void
hostile_announce_retiring(void)
{
	go_through_reload();
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
	say_request(ENGINE_PARENT_ANNOUNCE, HOSTILE_WEB);
}

static void
hostile_advert_retiring(void)
{
	go_through_reload();
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
	say_advert(HOSTILE_WEB, 200);
}

/* One that retires, and one that never was. */
static void
hostile_retired_with_unknown(void)
{
	const struct msg_retired m = {HOSTILE_WEB, HOSTILE_NEVER_GIVEN};

	go_through_reload();
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
	hostile_say(ENGINE_PARENT_RETIRED, &m, sizeof(m));
}

/* What it has no more, it keeps. */
static void
hostile_keep_retiring(void)
{
	go_through_reload();
	say_end(ENGINE_PARENT_COMMITTED, hostile_told);
}

/* READY for another configuration, told to begin with it, and it goes on with the one before. */
static void
hostile_never_committed(void)
{
	go_through_reload();
}

/* Not of this engine: the next one's are smaller. */
static void
hostile_ticket(void)
{
	const struct msg_reload m = {.ticket = UINT64_MAX};

	hostile_say(ENGINE_PARENT_RELOAD, &m, sizeof(m));
	_exit(1);
}

/* ---- what it says at any time ---- */

static void
hostile_advert_of_the_future(void)
{
	struct msg_advertise m = {
	    .at_ns = clock_now().ns + NS_PER_S, .count = 1, .item = {{HOSTILE_WEB, 200, {0}}}};

	hostile_say(ENGINE_PARENT_ADVERTISE, &m, offsetof(struct msg_advertise, item[1]));
}

static void
say_keep(uint32_t instance, uint32_t check, uint32_t flags, int64_t at_ns)
{
	const struct msg_keep m = {
	    .instance = instance, .check = check, .flags = flags, .at_ns = at_ns};

	hostile_say(ENGINE_PARENT_KEEP, &m, sizeof(m));
}

/* The next one would be in fault for ever. */
static void
hostile_keep_and_offend(void)
{
	say_keep(HOSTILE_WEB, 0, MSG_KEEP_FAULT, INT64_MAX);
	say_request(ENGINE_PARENT_ACQUIRE, HOSTILE_NEVER_GIVEN);
}

/* Numbers that the parent does not look at; those to keep are for the next one, which is to be honest. */
static void
hostile_nonsense(void)
{
	const struct msg_heartbeat m = {UINT32_MAX, UINT32_MAX, UINT64_MAX};

	for (int i = 0; i < 50; i++)
		hostile_say(ENGINE_PARENT_HEARTBEAT, &m, sizeof(m));
	say_keep(HOSTILE_WEB, 0, MSG_KEEP_UP, INT64_MAX);
	say_keep(HOSTILE_IDLE, 0, UINT32_MAX, INT64_MIN);
	say_keep(HOSTILE_FAR, 0, MSG_KEEP_FAULT, INT64_MIN);
	say_keep(0, HOSTILE_SET, MSG_KEEP_UP | MSG_KEEP_DOWN, INT64_MAX);
	_exit(1);
}

/* Not a message at all: what the sandbox forbids. */
static void
hostile_forbidden_call(void)
{
	if (socket(AF_INET, SOCK_DGRAM, 0) != -1)
		_exit(5);
}

/* Within the rules one by one, but not in number: dropped, not a violation. */
static void
hostile_flood(void)
{
	for (int i = 0; i < 5000; i++)
		say_advert(HOSTILE_WEB, 200);
}

/* Each answered, but nobody reads the answers. */
static void
hostile_deaf(void)
{
	static const struct msg_heartbeat heartbeat = {.log_lost = 1};

	for (;;) {
		say_request(ENGINE_PARENT_RELEASE, HOSTILE_WEB);
		say_request(ENGINE_PARENT_ACQUIRE, HOSTILE_WEB);
		hostile_say(ENGINE_PARENT_HEARTBEAT, &heartbeat, sizeof(heartbeat));
	}
}

/* Alive, but without a heartbeat. */
static void
hostile_silence(void)
{
	rest(-1);
}

/* ---- what it does at the end ---- */

/* Asked to stop it says DONE at once: what it was master of, it leaves. */
static void
hostile_done_without_release(void)
{
	hostile_await(PARENT_ENGINE_SHUTDOWN);
	say_done();
	rest(-1);
}

/* It says DONE and goes on as master while the checkers end. */
static void
hostile_done_and_again(void)
{
	hostile_await(PARENT_ENGINE_SHUTDOWN);
	say_done();
	for (;;) {
		say_request(ENGINE_PARENT_ACQUIRE, HOSTILE_WEB);
		say_advert(HOSTILE_WEB, 200);
		rest(5);
	}
}

/* It does not stop: what it sends waits at the parent whenever that looks. */
static void
hostile_never_done(void)
{
	hostile_await(PARENT_ENGINE_SHUTDOWN);
	for (;;) {
		say_request(ENGINE_PARENT_ACQUIRE, HOSTILE_WEB);
		say_advert(HOSTILE_WEB, 200);
		for (int i = 0; i < 8; i++)
			say_heartbeat();
		rest(100);
	}
}

/* ---- a whole life with descriptors that nobody asked for ---- */

static void
live_on(void)
{
	switch (read_message()) {
	case PARENT_ENGINE_CONF_END:
		say_end(ENGINE_PARENT_READY, hostile_told);
		return;
	case PARENT_ENGINE_COMMIT:
		say_end(ENGINE_PARENT_COMMITTED, hostile_told);
		if (!web_retires)
			return;
		say_advert(HOSTILE_WEB, 0);
		say_request(ENGINE_PARENT_RELEASE, HOSTILE_WEB);
		hostile_say(ENGINE_PARENT_RETIRED, &(struct msg_retired){HOSTILE_WEB, 0},
		    sizeof(struct msg_retired));
		return;
	case PARENT_ENGINE_SHUTDOWN:
		say_done();
		hostile_sent_all(&msg_table_engine_parent);
		_exit(0);
	default:
		return;
	}
}

/* One with each message; the sandbox forbids to send it, so this engine is not inside. */
static void
hostile_descriptors(void)
{
	for (int i = 0; i < 50; i++) {
		say_heartbeat(); /* each message takes until the parent has read it */
		say_advert(HOSTILE_WEB, 200);
		say_request(ENGINE_PARENT_ANNOUNCE, HOSTILE_WEB);
		say_keep(HOSTILE_WEB, 0, 0, 0);
	}
	hostile_ask_reload();
	for (;;)
		live_on();
}

static const struct hostility hostilities[] = {
    {"ready-twice", hostile_ready_twice, "READY breaks protocol"},
    {"ready-for-the-next", hostile_ready_for_the_next, "READY breaks protocol"},
    {"ready-for-the-last", hostile_ready_for_the_last, "READY breaks protocol"},
    {"committed-early", hostile_committed_early, "COMMITTED breaks protocol"},
    {"committed-to-another", hostile_committed_to_another, "COMMITTED breaks protocol"},
    {"committed-twice", hostile_committed_twice, "COMMITTED breaks protocol"},
    {"advert-of-the-future", hostile_advert_of_the_future, "ADVERTISE breaks protocol"},
    {"keep-and-offend", hostile_keep_and_offend, "ACQUIRE breaks protocol"},
    {"acquire-retiring", hostile_acquire_retiring, NULL},
    {"announce-retiring", hostile_announce_retiring, NULL},
    {"advert-retiring", hostile_advert_retiring, NULL},
    {"retired-with-unknown", hostile_retired_with_unknown, NULL},
    {"keep-retiring", hostile_keep_retiring, NULL},
    {"never-committed", hostile_never_committed, NULL},
    {"ticket", hostile_ticket, NULL},
    {"nonsense", hostile_nonsense, NULL},
    {"forbidden-call", hostile_forbidden_call, NULL},
    {"flood", hostile_flood, NULL},
    {"deaf", hostile_deaf, NULL},
    {"silence", hostile_silence, NULL},
    {"done-without-release", hostile_done_without_release, NULL},
    {"done-and-again", hostile_done_and_again, NULL},
    {"never-done", hostile_never_done, NULL},
    {"descriptors", hostile_descriptors, NULL},
};

#define HOSTILITY_COUNT (sizeof(hostilities) / sizeof(hostilities[0]))

/* ---- an engine that knows just enough to be master ---- */

static void
become_master(void)
{
	hostile_await(PARENT_ENGINE_CONF_END);
	say_end(ENGINE_PARENT_READY, hostile_told);
	hostile_await(PARENT_ENGINE_COMMIT);
	say_advert(HOSTILE_WEB, 200);
	say_request(ENGINE_PARENT_ACQUIRE, HOSTILE_WEB);
	do
		hostile_await(PARENT_ENGINE_ADDRESSES);
	while (packet.is.addresses.instance != HOSTILE_WEB || packet.is.addresses.installed == 0);
}

static void
act(const char *name)
{
	struct hostile_row row;

	for (size_t i = 0; i < HOSTILITY_COUNT; i++)
		if (strcmp(hostilities[i].name, name) == 0) {
			hostilities[i].act();
			return;
		}
	if (hostile_message(name))
		return;
	if (!hostile_row_find(&rows, name, &row))
		errx(8, "no such hostility of an engine: %s", name);
	if (hostile_row_send(PROC_PARENT_FD, &row) == -1)
		await_the_end();
}

void
hostile_engine(const struct proc_options *options, const char *name)
{
	struct msg_hello hello;

	with_descriptors = strcmp(name, "descriptors") == 0;
	if (!with_descriptors)
		proc_enter(MSG_ROLE_ENGINE, options, &hello);
	else if (channel_read_hello(PROC_PARENT_FD, &hello) == -1)
		_exit(3);
	become_master();
	act(name);
	for (;;) { /* an engine that is let live goes on living */
		say_heartbeat();
		rest(BEAT_MS);
	}
}

void
hostile_engine_list(void)
{
	hostile_rows_list(&rows, "parent");
	hostile_message_list();
	for (size_t i = 0; i < HOSTILITY_COUNT; i++)
		if (hostilities[i].said != NULL)
			printf("%s\t%s\tparent\n", hostilities[i].name, hostilities[i].said);
}
