/*
 * Fuzzes the configuration file. Whatever it holds: every problem has its place in it, printing a
 * valid one is a fixed point, and the other processes accept all of its records.
 */
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

/* The file under test: anonymous, named through /proc, written anew each time. */
static int file = -1;
static char file_name[32];

static void
write_file(const void *data, size_t size)
{
	if (file == -1) {
		file = memfd_create("vrrpd.yaml", MFD_CLOEXEC);
		if (file == -1 || fchmod(file, 0600) == -1)
			abort();
		snprintf(file_name, sizeof(file_name), "/proc/self/fd/%d", file);
	}
	if (ftruncate(file, 0) == -1 || pwrite(file, data, size, 0) != (ssize_t)size)
		abort();
}

static int
append(void *ctx, enum conf_kind kind, const void *record)
{
	if (conf_append(ctx, kind, record, conf_record_size(kind, record), false) == -1)
		abort();
	return 0;
}

/* The users of this machine play no part. */
static void
check_records(struct config *config)
{
	struct config_user *user;
	struct conf conf;
	uid_t uid = 1000;

	config->engine_uid = 901;
	config->checker_uid = 902;
	RB_FOREACH(user, config_users, &config->users)
		user->uid = user->gid = uid++;
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

	write_file(text, size);
	config_init(&config, file_name, true);
	if (config_load(&config) == -1)
		abort();
	again = print(&config, &again_size);
	if (again_size != size || memcmp(again, text, size) != 0)
		abort();
	free(again);
	config_free(&config);
}

static void
check_problems(const struct config *config)
{
	const size_t name = strlen(config->file);
	size_t i;

	for (i = 0; i < config->problem_count; i++)
		if (strncmp(config->problems[i].text, config->file, name) != 0 ||
		    config->problems[i].text[name] != ':' ||
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
	write_file(data, size);
	config_init(&config, file_name, true);
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
