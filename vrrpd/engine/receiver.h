/*
 * Receiving adverts from the lent sockets and giving them to the instance they are for. Engine.
 */
#ifndef ENGINE_RECEIVER_H
#define ENGINE_RECEIVER_H

#include "common/msg.h"

struct engine;
struct receiver;

struct receiver *receiver_open(struct engine *); /* NULL with errno */

/* A socket for (interface, family); replaces the one before it. Takes fd. -1 with errno. */
int receiver_add(struct receiver *, const struct msg_rx_socket *, int fd);

/* The interface is gone: its sockets are closed. */
/* Whether adverts of that family are received on the interface. */
bool receiver_has(const struct receiver *, const char *interface, enum addr_family);

void receiver_remove(struct receiver *, const char *interface);

/* Connects the sockets with the instances; to be called at COMMIT. */
void receiver_bind(struct receiver *);

/* Reads what waits on the sockets of an interface (NULL = all): nothing may be decided before that. */
void receiver_drain(struct receiver *, const char *interface);

#endif
