/*
 * The configuration as YAML that vrrpd takes; vrrpctl, in the importer's child.
 */
#include <inttypes.h>
#include <string.h>

#include "common/vrrp.h"
#include "vrrpctl/import_part.h"
#include "vrrpd/conf/print_text.h"
#include "vrrpd/conf/value_net.h"

/* Exits 1 when the first number in the file is not 0; a missing file counts as 0. */
#define FILE_COMMAND \
	"v=0; read -r v 2>/dev/null <\"$0\"; [ \"$v\" -ne 0 ] 2>/dev/null && exit 1; exit 0"

static void
write_text(FILE *out, const char *before, const char *text, const char *after)
{
	fputs(before, out);
	print_text(out, text);
	fputs(after, out);
}

static void
write_duration(FILE *out, const char *before, int64_t ms, const char *after)
{
	char text[VALUE_DURATION_MAX];

	fprintf(out, "%s%s%s", before, value_format_duration(ms, text), after);
}

static void
write_argv(FILE *out, const struct import_cmd *c)
{
	for (size_t i = 0; i < c->argc; i++)
		write_text(out, i == 0 ? "[" : ", ", c->argv[i], "");
	fputc(']', out);
}

/* ---- global ---- */

static void
write_global(FILE *out, const struct import *im)
{
	const bool delay = im->startup_delay_ms > 0;

	if (im->router_name == NULL && im->run_as == NULL && !delay)
		return;
	fputs("global:\n", out);
	if (im->router_name != NULL)
		write_text(out, "  router-name: ", im->router_name, "\n");
	if (delay)
		write_duration(out, "  startup-delay: ", im->startup_delay_ms, "\n");
	if (im->run_as != NULL)
		write_text(out, "  scripts: {run-as: ", im->run_as, "}\n");
}

/* ---- checks ---- */

static void
write_damping(FILE *out, const struct import_check *c)
{
	write_duration(out, "    interval: ", c->interval_ms, "\n");
	if (c->timeout_ms > 0)
		write_duration(out, "    timeout: ", c->timeout_ms, "\n");
	if (c->fall != 1)
		fprintf(out, "    fall: %" PRId64 "\n", c->fall);
	if (c->rise != 1)
		fprintf(out, "    rise: %" PRId64 "\n", c->rise);
	if (c->initial_down)
		fputs("    initial: down\n", out);
}

static void
write_process(FILE *out, const struct import_check *c)
{
	write_text(out, "    process: ", c->target, "\n");
	if (c->kind != IMPORT_PROCESS)
		return;
	if (c->count_min == 1 && c->count_max == CONF_PROCESSES_MAX)
		return;
	fprintf(out, "    count: {min: %" PRId64, c->count_min);
	if (c->count_max != CONF_PROCESSES_MAX)
		fprintf(out, ", max: %" PRId64, c->count_max);
	fputs("}\n", out);
}

static void
write_fault_file(FILE *out, const struct import_check *c)
{
	write_text(out, "  ", c->fault_name, ":\n");
	write_text(out, "    command: [/bin/sh, -c, ", FILE_COMMAND, "");
	write_text(out, ", ", c->target, "]\n");
	fputs("    sandbox: standard\n", out); /* the file may be anywhere */
	write_damping(out, c);
}

static void
write_check(FILE *out, const struct import_check *c)
{
	if (c->as_fault)
		write_fault_file(out, c);
	if (c->kind == IMPORT_FILE && !c->as_value)
		return;
	write_text(out, "  ", c->name, ":\n");
	if (c->kind == IMPORT_FILE) {
		write_text(out, "    file: ", c->target, "\n");
	} else if (c->is_process) {
		write_process(out, c);
	} else {
		fputs("    command: ", out);
		write_argv(out, &c->command);
		fputc('\n', out);
		if (c->command.run_as != NULL)
			write_text(out, "    run-as: ", c->command.run_as, "\n");
	}
	write_damping(out, c);
}

static void
write_checks(FILE *out, const struct import *im)
{
	bool any = false;

	for (const struct import_check *c = im->checks; c != NULL; c = c->next) {
		if (!c->usable || !c->used)
			continue;
		if (!any)
			fputs("checks:\n", out);
		any = true;
		write_check(out, c);
	}
}

/* ---- what instances and groups have in common ---- */

static void
write_track(FILE *out, const struct import_track *t)
{
	const char *name = t->check == NULL                                       ? t->interface
			   : t->check->kind == IMPORT_FILE && t->weight == 0 ? t->check->fault_name
									     : t->check->name;

	if (t->check != NULL && t->weight == 0 && !t->invert) {
		write_text(out, "      - ", name, "\n");
		return;
	}
	write_text(out, t->check == NULL ? "      - {interface: " : "      - {check: ", name, "");
	if (t->weight != 0)
		fprintf(out, ", weight: %" PRId64, t->weight);
	fputs(t->invert ? ", invert: true}\n" : "}\n", out);
}

static void
write_tracks(FILE *out, const struct import_track *t)
{
	if (t != NULL)
		fputs("    track:\n", out);
	for (; t != NULL; t = t->next)
		write_track(out, t);
}

static void
write_hooks(FILE *out, struct import_cmd *const *hooks)
{
	static const char *const words[] = {"master", "backup", "fault", "stop", "all"};
	bool any = false;

	for (int i = 0; i < IMPORT_HOOKS; i++) {
		if (hooks[i] == NULL)
			continue;
		fprintf(out, "%s      %s: ", any ? "" : "    notify:\n", words[i]);
		any = true;
		if (hooks[i]->run_as != NULL)
			fputs("{command: ", out);
		write_argv(out, hooks[i]);
		if (hooks[i]->run_as != NULL)
			write_text(out, ", run-as: ", hooks[i]->run_as, "");
		if (hooks[i]->sandbox != NULL)
			fprintf(out, ", sandbox: %s", hooks[i]->sandbox);
		fputs(hooks[i]->run_as != NULL ? "}\n" : "\n", out);
	}
}

/* ---- instances ---- */

static void
write_address(FILE *out, const struct import_address *a)
{
	const bool options = a->device != NULL || a->label != NULL || a->scope != NULL ||
			     !a->advertise || a->no_prefix_route;
	const char *quote = a->address.addr.family == ADDR_IPV6 ? "\"" : "";
	char text[VALUE_PREFIX_MAX];

	fprintf(out, "      - %s%s%s%s", options ? "{address: " : "", quote,
	    value_format_prefix(&a->address, text), quote);
	if (a->device != NULL)
		write_text(out, ", device: ", a->device, "");
	if (a->label != NULL)
		write_text(out, ", label: ", a->label, "");
	if (a->scope != NULL)
		fprintf(out, ", scope: %s", a->scope);
	if (!a->advertise)
		fputs(", advertise: false", out);
	if (a->no_prefix_route)
		fputs(", prefix-route: false", out);
	fputs(options ? "}\n" : "\n", out);
}

static void
write_list(FILE *out, const char *key, const struct import_list *list)
{
	if (list->count > 0)
		fprintf(out, "    %s:\n", key);
	for (const struct import_item *item = list->first; item != NULL; item = item->next)
		fprintf(out, "      - %s\n", item->text);
}

static void
write_announce(FILE *out, const struct import_instance *in)
{
	const int64_t gap =
	    in->family == ADDR_IPV6 ? in->set.na_interval_ms : in->set.arp_interval_ms;

	fprintf(out, "    announce: {repeat: %" PRId64, in->set.repeat);
	write_duration(out, ", interval: ", gap, "");
	write_duration(out, ", delay: ", in->set.delay_ms, "");
	write_duration(out, ", refresh: ", in->set.refresh_ms, "}\n");
}

static void
write_election(FILE *out, const struct import_instance *in)
{
	fprintf(
	    out, "    vrid: %" PRId64 "\n    version: %" PRId64 "\n", in->vrid, in->set.version);
	if (in->auth_pass != NULL)
		write_text(out, "    authentication: {type: pass, key: ", in->auth_pass, "}\n");
	fprintf(out, "    priority: %" PRId64 "\n",
	    in->priority == VRRP_PRIORITY_OWNER ? VRRP_PRIORITY_OWNER - 1 : in->priority);
	write_duration(out, "    advertise-interval: ", in->interval_us / 1000, "\n");
	if (in->set.message_only && in->set.version == 3 && in->family == ADDR_IPV4)
		fputs("    checksum: message-only\n", out);
	if (in->nopreempt)
		fputs("    preempt: false\n", out);
	if (in->preempt_delay_ms > 0)
		write_duration(out, "    preempt-delay: ", in->preempt_delay_ms, "\n");
	if (in->set.down_adverts != 3)
		fprintf(out, "    master-down-adverts: %" PRId64 "\n", in->set.down_adverts);
}

static void
write_instance(FILE *out, const struct import_instance *in)
{
	char text[ADDR_TEXT_MAX];
	const char *quote = in->family == ADDR_IPV6 ? "\"" : "";

	write_text(out, "  ", in->name, ":\n");
	write_text(out, "    interface: ", in->interface, "\n");
	write_election(out, in);
	fputs("    addresses:\n", out);
	for (const struct import_address *a = in->addresses; a != NULL; a = a->next)
		write_address(out, a);
	if (in->no_accept)
		fputs("    accept-mode: false\n", out);
	if (in->vmac)
		fputs("    virtual-mac: true\n", out);
	if (addr_is_set(&in->source.addr))
		fprintf(out, "    source-address: %s%s%s\n", quote,
		    addr_format(&in->source.addr, text), quote);
	write_list(out, "unicast-peers", &in->peers);
	write_announce(out, in);
	write_list(out, "routes", &in->routes);
	write_list(out, "rules", &in->rules);
	write_tracks(out, in->tracks);
	write_hooks(out, in->hook);
}

static void
write_instances(FILE *out, const struct import *im)
{
	bool any = false;

	for (const struct import_instance *in = im->instances; in != NULL; in = in->next) {
		if (!in->usable)
			continue;
		if (!any)
			fputs("instances:\n", out);
		any = true;
		write_instance(out, in);
	}
}

static void
write_groups(FILE *out, const struct import *im)
{
	bool any = false;

	for (const struct import_group *g = im->groups; g != NULL; g = g->next) {
		if (!g->usable)
			continue;
		if (!any)
			fputs("sync-groups:\n", out);
		any = true;
		write_text(out, "  ", g->name, ":\n    members: ");
		for (size_t i = 0; i < g->member_count; i++)
			write_text(out, i == 0 ? "[" : ", ", g->member[i]->name, "");
		fputs("]\n", out);
		write_tracks(out, g->tracks);
		write_hooks(out, g->hook);
	}
}

void
import_write(const struct import *im, FILE *out)
{
	fputs("# Imported from keepalived by vrrpctl " VRRPD_VERSION ".\n"
	      "# Checks run in the strict sandbox: what one writes to, list as writable "
	      "(vrrpd.yaml(5)).\n"
	      "# With a key in it this file must be readable by root alone.\n"
	      "version: 1\n",
	    out);
	write_global(out, im);
	write_checks(out, im);
	write_instances(out, im);
	write_groups(out, im);
}
