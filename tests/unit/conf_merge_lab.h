/*
 * Loads and sweeps one behind the other, and what comes of them as text. Included behind cmocka.h.
 */
#ifndef TESTS_UNIT_CONF_MERGE_LAB_H
#define TESTS_UNIT_CONF_MERGE_LAB_H

#include "tests/unit/conf_text_lab.h"
#include "vrrpd/conf/merge.h"

#define TEXT_MAX 8192

/* ---- records as text: a word each, of the kinds asked for ---- */

struct description {
	const char *kinds; /* letters */
	char text[TEXT_MAX];
};

static inline void say(struct description *, char, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static inline void
say(struct description *d, char kind, const char *format, ...)
{
	size_t length = strlen(d->text);
	va_list ap;

	if (strchr(d->kinds, kind) == NULL)
		return;
	if (length > 0)
		d->text[length++] = ' ';
	va_start(ap, format);
	vsnprintf(d->text + length, sizeof(d->text) - length, format, ap);
	va_end(ap);
	assert_true(strlen(d->text) < sizeof(d->text) - 64);
}

/* G1=lan, I2=web/1 (in group 1); "-" behind what is retiring, "!" behind what is cut. */
static inline void
say_objects(struct description *d, const struct conf *c)
{
	const struct conf_instance *in;
	size_t i;

	for (i = 0; i < c->group_count; i++)
		say(d, 'G', "G%u=%s%s", c->group[i].id, c->group[i].name,
		    c->group[i].retiring ? "-" : "");
	for (i = 0; i < c->instance_count; i++) {
		in = &c->instance[i];
		say(d, 'I', "I%u=%s/%u%s%s", in->id, in->name, in->group, in->retiring ? "-" : "",
		    in->retiring && in->handover == CONF_HANDOVER_IMMEDIATE ? "!" : "");
		if (in->virtual_mac)
			say(d, 'V', "V%u=%s", in->id, in->virtual_interface);
	}
}

/* The instance each belongs to, and something of its own. */
static inline void
say_parts(struct description *d, const struct conf *c)
{
	char buffer[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < c->address_count; i++)
		say(d, 'A', "A%u=%s", c->address[i].instance,
		    addr_format(&c->address[i].addr, buffer));
	for (i = 0; i < c->peer_count; i++)
		say(d, 'P', "P%u=%s", c->peer[i].instance, addr_format(&c->peer[i].addr, buffer));
	for (i = 0; i < c->route_count; i++)
		say(d, 'R', "R%u=%u", c->route[i].instance, c->route[i].table);
	for (i = 0; i < c->rule_count; i++)
		say(d, 'L', "L%u=%u", c->rule[i].instance, c->rule[i].table);
	for (i = 0; i < c->runner_count; i++)
		say(d, 'U', "U%u=%u", c->runner[i].id, c->runner[i].uid);
}

static inline void
say_runs(struct description *d, const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->command_count; i++)
		say(d, 'C', "C%u=%s,%u,%u", c->command[i].id, c->command[i].text,
		    c->command[i].timeout_ms, c->command[i].runner);
	for (i = 0; i < c->check_count; i++)
		say(d, 'K', "K%u=%s,%u,%u", c->check[i].id, c->check[i].name, c->check[i].command,
		    c->check[i].runner);
	for (i = 0; i < c->track_count; i++)
		say(d, 'T', "T%u/%u=%u", c->track[i].instance, c->track[i].group,
		    c->track[i].check);
	for (i = 0; i < c->hook_count; i++)
		say(d, 'H', "H%u/%u/%u=%u,%u", c->hook[i].instance, c->hook[i].group,
		    c->hook[i].slot, c->hook[i].command, c->hook[i].runner);
	say(d, 'N', "N%u,%u,%u,%u,%u", c->global.last_group, c->global.last_instance,
	    c->global.last_runner, c->global.last_command, c->global.last_check);
}

static inline void
describe(const struct conf *c, const char *kinds, struct description *d)
{
	d->kinds = kinds;
	d->text[0] = '\0';
	say_objects(d, c);
	say_parts(d, c);
	say_runs(d, c);
}

static inline void
assert_conf(const char *what, const struct conf *c, const char *kinds, const char *expected)
{
	struct description d;

	describe(c, kinds, &d);
	if (strcmp(d.text, expected) != 0)
		fail_msg("%s:\n%s, expected\n%s", what, d.text, expected);
}

/* ---- steps ---- */

static inline size_t
count_retired(const struct msg_retired *retired)
{
	size_t n = 0;

	while (retired != NULL && (retired[n].instance != 0 || retired[n].group != 0))
		n++;
	return n;
}

/* running becomes what comes of it; text NULL is a sweep, retired ends with zeros. */
static inline void
step(struct conf *running, const struct msg_retired *retired, const char *text)
{
	struct conf fresh, out;

	if (text == NULL)
		fresh = *running;
	else
		load(text, &fresh);
	assert_int_equal(merge_conf(running, retired, count_retired(retired), &fresh, &out), 0);
	if (text != NULL)
		conf_free(&fresh);
	conf_free(running);
	*running = out;
}

/* A sweep of nothing changes nothing, in no record. */
static inline void
assert_sweep_is_identity(const struct conf *running)
{
	struct conf out;

	assert_int_equal(merge_conf(running, NULL, 0, running, &out), 0);
	assert_memory_equal(&out.global, &running->global, sizeof(out.global));
#define SAME(lower, UPPER) \
	assert_int_equal(out.lower##_count, running->lower##_count); \
	for (size_t i = 0; i < out.lower##_count; i++) \
		assert_memory_equal(&out.lower[i], &running->lower[i], \
		    conf_record_size(CONF_##UPPER, &out.lower[i]));
	CONF_KINDS(SAME)
#undef SAME
	conf_free(&out);
}

struct row {
	const char *what;
	const char *first;
	const char *second; /* NULL = a sweep */
	const char *kinds;
	const char *expected; /* after both */
};

static inline void
check_rows(const struct row *rows, size_t count)
{
	struct conf running;
	size_t i;

	for (i = 0; i < count; i++) {
		conf_init(&running);
		step(&running, NULL, rows[i].first);
		assert_sweep_is_identity(&running);
		step(&running, NULL, rows[i].second);
		assert_conf(rows[i].what, &running, rows[i].kinds, rows[i].expected);
		assert_sweep_is_identity(&running);
		conf_free(&running);
	}
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
