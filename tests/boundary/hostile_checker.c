/*
 * A checker that has been taken over: it is READY and at work by the rules, and then sends the parent or
 * the engine what no honest one does. For hostile.c.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/msg.h"
#include "common/proc.h"
#include "tests/boundary/hostile_checker.h"

static int engine_fd = -1;

static void
send_to(int fd, uint16_t type, const void *payload, size_t size)
{
	uint8_t packet[sizeof(struct msg_header) + 20000] = {0};

	memcpy(packet, &type, sizeof(type));
	memcpy(packet + sizeof(struct msg_header), payload, size);
	if (write(fd, packet, sizeof(struct msg_header) + size) == -1)
		_exit(3);
}

/* ---- to the parent ---- */

static void
hostile_ready_twice(void)
{
	const struct msg_conf_end m = {.generation = 1, .loads = 1};

	send_to(PROC_PARENT_FD, CHECKER_PARENT_READY, &m, sizeof(m));
}

static void
hostile_ready_for_the_next(void)
{
	const struct msg_conf_end m = {.generation = 2, .loads = 2};

	send_to(PROC_PARENT_FD, CHECKER_PARENT_READY, &m, sizeof(m));
}

static void
hostile_done_unasked(void)
{
	static const struct msg_empty m;

	send_to(PROC_PARENT_FD, CHECKER_PARENT_DONE, &m, sizeof(m));
}

static void
hostile_unknown_type(void)
{
	static const struct msg_empty m;

	send_to(PROC_PARENT_FD, CHECKER_PARENT_COUNT, &m, sizeof(m));
}

static void
hostile_long_message(void)
{
	static const uint8_t zeros[20000];

	send_to(PROC_PARENT_FD, CHECKER_PARENT_READY, zeros, sizeof(zeros));
}

/* ---- to the engine ---- */

static void
hostile_unknown_check(void)
{
	const struct msg_check m = {.check = 4711, .state = VRRP_CHECK_UP};

	send_to(engine_fd, CHECKER_ENGINE_CHECK, &m, sizeof(m));
}

static void
hostile_result_of_the_future(void)
{
	const struct msg_check m = {.check = 1, .last_run_ns = clock_now().ns + NS_PER_S};

	send_to(engine_fd, CHECKER_ENGINE_CHECK, &m, sizeof(m));
}

static void
hostile_unknown_target(void)
{
	const struct msg_hook m = {.instance = 4711, .phase = MSG_HOOK_DONE};

	send_to(engine_fd, CHECKER_ENGINE_HOOK, &m, sizeof(m));
}

static void
hostile_trial_unasked(void)
{
	static const struct msg_check_ran m = {.token = 1};

	send_to(engine_fd, CHECKER_ENGINE_CHECK_RAN, &m, sizeof(m));
}

static void
hostile_short_message(void)
{
	send_to(engine_fd, CHECKER_ENGINE_CHECK, "x", 1);
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

/* How many logs it was lent and has not taken. */
static int
take_logs(void)
{
	uint8_t packet[MSG_SIZE_MAX];
	uint16_t type;
	int count = 0;

	while (recv(PROC_PARENT_FD, packet, sizeof(packet), MSG_DONTWAIT) > 0) {
		memcpy(&type, packet, sizeof(type));
		count += type == PARENT_CHECKER_LOG_SOCKET;
	}
	return count;
}

/* It wants another log all the time and takes none for 4 s, then each. Its status tells what it got. */
static void
hostile_log_lost(void)
{
	static const struct msg_empty m;
	int waiting = 0, later = 0;

	for (int i = 0; i < 60; i++) {
		send_to(PROC_PARENT_FD, CHECKER_PARENT_LOG_LOST, &m, sizeof(m));
		usleep(100000);
		if (i == 40)
			waiting = take_logs();
		else if (i > 40)
			later += take_logs();
	}
	_exit(100 + 10 * waiting + (later > 0));
}

static const struct {
	const char *name;
	void (*send)(void);
} hostilities[] = {
    {"ready-twice", hostile_ready_twice},
    {"ready-for-the-next", hostile_ready_for_the_next},
    {"done-unasked", hostile_done_unasked},
    {"unknown-type", hostile_unknown_type},
    {"long-message", hostile_long_message},
    {"unknown-check", hostile_unknown_check},
    {"result-of-the-future", hostile_result_of_the_future},
    {"unknown-target", hostile_unknown_target},
    {"trial-unasked", hostile_trial_unasked},
    {"log-lost", hostile_log_lost},
    {"leave-socket", hostile_leave_socket},
    {"short-message", hostile_short_message},
};

/* ---- what it does by the rules ---- */

/* The type of the next message; a descriptor that comes with it is the engine's socket. */
static uint16_t
read_message(void)
{
	static uint8_t packet[MSG_SIZE_MAX];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {packet, sizeof(packet)};
	struct msghdr message = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg;
	uint16_t type;

	if (recvmsg(PROC_PARENT_FD, &message, MSG_CMSG_CLOEXEC) <
	    (ssize_t)sizeof(struct msg_header))
		_exit(0);
	memcpy(&type, packet, sizeof(type));
	cmsg = CMSG_FIRSTHDR(&message);
	if (cmsg != NULL && type == PARENT_CHECKER_ENGINE_SOCKET)
		memcpy(&engine_fd, CMSG_DATA(cmsg), sizeof(engine_fd));
	return type;
}

static void
wait_for(uint16_t wanted)
{
	while (read_message() != wanted)
		;
}

/* Ends with its parent. */
static _Noreturn void
go_on(void)
{
	for (;;)
		read_message();
}

int
hostile_checker(const struct proc_options *options, const char *name)
{
	const struct msg_conf_end ready = {.generation = 1, .loads = 1};
	static const struct msg_empty empty;
	struct msg_hello hello;

	proc_enter(MSG_ROLE_CHECKER, options, &hello);
	wait_for(PARENT_CHECKER_CONF_END);
	send_to(PROC_PARENT_FD, CHECKER_PARENT_READY, &ready, sizeof(ready));
	wait_for(PARENT_CHECKER_COMMIT);
	while (engine_fd == -1)
		read_message();
	send_to(engine_fd, CHECKER_ENGINE_REPLAYED, &empty, sizeof(empty));
	usleep(700000); /* the instance is master by then */
	for (size_t i = 0; i < sizeof(hostilities) / sizeof(hostilities[0]); i++)
		if (strcmp(hostilities[i].name, name) == 0)
			hostilities[i].send();
	if (strcmp(name, "leave-socket-at-stop") == 0) {
		wait_for(PARENT_CHECKER_SHUTDOWN);
		hostile_leave_socket();
	}
	go_on();
}
