/*
 * status-t.c - tests of status.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "status.h"

static const struct {
	enum status status;
	int http;
} rows[] = {
	{ STATUS_OK, 200 },
	{ STATUS_NOT_FOUND, 404 },
	{ STATUS_CONFLICT, 409 },
	{ STATUS_INVALID, 400 },
	{ STATUS_TOO_LARGE, 413 },
	{ STATUS_UNAUTHORIZED, 401 },
	{ STATUS_DENIED, 403 },
	{ STATUS_BAD_METHOD, 405 },
	{ STATUS_BAD_TYPE, 415 },
	{ STATUS_BUSY, 503 },
	{ STATUS_UNAVAILABLE, 503 },
	{ STATUS_GONE, 0 },
	{ STATUS_INTERNAL, 500 },
};

static void
each_value_means_its_http_code(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		check_row(status_text(rows[i].status),
		    status_http(rows[i].status) == rows[i].http);
}

static void
each_value_has_a_text_of_its_own(void **state UNUSED)
{
	const char *text;
	size_t i, k;

	for (i = 0; i < COUNT_OF(rows); i++) {
		text = status_text(rows[i].status);
		assert_non_null(text);
		assert_string_not_equal(text, "");
		assert_string_not_equal(text, "unknown");
		for (k = 0; k < i; k++)
			assert_string_not_equal(text,
			    status_text(rows[k].status));
	}
}

static void
no_value_is_left_out(void **state UNUSED)
{
	size_t i;

	/* The last of the enum; a new value belongs into the table above. */
	assert_int_equal(COUNT_OF(rows), STATUS_INTERNAL + 1);
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(rows[i].status, i);
}

static void
a_value_outside_the_enum_is_an_internal_error(void **state UNUSED)
{
	static const int values[] = { STATUS_INTERNAL + 1, 1000, -1 };
	size_t i;

	for (i = 0; i < COUNT_OF(values); i++) {
		assert_int_equal(status_http((enum status)values[i]), 500);
		assert_string_equal(status_text((enum status)values[i]),
		    "unknown");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_means_its_http_code),
		cmocka_unit_test(each_value_has_a_text_of_its_own),
		cmocka_unit_test(no_value_is_left_out),
		cmocka_unit_test(
		    a_value_outside_the_enum_is_an_internal_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
