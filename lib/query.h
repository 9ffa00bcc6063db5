/*
 * query.h - the parameters of a query string
 *
 * name=value pairs between "&", as application/x-www-form-urlencoded (WHATWG
 * URL, section 5): "+" is a space, %XX is decoded once.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef QUERY_H
#define QUERY_H

#include "arena.h"
#include "status.h"

/*
 * The value of the first parameter called `name` in the raw `query`.
 * STATUS_OK with *out in the arena, "" for a name without a value;
 * NOT_FOUND, *out unchanged, when there is none; INVALID when the value has
 * a malformed escape, is not UTF-8, or holds control characters.
 */
enum status query_get(struct arena *arena, const char *query,
    const char *name, const char **out) MUST_USE;

#endif
