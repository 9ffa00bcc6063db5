/*
 * request.c - fuzz target: parameters and path, up to the route and the body
 *
 * With the worker's own table of routes; the handlers are left out here.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "fuzz_gateway.h"
#include "query.h"
#include "request.h"
#include "../../cgi-bin/routes.h"
#include "utf8.h"

#define BODY_LIMIT 1000

/* No segment of it leads upwards, and it is plain text. */
static void
check_path(const char *path)
{
	const char *segment;

	must(path[0] == '/' && strlen(path) <= REQUEST_URI_MAX);
	must(utf8_valid(path, strlen(path)) && !utf8_has_control(path));
	for (segment = path; segment != NULL; segment = strchr(segment, '/')) {
		segment++;
		must(strcspn(segment, "/") != 2 ||
		    strncmp(segment, "..", 2) != 0);
	}
}

static void
check_match(const char *method, const char *path)
{
	struct route_match match;
	enum status status;

	status = router_match(routes, routes_count, method, path, &match);
	if (status == STATUS_OK) {
		must(match.route >= routes &&
		    match.route < routes + routes_count);
		must(strcmp(match.route->method, method) == 0 ||
		    (strcmp(method, "HEAD") == 0 &&
		    strcmp(match.route->method, "GET") == 0));
		must(match.argument_len <= strlen(path));
		must(match.argument_len == 0 || (match.argument > path &&
		    match.argument + match.argument_len <=
		    path + strlen(path)));
	} else if (status == STATUS_BAD_METHOD) {
		must(strlen(match.allow) > 0);
		must(strlen(match.allow) < ROUTER_ALLOW_SIZE - 1);
		must(strspn(match.allow, "ABCDEFGHIJKLMNOPQRSTUVWXYZ, ") ==
		    strlen(match.allow));
	} else {
		must(status == STATUS_NOT_FOUND);
	}
}

static void
check_route(const struct request *request)
{
	static const char *const bases[] = { NULL, "", "/sub" };
	const char *path;
	size_t i;

	for (i = 0; i < COUNT_OF(bases); i++) {
		path = router_strip_base(routes, routes_count, request->path,
		    bases[i]);
		if (path == NULL)
			continue;
		must(path[0] == '/' && path >= request->path &&
		    path < request->path + strlen(request->path));
		check_match(request->method, path);
	}
}

static void
check_body(struct request *request)
{
	struct fuzz_gateway *fuzz = (struct fuzz_gateway *)request->gateway;
	const char *length = request_header(request, "CONTENT_LENGTH");
	const char *why = NULL;
	enum status status = request_read_body(request, &why);

	must(request->body.len <= BODY_LIMIT);
	must(request->body.len <= fuzz->body_len);
	if (request->body.len > 0)
		must(memcmp(request->body.data, fuzz->body,
		    request->body.len) == 0);
	if (status == STATUS_OK) {
		must(!fuzz->base.ops->marks_end ||
		    request->body.len == fuzz->body_len);
		must(length == NULL ||
		    strtoull(length, NULL, 10) == request->body.len);
	} else if (status == STATUS_GONE) {
		must(fuzz->leaves);
	} else {
		must(status == STATUS_INVALID || status == STATUS_TOO_LARGE);
		fuzz_must_be_line(why);
	}
}

static void
check_request(struct request *request)
{
	const char *why = NULL, *value;

	if (request_begin(request, &why) != STATUS_OK) {
		fuzz_must_be_line(why);
		return;
	}
	must(request->method[0] != '\0');
	check_path(request->path);
	check_route(request);
	if (query_get(request->arena, request->query, "host", &value) ==
	    STATUS_OK)
		must(utf8_valid(value, strlen(value)));
	must(!request_is_cross_site(request) ||
	    request_is_from_browser(request));
	check_body(request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct gateway_ops marked = {
		.name = "fuzz", .param = fuzz_param, .read = fuzz_read,
		.write = fuzz_write, .marks_end = true,
	}, unmarked = {
		.name = "fuzz", .param = fuzz_param, .read = fuzz_read,
		.write = fuzz_write, .marks_end = false,
	};
	struct fuzz_gateway fuzz = { 0 };
	struct request request;
	struct arena arena;

	buf_init(&fuzz.out, 0);
	fuzz_gateway_begin(&fuzz, data, size);
	fuzz.base.ops = size > 0 && (data[0] & 1) ? &marked : &unmarked;
	arena_init(&arena);
	request_init(&request, &fuzz.base, &arena, BODY_LIMIT);
	check_request(&request);
	request_release(&request);
	arena_release(&arena);
	fuzz_gateway_end(&fuzz);
	return 0;
}
