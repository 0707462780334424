/*
 * Nodes -> struct config, by the tables of schema.h; config role and `vrrpd -n`.
 */
#ifndef VRRPD_CONF_DECODE_H
#define VRRPD_CONF_DECODE_H

#include "vrrpd/conf/yaml.h"

/* Takes what is right and complains about the rest. */
void decode_document(struct config *, const struct node *root);

/* The same for a file that another one includes: it adds to the sections. */
void decode_included(struct config *, const struct node *root);

#endif
