/*
 * nf_tables: the objects of our table, made and sent. Parent.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <sys/socket.h>

#include <bsd/string.h>

#include "vrrpd/parent/filter_message.h"

#define FILTER_TABLE "vrrpd"
#define FILTER_CHAIN "input"
#define FILTER_SIZE 16384
#define FILTER_ICMPV6_FIRST 133 /* router solicitation … */
#define FILTER_ICMPV6_LAST 136  /* … neighbor advertisement */
#define FILTER_TYPE_IPV4 7      /* what nft(8) takes the keys of a set for */
#define FILTER_TYPE_IPV6 8

struct filter_messages {
	struct mnl_socket *socket;
	uint32_t sequence;
	struct mnl_nlmsg_batch *batch;
	char buf[2 * FILTER_SIZE];
};

struct filter_messages *
filter_messages_open(void)
{
	struct filter_messages *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (f->socket != NULL && mnl_socket_bind(f->socket, 0, MNL_SOCKET_AUTOPID) != -1)
		f->batch = mnl_nlmsg_batch_start(f->buf, FILTER_SIZE);
	if (f->batch != NULL)
		return f;
	filter_messages_close(f);
	return NULL;
}

void
filter_messages_close(struct filter_messages *f)
{
	int saved = errno;

	if (f->batch != NULL)
		mnl_nlmsg_batch_stop(f->batch);
	if (f->socket != NULL)
		mnl_socket_close(f->socket);
	free(f);
	errno = saved;
}

/* ---- transactions ---- */

static struct nlmsghdr *
filter_start(struct filter_messages *f, uint16_t type, uint16_t flags)
{
	return nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(f->batch), type, NFPROTO_INET,
	    (uint16_t)(NLM_F_ACK | flags), ++f->sequence);
}

static void
filter_begin(struct filter_messages *f)
{
	mnl_nlmsg_batch_reset(f->batch);
	nftnl_batch_begin(mnl_nlmsg_batch_current(f->batch), ++f->sequence);
	mnl_nlmsg_batch_next(f->batch);
}

static void
filter_next(struct filter_messages *f)
{
	mnl_nlmsg_batch_next(f->batch);
}

/* The kernel works on it while it is being sent: all answers are there. The first error counts. */
static int
filter_read_answers(struct filter_messages *f)
{
	char buf[FILTER_SIZE];
	int error = 0;
	ssize_t n;

	while ((n = mnl_socket_recvfrom(f->socket, buf, sizeof(buf))) > 0) {
		const struct nlmsghdr *nlh = (const void *)buf;
		int left = (int)n;

		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			const struct nlmsgerr *answer = mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type == NLMSG_ERROR && error == 0)
				error = -answer->error;
		}
	}
	errno = error != 0 ? error : errno;
	return error != 0 || errno != EAGAIN ? -1 : 0;
}

static int
filter_commit(struct filter_messages *f)
{
	nftnl_batch_end(mnl_nlmsg_batch_current(f->batch), ++f->sequence);
	mnl_nlmsg_batch_next(f->batch);
	if (mnl_socket_sendto(
		f->socket, mnl_nlmsg_batch_head(f->batch), mnl_nlmsg_batch_size(f->batch)) == -1)
		return -1;
	return filter_read_answers(f);
}

/* ---- rules ---- */

static void
filter_put_meta(struct nftnl_rule *rule, uint32_t key)
{
	struct nftnl_expr *e = nftnl_expr_alloc("meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
	nftnl_rule_add_expr(rule, e);
}

static void
filter_put_compare(struct nftnl_rule *rule, uint32_t how, const void *with, uint32_t size)
{
	struct nftnl_expr *e = nftnl_expr_alloc("cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, how);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, with, size);
	nftnl_rule_add_expr(rule, e);
}

static void
filter_put_payload(struct nftnl_rule *rule, uint32_t base, uint32_t offset, uint32_t size)
{
	struct nftnl_expr *e = nftnl_expr_alloc("payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, size);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	nftnl_rule_add_expr(rule, e);
}

static void
filter_put_verdict(struct nftnl_rule *rule, uint32_t verdict)
{
	struct nftnl_expr *e = nftnl_expr_alloc("immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict);
	nftnl_rule_add_expr(rule, e);
}

static void
filter_put_interface(struct nftnl_rule *rule, const char *interface)
{
	char name[CONF_IFNAME_MAX] = "";

	strlcpy(name, interface, sizeof(name));
	filter_put_meta(rule, NFT_META_IIFNAME);
	filter_put_compare(rule, NFT_CMP_EQ, name, sizeof(name));
}

static struct nftnl_rule *
filter_make_rule(void)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, FILTER_TABLE);
	nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, FILTER_CHAIN);
	return rule;
}

static void
filter_add_rule(struct filter_messages *f, struct nftnl_rule *rule)
{
	nftnl_rule_nlmsg_build_payload(
	    filter_start(f, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND), rule);
	nftnl_rule_free(rule);
	filter_next(f);
}

/* What this host sends to itself, and neighbor discovery. */
static void
filter_add_exceptions(struct filter_messages *f)
{
	static const uint8_t icmpv6 = IPPROTO_ICMPV6, first = FILTER_ICMPV6_FIRST,
			     last = FILTER_ICMPV6_LAST;
	struct nftnl_rule *rule = filter_make_rule();

	filter_put_interface(rule, "lo");
	filter_put_verdict(rule, NF_ACCEPT);
	filter_add_rule(f, rule);
	rule = filter_make_rule();
	filter_put_meta(rule, NFT_META_L4PROTO);
	filter_put_compare(rule, NFT_CMP_EQ, &icmpv6, 1);
	filter_put_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	filter_put_compare(rule, NFT_CMP_GTE, &first, 1);
	filter_put_compare(rule, NFT_CMP_LTE, &last, 1);
	filter_put_verdict(rule, NF_ACCEPT);
	filter_add_rule(f, rule);
}

static void
filter_add_drop(struct filter_messages *f, const struct filter_set *set)
{
	const bool ipv6 = set->family == ADDR_IPV6;
	const uint8_t family = ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	struct nftnl_rule *rule = filter_make_rule();
	struct nftnl_expr *lookup = nftnl_expr_alloc("lookup");

	if (set->interface != NULL)
		filter_put_interface(rule, set->interface);
	filter_put_meta(rule, NFT_META_NFPROTO);
	filter_put_compare(rule, NFT_CMP_EQ, &family, 1);
	filter_put_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, ipv6 ? 24 : 16, ipv6 ? 16 : 4);
	nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, set->name);
	nftnl_rule_add_expr(rule, lookup);
	filter_put_verdict(rule, NF_DROP);
	filter_add_rule(f, rule);
}

/* ---- the table ---- */

static struct nftnl_table *
filter_make_table(void)
{
	struct nftnl_table *table = nftnl_table_alloc();

	nftnl_table_set_str(table, NFTNL_TABLE_NAME, FILTER_TABLE);
	return table;
}

static void
filter_put_table(struct filter_messages *f, uint16_t type, uint16_t flags)
{
	struct nftnl_table *table = filter_make_table();

	nftnl_table_nlmsg_build_payload(filter_start(f, type, flags), table);
	nftnl_table_free(table);
	filter_next(f);
}

int
filter_messages_add_table(struct filter_messages *f)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();

	filter_begin(f);
	filter_put_table(f, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, FILTER_TABLE);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, FILTER_CHAIN);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, NF_INET_LOCAL_IN);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, 0);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	nftnl_chain_nlmsg_build_payload(
	    filter_start(f, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL), chain);
	nftnl_chain_free(chain);
	filter_next(f);
	filter_add_exceptions(f);
	return filter_commit(f);
}

int
filter_messages_remove_table(struct filter_messages *f)
{
	filter_begin(f);
	filter_put_table(f, NFT_MSG_DELTABLE, 0);
	return filter_commit(f);
}

int
filter_messages_find_table(struct filter_messages *f)
{
	struct nftnl_table *table = filter_make_table();

	mnl_nlmsg_batch_reset(f->batch);
	nftnl_table_nlmsg_build_payload(filter_start(f, NFT_MSG_GETTABLE, 0), table);
	nftnl_table_free(table);
	filter_next(f);
	if (mnl_socket_sendto(
		f->socket, mnl_nlmsg_batch_head(f->batch), mnl_nlmsg_batch_size(f->batch)) == -1)
		return -1;
	return filter_read_answers(f);
}

/* ---- sets ---- */

static struct nftnl_set *
filter_make_set(const struct filter_set *from)
{
	struct nftnl_set *set = nftnl_set_alloc();

	nftnl_set_set_str(set, NFTNL_SET_TABLE, FILTER_TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, from->name);
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
	return set;
}

int
filter_messages_add_set(struct filter_messages *f, const struct filter_set *from)
{
	const bool ipv6 = from->family == ADDR_IPV6;
	struct nftnl_set *set = filter_make_set(from);

	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, ipv6 ? FILTER_TYPE_IPV6 : FILTER_TYPE_IPV4);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, ipv6 ? 16 : 4);
	nftnl_set_set_u32(set, NFTNL_SET_ID, 1);
	filter_begin(f);
	nftnl_set_nlmsg_build_payload(
	    filter_start(f, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL), set);
	nftnl_set_free(set);
	filter_next(f);
	filter_add_drop(f, from);
	return filter_commit(f);
}

int
filter_messages_change(struct filter_messages *f, bool add, const struct filter_set *from,
    const struct addr *addr, size_t count)
{
	struct nftnl_set *set = filter_make_set(from);

	for (size_t i = 0; i < count; i++) {
		struct nftnl_set_elem *elem = nftnl_set_elem_alloc();

		nftnl_set_elem_set(
		    elem, NFTNL_SET_ELEM_KEY, addr[i].bytes, (uint32_t)addr_size(addr[i].family));
		nftnl_set_elem_add(set, elem);
	}
	filter_begin(f);
	nftnl_set_elems_nlmsg_build_payload(
	    filter_start(f, add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, add ? NLM_F_CREATE : 0),
	    set);
	nftnl_set_free(set);
	filter_next(f);
	return filter_commit(f);
}
