/*
 * request-t.c - tests of request.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "clock.h"
#include "fake_gateway.h"
#include "request.h"

#define BODY_LIMIT 1000

static struct arena arena;
static struct fake_gateway fake;
static struct request request;

static int
setup(void **state UNUSED)
{
	arena_init(&arena);
	fake_init(&fake, NULL, "", 0, true);
	request_init(&request, &fake.base, &arena, BODY_LIMIT);
	return 0;
}

static int
teardown(void **state UNUSED)
{
	request_release(&request);
	arena_release(&arena);
	return 0;
}

/* request_begin with this method and REQUEST_URI. */
static enum status
begin(const char *method, const char *uri, const char **why)
{
	const struct fake_param params[] = {
		{ "REQUEST_METHOD", method }, { "REQUEST_URI", uri },
		{ "PATH_INFO", "/decoded/by/the server" },
		{ "SCRIPT_NAME", "/cgi-bin/diundash.fcgi" },
		{ "QUERY_STRING", "from=server" }, { NULL, NULL },
	};
	enum status status;

	*why = "";
	fake.params = params;
	status = request_begin(&request, why);
	fake.params = NULL;
	return status;
}

static void
the_raw_uri_is_decoded_exactly_once(void **state UNUSED)
{
	static const struct {
		const char *uri, *path, *query;
	} rows[] = {
		{ "/", "/", "" },
		{ "/api/tags", "/api/tags", "" },
		{ "/api/tags?", "/api/tags", "" },
		{ "/api/tags?a=%20&b", "/api/tags", "a=%20&b" },
		{ "/a?b?c", "/a", "b?c" },
		{ "/a#b", "/a", "" },
		{ "/a%20b", "/a b", "" },
		{ "/a+b", "/a+b", "" },
		{ "/api/updates/docker.io%2Flibrary%2fnginx%3A1",
		  "/api/updates/docker.io/library/nginx:1", "" },
		{ "/api/updates/a@sha256:b", "/api/updates/a@sha256:b", "" },
		{ "/%2541", "/%41", "" },
		{ "/%252F", "/%2F", "" },
		{ "/a%3Fb", "/a?b", "" },
		{ "/a%23b", "/a#b", "" },
		{ "/%C3%A4", "/\xc3\xa4", "" },
		{ "/%f0%9f%90%b3", "/\xf0\x9f\x90\xb3", "" },
		{ "/\xc3\xa4", "/\xc3\xa4", "" },
		{ "//a", "//a", "" },
		{ "/a//b", "/a//b", "" },
		{ "/a/./b", "/a/./b", "" },
		{ "/.../a", "/.../a", "" },
		{ "/..a/b..", "/..a/b..", "" },
		{ "/a..b", "/a..b", "" },
		{ "/a?x=/../b", "/a", "x=/../b" },
		/* What proxies send: an absolute URI. */
		{ "http://nas/api/tags?x", "/api/tags", "x" },
		{ "https://nas:8443/", "/", "" },
		{ "http://nas", "/", "" },
	};
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].uri,
		    begin("GET", rows[i].uri, &why) == STATUS_OK);
		check_row_text(rows[i].uri, request.path, rows[i].path);
		check_row_text(rows[i].uri, request.query, rows[i].query);
		check_row_text(rows[i].uri, request.method, "GET");
	}
}

static void
a_bad_path_is_refused_with_a_reason(void **state UNUSED)
{
	static const struct {
		const char *uri, *why;
	} rows[] = {
		{ "/%", "escape" },
		{ "/%2", "escape" },
		{ "/a%2", "escape" },
		{ "/%zz", "escape" },
		{ "/%2g", "escape" },
		{ "/%g2", "escape" },
		{ "/% 2", "escape" },
		{ "/%%41", "escape" },
		{ "/%00", "escape" },
		{ "/a%00b", "escape" },
		{ "/api/tags/%00", "escape" },
		{ "/%2?2", "escape" },
		{ "/..", "'..'" },
		{ "/../a", "'..'" },
		{ "/a/..", "'..'" },
		{ "/a/../b", "'..'" },
		{ "/%2e%2e/a", "'..'" },
		{ "/a/%2E./b", "'..'" },
		{ "/a%2F..%2Fb", "'..'" },
		{ "/a/%2e%2e", "'..'" },
		{ "/%0d%0aX:1", "control" },
		{ "/%0a", "control" },
		{ "/%7f", "control" },
		{ "/%1b", "control" },
		{ "/%c2%85", "control" },
		{ "/a\tb", "control" },
		{ "/%ff", "UTF-8" },
		{ "/%c0%80", "UTF-8" },
		{ "/%c0%af", "UTF-8" },
		{ "/%c0%ae%c0%ae/", "UTF-8" },
		{ "/%ed%a0%80", "UTF-8" },
		{ "/%c3", "UTF-8" },
		{ "/\xff", "UTF-8" },
		{ "*", "slash" },
		{ "api/tags", "slash" },
		{ "?x", "slash" },
		{ "http://nas/../a", "'..'" },
	};
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].uri,
		    begin("GET", rows[i].uri, &why) == STATUS_INVALID);
		check_row(rows[i].uri, strstr(why, rows[i].why) != NULL);
		check_row(rows[i].uri, strchr(why, '\n') == NULL);
	}
}

static void
a_uri_has_at_most_8192_bytes(void **state UNUSED)
{
	char uri[REQUEST_URI_MAX + 2];
	const char *why;
	size_t i;

	memset(uri, 'u', sizeof(uri));
	uri[0] = '/';
	uri[REQUEST_URI_MAX] = '\0';
	assert_int_equal(begin("GET", uri, &why), STATUS_OK);
	assert_string_equal(request.path, uri);
	uri[REQUEST_URI_MAX] = 'u';
	uri[REQUEST_URI_MAX + 1] = '\0';
	assert_int_equal(begin("GET", uri, &why), STATUS_INVALID);
	assert_non_null(strstr(why, "8192"));
	/* So has what the web server has decoded. */
	for (i = 0; i < 2; i++) {
		const struct fake_param params[] = {
			{ "REQUEST_METHOD", "GET" }, { "PATH_INFO", uri },
			{ NULL, NULL },
		};

		uri[REQUEST_URI_MAX] = i == 0 ? '\0' : 'u';
		why = "";
		fake.params = params;
		assert_int_equal(request_begin(&request, &why), i == 0
		    ? STATUS_OK : STATUS_INVALID);
		assert_true((strstr(why, "8192") != NULL) == (i == 1));
		fake.params = NULL;
	}
	/* The query counts. */
	uri[10] = '?';
	assert_int_equal(begin("GET", uri, &why), STATUS_INVALID);
}

static void
without_request_uri_path_info_is_taken_as_it_is(void **state UNUSED)
{
	static const struct {
		const char *info, *path;
	} rows[] = {
		{ "/api/tags", "/api/tags" },
		{ "/a%20b", "/a%20b" },
		{ "/a b", "/a b" },
		{ "/", "/" },
		{ "", "/" },
		{ NULL, "/" },
		{ "/..", NULL },
		{ "/a/../b", NULL },
		{ "/a\nb", NULL },
		{ "/\xff", NULL },
		{ "a", NULL },
	};
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		const struct fake_param params[] = {
			{ "REQUEST_METHOD", "GET" },
			{ "REQUEST_URI", i % 2 == 0 ? NULL : "" },
			{ "PATH_INFO", rows[i].info },
			{ "QUERY_STRING", "q=%31" }, { NULL, NULL },
		};
		const char *name = rows[i].info == NULL ? "none"
		    : rows[i].info;

		fake.params = params;
		check_row(name, request_begin(&request, &why) ==
		    (rows[i].path == NULL ? STATUS_INVALID : STATUS_OK));
		if (rows[i].path == NULL)
			continue;
		check_row_text(name, request.path, rows[i].path);
		check_row_text(name, request.query, "q=%31");
	}
}

/* How long it waited, by what the web server says of its beginning. */
static int64_t
waited_since(const char *start)
{
	const struct fake_param params[] = {
		{ "DIUNDASH_REQUEST_START", start }, { NULL, NULL },
	};
	int64_t waited;

	fake.params = params;
	waited = request_waited_ms(&request);
	fake.params = NULL;
	return waited;
}

static void
how_long_it_waited_is_what_the_server_says(void **state UNUSED)
{
	static const struct {
		int64_t ago;
		bool counts;
	} rows[] = {
		{ 1, true }, { 2500, true }, { 59000, true },
		{ 60001, false }, { 61000, false }, { -1000, false },
	};
	static const char *const wrong[] = {
		NULL, "", ".", "now", "1.2", "1.2345", "x.123", "1.x23",
		"-1.123", "1e9.123", "123456789012345678901.123",
		"12345678901234567890.123",
	};
	char text[32];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		int64_t at = clock_unix_ms() - rows[i].ago, waited;

		(void)snprintf(text, sizeof(text), "%lld.%03lld",
		    (long long)at / 1000, (long long)at % 1000);
		waited = waited_since(text);
		/* The test itself takes a moment. */
		check_row(text, rows[i].counts ? waited >= rows[i].ago &&
		    waited <= rows[i].ago + 900 : waited == 0);
	}
	for (i = 0; i < COUNT_OF(wrong); i++)
		check_row(wrong[i] == NULL ? "none" : wrong[i],
		    waited_since(wrong[i]) == 0);
}

static void
a_path_from_the_server_has_a_limit(void **state UNUSED)
{
	char info[REQUEST_URI_MAX + 2] = "/";
	const struct fake_param params[] = {
		{ "REQUEST_METHOD", "GET" }, { "PATH_INFO", info },
		{ NULL, NULL },
	};
	const char *why = "";

	fake.params = params;
	(void)memset(info + 1, 'a', REQUEST_URI_MAX - 1);
	assert_int_equal(request_begin(&request, &why), STATUS_OK);
	info[REQUEST_URI_MAX] = 'a';
	assert_int_equal(request_begin(&request, &why), STATUS_INVALID);
	assert_string_equal(why, "the path is longer than 8192 bytes");
	fake.params = NULL;
}

static void
a_request_without_method_is_refused(void **state UNUSED)
{
	const char *why;

	/* After one that had all of them. */
	assert_int_equal(begin("POST", "/a?b", &why), STATUS_OK);
	assert_int_equal(begin(NULL, "/", &why), STATUS_INVALID);
	assert_non_null(strstr(why, "REQUEST_METHOD"));
	assert_string_equal(request.method, "");
	assert_string_equal(request.query, "");
	assert_int_equal(begin("", "/", &why), STATUS_INVALID);
	/* The object is still whole. */
	assert_string_equal(request.method, "");
	assert_string_equal(request.path, "/");
}

static void
nothing_of_the_request_before_is_left(void **state UNUSED)
{
	const char *why;

	assert_int_equal(begin("POST", "/a?b", &why), STATUS_OK);
	buf_add_text(&request.body, "old");
	assert_int_equal(begin("GET", "/", &why), STATUS_OK);
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.query, "");
	assert_int_equal(request.body.len, 0);
	assert_int_equal(begin("PUT", "/a?b", &why), STATUS_OK);
	assert_int_equal(begin("GET", "/%zz", &why), STATUS_INVALID);
	assert_string_equal(request.query, "");
}

static void
methods_are_told_apart(void **state UNUSED)
{
	static const struct {
		const char *method;
		bool head, safe;
	} rows[] = {
		{ "GET", false, true }, { "HEAD", true, true },
		{ "OPTIONS", false, true }, { "POST", false, false },
		{ "PUT", false, false }, { "PATCH", false, false },
		{ "DELETE", false, false }, { "get", false, false },
		{ "TRACE", false, false }, { "BREW", false, false },
	};
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].method,
		    begin(rows[i].method, "/", &why) == STATUS_OK);
		check_row(rows[i].method,
		    request_is_head(&request) == rows[i].head);
		check_row(rows[i].method,
		    request_is_safe(&request) == rows[i].safe);
	}
}

static void
an_empty_header_counts_as_absent(void **state UNUSED)
{
	static const struct fake_param params[] = {
		{ "HTTP_A", "x" }, { "HTTP_B", "" }, { NULL, NULL }
	};

	fake.params = params;
	assert_string_equal(request_header(&request, "HTTP_A"), "x");
	assert_null(request_header(&request, "HTTP_B"));
	assert_null(request_header(&request, "HTTP_C"));
}

static void
browsers_and_bodies_are_known_by_their_headers(void **state UNUSED)
{
	static const struct {
		const char *name, *value;
		bool browser, body;
	} rows[] = {
		{ "HTTP_ORIGIN", "http://nas", true, false },
		{ "HTTP_SEC_FETCH_SITE", "none", true, false },
		{ "HTTP_ORIGIN", "", false, false },
		{ "HTTP_USER_AGENT", "Mozilla", false, false },
		{ "CONTENT_LENGTH", "1", false, true },
		{ "CONTENT_LENGTH", "10", false, true },
		{ "CONTENT_LENGTH", "0", false, false },
		{ "CONTENT_LENGTH", "000", false, false },
		{ "CONTENT_LENGTH", "", false, false },
		{ "CONTENT_LENGTH", "x", false, true },
		{ "HTTP_TRANSFER_ENCODING", "chunked", false, true },
		{ "CONTENT_TYPE", "application/json", false, false },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		const struct fake_param params[] = {
			{ rows[i].name, rows[i].value }, { NULL, NULL }
		};

		fake.params = params;
		check_row(rows[i].value,
		    request_is_from_browser(&request) == rows[i].browser);
		check_row(rows[i].value,
		    request_has_body(&request) == rows[i].body);
		fake.params = NULL;
	}
}

static char body[10000];

static void
a_body_is_read_whole_or_refused(void **state UNUSED)
{
	enum { ALL = 1 << 20 };
	static const struct {
		const char *name;
		const char *length;	/* CONTENT_LENGTH */
		size_t sent;		/* so much comes */
		bool marks_end;
		enum status status;
		size_t got;
		const char *why;
	} rows[] = {
		{ "as announced", "5", 5, true, STATUS_OK, 5, "" },
		{ "as announced, CGI", "5", 5, false, STATUS_OK, 5, "" },
		{ "none", "0", 0, true, STATUS_OK, 0, "" },
		{ "none, CGI", "0", 0, false, STATUS_OK, 0, "" },
		{ "none, no length", NULL, 0, true, STATUS_OK, 0, "" },
		{ "none, no length, CGI", NULL, 0, false, STATUS_OK, 0, "" },
		{ "no length", NULL, 7, true, STATUS_OK, 7, "" },
		/* Without a length CGI has no body. */
		{ "no length, CGI", NULL, 7, false, STATUS_OK, 0, "" },
		{ "empty length", "", 7, true, STATUS_OK, 7, "" },
		{ "the limit", "1000", 1000, true, STATUS_OK, 1000, "" },
		{ "the limit, CGI", "1000", 1000, false, STATUS_OK, 1000,
		  "" },
		{ "the limit, no length", NULL, 1000, true, STATUS_OK, 1000,
		  "" },
		{ "over it", "1001", 1001, true, STATUS_TOO_LARGE, ALL,
		  "1000" },
		{ "over it, CGI", "1001", 1001, false, STATUS_TOO_LARGE, ALL,
		  "1000" },
		{ "over it, no length", NULL, 1001, true, STATUS_TOO_LARGE,
		  ALL, "1000" },
		{ "far over it", NULL, 10000, true, STATUS_TOO_LARGE, ALL,
		  "1000" },
		{ "more than it says, over", "10", 10000, true,
		  STATUS_TOO_LARGE, ALL, "1000" },
		{ "less than it says", "6", 5, true, STATUS_INVALID, ALL,
		  "half-way" },
		{ "less than it says, CGI", "6", 5, false, STATUS_INVALID,
		  ALL, "half-way" },
		{ "nothing where it says some", "6", 0, true,
		  STATUS_INVALID, ALL, "half-way" },
		{ "more than it says", "4", 5, true, STATUS_INVALID, ALL,
		  "CONTENT_LENGTH" },
		/* In CGI the rest is not ours to read. */
		{ "more than it says, CGI", "4", 5, false, STATUS_OK, 4,
		  "" },
		{ "some where it says none", "0", 5, true, STATUS_INVALID,
		  ALL, "CONTENT_LENGTH" },
		{ "leading zeros", "005", 5, true, STATUS_OK, 5, "" },
		{ "negative", "-1", 5, true, STATUS_INVALID, ALL,
		  "number" },
		{ "a sign", "+5", 5, true, STATUS_INVALID, ALL, "number" },
		{ "no number", "five", 5, true, STATUS_INVALID, ALL,
		  "number" },
		{ "hexadecimal", "0x5", 5, true, STATUS_INVALID, ALL,
		  "number" },
		{ "a list", "5, 5", 5, true, STATUS_INVALID, ALL,
		  "number" },
		{ "a space", "5 ", 5, true, STATUS_INVALID, ALL, "number" },
		{ "a fraction", "5.0", 5, true, STATUS_INVALID, ALL,
		  "number" },
		{ "INT64_MAX", "9223372036854775807", 5, true,
		  STATUS_TOO_LARGE, ALL, "1000" },
		{ "beyond 64 bits", "18446744073709551621", 5, true,
		  STATUS_INVALID, ALL, "number" },
	};
	static const size_t pieces[] = { 0, 1, 7, 999 };
	const char *why;
	size_t i, k;

	memset(body, 'b', sizeof(body));
	for (i = 0; i < COUNT_OF(rows); i++)
		for (k = 0; k < COUNT_OF(pieces); k++) {
			const struct fake_param params[] = {
				{ "REQUEST_METHOD", "POST" },
				{ "REQUEST_URI", "/webhook" },
				{ "CONTENT_LENGTH", rows[i].length },
				{ NULL, NULL },
			};

			fake_init(&fake, params, body, rows[i].sent,
			    rows[i].marks_end);
			fake.piece = pieces[k];
			why = "";
			check_row(rows[i].name,
			    request_begin(&request, &why) == STATUS_OK);
			check_row(rows[i].name, request_read_body(&request,
			    &why) == rows[i].status);
			check_row(rows[i].name, strstr(why, rows[i].why) !=
			    NULL);
			check_row(rows[i].name, request.body.len <=
			    BODY_LIMIT);
			if (rows[i].got == ALL)
				continue;
			check_row(rows[i].name, request.body.len ==
			    rows[i].got);
			check_row(rows[i].name, memcmp(buf_text(
			    &request.body), body, rows[i].got) == 0);
			check_row(rows[i].name, buf_text(&request.body)
			    [rows[i].got] == '\0');
		}
}

static void
a_chunked_body_is_read_in_cgi_too(void **state UNUSED)
{
	static const struct fake_param params[] = {
		{ "REQUEST_METHOD", "POST" }, { "REQUEST_URI", "/webhook" },
		{ "HTTP_TRANSFER_ENCODING", "chunked" }, { NULL, NULL },
	};
	const char *why = "";

	fake_init(&fake, params, "{}", 2, false);
	assert_int_equal(request_begin(&request, &why), STATUS_OK);
	assert_int_equal(request_read_body(&request, &why), STATUS_OK);
	assert_string_equal(buf_text(&request.body), "{}");
}

static void
a_peer_that_leaves_half_way_is_gone(void **state UNUSED)
{
	static const char *const lengths[] = { "10", NULL };
	const char *why = "";
	size_t i, at;

	memset(body, 'b', sizeof(body));
	for (i = 0; i < COUNT_OF(lengths); i++)
		for (at = 0; at < 10; at += 3) {
			const struct fake_param params[] = {
				{ "REQUEST_METHOD", "POST" },
				{ "REQUEST_URI", "/webhook" },
				{ "CONTENT_LENGTH", lengths[i] },
				{ NULL, NULL },
			};

			fake_init(&fake, params, body, 10, true);
			fake.piece = 1;
			fake.leaves_at = at;
			assert_int_equal(request_begin(&request, &why),
			    STATUS_OK);
			assert_int_equal(request_read_body(&request, &why),
			    STATUS_GONE);
			assert_int_equal(request.body.len, at);
		}
}

static void
decoding_alone_keeps_to_its_length(void **state UNUSED)
{
	assert_string_equal(request_decode(&arena, "a%41b", 5), "aAb");
	assert_string_equal(request_decode(&arena, "a%41b", 4), "aA");
	assert_null(request_decode(&arena, "a%41b", 3));
	assert_null(request_decode(&arena, "a%41b", 2));
	assert_string_equal(request_decode(&arena, "a%41b", 1), "a");
	assert_string_equal(request_decode(&arena, "", 0), "");
	assert_null(request_decode(&arena, "%00", 3));
	assert_string_equal(request_decode(&arena, "%ff%FF", 6),
	    "\xff\xff");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_raw_uri_is_decoded_exactly_once),
		TEST(a_bad_path_is_refused_with_a_reason),
		TEST(a_uri_has_at_most_8192_bytes),
		TEST(without_request_uri_path_info_is_taken_as_it_is),
		TEST(a_path_from_the_server_has_a_limit),
		TEST(how_long_it_waited_is_what_the_server_says),
		TEST(a_request_without_method_is_refused),
		TEST(nothing_of_the_request_before_is_left),
		TEST(methods_are_told_apart),
		TEST(an_empty_header_counts_as_absent),
		TEST(browsers_and_bodies_are_known_by_their_headers),
		TEST(a_body_is_read_whole_or_refused),
		TEST(a_chunked_body_is_read_in_cgi_too),
		TEST(a_peer_that_leaves_half_way_is_gone),
		TEST(decoding_alone_keeps_to_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
