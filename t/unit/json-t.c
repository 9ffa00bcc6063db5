/*
 * json-t.c - tests of json.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "json.h"

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

static struct json_object *
parsed(const char *text)
{
	struct json_object *root = NULL;
	const char *why = "";

	if (json_parse_object(&arena, text, strlen(text), &root, &why) !=
	    STATUS_OK)
		fail_msg("'%s': %s", text, why);
	return root;
}

static void
only_one_whole_object_is_parsed(void **state UNUSED)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{}", NULL },
		{ " {\"a\":1}\n", NULL },
		{ "[]", "not a JSON object" },
		{ "null", "not a JSON object" },
		{ "1", "not a JSON object" },
		{ "\"{}\"", "not a JSON object" },
		{ "true", "not a JSON object" },
		{ "", "not valid JSON" },
		{ "{", "not valid JSON" },
		{ "{}{}", "at byte 3)" },
		{ "{\"a\":NaN}", "at byte 6)" },
		{ "{\"a\":1,\"a\":2}", "twice" },
	};
	struct json_object *root;
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		why = "";
		check_row(rows[i].text, json_parse_object(&arena,
		    rows[i].text, strlen(rows[i].text), &root, &why) ==
		    (rows[i].why == NULL ? STATUS_OK : STATUS_INVALID));
		if (rows[i].why != NULL)
			check_row(rows[i].text,
			    strstr(why, rows[i].why) != NULL);
	}
}

static void
a_nul_byte_is_part_of_the_text_and_refused(void **state UNUSED)
{
	static const char text[] = "{}\0{}";
	struct json_object *root;
	const char *why;

	assert_int_equal(json_parse_object(&arena, text, 2, &root, &why),
	    STATUS_OK);
	assert_int_equal(json_parse_object(&arena, text, sizeof(text) - 1,
	    &root, &why), STATUS_INVALID);
	assert_int_equal(json_parse_object(&arena, text, 3, &root, &why),
	    STATUS_INVALID);
}

static void
the_greatest_depth_is_parsed_by_json_c_too(void **state UNUSED)
{
	struct json_object *root, *inner;
	char text[JSON_DEPTH_MAX * 6 + 8] = "";
	size_t i, len = 0;
	const char *why;

	for (i = 0; i < JSON_DEPTH_MAX; i++, len += 5)
		memcpy(text + len, "{\"a\":", 5);
	memcpy(text + len - 5, "{}", 2);
	len -= 3;
	for (i = 1; i < JSON_DEPTH_MAX; i++)
		text[len++] = '}';
	assert_int_equal(json_parse_object(&arena, text, len, &root, &why),
	    STATUS_OK);
	for (i = 1; i < JSON_DEPTH_MAX; i++) {
		assert_int_equal(json_get_object(root, "a", &inner),
		    STATUS_OK);
		root = inner;
	}
	assert_int_equal(json_get_object(root, "a", &inner),
	    STATUS_NOT_FOUND);
}

/* All that could be taken for a member, or for the end of a string. */
static void
every_text_that_passes_the_check_is_parsed(void **state UNUSED)
{
	static const char *const texts[] = {
		"{\":\":\":\",\"a:b\":[\":\",{\":::\":{}}]}",
		"{\"a\":\"\\\\\",\"b\":\"\\\":\",\"\\\\\":\"\"}",
		"{ \"a\" : [ 1 , [ { } , { \"b\" : null } ] , true ] }",
		"{\"\":0.1234567890123456789012345678901234567890123456789}",
		"{\"a\":-1000000000000000000000000000000000000000000000000}",
		"{\"a\":\"\\u00e4 \\ud83d\\ude00 longer than 32 bytes\"}",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(texts); i++)
		assert_non_null(parsed(texts[i]));
}

static void
any_value_is_written_as_it_was_read(void **state UNUSED)
{
	static const struct {
		const char *text, *written;	/* NULL: the same */
	} rows[] = {
		{ "{\"a\":[true,false,null,{},[],[[{\"b\":[]}]]]}", NULL },
		{ "{\"a\":[0,1,-1,9223372036854775807]}", NULL },
		{ "{\"a\":[-9223372036854775808]}", NULL },
		{ "{\"a\":[9223372036854775808]}", NULL },
		{ "{\"a\":[18446744073709551615]}", NULL },
		{ "{\"a\":[99999999999999999999]}",
		  "{\"a\":[18446744073709551615]}" },
		{ "{\"a\":[0.10,1e5,-2.5E-3]}", NULL },
		{ "{\"a\":\"/ \\\" \\\\ \\u0001 \xc3\xa4\"}", NULL },
		{ "{\"\\u0041\":\"\\n\\u0000\"}",
		  "{\"A\":\"\\u000a\xef\xbf\xbd\"}" },
		{ " { \"b\" : 1 , \"a\" : [ ] } ", "{\"b\":1,\"a\":[]}" },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		check_row_text(rows[i].text, json_text_of(&arena,
		    parsed(rows[i].text)), rows[i].written == NULL
		    ? rows[i].text : rows[i].written);
}

/* What each getter says of the member "m" of each text. */
static void
getters_check_the_type(void **state UNUSED)
{
	enum { O = STATUS_OK, N = STATUS_NOT_FOUND, I = STATUS_INVALID };
	static const struct {
		const char *text;
		int as_text, as_object, as_bool, as_int64;
	} rows[] = {
		{ "{}", N, N, N, N },
		{ "{\"M\":1}", N, N, N, N },
		{ "{\"m\":null}", N, N, N, N },
		{ "{\"x\":{\"m\":1}}", N, N, N, N },
		{ "{\"m\":\"\"}", O, I, I, I },
		{ "{\"m\":\"a\"}", O, I, I, I },
		{ "{\"m\":\"12\"}", O, I, I, I },
		{ "{\"m\":\"true\"}", O, I, I, I },
		{ "{\"m\":{}}", I, O, I, I },
		{ "{\"m\":[]}", I, I, I, I },
		{ "{\"m\":[1]}", I, I, I, I },
		{ "{\"m\":true}", I, I, O, I },
		{ "{\"m\":false}", I, I, O, I },
		{ "{\"m\":0}", I, I, I, O },
		{ "{\"m\":1}", I, I, I, O },
		{ "{\"m\":-1}", I, I, I, O },
		{ "{\"m\":1.0}", I, I, I, I },
		{ "{\"m\":1e0}", I, I, I, I },
		{ "{\"m\":0.5}", I, I, I, I },
		{ "{\"m\":9223372036854775806}", I, I, I, O },
		{ "{\"m\":-9223372036854775807}", I, I, I, O },
		{ "{\"m\":9223372036854775808}", I, I, I, I },
		{ "{\"m\":-9223372036854775809}", I, I, I, I },
		{ "{\"m\":18446744073709551615}", I, I, I, I },
		{ "{\"m\":18446744073709551616}", I, I, I, I },
		{ "{\"m\":99999999999999999999999}", I, I, I, I },
		{ "{\"m\":-99999999999999999999999}", I, I, I, I },
		{ "{\"\\u006d\":1}", I, I, I, O },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		struct json_object *root = parsed(rows[i].text), *object;
		const char *text = "untouched";
		bool flag = false, nul = false;
		int64_t number = -77;

		check_row(rows[i].text, (int)json_get_text(&arena, root, "m",
		    &text, &nul) == rows[i].as_text);
		check_row(rows[i].text, (int)json_get_object(root, "m",
		    &object) == rows[i].as_object);
		check_row(rows[i].text, (int)json_get_bool(root, "m", &flag)
		    == rows[i].as_bool);
		check_row(rows[i].text, (int)json_get_int64(root, "m",
		    &number) == rows[i].as_int64);
		if (rows[i].as_text != O)
			check_row_text(rows[i].text, text, "untouched");
		if (rows[i].as_int64 == N)
			check_row(rows[i].text, number == -77);
		check_row(rows[i].text, !nul);
	}
}

static void
values_come_out_as_they_are(void **state UNUSED)
{
	struct json_object *root = parsed("{\"t\":true,\"f\":false,"
	    "\"n\":-9007199254740993,\"s\":\"a\\\"\\u00e4\\ud83d\\udc33\","
	    "\"o\":{\"s\":\"inner\"}}"), *inner;
	const char *text;
	int64_t number;
	bool flag;

	assert_int_equal(json_get_bool(root, "t", &flag), STATUS_OK);
	assert_true(flag);
	assert_int_equal(json_get_bool(root, "f", &flag), STATUS_OK);
	assert_false(flag);
	assert_int_equal(json_get_int64(root, "n", &number), STATUS_OK);
	assert_true(number == -9007199254740993);
	assert_int_equal(json_get_text(&arena, root, "s", &text, NULL),
	    STATUS_OK);
	assert_string_equal(text, "a\"\xc3\xa4\xf0\x9f\x90\xb3");
	assert_int_equal(json_get_object(root, "o", &inner), STATUS_OK);
	assert_int_equal(json_get_text(&arena, inner, "s", &text, NULL),
	    STATUS_OK);
	assert_string_equal(text, "inner");
}

static void
a_nul_in_text_becomes_u_fffd_and_is_reported(void **state UNUSED)
{
	static const struct {
		const char *json, *text;
		bool nul;
	} rows[] = {
		{ "{\"m\":\"\\u0000\"}", "\xef\xbf\xbd", true },
		{ "{\"m\":\"a\\u0000b\\u0000\"}",
		  "a\xef\xbf\xbd" "b\xef\xbf\xbd", true },
		{ "{\"m\":\"\\u0000\\u0000\\u0000\"}",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", true },
		{ "{\"m\":\"\\ud800\"}", "\xef\xbf\xbd", false },
		{ "{\"m\":\"\\\\u0000\"}", "\\u0000", false },
	};
	const char *text;
	size_t i;
	bool nul;

	for (i = 0; i < COUNT_OF(rows); i++) {
		nul = !rows[i].nul;
		check_row(rows[i].json, json_get_text(&arena,
		    parsed(rows[i].json), "m", &text, &nul) == STATUS_OK);
		check_row_text(rows[i].json, text, rows[i].text);
		check_row(rows[i].json, nul == rows[i].nul);
	}
}

static void
long_text_comes_out_whole(void **state UNUSED)
{
	static char json[200000];
	const char *text;
	size_t i;

	memcpy(json, "{\"m\":\"", 6);
	memset(json + 6, 'x', sizeof(json) - 9);
	memcpy(json + sizeof(json) - 3, "\"}", 3);
	assert_int_equal(json_get_text(&arena, parsed(json), "m", &text,
	    NULL), STATUS_OK);
	for (i = 0; i < sizeof(json) - 9; i++)
		if (text[i] != 'x')
			fail_msg("byte %zu", i);
	assert_int_equal(text[i], '\0');
}

static void
the_writer_keeps_commas_and_nesting_right(void **state UNUSED)
{
	struct json_writer writer;
	struct buf out;

	buf_init(&out, 1000);
	json_writer_init(&writer, &out);
	json_open_object(&writer, NULL);
	json_open_array(&writer, "empty");
	json_close_array(&writer);
	json_open_object(&writer, "none");
	json_close_object(&writer);
	json_open_array(&writer, "list");
	json_put_int64(&writer, NULL, 0);
	json_put_int64(&writer, NULL, INT64_MIN);
	json_put_int64(&writer, NULL, INT64_MAX);
	json_open_object(&writer, NULL);
	json_put_bool(&writer, "t", true);
	json_put_bool(&writer, "f", false);
	json_close_object(&writer);
	json_open_array(&writer, NULL);
	json_open_array(&writer, NULL);
	json_close_array(&writer);
	json_close_array(&writer);
	json_put_text(&writer, NULL, "x");
	json_close_array(&writer);
	json_put_null(&writer, "null");
	json_put_text(&writer, "absent", NULL);
	json_put_text(&writer, "", "");
	json_close_object(&writer);
	assert_int_equal(out.status, STATUS_OK);
	assert_int_equal(writer.depth, 0);
	assert_string_equal(buf_text(&out), "{\"empty\":[],\"none\":{},"
	    "\"list\":[0,-9223372036854775808,9223372036854775807,"
	    "{\"t\":true,\"f\":false},[[]],\"x\"],"
	    "\"null\":null,\"absent\":null,\"\":\"\"}");
	buf_release(&out);
}

static void
the_writer_escapes_names_and_text(void **state UNUSED)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "\"", "\"\\\"\"" },
		{ "\\", "\"\\\\\"" },
		{ "/", "\"/\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\n", "\"\\u000a\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xa4\xf0\x9f\x90\xb3", "\"\xc3\xa4\xf0\x9f\x90\xb3\"" },
		{ "</script>", "\"</script>\"" },
	};
	struct json_writer writer;
	char wanted[128];
	struct buf out;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		buf_init(&out, 1000);
		json_writer_init(&writer, &out);
		json_open_object(&writer, NULL);
		json_put_text(&writer, rows[i].text, rows[i].text);
		json_close_object(&writer);
		(void)snprintf(wanted, sizeof(wanted), "{%s:%s}",
		    rows[i].json, rows[i].json);
		check_row_text(rows[i].text, buf_text(&out), wanted);
		buf_release(&out);
	}
}

static void
every_character_written_is_read_back(void **state UNUSED)
{
	struct json_writer writer;
	char text[3] = { 0 };
	const char *back;
	struct buf out;
	int c;

	for (c = 1; c < 256; c++) {
		text[0] = (char)(c < 0x80 ? c : 0xc0 | c >> 6);
		text[1] = (char)(c < 0x80 ? 0 : 0x80 | (c & 0x3f));
		buf_init(&out, 1000);
		json_writer_init(&writer, &out);
		json_open_object(&writer, NULL);
		json_put_text(&writer, "m", text);
		json_close_object(&writer);
		assert_int_equal(json_get_text(&arena,
		    parsed(buf_text(&out)), "m", &back, NULL), STATUS_OK);
		assert_string_equal(back, text);
		buf_release(&out);
	}
}

static void
a_full_buffer_is_noticed_at_the_end(void **state UNUSED)
{
	struct json_writer writer;
	struct buf out;
	int i;

	buf_init(&out, 50);
	json_writer_init(&writer, &out);
	json_open_array(&writer, NULL);
	for (i = 0; i < 100; i++)
		json_put_int64(&writer, NULL, i);
	json_close_array(&writer);
	assert_int_equal(out.status, STATUS_TOO_LARGE);
	assert_true(out.len <= 50);
	buf_release(&out);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(only_one_whole_object_is_parsed),
		TEST(a_nul_byte_is_part_of_the_text_and_refused),
		TEST(the_greatest_depth_is_parsed_by_json_c_too),
		TEST(every_text_that_passes_the_check_is_parsed),
		TEST(any_value_is_written_as_it_was_read),
		TEST(getters_check_the_type),
		TEST(values_come_out_as_they_are),
		TEST(a_nul_in_text_becomes_u_fffd_and_is_reported),
		TEST(long_text_comes_out_whole),
		TEST(the_writer_keeps_commas_and_nesting_right),
		TEST(the_writer_escapes_names_and_text),
		TEST(every_character_written_is_read_back),
		TEST(a_full_buffer_is_noticed_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
