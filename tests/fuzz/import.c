/*
 * Fuzzes the importer of keepalived.conf: whatever the file holds, it ends, and what it writes is a
 * configuration that vrrpd takes.
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

#include "vrrpctl/import.h"
#include "vrrpd/conf/config.h"
#include "vrrpd/conf/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* An anonymous file, named through /proc, written anew each time. */
struct file {
	int fd;
	char name[32];
};

static struct file input = {.fd = -1}, output = {.fd = -1};

static void
write_file(struct file *file, const void *data, size_t size)
{
	if (file->fd == -1) {
		file->fd = memfd_create("fuzz", MFD_CLOEXEC);
		if (file->fd == -1 || fchmod(file->fd, 0600) == -1)
			abort();
		snprintf(file->name, sizeof(file->name), "/proc/self/fd/%d", file->fd);
	}
	if (ftruncate(file->fd, 0) == -1 || pwrite(file->fd, data, size, 0) != (ssize_t)size)
		abort();
}

/* In place of the C library's: no pattern leads out of the input. */
int
glob(const char *pattern, int flags, int (*failed)(const char *, int), glob_t *found)
{
	(void)pattern;
	(void)flags;
	(void)failed;
	(void)found;
	return GLOB_NOMATCH;
}

void
globfree(glob_t *found)
{
	(void)found;
}

static void
check_configuration(const char *yaml, size_t size)
{
	struct config config;

	write_file(&output, yaml, size);
	config_init(&config, output.name, true);
	if (config_load(&config) == -1) {
		for (size_t i = 0; i < config.problem_count; i++)
			fprintf(stderr, "%s\n", config.problems[i].text);
		fwrite(yaml, 1, size, stderr);
		abort();
	}
	config_free(&config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first byte chooses the options. */
	const unsigned flags = size > 0 ? data[0] : 0;
	struct import_options options = {
	    .id = "low", .scripts_as_root = (flags & 1) != 0, .json = (flags & 2) != 0};
	char error[512] = "", *yaml = NULL, *report = NULL;
	size_t yaml_size = 0, report_size = 0;
	FILE *out = open_memstream(&yaml, &yaml_size),
	     *said = open_memstream(&report, &report_size);
	int result;

	if (out == NULL || said == NULL)
		abort();
	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("group", "files");
	write_file(&input, data, size);
	options.file = input.name;
	result = import_convert(&options, out, said, error, sizeof(error));
	fclose(out);
	fclose(said);
	if (result == -1 ? error[0] == '\0' || yaml_size > 0 : report_size == 0)
		abort();
	if (result != -1)
		check_configuration(yaml, yaml_size);
	free(yaml);
	free(report);
	return 0;
}
