/*
 * The real engine, unprivileged, with the test as its parent, its checker and the network.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <event2/event.h>

#include "common/channel.h"
#include "common/clock.h"
#include "tests/unit/engine_lab.h"

/* ---- messages ---- */

static void
lab_send(int socket, uint16_t type, const void *payload, size_t size, int fd)
{
	const struct msg_header header = {.type = type};
	char control[CMSG_SPACE(sizeof(int))] = {0};
	char copy[MSG_SIZE_MAX];
	struct iovec iov[] = {{copy, sizeof(header)}, {copy + sizeof(header), size}};
	struct msghdr mh = {.msg_iov = iov, .msg_iovlen = 2};
	struct cmsghdr *cmsg;

	memcpy(copy, &header, sizeof(header));
	memcpy(copy + sizeof(header), payload, size);
	if (fd != -1) {
		mh.msg_control = control;
		mh.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&mh);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	assert_int_equal(sendmsg(socket, &mh, MSG_NOSIGNAL), sizeof(header) + size);
	if (fd != -1)
		close(fd);
}

/* False when nothing waits. */
static bool
lab_receive(int socket, uint16_t *type, void *payload)
{
	char packet[MSG_SIZE_MAX];
	struct msg_header header;
	ssize_t n = recv(socket, packet, sizeof(packet), MSG_DONTWAIT);

	if (n < (ssize_t)sizeof(header))
		return false;
	memcpy(&header, packet, sizeof(header));
	memcpy(payload, packet + sizeof(header), (size_t)n - sizeof(header));
	*type = header.type;
	return true;
}

/* ---- what the engine asks for ---- */

static void lab_say(struct lab *, const char *, ...) __attribute__((format(printf, 2, 3)));

static void
lab_say(struct lab *lab, const char *format, ...)
{
	va_list ap;

	assert_true(lab->lines < LAB_LINES);
	va_start(ap, format);
	vsnprintf(lab->line[lab->lines++], sizeof(lab->line[0]), format, ap);
	va_end(ap);
}

static const char *
lab_name(const struct lab *lab, uint32_t instance, uint32_t group)
{
	return group != 0 ? conf_find_group(&lab->engine.conf, group)->name
			  : conf_find_instance(&lab->engine.conf, instance)->name;
}

static void
lab_answer(struct lab *lab, const struct msg_instance_request *request, bool installed)
{
	const struct msg_addresses answer = {
	    .instance = request->instance, .sequence = request->sequence, .installed = installed};

	lab_say(
	    lab, "%s %s", installed ? "acquire" : "release", lab_name(lab, request->instance, 0));
	if (!lab->mute)
		lab_send(lab->parent, PARENT_ENGINE_ADDRESSES, &answer, sizeof(answer), -1);
}

static void
lab_hear_parent(struct lab *lab)
{
	static union {
		struct msg_advertise advertise;
		struct msg_instance_request request;
		char space[MSG_SIZE_MAX];
	} m;
	uint16_t type;

	while (lab_receive(lab->parent, &type, &m)) {
		for (uint32_t i = 0; type == ENGINE_PARENT_ADVERTISE && i < m.advertise.count; i++)
			lab_say(lab, "advertise %s %u",
			    lab_name(lab, m.advertise.item[i].instance, 0),
			    m.advertise.item[i].priority);
		if (type == ENGINE_PARENT_ACQUIRE || type == ENGINE_PARENT_RELEASE)
			lab_answer(lab, &m.request, type == ENGINE_PARENT_ACQUIRE);
		else if (type == ENGINE_PARENT_ANNOUNCE)
			lab_say(lab, "announce %s", lab_name(lab, m.request.instance, 0));
		else if (type == ENGINE_PARENT_DONE)
			lab_say(lab, "done");
	}
}

static void
lab_hear_checker(struct lab *lab)
{
	union {
		struct msg_run_hook hook;
		struct msg_run_check trial;
	} m;
	struct msg_run_hook hook;
	uint16_t type;

	while (lab->checker != -1 && lab_receive(lab->checker, &type, &m)) {
		if (type == ENGINE_CHECKER_RUN_CHECK) {
			lab_say(lab, "trial %s",
			    conf_find_check(&lab->engine.conf, m.trial.check)->name);
			lab->trial[lab->trials++] = m.trial;
			continue;
		}
		hook = m.hook;
		assert_int_equal(type, ENGINE_CHECKER_RUN_HOOK);
		lab_say(lab, "hook %s %s %s %s", lab_name(lab, hook.instance, hook.group),
		    vrrp_hook_event_name(hook.event),
		    hook.slot == CONF_HOOK_GATE  ? "gate"
		    : hook.slot == CONF_HOOK_ALL ? "all"
						 : "state",
		    vrrp_reason_name(hook.reason));
		lab->hook[lab->hooks++] = hook;
	}
}

static void
lab_turn(struct lab *lab)
{
	const struct timespec nap = {.tv_nsec = 500000};

	engine_turn(&lab->engine, EVLOOP_NONBLOCK);
	lab_hear_parent(lab);
	lab_hear_checker(lab);
	nanosleep(&nap, NULL);
}

void
lab_run(struct lab *lab, int ms)
{
	mono_t end = mono_add(clock_now(), ms * NS_PER_MS);

	while (!mono_reached(end, clock_now()))
		lab_turn(lab);
}

static void
lab_fail(const struct lab *lab, const char *what)
{
	for (size_t i = 0; i < lab->lines; i++)
		print_error("%s %s\n", i < lab->seen ? " " : ">", lab->line[i]);
	fail_msg("%s", what);
}

void
lab_await(struct lab *lab, const char *line)
{
	mono_t end = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS);

	for (;;) {
		for (size_t i = lab->seen; i < lab->lines; i++)
			if (strcmp(lab->line[i], line) == 0) {
				lab->seen = i + 1;
				return;
			}
		if (mono_reached(end, clock_now()))
			lab_fail(lab, line);
		lab_turn(lab);
	}
}

void
lab_refuse(struct lab *lab, const char *line)
{
	for (size_t i = lab->seen; i < lab->lines; i++)
		if (strcmp(lab->line[i], line) == 0)
			lab_fail(lab, line);
}

struct instance *
lab_find(struct lab *lab, const char *name)
{
	const struct conf_instance *conf = conf_find_instance_named(&lab->engine.conf, name);

	return &lab->engine.instance[conf - lab->engine.conf.instance];
}

void
lab_await_state(struct lab *lab, const char *name, enum vrrp_state state)
{
	mono_t end = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS);

	while (lab_find(lab, name)->vr.state != state) {
		if (mono_reached(end, clock_now()))
			lab_fail(lab, name);
		lab_turn(lab);
	}
}

/* ---- the configuration ---- */

static void
lab_record(struct lab *lab, enum conf_kind kind, const void *record)
{
	lab_send(lab->parent, (uint16_t)(PARENT_ENGINE_CONF_GLOBAL + kind), record,
	    conf_record_size(kind, record), -1);
}

struct lab *
lab_begin(void)
{
	const struct conf_global global = {.router_name = "test",
	    .engine_uid = 1,
	    .engine_gid = 1,
	    .checker_uid = 2,
	    .checker_gid = 2,
	    .stop_timeout_ms = 5000,
	    .max_parallel = 64};
	struct lab *lab = calloc(1, sizeof(*lab));
	int sv[2];

	assert_non_null(lab);
	lab->checker = lab->rx[0] = lab->rx[1] = lab->control = -1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	lab->parent = sv[0];
	engine_open(&lab->engine, sv[1]);
	lab_record(lab, CONF_GLOBAL, &global);
	return lab;
}

/* An engine never ends by itself: what it has stays reachable. */
void
lab_end(struct lab *lab)
{
	static struct lab *ended[64];
	static size_t count;
	char path[64];

	assert_true(count < sizeof(ended) / sizeof(ended[0]));
	ended[count++] = lab;
	close(lab->parent);
	close(lab->rx[0]);
	close(lab->rx[1]);
	if (lab->checker != -1)
		close(lab->checker);
	if (lab->control != -1) {
		snprintf(path, sizeof(path), "%s/s", lab->directory);
		unlink(path);
		rmdir(lab->directory);
	}
}

void
lab_group(struct lab *lab, uint32_t id, const char *name)
{
	struct conf_group group = {.id = id};

	strlcpy(group.name, name, sizeof(group.name));
	lab_record(lab, CONF_GROUP, &group);
}

void
lab_instance(struct lab *lab, const struct conf_instance *instance)
{
	lab_record(lab, CONF_INSTANCE, instance);
}

void
lab_addresses(struct lab *lab, uint32_t instances)
{
	const struct conf_runner runner = {LAB_RUNNER, 1000, 1000, "_vrrpd_script"};

	for (uint32_t i = 1; i <= instances; i++) {
		struct conf_address address = {
		    .instance = i, .prefix_length = 24, .advertise = 1, .prefix_route = 1};

		assert_int_equal(addr_parse("192.0.2.10", &address.addr), 0);
		lab_record(lab, CONF_ADDRESS, &address);
	}
	lab_record(lab, CONF_RUNNER, &runner);
}

void
lab_other_runner(struct lab *lab)
{
	const struct conf_runner runner = {LAB_OTHER, 1001, 1001, "other"};

	lab_record(lab, CONF_RUNNER, &runner);
}

void
lab_check(struct lab *lab, uint32_t id, const char *name, enum conf_check_kind kind,
    uint32_t expires_ms, uint32_t set_by_uid)
{
	struct conf_check check = {.id = id,
	    .kind = (uint8_t)kind,
	    .interval_ms = 1000,
	    .timeout_ms = 1000,
	    .fall = 1,
	    .rise = 1,
	    .expires_ms = expires_ms,
	    .set_by_uid = set_by_uid};

	strlcpy(check.name, name, sizeof(check.name));
	if (kind != CONF_CHECK_EXTERNAL) {
		check.runner = LAB_RUNNER;
		strlcpy(check.text, "/some/file", sizeof(check.text));
		check.text_length = sizeof("/some/file");
	}
	lab_record(lab, CONF_CHECK, &check);
}

void
lab_track(struct lab *lab, const struct conf_track *track)
{
	lab_record(lab, CONF_TRACK, track);
}

void
lab_hook(struct lab *lab, uint32_t instance, uint32_t group, enum conf_hook_slot slot)
{
	const struct conf_hook hook = {.instance = instance,
	    .group = group,
	    .command = 40 + instance + group,
	    .runner = LAB_RUNNER,
	    .slot = (uint8_t)slot};

	lab_record(lab, CONF_HOOK, &hook);
}

/* A socket pair: the parent's message takes the other end. */
static int
lab_lend(struct lab *lab, int kind, uint16_t type, const void *payload, size_t size)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, kind | SOCK_NONBLOCK, 0, sv), 0);
	lab_send(lab->parent, type, payload, size, sv[1]);
	return sv[0];
}

void
lab_link(struct lab *lab, const char *interface, bool up)
{
	struct msg_link link = {.ifindex = 1, .up = up};

	strlcpy(link.interface, interface, sizeof(link.interface));
	lab_send(lab->parent, PARENT_ENGINE_LINK, &link, sizeof(link), -1);
}

/* Both interfaces send from 192.0.2.1. */
static void
lab_interface(struct lab *lab, int i, const char *name)
{
	struct msg_rx_socket rx = {.ifindex = 1, .family = ADDR_IPV4};
	struct msg_source_address source = {.family = ADDR_IPV4};

	strlcpy(rx.interface, name, sizeof(rx.interface));
	strlcpy(source.interface, name, sizeof(source.interface));
	assert_int_equal(addr_parse("192.0.2.1", &source.addr), 0);
	lab->rx[i] = lab_lend(lab, SOCK_DGRAM, PARENT_ENGINE_RX_SOCKET, &rx, sizeof(rx));
	lab_link(lab, name, true);
	lab_send(lab->parent, PARENT_ENGINE_SOURCE_ADDRESS, &source, sizeof(source), -1);
}

static void
lab_end_configuration(struct lab *lab)
{
	const struct msg_conf_end end = {.generation = 1, .loads = 1};

	if (!lab->configured)
		lab_send(lab->parent, PARENT_ENGINE_CONF_END, &end, sizeof(end), -1);
	lab->configured = true;
}

void
lab_commit(struct lab *lab)
{
	const struct msg_empty empty = {0};

	lab_end_configuration(lab);
	lab_interface(lab, 0, "eth0");
	lab_interface(lab, 1, "eth1");
	lab_checker_comes(lab);
	lab_send(lab->parent, PARENT_ENGINE_COMMIT, &empty, sizeof(empty), -1);
	while (!lab->engine.running)
		lab_turn(lab);
}

void
lab_resume(struct lab *lab, uint32_t instance, int64_t silence_ns)
{
	const struct msg_resume resume = {
	    .instance = instance, .last_advert_ns = clock_now().ns - silence_ns};

	lab_end_configuration(lab);
	lab_send(lab->parent, PARENT_ENGINE_RESUME, &resume, sizeof(resume), -1);
}

void
lab_kept(struct lab *lab, const struct msg_keep *kept)
{
	lab_end_configuration(lab);
	lab_send(lab->parent, PARENT_ENGINE_KEPT, kept, sizeof(*kept), -1);
}

void
lab_shutdown(struct lab *lab, bool at_once)
{
	const struct msg_shutdown shutdown = {.at_once = at_once};

	lab_send(lab->parent, PARENT_ENGINE_SHUTDOWN, &shutdown, sizeof(shutdown), -1);
}

/* ---- the network ---- */

static uint16_t
lab_sum(const uint8_t *data, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)(data[i] << 8 | data[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void
lab_advert(struct lab *lab, int link, uint8_t vrid, uint8_t priority, uint8_t last)
{
	/* IPv4 header, then version 3, type 1, one address, 10 cs (RFC 9568 5.2) */
	uint8_t packet[32] = {0x45, 0xc0, 0, 32, 0, 0, 0, 0, 255, 112, 0, 0, 192, 0, 2, last, 224,
	    0, 0, 18, 0x31, vrid, priority, 1, 0, 10, 0, 0, 192, 0, 2, 10};
	uint16_t sum = lab_sum(packet + 20, 12);

	packet[26] = (uint8_t)(sum >> 8);
	packet[27] = (uint8_t)sum;
	assert_int_equal(send(lab->rx[link], packet, sizeof(packet), 0), sizeof(packet));
}

/* ---- the checker ---- */

void
lab_checker_says(struct lab *lab, uint16_t type, const void *payload, size_t size)
{
	lab_send(lab->checker, type, payload, size, -1);
}

void
lab_result(struct lab *lab, uint32_t check, enum vrrp_check_state state, int64_t value)
{
	const struct msg_check message = {
	    .check = check, .state = (uint8_t)state, .settled = 1, .runs = 1, .value = value};

	lab_send(lab->checker, CHECKER_ENGINE_CHECK, &message, sizeof(message), -1);
}

void
lab_hook_done(struct lab *lab, int exit_status)
{
	const struct msg_run_hook *hook = &lab->hook[0];
	struct msg_hook done = {.instance = hook->instance,
	    .group = hook->group,
	    .sequence = hook->sequence,
	    .command = hook->command,
	    .slot = hook->slot,
	    .event = hook->event,
	    .phase = MSG_HOOK_DONE,
	    .exit_status = exit_status};

	assert_true(lab->hooks > 0);
	lab_send(lab->checker, CHECKER_ENGINE_HOOK, &done, sizeof(done), -1);
	lab->hooks--;
	memmove(lab->hook, lab->hook + 1, lab->hooks * sizeof(lab->hook[0]));
}

void
lab_checker_dies(struct lab *lab)
{
	close(lab->checker);
	lab->checker = -1;
	lab->hooks = 0;
}

void
lab_checker_comes(struct lab *lab)
{
	const struct msg_checker_socket message = {LAB_RUNNER};
	const struct msg_empty empty = {0};

	lab->checker =
	    lab_lend(lab, SOCK_SEQPACKET, PARENT_ENGINE_CHECKER_SOCKET, &message, sizeof(message));
	lab_send(lab->checker, CHECKER_ENGINE_REPLAYED, &empty, sizeof(empty), -1);
}

int
lab_other_comes(struct lab *lab)
{
	const struct msg_checker_socket message = {LAB_OTHER};

	return lab_lend(
	    lab, SOCK_SEQPACKET, PARENT_ENGINE_CHECKER_SOCKET, &message, sizeof(message));
}

/* ---- vrrpctl ---- */

static void
lab_listen(struct lab *lab)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	const struct msg_empty empty = {0};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	strlcpy(lab->directory, "/tmp/engine-XXXXXX", sizeof(lab->directory));
	assert_non_null(mkdtemp(lab->directory));
	snprintf(path.sun_path, sizeof(path.sun_path), "%s/s", lab->directory);
	assert_int_equal(bind(fd, (struct sockaddr *)&path, sizeof(path)), 0);
	assert_int_equal(listen(fd, 8), 0);
	lab_send(lab->parent, PARENT_ENGINE_CONTROL_SOCKET, &empty, sizeof(empty), fd);
	lab->control = 0;
}

void
lab_tell(int client, uint16_t type, const void *payload, size_t size)
{
	lab_send(client, type, payload, size, -1);
}

void
lab_hear(struct lab *lab, int client, uint16_t type, void *payload)
{
	const mono_t end = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS);
	uint16_t heard;

	while (!lab_receive(client, &heard, payload)) {
		assert_false(mono_reached(end, clock_now()));
		lab_turn(lab);
	}
	assert_int_equal(heard, type);
}

int
lab_client(struct lab *lab)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct msg_ctl_hello hello = {.version = MSG_VERSION};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (lab->control == -1)
		lab_listen(lab);
	snprintf(path.sun_path, sizeof(path.sun_path), "%s/s", lab->directory);
	assert_int_equal(connect(fd, (struct sockaddr *)&path, sizeof(path)), 0);
	lab_tell(fd, CTL_ENGINE_HELLO, &hello, sizeof(hello));
	lab_hear(lab, fd, ENGINE_CTL_HELLO, &hello);
	return fd;
}

void
lab_trial_done(struct lab *lab, const struct msg_check_ran *ran)
{
	lab_send(lab->checker, CHECKER_ENGINE_CHECK_RAN, ran, sizeof(*ran), -1);
}
