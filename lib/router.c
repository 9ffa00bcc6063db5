/*
 * router.c - from method and path to a handler
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>

#include "router.h"

/* A path's parameter, where the pattern fits: len bytes at text. */
struct argument {
	const char *text;
	size_t len;
};

static bool
pattern_fits(const char *pattern, const char *path, struct argument *argument)
{
	const char *brace = strchr(pattern, '{'), *tail;
	size_t fixed, len, tail_len;

	*argument = (struct argument){ .text = "" };
	if (brace == NULL)
		return strcmp(pattern, path) == 0;
	fixed = (size_t)(brace - pattern);
	tail = brace + strcspn(brace, "}");
	assert(*tail == '}');
	tail++;
	len = strlen(path);
	tail_len = strlen(tail);
	if (len < fixed + tail_len || strncmp(pattern, path, fixed) != 0 ||
	    strcmp(path + len - tail_len, tail) != 0)
		return false;
	argument->text = path + fixed;
	argument->len = len - fixed - tail_len;
	return tail[-2] == '*' || (argument->len > 0 &&
	    memchr(argument->text, '/', argument->len) == NULL);
}

static bool
method_fits(const struct route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	    (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

static void
add_allow(struct route_match *match, const char *method)
{
	size_t len = strlen(match->allow);

	(void)snprintf(match->allow + len, sizeof(match->allow) - len,
	    "%s%s", len > 0 ? ", " : "", method);
}

enum status
router_match(const struct route *routes, size_t count, const char *method,
    const char *path, struct route_match *match)
{
	struct argument argument;
	size_t i;

	*match = (struct route_match){ .argument = "" };
	for (i = 0; i < count; i++) {
		if (!pattern_fits(routes[i].pattern, path, &argument))
			continue;
		if (method_fits(&routes[i], method)) {
			match->route = &routes[i];
			match->argument = argument.text;
			match->argument_len = argument.len;
			return STATUS_OK;
		}
		add_allow(match, routes[i].method);
		if (strcmp(routes[i].method, "GET") == 0)
			add_allow(match, "HEAD");
	}
	if (match->allow[0] == '\0')
		return STATUS_NOT_FOUND;
	add_allow(match, "OPTIONS");
	return STATUS_BAD_METHOD;
}

/* Is segment[len] the first segment of some route? */
static bool
begins_route(const struct route *routes, size_t count, const char *segment,
    size_t len)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const char *first = routes[i].pattern + 1;

		if (strcspn(first, "/") == len &&
		    memcmp(first, segment, len) == 0)
			return true;
	}
	return false;
}

const char *
router_strip_base(const struct route *routes, size_t count, const char *path,
    const char *base)
{
	size_t len;

	if (base != NULL) {
		len = strlen(base);
		if (strncmp(path, base, len) != 0 || path[len] != '/')
			return NULL;
		return path + len;
	}
	while (*path == '/') {
		len = strcspn(path + 1, "/");
		if (len == 0)
			return NULL;
		if (begins_route(routes, count, path + 1, len))
			return path;
		path += 1 + len;
	}
	return NULL;
}
