/*
 * The election: every state with every event. A line is a state and how it is reached; its cells are
 * what each event does then: the actions, and behind a semicolon the timer in milliseconds from the
 * event, if it is another one than before. A cell that is not written is an event that does nothing.
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

#define STEPS_MAX 6
#define T (20 * S) /* when the event comes */

#define HANDOVER P100_AND(.handover = true, .address_count = 100)
#define GATED P100_AND(.gate = VR_GATE_STAY)
#define GATED_LOOSELY P100_AND(.gate = VR_GATE_PROCEED)
#define DEAF P100_AND(.startup_delay_ns = 5 * S)
#define PATIENT P100_AND(.preempt_delay_ns = 5 * S)
#define V2_OWNER \
	{ \
		.priority = 255, .preempt = true, .down_adverts = 3, .interval_ns = S, \
		.version = 2 \
	}

/* clang-format off */
#define EVENTS(X) \
	X(START, START(T)) \
	X(RESUME, RESUME(T, 100 * MS)) \
	X(STOP, STOP(T)) \
	X(STOP_AT_ONCE, STOP_AT_ONCE(T)) \
	X(REMOVED, REMOVED(T)) \
	X(TIMER, TIMER(0)) /* when it is due */ \
	X(HIGHER, ADVERT(T, 200, PEER_LESS, 200)) \
	X(EQUAL_MORE, ADVERT(T, 100, PEER_MORE, 100)) \
	X(EQUAL_LESS, ADVERT(T, 100, PEER_LESS, 100)) \
	X(LOWER, ADVERT(T, 50, PEER_MORE, 200)) \
	X(ZERO, ADVERT(T, 0, PEER_MORE, 200)) \
	X(OWN, ADVERT(T, 250, OWN_IP, 100)) \
	X(SAME, HEALTHY(T, 100)) \
	X(PRIORITY, HEALTHY(T, 90)) \
	X(WAITING, WAITING(T, 100)) \
	X(FAULT, FAULTY(T, 100)) \
	X(OPERATOR, OPERATED(T, 100)) \
	X(GROUP_FAULT, CAUSED(T, CAUSE | OF_GROUP)) \
	X(GROUP_OPERATOR, CAUSED(T, BY_OPERATOR | OF_GROUP)) \
	X(SOURCE, SOURCE(T, PEER_MORE)) \
	X(CONF_SAME, CONF(T, NOTHING, 0)) \
	X(CONF_SLOWER, CONF(T, INTERVAL, 2 * S)) \
	X(CONF_FASTER, CONF(T, INTERVAL, 900 * MS)) \
	X(CONF_UNGATED, CONF(T, GATING, VR_GATE_NONE)) \
	X(CONF_GATED, CONF(T, GATING, VR_GATE_PROCEED)) \
	X(PASSED, PASSED(T)) \
	X(FAILED, FAILED(T)) \
	X(STEP_WAIT, TOGETHER(T, VR_STEP_WAIT)) \
	X(STEP_GATE, TOGETHER(T, VR_STEP_GATE)) \
	X(STEP_UP, TOGETHER(T, VR_STEP_UP)) \
	X(STEP_DOWN, TOGETHER(T, VR_STEP_DOWN))

#define EVENT_ENUM(name, ...) ON_##name,
enum { EVENTS(EVENT_ENUM) EVENT_COUNT };
#define EVENT_NAME(name, ...) #name,
static const char *const names[] = {EVENTS(EVENT_NAME)};
#define EVENT_STEP(name, ...) __VA_ARGS__,
static const struct step events[] = {EVENTS(EVENT_STEP)};
/* clang-format on */

struct line {
	const char *name;
	struct vr_conf conf;
	bool grouped;
	struct step step[STEPS_MAX];
	const char *cell[EVENT_COUNT];
};

/* clang-format off */
static const struct line lines[] = {
	{"I2 not started", P100, false,
		{{END, 0, 0, 0, 0}},
		{
			[ON_START] = "init>backup startup; 3609.375000",
			[ON_RESUME] = "init>master resume; 900.000000",
		}},
	{"I3 S06 waiting for a first result", P100, false,
		{WAITING(0, 100), START(0)},
		{
			[ON_STOP] = "release, init>init shutdown",
			[ON_STOP_AT_ONCE] = "release, init>init shutdown",
			[ON_REMOVED] = "release, init>init reload",
			[ON_HIGHER] = "release",
			[ON_EQUAL_MORE] = "release",
			[ON_EQUAL_LESS] = "release",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release",
			[ON_SAME] = "init>backup startup; 3609.375000",
			[ON_PRIORITY] = "init>backup startup; 3648.437500",
			[ON_FAULT] = "release, init>fault fault",
			[ON_OPERATOR] = "release, init>fault operator",
			[ON_GROUP_FAULT] = "release, init>fault group",
			[ON_GROUP_OPERATOR] = "release, init>fault group",
		}},
	{"B1-B6 E08 backup", P100, false,
		{START(T - S), ADVERT(T - S, 200, PEER_MORE, 100)},
		{
			[ON_STOP] = "backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "backup>init shutdown; never",
			[ON_REMOVED] = "backup>init reload; never",
			[ON_TIMER] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_HIGHER] = "; 7218.750000",
			[ON_EQUAL_MORE] = "; 3609.375000",
			[ON_EQUAL_LESS] = "; 3609.375000",
			[ON_ZERO] = "; 609.375000",
			[ON_PRIORITY] = "; 2648.437500",
			[ON_FAULT] = "backup>fault fault; never",
			[ON_OPERATOR] = "backup>fault operator; never",
			[ON_GROUP_FAULT] = "backup>fault group; never",
			[ON_GROUP_OPERATOR] = "backup>fault group; never",
		}},
	{"B1-B6 backup that has leftovers", HANDOVER, false,
		{START(T - S)},
		{
			[ON_STOP] = "release, backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown; never",
			[ON_REMOVED] = "release, backup>init reload; never",
			[ON_TIMER] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release; 609.375000",
			[ON_PRIORITY] = "; 2648.437500",
			[ON_FAULT] = "release, backup>fault fault; never",
			[ON_OPERATOR] = "release, backup>fault operator; never",
			[ON_GROUP_FAULT] = "release, backup>fault group; never",
			[ON_GROUP_OPERATOR] = "release, backup>fault group; never",
			[ON_CONF_SLOWER] = "; 6218.750000",
			[ON_CONF_FASTER] = "; 2248.437500",
		}},
	{"B3 Z03 backup after priority 0", P100, false,
		{START(T - S), ADVERT(T - 100 * MS, 0, PEER_MORE, 100)},
		{
			[ON_STOP] = "backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "backup>init shutdown; never",
			[ON_REMOVED] = "backup>init reload; never",
			[ON_TIMER] = "advertise 100, acquire, backup>master priority-zero; 1000.000000",
			[ON_HIGHER] = "; 7218.750000",
			[ON_EQUAL_MORE] = "; 3609.375000",
			[ON_EQUAL_LESS] = "; 3609.375000",
			[ON_ZERO] = "; 609.375000",
			[ON_PRIORITY] = "; 548.437500",
			[ON_FAULT] = "backup>fault fault; never",
			[ON_OPERATOR] = "backup>fault operator; never",
			[ON_GROUP_FAULT] = "backup>fault group; never",
			[ON_GROUP_OPERATOR] = "backup>fault group; never",
			[ON_CONF_SLOWER] = "; 1118.750000",
			[ON_CONF_FASTER] = "; 448.437500",
		}},
	{"B4 P03 backup, not preempting", NOPREEMPT, false,
		{START(T - S)},
		{
			[ON_STOP] = "release, backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown; never",
			[ON_REMOVED] = "release, backup>init reload; never",
			[ON_TIMER] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release; 7218.750000",
			[ON_ZERO] = "release; 609.375000",
			[ON_PRIORITY] = "; 2648.437500",
			[ON_FAULT] = "release, backup>fault fault; never",
			[ON_OPERATOR] = "release, backup>fault operator; never",
			[ON_GROUP_FAULT] = "release, backup>fault group; never",
			[ON_GROUP_OPERATOR] = "release, backup>fault group; never",
			[ON_CONF_SLOWER] = "; 6218.750000",
			[ON_CONF_FASTER] = "; 2248.437500",
		}},
	{"P05 P06 backup with patience, a lower master was heard", PATIENT, false,
		{START(T - 5 * S), ADVERT(T - 4 * S, 50, PEER_MORE, 100), ADVERT(T - 2 * S, 50, PEER_MORE, 100)},
		{
			[ON_STOP] = "backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "backup>init shutdown; never",
			[ON_REMOVED] = "backup>init reload; never",
			[ON_TIMER] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_HIGHER] = "; 7218.750000",
			[ON_EQUAL_MORE] = "; 3609.375000",
			[ON_EQUAL_LESS] = "; 3609.375000",
			[ON_LOWER] = "; 7218.750000",
			[ON_ZERO] = "; 609.375000",
			[ON_PRIORITY] = "; 1648.437500",
			[ON_FAULT] = "backup>fault fault; never",
			[ON_OPERATOR] = "backup>fault operator; never",
			[ON_GROUP_FAULT] = "backup>fault group; never",
			[ON_GROUP_OPERATOR] = "backup>fault group; never",
		}},
	{"P05 backup whose patience is over", PATIENT, false,
		{START(T - 7 * S), ADVERT(T - 6 * S, 50, PEER_MORE, 100), ADVERT(T - 2 * S, 50, PEER_MORE, 100)},
		{
			[ON_STOP] = "backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "backup>init shutdown; never",
			[ON_REMOVED] = "backup>init reload; never",
			[ON_TIMER] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_HIGHER] = "; 7218.750000",
			[ON_EQUAL_MORE] = "; 3609.375000",
			[ON_EQUAL_LESS] = "; 3609.375000",
			[ON_ZERO] = "; 609.375000",
			[ON_PRIORITY] = "; 1648.437500",
			[ON_FAULT] = "backup>fault fault; never",
			[ON_OPERATOR] = "backup>fault operator; never",
			[ON_GROUP_FAULT] = "backup>fault group; never",
			[ON_GROUP_OPERATOR] = "backup>fault group; never",
		}},
	{"backup during the startup delay", DEAF, false,
		{START(T - S)},
		{
			[ON_STOP] = "release, backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown; never",
			[ON_REMOVED] = "release, backup>init reload; never",
			[ON_TIMER] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_HIGHER] = "release",
			[ON_EQUAL_MORE] = "release",
			[ON_EQUAL_LESS] = "release",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release",
			[ON_PRIORITY] = "; 7648.437500",
			[ON_FAULT] = "release, backup>fault fault; never",
			[ON_OPERATOR] = "release, backup>fault operator; never",
			[ON_GROUP_FAULT] = "release, backup>fault group; never",
			[ON_GROUP_OPERATOR] = "release, backup>fault group; never",
			[ON_CONF_SLOWER] = "; 11218.750000",
			[ON_CONF_FASTER] = "; 7248.437500",
		}},
	{"backup whose gate runs", GATED, false,
		{START(T - 5 * S), TIMER(T - S)},
		{
			[ON_STOP] = "release, backup>init shutdown",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown",
			[ON_REMOVED] = "release, backup>init reload",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release",
			[ON_FAULT] = "release, backup>fault fault",
			[ON_OPERATOR] = "release, backup>fault operator",
			[ON_GROUP_FAULT] = "release, backup>fault group",
			[ON_GROUP_OPERATOR] = "release, backup>fault group",
			[ON_PASSED] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_FAILED] = "; 3609.375000",
			[ON_CONF_UNGATED] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
		}},
	{"backup whose gate runs, to proceed", GATED_LOOSELY, false,
		{START(T - 5 * S), TIMER(T - S)},
		{
			[ON_STOP] = "release, backup>init shutdown",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown",
			[ON_REMOVED] = "release, backup>init reload",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release",
			[ON_FAULT] = "release, backup>fault fault",
			[ON_OPERATOR] = "release, backup>fault operator",
			[ON_GROUP_FAULT] = "release, backup>fault group",
			[ON_GROUP_OPERATOR] = "release, backup>fault group",
			[ON_PASSED] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_FAILED] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
			[ON_CONF_UNGATED] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
		}},
	{"G01 backup in a group", P100, true,
		{START(T - S)},
		{
			[ON_STOP] = "release, backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown; never",
			[ON_REMOVED] = "release, backup>init reload; never",
			[ON_TIMER] = "; never",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release; 609.375000",
			[ON_PRIORITY] = "; 2648.437500",
			[ON_FAULT] = "release, backup>fault fault; never",
			[ON_OPERATOR] = "release, backup>fault operator; never",
			[ON_GROUP_FAULT] = "release, backup>fault group; never",
			[ON_GROUP_OPERATOR] = "release, backup>fault group; never",
			[ON_CONF_SLOWER] = "; 6218.750000",
			[ON_CONF_FASTER] = "; 2248.437500",
		}},
	{"G01 backup in a group, ready", GATED, true,
		{START(T - 5 * S), TIMER(T - S)},
		{
			[ON_STOP] = "release, backup>init shutdown",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown",
			[ON_REMOVED] = "release, backup>init reload",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release",
			[ON_FAULT] = "release, backup>fault fault",
			[ON_OPERATOR] = "release, backup>fault operator",
			[ON_GROUP_FAULT] = "release, backup>fault group",
			[ON_GROUP_OPERATOR] = "release, backup>fault group",
			[ON_STEP_GATE] = "gate",
		}},
	{"G01 backup in a group, whose gate runs", GATED, true,
		{START(T - 5 * S), TIMER(T - S), TOGETHER(T - S, VR_STEP_GATE)},
		{
			[ON_STOP] = "release, backup>init shutdown",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown",
			[ON_REMOVED] = "release, backup>init reload",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release",
			[ON_FAULT] = "release, backup>fault fault",
			[ON_OPERATOR] = "release, backup>fault operator",
			[ON_GROUP_FAULT] = "release, backup>fault group",
			[ON_GROUP_OPERATOR] = "release, backup>fault group",
			[ON_FAILED] = "; 3609.375000",
		}},
	{"G01 backup in a group, open", P100, true,
		{START(T - 5 * S), TIMER(T - S), TOGETHER(T - S, VR_STEP_GATE)},
		{
			[ON_STOP] = "release, backup>init shutdown",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown",
			[ON_REMOVED] = "release, backup>init reload",
			[ON_HIGHER] = "release; 7218.750000",
			[ON_EQUAL_MORE] = "release; 3609.375000",
			[ON_EQUAL_LESS] = "release; 3609.375000",
			[ON_LOWER] = "release",
			[ON_ZERO] = "release",
			[ON_FAULT] = "release, backup>fault fault",
			[ON_OPERATOR] = "release, backup>fault operator",
			[ON_GROUP_FAULT] = "release, backup>fault group",
			[ON_GROUP_OPERATOR] = "release, backup>fault group",
			[ON_STEP_UP] = "advertise 100, acquire, backup>master master-down-timer; 1000.000000",
		}},
	{"A4 P01 backup that yielded", HANDOVER, false,
		{START(T - 5 * S), TIMER(T - S), ADVERT(T - 20 * MS, 200, PEER_MORE, 100)},
		{
			[ON_STOP] = "release, backup>init shutdown; never",
			[ON_STOP_AT_ONCE] = "release, backup>init shutdown; never",
			[ON_REMOVED] = "release, backup>init reload; never",
			[ON_TIMER] = "release; 3529.375000",
			[ON_FAULT] = "release, backup>fault fault; never",
			[ON_OPERATOR] = "release, backup>fault operator; never",
			[ON_GROUP_FAULT] = "release, backup>fault group; never",
			[ON_GROUP_OPERATOR] = "release, backup>fault group; never",
		}},
	{"A1-A8 Z04 P04 master", P100, false,
		{START(T - 5 * S), TIMER(T - 200 * MS)},
		{
			[ON_STOP] = "advertise 0, release, master>init shutdown; never",
			[ON_STOP_AT_ONCE] = "advertise 0, release, master>init shutdown; never",
			[ON_REMOVED] = "advertise 0, release, master>init reload; never",
			[ON_TIMER] = "advertise 100; 1000.000000",
			[ON_HIGHER] = "release, master>backup higher-priority; 7218.750000",
			[ON_EQUAL_MORE] = "release, master>backup equal-priority-higher-address; 3609.375000",
			[ON_EQUAL_LESS] = "advertise 100, announce",
			[ON_LOWER] = "advertise 100, announce",
			[ON_ZERO] = "advertise 100; 1000.000000",
			[ON_PRIORITY] = "advertise 90",
			[ON_FAULT] = "advertise 0, release, master>fault fault; never",
			[ON_OPERATOR] = "advertise 0, release, master>fault operator; never",
			[ON_GROUP_FAULT] = "advertise 0, release, master>fault group; never",
			[ON_GROUP_OPERATOR] = "advertise 0, release, master>fault group; never",
			[ON_STEP_DOWN] = "release, master>backup group; 3609.375000",
			[ON_CONF_SLOWER] = "advertise 100; 2000.000000",
			[ON_CONF_FASTER] = "advertise 100; 900.000000",
		}},
	{"A1-A8 Z01 master with a handover", HANDOVER, false,
		{START(T - 5 * S), TIMER(T - 200 * MS)},
		{
			[ON_STOP] = "advertise 0, master>init handover; 1020.000000",
			[ON_STOP_AT_ONCE] = "advertise 0, release, master>init shutdown; never",
			[ON_REMOVED] = "advertise 0, master>init handover; 1020.000000",
			[ON_TIMER] = "advertise 100; 1000.000000",
			[ON_HIGHER] = "master>backup higher-priority; 80.000000",
			[ON_EQUAL_MORE] = "master>backup equal-priority-higher-address; 80.000000",
			[ON_EQUAL_LESS] = "advertise 100, announce",
			[ON_LOWER] = "advertise 100, announce",
			[ON_ZERO] = "advertise 100; 1000.000000",
			[ON_PRIORITY] = "advertise 90",
			[ON_FAULT] = "advertise 0, release, master>fault fault; never",
			[ON_OPERATOR] = "advertise 0, master>init handover; 1020.000000",
			[ON_GROUP_FAULT] = "advertise 0, release, master>fault group; never",
			[ON_GROUP_OPERATOR] = "advertise 0, master>init handover; 1020.000000",
			[ON_STEP_DOWN] = "master>backup group; 80.000000",
			[ON_CONF_SLOWER] = "advertise 100; 2000.000000",
			[ON_CONF_FASTER] = "advertise 100; 900.000000",
		}},
	{"A9 O03 master, owner", OWNER, false,
		{START(T - 200 * MS)},
		{
			[ON_STOP] = "advertise 0, release, master>init shutdown; never",
			[ON_STOP_AT_ONCE] = "advertise 0, release, master>init shutdown; never",
			[ON_REMOVED] = "advertise 0, release, master>init reload; never",
			[ON_TIMER] = "advertise 255; 1000.000000",
			[ON_HIGHER] = "advertise 255, announce",
			[ON_EQUAL_MORE] = "advertise 255, announce",
			[ON_EQUAL_LESS] = "advertise 255, announce",
			[ON_LOWER] = "advertise 255, announce",
			[ON_ZERO] = "advertise 255; 1000.000000",
			[ON_FAULT] = "advertise 0, release, master>fault fault; never",
			[ON_OPERATOR] = "advertise 0, release, master>fault operator; never",
			[ON_GROUP_FAULT] = "advertise 0, release, master>fault group; never",
			[ON_GROUP_OPERATOR] = "advertise 0, release, master>fault group; never",
			[ON_STEP_DOWN] = "release, master>backup group; 3003.906250",
			[ON_CONF_SLOWER] = "advertise 255; 2000.000000",
			[ON_CONF_FASTER] = "advertise 255; 900.000000",
		}},
	{"A9 O04 master, owner of version 2", V2_OWNER, false,
		{START(T - 200 * MS)},
		{
			[ON_STOP] = "advertise 0, release, master>init shutdown; never",
			[ON_STOP_AT_ONCE] = "advertise 0, release, master>init shutdown; never",
			[ON_REMOVED] = "advertise 0, release, master>init reload; never",
			[ON_TIMER] = "advertise 255; 1000.000000",
			[ON_FAULT] = "advertise 0, release, master>fault fault; never",
			[ON_OPERATOR] = "advertise 0, release, master>fault operator; never",
			[ON_GROUP_FAULT] = "advertise 0, release, master>fault group; never",
			[ON_GROUP_OPERATOR] = "advertise 0, release, master>fault group; never",
			[ON_STEP_DOWN] = "release, master>backup group; 3003.906250",
			[ON_CONF_SLOWER] = "advertise 255; 2000.000000",
			[ON_CONF_FASTER] = "advertise 255; 900.000000",
		}},
	{"Z01 handing over", HANDOVER, false,
		{START(T - 5 * S), TIMER(T - 300 * MS), STOP(T - 100 * MS)},
		{
			[ON_STOP_AT_ONCE] = "release, init>init shutdown; never",
			[ON_TIMER] = "release, init>init shutdown; never",
			[ON_HIGHER] = "; 80.000000",
			[ON_EQUAL_MORE] = "; 80.000000",
			[ON_EQUAL_LESS] = "; 80.000000",
			[ON_LOWER] = "; 80.000000",
			[ON_FAULT] = "release, init>init shutdown; never",
			[ON_GROUP_FAULT] = "release, init>init shutdown; never",
		}},
	{"Z01 handing over, the successor was heard", HANDOVER, false,
		{START(T - 5 * S), TIMER(T - 300 * MS), STOP(T - 100 * MS), ADVERT(T - 50 * MS, 50, PEER_LESS, 100)},
		{
			[ON_STOP_AT_ONCE] = "release, init>init shutdown; never",
			[ON_TIMER] = "release, init>init shutdown; never",
			[ON_FAULT] = "release, init>init shutdown; never",
			[ON_GROUP_FAULT] = "release, init>init shutdown; never",
		}},
	{"handing over for the operator", HANDOVER, false,
		{START(T - 5 * S), TIMER(T - 300 * MS), OPERATED(T - 100 * MS, 100)},
		{
			[ON_STOP_AT_ONCE] = "release, init>init shutdown; never",
			[ON_TIMER] = "release, init>fault operator; never",
			[ON_HIGHER] = "; 80.000000",
			[ON_EQUAL_MORE] = "; 80.000000",
			[ON_EQUAL_LESS] = "; 80.000000",
			[ON_LOWER] = "; 80.000000",
			[ON_FAULT] = "release, init>fault fault; never",
			[ON_GROUP_FAULT] = "release, init>fault group; never",
		}},
	{"handing over for the operator, who changed his mind", HANDOVER, false,
		{START(T - 5 * S), TIMER(T - 300 * MS), OPERATED(T - 100 * MS, 100), HEALTHY(T - 90 * MS, 100)},
		{
			[ON_STOP_AT_ONCE] = "release, init>init shutdown; never",
			[ON_TIMER] = "release, init>backup fault-cleared; 3609.375000",
			[ON_HIGHER] = "; 80.000000",
			[ON_EQUAL_MORE] = "; 80.000000",
			[ON_EQUAL_LESS] = "; 80.000000",
			[ON_LOWER] = "; 80.000000",
			[ON_FAULT] = "release, init>fault fault; never",
			[ON_GROUP_FAULT] = "release, init>fault group; never",
		}},
	{"X3 X4 F07 fault", P100, false,
		{FAULTY(0, 100), START(0)},
		{
			[ON_STOP] = "fault>init shutdown",
			[ON_STOP_AT_ONCE] = "fault>init shutdown",
			[ON_REMOVED] = "fault>init reload",
			[ON_SAME] = "fault>backup fault-cleared; 3609.375000",
			[ON_PRIORITY] = "fault>backup fault-cleared; 3648.437500",
			[ON_WAITING] = "fault>init fault-cleared",
		}},
	{"fault by the operator", HANDOVER, false,
		{OPERATED(0, 100), START(0)},
		{
			[ON_STOP] = "fault>init shutdown",
			[ON_STOP_AT_ONCE] = "fault>init shutdown",
			[ON_REMOVED] = "fault>init reload",
			[ON_SAME] = "fault>backup fault-cleared; 3609.375000",
			[ON_PRIORITY] = "fault>backup fault-cleared; 3648.437500",
			[ON_WAITING] = "fault>init fault-cleared",
		}},
	{"X5 O05 fault of an owner", OWNER, false,
		{FAULTY(0, 255), START(0)},
		{
			[ON_STOP] = "fault>init shutdown",
			[ON_STOP_AT_ONCE] = "fault>init shutdown",
			[ON_REMOVED] = "fault>init reload",
			[ON_SAME] = "advertise 255, acquire, fault>master fault-cleared; 1000.000000",
			[ON_PRIORITY] = "advertise 255, acquire, fault>master fault-cleared; 1000.000000",
			[ON_WAITING] = "fault>init fault-cleared",
		}},
};
/* clang-format on */

static void
reach(struct vr *vr, const struct line *line)
{
	struct vr_actions out;

	begin(vr, &line->conf, &out);
	vr->grouped = line->grouped;
	for (size_t i = 0; i < STEPS_MAX && line->step[i].kind != END; i++)
		take(vr, line->step[i], &out);
}

static const char *
meet(const struct line *line, size_t event)
{
	static char text[512];
	struct vr vr;
	struct vr_actions out;
	struct step step = events[event];
	mono_t before;
	int64_t ns;

	reach(&vr, line);
	before = vr_deadline(&vr);
	if (step.kind == INPUTS && line->conf.priority == VRRP_PRIORITY_OWNER)
		step.c = VRRP_PRIORITY_OWNER;
	if (step.kind == TIMER)
		step.at_ns = mono_is_never(before) ? T : before.ns - BEGIN_NS;
	take(&vr, step, &out);
	snprintf(text, sizeof(text), "%s", describe(&out));
	if (vr_deadline(&vr).ns == before.ns)
		return text;
	ns = mono_since(vr_deadline(&vr), at(step.at_ns));
	if (mono_is_never(vr_deadline(&vr)))
		strcat(text, "; never");
	else
		sprintf(text + strlen(text), "; %" PRId64 ".%06" PRId64, ns / MS, ns % MS);
	return text;
}

static void
test_every_state_with_every_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		for (size_t k = 0; k < EVENT_COUNT; k++) {
			const char *expected = lines[i].cell[k], *found = meet(&lines[i], k);

			if (expected == NULL)
				expected = "";
			if (strcmp(found, expected) != 0)
				fail_msg("%s, %s: does \"%s\" instead of \"%s\"", lines[i].name,
				    names[k], found, expected);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_state_with_every_event),
	};

	return cmocka_run_group_tests_name("vr grid", tests, NULL, NULL);
}
