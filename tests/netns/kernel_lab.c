/*
 * The parent's modules in a namespace of their own; see kernel_lab.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <linux/if_addr.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>
#include <libmnl/libmnl.h>

#include "common/log.h"
#include "common/vrrp.h"
#include "tests/netns/kernel_lab.h"

#define LAB_SKIPPED 77
#define LAB_FRAMES 8192
#define LAB_ADDRESSES_MAX 2000
#define LAB_PEERS_MAX 256
#define LAB_TRACKS_MAX 16
#define LAB_IFA_PROTO 11

/* The modules live as long as a daemon does: they stay until the end. */
static struct lab *all_labs;

bool
lab_begin(int *code)
{
	*code = LAB_SKIPPED;
	if (geteuid() != 0 || system("ip -V >/dev/null 2>&1") != 0) {
		fprintf(stderr, "skipped: needs root and ip(8)\n");
		return false;
	}
	log_init("test", false);
	return true;
}

void
lab_command(const char *format, ...)
{
	char command[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

/* IFF_RUNNING would not do: it is set while the state is not known yet. */
static bool
lab_is_running(const char *interface)
{
	char command[128];

	snprintf(command, sizeof(command), "ip -o link show %s | grep -q 'state UP'", interface);
	return system(command) == 0;
}

/* Until the kernel has put the cable to work, what is sent is silently lost. */
void
lab_cable(const char *near, const char *far)
{
	const struct timespec ms = {0, NS_PER_MS};
	mono_t end = mono_add(clock_now(), LAB_WAIT_MS * NS_PER_MS);

	lab_command("ip link add %s type veth peer name %s", near, far);
	lab_command(
	    "ip link set %s addrgenmode none up && ip link set %s addrgenmode none up", near, far);
	while (!(lab_is_running(near) && lab_is_running(far))) {
		assert_false(mono_reached(end, clock_now()));
		nanosleep(&ms, NULL);
	}
}

void
lab_watch(struct lab *lab)
{
	const int buffer = 8 << 20;
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};

	if (lab->wire != -1)
		close(lab->wire);
	at.sll_ifindex = (int)if_nametoindex("v1");
	lab->wire = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
	assert_int_not_equal(lab->wire, -1);
	setsockopt(lab->wire, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	assert_int_equal(bind(lab->wire, (struct sockaddr *)&at, sizeof(at)), 0);
}

struct lab *
lab_create(void)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	lab->next = all_labs;
	all_labs = lab;
	lab->wire = -1;
	lab->frame = calloc(LAB_FRAMES, sizeof(lab->frame[0]));
	lab->conf.instance = calloc(LAB_INSTANCES_MAX, sizeof(lab->conf.instance[0]));
	lab->conf.address = calloc(LAB_ADDRESSES_MAX, sizeof(lab->conf.address[0]));
	lab->conf.peer = calloc(LAB_PEERS_MAX, sizeof(lab->conf.peer[0]));
	lab->conf.track = calloc(LAB_TRACKS_MAX, sizeof(lab->conf.track[0]));
	assert_true(lab->frame != NULL && lab->conf.instance != NULL && lab->conf.address != NULL &&
		    lab->conf.peer != NULL && lab->conf.track != NULL);
	return lab;
}

int
lab_setup(void **state)
{
	if (unshare(CLONE_NEWNET) == -1)
		return -1;
	lab_open_injector();
	lab_command("ip link set lo up && sysctl -qw net.ipv6.conf.default.accept_dad=0");
	lab_cable("v0", "v1");
	lab_command("ip address add 192.0.2.1/24 dev v0");
	*state = lab_create();
	return 0;
}

/* ---- configuration ---- */

struct conf_instance *
lab_instance(struct lab *lab, uint32_t id)
{
	return &lab->conf.instance[id - 1];
}

uint32_t
lab_add_instance(struct lab *lab, uint8_t priority)
{
	uint32_t id = (uint32_t)++lab->conf.instance_count;
	struct conf_instance *in = lab_instance(lab, id);

	*in = (struct conf_instance){
	    .id = id,
	    .vrid = (uint8_t)id,
	    .family = ADDR_IPV4,
	    .version = 3,
	    .priority = priority,
	    .preempt = 1,
	    .enabled = 1,
	    .interval_cs = 100,
	    .announce_repeat = 1,
	    .announce_interval_ms = 1,
	};
	snprintf(in->name, sizeof(in->name), "i%u", id);
	strlcpy(in->interface, "v0", sizeof(in->interface));
	return id;
}

struct conf_address *
lab_add_address(struct lab *lab, uint32_t instance, const char *addr, uint8_t prefix_length)
{
	struct conf_address *a = &lab->conf.address[lab->conf.address_count++];

	assert_in_range(lab->conf.address_count, 1, LAB_ADDRESSES_MAX);
	a->instance = instance;
	a->prefix_length = prefix_length;
	a->advertise = 1;
	a->prefix_route = 1;
	assert_int_equal(addr_parse(addr, &a->addr), 0);
	return a;
}

void
lab_add_peer(struct lab *lab, uint32_t instance, const char *addr)
{
	struct conf_peer *peer = &lab->conf.peer[lab->conf.peer_count++];

	assert_in_range(lab->conf.peer_count, 1, LAB_PEERS_MAX);
	peer->instance = instance;
	assert_int_equal(addr_parse(addr, &peer->addr), 0);
}

void
lab_add_track(struct lab *lab, uint32_t instance, const char *interface)
{
	struct conf_track *track = &lab->conf.track[lab->conf.track_count++];

	assert_in_range(lab->conf.track_count, 1, LAB_TRACKS_MAX);
	track->instance = instance;
	strlcpy(track->interface, interface, sizeof(track->interface));
}

/* ---- what the parent does with what it is told ---- */

static void
lab_on_link(void *ctx, const struct msg_link *message)
{
	struct lab *lab = ctx;

	if (strcmp(message->interface, "v0") == 0) {
		lab->link = *message;
		lab->link_changes++;
	} else {
		lab->other_link = *message;
	}
	address_take_link(lab->ledger, message->interface);
}

static void
lab_on_source(void *ctx, const struct msg_source_address *message)
{
	struct lab *lab = ctx;

	assert_int_equal(message->problem == MSG_SOURCE_OK, addr_is_set(&message->addr));
	if (addr_is_set(&message->wanted))
		lab->asked = *message;
	else if (message->family == ADDR_IPV6)
		lab->source6 = *message;
	else
		lab->source = *message;
	lab->source_changes++;
}

static void
lab_on_named(void *ctx)
{
	netlink_dump_soon(((struct lab *)ctx)->netlink);
}

static void
lab_on_addresses(void *ctx, const struct msg_addresses *message)
{
	struct lab *lab = ctx;
	struct lab_seen *seen = &lab->seen[message->instance];

	seen->last = *message;
	seen->told++;
	if (message->sequence == 0)
		return;
	seen->answer = *message;
	seen->answers++;
}

static void
lab_on_installed(void *ctx, const struct conf_address *address, const struct link *device)
{
	struct lab *lab = ctx;
	struct lab_seen *seen = &lab->seen[address->instance];

	if (seen->installed++ == 0)
		seen->first_turn = lab->turn;
	seen->last_turn = lab->turn;
	transmit_announce(lab->transmit, address, device);
}

static bool
lab_on_announce(void *ctx, uint32_t instance, bool begins)
{
	struct lab *lab = ctx;

	if (begins)
		return announcer_start(lab->announcer, instance);
	announcer_stop(lab->announcer, instance);
	return false;
}

static void
lab_on_before(void *ctx, const struct conf_instance *conf, bool wanted)
{
	(void)ctx;
	(void)conf;
	(void)wanted;
}

static void
lab_on_after(void *ctx, const struct conf_instance *conf, bool wanted, struct msg_lacking *lacking)
{
	(void)ctx;
	(void)conf;
	(void)wanted;
	(void)lacking;
}

static void
lab_on_settled(void *ctx)
{
	(void)ctx;
}

static void
lab_on_unsent(void *ctx, const struct msg_unsent *message)
{
	struct lab *lab = ctx;

	lab->unsent++;
	lab->last_unsent = *message;
}

static void
lab_on_repeat(void *ctx, uint32_t instance, bool refresh)
{
	address_repeat(((struct lab *)ctx)->ledger, instance, refresh);
}

static void
lab_on_netlink_link(void *ctx, const struct netlink_link *link, bool present)
{
	links_take_link(((struct lab *)ctx)->links, link, present);
}

static void
lab_on_netlink_address(void *ctx, const struct netlink_address *address, bool present)
{
	struct lab *lab = ctx;

	links_take_address(lab->links, address, present);
	address_take(lab->ledger, address, present);
}

static void
lab_on_netlink_dump(void *ctx, bool begins)
{
	struct lab *lab = ctx;

	links_take_dump(lab->links, begins);
	address_take_dump(lab->ledger, begins);
}

static void
lab_on_tick(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
lab_open(struct lab *lab)
{
	const struct netlink_callbacks netlink = {
	    lab_on_netlink_link, lab_on_netlink_address, lab_on_netlink_dump, lab};
	const struct links_callbacks links = {lab_on_link, lab_on_source, lab_on_named, lab};
	const struct address_callbacks addresses = {lab_on_addresses, lab_on_installed,
	    lab_on_announce, lab_on_before, lab_on_after, lab_on_settled, lab};
	const struct timeval ms = {0, 1000};

	lab_watch(lab);
	lab->base = event_base_new();
	lab->tick = event_new(lab->base, -1, EV_PERSIST, lab_on_tick, NULL);
	event_add(lab->tick, &ms);
	lab->netlink = netlink_open(lab->base, &netlink);
	assert_non_null(lab->netlink);
	lab->links = links_open(&lab->conf, &links);
	lab->ledger = address_open(lab->base, lab->netlink, lab->links, &lab->conf, &addresses);
	lab->announcer = announcer_open(lab->base, &lab->conf, lab_on_repeat, lab);
	lab->transmit = transmit_open(&lab->conf, lab->links, lab_on_unsent, lab);
	assert_true(lab->links != NULL && lab->ledger != NULL && lab->announcer != NULL &&
		    lab->transmit != NULL);
	assert_int_equal(netlink_dump(lab->netlink), 0);
}

/* ---- time ---- */

static void
lab_read_wire(struct lab *lab)
{
	while (lab->frame_count < LAB_FRAMES) {
		struct lab_frame *frame = &lab->frame[lab->frame_count];
		struct sockaddr_ll from;
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(lab->wire, frame->data, sizeof(frame->data), 0,
		    (struct sockaddr *)&from, &size);

		if (n == -1)
			return;
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		frame->at = clock_now();
		frame->size = (size_t)n;
		lab->frame_count++;
	}
}

void
lab_turn(struct lab *lab)
{
	const struct msg_advert_item item = {.instance = lab->advertise, .priority = 100};

	lab->turn++;
	event_base_loop(lab->base, EVLOOP_ONCE);
	if (lab->advertise != 0)
		transmit_adverts(lab->transmit, &item, 1);
	lab_read_wire(lab);
}

void
lab_run_for(struct lab *lab, int64_t ms)
{
	mono_t end = mono_add(clock_now(), ms * NS_PER_MS);

	while (!mono_reached(end, clock_now()))
		lab_turn(lab);
}

/* ---- the kernel ---- */

struct lab_question {
	unsigned ifindex;
	const char *addr;
	bool marked;
	struct lab_address answer;
};

struct lab_attributes {
	uint8_t family;
	char addr[INET6_ADDRSTRLEN];
	struct lab_address answer;
};

static int
lab_on_attribute(const struct nlattr *attr, void *data)
{
	struct lab_attributes *a = data;
	const struct ifa_cacheinfo *times = mnl_attr_get_payload(attr);

	switch (mnl_attr_get_type(attr)) {
	case IFA_ADDRESS: /* comes before IFA_LOCAL, which IPv6 does not have */
	case IFA_LOCAL:
		inet_ntop(a->family, mnl_attr_get_payload(attr), a->addr, sizeof(a->addr));
		break;
	case IFA_FLAGS:
		a->answer.flags = mnl_attr_get_u32(attr);
		break;
	case IFA_LABEL:
		strlcpy(a->answer.label, mnl_attr_get_str(attr), sizeof(a->answer.label));
		break;
	case IFA_CACHEINFO:
		a->answer.preferred = times->ifa_prefered;
		a->answer.valid = times->ifa_valid;
		break;
	case LAB_IFA_PROTO:
		a->answer.proto = mnl_attr_get_u8(attr);
		break;
	}
	return MNL_CB_OK;
}

static int
lab_on_answer(const struct nlmsghdr *nlh, void *data)
{
	struct lab_question *q = data;
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);
	struct lab_attributes a = {.family = info->ifa_family};

	mnl_attr_parse(nlh, sizeof(*info), lab_on_attribute, &a);
	if (info->ifa_index != q->ifindex || (q->addr != NULL && strcmp(q->addr, a.addr) != 0) ||
	    (q->marked && a.answer.proto != VRRP_PROTOCOL))
		return MNL_CB_OK;
	a.answer.count = q->answer.count + 1;
	a.answer.prefix_length = info->ifa_prefixlen;
	a.answer.scope = info->ifa_scope;
	q->answer = a.answer;
	return MNL_CB_OK;
}

/* One dump. False when the addresses changed under it: then it is worth nothing. */
static bool
lab_dump_addresses(struct lab_question *q)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *info;
	ssize_t n;
	int more, error;

	assert_non_null(socket);
	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifa_family = AF_UNSPEC;
	assert_int_equal(mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID), 0);
	assert_true(mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) > 0);
	do {
		n = mnl_socket_recvfrom(socket, buf, sizeof(buf));
		assert_true(n > 0);
		more = mnl_cb_run(buf, (size_t)n, 0, 0, lab_on_answer, q);
		error = errno;
	} while (more > MNL_CB_STOP);
	mnl_socket_close(socket);
	assert_true(more == MNL_CB_STOP || error == EINTR);
	return more == MNL_CB_STOP;
}

static struct lab_address
lab_question(const char *interface, const char *addr, bool marked)
{
	struct lab_question q;

	do
		q = (struct lab_question){
		    .ifindex = if_nametoindex(interface), .addr = addr, .marked = marked};
	while (!lab_dump_addresses(&q));
	return q.answer;
}

struct lab_address
lab_ask(const char *interface, const char *addr)
{
	return lab_question(interface, addr, false);
}

unsigned
lab_count_marked(const char *interface)
{
	return lab_question(interface, NULL, true).count;
}
