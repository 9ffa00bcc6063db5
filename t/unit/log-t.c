/*
 * log-t.c - tests of log.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <unistd.h>

#include "log.h"

static char last[2 * LOG_LINE_MAX];
static unsigned lines;

static void
keep(void *arg, const char *line, size_t len)
{
	assert_ptr_equal(arg, &lines);
	assert_true(len < sizeof(last));
	assert_int_equal(strlen(line), len);
	memcpy(last, line, len + 1);
	lines++;
}

static void
keep_lines(enum log_level level)
{
	last[0] = '\0';
	lines = 0;
	log_open("unit", LOG_TARGET_SERVER, level);
	log_set_sink(keep, &lines);
}

static void
scrubbing_leaves_printable_ascii_and_escapes_the_rest(void **state UNUSED)
{
	static const struct {
		const char *text, *out;
	} rows[] = {
		{ "", "" },
		{ "plain text ~!", "plain text ~!" },
		{ "a\nb", "a\\x0ab" },
		{ "\r\n", "\\x0d\\x0a" },
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "\x7f", "\\x7f" },
		{ "\x01\x1f", "\\x01\\x1f" },
		{ "\xc3\xa4", "\\xc3\\xa4" },
		{ "\xff\x80", "\\xff\\x80" },
		{ "100%s %n", "100%s %n" },
	};
	char out[64];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].text, log_scrub(out, sizeof(out),
		    rows[i].text) == strlen(rows[i].out));
		check_row_text(rows[i].text, out, rows[i].out);
	}
}

static void
scrubbing_cuts_between_characters_and_ends_with_nul(void **state UNUSED)
{
	static const struct {
		size_t size;
		const char *text, *out;
	} rows[] = {
		{ 1, "abc", "" },
		{ 2, "abc", "a" },
		{ 3, "abc", "ab" },
		{ 4, "abc", "abc" },
		{ 4, "\nx", "" },
		{ 5, "\nx", "\\x0a" },
		{ 6, "\nx", "\\x0ax" },
		{ 6, "\n\n", "\\x0a" },
		{ 9, "\n\n", "\\x0a\\x0a" },
	};
	char out[16];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		memset(out, '#', sizeof(out));
		check_row(rows[i].out, log_scrub(out, rows[i].size,
		    rows[i].text) == strlen(rows[i].out));
		check_row_text(rows[i].out, out, rows[i].out);
		check_row(rows[i].out, out[rows[i].size] == '#');
	}
	out[0] = '#';
	assert_int_equal(log_scrub(out, 0, "abc"), 0);
	assert_int_equal(out[0], '#');
}

static void
a_line_names_program_process_and_level(void **state UNUSED)
{
	char wanted[128];

	keep_lines(LOG_LEVEL_DEBUG);
	log_error("cannot open '%s': %d", "x", 7);
	(void)snprintf(wanted, sizeof(wanted),
	    "unit[%ld]: error: cannot open 'x': 7", (long)getpid());
	assert_string_equal(last, wanted);
	log_warn("w");
	assert_non_null(strstr(last, "]: warning: w"));
	log_info("i");
	assert_non_null(strstr(last, "]: info: i"));
	log_debug("d");
	assert_non_null(strstr(last, "]: debug: d"));
	assert_int_equal(lines, 4);
}

static void
only_lines_up_to_the_level_are_written(void **state UNUSED)
{
	static const enum log_level levels[] = {
		LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
		LOG_LEVEL_DEBUG
	};
	size_t i;

	for (i = 0; i < COUNT_OF(levels); i++) {
		keep_lines(levels[i]);
		log_error("x");
		log_warn("x");
		log_info("x");
		log_debug("x");
		assert_int_equal(lines, i + 1);
	}
}

static void
no_input_can_forge_a_line(void **state UNUSED)
{
	keep_lines(LOG_LEVEL_INFO);
	log_info("image '%s'", "a\nunit[1]: error: forged\r\x1b[2J");
	assert_int_equal(lines, 1);
	assert_null(strpbrk(last, "\n\r\x1b"));
	assert_non_null(strstr(last, "a\\x0aunit[1]: error: forged\\x0d"));
}

static void
a_long_line_is_cut_at_the_maximum(void **state UNUSED)
{
	static char text[3 * LOG_LINE_MAX];
	size_t longest = 0, i;

	keep_lines(LOG_LEVEL_INFO);
	memset(text, 'x', sizeof(text) - 1);
	log_info("%s", text);
	assert_true(strlen(last) > 1000);
	assert_true(strlen(last) < LOG_LINE_MAX);
	/* The worst case: each byte becomes four. */
	memset(text, '\n', sizeof(text) - 1);
	log_info("%s", text);
	assert_true(strlen(last) > LOG_LINE_MAX - 8);
	assert_true(strlen(last) < LOG_LINE_MAX);
	assert_string_equal(last + strlen(last) - 4, "\\x0a");
	/* One of four beginnings fills it to where the newline comes. */
	for (i = 0; i < 4; i++) {
		text[i] = 'x';
		log_info("%s", text);
		if (strlen(last) > longest)
			longest = strlen(last);
	}
	assert_int_equal(longest, LOG_LINE_MAX - 2);
}

/* What log_info writes to descriptor 2, with its newline. */
static void
read_stderr(char *out, size_t size)
{
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_info("to descriptor 2");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	(void)close(ends[1]);
	n = read(ends[0], out, size - 1);
	assert_true(n >= 0);
	out[n] = '\0';
	(void)close(ends[0]);
}

static void
lines_go_to_the_server_while_there_is_one_else_to_stderr(void **state UNUSED)
{
	char text[256];

	keep_lines(LOG_LEVEL_INFO);
	read_stderr(text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(lines, 1);

	log_set_sink(NULL, NULL);
	read_stderr(text, sizeof(text));
	assert_non_null(strstr(text, ": info: to descriptor 2\n"));
	assert_int_equal(lines, 1);

	/* A sink is for LOG_TARGET_SERVER alone. */
	keep_lines(LOG_LEVEL_INFO);
	log_open("unit", LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	read_stderr(text, sizeof(text));
	assert_non_null(strstr(text, ": info: to descriptor 2\n"));
	assert_int_equal(lines, 0);
	log_set_sink(NULL, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    scrubbing_leaves_printable_ascii_and_escapes_the_rest),
		cmocka_unit_test(
		    scrubbing_cuts_between_characters_and_ends_with_nul),
		cmocka_unit_test(a_line_names_program_process_and_level),
		cmocka_unit_test(only_lines_up_to_the_level_are_written),
		cmocka_unit_test(no_input_can_forge_a_line),
		cmocka_unit_test(a_long_line_is_cut_at_the_maximum),
		cmocka_unit_test(
		    lines_go_to_the_server_while_there_is_one_else_to_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
