/*
 * migrate-t.c - tests of migrate.h and of the steps compiled in
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "migrate.h"

static const struct migration steps[] = {
	{ 1, "one", "up", "down" },
	{ 2, "two", "up", "down" },
	{ 5, "five", "up", "down" },
};

static void
steps_are_found_by_their_version(void **state UNUSED)
{
	static const struct {
		int64_t version;
		int find, next;		/* index, or -1 */
		int64_t previous;
	} rows[] = {
		{ -1, -1, 0, 0 }, { 0, -1, 0, 0 }, { 1, 0, 1, 0 },
		{ 2, 1, 2, 1 }, { 3, -1, 2, 2 }, { 4, -1, 2, 2 },
		{ 5, 2, -1, 2 }, { 6, -1, -1, 5 }, { INT64_MAX, -1, -1, 5 },
	};
	size_t i, count = COUNT_OF(steps);

	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_ptr_equal(migrate_find(steps, count, rows[i].version),
		    rows[i].find < 0 ? NULL : &steps[rows[i].find]);
		assert_ptr_equal(migrate_next(steps, count, rows[i].version),
		    rows[i].next < 0 ? NULL : &steps[rows[i].next]);
		if (rows[i].find >= 0)
			assert_int_equal(migrate_previous_version(steps,
			    count, rows[i].version), rows[i].previous);
	}
}

static void
without_steps_nothing_is_found(void **state UNUSED)
{
	assert_null(migrate_find(steps, 0, 1));
	assert_null(migrate_next(steps, 0, 0));
	assert_int_equal(migrate_previous_version(steps, 0, 1), 0);
}

static void
the_compiled_steps_are_numbered_from_one_without_gaps(void **state UNUSED)
{
	size_t i;

	assert_true(migrations_sqlite_count >= 1);
	for (i = 0; i < migrations_sqlite_count; i++)
		assert_int_equal(migrations_sqlite[i].version, i + 1);
	assert_string_equal(migrations_sqlite[0].title, "initial_schema");
}

static void
each_compiled_step_has_both_ways(void **state UNUSED)
{
	const struct migration *step;
	size_t i;

	for (i = 0; i < migrations_sqlite_count; i++) {
		step = &migrations_sqlite[i];
		check_row(step->title, step->title[0] != '\0');
		check_row(step->title, strchr(step->up, ';') != NULL);
		check_row(step->title, strchr(step->down, ';') != NULL);
		check_row(step->title, step->up[strlen(step->up) - 1] ==
		    '\n');
		check_row(step->title, step->down[strlen(step->down) - 1] ==
		    '\n');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_found_by_their_version),
		cmocka_unit_test(without_steps_nothing_is_found),
		cmocka_unit_test(
		    the_compiled_steps_are_numbered_from_one_without_gaps),
		cmocka_unit_test(each_compiled_step_has_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
