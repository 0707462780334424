/*
 * Sockets for echo requests, which checkers that ping are lent. Parent.
 */
#ifndef PARENT_ECHO_H
#define PARENT_ECHO_H

#include "common/addr.h"

/*
 * A socket of that family for ICMP echo: non-blocking, close-on-exec, not connected. SOCK_DGRAM where
 * net.ipv4.ping_group_range has a group of ours, which sends echo requests and nothing else; else
 * SOCK_RAW, on which only echo replies arrive. -1 with errno.
 */
int echo_open(enum addr_family);

#endif
