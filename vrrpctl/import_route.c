/*
 * virtual_routes and virtual_rules; vrrpctl, in the importer's child.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpctl/import_part.h"
#include "vrrpd/conf/value_net.h"

#define MAIN_TABLE 254

/* A route as it is read; to is "default" or a network. */
struct route {
	struct import_node *node;
	const char *type, *device, *scope;
	struct config_prefix to, via, source;
	bool has_to, onlink;
	int64_t table, metric, mtu; /* 0 = none; table 254 = main */
};

/* ---- values ---- */

/* A network, with what is behind its length cut off; false when it is none. */
static bool
read_network(
    struct import *im, struct import_node *node, const char *text, struct config_prefix *out)
{
	char copy[VALUE_PREFIX_MAX + 4];
	struct value_why why;
	size_t length;

	*out = (struct config_prefix){0};
	if (strcmp(text, "default") == 0) {
		out->is_default = true;
		return true;
	}
	length = strlen(text);
	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length + 1);
	if (value_network(copy, out, &why) == 0)
		return true;
	if (!import_address_is(copy, out))
		return false;
	for (size_t i = out->length; i < addr_size(out->addr.family) * 8; i++)
		out->addr.bytes[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
	import_change(im, node, "%s, the network it is in", value_format_prefix(out, copy));
	return true;
}

static bool
read_table(const char *text, int64_t *out)
{
	static const struct {
		const char *name;
		int64_t number;
	} names[] = {{"main", MAIN_TABLE}, {"local", 255}, {"default", 253}};
	const size_t length = strspn(text, "0123456789");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, text) == 0) {
			*out = names[i].number;
			return true;
		}
	if (length == 0 || text[length] != '\0')
		return false;
	*out = value_to_number(text, length);
	return *out >= 1 && *out <= UINT32_MAX;
}

static bool
read_plain(const char *text, int64_t min, int64_t max, int64_t *out)
{
	const size_t length = strspn(text, "0123456789");

	if (length == 0 || text[length] != '\0')
		return false;
	*out = value_to_number(text, length);
	return *out >= min && *out <= max;
}

static bool
read_host(const char *text, struct config_prefix *out)
{
	return strchr(text, '/') == NULL && import_address_is(text, out) &&
	       value_no_host(&out->addr, out->length) == NULL;
}

/* ---- one route ---- */

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static bool
is(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* An option with a value. 1 taken, 0 unknown, -1 bad. */
static int
read_route_option(struct import *im, struct route *r, const char *word, const char *value)
{
	static const char *const scopes[] = {"global", "site", "link", "host", NULL};
	bool ok = true;

	if (is(word, "via", "gw"))
		ok = read_host(value, &r->via);
	else if (strcmp(word, "src") == 0)
		ok = read_host(value, &r->source);
	else if (strcmp(word, "to") == 0)
		ok = r->has_to = read_network(im, r->node, value, &r->to);
	else if (is(word, "dev", "oif")) {
		ok = import_device(value);
		r->device = value;
	} else if (strcmp(word, "table") == 0)
		ok = read_table(value, &r->table);
	else if (is(word, "metric", "preference") || strcmp(word, "priority") == 0)
		ok = read_plain(value, 0, UINT32_MAX, &r->metric);
	else if (strcmp(word, "mtu") == 0)
		ok = read_plain(value, 68, CONF_MTU_MAX, &r->mtu);
	else if (strcmp(word, "scope") == 0) {
		ok = is_one_of(value, scopes);
		r->scope = value;
	} else
		return 0;
	return ok ? 1 : -1;
}

static bool
read_route_word(struct import *im, struct route *r, size_t *i)
{
	static const char *const types[] = {
	    "unicast", "blackhole", "unreachable", "prohibit", NULL};
	const char *word = r->node->word[*i];
	int taken;

	if (is_one_of(word, types)) {
		r->type = word;
	} else if (strcmp(word, "onlink") == 0) {
		r->onlink = true;
	} else if (strcmp(word, "no_track") == 0 || is(word, "inet", "inet6") ||
		   is(word, "lock", "-")) {
		;
	} else {
		if (is(word, "via", "mtu") && (is(import_word(r->node, *i + 1), "inet", "inet6") ||
						  is(import_word(r->node, *i + 1), "lock", "-")))
			++*i;
		taken = read_route_option(im, r, word, import_word(r->node, *i + 1));
		if (taken == -1) {
			import_drop(im, r->node, true, "\"%.40s\" of %s is not taken",
			    import_word(r->node, *i + 1), word);
			return false;
		}
		if (taken == 1)
			++*i;
		else if (!r->has_to && read_network(im, r->node, word, &r->to))
			r->has_to = true;
		else
			import_change(im, r->node, "\"%.40s\" is ignored", word);
	}
	return true;
}

static uint8_t
family_of(const struct route *r, const struct import_instance *in)
{
	if (addr_is_set(&r->to.addr))
		return r->to.addr.family;
	if (addr_is_set(&r->via.addr))
		return r->via.addr.family;
	return addr_is_set(&r->source.addr) ? r->source.addr.family : in->family;
}

/* A route that leads nowhere has no way. */
static void
cut_way(struct import *im, struct route *r)
{
	if (r->type == NULL || strcmp(r->type, "unicast") == 0)
		return;
	if (addr_is_set(&r->via.addr) || r->device != NULL || addr_is_set(&r->source.addr) ||
	    r->mtu != 0)
		import_change(im, r->node, "without via, dev, src and mtu, since it leads nowhere");
	r->via = r->source = (struct config_prefix){0};
	r->device = NULL;
	r->mtu = 0;
}

/* Why vrrpd would not take it; NULL when it would. Takes out what does no harm. */
static const char *
judge_route(struct import *im, struct route *r, const struct import_instance *in)
{
	uint8_t family;

	cut_way(im, r);
	family = family_of(r, in);
	if (!r->has_to)
		return "says no destination";
	if (family == ADDR_NONE)
		return "is of no known family";
	if ((addr_is_set(&r->via.addr) && r->via.addr.family != family) ||
	    (addr_is_set(&r->source.addr) && r->source.addr.family != family))
		return "mixes families";
	if (value_is_link_local(&r->via.addr) && r->device == NULL)
		return "has a link-local gateway and no dev";
	if (family == ADDR_IPV6 && r->mtu != 0 && r->mtu < 1280)
		return "has an mtu below 1280";
	if (family == ADDR_IPV6 && r->scope != NULL) {
		r->scope = NULL;
		import_change(im, r->node, "without scope, which IPv6 routes do not have");
	}
	if (r->onlink && !addr_is_set(&r->via.addr)) {
		r->onlink = false;
		import_change(im, r->node, "without onlink, which is about a gateway");
	}
	return NULL;
}

static const char *
quote(struct import *im, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	return import_format(im, a->family == ADDR_IPV6 ? "\"%s\"" : "%s", addr_format(a, text));
}

static const char *
format_network(struct import *im, const struct config_prefix *p)
{
	char text[VALUE_PREFIX_MAX];

	if (p->is_default)
		return "default";
	return import_format(
	    im, p->addr.family == ADDR_IPV6 ? "\"%s\"" : "%s", value_format_prefix(p, text));
}

/* Names of devices may have characters that mean something to YAML. */
static const char *
quote_device(struct import *im, const char *device)
{
	char text[CONF_IFNAME_MAX * 2 + 1], *out = text;

	for (const char *p = device; *p != '\0' && out < text + sizeof(text) - 2; p++) {
		if (*p == '"' || *p == '\\')
			*out++ = '\\';
		*out++ = *p;
	}
	*out = '\0';
	return import_format(im, "\"%s\"", text);
}

static const char *
format_route(struct import *im, const struct route *r)
{
	const char *s = import_format(im, "{to: %s", format_network(im, &r->to));

	if (addr_is_set(&r->via.addr))
		s = import_format(im, "%s, via: %s", s, quote(im, &r->via.addr));
	if (r->device != NULL)
		s = import_format(im, "%s, device: %s", s, quote_device(im, r->device));
	if (r->table != MAIN_TABLE)
		s = import_format(im, "%s, table: %" PRId64, s, r->table);
	if (r->metric != 0)
		s = import_format(im, "%s, metric: %" PRId64, s, r->metric);
	if (addr_is_set(&r->source.addr))
		s = import_format(im, "%s, source: %s", s, quote(im, &r->source.addr));
	if (r->scope != NULL)
		s = import_format(im, "%s, scope: %s", s, r->scope);
	if (r->onlink)
		s = import_format(im, "%s, onlink: true", s);
	if (r->type != NULL)
		s = import_format(im, "%s, type: %s", s, r->type);
	if (r->mtu != 0)
		s = import_format(im, "%s, mtu: %" PRId64, s, r->mtu);
	return import_format(im, "%s}", s);
}

/* An instance has one route to a network in a table with a metric. */
static bool
is_first(struct import *im, const struct import_instance *in, const struct route *r)
{
	struct config_prefix to = r->to;
	const char *key;

	if (to.is_default || to.length == 0)
		to = (struct config_prefix){.addr = {.family = family_of(r, in)}};
	key = import_format(im, "route %s %u %s %" PRId64 " %" PRId64, in->key, family_of(r, in),
	    format_network(im, &to), r->table, r->metric);
	if (import_map_find(&im->claims, key) != NULL)
		return false;
	import_map_put(im, &im->claims, key, im);
	return true;
}

static void
add_route(struct import *im, struct import_instance *in, struct import_node *node)
{
	struct route r = {.node = node, .table = MAIN_TABLE};
	const char *why;

	for (size_t i = 0; i < node->count; i++)
		if (!read_route_word(im, &r, &i))
			return;
	why = judge_route(im, &r, in);
	if (why != NULL)
		import_drop(im, node, true, "%s", why);
	else if (!is_first(im, in, &r))
		import_drop(
		    im, node, false, "the kernel keeps one route to a network, which is above");
	else
		import_list_add(im, &in->routes, format_route(im, &r));
}

void
import_routes(struct import *im, struct import_instance *in, struct import_node *block)
{
	for (struct import_node *node = block->child; node != NULL; node = node->next)
		if (!import_is(node, "include") && node->count > 0)
			add_route(im, in, node);
}

/* ---- rules ---- */

struct rule {
	struct config_prefix from, to;
	const char *incoming, *outgoing, *mark;
	int64_t table, preference;
};

static bool
read_selector(
    struct import *im, struct import_node *node, const char *text, struct config_prefix *out)
{
	if (is(text, "all", "default")) {
		*out = (struct config_prefix){0};
		return true;
	}
	return read_network(im, node, text, out);
}

static bool
read_mark(struct import *im, const char *text, const char **out)
{
	struct config_mark mark;
	struct value_why why;
	char buffer[VALUE_MARK_MAX];

	if (value_mark(text, &mark, &why) == -1)
		return false;
	*out = import_format(im, "%s", value_format_mark(&mark, buffer));
	return true;
}

static bool
read_rule_option(struct import *im, struct rule *r, struct import_node *node, const char *word,
    const char *value)
{
	if (strcmp(word, "from") == 0)
		return read_selector(im, node, value, &r->from);
	if (strcmp(word, "to") == 0)
		return read_selector(im, node, value, &r->to);
	if (is(word, "table", "lookup"))
		return read_table(value, &r->table);
	if (is(word, "priority", "preference") || is(word, "order", "pref"))
		return read_plain(value, 1, CONF_PREFERENCE_MAX, &r->preference);
	if (strcmp(word, "fwmark") == 0)
		return read_mark(im, value, &r->mark);
	if (is(word, "iif", "dev")) {
		r->incoming = value;
		return import_device(value);
	}
	if (strcmp(word, "oif") == 0) {
		r->outgoing = value;
		return import_device(value);
	}
	return false;
}

static const char *
format_rule(struct import *im, const struct rule *r)
{
	const char *s = import_format(im, "{table: %" PRId64, r->table);

	if (addr_is_set(&r->from.addr))
		s = import_format(im, "%s, from: %s", s, format_network(im, &r->from));
	if (addr_is_set(&r->to.addr))
		s = import_format(im, "%s, to: %s", s, format_network(im, &r->to));
	if (r->incoming != NULL)
		s = import_format(im, "%s, incoming: %s", s, quote_device(im, r->incoming));
	if (r->outgoing != NULL)
		s = import_format(im, "%s, outgoing: %s", s, quote_device(im, r->outgoing));
	if (r->mark != NULL)
		s = import_format(im, "%s, mark: \"%s\"", s, r->mark);
	if (r->preference != 0)
		s = import_format(im, "%s, preference: %" PRId64, s, r->preference);
	return import_format(im, "%s}", s);
}

static void
add_rule(struct import *im, struct import_instance *in, struct import_node *node)
{
	struct rule r = {.table = 0};
	const char *text, *key;

	for (size_t i = 0; i < node->count; i++) {
		const char *word = node->word[i], *value = import_word(node, i + 1);

		if (is(word, "no_track", "inet") || strcmp(word, "inet6") == 0)
			continue;
		if (!read_rule_option(im, &r, node, word, value)) {
			import_drop(im, node, true, "\"%.30s %.40s\" is not taken", word, value);
			return;
		}
		i++;
	}
	if (r.table == 0 || (addr_is_set(&r.from.addr) && addr_is_set(&r.to.addr) &&
				r.from.addr.family != r.to.addr.family)) {
		import_drop(im, node, true, r.table == 0 ? "names no table" : "mixes families");
		return;
	}
	if (!addr_is_set(&r.from.addr) && !addr_is_set(&r.to.addr) && r.incoming == NULL &&
	    r.outgoing == NULL && r.mark == NULL)
		r.from.addr.family = in->family == ADDR_IPV6 ? ADDR_IPV6 : ADDR_IPV4; /* all */
	text = format_rule(im, &r);
	key = import_format(im, "rule %s %s", in->key, text);
	if (import_map_find(&im->claims, key) != NULL) {
		import_drop(im, node, false, "is listed already");
		return;
	}
	import_map_put(im, &im->claims, key, im);
	import_list_add(im, &in->rules, text);
}

void
import_rules(struct import *im, struct import_instance *in, struct import_node *block)
{
	for (struct import_node *node = block->child; node != NULL; node = node->next)
		if (!import_is(node, "include") && node->count > 0)
			add_rule(im, in, node);
}
