/*
 * Addresses, networks, servers, marks and sizes in text; pure.
 */
#ifndef VRRPD_CONF_VALUE_NET_H
#define VRRPD_CONF_VALUE_NET_H

#include "vrrpd/conf/value.h"

#define VALUE_PREFIX_MAX (ADDR_TEXT_MAX + 4)  /* with "/128" and NUL */
#define VALUE_SERVER_MAX (ADDR_TEXT_MAX + 8)  /* with "[]:65535" and NUL */
#define VALUE_MARK_MAX 24                     /* "0xffffffff/0xffffffff" with NUL */
#define VALUE_FREE_MAX 24                     /* a size or percentage, with NUL */
#define VALUE_REQUEST_MAX (CONF_PATH_MAX - 1) /* characters behind "http://" */

/* Each returns -1 and tells why when the text is not such a value; at is the caller's. */
int value_address(const char *, struct config_prefix *, struct value_why *);
int value_cidr(const char *, struct config_prefix *, struct value_why *);    /* length 1.. */
int value_network(const char *, struct config_prefix *, struct value_why *); /* length 0.. */
int value_server(const char *, struct config_server *, struct value_why *);  /* "address:port" */

/* "http://address[:port][/path]"; request is written, with a path, VALUE_REQUEST_MAX and NUL. */
int value_url(const char *, struct config_server *, char *request, struct value_why *);

/* "0x10", "16" or "0x10/0xff". */
int value_mark(const char *, struct config_mark *, struct value_why *);

/* "10%", or whole K, M, G, T of 1024. */
int value_free(const char *, struct config_free *, struct value_why *);

/* Each returns buffer. */
const char *value_format_prefix(const struct config_prefix *, char buffer[VALUE_PREFIX_MAX]);
const char *value_format_server(
    const struct addr *, uint16_t port, char buffer[VALUE_SERVER_MAX]); /* port 0 = without */
const char *value_format_mark(const struct config_mark *, char buffer[VALUE_MARK_MAX]);
const char *value_format_free(const struct config_free *, char buffer[VALUE_FREE_MAX]);

/* Why a host cannot have that address; length is that of its network. NULL when it can. */
const char *value_no_host(const struct addr *, uint8_t length);

/* fe80::/10 (RFC 4291 2.5.6). */
bool value_is_link_local(const struct addr *);

#endif
