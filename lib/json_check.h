/*
 * json_check.h - is this exactly one JSON text that we can trust
 *
 * json-c takes much that RFC 8259 forbids and loses some of what it allows,
 * so each body passes here first. What passes is UTF-8 (RFC 3629), one value
 * of RFC 8259 with nothing but white space around it, nested no deeper than
 * asked, without two equal names in one object (compared after unescaping),
 * without U+0000 in a name, and without a number that a double cannot hold.
 * A lone surrogate escape in a string is legal and passes. A name may not
 * have U+1D800 to U+1DFFF, or the same of a higher plane, as an escape:
 * json-c makes other characters of those, in values too, where it does no
 * harm.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef JSON_CHECK_H
#define JSON_CHECK_H

#include "compat.h"
#include "status.h"

/* The greatest `depth` that json_check takes. */
#define JSON_DEPTH_MAX 64

/* Where and why a text was refused. */
struct json_fault {
	const char *reason;	/* static text: "a number is out of range" */
	size_t offset;		/* the byte at which it was noticed, from 0 */
};

/*
 * Check data[len]; `depth` counts open objects and arrays, so 1 allows
 * {"a":1}. Returns STATUS_OK, or STATUS_INVALID with *fault set.
 */
enum status json_check(const char *data, size_t len, unsigned depth,
    struct json_fault *fault) MUST_USE;

#endif
