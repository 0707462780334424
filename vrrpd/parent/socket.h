/*
 * Sockets that the parent opens and lends. Parent.
 */
#ifndef PARENT_SOCKET_H
#define PARENT_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

#include "common/addr.h"

/* A set of VRIDs. */
struct socket_vrids {
	uint32_t bits[8];
};

void socket_vrids_add(struct socket_vrids *, uint8_t vrid);

/*
 * A raw socket that receives VRRP packets of these VRIDs on one interface: joined to the group, not
 * connected, non-blocking, close-on-exec. Packets too short to have a VRID arrive too, to be counted.
 * -1 with errno.
 */
int socket_open_rx(
    uint32_t ifindex, const char *name, enum addr_family, const struct socket_vrids *);

/* A listening SOCK_SEQPACKET socket at path, 0660 root:gid, in place of what was there. -1 with errno. */
int socket_open_control(const char *path, gid_t gid);

#endif
