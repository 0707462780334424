/*
 * Defaults and references: what a configuration means beyond what is written; config role and
 * `vrrpd -n`.
 */
#include "vrrpd/conf/complete.h"

#include <string.h>

#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/schema.h"

static void
complete_numbers(const struct schema_table *table, void *object)
{
	struct config_number *number;
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct schema_key *key = &table->keys[i];

		if (key->type == SCHEMA_MAP)
			complete_numbers(key->table, schema_member(key, object));
		if (key->type != SCHEMA_BOOLEAN && key->type != SCHEMA_INTEGER &&
		    key->type != SCHEMA_DURATION && key->type != SCHEMA_WORD)
			continue;
		number = schema_member(key, object);
		if (number->at.line == 0)
			number->value = key->fallback;
	}
}

/* The user of a command; one for each way of writing it. */
static struct config_user *
find_user(struct config *config, const struct config_command *c)
{
	const struct config_text *inherited = &config->global.scripts.run_as;
	struct config_user wanted = {.text = CONFIG_USER_SCRIPT, .at = c->argv.at, .path = c->path};
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
		complete_numbers(&schema_command, c);
	if (c->timeout.value == CONFIG_INHERITED)
		c->timeout.value = timeout_ms;
	c->user = find_user(config, c);
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

void
complete_config(struct config *config)
{
	struct config_instance *instance;
	struct config_check *check;
	size_t i, slot;

	complete_numbers(&schema_global, &config->global);
	for (i = 0; i < config->checks.count; i++) {
		check = &config->checks.item[i];
		complete_numbers(&schema_check, check);
		complete_command(config, &check->command, check->interval.value);
	}
	for (i = 0; i < config->instances.count; i++) {
		instance = &config->instances.item[i];
		complete_numbers(&schema_instance, instance);
		for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
			complete_command(config, instance->notify.slot[slot],
			    config->global.scripts.timeout.value);
	}
	/* Not run unless inherited, but judged all the same. */
	for (slot = 0; slot < CONF_HOOK_SLOTS; slot++)
		complete_command(config, config->defaults.notify.slot[slot],
		    config->global.scripts.timeout.value);
}
