/*
 * Routes and rules as rtnetlink has them: making requests, and telling whether one is configured. Parent.
 */
#ifndef PARENT_ROUTE_MESSAGE_H
#define PARENT_ROUTE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"

#define ROUTE_MESSAGE_SIZE 1024
#define ROUTE_PROTO_VRRPD 112 /* rtm_protocol, FRA_PROTOCOL: our mark */

struct nlmsghdr;

/*
 * A request in buf (ROUTE_MESSAGE_SIZE bytes, aligned): to add what is not there (EEXIST when it is), or
 * to remove what has our mark. ifindex is that of the route's device, 0 = by the kernel.
 */
struct nlmsghdr *route_message_add(char *buf, const struct conf_route *, uint32_t ifindex);

/* The same, beside those to the same network by other devices. */
struct nlmsghdr *route_message_append(char *buf, const struct conf_route *, uint32_t ifindex);

struct nlmsghdr *route_message_remove(char *buf, const struct conf_route *);

/* preference is the configured one, or what the kernel chose, 0 = it is to choose, or any. */
struct nlmsghdr *rule_message_add(char *buf, const struct conf_rule *, uint32_t preference);
struct nlmsghdr *rule_message_remove(char *buf, const struct conf_rule *, uint32_t preference);

/* Of a rule that was added. */
uint32_t rule_message_preference(const struct nlmsghdr *);

/* A message of a dump has our mark. */
bool route_message_is_ours(const struct nlmsghdr *);
bool rule_message_is_ours(const struct nlmsghdr *);

/* It is of that route (network, table, metric) or rule (all but its preference, unless configured). */
bool route_message_is_of(const struct nlmsghdr *, const struct conf_route *);
bool rule_message_is_of(const struct nlmsghdr *, const struct conf_rule *);

#endif
