/*
 * What the interfaces of virtual MACs are called; config role. Pure.
 */
#ifndef VRRPD_CONF_VMAC_NAME_H
#define VRRPD_CONF_VMAC_NAME_H

#include "common/conf.h"

/* "vrrp4-51", "vrrp6-51": of an instance that shares this vrid with no other one. */
void vmac_format_name(const struct conf_instance *, char name[CONF_IFNAME_MAX]);

/*
 * Sets virtual_interface of each instance of out that has a virtual MAC and is not retiring. One that
 * speaks as before (id, interface, family, vrid) keeps the name it has in running. Of several with a
 * vrid each new name has the interface behind: "vrrp4-51-eth0", or five characters made from a name
 * that is too long. No two are the same, nor as one that is retiring; at most 15 characters.
 */
void vmac_name_instances(const struct conf *running, struct conf *out);

#endif
