/*
 * etag.c - entity tags (RFC 9110, section 8.8.3)
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "etag.h"

void
etag_make(char out[ETAG_SIZE], int64_t revision)
{
	(void)snprintf(out, ETAG_SIZE, "\"" PACKAGE_VERSION "-%lld\"",
	    (long long)revision);
}

/* The length of text[len] without a compression suffix. */
static size_t
without_suffix(const char *text, size_t len)
{
	static const char *const suffixes[] = {
		"-gzip", "-br", "-deflate", "-zstd"
	};
	size_t i, n;

	for (i = 0; i < COUNT_OF(suffixes); i++) {
		n = strlen(suffixes[i]);
		if (len > n && memcmp(text + len - n, suffixes[i], n) == 0)
			return len - n;
	}
	return len;
}

bool
etag_matches(const char *header, const char *etag)
{
	const char *p = header, *start;
	size_t len, wanted = strlen(etag) - 2;

	if (p == NULL)
		return false;
	p += strspn(p, " \t");
	if (*p == '*')
		return p[1 + strspn(p + 1, " \t")] == '\0';
	for (;;) {
		p += strspn(p, " \t,");
		if (p[0] == 'W' && p[1] == '/')
			p += 2;
		if (*p != '"')
			return false;
		start = ++p;
		p = strchr(p, '"');
		if (p == NULL)
			return false;
		len = without_suffix(start, (size_t)(p - start));
		if (len == wanted && memcmp(start, etag + 1, len) == 0)
			return true;
		p++;
	}
}
