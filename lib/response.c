/*
 * response.c - what is sent back
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <stdarg.h>

#include "etag.h"
#include "json.h"
#include "response.h"
#include "utf8.h"

#define HEAD_MAX 4096
#define ERROR_TEXT_MAX 1024
#define RETRY_AFTER_SECONDS "5"

static const char *const header_names[RESPONSE_HEADER_COUNT] = {
	[RESPONSE_ALLOW] = "Allow",
	[RESPONSE_ETAG] = "ETag",
	[RESPONSE_RETRY_AFTER] = "Retry-After",
	[RESPONSE_REVISION] = "X-Revision",
	[RESPONSE_WWW_AUTHENTICATE] = "WWW-Authenticate",
};

static const struct {
	int http;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
};

void
response_init(struct response *response)
{
	*response = (struct response){ .http = 200 };
	buf_init(&response->body, RESPONSE_BODY_MAX);
}

void
response_release(struct response *response)
{
	buf_release(&response->body);
}

void
response_clear(struct response *response)
{
	size_t i;

	response->http = 200;
	for (i = 0; i < RESPONSE_HEADER_COUNT; i++)
		response->headers[i] = NULL;
	response->shared = NULL;
	buf_clear(&response->body);
}

void
response_set_header(struct response *response, enum response_header header,
    const char *value)
{
	if (!utf8_has_control(value))
		response->headers[header] = value;
}

enum status
response_error(struct response *response, enum status status,
    const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	struct json_writer writer;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	response->http = status_http(status);
	response->shared = NULL;
	buf_clear(&response->body);
	json_writer_init(&writer, &response->body);
	json_open_object(&writer, NULL);
	json_put_text(&writer, "error", text);
	json_close_object(&writer);
	response->headers[RESPONSE_ETAG] = NULL;
	response->headers[RESPONSE_REVISION] = NULL;
	if (status == STATUS_BUSY || status == STATUS_UNAVAILABLE)
		response_set_header(response, RESPONSE_RETRY_AFTER,
		    RETRY_AFTER_SECONDS);
	if (status == STATUS_UNAUTHORIZED)
		response_set_header(response, RESPONSE_WWW_AUTHENTICATE,
		    "Bearer realm=\"diundash webhook\"");
	return status;
}

bool
response_tag_fixed(struct response *response, const char *etag,
    const char *if_none_match)
{
	response_set_header(response, RESPONSE_ETAG, etag);
	if (!etag_matches(if_none_match, etag))
		return false;
	response->http = 304;
	buf_clear(&response->body);
	return true;
}

bool
response_tag(struct response *response, struct arena *arena,
    int64_t revision, const char *if_none_match)
{
	char *etag = arena_alloc(arena, ETAG_SIZE);

	etag_make(etag, revision);
	response_set_header(response, RESPONSE_REVISION,
	    arena_printf(arena, "%lld", (long long)revision));
	return response_tag_fixed(response, etag, if_none_match);
}

static const char *
phrase_of(int http)
{
	size_t i;

	for (i = 0; i < COUNT_OF(phrases); i++)
		if (phrases[i].http == http)
			return phrases[i].phrase;
	return "Unknown";
}

/* Neither 204 nor 304 has a body or speaks of its length. */
static bool
has_body(int http)
{
	return http != 204 && http != 304;
}

static const struct buf *
body_of(const struct response *response)
{
	return response->shared != NULL ? response->shared : &response->body;
}

static void
put_header(struct buf *head, const char *name, const char *value)
{
	buf_add_text(head, name);
	buf_add_text(head, ": ");
	buf_add_text(head, value);
	buf_add_text(head, "\r\n");
}

static void
put_head(const struct response *response, struct buf *head)
{
	size_t i;

	buf_printf(head, "Status: %d ", response->http);
	buf_add_text(head, phrase_of(response->http));
	buf_add_text(head, "\r\n");
	if (has_body(response->http))
		buf_printf(head, "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n", body_of(response)->len);
	buf_add_text(head, "Cache-Control: no-cache\r\n"
	    "X-Content-Type-Options: nosniff\r\n");
	for (i = 0; i < RESPONSE_HEADER_COUNT; i++)
		if (response->headers[i] != NULL)
			put_header(head, header_names[i],
			    response->headers[i]);
	buf_add_text(head, "\r\n");
}

enum status
response_send(const struct response *response, struct gateway *gateway,
    bool head)
{
	const struct buf *body = body_of(response);
	bool with_body = !head && has_body(response->http);
	enum status status;
	struct buf text;

	buf_init(&text, HEAD_MAX);
	put_head(response, &text);
	/* A small answer leaves in one write. */
	if (with_body && body->len <= text.max - text.len) {
		buf_add(&text, body->data, body->len);
		with_body = false;
	}
	status = gateway_write(gateway, text.data, text.len);
	if (status == STATUS_OK && with_body)
		status = gateway_write(gateway, body->data, body->len);
	buf_release(&text);
	return status;
}
