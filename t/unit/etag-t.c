/*
 * etag-t.c - tests of etag.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "etag.h"

static void
a_tag_is_fnv_1a_and_the_length_in_quotes(void **state UNUSED)
{
	/* From the published test vectors of FNV-1a, 64 bits. */
	static const struct {
		const char *text, *etag;
	} rows[] = {
		{ "", "\"cbf29ce484222325-0\"" },
		{ "a", "\"af63dc4c8601ec8c-1\"" },
		{ "foobar", "\"85944171f73967e8-6\"" },
	};
	char etag[ETAG_SIZE];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		etag_make(etag, rows[i].text, strlen(rows[i].text));
		check_row_text(rows[i].text, etag, rows[i].etag);
	}
	etag_make(etag, NULL, 0);
	assert_string_equal(etag, rows[0].etag);
}

static void
each_changed_byte_changes_the_tag(void **state UNUSED)
{
	char text[] = "{\"docker.io/library/nginx:latest\":{}}";
	char first[ETAG_SIZE], etag[ETAG_SIZE];
	size_t i, bit;

	etag_make(first, text, sizeof(text) - 1);
	for (i = 0; i < sizeof(text) - 1; i++)
		for (bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ (1 << bit));
			etag_make(etag, text, sizeof(text) - 1);
			text[i] = (char)(text[i] ^ (1 << bit));
			assert_string_not_equal(first, etag);
		}
	etag_make(etag, text, sizeof(text) - 2);
	assert_string_not_equal(first, etag);
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

	etag_make(a, "one", 3);
	etag_make(b, "two", 3);
	assert_true(etag_matches(a, a));
	assert_false(etag_matches(a, b));
	(void)snprintf(list, sizeof(list), "%s, %s", a, b);
	assert_true(etag_matches(list, b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_is_fnv_1a_and_the_length_in_quotes),
		cmocka_unit_test(each_changed_byte_changes_the_tag),
		cmocka_unit_test(if_none_match_is_a_list_or_a_star),
		cmocka_unit_test(a_made_tag_matches_itself_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
