/*
 * etag.h - entity tags (RFC 9110, section 8.8.3)
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef ETAG_H
#define ETAG_H

#include "compat.h"

#define ETAG_SIZE 48

/*
 * A strong tag of data[len], quotes included: 64 bits of FNV-1a and the
 * length. It tells versions of one resource apart; it is no signature.
 */
void etag_make(char out[ETAG_SIZE], const void *data, size_t len);

/*
 * Does the If-None-Match value `header` (RFC 9110, section 13.1.2) name
 * `etag`? Weak comparison: "*" matches, W/ is passed over, and so is the
 * suffix (-gzip, -br, -deflate, -zstd) that a web server adds to the tag of
 * an answer it compressed. NULL and malformed values match nothing.
 */
bool etag_matches(const char *header, const char *etag) MUST_USE;

#endif
