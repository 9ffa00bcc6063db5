/*
 * json_check.c - is this exactly one JSON text that we can trust
 *
 * One pass without recursion: a stack of open containers, one byte each.
 * The names of all open objects lie unescaped in one buffer with a list of
 * where each begins; when an object closes, its part of the list is sorted
 * and neighbours are compared. That is O(n log n) whatever the names are,
 * where a hash table could be led into its worst case by an attacker.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>
#include <math.h>

#include "buf.h"
#include "json_check.h"
#include "mem.h"
#include "utf8.h"

struct name {
	size_t start;		/* in checker.text */
	size_t len;
};

struct level {
	bool object;
	size_t first_name;	/* index in checker.names */
	size_t text_len;	/* length of checker.text when it opened */
};

struct checker {
	const char *p, *end;
	const char *reason;
	unsigned depth, max_depth;
	struct level levels[JSON_DEPTH_MAX];
	struct name *names;
	size_t name_count, name_size;
	struct buf text;	/* the names' bytes, unescaped */
};

static bool
fail(struct checker *c, const char *reason)
{
	if (c->reason == NULL)
		c->reason = reason;
	return false;
}

static void
skip_space(struct checker *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' ||
	    *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

static bool
take(struct checker *c, char byte)
{
	if (c->p == c->end || *c->p != byte)
		return false;
	c->p++;
	return true;
}

static bool
take_digits(struct checker *c)
{
	const char *start = c->p;

	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return c->p > start;
}

/* Is the number text[len], already known to be well formed, a double? */
static bool
is_finite(const char *text, size_t len)
{
	char digits[64], *copy = digits;
	double value;

	if (len >= sizeof(digits))
		copy = mem_alloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	value = strtod(copy, NULL);
	if (copy != digits)
		free(copy);
	return isfinite(value);
}

/* number = [ "-" ] int [ frac ] [ exp ], RFC 8259 section 6 */
static bool
check_number(struct checker *c)
{
	const char *start = c->p;

	(void)take(c, '-');
	if (!take(c, '0') && !take_digits(c))
		return fail(c, "a number is malformed");
	if (take(c, '.') && !take_digits(c))
		return fail(c, "a number is malformed");
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			(void)take(c, '-');
		if (!take_digits(c))
			return fail(c, "a number is malformed");
	}
	if (!is_finite(start, (size_t)(c->p - start)))
		return fail(c, "a number is out of range");
	return true;
}

static bool
check_literal(struct checker *c, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - c->p) < len || memcmp(c->p, word, len) != 0)
		return fail(c, "a value is missing or malformed");
	c->p += len;
	return true;
}

/* Four hexadecimal digits into *unit. */
static bool
take_hex(struct checker *c, uint32_t *unit)
{
	unsigned i;

	*unit = 0;
	for (i = 0; i < 4; i++, c->p++) {
		char x;

		if (c->p == c->end)
			return false;
		x = *c->p;
		if (x >= '0' && x <= '9')
			*unit = *unit << 4 | (uint32_t)(x - '0');
		else if (x >= 'a' && x <= 'f')
			*unit = *unit << 4 | (uint32_t)(x - 'a' + 10);
		else if (x >= 'A' && x <= 'F')
			*unit = *unit << 4 | (uint32_t)(x - 'A' + 10);
		else
			return false;
	}
	return true;
}

/*
 * The code point of a \u escape whose backslash and u are already taken. A
 * high surrogate joins with the low one behind it; a lone one becomes
 * U+FFFD, as json-c makes it.
 */
static bool
take_unicode(struct checker *c, uint32_t *point)
{
	const char *after;
	uint32_t low;

	if (!take_hex(c, point))
		return fail(c, "a \\u escape is malformed");
	if (*point < 0xd800 || *point > 0xdfff)
		return true;
	after = c->p;
	if (*point < 0xdc00 && take(c, '\\') && take(c, 'u') &&
	    take_hex(c, &low) && low >= 0xdc00 && low <= 0xdfff) {
		*point = 0x10000 + ((*point - 0xd800) << 10) +
		    (low - 0xdc00);
		return true;
	}
	c->p = after;
	*point = 0xfffd;
	return true;
}

/* One escape, behind its backslash; its text goes to `out` if not NULL. */
static bool
check_escape(struct checker *c, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint32_t point;
	char bytes[4];

	if (c->p == c->end)
		return fail(c, "the text ends inside a string");
	if (take(c, 'u')) {
		if (!take_unicode(c, &point))
			return false;
		if (out == NULL)
			return true;
		if (point == 0)
			return fail(c, "a name holds U+0000");
		/* json-c takes these for surrogates, too: its issue 893 */
		if (point > 0xffff && (point & 0xf800) == 0xd800)
			return fail(c, "a name holds an escape that cannot "
			    "be kept");
		buf_add(out, bytes, utf8_encode(bytes, point));
		return true;
	}
	found = *c->p == '\0' ? NULL : strchr(from, *c->p);
	if (found == NULL)
		return fail(c, "an escape is unknown");
	if (out != NULL)
		buf_add_byte(out, to[found - from]);
	c->p++;
	return true;
}

/* A string from its opening quote on; its text goes to `out` if not NULL. */
static bool
check_string(struct checker *c, struct buf *out)
{
	size_t n;

	c->p++;
	while (c->p < c->end) {
		if (take(c, '"'))
			return true;
		if ((unsigned char)*c->p < 0x20)
			return fail(c, "a control character is not escaped");
		if (take(c, '\\')) {
			if (!check_escape(c, out))
				return false;
			continue;
		}
		n = utf8_sequence(c->p, (size_t)(c->end - c->p));
		if (n == 0)
			return fail(c, "the text is not UTF-8");
		if (out != NULL)
			buf_add(out, c->p, n);
		c->p += n;
	}
	return fail(c, "the text ends inside a string");
}

/* A member's name and its colon. */
static bool
check_name(struct checker *c)
{
	struct name name = { .start = c->text.len };

	skip_space(c);
	if (c->p == c->end)
		return fail(c, "the text ends early");
	if (*c->p != '"')
		return fail(c, "a name in quotes is missing");
	if (!check_string(c, &c->text))
		return false;
	name.len = c->text.len - name.start;
	if (c->name_count == c->name_size) {
		c->name_size = c->name_size == 0 ? 32 : c->name_size * 2;
		c->names = mem_resize(c->names, c->name_size,
		    sizeof(*c->names));
	}
	c->names[c->name_count++] = name;
	skip_space(c);
	if (!take(c, ':'))
		return fail(c, "a colon is missing");
	return true;
}

static int
compare_names(const void *left, const void *right, void *text)
{
	const struct name *a = left, *b = right;
	size_t shorter = a->len < b->len ? a->len : b->len;
	int order = 0;

	/* There is no text at all while every name is "". */
	if (shorter > 0)
		order = memcmp((const char *)text + a->start,
		    (const char *)text + b->start, shorter);
	if (order != 0)
		return order;
	return (a->len > b->len) - (a->len < b->len);
}

/* Leave the innermost container; an object must not repeat a name. */
static bool
close_level(struct checker *c)
{
	struct level *level = &c->levels[c->depth - 1];
	size_t count = c->name_count - level->first_name, i;
	struct name *names;

	if (level->object && count > 1) {
		names = c->names + level->first_name;
		qsort_r(names, count, sizeof(*names), compare_names,
		    c->text.data);
		for (i = 1; i < count; i++)
			if (compare_names(&names[i - 1], &names[i],
			    c->text.data) == 0)
				return fail(c, "an object has the same "
				    "name twice");
	}
	c->name_count = level->first_name;
	c->text.len = level->text_len;
	c->depth--;
	return true;
}

/* Enter a container; *done says that it was empty and is closed again. */
static bool
open_level(struct checker *c, bool object, bool *done)
{
	if (c->depth == c->max_depth)
		return fail(c, "the text is nested too deep");
	c->p++;
	c->levels[c->depth++] = (struct level){
		.object = object,
		.first_name = c->name_count,
		.text_len = c->text.len,
	};
	skip_space(c);
	*done = take(c, object ? '}' : ']');
	if (*done)
		return close_level(c);
	return !object || check_name(c);
}

/* One value, or the opening of a container; *done: the value is complete. */
static bool
check_value(struct checker *c, bool *done)
{
	*done = true;
	skip_space(c);
	if (c->p == c->end)
		return fail(c, "the text ends early");
	switch (*c->p) {
	case '{':
		return open_level(c, true, done);
	case '[':
		return open_level(c, false, done);
	case '"':
		return check_string(c, NULL);
	case 't':
		return check_literal(c, "true");
	case 'f':
		return check_literal(c, "false");
	case 'n':
		return check_literal(c, "null");
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return check_number(c);
	default:
		return fail(c, "a value is missing or malformed");
	}
}

/* What follows a complete value: closings, then a comma or the end. */
static bool
check_after_value(struct checker *c)
{
	while (c->depth > 0) {
		bool object = c->levels[c->depth - 1].object;

		skip_space(c);
		if (take(c, ','))
			return !object || check_name(c);
		if (c->p == c->end)
			return fail(c, "the text ends early");
		if (!take(c, object ? '}' : ']'))
			return fail(c, "a comma or a closing bracket is "
			    "missing");
		if (!close_level(c))
			return false;
	}
	return true;
}

static bool
check_text(struct checker *c)
{
	bool done;

	do {
		if (!check_value(c, &done))
			return false;
		if (done && !check_after_value(c))
			return false;
	} while (c->depth > 0);
	skip_space(c);
	if (c->p < c->end)
		return fail(c, "something follows the JSON value");
	return true;
}

enum status
json_check(const char *data, size_t len, unsigned depth,
    struct json_fault *fault)
{
	struct checker c = {
		.p = data, .end = data + len,
		.max_depth = depth,
	};
	bool good;

	assert(depth <= JSON_DEPTH_MAX);
	buf_init(&c.text, len);
	good = check_text(&c);
	if (!good) {
		fault->reason = c.reason;
		fault->offset = (size_t)(c.p - data);
	}
	free(c.names);
	buf_release(&c.text);
	return good ? STATUS_OK : STATUS_INVALID;
}
