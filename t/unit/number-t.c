/*
 * number-t.c - tests of number.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "number.h"

static void
nothing_but_digits_up_to_the_maximum_is_a_number(void **state UNUSED)
{
	static const struct {
		const char *text;
		int64_t max;
		bool good;
		int64_t value;
	} rows[] = {
		{ "0", 10, true, 0 },
		{ "0", 0, true, 0 },
		{ "10", 10, true, 10 },
		{ "11", 10, false, 0 },
		{ "007", 10, true, 7 },
		{ "0000000000000000000000000000001", 1, true, 1 },
		{ "9223372036854775807", INT64_MAX, true, INT64_MAX },
		{ "9223372036854775808", INT64_MAX, false, 0 },
		{ "9223372036854775810", INT64_MAX, false, 0 },
		{ "18446744073709551616", INT64_MAX, false, 0 },
		{ "18446744073709551617", INT64_MAX, false, 0 },
		{ "99999999999999999999999999", INT64_MAX, false, 0 },
		{ "", 10, false, 0 },
		{ " 1", 10, false, 0 },
		{ "1 ", 10, false, 0 },
		{ "1\n", 10, false, 0 },
		{ "+1", 10, false, 0 },
		{ "-1", 10, false, 0 },
		{ "-0", 10, false, 0 },
		{ "0x1", 10, false, 0 },
		{ "1e1", 100, false, 0 },
		{ "1.0", 10, false, 0 },
		{ "1,0", 10, false, 0 },
		{ "a", 10, false, 0 },
		{ "1a", 10, false, 0 },
		{ "/", 10, false, 0 },
		{ ":", 10, false, 0 },
		{ "\xd9\xa1", 10, false, 0 },
	};
	int64_t value;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		value = -77;
		check_row(rows[i].text, number_parse(rows[i].text,
		    rows[i].max, &value) == rows[i].good);
		check_row(rows[i].text, value ==
		    (rows[i].good ? rows[i].value : -77));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    nothing_but_digits_up_to_the_maximum_is_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
