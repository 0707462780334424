/*
 * An answer of the engine to vrrpctl, made by hand, as it goes into the model.
 */
#ifndef TESTS_UNIT_CTL_LAB_H
#define TESTS_UNIT_CTL_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/mono.h"
#include "vrrpctl/model.h"

#define NOW_NS (1000000 * NS_PER_S)
#define WALL_NS (INT64_C(1795341600) * NS_PER_S + 123 * NS_PER_MS) /* 2026-11-22T10:00:00.123Z */

#define TAKE(model, type, message) take((model), ENGINE_CTL_##type, (message), sizeof(*(message)))

static const struct msg_ctl_hello hello = {.version = MSG_VERSION, .program = "vrrpd 0.1.0"};
static const struct msg_ctl_end end = {.result = MSG_CTL_OK};

int take(struct model *model, uint16_t type, const void *payload, size_t size);
struct msg_status make_status(void);
/* The master of the documentation's example. */
struct msg_status_instance make_web(void);
/* Two instances, three checks, two problems. */
void take_answer(struct model *model);
/* A model after HELLO and STATUS. */
void begin_answer(struct model *model);
void end_answer(struct model *model);
/* A check was run by hand; what that would do. */
void take_run(struct model *model, const struct msg_status_effect *effects, size_t count);

#endif
