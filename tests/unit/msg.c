/*
 * The table of messages: every row's bounds, names, descriptors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common/msg.h"

#define TABLE_POINTER(ROWS, P, lower) &msg_table_##lower,
static const struct msg_table *const tables[] = {MSG_DIRECTIONS(TABLE_POINTER)};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static void
test_bounds_of_every_row(void **state)
{
	(void)state;
	for (size_t t = 0; t < TABLES; t++) {
		for (uint16_t type = 0; type < tables[t]->count; type++) {
			const struct msg_row *row = &tables[t]->rows[type];

			assert_ptr_equal(msg_row_check(tables[t], type, row->size_min), row);
			assert_ptr_equal(msg_row_check(tables[t], type, row->size_max), row);
			assert_null(msg_row_check(tables[t], type, (size_t)row->size_min - 1));
			assert_null(msg_row_check(tables[t], type, (size_t)row->size_max + 1));
			assert_null(msg_row_check(tables[t], type, SIZE_MAX));
			assert_true(row->size_min > 0 ||
				    row == &msg_table_engine_ctl.rows[ENGINE_CTL_TEXT]);
			assert_true(row->size_min <= row->size_max);
			assert_true(row->size_max + sizeof(struct msg_header) <= MSG_SIZE_MAX);
		}
	}
}

static void
test_no_type_beyond_the_table(void **state)
{
	(void)state;
	for (size_t t = 0; t < TABLES; t++)
		for (unsigned type = tables[t]->count; type <= UINT16_MAX; type++)
			for (size_t size = 0; size <= 8; size += 4)
				assert_null(msg_row_check(tables[t], (uint16_t)type, size));
}

static void
test_names_are_unique(void **state)
{
	(void)state;
	for (size_t t = 0; t < TABLES; t++) {
		for (size_t other = 0; other < t; other++)
			assert_string_not_equal(tables[t]->name, tables[other]->name);
		for (uint16_t a = 0; a < tables[t]->count; a++)
			for (uint16_t b = 0; b < a; b++)
				assert_string_not_equal(
				    tables[t]->rows[a].name, tables[t]->rows[b].name);
	}
}

/* Who is not trusted lends nothing: no descriptor travels towards the parent, or to or from
 * vrrpctl; but for a text that the config role wrote, which nobody reads there. */
static void
test_descriptors_only_come_from_the_parent(void **state)
{
	(void)state;
	for (size_t t = 0; t < TABLES; t++)
		for (uint16_t type = 0; type < tables[t]->count; type++)
			if (tables[t]->rows[type].fd == FD &&
			    (tables[t] != &msg_table_config_parent ||
				type != CONFIG_PARENT_CONFIG_TEXT))
				assert_memory_equal(tables[t]->name, "parent_", 7);
}

/* What the engine can ask of root fits these few numbers: no text, no address, no path. */
static void
test_requests_of_the_engine_are_small(void **state)
{
	static const struct {
		const char *name;
		size_t size;
	} all[] = {{"ADVERTISE", sizeof(struct msg_advertise)},
	    {"ACQUIRE", sizeof(struct msg_instance_request)},
	    {"RELEASE", sizeof(struct msg_instance_request)},
	    {"ANNOUNCE", sizeof(struct msg_instance_request)},
	    {"READY", sizeof(struct msg_conf_end)}, {"HEARTBEAT", sizeof(struct msg_heartbeat)},
	    {"COMMITTED", sizeof(struct msg_conf_end)}, {"RETIRED", sizeof(struct msg_retired)},
	    {"RELOAD", sizeof(struct msg_reload)}, {"KEEP", sizeof(struct msg_keep)},
	    {"DONE", sizeof(struct msg_empty)}};

	(void)state;
	assert_int_equal(msg_table_engine_parent.count, sizeof(all) / sizeof(all[0]));
	for (uint16_t i = 0; i < msg_table_engine_parent.count; i++) {
		assert_string_equal(msg_table_engine_parent.rows[i].name, all[i].name);
		assert_int_equal(msg_table_engine_parent.rows[i].size_max, all[i].size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bounds_of_every_row),
	    cmocka_unit_test(test_no_type_beyond_the_table),
	    cmocka_unit_test(test_names_are_unique),
	    cmocka_unit_test(test_descriptors_only_come_from_the_parent),
	    cmocka_unit_test(test_requests_of_the_engine_are_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
