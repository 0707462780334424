/*
 * Which hook is due: scripts of what happens and what must be run, one line each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "notifier/notifier.h"

/*
 * A script of letters, one after the other:
 *   m b f s   the instance becomes master, backup, fault, or stops
 *   n         what is due is asked for: writes the step, "-" when none is
 *   d         the step that runs is done
 *   x X       its checker dies, another one dies
 *   !         a report of a step that does not run: must be refused
 *   i         writes "idle" or "busy"
 *   R D       a checker recalls a running or a done step, of the letter and slot that follow
 * A step is written as the event's letter, "all" behind it for the generic hook, and its skipped
 * ones in brackets.
 */
struct row {
	const char *name;
	const char *hooks; /* slots that have a command: m b f s a */
	const char *script;
	const char *runs;
};

static const struct row rows[] = {
    {"N01 nothing is due at first", "mbfsa", "ni", "- idle"},
    {"N01 the state's hook, then the one for all", "mbfsa", "mnidnidni",
	"m busy m.all busy - idle"},
    {"N01 only the state's", "mbfs", "mndni", "m - idle"},
    {"N01 only the one for all", "a", "mndni", "m.all - idle"},
    {"N01 each state has its own", "mbfs", "mndbndfndsndn", "m b f s -"},
    {"N01 no command in any slot", "", "mni", "- idle"},
    {"N01 none for this state", "m", "bnimndn", "- idle m -"},
    {"N01 states without a command do not stop the rest", "f", "mbfnbndn", "f[mb] - -"},
    {"N03 one at a time", "mbfsa", "mnbnn", "m - -"},
    {"N03 in order: both steps, then the next", "mbfsa", "mnbdndndndn", "m m.all b b.all -"},
    {"N03 while one runs the newest wins and the skipped one is named", "mbfsa", "mnbfdndndndn",
	"m m.all f[b] f[b].all -"},
    {"N03 several skipped, oldest first", "a", "mnbfbmsdndn", "m.all s[bfbm].all -"},
    {"N03 before anything ran, too", "a", "bmndn", "m[b].all -"},
    {"N03 back to the same state, with what was between", "a", "mnbmdndn", "m.all m[b].all -"},
    {"N03 the newest 14 are named", "a", "mnbfbfbfbfbfbfbfbfmdn", "m.all m[bfbfbfbfbfbfbf].all"},
    {"N03 15 skipped: the oldest is forgotten", "a", "mnsbfbfbfbfbfbfbfmdn",
	"m.all m[bfbfbfbfbfbfbf].all"},
    {"N03 names are not carried on", "a", "mnbfdndbndn", "m.all f[b].all b.all -"},
    {"what is waiting is not idle", "a", "mi", "busy"},
    {"a report of another step changes nothing", "a", "m!n!n", "m.all -"},
    {"a step is done once", "m", "mnd!ni", "m - idle"},

    {"C04 a checker dies: the step again, the same sequence", "mbfsa", "mnxndndn", "m m= m.all -"},
    {"C04 twice", "ma", "mnxnxndndn", "m m= m= m.all -"},
    {"C04 the generic step", "ma", "mndnxndn", "m m.all m.all= -"},
    {"C04 before a newer one", "ma", "mnbxndndndn", "m m= m.all b.all -"},
    {"C04 another checker dies: the step goes on", "ma", "mnXndndn", "m - m.all -"},
    {"C04 nothing runs: nothing is due again", "ma", "xnmndndxn", "- m m.all -"},

    {"C01 done before: not a second time", "a", "Dmamni", "- idle"},
    {"C01 whichever comes first", "a", "mDmani", "- idle"},
    {"C01 only once: later it counts again", "a", "Dmambndmndn", "b.all m.all -"},
    {"C01 even twice the same later", "a", "Dmamnmndn", "- m.all -"},
    {"C01 another event is delivered", "a", "Dmabndn", "b.all -"},
    {"C01 another event that waits is delivered", "a", "bDmandn", "b.all -"},
    {"C01 what was skipped on the way is delivered", "a", "bmDmandn", "m[b].all -"},
    {"C01 then the recalled state is new again", "a", "Dmabndmndn", "b.all m.all -"},
    {"C01 what this life delivered is not taken for it", "a", "Dmabndbndn", "b.all b.all -"},
    {"C01 a running one is waited for", "a", "Rmamnidni", "- busy - idle"},
    {"C01 a running one, another event after it", "a", "Rmabndndn", "- b.all -"},
    {"C01 a running one whose checker dies", "a", "Rmamxndn", "m.all= -"},
    {"C01 done before, but another one runs now: delivered after it", "a", "bDbaRmandn", "- b.all"},
    {"C01 the same, whichever comes first", "a", "DbaRmabndn", "- b.all"},
    {"C01 the state's hook was done: the one for all is left", "ma", "Dmmmndn", "m.all -"},
    {"C01 the state's hook runs: the one for all comes after it", "ma", "Rmmmndndn", "- m.all -"},
    {"C01 the state's hook was done and there is no other", "m", "Dmmmni", "- idle"},
    {"C01 both were done, as two checkers tell", "ma", "DmmDmamni", "- idle"},
    {"C01 of two checkers the later step counts, in any order", "ma", "DmaEmmmni", "- idle"},
    {"C01 too late: what runs in this life goes on", "ma", "mnDbandndn", "m - m.all -"},
};

static const char letters[] = "mbfs"; /* enum vrrp_hook_event */

struct play {
	struct notifier n;
	char out[512];
	uint32_t sequence; /* of the last step */
	uint32_t recalled; /* of the last recalled step, of an earlier life */
};

static void
say(struct play *p, const char *word)
{
	size_t used = strlen(p->out);

	snprintf(p->out + used, sizeof(p->out) - used, "%s%s", used == 0 ? "" : " ", word);
}

static enum vrrp_hook_event
event_of(char letter)
{
	return (enum vrrp_hook_event)(strchr(letters, letter) - letters);
}

static enum conf_hook_slot
slot_of(char letter)
{
	return letter == 'a' ? CONF_HOOK_ALL
			     : (enum conf_hook_slot)(strchr(letters, letter) - letters);
}

static void
change(struct play *p, char letter)
{
	const struct notifier_change c = {.event = event_of(letter), .priority = 100};

	notifier_change(&p->n, &c);
}

/* A command is 10 + slot, its runner 20 + slot. */
static void
ask(struct play *p)
{
	struct notifier_run run;
	char word[64];
	size_t used;

	if (!notifier_next(&p->n, &run)) {
		say(p, "-");
		return;
	}
	assert_int_equal(run.command, 10 + run.slot);
	assert_int_equal(run.runner, 20 + run.slot);
	used = (size_t)snprintf(word, sizeof(word), "%c", letters[run.change.event]);
	for (size_t i = 0; i < run.change.skipped_count; i++)
		used += (size_t)snprintf(word + used, sizeof(word) - used, "%s%c%s",
		    i == 0 ? "[" : "", letters[run.change.skipped[i]],
		    i + 1U == run.change.skipped_count ? "]" : "");
	if (run.slot == CONF_HOOK_ALL)
		used += (size_t)snprintf(word + used, sizeof(word) - used, ".all");
	else
		assert_int_equal(run.slot, slot_of(letters[run.change.event]));
	if (run.sequence == p->sequence)
		snprintf(word + used, sizeof(word) - used, "=");
	else
		assert_true(run.sequence > p->sequence);
	p->sequence = run.sequence;
	say(p, word);
}

/* R running, D done, E done but earlier than the one recalled before. */
static const char *
recall(struct play *p, const char *script)
{
	struct notifier_run run = {
	    .slot = slot_of(script[2]), .change = {.event = event_of(script[1])}};

	p->recalled += script[0] == 'E' ? -1U : 1U;
	run.sequence = p->recalled;
	run.command = 10 + run.slot;
	run.runner = 20 + run.slot;
	notifier_recall(&p->n, &run, script[0] == 'R');
	if (p->n.sequence == run.sequence)
		p->sequence = run.sequence;
	return script + 2;
}

static const char *
play_letter(struct play *p, const char *script)
{
	switch (*script) {
	case 'n':
		ask(p);
		break;
	case 'd':
		assert_true(notifier_done(&p->n, p->sequence));
		break;
	case '!':
		assert_false(notifier_done(&p->n, p->sequence + 1));
		assert_false(!p->n.running && notifier_done(&p->n, p->sequence));
		break;
	case 'x':
		notifier_retry(&p->n, 20 + p->n.step);
		break;
	case 'X':
		notifier_retry(&p->n, 99);
		break;
	case 'i':
		say(p, notifier_is_idle(&p->n) ? "idle" : "busy");
		break;
	case 'R':
	case 'D':
	case 'E':
		return recall(p, script);
	default:
		change(p, *script);
		break;
	}
	return script;
}

static void
run_row(const struct row *row)
{
	struct play p = {.recalled = 50};

	notifier_init(&p.n);
	for (const char *hook = row->hooks; *hook != '\0'; hook++)
		notifier_set_hook(&p.n, slot_of(*hook), 10 + slot_of(*hook), 20 + slot_of(*hook));
	for (const char *script = row->script; *script != '\0'; script++)
		script = play_letter(&p, script);
	if (strcmp(p.out, row->runs) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", row->name, p.out, row->runs);
}

static void
test_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(&rows[i]);
}

/* What a hook is told comes from the newest change; the previous state is the last one delivered.
 */
static void
test_n03_what_a_hook_is_told(void **state)
{
	struct notifier n;
	struct notifier_run run;
	struct notifier_change c = {
	    VRRP_HOOK_MASTER, VRRP_BACKUP, VRRP_REASON_PREEMPTED, 200, 0, {0}};

	(void)state;
	notifier_init(&n);
	notifier_set_hook(&n, CONF_HOOK_ALL, 7, 8);
	notifier_change(&n, &c);
	c = (struct notifier_change){
	    VRRP_HOOK_FAULT, VRRP_MASTER, VRRP_REASON_FAULT, 150, 3, {VRRP_HOOK_STOP}};
	notifier_change(&n, &c);
	assert_true(notifier_next(&n, &run));
	assert_int_equal(run.command, 7);
	assert_int_equal(run.runner, 8);
	assert_int_equal(run.sequence, 1);
	assert_int_equal(run.change.event, VRRP_HOOK_FAULT);
	assert_int_equal(run.change.previous, VRRP_BACKUP);
	assert_int_equal(run.change.reason, VRRP_REASON_FAULT);
	assert_int_equal(run.change.priority, 150);
	assert_int_equal(run.change.skipped_count, 1);
	assert_int_equal(run.change.skipped[0], VRRP_HOOK_MASTER);
}

/* A step that is left of an earlier life is told what the new one knows. */
static void
test_c01_what_a_left_step_is_told(void **state)
{
	const struct notifier_run before = {
	    41, 7, 8, CONF_HOOK_MASTER, {.event = VRRP_HOOK_MASTER}};
	const struct notifier_change c = {
	    VRRP_HOOK_MASTER, VRRP_INIT, VRRP_REASON_RESUME, 200, 0, {0}};
	struct notifier_run run;
	struct notifier n;

	(void)state;
	for (int recall_first = 0; recall_first < 2; recall_first++) {
		notifier_init(&n);
		notifier_set_hook(&n, CONF_HOOK_ALL, 7, 8);
		if (recall_first)
			notifier_recall(&n, &before, false);
		notifier_change(&n, &c);
		if (!recall_first)
			notifier_recall(&n, &before, false);
		assert_true(notifier_next(&n, &run));
		assert_int_equal(run.sequence, 42);
		assert_int_equal(run.slot, CONF_HOOK_ALL);
		assert_int_equal(run.change.priority, 200);
		assert_int_equal(run.change.reason, VRRP_REASON_RESUME);
		assert_true(notifier_done(&n, 42));
		assert_false(notifier_next(&n, &run));
	}
}

/* A state that is none has the hook for all. */
static void
test_an_event_that_is_none(void **state)
{
	const struct notifier_change c = {.event = VRRP_HOOK_COUNT};
	struct notifier_run run;
	struct notifier n;

	(void)state;
	notifier_init(&n);
	notifier_set_hook(&n, CONF_HOOK_MASTER, 1, 2);
	notifier_change(&n, &c);
	assert_false(notifier_next(&n, &run));
	notifier_set_hook(&n, CONF_HOOK_ALL, 7, 8);
	notifier_change(&n, &c);
	assert_true(notifier_next(&n, &run));
	assert_int_equal(run.slot, CONF_HOOK_ALL);
	assert_int_equal(run.command, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scripts),
	    cmocka_unit_test(test_n03_what_a_hook_is_told),
	    cmocka_unit_test(test_c01_what_a_left_step_is_told),
	    cmocka_unit_test(test_an_event_that_is_none),
	};

	return cmocka_run_group_tests_name("notifier", tests, NULL, NULL);
}
