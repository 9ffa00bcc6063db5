/*
 * buf-t.c - tests of buf.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "buf.h"

static void
an_addition_over_the_maximum_is_refused_and_remembered(void **state UNUSED)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_add_text(&buf, "abcd");
	assert_int_equal(buf.status, STATUS_OK);
	buf_add_byte(&buf, 'e');
	assert_int_equal(buf.status, STATUS_TOO_LARGE);
	assert_string_equal(buf_text(&buf), "abcd");
	buf_release(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_addition_over_the_maximum_is_refused_and_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
