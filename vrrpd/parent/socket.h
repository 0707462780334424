/*
 * Sockets that the parent opens and lends. Parent.
 */
#ifndef PARENT_SOCKET_H
#define PARENT_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/addr.h"

/* A set of VRIDs. */
struct socket_vrids {
	uint32_t bits[8];
};

void socket_vrids_add(struct socket_vrids *, uint8_t vrid);

/* What a receive socket is to hear. */
struct socket_rx {
	uint32_t ifindex;
	const char *interface;
	enum addr_family family;
	struct socket_vrids vrids;
	bool
	    multicast; /* what is sent to the group; else only what is sent to an address of ours */
};

/*
 * A raw socket that receives VRRP packets on one interface: not connected, non-blocking, close-on-exec.
 * Packets too short to have a VRID arrive too, to be counted. An IPv6 one delivers the payload, and
 * destination and hop limit as control messages (IPV6_PKTINFO, IPV6_HOPLIMIT). -1 with errno.
 */
int socket_open_rx(const struct socket_rx *);

/* It is to hear something else from now on, on the same interface. -1 with errno. */
int socket_change_rx(int fd, const struct socket_rx *);

/* A listening SOCK_SEQPACKET socket at path, 0660 root:gid, in place of what was there. -1 with errno. */
int socket_open_control(const char *path, gid_t gid);

#endif
