/*
 * Time, processes and the rest of the parent, as the files under test see them.
 */
#include "tests/unit/parent_lab_kernel.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <event2/event.h>

#include "common/clock.h"
#include "vrrpd/parent/address.h"
#include "vrrpd/parent/announce.h"
#include "vrrpd/parent/echo.h"
#include "vrrpd/parent/extra.h"
#include "vrrpd/parent/link.h"
#include "vrrpd/parent/runtime.h"
#include "vrrpd/parent/transmit.h"

#define LAB_FIRST_PID 1000001 /* above what the kernel gives */
#define LAB_TIMERS 64
#define LAB_LONG_AGO_NS (1000 * NS_PER_S)

struct lab *lab_now;

/* ---- time ---- */

mono_t lab_clock;

static struct lab_timer {
	struct event *event;
	mono_t due;
} lab_timer[LAB_TIMERS];

void
lab_reset_time(void)
{
	lab_clock = (mono_t){LAB_LONG_AGO_NS};
	memset(lab_timer, 0, sizeof(lab_timer));
}

mono_t __wrap_clock_now(void);
mono_t
__wrap_clock_now(void)
{
	return lab_clock;
}

static void
lab_forget_timer(const struct event *event)
{
	for (size_t i = 0; i < LAB_TIMERS; i++)
		if (lab_timer[i].event == event)
			lab_timer[i].event = NULL;
}

int __real_event_add(struct event *, const struct timeval *);
int __wrap_event_add(struct event *, const struct timeval *);
int
__wrap_event_add(struct event *event, const struct timeval *tv)
{
	size_t i = 0;

	if (tv == NULL || event_get_fd(event) != -1)
		return __real_event_add(event, tv);
	lab_forget_timer(event);
	while (lab_timer[i].event != NULL)
		assert_true(++i < LAB_TIMERS);
	lab_timer[i] = (struct lab_timer){
	    event, mono_add(lab_clock, tv->tv_sec * NS_PER_S + tv->tv_usec * NS_PER_US)};
	return 0;
}

int __real_event_del(struct event *);
int __wrap_event_del(struct event *);
int
__wrap_event_del(struct event *event)
{
	lab_forget_timer(event);
	return __real_event_del(event);
}

void __real_event_free(struct event *);
void __wrap_event_free(struct event *);
void
__wrap_event_free(struct event *event)
{
	lab_forget_timer(event);
	__real_event_free(event);
}

void
lab_fire_timers(void)
{
	for (size_t i = 0; i < LAB_TIMERS; i++) {
		struct event *event = lab_timer[i].event;

		if (event == NULL || !mono_reached(lab_timer[i].due, lab_clock))
			continue;
		lab_timer[i].event = NULL;
		event_active(event, EV_TIMEOUT, 0);
	}
}

/* ---- processes ---- */

static struct lab_child *
lab_of_pid(pid_t pid)
{
	for (size_t i = 0; i < lab_now->children; i++)
		if (lab_now->child[i].pid == pid)
			return &lab_now->child[i];
	fail_msg("pid %d is nobody's", (int)pid);
	return NULL;
}

void
lab_end_child(struct lab_child *child, int status)
{
	assert_false(child->buried);
	if (child->ended)
		return;
	close(child->socket);
	child->socket = -1;
	child->ended = true;
	child->status = status;
}

int __wrap_kill(pid_t, int);
int
__wrap_kill(pid_t pid, int number)
{
	assert_int_equal(number, SIGKILL);
	lab_end_child(lab_of_pid(pid), number);
	return 0;
}

pid_t __wrap_waitpid(pid_t, int *, int);
pid_t
__wrap_waitpid(pid_t pid, int *status, int options)
{
	bool lives = false;

	assert_int_equal(options, WNOHANG);
	for (size_t i = 0; i < lab_now->children; i++) {
		struct lab_child *child = &lab_now->child[i];

		if (child->buried || (pid != -1 && pid != child->pid))
			continue;
		lives = true;
		if (!child->ended)
			continue;
		child->buried = true;
		*status = child->status;
		return child->pid;
	}
	if (lives)
		return 0;
	errno = ECHILD;
	return -1;
}

pid_t __wrap_proc_spawn(enum msg_role, const struct proc_options *, int *fd);
pid_t
__wrap_proc_spawn(enum msg_role role, const struct proc_options *options, int *fd)
{
	struct lab_child *child = &lab_now->child[lab_now->children];
	int sv[2];

	(void)options;
	assert_true(lab_now->children < LAB_CHILDREN);
	assert_int_equal(proc_socketpair(sv, SOCK_NONBLOCK), 0);
	*child = (struct lab_child){.role = role,
	    .pid = LAB_FIRST_PID + (pid_t)lab_now->children++,
	    .socket = sv[1],
	    .mute = lab_now->mute[role]};
	strlcpy(child->name, proc_role_name(role), sizeof(child->name));
	*fd = sv[0];
	return child->pid;
}

/* ---- the rest of the parent, which has nothing to do ---- */

struct running *
running_open(struct parent *parent, struct conf *conf, int text_fd)
{
	struct running *run = calloc(1, sizeof(*run));

	run->parent = parent;
	run->conf = conf;
	run->text_fd = text_fd;
	run->kept = calloc(conf->instance_count + conf->check_count + 1, sizeof(run->kept[0]));
	run->rates = calloc(conf->instance_count + 1, sizeof(run->rates[0]));
	run->retired = calloc(conf->instance_count + conf->group_count + 1, sizeof(bool));
	return run;
}

void
running_close(struct running *run)
{
	if (run == NULL)
		return;
	free(run->kept);
	free(run->rates);
	free(run->retired);
	if (run->text_fd != -1)
		close(run->text_fd);
	conf_free(run->conf);
	free(run->conf);
	free(run);
}

void
running_replace(struct running *run, struct running *old)
{
	run->parent->run = run;
	running_close(old);
}

/* clang-format off */
#define LAB_NOTHING(name, ...) void name(__VA_ARGS__) {}
#define LAB_NONE(type, name, ...) type name(__VA_ARGS__) { return (type){0}; }
/* clang-format on */
#pragma GCC diagnostic ignored "-Wunused-parameter"
LAB_NOTHING(running_retry_lent, struct running *run)
LAB_NOTHING(address_acquire, struct address_ledger *l, uint32_t instance, uint32_t sequence)
LAB_NOTHING(address_release, struct address_ledger *l, uint32_t instance, uint32_t sequence)
LAB_NOTHING(address_release_all, struct address_ledger *l)
LAB_NOTHING(address_announce, struct address_ledger *l, uint32_t instance)
LAB_NOTHING(address_report, struct address_ledger *l)
LAB_NONE(bool, address_is_wanted, const struct address_ledger *l, uint32_t instance)
LAB_NOTHING(transmit_adverts, struct transmit *t, const struct msg_advert_item *item, size_t count)
LAB_NOTHING(transmit_resign, struct transmit *t, uint32_t instance)
LAB_NOTHING(transmit_forget, struct transmit *t, uint32_t instance)
LAB_NONE(bool, transmit_is_advertised, const struct transmit *t, uint32_t instance)
LAB_NONE(mono_t, transmit_last_advert, const struct transmit *t, uint32_t instance)
LAB_NOTHING(announcer_stop, struct announcer *a, uint32_t instance)
LAB_NOTHING(extras_before_advert, struct extras *e, const struct conf_instance *conf)
LAB_NOTHING(links_report, struct links *links)
LAB_NONE(int, echo_open, enum addr_family family)
LAB_NOTHING(runtime_notify, const char *state)
LAB_NOTHING(runtime_detached, int code)
