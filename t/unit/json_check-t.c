/*
 * json_check-t.c - tests of json_check.h
 *
 * Two long tables, of what passes and of what does not, and a comparison
 * with json-c: what passes here json-c must read to its end.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>

#include "buf.h"
#include "json_check.h"
#include "mem.h"

/* A text with its length: it may hold NUL bytes. */
#define T(literal) { literal, sizeof(literal) - 1 }

struct text {
	const char *data;
	size_t len;
};

static const struct text good[] = {
	T("{}"), T("[]"), T("null"), T("true"), T("false"), T("0"),
	T("\"\""), T(" {} "), T("\t\r\n {\t\r\n }\t\r\n "),
	T("[[]]"), T("[{}]"), T("{\"a\":{}}"), T("[[],[],{}]"),
	T("{\"a\":1}"), T("{ \"a\" : 1 , \"b\" : 2 }"),
	T("[1,2,3]"), T("[ 1 , 2 ]"), T("[null,true,false]"),
	/* Numbers. */
	T("-0"), T("-1"), T("10"), T("1234567890"), T("0.0"), T("0.5"),
	T("-0.5"), T("1.25"), T("1e0"), T("1E0"), T("1e+1"), T("1e-1"),
	T("0e5"), T("-0e-5"), T("1.5e10"), T("1e308"), T("-1e308"),
	T("1.7976931348623157e308"), T("1e-400"), T("4.9e-324"),
	T("9223372036854775807"), T("-9223372036854775808"),
	T("9223372036854775808"), T("18446744073709551616"),
	T("123456789012345678901234567890"), T("0.1e00001"),
	T("1000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000"),
	T("0.00000000000000000000000000000000000000000000000000000000000000"
	  "0000000000000000000001"),
	T("[1,-1,1.0,1e1]"),
	/* Strings. */
	T("\"a\""), T("\"\\\"\""), T("\"\\\\\""), T("\"\\/\""), T("\"/\""),
	T("\"\\b\\f\\n\\r\\t\""), T("\"\\u0041\""), T("\"\\u00e4\""),
	T("\"\\u00E4\""), T("\"\\u0000\""), T("\"\\uD83D\\uDC33\""),
	T("\"\\uffff\""), T("\"\\uABCD\\uEF01\\uabcd\\uef01\""),
	T("\"\\uFfFf\\u2345\\u6789\""), T("\"\x7f\""), T("\"'\""),
	T("\"\xc3\xa4\""), T("\"\xe2\x82\xac\""), T("\"\xf0\x9f\x90\xb3\""),
	T("\"\xef\xbb\xbf\""), T("\"\xf4\x8f\xbf\xbf\""),
	T("\"\xc2\x80\""), T("\"\xef\xbf\xbf\""), T("\"\xed\x9f\xbf\""),
	T("\"\xee\x80\x80\""), T("\"\xe2\x80\xa8\""),
	/* A lone surrogate escape is legal, RFC 8259, section 8.2. */
	T("\"\\ud800\""), T("\"\\udc00\""), T("\"\\udbff\""),
	T("\"\\udfff\""), T("\"\\ud800x\""), T("\"\\ud800\\n\""),
	T("\"\\ud800\\ud800\""), T("\"\\udc00\\ud800\""),
	T("\"\\ud800\\u0041\""), T("\"\\ud800\\ud83d\\udc33\""),
	/* Names. */
	T("{\"\":1}"), T("{\"a\":1,\"b\":2}"), T("{\"a\":1,\"A\":2}"),
	T("{\"a\":1,\"ab\":2,\"abc\":3}"), T("{\"\":1,\"a\":2}"),
	T("{\"a\":{\"a\":{\"a\":1}}}"), T("[{\"a\":1},{\"a\":2}]"),
	T("{\"a\":{\"b\":1},\"b\":{\"a\":1}}"),
	T("{\"a\":[{\"b\":1},{\"b\":1}],\"b\":1}"),
	T("{\"\\u0061\":1,\"b\":2}"), T("{\"\\n\":1,\"n\":2}"),
	T("{\"\xc3\xa4\":1,\"\xc3\xa5\":2}"),
	T("{\"\\u0001\":1}"), T("{\"\\ud800\":1}"),
	T("{\"\xf0\x9d\xa0\x80\":\"\\ud836\\udc00\"}"),
	T("{\"\xf0\x9f\x90\xb3\":1,\"\\ud83d\\udc34\":2}"),
	T("{\"a \":1,\"a\":2}"),
};

static const struct text bad[] = {
	T(""), T(" "), T("\n"), T("\0"),
	/* Words that JSON does not have. */
	T("NaN"), T("nan"), T("Infinity"), T("-Infinity"), T("inf"),
	T("-inf"), T("-NaN"), T("undefined"), T("None"), T("True"),
	T("TRUE"), T("NULL"), T("nul"), T("nulll"), T("tru"), T("truee"),
	T("fals"), T("{\"a\":NaN}"), T("[Infinity]"), T("[-Infinity]"),
	/* Numbers. */
	T("1."), T("[1.]"), T("-"), T("[-]"), T("01"), T("00"), T("-01"),
	T("+1"), T(".5"), T("-.5"), T("1.e1"), T("1e"), T("1e+"), T("1e-"),
	T("1E"), T("0x1"), T("1_000"), T("1,0"), T("1 2"), T("--1"),
	T("1-"), T("0.1.2"), T("1e1e1"), T("1e1.5"), T("1a"), T("- 1"),
	T("1e400"), T("-1e400"), T("[1e400]"), T("1e309"),
	T("{\"a\":1e99999999999}"), T("1.8e308"), T("0123"), T("0 1"),
	T("\xd9\xa1"), T("1e 1"), T("-a"), T("0e"), T("0.e1"),
	/* Strings. */
	T("\""), T("\"a"), T("a"), T("'a'"), T("\"\\\""), T("\"\\x41\""),
	T("\"\\a\""), T("\"\\'\""), T("\"\\0\""), T("\"\\\0\""),
	T("\"\\u\""), T("\"\\u1\""), T("\"\\u12\""), T("\"\\u123\""),
	T("\"\\u123g\""), T("\"\\u 123\""), T("\"\\U0041\""),
	T("\"\\u+123\""), T("\"\\ud83d\\u\""), T("\"\\ud83d\\u12\""),
	T("\"\\ud83d\\x\""), T("\"\\ud83d\\\""), T("\"\\ud83d"),
	T("\"\\N\""), T("\"\\"), T("\"\\u"), T("\"\\u004"),
	/* Raw control characters. */
	T("\"\0\""), T("\"\x01\""), T("\"\n\""), T("\"\r\""), T("\"\t\""),
	T("\"\x1f\""), T("\"a\nb\""), T("{\"a\tb\":1}"), T("\"a\0b\""),
	T("{\"a\0\":1}"),
	/* Not UTF-8. */
	T("\"\xff\""), T("\"\x80\""), T("\"\xc3\""), T("\"\xc0\x80\""),
	T("\"\xc1\xbf\""), T("\"\xe0\x80\x80\""), T("\"\xe0\x9f\xbf\""),
	T("\"\xed\xa0\x80\""), T("\"\xed\xbf\xbf\""),
	T("\"\xed\xa0\xbd\xed\xb0\xb3\""), T("\"\xf0\x80\x80\x80\""),
	T("\"\xf0\x8f\xbf\xbf\""), T("\"\xf4\x90\x80\x80\""),
	T("\"\xf5\x80\x80\x80\""), T("\"\xf8\x88\x80\x80\x80\""),
	T("\"\xfe\""), T("\"\xe2\x82\""), T("\"\xf0\x9f\x90\""),
	T("\"caf\xe9\""), T("{\"\xed\xa0\x80\":1}"), T("{\"\xc0\x80\":1}"),
	T("{\"a\":\"\xff\"}"), T("\xff"), T("\xc0\x80"),
	/* A byte order mark, other encodings. */
	T("\xef\xbb\xbf{}"), T("\xff\xfe{\0}\0"), T("\xfe\xff\0{\0}"),
	T("{}\xef\xbb\xbf"),
	/* Something behind the value. */
	T("{}{}"), T("{}junk"), T("{}\0"), T("{}\0junk"), T("{} x"),
	T("[],"), T("null null"), T("{}]"), T("1,"), T("\"a\"\"b\""),
	T("{}\x0b"), T("{}\x0c"), T("{}\xc2\xa0"), T("{};"), T("[]]"),
	T("\0{}"), T(" \0{}"),
	/* Structure. */
	T("{"), T("}"), T("["), T("]"), T("{]"), T("[}"), T("[1"), T("[1,"),
	T("[1,]"), T("[,1]"), T("[,]"), T("[1,,2]"), T("[1 2]"),
	T("[1:2]"), T("{\"a\"}"), T("{\"a\":}"), T("{\"a\":1"),
	T("{\"a\":1,}"), T("{,}"), T("{,\"a\":1}"), T("{\"a\":1,,\"b\":2}"),
	T("{\"a\" 1}"), T("{\"a\",1}"), T("{a:1}"), T("{'a':1}"),
	T("{1:1}"), T("{null:1}"), T("{[]:1}"), T("{\"a\"::1}"),
	T("{\"a\":1 \"b\":2}"), T("{\"a\":1;\"b\":2}"), T("{:1}"),
	T("{\"a\":1]"), T("[\"a\":1]"), T("[[]"), T("[]["), T(","), T(":"),
	T("{\"a\":1}}"), T("{\"a\":[}"), T("{\"a\":1,}"), T("[\"a\",\n]"),
	T("[\0]"), T("{\"a\"\0:1}"),
	/* Comments. */
	T("/* */{}"), T("{}//"), T("{}/* */"), T("[1,/* */2]"), T("# x\n{}"),
	/* The same name twice, also by escapes. */
	T("{\"a\":1,\"a\":2}"), T("{\"a\":1,\"a\":1}"),
	T("{\"\\uFB0F\":1,\"\xef\xac\x8f\":2}"),
	T("{\"\\u1aBf\":1,\"\xe1\xaa\xbf\":2}"),
	T("{\"\\u1AbF\":1,\"\xe1\xaa\xbf\":2}"),
	T("{\"\\u90cE\":1,\"\xe9\x83\x8e\":2}"),
	T("{\"\\u09Dd\":1,\"\xe0\xa7\x9d\":2}"),
	T("{\"a\":1,\"b\":2,\"a\":3}"), T("{\"\":1,\"\":2}"),
	T("{\"a\":1,\"\\u0061\":2}"), T("{\"\\u0061\":1,\"\\u0061\":2}"),
	T("{\"/\":1,\"\\/\":2}"), T("{\"\\n\":1,\"\\u000a\":2}"),
	T("{\"\\u00e4\":1,\"\xc3\xa4\":2}"),
	T("{\"\\u00E4\":1,\"\\u00e4\":2}"),
	T("{\"\\ud83d\\udc33\":1,\"\xf0\x9f\x90\xb3\":2}"),
	T("{\"x\":{\"a\":1,\"a\":2}}"), T("[{\"a\":1,\"a\":2}]"),
	T("{\"a\":{\"b\":1},\"b\":[],\"a\":2}"),
	T("{\"image\":\"good\",\"im\\u0061ge\":\"evil\"}"),
	/* Two lone surrogates become the same U+FFFD in json-c. */
	T("{\"\\ud800\":1,\"\\udc00\":2}"),
	T("{\"\\ud800\":1,\"\xef\xbf\xbd\":2}"),
	/* In a name json-c makes U+FFFD, or worse, of U+1D800's escape. */
	T("{\"\\ud836\\udc00\":1}"), T("{\"\\udb76\\udfff\":1}"),
	T("{\"\\ud836\\udc00\\udc06\":1}"),
	/* U+0000 in a name: json-c would cut it there. */
	T("{\"\\u0000\":1}"), T("{\"a\\u0000\":1}"), T("{\"a\\u0000b\":1}"),
	T("{\"image\\u0000\":1,\"image\":2}"), T("{\"x\":{\"\\u0000\":1}}"),
};

static enum status
check(const char *data, size_t len, unsigned depth)
{
	struct json_fault fault = { "untouched", SIZE_MAX };
	enum status status;
	char *copy = mem_alloc(len);

	/* In memory of just its size, so that a byte too far is noticed. */
	if (len > 0)
		memcpy(copy, data, len);
	status = json_check(copy, len, depth, &fault);
	free(copy);
	if (status != STATUS_OK) {
		assert_int_equal(status, STATUS_INVALID);
		assert_string_not_equal(fault.reason, "untouched");
		assert_true(fault.offset <= len);
	}
	return status;
}

static void
what_rfc_8259_allows_passes(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < COUNT_OF(good); i++)
		check_row(good[i].data, check(good[i].data, good[i].len,
		    JSON_DEPTH_MAX) == STATUS_OK);
}

static void
what_it_forbids_or_json_c_spoils_is_refused(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < COUNT_OF(bad); i++)
		if (check(bad[i].data, bad[i].len, JSON_DEPTH_MAX) !=
		    STATUS_INVALID)
			fail_msg("bad row %zu passes: '%s'", i, bad[i].data);
}

static void
the_rows_keep_their_verdict_inside_other_values(void **state UNUSED)
{
	static const char *const frames[][2] = {
		{ "[", "]" }, { "{\"k\":", "}" }, { "[0,", ",0]" },
		{ "{\"j\":[],\"k\":", ",\"l\":{}}" },
	};
	struct buf text;
	size_t i, k;

	buf_init(&text, 10000);
	for (k = 0; k < COUNT_OF(frames); k++) {
		for (i = 0; i < COUNT_OF(good); i++) {
			buf_clear(&text);
			buf_add_text(&text, frames[k][0]);
			buf_add(&text, good[i].data, good[i].len);
			buf_add_text(&text, frames[k][1]);
			check_row(buf_text(&text), check(text.data, text.len,
			    JSON_DEPTH_MAX) == STATUS_OK);
		}
	}
	buf_release(&text);
}

static void
each_truncation_of_a_text_is_refused(void **state UNUSED)
{
	static const char text[] =
	    "{\"image\":\"docker.io/\\u00e4\xc3\xa4\\ud83d\\udc33\","
	    "\"n\":[-1.5e+10,0,true,false,null,{},[]],\"metadata\":"
	    "{\"ctn_names\":\"a\\\"b\",\"x\":{\"y\":[[\"z\"]]}}}";
	size_t len;

	assert_int_equal(check(text, sizeof(text) - 1, JSON_DEPTH_MAX),
	    STATUS_OK);
	for (len = 0; len < sizeof(text) - 1; len++)
		if (check(text, len, JSON_DEPTH_MAX) != STATUS_INVALID)
			fail_msg("cut to %zu bytes it passes", len);
}

static void
depth_counts_open_containers(void **state UNUSED)
{
	static const struct {
		const char *text;
		unsigned depth;
	} rows[] = {
		{ "1", 0 }, { "\"[[[\"", 0 }, { "[]", 1 }, { "{}", 1 },
		{ "{\"a\":1}", 1 }, { "[[]]", 2 }, { "[{}]", 2 },
		{ "{\"a\":[]}", 2 }, { "[[],[],[]]", 2 },
		{ "{\"a\":{},\"b\":{}}", 2 }, { "[[[]],[[]]]", 3 },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		size_t len = strlen(rows[i].text);

		check_row(rows[i].text,
		    check(rows[i].text, len, rows[i].depth) == STATUS_OK);
		if (rows[i].depth > 0)
			check_row(rows[i].text, check(rows[i].text, len,
			    rows[i].depth - 1) == STATUS_INVALID);
	}
}

/* `depth` arrays or objects in each other. */
static struct buf
nested(size_t depth, bool objects)
{
	struct buf text;
	size_t i;

	buf_init(&text, 1 << 24);
	for (i = 0; i < depth; i++)
		buf_add_text(&text, objects ? "{\"a\":" : "[");
	buf_add_byte(&text, '1');
	for (i = 0; i < depth; i++)
		buf_add_byte(&text, objects ? '}' : ']');
	return text;
}

static void
the_greatest_depth_passes_and_one_more_does_not(void **state UNUSED)
{
	static const size_t deeper[] = { JSON_DEPTH_MAX + 1, 1000, 1000000 };
	struct buf text;
	size_t i, k;

	for (k = 0; k < 2; k++) {
		text = nested(JSON_DEPTH_MAX, k == 1);
		assert_int_equal(check(text.data, text.len, JSON_DEPTH_MAX),
		    STATUS_OK);
		buf_release(&text);
		for (i = 0; i < COUNT_OF(deeper); i++) {
			text = nested(deeper[i], k == 1);
			assert_int_equal(check(text.data, text.len,
			    JSON_DEPTH_MAX), STATUS_INVALID);
			/* Only the openings, as an attacker would. */
			assert_int_equal(check(text.data, text.len / 2,
			    JSON_DEPTH_MAX), STATUS_INVALID);
			buf_release(&text);
		}
	}
}

static void
a_fault_says_where_and_why(void **state UNUSED)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *reason;
	} rows[] = {
		{ "", 0, "ends early" },
		{ "{\"a\":1,\"a\":2}", 13, "same name twice" },
		{ "[1e400]", 6, "out of range" },
		{ "[1.]", 3, "malformed" },
		{ "{}x", 2, "follows" },
		{ "\"a\nb\"", 2, "control character" },
		{ "\"\xff\"", 1, "UTF-8" },
		{ "{\"\\u0000\":1}", 8, "U+0000" },
		{ "[\"\\q\"]", 3, "escape" },
		{ "[\"\\u12\"]", 6, "escape" },
		{ "{\"a\" 1}", 5, "colon" },
		{ "[1 2]", 3, "comma" },
		{ "{1:2}", 1, "quotes" },
		{ "\"a", 2, "inside a string" },
		{ "nul", 0, "value" },
	};
	struct json_fault fault;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].text, json_check(rows[i].text,
		    strlen(rows[i].text), JSON_DEPTH_MAX, &fault) ==
		    STATUS_INVALID);
		check_row(rows[i].text, strstr(fault.reason, rows[i].reason)
		    != NULL);
		if (fault.offset != rows[i].offset)
			fail_msg("row '%s': at %zu", rows[i].text,
			    fault.offset);
	}
}

static void
many_names_are_compared_each_with_all_others(void **state UNUSED)
{
	enum { COUNT = 20000 };
	struct buf text;
	int i;

	buf_init(&text, 1 << 24);
	buf_add_byte(&text, '{');
	for (i = 0; i < COUNT; i++)
		buf_printf(&text, "\"name%d\":{\"name%d\":0},", i, i);
	buf_add_text(&text, "\"last\":1}");
	assert_int_equal(check(text.data, text.len, JSON_DEPTH_MAX),
	    STATUS_OK);
	/* The last name becomes that of the first. */
	text.len -= strlen("\"last\":1}");
	buf_add_text(&text, "\"nam\\u00650\":1}");
	assert_int_equal(check(text.data, text.len, JSON_DEPTH_MAX),
	    STATUS_INVALID);
	buf_release(&text);
}

/*
 * Does json-c, used as in json.c, take this array or object to its last byte?
 * (A bare number has no end for it.)
 */
static bool
json_c_ends_where_we_end(const char *data, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(
	    JSON_DEPTH_MAX + 1);
	struct json_object *root;
	size_t end;
	bool all;

	assert_non_null(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, data, (int)len);
	end = json_tokener_get_parse_end(tokener);
	while (end < len && strchr(" \t\r\n", data[end]) != NULL)
		end++;
	all = root != NULL && end == len &&
	    json_tokener_get_error(tokener) == json_tokener_success;
	(void)json_object_put(root);
	json_tokener_free(tokener);
	return all;
}

static void
json_c_reads_to_the_end_what_passes(void **state UNUSED)
{
	struct buf text;
	size_t i;

	buf_init(&text, 1 << 20);
	for (i = 0; i < COUNT_OF(good); i++) {
		buf_clear(&text);
		buf_add_text(&text, "{\"k\":[");
		buf_add(&text, good[i].data, good[i].len);
		buf_add_text(&text, "]} \n");
		check_row(buf_text(&text),
		    json_c_ends_where_we_end(text.data, text.len));
	}
	buf_release(&text);
	for (i = 0; i < 2; i++) {
		text = nested(JSON_DEPTH_MAX, i == 1);
		assert_true(json_c_ends_where_we_end(text.data, text.len));
		buf_release(&text);
	}
}

/* A small generator with a fixed seed: the same texts in every run. */
static uint32_t
next_random(void)
{
	static uint32_t x = 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void
json_c_agrees_on_two_hundred_thousand_mutations(void **state UNUSED)
{
	static const char alphabet[] = "{}[]:,\"\\/ \n\t0123456789.-+eE"
	    "truefalsnud\xc3\xa4\xed\xa0\x80\xf4\x8f\x90\xbf\0\x01\x7f";
	static const char *const seeds[] = {
		"{\"image\":\"a\\u00e4\\ud83d\\udc33\",\"n\":-1.5e+3}",
		"{\"a\":[1,2,{\"b\":null}],\"c\":{\"d\":true}}",
		"[[[]],{},\"\xc3\xa4\xf0\x9f\x90\xb3\",0.1,false]",
		"{\"\":\"\",\"\\n\":[\"\\\\\",\"\\\"\"]}",
	};
	unsigned i, k, n, passed = 0;
	char text[128];
	size_t len, at;

	for (i = 0; i < 200000; i++) {
		len = strlen(seeds[i % COUNT_OF(seeds)]);
		memcpy(text, seeds[i % COUNT_OF(seeds)], len);
		n = 1 + next_random() % 3;
		for (k = 0; k < n && len > 1; k++) {
			at = next_random() % len;
			switch (next_random() % 3) {
			case 0:
				text[at] = alphabet[next_random() %
				    (sizeof(alphabet) - 1)];
				break;
			case 1:
				memmove(text + at, text + at + 1,
				    len - at - 1);
				len--;
				break;
			default:
				memmove(text + at + 1, text + at, len - at);
				text[at] = alphabet[next_random() %
				    (sizeof(alphabet) - 1)];
				len++;
			}
		}
		if (check(text, len, JSON_DEPTH_MAX) != STATUS_OK)
			continue;
		if (text[0] != '{' && text[0] != '[')
			continue;
		passed++;
		if (!json_c_ends_where_we_end(text, len))
			fail_msg("json-c does not read '%.*s'", (int)len,
			    text);
	}
	/* Or there was nothing to compare. */
	assert_true(passed > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rfc_8259_allows_passes),
		cmocka_unit_test(what_it_forbids_or_json_c_spoils_is_refused),
		cmocka_unit_test(
		    the_rows_keep_their_verdict_inside_other_values),
		cmocka_unit_test(each_truncation_of_a_text_is_refused),
		cmocka_unit_test(depth_counts_open_containers),
		cmocka_unit_test(
		    the_greatest_depth_passes_and_one_more_does_not),
		cmocka_unit_test(a_fault_says_where_and_why),
		cmocka_unit_test(many_names_are_compared_each_with_all_others),
		cmocka_unit_test(json_c_reads_to_the_end_what_passes),
		cmocka_unit_test(
		    json_c_agrees_on_two_hundred_thousand_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
