/*
 * request.c - one HTTP request, as the gateway delivered it
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "auth.h"
#include "clock.h"
#include "number.h"
#include "request.h"
#include "utf8.h"

/* Nothing waits longer: another machine's clock, or one that was set. */
#define WAITED_MAX_MS 60000

void
request_init(struct request *request, struct gateway *gateway,
    struct arena *arena, size_t body_limit)
{
	*request = (struct request){
		.gateway = gateway, .arena = arena,
		.method = "", .path = "/", .query = "",
	};
	buf_init(&request->body, body_limit);
}

void
request_release(struct request *request)
{
	buf_release(&request->body);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *
request_decode(struct arena *arena, const char *text, size_t len)
{
	char *out = arena_alloc(arena, len + 1), *to = out;
	size_t i;

	for (i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			*to++ = text[i];
			continue;
		}
		high = i + 2 < len ? hex_value(text[i + 1]) : -1;
		low = high >= 0 ? hex_value(text[i + 2]) : -1;
		if (low < 0 || (high | low) == 0)
			return NULL;
		*to++ = (char)(high << 4 | low);
		i += 2;
	}
	*to = '\0';
	return out;
}

static bool
has_parent_segment(const char *path)
{
	for (; path != NULL; path = strchr(path + 1, '/'))
		if (strncmp(path, "/..", 3) == 0 &&
		    (path[3] == '/' || path[3] == '\0'))
			return true;
	return false;
}

static enum status
check_path(const char *path, const char **why)
{
	if (path == NULL)
		*why = "the path holds a malformed % escape";
	else if (path[0] != '/')
		*why = "the path does not begin with a slash";
	else if (!utf8_valid(path, strlen(path)))
		*why = "the path is not UTF-8";
	else if (utf8_has_control(path))
		*why = "the path holds control characters";
	else if (has_parent_segment(path))
		*why = "the path holds a '..' segment";
	else
		return STATUS_OK;
	return STATUS_INVALID;
}

/* The path and query of an absolute URI (RFC 9112, section 3.2.2). */
static const char *
skip_authority(const char *uri)
{
	const char *rest;

	if (uri[0] == '/' || (rest = strstr(uri, "://")) == NULL)
		return uri;
	rest = strchr(rest + 3, '/');
	return rest == NULL ? "/" : rest;
}

/* From REQUEST_URI: raw, to be decoded here. */
static enum status
take_uri(struct request *request, const char *uri, const char **why)
{
	size_t len;

	if (strlen(uri) > REQUEST_URI_MAX) {
		*why = "the path is longer than 8192 bytes";
		return STATUS_INVALID;
	}
	uri = skip_authority(uri);
	len = strcspn(uri, "?#");
	if (uri[len] == '?')
		request->query = arena_strndup(request->arena, uri + len + 1,
		    strlen(uri + len + 1));
	request->path = request_decode(request->arena, uri, len);
	return check_path(request->path, why);
}

/* From SCRIPT_NAME and PATH_INFO: decoded by the server. */
static enum status
take_path_info(struct request *request, const char **why)
{
	const char *info = gateway_param(request->gateway, "PATH_INFO");
	const char *query = gateway_param(request->gateway, "QUERY_STRING");

	if (info == NULL || info[0] == '\0')
		info = "/";
	if (strlen(info) > REQUEST_URI_MAX) {
		*why = "the path is longer than 8192 bytes";
		return STATUS_INVALID;
	}
	request->path = arena_strndup(request->arena, info, strlen(info));
	if (query != NULL)
		request->query = arena_strndup(request->arena, query,
		    strlen(query));
	return check_path(request->path, why);
}

enum status
request_begin(struct request *request, const char **why)
{
	const char *method = gateway_param(request->gateway,
	    "REQUEST_METHOD");
	const char *uri = gateway_param(request->gateway, "REQUEST_URI");

	buf_clear(&request->body);
	request->method = "";
	request->path = "/";
	request->query = "";
	if (method == NULL || method[0] == '\0') {
		*why = "REQUEST_METHOD is not set by the web server";
		return STATUS_INVALID;
	}
	request->method = arena_strndup(request->arena, method,
	    strlen(method));
	if (uri != NULL && uri[0] != '\0')
		return take_uri(request, uri, why);
	return take_path_info(request, why);
}

const char *
request_header(const struct request *request, const char *name)
{
	const char *value = gateway_param(request->gateway, name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

int64_t
request_waited_ms(const struct request *request)
{
	const char *text = gateway_param(request->gateway,
	    "DIUNDASH_REQUEST_START");
	const char *point = text == NULL ? NULL : strchr(text, '.');
	char digits[24];
	int64_t began, waited;

	if (point == NULL || strlen(point) != 4 ||
	    strlen(text) >= sizeof(digits))
		return 0;
	(void)snprintf(digits, sizeof(digits), "%.*s%s", (int)(point - text),
	    text, point + 1);
	if (!number_parse(digits, INT64_MAX, &began))
		return 0;
	waited = clock_unix_ms() - began;
	return waited > 0 && waited <= WAITED_MAX_MS ? waited : 0;
}

bool
request_is_head(const struct request *request)
{
	return strcmp(request->method, "HEAD") == 0;
}

bool
request_is_safe(const struct request *request)
{
	return strcmp(request->method, "GET") == 0 ||
	    strcmp(request->method, "OPTIONS") == 0 ||
	    request_is_head(request);
}

bool
request_is_from_browser(const struct request *request)
{
	return request_header(request, "HTTP_ORIGIN") != NULL ||
	    request_header(request, "HTTP_SEC_FETCH_SITE") != NULL;
}

bool
request_is_cross_site(const struct request *request)
{
	const struct auth_origin from = {
		.fetch_site = request_header(request, "HTTP_SEC_FETCH_SITE"),
		.origin = request_header(request, "HTTP_ORIGIN"),
		.host = request_header(request, "HTTP_HOST"),
		.forwarded_host = request_header(request,
		    "HTTP_X_FORWARDED_HOST"),
	};

	return auth_is_cross_site(&from);
}

bool
request_has_body(const struct request *request)
{
	const char *length = request_header(request, "CONTENT_LENGTH");

	if (length != NULL)
		return length[strspn(length, "0")] != '\0';
	return request_header(request, "HTTP_TRANSFER_ENCODING") != NULL;
}

/*
 * Read on until `wanted` bytes have come, the body ends, or it passes the
 * limit.
 */
static enum status
read_up_to(struct request *request, size_t wanted)
{
	struct buf *body = &request->body;
	enum status status;
	size_t got;

	while (body->len < wanted) {
		size_t step = wanted - body->len;
		size_t room = body->max - body->len;
		char probe, *to = &probe;

		if (step > 16384)
			step = 16384;
		if (step > room)
			step = room;
		/* At the limit, one more byte tells whether it is passed. */
		if (step == 0)
			step = 1;
		else
			to = buf_reserve(body, step);
		status = gateway_read(request->gateway, to, step, &got);
		if (status != STATUS_OK || got == 0)
			return status;
		if (to == &probe)
			return STATUS_TOO_LARGE;
		body->len += got;
		body->data[body->len] = '\0';
	}
	return STATUS_OK;
}

enum status
request_read_body(struct request *request, const char **why)
{
	const char *text = request_header(request, "CONTENT_LENGTH");
	bool marked = gateway_marks_end(request->gateway);
	enum status status;
	int64_t length = 0;

	if (text != NULL && !number_parse(text, INT64_MAX, &length)) {
		*why = "CONTENT_LENGTH is not a number";
		return STATUS_INVALID;
	}
	if (text != NULL && (uint64_t)length > request->body.max)
		status = STATUS_TOO_LARGE;
	else if (marked || (text == NULL && request_has_body(request)))
		status = read_up_to(request, SIZE_MAX);
	else
		status = read_up_to(request, (size_t)length);
	if (status == STATUS_TOO_LARGE) {
		*why = arena_printf(request->arena, "the body is larger than "
		    "%zu bytes", request->body.max);
		return status;
	}
	if (status != STATUS_OK)
		return status;
	if (text != NULL && request->body.len != (uint64_t)length) {
		*why = arena_printf(request->arena, "the body has %zu bytes "
		    "where CONTENT_LENGTH says %lld: the sender stopped "
		    "half-way", request->body.len, (long long)length);
		return STATUS_INVALID;
	}
	return STATUS_OK;
}
