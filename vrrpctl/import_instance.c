/*
 * vrrp_instance: what is written in it; what that means is settled when all is read (import_settle.c);
 * vrrpctl, in the importer's child.
 */
#include <string.h>

#include "vrrpctl/import_part.h"
#include "vrrpd/conf/value_net.h"

#define PREEMPT_DELAY_MAX_MS ((int64_t)1000 * 1000)
#define INTERVAL_MAX_US ((int64_t)255 * 1000000)
#define INTERFACE (-1)

/* ---- hooks ---- */

static const struct {
	const char *word;
	enum import_hook hook;
} hooks[] = {{"notify_master", IMPORT_MASTER}, {"notify_backup", IMPORT_BACKUP},
    {"notify_fault", IMPORT_FAULT}, {"notify_stop", IMPORT_STOP}, {"notify", IMPORT_ALL}};

bool
import_hook(
    struct import *im, struct import_node *node, struct import_cmd **slots, struct import_node **at)
{
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		const enum import_hook hook = hooks[i].hook;

		if (!import_is(node, hooks[i].word))
			continue;
		if (at[hook] != NULL) {
			import_drop(im, node, false, "it is written already, which stays");
			return true;
		}
		slots[hook] = import_hook_command(im, node);
		at[hook] = node;
		return true;
	}
	return false;
}

/* ---- parts ---- */

static void
read_state(struct import *im, struct import_instance *in, struct import_node *node)
{
	const char *word = import_word(node, 1);

	in->at_state = node;
	in->state_master = strncmp(word, "MASTER", 6) == 0;
	in->state_backup = strncmp(word, "BACKUP", 6) == 0;
	import_drop(im, node, false, "the priority alone decides who becomes master");
}

static void
read_auth(struct import *im, struct import_instance *in, struct import_node *block)
{
	static const char *const words[] = {"auth_type", "auth_pass", NULL};
	struct import_node *node;

	in->at_auth = block;
	for (node = block->child; node != NULL; node = node->next) {
		if (import_is(node, "auth_type"))
			in->auth_type = import_word(node, 1);
		else if (import_is(node, "auth_pass"))
			in->auth_pass = import_word(node, 1);
		else if (!import_is(node, "include"))
			import_unknown(im, node, words);
		if (node->count > 2)
			import_rest(im, node, 2);
	}
}

static void
read_source(struct import *im, struct import_instance *in, struct import_node *node)
{
	if (!import_address_is(import_word(node, 1), &in->source)) {
		in->source.addr.family = ADDR_NONE;
		import_drop(im, node, true, "\"%.60s\" is no address", import_word(node, 1));
		return;
	}
	if (strchr(import_word(node, 1), '/') != NULL)
		import_change(im, node, "without the length, which no source has");
	in->at_source = node;
	import_rest(im, node, 2);
}

static void
read_vmac(struct import *im, struct import_instance *in, struct import_node *node)
{
	in->vmac = true;
	if (node->count > 1)
		import_change(im, node, "vrrpd names it, and its MAC is that of the standard");
}

static void
read_interface(struct import *im, struct import_instance *in, struct import_node *node)
{
	const char *name = import_word(node, 1);
	const size_t length = strcspn(name, ",;");

	if (name[length] != '\0')
		import_change(im, node, "\"%.40s\" behind the name is ignored", name + length);
	name = import_copy(im, name, length);
	if (!import_device(name))
		import_drop(im, node, true, "\"%.40s\" is not the name of an interface", name);
	else
		in->interface = name;
	import_rest(im, node, 2);
}

/* ---- keys ---- */

static bool
read_block(struct import *im, struct import_instance *in, struct import_node *node)
{
	if (import_is(node, "virtual_ipaddress"))
		import_addresses(im, in, node, true);
	else if (import_is(node, "virtual_ipaddress_excluded"))
		import_addresses(im, in, node, false);
	else if (import_is(node, "virtual_routes") || import_is(node, "virtual_rules"))
		return true; /* settled when the family is known */
	else if (import_is(node, "authentication"))
		read_auth(im, in, node);
	else if (import_is(node, "unicast_peer"))
		in->at_peers = node;
	else if (import_is(node, "track_interface"))
		import_tracks(im, node, &in->tracks, INTERFACE);
	else if (import_is(node, "track_script"))
		import_tracks(im, node, &in->tracks, IMPORT_SCRIPT);
	else if (import_is(node, "track_process"))
		import_tracks(im, node, &in->tracks, IMPORT_PROCESS);
	else if (import_is(node, "track_file"))
		import_tracks(im, node, &in->tracks, IMPORT_FILE);
	else
		return false;
	return true;
}

static bool
read_number(struct import *im, struct import_instance *in, struct import_node *node)
{
	if (import_is(node, "virtual_router_id")) {
		if (import_number_leniently(im, node, 1, 1, 255, &in->vrid))
			import_rest(im, node, 2);
	} else if (import_is(node, "priority")) {
		if (import_number(im, node, 1, 1, 255, &in->priority))
			import_rest(im, node, 2);
		in->at_priority = node;
	} else if (import_is(node, "advert_int")) {
		if (import_seconds(im, node, 1, 1, INTERVAL_MAX_US, &in->interval_us))
			import_rest(im, node, 2);
		in->at_interval = node;
	} else if (import_is(node, "preempt_delay")) {
		if (import_seconds(im, node, 1, 1000, PREEMPT_DELAY_MAX_MS, &in->preempt_delay_ms))
			import_rest(im, node, 2);
		in->at_delay = node;
	} else {
		return false;
	}
	return true;
}

static bool
read_word(struct import *im, struct import_instance *in, struct import_node *node)
{
	if (import_is(node, "state"))
		read_state(im, in, node);
	else if (import_is(node, "interface"))
		read_interface(im, in, node);
	else if (import_is(node, "nopreempt")) {
		in->nopreempt = true;
		in->at_nopreempt = node;
	} else if (import_is(node, "preempt"))
		in->nopreempt = false;
	else if (import_is(node, "accept") || import_is(node, "no_accept")) {
		in->accept = import_is(node, "accept");
		in->no_accept = !in->accept;
		in->at_accept = node;
	} else if (import_is(node, "unicast_src_ip") || import_is(node, "mcast_src_ip"))
		read_source(im, in, node);
	else if (import_is(node, "use_vmac"))
		read_vmac(im, in, node);
	else if (import_is(node, "old_unicast_checksum")) {
		if (strcmp(import_word(node, 1), "never") != 0)
			import_drop(im, node, true, "the checksum is that of the standard");
	} else
		return false;
	return true;
}

static bool
is_setting_of_global(const struct import_node *node)
{
	return import_is(node, "min_garp") || import_is(node, "strict");
}

static void
read_key(struct import *im, struct import_instance *in, struct import_node *node)
{
	static const char *const words[] = {"state", "interface", "virtual_router_id", "priority",
	    "advert_int", "authentication", "virtual_ipaddress", "virtual_ipaddress_excluded",
	    "virtual_routes", "virtual_rules", "track_script", "track_interface", "track_process",
	    "track_file", "nopreempt", "preempt", "preempt_delay", "unicast_peer", "unicast_src_ip",
	    "mcast_src_ip", "notify", "notify_master", "notify_backup", "notify_fault",
	    "notify_stop", "use_vmac", "accept", "no_accept", "garp_master_delay", "version",
	    "smtp_alert", NULL};

	if (import_is(node, "version"))
		in->at_version = node;
	if (read_word(im, in, node) || read_number(im, in, node) || read_block(im, in, node) ||
	    import_hook(im, node, in->hook, in->hook_at))
		return;
	if (!is_setting_of_global(node) && import_setting(im, node, import_word(node, 0), &in->set))
		return;
	if (!import_known(im, node, false))
		import_unknown(im, node, words);
}

void
import_instance(struct import *im, struct import_node *block)
{
	struct import_instance *in;
	struct import_node *node;
	const char *key = import_word(block, 1);

	if (*key == '\0' || !block->block) {
		import_drop(im, block, true, *key == '\0' ? "has no name" : "has no block");
		return;
	}
	if (import_map_find(&im->instance_keys, key) != NULL) {
		import_drop(im, block, true, "there is one of that name already, which stays");
		return;
	}
	in = import_alloc(im, sizeof(*in));
	in->key = key;
	in->node = block;
	in->vrid = in->priority = in->interval_us = in->preempt_delay_ms = -1;
	memset(&in->set, 0xff, sizeof(in->set)); /* -1: not written */
	in->addresses_end = &in->addresses;
	import_map_put(im, &im->instance_keys, key, in);
	*im->instances_end = in;
	im->instances_end = &in->next;
	import_rest(im, block, 2);
	for (node = block->child; node != NULL; node = node->next)
		if (!import_is(node, "include") && node->count > 0 &&
		    !(node->told && node->verdict == IMPORT_DROPPED))
			read_key(im, in, node);
}
