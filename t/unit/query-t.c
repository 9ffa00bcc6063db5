/*
 * query-t.c - tests of query.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "query.h"

static struct arena arena;

static int
setup(void **state UNUSED)
{
	arena_init(&arena);
	return 0;
}

static int
teardown(void **state UNUSED)
{
	arena_release(&arena);
	return 0;
}

static void
the_first_parameter_of_the_name_is_found_and_decoded(void **state UNUSED)
{
	static const struct {
		const char *query, *value;
	} rows[] = {
		{ "host=nas", "nas" },
		{ "a=b&host=nas&c=d", "nas" },
		{ "host=nas&host=pi", "nas" },
		{ "host=", "" },
		{ "host", "" },
		{ "host&x", "" },
		{ "host&host=nas", "" },
		{ "a&&b&host=nas", "nas" },
		{ "&host=nas&", "nas" },
		{ "host==nas", "=nas" },
		{ "host=a=b", "a=b" },
		{ "host=a?b", "a?b" },
		{ "host=a/b:c@d", "a/b:c@d" },
		{ "host=a;b", "a;b" },
		{ "host=a+b", "a b" },
		{ "host=+", " " },
		{ "host=a%2Bb", "a+b" },
		{ "host=a%2bb", "a+b" },
		{ "host=a%20b", "a b" },
		{ "host=a%26b%3Dc", "a&b=c" },
		{ "host=%2525", "%25" },
		{ "host=%C3%BC", "\xc3\xbc" },
		{ "host=\xc3\xbc", "\xc3\xbc" },
		{ "host=%F0%9F%90%B3", "\xf0\x9f\x90\xb3" },
		{ "h%6Fst=nas", "nas" },
		{ "%68%6F%73%74=nas", "nas" },
		/* What is wrong elsewhere is none of our business. */
		{ "%zz=1&host=nas", "nas" },
		{ "x=%zz&host=nas", "nas" },
		{ "x=%00&host=nas", "nas" },
		{ "host=nas&host=%zz", "nas" },
	};
	const char *value;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		value = "unchanged";
		check_row(rows[i].query, query_get(&arena, rows[i].query,
		    "host", &value) == STATUS_OK);
		check_row_text(rows[i].query, value, rows[i].value);
	}
}

static void
what_is_not_there_leaves_the_value_alone(void **state UNUSED)
{
	static const char *const rows[] = {
		"", "&", "&&&", "=", "=host", "hosts=nas", "hos=nas",
		"HOST=nas", "a=host", "a=b&c=host=nas", "host%00=nas",
		"host%zz=nas", " host=nas", "+host=nas", "%20host=nas",
		"host%3Dnas", "host%26=nas", "ho=st=nas"
	};
	const char *value;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		value = "unchanged";
		check_row(rows[i], query_get(&arena, rows[i], "host",
		    &value) == STATUS_NOT_FOUND);
		check_row_text(rows[i], value, "unchanged");
	}
}

static void
a_malformed_value_is_invalid(void **state UNUSED)
{
	static const char *const rows[] = {
		"host=%", "host=a%", "host=%4", "host=%zz", "host=%4z",
		"host=%u0041", "host=%-1", "host=%00", "host=a%00b",
		"host=%0A", "host=%0d%0a", "host=%1B", "host=%7F",
		"host=\x01", "host=%C2%80", "host=%FF", "host=\xff",
		"host=%C0%80", "host=%ED%A0%80", "host=%F4%90%80%80",
		"host=%E2%82", "a=b&host=%zz", "host=%zz&host=nas"
	};
	const char *value;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		value = "unchanged";
		check_row(rows[i], query_get(&arena, rows[i], "host",
		    &value) == STATUS_INVALID);
		check_row_text(rows[i], value, "unchanged");
	}
}

static void
a_long_query_of_many_parameters_is_searched_to_its_end(void **state UNUSED)
{
	char query[16 * 1024];
	const char *value;
	size_t len;

	for (len = 0; len < sizeof(query) - 32; len += strlen(query + len))
		(void)snprintf(query + len, sizeof(query) - len, "a%zu=b&",
		    len);
	(void)snprintf(query + len, sizeof(query) - len, "host=%%6Eas");
	assert_int_equal(query_get(&arena, query, "host", &value),
	    STATUS_OK);
	assert_string_equal(value, "nas");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_parameter_of_the_name_is_found_and_decoded),
		cmocka_unit_test(what_is_not_there_leaves_the_value_alone),
		cmocka_unit_test(a_malformed_value_is_invalid),
		cmocka_unit_test(
		    a_long_query_of_many_parameters_is_searched_to_its_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
