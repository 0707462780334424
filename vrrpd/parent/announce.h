/*
 * When installed addresses are announced again: rounds of copies, spread over time. Parent.
 */
#ifndef PARENT_ANNOUNCE_H
#define PARENT_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"

struct address_ledger;
struct announcer;
struct event_base;

/* Announces the installed addresses of an instance that the round is for, once; a refresh is for all. */
typedef void (*announce_all)(void *ctx, uint32_t instance, bool refresh);

/* conf must outlive it. NULL with errno. */
struct announcer *announcer_open(struct event_base *, const struct conf *, announce_all, void *ctx);

/*
 * Begins a round: announce_repeat copies announce_interval_ms apart, the first of which the caller has
 * sent, and as many again announce_delay_ms after; then every announce_refresh_ms. A round that runs
 * takes it in. Returns whether one ran.
 */
bool announcer_start(struct announcer *, uint32_t instance);

/* The addresses are going away. */
void announcer_stop(struct announcer *, uint32_t instance);

/* Rounds of instances that go on, go on. */
void announcer_inherit(struct announcer *, struct announcer *old);
void announcer_close(struct announcer *);

#endif
