/*
 * status.c - the one table of outcomes, their names and HTTP codes
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "status.h"

static const struct {
	const char *text;
	int http;
} table[] = {
	[STATUS_OK] = { "ok", 200 },
	[STATUS_NOT_FOUND] = { "not found", 404 },
	[STATUS_CONFLICT] = { "conflict", 409 },
	[STATUS_INVALID] = { "invalid", 400 },
	[STATUS_TOO_LARGE] = { "too large", 413 },
	[STATUS_UNAUTHORIZED] = { "unauthorized", 401 },
	[STATUS_DENIED] = { "denied", 403 },
	[STATUS_BAD_METHOD] = { "bad method", 405 },
	[STATUS_BAD_TYPE] = { "bad media type", 415 },
	[STATUS_BUSY] = { "busy", 503 },
	[STATUS_UNAVAILABLE] = { "unavailable", 503 },
	[STATUS_GONE] = { "gone", 0 },
	[STATUS_INTERNAL] = { "internal error", 500 },
};

const char *
status_text(enum status status)
{
	if ((size_t)status >= COUNT_OF(table))
		return "unknown";
	return table[status].text;
}

int
status_http(enum status status)
{
	if ((size_t)status >= COUNT_OF(table))
		return 500;
	return table[status].http;
}
