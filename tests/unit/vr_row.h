/*
 * A test of the election as a row: a configuration, events that lead somewhere, of which the last is
 * the one looked at, what it must do, and the timer that runs then.
 */
#ifndef UNIT_VR_ROW_H
#define UNIT_VR_ROW_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vr_step.h"

#define STEPS_MAX 10

struct row {
	const char *name;
	struct vr_conf conf;
	struct step step[STEPS_MAX];
	const char *does; /* the actions of the last step, in order */
	enum vrrp_state state;
	int64_t deadline_ns; /* from the row's time 0 */
};

static inline void
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
#endif
