/*
 * query.c - the parameters of a query string
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "query.h"
#include "request.h"
#include "utf8.h"

/* NULL when it is malformed. */
static const char *
decode(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_strndup(arena, text, len), *plus;

	for (plus = copy; (plus = strchr(plus, '+')) != NULL; )
		*plus = ' ';
	return request_decode(arena, copy, len);
}

enum status
query_get(struct arena *arena, const char *query, const char *name,
    const char **out)
{
	const char *found, *value;
	size_t len, name_len;

	for (;; query += len + 1) {
		len = strcspn(query, "&");
		name_len = strcspn(query, "=&");
		found = decode(arena, query, name_len);
		if (found != NULL && strcmp(found, name) == 0)
			break;
		if (query[len] == '\0')
			return STATUS_NOT_FOUND;
	}
	value = name_len == len ? ""
	    : decode(arena, query + name_len + 1, len - name_len - 1);
	if (value == NULL || !utf8_valid(value, strlen(value)) ||
	    utf8_has_control(value))
		return STATUS_INVALID;
	*out = value;
	return STATUS_OK;
}
