/*
 * What the values of a configuration say about each other; config role and `vrrpd -n`. Nothing here
 * is quadratic: what must be unique is sorted, what is looked up is searched in sorted order.
 */
#include "vrrpd/conf/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/vrrp.h"
#include "vrrpd/conf/complete.h"
#include "vrrpd/conf/problem.h"

/* Something that may be there once: an instance, and which of its addresses. */
struct claim {
	const struct config_instance *instance;
	const struct config_address *address;
};

static const char *
path_of(struct config *config, const struct config_instance *in, const char *key)
{
	return config_format(config, "instances.%s.%s", in->name, key);
}

static bool
is_usable(const struct config_number *number)
{
	return number->value != CONFIG_BAD;
}

/* calloc() for what lives only during a check. */
static void *
scratch(const struct config *config, size_t count, size_t size)
{
	void *array = calloc(count > 0 ? count : 1, size);

	if (array == NULL)
		fatal("%s", config->file);
	return array;
}

/* ---- one instance ---- */

static void
check_interface_name(struct config *config, const struct config_instance *in)
{
	const char *name = in->interface.text;

	if (name != NULL && !conf_interface_is_valid(name))
		problem_error(config, in->interface.at, path_of(config, in, "interface"),
		    "\"%.80s\" is not the name of an interface: 1 to 15 characters without blanks, "
		    "\"/\" "
		    "and \":\"",
		    name);
}

static void
check_numbers(struct config *config, const struct config_instance *in)
{
	if (in->version.value == 2)
		problem_error(config, in->version.at, path_of(config, in, "version"),
		    "VRRP version 2 is not supported by this version of vrrpd; write 3");
	if (is_usable(&in->interval) && in->interval.value % 10 != 0)
		problem_error(config, in->interval.at, path_of(config, in, "advertise-interval"),
		    "must be a multiple of 10ms: the protocol counts hundredths of a second");
	if (in->announce.refresh.value > 0 &&
	    in->announce.refresh.value < CONF_ANNOUNCE_REFRESH_MIN_MS)
		problem_error(config, in->announce.refresh.at,
		    path_of(config, in, "announce.refresh"), "must be 0s (off) or at least 1s");
}

static uint32_t
ipv4_of(const struct addr *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
	       (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

/* Why a host cannot have such an address; NULL when it can. */
static const char *
why_no_host(const struct config_address *a)
{
	const uint32_t ip = ipv4_of(&a->addr);
	const uint32_t host = a->prefix_length >= 31 ? 0 : UINT32_MAX >> a->prefix_length;

	if (ip >> 24 == 0)
		return "is not the address of a host";
	if (ip >> 24 == 127)
		return "is a loopback address";
	if (ip >> 28 == 0xe)
		return "is a multicast address";
	if (ip == UINT32_MAX)
		return "is the broadcast address";
	if (ip >> 28 == 0xf)
		return "is a reserved address";
	if (host != 0 && (ip & host) == host)
		return "is the broadcast address of its network";
	if (host != 0 && (ip & host) == 0)
		return "is the address of its network, not of a host";
	return NULL;
}

static void
check_addresses(struct config *config, const struct config_instance *in)
{
	const struct config_address *a;
	char text[ADDR_TEXT_MAX];
	const char *path = path_of(config, in, "addresses"), *why;
	size_t i;

	for (i = 0; i < in->addresses.count; i++) {
		a = &in->addresses.item[i];
		if (a->addr.family != ADDR_IPV4) {
			problem_error(
			    config, a->at, path, "IPv6 is not supported by this version of vrrpd");
			continue;
		}
		why = why_no_host(a);
		if (why != NULL)
			problem_error(config, a->at, path, "%s/%u %s", addr_format(&a->addr, text),
			    a->prefix_length, why);
	}
	if (in->addresses.count > VRRP_ADDRESSES_MAX)
		problem_error(config, in->addresses.at, path,
		    "%zu addresses do not fit an advertisement: at most %d; use another vrid for "
		    "the rest",
		    in->addresses.count, VRRP_ADDRESSES_MAX);
}

/* ---- tracks ---- */

static int
compare_checks(const void *a, const void *b)
{
	const struct config_check *const *ca = a, *const *cb = b;

	return strcmp((*ca)->name, (*cb)->name);
}

static int
compare_name_to_check(const void *name, const void *check)
{
	return strcmp(name, (*(const struct config_check *const *)check)->name);
}

static void
unknown_check(struct config *config, const struct config_instance *in, const struct config_track *t)
{
	struct suggestion s;
	size_t i;

	suggestion_init(&s, t->check);
	/* No guesses for what will not be told: thousands of names times thousands of checks. */
	for (i = 0; i < config->checks.count && config->errors < PROBLEMS_MAX; i++)
		suggestion_offer(&s, config->checks.item[i].name);
	problem_error(config, t->at, path_of(config, in, "track"), "there is no check \"%.80s\"%s",
	    t->check, suggestion_text(&s));
}

static int
compare_tracks(const void *a, const void *b)
{
	const struct config_track *const *ta = a, *const *tb = b;
	const int order = strcmp((*ta)->check, (*tb)->check);

	return order != 0 ? order : *ta < *tb ? -1 : *ta > *tb;
}

static void
check_track_twice(struct config *config, const struct config_instance *in)
{
	const struct config_track **sorted;
	size_t i;

	if (in->track.count < 2)
		return;
	sorted = scratch(config, in->track.count, sizeof(struct config_track *));
	for (i = 0; i < in->track.count; i++)
		sorted[i] = &in->track.item[i];
	qsort(sorted, in->track.count, sizeof(struct config_track *), compare_tracks);
	for (i = 1; i < in->track.count; i++)
		if (strcmp(sorted[i]->check, sorted[i - 1]->check) == 0)
			problem_error(config, sorted[i]->at, path_of(config, in, "track"),
			    "\"%.80s\" is listed twice", sorted[i]->check);
	free(sorted);
}

/* Finds the checks that tracks name. */
static void
check_tracks(struct config *config)
{
	const size_t count = config->checks.count;
	const struct config_check **sorted = scratch(config, count, sizeof(struct config_check *));
	const struct config_check *const *found;
	struct config_instance *in;
	struct config_track *t;
	size_t i, j;

	for (i = 0; i < count; i++)
		sorted[i] = &config->checks.item[i];
	qsort(sorted, count, sizeof(struct config_check *), compare_checks);
	for (i = 0; i < config->instances.count; i++) {
		in = &config->instances.item[i];
		for (j = 0; j < in->track.count; j++) {
			t = &in->track.item[j];
			found = bsearch(t->check, sorted, count, sizeof(struct config_check *),
			    compare_name_to_check);
			if (found != NULL)
				t->found = *found;
			else
				unknown_check(config, in, t);
		}
		check_track_twice(config, in);
	}
	free(sorted);
}

/* ---- what must be unique among instances ---- */

static int
compare_places(struct config_at a, struct config_at b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return a.column < b.column ? -1 : a.column > b.column;
}

static int
compare_vrids(const void *a, const void *b)
{
	const struct claim *ca = a, *cb = b;
	const int order = strcmp(ca->instance->interface.text, cb->instance->interface.text);

	if (order != 0)
		return order;
	if (ca->instance->vrid.value != cb->instance->vrid.value)
		return ca->instance->vrid.value < cb->instance->vrid.value ? -1 : 1;
	return compare_places(ca->instance->at, cb->instance->at);
}

static void
check_vrids(struct config *config)
{
	struct claim *claims = scratch(config, config->instances.count, sizeof(*claims));
	const struct config_instance *in, *other;
	size_t i, count = 0;

	for (i = 0; i < config->instances.count; i++) {
		in = &config->instances.item[i];
		if (in->interface.text != NULL && is_usable(&in->vrid))
			claims[count++].instance = in;
	}
	qsort(claims, count, sizeof(*claims), compare_vrids);
	for (i = 1; i < count; i++) {
		in = claims[i].instance;
		other = claims[i - 1].instance;
		if (in->vrid.value == other->vrid.value &&
		    strcmp(in->interface.text, other->interface.text) == 0)
			problem_error(config, in->vrid.at, path_of(config, in, "vrid"),
			    "vrid %d is already used on %s by instance \"%s\" (line %u)",
			    (int)in->vrid.value, in->interface.text, other->name, other->at.line);
	}
	free(claims);
}

static int
compare_claims(const void *a, const void *b)
{
	const struct claim *ca = a, *cb = b;
	int order = addr_compare(&ca->address->addr, &cb->address->addr);

	if (order == 0)
		order = strcmp(ca->instance->interface.text, cb->instance->interface.text);
	if (order == 0)
		order = compare_places(ca->instance->at, cb->instance->at);
	return order != 0 ? order : compare_places(ca->address->at, cb->address->at);
}

static void
claimed_twice(struct config *config, const struct claim *claim, const struct claim *first)
{
	char text[ADDR_TEXT_MAX];
	const char *path = path_of(config, claim->instance, "addresses");

	addr_format(&claim->address->addr, text);
	if (claim->instance == first->instance)
		problem_error(config, claim->address->at, path, "%s is listed twice", text);
	else
		problem_error(config, claim->address->at, path,
		    "%s is already on %s at instance \"%s\" (line %u)", text,
		    claim->instance->interface.text, first->instance->name,
		    first->address->at.line);
}

static void
check_address_claims(struct config *config, size_t total)
{
	struct claim *claims = scratch(config, total, sizeof(*claims));
	const struct config_instance *in;
	size_t i, j, count = 0;

	for (i = 0; i < config->instances.count; i++) {
		in = &config->instances.item[i];
		if (in->interface.text == NULL)
			continue;
		for (j = 0; j < in->addresses.count; j++)
			if (in->addresses.item[j].addr.family == ADDR_IPV4)
				claims[count++] = (struct claim){in, &in->addresses.item[j]};
	}
	qsort(claims, count, sizeof(*claims), compare_claims);
	for (i = 1; i < count; i++)
		if (addr_equal(&claims[i].address->addr, &claims[i - 1].address->addr) &&
		    strcmp(claims[i].instance->interface.text,
			claims[i - 1].instance->interface.text) == 0)
			claimed_twice(config, &claims[i], &claims[i - 1]);
	free(claims);
}

/* ---- as a whole ---- */

static void
check_count(
    struct config *config, struct config_at at, const char *path, size_t count, const char *what)
{
	if (count > CONF_RECORDS_MAX)
		problem_error(config, at, path, "%zu %s; vrrpd handles at most %d", count, what,
		    CONF_RECORDS_MAX);
}

static size_t
count_hooks(const struct config_instance *in)
{
	size_t slot, count = 0;

	for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
		count += in->notify.slot[slot] != NULL;
	return count;
}

void
check_config(struct config *config)
{
	const struct config_instances *all = &config->instances;
	const struct config_instance *in;
	size_t i, addresses = 0, tracks = 0, hooks = 0;

	complete_config(config);
	for (i = 0; i < all->count; i++) {
		in = &all->item[i];
		check_interface_name(config, in);
		check_numbers(config, in);
		check_addresses(config, in);
		addresses += in->addresses.count;
		tracks += in->track.count;
		hooks += count_hooks(in);
	}
	check_tracks(config);
	check_vrids(config);
	check_address_claims(config, addresses);
	check_count(config, config->checks.at, "checks", config->checks.count, "checks");
	check_count(config, all->at, "instances", all->count, "instances");
	check_count(config, all->at, "instances", addresses, "addresses");
	check_count(config, all->at, "instances", tracks, "tracks");
	check_count(config, all->at, "instances", hooks, "hooks");
}
