/*
 * Fuzzes the configuration files. Whatever they hold: every problem has its place in one of them,
 * printing a valid configuration is a fixed point without its password, and the other processes accept
 * all of its records.
 *
 * Input: the file, and behind a line of FUZZ_SEPARATOR the one that its patterns mean, if it has any.
 */
#include <glob.h>
#include <nss.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpd/conf/config.h"
#include "vrrpd/conf/pack.h"
#include "vrrpd/conf/print.h"
#include "vrrpd/conf/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define FUZZ_SEPARATOR "\n%%%%\n"

/* The files under test: anonymous, named through /proc, written anew each time. */
static int files[2] = {-1, -1};
static char file_names[2][32];

static void
write_file(size_t i, const void *data, size_t size)
{
	if (files[i] == -1) {
		files[i] = memfd_create("vrrpd.yaml", MFD_CLOEXEC);
		if (files[i] == -1 || fchmod(files[i], 0600) == -1)
			abort();
		snprintf(file_names[i], sizeof(file_names[i]), "/proc/self/fd/%d", files[i]);
	}
	if (ftruncate(files[i], 0) == -1 || pwrite(files[i], data, size, 0) != (ssize_t)size)
		abort();
}

/* Both files from an input. */
static void
write_files(const uint8_t *data, size_t size)
{
	const size_t length = sizeof(FUZZ_SEPARATOR) - 1;
	const uint8_t *second = memmem(data, size, FUZZ_SEPARATOR, length);

	if (second == NULL) {
		write_file(0, data, size);
		write_file(1, "", 0);
	} else {
		write_file(0, data, (size_t)(second - data));
		second += length;
		write_file(1, second, size - (size_t)(second - data));
	}
}

/* In place of the C library's: no pattern leads out of the input. */
int
glob(const char *pattern, int flags, int (*failed)(const char *, int), glob_t *found)
{
	static char *names[] = {file_names[1], NULL};

	(void)pattern;
	(void)flags;
	(void)failed;
	found->gl_pathc = 1;
	found->gl_pathv = names;
	return 0;
}

void
globfree(glob_t *found)
{
	found->gl_pathc = 0;
}

static int
append(void *ctx, enum conf_kind kind, const void *record)
{
	if (conf_append(ctx, kind, record, conf_record_size(kind, record), false) == -1)
		abort();
	return 0;
}

/* The users and keys of this machine play no part. */
static void
check_records(struct config *config)
{
	struct config_user *user;
	struct conf conf;
	uid_t uid = 1000;
	size_t i;

	config->engine_uid = 901;
	config->checker_uid = 902;
	RB_FOREACH(user, config_users, &config->users)
		user->uid = user->gid = uid++;
	for (i = 0; i < config->instances.count; i++)
		if (config->instances.item[i].authentication != NULL)
			config->instances.item[i].authentication->bytes[0] = 'x';
	conf_init(&conf);
	if (pack_config(config, append, &conf) == -1)
		abort();
	conf_free(&conf);
}

static char *
print(struct config *config, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (out == NULL)
		abort();
	print_config(config, out);
	if (fclose(out) == EOF)
		abort();
	return text;
}

static void
check_fixed_point(const char *text, size_t size)
{
	struct config config;
	size_t again_size;
	char *again;

	write_file(0, text, size);
	config_init(&config, file_names[0], true);
	if (config_load(&config) == -1)
		abort();
	again = print(&config, &again_size);
	if (again_size != size || memcmp(again, text, size) != 0)
		abort();
	free(again);
	config_free(&config);
}

static bool
begins_with_a_file(const struct config *config, const char *text)
{
	size_t i, length;

	for (i = 0; i < config->files.count; i++) {
		length = strlen(config->files.item[i]->name);
		if (strncmp(text, config->files.item[i]->name, length) == 0 && text[length] == ':')
			return true;
	}
	return false;
}

static void
check_problems(const struct config *config)
{
	size_t i;

	for (i = 0; i < config->problem_count; i++)
		if (!begins_with_a_file(config, config->problems[i].text) ||
		    strlen(config->problems[i].text) >= PROBLEM_TEXT_MAX)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	size_t text_size;
	char *text;

	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("group", "files");
	write_files(data, size);
	config_init(&config, file_names[0], true);
	if (config_load(&config) == -1) {
		if (config.errors == 0 || config.problem_count == 0)
			abort();
		check_problems(&config);
		config_free(&config);
		return 0;
	}
	check_problems(&config);
	text = print(&config, &text_size);
	check_records(&config);
	config_free(&config);
	check_fixed_point(text, text_size);
	free(text);
	return 0;
}
