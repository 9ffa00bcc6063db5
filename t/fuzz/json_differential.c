/*
 * json_differential.c - fuzz target: what json_check passes, json-c reads
 *
 * An array or object that passes must be taken by json-c to its last byte,
 * and the tree must hold what the text says. The text is read for that a
 * third time, here, along the tree. What json.c writes of the tree must pass
 * the check, and say the same once more; and it must not miss anything in it,
 * which it would take for lack of memory.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>

#include "buf.h"
#include "fuzz.h"
#include "json.h"
#include "utf8.h"

/* Reads a text that is known to be valid. */
struct reader {
	const char *p;
	const char *end;
};

static char
peek(struct reader *reader)
{
	while (reader->p < reader->end && strchr(" \t\r\n", *reader->p))
		reader->p++;
	must(reader->p < reader->end);
	return *reader->p;
}

static void
expect(struct reader *reader, char c)
{
	must(peek(reader) == c);
	reader->p++;
}

static uint32_t
read_unit(struct reader *reader)
{
	char digits[5] = "";

	must(reader->end - reader->p > 4);
	memcpy(digits, reader->p, 4);
	reader->p += 4;
	return (uint32_t)strtoul(digits, NULL, 16);
}

/*
 * json-c takes the escapes of U+1D800 to U+1DFFF, and of the same in each
 * higher plane, for halves of a pair (its issue 893). Does this one?
 */
static bool
spoils_planes(void)
{
	static int known = -1;
	struct json_object *text;

	if (known < 0) {
		text = json_tokener_parse("\"\\ud836\\udc00\"");
		known = json_object_get_string_len(text) == 3;
		(void)json_object_put(text);
	}
	return known != 0;
}

/* Does this json-c take it for half of a pair? */
static bool
is_half(uint32_t unit)
{
	return (unit & 0xf800) == 0xd800 &&
	    (unit < 0x10000 || spoils_planes());
}

static void
read_unicode(struct reader *reader, struct buf *out)
{
	uint32_t unit = read_unit(reader), low;
	struct reader ahead;
	char bytes[4];

	while (is_half(unit) && (unit & 0xfc00) == 0xd800 &&
	    reader->p[0] == '\\' && reader->p[1] == 'u') {
		ahead = (struct reader){ reader->p + 2, reader->end };
		low = read_unit(&ahead);
		if (low < 0xdc00 || low > 0xdfff)
			break;
		unit = 0x10000 + (unit & 0x3ff) * 0x400 + low - 0xdc00;
		*reader = ahead;
	}
	/* Half of a pair is no character: RFC 8259, section 8.2. */
	if (is_half(unit))
		unit = 0xfffd;
	buf_add(out, bytes, utf8_encode(bytes, unit));
}

static void
read_string(struct reader *reader, struct buf *out)
{
	buf_clear(out);
	for (expect(reader, '"'); *reader->p != '"'; ) {
		char c = *reader->p++;

		if (c == '\\') {
			c = *reader->p++;
			if (c == 'u') {
				read_unicode(reader, out);
				continue;
			}
			c = c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n'
			    ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
		}
		buf_add_byte(out, c);
	}
	reader->p++;
}

static void
compare_string(struct reader *reader, struct json_object *value)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	read_string(reader, &text);
	must(json_object_is_type(value, json_type_string));
	must((size_t)json_object_get_string_len(value) == text.len);
	must(memcmp(json_object_get_string(value), buf_text(&text),
	    text.len) == 0);
	buf_release(&text);
}

/* Integers beyond 64 bits are cut to the limit by both. */
static void
compare_number(struct reader *reader, struct json_object *value)
{
	size_t len = 0;
	char *text;

	while (reader->p + len < reader->end &&
	    strchr("+-.0123456789eE", reader->p[len]) != NULL &&
	    reader->p[len] != '\0')
		len++;
	text = fuzz_text((const uint8_t *)reader->p, len);
	reader->p += len;
	if (strpbrk(text, ".eE") != NULL) {
		double wanted = strtod(text, NULL);
		double got = json_object_get_double(value);

		must(json_object_is_type(value, json_type_double));
		must(memcmp(&wanted, &got, sizeof(got)) == 0);
	} else {
		must(json_object_is_type(value, json_type_int));
		must(json_object_get_int64(value) == strtoll(text, NULL, 10));
		if (text[0] != '-')
			must(json_object_get_uint64(value) ==
			    strtoull(text, NULL, 10));
	}
	free(text);
}

static void compare(struct reader *reader, struct json_object *value);

static void
compare_array(struct reader *reader, struct json_object *value)
{
	size_t count = 0;

	must(json_object_is_type(value, json_type_array));
	for (expect(reader, '['); peek(reader) != ']'; count++) {
		if (count > 0)
			expect(reader, ',');
		must(count < json_object_array_length(value));
		compare(reader, json_object_array_get_idx(value, count));
	}
	reader->p++;
	must(json_object_array_length(value) == count);
}

static void
compare_object(struct reader *reader, struct json_object *value)
{
	struct json_object *member;
	struct buf name;
	int count = 0;

	buf_init(&name, SIZE_MAX / 2);
	must(json_object_is_type(value, json_type_object));
	for (expect(reader, '{'); peek(reader) != '}'; count++) {
		if (count > 0)
			expect(reader, ',');
		read_string(reader, &name);
		must(strlen(buf_text(&name)) == name.len);
		must(json_object_object_get_ex(value, buf_text(&name),
		    &member));
		expect(reader, ':');
		compare(reader, member);
	}
	reader->p++;
	must(json_object_object_length(value) == count);
	buf_release(&name);
}

static void
compare_word(struct reader *reader, const char *word)
{
	must((size_t)(reader->end - reader->p) >= strlen(word) &&
	    memcmp(reader->p, word, strlen(word)) == 0);
	reader->p += strlen(word);
}

/* As deep as the check allowed, so recursion is safe. */
static void
compare(struct reader *reader, struct json_object *value)
{
	switch (peek(reader)) {
	case '{':
		compare_object(reader, value);
		return;
	case '[':
		compare_array(reader, value);
		return;
	case '"':
		compare_string(reader, value);
		return;
	case 'n':
		compare_word(reader, "null");
		must(value == NULL);
		return;
	case 't':
		compare_word(reader, "true");
		must(json_object_is_type(value, json_type_boolean) &&
		    json_object_get_boolean(value));
		return;
	case 'f':
		compare_word(reader, "false");
		must(json_object_is_type(value, json_type_boolean) &&
		    !json_object_get_boolean(value));
		return;
	default:
		compare_number(reader, value);
	}
}

/* As json.c does it; the whole text, or nothing. */
static struct json_object *
parse(const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(
	    JSON_DEPTH_MAX + 1);
	struct json_object *root;
	size_t end;

	must(tokener != NULL);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, text, (int)len);
	must(json_tokener_get_error(tokener) == json_tokener_success);
	must(root != NULL);
	end = json_tokener_get_parse_end(tokener);
	while (end < len && strchr(" \t\r\n", text[end]) != NULL)
		end++;
	must(end == len);
	json_tokener_free(tokener);
	return root;
}

/* What is written of the tree, and read, and written. */
static const char *
write_and_parse(struct arena *arena, struct json_object *tree,
    struct json_object **again)
{
	const char *text = json_text_of(arena, tree);
	struct json_fault fault;

	must(json_check(text, strlen(text), JSON_DEPTH_MAX, &fault) ==
	    STATUS_OK);
	*again = parse(text, strlen(text));
	return text;
}

/* The first time, U+0000 becomes another character; then all stays. */
static void
write_again(struct json_object *root)
{
	struct json_object *second, *third;
	struct arena arena;
	const char *text;

	arena_init(&arena);
	(void)write_and_parse(&arena, root, &second);
	text = write_and_parse(&arena, second, &third);
	must(strcmp(json_text_of(&arena, third), text) == 0);
	(void)json_object_put(second);
	(void)json_object_put(third);
	arena_release(&arena);
}

static void
read_as_body(const char *data, size_t size)
{
	struct json_object *body;
	struct arena arena;
	const char *why;

	arena_init(&arena);
	must(json_parse_object(&arena, data, size, &body, &why) ==
	    STATUS_OK);
	arena_release(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader = { (const char *)data,
	    (const char *)data + size };
	struct json_object *root;
	struct json_fault fault;

	if (size == 0 || json_check(reader.p, size, JSON_DEPTH_MAX, &fault) !=
	    STATUS_OK)
		return 0;
	/* Alone, a number has no end for json-c. Bodies are objects. */
	if (peek(&reader) != '{' && peek(&reader) != '[')
		return 0;
	root = parse((const char *)data, size);
	compare(&reader, root);
	write_again(root);
	if (json_object_is_type(root, json_type_object))
		read_as_body((const char *)data, size);
	(void)json_object_put(root);
	return 0;
}
