/*
 * vrrpctl reload, config show and config diff as their users call them. argv[1] is the program.
 */
#include "tests/unit/ctl_run.h"

#include <sys/stat.h>

#include <bsd/string.h>

#include "common/clock.h"

#define CONFIG "version: 1\ninstances:\n  web:\n    priority: 100\n"

/*
 * The made-up engine does what the file "mode" in its directory says: it has a configuration, in two
 * pieces, or has none, and a reload goes well, finds an error, is refused or fails without a word.
 */
static const char *
read_mode(void)
{
	static char mode[32];
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/mode", directory);
	file = fopen(path, "r");
	mode[0] = '\0';
	if (file != NULL) {
		mode[fread(mode, 1, sizeof(mode) - 1, file)] = '\0';
		fclose(file);
	}
	return mode;
}

static void
set_mode(const char *mode)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/mode", directory);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(mode, file);
	fclose(file);
}

static void
say(struct control_client *client, uint32_t blocks, const char *text)
{
	struct msg_status_explanation line = {.blocks = blocks};

	strlcpy(line.text, text, sizeof(line.text));
	control_reply(client, ENGINE_CTL_EXPLANATION, &line, sizeof(line));
}

static int
engine_show(void *ctx, struct control_client *client, enum msg_show what, const char *name)
{
	static const char text[] = CONFIG "# \033[31mred\n";
	const struct msg_status status = {.time_ns = clock_now().ns};
	const char *mode = read_mode();

	(void)ctx;
	if (what != MSG_SHOW_CONFIG || name[0] != '\0')
		return MSG_CTL_PERMISSION;
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	if (strcmp(mode, "none") == 0)
		say(client, 1, "vrrpd has no text");
	if (strcmp(mode, "none") == 0)
		return MSG_CTL_FAILED;
	if (strcmp(mode, "empty") == 0)
		return MSG_CTL_OK;
	control_reply(client, ENGINE_CTL_TEXT, text, 10);
	return CONTROL_MORE;
}

static int
engine_more(void *ctx, struct control_client *client)
{
	static const char text[] = CONFIG "# \033[31mred\n";
	const size_t end = strcmp(read_mode(), "red") == 0 ? sizeof(text) : sizeof(CONFIG);

	(void)ctx;
	control_reply(client, ENGINE_CTL_TEXT, text + 10, end - 11);
	return MSG_CTL_OK;
}

static int
engine_operate(
    void *ctx, struct control_client *client, uid_t uid, const struct msg_ctl_operate *request)
{
	const struct msg_status status = {.time_ns = clock_now().ns};
	const char *mode = read_mode();

	(void)ctx;
	(void)uid;
	control_reply(client, ENGINE_CTL_STATUS, &status, sizeof(status));
	if (request->operation != MSG_OPERATION_RELOAD || strcmp(mode, "silent") == 0)
		return MSG_CTL_FAILED;
	if (strcmp(mode, "permission") == 0)
		return MSG_CTL_PERMISSION;
	if (!request->up)
		return MSG_CTL_OK;
	if (strcmp(mode, "invalid") == 0) {
		say(client, 1, "vrrpd.yaml:14:7: prioritty: unknown key");
		say(client, 1, "vrrpd.yaml:15:7: \033[2J: unknown key");
		say(client, 0, "not reloaded");
		return MSG_CTL_FAILED;
	}
	say(client, 1, "warning: vrrpd.yaml:3:7: odd");
	say(client, 0, "reloaded: 1 instance changed");
	return MSG_CTL_OK;
}

static int
group_start(void **state)
{
	static const struct control_ops ops = {
	    .show = engine_show, .more = engine_more, .operate = engine_operate};

	(void)state;
	return serve(&ops);
}

static void
test_reload(void **state)
{
	(void)state;
	set_mode("");
	assert_int_equal(run("-r $DIR reload"), VRRPCTL_OK);
	assert_string_equal(output, "");
	assert_int_equal(run("-r $DIR re --wait"), VRRPCTL_OK);
	assert_string_equal(output, "warning: vrrpd.yaml:3:7: odd\nreloaded: 1 instance changed\n");
	assert_int_equal(run("-r $DIR reload --wait 2>/dev/null"), VRRPCTL_OK);
	assert_string_equal(output, "reloaded: 1 instance changed\n");
	assert_int_equal(run("-jr $DIR reload --wait"), VRRPCTL_OK);
	assert_says("{\"schema\": \"vrrpctl/1\", \"time\": ");
	assert_says("\"result\": \"ok\", \"lines\": [{\"problem\": true, \"text\": \"warning: "
		    "vrrpd.yaml:3:7: odd\"}, {\"problem\": false, \"text\": \"reloaded: 1 instance "
		    "changed\"}]}\n");
	assert_int_equal(run("-jr $DIR reload"), VRRPCTL_OK);
	assert_says("\"result\": \"ok\", \"lines\": []}\n");
}

static void
test_failed_reload(void **state)
{
	(void)state;
	set_mode("invalid");
	assert_int_equal(run("-r $DIR reload --wait"), VRRPCTL_FAILED);
	assert_string_equal(output, "vrrpd.yaml:14:7: prioritty: unknown key\n"
				    "vrrpd.yaml:15:7: ?[2J: unknown key\nnot reloaded\n");
	assert_int_equal(run("-r $DIR reload --wait 2>/dev/null"), VRRPCTL_FAILED);
	assert_string_equal(output, "not reloaded\n");
	assert_int_equal(run("-jr $DIR reload --wait"), VRRPCTL_FAILED);
	assert_says("\"result\": \"failed\", \"lines\": [{\"problem\": true, ");
	set_mode("silent");
	assert_int_equal(run("-r $DIR reload --wait"), VRRPCTL_FAILED);
	assert_says("reload: vrrpd could not do it; see its log");
	set_mode("permission");
	assert_int_equal(run("-r $DIR reload --wait"), VRRPCTL_PERMISSION);
	assert_says("reload: only root may do that");
	assert_int_equal(run("-jr $DIR reload"), VRRPCTL_PERMISSION);
	assert_int_equal(run("-r /nonexistent reload --wait"), VRRPCTL_UNREACHABLE);
}

static void
test_usage(void **state)
{
	(void)state;
	assert_int_equal(run("-r $DIR reload web"), VRRPCTL_USAGE);
	assert_says("reload: nothing is due behind it");
	assert_int_equal(run("-r $DIR show --wait"), VRRPCTL_USAGE);
	assert_says("--wait goes with reload");
	assert_int_equal(run("-r $DIR config show web"), VRRPCTL_USAGE);
	assert_int_equal(run("-r $DIR config diff"), VRRPCTL_USAGE);
	assert_says("config diff: one file is due");
	assert_int_equal(run("-r $DIR config diff a b"), VRRPCTL_USAGE);
	assert_int_equal(run("-r $DIR config"), VRRPCTL_USAGE);
	assert_says("\"config diff FILE\"");
	assert_int_equal(run("-r $DIR config dfif a"), VRRPCTL_USAGE);
	assert_says("did you mean \"diff\"?");
	assert_int_equal(run("--help"), VRRPCTL_OK);
	assert_says("  reload ");
}

static void
test_config_show(void **state)
{
	(void)state;
	set_mode("red");
	assert_int_equal(run("-r $DIR config show"), VRRPCTL_OK);
	assert_string_equal(output, CONFIG "# ?[31mred\n");
	assert_int_equal(run("-jr $DIR co sh"), VRRPCTL_OK);
	assert_says("\"config\": \"version: 1\\ninstances:\\n  web:\\n    priority: 100\\n# "
		    "?[31mred\\n\"}");
	set_mode("empty");
	assert_int_equal(run("-r $DIR config show"), VRRPCTL_OK);
	assert_string_equal(output, "");
	set_mode("none");
	assert_int_equal(run("-r $DIR config show"), VRRPCTL_FAILED);
	assert_string_equal(output, "vrrpctl: vrrpd has no text\n");
	assert_int_equal(run("-r /nonexistent config show"), VRRPCTL_UNREACHABLE);
}

/* same.yaml is what runs, with a warning; bad.yaml is not valid; others have another priority. */
static void
install_vrrpd(void)
{
	program_install(
	    "[ \"$1 $2\" = '-nv -f' ] || exit 2\n"
	    "[ \"$3\" = bad.yaml ] && echo bad.yaml:2:1: odd >&2 && exit 1\n"
	    "printf 'version: 1\\ninstances:\\n  web:\\n'\n"
	    "[ \"$3\" = same.yaml ] && echo '    priority: 100' && echo careful >&2 && exit 0\n"
	    "echo '    priority: 150'\n");
}

static void
test_config_diff(void **state)
{
	(void)state;
	set_mode("");
	install_vrrpd();
	assert_int_equal(run("-r $DIR config diff same.yaml"), VRRPCTL_OK);
	assert_string_equal(output, "careful\n");
	assert_int_equal(run("-r $DIR config diff same.yaml 2>/dev/null"), VRRPCTL_OK);
	assert_string_equal(output, "");
	assert_int_equal(run("-r $DIR co di new.yaml"), VRRPCTL_FAILED);
	assert_string_equal(output,
	    "--- running\n+++ new.yaml\n@@ -1,4 +1,4 @@\n version: 1\n"
	    " instances:\n   web:\n-    priority: 100\n+    priority: 150\n");
	assert_int_equal(run("-r $DIR config diff \"$(printf 'a\\033[2J')\""), VRRPCTL_FAILED);
	assert_says("+++ a?[2J\n");
	assert_int_equal(run("-r $DIR config diff bad.yaml"), VRRPCTL_FAILED);
	assert_string_equal(output, "bad.yaml:2:1: odd\n");
	assert_int_equal(run("-r /nonexistent config diff new.yaml"), VRRPCTL_UNREACHABLE);
	program_remove();
	assert_int_equal(run("-r $DIR config diff new.yaml"), VRRPCTL_FAILED);
	assert_says("running ");
	assert_says("is vrrpd installed?");
}

static void
test_config_diff_json(void **state)
{
	(void)state;
	set_mode("");
	install_vrrpd();
	assert_int_equal(run("-jr $DIR config diff same.yaml"), VRRPCTL_OK);
	assert_says("\"file\": \"same.yaml\", \"valid\": true, \"messages\": [\"careful\"], "
		    "\"same\": true, \"diff\": \"\"}");
	assert_int_equal(run("-jr $DIR config diff new.yaml"), VRRPCTL_FAILED);
	assert_says("\"same\": false, \"diff\": \"--- running\\n+++ new.yaml\\n");
	assert_int_equal(run("-jr $DIR config diff bad.yaml"), VRRPCTL_FAILED);
	assert_says("\"valid\": false, \"messages\": [\"bad.yaml:2:1: odd\"], \"same\": null, "
		    "\"diff\": null}");
	program_remove();
}

/* No diff(1), and one that fails. The stand-in for vrrpd needs no PATH. */
static void
test_without_diff(void **state)
{
	const char *kept = getenv("PATH");
	char path[1024], script[64];
	FILE *file;

	(void)state;
	set_mode("");
	install_vrrpd();
	strlcpy(path, kept, sizeof(path));
	setenv("PATH", directory, 1);
	assert_int_equal(run("-r $DIR config diff new.yaml"), VRRPCTL_FAILED);
	assert_string_equal(
	    output, "vrrpctl: new.yaml: comparing needs the program diff: install diffutils\n");
	assert_int_equal(run("-r $DIR config diff same.yaml 2>/dev/null"), VRRPCTL_OK);
	snprintf(script, sizeof(script), "%s/diff", directory);
	file = fopen(script, "w");
	assert_non_null(file);
	fputs("#!/bin/sh\nexit 2\n", file);
	fclose(file);
	assert_int_equal(chmod(script, 0755), 0);
	assert_int_equal(run("-r $DIR config diff new.yaml"), VRRPCTL_FAILED);
	assert_says("the program diff could not compare");
	setenv("PATH", path, 1);
	unlink(script);
	program_remove();
}

static int
group_stop(void **state)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/mode", directory);
	unlink(path);
	return ctl_run_end(state);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reload),
	    cmocka_unit_test(test_failed_reload),
	    cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_config_show),
	    cmocka_unit_test(test_config_diff),
	    cmocka_unit_test(test_config_diff_json),
	    cmocka_unit_test(test_without_diff),
	};

	return ctl_run_tests(argc, argv, tests, group_start, group_stop);
}
