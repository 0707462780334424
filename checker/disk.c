/*
 * Checks how much of a file system is free, as df(1) has it; in the checker, and in a process of its
 * own each time.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "checker/probe.h"
#include "common/conf.h"

struct disk {
	struct probe probe;
	struct look look;
};

/* What the disk itself says, or the server that it is on. */
static bool
disk_error_is_its_own(int error)
{
	return error == EIO || error == ESTALE || error == ENOTCONN || error == EREMOTEIO ||
	       error == ETIMEDOUT || error == EHOSTDOWN;
}

/* Of what ordinary users may have: the rest is root's reserve. */
static void
disk_judge(const struct conf_check *conf, const struct statvfs *st, struct look_sight *sight)
{
	uint64_t free_bytes = (uint64_t)st->f_bavail * st->f_frsize;
	uint64_t all = st->f_blocks - st->f_bfree + st->f_bavail;
	unsigned percent = (unsigned)(st->f_bavail * 100 / all);

	if (conf->free_percent != 0) {
		sight->answer.up = percent >= conf->free_percent;
		snprintf(sight->text, sizeof(sight->text), "%u%% free%s", percent,
		    sight->answer.up ? "" : ", too little");
	} else {
		sight->answer.up = free_bytes >= conf->free_bytes;
		snprintf(sight->text, sizeof(sight->text), "%llu MiB free%s",
		    (unsigned long long)(free_bytes >> 20), sight->answer.up ? "" : ", too little");
	}
}

static void
disk_look(const void *ctx, struct look_sight *sight)
{
	const struct conf_check *conf = ctx;
	struct statvfs st;

	if (statvfs(conf->text, &st) == 0) {
		if (st.f_blocks - st.f_bfree + st.f_bavail != 0) {
			disk_judge(conf, &st, sight);
			return;
		}
		errno = EOPNOTSUPP; /* what has no blocks cannot be full */
	} else if (disk_error_is_its_own(errno)) {
		snprintf(sight->text, sizeof(sight->text), "%s", strerror(errno));
		return;
	}
	sight->step = "statvfs";
	sight->error = errno;
}

static int
disk_open(struct probe *p)
{
	struct disk *disk = (struct disk *)p;

	disk->look = (struct look){.go = disk_look, .ctx = p->conf, .keep_fd = -1};
	p->run.look = &disk->look;
	return 0;
}

static void
disk_describe(struct probe *p, struct run_spec *spec)
{
	((struct disk *)p)->look.timeout_ms = p->conf->timeout_ms;
	*spec = (struct run_spec){.name = p->conf->name};
}

const struct probe_ops disk_ops = {
    .size = sizeof(struct disk),
    .open = disk_open,
    .describe = disk_describe,
};
