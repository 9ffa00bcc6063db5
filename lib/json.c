/*
 * json.c - reading JSON with json-c, writing it without
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>

#include "json.h"
#include "log.h"
#include "mem.h"

static void
free_object(void *object)
{
	(void)json_object_put(object);
}

static void
free_tokener(void *tokener)
{
	json_tokener_free(tokener);
}

/* What json-c must make of a text. */
struct extent {
	size_t members;		/* of all objects in it */
	size_t longest;		/* string or number, in bytes of the text */
};

/* The length of the string, without its quotes, or of what else is there. */
static size_t
token_length(const char *text, const char *end)
{
	const char *p = text;

	if (*p != '"') {
		while (p < end && strchr(" \t\r\n,:[]{}\"", *p) == NULL)
			p++;
		return (size_t)(p - text);
	}
	for (p++; *p != '"'; p++)
		p += *p == '\\';
	return (size_t)(p - text) - 1;
}

/* Of a text that has passed the check. */
static struct extent
measure(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct extent extent = { 0 };
	size_t step;

	for (; p < end; p += step) {
		step = token_length(p, end);
		if (step > extent.longest)
			extent.longest = step;
		if (*p == '"')
			step += 2;
		extent.members += *p == ':';
		step += step == 0;
	}
	return extent;
}

/* As deep as the check allowed, so recursion is safe. */
static size_t
count_members(struct json_object *value)
{
	struct json_object_iter member;
	size_t count = 0, i;

	if (json_object_is_type(value, json_type_array))
		for (i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(
			    value, i));
	if (json_object_is_type(value, json_type_object))
		json_object_object_foreachC(value, member) {
			count += 1 + count_members(member.val);
		}
	return count;
}

/*
 * Without memory json-c before 0.17 loses those pieces of strings for which
 * its buffer cannot grow, and says nothing. The buffer never gets smaller, so
 * it is made to grow before, by a string that shows whether it did.
 */
static bool
make_room(struct json_tokener *tokener, size_t len)
{
	char *text = mem_alloc(len + 2);
	struct json_object *string;
	bool done;

	(void)memset(text, 'x', len + 2);
	text[0] = text[len + 1] = '"';
	string = json_tokener_parse_ex(tokener, text, (int)len + 2);
	done = string != NULL &&
	    (size_t)json_object_get_string_len(string) == len;
	(void)json_object_put(string);
	free(text);
	return done;
}

/*
 * The tree of an object that has passed the check. json-c takes all of those:
 * where there is no tree, or one that lacks members, memory was lacking.
 */
static enum status
parse(struct arena *arena, const char *data, size_t len,
    struct json_object **out, const char **why)
{
	/* json-c counts the outermost value as a level of its own. */
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX +
	    1);
	struct extent extent = measure(data, len);

	*why = "there is too little memory to read the body: try again";
	if (tokener == NULL)
		return STATUS_UNAVAILABLE;
	arena_on_reset(arena, free_tokener, tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
	if (!make_room(tokener, extent.longest))
		return STATUS_UNAVAILABLE;
	*out = json_tokener_parse_ex(tokener, data, (int)len);
	if (*out != NULL)
		arena_on_reset(arena, free_object, *out);
	if (!json_object_is_type(*out, json_type_object) ||
	    count_members(*out) != extent.members)
		return STATUS_UNAVAILABLE;
	return STATUS_OK;
}

enum status
json_parse_object(struct arena *arena, const char *data, size_t len,
    struct json_object **out, const char **why)
{
	struct json_fault fault;
	enum status status;

	if (json_check(data, len, JSON_DEPTH_MAX, &fault) != STATUS_OK) {
		*why = arena_printf(arena, "the body is not valid JSON: %s "
		    "(at byte %zu)", fault.reason, fault.offset + 1);
		return STATUS_INVALID;
	}
	assert(len <= JSON_BYTES_MAX);
	if (data[strspn(data, " \t\r\n")] != '{') {
		*why = "the body is not a JSON object";
		return STATUS_INVALID;
	}
	status = parse(arena, data, len, out, why);
	if (status != STATUS_OK)
		log_error("json-c cannot read %zu bytes of valid JSON: out "
		    "of memory", len);
	return status;
}

/* The member if it is there, not null, and of the type asked for. */
static enum status
get_typed(struct json_object *object, const char *name, enum json_type type,
    struct json_object **out)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value) || value == NULL)
		return STATUS_NOT_FOUND;
	if (!json_object_is_type(value, type))
		return STATUS_INVALID;
	*out = value;
	return STATUS_OK;
}

/* A copy of text[len] in which each NUL byte has become U+FFFD. */
static const char *
copy_without_nul(struct arena *arena, const char *text, size_t len,
    size_t nuls)
{
	char *copy = arena_alloc(arena, len + 2 * nuls + 1), *to = copy;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] != '\0') {
			*to++ = text[i];
			continue;
		}
		memcpy(to, "\xef\xbf\xbd", 3);
		to += 3;
	}
	*to = '\0';
	return copy;
}

/* The string's text; *had_nul, where not NULL, as of json_get_text. */
static const char *
text_of(struct arena *arena, struct json_object *value, bool *had_nul)
{
	const char *text = json_object_get_string(value);
	size_t len = (size_t)json_object_get_string_len(value), nuls = 0, i;

	for (i = 0; i < len; i++)
		nuls += text[i] == '\0';
	if (had_nul != NULL)
		*had_nul = nuls > 0;
	return copy_without_nul(arena, text, len, nuls);
}

enum status
json_get_text(struct arena *arena, struct json_object *object,
    const char *name, const char **out, bool *had_nul)
{
	struct json_object *value;
	enum status status;

	status = get_typed(object, name, json_type_string, &value);
	if (status == STATUS_OK)
		*out = text_of(arena, value, had_nul);
	return status;
}

enum status
json_get_object(struct json_object *object, const char *name,
    struct json_object **out)
{
	return get_typed(object, name, json_type_object, out);
}

enum status
json_get_bool(struct json_object *object, const char *name, bool *out)
{
	struct json_object *value;
	enum status status;

	status = get_typed(object, name, json_type_boolean, &value);
	if (status == STATUS_OK)
		*out = json_object_get_boolean(value) != 0;
	return status;
}

enum status
json_get_int64(struct json_object *object, const char *name, int64_t *out)
{
	struct json_object *value;
	enum status status;

	status = get_typed(object, name, json_type_int, &value);
	if (status != STATUS_OK)
		return status;
	/* What did not fit was cut to a limit: no id is one of those. */
	*out = json_object_get_int64(value);
	if (*out == INT64_MAX || *out == INT64_MIN)
		return STATUS_INVALID;
	return STATUS_OK;
}

void
json_each_member(struct json_object *object, json_visit_member *visit,
    void *arg)
{
	struct json_object_iter member;

	json_object_object_foreachC(object, member) {
		visit(arg, member.key, member.val);
	}
}

void
json_writer_init(struct json_writer *writer, struct buf *out)
{
	*writer = (struct json_writer){ .out = out };
}

/* A byte of each of the eight in a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 if one of the word's bytes is below `limit`, which is at most 0x80. */
static uint64_t
has_below(uint64_t word, uint64_t limit)
{
	return (word - EACH(limit)) & ~word & EACH(0x80);
}

/* Not 0 if one of the word's bytes must be escaped in a string. */
static uint64_t
has_special(uint64_t word)
{
	return has_below(word, 0x20) | has_below(word ^ EACH('"'), 1) |
	    has_below(word ^ EACH('\\'), 1) | has_below(word ^ EACH(0x7f), 1);
}

static bool
is_special(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/* May the text stand in a string as it is? Nearly every one may. */
static bool
is_plain(const char *text, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		if (has_special(word) != 0)
			return false;
	}
	for (; len > 0; text++, len--)
		if (is_special((unsigned char)*text))
			return false;
	return true;
}

static void
put_plain(struct buf *out, const char *text, size_t len)
{
	char *to = buf_reserve(out, len + 2);

	if (to == NULL)
		return;
	to[0] = '"';
	memcpy(to + 1, text, len);
	to[len + 1] = '"';
	to[len + 2] = '\0';
	out->len += len + 2;
}

static void
put_escaped(struct buf *out, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	const char *plain = text;

	buf_add_byte(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		char escape[6] = "\\u00";

		if (!is_special(c))
			continue;
		buf_add(out, plain, (size_t)(text - plain));
		plain = text + 1;
		if (c == '"' || c == '\\') {
			escape[1] = (char)c;
			buf_add(out, escape, 2);
			continue;
		}
		escape[4] = hex[c >> 4];
		escape[5] = hex[c & 15];
		buf_add(out, escape, 6);
	}
	buf_add(out, plain, (size_t)(text - plain));
	buf_add_byte(out, '"');
}

static void
put_string(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	if (is_plain(text, len))
		put_plain(out, text, len);
	else
		put_escaped(out, text);
}

/* The comma and the name that go before a value. */
static void
begin_value(struct json_writer *writer, const char *name)
{
	if (writer->filled[writer->depth])
		buf_add_byte(writer->out, ',');
	writer->filled[writer->depth] = true;
	if (name != NULL) {
		put_string(writer->out, name);
		buf_add_byte(writer->out, ':');
	}
}

static void
open_container(struct json_writer *writer, const char *name, char bracket)
{
	begin_value(writer, name);
	buf_add_byte(writer->out, bracket);
	assert(writer->depth < JSON_DEPTH_MAX);
	writer->filled[++writer->depth] = false;
}

static void
close_container(struct json_writer *writer, char bracket)
{
	assert(writer->depth > 0);
	writer->depth--;
	buf_add_byte(writer->out, bracket);
}

void
json_open_object(struct json_writer *writer, const char *name)
{
	open_container(writer, name, '{');
}

void
json_close_object(struct json_writer *writer)
{
	close_container(writer, '}');
}

void
json_open_array(struct json_writer *writer, const char *name)
{
	open_container(writer, name, '[');
}

void
json_close_array(struct json_writer *writer)
{
	close_container(writer, ']');
}

void
json_put_text(struct json_writer *writer, const char *name, const char *text)
{
	if (text == NULL) {
		json_put_null(writer, name);
		return;
	}
	begin_value(writer, name);
	put_string(writer->out, text);
}

void
json_put_int64(struct json_writer *writer, const char *name, int64_t value)
{
	begin_value(writer, name);
	buf_printf(writer->out, "%lld", (long long)value);
}

void
json_put_bool(struct json_writer *writer, const char *name, bool value)
{
	begin_value(writer, name);
	buf_add_text(writer->out, value ? "true" : "false");
}

void
json_put_null(struct json_writer *writer, const char *name)
{
	begin_value(writer, name);
	buf_add_text(writer->out, "null");
}

void
json_put_raw(struct json_writer *writer, const char *name, const char *json)
{
	begin_value(writer, name);
	buf_add_text(writer->out, json[0] == '\0' ? "null" : json);
}

static void put_value(struct json_writer *writer, struct arena *arena,
    const char *name, struct json_object *value);

static void
put_array(struct json_writer *writer, struct arena *arena, const char *name,
    struct json_object *array)
{
	size_t i;

	json_open_array(writer, name);
	for (i = 0; i < json_object_array_length(array); i++)
		put_value(writer, arena, NULL,
		    json_object_array_get_idx(array, i));
	json_close_array(writer);
}

static void
put_object(struct json_writer *writer, struct arena *arena, const char *name,
    struct json_object *object)
{
	struct json_object_iter member;

	json_open_object(writer, name);
	json_object_object_foreachC(object, member) {
		put_value(writer, arena, member.key, member.val);
	}
	json_close_object(writer);
}

/* Beyond the one limit of int64_t, a number may be within uint64_t's. */
static void
put_integer(struct json_writer *writer, const char *name,
    struct json_object *value)
{
	uint64_t large = json_object_get_uint64(value);

	if (large <= INT64_MAX) {
		json_put_int64(writer, name, json_object_get_int64(value));
		return;
	}
	begin_value(writer, name);
	buf_printf(writer->out, "%llu", (unsigned long long)large);
}

/* As deep as the check allowed, so recursion is safe. */
static void
put_value(struct json_writer *writer, struct arena *arena, const char *name,
    struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		json_put_null(writer, name);
		return;
	case json_type_boolean:
		json_put_bool(writer, name,
		    json_object_get_boolean(value) != 0);
		return;
	case json_type_double:
		/* Where json_object_new_double_s() keeps it as it came. */
		json_put_raw(writer, name, json_object_get_userdata(value));
		return;
	case json_type_int:
		put_integer(writer, name, value);
		return;
	case json_type_string:
		json_put_text(writer, name, text_of(arena, value, NULL));
		return;
	case json_type_array:
		put_array(writer, arena, name, value);
		return;
	case json_type_object:
		put_object(writer, arena, name, value);
	}
}

const char *
json_text_of(struct arena *arena, struct json_object *value)
{
	struct json_writer writer;
	struct buf out;
	char *text;

	buf_init(&out, SIZE_MAX / 2);
	json_writer_init(&writer, &out);
	put_value(&writer, arena, NULL, value);
	text = arena_strndup(arena, out.data, out.len);
	buf_release(&out);
	return text;
}
