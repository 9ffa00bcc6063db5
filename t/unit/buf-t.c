/*
 * buf-t.c - tests of buf.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <sys/resource.h>

#include "buf.h"
#include "log.h"
#include "mem.h"
#include "scratch.h"

static void
say_nothing(void *arg UNUSED, const char *line UNUSED, size_t len UNUSED)
{
}

static void
an_empty_buffer_is_an_empty_string(void **state UNUSED)
{
	struct buf buf;

	buf_init(&buf, 10);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.status, STATUS_OK);
	buf_add(&buf, NULL, 0);
	assert_string_equal(buf_text(&buf), "");
	buf_release(&buf);
}

static void
additions_follow_each_other_and_end_with_nul(void **state UNUSED)
{
	struct buf buf;

	buf_init(&buf, 100);
	buf_add_text(&buf, "image");
	buf_add_byte(&buf, ':');
	buf_printf(&buf, "%d-%s", 3, "alpine");
	buf_add(&buf, "\0x", 2);
	assert_int_equal(buf.len, 16);
	assert_memory_equal(buf.data, "image:3-alpine\0x", 17);
	buf_release(&buf);
	assert_null(buf.data);
}

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

static void
after_a_refusal_nothing_more_is_added(void **state UNUSED)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_add_text(&buf, "ab");
	buf_add_text(&buf, "cde");
	buf_add_byte(&buf, 'x');
	buf_printf(&buf, "%d", 7);
	assert_null(buf_reserve(&buf, 1));
	assert_null(buf_reserve(&buf, 0));
	assert_string_equal(buf_text(&buf), "ab");
	assert_int_equal(buf.status, STATUS_TOO_LARGE);
	buf_release(&buf);
}

static void
sizes_around_the_maximum(void **state UNUSED)
{
	static const struct {
		size_t max, len;
		enum status status;
	} rows[] = {
		{ 0, 0, STATUS_OK }, { 0, 1, STATUS_TOO_LARGE },
		{ 1, 1, STATUS_OK }, { 1, 2, STATUS_TOO_LARGE },
		{ 511, 511, STATUS_OK }, { 512, 512, STATUS_OK },
		{ 513, 513, STATUS_OK }, { 512, 513, STATUS_TOO_LARGE },
		{ 100000, 100000, STATUS_OK },
		{ 100000, 100001, STATUS_TOO_LARGE },
		{ 10, SIZE_MAX, STATUS_TOO_LARGE },
		{ 10, SIZE_MAX - 5, STATUS_TOO_LARGE },
	};
	struct buf buf;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		buf_init(&buf, rows[i].max);
		if (buf_reserve(&buf, rows[i].len) != NULL && rows[i].len > 0)
			memset(buf.data, 'x', rows[i].len);
		if (buf.status != rows[i].status)
			fail_msg("max %zu, len %zu", rows[i].max,
			    rows[i].len);
		buf_release(&buf);
	}
}

static void
it_grows_byte_by_byte_to_the_maximum(void **state UNUSED)
{
	const size_t max = 70000;
	struct buf buf;
	size_t i;

	buf_init(&buf, max);
	for (i = 0; i < max; i++)
		buf_add_byte(&buf, (char)('a' + i % 26));
	assert_int_equal(buf.status, STATUS_OK);
	assert_int_equal(buf.len, max);
	for (i = 0; i < max; i++)
		if (buf.data[i] != (char)('a' + i % 26))
			fail_msg("byte %zu", i);
	assert_int_equal(buf.data[max], '\0');
	buf_add_byte(&buf, 'x');
	assert_int_equal(buf.status, STATUS_TOO_LARGE);
	buf_release(&buf);
}

static void
printf_fits_to_the_last_byte(void **state UNUSED)
{
	struct buf buf;

	buf_init(&buf, 5);
	buf_printf(&buf, "%s", "12345");
	assert_int_equal(buf.status, STATUS_OK);
	assert_string_equal(buf_text(&buf), "12345");
	buf_clear(&buf);
	buf_printf(&buf, "%s", "123456");
	assert_int_equal(buf.status, STATUS_TOO_LARGE);
	assert_string_equal(buf_text(&buf), "");
	buf_clear(&buf);
	buf_printf(&buf, "%s", "");
	assert_int_equal(buf.status, STATUS_OK);
	buf_release(&buf);
}

static void
reserve_gives_room_behind_the_content(void **state UNUSED)
{
	struct buf buf;
	char *room;

	buf_init(&buf, 10000);
	buf_add_text(&buf, "ab");
	room = buf_reserve(&buf, 9998);
	assert_ptr_equal(room, buf.data + 2);
	memset(room, 'c', 9998);
	buf.len += 9998;
	assert_null(buf_reserve(&buf, 1));
	buf_release(&buf);
}

static void
clear_forgets_content_and_error_and_keeps_small_memory(void **state UNUSED)
{
	struct buf buf;
	char *data;

	buf_init(&buf, BUF_KEEP * 4);
	buf_add_text(&buf, "small");
	data = buf.data;
	buf_clear(&buf);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf.len, 0);
	assert_ptr_equal(buf.data, data);
	(void)buf_reserve(&buf, BUF_KEEP * 5);
	assert_int_equal(buf.status, STATUS_TOO_LARGE);
	buf_clear(&buf);
	assert_int_equal(buf.status, STATUS_OK);
	assert_non_null(buf_reserve(&buf, BUF_KEEP * 2));
	buf_clear(&buf);
	assert_true(buf.size <= BUF_KEEP);
	assert_int_equal(buf.max, BUF_KEEP * 4);
	buf_release(&buf);
}

static void
memory_grows_when_it_is_full_and_not_before(void **state UNUSED)
{
	static const char text[2048];
	struct buf buf;

	buf_init(&buf, sizeof(text));
	buf_add(&buf, text, 511);
	assert_int_equal(buf.size, 512);
	buf_add(&buf, text, 1);
	assert_int_equal(buf.size, 768);
	buf_add(&buf, text, 767 - 512);
	assert_int_equal(buf.size, 768);
	buf_add(&buf, text, 1);
	assert_int_equal(buf.size, 1152);
	buf_release(&buf);
}

static void
release_leaves_a_usable_buffer_with_the_same_maximum(void **state UNUSED)
{
	struct buf buf;

	buf_init(&buf, 3);
	buf_add_text(&buf, "abcd");
	buf_release(&buf);
	assert_int_equal(buf.status, STATUS_OK);
	buf_add_text(&buf, "abc");
	assert_string_equal(buf_text(&buf), "abc");
	buf_add_byte(&buf, 'd');
	assert_int_equal(buf.status, STATUS_TOO_LARGE);
	buf_release(&buf);
	buf_release(&buf);
}

static int
ask_for_more_than_there_is(void)
{
	free(mem_resize(NULL, SIZE_MAX / 2, 3));
	return 0;
}

static void
without_memory_the_process_ends(void **state UNUSED)
{
	const struct rlimit none = { 0, 0 };

	assert_int_equal(setrlimit(RLIMIT_CORE, &none), 0);
	log_open("unit", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	log_set_sink(say_nothing, NULL);
	assert_int_equal(in_child(ask_for_more_than_there_is), 128 + SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(additions_follow_each_other_and_end_with_nul),
		cmocka_unit_test(
		    an_addition_over_the_maximum_is_refused_and_remembered),
		cmocka_unit_test(after_a_refusal_nothing_more_is_added),
		cmocka_unit_test(sizes_around_the_maximum),
		cmocka_unit_test(it_grows_byte_by_byte_to_the_maximum),
		cmocka_unit_test(printf_fits_to_the_last_byte),
		cmocka_unit_test(reserve_gives_room_behind_the_content),
		cmocka_unit_test(
		    clear_forgets_content_and_error_and_keeps_small_memory),
		cmocka_unit_test(
		    memory_grows_when_it_is_full_and_not_before),
		cmocka_unit_test(without_memory_the_process_ends),
		cmocka_unit_test(
		    release_leaves_a_usable_buffer_with_the_same_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
