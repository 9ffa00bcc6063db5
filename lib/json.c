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

static void
put_object(void *object)
{
	(void)json_object_put(object);
}

static void
free_tokener(void *tokener)
{
	json_tokener_free(tokener);
}

enum status
json_parse_object(struct arena *arena, const char *data, size_t len,
    struct json_object **out, const char **why)
{
	struct json_tokener *tokener;
	struct json_object *root;
	struct json_fault fault;

	if (json_check(data, len, JSON_DEPTH_MAX, &fault) != STATUS_OK) {
		*why = arena_printf(arena, "the body is not valid JSON: %s "
		    "(at byte %zu)", fault.reason, fault.offset + 1);
		return STATUS_INVALID;
	}
	/* json-c counts the outermost value as a level of its own. */
	tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	if (tokener == NULL || len > INT_MAX) {
		*why = "the body is too large to parse";
		return STATUS_INVALID;
	}
	arena_on_reset(arena, free_tokener, tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, data, (int)len);
	if (root != NULL)
		arena_on_reset(arena, put_object, root);
	if (!json_object_is_type(root, json_type_object)) {
		*why = "the body is not a JSON object";
		return STATUS_INVALID;
	}
	*out = root;
	return STATUS_OK;
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

enum status
json_get_text(struct arena *arena, struct json_object *object,
    const char *name, const char **out, bool *had_nul)
{
	struct json_object *value;
	enum status status;
	const char *text;
	size_t len, nuls = 0, i;

	status = get_typed(object, name, json_type_string, &value);
	if (status != STATUS_OK)
		return status;
	text = json_object_get_string(value);
	len = (size_t)json_object_get_string_len(value);
	for (i = 0; i < len; i++)
		nuls += text[i] == '\0';
	if (had_nul != NULL)
		*had_nul = nuls > 0;
	*out = copy_without_nul(arena, text, len, nuls);
	return STATUS_OK;
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

/* U+0000 is written \u0000 by json-c; a backslash before it is escaped. */
static void
replace_nul_escapes(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text != '\\')
			continue;
		if (strncmp(text, "\\u0000", 6) == 0)
			memcpy(text, "\\ufffd", 6);
		text++;
	}
}

const char *
json_text_of(struct arena *arena, struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(value,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *copy = arena_strndup(arena, text, strlen(text));

	replace_nul_escapes(copy);
	return copy;
}

enum status
json_each_member(struct json_object *object, json_visit_member *visit,
    void *arg)
{
	struct json_object_iter member;
	enum status status;

	json_object_object_foreachC(object, member) {
		status = visit(arg, member.key, member.val);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
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
	uint64_t bit = UINT64_C(1) << writer->depth;

	if (writer->filled & bit)
		buf_add_byte(writer->out, ',');
	writer->filled |= bit;
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
	assert(writer->depth < 63);
	writer->depth++;
	writer->filled &= ~(UINT64_C(1) << writer->depth);
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
