/*
 * The virtual MAC of an instance. Parent; pure.
 */
#include <string.h>

#include "vrrpd/parent/vmac_mac.h"

void
vmac_make(const struct conf_instance *in, uint8_t mac[VMAC_SIZE])
{
	const uint8_t made[VMAC_SIZE] = {
	    0x00, 0x00, 0x5e, 0x00, in->family == ADDR_IPV6 ? 0x02 : 0x01, in->vrid};

	memcpy(mac, made, VMAC_SIZE);
}
