/*
 * Routes and rules of instances: that each makes sense, and is there once; config role and `vrrpd
 * -n`.
 */
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/value_net.h"

#define IPV6_MTU_MIN 1280 /* RFC 8200 5 */

/* A route and whose it is; family is that of its destination. */
struct owned_route {
	const struct config_instance *instance;
	const struct config_route *route;
	uint8_t family;
};

/* ---- one route ---- */

/* A next hop or a source: an address of a host, of the route's family. */
static void
check_host(struct config *config, const struct config_instance *in, const char *key,
    const struct config_prefix *p, uint8_t family)
{
	const char *why;
	char text[ADDR_TEXT_MAX];

	if (!addr_is_set(&p->addr))
		return;
	why = p->addr.family != family ? "is of another family than the route"
				       : value_no_host(&p->addr, p->length);
	if (why != NULL)
		check_error(config, in, key, p->at, "%s %s", addr_format(&p->addr, text), why);
}

/* A route that leads nowhere has no way. */
static void
check_nowhere(struct config *config, const struct config_instance *in, const struct config_route *r)
{
	static const char what[] = "a route that leads nowhere has no %s";

	if (r->via.at.line != 0)
		check_error(config, in, "routes", r->via.at, what, "via");
	if (r->device.at.line != 0)
		check_error(config, in, "routes", r->device.at, what, "device");
	if (r->source.at.line != 0)
		check_error(config, in, "routes", r->source.at, what, "source");
	if (r->mtu.at.line != 0)
		check_error(config, in, "routes", r->mtu.at, what, "mtu");
}

static void
check_route(struct config *config, const struct config_instance *in, const struct config_route *r)
{
	const uint8_t family = config_route_family(in, r);

	check_host(config, in, "routes.via", &r->via, family);
	check_host(config, in, "routes.source", &r->source, family);
	if (r->type.value != CONF_ROUTE_UNICAST)
		check_nowhere(config, in, r);
	if (r->onlink.value == 1 && !addr_is_set(&r->via.addr))
		check_error(
		    config, in, "routes", r->onlink.at, "onlink says something about via only");
	if (family == ADDR_IPV6 && r->scope.value != CONFIG_INHERITED)
		check_error(
		    config, in, "routes", r->scope.at, "IPv6 routes have no scope; remove it");
	if (family == ADDR_IPV6 && r->mtu.value != 0 && r->mtu.value < IPV6_MTU_MIN)
		check_error(config, in, "routes", r->mtu.at,
		    "the MTU of an IPv6 route is at least %d", IPV6_MTU_MIN);
	if (family == ADDR_IPV6 && value_is_link_local(&r->via.addr) && r->device.text == NULL)
		check_error(config, in, "routes", r->via.at,
		    "a link-local next hop needs the device it is on");
}

/* ---- each once ---- */

static int
compare_routes(const struct owned_route *a, const struct owned_route *b)
{
	int order = a->family - b->family;

	if (order == 0)
		order = addr_compare(&a->route->to.addr, &b->route->to.addr);
	if (order == 0)
		order = (a->route->to.is_default ? 0 : a->route->to.length) -
			(b->route->to.is_default ? 0 : b->route->to.length);
	if (order == 0 && a->route->table.value != b->route->table.value)
		order = a->route->table.value < b->route->table.value ? -1 : 1;
	if (order == 0 && a->route->metric.value != b->route->metric.value)
		order = a->route->metric.value < b->route->metric.value ? -1 : 1;
	return order;
}

static int
compare_owned(const void *a, const void *b)
{
	const struct owned_route *ra = a, *rb = b;
	int order = compare_routes(ra, rb);

	if (order == 0)
		order = problem_compare_places(ra->instance->at, rb->instance->at);
	return order != 0 ? order : problem_compare_places(ra->route->at, rb->route->at);
}

static void
routed_twice(
    struct config *config, const struct owned_route *second, const struct owned_route *first)
{

	if (second->instance == first->instance)
		check_error(config, second->instance, "routes", second->route->at,
		    "the same network, table and metric as at %s; the kernel keeps one route",
		    problem_place(config, first->route->at, second->route->at));
	else
		check_warning(config, second->instance, "routes", second->route->at,
		    "instance \"%s\" has a route to the same network, table and metric (%s); when "
		    "one of both is no longer master, it is gone",
		    first->instance->name,
		    problem_place(config, first->route->at, second->route->at));
}

static void
check_routes_twice(struct config *config, size_t total)
{
	struct owned_route *all = check_scratch(config, total, sizeof(*all));
	size_t i, j, count = 0;

	for (i = 0; i < config->instances.count; i++) {
		const struct config_instance *in = &config->instances.item[i];

		for (j = 0; j < in->routes.count; j++)
			all[count++] = (struct owned_route){
			    in, &in->routes.item[j], config_route_family(in, &in->routes.item[j])};
	}
	qsort(all, count, sizeof(*all), compare_owned);
	for (i = 1; i < count; i++)
		if (compare_routes(&all[i], &all[i - 1]) == 0)
			routed_twice(config, &all[i], &all[i - 1]);
	free(all);
}

/* ---- rules ---- */

static void
check_rule(struct config *config, const struct config_instance *in, const struct config_rule *r)
{

	if (addr_is_set(&r->from.addr) && addr_is_set(&r->to.addr) &&
	    r->from.addr.family != r->to.addr.family)
		check_error(config, in, "rules", r->to.at, "from and to are of different families");
	if (r->from.at.line == 0 && r->to.at.line == 0 && r->mark.at.line == 0 &&
	    r->incoming.at.line == 0 && r->outgoing.at.line == 0)
		check_error(config, in, "rules", r->at,
		    "would be for every packet: write from, to, mark, incoming or outgoing; from: "
		    "0.0.0.0/0 if it is meant");
}

static int
compare_texts(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int
compare_prefixes(const struct config_prefix *a, const struct config_prefix *b)
{
	int order = a->addr.family - b->addr.family;

	if (order == 0)
		order = addr_compare(&a->addr, &b->addr);
	return order != 0 ? order : a->length - b->length;
}

static int
compare_numbers(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_rules(const struct config_rule *a, const struct config_rule *b)
{
	int order;

	if ((order = compare_prefixes(&a->from, &b->from)) != 0 ||
	    (order = compare_prefixes(&a->to, &b->to)) != 0 ||
	    (order = compare_numbers(a->table.value, b->table.value)) != 0 ||
	    (order = compare_numbers(a->preference.value, b->preference.value)) != 0 ||
	    (order = compare_numbers(a->mark.mark, b->mark.mark)) != 0 ||
	    (order = compare_numbers(a->mark.mask, b->mark.mask)) != 0 ||
	    (order = compare_texts(a->incoming.text, b->incoming.text)) != 0)
		return order;
	return compare_texts(a->outgoing.text, b->outgoing.text);
}

static int
compare_rule_pointers(const void *a, const void *b)
{
	const struct config_rule *const *ra = a, *const *rb = b;
	const int order = compare_rules(*ra, *rb);

	return order != 0 ? order : *ra < *rb ? -1 : *ra > *rb;
}

static void
check_rules_twice(struct config *config, const struct config_instance *in)
{
	const struct config_rule **sorted;
	size_t i;

	if (in->rules.count < 2)
		return;
	sorted = check_scratch(config, in->rules.count, sizeof(struct config_rule *));
	for (i = 0; i < in->rules.count; i++)
		sorted[i] = &in->rules.item[i];
	qsort(sorted, in->rules.count, sizeof(struct config_rule *), compare_rule_pointers);
	for (i = 1; i < in->rules.count; i++)
		if (compare_rules(sorted[i], sorted[i - 1]) == 0)
			check_error(config, in, "rules", sorted[i]->at, "the same rule as at %s",
			    problem_place(config, sorted[i - 1]->at, sorted[i]->at));
	free(sorted);
}

void
check_routes(struct config *config)
{
	size_t i, j, total = 0;

	for (i = 0; i < config->instances.count; i++) {
		const struct config_instance *in = &config->instances.item[i];

		for (j = 0; j < in->routes.count; j++)
			check_route(config, in, &in->routes.item[j]);
		for (j = 0; j < in->rules.count; j++)
			check_rule(config, in, &in->rules.item[j]);
		check_rules_twice(config, in);
		total += in->routes.count;
	}
	if (total > 1)
		check_routes_twice(config, total);
}
