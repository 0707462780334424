/*
 * vrrpctl as its users call it, against the real control socket with a made-up engine behind it:
 * what it prints and how it exits. argv[1] is the program.
 */
#include "tests/unit/ctl_run.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bsd/string.h>

#include "common/clock.h"

/* The made-up engine: "web" is master, "lan" in fault, "odd" in a state that does not exist. */
static void
send_instance(struct control_client *client, uint32_t id, const char *name, enum vrrp_state state)
{
	struct msg_status_instance instance = {.id = id,
	    .interface = "eth0",
	    .family = ADDR_IPV4,
	    .vrid = (uint8_t)id,
	    .version = 3,
	    .state = state,
	    .priority = 100,
	    .effective_priority = 100,
	    .since_ns = clock_now().ns,
	    .next_timer_ns = INT64_MAX};

	strlcpy(instance.name, name, sizeof(instance.name));
	control_reply(client, ENGINE_CTL_INSTANCE, &instance, sizeof(instance));
}

static int
engine_show(void *ctx, struct control_client *client, enum msg_show what, const char *name)
{
	const bool all = what == MSG_SHOW_ALL;
	struct msg_status status = {.router_name = "fw1", .generation = 1};
	struct msg_status_check check = {
	    .name = "apache", .last = {.check = 1, .state = VRRP_CHECK_UP}};

	(void)ctx;
	if (!all && strcmp(name, "web") != 0 && strcmp(name, "lan") != 0 &&
	    strcmp(name, "odd") != 0)
		return MSG_CTL_NO_SUCH_OBJECT;
	status.time_ns = clock_now().ns;
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	if (all || strcmp(name, "web") == 0)
		send_instance(client, 1, "web", VRRP_MASTER);
	if (all || strcmp(name, "lan") == 0)
		send_instance(client, 2, "lan", VRRP_FAULT);
	if (strcmp(name, "odd") == 0)
		send_instance(client, 3, "odd", VRRP_STATE_COUNT);
	if (all)
		control_reply(client, ENGINE_CTL_CHECK, &check, sizeof(check));
	return MSG_CTL_OK;
}

/* "apache" runs, "web" can be changed, "mine" is root's, "off" cannot be changed now. */
static int
engine_operate(
    void *ctx, struct control_client *client, uid_t uid, const struct msg_ctl_operate *request)
{
	const struct msg_status status = {.time_ns = clock_now().ns};
	struct msg_status_explanation line = {0};
	struct msg_status_check check = {
	    .name = "apache", .last = {.check = 1}, .timeout_ms = 1000};
	struct msg_status_ran ran = {.result = {.state = VRRP_CHECK_DOWN, .exit_status = 3}};
	struct msg_status_effect effect = {.name = "web", .fault_then = 1};

	(void)ctx;
	(void)uid;
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	if (strcmp(request->name, "mine") == 0)
		return MSG_CTL_PERMISSION;
	snprintf(line.text, sizeof(line.text), "operation %u up %u for %lld s", request->operation,
	    request->up, (long long)(request->duration_ns / NS_PER_S));
	if (strcmp(request->name, "off") == 0 || request->operation == MSG_OPERATION_EXPLAIN)
		control_reply(client, ENGINE_CTL_EXPLANATION, &line, sizeof(line));
	if (strcmp(request->name, "off") == 0)
		return MSG_CTL_FAILED;
	if (strcmp(request->name, "web") == 0)
		return MSG_CTL_OK;
	if (strcmp(request->name, "apache") != 0 || request->operation != MSG_OPERATION_CHECK_RUN)
		return MSG_CTL_NO_SUCH_OBJECT;
	control_reply(client, ENGINE_CTL_CHECK, &check, sizeof(check));
	control_reply(client, ENGINE_CTL_RAN, &ran, sizeof(ran));
	control_reply(client, ENGINE_CTL_EFFECT, &effect, sizeof(effect));
	return MSG_CTL_OK;
}

static int
group_start(void **state)
{
	static const struct control_ops ops = {.show = engine_show, .operate = engine_operate};

	(void)state;
	return serve(&ops);
}

static void
test_show(void **state)
{
	char bare[sizeof(output)];

	(void)state;
	assert_int_equal(run("-r $DIR"), VRRPCTL_OK);
	assert_says("web ");
	assert_says("lan ");
	assert_null(strchr(output, '\033'));
	strlcpy(bare, output, sizeof(bare));
	assert_int_equal(run("-r $DIR sh"), VRRPCTL_OK);
	assert_string_equal(output, bare);
	assert_int_equal(run("-r $DIR show web"), VRRPCTL_OK);
	assert_says("web: master for");
	assert_null(strstr(output, "lan"));
	assert_int_equal(run("-r $DIR show checks"), VRRPCTL_OK);
	assert_says("apache");
	assert_int_equal(run("show ch -r $DIR"), VRRPCTL_OK);
	assert_says("apache");
	assert_int_equal(run("-r $DIR show counters"), VRRPCTL_OK);
	assert_says("advertisement-rcvd");
	assert_int_equal(run("-jr $DIR show"), VRRPCTL_OK);
	assert_int_equal(strncmp(output, "{\"schema\": \"vrrpctl/1\"", 22), 0);
}

static void
test_exit_code(void **state)
{
	(void)state;
	assert_int_equal(run("-r $DIR show --exit-code"), VRRPCTL_UNHEALTHY);
	assert_int_equal(run("-r $DIR show lan --exit-code"), VRRPCTL_UNHEALTHY);
	assert_int_equal(run("-r $DIR show web --exit-code"), VRRPCTL_OK);
	assert_int_equal(run("-r $DIR is-master web --exit-code"), VRRPCTL_USAGE);
}

static void
test_is_master(void **state)
{
	(void)state;
	assert_int_equal(run("-r $DIR is-master web"), VRRPCTL_OK);
	assert_string_equal(output, "master\n");
	assert_int_equal(run("-r $DIR is-master lan"), VRRPCTL_FAILED);
	assert_string_equal(output, "fault\n");
	assert_int_equal(run("-jr $DIR is lan"), VRRPCTL_FAILED);
	assert_says("\"is_master\": false");
	assert_int_equal(run("-r $DIR is-master"), VRRPCTL_USAGE);
}

static void
test_no_such_object(void **state)
{
	(void)state;
	assert_int_equal(run("-r $DIR show wev"), VRRPCTL_NO_SUCH_OBJECT);
	assert_says("wev: no such instance");
	assert_int_equal(run("-r $DIR is-master wev"), VRRPCTL_NO_SUCH_OBJECT);
	assert_int_equal(run("-r $DIR show $(printf %0100d 0)"), VRRPCTL_NO_SUCH_OBJECT);
}

static void
test_operations(void **state)
{
	(void)state;
	assert_int_equal(run("-r $DIR fault web"), VRRPCTL_OK);
	assert_string_equal(output, "");
	assert_int_equal(run("-jr $DIR fa web --for 10m"), VRRPCTL_OK);
	assert_says("\"operation\": \"fault\", \"name\": \"web\"}");
	assert_int_equal(run("-r $DIR clear web"), VRRPCTL_OK);
	assert_int_equal(run("-r $DIR fault off --for 10m"), VRRPCTL_FAILED);
	assert_says("operation 2 up 0 for 600 s");
	assert_int_equal(run("-r $DIR clear off"), VRRPCTL_FAILED);
	assert_says("operation 3 up 0 for 0 s");
	assert_int_equal(run("-r $DIR check set off u"), VRRPCTL_FAILED);
	assert_says("operation 0 up 1 for 0 s");
	assert_int_equal(run("-r $DIR ch s off down"), VRRPCTL_FAILED);
	assert_says("operation 0 up 0 for 0 s");
	assert_int_equal(run("-r $DIR explain web"), VRRPCTL_OK);
	assert_string_equal(output, "operation 4 up 0 for 0 s\n");
	assert_int_equal(run("-r $DIR check run apache"), VRRPCTL_OK);
	assert_says("apache: down after");
	assert_says("(exit 3)");
	assert_says("web: would be in fault");
	assert_int_equal(run("-jr $DIR check run apache"), VRRPCTL_OK);
	assert_says("\"exit_status\": 3");
	assert_int_equal(run("-r $DIR check set mine up"), VRRPCTL_PERMISSION);
	assert_says("mine: only root and the user of its set-by");
	assert_int_equal(run("-r $DIR fault mine"), VRRPCTL_PERMISSION);
	assert_says("mine: only root");
	assert_int_equal(run("-r $DIR check run web2"), VRRPCTL_NO_SUCH_OBJECT);
	assert_says("web2: no such check");
	assert_int_equal(run("-r $DIR explain wev"), VRRPCTL_NO_SUCH_OBJECT);
	assert_says("wev: no such instance");
}

static void
test_usage_of_operations(void **state)
{
	(void)state;
	assert_int_equal(run("-r $DIR c web"), VRRPCTL_USAGE);
	assert_says("c: ambiguous command");
	assert_int_equal(run("check"), VRRPCTL_USAGE);
	assert_int_equal(run("check rnu apache"), VRRPCTL_USAGE);
	assert_says("did you mean \"run\"?");
	assert_int_equal(run("check run"), VRRPCTL_USAGE);
	assert_int_equal(run("check run a b"), VRRPCTL_USAGE);
	assert_int_equal(run("check set a"), VRRPCTL_USAGE);
	assert_int_equal(run("check set a broken"), VRRPCTL_USAGE);
	assert_int_equal(run("explain"), VRRPCTL_USAGE);
	assert_int_equal(run("fault"), VRRPCTL_USAGE);
	assert_int_equal(run("clear a b"), VRRPCTL_USAGE);
	assert_int_equal(run("-r $DIR fault web --for 10"), VRRPCTL_USAGE);
	assert_says("a duration is due");
	assert_int_equal(run("-r $DIR clear web --for 10m"), VRRPCTL_USAGE);
	assert_says("--for goes with fault");
	assert_int_equal(run("-r $DIR fault ''"), VRRPCTL_USAGE);
}

static void
test_bad_answer(void **state)
{
	(void)state;
	assert_int_equal(run("-r $DIR show odd"), VRRPCTL_FAILED);
	assert_says("breaks protocol");
	assert_says("vrrpd.sock");
}

static void
test_usage(void **state)
{
	(void)state;
	assert_int_equal(run("metrics"), VRRPCTL_USAGE);
	assert_says("metrics: unknown command");
	assert_int_equal(run("shwo"), VRRPCTL_USAGE);
	assert_says("did you mean \"show\"?");
	assert_int_equal(run("show a b"), VRRPCTL_USAGE);
	assert_int_equal(run("config chekc x"), VRRPCTL_USAGE);
	assert_says("did you mean \"check\"?");
	assert_int_equal(run("config check"), VRRPCTL_USAGE);
	assert_int_equal(run("config"), VRRPCTL_USAGE);
	assert_int_equal(run("-x"), VRRPCTL_USAGE);
	assert_int_equal(run("-r $(printf %0200d 0)"), VRRPCTL_USAGE);
	assert_says("shorter directory");
	assert_int_equal(run("--help"), VRRPCTL_OK);
	assert_says("is-master");
	assert_int_equal(run("-V"), VRRPCTL_OK);
	assert_string_equal(output, "vrrpctl " VRRPD_VERSION "\n");
}

static void
test_unreachable(void **state)
{
	char stale[32] = "/tmp/vrrpctl-XXXXXX", arguments[64], path[64];

	(void)state;
	assert_int_equal(run("-r /nonexistent"), VRRPCTL_UNREACHABLE);
	assert_says("/nonexistent/vrrpd.sock: No such file or directory");
	assert_non_null(mkdtemp(stale));
	close(listen_at(stale)); /* a daemon that is gone */
	snprintf(arguments, sizeof(arguments), "-r %s", stale);
	assert_int_equal(run(arguments), VRRPCTL_UNREACHABLE);
	assert_says("Connection refused");
	snprintf(path, sizeof(path), "%s/vrrpd.sock", stale);
	unlink(path);
	rmdir(stale);
}

/* Someone listens and says nothing: a script that asks is not held up for long. */
static void
test_silent_daemon(void **state)
{
	char silent[32] = "/tmp/vrrpctl-XXXXXX", arguments[64], path[64];
	const mono_t start = clock_now();
	int fd;

	(void)state;
	assert_non_null(mkdtemp(silent));
	fd = listen_at(silent);
	snprintf(arguments, sizeof(arguments), "-r %s is-master web", silent);
	assert_int_equal(run(arguments), VRRPCTL_UNREACHABLE);
	assert_says("did not answer within 5 s");
	assert_true(mono_since(clock_now(), start) < 8 * NS_PER_S);
	close(fd);
	snprintf(path, sizeof(path), "%s/vrrpd.sock", silent);
	unlink(path);
	rmdir(silent);
}

/* A user outside the group is told which group that is. Only root can play another user. */
static void
test_permission(void **state)
{
	int pipes[2], status;
	FILE *text;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (dup2(pipes[1], STDERR_FILENO) == -1 || setgroups(0, NULL) == -1 ||
		    setgid(65534) == -1 || setuid(65534) == -1)
			_exit(99);
		execl(program, "vrrpctl", "-r", directory, (char *)NULL);
		_exit(errno == EACCES ? 98 : 99);
	}
	close(pipes[1]);
	text = fdopen(pipes[0], "r");
	assert_non_null(text);
	output[fread(output, 1, sizeof(output) - 1, text)] = '\0';
	fclose(text);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 98)
		skip(); /* the build lies where that user cannot go */
	assert_int_equal(WEXITSTATUS(status), VRRPCTL_PERMISSION);
	assert_says("Permission denied");
	assert_says("_vrrpd");
}

/* A stand-in for vrrpd: complains about one file, is content with others. */
static void
test_config_check(void **state)
{
	(void)state;
	program_install(
	    "[ \"$1 $2\" = '-n -f' ] || exit 2\n"
	    "[ \"$3\" = good.yaml ] && exit 0\n"
	    "printf '%s:14:7: instances.web.prioritty: unknown key\\033[2J\\n' \"$3\" >&2\n"
	    "exit 1\n");
	assert_int_equal(run("config check good.yaml"), VRRPCTL_OK);
	assert_string_equal(output, "good.yaml: valid\n");
	assert_int_equal(run("co ch bad.yaml"), VRRPCTL_FAILED);
	assert_string_equal(output, "bad.yaml:14:7: instances.web.prioritty: unknown key?[2J\n");
	assert_int_equal(run("-j config check bad.yaml"), VRRPCTL_FAILED);
	assert_says("\"file\": \"bad.yaml\", \"valid\": false, \"messages\": "
		    "[\"bad.yaml:14:7: instances.web.prioritty: unknown key?[2J\"]}");
	assert_int_equal(run("-j config check good.yaml"), VRRPCTL_OK);
	assert_says("\"valid\": true, \"messages\": []}");
	program_remove();
	assert_int_equal(run("config check good.yaml"), VRRPCTL_FAILED);
	assert_says("is vrrpd installed?");
	unsetenv("VRRPD");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_show),
	    cmocka_unit_test(test_exit_code),
	    cmocka_unit_test(test_is_master),
	    cmocka_unit_test(test_no_such_object),
	    cmocka_unit_test(test_operations),
	    cmocka_unit_test(test_usage_of_operations),
	    cmocka_unit_test(test_bad_answer),
	    cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_unreachable),
	    cmocka_unit_test(test_silent_daemon),
	    cmocka_unit_test(test_permission),
	    cmocka_unit_test(test_config_check),
	};

	return ctl_run_tests(argc, argv, tests, group_start, ctl_run_end);
}
