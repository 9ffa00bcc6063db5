/*
 * response.h - what is sent back
 *
 * Built completely in memory and then sent in one piece, so that an error
 * found half-way still becomes a proper answer. Headers come from a closed
 * set; one function writes them and refuses what could end a line.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include "arena.h"
#include "buf.h"
#include "gateway.h"
#include "status.h"

/* The greatest answer: some 100,000 images. */
#define RESPONSE_BODY_MAX ((size_t)256 * 1024 * 1024)

/* The headers that an answer may carry besides those every answer has. */
enum response_header {
	RESPONSE_ALLOW,
	RESPONSE_ETAG,
	RESPONSE_RETRY_AFTER,
	RESPONSE_REVISION,
	RESPONSE_WWW_AUTHENTICATE,
	RESPONSE_HEADER_COUNT
};

struct response {
	int http;			/* HTTP status code */
	const char *headers[RESPONSE_HEADER_COUNT];	/* NULL: not sent */
	struct buf body;		/* JSON, or empty */
	const struct buf *shared;	/* sent in its place unless NULL */
};

void response_init(struct response *response);
void response_release(struct response *response);

/* Back to an empty 200. */
void response_clear(struct response *response);

/*
 * Set a header. `value` is borrowed until the answer is sent (a literal, or
 * text in the request's arena). A value with control characters is dropped.
 */
void response_set_header(struct response *response,
    enum response_header header, const char *value);

/*
 * Make it an error: the HTTP code of `status` and the body {"error":text}.
 * BUSY and UNAVAILABLE get Retry-After, UNAUTHORIZED WWW-Authenticate.
 * Returns `status`, so that a handler can end with it.
 */
enum status response_error(struct response *response, enum status status,
    const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Say which revision the answer is of: ETag and X-Revision, their text in
 * the arena. When if_none_match (or NULL) names that tag, the answer becomes
 * 304 without a body, and true is returned.
 */
bool response_tag(struct response *response, struct arena *arena,
    int64_t revision, const char *if_none_match);

/*
 * The same with an entity tag that no revision has a part in: the text is
 * borrowed as by response_set_header.
 */
bool response_tag_fixed(struct response *response, const char *etag,
    const char *if_none_match);

/*
 * Send it through the gateway; with `head` without the body but with its
 * length. STATUS_OK or STATUS_GONE.
 */
enum status response_send(const struct response *response,
    struct gateway *gateway, bool head) MUST_USE;

#endif
