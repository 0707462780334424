/*
 * What an interface with a virtual MAC is called, and that MAC. Parent; pure.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "vrrpd/parent/vmac_name.h"

static bool
vmac_is_alone(const struct conf *conf, const struct conf_instance *in)
{
	for (size_t i = 0; i < conf->instance_count; i++) {
		const struct conf_instance *other = &conf->instance[i];

		if (other != in && other->virtual_mac && other->vrid == in->vrid &&
		    other->family == in->family)
			return false;
	}
	return true;
}

/* FNV-1a, 20 bits of it. */
static uint32_t
vmac_hash(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619U;
	return (hash ^ hash >> 20) & 0xfffff;
}

void
vmac_format_name(
    const struct conf *conf, const struct conf_instance *in, char name[CONF_IFNAME_MAX])
{
	int family = in->family == ADDR_IPV6 ? 6 : 4;
	size_t length;

	snprintf(name, CONF_IFNAME_MAX, "vrrp%d-%u", family, in->vrid);
	if (vmac_is_alone(conf, in))
		return;
	length = strlcat(name, "-", CONF_IFNAME_MAX);
	if (length + strlen(in->interface) < CONF_IFNAME_MAX)
		strlcat(name, in->interface, CONF_IFNAME_MAX);
	else
		snprintf(name + length, CONF_IFNAME_MAX - length, "%05x", vmac_hash(in->interface));
}

void
vmac_make(const struct conf_instance *in, uint8_t mac[VMAC_SIZE])
{
	const uint8_t made[VMAC_SIZE] = {
	    0x00, 0x00, 0x5e, 0x00, in->family == ADDR_IPV6 ? 0x02 : 0x01, in->vrid};

	memcpy(mac, made, VMAC_SIZE);
}
