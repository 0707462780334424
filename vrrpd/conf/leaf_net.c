/*
 * Values that are about the network or a machine's resources; config role and `vrrpd -n`.
 */
#include "vrrpd/conf/leaf_net.h"

#include <string.h>

#include "vrrpd/conf/value_net.h"

static const char *
prefix_wanted(const struct schema_key *key)
{
	if (key->type == SCHEMA_CIDR)
		return schema_address.item;
	if (key->type == SCHEMA_ADDRESS)
		return "an address such as 192.0.2.1";
	return key->type == SCHEMA_DESTINATION ? "a network such as 192.0.2.0/24, or default"
					       : "a network such as 192.0.2.0/24";
}

static int
parse_prefix(const struct node *n, const struct schema_key *key, struct config_prefix *out,
    struct value_why *why)
{
	if (key->type == SCHEMA_CIDR)
		return value_cidr(n->text, out, why);
	if (key->type == SCHEMA_ADDRESS)
		return value_address(n->text, out, why);
	if (key->type == SCHEMA_DESTINATION && strcmp(n->text, "default") == 0) {
		out->is_default = true;
		return 0;
	}
	return value_network(n->text, out, why);
}

void
leaf_prefix(const struct where *w, const struct node *n, const struct schema_key *key,
    struct config_prefix *out)
{
	struct value_why why;

	*out = (struct config_prefix){.at = n->at};
	if (value_is_split_address(n)) {
		where_error(w, n->at, "YAML reads this as a mapping; quote the address");
		return;
	}
	if (!where_expect(w, n, NODE_SCALAR, prefix_wanted(key)))
		return;
	if (parse_prefix(n, key, out, &why) == -1) {
		where_error(w, n->at, "%s", why.text);
		*out = (struct config_prefix){.at = n->at};
	}
}

void
leaf_server(const struct where *w, const struct node *n, const struct schema_key *key,
    struct config_server *out)
{
	const bool is_url = key->type == SCHEMA_URL;
	char request[VALUE_REQUEST_MAX + 1];
	struct value_why why;
	int result;

	*out = (struct config_server){.at = n->at};
	if (!where_expect(w, n, NODE_SCALAR,
		is_url ? "a URL such as http://127.0.0.1/"
		       : "an address and port such as "
			 "192.0.2.1:80"))
		return;
	result = is_url ? value_url(n->text, out, request, &why) : value_server(n->text, out, &why);
	if (result == -1) {
		where_error(w, n->at, "%s", why.text);
		*out = (struct config_server){.at = n->at};
	} else if (is_url) {
		out->request = config_strndup(w->config, request, strlen(request));
	}
}

void
leaf_mark(const struct where *w, const struct node *n, struct config_mark *out)
{
	struct value_why why;

	*out = (struct config_mark){.at = n->at};
	if (!where_expect(w, n, NODE_SCALAR, "a mark such as 0x10"))
		return;
	if (value_mark(n->text, out, &why) == -1) {
		where_error(w, n->at, "%s", why.text);
		*out = (struct config_mark){.at = n->at};
	}
}

void
leaf_free(const struct where *w, const struct node *n, struct config_free *out)
{
	struct value_why why;

	*out = (struct config_free){.at = n->at};
	if (!where_expect(w, n, NODE_SCALAR, "a percentage or a size, such as 10% or 500M"))
		return;
	if (value_free(n->text, out, &why) == -1) {
		where_error(w, n->at, "%s", why.text);
		*out = (struct config_free){.at = n->at};
	}
}
