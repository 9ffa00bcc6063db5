/*
 * tag_name-t.c - tests of tag_name.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "model.h"
#include "tag_name.h"

static void
spaces_at_the_ends_go_and_the_rest_is_checked(void **state UNUSED)
{
	static const struct {
		const char *name, *out, *why;
	} rows[] = {
		{ "media", "media", NULL },
		{ "  media", "media", NULL },
		{ "media  ", "media", NULL },
		{ " my  media ", "my  media", NULL },
		{ "a", "a", NULL },
		{ "B\xc3\xbcro \xf0\x9f\x92\xbe", "B\xc3\xbcro "
		  "\xf0\x9f\x92\xbe", NULL },
		{ "'; DROP TABLE tags; --", "'; DROP TABLE tags; --", NULL },
		{ "<b>&\"", "<b>&\"", NULL },
		{ "\xc2\xa0", "\xc2\xa0", NULL },
		{ "", NULL, "empty" },
		{ "   ", NULL, "empty" },
		{ "\t", NULL, "control" },
		{ "a\nb", NULL, "control" },
		{ "a\x7f", NULL, "control" },
		{ "a\xc2\x85", NULL, "control" },
		{ "media\t", NULL, "control" },
	};
	const char *out, *why;
	struct arena arena;
	size_t i;

	arena_init(&arena);
	for (i = 0; i < COUNT_OF(rows); i++) {
		why = "";
		check_row(rows[i].name, tag_name_check(&arena, rows[i].name,
		    &out, &why) == (rows[i].why == NULL ? STATUS_OK
		    : STATUS_INVALID));
		if (rows[i].why == NULL)
			check_row_text(rows[i].name, out, rows[i].out);
		else
			check_row(rows[i].name,
			    strstr(why, rows[i].why) != NULL);
	}
	arena_release(&arena);
}

static void
the_length_counts_characters_not_bytes(void **state UNUSED)
{
	static const char *const characters[] = {
		"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x92\xbe"
	};
	char name[4 * (TAG_NAME_CHARACTERS_MAX + 1) + 3];
	const char *out, *why;
	struct arena arena;
	size_t i, k, n;

	arena_init(&arena);
	for (i = 0; i < COUNT_OF(characters); i++) {
		n = strlen(characters[i]);
		for (k = 0; k <= TAG_NAME_CHARACTERS_MAX; k++)
			memcpy(name + k * n, characters[i], n + 1);
		why = "";
		check_row(characters[i], tag_name_check(&arena, name, &out,
		    &why) == STATUS_INVALID);
		check_row(characters[i], strstr(why, "100") != NULL);
		name[TAG_NAME_CHARACTERS_MAX * n] = '\0';
		check_row(characters[i], tag_name_check(&arena, name, &out,
		    &why) == STATUS_OK);
		/* Spaces that go away do not count. */
		memcpy(name + TAG_NAME_CHARACTERS_MAX * n, "  ", 3);
		check_row(characters[i], tag_name_check(&arena, name, &out,
		    &why) == STATUS_OK);
	}
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    spaces_at_the_ends_go_and_the_rest_is_checked),
		cmocka_unit_test(the_length_counts_characters_not_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
