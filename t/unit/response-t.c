/*
 * response-t.c - tests of response.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "etag.h"
#include "fake_gateway.h"
#include "response.h"

#define ALWAYS "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n"

struct fixture {
	struct response response;
	struct fake_gateway fake;
	struct arena arena;
};

static int
setup(void **state)
{
	static struct fixture f;

	response_init(&f.response);
	fake_init(&f.fake, NULL, "", 0, true);
	arena_init(&f.arena);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	response_release(&f->response);
	buf_release(&f->fake.out);
	arena_release(&f->arena);
	return 0;
}

/* Send it; returns the bytes. */
static const char *
sent(struct fixture *f, bool head)
{
	buf_clear(&f->fake.out);
	f->fake.writes = 0;
	assert_int_equal(response_send(&f->response, &f->fake.base, head),
	    STATUS_OK);
	return buf_text(&f->fake.out);
}

static void
a_new_response_is_an_empty_200(void **state)
{
	assert_string_equal(sent(*state, false), "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: 0\r\n"
	    ALWAYS "\r\n");
}

static void
a_body_follows_the_head_with_its_length(void **state)
{
	struct fixture *f = *state;

	buf_add_text(&f->response.body, "[1,2]");
	f->response.http = 201;
	assert_string_equal(sent(f, false), "Status: 201 Created\r\n"
	    "Content-Type: application/json\r\nContent-Length: 5\r\n"
	    ALWAYS "\r\n[1,2]");
	assert_int_equal(f->fake.writes, 1);
}

static void
head_has_the_length_but_not_the_body(void **state)
{
	struct fixture *f = *state;

	buf_add_text(&f->response.body, "[1,2]");
	assert_string_equal(sent(f, true), "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: 5\r\n"
	    ALWAYS "\r\n");
}

static void
answers_without_body_say_nothing_of_its_length(void **state)
{
	struct fixture *f = *state;

	buf_add_text(&f->response.body, "never sent");
	f->response.http = 204;
	assert_string_equal(sent(f, false), "Status: 204 No Content\r\n"
	    ALWAYS "\r\n");
	f->response.http = 304;
	assert_string_equal(sent(f, false), "Status: 304 Not Modified\r\n"
	    ALWAYS "\r\n");
}

static void
each_code_in_use_has_its_phrase(void **state)
{
	struct fixture *f = *state;
	const char *text;
	int i;

	for (i = STATUS_OK; i <= STATUS_INTERNAL; i++) {
		if (i == STATUS_GONE)
			continue;
		f->response.http = status_http((enum status)i);
		text = sent(f, false);
		check_row(status_text((enum status)i),
		    strstr(text, "Unknown") == NULL);
	}
	f->response.http = 299;
	assert_non_null(strstr(sent(f, false), "Status: 299 Unknown\r\n"));
}

static void
bodies_of_all_sizes_arrive_whole(void **state)
{
	static const size_t sizes[] = {
		1, 3000, 3900, 3950, 3970, 3980, 3990, 4000, 4050, 4095,
		4096, 4097, 5000, 100000, 3000000
	};
	struct fixture *f = *state;
	const char *text, *body;
	char length[64];
	size_t i, k;

	for (i = 0; i < COUNT_OF(sizes); i++) {
		response_clear(&f->response);
		for (k = 0; k < sizes[i]; k++)
			buf_add_byte(&f->response.body, (char)('a' + k % 26));
		text = sent(f, false);
		(void)snprintf(length, sizeof(length),
		    "Content-Length: %zu\r\n", sizes[i]);
		check_row(length, strstr(text, length) != NULL);
		body = strstr(text, "\r\n\r\n");
		assert_non_null(body);
		check_row(length, f->fake.out.len -
		    (size_t)(body + 4 - text) == sizes[i]);
		assert_memory_equal(body + 4, f->response.body.data,
		    sizes[i]);
		check_row(length, f->fake.writes <= 2);
	}
}

static void
headers_with_control_characters_are_dropped(void **state)
{
	static const char *const values[] = {
		"GET\r\nSet-Cookie: x=1", "a\nb", "a\rb", "\t", "a\x7f",
		"a\x01", "\xc2\x85",
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < COUNT_OF(values); i++) {
		response_clear(&f->response);
		response_set_header(&f->response, RESPONSE_ALLOW, values[i]);
		assert_null(f->response.headers[RESPONSE_ALLOW]);
		assert_null(strstr(sent(f, false), "Allow"));
	}
	response_set_header(&f->response, RESPONSE_ALLOW, "GET, HEAD");
	assert_non_null(strstr(sent(f, false), "\r\nAllow: GET, HEAD\r\n"));
}

static void
an_error_has_its_code_and_one_member(void **state)
{
	struct fixture *f = *state;

	buf_add_text(&f->response.body, "half of a list [");
	assert_int_equal(response_error(&f->response, STATUS_INVALID,
	    "image '%s' is \"odd\"", "a\\b"), STATUS_INVALID);
	assert_int_equal(f->response.http, 400);
	assert_string_equal(buf_text(&f->response.body),
	    "{\"error\":\"image 'a\\\\b' is \\\"odd\\\"\"}");
	assert_null(strstr(sent(f, false), "Retry-After"));
	assert_null(strstr(sent(f, false), "WWW-Authenticate"));
}

static void
errors_carry_the_headers_that_go_with_them(void **state)
{
	static const struct {
		enum status status;
		bool retry, authenticate;
	} rows[] = {
		{ STATUS_NOT_FOUND, false, false },
		{ STATUS_CONFLICT, false, false },
		{ STATUS_TOO_LARGE, false, false },
		{ STATUS_UNAUTHORIZED, false, true },
		{ STATUS_DENIED, false, false },
		{ STATUS_BUSY, true, false },
		{ STATUS_UNAVAILABLE, true, false },
		{ STATUS_INTERNAL, false, false },
	};
	struct fixture *f = *state;
	const char *name, *text;
	char line[64];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		name = status_text(rows[i].status);
		response_clear(&f->response);
		check_row(name, response_error(&f->response, rows[i].status,
		    "text") == rows[i].status);
		text = sent(f, false);
		(void)snprintf(line, sizeof(line), "Status: %d ",
		    status_http(rows[i].status));
		check_row(name, strncmp(text, line, strlen(line)) == 0);
		check_row(name, rows[i].retry ==
		    (strstr(text, "\r\nRetry-After: 5\r\n") != NULL));
		check_row(name, rows[i].authenticate == (strstr(text,
		    "\r\nWWW-Authenticate: Bearer realm=\"") != NULL));
	}
}

static void
a_long_error_is_cut_and_stays_json(void **state)
{
	struct fixture *f = *state;
	char text[5000];

	memset(text, 'e', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)response_error(&f->response, STATUS_INVALID, "%s", text);
	assert_true(f->response.body.len < 2000);
	assert_string_equal(f->response.body.data +
	    f->response.body.len - 3, "e\"}");
}

static void
an_error_forgets_the_tag_of_the_body_before(void **state)
{
	struct fixture *f = *state;

	buf_add_text(&f->response.body, "[]");
	assert_false(response_tag(&f->response, &f->arena, 5, NULL));
	assert_non_null(strstr(sent(f, false), "\r\nETag: \""));
	assert_non_null(strstr(sent(f, false), "\r\nX-Revision: 5\r\n"));
	(void)response_error(&f->response, STATUS_INTERNAL, "x");
	assert_null(strstr(sent(f, false), "ETag"));
	assert_null(strstr(sent(f, false), "X-Revision"));
}

static void
a_known_tag_makes_it_304_without_body(void **state)
{
	struct fixture *f = *state;
	char etag[ETAG_SIZE], line[ETAG_SIZE + 16];

	etag_make(etag, 5);
	(void)snprintf(line, sizeof(line), "\r\nETag: %s\r\n", etag);

	buf_add_text(&f->response.body, "[]");
	assert_false(response_tag(&f->response, &f->arena, 5,
	    "\"other\""));
	assert_int_equal(f->response.http, 200);
	assert_non_null(strstr(sent(f, false), line));
	assert_non_null(strstr(sent(f, false), "\r\n\r\n[]"));

	response_clear(&f->response);
	buf_add_text(&f->response.body, "[]");
	assert_true(response_tag(&f->response, &f->arena, 5, etag));
	assert_int_equal(f->response.http, 304);
	assert_int_equal(f->response.body.len, 0);
	assert_non_null(strstr(sent(f, false), "Status: 304 "));
	assert_non_null(strstr(sent(f, false), line));
	assert_null(strstr(sent(f, false), "[]"));
}

static void
a_shared_body_is_sent_in_place_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct buf kept;

	buf_init(&kept, 100);
	buf_add_text(&kept, "{\"kept\":1}");
	buf_add_text(&f->response.body, "[]");
	f->response.shared = &kept;
	assert_non_null(strstr(sent(f, false),
	    "Content-Length: 10\r\n"));
	assert_non_null(strstr(sent(f, false), "\r\n\r\n{\"kept\":1}"));
	assert_null(strstr(sent(f, true), "kept"));
	(void)response_error(&f->response, STATUS_BUSY, "x");
	assert_null(strstr(sent(f, false), "kept"));
	buf_release(&kept);
}

static void
clear_goes_back_to_an_empty_200(void **state)
{
	struct fixture *f = *state;

	(void)response_error(&f->response, STATUS_BUSY, "x");
	response_set_header(&f->response, RESPONSE_ALLOW, "GET");
	response_clear(&f->response);
	a_new_response_is_an_empty_200(state);
}

static void
a_peer_that_left_is_reported(void **state)
{
	struct fixture *f = *state;
	size_t i;

	f->fake.fails_at = 0;
	assert_int_equal(response_send(&f->response, &f->fake.base, false),
	    STATUS_GONE);
	assert_int_equal(response_send(&f->response, &f->fake.base, true),
	    STATUS_GONE);
	for (i = 0; i < 10000; i++)
		buf_add_byte(&f->response.body, 'x');
	assert_int_equal(response_send(&f->response, &f->fake.base, false),
	    STATUS_GONE);
	/* The head goes out, the body does not. */
	f->fake.fails_at = 5000;
	assert_int_equal(response_send(&f->response, &f->fake.base, false),
	    STATUS_GONE);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_response_is_an_empty_200),
		TEST(a_body_follows_the_head_with_its_length),
		TEST(head_has_the_length_but_not_the_body),
		TEST(answers_without_body_say_nothing_of_its_length),
		TEST(each_code_in_use_has_its_phrase),
		TEST(bodies_of_all_sizes_arrive_whole),
		TEST(headers_with_control_characters_are_dropped),
		TEST(an_error_has_its_code_and_one_member),
		TEST(errors_carry_the_headers_that_go_with_them),
		TEST(a_long_error_is_cut_and_stays_json),
		TEST(an_error_forgets_the_tag_of_the_body_before),
		TEST(a_known_tag_makes_it_304_without_body),
		TEST(a_shared_body_is_sent_in_place_of_its_own),
		TEST(clear_goes_back_to_an_empty_200),
		TEST(a_peer_that_left_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
