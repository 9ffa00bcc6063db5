/*
 * clock-t.c - tests of clock.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "clock.h"

static void
milliseconds_never_go_back(void **state UNUSED)
{
	int64_t before = clock_ms(), now;
	int i;

	assert_true(before >= 0);
	for (i = 0; i < 10000; i++) {
		now = clock_ms();
		assert_true(now >= before);
		before = now;
	}
}

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
milliseconds_are_those_of_the_monotonic_clock(void **state UNUSED)
{
	int64_t before = monotonic_ms(), now = clock_ms();

	assert_true(now >= before);
	assert_true(now <= monotonic_ms());
}

static void
so_many_seconds_ago_is_a_time_of_the_same_form(void **state UNUSED)
{
	static const int64_t seconds[] = { 1, 86400, 1000000000, -86400 };
	char text[CLOCK_TEXT_SIZE];
	struct tm parts;
	time_t before, then, after;
	size_t i;

	for (i = 0; i < COUNT_OF(seconds); i++) {
		parts = (struct tm){ 0 };
		before = time(NULL);
		clock_before(seconds[i], text);
		after = time(NULL);
		assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ",
		    &parts));
		then = timegm(&parts) + (time_t)seconds[i];
		assert_true(then >= before && then <= after);
	}
}

static void
a_time_that_cannot_be_written_is_the_first_of_all(void **state UNUSED)
{
	char text[CLOCK_TEXT_SIZE];

	/* No calendar has it. */
	clock_before(INT64_MAX, text);
	assert_string_equal(text, "0001-01-01T00:00:00Z");
}

/* Is it the present time in the one form that we write? */
static void
check_now(void)
{
	char text[CLOCK_TEXT_SIZE];
	struct tm parts = { 0 };
	time_t before, then, after;
	const char *end;

	before = time(NULL);
	clock_now(text);
	after = time(NULL);
	assert_int_equal(strlen(text), strlen("2026-03-23T10:00:01Z"));
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
	assert_non_null(end);
	assert_int_equal(*end, '\0');
	then = timegm(&parts);
	assert_true(then >= before && then <= after);
}

static void
now_is_rfc_3339_in_utc_whatever_the_time_zone(void **state UNUSED)
{
	static const char *const zones[] = {
		"UTC0", "JST-9", "PST8PDT", "<+1245>-12:45", "nonsense"
	};
	size_t i;

	for (i = 0; i < COUNT_OF(zones); i++) {
		assert_int_equal(setenv("TZ", zones[i], 1), 0);
		tzset();
		check_now();
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
	check_now();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(milliseconds_never_go_back),
		cmocka_unit_test(milliseconds_are_those_of_the_monotonic_clock),
		cmocka_unit_test(
		    so_many_seconds_ago_is_a_time_of_the_same_form),
		cmocka_unit_test(
		    a_time_that_cannot_be_written_is_the_first_of_all),
		cmocka_unit_test(
		    now_is_rfc_3339_in_utc_whatever_the_time_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
