/*
 * Checks that run a command: exit 0 is up; in the checker.
 */
#include <stdio.h>

#include "checker/probe.h"
#include "common/conf.h"

static void
command_describe(struct probe *p, struct run_spec *spec)
{
	static char name[sizeof("VRRP_CHECK=") + CONF_NAME_MAX];
	static const char *const arguments[] = {NULL};
	static const char *const environment[] = {name, NULL};

	snprintf(name, sizeof(name), "VRRP_CHECK=%s", p->conf->name);
	*spec = (struct run_spec){.command = conf_find_command(p->all->conf, p->conf->command),
	    .name = p->conf->name,
	    .arguments = arguments,
	    .environment = environment};
}

const struct probe_ops command_ops = {
    .size = sizeof(struct probe),
    .describe = command_describe,
};
