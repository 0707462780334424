/*
 * Defaults and references: what a configuration means beyond what is written; config role and
 * `vrrpd -n`.
 */
#include "vrrpd/conf/complete.h"

#include <string.h>

#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/schema.h"

/* The user of a command or probe; one for each way of writing it. at is where it is needed. */
static struct config_user *
find_user(struct config *config, const struct config_command *c, struct config_at at)
{
	const struct config_text *inherited = &config->global.scripts.run_as;
	struct config_user wanted = {.text = CONFIG_USER_SCRIPT, .at = at, .path = c->path};
	struct config_user *user;

	if (c->run_as.text != NULL) {
		wanted.text = c->run_as.text;
		wanted.at = c->run_as.at;
	} else if (inherited->text != NULL) {
		wanted.text = inherited->text;
		wanted.at = inherited->at;
		wanted.path = "global.scripts.run-as";
	}
	user = RB_FIND(config_users, &config->users, &wanted);
	if (user == NULL) {
		user = config_alloc(config, sizeof(*user));
		*user = wanted;
		RB_INSERT(config_users, &config->users, user);
	}
	return user;
}

static size_t
measure(const struct config_command *c)
{
	size_t i, length = 0;

	for (i = 0; i < c->argv.count; i++)
		length += strlen(c->argv.item[i].text) + 1;
	for (i = 0; i < c->environment.count; i++)
		length += strlen(c->environment.item[i].key) + 1 +
			  strlen(c->environment.item[i].value) + 1;
	for (i = 0; i < c->writable.count; i++)
		length += strlen(c->writable.item[i].text) + 1;
	return length;
}

static char *
put(char *out, const char *text, char end)
{
	const size_t length = strlen(text);

	memcpy(out, text, length);
	out[length] = end;
	return out + length + 1;
}

/* The layout of struct conf_command's text. */
static char *
pack_text(struct config *config, const struct config_command *c)
{
	char *text = config_alloc(config, c->text_length), *out = text;
	size_t i;

	for (i = 0; i < c->argv.count; i++)
		out = put(out, c->argv.item[i].text, '\0');
	for (i = 0; i < c->environment.count; i++) {
		out = put(out, c->environment.item[i].key, '=');
		out = put(out, c->environment.item[i].value, '\0');
	}
	for (i = 0; i < c->writable.count; i++)
		out = put(out, c->writable.item[i].text, '\0');
	return text;
}

static void
complete_command(struct config *config, struct config_command *c, int64_t timeout_ms)
{
	struct config_command *other;

	if (c == NULL || c->argv.count == 0 || c->user != NULL)
		return; /* nothing, bad, or seen at another instance */
	if (!c->is_check)
		schema_complete(&schema_command, c);
	if (c->timeout.value == CONFIG_INHERITED)
		c->timeout.value = timeout_ms;
	c->user = find_user(config, c, c->argv.at);
	c->text_length = measure(c);
	if (c->text_length > CONF_TEXT_MAX) {
		problem_error(config, c->argv.at, c->path,
		    "arguments, environment and writable paths take %zu bytes; at most %d fit: put "
		    "them "
		    "into a script",
		    c->text_length, CONF_TEXT_MAX);
		return;
	}
	c->text = pack_text(config, c);
	other = RB_INSERT(config_commands, &config->commands, c);
	c->same = other != NULL ? other : c;
}

static void
complete_check(struct config *config, struct config_check *check)
{
	struct config_command *c = &check->command;

	schema_complete(&schema_check, check);
	if (c->timeout.value == CONFIG_INHERITED)
		c->timeout.value = check->interval.value;
	if (check->kind == CONF_CHECK_COMMAND)
		complete_command(config, c, check->interval.value);
	else if (check->kind != CONF_CHECK_EXTERNAL && check->kind != CONF_CHECK_KINDS)
		c->user = find_user(config, c, check->at);
}

static void
complete_notify(struct config *config, const struct config_notify *notify)
{
	size_t slot;

	for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
		complete_command(config, notify->slot[slot], config->global.scripts.timeout.value);
}

static void
complete_instance(struct config *config, struct config_instance *in)
{
	schema_complete(&schema_instance, in);
	complete_notify(config, &in->notify);
	complete_command(config, in->before_master, config->global.scripts.timeout.value);
}

void
complete_config(struct config *config)
{
	size_t i;

	schema_complete(&schema_global, &config->global);
	for (i = 0; i < config->checks.count; i++)
		complete_check(config, &config->checks.item[i]);
	for (i = 0; i < config->instances.count; i++)
		complete_instance(config, &config->instances.item[i]);
	for (i = 0; i < config->groups.count; i++)
		complete_notify(config, &config->groups.item[i].notify);
	/* Not run unless inherited, but judged all the same. */
	complete_notify(config, &config->defaults.notify);
	complete_command(
	    config, config->defaults.before_master, config->global.scripts.timeout.value);
}
