/*
 * vrrpd with an engine that has been taken over: the real parent, config role and checker, and an
 * engine that becomes master by the rules and then sends one message that breaks them.
 *
 * VRRPD_HOSTILE names the message. The first engine sends it; later ones (VRRPD_HOSTILE_MARK, a
 * file that the first one makes, tells) are the real engine, unless VRRPD_HOSTILE_ALWAYS is set. With
 * VRRPD_HOSTILE_CHECKER it is the first checker that is hostile, and the engine is the real one.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "checker/checker.h"
#include "common/channel.h"
#include "common/clock.h"
#include "common/msg.h"
#include "common/proc.h"
#include "tests/boundary/hostile_checker.h"
#include "tests/lib/role_options.h"
#include "vrrpd/conf/role.h"
#include "vrrpd/engine/engine_main.h"
#include "vrrpd/parent/parent.h"

static uint32_t instance; /* the id of the first one */

/* Inside the sandbox of an engine there is no other way to sleep. */
static void
rest(int ms)
{
	struct epoll_event event;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	epoll_wait(fd, &event, 1, ms);
	close(fd);
}

/* The parent reads no more: it must be what ends this process, so that a test can see it do so. */
static _Noreturn void
await_the_end(void)
{
	for (;;)
		rest(1000);
}

static void
send_raw(uint16_t type, const void *payload, size_t size)
{
	uint8_t packet[sizeof(struct msg_header) + 20000] = {0};

	memcpy(packet, &type, sizeof(type));
	memcpy(packet + sizeof(struct msg_header), payload, size);
	if (write(PROC_PARENT_FD, packet, sizeof(struct msg_header) + size) == -1)
		await_the_end();
}

static void
send_advert(uint32_t id, uint8_t priority)
{
	struct msg_advertise m = {
	    .at_ns = clock_now().ns, .count = 1, .item = {{id, priority, {0}}}};

	send_raw(ENGINE_PARENT_ADVERTISE, &m, offsetof(struct msg_advertise, item[1]));
}

static void
send_request(uint16_t type, uint32_t id)
{
	const struct msg_instance_request m = {id, 1};

	send_raw(type, &m, sizeof(m));
}

/* ---- the messages an honest engine never sends ---- */

static void
hostile_unknown_instance(void)
{
	send_request(ENGINE_PARENT_ACQUIRE, 4711);
}

static void
hostile_release_unknown(void)
{
	send_request(ENGINE_PARENT_RELEASE, 0);
}

static void
hostile_announce_unknown(void)
{
	send_request(ENGINE_PARENT_ANNOUNCE, UINT32_MAX);
}

static void
hostile_advert_unknown(void)
{
	send_advert(4711, 200);
}

static void
hostile_owner_priority(void)
{
	send_advert(instance, 255);
}

static void
hostile_count_too_large(void)
{
	struct msg_advertise m = {.count = UINT32_MAX, .item = {{instance, 200, {0}}}};

	send_raw(ENGINE_PARENT_ADVERTISE, &m, offsetof(struct msg_advertise, item[1]));
}

static void
hostile_count_zero(void)
{
	const struct msg_advertise m = {0};

	send_raw(ENGINE_PARENT_ADVERTISE, &m, offsetof(struct msg_advertise, item));
}

static void
hostile_advert_of_the_future(void)
{
	struct msg_advertise m = {
	    .at_ns = clock_now().ns + NS_PER_S, .count = 1, .item = {{instance, 200, {0}}}};

	send_raw(ENGINE_PARENT_ADVERTISE, &m, offsetof(struct msg_advertise, item[1]));
}

static void
hostile_advert_before_time(void)
{
	struct msg_advertise m = {.at_ns = INT64_MIN, .count = 1, .item = {{instance, 200, {0}}}};

	send_raw(ENGINE_PARENT_ADVERTISE, &m, offsetof(struct msg_advertise, item[1]));
}

static void
hostile_short_message(void)
{
	send_raw(ENGINE_PARENT_ACQUIRE, &instance, sizeof(instance));
}

static void
hostile_long_message(void)
{
	static const uint8_t zeros[sizeof(struct msg_instance_request) + 1];

	send_raw(ENGINE_PARENT_ACQUIRE, zeros, sizeof(zeros));
}

static void
hostile_oversized_message(void)
{
	static const uint8_t zeros[20000];

	send_raw(ENGINE_PARENT_ADVERTISE, zeros, sizeof(zeros));
}

static void
hostile_unknown_type(void)
{
	send_raw(ENGINE_PARENT_COUNT, &instance, sizeof(instance));
}

static void
hostile_no_header(void)
{
	if (write(PROC_PARENT_FD, "x", 1) == -1)
		await_the_end();
}

static void
hostile_ready_twice(void)
{
	const struct msg_conf_end m = {.generation = 1};

	send_raw(ENGINE_PARENT_READY, &m, sizeof(m));
}

static void
hostile_done_unasked(void)
{
	static const struct msg_empty m;

	send_raw(ENGINE_PARENT_DONE, &m, sizeof(m));
}

/* The next one would be in fault for ever. */
static void
hostile_keep_and_offend(void)
{
	const struct msg_keep m = {
	    .instance = instance, .flags = MSG_KEEP_FAULT, .until_ns = INT64_MAX};

	send_raw(ENGINE_PARENT_KEEP, &m, sizeof(m));
	send_request(ENGINE_PARENT_ACQUIRE, 4711);
}

static void
hostile_keep_unknown(void)
{
	const struct msg_keep m = {.check = 4711, .flags = MSG_KEEP_UP};

	send_raw(ENGINE_PARENT_KEEP, &m, sizeof(m));
}

static void
hostile_committed_unasked(void)
{
	const struct msg_conf_end m = {.generation = 1};

	send_raw(ENGINE_PARENT_COMMITTED, &m, sizeof(m));
}

static void
hostile_retired_unasked(void)
{
	const struct msg_retired m = {.instance = instance};

	send_raw(ENGINE_PARENT_RETIRED, &m, sizeof(m));
}

static void
hostile_reload_for_nobody(void)
{
	const struct msg_reload m = {0};

	send_raw(ENGINE_PARENT_RELOAD, &m, sizeof(m));
}

/* Through a reload by the rules, but for its end, which is returned: COMMITTED is not said. */
static struct msg_conf_end
go_through_reload(void)
{
	static const struct msg_heartbeat heartbeat;
	struct {
		struct msg_header header;
		struct msg_conf_end end;
		uint8_t rest[MSG_SIZE_MAX];
	} packet;
	struct msg_conf_end end = {0};

	do {
		send_raw(ENGINE_PARENT_HEARTBEAT, &heartbeat, sizeof(heartbeat));
		if (recv(PROC_PARENT_FD, &packet, sizeof(packet), MSG_DONTWAIT) <= 0) {
			packet.header.type = PARENT_ENGINE_COUNT;
			rest(20);
		}
		if (packet.header.type == PARENT_ENGINE_CONF_END) {
			end = packet.end;
			send_raw(ENGINE_PARENT_READY, &end, sizeof(end));
		}
	} while (packet.header.type != PARENT_ENGINE_COMMIT);
	return end;
}

/* It wants what it has no more. */
static void
hostile_acquire_retiring(void)
{
	const struct msg_conf_end end = go_through_reload();

	send_raw(ENGINE_PARENT_COMMITTED, &end, sizeof(end));
	send_request(ENGINE_PARENT_ACQUIRE, instance);
}

/* What it has no more, it keeps. */
static void
hostile_keep_retiring(void)
{
	const struct msg_conf_end end = go_through_reload();

	send_raw(ENGINE_PARENT_COMMITTED, &end, sizeof(end));
}

/* READY for another configuration, told to begin with it, and it goes on with the one before. */
static void
hostile_never_committed(void)
{
	go_through_reload();
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
		send_advert(instance, 200);
}

/* Each answered, but nobody reads the answers. */
static void
hostile_deaf(void)
{
	static const struct msg_heartbeat heartbeat = {.log_lost = 1};

	for (;;) {
		send_request(ENGINE_PARENT_RELEASE, instance);
		send_request(ENGINE_PARENT_ACQUIRE, instance);
		send_raw(ENGINE_PARENT_HEARTBEAT, &heartbeat, sizeof(heartbeat));
	}
}

/* What no message of an engine has; the sandbox forbids sending it, so this one is not inside. */
static void
hostile_descriptor(void)
{
	struct msg_header header = {.type = ENGINE_PARENT_ADVERTISE};
	struct msg_advertise advert = {
	    .at_ns = clock_now().ns, .count = 1, .item = {{instance, 200, {0}}}};
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.align = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec iov[2] = {
	    {&header, sizeof(header)}, {&advert, offsetof(struct msg_advertise, item[1])}};
	struct msghdr message = {.msg_iov = iov,
	    .msg_iovlen = 2,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	const int passed = PROC_PARENT_FD;

	memcpy(CMSG_DATA(&control.align), &passed, sizeof(passed));
	for (int i = 0; i < 200; i++)
		if (sendmsg(PROC_PARENT_FD, &message, MSG_NOSIGNAL) == -1)
			await_the_end();
}

static void
await_shutdown(void)
{
	static const struct msg_heartbeat heartbeat;
	struct {
		struct msg_header header;
		uint8_t payload[MSG_SIZE_MAX];
	} packet;

	do {
		send_raw(ENGINE_PARENT_HEARTBEAT, &heartbeat, sizeof(heartbeat));
		rest(50);
		if (recv(PROC_PARENT_FD, &packet, sizeof(packet), MSG_DONTWAIT) <= 0)
			packet.header.type = PARENT_ENGINE_COUNT;
	} while (packet.header.type != PARENT_ENGINE_SHUTDOWN);
}

/* Asked to stop it says DONE at once: what it was master of, it leaves. */
static void
hostile_done_without_release(void)
{
	static const struct msg_empty empty;

	await_shutdown();
	send_raw(ENGINE_PARENT_DONE, &empty, sizeof(empty));
	rest(-1);
}

/* It says DONE and goes on as master while the checkers end. */
static void
hostile_done_and_again(void)
{
	static const struct msg_empty empty;

	await_shutdown();
	send_raw(ENGINE_PARENT_DONE, &empty, sizeof(empty));
	for (;;) {
		send_request(ENGINE_PARENT_ACQUIRE, instance);
		send_advert(instance, 200);
		rest(5);
	}
}

/* It does not stop: what it sends waits at the parent whenever that looks. */
static void
hostile_never_done(void)
{
	static const struct msg_heartbeat heartbeat;

	await_shutdown();
	for (;;) {
		send_request(ENGINE_PARENT_ACQUIRE, instance);
		send_advert(instance, 200);
		for (int i = 0; i < 8; i++)
			send_raw(ENGINE_PARENT_HEARTBEAT, &heartbeat, sizeof(heartbeat));
		rest(100);
	}
}

/* Alive, but without a heartbeat. */
static void
hostile_silence(void)
{
	rest(-1);
}

static const struct {
	const char *name;
	void (*send)(void);
} hostilities[] = {
    {"unknown-instance", hostile_unknown_instance},
    {"release-unknown", hostile_release_unknown},
    {"announce-unknown", hostile_announce_unknown},
    {"advert-unknown", hostile_advert_unknown},
    {"owner-priority", hostile_owner_priority},
    {"count-too-large", hostile_count_too_large},
    {"count-zero", hostile_count_zero},
    {"advert-of-the-future", hostile_advert_of_the_future},
    {"advert-before-time", hostile_advert_before_time},
    {"short-message", hostile_short_message},
    {"long-message", hostile_long_message},
    {"oversized-message", hostile_oversized_message},
    {"unknown-type", hostile_unknown_type},
    {"no-header", hostile_no_header},
    {"ready-twice", hostile_ready_twice},
    {"done-unasked", hostile_done_unasked},
    {"keep-unknown", hostile_keep_unknown},
    {"keep-and-offend", hostile_keep_and_offend},
    {"committed-unasked", hostile_committed_unasked},
    {"retired-unasked", hostile_retired_unasked},
    {"reload-for-nobody", hostile_reload_for_nobody},
    {"acquire-retiring", hostile_acquire_retiring},
    {"keep-retiring", hostile_keep_retiring},
    {"never-committed", hostile_never_committed},
    {"forbidden-call", hostile_forbidden_call},
    {"flood", hostile_flood},
    {"deaf", hostile_deaf},
    {"descriptor", hostile_descriptor},
    {"done-without-release", hostile_done_without_release},
    {"done-and-again", hostile_done_and_again},
    {"never-done", hostile_never_done},
    {"silence", hostile_silence},
};

/* ---- an engine that knows just enough to be master ---- */

static uint16_t
read_message(uint8_t *packet, size_t size)
{
	uint16_t type;
	ssize_t n = recv(PROC_PARENT_FD, packet, size, 0);

	if (n < (ssize_t)sizeof(struct msg_header))
		_exit(0);
	memcpy(&type, packet, sizeof(type));
	return type;
}

static void
wait_for(uint16_t wanted)
{
	uint8_t packet[MSG_SIZE_MAX];
	struct conf_instance conf;
	uint16_t type;

	do {
		type = read_message(packet, sizeof(packet));
		memcpy(&conf, packet + sizeof(struct msg_header), sizeof(conf));
		if (type == PARENT_ENGINE_CONF_INSTANCE && instance == 0)
			instance = conf.id;
	} while (type != wanted);
}

static void
become_master(void)
{
	const struct msg_conf_end ready = {.generation = 1};

	wait_for(PARENT_ENGINE_CONF_END);
	send_raw(ENGINE_PARENT_READY, &ready, sizeof(ready));
	wait_for(PARENT_ENGINE_COMMIT);
	send_advert(instance, 200);
	send_request(ENGINE_PARENT_ACQUIRE, instance);
	wait_for(PARENT_ENGINE_ADDRESSES);
}

static int
hostile_engine(const struct proc_options *options, const char *name)
{
	static const struct msg_heartbeat heartbeat;
	struct msg_hello hello;

	if (strcmp(name, "descriptor") != 0)
		proc_enter(MSG_ROLE_ENGINE, options, &hello);
	else if (channel_read_hello(PROC_PARENT_FD, &hello) == -1)
		return 3;
	become_master();
	for (size_t i = 0; i < sizeof(hostilities) / sizeof(hostilities[0]); i++)
		if (strcmp(hostilities[i].name, name) == 0)
			hostilities[i].send();
	for (;;) { /* an engine that is let live goes on living */
		send_raw(ENGINE_PARENT_HEARTBEAT, &heartbeat, sizeof(heartbeat));
		rest(100);
	}
}

static bool
is_first(void)
{
	const char *mark = getenv("VRRPD_HOSTILE_MARK");

	return getenv("VRRPD_HOSTILE_ALWAYS") != NULL ||
	       (mark != NULL && open(mark, O_CREAT | O_EXCL | O_CLOEXEC, 0600) != -1);
}

static int
checker(const struct proc_options *options)
{
	const char *name = getenv("VRRPD_HOSTILE_CHECKER");

	return name != NULL && is_first() ? hostile_checker(options, name) : checker_main(options);
}

static int
engine(const struct proc_options *options, const char *name)
{
	return getenv("VRRPD_HOSTILE_CHECKER") == NULL && is_first() ? hostile_engine(options, name)
								     : engine_main(options);
}

int
main(int argc, char *argv[])
{
	struct proc_options options;
	const char *role, *name;
	struct msg_hello hello;

	setproctitle_init(argc, argv, environ); /* moves the environment */
	name = getenv("VRRPD_HOSTILE");
	if (name == NULL)
		errx(2, "VRRPD_HOSTILE is required");
	role = role_options(argc, argv, &options);
	if (role == NULL)
		return parent_main(&options);
	if (strcmp(role, "config") == 0) {
		proc_enter(MSG_ROLE_CONFIG, &options, &hello);
		return conf_role_main(&options);
	}
	return strcmp(role, "checker") == 0 ? checker(&options) : engine(&options, name);
}
