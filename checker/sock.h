/*
 * Addresses of probes as the kernel has them, and one trap of TCP.
 */
#ifndef CHECKER_SOCK_H
#define CHECKER_SOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/addr.h"

/* Writes the socket address of either family; returns its size. */
socklen_t sock_set_address(const struct addr *, uint16_t port, struct sockaddr_storage *);

/* Either family. */
struct addr sock_get_address(const struct sockaddr_storage *);

/*
 * Whether a connected socket speaks to itself: where nobody listens on a local port that the kernel
 * gives to outgoing connections too, it may give just that one, and TCP then meets itself.
 */
bool sock_is_to_itself(int fd);

#endif
