/*
 * The election: every state with every event, as rows. A row is a configuration, the events that
 * lead somewhere, of which the last is the one looked at, what it must do, and the timer that runs
 * then.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vr_step.h"

#define STEPS_MAX 7

/* Into the states. */
#define AS_MASTER START(0), TIMER(DOWN_100) /* at priority 100, since DOWN_100 */
#define AS_FAULT FAULTY(0, 100), START(0)
#define M DOWN_100

struct row {
	const char *name;
	struct vr_conf conf;
	struct step step[STEPS_MAX];
	const char *does; /* the actions of the last step, in order */
	enum vrrp_state state;
	int64_t deadline_ns; /* from the row's time 0 */
};

static const struct row init_rows[] = {
    {"I1 O01 an owner is master at once: advert, then addresses", OWNER, {START(0)},
	"advertise 255, acquire, init>master startup", VRRP_MASTER, S},
    {"I2 E01 any other listens for a whole down interval", P100, {START(5 * MS)},
	"init>backup startup", VRRP_BACKUP, DOWN_100 + 5 * MS},
    {"I2 P03 so does one that does not preempt", NOPREEMPT, {START(0)}, "init>backup startup",
	VRRP_BACKUP, DOWN_100},
    {"I3 an advert before the start is nothing", P100, {ADVERT(0, 0, PEER_MORE, 100)}, "",
	VRRP_INIT, NEVER},
    {"no timer runs before the start", P100, {TIMER(10 * S)}, "", VRRP_INIT, NEVER},
    {"a stop before the start is nothing", P100, {STOP(0)}, "", VRRP_INIT, NEVER},
    {"a fault before the start is remembered", P100, {FAULTY(0, 100)}, "", VRRP_INIT, NEVER},
    {"a source before the start is remembered", P100, {SOURCE(0, PEER_MORE)}, "", VRRP_INIT, NEVER},
    {"F08 startup in fault: never backup, leftovers go", P100, {AS_FAULT},
	"release, init>fault fault", VRRP_FAULT, NEVER},
    {"F08 an owner with a fault is not master", OWNER, {FAULTY(0, 255), START(0)},
	"release, init>fault fault", VRRP_FAULT, NEVER},
    {"a second start is nothing", P100, {START(0), START(S)}, "", VRRP_BACKUP, DOWN_100},
    {"after a stop it starts again", P100, {AS_MASTER, STOP(M), START(M)}, "init>backup startup",
	VRRP_BACKUP, M + DOWN_100},
    {"S06 it waits for first results", P100, {WAITING(0, 100), START(0)}, "", VRRP_INIT, NEVER},
    {"S06 the first result is good: a whole down interval from then", P100,
	{WAITING(0, 100), START(0), HEALTHY(3 * S, 100)}, "init>backup startup", VRRP_BACKUP,
	3 * S + DOWN_100},
    {"S06 an owner waits too", OWNER, {WAITING(0, 255), START(0), HEALTHY(S, 255)},
	"advertise 255, acquire, init>master startup", VRRP_MASTER, 2 * S},
    {"S07 the first result is bad", P100, {WAITING(0, 100), START(0), FAULTY(S, 100)},
	"release, init>fault fault", VRRP_FAULT, NEVER},
    {"S06 one of two results came", P100, {WAITING(0, 100), START(0), WAITING(S, 100)}, "",
	VRRP_INIT, NEVER},
    {"waiting, the first foreign advert takes leftovers", P100,
	{WAITING(0, 100), START(0), ADVERT(S, 200, PEER_MORE, 100)}, "release", VRRP_INIT, NEVER},
    {"waiting, our own advert takes nothing", P100,
	{WAITING(0, 100), START(0), ADVERT(S, 200, OWN_IP, 100)}, "", VRRP_INIT, NEVER},
    {"I3 waiting, adverts are nothing", P100,
	{WAITING(0, 100), START(0), ADVERT(S, 1, PEER_MORE, 100), ADVERT(S, 0, PEER_MORE, 100)}, "",
	VRRP_INIT, NEVER},
    {"waiting, no timer", P100, {WAITING(0, 100), START(0), TIMER(9 * S)}, "", VRRP_INIT, NEVER},
    {"waiting, a source", P100, {WAITING(0, 100), START(0), SOURCE(0, PEER_MORE)}, "", VRRP_INIT,
	NEVER},
    {"waiting, a stop sends nothing", P100, {WAITING(0, 100), START(0), STOP(S)},
	"release, init>init shutdown", VRRP_INIT, NEVER},
    {"stopped, inputs are only remembered", P100, {START(0), STOP(0), FAULTY(S, 100)}, "",
	VRRP_INIT, NEVER},
};

static const struct row resume_rows[] = {
    {"C01 resumed in time: silent, its next advert on schedule", P100, {RESUME(0, 300 * MS)},
	"init>master resume", VRRP_MASTER, 700 * MS},
    {"C01 resumed at once", P100, {RESUME(0, 0)}, "init>master resume", VRRP_MASTER, S},
    {"C01 resumed with one advert missed: it is due", P100, {RESUME(0, 1500 * MS)},
	"init>master resume", VRRP_MASTER, 0},
    {"C01 resumed 1 ns before two intervals", P100, {RESUME(0, 2 * S - 1)}, "init>master resume",
	VRRP_MASTER, 0},
    {"C01 then the late advert, the next one interval after it", P100,
	{RESUME(0, 1500 * MS), TIMER(0)}, "advertise 100", VRRP_MASTER, S},
    {"C01 resumed after two intervals: backup, without addresses", P100, {RESUME(0, 2 * S)},
	"release, init>backup startup", VRRP_BACKUP, DOWN_100},
    {"C01 resumed late, an owner begins anew", OWNER, {RESUME(0, 9 * S)},
	"release, advertise 255, acquire, init>master startup", VRRP_MASTER, S},
    {"C01 resumed into a fault: priority 0 first", P100, {FAULTY(0, 100), RESUME(0, 0)},
	"advertise 0, release, init>fault fault", VRRP_FAULT, NEVER},
    {"C01 resumed in time without results it keeps its role", P100, {WAITING(0, 100), RESUME(0, 0)},
	"init>master resume", VRRP_MASTER, S},
    {"C01 resumed late without results it waits for them", P100,
	{WAITING(0, 100), RESUME(0, 5 * S)}, "release", VRRP_INIT, NEVER},
    {"C01 resumed, a better one waits", P100, {RESUME(0, 0), ADVERT(0, 200, PEER_LESS, 100)},
	"release, master>backup higher-priority", VRRP_BACKUP, DOWN_100},
    {"C01 resumed, a lower one is answered at once", P100,
	{RESUME(0, 0), ADVERT(0, 50, PEER_LESS, 100)}, "advertise 100, announce", VRRP_MASTER, S},
    {"a resumption once started is nothing", P100, {START(0), RESUME(S, 0)}, "", VRRP_BACKUP,
	DOWN_100},
    {"a start once resumed is nothing", P100, {RESUME(0, 0), START(0)}, "", VRRP_MASTER, S},
};

static const struct row backup_rows[] = {
    {"B1 Z02 stop: nothing on the wire", P100, {START(0), ADVERT(0, 200, PEER_MORE, 100), STOP(S)},
	"backup>init shutdown", VRRP_INIT, NEVER},
    {"B1 stop: leftovers go", P100, {START(0), STOP(S)}, "release, backup>init shutdown", VRRP_INIT,
	NEVER},
    {"B2 E01 E02 the timer: the advert before the addresses", P100, {START(0), TIMER(DOWN_100)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, DOWN_100 + S},
    {"B2 1 ns too early is nothing", P100, {START(0), TIMER(DOWN_100 - 1)}, "", VRRP_BACKUP,
	DOWN_100},
    {"B2 T01 then the local interval, not the learned one", P100,
	{START(0), ADVERT(0, 200, PEER_MORE, 300), TIMER(10828125 * NS_PER_US)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER,
	11828125 * NS_PER_US},
    {"B3 Z03 priority 0: the skew time, not at once", P100,
	{START(0), ADVERT(S, 200, PEER_MORE, 100), ADVERT(2 * S, 0, PEER_MORE, 100)}, "",
	VRRP_BACKUP, 2 * S + SKEW_100},
    {"B3 Z01 after it the reason is priority 0", P100,
	{START(0), ADVERT(S, 0, PEER_MORE, 100), TIMER(S + SKEW_100)},
	"advertise 100, acquire, backup>master priority-zero", VRRP_MASTER, 2 * S + SKEW_100},
    {"B3 Z03 an advert after it: a whole down interval", P100,
	{START(0), ADVERT(S, 200, PEER_MORE, 100), ADVERT(2 * S, 0, PEER_MORE, 100),
	    ADVERT(2300 * MS, 150, PEER_LESS, 100)},
	"", VRRP_BACKUP, 2300 * MS + DOWN_100},
    {"B3 a lower one after it changes nothing", P100,
	{START(0), ADVERT(S, 0, PEER_MORE, 100), ADVERT(1300 * MS, 50, PEER_LESS, 100)}, "",
	VRRP_BACKUP, S + SKEW_100},
    {"B3 T01 the learned skew time", P100,
	{START(0), ADVERT(S, 200, PEER_MORE, 300), ADVERT(2 * S, 0, PEER_MORE, 300)}, "",
	VRRP_BACKUP, 2 * S + 3 * SKEW_100},
    {"B3 the interval of priority 0 is not learned", P100,
	{START(0), ADVERT(S, 200, PEER_MORE, 100), ADVERT(2 * S, 0, PEER_MORE, 300)}, "",
	VRRP_BACKUP, 2 * S + SKEW_100},
    {"B4 P03 not preempting, a lower one counts", NOPREEMPT,
	{START(0), ADVERT(2 * S, 50, PEER_LESS, 200)}, "release", VRRP_BACKUP,
	2 * S + 2 * DOWN_100},
    {"B4 P03 not preempting, silence still ends", NOPREEMPT,
	{START(0), ADVERT(2 * S, 50, PEER_LESS, 100), TIMER(2 * S + DOWN_100)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, 3 * S + DOWN_100},
    {"B4 not preempting, a higher one counts", NOPREEMPT,
	{START(0), ADVERT(2 * S, 150, PEER_LESS, 100)}, "release", VRRP_BACKUP, 2 * S + DOWN_100},
    {"B5 a higher one", P100, {START(0), ADVERT(2 * S, 101, PEER_LESS, 100)}, "release",
	VRRP_BACKUP, 2 * S + DOWN_100},
    {"B5 T01 its interval is learned", P100, {START(0), ADVERT(2 * S, 101, PEER_LESS, 300)},
	"release", VRRP_BACKUP, 2 * S + 3 * DOWN_100},
    {"B5 E08 an equal one of a lower address counts", P100,
	{START(0), ADVERT(2 * S, 100, PEER_LESS, 100)}, "release", VRRP_BACKUP, 2 * S + DOWN_100},
    {"B5 E08 an equal one of a higher address counts", P100,
	{START(0), ADVERT(2 * S, 100, PEER_MORE, 100)}, "release", VRRP_BACKUP, 2 * S + DOWN_100},
    {"B6 P01 P02 a lower one: the timer goes on, nothing learned", P200,
	{START(0), ADVERT(S, 199, PEER_MORE, 300)}, "release", VRRP_BACKUP, DOWN_200},
    {"B6 P01 P02 at its end it is preemption", P200,
	{START(0), ADVERT(S, 100, PEER_MORE, 100), ADVERT(3 * S, 100, PEER_MORE, 100),
	    TIMER(DOWN_200)},
	"advertise 200, acquire, backup>master preempted", VRRP_MASTER, DOWN_200 + S},
    {"B6 a higher one after a lower one: no preemption", P100,
	{START(0), ADVERT(S, 50, PEER_MORE, 100), ADVERT(2 * S, 200, PEER_LESS, 100),
	    TIMER(2 * S + DOWN_100)},
	"advertise 100, acquire, backup>master master-down-timer", VRRP_MASTER, 3 * S + DOWN_100},
    {"B6 an owner preempts even if told not to",
	{.priority = 255, .down_adverts = 3, .interval_ns = S, .version = 3},
	{START(0), ADVERT(0, 255, PEER_MORE, 100), ADVERT(S, 100, PEER_MORE, 100)}, "", VRRP_BACKUP,
	DOWN_255},
    {"B7 an owner's advert", P100, {START(0), ADVERT(2 * S, 255, PEER_LESS, 100)}, "release",
	VRRP_BACKUP, 2 * S + DOWN_100},
    {"B07 our own source, priority 250", P100, {START(0), ADVERT(S, 250, OWN_IP, 300)}, "",
	VRRP_BACKUP, DOWN_100},
    {"B07 our own source, priority 0", P100, {START(0), ADVERT(S, 0, OWN_IP, 100)}, "", VRRP_BACKUP,
	DOWN_100},
    {"B07 our new source", P100, {START(0), SOURCE(0, PEER_MORE), ADVERT(S, 0, PEER_MORE, 100)}, "",
	VRRP_BACKUP, DOWN_100},
    {"the first foreign advert takes leftovers", P100, {START(0), ADVERT(S, 0, PEER_MORE, 100)},
	"release", VRRP_BACKUP, S + SKEW_100},
    {"only the first", P100,
	{START(0), ADVERT(0, 200, PEER_MORE, 100), ADVERT(S, 200, PEER_MORE, 100)}, "", VRRP_BACKUP,
	S + DOWN_100},
    {"X1 F01 fault: nothing on the wire", P100,
	{START(0), ADVERT(0, 200, PEER_MORE, 100), FAULTY(S, 100)}, "backup>fault fault",
	VRRP_FAULT, NEVER},
    {"X1 fault: leftovers go", P100, {START(0), FAULTY(S, 100)}, "release, backup>fault fault",
	VRRP_FAULT, NEVER},
    {"S03 a lower priority moves the deadline, it is not set anew", P100,
	{START(0), HEALTHY(S, 90)}, "", VRRP_BACKUP, DOWN_100 + SKEW_90 - SKEW_100},
    {"S03 a higher one too", P100, {START(0), HEALTHY(3 * S, 200)}, "", VRRP_BACKUP, DOWN_200},
    {"S03 by the learned interval", P100,
	{START(0), ADVERT(0, 250, PEER_MORE, 200), HEALTHY(S, 90)}, "", VRRP_BACKUP,
	2 * (3 * S + SKEW_90)},
    {"S03 during the skew time after priority 0", P100,
	{START(0), ADVERT(0, 0, PEER_MORE, 100), HEALTHY(100 * MS, 200)}, "", VRRP_BACKUP,
	SKEW_200},
    {"S04 back and forth leaves no trace", P100, {START(0), HEALTHY(S, 1), HEALTHY(2 * S, 100)}, "",
	VRRP_BACKUP, DOWN_100},
    {"equal inputs are nothing", P100, {START(0), HEALTHY(S, 100)}, "", VRRP_BACKUP, DOWN_100},
    {"R07 a result that is awaited later holds nothing up", P100, {START(0), WAITING(S, 100)}, "",
	VRRP_BACKUP, DOWN_100},
    {"another source", P100, {START(0), SOURCE(S, PEER_MORE)}, "", VRRP_BACKUP, DOWN_100},
};

static const struct row master_rows[] = {
    {"A1 Z01 stop: priority 0, then the addresses", P100, {AS_MASTER, STOP(M + MS)},
	"advertise 0, release, master>init shutdown", VRRP_INIT, NEVER},
    {"A2 E09 the timer", P100, {AS_MASTER, TIMER(M + S)}, "advertise 100", VRRP_MASTER, M + 2 * S},
    {"A2 1 ns too early is nothing", P100, {AS_MASTER, TIMER(M + S - 1)}, "", VRRP_MASTER, M + S},
    {"A3 Z04 priority 0: advert at once, the schedule from it", P100,
	{AS_MASTER, ADVERT(M + 300 * MS, 0, PEER_MORE, 300)}, "advertise 100", VRRP_MASTER,
	M + 1300 * MS},
    {"A3 a second one within 10 ms is not answered", P100,
	{AS_MASTER, ADVERT(M, 0, PEER_MORE, 100), ADVERT(M + 10 * MS - 1, 0, PEER_MORE, 100)}, "",
	VRRP_MASTER, M + S},
    {"A3 after 10 ms it is", P100,
	{AS_MASTER, ADVERT(M, 0, PEER_MORE, 100), ADVERT(M + 10 * MS, 0, PEER_MORE, 100)},
	"advertise 100", VRRP_MASTER, M + S + 10 * MS},
    {"A4 a higher one: no priority 0", P100, {AS_MASTER, ADVERT(M + MS, 101, PEER_LESS, 100)},
	"release, master>backup higher-priority", VRRP_BACKUP, M + MS + DOWN_100},
    {"A4 T01 its interval is learned", P100, {AS_MASTER, ADVERT(M, 101, PEER_LESS, 300)},
	"release, master>backup higher-priority", VRRP_BACKUP, M + 3 * DOWN_100},
    {"A4 P04 not preempting is no reason to stay", NOPREEMPT,
	{AS_MASTER, ADVERT(M, 150, PEER_LESS, 100)}, "release, master>backup higher-priority",
	VRRP_BACKUP, M + DOWN_100},
    {"A5 E06 an equal one of a higher address", P100, {AS_MASTER, ADVERT(M, 100, PEER_MORE, 200)},
	"release, master>backup equal-priority-higher-address", VRRP_BACKUP, M + 2 * DOWN_100},
    {"A5 E07 200.0.0.1 is above 10.0.0.1", P100,
	{SOURCE(0, IP(10, 0, 0, 1)), AS_MASTER, ADVERT(M, 100, IP(200, 0, 0, 1), 100)},
	"release, master>backup equal-priority-higher-address", VRRP_BACKUP, M + DOWN_100},
    {"A5 E07 192.0.2.100 is above 192.0.2.9", P100,
	{SOURCE(0, IP(192, 0, 2, 9)), AS_MASTER, ADVERT(M, 100, IP(192, 0, 2, 100), 100)},
	"release, master>backup equal-priority-higher-address", VRRP_BACKUP, M + DOWN_100},
    {"A5 E07 192.0.3.1 is above 192.0.2.2", P100,
	{SOURCE(0, IP(192, 0, 2, 2)), AS_MASTER, ADVERT(M, 100, IP(192, 0, 3, 1), 100)},
	"release, master>backup equal-priority-higher-address", VRRP_BACKUP, M + DOWN_100},
    {"A6 E07 10.0.0.1 is below 200.0.0.1", P100,
	{SOURCE(0, IP(200, 0, 0, 1)), AS_MASTER, ADVERT(M, 100, IP(10, 0, 0, 1), 100)},
	"advertise 100, announce", VRRP_MASTER, M + S},
    {"A6 E06 an equal one of a lower address is answered at once", P100,
	{AS_MASTER, ADVERT(M + MS, 100, PEER_LESS, 300)}, "advertise 100, announce", VRRP_MASTER,
	M + S},
    {"A7 M06 a lower one is answered at once, the schedule stays", P100,
	{AS_MASTER, ADVERT(M + MS, 99, PEER_MORE, 300)}, "advertise 100, announce", VRRP_MASTER,
	M + S},
    {"A7 B09 not twice within 100 ms", P100,
	{AS_MASTER, ADVERT(M, 50, PEER_MORE, 100), ADVERT(M + 100 * MS - 1, 50, PEER_MORE, 100)},
	"", VRRP_MASTER, M + S},
    {"A7 B09 after 100 ms again", P100,
	{AS_MASTER, ADVERT(M, 50, PEER_MORE, 100), ADVERT(M + 100 * MS, 50, PEER_MORE, 100)},
	"advertise 100, announce", VRRP_MASTER, M + S},
    {"A7 B09 a better one is heard in between", P100,
	{AS_MASTER, ADVERT(M, 50, PEER_MORE, 100), ADVERT(M + MS, 150, PEER_MORE, 100)},
	"release, master>backup higher-priority", VRRP_BACKUP, M + MS + DOWN_100},
    {"A8 B07 our own source, lower", P100, {AS_MASTER, ADVERT(M, 50, OWN_IP, 100)}, "", VRRP_MASTER,
	M + S},
    {"A8 B07 our own source, equal", P100, {AS_MASTER, ADVERT(M, 100, OWN_IP, 100)}, "",
	VRRP_MASTER, M + S},
    {"A8 B07 our own source, higher", P100, {AS_MASTER, ADVERT(M, 250, OWN_IP, 100)}, "",
	VRRP_MASTER, M + S},
    {"A8 B07 our own source, priority 0", P100, {AS_MASTER, ADVERT(M, 0, OWN_IP, 100)}, "",
	VRRP_MASTER, M + S},
    {"A9 O03 two owners: the lower address yields", OWNER,
	{START(0), ADVERT(MS, 255, PEER_MORE, 100)},
	"release, master>backup equal-priority-higher-address", VRRP_BACKUP, MS + DOWN_255},
    {"A9 O03 two owners: the higher address stays", OWNER,
	{START(0), ADVERT(MS, 255, PEER_LESS, 100)}, "advertise 255, announce", VRRP_MASTER, S},
    {"O02 an owner stays against anybody else", OWNER, {START(0), ADVERT(MS, 254, PEER_MORE, 100)},
	"advertise 255, announce", VRRP_MASTER, S},
    {"X2 F01 fault: priority 0, then the addresses", P100, {AS_MASTER, FAULTY(M + MS, 100)},
	"advertise 0, release, master>fault fault", VRRP_FAULT, NEVER},
    {"O05 an owner's fault", OWNER, {START(0), FAULTY(MS, 255)},
	"advertise 0, release, master>fault fault", VRRP_FAULT, NEVER},
    {"S03 another priority is told at once, the schedule stays", P100,
	{AS_MASTER, HEALTHY(M + MS, 90)}, "advertise 90", VRRP_MASTER, M + S},
    {"S03 and counts in the next advert", P100, {AS_MASTER, HEALTHY(M + MS, 90), TIMER(M + S)},
	"advertise 90", VRRP_MASTER, M + 2 * S},
    {"S03 and in the comparison", P100,
	{AS_MASTER, HEALTHY(M + MS, 90), ADVERT(M + S - 1, 95, PEER_LESS, 100)},
	"release, master>backup higher-priority", VRRP_BACKUP, M + 4 * S - 1 + SKEW_90},
    {"equal inputs are nothing", P100, {AS_MASTER, HEALTHY(M + MS, 100)}, "", VRRP_MASTER, M + S},
    {"R07 a result that is awaited later ends nothing", P100, {AS_MASTER, WAITING(M, 100)}, "",
	VRRP_MASTER, M + S},
    {"another source", P100, {AS_MASTER, SOURCE(M, PEER_MORE)}, "", VRRP_MASTER, M + S},
    {"a start is nothing", P100, {AS_MASTER, START(M)}, "", VRRP_MASTER, M + S},
    {"a resumption is nothing", P100, {AS_MASTER, RESUME(M, 0)}, "", VRRP_MASTER, M + S},
};

static const struct row fault_rows[] = {
    {"X3 F07 adverts are nothing", P100, {AS_FAULT, ADVERT(S, 50, PEER_MORE, 100)}, "", VRRP_FAULT,
	NEVER},
    {"X3 F07 so is priority 0", P100, {AS_FAULT, ADVERT(S, 0, PEER_MORE, 100)}, "", VRRP_FAULT,
	NEVER},
    {"no timer runs", P100, {AS_FAULT, TIMER(99 * S)}, "", VRRP_FAULT, NEVER},
    {"F05 a second cause, or one of two less", P100, {AS_FAULT, FAULTY(S, 90)}, "", VRRP_FAULT,
	NEVER},
    {"X4 F05 the last cause goes: backup, a whole down interval", P100, {AS_FAULT, HEALTHY(S, 100)},
	"fault>backup fault-cleared", VRRP_BACKUP, S + DOWN_100},
    {"X4 at the priority of then", P100, {AS_FAULT, FAULTY(S, 90), HEALTHY(S, 200)},
	"fault>backup fault-cleared", VRRP_BACKUP, S + DOWN_200},
    {"X4 T02 what was learned before is forgotten", P100,
	{START(0), ADVERT(0, 200, PEER_MORE, 300), FAULTY(S, 100), HEALTHY(2 * S, 100)},
	"fault>backup fault-cleared", VRRP_BACKUP, 2 * S + DOWN_100},
    {"X5 O05 an owner is master at once", OWNER, {FAULTY(0, 255), START(0), HEALTHY(S, 255)},
	"advertise 255, acquire, fault>master fault-cleared", VRRP_MASTER, 2 * S},
    {"S06 a first result is missing when the last cause goes", P100, {AS_FAULT, WAITING(S, 100)},
	"fault>init fault-cleared", VRRP_INIT, NEVER},
    {"S06 and then it comes", P100, {AS_FAULT, WAITING(S, 100), HEALTHY(2 * S, 100)},
	"init>backup startup", VRRP_BACKUP, 2 * S + DOWN_100},
    {"S06 an owner is not master before it comes", OWNER,
	{FAULTY(0, 255), START(0), WAITING(S, 255)}, "fault>init fault-cleared", VRRP_INIT, NEVER},
    {"Z02 stop: nothing on the wire", P100, {AS_FAULT, STOP(S)}, "fault>init shutdown", VRRP_INIT,
	NEVER},
    {"another source", P100, {AS_FAULT, SOURCE(S, PEER_MORE)}, "", VRRP_FAULT, NEVER},
    {"a start is nothing", P100, {AS_FAULT, START(S)}, "", VRRP_FAULT, NEVER},
    {"a resumption is nothing", P100, {AS_FAULT, RESUME(S, 0)}, "", VRRP_FAULT, NEVER},
};

static void
run_row(const struct row *row)
{
	struct vr vr;
	struct vr_actions out;
	mono_t deadline = row->deadline_ns == NEVER ? MONO_NEVER : at(row->deadline_ns);

	begin(&vr, &row->conf, &out);
	for (size_t i = 0; i < STEPS_MAX && row->step[i].kind != END; i++)
		take(&vr, row->step[i], &out);
	if (strcmp(describe(&out), row->does) != 0)
		fail_msg("%s: does \"%s\" instead of \"%s\"", row->name, describe(&out), row->does);
	if (vr.state != row->state)
		fail_msg("%s: is %s instead of %s", row->name, vrrp_state_name(vr.state),
		    vrrp_state_name(row->state));
	if (vr_deadline(&vr).ns != deadline.ns)
		fail_msg("%s: the timer is off by %" PRId64 " ns", row->name,
		    vr_deadline(&vr).ns - deadline.ns);
}

#define TEST_ROWS(which) \
	static void test_##which(void **state) \
	{ \
		(void)state; \
		for (size_t i = 0; i < sizeof(which##_rows) / sizeof(which##_rows[0]); i++) \
			run_row(&which##_rows[i]); \
	}
TEST_ROWS(init)
TEST_ROWS(resume)
TEST_ROWS(backup)
TEST_ROWS(master)
TEST_ROWS(fault)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_init),
	    cmocka_unit_test(test_resume),
	    cmocka_unit_test(test_backup),
	    cmocka_unit_test(test_master),
	    cmocka_unit_test(test_fault),
	};

	return cmocka_run_group_tests_name("vr", tests, NULL, NULL);
}
