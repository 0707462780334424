/*
 * The real engine, unprivileged, with the test as its parent, its checker and the network. What it asks
 * for becomes lines:
 *
 *	advertise NAME PRIORITY, acquire NAME, release NAME, announce NAME, done
 *	hook NAME EVENT state|all|gate REASON, trial CHECK
 *
 * Time is real: tests wait for lines, and judge by order and by what must not come before.
 */
#ifndef UNIT_ENGINE_LAB_H
#define UNIT_ENGINE_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/msg.h"
#include "vrrpd/engine/engine.h"

#define LAB_LINES 512
#define LAB_RUNNER 1
#define LAB_OTHER 2 /* another user's checker, which the test plays alone */
#define LAB_WAIT_MS 8000

struct lab {
	struct engine engine;
	int parent;
	int checker; /* -1 = none */
	int rx[2];   /* of eth0 and eth1: datagrams to the engine */
	bool mute;   /* addresses are not answered for */
	bool configured;
	char line[LAB_LINES][80];
	size_t lines, seen;
	struct msg_run_hook hook[64]; /* asked for, not done */
	size_t hooks;
	struct msg_run_check trial[64]; /* asked for */
	size_t trials;
	int control; /* -1 = no client was there yet */
	char directory[32];
};

/* clang-format off */
/* Other members follow: group (given before), handover, on_failure. */
#define LAB_INSTANCE(number, word, link, prio, cs, ...) \
	&(struct conf_instance){.id = number, .name = word, .interface = link, .vrid = number, \
	    .family = ADDR_IPV4, .version = 3, .priority = prio, .preempt = 1, .enabled = 1, \
	    .accept_mode = 1, .down_adverts = 3, .interval_cs = cs, .announce_repeat = 5, \
	    .announce_interval_ms = 250, __VA_ARGS__}
/* clang-format on */

/* A started engine waits for its configuration; on eth0 and eth1 once it has one. */
struct lab *lab_begin(void);
void lab_end(struct lab *);

/* In this order. */
void lab_group(struct lab *, uint32_t id, const char *name);
void lab_instance(struct lab *, const struct conf_instance *);
void lab_addresses(struct lab *, uint32_t instances); /* one each, and the runner */
void lab_check(struct lab *, uint32_t id, const char *name, enum conf_check_kind,
    uint32_t expires_ms, uint32_t set_by_uid);
void lab_track(struct lab *, const struct conf_track *);
void lab_hook(struct lab *, uint32_t instance, uint32_t group, enum conf_hook_slot);
void lab_other_runner(struct lab *); /* LAB_OTHER, behind lab_addresses() */
void lab_commit(struct lab *);

/* Before lab_commit(): it was master when an earlier engine died. */
void lab_resume(struct lab *, uint32_t instance, int64_t silence_ns);

/* Before lab_commit(): what an earlier engine left. */
void lab_kept(struct lab *, const struct msg_keep *);

/* Facts and requests of the parent. */
void lab_link(struct lab *, const char *interface, bool up);
void lab_shutdown(struct lab *, bool at_once);

/* An advert of 192.0.2.LAST on eth0 (0) or eth1 (1), whose interval is 100 ms. */
void lab_advert(struct lab *, int link, uint8_t vrid, uint8_t priority, uint8_t last);

/* A check's result; the oldest hook that was asked for ends; the checker dies, another one comes. */
void lab_result(struct lab *, uint32_t check, enum vrrp_check_state, int64_t value);
void lab_hook_done(struct lab *, int exit_status);
void lab_checker_says(struct lab *, uint16_t type, const void *payload, size_t size);
void lab_checker_dies(struct lab *);
void lab_checker_comes(struct lab *);

/* Its socket; it has not said REPLAYED. */
int lab_other_comes(struct lab *);

/* A new client of vrrpctl's kind, which was greeted. Its end is the caller's. */
int lab_client(struct lab *);

/* Sends a client's message; the next one it is told, of type or the test fails. */
void lab_tell(int client, uint16_t type, const void *payload, size_t size);
void lab_hear(struct lab *, int client, uint16_t type, void *payload);

/* The checker answers a trial. */
void lab_trial_done(struct lab *, const struct msg_check_ran *);

/* Lets the engine run for so long. */
void lab_run(struct lab *, int ms);

/* Waits for a line among those not seen; it and all before are seen then. Fails after LAB_WAIT_MS. */
void lab_await(struct lab *, const char *line);

/* Fails when that line is among those not seen. */
void lab_refuse(struct lab *, const char *line);

/* Waits for a state of an instance. */
void lab_await_state(struct lab *, const char *name, enum vrrp_state);

struct instance *lab_find(struct lab *, const char *name);

#endif
