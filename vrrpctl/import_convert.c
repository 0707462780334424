/*
 * The conversion from the tree of directives to the configuration, in the order that references
 * need; vrrpctl, in the importer's child.
 */
#include <stdlib.h>
#include <string.h>

#include "vrrpctl/import_part.h"
#include "vrrpd/conf/yaml.h"

/* ---- the top level ---- */

static const struct {
	const char *word;
	bool failover;
	const char *why;
} others[] = {
    {"virtual_server", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"virtual_server_group", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"real_server", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"sorry_server", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"delay_loop", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"lb_algo", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"lb_kind", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"lvs_sched", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"lvs_method", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"persistence_timeout", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"protocol", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"SSL", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"bfd_instance", true,
	"write an external check and let your BFD daemon set it: vrrpctl check set"},
    {"static_ipaddress", false, "not of VRRP: let the system configure it"},
    {"static_routes", false, "not of VRRP: let the system configure it"},
    {"static_rules", false, "not of VRRP: let the system configure it"},
    {"track_group", true, "vrrpd tracks no static addresses and routes"},
    {"garp_group", false, "announce of each instance says how fast"},
    {"interface_up_down_delays", true, "vrrpd has no delays of links"},
    {"linkbeat_interfaces", false, "the kernel tells of links"},
    {"linkbeat_use_polling", false, "the kernel tells of links"},
    {"net_namespace", true, "start vrrpd in the namespace: ip netns exec NAME vrrpd -r DIRECTORY"},
    {"net_namespace_ipvs", false, "LVS is not imported: vrrpd is for VRRP only"},
    {"namespace_with_ipsets", false, "vrrpd needs no ipsets"},
    {"instance", false, "several vrrpd have several runtime directories: vrrpd -r"},
    {"use_pid_dir", false, "vrrpd has a runtime directory: vrrpd -r"},
    {"child_wait_time", false, "global.scripts.stop-timeout is for hooks"},
    {"include_check", false, "a file that cannot be read is an error in vrrpd"},
};

static const char *const top_words[] = {"global_defs", "vrrp_script", "vrrp_instance",
    "vrrp_sync_group", "vrrp_track_process", "vrrp_track_file", "track_file", "virtual_server",
    NULL};

static bool
drop_other(struct import *im, struct import_node *node)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (import_is(node, others[i].word)) {
			import_drop(im, node, others[i].failover, "%s", others[i].why);
			return true;
		}
	return false;
}

static int
check_kind(const struct import_node *node)
{
	if (import_is(node, "vrrp_script"))
		return IMPORT_SCRIPT;
	if (import_is(node, "vrrp_track_process"))
		return IMPORT_PROCESS;
	return import_is(node, "vrrp_track_file") || import_is(node, "track_file") ? IMPORT_FILE
										   : -1;
}

/* What else may stand at the top: statements that are of global_defs, or of nothing. */
static void
take_rest(struct import *im, struct import_node *node)
{
	if (node->told || node->count == 0 || import_is(node, "include") || drop_other(im, node))
		return;
	if (!import_known(im, node, true))
		import_unknown(im, node, top_words);
}

static void
walk(struct import *im)
{
	struct import_node *node, *first = im->root.child;

	for (node = first; node != NULL; node = node->next)
		if (import_is(node, "global_defs"))
			import_global(im, node);
	for (node = first; node != NULL; node = node->next)
		if (check_kind(node) != -1)
			import_check(im, node, check_kind(node));
	for (node = first; node != NULL; node = node->next)
		if (import_is(node, "vrrp_instance"))
			import_instance(im, node);
	for (node = first; node != NULL; node = node->next)
		if (import_is(node, "vrrp_sync_group"))
			import_group(im, node);
		else if (!import_is(node, "global_defs") && !import_is(node, "vrrp_instance") &&
			 check_kind(node) == -1)
			take_rest(im, node);
}

static void
settle(struct import *im)
{
	for (struct import_instance *in = im->instances; in != NULL; in = in->next)
		import_settle(im, in);
	import_settle_groups(im);
	import_use_tracks(im);
}

/* ---- what vrrpd can take ---- */

struct totals {
	size_t instances, checks, groups, addresses, peers, routes, rules, tracks, hooks;
};

static void
count_shared(struct totals *t, const struct import_track *track, struct import_cmd *const *hooks)
{
	for (; track != NULL; track = track->next)
		t->tracks++;
	for (int i = 0; i < IMPORT_HOOKS; i++)
		t->hooks += hooks[i] != NULL;
}

static void
check_totals(struct import *im)
{
	struct totals t = {0};
	const size_t *count = (const size_t *)(const void *)&t;

	for (const struct import_instance *in = im->instances; in != NULL; in = in->next) {
		if (!in->usable)
			continue;
		t.instances++;
		for (const struct import_address *a = in->addresses; a != NULL; a = a->next)
			t.addresses++;
		t.peers += in->peers.count;
		t.routes += in->routes.count;
		t.rules += in->rules.count;
		count_shared(&t, in->tracks, in->hook);
	}
	for (const struct import_check *c = im->checks; c != NULL; c = c->next)
		t.checks += 1 + (c->kind == IMPORT_FILE);
	for (const struct import_group *g = im->groups; g != NULL; g = g->next) {
		t.groups++;
		count_shared(&t, g->tracks, g->hook);
	}
	for (size_t i = 0; i < sizeof(t) / sizeof(*count); i++)
		if (count[i] > CONF_RECORDS_MAX)
			import_fail(im, "%s: more than vrrpd can take: %d of each kind", im->file,
			    CONF_RECORDS_MAX);
}

/* Values of YAML stand behind a colon, a comma, a bracket or a hyphen. */
static void
check_size(struct import *im, const char *yaml, size_t size)
{
	size_t values = 0;

	for (size_t i = 0; i < size; i++)
		values += strchr(":,[{-", yaml[i]) != NULL;
	if (size > IMPORT_SIZE_MAX || values > YAML_NODES_MAX)
		import_fail(im, "%s: more than vrrpd can take in one file", im->file);
}

/* ---- all of it ---- */

static void
init(struct import *im, const struct import_options *options, char *error, size_t size)
{
	im->options = options;
	im->id = options->id;
	im->error = error;
	im->error_size = size;
	im->open = &im->root;
	memset(&im->defaults, 0xff, sizeof(im->defaults)); /* -1: not written */
	im->checks_end = &im->checks;
	im->instances_end = &im->instances;
	im->groups_end = &im->groups;
}

/* Both texts, or neither. */
static int
convert(struct import *im, FILE *yaml, FILE *report)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int result;

	import_read(im, im->options->file);
	walk(im);
	settle(im);
	check_totals(im);
	out = open_memstream(&text, &size);
	if (out == NULL)
		import_fail(im, "out of memory");
	import_write(im, out);
	if (fclose(out) == EOF)
		import_fail(im, "out of memory");
	im->text = text;
	check_size(im, text, size);
	result = import_report(im, report);
	fwrite(text, 1, size, yaml);
	return result;
}

int
import_convert(
    const struct import_options *options, FILE *yaml, FILE *report, char *error, size_t size)
{
	struct import *im = calloc(1, sizeof(*im));
	volatile int result = -1;

	if (im == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	init(im, options, error, size);
	if (setjmp(im->failed) == 0)
		result = convert(im, yaml, report);
	free(im->text);
	import_free(im);
	free(im);
	return result;
}
