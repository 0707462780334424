/*
 * The virtual MAC of an instance. Parent; pure.
 */
#ifndef PARENT_VMAC_MAC_H
#define PARENT_VMAC_MAC_H

#include <stdint.h>

#include "common/conf.h"

#define VMAC_SIZE 6

/* 00:00:5e:00:01:VRID, of IPv6 00:00:5e:00:02:VRID (RFC 9568 7.3). */
void vmac_make(const struct conf_instance *, uint8_t mac[VMAC_SIZE]);

#endif
