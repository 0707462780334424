/*
 * What the interfaces of virtual MACs are called; config role. Pure.
 */
#include "vrrpd/conf/vmac_name.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

static bool
vmac_is_alone(const struct conf *conf, const struct conf_instance *in)
{
	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *other = &conf->instance[i];

		if (other != in && other->virtual_mac && !other->retiring &&
		    other->vrid == in->vrid && other->family == in->family)
			return false;
	}
	return true;
}

static bool
vmac_is_free(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->instance_count; i++)
		if (strcmp(conf->instance[i].virtual_interface, name) == 0)
			return false;
	return true;
}

/* FNV-1a, 20 bits of it; try 0 is that of the text alone. */
static uint32_t
vmac_hash(const char *text, uint32_t try)
{
	uint32_t hash = 2166136261U ^ try;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619U;
	return (hash ^ hash >> 20) & 0xfffff;
}

void
vmac_format_name(const struct conf_instance *in, char name[CONF_IFNAME_MAX])
{
	snprintf(name, CONF_IFNAME_MAX, "vrrp%d-%u", in->family == ADDR_IPV6 ? 6 : 4, in->vrid);
}

/* With its interface behind, if that fits and try is 0. */
static void
vmac_format_long_name(const struct conf_instance *in, uint32_t try, char name[CONF_IFNAME_MAX])
{
	size_t length;

	vmac_format_name(in, name);
	length = strlcat(name, "-", CONF_IFNAME_MAX);
	if (try == 0 && length + strlen(in->interface) < CONF_IFNAME_MAX)
		strlcat(name, in->interface, CONF_IFNAME_MAX);
	else
		snprintf(
		    name + length, CONF_IFNAME_MAX - length, "%05x", vmac_hash(in->interface, try));
}

/* The running name of one that speaks as before, else none yet. */
static void
vmac_keep_name(const struct conf *running, struct conf_instance *in)
{
	const struct conf_instance *before = conf_find_instance(running, in->id);
	bool same = before != NULL && before->virtual_mac && before->family == in->family &&
		    before->vrid == in->vrid && strcmp(before->interface, in->interface) == 0;

	strlcpy(in->virtual_interface, same ? before->virtual_interface : "",
	    sizeof(in->virtual_interface));
}

static void
vmac_give_name(const struct conf *conf, struct conf_instance *in)
{
	char name[CONF_IFNAME_MAX];
	uint32_t try = 0;

	vmac_format_name(in, name);
	if (!vmac_is_alone(conf, in) || !vmac_is_free(conf, name))
		do
			vmac_format_long_name(in, try++, name);
		while (!vmac_is_free(conf, name));
	strlcpy(in->virtual_interface, name, sizeof(in->virtual_interface));
}

void
vmac_name_instances(const struct conf *running, struct conf *out)
{
	struct conf_instance *in;
	size_t i;

	for (i = 0; i < out->instance_count; i++) {
		in = &out->instance[i];
		if (in->virtual_mac && !in->retiring)
			vmac_keep_name(running, in);
	}
	for (i = 0; i < out->instance_count; i++) {
		in = &out->instance[i];
		if (in->virtual_mac && in->virtual_interface[0] == '\0')
			vmac_give_name(out, in);
	}
}
