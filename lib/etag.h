/*
 * etag.h - entity tags (RFC 9110, section 8.8.3)
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef ETAG_H
#define ETAG_H

#include "compat.h"

#define ETAG_SIZE 64

/*
 * The strong tag of everything at a revision (see store.h), quotes included:
 * "0.1.0-42". The program's version is part of it, since another version may
 * answer the same content in another form.
 */
void etag_make(char out[ETAG_SIZE], int64_t revision);

/*
 * Does the If-None-Match value `header` (RFC 9110, section 13.1.2) name
 * `etag`? Weak comparison: "*" matches, W/ is passed over, and so is the
 * suffix (-gzip, -br, -deflate, -zstd) that a web server adds to the tag of
 * an answer it compressed. NULL and malformed values match nothing.
 */
bool etag_matches(const char *header, const char *etag) MUST_USE;

#endif
