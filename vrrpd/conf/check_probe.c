/*
 * What a check looks at: exactly one kind, and only keys that are for it; config role and `vrrpd
 * -n`.
 */
#include <string.h>

#include "vrrpd/conf/check_parts.h"
#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/schema.h"
#include "vrrpd/conf/value_net.h"

static const char *
path_of(struct config *config, const struct config_check *check, const char *key)
{
	return config_format(config, "checks.%s.%s", check->name, key);
}

/* "command, process … and external". */
static const char *
all_kinds(struct config *config)
{
	const char *text = schema_kind_name(0);
	int kind;

	for (kind = 1; kind < CONF_CHECK_KINDS; kind++)
		text = config_format(config, "%s%s %s", text,
		    kind == CONF_CHECK_KINDS - 1 ? " or" : ",",
		    schema_kind_name((enum conf_check_kind)kind));
	return text;
}

/* The key of its kind; NULL when there is none, or more than one. */
static const struct schema_key *
find_kind(struct config *config, const struct config_check *check)
{
	const struct schema_key *key, *found = NULL;
	bool several = false;
	size_t i;

	for (i = 0; i < schema_check.count; i++) {
		key = &schema_check.keys[i];
		if (!key->decides || schema_at(key, check).line == 0)
			continue;
		if (found != NULL) {
			problem_error(config, schema_at(key, check),
			    path_of(config, check, key->name),
			    "is a second kind of check beside \"%s\"; make it a check of its own",
			    found->name);
			several = true;
		} else {
			found = key;
		}
	}
	if (found == NULL)
		problem_error(config, check->at, config_format(config, "checks.%s", check->name),
		    "does not say what to check; write one of %s", all_kinds(config));
	return several ? NULL : found;
}

/* The kind that a key is for, when it is for one only. */
static const char *
only_kind(const struct schema_key *key)
{
	int kind;

	for (kind = 0; kind < CONF_CHECK_KINDS; kind++)
		if (key->kinds == 1U << kind)
			return schema_kind_name((enum conf_check_kind)kind);
	return NULL;
}

static void
check_keys(struct config *config, const struct config_check *check)
{
	const struct schema_key *key;
	struct config_at at;
	const char *path, *kind;
	size_t i;

	for (i = 0; i < schema_check.count; i++) {
		key = &schema_check.keys[i];
		at = schema_at(key, check);
		if (at.line == 0 || key->kinds == 0 || (key->kinds & 1U << check->kind) != 0)
			continue;
		path = path_of(config, check, key->name);
		kind = only_kind(key);
		if (kind != NULL)
			problem_error(config, at, path, "is for %s checks only; this one is %s",
			    kind, schema_kind_name(check->kind));
		else
			problem_error(config, at, path,
			    "is not for an external check, which is "
			    "set and not run");
	}
}

/* ---- what the values say ---- */

static bool
is_loopback(const struct addr *a)
{
	static const struct addr ipv6 = {.family = ADDR_IPV6, .bytes = {[15] = 1}};

	return a->family == ADDR_IPV4 ? a->bytes[0] == 127 : addr_equal(a, &ipv6);
}

/* Somebody who can answer. */
static void
check_target(struct config *config, const struct config_check *check, const char *key,
    const struct addr *a, struct config_at at)
{
	const char *why = addr_is_set(a) && !is_loopback(a)
			      ? value_no_host(a, (uint8_t)(addr_size(a->family) * 8))
			      : NULL;
	char text[ADDR_TEXT_MAX];

	if (why != NULL)
		problem_error(
		    config, at, path_of(config, check, key), "%s %s", addr_format(a, text), why);
	else if (value_is_link_local(a) && check->kind != CONF_CHECK_PING)
		problem_error(config, at, path_of(config, check, key),
		    "%s is link-local: it is not known on which link; check it by ping with "
		    "device, "
		    "or by a command",
		    addr_format(a, text));
	else if (value_is_link_local(a) && check->device.at.line == 0)
		problem_error(config, at, path_of(config, check, key),
		    "%s is link-local: write the device it is on", addr_format(a, text));
}

static void
check_count(struct config *config, const struct config_check *check)
{
	struct config_count count = check->count;

	schema_complete(&schema_count, &count);
	if (check_is_usable(&count.min) && check_is_usable(&count.max) &&
	    count.min.value > count.max.value)
		problem_error(config, count.at, path_of(config, check, "count"),
		    "min (%d) is above max (%d)", (int)count.min.value, (int)count.max.value);
}

static void
check_values(struct config *config, const struct config_check *check)
{
	switch (check->kind) {
	case CONF_CHECK_PROCESS:
		check_count(config, check);
		break;
	case CONF_CHECK_TCP:
		check_target(config, check, "tcp", &check->tcp.addr, check->tcp.at);
		break;
	case CONF_CHECK_HTTP:
		check_target(config, check, "http", &check->http.addr, check->http.at);
		break;
	case CONF_CHECK_PING:
		check_target(config, check, "ping", &check->ping.addr, check->ping.at);
		break;
	case CONF_CHECK_EXTERNAL:
		if (check->external.value == 0)
			problem_error(config, check->external.at,
			    path_of(config, check, "external"),
			    "write true, or another kind of check");
		break;
	case CONF_CHECK_COMMAND:
	case CONF_CHECK_FILE:
	case CONF_CHECK_DISK:
	case CONF_CHECK_KINDS:
		break;
	}
}

static enum conf_check_kind
kind_of(const struct schema_key *key)
{
	int kind = 0;

	while (key->kinds != 1U << kind)
		kind++;
	return (enum conf_check_kind)kind;
}

void
check_probes(struct config *config)
{
	const struct schema_key *key;
	struct config_check *check;
	size_t i;

	for (i = 0; i < config->checks.count; i++) {
		check = &config->checks.item[i];
		check->kind = CONF_CHECK_KINDS;
		key = check->bad ? NULL : find_kind(config, check);
		if (key == NULL)
			continue;
		check->kind = kind_of(key);
		check_keys(config, check);
		check_values(config, check);
	}
}
