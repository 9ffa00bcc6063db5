/*
 * request.h - one HTTP request, as the gateway delivered it
 *
 * The path is taken from the raw REQUEST_URI and percent-decoded exactly
 * once: web servers differ in what they do to SCRIPT_NAME and PATH_INFO, and
 * an image reference may hold an encoded slash. A server that passes no
 * REQUEST_URI (it is not in RFC 3875) has decoded PATH_INFO itself.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "arena.h"
#include "buf.h"
#include "gateway.h"
#include "status.h"

/* The longest path and query together, in bytes as sent. */
#define REQUEST_URI_MAX 8192

struct request {
	struct gateway *gateway;	/* borrowed */
	struct arena *arena;		/* borrowed; owns the strings */
	const char *method;		/* "GET"; never NULL */
	const char *path;		/* decoded; begins with "/" */
	const char *query;		/* raw, without "?"; "" if none */
	struct buf body;
};

/* A request object, used again for each request; bodies up to body_limit. */
void request_init(struct request *request, struct gateway *gateway,
    struct arena *arena, size_t body_limit);
void request_release(struct request *request);

/*
 * Take in the request that gateway_next announced. STATUS_OK, or
 * STATUS_INVALID with one line in *why: no method, a path that is too long,
 * has a malformed escape, is not UTF-8, or holds NUL, control characters or
 * a ".." segment.
 */
enum status request_begin(struct request *request, const char **why)
    MUST_USE;

/*
 * A header's value, by its CGI name ("HTTP_IF_NONE_MATCH"), or NULL when it
 * is absent or empty.
 */
const char *request_header(const struct request *request, const char *name);

/*
 * How many milliseconds it waited for a worker, where the web server says in
 * DIUNDASH_REQUEST_START when it began: seconds since 1970 and, after a
 * point, three digits, as nginx has them in $msec. 0: it does not say so, or
 * names a time that cannot be.
 */
int64_t request_waited_ms(const struct request *request);

bool request_is_head(const struct request *request);

/* GET, HEAD and OPTIONS change nothing (RFC 9110, section 9.2.1). */
bool request_is_safe(const struct request *request);

/* Did a browser send it? They alone send Origin or Sec-Fetch-Site. */
bool request_is_from_browser(const struct request *request);

/* Did a browser mark it as coming from another site? See auth_is_cross_site. */
bool request_is_cross_site(const struct request *request);

/* Does the request say that it carries a body? */
bool request_has_body(const struct request *request);

/*
 * Read the whole body into request->body, whatever CONTENT_LENGTH claims.
 * STATUS_OK; TOO_LARGE over the limit; INVALID when CONTENT_LENGTH is no
 * number or not the number of bytes that came; GONE when the peer left. But
 * for OK and GONE, *why is one line.
 */
enum status request_read_body(struct request *request, const char **why)
    MUST_USE;

/*
 * Decode text[len] with %XX once, in the arena. NULL when an escape is
 * malformed or the result holds NUL.
 */
char *request_decode(struct arena *arena, const char *text, size_t len);

#endif
