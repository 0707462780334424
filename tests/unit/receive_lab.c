/*
 * The laboratory of receive_lab.h.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <event2/event.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/unit/receive_lab.h"

#define LOG_MAX 65536
#define LAB_COUNTERS (sizeof(struct msg_instance_counters) / sizeof(uint64_t))

/* ---- what the kernel delivers ---- */

struct lab_datagram lab_queue[LAB_QUEUE_MAX];
static size_t queue_count, queue_next;

static void
add_control(struct msghdr *header, int level, int type, const void *data, size_t size)
{
	struct cmsghdr c = {.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};
	uint8_t *at = (uint8_t *)header->msg_control + header->msg_controllen;

	memcpy(at, &c, sizeof(c));
	memcpy(at + CMSG_LEN(0), data, size);
	header->msg_controllen += CMSG_SPACE(size);
}

static void
deliver_ipv6(struct msghdr *header, size_t i)
{
	const enum defect defect = lab_queue[i].defect;
	const int level = defect == OTHER_CONTROL ? IPPROTO_IP : IPPROTO_IPV6;
	const size_t size = defect == SHORT_DESTINATION ? 8 : sizeof(struct in6_pktinfo);
	const size_t limit_size = defect == SHORT_HOP_LIMIT ? 1 : sizeof(int);
	struct sockaddr_in6 from = {.sin6_family = AF_INET6};
	struct in6_pktinfo info = {.ipi6_ifindex = 7};

	memcpy(&from.sin6_addr, lab_queue[i].source.bytes, 16);
	memcpy(&info.ipi6_addr, lab_queue[i].destination.bytes, 16);
	if (defect != NO_SOURCE) {
		memcpy(header->msg_name, &from, sizeof(from));
		header->msg_namelen = sizeof(from);
	}
	if (defect != NO_HOP_LIMIT)
		add_control(header, level, IPV6_HOPLIMIT, &lab_queue[i].hop_limit, limit_size);
	if (defect != NO_DESTINATION)
		add_control(header, level, IPV6_PKTINFO, &info, size);
}

int __wrap_recvmmsg(int, struct mmsghdr *, unsigned int, int, struct timespec *);

int
__wrap_recvmmsg(int fd, struct mmsghdr *message, unsigned int count, int flags, struct timespec *t)
{
	unsigned int n = 0;

	(void)fd;
	(void)t;
	assert_true((flags & MSG_DONTWAIT) != 0);
	for (; n < count && queue_next < queue_count; n++, queue_next++) {
		struct msghdr *header = &message[n].msg_hdr;

		assert_true(header->msg_iov->iov_len >= 4096);
		assert_true(header->msg_namelen >= sizeof(struct sockaddr_in6));
		assert_true(header->msg_controllen >=
			    CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)));
		memcpy(header->msg_iov->iov_base, lab_queue[queue_next].data,
		    lab_queue[queue_next].size);
		message[n].msg_len = (unsigned int)lab_queue[queue_next].size;
		header->msg_namelen = 0;
		header->msg_controllen = 0;
		header->msg_flags = lab_queue[queue_next].defect == TRUNCATED ? MSG_TRUNC : 0;
		if (addr_is_set(&lab_queue[queue_next].source))
			deliver_ipv6(header, queue_next);
	}
	return n == 0 ? -1 : (int)n;
}

/* ---- the engine around it ---- */

struct engine lab_engine;
struct instance lab_instance;
struct conf_instance lab_conf;
static struct conf_address conf_address[3];
static struct conf_peer conf_peer[3];
const mono_t lab_heard_at = {INT64_C(1000000000000)};
size_t lab_handled;
static int log_fd;

void
engine_handle(struct engine *e, struct instance *instance, const struct vr_event *event)
{
	struct vr_actions actions;

	assert_ptr_equal(e, &lab_engine);
	assert_ptr_equal(instance, &lab_instance);
	assert_int_equal(event->kind, VR_ADVERT);
	lab_handled++;
	vr_handle(&instance->vr, lab_heard_at, event, &actions);
}

void
engine_end_turn(struct engine *e)
{
	(void)e;
}

/* Addresses out of order, and one that is not advertised. */
static void
set_up_conf(const struct vector *v)
{
	const struct vector_router *router = &vector_routers[v->conf];
	const size_t family = vector_family_index(v);

	lab_conf = (struct conf_instance){.id = 1,
	    .name = "web",
	    .interface = "eth0",
	    .vrid = VECTOR_VRID,
	    .family = router->family,
	    .version = router->version,
	    .priority = router->priority,
	    .checksum = router->checksum,
	    .enabled = 1,
	    .interval_cs = router->interval_cs};
	if (router->key != NULL) {
		lab_conf.authentication = CONF_AUTHENTICATION_PASS;
		memcpy(lab_conf.key, router->key, strlen(router->key));
	}
	for (size_t i = 0; i < 3; i++) {
		conf_address[i] = (struct conf_address){.instance = 1, .advertise = i < 2};
		conf_address[i].addr = i < 2 ? vector_addresses[family][1 - i]
					     : (struct addr){ADDR_IPV4, {0}, {10, 9, 8, 7}};
		conf_peer[i] = (struct conf_peer){.instance = 1,
		    .addr = vector_peers[family][i].addr,
		    .min_ttl = vector_peers[family][i].min_ttl};
	}
	conf_address[0].advertise = vector_address_count(v) == 2;
	lab_engine.conf = (struct conf){.instance = &lab_conf,
	    .instance_count = 1,
	    .address = conf_address,
	    .address_count = 3,
	    .peer = conf_peer,
	    .peer_count = router->unicast ? 3 : 0};
}

static void
set_up_instance(const struct vector *v)
{
	const struct vr_conf conf = {.priority = lab_conf.priority,
	    .preempt = true,
	    .down_adverts = 3,
	    .interval_ns = lab_conf.interval_cs * NS_PER_CS};
	const struct vr_event source = {
	    .kind = VR_SOURCE, .source = vector_own_source[vector_family_index(v)]};
	const struct vr_event startup = {.kind = VR_STARTUP};
	struct vr_actions actions;

	memset(&lab_instance, 0, sizeof(lab_instance));
	lab_instance.conf = &lab_conf;
	lab_engine.instance = &lab_instance;
	vr_init(&lab_instance.vr, &conf, (mono_t){0});
	vr_handle(&lab_instance.vr, (mono_t){0}, &source, &actions);
	vr_handle(&lab_instance.vr, (mono_t){0}, &startup, &actions);
	lab_instance.vr.since = clock_now();
}

void
lab_set_up(const struct vector *v)
{
	struct msg_rx_socket what = {.ifindex = 7, .interface = "eth0"};

	set_up_conf(v);
	set_up_instance(v);
	what.family = lab_conf.family;
	lab_engine.counters = (struct msg_global_counters){0};
	lab_engine.receiver = receiver_open(&lab_engine);
	assert_non_null(lab_engine.receiver);
	assert_int_equal(receiver_add(lab_engine.receiver, &what, eventfd(0, EFD_CLOEXEC)), 0);
	assert_int_equal(receiver_bind(lab_engine.receiver), 0);
	queue_count = queue_next = lab_handled = 0;
	assert_int_equal(ftruncate(log_fd, 0), 0);
	lseek(log_fd, 0, SEEK_SET);
}

void
lab_tear_down(void)
{
	receiver_remove(lab_engine.receiver, "eth0");
	free(lab_engine.receiver);
	receive_memory_free(&lab_instance.receive);
}

uint8_t *
lab_put(const struct vector *v, enum defect defect)
{
	uint8_t wire[VECTOR_SIZE_MAX];
	size_t header, size = vector_build(v, wire, &header);

	assert_true(queue_count < LAB_QUEUE_MAX);
	memset(&lab_queue[queue_count], 0, sizeof(lab_queue[0]));
	if (vector_family_index(v) == 1) {
		lab_queue[queue_count].source = addr_from_bytes(ADDR_IPV6, wire + 8);
		lab_queue[queue_count].destination = addr_from_bytes(ADDR_IPV6, wire + 24);
		lab_queue[queue_count].hop_limit = wire[7];
		memmove(wire, wire + header, size - header);
		size -= header;
	}
	memcpy(lab_queue[queue_count].data, wire, size);
	lab_queue[queue_count].size = size;
	lab_queue[queue_count].defect = defect;
	return lab_queue[queue_count++].data;
}

void
lab_deliver(void)
{
	receiver_drain(lab_engine.receiver, NULL);
	assert_int_equal(queue_next, queue_count);
	queue_next = queue_count = 0;
}

const struct vector *
lab_find(enum vector_conf conf, const char *name)
{
	for (size_t i = 0; i < VECTOR_COUNT; i++)
		if (vectors[i].conf == conf && strcmp(vectors[i].name, name) == 0)
			return &vectors[i];
	fail_msg("no vector \"%s\"", name);
	return NULL;
}

const char *
lab_log(void)
{
	static char text[LOG_MAX];
	ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

size_t
lab_log_lines(void)
{
	size_t n = 0;

	for (const char *p = lab_log(); (p = strchr(p, '\n')) != NULL; p++)
		n++;
	return n;
}

bool
lab_is_stray(const struct vector *v)
{
	uint8_t wire[VECTOR_SIZE_MAX];
	size_t header, size = vector_build(v, wire, &header);

	return v->verdict == PACKET_IP_HEADER || size < header + 2 ||
	       wire[header + 1] != VECTOR_VRID;
}

uint64_t
lab_counters_sum(void)
{
	uint64_t values[LAB_COUNTERS], sum = 0;

	memcpy(values, &lab_instance.counters, sizeof(values));
	for (size_t i = 0; i < LAB_COUNTERS; i++)
		sum += values[i];
	return sum + lab_engine.counters.version_errors + lab_engine.counters.checksum_errors +
	       lab_engine.counters.packet_length_errors;
}

int
lab_open(void **state)
{
	(void)state;
	log_fd = memfd_create("log", MFD_CLOEXEC);
	if (log_fd == -1)
		return -1;
	log_set_fd(log_fd, LOG_FORMAT_STDERR);
	lab_engine.base = event_base_new();
	return lab_engine.base == NULL ? -1 : 0;
}

int
lab_close(void **state)
{
	(void)state;
	event_base_free(lab_engine.base);
	log_set_fd(STDERR_FILENO, LOG_FORMAT_STDERR);
	return 0;
}
