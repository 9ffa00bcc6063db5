/*
 * etag-t.c - tests of etag.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "etag.h"

static void
a_tag_is_the_version_and_the_revision_in_quotes(void **state UNUSED)
{
	static const struct {
		int64_t revision;
		const char *etag;
	} rows[] = {
		{ 0, "\"" PACKAGE_VERSION "-0\"" },
		{ 42, "\"" PACKAGE_VERSION "-42\"" },
		{ INT64_MAX, "\"" PACKAGE_VERSION "-9223372036854775807\"" },
	};
	char etag[ETAG_SIZE];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		etag_make(etag, rows[i].revision);
		check_row_text(rows[i].etag, etag, rows[i].etag);
	}
}

static void
if_none_match_is_a_list_or_a_star(void **state UNUSED)
{
	static const struct {
		const char *header;
		bool matches;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "   ", false },
		{ "*", true },
		{ " * ", true },
		{ "* \"x\"", false },
		{ "**", false },
		{ "\"tag-1\"", true },
		{ "  \"tag-1\"", true },
		{ "\"tag-1\"  ", true },
		{ "W/\"tag-1\"", true },
		{ "w/\"tag-1\"", false },
		{ "\"tag-2\"", false },
		{ "\"tag-\"", false },
		{ "\"tag-11\"", false },
		{ "\"ag-1\"", false },
		{ "\"\"", false },
		{ "tag-1", false },
		{ "\"tag-1", false },
		{ "tag-1\"", false },
		{ "\"x\", \"tag-1\"", true },
		{ "\"x\",\"tag-1\"", true },
		{ "\"x\" , W/\"tag-1\" , \"y\"", true },
		{ "\"x\",,\"tag-1\"", true },
		{ "\"x\", \"y\"", false },
		{ "\"x\", nonsense, \"tag-1\"", false },
		{ "\"x,tag-1\"", false },
		{ "\"tag-1-gzip\"", true },
		{ "\"tag-1-br\"", true },
		{ "\"tag-1-deflate\"", true },
		{ "\"tag-1-zstd\"", true },
		{ "W/\"tag-1-gzip\"", true },
		{ "\"tag-1-lzma\"", false },
		{ "\"tag-1gzip\"", false },
		{ "\"-gzip\"", false },
		{ "\"TAG-1\"", false },
		{ "W/", false },
		{ "W/tag-1", false },
		{ ",", false },
		{ "\"", false },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		check_row(rows[i].header == NULL ? "NULL" : rows[i].header,
		    etag_matches(rows[i].header, "\"tag-1\"") ==
		    rows[i].matches);
}

static void
a_made_tag_matches_itself_and_no_other(void **state UNUSED)
{
	char a[ETAG_SIZE], b[ETAG_SIZE], list[2 * ETAG_SIZE + 2];

	etag_make(a, 7);
	etag_make(b, 77);
	assert_true(etag_matches(a, a));
	assert_false(etag_matches(a, b));
	(void)snprintf(list, sizeof(list), "%s, %s", a, b);
	assert_true(etag_matches(list, b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_tag_is_the_version_and_the_revision_in_quotes),
		cmocka_unit_test(if_none_match_is_a_list_or_a_star),
		cmocka_unit_test(a_made_tag_matches_itself_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
