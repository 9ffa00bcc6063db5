/*
 * query.c - fuzz target: query.h and the percent decoding of request.h
 *
 * The first byte chooses the name that is asked for. A plain second reading
 * of the string must come to the same value.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "fuzz.h"
#include "query.h"
#include "request.h"
#include "utf8.h"

/* A byte of form data at *text; -1 where an escape is malformed or NUL. */
static int
next_byte(const char **text)
{
	const char *p = *text;
	char digits[3] = "";

	(*text)++;
	if (*p == '+')
		return ' ';
	if (*p != '%')
		return (unsigned char)*p;
	memcpy(digits, p + 1, strnlen(p + 1, 2));
	if (strspn(digits, "0123456789abcdefABCDEF") != 2 ||
	    strcmp(digits, "00") == 0)
		return -1;
	*text += 2;
	return (int)strtoul(digits, NULL, 16);
}

/* The form data from `from` up to `end`, decoded; NULL when malformed. */
static char *
decoded(const char *from, const char *end)
{
	char *out = mem_alloc((size_t)(end - from) + 1), *to = out;
	char *part = fuzz_text((const uint8_t *)from, (size_t)(end - from));
	const char *p = part;
	int byte = 0;

	while (*p != '\0' && byte >= 0) {
		byte = next_byte(&p);
		*to++ = (char)byte;
	}
	*to = '\0';
	free(part);
	if (byte >= 0)
		return out;
	free(out);
	return NULL;
}

/* The first pair of that name, or NULL; *value is NULL when malformed. */
static bool
find(const char *query, const char *name, char **value)
{
	const char *end, *equals;
	bool found = false;
	char *key;

	*value = NULL;
	for (; !found; query = end + 1) {
		end = strchrnul(query, '&');
		equals = memchr(query, '=', (size_t)(end - query));
		key = decoded(query, equals == NULL ? end : equals);
		found = key != NULL && strcmp(key, name) == 0;
		free(key);
		if (found)
			*value = equals == NULL ? decoded(end, end)
			    : decoded(equals + 1, end);
		if (*end == '\0')
			break;
	}
	return found;
}

static void
check_get(struct arena *arena, const char *query, const char *name)
{
	const char *got = "unchanged";
	enum status status = query_get(arena, query, name, &got);
	char *wanted;

	if (!find(query, name, &wanted)) {
		must(status == STATUS_NOT_FOUND);
		must(strcmp(got, "unchanged") == 0);
	} else if (status == STATUS_OK) {
		must(wanted != NULL && strcmp(got, wanted) == 0);
		must(utf8_valid(got, strlen(got)) && !utf8_has_control(got));
	} else {
		must(status == STATUS_INVALID);
		must(wanted == NULL || !utf8_valid(wanted, strlen(wanted)) ||
		    utf8_has_control(wanted));
	}
	free(wanted);
}

/* Each byte escaped, and decoded, is the same again. */
static void
check_round_trip(struct arena *arena, const char *text)
{
	size_t len = strlen(text), i;
	char *escaped = mem_alloc(3 * len + 1);
	const char *decoded_text;

	for (i = 0; i < len; i++)
		(void)snprintf(escaped + 3 * i, 4, "%%%02X",
		    (unsigned)(unsigned char)text[i]);
	decoded_text = request_decode(arena, escaped, 3 * len);
	must(decoded_text != NULL && strcmp(decoded_text, text) == 0);
	free(escaped);
	decoded_text = request_decode(arena, text, len);
	must(decoded_text == NULL || strlen(decoded_text) <= len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"host", "since", "limit", "before", "image", "", "a b",
	};
	struct arena arena;
	char *query;

	if (size == 0)
		return 0;
	arena_init(&arena);
	query = fuzz_text(data + 1, size - 1);
	check_get(&arena, query, names[data[0] % COUNT_OF(names)]);
	check_round_trip(&arena, query);
	arena_release(&arena);
	free(query);
	return 0;
}
