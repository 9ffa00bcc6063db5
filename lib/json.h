/*
 * json.h - reading JSON with json-c, writing it without
 *
 * Reading: json_check first, then json-c, then getters that check the type.
 * The tree belongs to an arena. Writing: a stream of calls that put text
 * into a buffer, with a stack that keeps commas and nesting right; a list of
 * any length costs no tree.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef JSON_H
#define JSON_H

#include <limits.h>

#include "arena.h"
#include "buf.h"
#include "json_check.h"
#include "status.h"

struct json_object;	/* json-c's; borrowed from the arena's tree */

/* json-c counts bytes in an int; two are for our own use. */
#define JSON_BYTES_MAX ((size_t)INT_MAX - 2)

/*
 * Parse data[len], which must be one JSON object (RFC 8259), and has not more
 * than JSON_BYTES_MAX, whatever the limit of a body is. STATUS_OK: *out
 * lives until the arena is reset. STATUS_INVALID: *why is one line of text
 * in the arena. UNAVAILABLE: so it is, and logged, when json-c had too little
 * memory: there is never a tree with something missing.
 */
enum status json_parse_object(struct arena *arena, const char *data,
    size_t len, struct json_object **out, const char **why) MUST_USE;

/*
 * Getters for a member of an object. STATUS_OK with *out set; NOT_FOUND when
 * it is absent or null, *out unchanged; INVALID when it has another type.
 *
 * Text is a NUL-terminated copy in the arena in which U+0000 has become
 * U+FFFD; *had_nul, where not NULL, is set when there was one.
 */
enum status json_get_text(struct arena *arena, struct json_object *object,
    const char *name, const char **out, bool *had_nul) MUST_USE;
enum status json_get_object(struct json_object *object, const char *name,
    struct json_object **out) MUST_USE;
enum status json_get_bool(struct json_object *object, const char *name,
    bool *out) MUST_USE;
/* Only a number written as an integer that fits 64 bits. */
enum status json_get_int64(struct json_object *object, const char *name,
    int64_t *out) MUST_USE;

/*
 * A value of any type as JSON text in the arena, without white space; U+0000
 * in its text becomes U+FFFD.
 */
const char *json_text_of(struct arena *arena, struct json_object *value);

/* Called with each member in order. */
typedef void json_visit_member(void *arg, const char *name,
    struct json_object *value);
void json_each_member(struct json_object *object, json_visit_member *visit,
    void *arg);

struct json_writer {
	struct buf *out;	/* borrowed */
	unsigned depth;
	bool filled[JSON_DEPTH_MAX + 1];	/* has a member already */
};

/*
 * Write into `out`, whose status tells at the end whether all fitted; nested
 * no deeper than JSON_DEPTH_MAX.
 */
void json_writer_init(struct json_writer *writer, struct buf *out);

/* Containers. `name` is NULL inside an array and for the outermost value. */
void json_open_object(struct json_writer *writer, const char *name);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer, const char *name);
void json_close_array(struct json_writer *writer);

/*
 * Values. Text must be valid UTF-8; NULL is written as null. Quotes,
 * backslashes, control characters and U+007F are escaped.
 */
void json_put_text(struct json_writer *writer, const char *name,
    const char *text);
void json_put_int64(struct json_writer *writer, const char *name,
    int64_t value);
void json_put_bool(struct json_writer *writer, const char *name, bool value);
void json_put_null(struct json_writer *writer, const char *name);
/* A value that is JSON text already; "" is written as null. */
void json_put_raw(struct json_writer *writer, const char *name,
    const char *json);

#endif
