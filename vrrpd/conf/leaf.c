/*
 * The values at the ends of the tree: numbers, texts, and lists of them; config role and `vrrpd
 * -n`.
 */
#include "vrrpd/conf/leaf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/value.h"

#define VARIABLE_NAME_MAX 255

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* ---- scalars ---- */

static void
range_error(const struct where *w, const struct node *n, const struct schema_key *key)
{
	char min[VALUE_DURATION_MAX], max[VALUE_DURATION_MAX];

	if (key->type == SCHEMA_DURATION)
		where_error(w, n->at, "%.40s is out of range: must be %s to %s", n->text,
		    value_format_duration(key->min, min), value_format_duration(key->max, max));
	else if (key->min == key->max)
		where_error(w, n->at, "%.40s is out of range: must be %" PRId64, n->text, key->min);
	else
		where_error(w, n->at, "%.40s is out of range: must be %" PRId64 " to %" PRId64,
		    n->text, key->min, key->max);
}

static int
decode_word(
    const struct node *n, const struct schema_key *key, int64_t *value, struct value_why *why)
{
	struct suggestion s;
	size_t i, used;

	suggestion_init(&s, n->text);
	for (i = 0; key->words[i] != NULL; i++) {
		if (strcmp(key->words[i], n->text) == 0) {
			*value = (int64_t)i;
			return 0;
		}
		suggestion_offer(&s, key->words[i]);
	}
	used = (size_t)snprintf(why->text, sizeof(why->text), "\"%.40s\" is not one of", n->text);
	for (i = 0; key->words[i] != NULL; i++)
		used += (size_t)snprintf(why->text + used, sizeof(why->text) - used, "%s %s",
		    i == 0 ? "" : ",", key->words[i]);
	snprintf(why->text + used, sizeof(why->text) - used, "%s", suggestion_text(&s));
	return -1;
}

static int
decode_routing_table(const struct node *n, int64_t *value, struct value_why *why)
{
	if (strcmp(n->text, "main") == 0) {
		*value = CONFIG_TABLE_MAIN;
		return 0;
	}
	if (!value_is_digits(n->text))
		return value_because(
		    why, "\"%.40s\" is not a routing table: write its number, or main", n->text);
	if (value_integer(n, value, why) == -1)
		return -1;
	if (*value < 1 || *value > UINT32_MAX)
		return value_because(
		    why, "%.40s is out of range: must be 1 to %" PRIu32, n->text, UINT32_MAX);
	return 0;
}

static int
parse_number(
    const struct node *n, const struct schema_key *key, int64_t *value, struct value_why *why)
{
	if (key->type == SCHEMA_BOOLEAN)
		return value_boolean(n, value, why);
	if (key->type == SCHEMA_INTEGER)
		return value_integer(n, value, why);
	if (key->type == SCHEMA_DURATION)
		return value_duration(n, value, why);
	if (key->type == SCHEMA_ROUTING)
		return decode_routing_table(n, value, why);
	return decode_word(n, key, value, why);
}

static const char *
number_wanted(const struct schema_key *key)
{
	if (key->type == SCHEMA_BOOLEAN)
		return "true or false";
	if (key->type == SCHEMA_INTEGER)
		return "an integer";
	if (key->type == SCHEMA_ROUTING)
		return "the number of a routing table, or main";
	return key->type == SCHEMA_DURATION ? "a duration such as 1.5s" : "a word";
}

static bool
has_range(const struct schema_key *key)
{
	return key->type == SCHEMA_INTEGER || key->type == SCHEMA_DURATION;
}

void
leaf_number(const struct where *w, const struct node *n, const struct schema_key *key,
    struct config_number *out)
{
	struct value_why why;
	int64_t value = CONFIG_BAD;

	*out = (struct config_number){.value = CONFIG_BAD, .at = n->at};
	if (!where_expect(w, n, NODE_SCALAR, number_wanted(key)))
		return;
	if (parse_number(n, key, &value, &why) == -1)
		where_error(w, n->at, "%s", why.text);
	else if (has_range(key) && (value < key->min || value > key->max))
		range_error(w, n, key);
	else
		out->value = value;
}

static bool
login_is_valid(const char *text)
{
	const size_t length = strlen(text);

	return length > 0 && length < CONFIG_USER_NAME_MAX && strpbrk(text, " \t/:") == NULL;
}

static bool
user_is_valid(const char *text)
{
	const size_t user = strcspn(text, ":");
	const char *group = text[user] == ':' ? text + user + 1 : NULL;

	if (user == 0 || user >= CONFIG_USER_NAME_MAX || strpbrk(text, " \t/") != NULL)
		return false;
	return group == NULL || (*group != '\0' && strchr(group, ':') == NULL);
}

/* What an address shows as its own: printable, at most as long as the name of an interface. */
static bool
label_is_valid(const char *text)
{
	const char *c;

	for (c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return strlen(text) < CONF_IFNAME_MAX;
}

static const char *
text_wanted(const struct schema_key *key)
{
	if (key->type == SCHEMA_USER)
		return "user or user:group";
	if (key->type == SCHEMA_LOGIN)
		return "the name of a user";
	if (key->type == SCHEMA_INTERFACE)
		return "the name of an interface";
	return key->type == SCHEMA_PATH ? "an absolute path" : "a text";
}

/* What a text of that type is not; NULL when it is. The text itself is told before it. */
static const char *
text_is_no(const struct schema_key *key, const char *text)
{
	if (key->type == SCHEMA_NAME && !conf_name_is_valid(text))
		return "is not a name: at most 63 letters, digits, \".\", \"_\" and \"-\", the "
		       "first "
		       "a letter or digit";
	if (key->type == SCHEMA_USER && !user_is_valid(text))
		return "is not user or user:group";
	if (*text == '\0')
		return NULL; /* said shorter below */
	if (key->type == SCHEMA_LOGIN && !login_is_valid(text))
		return "is not the name of a user";
	if (key->type == SCHEMA_INTERFACE && !conf_interface_is_valid(text))
		return "is not the name of an interface: 1 to 15 characters without blanks, \"/\" "
		       "and \":\"";
	if (key->type == SCHEMA_LABEL && !label_is_valid(text))
		return "is not a label: 1 to 15 characters without blanks";
	if (key->type == SCHEMA_PROCESS && strchr(text, '/') != NULL)
		return "is a path; write the name of the program alone";
	if (key->type == SCHEMA_PATH && text[0] != '/')
		return "is not an absolute path";
	return NULL;
}

static int64_t
longest(const struct schema_key *key)
{
	return key->type == SCHEMA_PATH ? CONF_PATH_MAX - 1
	       : key->max != 0          ? key->max
					: CONF_NAME_MAX - 1;
}

void
leaf_text(const struct where *w, const struct node *n, const struct schema_key *key,
    struct config_text *out)
{
	const char *wrong;

	*out = (struct config_text){.at = n->at};
	if (!where_expect(w, n, NODE_SCALAR, text_wanted(key)))
		return;
	wrong = text_is_no(key, n->text);
	if (wrong != NULL)
		where_error(w, n->at, "\"%.80s\" %s", n->text, wrong);
	else if (has_control(n->text))
		where_error(w, n->at, "contains control characters");
	else if ((int64_t)strlen(n->text) > longest(key))
		where_error(w, n->at, "is longer than %" PRId64 " bytes", longest(key));
	else if (*n->text == '\0')
		where_error(w, n->at, "is empty");
	else
		out->text = n->text;
}

/* ---- lists of texts ---- */

static bool
decode_item(const struct where *w, const struct node *n, struct config_text *out)
{
	if (n->kind == NODE_BAD)
		return false;
	if (n->kind != NODE_SCALAR) {
		where_error(w, n->at,
		    "each must be a single value, not %s; quote it if it has a colon or "
		    "brackets",
		    value_kind(n));
		return false;
	}
	if (value_is_null(n)) {
		where_error(w, n->at, "an item without a value; an empty text is written \"\"");
		return false;
	}
	*out = (struct config_text){n->text, n->at};
	return true;
}

static void
decode_list(
    const struct where *w, const struct node *n, const char *wanted, struct config_list *out)
{
	const struct node *item;

	*out = (struct config_list){.at = n->at};
	if (!where_expect(w, n, NODE_LIST, wanted))
		return;
	out->item = config_alloc_array(w->config, n->count, sizeof(*out->item));
	for (item = n->first; item != NULL; item = item->next)
		if (decode_item(w, item, &out->item[out->count]))
			out->count++;
}

/* argv[0] is what will be run: a problem with it makes the whole command unusable. */
static void
check_program(const struct where *w, struct config_list *argv)
{
	const struct config_text *program = argv->item;

	if (program->text[0] == '/' && strlen(program->text) > 1)
		return;
	where_error(w, program->at, "\"%.80s\" is not an absolute path: there is no search path",
	    program->text);
	argv->count = 0;
}

void
leaf_argv(const struct where *w, const struct node *n, struct config_list *out)
{
	static const char wanted[] = "a path or a list of arguments";
	const size_t errors = w->config->errors;

	if (n->kind != NODE_SCALAR || value_is_null(n)) {
		decode_list(w, n, wanted, out);
		if (n->kind == NODE_LIST && n->count == 0)
			where_error(w, n->at, "is an empty list; name a program");
		if (w->config->errors != errors)
			out->count = 0;
	} else {
		*out = (struct config_list){.at = n->at, .count = 1};
		out->item = config_alloc(w->config, sizeof(*out->item));
		out->item[0] = (struct config_text){n->text, n->at};
		if (strpbrk(n->text, " \t\n") != NULL) {
			where_error(w, n->at,
			    "there is no shell to split it: write a list, [program, argument]");
			out->count = 0;
		}
	}
	if (out->count > 0)
		check_program(w, out);
}

void
leaf_paths(const struct where *w, const struct node *n, struct config_list *out)
{
	size_t i;

	decode_list(w, n, "a list of paths", out);
	for (i = 0; i < out->count; i++)
		if (out->item[i].text[0] != '/')
			where_error(w, out->item[i].at, "\"%.80s\" is not an absolute path",
			    out->item[i].text);
}

void
leaf_list(const struct where *w, const struct node *n, const char *wanted, struct config_list *out)
{
	size_t i, count = 0;

	decode_list(w, n, wanted, out);
	for (i = 0; i < out->count; i++) {
		const struct config_text item = out->item[i];

		if (*item.text == '\0')
			where_error(w, item.at, "is empty");
		else if (has_control(item.text))
			where_error(w, item.at, "contains control characters");
		else
			out->item[count++] = item;
	}
	out->count = count;
}

/* Letters, digits and "_", as shells have it. */
static bool
variable_is_valid(const char *name)
{
	static const char digits[] = "0123456789";
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	const size_t length = strlen(name);

	return length > 0 && length <= VARIABLE_NAME_MAX && strchr(digits, name[0]) == NULL &&
	       strspn(name, allowed) == length;
}

static bool
decode_variable(const struct where *w, const struct node *n)
{
	const struct where here = {w->config, w, n->key};

	if (n->duplicate || n->kind == NODE_BAD)
		return false;
	if (!variable_is_valid(n->key)) {
		where_error(w, n->key_at, "\"%.80s\" is not the name of a variable", n->key);
		return false;
	}
	if (strncmp(n->key, "VRRP_", 5) == 0) {
		where_error(&here, n->key_at, "names that begin with VRRP_ are set by vrrpd");
		return false;
	}
	if (strcmp(n->key, "TMPDIR") == 0) {
		where_error(&here, n->key_at,
		    "is set by vrrpd: a directory of the run's own, which is removed after it");
		return false;
	}
	if (value_is_null(n)) {
		where_error(&here, n->key_at, "has no value; an empty one is written \"\"");
		return false;
	}
	return where_expect(&here, n, NODE_SCALAR, "a text");
}

void
leaf_environment(const struct where *w, const struct node *n, struct config_environment *out)
{
	const struct node *item;

	*out = (struct config_environment){.at = n->at};
	if (!where_expect(w, n, NODE_MAP, "a mapping of variables"))
		return;
	out->item = config_alloc_array(w->config, n->count, sizeof(*out->item));
	for (item = n->first; item != NULL; item = item->next)
		if (decode_variable(w, item))
			out->item[out->count++] =
			    (struct config_pair){item->key, item->text, item->key_at};
}
