/*
 * arena-t.c - tests of arena.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <wchar.h>

#include "arena.h"

static int
setup(void **state)
{
	static struct arena arena;

	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int
teardown(void **state)
{
	arena_release(*state);
	return 0;
}

static void
a_new_arena_takes_no_memory(void **state)
{
	struct arena *arena = *state;

	assert_null(arena->blocks);
	assert_null(arena->hooks);
}

static void
allocations_are_aligned_and_do_not_overlap(void **state)
{
	static const size_t sizes[] = {
		0, 1, 2, 7, 8, 15, 16, 17, 31, 100, 1000, 16383, 16384,
		16385, 1, 50000, 3, 1000000, 1
	};
	unsigned char *at[COUNT_OF(sizes)];
	size_t i, k;

	for (i = 0; i < COUNT_OF(sizes); i++) {
		at[i] = arena_alloc(*state, sizes[i]);
		assert_non_null(at[i]);
		assert_int_equal((uintptr_t)at[i] % _Alignof(max_align_t),
		    0);
		memset(at[i], (int)i + 1, sizes[i]);
	}
	for (i = 0; i < COUNT_OF(sizes); i++)
		for (k = 0; k < sizes[i]; k++)
			if (at[i][k] != i + 1)
				fail_msg("byte %zu of allocation %zu", k, i);
}

static void
allocations_lie_side_by_side(void **state)
{
	const size_t align = _Alignof(max_align_t);
	char *first = arena_alloc(*state, align);
	char *second = arena_alloc(*state, align + 1);
	char *third = arena_strndup(*state, "123456789012345", align - 1);
	char *fourth = arena_printf(*state, "%*d", (int)align - 1, 7);
	char *fifth = arena_alloc(*state, 1);

	assert_ptr_equal(second, first + align);
	assert_ptr_equal(third, second + 2 * align);
	assert_ptr_equal(fourth, third + align);
	assert_ptr_equal(fifth, fourth + align);
}

static void
many_small_allocations_keep_their_content(void **state)
{
	enum { COUNT = 20000 };
	static int *at[COUNT];
	int i;

	for (i = 0; i < COUNT; i++) {
		at[i] = arena_alloc(*state, sizeof(int));
		*at[i] = i;
	}
	for (i = 0; i < COUNT; i++)
		assert_int_equal(*at[i], i);
}

static void
strndup_copies_just_the_length_and_ends_with_nul(void **state)
{
	static const char text[] = "ab\0cd";

	assert_string_equal(arena_strndup(*state, "nginx:latest", 5),
	    "nginx");
	assert_string_equal(arena_strndup(*state, "x", 0), "");
	assert_memory_equal(arena_strndup(*state, text, 5), "ab\0cd", 6);
}

static void
printf_formats_text_of_any_length(void **state)
{
	static char wide[100001];
	char *text;

	assert_string_equal(arena_printf(*state, "%s-%d", "a", 7), "a-7");
	assert_string_equal(arena_printf(*state, "%s", ""), "");
	memset(wide, 'w', sizeof(wide) - 1);
	text = arena_printf(*state, "<%s>", wide);
	assert_int_equal(strlen(text), sizeof(wide) + 1);
	assert_int_equal(text[sizeof(wide)], '>');
}

static void
a_format_that_fails_gives_an_empty_text(void **state)
{
	/* No byte of the C locale stands for this. */
	assert_string_equal(arena_printf(*state, "x%lc", (wint_t)0x1f433),
	    "");
}

static char order[8];

static void
note(void *object)
{
	size_t len = strlen(order);

	order[len] = *(const char *)object;
	order[len + 1] = '\0';
}

static void
hooks_run_once_newest_first(void **state)
{
	order[0] = '\0';
	/* The objects lie in the arena: they must still be readable. */
	arena_on_reset(*state, note, arena_strndup(*state, "1", 1));
	arena_on_reset(*state, note, arena_strndup(*state, "2", 1));
	arena_on_reset(*state, note, arena_strndup(*state, "3", 1));
	assert_string_equal(order, "");
	arena_reset(*state);
	assert_string_equal(order, "321");
	arena_reset(*state);
	assert_string_equal(order, "321");
}

static void
release_runs_the_hooks_too(void **state)
{
	order[0] = '\0';
	arena_on_reset(*state, note, arena_strndup(*state, "x", 1));
	arena_release(*state);
	assert_string_equal(order, "x");
}

static void
reset_keeps_one_block_for_the_next_request(void **state)
{
	struct arena *arena = *state;
	struct arena_block *kept;
	size_t i;

	for (i = 0; i < 10; i++)
		memset(arena_alloc(arena, 1), 1, 1);
	memset(arena_alloc(arena, 1000000), 1, 1000000);
	for (i = 0; i < 10; i++)
		memset(arena_alloc(arena, 10000), 'y', 10000);
	arena_reset(arena);
	kept = arena->blocks;
	assert_non_null(kept);
	memset(arena_alloc(arena, 16000), 'z', 16000);
	assert_ptr_equal(arena->blocks, kept);
	arena_reset(arena);
	assert_ptr_equal(arena->blocks, kept);
}

static void
a_block_is_filled_to_its_last_byte(void **state)
{
	enum { SMALL = 1024 };
	struct arena *arena = *state;
	struct arena_block *first;
	size_t i;

	memset(arena_alloc(arena, SMALL), 1, SMALL);
	first = arena->blocks;
	for (i = 1; i < 16; i++)
		memset(arena_alloc(arena, SMALL), 1, SMALL);
	assert_ptr_equal(arena->blocks, first);
	memset(arena_alloc(arena, 1), 1, 1);
	assert_ptr_not_equal(arena->blocks, first);
}

static void
a_block_larger_than_usual_is_not_kept(void **state)
{
	struct arena *arena = *state;

	memset(arena_alloc(arena, 5000000), 1, 5000000);
	arena_reset(arena);
	assert_null(arena->blocks);
}

static void
an_arena_is_usable_after_release(void **state)
{
	struct arena *arena = *state;

	memset(arena_alloc(arena, 1), 1, 1);
	arena_release(arena);
	assert_null(arena->blocks);
	assert_string_equal(arena_strndup(arena, "again", 5), "again");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_arena_takes_no_memory),
		TEST(allocations_are_aligned_and_do_not_overlap),
		TEST(allocations_lie_side_by_side),
		TEST(many_small_allocations_keep_their_content),
		TEST(strndup_copies_just_the_length_and_ends_with_nul),
		TEST(printf_formats_text_of_any_length),
		TEST(a_format_that_fails_gives_an_empty_text),
		TEST(hooks_run_once_newest_first),
		TEST(release_runs_the_hooks_too),
		TEST(reset_keeps_one_block_for_the_next_request),
		TEST(a_block_is_filled_to_its_last_byte),
		TEST(a_block_larger_than_usual_is_not_kept),
		TEST(an_arena_is_usable_after_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
