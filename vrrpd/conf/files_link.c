/*
 * Interfaces that a configuration names: whether they are there now, and hold an advert; config role
 * and `vrrpd -n`. One that is missing may come later, and is never a reason not to start.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "vrrpd/conf/files.h"
#include "vrrpd/conf/problem.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define VRRP_HEADER 8   /* RFC 9568 5.2 */
#define VRRP_PASSWORD 8 /* behind the addresses of version 2, RFC 3768 5.3.10 */
#define IPV4_MTU_MIN 68
#define IPV6_MTU_MIN 1280

/* A place that names an interface. */
struct mention {
	const char *name;
	struct config_at at;
	const char *section; /* instances */
	const char *object;  /* web */
	const char *key;     /* addresses.device */
};

struct mentions {
	struct mention *item;
	size_t count;
	size_t capacity;
};

/* ---- MTU ---- */

/* -1 when it cannot be told. */
static long
read_mtu(const char *interface)
{
	char path[64], text[24];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/mtu", interface);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

static void
check_mtu(struct config *config, const struct config_instance *in)
{
	const bool ipv6 = in->family == ADDR_IPV6;
	long needed = (ipv6 ? IPV6_HEADER : IPV4_HEADER) + VRRP_HEADER, mtu;
	size_t i, count = 0;

	for (i = 0; i < in->addresses.count; i++)
		count += in->addresses.item[i].advertise.value == 1;
	needed += (long)count * (long)addr_size(in->family);
	if (in->version.value == 2)
		needed += VRRP_PASSWORD;
	if (in->interface.text == NULL || needed <= (ipv6 ? IPV6_MTU_MIN : IPV4_MTU_MIN))
		return;
	mtu = read_mtu(in->interface.text);
	if (mtu > 0 && needed > mtu)
		problem_warning(config, in->addresses.at,
		    config_format(config, "instances.%s.addresses", in->name),
		    "an advertisement with %zu addresses needs %ld bytes, the MTU of %s is %ld now",
		    count, needed, in->interface.text, mtu);
}

/* ---- names ---- */

static void
mention(struct mentions *m, const struct config_text *text, const char *section, const char *object,
    const char *key)
{
	struct mention *larger;

	if (text->text == NULL)
		return;
	if (m->count == m->capacity) {
		m->capacity = m->capacity == 0 ? 64 : m->capacity * 2;
		larger = reallocarray(m->item, m->capacity, sizeof(*larger));
		if (larger == NULL)
			fatal("interfaces");
		m->item = larger;
	}
	m->item[m->count++] = (struct mention){text->text, text->at, section, object, key};
}

static void
mention_instance(struct mentions *m, const struct config_instance *in)
{
	static const char section[] = "instances";
	size_t i;

	mention(m, &in->interface, section, in->name, "interface");
	for (i = 0; i < in->addresses.count; i++)
		mention(m, &in->addresses.item[i].device, section, in->name, "addresses.device");
	for (i = 0; i < in->routes.count; i++)
		mention(m, &in->routes.item[i].device, section, in->name, "routes.device");
	for (i = 0; i < in->rules.count; i++) {
		mention(m, &in->rules.item[i].incoming, section, in->name, "rules.incoming");
		mention(m, &in->rules.item[i].outgoing, section, in->name, "rules.outgoing");
	}
	for (i = 0; i < in->track.count; i++)
		mention(m, &in->track.item[i].interface, section, in->name, "track.interface");
}

static void
mention_all(struct mentions *m, const struct config *config)
{
	const struct config_group *g;
	size_t i, j;

	for (i = 0; i < config->instances.count; i++)
		mention_instance(m, &config->instances.item[i]);
	for (i = 0; i < config->groups.count; i++) {
		g = &config->groups.item[i];
		for (j = 0; j < g->track.count; j++)
			mention(m, &g->track.item[j].interface, "sync-groups", g->name,
			    "track.interface");
	}
	for (i = 0; i < config->checks.count; i++)
		mention(m, &config->checks.item[i].device, "checks", config->checks.item[i].name,
		    "device");
}

static int
compare(const void *a, const void *b)
{
	const struct mention *ma = a, *mb = b;
	const int order = strcmp(ma->name, mb->name);

	return order != 0 ? order : problem_compare_places(ma->at, mb->at);
}

static bool
interface_exists(const char *name)
{
	char path[64];
	struct stat st;

	/* Of the network namespace of the caller, without a socket. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s", name);
	return stat(path, &st) == 0 || stat("/proc/sys/net/ipv4/conf", &st) == -1;
}

/* Each once, where it is named first. */
static void
check_missing(struct config *config, const struct mentions *m)
{
	const struct mention *first;
	size_t i;

	for (i = 0; i < m->count; i++) {
		first = &m->item[i];
		if (i > 0 && strcmp(first->name, m->item[i - 1].name) == 0)
			continue;
		if (!interface_exists(first->name))
			problem_warning(config, first->at,
			    config_format(
				config, "%s.%s.%s", first->section, first->object, first->key),
			    "there is no interface \"%s\" now", first->name);
	}
}

void
files_check_links(struct config *config)
{
	struct mentions m = {0};
	size_t i;

	for (i = 0; i < config->instances.count; i++)
		check_mtu(config, &config->instances.item[i]);
	mention_all(&m, config);
	if (m.count > 0)
		qsort(m.item, m.count, sizeof(*m.item), compare);
	check_missing(config, &m);
	free(m.item);
}
