/*
 * What an interface with a virtual MAC is called, and that MAC. Parent; pure.
 */
#ifndef PARENT_VMAC_NAME_H
#define PARENT_VMAC_NAME_H

#include <stdint.h>

#include "common/conf.h"

#define VMAC_SIZE 6

/*
 * "vrrp4-51", "vrrp6-51"; of several with that vrid in the configuration each has its interface behind:
 * "vrrp4-51-eth0", or five characters made from a name that is too long. At most 15 characters, and the
 * same each time.
 */
void vmac_format_name(
    const struct conf *, const struct conf_instance *, char name[CONF_IFNAME_MAX]);

/* 00:00:5e:00:01:VRID, of IPv6 00:00:5e:00:02:VRID (RFC 9568 7.3). */
void vmac_make(const struct conf_instance *, uint8_t mac[VMAC_SIZE]);

#endif
