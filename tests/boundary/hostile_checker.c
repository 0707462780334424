/*
 * A checker that has been taken over: it is READY and at work by the rules, and then sends the parent or
 * the engine what no honest one does. For hostile.c.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/boundary/hostile.h"

#define MINE UINT32_MAX  /* the check that is its own */
#define ASKED UINT64_MAX /* the token of a trial that somebody asked for */
#define UNKNOWN HOSTILE_NEVER_GIVEN
#define TOO_LONG (INT64_MAX / NS_PER_US + 1)

static const struct hostile_rows rows_of_parent = {
    &msg_table_checker_parent, &msg_table_parent_checker, CHECKER_PARENT_LOG_LOST};
static const struct hostile_rows rows_of_engine = {
    &msg_table_checker_engine, &msg_table_engine_checker, -1};

static int engine_fd = -1;
static bool with_descriptors; /* each message that is sent */
static uint32_t own_check;

static struct {
	struct msg_header header;
	union {
		struct conf_check check;
		struct msg_conf_end end;
		struct msg_run_hook run_hook;
		struct msg_run_check run_check;
		uint8_t rest[MSG_SIZE_MAX];
	} is;
} packet;

static void
say(int fd, uint16_t type, const void *payload, size_t size)
{
	const struct msg_table *table =
	    fd == engine_fd ? &msg_table_checker_engine : &msg_table_checker_parent;

	if ((with_descriptors ? hostile_send_descriptor(fd, table, type, payload, size)
			      : hostile_send(fd, type, payload, size)) == -1)
		_exit(3);
}

/* ---- what it hears ---- */

static void
wait_on(int fd)
{
	struct pollfd event = {.fd = fd, .events = POLLIN};

	while (poll(&event, 1, -1) == -1 && errno == EINTR)
		;
}

/* The type of the next message; a descriptor that comes with it is the engine's socket. */
static uint16_t
read_message(int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {&packet, sizeof(packet)};
	struct msghdr message = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg;

	wait_on(fd);
	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) < (ssize_t)sizeof(struct msg_header)) {
		if (fd == PROC_PARENT_FD)
			sleep(2); /* unless it is dead, it is what ends this process */
		_exit(0);
	}
	cmsg = CMSG_FIRSTHDR(&message);
	if (fd == PROC_PARENT_FD && cmsg != NULL &&
	    packet.header.type == PARENT_CHECKER_ENGINE_SOCKET)
		memcpy(&engine_fd, CMSG_DATA(cmsg), sizeof(engine_fd));
	if (fd == PROC_PARENT_FD && packet.header.type == PARENT_CHECKER_CONF_CHECK)
		own_check = packet.is.check.id;
	return packet.header.type;
}

static void
wait_for(int fd, uint16_t wanted)
{
	while (read_message(fd) != wanted)
		;
}

/* What comes next, and from whom. */
static int
read_any(void)
{
	struct pollfd events[2] = {
	    {.fd = PROC_PARENT_FD, .events = POLLIN}, {.fd = engine_fd, .events = POLLIN}};
	int from;

	while (poll(events, 2, -1) == -1 && errno == EINTR)
		;
	from = events[0].revents != 0 ? PROC_PARENT_FD : engine_fd;
	read_message(from);
	return from;
}

/* ---- messages of the right form with contents that are none ---- */

struct message {
	const char *name;
	const char *said;
	bool to_parent;
	uint16_t type;
	uint16_t size;
	union {
		struct msg_conf_end end;
		struct msg_empty empty;
		struct msg_check check;
		struct msg_hook hook;
		struct msg_check_ran ran;
	} contents;
};

/* clang-format off */
#define SIZE_OF(member) sizeof(((struct message *)NULL)->contents.member)
#define TO_PARENT(name, ROW, member, ...) \
	{name, #ROW " breaks protocol", true, CHECKER_PARENT_##ROW, SIZE_OF(member), {.member = {__VA_ARGS__}}}
#define TO_ENGINE(name, ROW, member, ...) \
	{name, #ROW " breaks protocol", false, CHECKER_ENGINE_##ROW, SIZE_OF(member), {.member = {__VA_ARGS__}}}
#define A_CHECK(name, ...) TO_ENGINE(name, CHECK, check, .state = VRRP_CHECK_UP, __VA_ARGS__)
#define A_HOOK(name, ...) TO_ENGINE(name, HOOK, hook, __VA_ARGS__)
#define A_TRIAL(name, number, ...) \
	TO_ENGINE(name, CHECK_RAN, ran, .token = number, .result = {__VA_ARGS__})

static const struct message messages[] = {
    TO_PARENT("done-unasked", DONE, empty, 0),
    TO_ENGINE("replayed-twice", REPLAYED, empty, 0),
    A_CHECK("check-unknown", .check = UNKNOWN),
    A_CHECK("check-of-nobody", .check = 0),
    TO_ENGINE("check-state", CHECK, check, .check = MINE, .state = VRRP_CHECK_COUNT),
    A_CHECK("check-run-before-time", .check = MINE, .last_run_ns = -1),
    A_CHECK("check-run-at-the-end", .check = MINE, .last_run_ns = INT64_MAX),
    A_CHECK("check-since-before-time", .check = MINE, .since_ns = INT64_MIN),
    A_CHECK("check-since-the-end", .check = MINE, .since_ns = INT64_MAX),
    A_CHECK("check-backwards", .check = MINE, .duration_us = -1),
    A_CHECK("check-too-long", .check = MINE, .duration_us = TOO_LONG),
    A_HOOK("hook-unknown", .instance = UNKNOWN, .phase = MSG_HOOK_DONE),
    A_HOOK("hook-unknown-group", .group = UNKNOWN, .phase = MSG_HOOK_DONE),
    A_HOOK("hook-of-nobody", .phase = MSG_HOOK_DONE),
    A_HOOK("hook-of-two", .instance = HOSTILE_WEB, .group = HOSTILE_PAIR, .phase = MSG_HOOK_DONE),
    A_HOOK("hook-slot", .instance = HOSTILE_WEB, .slot = CONF_HOOK_SLOTS),
    A_HOOK("hook-event", .instance = HOSTILE_WEB, .slot = CONF_HOOK_ALL, .event = VRRP_HOOK_COUNT),
    A_HOOK("hook-of-another-event", .instance = HOSTILE_WEB, .slot = CONF_HOOK_MASTER,
	.event = VRRP_HOOK_BACKUP),
    A_HOOK("hook-phase", .instance = HOSTILE_WEB, .slot = CONF_HOOK_ALL, .phase = MSG_HOOK_DONE + 1),
    A_HOOK("gate-of-a-group", .group = HOSTILE_PAIR, .slot = CONF_HOOK_GATE, .phase = MSG_HOOK_DONE),
    A_HOOK("hook-backwards", .instance = HOSTILE_WEB, .slot = CONF_HOOK_ALL, .duration_us = -1),
    A_HOOK("hook-too-long", .instance = HOSTILE_WEB, .slot = CONF_HOOK_ALL, .duration_us = TOO_LONG),
    A_TRIAL("trial-unasked", 1, .check = MINE, .state = VRRP_CHECK_UP),
    A_TRIAL("trial-of-nobody", 0, .check = 0, .state = VRRP_CHECK_UP),
    A_TRIAL("asked-another-check", ASKED, .check = UNKNOWN, .state = VRRP_CHECK_UP),
    A_TRIAL("asked-state", ASKED, .check = MINE, .state = VRRP_CHECK_COUNT),
    A_TRIAL("asked-run-at-the-end", ASKED, .check = MINE, .last_run_ns = INT64_MAX),
    A_TRIAL("asked-since-before-time", ASKED, .check = MINE, .since_ns = -1),
    A_TRIAL("asked-too-long", ASKED, .check = MINE, .duration_us = TOO_LONG),
};
/* clang-format on */

#define MESSAGE_COUNT (sizeof(messages) / sizeof(messages[0]))

static void
send_message(const struct message *message)
{
	struct message copy = *message;
	struct msg_check *check = message->type == CHECKER_ENGINE_CHECK_RAN
				      ? &copy.contents.ran.result
				      : &copy.contents.check;

	if (!message->to_parent && message->type != CHECKER_ENGINE_HOOK && check->check == MINE)
		check->check = own_check;
	if (message->type == CHECKER_ENGINE_CHECK_RAN && message->contents.ran.token == ASKED) {
		wait_for(engine_fd, ENGINE_CHECKER_RUN_CHECK);
		copy.contents.ran.token = packet.is.run_check.token;
	}
	say(message->to_parent ? PROC_PARENT_FD : engine_fd, message->type, &copy.contents,
	    message->size);
}

/* ---- to the parent ---- */

static void
say_ready(uint32_t generation)
{
	const struct msg_conf_end m = {.generation = generation, .loads = 1};

	say(PROC_PARENT_FD, CHECKER_PARENT_READY, &m, sizeof(m));
}

static void
hostile_ready_twice(void)
{
	say_ready(1);
}

static void
hostile_ready_for_the_next(void)
{
	say_ready(2);
}

/* It ends, and somebody it leaves has its sockets. */
static void
hostile_leave_socket(void)
{
	if (fork() != 0)
		_exit(0);
	setsid();
	sleep(30);
	_exit(0);
}

static void
hostile_leave_socket_at_stop(void)
{
	wait_for(PROC_PARENT_FD, PARENT_CHECKER_SHUTDOWN);
	hostile_leave_socket();
}

/* How many logs it was lent and has not taken. */
static int
take_logs(void)
{
	uint8_t lent[MSG_SIZE_MAX];
	uint16_t type;
	int count = 0;

	while (recv(PROC_PARENT_FD, lent, sizeof(lent), MSG_DONTWAIT) > 0) {
		memcpy(&type, lent, sizeof(type));
		count += type == PARENT_CHECKER_LOG_SOCKET;
	}
	return count;
}

static void
say_log_lost(void)
{
	static const struct msg_empty m;

	say(PROC_PARENT_FD, CHECKER_PARENT_LOG_LOST, &m, sizeof(m));
}

/* It wants another log all the time and takes none for 4 s, then each. Its status tells what it got. */
static void
hostile_log_lost(void)
{
	int waiting = 0, later = 0;

	for (int i = 0; i < 60; i++) {
		say_log_lost();
		usleep(100000);
		if (i == 40)
			waiting = take_logs();
		else if (i > 40)
			later += take_logs();
	}
	_exit(100 + 10 * waiting + (later > 0));
}

/* ---- to the engine ---- */

static void
hostile_check_of_the_future(void)
{
	const struct msg_check m = {.check = own_check, .last_run_ns = clock_now().ns + NS_PER_S};

	say(engine_fd, CHECKER_ENGINE_CHECK, &m, sizeof(m));
}

static void
hostile_check_of_another(void)
{
	const struct msg_check m = {
	    .check = own_check == 1 ? 2 : 1, .state = VRRP_CHECK_UP, .settled = 1};

	say(engine_fd, CHECKER_ENGINE_CHECK, &m, sizeof(m));
}

static struct msg_check
extreme_result(void)
{
	struct msg_check m = {.check = own_check,
	    .state = VRRP_CHECK_DOWN,
	    .timed_out = 0,
	    .settled = UINT8_MAX,
	    .exit_status = INT32_MIN,
	    .signal = INT32_MAX,
	    .error = INT32_MIN,
	    .duration_us = TOO_LONG - 1,
	    .runs = UINT64_MAX,
	    .failures = UINT64_MAX,
	    .value = INT64_MIN};

	memset(m.step, '\033', sizeof(m.step));
	memset(m.output, '\n', sizeof(m.output));
	return m;
}

static void
answer_hook(struct msg_hook extreme)
{
	const struct msg_run_hook *run = &packet.is.run_hook;

	extreme.instance = run->instance;
	extreme.group = run->group;
	extreme.sequence = run->sequence;
	extreme.command = run->command;
	extreme.slot = run->slot;
	extreme.event = run->event;
	extreme.phase = MSG_HOOK_DONE;
	say(engine_fd, CHECKER_ENGINE_HOOK, &extreme, sizeof(extreme));
}

/* Texts without end that would drive a terminal, and numbers that none of them has. */
static void
hostile_extremes(void)
{
	struct msg_check result = extreme_result();
	struct msg_hook hook = {.exit_status = INT32_MIN, .duration_us = TOO_LONG - 1};
	struct msg_check_ran ran;

	memset(hook.output, '\033', sizeof(hook.output));
	say(engine_fd, CHECKER_ENGINE_CHECK, &result, sizeof(result));
	for (;;) {
		if (read_any() != engine_fd)
			continue;
		if (packet.header.type == ENGINE_CHECKER_RUN_HOOK)
			answer_hook(hook);
		if (packet.header.type != ENGINE_CHECKER_RUN_CHECK)
			continue;
		ran = (struct msg_check_ran){packet.is.run_check.token, result};
		say(engine_fd, CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran));
	}
}

/* ---- a whole life with descriptors that nobody asked for ---- */

static void
live_on(void)
{
	static const struct msg_empty empty;
	const bool of_engine = read_any() == engine_fd;
	const uint16_t type = packet.header.type;

	if (of_engine && type == ENGINE_CHECKER_RUN_HOOK) {
		answer_hook((struct msg_hook){.exit_status = 0});
	} else if (of_engine && type == ENGINE_CHECKER_RUN_CHECK) {
		const struct msg_check_ran ran = {.token = packet.is.run_check.token,
		    .result = {.check = own_check, .state = VRRP_CHECK_UP}};

		say(engine_fd, CHECKER_ENGINE_CHECK_RAN, &ran, sizeof(ran));
	} else if (!of_engine && type == PARENT_CHECKER_SHUTDOWN) {
		say(PROC_PARENT_FD, CHECKER_PARENT_DONE, &empty, sizeof(empty));
		hostile_sent_all(&msg_table_checker_engine);
		hostile_sent_all(&msg_table_checker_parent);
		_exit(0);
	}
}

static void
hostile_descriptors(void)
{
	const struct msg_check up = {
	    .check = own_check, .state = VRRP_CHECK_UP, .settled = 1, .runs = 1};

	say(engine_fd, CHECKER_ENGINE_CHECK, &up, sizeof(up));
	say_log_lost();
	for (;;)
		live_on();
}

static const struct hostility hostilities[] = {
    {"ready-twice", hostile_ready_twice, "READY breaks protocol\tparent"},
    {"ready-for-the-next", hostile_ready_for_the_next, "READY breaks protocol\tparent"},
    {"ready-for-another", hostile_ready_twice, "READY breaks protocol\tparent"},
    {"check-of-the-future", hostile_check_of_the_future, "CHECK breaks protocol\tengine"},
    {"check-of-another", hostile_check_of_another, "CHECK breaks protocol\tengine"},
    {"extremes", hostile_extremes, NULL},
    {"descriptors", hostile_descriptors, NULL},
    {"log-lost", hostile_log_lost, NULL},
    {"leave-socket", hostile_leave_socket, NULL},
    {"leave-socket-at-stop", hostile_leave_socket_at_stop, NULL},
};

#define HOSTILITY_COUNT (sizeof(hostilities) / sizeof(hostilities[0]))

static bool
act_by_form(int fd, const struct hostile_rows *rows, const char *name)
{
	struct hostile_row row;

	if (!hostile_row_find(rows, name, &row))
		return false;
	if (hostile_row_send(fd, &row) == -1)
		_exit(3);
	return true;
}

static void
act(const char *name)
{
	for (size_t i = 0; i < HOSTILITY_COUNT; i++)
		if (strcmp(hostilities[i].name, name) == 0) {
			hostilities[i].act();
			return;
		}
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		if (strcmp(messages[i].name, name) == 0) {
			send_message(&messages[i]);
			return;
		}
	if (!act_by_form(PROC_PARENT_FD, &rows_of_parent, name) &&
	    !act_by_form(engine_fd, &rows_of_engine, name))
		errx(8, "no such hostility of a checker: %s", name);
}

/* ---- what it does by the rules ---- */

/* Ends with its parent, and when the engine listens no more. */
static _Noreturn void
go_on(void)
{
	for (;;)
		read_any();
}

/* Until a test removes the file that it may have made. */
static void
wait_for_test(int waiting)
{
	struct stat st;

	while (waiting != -1 && fstat(waiting, &st) == 0 && st.st_nlink > 0)
		usleep(50000);
}

void
hostile_checker(const struct proc_options *options, const char *name)
{
	const char *directory = getenv("VRRPD_HOSTILE");
	static const struct msg_empty empty;
	struct msg_hello hello;
	char path[4096];
	int waiting;

	snprintf(path, sizeof(path), "%s/wait", directory == NULL ? "" : directory);
	waiting = open(path, O_RDONLY | O_CLOEXEC);
	proc_enter(MSG_ROLE_CHECKER, options, &hello);
	with_descriptors = strcmp(name, "descriptors") == 0;
	wait_for(PROC_PARENT_FD, PARENT_CHECKER_CONF_END);
	if (strcmp(name, "ready-for-another") == 0) {
		wait_for_test(waiting);
		say_ready(packet.is.end.generation + 1);
		go_on();
	}
	say_ready(packet.is.end.generation);
	wait_for(PROC_PARENT_FD, PARENT_CHECKER_COMMIT);
	while (engine_fd == -1)
		read_message(PROC_PARENT_FD);
	say(engine_fd, CHECKER_ENGINE_REPLAYED, &empty, sizeof(empty));
	wait_for_test(waiting);
	act(name);
	go_on();
}

void
hostile_checker_list(void)
{
	hostile_rows_list(&rows_of_parent, "parent");
	hostile_rows_list(&rows_of_engine, "engine");
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		printf("%s\t%s\t%s\n", messages[i].name, messages[i].said,
		    messages[i].to_parent ? "parent" : "engine");
	for (size_t i = 0; i < HOSTILITY_COUNT; i++)
		if (hostilities[i].said != NULL)
			printf("%s\t%s\n", hostilities[i].name, hostilities[i].said);
}
