/*
 * Every way in which a script can end, hundreds of times: each verdict is right, and nothing is left:
 * no process, no zombie, no descriptor, no directory. VRRPD_OUTCOMES says how many; 500.
 * The real checker; needs root and the users of the daemon.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "checker/tree.h"
#include "tests/boundary/checker_lab.h"

#define OUTCOMES 500
#define INTERVAL_MS 250
#define TIMEOUT_MS 150
#define ANY (-2)

/* Counts its own runs from 0 in $n. */
#define COUNT "n=$(cat $out/$VRRP_CHECK 2>/dev/null || echo 0); echo $((n + 1)) >$out/$VRRP_CHECK; "

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
    SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM,
    SIGPROF, SIGIO, SIGSYS};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };
#define SIGNAL_WORDS "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 24 25 26 27 29 31"

enum special { NORMAL, EVERY_CODE, EVERY_SIGNAL, NOT_EXECUTABLE, DIRECTORY, NO_INTERPRETER };

/* Until how it must end. Zero: it times out. */
static const struct outcome {
	const char *body; /* NULL = there is no such file */
	enum special special;
	bool timed_out;
	int exit_status;
	int error;
	uint32_t timeout_ms; /* 0 = TIMEOUT_MS; those that must end in time get more */
	const char *output;  /* NULL = any */
} outcomes[] = {
    {COUNT "exit $((n % 256))", EVERY_CODE, false, ANY, 0, 5000, ""},
    {COUNT "set -- " SIGNAL_WORDS "; shift $((n % 21)); kill -$1 $$; sleep 9", EVERY_SIGNAL, false,
	-1, 0, 5000, NULL},
    {"exec sleep 100", NORMAL, true, -1, 0, 0, ""},
    {"trap 'exit 0' TERM; sleep 100 & wait", NORMAL, true, -1, 0, 0, NULL},
    {"trap '' TERM; while :; do sleep 0.05; done", NORMAL, true, -1, 0, 0, NULL},
    {"kill -STOP $$", NORMAL, true, -1, 0, 0, NULL},
    {"(setsid sh -c 'setsid sleep 100 & sleep 100' &); (trap '' TERM; sleep 100) & exec sleep 100",
	NORMAL, true, -1, 0, 0, NULL},
    {"(sleep 0.3 >/dev/null 2>&1 &); exit 3", NORMAL, false, 3, 0, 5000, ""},
    {"sleep 0.3 & echo fine", NORMAL, false, 0, 0, 5000, "fine"},
    {"for i in 1 2 3 4 5 6 7 8; do sleep 0.2 & done; exit 4", NORMAL, false, 4, 0, 5000, NULL},
    {"exec >&- 2>&- <&-; exit 0", NORMAL, false, 0, 0, 5000, ""},
    {"exec >&-; echo x; exit 5", NORMAL, false, 5, 0, 5000, NULL},
    {"head -c 10000000 /dev/zero | tr '\\0' y; printf ' end'", NORMAL, false, 0, 0, 20000, NULL},
    {"yes", NORMAL, true, -1, 0, 0, NULL},
    {"mkdir -p $TMPDIR/a/b && touch $TMPDIR/a/b/c && chmod 0 $TMPDIR/a; exit 6", NORMAL, false, 6,
	0, 5000, ""},
    {"no-such-command", NORMAL, false, 127, 0, 5000, NULL},
    {"/etc/passwd", NORMAL, false, 126, 0, 5000, NULL},
    {NULL, NORMAL, false, -1, ENOENT, 5000, ""},
    {"exit 0", NOT_EXECUTABLE, false, -1, EACCES, 5000, ""},
    {NULL, DIRECTORY, false, -1, EACCES, 5000, ""},
    {"exit 0", NO_INTERPRETER, false, -1, ENOENT, 5000, ""},
};
enum { COUNT_OF_OUTCOMES = sizeof(outcomes) / sizeof(outcomes[0]) };

static uint32_t
add_outcome(struct lab *lab, const struct outcome *o)
{
	uint32_t id = lab_add_check(
	    lab, o->body, INTERVAL_MS, o->timeout_ms != 0 ? o->timeout_ms : TIMEOUT_MS);
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/script%u", lab->dir, id);
	if (o->special == NOT_EXECUTABLE)
		assert_int_equal(chmod(path, 0644), 0);
	if (o->special == DIRECTORY)
		assert_int_equal(mkdir(path, 0755), 0);
	if (o->special == NO_INTERPRETER) {
		f = fopen(path, "w");
		assert_non_null(f);
		fprintf(f, "#!/no/such/interpreter\n");
		fclose(f);
	}
	return id;
}

static void
must_have_ended(const struct outcome *o, const struct msg_check *check)
{
	int status = o->exit_status, number = 0;

	if (o->special == EVERY_CODE)
		status = (int)((check->runs - 1) % 256);
	if (o->special == EVERY_SIGNAL)
		number = signals[(check->runs - 1) % SIGNALS];
	assert_int_equal(check->timed_out, o->timed_out);
	assert_int_equal(check->exit_status, status);
	assert_int_equal(check->signal, number);
	assert_int_equal(check->error, o->error);
	assert_string_equal(check->step, o->error != 0 ? "exec" : "");
	if (o->output != NULL)
		assert_string_equal(check->output, o->output);
	if (o->timed_out)
		assert_int_equal(check->state, VRRP_CHECK_DOWN);
	else if (number != 0 || o->error != 0 || status == 126 || status == 127)
		assert_int_equal(check->state, VRRP_CHECK_BROKEN);
	else
		assert_int_equal(check->state, status == 0 ? VRRP_CHECK_UP : VRRP_CHECK_DOWN);
}

static unsigned
count_descriptors(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return lab_count_entries(path);
}

/* What the checker let fall came to us. Nothing may stay but what ends by itself. */
static bool
nothing_is_left(void)
{
	pid_t pid;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return tree_list_children(getpid(), &pid, 1) == 0;
}

static void
test_S08_S09_S11_every_outcome(void **state)
{
	const char *wanted = getenv("VRRPD_OUTCOMES");
	const uint64_t total = wanted != NULL ? strtoull(wanted, NULL, 10) : OUTCOMES;
	struct lab *lab = *state;
	uint32_t first = 0, id = 0;
	uint64_t runs = 0, of_kind[COUNT_OF_OUTCOMES] = {0};
	struct msg_check check;
	unsigned idle, kinds = 0;

	for (size_t i = 0; i < COUNT_OF_OUTCOMES; i++) {
		id = add_outcome(lab, &outcomes[i]);
		first = i == 0 ? id : first;
	}
	lab_nap(100 * NS_PER_MS);
	idle = count_descriptors(lab->checker);
	lab_commit(lab);
	for (; runs < total || kinds < COUNT_OF_OUTCOMES; runs++) {
		assert_true(
		    lab_receive(lab->engine, CHECKER_ENGINE_CHECK, &check, sizeof(check), 30000));
		assert_in_range(check.check, first, id);
		must_have_ended(&outcomes[check.check - first], &check);
		kinds +=
		    of_kind[check.check - first]++ == 0; /* some take longer than many others */
		assert_int_equal(check.runs, of_kind[check.check - first]);
	}
	/* two for each that runs, and what it has anyhow */
	assert_in_range(count_descriptors(lab->checker), 0, idle + 2 * COUNT_OF_OUTCOMES + 2);
	lab_stop(lab);
	LAB_WAIT_UNTIL(nothing_is_left(), 2000);
	printf("%llu outcomes\n", (unsigned long long)runs);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {LAB_TEST(test_S08_S09_S11_every_outcome)};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("checker_storm", tests, NULL, NULL);
}
