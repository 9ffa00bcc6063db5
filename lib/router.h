/*
 * router.h - from method and path to a handler
 *
 * A program has one constant table of routes. A pattern is a path that may
 * hold one parameter:
 *
 *	/api/tags		exactly this
 *	/api/tags/{id}		one segment, not empty
 *	/api/updates/{image*}	the rest of the path, slashes and all; may
 *				be empty
 *	/api/hosts/{name*}/rename  what is between, slashes and all; may be
 *				empty
 *
 * The first route whose pattern and method fit is taken, so literal
 * patterns stand before those with parameters. HEAD is served by GET.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef ROUTER_H
#define ROUTER_H

#include "compat.h"
#include "status.h"

struct exchange;	/* the program's own: what a handler works on */

struct route {
	const char *method;
	const char *pattern;
	enum status (*handler)(struct exchange *exchange);
	bool own_guard;		/* has its own protection, see worker.c */
};

#define ROUTER_ALLOW_SIZE 64

struct route_match {
	const struct route *route;
	const char *argument;		/* the parameter, borrowed: */
	size_t argument_len;		/* so many bytes */
	char allow[ROUTER_ALLOW_SIZE];	/* "GET, HEAD, OPTIONS" */
};

/*
 * Find the route. STATUS_OK with *match filled; STATUS_NOT_FOUND when no
 * pattern fits; STATUS_BAD_METHOD when one does but not the method, with
 * match->allow set for the Allow header (RFC 9110, section 10.2.1). OPTIONS
 * always gives STATUS_BAD_METHOD: the caller answers it from `allow`.
 */
enum status router_match(const struct route *routes, size_t count,
    const char *method, const char *path, struct route_match *match) MUST_USE;

/*
 * Where the routes' part of `path` begins, or NULL when no part of it is
 * ours. With `base` ("" or "/sub") the path must begin with it. With base
 * NULL, all segments before the first one that begins a route are passed
 * over, so that /sub/api/tags and /cgi-bin/diundash.fcgi/api/tags work
 * without configuration.
 */
const char *router_strip_base(const struct route *routes, size_t count,
    const char *path, const char *base);

#endif
