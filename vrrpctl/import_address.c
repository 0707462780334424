/*
 * virtual_ipaddress and virtual_ipaddress_excluded; vrrpctl, in the importer's child.
 */
#include <string.h>

#include "vrrpctl/import_part.h"
#include "vrrpd/conf/value_net.h"

static bool
is_flag(const char *word)
{
	static const char *const words[] = {
	    "nodad", "-nodad", "mngtmpaddr", "home", "autojoin", "no_track", "use_vmac"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static void
read_scope(struct import *im, struct import_address *a, const char *word)
{
	static const char *const scopes[] = {"global", "site", "link", "host"};

	if (a->address.addr.family == ADDR_IPV6) {
		import_change(
		    im, a->node, "without scope, which IPv6 addresses have in themselves");
		return;
	}
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (strcmp(scopes[i], word) == 0) {
			a->scope = i == 0 ? NULL : scopes[i];
			return;
		}
	import_change(im, a->node, "without scope %.20s, which vrrpd does not know", word);
}

static void
read_label(struct import *im, struct import_address *a, const char *word)
{
	if (a->address.addr.family == ADDR_IPV6 || strlen(word) >= CONF_IFNAME_MAX ||
	    *word == '\0' || strchr(word, ' ') != NULL ||
	    word[strspn(word,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:_-@")] != '\0')
		import_change(im, a->node, "without label, which cannot be one here");
	else
		a->label = word;
}

/* Options with a value; false when it is none. */
static bool
read_option(struct import *im, struct import_address *a, size_t i)
{
	const char *word = a->node->word[i], *value = import_word(a->node, i + 1);

	if (strcmp(word, "dev") == 0) {
		if (import_device(value))
			a->device = value;
		else
			import_change(
			    im, a->node, "\"%.40s\" is not the name of an interface", value);
	} else if (strcmp(word, "scope") == 0) {
		read_scope(im, a, value);
	} else if (strcmp(word, "label") == 0) {
		read_label(im, a, value);
	} else if (strcmp(word, "brd") == 0 || strcmp(word, "broadcast") == 0) {
		import_change(im, a->node, "without brd: vrrpd sets no broadcast address");
	} else if (strcmp(word, "peer") == 0 || strcmp(word, "preferred_lft") == 0 ||
		   strcmp(word, "track_group") == 0) {
		import_change(im, a->node, "without %s, which vrrpd does not know", word);
	} else {
		return false;
	}
	return true;
}

static void
read_options(struct import *im, struct import_address *a)
{
	const char *word;

	for (size_t i = 1; i < a->node->count; i++) {
		word = a->node->word[i];
		if (strcmp(word, "noprefixroute") == 0) {
			a->no_prefix_route = true;
		} else if (is_flag(word)) {
			if (strcmp(word, "nodad") != 0)
				import_change(
				    im, a->node, "without %s, which vrrpd does not know", word);
		} else if (read_option(im, a, i)) {
			i++;
		} else {
			import_change(im, a->node, "\"%.40s\" is ignored", word);
		}
	}
}

/* An address that a host can have, in the place the directive says; NULL when it is not one. */
static struct import_address *
read_address(struct import *im, struct import_node *node)
{
	struct import_address *a = import_alloc(im, sizeof(*a));
	const char *why;

	a->node = node;
	if (!import_address_is(node->word[0], &a->address)) {
		import_drop(im, node, true, "\"%.60s\" is no address", node->word[0]);
		return NULL;
	}
	why = value_no_host(&a->address.addr, a->address.length);
	if (why != NULL) {
		import_drop(im, node, true, "%s", why);
		return NULL;
	}
	if (strchr(node->word[0], '/') == NULL)
		import_keep(im, node, "/%u, as keepalived has it without a length",
		    (unsigned)a->address.length);
	read_options(im, a);
	return a;
}

static bool
is_listed(const struct import_instance *in, const struct import_address *a)
{
	for (const struct import_address *b = in->addresses; b != NULL; b = b->next)
		if (addr_equal(&a->address.addr, &b->address.addr) &&
		    strcmp(a->device == NULL ? "" : a->device,
			b->device == NULL ? "" : b->device) == 0)
			return true;
	return false;
}

static size_t
count_advertised(const struct import_instance *in)
{
	size_t count = 0;

	for (const struct import_address *a = in->addresses; a != NULL; a = a->next)
		count += a->advertise;
	return count;
}

static void
add_address(
    struct import *im, struct import_instance *in, struct import_address *a, size_t *advertised)
{
	const size_t most = a->address.addr.family == ADDR_IPV6 ? 90 : 255;

	if (a->advertise && in->family == ADDR_NONE)
		in->family = a->address.addr.family;
	if (in->address_count >= CONF_ADDRESSES_MAX) {
		import_drop(
		    im, a->node, true, "an instance has at most %d addresses", CONF_ADDRESSES_MAX);
	} else if (a->advertise && a->address.addr.family != in->family) {
		import_drop(im, a->node, false,
		    "of another family than the first; keepalived ignores it too: write it in "
		    "virtual_ipaddress_excluded, or an instance of its own");
	} else if (is_listed(in, a)) {
		import_drop(im, a->node, false, "is listed already");
	} else {
		if (a->advertise && *advertised >= most) {
			a->advertise = false;
			import_change(
			    im, a->node, "not advertised, as in keepalived: at most %zu fit", most);
		}
		*advertised += a->advertise;
		*in->addresses_end = a;
		in->addresses_end = &a->next;
		in->address_count++;
	}
}

void
import_addresses(
    struct import *im, struct import_instance *in, struct import_node *block, bool advertise)
{
	size_t advertised = count_advertised(in);
	struct import_address *a;
	struct import_node *node;

	for (node = block->child; node != NULL; node = node->next) {
		if (import_is(node, "include") || node->count == 0)
			continue;
		if (import_is(node, "}}") || node->block) {
			import_drop(im, node, true, "is no address");
			continue;
		}
		a = read_address(im, node);
		if (a == NULL)
			continue;
		a->advertise = advertise;
		add_address(im, in, a, &advertised);
	}
}
