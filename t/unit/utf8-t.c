/*
 * utf8-t.c - tests of utf8.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "utf8.h"

static void
every_code_point_is_encoded_and_recognised(void **state UNUSED)
{
	char bytes[5];
	uint32_t c;
	size_t n;

	for (c = 0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		n = utf8_encode(bytes, c);
		if (n != (c < 0x80 ? 1U : c < 0x800 ? 2U
		    : c < 0x10000 ? 3U : 4U))
			fail_msg("U+%04X has %zu bytes", c, n);
		if (utf8_sequence(bytes, n) != n)
			fail_msg("U+%04X is not recognised", c);
		if (n > 1 && utf8_sequence(bytes, n - 1) != 0)
			fail_msg("U+%04X without its last byte", c);
	}
}

/*
 * How many of all sequences of n bytes are one whole character. The numbers
 * of code points of each length are known from RFC 3629, section 3.
 */
static void
nothing_else_is_recognised(void **state UNUSED)
{
	static const unsigned char tails[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0,
	    0xff };
	unsigned a, b, c, d, count[5] = { 0 };
	char bytes[4];

	for (a = 0; a < 256; a++) {
		bytes[0] = (char)a;
		count[0] += utf8_sequence(bytes, 1) > 0;
		count[1] += utf8_sequence(bytes, 1) == 1;
		for (b = 0; b < 256; b++) {
			bytes[1] = (char)b;
			count[0] += a >= 0x80 && utf8_sequence(bytes, 2) > 0;
			count[2] += utf8_sequence(bytes, 2) == 2;
			for (c = 0; c < 256; c++) {
				bytes[2] = (char)c;
				count[0] += a >= 0xe0 &&
				    utf8_sequence(bytes, 3) > 0;
				count[3] += utf8_sequence(bytes, 3) == 3;
			}
		}
	}
	/* And nothing is a part of one. */
	assert_int_equal(count[0], count[1] + count[2] + count[3]);
	assert_int_equal(count[1], 0x80);
	assert_int_equal(count[2], 0x800 - 0x80);
	assert_int_equal(count[3], 0x10000 - 0x800 - 0x800);
	/* All first pairs, with tails at the edges: 2 of 6 are good. */
	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++)
			for (c = 0; c < COUNT_OF(tails); c++)
				for (d = 0; d < COUNT_OF(tails); d++) {
					bytes[0] = (char)a;
					bytes[1] = (char)b;
					bytes[2] = (char)tails[c];
					bytes[3] = (char)tails[d];
					count[4] += utf8_sequence(bytes, 4)
					    == 4;
				}
	assert_int_equal(count[4], (0x110000 - 0x10000) / 4096 * 4);
}

static void
whole_texts_are_valid_or_not(void **state UNUSED)
{
	static const struct {
		const char *name, *text;
		size_t len;
		bool valid;
	} rows[] = {
		{ "nothing", "", 0, true },
		{ "ASCII", "nginx", 5, true },
		{ "a NUL", "a\0b", 3, true },
		{ "two", "\xc3\xa4", 2, true },
		{ "emoji", "a\xf0\x9f\x90\xb3z", 6, true },
		{ "U+FFFF", "\xef\xbf\xbf", 3, true },
		{ "U+10FFFF", "\xf4\x8f\xbf\xbf", 4, true },
		{ "BOM", "\xef\xbb\xbf", 3, true },
		{ "cut", "a\xf0\x9f\x90", 4, false },
		{ "lone tail", "a\x80", 2, false },
		{ "overlong NUL", "\xc0\x80", 2, false },
		{ "overlong slash", "\xc0\xaf", 2, false },
		{ "overlong 3", "\xe0\x80\xaf", 3, false },
		{ "overlong 3, last", "\xe0\x9f\xbf", 3, false },
		{ "overlong 4", "\xf0\x80\x80\xaf", 4, false },
		{ "overlong 4, last", "\xf0\x8f\xbf\xbf", 4, false },
		{ "high surrogate", "\xed\xa0\x80", 3, false },
		{ "low surrogate", "\xed\xbf\xbf", 3, false },
		{ "CESU pair", "\xed\xa0\xbd\xed\xb0\xb3", 6, false },
		{ "U+110000", "\xf4\x90\x80\x80", 4, false },
		{ "F5", "\xf5\x80\x80\x80", 4, false },
		{ "FE", "\xfe", 1, false },
		{ "FF", "\xff", 1, false },
		{ "Latin-1", "caf\xe9", 4, false },
		{ "head in place of a tail", "\xc3\xc3\xa4", 3, false },
		{ "bad at the end", "abcdefghijklmnop\xff", 17, false },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		check_row(rows[i].name, utf8_valid(rows[i].text, rows[i].len)
		    == rows[i].valid);
	assert_int_equal(utf8_sequence("x", 0), 0);
}

static void
length_counts_characters(void **state UNUSED)
{
	assert_int_equal(utf8_length(""), 0);
	assert_int_equal(utf8_length("nginx"), 5);
	assert_int_equal(utf8_length("\xc3\xa4\xe2\x82\xac"
	    "\xf0\x9f\x90\xb3" "a"), 4);
}

static void
control_characters_are_c0_del_and_c1_and_no_others(void **state UNUSED)
{
	char text[8] = "a";
	uint32_t c;

	assert_false(utf8_has_control(""));
	for (c = 1; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		memcpy(text + 1 + utf8_encode(text + 1, c), "z", 2);
		if (utf8_has_control(text) !=
		    (c < 0x20 || (c >= 0x7f && c <= 0x9f)))
			fail_msg("U+%04X", c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_encoded_and_recognised),
		cmocka_unit_test(nothing_else_is_recognised),
		cmocka_unit_test(whole_texts_are_valid_or_not),
		cmocka_unit_test(length_counts_characters),
		cmocka_unit_test(
		    control_characters_are_c0_del_and_c1_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
