/*
 * YAML as this configuration allows it: one document of mappings, lists and scalars, each with its
 * place; config role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_YAML_H
#define VRRPD_CONF_YAML_H

#include "vrrpd/conf/config.h"

#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 1000000

enum node_kind {
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAP,
	NODE_BAD /* was complained about: nothing more to say */
};

struct node {
	enum node_kind kind;
	bool plain;     /* scalar without quotes */
	bool duplicate; /* its key occurred before in the same mapping */
	struct config_at at;
	const char *text; /* of a scalar, NUL-terminated, no NUL inside */
	const char *key;  /* in a mapping; NULL in a list */
	struct config_at key_at;
	struct node *next;
	struct node *first; /* children, in the order written */
	struct node *last;
	size_t count;
};

/* Reads one of the files whole. Returns its tree, NULL when there is none: the problems say why. */
struct node *yaml_read(struct config *, uint32_t file);

#endif
